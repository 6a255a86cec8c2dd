/* Refresh messages: refused when wrong, the same after writing and reading. */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/memory.h"
#include "proto/refresh.h"

#define AGENT                                                                  \
	"{\"version\":\"1\",\"protocol\":1,\"hostname\":\"h\","                \
	"\"clock\":\"2026-01-01T00:00:00Z\"}"
#define UUID "01890a5d-ac96-774b-bcce-b302099a8057"

static bool
read_text(const char *text, struct proto_refresh_request *out, struct err *err)
{
	scoped(json_freep) json_t *json =
	    json_read(view_string(text), 1 << 20, err);

	assert_non_null(json);
	proto_refresh_request_init(out);
	return proto_refresh_request_read(json, out, err);
}

static void
wrong_requests_are_refused(void **state)
{
	static const struct {
		const char *text;
		const char *code;
	} WRONG[] = {
	    {"[]", "json_type"},
	    {"{}", "json_type"},
	    {"{\"agent\":[]}", "json_type"},
	    {"{\"agent\":{\"protocol\":2}}", "protocol_unknown"},
	    {"{\"agent\":{\"protocol\":\"1\"}}", "json_type"},
	    {"{\"agent\":{\"protocol\":1,\"version\":\"1\",\"hostname\":7,"
	     "\"clock\":\"2026-01-01T00:00:00Z\"}}",
		"json_type"},
	    {"{\"agent\":{\"protocol\":1,\"version\":\"1\",\"hostname\":"
	     "\"a\\nb\",\"clock\":\"2026-01-01T00:00:00Z\"}}",
		"json_type"},
	    {"{\"agent\":{\"protocol\":1,\"version\":\"1\",\"hostname\":\"h\","
	     "\"clock\":\"yesterday\"}}",
		"json_type"},
	    {"{\"agent\":" AGENT ",\"acknowledged\":{\"publication\":-1}}",
		"json_range"},
	    {"{\"agent\":" AGENT ",\"events\":{}}", "json_type"},
	    {"{\"agent\":" AGENT ",\"events\":[7]}", "json_type"},
	    {"{\"agent\":" AGENT ",\"events\":[{\"id\":\"x\",\"type\":\"t\","
	     "\"at\":\"2026-01-01T00:00:00Z\"}]}",
		"json_type"},
	    {"{\"agent\":" AGENT ",\"inventory\":[]}", "json_type"},
	    {"{\"agent\":" AGENT ",\"inventory\":{\"sections\":[]}}",
		"json_type"},
	    {"{\"agent\":" AGENT
	     ",\"inventory\":{\"sections\":{\"packages\":1}}}",
		"inventory_malformed"},
	};

	for (size_t i = 0; i < array_length(WRONG); i++) {
		struct proto_refresh_request request;
		struct err err = ERR_INIT;

		assert_false(read_text(WRONG[i].text, &request, &err));
		assert_string_equal(err.code, WRONG[i].code);
		proto_refresh_request_done(&request);
	}
}

static void
unknown_members_and_sections_are_ignored(void **state)
{
	struct proto_refresh_request request;
	struct err err = ERR_INIT;

	assert_true(read_text("{\"agent\":" AGENT
			      ",\"new\":1,\"inventory\":{\"sections\":{"
			      "\"printers\":17}}}",
	    &request, &err));
	proto_refresh_request_done(&request);
}

static void
a_request_survives_writing_and_reading(void **state)
{
	struct proto_refresh_request request, again;
	struct err err = ERR_INIT;
	scoped(json_freep) json_t *json = NULL;
	scoped(memory_freep) char *first = NULL;
	scoped(memory_freep) char *second = NULL;
	scoped(json_freep) json_t *other = NULL;
	scoped(json_freep) json_t *current = json_pack("{s:{}}", "this");

	proto_refresh_request_init(&request);
	memcpy(request.agent_version, "1.2", 4);
	request.hostname = memory_string("host.example");
	request.clock_ms = 1700000000123;
	request.acknowledged_publication = 7;
	request.events = memory_array(1, sizeof(*request.events));
	request.event_count = 1;
	memcpy(request.events[0].id, UUID, sizeof(UUID));
	memcpy(request.events[0].type, "command_result", 15);
	memcpy(request.events[0].action, "uninstall", 10);
	memcpy(request.events[0].result, "accepted", 9);
	request.events[0].counter = 3;
	request.has_section[INVENTORY_HARDWARE] = true;
	inventory_diff(NULL, current, &request.sections[INVENTORY_HARDWARE]);
	memset(request.sections[INVENTORY_HARDWARE].digest, 'a', 64);

	json = proto_refresh_request_json(&request);
	proto_refresh_request_init(&again);
	assert_true(proto_refresh_request_read(json, &again, &err));
	assert_int_equal(again.events[0].counter, 3);
	other = proto_refresh_request_json(&again);
	first = json_write(json);
	second = json_write(other);
	assert_string_equal(first, second);
	proto_refresh_request_done(&request);
	proto_refresh_request_done(&again);
}

static void
an_answer_survives_writing_and_reading(void **state)
{
	struct proto_refresh_answer answer, again;
	struct err err = ERR_INIT;
	scoped(json_freep) json_t *json = NULL;
	struct proto_order *order;

	proto_refresh_answer_init(&answer);
	answer.server_time_ms = 1700000000123;
	memcpy(answer.computer_id, UUID, sizeof(UUID));
	answer.refresh_interval_s = 5400;
	order = proto_refresh_answer_add_order(
	    &answer, PROTO_ORDER_RESEND_INVENTORY);
	order->sections[INVENTORY_USERS] = true;
	order = proto_refresh_answer_add_order(&answer, PROTO_ORDER_COMMAND);
	order->jws = memory_string("a.b.c");
	answer.publication = memory_string("p.q.r");
	answer.renewal_nonce = memory_string("bm9uY2U");
	memset(answer.applied[INVENTORY_DISKS], 'b', 64);

	json = proto_refresh_answer_json(&answer);
	proto_refresh_answer_init(&again);
	assert_true(proto_refresh_answer_read(json, &again, &err));
	assert_int_equal(again.order_count, 2);
	assert_true(again.orders[0].sections[INVENTORY_USERS]);
	assert_false(again.orders[0].sections[INVENTORY_DISKS]);
	assert_string_equal(again.orders[1].jws, "a.b.c");
	assert_string_equal(again.publication, "p.q.r");
	assert_string_equal(again.renewal_nonce, "bm9uY2U");
	assert_string_equal(
	    again.applied[INVENTORY_DISKS], answer.applied[INVENTORY_DISKS]);
	assert_int_equal(again.server_time_ms, answer.server_time_ms);
	proto_refresh_answer_done(&answer);
	proto_refresh_answer_done(&again);
}

static void
an_order_of_an_unknown_type_is_ignored(void **state)
{
	static const char text[] =
	    "{\"server_time\":\"2026-01-01T00:00:00Z\",\"computer_id\":\"" UUID
	    "\",\"refresh_interval_s\":60,\"orders\":[{\"type\":\"dance\"}]}";
	struct proto_refresh_answer answer;
	struct err err = ERR_INIT;
	scoped(json_freep) json_t *json =
	    json_read(view_string(text), sizeof(text), &err);

	proto_refresh_answer_init(&answer);
	assert_true(proto_refresh_answer_read(json, &answer, &err));
	assert_int_equal(answer.order_count, 0);
	proto_refresh_answer_done(&answer);
}

static void
channel_messages_of_unknown_types_are_ignored(void **state)
{
	enum proto_channel_type type;
	struct err err = ERR_INIT;

	assert_false(proto_channel_read(view_string("knock"), &type, &err));
	assert_false(proto_channel_read(view_string("[]"), &type, &err));
	assert_false(
	    proto_channel_read(view_string("{\"type\":1}"), &type, &err));
	assert_true(
	    proto_channel_read(view_string("{\"type\":\"x\"}"), &type, &err));
	assert_int_equal(type, PROTO_CHANNEL_UNKNOWN);
	assert_true(proto_channel_read(
	    view_string(proto_channel_text(PROTO_CHANNEL_KNOCK)), &type, &err));
	assert_int_equal(type, PROTO_CHANNEL_KNOCK);
}

static void
what_is_said_of_a_proxy_is_kept_apart_from_silence(void **state)
{
	static const struct {
		const char *member;
		bool is_said;
		bool is_set;
	} CASES[] = {
	    {"", false, false},
	    {",\"proxy_in_environment\":null", false, false},
	    {",\"proxy_in_environment\":false", true, false},
	    {",\"proxy_in_environment\":true", true, true},
	};

	for (size_t i = 0; i < array_length(CASES); i++) {
		scoped(memory_freep) char *text =
		    memory_format("{\"agent\":{\"version\":\"1\","
				  "\"protocol\":1,\"hostname\":\"h\","
				  "\"clock\":\"2026-01-01T00:00:00Z\"%s}}",
			CASES[i].member);
		struct proto_refresh_request request;
		struct err err = ERR_INIT;

		assert_true(read_text(text, &request, &err));
		assert_int_equal(request.has_proxy_report, CASES[i].is_said);
		assert_int_equal(request.proxy_in_environment, CASES[i].is_set);
		proto_refresh_request_done(&request);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wrong_requests_are_refused),
	    cmocka_unit_test(
		what_is_said_of_a_proxy_is_kept_apart_from_silence),
	    cmocka_unit_test(unknown_members_and_sections_are_ignored),
	    cmocka_unit_test(a_request_survives_writing_and_reading),
	    cmocka_unit_test(an_answer_survives_writing_and_reading),
	    cmocka_unit_test(an_order_of_an_unknown_type_is_ignored),
	    cmocka_unit_test(channel_messages_of_unknown_types_are_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
