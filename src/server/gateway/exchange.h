/*
 * One request and its answer on a connection: from the head to the last byte
 * sent. Exists only while there is one.
 */
#ifndef SERVER_GATEWAY_EXCHANGE_H
#define SERVER_GATEWAY_EXCHANGE_H

#include <uthash.h>

#include "server/gateway/connection.h"

struct exchange {
	struct connection *connection;
	const struct http_route *route; /* NULL where none was found */
	struct buf body;                /* up to LIMIT_FRAME_BODY */
	bool is_sealed;                 /* the spool, for core to read */
	int spool;                      /* a memfd for longer ones; -1 */
	uint64_t body_length;
	uint64_t counted_bytes; /* in the gateway's budget */
	bool asks_socket;
	char accept[WEBSOCKET_ACCEPT_SIZE];
	/* In flight: */
	uint32_t id; /* 0: not in the table */
	struct upstream *upstream;
	UT_hash_handle hh;
};

/* Release the exchange in whatever state; for connection_free too. */
void exchange_leave(struct connection *connection);
/* Core has answered: the request's body is not needed any more. */
void exchange_drop_body(struct exchange *exchange);
/* Move the inline body into a memfd; ERR_LIMIT where there are too many. */
must_use bool exchange_spool(struct exchange *exchange, struct err *err);
/* After the request went to core: wait for its answer this long. */
void exchange_wait(struct connection *connection, int64_t timeout_ms);

/* body.c: what the head promises, and each part. False: answered already. */
/* May bodies take so many bytes more for this connection? Shed where not. */
must_use bool body_has_room(struct connection *connection, uint64_t more);
/* May there be one memory file more? Shed where not. */
must_use bool body_has_file(struct connection *connection);
must_use bool body_begin(struct connection *connection);
must_use bool body_take(struct connection *connection, struct view part);

enum {
	ANSWER_EXTRA_MAX = 2,
};

/* answer.c: write an answer of the gateway's own, with up to ANSWER_EXTRA_MAX
 * headers more. The connection's turn is TURN_ANSWER afterwards. */
void answer_problem_extra(struct connection *connection, unsigned status,
    const char *code, const char *detail, const struct http_header *extra,
    size_t extra_count);
void answer_problem(struct connection *connection, unsigned status,
    const char *code, const char *detail);
void answer_problem_with(struct connection *connection, unsigned status,
    const char *code, const char *detail, const char *header,
    const char *value);
/* 204 with Allow, for OPTIONS. */
void answer_options(struct connection *connection, const char *allow);
/* Core's answer; fd (or -1) is owned from now on. */
void answer_response(
    struct connection *connection, const struct ipc_response *response, int fd);

/* test_routes.c: true when it answered. Never in a release build. */
must_use bool test_routes_answer(struct connection *connection);
must_use const struct http_route *test_routes(size_t *out_count);

#endif
