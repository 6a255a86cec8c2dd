/* Waiting consoles: admitted, told, judged again, ended. */
#include "server/core/changes.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <uthash.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "ipc/frame.h"
#include "ipc/gateway_messages.h"
#include "ipc/messages.h"
#include "os/loop.h"
#include "server/core/changes_judge.h"
#include "server/core/core.h"
#include "server/core/gateways.h"
#include "server/core/workers.h"
#include "store/store.h"

struct place {
	struct gateway *gateway;
	uint64_t socket;
};

struct console {
	struct place place;
	struct changes_ticket ticket;
	int64_t admitted_ms; /* monotonic, as all here */
	int64_t judged_ms;
	int64_t beaten_ms; /* when it was last told by the beat */
	bool is_open;
	bool is_ending; /* its close is on the way */
	topic_set untold;
	UT_hash_handle hh;
};

struct changes {
	atomic_uint raised;       /* topic_set */
	atomic_bool judges_all;   /* at the next tick */
	atomic_bool is_judging;   /* a job is queued or runs */
	pthread_mutex_t mutex;    /* of all below */
	struct console *consoles; /* admitted and open */
	struct topics_pace pace;  /* loop thread */
	struct loop_timer *timer; /* loop thread */
	struct loop_wake *awaken; /* the timer, from any thread */
	bool is_ticking;          /* loop thread */
	struct core *core;
};

struct changes *
changes_new(void)
{
	struct changes *changes = memory_zeroed(sizeof(*changes));

	check(pthread_mutex_init(&changes->mutex, NULL) == 0);
	return changes;
}

static struct place
place_of(struct gateway *gateway, uint64_t socket)
{
	struct place place;

	memset(&place, 0, sizeof(place)); /* its bytes are the key */
	place.gateway = gateway;
	place.socket = socket;
	return place;
}

/* The mutex is held in all that follows until the word otherwise. */
static struct console *
find(struct changes *changes, struct gateway *gateway, uint64_t socket)
{
	struct place place = place_of(gateway, socket);
	struct console *found = NULL;

	HASH_FIND(hh, changes->consoles, &place, sizeof(place), found);
	return found;
}

static void
forget(struct changes *changes, struct console *console)
{
	HASH_DELETE(hh, changes->consoles, console);
	gateway_release(console->place.gateway);
	free(console);
}

static size_t
count_of_user(const struct changes *changes, const char *user_id)
{
	size_t count = 0;

	for (const struct console *c = changes->consoles; c != NULL;
	     c = c->hh.next)
		count += strcmp(c->ticket.user.user_id, user_id) == 0;
	return count;
}

static bool
has_room(const struct changes *changes, const char *user_id, struct err *err)
{
	if (HASH_COUNT(changes->consoles) >= LIMIT_CHANGES_SOCKETS)
		return err_set_code(err, ERR_LIMIT, "too_many_sockets",
		    "too many consoles wait for changes");
	if (count_of_user(changes, user_id) >= LIMIT_CHANGES_SOCKETS_OF_USER)
		return err_set_code(err, ERR_LIMIT, "too_many_sockets",
		    "you wait for changes in too many places already");
	return true;
}

/* Outside the mutex. */
void
changes_free(struct changes *changes)
{
	if (changes == NULL)
		return;
	while (changes->consoles != NULL)
		forget(changes, changes->consoles);
	pthread_mutex_destroy(&changes->mutex);
	free(changes);
}

size_t
changes_count(struct core *core)
{
	size_t count;

	pthread_mutex_lock(&core->changes->mutex);
	count = HASH_COUNT(core->changes->consoles);
	pthread_mutex_unlock(&core->changes->mutex);
	return count;
}

/* Looked at first: a fleet raises the same bit again and again, and only a
 * write would take the line from the other processors. A part of core that is
 * tested alone has no consoles. */
static void
raise_set(struct changes *changes, topic_set topics)
{
	if (changes != NULL &&
	    (atomic_load_explicit(&changes->raised, memory_order_relaxed) &
		topics) != topics)
		atomic_fetch_or(&changes->raised, topics);
}

void
changes_raise(struct core *core, enum topic topic)
{
	raise_set(core->changes, (topic_set)1 << topic);
}

void
changes_raise_module(struct core *core, enum policy_module module)
{
	raise_set(core->changes, topics_of_module(module));
	if (core->changes == NULL)
		return;
	if (module == POLICY_USERS || module == POLICY_API_TOKENS ||
	    module == POLICY_SECURITY || module == POLICY_OWN ||
	    module == POLICY_OFFICES || module == POLICY_GROUPS)
		atomic_store(&core->changes->judges_all, true);
}

/* The mutex is held. */
static void
insert(struct changes *changes, const struct request *request,
    const struct changes_ticket *ticket)
{
	struct console *console = memory_zeroed(sizeof(*console));

	console->place =
	    place_of(gateway_hold(request->gateway), request->socket);
	console->ticket = *ticket;
	console->admitted_ms = clock_monotonic_ms();
	console->judged_ms = console->admitted_ms;
	HASH_ADD(hh, changes->consoles, place, sizeof(console->place), console);
}

bool
changes_admit(struct core *core, const struct request *request, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct changes *changes = core->changes;
	struct changes_ticket ticket = {
	    .user = request->user, .listener = request->listener};
	bool is_fine;

	if (!store_reader_open(core->store, &reader, err) ||
	    !changes_judge(core, reader, &ticket, err))
		return false;
	pthread_mutex_lock(&changes->mutex);
	is_fine = find(changes, request->gateway, request->socket) == NULL
	    ? has_room(changes, ticket.user.user_id, err)
	    : err_set_code(err, ERR_CONFLICT, "bad_request",
		  "the gateway uses a socket's number twice");
	if (is_fine)
		insert(changes, request, &ticket);
	pthread_mutex_unlock(&changes->mutex);
	if (is_fine)
		loop_wake_send(changes->awaken);
	return is_fine;
}

static bool
write_close(struct buf *out, uint64_t socket, enum changes_close code,
    const char *reason, struct err *err)
{
	struct ipc_socket_close close = {.socket = socket,
	    .code = (uint16_t)code,
	    .reason = view_string(reason)};

	return ipc_socket_close_write(out, &close, err);
}

/* Loop thread. */
static bool
queue_close(const struct place *place, enum changes_close code,
    const char *reason, struct err *err)
{
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);

	return write_close(&body, place->socket, code, reason, err) &&
	    gateway_queue(place->gateway, IPC_MESSAGE_SOCKET_CLOSE, 0,
		buf_view(&body), err);
}

void
changes_opened(struct core *core, struct gateway *gateway,
    const struct ipc_socket_open *open)
{
	struct changes *changes = core->changes;
	struct place place = place_of(gateway, open->socket);
	struct err err = ERR_INIT;
	struct console *console;
	bool is_known;

	pthread_mutex_lock(&changes->mutex);
	console = find(changes, gateway, open->socket);
	is_known = console != NULL && !console->is_open;
	if (is_known) {
		console->is_open = true;
		/* What changed before it stood was not told to it. */
		console->untold = console->ticket.readable;
		console->beaten_ms = clock_monotonic_ms();
	}
	pthread_mutex_unlock(&changes->mutex);
	/* Nobody was admitted with it here: a core that is gone did that. */
	if (!is_known)
		ignore_result(queue_close(
		    &place, CHANGES_CLOSE_RESTART, "restart", &err));
}

bool
changes_has(struct core *core, struct gateway *gateway, uint64_t socket)
{
	bool has;

	pthread_mutex_lock(&core->changes->mutex);
	has = find(core->changes, gateway, socket) != NULL;
	pthread_mutex_unlock(&core->changes->mutex);
	return has;
}

void
changes_closed(struct core *core, struct gateway *gateway, uint64_t socket)
{
	struct changes *changes = core->changes;
	struct console *found;

	pthread_mutex_lock(&changes->mutex);
	found = find(changes, gateway, socket);
	if (found != NULL)
		forget(changes, found);
	pthread_mutex_unlock(&changes->mutex);
}

void
changes_gateway_gone(struct core *core, struct gateway *gateway)
{
	struct changes *changes = core->changes;
	struct console *each, *next;

	pthread_mutex_lock(&changes->mutex);
	HASH_ITER (hh, changes->consoles, each, next)
		if (each->place.gateway == gateway)
			forget(changes, each);
	pthread_mutex_unlock(&changes->mutex);
}

/* The verdict about one console, by a worker. */
struct verdict {
	struct place place; /* held */
	struct changes_ticket ticket;
	enum changes_close close;
	bool is_judged; /* else the store could not say */
	bool is_ended;
};

static void
judge(struct core *core, struct store_reader *reader, struct verdict *verdict)
{
	struct changes_ticket now = verdict->ticket;
	struct err err = ERR_INIT;

	if (reader == NULL)
		return;
	if (changes_judge(core, reader, &now, &err)) {
		verdict->is_judged = true;
		verdict->is_ended =
		    !changes_same_rights(&now, &verdict->ticket);
		verdict->close = CHANGES_CLOSE_RIGHTS;
		verdict->ticket = now;
	} else if (err.category == ERR_DENIED) {
		verdict->is_judged = verdict->is_ended = true;
		verdict->close = strcmp(err.code, "not_signed_in") == 0 ||
			strcmp(err.code, "session_expired") == 0
		    ? CHANGES_CLOSE_SIGNED_OUT
		    : CHANGES_CLOSE_RIGHTS;
	}
}

/* The mutex is held. */
static void
apply(struct console *console, struct verdict *verdict, int64_t now_ms)
{
	if (verdict->is_judged) {
		console->judged_ms = now_ms;
		console->ticket = verdict->ticket;
	} else if (now_ms - console->judged_ms > CHANGES_UNJUDGED_MS) {
		verdict->is_ended = true;
		verdict->close = CHANGES_CLOSE_LATER;
	}
	if (verdict->is_ended) {
		console->is_ending = true;
		console->untold = 0;
	}
}

static void
send_close(const struct verdict *verdict)
{
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct err err = ERR_INIT;

	/* A gateway that cannot be told is gone, and the socket with it. */
	ignore_result(
	    write_close(&body, verdict->place.socket, verdict->close,
		verdict->close == CHANGES_CLOSE_LATER ? "try again later"
						      : "sign in or ask again",
		&err) &&
	    gateway_send(verdict->place.gateway, IPC_MESSAGE_SOCKET_CLOSE, 0,
		buf_view(&body), -1, CHANGES_TICK_MS, &err));
}

/* Copies of those that are due, their gateways held. */
static size_t
take_due(struct changes *changes, bool all, struct verdict **out)
{
	int64_t now_ms = clock_monotonic_ms(), wall_ms = clock_wall_ms();
	struct verdict *due;
	size_t count = 0;

	pthread_mutex_lock(&changes->mutex);
	due = memory_array(HASH_COUNT(changes->consoles) + 1, sizeof(*due));
	for (struct console *c = changes->consoles; c != NULL; c = c->hh.next) {
		if (c->is_ending ||
		    (!all && wall_ms < c->ticket.ends_at &&
			now_ms - c->judged_ms < CHANGES_JUDGE_MS))
			continue;
		memset(&due[count], 0, sizeof(due[count]));
		due[count].place = c->place;
		due[count].place.gateway = gateway_hold(c->place.gateway);
		due[count].ticket = c->ticket;
		count++;
	}
	pthread_mutex_unlock(&changes->mutex);
	*out = due;
	return count;
}

static void
settle(struct changes *changes, struct verdict *verdict)
{
	struct console *console;

	pthread_mutex_lock(&changes->mutex);
	console = find(changes, verdict->place.gateway, verdict->place.socket);
	if (console == NULL)
		verdict->is_ended = false;
	else
		apply(console, verdict, clock_monotonic_ms());
	pthread_mutex_unlock(&changes->mutex);
	if (verdict->is_ended)
		send_close(verdict);
	gateway_release(verdict->place.gateway);
}

/* Worker: judge whoever is due. One at a time. */
static void
judge_due(void *context)
{
	struct core *core = context;
	struct changes *changes = core->changes;
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	scoped(memory_freep) struct verdict *due = NULL;
	struct err err = ERR_INIT;
	size_t count = take_due(
	    changes, atomic_exchange(&changes->judges_all, false), &due);

	if (count > 0 && !store_reader_open(core->store, &reader, &err))
		reader = NULL;
	for (size_t i = 0; i < count; i++)
		judge(core, reader, &due[i]);
	store_reader_close(take(reader));
	for (size_t i = 0; i < count; i++)
		settle(changes, &due[i]);
	atomic_store(&changes->is_judging, false);
}

static bool
is_anyone_due(struct changes *changes)
{
	int64_t now_ms = clock_monotonic_ms(), wall_ms = clock_wall_ms();
	bool is_due = false;

	for (struct console *c = changes->consoles; c != NULL && !is_due;
	     c = c->hh.next)
		is_due = !c->is_ending &&
		    (wall_ms >= c->ticket.ends_at ||
			now_ms - c->judged_ms >= CHANGES_JUDGE_MS);
	return is_due;
}

/* Nothing waits in a queue: what the channel does not take stays in the set,
 * and goes with the next note. */
static void
tell(struct console *console)
{
	struct ipc_socket_message message = {
	    .socket = console->place.socket, .is_text = true};
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	char note[TOPICS_NOTE_SIZE];
	struct err err = ERR_INIT;

	topics_write(console->untold, note);
	message.payload = view_string(note);
	if (ipc_socket_message_write(&body, &message, &err) &&
	    gateway_queue(console->place.gateway, IPC_MESSAGE_SOCKET_SEND, 0,
		buf_view(&body), &err))
		console->untold = 0;
}

/* Whoever is limited to a scope hears of what a scope narrows at a steady beat,
 * whether something of it has changed or not: a note that came with the change
 * of a computer elsewhere would tell that there is one. The mutex is held. */
static topic_set
due_of(struct console *console, topic_set due, int64_t now_ms)
{
	if (console->ticket.user.scope.count > 0) {
		due &= ~TOPICS_NARROWED;
		if (now_ms - console->beaten_ms >= CHANGES_BEAT_MS) {
			due |= TOPICS_NARROWED;
			console->beaten_ms = now_ms;
		}
	}
	return due & console->ticket.readable;
}

/* What was admitted and never opened is forgotten. The mutex is held. */
static void
tell_all(struct changes *changes, topic_set due, int64_t now_ms)
{
	struct console *each, *next;

	HASH_ITER (hh, changes->consoles, each, next) {
		if (!each->is_open) {
			if (now_ms - each->admitted_ms > CHANGES_OPEN_MS)
				forget(changes, each);
			continue;
		}
		if (each->is_ending)
			continue;
		each->untold |= due_of(each, due, now_ms);
		if (each->untold != 0)
			tell(each);
	}
}

static void
judge_if_due(struct changes *changes, bool is_due)
{
	bool expected = false;

	if (!is_due ||
	    !atomic_compare_exchange_strong(
		&changes->is_judging, &expected, true))
		return;
	if (!workers_submit(changes->core->workers, WORKER_PEOPLE, judge_due,
		changes->core))
		atomic_store(&changes->is_judging, false);
}

static void
tick(void *context)
{
	struct changes *changes = context;
	int64_t now_ms = clock_monotonic_ms();
	topic_set due = topics_due(
	    &changes->pace, atomic_exchange(&changes->raised, 0), now_ms);
	bool is_due, is_anyone;

	pthread_mutex_lock(&changes->mutex);
	tell_all(changes, due, now_ms);
	is_due = is_anyone_due(changes);
	is_anyone = changes->consoles != NULL;
	pthread_mutex_unlock(&changes->mutex);
	judge_if_due(changes,
	    is_anyone && (is_due || atomic_load(&changes->judges_all)));
	if (!is_anyone) {
		loop_timer_stop(changes->timer);
		changes->is_ticking = false;
	}
}

/* Somebody waits now. A timer that runs already goes on as it was. */
static void
begin_ticking(void *context)
{
	struct changes *changes = context;

	if (changes->is_ticking)
		return;
	loop_timer_repeat(changes->timer, CHANGES_TICK_MS);
	changes->is_ticking = true;
}

void
changes_begin(struct core *core, struct loop *loop)
{
	struct changes *changes = core->changes;

	changes->core = core;
	changes->timer = loop_timer_new(loop, tick, changes);
	changes->awaken = loop_wake_new(loop, begin_ticking, changes);
}

void
changes_end(struct core *core)
{
	loop_timer_free(core->changes->timer);
	loop_wake_free(core->changes->awaken);
	core->changes->timer = NULL;
	core->changes->awaken = NULL;
}
