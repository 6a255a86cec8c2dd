/*
 * One conversation of a simulated agent: connect, TLS, one request, one answer,
 * on the loop and without waiting.
 *
 * A call ends once, by `ended`, never inside call_start(); the owner frees it
 * there or later. After an upgrade the connection may be taken over. Errors are
 * those of crypto/tls_stream.h and fleet/answer.h, "server_unreachable" and
 * "server_timeout".
 */
#ifndef FLEET_CALL_H
#define FLEET_CALL_H

#include <netinet/in.h>

#include "base/attributes.h"
#include "crypto/tls_stream.h"
#include "fleet/answer.h"
#include "os/loop.h"

enum call_manner {
	CALL_ASK,  /* read the answer */
	CALL_LOSE, /* close once the answer could be read, and read nothing */
};

struct call_port {
	struct sockaddr_storage address;
	socklen_t length;
};

/* What to do; port, trust, certificate and key are borrowed for the call. */
struct call_plan {
	struct loop *loop;
	const struct call_port *port;
	uint32_t source; /* IPv4 address in host order to come from; 0: any */
	struct tls_trust *trust;
	const struct certificate *certificate; /* both or NULL */
	const struct key *key;
	struct view request; /* copied */
	enum call_manner manner;
	size_t answer_max;
	int64_t timeout_ms;
};

struct call;
/* err: NULL when the answer is whole (or lost, as planned). */
typedef void
call_ended(void *context, struct call *call, const struct err *err);

must_use struct call *
call_start(const struct call_plan *plan, call_ended *ended, void *context);
/* Give certificate and key of the plan to the call, which frees them. */
void
call_adopt(struct call *call, struct certificate *certificate, struct key *key);
/* Close at once, without a word to the server; takes NULL. */
void call_free(struct call *call);

/* After a good end: the answer, borrowed. */
must_use const struct answer *call_answer(const struct call *call);
must_use bool call_has_shaken(const struct call *call); /* TLS was set up */
must_use uint64_t call_bytes_in(const struct call *call);
must_use uint64_t call_bytes_out(const struct call *call);

/* Take the connection of an upgraded call; early: bytes behind the answer's
 * head, appended. The call is to be freed. */
void call_take(struct call *call, int *out_fd, struct tls_stream **out_stream,
    struct buf *early);

/* A connecting, non-blocking socket; source as in call_plan. */
must_use bool call_connect(const struct call_port *port, uint32_t source,
    int *out_fd, struct err *err);

#endif
