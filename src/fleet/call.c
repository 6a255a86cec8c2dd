/* Conversations on the loop: a small state machine over a TLS stream. */
#include "fleet/call.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"
#include "base/memory.h"
#include "os/fd.h"

enum {
	READ_BYTES = 16 * 1024
};

enum phase {
	PHASE_CONNECT,
	PHASE_HANDSHAKE,
	PHASE_SEND,
	PHASE_RECEIVE,
	PHASE_LOSE,
	PHASE_OVER,
};

struct call {
	struct call_plan plan;
	call_ended *ended;
	void *context;
	enum phase phase;
	int fd;
	struct tls_stream *stream;
	struct loop_watch *watch;
	struct loop_timer *timer;
	struct buf request;
	size_t sent;
	struct answer answer;
	struct buf early;
	struct err err;
	bool has_shaken;
	uint64_t bytes_in;
	struct certificate *own_certificate; /* or NULL */
	struct key *own_key;
};

bool
call_connect(
    const struct call_port *port, uint32_t source, int *out_fd, struct err *err)
{
	struct sockaddr_in from = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(source)};
	int yes = 1;
	scoped(fd_closep) int fd = socket(port->address.ss_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_set_errno(err, "a socket cannot be opened");
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	/* The port is chosen with the destination known: each pair of
	 * addresses has all ports. */
	(void)setsockopt(
	    fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &yes, sizeof(yes));
	if (source != 0 &&
	    bind(fd, (const struct sockaddr *)&from, sizeof(from)) != 0)
		return err_set_errno(err, "a source address cannot be taken");
	if (connect(fd, (const struct sockaddr *)&port->address,
		port->length) != 0 &&
	    errno != EINPROGRESS) {
		err_set_errno(err, "the server cannot be reached");
		snprintf(
		    err->code, sizeof(err->code), "%s", "server_unreachable");
		return false;
	}
	*out_fd = fd_take(&fd);
	return true;
}

/* The last thing that happens to a call: the owner may free it. */
static void
finish(struct call *call, const struct err *err)
{
	call->phase = PHASE_OVER;
	loop_timer_stop(call->timer);
	if (call->watch != NULL)
		loop_watch_set(call->watch, 0);
	call->ended(call->context, call, err);
}

enum turn {
	TURN_ON,
	TURN_WAIT,
	TURN_DONE,
	TURN_FAILED,
};

/* What a stream's word means for the call. */
static enum turn
wait_as(struct call *call, enum tls_io io, enum turn when_ok)
{
	switch (io) {
	case TLS_IO_OK:
		return when_ok;
	case TLS_IO_WANT_READ:
		loop_watch_set(call->watch, LOOP_READ);
		return TURN_WAIT;
	case TLS_IO_WANT_WRITE:
		loop_watch_set(call->watch, LOOP_WRITE);
		return TURN_WAIT;
	case TLS_IO_EOF:
		return answer_end(&call->answer, &call->err) ? TURN_DONE
							     : TURN_FAILED;
	case TLS_IO_FAILED:
		break;
	}
	return TURN_FAILED;
}

static enum turn
connect_step(struct call *call)
{
	int problem = 0;
	socklen_t length = sizeof(problem);

	if (getsockopt(call->fd, SOL_SOCKET, SO_ERROR, &problem, &length) != 0)
		problem = errno;
	if (problem != 0) {
		errno = problem;
		err_set_errno(&call->err, "the server cannot be reached");
		snprintf(call->err.code, sizeof(call->err.code), "%s",
		    "server_unreachable");
		return TURN_FAILED;
	}
	if (!tls_stream_new(call->plan.trust, call->fd, call->plan.certificate,
		call->plan.key, &call->stream, &call->err))
		return TURN_FAILED;
	call->phase = PHASE_HANDSHAKE;
	return TURN_ON;
}

static enum turn
handshake_step(struct call *call)
{
	enum turn turn = wait_as(
	    call, tls_stream_handshake(call->stream, &call->err), TURN_ON);

	if (turn == TURN_ON) {
		call->has_shaken = true;
		call->phase = PHASE_SEND;
	}
	return turn;
}

static enum turn
send_step(struct call *call)
{
	struct view rest = view_slice(
	    buf_view(&call->request), call->sent, call->request.length);
	size_t length = 0;
	enum turn turn = wait_as(call,
	    tls_stream_write(call->stream, rest, &length, &call->err), TURN_ON);

	if (turn != TURN_ON)
		return turn;
	call->sent += length;
	if (call->sent < call->request.length)
		return TURN_ON;
	buf_done(&call->request);
	call->phase =
	    call->plan.manner == CALL_LOSE ? PHASE_LOSE : PHASE_RECEIVE;
	if (call->phase == PHASE_LOSE) {
		loop_watch_set(call->watch, LOOP_READ);
		return TURN_WAIT;
	}
	return TURN_ON;
}

static enum turn
receive_step(struct call *call)
{
	/* One process, one thread: a buffer for all of its calls. */
	static uint8_t bytes[READ_BYTES];
	struct view input;
	size_t length = 0;
	enum turn turn = wait_as(call,
	    tls_stream_read(
		call->stream, bytes, sizeof(bytes), &length, &call->err),
	    TURN_ON);

	if (turn != TURN_ON)
		return turn;
	call->bytes_in += length;
	input = view_of(bytes, length);
	if (!answer_feed(&call->answer, &input, &call->err))
		return TURN_FAILED;
	if (call->answer.state != ANSWER_WHOLE)
		return TURN_ON;
	return buf_append_view(&call->early, input, &call->err) ? TURN_DONE
								: TURN_FAILED;
}

static enum turn
one_step(struct call *call)
{
	switch (call->phase) {
	case PHASE_CONNECT:
		return connect_step(call);
	case PHASE_HANDSHAKE:
		return handshake_step(call);
	case PHASE_SEND:
		return send_step(call);
	case PHASE_RECEIVE:
		return receive_step(call);
	case PHASE_LOSE: /* there is something to read: it is left unread */
	case PHASE_OVER:
		return TURN_DONE;
	}
	return TURN_FAILED;
}

static void
on_socket(void *context, unsigned events)
{
	struct call *call = context;
	enum turn turn;

	do {
		turn = one_step(call);
	} while (turn == TURN_ON);
	if (turn == TURN_WAIT)
		return;
	/* An orderly end of what was asked; a lost answer ends without one. */
	if (turn == TURN_DONE && call->plan.manner == CALL_ASK &&
	    call->answer.status != 101)
		tls_stream_shutdown(call->stream);
	finish(call, turn == TURN_FAILED ? &call->err : NULL);
}

static void
on_timer(void *context)
{
	static const char *const WAITS[] = {"to connect", "in the handshake",
	    "to send the request", "for the answer", "for the answer", ""};
	struct call *call = context;

	if (call->err.category == ERR_NONE)
		err_set_code(&call->err, ERR_SYSTEM, "server_timeout",
		    "the server did not answer in time: waited %s",
		    WAITS[call->phase]);
	finish(call, &call->err);
}

struct call *
call_start(const struct call_plan *plan, call_ended *ended, void *context)
{
	struct call *call = memory_zeroed(sizeof(*call));
	int64_t wait_ms = plan->timeout_ms;

	call->plan = *plan;
	call->ended = ended;
	call->context = context;
	call->fd = -1;
	answer_init(&call->answer, plan->answer_max);
	buf_init(&call->early, READ_BYTES);
	buf_init(&call->request, plan->request.length);
	check(buf_append_view(&call->request, plan->request, &call->err));
	call->timer = loop_timer_new(plan->loop, on_timer, call);
	if (call_connect(plan->port, plan->source, &call->fd, &call->err))
		call->watch = loop_watch_new(
		    plan->loop, call->fd, LOOP_WRITE, on_socket, call);
	else
		wait_ms = 0; /* told by the loop, as every other end */
	loop_timer_start(call->timer, wait_ms);
	return call;
}

void
call_adopt(struct call *call, struct certificate *certificate, struct key *key)
{
	call->own_certificate = certificate;
	call->own_key = key;
}

void
call_free(struct call *call)
{
	if (call == NULL)
		return;
	certificate_free(call->own_certificate);
	key_free(call->own_key);
	loop_watch_free(call->watch);
	loop_timer_free(call->timer);
	tls_stream_free(call->stream);
	fd_close(call->fd);
	buf_wipe(&call->request);
	buf_done(&call->early);
	answer_done(&call->answer);
	free(call);
}

const struct answer *
call_answer(const struct call *call)
{
	return &call->answer;
}

bool
call_has_shaken(const struct call *call)
{
	return call->has_shaken;
}

uint64_t
call_bytes_in(const struct call *call)
{
	return call->bytes_in;
}

uint64_t
call_bytes_out(const struct call *call)
{
	return call->sent;
}

void
call_take(struct call *call, int *out_fd, struct tls_stream **out_stream,
    struct buf *early)
{
	struct err err = ERR_INIT;

	loop_watch_free(take(call->watch));
	*out_fd = fd_take(&call->fd);
	*out_stream = take(call->stream);
	/* It was bounded when it was read. */
	ignore_result(buf_append_view(early, buf_view(&call->early), &err));
}
