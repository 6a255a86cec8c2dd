/* Calls to the signer: request ids, waiters, deadlines, one repetition. */
#include "server/core/signer_link.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "ipc/messages.h"
#include "os/fd.h"

enum waiter_state {
	WAITER_WAITS,
	WAITER_ANSWERED,
	WAITER_ABANDONED, /* the signer went away first */
};

struct waiter {
	struct waiter *next;
	uint32_t request;
	uint16_t type;
	enum waiter_state state;
	struct signer_reply *reply;
	/* Its own: were it one for all, each answer would wake all who wait. */
	pthread_cond_t decided;
	bool is_read; /* the reply was taken over whole */
	struct err err;
};

struct signer_link {
	struct signer_client client;
	pthread_mutex_t mutex;
	pthread_cond_t changed; /* attached, detached or ending */
	int socket;             /* -1: the signer is away */
	bool is_ending;         /* an absent signer is not waited for */
	uint32_t generation;    /* counts attachments */
	uint32_t last_request;
	struct waiter *waiters;
};

static const struct {
	uint16_t type;
	bool may_repeat;
} CALLS[SIGNER_MESSAGE_COUNT] = {
    [SIGNER_SERVER_IDENTITY] = {IPC_MESSAGE_SIGNER_SERVER_IDENTITY, true},
    [SIGNER_TRUST_SET] = {IPC_MESSAGE_SIGNER_TRUST_SET, true},
    [SIGNER_PUBLICATION] = {IPC_MESSAGE_SIGNER_PUBLICATION, true},
    [SIGNER_TOKEN_CREATE] = {IPC_MESSAGE_SIGNER_TOKEN_CREATE, false},
    [SIGNER_TOKEN_REVOKE] = {IPC_MESSAGE_SIGNER_TOKEN_REVOKE, true},
    [SIGNER_TOKEN_LIST] = {IPC_MESSAGE_SIGNER_TOKEN_LIST, true},
    [SIGNER_ENROL] = {IPC_MESSAGE_SIGNER_ENROL, true},
    [SIGNER_REENROL] = {IPC_MESSAGE_SIGNER_REENROL, true},
    [SIGNER_NONCE] = {IPC_MESSAGE_SIGNER_NONCE, true},
    [SIGNER_REVOKE] = {IPC_MESSAGE_SIGNER_REVOKE, true},
    [SIGNER_RETIRE] = {IPC_MESSAGE_SIGNER_RETIRE, true},
    [SIGNER_SIGN_COMMAND] = {IPC_MESSAGE_SIGNER_SIGN_COMMAND, false},
    [SIGNER_CRL] = {IPC_MESSAGE_SIGNER_CRL, true},
    [SIGNER_OCSP] = {IPC_MESSAGE_SIGNER_OCSP, true},
    [SIGNER_JOURNAL_HEAD] = {IPC_MESSAGE_SIGNER_JOURNAL_HEAD, true},
    [SIGNER_STATUS] = {IPC_MESSAGE_SIGNER_STATUS, true},
    [SIGNER_AUDIT_HEAD] = {IPC_MESSAGE_SIGNER_AUDIT_HEAD, true},
    [SIGNER_AUDIT_HEADS] = {IPC_MESSAGE_SIGNER_AUDIT_HEADS, true},
    [SIGNER_AUDIT_CHECKPOINT] = {IPC_MESSAGE_SIGNER_AUDIT_CHECKPOINT, true},
    [SIGNER_ENFORCE] = {IPC_MESSAGE_SIGNER_ENFORCE, true},
    [SIGNER_ENFORCED] = {IPC_MESSAGE_SIGNER_ENFORCED, true},
};

static bool
is_away(struct err *err)
{
	return err_set_code(err, ERR_SYSTEM, "signer_away",
	    "the signer does not answer; try again shortly");
}

static void
condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;

	check(pthread_condattr_init(&attributes) == 0);
	check(pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC) == 0);
	check(pthread_cond_init(condition, &attributes) == 0);
	pthread_condattr_destroy(&attributes);
}

/* Wait for a change until the deadline; false when it has passed. */
static bool
wait_for(struct signer_link *link, pthread_cond_t *change, int64_t deadline_ms)
{
	struct timespec until = {
	    .tv_sec = (time_t)(deadline_ms / 1000),
	    .tv_nsec = (long)(deadline_ms % 1000) * 1000000,
	};

	return pthread_cond_timedwait(change, &link->mutex, &until) !=
	    ETIMEDOUT;
}

static uint32_t
next_request(struct signer_link *link)
{
	if (++link->last_request == 0)
		link->last_request = 1;
	return link->last_request;
}

static void
forget(struct signer_link *link, struct waiter *waiter)
{
	struct waiter **place = &link->waiters;

	while (*place != NULL && *place != waiter)
		place = &(*place)->next;
	if (*place != NULL)
		*place = waiter->next;
}

/* Send with the mutex released: the queue may be full. The descriptor is a
 * duplicate of its own, so a detach meanwhile does no harm. */
static bool
send_request(struct signer_link *link, struct waiter *waiter, struct view body,
    int64_t deadline_ms, struct err *err)
{
	scoped(fd_closep) int socket = -1;
	uint32_t generation = link->generation;
	struct ipc_frame frame = {.type = waiter->type,
	    .request = waiter->request,
	    .body = body,
	    .fd = -1};
	int64_t left = deadline_ms - clock_monotonic_ms();
	bool is_sent;

	if (!fd_duplicate(link->socket, &socket, err))
		return false;
	pthread_mutex_unlock(&link->mutex);
	is_sent = ipc_send(socket, &frame, left > 0 ? left : 0, err);
	pthread_mutex_lock(&link->mutex);
	/* Its end may be known here before the loop hears of it. */
	if (!is_sent && generation == link->generation)
		fd_close(fd_take(&link->socket));
	return is_sent;
}

/* One attempt. True: answered, or failed for good (waiter->err says). False:
 * the signer went away; nothing was heard. Mutex held. */
static bool
attempt(struct signer_link *link, struct waiter *waiter, struct view body,
    int64_t deadline_ms, struct err *err)
{
	while (link->socket < 0)
		if (link->is_ending ||
		    !wait_for(link, &link->changed, deadline_ms))
			return is_away(err);
	waiter->state = WAITER_WAITS;
	waiter->request = next_request(link);
	waiter->next = link->waiters;
	link->waiters = waiter;
	if (!send_request(link, waiter, body, deadline_ms, err)) {
		forget(link, waiter);
		return is_away(err);
	}
	while (waiter->state == WAITER_WAITS)
		if (!wait_for(link, &waiter->decided, deadline_ms))
			break;
	forget(link, waiter);
	if (waiter->state == WAITER_ANSWERED)
		return true;
	return is_away(err);
}

static bool
link_call(void *context, enum signer_message message, struct view body,
    struct signer_reply *out, struct err *err)
{
	struct signer_link *link = context;
	int64_t deadline_ms = clock_monotonic_ms() + SIGNER_CALL_MS;
	struct waiter waiter = {.type = CALLS[message].type, .reply = out};
	bool is_answered;

	check(message < SIGNER_MESSAGE_COUNT);
	condition_init(&waiter.decided);
	pthread_mutex_lock(&link->mutex);
	is_answered = attempt(link, &waiter, body, deadline_ms, err);
	/* A signer that died is back within seconds. */
	while (!is_answered && CALLS[message].may_repeat && !link->is_ending &&
	    clock_monotonic_ms() < deadline_ms)
		is_answered = attempt(link, &waiter, body, deadline_ms, err);
	pthread_mutex_unlock(&link->mutex);
	pthread_cond_destroy(&waiter.decided);
	if (!is_answered)
		return false;
	if (!waiter.is_read) {
		*err = waiter.err;
		return false;
	}
	return true;
}

struct signer_link *
signer_link_new(void)
{
	struct signer_link *link = memory_zeroed(sizeof(*link));

	link->client.call = link_call;
	link->client.ctx = link;
	link->socket = -1;
	check(pthread_mutex_init(&link->mutex, NULL) == 0);
	condition_init(&link->changed);
	return link;
}

void
signer_link_free(struct signer_link *link)
{
	if (link == NULL)
		return;
	fd_close(link->socket);
	pthread_cond_destroy(&link->changed);
	pthread_mutex_destroy(&link->mutex);
	free(link);
}

struct signer_client *
signer_link_client(struct signer_link *link)
{
	return &link->client;
}

/* Every change of state wakes the one who waits for it, and nobody else. */
static void
decide(struct waiter *waiter, enum waiter_state state)
{
	waiter->state = state;
	pthread_cond_signal(&waiter->decided);
}

static void
abandon_all(struct signer_link *link)
{
	for (struct waiter *w = link->waiters; w != NULL; w = w->next)
		if (w->state == WAITER_WAITS)
			decide(w, WAITER_ABANDONED);
}

bool
signer_link_attach(struct signer_link *link, int socket, struct err *err)
{
	int copy = -1;

	if (!fd_duplicate(socket, &copy, err))
		return false;
	pthread_mutex_lock(&link->mutex);
	abandon_all(link);
	fd_close(link->socket);
	link->socket = copy;
	link->generation++;
	pthread_cond_broadcast(&link->changed);
	pthread_mutex_unlock(&link->mutex);
	return true;
}

void
signer_link_detach(struct signer_link *link)
{
	pthread_mutex_lock(&link->mutex);
	abandon_all(link);
	fd_close(fd_take(&link->socket));
	pthread_cond_broadcast(&link->changed);
	pthread_mutex_unlock(&link->mutex);
}

void
signer_link_end(struct signer_link *link)
{
	pthread_mutex_lock(&link->mutex);
	link->is_ending = true;
	pthread_cond_broadcast(&link->changed);
	pthread_mutex_unlock(&link->mutex);
}

bool
signer_link_is_attached(struct signer_link *link)
{
	bool is_attached;

	pthread_mutex_lock(&link->mutex);
	is_attached = link->socket >= 0;
	pthread_mutex_unlock(&link->mutex);
	return is_attached;
}

/* A long answer's body is the descriptor, except of SERVER_IDENTITY, whose
 * descriptor is the key. */
static bool
take_reply(struct waiter *waiter, struct ipc_frame *frame)
{
	struct signer_reply *reply = waiter->reply;

	buf_clear(&reply->body);
	fd_close(fd_take(&reply->descriptor));
	if (frame->fd >= 0 &&
	    waiter->type != IPC_MESSAGE_SIGNER_SERVER_IDENTITY)
		return fd_memfd_read(frame->fd, &reply->body, &waiter->err);
	if (!buf_append_view(&reply->body, frame->body, &waiter->err))
		return false;
	reply->descriptor = fd_take(&frame->fd);
	return true;
}

void
signer_link_answer(struct signer_link *link, struct ipc_frame *frame)
{
	pthread_mutex_lock(&link->mutex);
	for (struct waiter *w = link->waiters; w != NULL; w = w->next) {
		if (w->request != frame->request || w->type != frame->type ||
		    w->state != WAITER_WAITS)
			continue;
		w->is_read = take_reply(w, frame);
		decide(w, WAITER_ANSWERED);
		break;
	}
	pthread_mutex_unlock(&link->mutex);
}
