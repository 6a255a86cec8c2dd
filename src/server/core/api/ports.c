/* On which ports this server answers, for who came by another one. */
#include "api_operations.h"

#include "server/config.h"

bool
api_ports_get(struct api_call *call, struct err *err)
{
	const struct server_config *config = call->core->config;
	json_t *object = json_object();

	json_set_integer(object, "http_port", config->http_port);
	json_set_integer(object, "https_port", config->https_port);
	json_set_integer(object, "agent_port", config->agents_port);
	response_json(call->response, 200, object);
	return true;
}
