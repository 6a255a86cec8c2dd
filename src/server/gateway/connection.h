/*
 * One accepted connection: its phase, its bytes in and out, its one deadline.
 *
 * connection_run() moves it on as far as it can go without waiting and may free
 * it: whoever calls it must not touch the connection afterwards. What an idle
 * connection keeps is this struct and its TLS session.
 */
#ifndef SERVER_GATEWAY_CONNECTION_H
#define SERVER_GATEWAY_CONNECTION_H

#include <uthash.h>

#include "http/request.h"
#include "http/websocket.h"
#include "os/listen.h"
#include "server/gateway/gateway.h"

enum {
	CONNECTION_OUT_MAX = 256 * 1024,
};

enum connection_phase {
	CONNECTION_HELLO,  /* TLS: nothing received yet */
	CONNECTION_QUEUED, /* waits for its turn to shake hands */
	CONNECTION_HANDSHAKE,
	CONNECTION_HTTP,
	CONNECTION_SOCKET, /* a WebSocket */
	CONNECTION_LINGER, /* all is sent; waits for the peer's end */
};

/* Within CONNECTION_HTTP. */
enum connection_turn {
	TURN_READ,   /* between requests or inside one */
	TURN_WAIT,   /* the request is with core, or held */
	TURN_ANSWER, /* the answer goes out */
};

struct connection {
	struct gateway *gateway;
	TAILQ_ENTRY(connection) all;
	TAILQ_ENTRY(connection) waiting; /* handshake queue, or held */
	enum connection_phase phase;
	enum connection_turn turn;
	enum listener listener;
	int fd;
	struct loop_watch *watch;
	unsigned wants; /* LOOP_… that the last read or write asked for */
	struct loop_timer *timer;
	int64_t timer_at_ms; /* when the timer fires; INT64_MAX: it does not */
	int64_t deadline_ms; /* monotonic; when to act on silence */
	struct tls_session *tls;    /* NULL on plain HTTP */
	struct http_reader *reader; /* NULL between two requests */
	struct buf pending;         /* received and not yet read */
	size_t pending_at;
	struct buf out; /* to be sent before the file */
	size_t out_at;
	int file;            /* the rest of an answer's body; -1 */
	uint64_t file_bytes; /* of memory that it takes */
	uint64_t file_offset;
	uint64_t file_left;
	struct exchange *exchange;   /* the request in progress; NULL */
	struct websocket *websocket; /* CONNECTION_SOCKET only */
	uint64_t socket;             /* its number; 0 */
	char *socket_path;
	bool is_socket_over; /* close once what is in out is sent */
	UT_hash_handle hh;   /* in the gateway's sockets */
	bool is_held;
	bool is_in_address; /* counted among its address's */
	bool has_handshake_slot;
	bool has_last_try; /* past its deadline, which it had kept */
	bool is_stalled; /* in the list of those that shake hands without one */
	bool is_head_timed; /* the deadline is of a head or later */
	bool is_woken;      /* the socket had something while we waited */
	bool closes;        /* after the answer */
	bool is_aborted;    /* free at the next run, nothing more is sent */
	bool is_test_socket;
	bool is_awaiting_pong;
	size_t hello_bytes;   /* that were waited for so far */
	uint64_t moved_bytes; /* in the present rate window */
	int64_t limit_ms;     /* the absolute end of the present part */
	uint16_t port;
	char address[IPC_ADDRESS_SIZE];
};

/* What one step of a phase asks for. */
enum step {
	STEP_ON,   /* go on at once */
	STEP_WAIT, /* for the socket, core or a deadline */
	STEP_END,  /* free the connection */
};

static inline enum lane
lane_of(enum listener listener)
{
	return listener == LISTENER_AGENT ? LANE_AGENTS : LANE_PEOPLE;
}

/* Takes the socket. */
struct connection *connection_new(struct gateway *gateway,
    enum listener listener, int fd, const struct listen_peer *peer);
/* May free it. */
void connection_run(struct connection *connection);
/* Free at once, for whatever reason. */
void connection_free(struct connection *connection);
/* Without any word more: for denied agents. */
void connection_abort(struct connection *connection);

/* All is sent: end our direction, wait a little for the peer's. */
void connection_linger(struct connection *connection);

/* Act after this long without anything else happening. */
void connection_set_deadline(struct connection *connection, int64_t after_ms);
/* The client has proved who it is: its address does not count it any more. */
void connection_leave_address(struct connection *connection);
/* The peer for core; the views live as long as the connection. */
void connection_peer(const struct connection *connection, struct ipc_peer *out);
/* Make sure that there is a reader, or free it. */
void connection_open_reader(struct connection *connection);
void connection_close_reader(struct connection *connection);
/* Has a part of a request been read, and not yet all of it? */
must_use bool connection_is_in_request(const struct connection *connection);
/* An idle HTTP connection, between two requests. */
must_use bool connection_is_idle(const struct connection *connection);

/* transport.c: bytes over TLS or plainly. IO_AGAIN sets wants. */
must_use enum io connection_read(
    struct connection *connection, void *out, size_t size, size_t *out_length);
/* Send out and the file as far as the socket takes them: IO_OK when all is
 * gone. */
must_use enum io connection_flush(struct connection *connection);
must_use bool connection_has_output(const struct connection *connection);
/* Close the answer's file, sent or not. */
void connection_drop_file(struct connection *connection);
/* Orderly end of our direction. */
void connection_shut(struct connection *connection);

/* handshake.c: the steps of CONNECTION_HELLO, …_QUEUED and …_HANDSHAKE. */
must_use enum step handshake_step(struct connection *connection);
void handshake_leave(struct connection *connection);   /* give up its slot */
void handshake_timeout(struct connection *connection); /* may free */

/* last_word.c: an answer before any request is read, then the end. */
void last_word_https(struct connection *connection); /* to HTTP on a TLS port */
void last_word_busy(struct connection *connection);  /* 503 with Retry-After */

/* exchange.c: the step of CONNECTION_HTTP. */
must_use enum step exchange_step(struct connection *connection);
void exchange_timeout(struct connection *connection); /* may free */
void exchange_begin_idle(struct connection *connection);

/* socket.c: the step of CONNECTION_SOCKET. */
must_use enum step socket_step(struct connection *connection);
void socket_timeout(struct connection *connection); /* may free */
/* The connection becomes a WebSocket; accept was made from the handshake. */
void socket_begin(struct connection *connection, const char *accept);
/* Tell core that it is gone; for connection_free. */
void socket_leave(struct connection *connection);
/* From core; may free. */
void socket_send(
    struct connection *connection, const struct ipc_socket_message *message);
void
socket_close(struct connection *connection, unsigned code, struct view reason);

#endif
