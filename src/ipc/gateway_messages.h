/*
 * The bodies of the messages between gateway and core, each with its writer and
 * its reader.
 *
 * A writer appends one body to a buf whose maximum the caller chose
 * (LIMIT_FRAME for what travels in a frame). A reader gives views that borrow
 * from the bytes it was given: they live as long as the received frame. A
 * reader refuses left- overs and everything out of its limits with
 * ERR_MALFORMED; the receiver then treats the peer role as broken. Integers are
 * big-endian, lengths precede their bytes (base/bytes.h).
 *
 * Requests and answers are paired by the frame's request id, which the gateway
 * chooses (never 0) and uses again only after the answer. Sockets (WebSockets)
 * are named by a number that the gateway chooses and that it never uses again
 * while it runs, so a new core can take over the sockets of an old one.
 *
 * REQUEST and its answer (struct ipc_response) are one CALL of the message
 * table; the request's descriptor is a memfd and there when
 * has_body_descriptor, the answer's is any file that can be read at an offset.
 * HELLO is the first message on a channel, then one SOCKET_OPEN for each live
 * socket. SOCKET_MESSAGE and SOCKET_SEND have the same body, as have
 * SOCKET_CLOSE and SOCKET_CLOSED. TRUST and IDENTITY have an empty body: what
 * they say is in their sealed memfd.
 *
 * HELLO, TRUST, IDENTITY, EVENT and COUNTERS are in ipc/gateway_control.h.
 */
#ifndef IPC_GATEWAY_MESSAGES_H
#define IPC_GATEWAY_MESSAGES_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/id.h"
#include "base/limits.h"
#include "base/listener.h"

enum {
	IPC_FINGERPRINT_SIZE = 32, /* SHA-256 of the certificate's DER */
	IPC_SERIAL_HEX_SIZE = 41,  /* 20 bytes in lower-case hex, and the end */
	IPC_UNIT_SIZE = 16,        /* "distribution" and the end */
	IPC_ADDRESS_SIZE = 46,     /* INET6_ADDRSTRLEN */
};

/* Who is at the other end of a connection, as the handshake proved it. */
struct ipc_peer {
	bool has_certificate; /* false: all below is empty */
	uint8_t fingerprint[IPC_FINGERPRINT_SIZE];
	char serial_hex[IPC_SERIAL_HEX_SIZE]; /* without leading zero bytes */
	char agent_id[ID_SIZE];               /* the subject's CN */
	char unit[IPC_UNIT_SIZE];       /* OU: agent, stock, distribution */
	struct view certificate;        /* DER; borrowed */
	char address[IPC_ADDRESS_SIZE]; /* numeric, always present */
	uint16_t port;
};

struct ipc_header {
	struct view name; /* as received; compare without regard to case */
	struct view value;
};

struct ipc_headers {
	size_t count;
	struct ipc_header items[LIMIT_HTTP_HEADER_COUNT];
};

/* The first value of a header, or an empty view with *out_found false. */
struct view ipc_headers_find(
    const struct ipc_headers *headers, const char *name, bool *out_found);

struct ipc_request {
	enum listener listener;
	/* Number that a WebSocket would get when the answer is 101; 0 when the
	 * request does not ask for one (or asks in a wrong way, which the
	 * gateway has refused already). */
	uint64_t socket;
	struct view method;
	struct view path;  /* as received: percent-encoded, begins with "/" */
	struct view query; /* after "?", without it; may be empty */
	bool has_query;
	struct view host; /* host[:port] */
	struct ipc_headers headers;
	struct view body;         /* inline */
	bool has_body_descriptor; /* then the frame's memfd holds it, from 0 */
	uint64_t body_length;     /* of either */
	struct ipc_peer peer;
};

struct ipc_response {
	uint16_t status; /* 200–599, or 101 for a request with a socket */
	/* Everything but Date, Connection, Content-Length, Transfer-Encoding,
	 * Content-Range, Allow of a 405 by table: those are the gateway's. */
	struct ipc_headers headers;
	struct view body;         /* inline */
	bool has_body_descriptor; /* then the frame's file holds it */
	uint64_t body_offset;     /* in that file */
	uint64_t body_length;     /* of either */
	/* A Range of this body may be served (200 to a GET only): the gateway
	 * answers 206 or 416 by ETag or Last-Modified of headers. */
	bool accepts_ranges;
	bool closes; /* close the connection after this answer */
};

struct ipc_socket_open {
	uint64_t socket;
	struct view path; /* of the request that opened it */
	struct ipc_peer peer;
};

struct ipc_socket_message {
	uint64_t socket;
	bool is_text;        /* valid UTF-8 then */
	struct view payload; /* at most LIMIT_WEBSOCKET_MESSAGE */
};

struct ipc_socket_close {
	uint64_t socket;
	uint16_t code;      /* RFC 6455 section 7.4; 1005 and 1006 as seen */
	struct view reason; /* at most 123 bytes of UTF-8 */
};

must_use bool ipc_request_write(
    struct buf *out, const struct ipc_request *request, struct err *err);
must_use bool
ipc_request_read(struct view body, struct ipc_request *out, struct err *err);
must_use bool ipc_response_write(
    struct buf *out, const struct ipc_response *response, struct err *err);
must_use bool
ipc_response_read(struct view body, struct ipc_response *out, struct err *err);
must_use bool ipc_socket_open_write(
    struct buf *out, const struct ipc_socket_open *open, struct err *err);
must_use bool ipc_socket_open_read(
    struct view body, struct ipc_socket_open *out, struct err *err);
must_use bool ipc_socket_message_write(
    struct buf *out, const struct ipc_socket_message *message, struct err *err);
must_use bool ipc_socket_message_read(
    struct view body, struct ipc_socket_message *out, struct err *err);
/* SOCKET_CLOSE and SOCKET_CLOSED have the same body. */
must_use bool ipc_socket_close_write(
    struct buf *out, const struct ipc_socket_close *close, struct err *err);
must_use bool ipc_socket_close_read(
    struct view body, struct ipc_socket_close *out, struct err *err);

#endif
