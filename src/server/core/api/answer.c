/* Small parts of answers. */
#include "server/core/api/answer.h"

#include <stdio.h>
#include <string.h>

#include "crypto/digest.h"

void
api_set_time_or_null(json_t *object, const char *name, int64_t wall_ms)
{
	if (wall_ms == 0)
		json_set_value(object, name, json_null());
	else
		json_set_time(object, name, wall_ms);
}

void
api_set_text_or_null(json_t *object, const char *name, const char *text)
{
	json_set_string_or_null(object, name, text[0] == '\0' ? NULL : text);
}

struct store_page
api_page(const struct api_call *call)
{
	return (struct store_page){.cursor = api_query(call, "cursor"),
	    .limit = (unsigned)api_query_integer(call, "limit")};
}

json_t *
api_page_object(json_t *items, const char *next)
{
	json_t *object = json_object();

	json_set_value(object, "items", items);
	api_set_text_or_null(object, "next_cursor", next);
	return object;
}

void
api_etag(const char *text, char out[API_ETAG_SIZE])
{
	char digest[SHA256_HEX_SIZE];

	digest_sha256_hex(view_string(text), digest);
	snprintf(out, API_ETAG_SIZE, "\"%.16s\"", digest);
}

bool
api_check_if_match(const char *if_match, const char *etag, struct err *err)
{
	struct view rest = view_string(if_match), one;

	if (if_match == NULL || strcmp(if_match, "*") == 0)
		return true;
	while (rest.length > 0) {
		view_cut(rest, ',', &one, &rest);
		if (view_equal_string(view_trim(one), etag))
			return true;
	}
	return err_set_code(err, ERR_CONFLICT, "version_mismatch",
	    "it has been changed since you read it; read it again");
}

void
api_event(const struct api_call *call, const char *kind, const char *sentence,
    const char *subject, json_t *detail)
{
	const struct request *request = call->request;

	core_event(call->core,
	    &(struct core_event){.level = LOG_LEVEL_INFO,
		.kind = kind,
		.sentence = sentence,
		.computer_id = subject,
		.user_id = request->user.user_id,
		.user_name = request->user.user_name,
		.address = request->address,
		.detail = detail});
}
