/*
 * WebSocket (RFC 6455) on wslay: bytes in, events out. The server's side, and
 * after the handshake a client's too.
 *
 * The handshake is judged on a request's head. Afterwards a struct websocket
 * takes received bytes, calls back for each message, and collects bytes to send
 * in a buf. Text is checked to be UTF-8, fragments are joined, pings are
 * answered, messages over max_bytes close with 1009. An idle websocket (no part
 * of a frame or a message read) keeps no buffer of wslay.
 */
#ifndef HTTP_WEBSOCKET_H
#define HTTP_WEBSOCKET_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "http/request.h"

enum {
	WEBSOCKET_ACCEPT_SIZE = 29, /* base64 of SHA-1, and the end */
	WEBSOCKET_REASON_MAX = 123,
};

enum websocket_handshake {
	WEBSOCKET_NOT_ASKED, /* no upgrade: 426 on a WebSocket route */
	WEBSOCKET_MALFORMED, /* 400 */
	WEBSOCKET_VERSION,   /* 426 with Sec-WebSocket-Version: 13 */
	WEBSOCKET_ACCEPTED,  /* out_accept holds Sec-WebSocket-Accept */
};

enum websocket_handshake websocket_handshake_read(
    const struct http_request *request, char out_accept[WEBSOCKET_ACCEPT_SIZE]);

enum websocket_close_code {
	WEBSOCKET_NORMAL = 1000,
	WEBSOCKET_GOING_AWAY = 1001,
	WEBSOCKET_PROTOCOL_ERROR = 1002,
	WEBSOCKET_NO_CODE = 1005,  /* never sent: the peer gave none */
	WEBSOCKET_ABNORMAL = 1006, /* never sent: ended without a close */
	WEBSOCKET_POLICY = 1008,
	WEBSOCKET_TOO_BIG = 1009,
	WEBSOCKET_INTERNAL_ERROR = 1011,
	WEBSOCKET_RESTART = 1012,
};

struct websocket;

typedef void
websocket_on_message(void *context, bool is_text, struct view payload);

/* context is handed to on_message; send: where bytes to send are appended. */
must_use struct websocket *websocket_new(size_t max_bytes,
    websocket_on_message *on_message, void *context, struct buf *send);
/* The client's end: what it sends is masked. */
must_use struct websocket *websocket_new_client(size_t max_bytes,
    websocket_on_message *on_message, void *context, struct buf *send);
void websocket_free(struct websocket *websocket);

/* Take all of input. False: the connection is to be closed once what is in
 * send has gone out (the peer closed, or broke the protocol). */
must_use bool websocket_receive(struct websocket *websocket, struct view input);
/* False when send's maximum is reached or the socket is closing. */
must_use bool
websocket_send(struct websocket *websocket, bool is_text, struct view payload);
must_use bool websocket_ping(struct websocket *websocket);
/* Begin to close; nothing is sent after this but the close frame. */
void
websocket_close(struct websocket *websocket, unsigned code, struct view reason);
/* True once a close frame went either way, or the protocol was broken. */
must_use bool websocket_is_closing(const struct websocket *websocket);
/* True when close frames went both ways. */
must_use bool websocket_is_closed(const struct websocket *websocket);
/* The peer's code, or what we closed with, or 1006. */
unsigned websocket_close_code(const struct websocket *websocket);

DEFINE_SCOPED(struct websocket, websocket_free)

#endif
