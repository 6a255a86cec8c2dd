/*
 * A channel: frames to and from one peer role, on the loop.
 *
 * Received frames are checked against the message table before the callback
 * sees them. What cannot be sent at once waits in a bounded queue. The channel
 * owns its socket. It ends once: closed runs when the peer went away (err is
 * NULL) or broke protocol (ERR_MALFORMED: report it with role_peer_broken); the
 * owner then calls ipc_channel_free(), in the callback or after it. Freeing in
 * any of its callbacks is fine. Loop thread only, except
 * ipc_channel_send_blocking().
 */
#ifndef IPC_CHANNEL_H
#define IPC_CHANNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "ipc/frame.h"
#include "ipc/messages.h"
#include "os/loop.h"

struct ipc_channel;

struct ipc_channel_events {
	/* The frame and its body are valid during the call. To keep its
	 * descriptor, use fd_take(&frame->fd); otherwise it is closed. */
	void (*frame)(void *context, struct ipc_channel *channel,
	    struct ipc_frame *frame);
	void (*closed)(
	    void *context, struct ipc_channel *channel, const struct err *err);
};

enum {
	IPC_QUEUE_BYTES_MAX = 8 * 1024 * 1024,
	IPC_QUEUE_FRAMES_MAX = 4096,
};

/* socket: owned from now on. self and peer: the rows of the message table. */
must_use struct ipc_channel *
ipc_channel_new(struct loop *loop, int socket, enum ipc_role self,
    enum ipc_role peer, const struct ipc_channel_events *events, void *context);
void ipc_channel_free(struct ipc_channel *channel);

/* Queue one frame. frame->fd is owned by the channel from now on, also when
 * this fails. ERR_LIMIT, code "queue_full": the peer does not keep up.
 * ERR_SYSTEM: the peer is gone (closed will run, or has run). */
must_use bool ipc_channel_send(struct ipc_channel *channel,
    const struct ipc_frame *frame, struct err *err);
/* From another thread: waits for room, passes the queue by (so it never comes
 * before a frame of the same thread, but may overtake the loop's). frame->fd
 * stays the caller's. The channel must outlive the call. */
must_use bool ipc_channel_send_blocking(struct ipc_channel *channel,
    const struct ipc_frame *frame, int64_t timeout_ms, struct err *err);
must_use size_t ipc_channel_queued_bytes(const struct ipc_channel *channel);
/* Stop or resume reading: back-pressure on the peer. */
void ipc_channel_set_paused(struct ipc_channel *channel, bool is_paused);
must_use enum ipc_role ipc_channel_peer(const struct ipc_channel *channel);
must_use int ipc_channel_socket(const struct ipc_channel *channel); /* view */

DEFINE_SCOPED(struct ipc_channel, ipc_channel_free)

#endif
