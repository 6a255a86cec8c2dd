/* The channels, and the steps [hold] and [storm]. */
#include "fleet/hold.h"

#include "agent/channel/upgrade.h"
#include "agent/schedule.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/secret.h"
#include "fleet/op.h"
#include "fleet/refresh.h"
#include "http/websocket.h"
#include "os/fd.h"
#include "proto/refresh.h"

enum {
	READ_BYTES = 16 * 1024,
	SEND_MAX = 1024,
	PING_TICK_MS = 1000,
};

/* One agent's channel. While it is open and silent it has no buffers. */
struct holder {
	struct worker *worker;
	size_t index;
	bool is_open;
	bool is_paced;        /* the pacer waits for its first try */
	bool is_first;        /* [hold] counts how that ends */
	bool is_back_awaited; /* the storm waits for it */
	unsigned failures;
	int64_t begun_us;
	int64_t heard_us;
	struct call *call;
	struct loop_timer *timer; /* until it is tried again */
	int fd;
	struct tls_stream *stream;
	struct loop_watch *watch;
	struct websocket *websocket;
	struct buf send;
	char key[UPGRADE_KEY_SIZE];
};

static void open_holder(struct holder *holder);

static void
close_connection(struct holder *holder)
{
	struct worker *worker = holder->worker;

	if (holder->is_open && worker->now != NULL)
		worker->now->open--;
	holder->is_open = false;
	loop_watch_free(take(holder->watch));
	websocket_free(take(holder->websocket));
	tls_stream_free(take(holder->stream));
	fd_close(fd_take(&holder->fd));
	buf_done(&holder->send);
}

static void
holder_free(struct holder *holder)
{
	if (holder == NULL)
		return;
	call_free(holder->call);
	loop_timer_free(holder->timer);
	close_connection(holder);
	free(holder);
}

static uint64_t
random_number(void)
{
	uint64_t number;

	random_fill(&number, sizeof(number));
	return number;
}

static void
on_timer(void *context)
{
	struct holder *holder = context;

	loop_timer_free(take(holder->timer));
	open_holder(holder);
}

static void
open_later(struct holder *holder)
{
	holder->failures++;
	holder->timer = loop_timer_new(holder->worker->loop, on_timer, holder);
	loop_timer_start(holder->timer,
	    schedule_backoff_ms(holder->failures, random_number()));
}

/* The server ended it, or is not there. */
static void
lose(struct holder *holder, const char *outcome)
{
	stats_outcome(holder->worker->now, outcome);
	close_connection(holder);
	open_later(holder);
}

static void
on_knocked(struct op *op, const struct err *err)
{
}

static void
on_message(void *context, bool is_text, struct view payload)
{
	struct holder *holder = context;
	struct worker *worker = holder->worker;
	enum proto_channel_type type;
	struct err ignored = ERR_INIT;

	if (!is_text || !proto_channel_read(payload, &type, &ignored) ||
	    type != PROTO_CHANNEL_KNOCK)
		return;
	worker->now->knocks++;
	/* One that is on its way already will do. */
	if (!worker_agent(worker, holder->index)->is_refreshing)
		ignore_result(refresh_begin(worker, holder->index, worker->now,
		    false, on_knocked, NULL));
}

/* Send what there is; false when the connection is gone. */
static bool
flush(struct holder *holder)
{
	struct err err = ERR_INIT;
	size_t length;

	while (holder->send.length > 0) {
		enum tls_io io = tls_stream_write(
		    holder->stream, buf_view(&holder->send), &length, &err);

		if (io != TLS_IO_OK) {
			loop_watch_set(holder->watch, LOOP_READ | LOOP_WRITE);
			return io == TLS_IO_WANT_READ ||
			    io == TLS_IO_WANT_WRITE;
		}
		buf_consume(&holder->send, length);
	}
	buf_done(&holder->send);
	loop_watch_set(holder->watch, LOOP_READ);
	return true;
}

/* Take what came; false when the channel is over. */
static bool
receive(struct holder *holder)
{
	static uint8_t bytes[READ_BYTES];
	struct err err = ERR_INIT;
	size_t length;

	for (;;) {
		enum tls_io io = tls_stream_read(
		    holder->stream, bytes, sizeof(bytes), &length, &err);

		if (io == TLS_IO_WANT_READ || io == TLS_IO_WANT_WRITE)
			return true;
		if (io != TLS_IO_OK)
			return false;
		holder->heard_us = pacer_now_us();
		if (!websocket_receive(
			holder->websocket, view_of(bytes, length)))
			return false;
	}
}

static void
on_socket(void *context, unsigned events)
{
	struct holder *holder = context;
	bool is_alive = receive(holder);

	if (!flush(holder) || !is_alive)
		lose(holder, "channel_ended");
}

static void
told_pacer(struct holder *holder)
{
	bool is_paced = holder->is_paced;

	holder->is_first = false;
	holder->is_paced = false;
	if (is_paced)
		pacer_ended(&holder->worker->pacer);
}

static void
told_back(struct holder *holder)
{
	struct worker *worker = holder->worker;

	if (!holder->is_back_awaited)
		return;
	holder->is_back_awaited = false;
	worker->now->succeeded++;
	stats_latency(worker->now, pacer_now_us() - holder->begun_us);
	if (--worker->waited_for == 0)
		loop_timer_start(worker->step_timer, 0);
}

static void
become_open(struct holder *holder, struct call *call)
{
	struct worker *worker = holder->worker;
	scoped(buf_donep) struct buf early = BUF_INIT(READ_BYTES);

	call_take(call, &holder->fd, &holder->stream, &early);
	holder->websocket = websocket_new_client(
	    LIMIT_WEBSOCKET_MESSAGE, on_message, holder, &holder->send);
	holder->watch = loop_watch_new(
	    worker->loop, holder->fd, LOOP_READ, on_socket, holder);
	holder->is_open = true;
	holder->failures = 0;
	holder->heard_us = pacer_now_us();
	worker->now->open++;
	if (holder->is_first) {
		worker->now->succeeded++;
		stats_latency(worker->now, pacer_now_us() - holder->begun_us);
	} else if (!holder->is_back_awaited) {
		worker->now->reopened++;
	}
	if (early.length > 0 &&
	    !websocket_receive(holder->websocket, buf_view(&early)))
		lose(holder, "channel_ended");
	told_back(holder);
	told_pacer(holder);
}

static void
on_opened(void *context, struct call *call, const struct err *failure)
{
	struct holder *holder = context;
	struct worker *worker = holder->worker;
	struct err err = ERR_INIT;

	op_count(worker->now, call);
	holder->call = NULL;
	if (failure == NULL &&
	    upgrade_accepts(
		buf_view(&call_answer(call)->head), holder->key, &err)) {
		become_open(holder, call);
	} else {
		if (failure != NULL)
			err = *failure;
		if (holder->is_first)
			stats_failure(worker->now, &err);
		else
			stats_outcome(worker->now, err.code);
		open_later(holder);
		told_pacer(holder);
	}
	call_free(call);
}

static bool
start_call(struct holder *holder, struct err *err)
{
	struct worker *worker = holder->worker;
	const struct gate *gate = worker->gate;
	scoped(buf_donep) struct buf request = BUF_INIT(UPGRADE_REQUEST_MAX);
	struct vault_agent agent = {0};

	if (!upgrade_request(&gate->address, holder->key, &request, err) ||
	    !vault_load(worker->vault, holder->index, &agent, err))
		return false;
	holder->call = call_start(
	    &(struct call_plan){
		.loop = worker->loop,
		.port = &gate->agents,
		.source = gate_source(gate, worker->scenario, holder->index),
		.trust = gate->trust,
		.certificate = agent.certificate,
		.key = agent.certificate != NULL ? agent.key : NULL,
		.request = buf_view(&request),
		.answer_max = UPGRADE_HEAD_MAX,
		.timeout_ms = worker->scenario->timeout_ms,
	    },
	    on_opened, holder);
	call_adopt(holder->call, take(agent.certificate), take(agent.key));
	vault_agent_done(&agent);
	return true;
}

static void
open_holder(struct holder *holder)
{
	struct err err = ERR_INIT;

	if (start_call(holder, &err))
		return;
	stats_failure(holder->worker->now, &err);
	holder->failures = 0;
	told_pacer(holder);
}

static void
begin_holding(void *context, size_t n)
{
	struct worker *worker = context;
	struct holder *holder = worker->agents[n].holder;

	worker->now->begun++;
	if (holder != NULL) {
		worker->now->skipped++;
		pacer_ended(&worker->pacer);
		return;
	}
	holder = memory_zeroed(sizeof(*holder));
	worker->agents[n].holder = holder;
	*holder = (struct holder){.worker = worker,
	    .index = worker->first + n,
	    .fd = -1,
	    .is_paced = true,
	    .is_first = true,
	    .begun_us = pacer_now_us(),
	    .send = BUF_INIT(SEND_MAX)};
	open_holder(holder);
}

size_t
hold_count_open(const struct worker *worker)
{
	size_t count = 0;

	for (size_t i = 0; i < worker->count; i++)
		count += worker->agents[i].holder != NULL &&
		    worker->agents[i].holder->is_open;
	return count;
}

void
hold_close_all(struct worker *worker)
{
	worker->now = NULL;
	for (size_t i = 0; i < worker->count; i++)
		holder_free(take(worker->agents[i].holder));
}

/* Pings, spread over their interval: every second the next part of them. */
static void
ping_one(struct holder *holder, int64_t ping_ms)
{
	if (!holder->is_open)
		return;
	if (pacer_now_us() - holder->heard_us > 2 * ping_ms * 1000) {
		lose(holder, "channel_silent");
		return;
	}
	ignore_result(websocket_ping(holder->websocket));
	if (!flush(holder))
		lose(holder, "channel_ended");
	else
		holder->worker->now->pings++;
}

static void
on_ping(void *context)
{
	struct worker *worker = context;
	int64_t ping_ms = worker->ping_ms;
	size_t part = (size_t)((int64_t)worker->count * PING_TICK_MS / ping_ms);

	for (size_t i = 0; i <= part && i < worker->count; i++) {
		struct fleet_agent *agent =
		    &worker->agents[worker->ping_next++ % worker->count];

		if (agent->holder != NULL)
			ping_one(agent->holder, ping_ms);
	}
}

static void
free_step_timer(struct worker *worker)
{
	loop_timer_free(worker->step_timer);
	worker->step_timer = NULL;
}

static void
end_holding(void *context)
{
	struct worker *worker = context;
	struct err err = ERR_INIT;

	free_step_timer(worker);
	err_set_code(&err, ERR_SYSTEM, "channel_not_held",
	    "the channel was not open when the step ended");
	for (size_t i = 0; i < worker->participants; i++)
		if (worker->agents[i].holder == NULL ||
		    !worker->agents[i].holder->is_open)
			stats_failure(worker->now, &err);
	worker_step_over(worker);
}

static void
hold_on(void *context)
{
	struct worker *worker = context;

	worker->step_timer = loop_timer_new(worker->loop, end_holding, worker);
	loop_timer_start(worker->step_timer, worker->step->duration_ms);
}

void
step_hold(struct worker *worker)
{
	worker->now->planned = worker->participants;
	worker->ping_ms = worker->step->ping_ms;
	if (worker->ping_timer == NULL)
		worker->ping_timer =
		    loop_timer_new(worker->loop, on_ping, worker);
	loop_timer_repeat(worker->ping_timer, PING_TICK_MS);
	worker_pace(worker, worker->participants,
	    worker_fleet_participants(worker), begin_holding, hold_on);
}

/* All back, or the time is over. */
static void
end_storm(void *context)
{
	struct worker *worker = context;
	struct err err = ERR_INIT;

	free_step_timer(worker);
	err_set_code(&err, ERR_SYSTEM, "not_back",
	    "the agent was not back within the time of the storm");
	for (size_t i = 0; i < worker->count; i++)
		if (worker->agents[i].holder != NULL &&
		    worker->agents[i].holder->is_back_awaited) {
			worker->agents[i].holder->is_back_awaited = false;
			stats_failure(worker->now, &err);
		}
	worker_step_over(worker);
}

static void
drop(struct holder *holder)
{
	struct worker *worker = holder->worker;

	close_connection(holder);
	holder->is_back_awaited = true;
	holder->begun_us = pacer_now_us();
	worker->now->planned++;
	worker->now->begun++;
	worker->waited_for++;
}

/* The next of those who wait, as the pacer lets them go. */
static void
come_back(void *context, size_t n)
{
	struct worker *worker = context;
	struct holder *holder = NULL;

	while (holder == NULL || !holder->is_back_awaited)
		holder = worker->agents[worker->back_next++].holder;
	holder->is_paced = true;
	open_holder(holder);
}

/* They are on their way; the storm is over when the last one is back. */
static void
all_gone(void *context)
{
}

static void
begin_coming_back(struct worker *worker)
{
	worker->back_next = 0;
	if (worker->step->come_back == COME_BACK_AT_ONCE) {
		worker_pace(worker, worker->waited_for, worker->waited_for,
		    come_back, all_gone);
		return;
	}
	for (size_t i = 0; i < worker->participants; i++)
		if (worker->agents[i].holder != NULL &&
		    worker->agents[i].holder->is_back_awaited)
			open_later(worker->agents[i].holder);
}

void
step_storm(struct worker *worker)
{
	worker->waited_for = 0;
	worker->step_timer = loop_timer_new(worker->loop, end_storm, worker);
	for (size_t i = 0; i < worker->participants; i++)
		if (worker->agents[i].holder != NULL &&
		    worker->agents[i].holder->is_open)
			drop(worker->agents[i].holder);
	loop_timer_start(worker->step_timer,
	    worker->waited_for > 0 ? worker->step->within_ms : 0);
	begin_coming_back(worker);
}
