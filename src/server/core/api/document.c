/* The API's description, as the server was built from it. */
#include "api_operations.h"

static bool
answer(struct api_call *call, const char *type, const char *text, size_t length)
{
	response_header(call->response, "Cache-Control", "no-cache");
	response_bytes(call->response, 200, type, view_of(text, length));
	return true;
}

bool
api_openapi_json(struct api_call *call, struct err *err)
{
	return answer(call, "application/json", API_DOCUMENT_JSON,
	    API_DOCUMENT_JSON_LENGTH);
}

bool
api_openapi_yaml(struct api_call *call, struct err *err)
{
	return answer(call, "application/yaml", API_DOCUMENT_YAML,
	    API_DOCUMENT_YAML_LENGTH);
}
