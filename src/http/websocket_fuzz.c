/* Feeds foreign bytes to the WebSocket handshake (as a request) and to an open
 * socket (as frames). */
#include "../tests/fuzz/fuzz.h"
#include "base/check.h"
#include "http/websocket.h"

enum {
	MESSAGE_MAX = 1024,
};

static void
take_message(void *context, bool is_text, struct view payload)
{
	check(payload.length <= MESSAGE_MAX);
}

static void
fuzz_handshake(struct view input)
{
	char accept[WEBSOCKET_ACCEPT_SIZE];
	struct http_reader reader;
	struct err err = ERR_INIT;
	struct view body;

	http_reader_init(&reader);
	if (http_reader_next(&reader, &input, &body, &err) == HTTP_HEAD)
		(void)websocket_handshake_read(&reader.request, accept);
	http_reader_done(&reader);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(buf_donep) struct buf send = BUF_INIT(64 * 1024);
	scoped(websocket_freep) struct websocket *socket =
	    websocket_new(MESSAGE_MAX, take_message, NULL, &send);
	bool is_open = true;

	fuzz_handshake(view_of(data, size));
	for (size_t i = 0; i < size && is_open; i++)
		is_open = websocket_receive(socket, view_of(data + i, 1));
	return 0;
}
