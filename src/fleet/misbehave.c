/* The step [misbehave]: rude clients, and agents that must be served. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/secret.h"
#include "fleet/op.h"
#include "fleet/refresh.h"
#include "os/fd.h"

enum {
	AGAIN_MS = 1000, /* from one byte, or one try, to the next */
	SEND_MAX = 8 * 1024,
	GARBAGE_BYTES = 1024,
	READ_BYTES = 4096,
	SLOW_BODY_BYTES = 100000,
	SMALL_WINDOW = 4096,
};

/* One client. It comes again whenever the server has ended it. */
struct rude {
	struct worker *worker;
	enum rudeness kind;
	size_t number;
	int fd;
	struct tls_stream *stream;
	struct loop_watch *watch;
	struct loop_timer *timer;
	bool is_connected;
	bool is_shaken;
	bool is_accepted; /* an answer of success: that must not be */
	struct buf send;
	struct key *key; /* of nobody's certificate */
	struct certificate *certificate;
};

static void connect_rude(struct rude *rude);

static void
disconnect(struct rude *rude)
{
	loop_watch_free(take(rude->watch));
	tls_stream_free(take(rude->stream));
	fd_close(fd_take(&rude->fd));
	buf_done(&rude->send);
	rude->is_connected = false;
	rude->is_shaken = false;
}

static void
rude_free(struct rude *rude)
{
	disconnect(rude);
	loop_timer_free(rude->timer);
	certificate_free(rude->certificate);
	key_free(rude->key);
	free(rude);
}

static void
note(struct rude *rude, const char *what)
{
	scoped(memory_freep) char *code =
	    memory_format("%s:%s", rudeness_name(rude->kind), what);

	stats_outcome(rude->worker->now, code);
}

/* The server had enough: that is what is wanted. */
static void
ended(struct rude *rude, const struct err *err)
{
	note(rude,
	    err == NULL || err->code[0] == '\0' || err->category == ERR_SYSTEM
		? "ended"
		: err->code);
	disconnect(rude);
	loop_timer_start(rude->timer, AGAIN_MS);
}

static void
say(struct rude *rude, const char *text)
{
	struct err ignored = ERR_INIT; /* no room: the server reads nothing */

	ignore_result(buf_append_string(&rude->send, text, &ignored));
}

static bool
begins_request(struct rude *rude, const char *method, const char *path)
{
	const struct gate *gate = rude->worker->gate;
	struct err ignored = ERR_INIT;

	return gate_begin(gate, &rude->send, method, gate->address.agent_port,
	    path, &ignored);
}

static void
put_garbage(struct rude *rude)
{
	uint8_t bytes[GARBAGE_BYTES];
	struct err ignored = ERR_INIT;

	random_fill(bytes, sizeof(bytes));
	ignore_result(buf_append(&rude->send, bytes, sizeof(bytes), &ignored));
	say(rude, "\r\n\r\n");
}

static void
ask_publication(struct rude *rude)
{
	if (begins_request(rude, "GET", "/.well-known/warifu/publication"))
		say(rude, "\r\n");
}

/* The first words, once TLS stands. */
static void
greet(struct rude *rude)
{
	switch (rude->kind) {
	case RUDE_SLOW_HEADERS:
		if (begins_request(rude, "POST", "/agent/v1/refresh"))
			say(rude, "X-Slow: ");
		break;
	case RUDE_SLOW_BODY:
		if (begins_request(rude, "POST", "/agent/v1/refresh"))
			say(rude,
			    "Content-Type: application/json\r\n"
			    "Content-Length: 100000\r\n\r\n{");
		break;
	case RUDE_GARBAGE:
		put_garbage(rude);
		break;
	case RUDE_SLOW_READER:
	case RUDE_WRONG_CERTIFICATE:
		ask_publication(rude);
		break;
	case RUDE_KINDS:
		unreachable();
	}
	if (rude->kind != RUDE_GARBAGE && rude->kind != RUDE_WRONG_CERTIFICATE)
		loop_timer_start(rude->timer, AGAIN_MS);
}

/* Every second a little more. */
static void
go_on(struct rude *rude)
{
	if (rude->kind == RUDE_SLOW_READER)
		for (int i = 0; i < 8; i++)
			ask_publication(rude);
	else
		say(rude, "x");
	loop_timer_start(rude->timer, AGAIN_MS);
}

static bool
flush(struct rude *rude, struct err *err)
{
	size_t length;

	while (rude->send.length > 0) {
		enum tls_io io = tls_stream_write(
		    rude->stream, buf_view(&rude->send), &length, err);

		if (io == TLS_IO_WANT_READ || io == TLS_IO_WANT_WRITE)
			return true;
		if (io != TLS_IO_OK)
			return false;
		buf_consume(&rude->send, length);
	}
	return true;
}

static bool
has_succeeded(const struct rude *rude, struct view answer)
{
	return (rude->kind == RUDE_GARBAGE ||
		   rude->kind == RUDE_WRONG_CERTIFICATE) &&
	    view_starts_with(answer, "HTTP/1.1 2");
}

/* False when the connection is over. */
static bool
listen_to(struct rude *rude, struct err *err)
{
	static uint8_t bytes[READ_BYTES];
	size_t length;

	if (rude->kind == RUDE_SLOW_READER)
		return true;
	for (;;) {
		enum tls_io io = tls_stream_read(
		    rude->stream, bytes, sizeof(bytes), &length, err);

		if (io == TLS_IO_WANT_READ || io == TLS_IO_WANT_WRITE)
			return true;
		if (io != TLS_IO_OK)
			return false;
		rude->is_accepted |=
		    has_succeeded(rude, view_of(bytes, length));
	}
}

static void
judge(struct rude *rude)
{
	struct err err = ERR_INIT;

	if (!rude->is_accepted)
		return;
	rude->is_accepted = false;
	err_set_code(&err, ERR_DENIED, "rude_accepted",
	    "the server took what it must refuse: %s",
	    rudeness_name(rude->kind));
	stats_failure(rude->worker->now, &err);
}

/* What to wait for: a slow reader only for room to ask more. */
static void
wait_on(struct rude *rude)
{
	unsigned events = rude->kind == RUDE_SLOW_READER ? 0 : LOOP_READ;

	if (rude->send.length > 0)
		events |= LOOP_WRITE;
	loop_watch_set(rude->watch, events);
}

static bool
shake(struct rude *rude, struct err *err)
{
	enum tls_io io = tls_stream_handshake(rude->stream, err);

	switch (io) {
	case TLS_IO_OK:
		rude->is_shaken = true;
		rude->worker->now->handshakes++;
		greet(rude);
		return true;
	case TLS_IO_WANT_READ:
		loop_watch_set(rude->watch, LOOP_READ);
		return true;
	case TLS_IO_WANT_WRITE:
		loop_watch_set(rude->watch, LOOP_WRITE);
		return true;
	case TLS_IO_EOF:
	case TLS_IO_FAILED:
		break;
	}
	return false;
}

static bool
start_stream(struct rude *rude, struct err *err)
{
	struct worker *worker = rude->worker;
	struct vault_agent agent = {0};
	bool is_made;

	if (rude->kind == RUDE_WRONG_CERTIFICATE)
		return tls_stream_new(worker->gate->stranger, rude->fd,
		    rude->certificate, rude->key, &rude->stream, err);
	/* The others are agents, as far as the handshake goes. */
	if (!vault_load(worker->vault,
		worker->first + rude->number % worker->count, &agent, err))
		return false;
	is_made = tls_stream_new(worker->gate->stranger, rude->fd,
	    agent.certificate, agent.certificate != NULL ? agent.key : NULL,
	    &rude->stream, err);
	vault_agent_done(&agent);
	return is_made;
}

/* One in two does not even speak TLS. */
static void
send_plain_garbage(struct rude *rude)
{
	uint8_t bytes[GARBAGE_BYTES];

	random_fill(bytes, sizeof(bytes));
	ignore_result(send(rude->fd, bytes, sizeof(bytes), MSG_NOSIGNAL) > 0);
	loop_watch_set(rude->watch, LOOP_READ);
}

static bool
read_plain(struct rude *rude)
{
	char bytes[256];
	ssize_t n = recv(rude->fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

static bool
is_plain(const struct rude *rude)
{
	return rude->kind == RUDE_GARBAGE && rude->number % 2 == 1;
}

static bool
has_connected(struct rude *rude, struct err *err)
{
	int problem = 0;
	socklen_t length = sizeof(problem);

	if (getsockopt(rude->fd, SOL_SOCKET, SO_ERROR, &problem, &length) !=
		0 ||
	    problem != 0)
		return false;
	rude->is_connected = true;
	if (!is_plain(rude))
		return start_stream(rude, err);
	send_plain_garbage(rude);
	return true;
}

static bool
move(struct rude *rude, struct err *err)
{
	if (!rude->is_connected && !has_connected(rude, err))
		return false;
	if (is_plain(rude))
		return read_plain(rude);
	if (!rude->is_shaken && !shake(rude, err))
		return false;
	if (!rude->is_shaken)
		return true;
	if (!flush(rude, err) || !listen_to(rude, err))
		return false;
	wait_on(rude);
	return true;
}

static void
on_socket(void *context, unsigned events)
{
	struct rude *rude = context;
	struct err err = ERR_INIT;
	bool is_alive = move(rude, &err);

	judge(rude);
	if (!is_alive)
		ended(rude, &err);
}

static void
on_timer(void *context)
{
	struct rude *rude = context;

	if (rude->fd < 0) {
		connect_rude(rude);
		return;
	}
	go_on(rude);
	on_socket(rude, 0);
}

static void
connect_rude(struct rude *rude)
{
	struct worker *worker = rude->worker;
	int window = SMALL_WINDOW;
	struct err err = ERR_INIT;

	buf_init(&rude->send, SEND_MAX);
	worker->now->begun++;
	if (!call_connect(&worker->gate->agents,
		gate_source(worker->gate, worker->scenario,
		    (size_t)worker->scenario->agents + rude->number),
		&rude->fd, &err)) {
		ended(rude, &err);
		return;
	}
	if (rude->kind == RUDE_SLOW_READER)
		(void)setsockopt(
		    rude->fd, SOL_SOCKET, SO_RCVBUF, &window, sizeof(window));
	rude->watch =
	    loop_watch_new(worker->loop, rude->fd, LOOP_WRITE, on_socket, rude);
}

/* A certificate that looks like an agent's, of an authority of nobody. */
static bool
make_identity(struct rude *rude, struct err *err)
{
	scoped(memory_freep) char *organization = memory_format(
	    "Warifu fleet %s", rude->worker->gate->publication->fleet);
	scoped(key_freep) struct key *ca_key = NULL;
	scoped(certificate_freep) struct certificate *ca = NULL;
	struct certificate_template template = {
	    .profile = CERTIFICATE_CA,
	    .not_before_ms = clock_wall_ms() - MINUTES_MS(5),
	    .not_after_ms = clock_wall_ms() + DAYS_MS(1),
	    .organization = organization,
	    .common_name = "Nobody",
	};

	if (rude->kind != RUDE_WRONG_CERTIFICATE)
		return true;
	if (!key_generate(KEY_EC_P256, 0, &ca_key, err) ||
	    !key_generate(KEY_EC_P256, 0, &rude->key, err))
		return false;
	template.subject_key = ca_key;
	digest_random_serial(template.serial);
	if (!certificate_issue(&template, NULL, ca_key, &ca, err))
		return false;
	template.profile = CERTIFICATE_CLIENT;
	template.subject_key = rude->key;
	template.unit = "agent";
	template.common_name = "00000000-0000-7000-8000-000000000000";
	digest_random_serial(template.serial);
	return certificate_issue(
	    &template, ca, ca_key, &rude->certificate, err);
}

static void
add_rude(struct worker *worker, enum rudeness kind, size_t number)
{
	struct rude *rude = memory_zeroed(sizeof(*rude));
	struct err err = ERR_INIT;

	*rude = (struct rude){
	    .worker = worker, .kind = kind, .number = number, .fd = -1};
	rude->timer = loop_timer_new(worker->loop, on_timer, rude);
	worker->rude[worker->rude_count++] = rude;
	if (make_identity(rude, &err))
		connect_rude(rude);
	else
		stats_failure(worker->now, &err);
}

/* This process's part of a number. */
static size_t
part_of(const struct worker *worker, int64_t number)
{
	return (size_t)(number * (worker->process + 1) / worker->processes -
	    number * worker->process / worker->processes);
}

static void
add_all(struct worker *worker)
{
	size_t counts[RUDE_KINDS], total = 0;

	for (size_t i = 0; i < RUDE_KINDS; i++) {
		counts[i] = part_of(worker, worker->step->rude[i]);
		total += counts[i];
	}
	worker->rude = memory_array(total + 1, sizeof(struct rude *));
	for (size_t i = 0; i < RUDE_KINDS; i++)
		for (size_t j = 0; j < counts[i]; j++)
			add_rude(worker, (enum rudeness)i, j);
}

static void
end_rude(struct worker *worker)
{
	for (size_t i = 0; i < worker->rude_count; i++) {
		if (worker->rude[i]->is_connected)
			note(worker->rude[i], "still_open");
		rude_free(worker->rude[i]);
	}
	free(take(worker->rude));
	worker->rude_count = 0;
}

/* Witnesses: one refresh a second, each of its own second. */

static void
on_witnessed(struct op *op, const struct err *err)
{
	pacer_ended(&op->worker->pacer);
}

static void
witness(void *context, size_t n)
{
	struct worker *worker = context;
	struct fleet_agent *agent = &worker->agents[n % worker->participants];

	if (agent->is_refreshing) {
		worker->now->skipped++;
		pacer_ended(&worker->pacer);
		return;
	}
	if (!refresh_begin(worker, worker->first + n % worker->participants,
		worker->now, false, on_witnessed, NULL))
		pacer_ended(&worker->pacer);
}

static void
over(void *context)
{
	struct worker *worker = context;

	end_rude(worker);
	worker_step_over(worker);
}

/* Without witnesses in this process time alone ends the step. */
static void
on_end(void *context)
{
	struct worker *worker = context;

	loop_timer_free(worker->step_timer);
	worker->step_timer = NULL;
	over(worker);
}

void
step_misbehave(struct worker *worker)
{
	size_t seconds = (size_t)(worker->step->duration_ms / 1000);
	size_t witnesses = part_of(worker, worker->step->witnesses);

	add_all(worker);
	worker->participants =
	    witnesses < worker->count ? witnesses : worker->count;
	worker->now->planned = worker->participants * seconds;
	if (worker->participants > 0) {
		worker_pace_over(worker, worker->participants * seconds,
		    worker->step->duration_ms, witness, over);
		return;
	}
	worker->step_timer = loop_timer_new(worker->loop, on_end, worker);
	loop_timer_start(worker->step_timer, worker->step->duration_ms);
}
