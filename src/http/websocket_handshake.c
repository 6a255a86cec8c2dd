/* The opening handshake of a WebSocket (RFC 6455 section 4.2). */
#include <stdio.h>

#include "base/check.h"
#include "base/text.h"
#include "http/sha1.h"
#include "http/websocket.h"

enum {
	KEY_BYTES = 16,
	KEY_TEXT_BYTES = 24,
};

static const char GUID[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

static bool
is_key(struct view text)
{
	scoped(buf_donep) struct buf key = BUF_INIT(KEY_BYTES + 2);
	struct err err = ERR_INIT;

	return text.length == KEY_TEXT_BYTES &&
	    base64_decode(text, &key, &err) && key.length == KEY_BYTES;
}

static void
make_accept(struct view key, char out[WEBSOCKET_ACCEPT_SIZE])
{
	char joined[KEY_TEXT_BYTES + sizeof(GUID)];
	uint8_t digest[SHA1_SIZE];
	char *text;

	snprintf(joined, sizeof(joined), "%.*s%s", (int)key.length,
	    (const char *)key.data, GUID);
	sha1_short(view_string(joined), digest);
	text = base64_encode(view_of(digest, sizeof(digest)));
	snprintf(out, WEBSOCKET_ACCEPT_SIZE, "%s", text);
	free(text);
}

enum websocket_handshake
websocket_handshake_read(
    const struct http_request *request, char out_accept[WEBSOCKET_ACCEPT_SIZE])
{
	struct view key, version;

	if (!http_request_has_token(request, "Upgrade", "websocket") ||
	    !http_request_has_token(request, "Connection", "Upgrade"))
		return WEBSOCKET_NOT_ASKED;
	if (!view_equal_string(request->method, "GET") ||
	    request->minor_version != 1 ||
	    request->body_kind != HTTP_BODY_NONE ||
	    http_request_header(request, "Sec-WebSocket-Version", &version) !=
		1)
		return WEBSOCKET_MALFORMED;
	if (!view_equal_string(version, "13"))
		return WEBSOCKET_VERSION;
	if (http_request_header(request, "Sec-WebSocket-Key", &key) != 1 ||
	    !is_key(key))
		return WEBSOCKET_MALFORMED;
	make_accept(key, out_accept);
	return WEBSOCKET_ACCEPTED;
}
