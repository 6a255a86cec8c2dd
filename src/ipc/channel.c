/* Channels on the loop: checked frames in, a bounded queue of frames out. */
#include "ipc/channel.h"

#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "os/fd.h"

enum {
	/* Frames handled in one round, so that one busy peer does not keep the
	 * others waiting. */
	FRAMES_PER_ROUND = 32,
};

struct queued {
	struct queued *next;
	uint16_t type;
	uint32_t request;
	int fd;
	size_t length;
	uint8_t body[];
};

struct ipc_channel {
	struct loop_watch *watch;
	int socket;
	enum ipc_role self, peer;
	const struct ipc_channel_events *events;
	void *context;
	struct queued *first, **last;
	size_t queued_bytes, queued_frames;
	bool is_paused;
	bool has_closed;
	bool is_freed;  /* by a callback that runs now */
	unsigned depth; /* of our callbacks on the stack */
	struct loop_timer *ending;
	struct err why;
	bool has_why;
};

/* The one storage for received frames: a process has one loop. */
static uint8_t storage[LIMIT_FRAME];
static bool storage_is_used;

static void
update_watch(struct ipc_channel *channel)
{
	unsigned events = 0;

	if (channel->has_closed)
		events = 0;
	else {
		if (!channel->is_paused)
			events |= LOOP_READ;
		if (channel->first != NULL)
			events |= LOOP_WRITE;
	}
	loop_watch_set(channel->watch, events);
}

static void
drop_first(struct ipc_channel *channel)
{
	struct queued *item = channel->first;

	channel->first = item->next;
	if (channel->first == NULL)
		channel->last = &channel->first;
	channel->queued_bytes -= item->length;
	channel->queued_frames--;
	fd_close(item->fd);
	free(item);
}

static void
destroy(struct ipc_channel *channel)
{
	while (channel->first != NULL)
		drop_first(channel);
	loop_watch_free(channel->watch);
	loop_timer_free(channel->ending);
	fd_close(channel->socket);
	free(channel);
}

void
ipc_channel_free(struct ipc_channel *channel)
{
	if (channel == NULL)
		return;
	channel->is_freed = true;
	channel->has_closed = true;
	if (channel->depth == 0)
		destroy(channel);
}

/* Leave a callback: true when its channel is gone. */
static bool
leave(struct ipc_channel *channel)
{
	channel->depth--;
	if (channel->is_freed && channel->depth == 0) {
		destroy(channel);
		return true;
	}
	return channel->is_freed;
}

static void
tell_closed(void *context)
{
	struct ipc_channel *channel = context;

	channel->depth++;
	channel->events->closed(
	    channel->context, channel, channel->has_why ? &channel->why : NULL);
	(void)leave(channel);
}

/* The callback runs from the loop, never inside a caller's send. */
static void
end(struct ipc_channel *channel, const struct err *why)
{
	if (channel->has_closed)
		return;
	channel->has_closed = true;
	if (why != NULL) {
		channel->why = *why;
		channel->has_why = true;
	}
	update_watch(channel);
	loop_timer_start(channel->ending, 0);
}

static void
flush(struct ipc_channel *channel)
{
	struct err err = ERR_INIT;

	while (channel->first != NULL) {
		struct queued *item = channel->first;
		struct ipc_frame frame = {.type = item->type,
		    .request = item->request,
		    .body = view_of(item->body, item->length),
		    .fd = item->fd};
		enum io result = ipc_try_send(channel->socket, &frame, &err);

		if (result == IO_AGAIN)
			return;
		if (result != IO_OK) {
			/* What the peer sent before it went is still read:
			 * its end is seen by the reader. */
			while (channel->first != NULL)
				drop_first(channel);
			return;
		}
		drop_first(channel);
	}
}

/* One frame: false when there is no next one to look for now. */
static bool
read_one(struct ipc_channel *channel)
{
	struct err err = ERR_INIT;
	struct ipc_frame frame;
	enum io result;
	bool is_gone;

	check(!storage_is_used);
	result = ipc_receive(channel->socket, storage, &frame, 0, &err);
	if (result == IO_AGAIN)
		return false;
	if (result == IO_OK &&
	    !ipc_message_check(frame.type, frame.request, frame.fd >= 0,
		channel->peer, channel->self, &err)) {
		fd_close(frame.fd);
		result = IO_FAILED;
	}
	if (result != IO_OK) {
		end(channel, result == IO_EOF ? NULL : &err);
		return false;
	}
	storage_is_used = true;
	channel->depth++;
	channel->events->frame(channel->context, channel, &frame);
	storage_is_used = false;
	fd_close(frame.fd);
	is_gone = leave(channel);
	return !is_gone && !channel->is_paused && !channel->has_closed;
}

static void
on_events(void *context, unsigned events)
{
	struct ipc_channel *channel = context;

	channel->depth++;
	if ((events & LOOP_WRITE) != 0)
		flush(channel);
	if ((events & LOOP_READ) != 0)
		for (size_t i = 0; i < FRAMES_PER_ROUND; i++)
			if (!read_one(channel))
				break;
	if (!leave(channel))
		update_watch(channel);
}

struct ipc_channel *
ipc_channel_new(struct loop *loop, int socket, enum ipc_role self,
    enum ipc_role peer, const struct ipc_channel_events *events, void *context)
{
	struct ipc_channel *channel = memory_zeroed(sizeof(*channel));

	channel->socket = socket;
	channel->self = self;
	channel->peer = peer;
	channel->events = events;
	channel->context = context;
	channel->last = &channel->first;
	channel->ending = loop_timer_new(loop, tell_closed, channel);
	channel->watch =
	    loop_watch_new(loop, socket, LOOP_READ, on_events, channel);
	return channel;
}

static bool
enqueue(
    struct ipc_channel *channel, const struct ipc_frame *frame, struct err *err)
{
	struct queued *item;

	if (channel->queued_frames >= IPC_QUEUE_FRAMES_MAX ||
	    frame->body.length > IPC_QUEUE_BYTES_MAX - channel->queued_bytes) {
		fd_close(frame->fd);
		return err_set_code(err, ERR_LIMIT, "queue_full",
		    "the %s does not keep up: %zu frames wait",
		    ipc_role_name(channel->peer), channel->queued_frames);
	}
	item = memory_zeroed(sizeof(*item) + frame->body.length);
	item->type = frame->type;
	item->request = frame->request;
	item->fd = frame->fd;
	item->length = frame->body.length;
	if (item->length > 0)
		memcpy(item->body, frame->body.data, item->length);
	*channel->last = item;
	channel->last = &item->next;
	channel->queued_bytes += item->length;
	channel->queued_frames++;
	update_watch(channel);
	return true;
}

bool
ipc_channel_send(
    struct ipc_channel *channel, const struct ipc_frame *frame, struct err *err)
{
	enum io result = IO_AGAIN;

	if (channel->has_closed) {
		fd_close(frame->fd);
		return err_set(err, ERR_SYSTEM, "the %s is gone",
		    ipc_role_name(channel->peer));
	}
	if (frame->body.length > IPC_BODY_MAX || channel->first == NULL)
		result = ipc_try_send(channel->socket, frame, err);
	if (result == IO_AGAIN)
		return enqueue(channel, frame, err);
	fd_close(frame->fd);
	return result == IO_OK;
}

bool
ipc_channel_send_blocking(struct ipc_channel *channel,
    const struct ipc_frame *frame, int64_t timeout_ms, struct err *err)
{
	return ipc_send(channel->socket, frame, timeout_ms, err);
}

size_t
ipc_channel_queued_bytes(const struct ipc_channel *channel)
{
	return channel->queued_bytes;
}

void
ipc_channel_set_paused(struct ipc_channel *channel, bool is_paused)
{
	channel->is_paused = is_paused;
	update_watch(channel);
}

enum ipc_role
ipc_channel_peer(const struct ipc_channel *channel)
{
	return channel->peer;
}

int
ipc_channel_socket(const struct ipc_channel *channel)
{
	return channel->socket;
}
