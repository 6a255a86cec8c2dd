/* Messages between gateway and core: what is written is read, and nothing
 * cut, stretched or out of its limits is. */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/memory.h"
#include "ipc/gateway_control.h"

static const struct ipc_peer PEER = {
    .has_certificate = true,
    .fingerprint = {1, 2, 3},
    .serial_hex = "0a0b0c",
    .agent_id = "0190f2a0-0000-7000-8000-000000000001",
    .unit = "agent",
    .certificate = {(const uint8_t *)"DER", 3},
    .address = "2001:db8::1",
    .port = 4711,
};

static void
fill_request(struct ipc_request *request)
{
	*request = (struct ipc_request){
	    .listener = LISTENER_AGENT,
	    .socket = 77,
	    .method = VIEW_LITERAL("POST"),
	    .path = VIEW_LITERAL("/agent/v1/refresh"),
	    .query = VIEW_LITERAL("a=b"),
	    .has_query = true,
	    .host = VIEW_LITERAL("server.example:8443"),
	    .body = VIEW_LITERAL("{}"),
	    .body_length = 2,
	    .peer = PEER,
	};
	request->headers.count = 1;
	request->headers.items[0].name = VIEW_LITERAL("Content-Type");
	request->headers.items[0].value = VIEW_LITERAL("application/json");
}

static bool
read_any_request(struct view body)
{
	struct ipc_request out;
	struct err err = ERR_INIT;

	return ipc_request_read(body, &out, &err);
}

static bool
read_any_response(struct view body)
{
	struct ipc_response out;
	struct err err = ERR_INIT;

	return ipc_response_read(body, &out, &err);
}

static bool
read_any_trust(struct view body)
{
	struct ipc_trust out;
	struct err err = ERR_INIT;

	return ipc_trust_read(body, &out, &err);
}

static bool
read_any_identity(struct view body)
{
	struct ipc_identity out;
	struct err err = ERR_INIT;

	return ipc_identity_read(body, &out, &err);
}

static bool
read_any_event(struct view body)
{
	struct ipc_event out;
	struct err err = ERR_INIT;

	return ipc_event_read(body, &out, &err);
}

/* Whole is taken; every cut and one byte more are refused. */
static void
assert_exact(struct buf *wire, bool (*reads)(struct view))
{
	struct err err = ERR_INIT;

	assert_true(reads(buf_view(wire)));
	for (size_t n = 0; n < wire->length; n++)
		assert_false(reads(view_of(wire->data, n)));
	assert_true(buf_append(wire, "", 1, &err));
	assert_false(reads(buf_view(wire)));
}

static void
a_request_is_read_as_it_was_written(void **state)
{
	scoped(buf_donep) struct buf wire = BUF_INIT(LIMIT_FRAME);
	struct ipc_request in, out;
	struct err err = ERR_INIT;
	bool found;

	fill_request(&in);
	assert_true(ipc_request_write(&wire, &in, &err));
	assert_true(ipc_request_read(buf_view(&wire), &out, &err));
	assert_int_equal(out.listener, LISTENER_AGENT);
	assert_int_equal(out.socket, 77);
	assert_true(view_equal(out.path, in.path));
	assert_true(view_equal(out.body, in.body));
	assert_true(view_equal_string(
	    ipc_headers_find(&out.headers, "content-type", &found),
	    "application/json"));
	assert_true(found);
	assert_string_equal(out.peer.agent_id, PEER.agent_id);
	assert_string_equal(out.peer.serial_hex, PEER.serial_hex);
	assert_string_equal(out.peer.address, PEER.address);
	assert_true(view_equal(out.peer.certificate, PEER.certificate));
	assert_exact(&wire, read_any_request);
}

static void
a_request_whose_body_length_disagrees_is_refused(void **state)
{
	scoped(buf_donep) struct buf wire = BUF_INIT(LIMIT_FRAME);
	struct ipc_request in;
	struct err err = ERR_INIT;

	fill_request(&in);
	in.body_length = 3;
	assert_true(ipc_request_write(&wire, &in, &err));
	assert_false(read_any_request(buf_view(&wire)));
	buf_clear(&wire);
	in.body_length = 2;
	in.has_body_descriptor = true;
	assert_true(ipc_request_write(&wire, &in, &err));
	assert_false(read_any_request(buf_view(&wire)));
}

static void
a_request_of_an_unknown_listener_is_refused(void **state)
{
	scoped(buf_donep) struct buf wire = BUF_INIT(LIMIT_FRAME);
	struct ipc_request in;
	struct err err = ERR_INIT;

	fill_request(&in);
	assert_true(ipc_request_write(&wire, &in, &err));
	wire.data[0] = 3;
	assert_false(read_any_request(buf_view(&wire)));
}

static void
a_response_is_final_and_within_its_file(void **state)
{
	static const struct {
		uint16_t status;
		uint64_t offset;
		bool is_good;
	} cases[] = {
	    {100, 0, false},
	    {101, 0, true},
	    {199, 0, false},
	    {200, 0, true},
	    {200, (uint64_t)INT64_MAX - 1, false},
	    {200, UINT64_MAX, false},
	    {600, 0, false},
	};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(cases); i++) {
		scoped(buf_donep) struct buf wire = BUF_INIT(LIMIT_FRAME);
		struct ipc_response in = {
		    .status = cases[i].status,
		    .has_body_descriptor = true,
		    .body_offset = cases[i].offset,
		    .body_length = 5,
		};

		assert_true(ipc_response_write(&wire, &in, &err));
		assert_true(
		    read_any_response(buf_view(&wire)) == cases[i].is_good);
		if (cases[i].is_good)
			assert_exact(&wire, read_any_response);
	}
}

static void
a_trust_snapshot_must_be_sorted(void **state)
{
	scoped(buf_donep) struct buf wire = BUF_INIT(IPC_MAX_TRUST);
	uint8_t agents[2 * IPC_AGENT_BYTES] = {0};
	struct ipc_trust in = {
	    .number = 9,
	    .fleet_id = "0190f2a0-0000-7000-8000-00000000000f",
	    .agent_ca_count = 1,
	    .agent_cas = {VIEW_LITERAL("CA")},
	    .denied_agents = {agents, sizeof(agents)},
	};
	struct err err = ERR_INIT;

	assert_true(ipc_trust_write(&wire, &in, &err));
	assert_false(read_any_trust(buf_view(&wire))); /* doubles */
	buf_clear(&wire);
	agents[0] = 1;
	assert_true(ipc_trust_write(&wire, &in, &err));
	assert_false(read_any_trust(buf_view(&wire))); /* descending */
	buf_clear(&wire);
	agents[0] = 0;
	agents[IPC_AGENT_BYTES] = 1;
	assert_true(ipc_trust_write(&wire, &in, &err));
	assert_exact(&wire, read_any_trust);
}

static void
an_identity_has_a_chain_and_a_key(void **state)
{
	scoped(buf_donep) struct buf wire = BUF_INIT(IPC_MAX_IDENTITY);
	struct ipc_identity in = {
	    .number = 1,
	    .chain_count = 0,
	    .key = VIEW_LITERAL("KEY"),
	};
	struct err err = ERR_INIT;

	assert_true(ipc_identity_write(&wire, &in, &err));
	assert_false(read_any_identity(buf_view(&wire)));
	buf_clear(&wire);
	in.chain_count = 2;
	in.chain[0] = VIEW_LITERAL("LEAF");
	in.chain[1] = VIEW_LITERAL("CA");
	assert_true(ipc_identity_write(&wire, &in, &err));
	assert_exact(&wire, read_any_identity);
}

static void
an_event_is_read_as_it_was_written(void **state)
{
	scoped(buf_donep) struct buf wire = BUF_INIT(LIMIT_FRAME);
	struct ipc_event out,
	    in = {
		.kind = IPC_EVENT_HANDSHAKE_REFUSED,
		.listener = LISTENER_AGENT,
		.reason = VIEW_LITERAL("expired"),
		.subject = VIEW_LITERAL("CN=x"),
		.peer = PEER,
		.suppressed = 3,
	    };
	struct err err = ERR_INIT;

	assert_true(ipc_event_write(&wire, &in, &err));
	assert_true(ipc_event_read(buf_view(&wire), &out, &err));
	assert_true(view_equal(out.reason, in.reason));
	assert_int_equal(out.suppressed, 3);
	assert_exact(&wire, read_any_event);
}

static void
small_messages_are_read_as_they_were_written(void **state)
{
	scoped(buf_donep) struct buf wire = BUF_INIT(LIMIT_FRAME);
	struct ipc_hello hello = {IPC_GATEWAY_PROTOCOL, 3};
	struct ipc_counters counters = {.requests = 5}, counted;
	struct ipc_socket_close close = {1, 1012, VIEW_LITERAL("restart")};
	struct ipc_socket_message message = {1, true, VIEW_LITERAL("x")};
	struct ipc_socket_open open = {
	    .socket = 1, .path = VIEW_LITERAL("/"), .peer = PEER};
	struct err err = ERR_INIT;
	uint64_t number;

	assert_true(ipc_hello_write(&wire, &hello, &err));
	assert_true(ipc_hello_read(buf_view(&wire), &hello, &err));
	assert_int_equal(hello.slot, 3);
	buf_clear(&wire);
	assert_true(ipc_counters_write(&wire, &counters, &err));
	assert_true(ipc_counters_read(buf_view(&wire), &counted, &err));
	assert_memory_equal(&counters, &counted, sizeof(counters));
	buf_clear(&wire);
	assert_true(ipc_socket_close_write(&wire, &close, &err));
	assert_true(ipc_socket_close_read(buf_view(&wire), &close, &err));
	assert_int_equal(close.code, 1012);
	buf_clear(&wire);
	assert_true(ipc_socket_message_write(&wire, &message, &err));
	assert_true(ipc_socket_message_read(buf_view(&wire), &message, &err));
	assert_true(view_equal_string(message.payload, "x"));
	buf_clear(&wire);
	assert_true(ipc_socket_open_write(&wire, &open, &err));
	assert_true(ipc_socket_open_read(buf_view(&wire), &open, &err));
	assert_string_equal(open.peer.unit, "agent");
	buf_clear(&wire);
	assert_true(ipc_trust_applied_write(&wire, 4, &err));
	assert_true(ipc_trust_applied_read(buf_view(&wire), &number, &err));
	assert_int_equal(number, 4);
}

static void
a_hello_of_another_protocol_is_refused(void **state)
{
	scoped(buf_donep) struct buf wire = BUF_INIT(LIMIT_FRAME);
	struct ipc_hello hello = {IPC_GATEWAY_PROTOCOL + 1, 0};
	struct err err = ERR_INIT;

	assert_true(ipc_hello_write(&wire, &hello, &err));
	assert_false(ipc_hello_read(buf_view(&wire), &hello, &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_whose_body_length_disagrees_is_refused),
	    cmocka_unit_test(a_request_of_an_unknown_listener_is_refused),
	    cmocka_unit_test(a_hello_of_another_protocol_is_refused),
	    cmocka_unit_test(a_response_is_final_and_within_its_file),
	    cmocka_unit_test(a_trust_snapshot_must_be_sorted),
	    cmocka_unit_test(an_identity_has_a_chain_and_a_key),
	    cmocka_unit_test(a_request_is_read_as_it_was_written),
	    cmocka_unit_test(an_event_is_read_as_it_was_written),
	    cmocka_unit_test(small_messages_are_read_as_they_were_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
