/* A WebSocket after its handshake, either side, on wslay. */
#include "http/websocket.h"

#include <string.h>
#include <wslay/wslay.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/secret.h"

enum {
	/* The frame's head, and a pong or close that may come with it. */
	FRAME_ROOM = 256,
};

struct websocket {
	/* NULL while nothing is half read: wslay's context holds 8 KiB of
	 * buffers, which ten thousand idle agents should not cost. */
	wslay_event_context_ptr wslay;
	size_t max_bytes;
	websocket_on_message *on_message;
	void *context;
	struct buf *send;
	struct view input; /* only during websocket_receive */
	bool is_client;
	uint64_t taken_bytes; /* by wslay since it was made */
	uint64_t frame_bytes; /* of all frames that began since then */
	bool is_receiving;  /* inside wslay: a message may be answered there */
	bool is_in_message; /* between fragments */
	bool has_half_code; /* of a close frame */
	bool has_failed;
	bool is_closing; /* we sent a close frame */
	bool is_closed;  /* they did */
	unsigned code;
};

static ssize_t
on_receive(wslay_event_context_ptr wslay, uint8_t *out, size_t size, int flags,
    void *user)
{
	struct websocket *self = user;
	size_t part = self->input.length < size ? self->input.length : size;

	if (part == 0) {
		wslay_event_set_error(wslay, WSLAY_ERR_WOULDBLOCK);
		return -1;
	}
	memcpy(out, self->input.data, part);
	self->input = view_slice(self->input, part, self->input.length);
	self->taken_bytes += part;
	return (ssize_t)part;
}

static ssize_t
on_send(wslay_event_context_ptr wslay, const uint8_t *data, size_t length,
    int flags, void *user)
{
	struct websocket *self = user;
	struct err err = ERR_INIT;

	if (!buf_append(self->send, data, length, &err)) {
		wslay_event_set_error(wslay, WSLAY_ERR_CALLBACK_FAILURE);
		return -1;
	}
	return (ssize_t)length;
}

static size_t
head_bytes(uint64_t payload, bool is_masked)
{
	size_t extended = payload > UINT16_MAX ? 8 : payload > 125 ? 2 : 0;

	return 2 + extended + (is_masked ? 4 : 0);
}

static void
on_frame(wslay_event_context_ptr wslay,
    const struct wslay_event_on_frame_recv_start_arg *frame, void *user)
{
	struct websocket *self = user;

	/* Those of a client are masked, those of a server never. */
	self->frame_bytes +=
	    head_bytes(frame->payload_length, !self->is_client) +
	    frame->payload_length;
	if (!wslay_is_ctrl_frame(frame->opcode))
		self->is_in_message = frame->fin == 0;
	/* Section 5.5.1: a close has no payload, or begins with two bytes of
	 * code. wslay passes over one byte. */
	if (frame->opcode == WSLAY_CONNECTION_CLOSE &&
	    frame->payload_length == 1)
		self->has_half_code = true;
}

static void
on_message(wslay_event_context_ptr wslay,
    const struct wslay_event_on_msg_recv_arg *message, void *user)
{
	struct websocket *self = user;

	if (message->opcode == WSLAY_CONNECTION_CLOSE) {
		self->is_closed = true;
		self->code = message->status_code == 0 ? WEBSOCKET_NO_CODE
						       : message->status_code;
	} else if (!wslay_is_ctrl_frame(message->opcode)) {
		self->on_message(self->context,
		    message->opcode == WSLAY_TEXT_FRAME,
		    view_of(message->msg, message->msg_length));
	}
}

static int
on_mask(wslay_event_context_ptr wslay, uint8_t *out, size_t length, void *user)
{
	random_fill(out, length);
	return 0;
}

static const struct wslay_event_callbacks CALLBACKS = {
    .recv_callback = on_receive,
    .send_callback = on_send,
    .genmask_callback = on_mask,
    .on_frame_recv_start_callback = on_frame,
    .on_msg_recv_callback = on_message,
};

static void
wake(struct websocket *self)
{
	if (self->wslay != NULL)
		return;
	/* Its only failure is memory. */
	check((self->is_client ? wslay_event_context_client_init
			       : wslay_event_context_server_init)(
		  &self->wslay, &CALLBACKS, self) == 0);
	wslay_event_config_set_max_recv_msg_length(
	    self->wslay, self->max_bytes);
	self->taken_bytes = 0;
	self->frame_bytes = 0;
}

static void
rest(struct websocket *self)
{
	if (self->wslay == NULL || self->is_receiving || self->is_closing ||
	    self->is_closed || self->has_failed || self->is_in_message ||
	    self->taken_bytes != self->frame_bytes)
		return;
	wslay_event_context_free(self->wslay);
	self->wslay = NULL;
}

/* Let out what wslay queued. */
static bool
flush(struct websocket *self)
{
	if (wslay_event_send(self->wslay) != 0)
		self->has_failed = true;
	if (wslay_event_get_close_sent(self->wslay))
		self->is_closing = true;
	return !self->has_failed;
}

struct websocket *
websocket_new(size_t max_bytes, websocket_on_message *on_message_,
    void *context, struct buf *send)
{
	struct websocket *self = memory_zeroed(sizeof(*self));

	self->max_bytes = max_bytes;
	self->on_message = on_message_;
	self->context = context;
	self->send = send;
	self->code = WEBSOCKET_ABNORMAL;
	return self;
}

struct websocket *
websocket_new_client(size_t max_bytes, websocket_on_message *on_message_,
    void *context, struct buf *send)
{
	struct websocket *self =
	    websocket_new(max_bytes, on_message_, context, send);

	self->is_client = true;
	return self;
}

void
websocket_free(struct websocket *websocket)
{
	if (websocket == NULL)
		return;
	if (websocket->wslay != NULL)
		wslay_event_context_free(websocket->wslay);
	free(websocket);
}

/* A frame's head that breaks the protocol: wslay would send a close without a
 * code here, which tells the peer nothing. A client just ends. */
static bool
fail_protocol(struct websocket *self)
{
	static const uint8_t frame[] = {0x88, 2, WEBSOCKET_PROTOCOL_ERROR >> 8,
	    WEBSOCKET_PROTOCOL_ERROR & 0xff};
	struct err err = ERR_INIT;

	self->has_failed = true;
	self->code = WEBSOCKET_PROTOCOL_ERROR;
	if (!self->is_closing && !self->is_client)
		/* No room: the connection ends without the frame. */
		ignore_result(
		    buf_append(self->send, frame, sizeof(frame), &err));
	return false;
}

bool
websocket_receive(struct websocket *websocket, struct view input)
{
	int result;

	if (websocket->has_failed || websocket->is_closed)
		return false;
	wake(websocket);
	websocket->input = input;
	websocket->is_receiving = true;
	result = wslay_event_recv(websocket->wslay);
	websocket->is_receiving = false;
	websocket->input = view_of(NULL, 0);
	if (result != 0 || websocket->has_half_code)
		return fail_protocol(websocket);
	if (!flush(websocket))
		return false;
	if (!wslay_event_get_read_enabled(websocket->wslay)) {
		/* Closed by the peer, or by wslay for a broken rule. */
		if (!websocket->is_closed)
			websocket->code =
			    wslay_event_get_status_code_sent(websocket->wslay);
		websocket->has_failed = true;
		return false;
	}
	rest(websocket);
	return true;
}

static bool
may_send(const struct websocket *websocket, size_t length)
{
	const struct buf *send = websocket->send;

	return !websocket->has_failed && !websocket->is_closing &&
	    !websocket->is_closed && length <= send->max - send->length &&
	    send->max - send->length - length >= FRAME_ROOM;
}

static bool
send_frame(struct websocket *websocket, uint8_t opcode, struct view payload)
{
	struct wslay_event_msg message = {
	    .opcode = opcode,
	    .msg = payload.data,
	    .msg_length = payload.length,
	};
	bool is_sent;

	if (!may_send(websocket, payload.length))
		return false;
	wake(websocket);
	is_sent = wslay_event_queue_msg(websocket->wslay, &message) == 0 &&
	    flush(websocket);
	rest(websocket);
	return is_sent;
}

bool
websocket_send(struct websocket *websocket, bool is_text, struct view payload)
{
	return send_frame(websocket,
	    is_text ? WSLAY_TEXT_FRAME : WSLAY_BINARY_FRAME, payload);
}

bool
websocket_ping(struct websocket *websocket)
{
	return send_frame(websocket, WSLAY_PING, view_of(NULL, 0));
}

void
websocket_close(struct websocket *websocket, unsigned code, struct view reason)
{
	if (websocket->has_failed || websocket->is_closing ||
	    websocket->is_closed)
		return;
	wake(websocket);
	websocket->code = code;
	websocket->is_closing = true;
	if (wslay_event_queue_close(websocket->wslay, (uint16_t)code,
		reason.data,
		view_slice(reason, 0, WEBSOCKET_REASON_MAX).length) != 0)
		websocket->has_failed = true;
	ignore_result(flush(websocket)); /* a failure sticks in has_failed */
}

bool
websocket_is_closing(const struct websocket *websocket)
{
	return websocket->has_failed || websocket->is_closing ||
	    websocket->is_closed;
}

bool
websocket_is_closed(const struct websocket *websocket)
{
	return websocket->has_failed ||
	    (websocket->is_closed && websocket->is_closing);
}

unsigned
websocket_close_code(const struct websocket *websocket)
{
	return websocket->code;
}
