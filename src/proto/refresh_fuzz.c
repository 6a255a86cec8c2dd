/* Feeds foreign refresh requests and channel messages to their readers. */
#include "../tests/fuzz/fuzz.h"
#include "proto/refresh.h"

static void
feed_request(struct view text)
{
	struct err err = ERR_INIT;
	struct proto_refresh_request request;
	json_t *json = json_read(text, 1 << 20, &err);

	proto_refresh_request_init(&request);
	if (json != NULL && proto_refresh_request_read(json, &request, &err)) {
		for (size_t i = 0; i < INVENTORY_SECTIONS; i++) {
			json_t *result = NULL;

			if (request.has_section[i] &&
			    inventory_apply((enum inventory_section)i, NULL,
				&request.sections[i], &result, &err))
				json_decref(result);
		}
		json_decref(proto_refresh_request_json(&request));
	}
	proto_refresh_request_done(&request);
	json_decref(json);
}

static void
feed_answer(struct view text)
{
	struct err err = ERR_INIT;
	struct proto_refresh_answer answer;
	json_t *json = json_read(text, 1 << 20, &err);

	proto_refresh_answer_init(&answer);
	if (json != NULL && proto_refresh_answer_read(json, &answer, &err))
		json_decref(proto_refresh_answer_json(&answer));
	proto_refresh_answer_done(&answer);
	json_decref(json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum proto_channel_type type;
	struct err err = ERR_INIT;

	feed_request(view_of(data, size));
	feed_answer(view_of(data, size));
	ignore_result(proto_channel_read(view_of(data, size), &type, &err));
	return 0;
}
