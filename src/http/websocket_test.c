/* WebSocket: handshakes and frames that are refused, then messages. */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/memory.h"
#include "http/websocket.h"

static enum websocket_handshake
shake(const char *text, char accept[WEBSOCKET_ACCEPT_SIZE])
{
	struct http_reader reader;
	struct view input = view_string(text), body;
	struct err err = ERR_INIT;
	enum websocket_handshake result;

	http_reader_init(&reader);
	assert_int_equal(
	    http_reader_next(&reader, &input, &body, &err), HTTP_HEAD);
	result = websocket_handshake_read(&reader.request, accept);
	http_reader_done(&reader);
	return result;
}

#define ASK     "GET /c HTTP/1.1\r\nHost: a\r\n"
#define UPGRADE "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define KEY     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION "Sec-WebSocket-Version: 13\r\n"

static void
a_wrong_handshake_is_refused(void **state)
{
	static const struct {
		const char *text;
		enum websocket_handshake result;
	} cases[] = {
	    {ASK "\r\n", WEBSOCKET_NOT_ASKED},
	    {ASK "Upgrade: websocket\r\n" KEY VERSION "\r\n",
		WEBSOCKET_NOT_ASKED},
	    {ASK "Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
		WEBSOCKET_NOT_ASKED},
	    {ASK UPGRADE KEY "\r\n", WEBSOCKET_MALFORMED},
	    {ASK UPGRADE VERSION "\r\n", WEBSOCKET_MALFORMED},
	    {ASK UPGRADE VERSION "Sec-WebSocket-Key: AAAA\r\n\r\n",
		WEBSOCKET_MALFORMED},
	    {ASK UPGRADE VERSION
		"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=!\r\n\r\n",
		WEBSOCKET_MALFORMED},
	    {ASK UPGRADE KEY "Sec-WebSocket-Version: 8\r\n\r\n",
		WEBSOCKET_VERSION},
	    {"POST /c HTTP/1.1\r\nHost: a\r\n" UPGRADE KEY VERSION "\r\n",
		WEBSOCKET_MALFORMED},
	    {"GET /c HTTP/1.0\r\nHost: a\r\n" UPGRADE KEY VERSION "\r\n",
		WEBSOCKET_MALFORMED},
	    {ASK UPGRADE KEY VERSION "Content-Length: 1\r\n\r\n",
		WEBSOCKET_MALFORMED},
	};
	char accept[WEBSOCKET_ACCEPT_SIZE];

	for (size_t i = 0; i < array_length(cases); i++)
		assert_int_equal(shake(cases[i].text, accept), cases[i].result);
}

static void
the_example_of_the_rfc_is_accepted(void **state)
{
	char accept[WEBSOCKET_ACCEPT_SIZE];

	assert_int_equal(
	    shake(ASK UPGRADE KEY VERSION "\r\n", accept), WEBSOCKET_ACCEPTED);
	assert_string_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

struct session {
	struct websocket *websocket;
	struct buf sent;
	struct buf got; /* "t:text;" and "b:bytes;" */
};

static void
note_message(void *context, bool is_text, struct view payload)
{
	struct session *session = context;
	struct err err = ERR_INIT;

	assert_true(buf_append(&session->got, is_text ? "t:" : "b:", 2, &err));
	assert_true(buf_append_view(&session->got, payload, &err));
	assert_true(buf_append(&session->got, ";", 1, &err));
}

enum {
	MESSAGE_MAX = 200,
};

static void
session_init(struct session *session)
{
	buf_init(&session->sent, 4096);
	buf_init(&session->got, 4096);
	session->websocket =
	    websocket_new(MESSAGE_MAX, note_message, session, &session->sent);
}

static void
session_done(struct session *session)
{
	websocket_free(session->websocket);
	buf_done(&session->sent);
	buf_done(&session->got);
}

/* A client's frame, masked with zeroes (or not masked at all). */
static void
put_frame(struct buf *out, uint8_t first, struct view payload, bool is_masked)
{
	struct err err = ERR_INIT;
	uint8_t head[8] = {first};
	size_t length = 2;

	head[1] = (uint8_t)(payload.length < 126 ? payload.length : 126);
	if (payload.length >= 126) {
		head[2] = (uint8_t)(payload.length >> 8);
		head[3] = (uint8_t)payload.length;
		length = 4;
	}
	if (is_masked) {
		head[1] |= 0x80;
		length += 4;
	}
	assert_true(buf_append(out, head, length, &err));
	assert_true(buf_append_view(out, payload, &err));
}

static bool
feed_frames(struct session *session, const struct buf *frames, size_t step)
{
	bool is_open = true;

	for (size_t at = 0; at < frames->length && is_open; at += step)
		is_open = websocket_receive(
		    session->websocket, view_slice(buf_view(frames), at, step));
	return is_open;
}

static void
assert_close_sent(const struct session *session, unsigned code)
{
	const uint8_t *sent = session->sent.data;

	assert_true(session->sent.length >= 4);
	assert_int_equal(sent[0], 0x88);
	assert_int_equal(sent[2] << 8 | sent[3], code);
}

/* One frame that breaks a rule closes with this code, however it is cut. */
static void
assert_breaks(uint8_t first, struct view payload, bool is_masked, unsigned code)
{
	for (size_t step = 1; step < 300; step += 298) {
		scoped(buf_donep) struct buf frames = BUF_INIT(4096);
		struct session session;

		session_init(&session);
		put_frame(&frames, first, payload, is_masked);
		assert_false(feed_frames(&session, &frames, step));
		assert_close_sent(&session, code);
		assert_int_equal(session.got.length, 0);
		assert_true(websocket_is_closed(session.websocket));
		session_done(&session);
	}
}

static void
frames_that_break_a_rule_close_the_socket(void **state)
{
	uint8_t large[MESSAGE_MAX + 1] = {0};

	assert_breaks(0x81, VIEW_LITERAL("x"), false, 1002);  /* unmasked */
	assert_breaks(0xc1, VIEW_LITERAL("x"), true, 1002);   /* RSV1 */
	assert_breaks(0x83, VIEW_LITERAL("x"), true, 1002);   /* opcode */
	assert_breaks(0x80, VIEW_LITERAL("x"), true, 1002);   /* no first */
	assert_breaks(0x09, VIEW_LITERAL("x"), true, 1002);   /* split ping */
	assert_breaks(0x89, view_of(large, 126), true, 1002); /* long ping */
	assert_breaks(0x88, VIEW_LITERAL("x"), true, 1002);   /* half a code */
	assert_breaks(0x81, VIEW_LITERAL("\xc0\xaf"), true, 1007);
	assert_breaks(0x81, VIEW_LITERAL("\xed\xa0\x80"), true, 1007);
	assert_breaks(0x81, VIEW_LITERAL("\xe5\x89"), true, 1007);
	assert_breaks(0x82, view_of(large, sizeof(large)), true, 1009);
}

static void
messages_come_whole_however_they_are_cut(void **state)
{
	for (size_t step = 1; step < 600; step++) {
		scoped(buf_donep) struct buf frames = BUF_INIT(4096);
		uint8_t large[MESSAGE_MAX];
		struct session session;
		struct err err = ERR_INIT;

		memset(large, 'x', sizeof(large));
		session_init(&session);
		put_frame(&frames, 0x01, VIEW_LITERAL("\xe5\x89"), true);
		put_frame(&frames, 0x89, VIEW_LITERAL("p"), true);
		put_frame(&frames, 0x00, VIEW_LITERAL(""), true);
		put_frame(&frames, 0x80, VIEW_LITERAL("\xb2"), true);
		put_frame(&frames, 0x82, view_of(large, sizeof(large)), true);
		put_frame(&frames, 0x8a, VIEW_LITERAL("stray pong"), true);
		put_frame(&frames, 0x81, VIEW_LITERAL("end"), true);
		assert_true(feed_frames(&session, &frames, step));
		assert_true(buf_append(&session.got, "", 1, &err));
		assert_memory_equal(session.got.data, "t:割;b:xx", 9);
		assert_string_equal(
		    (char *)session.got.data + 6 + 2 + MESSAGE_MAX, ";t:end;");
		assert_int_equal(session.sent.length, 3);
		assert_memory_equal(session.sent.data, "\x8a\x01p", 3);
		session_done(&session);
	}
}

static void
fragments_over_the_limit_close_with_1009(void **state)
{
	scoped(buf_donep) struct buf frames = BUF_INIT(4096);
	uint8_t half[MESSAGE_MAX / 2 + 1] = {0};
	struct session session;

	session_init(&session);
	put_frame(&frames, 0x02, view_of(half, sizeof(half)), true);
	put_frame(&frames, 0x80, view_of(half, sizeof(half)), true);
	assert_false(feed_frames(&session, &frames, frames.length));
	assert_close_sent(&session, 1009);
	session_done(&session);
}

static void
a_close_is_answered_and_told(void **state)
{
	scoped(buf_donep) struct buf frames = BUF_INIT(4096);
	struct session session;

	session_init(&session);
	put_frame(&frames, 0x88, VIEW_LITERAL("\x03\xe9"), true);
	assert_false(feed_frames(&session, &frames, 1));
	assert_close_sent(&session, 1001);
	assert_int_equal(websocket_close_code(session.websocket), 1001);
	assert_false(
	    websocket_send(session.websocket, true, VIEW_LITERAL("late")));
	session_done(&session);
}

static void
our_close_waits_for_theirs(void **state)
{
	scoped(buf_donep) struct buf frames = BUF_INIT(4096);
	struct session session;

	session_init(&session);
	websocket_close(
	    session.websocket, WEBSOCKET_RESTART, VIEW_LITERAL("restart"));
	assert_close_sent(&session, 1012);
	assert_false(websocket_is_closed(session.websocket));
	put_frame(&frames, 0x88, VIEW_LITERAL("\x03\xf4"), true);
	assert_false(feed_frames(&session, &frames, 1));
	assert_true(websocket_is_closed(session.websocket));
	session_done(&session);
}

static void
echo_message(void *context, bool is_text, struct view payload)
{
	struct session *session = context;

	assert_true(websocket_send(session->websocket, is_text, payload));
}

static void
a_message_may_be_answered_where_it_arrives(void **state)
{
	scoped(buf_donep) struct buf frames = BUF_INIT(4096);
	struct session session = {0};

	buf_init(&session.sent, 4096);
	session.websocket =
	    websocket_new(MESSAGE_MAX, echo_message, &session, &session.sent);
	put_frame(&frames, 0x81, VIEW_LITERAL("one"), true);
	put_frame(&frames, 0x81, VIEW_LITERAL("two"), true);
	assert_true(feed_frames(&session, &frames, frames.length));
	assert_int_equal(session.sent.length, 10);
	assert_memory_equal(session.sent.data, "\x81\x03one\x81\x03two", 10);
	session_done(&session);
}

static void
what_does_not_fit_is_not_sent(void **state)
{
	uint8_t large[4096] = {0};
	struct session session;

	session_init(&session);
	assert_false(websocket_send(
	    session.websocket, false, view_of(large, sizeof(large))));
	assert_int_equal(session.sent.length, 0);
	assert_true(
	    websocket_send(session.websocket, true, VIEW_LITERAL("hi")));
	assert_memory_equal(session.sent.data, "\x81\x02hi", 4);
	assert_true(websocket_ping(session.websocket));
	assert_memory_equal(session.sent.data + 4, "\x89\x00", 2);
	session_done(&session);
}

/* Let both ends hear what the other said, until there is nothing more. */
static bool
converse(struct session *server, struct session *client, size_t step)
{
	bool are_open = true;

	while (
	    are_open && (server->sent.length > 0 || client->sent.length > 0)) {
		are_open = feed_frames(server, &client->sent, step);
		buf_clear(&client->sent);
		are_open = feed_frames(client, &server->sent, step) && are_open;
		buf_clear(&server->sent);
	}
	return are_open;
}

static void
session_init_client(struct session *session)
{
	session_init(session);
	websocket_free(session->websocket);
	session->websocket = websocket_new_client(
	    MESSAGE_MAX, note_message, session, &session->sent);
}

static void
a_client_does_not_take_what_a_client_sent(void **state)
{
	scoped(buf_donep) struct buf frames = BUF_INIT(4096);
	struct session client;

	session_init_client(&client);
	put_frame(&frames, 0x83, VIEW_LITERAL("x"), false);
	assert_false(feed_frames(&client, &frames, 1));
	assert_int_equal(client.got.length, 0);
	session_done(&client);
}

static void
a_client_and_a_server_understand_each_other(void **state)
{
	uint8_t large[200];

	memset(large, 'y', sizeof(large));
	for (size_t step = 1; step < 300; step += 7) {
		struct session server, client;

		session_init(&server);
		session_init_client(&client);
		assert_true(websocket_send(
		    server.websocket, true, VIEW_LITERAL("knock")));
		assert_true(websocket_send(
		    server.websocket, true, view_of(large, sizeof(large))));
		assert_true(websocket_ping(server.websocket));
		assert_true(websocket_ping(client.websocket));
		assert_true(websocket_send(
		    client.websocket, true, VIEW_LITERAL("here")));
		assert_true(client.sent.data[1] & 0x80);
		assert_true(converse(&server, &client, step));
		assert_memory_equal(client.got.data, "t:knock;t:yyy", 13);
		assert_int_equal(client.got.length, 8 + 2 + 200 + 1);
		assert_memory_equal(server.got.data, "t:here;", 7);
		websocket_close(
		    server.websocket, WEBSOCKET_GOING_AWAY, VIEW_LITERAL(""));
		assert_false(converse(&server, &client, step));
		assert_int_equal(websocket_close_code(client.websocket), 1001);
		session_done(&server);
		session_done(&client);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_wrong_handshake_is_refused),
	    cmocka_unit_test(frames_that_break_a_rule_close_the_socket),
	    cmocka_unit_test(fragments_over_the_limit_close_with_1009),
	    cmocka_unit_test(what_does_not_fit_is_not_sent),
	    cmocka_unit_test(the_example_of_the_rfc_is_accepted),
	    cmocka_unit_test(messages_come_whole_however_they_are_cut),
	    cmocka_unit_test(a_message_may_be_answered_where_it_arrives),
	    cmocka_unit_test(a_close_is_answered_and_told),
	    cmocka_unit_test(our_close_waits_for_theirs),
	    cmocka_unit_test(a_client_does_not_take_what_a_client_sent),
	    cmocka_unit_test(a_client_and_a_server_understand_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
