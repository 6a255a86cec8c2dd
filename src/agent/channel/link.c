/* The WebSocket to the server: libcurl's connection, wslay's frames. */
#include "agent/channel/link.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <wslay/wslay.h>

#include "agent/channel/upgrade.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "base/secret.h"
#include "proto/refresh.h"

struct link {
	CURL *handle;
	curl_socket_t socket;
	struct exchange_try attempt;
	wslay_event_context_ptr frames;
	struct buf early; /* frames that came with the answer's head */
	struct loop_watch *watch;
	struct loop_timer *ping;
	const struct link_events *events;
	void *context;
	int64_t heard_ms;
	bool has_ended;
	bool *is_freed; /* set while callbacks run */
};

static bool
wait_for(struct link *link, short events, int64_t deadline_ms, struct err *err)
{
	struct pollfd waiting = {.fd = link->socket, .events = events};
	int64_t left = deadline_ms - clock_monotonic_ms();

	if (left <= 0)
		return err_set_code(err, ERR_SYSTEM, "server_timeout",
		    "the server did not answer the WebSocket in time");
	if (poll(&waiting, 1, (int)left) < 0 && errno != EINTR)
		return err_set_errno(err, "poll");
	return true;
}

/* A server that refuses a certificate may have closed its side before all was
 * sent; its alert, which says why, still waits to be read. */
static bool
failed_to_send(struct link *link, CURLcode code, struct err *err)
{
	char byte;
	size_t got = 0;

	(void)curl_easy_recv(link->handle, &byte, sizeof(byte), &got);
	return exchange_failed(code, &link->attempt, err);
}

static bool
send_request(struct link *link, struct view request, int64_t deadline_ms,
    struct err *err)
{
	while (request.length > 0) {
		size_t sent = 0;
		CURLcode code = curl_easy_send(
		    link->handle, request.data, request.length, &sent);

		if (code != CURLE_OK && code != CURLE_AGAIN)
			return failed_to_send(link, code, err);
		if (code == CURLE_AGAIN &&
		    !wait_for(link, POLLOUT, deadline_ms, err))
			return false;
		request = view_slice(request, sent, request.length);
	}
	return true;
}

/* Read until the empty line; what came behind it stays in link->early. */
static bool
receive_head(
    struct link *link, struct buf *head, int64_t deadline_ms, struct err *err)
{
	for (;;) {
		char part[2048];
		size_t got = 0;
		CURLcode code =
		    curl_easy_recv(link->handle, part, sizeof(part), &got);
		const uint8_t *end;
		size_t length;

		if (code != CURLE_OK && code != CURLE_AGAIN)
			return exchange_failed(code, &link->attempt, err);
		if (code == CURLE_OK && got == 0)
			return exchange_failed(
			    CURLE_GOT_NOTHING, &link->attempt, err);
		if (!buf_append(head, part, got, err))
			return false;
		end = head->length == 0
		    ? NULL
		    : memmem(head->data, head->length, "\r\n\r\n", 4);
		if (end != NULL) {
			length = (size_t)(end - head->data) + 4;
			return buf_append(&link->early, head->data + length,
			    head->length - length, err);
		}
		if (code == CURLE_AGAIN &&
		    !wait_for(link, POLLIN, deadline_ms, err))
			return false;
	}
}

static bool
upgrade(
    struct link *link, const struct server_address *address, struct err *err)
{
	int64_t deadline_ms = clock_monotonic_ms() + LINK_OPEN_MS;
	scoped(buf_donep) struct buf request = BUF_INIT(UPGRADE_REQUEST_MAX);
	scoped(buf_donep) struct buf head = BUF_INIT(UPGRADE_HEAD_MAX);
	char key[UPGRADE_KEY_SIZE];

	return upgrade_request(address, key, &request, err) &&
	    send_request(link, buf_view(&request), deadline_ms, err) &&
	    receive_head(link, &head, deadline_ms, err) &&
	    upgrade_accepts(buf_view(&head), key, err);
}

static ssize_t
take_early(struct link *link, uint8_t *out, size_t size)
{
	size_t length = link->early.length < size ? link->early.length : size;

	memcpy(out, link->early.data, length);
	buf_consume(&link->early, length);
	if (link->early.length == 0)
		buf_done(&link->early);
	return (ssize_t)length;
}

static ssize_t
receive_bytes(wslay_event_context_ptr frames, uint8_t *out, size_t size,
    int flags, void *context)
{
	struct link *link = context;
	size_t got = 0;
	CURLcode code;

	if (link->early.length > 0)
		return take_early(link, out, size);
	code = curl_easy_recv(link->handle, out, size, &got);
	if (code == CURLE_OK && got > 0) {
		link->heard_ms = clock_boottime_ms();
		return (ssize_t)got;
	}
	wslay_event_set_error(frames,
	    code == CURLE_AGAIN ? WSLAY_ERR_WOULDBLOCK
				: WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static ssize_t
send_bytes(wslay_event_context_ptr frames, const uint8_t *data, size_t length,
    int flags, void *context)
{
	struct link *link = context;
	size_t sent = 0;
	CURLcode code = curl_easy_send(link->handle, data, length, &sent);

	if (code == CURLE_OK)
		return (ssize_t)sent;
	wslay_event_set_error(frames,
	    code == CURLE_AGAIN ? WSLAY_ERR_WOULDBLOCK
				: WSLAY_ERR_CALLBACK_FAILURE);
	return -1;
}

static int
make_mask(
    wslay_event_context_ptr frames, uint8_t *out, size_t length, void *context)
{
	random_fill(out, length);
	return 0;
}

static void
take_message(wslay_event_context_ptr frames,
    const struct wslay_event_on_msg_recv_arg *message, void *context)
{
	struct link *link = context;
	enum proto_channel_type type;
	struct err ignored = ERR_INIT; /* a newer server's: not for us */

	if (message->opcode != WSLAY_TEXT_FRAME || link->has_ended)
		return;
	if (proto_channel_read(
		view_of(message->msg, message->msg_length), &type, &ignored) &&
	    type == PROTO_CHANNEL_KNOCK)
		link->events->knock(link->context);
}

static void
end(struct link *link, const char *why)
{
	struct err err = ERR_INIT;

	if (link->has_ended)
		return;
	link->has_ended = true;
	loop_watch_set(link->watch, 0);
	loop_timer_stop(link->ping);
	err_set_code(&err, ERR_SYSTEM, "link_ended", "%s", why);
	link->events->ended(link->context, &err);
}

static void
watch_what_is_wanted(struct link *link)
{
	loop_watch_set(link->watch,
	    LOOP_READ |
		(wslay_event_want_write(link->frames) ? LOOP_WRITE : 0));
}

static void
pump(struct link *link)
{
	bool is_freed = false;
	bool is_broken;

	link->is_freed = &is_freed;
	is_broken = wslay_event_recv(link->frames) != 0;
	if (is_freed)
		return;
	is_broken = wslay_event_send(link->frames) != 0 || is_broken;
	if (is_broken)
		end(link, "the connection to the server was lost");
	else if (!wslay_event_want_read(link->frames))
		end(link, "the server closed the WebSocket");
	else
		watch_what_is_wanted(link);
	if (!is_freed)
		link->is_freed = NULL;
}

static void
on_socket(void *context, unsigned events)
{
	pump(context);
}

static void
on_ping(void *context)
{
	struct link *link = context;
	struct wslay_event_msg ping = {.opcode = WSLAY_PING};

	if (clock_boottime_ms() - link->heard_ms > 2 * LINK_PING_MS) {
		end(link, "the server has gone silent");
		return;
	}
	if (wslay_event_queue_msg(link->frames, &ping) == 0)
		pump(link);
}

static bool
connect_socket(struct link *link, const struct exchange_peer *peer,
    const struct server_address *address, struct err *err)
{
	scoped(memory_freep) char *url =
	    bootstrap_url(address, address->agent_port, "/agent/v1/channel");
	CURLcode code;

	link->handle = curl_easy_init();
	if (link->handle == NULL)
		return err_set(err, ERR_SYSTEM, "libcurl gives no handle");
	if (!exchange_prepare(link->handle, peer, &link->attempt, err))
		return false;
	/* A connection that may not be used again would be closed at once. */
	if (curl_easy_setopt(link->handle, CURLOPT_URL, url) != CURLE_OK ||
	    curl_easy_setopt(link->handle, CURLOPT_CONNECT_ONLY, 1L) !=
		CURLE_OK ||
	    curl_easy_setopt(link->handle, CURLOPT_FORBID_REUSE, 0L) !=
		CURLE_OK ||
	    curl_easy_setopt(link->handle, CURLOPT_TCP_KEEPALIVE, 1L) !=
		CURLE_OK)
		return err_set(
		    err, ERR_SYSTEM, "libcurl does not take an option");
	code = curl_easy_perform(link->handle);
	if (code != CURLE_OK)
		return exchange_failed(code, &link->attempt, err);
	if (curl_easy_getinfo(link->handle, CURLINFO_ACTIVESOCKET,
		&link->socket) != CURLE_OK ||
	    link->socket == CURL_SOCKET_BAD)
		return err_set(err, ERR_SYSTEM, "libcurl gives no socket");
	return true;
}

static bool
start_frames(struct link *link, struct loop *loop, struct err *err)
{
	static const struct wslay_event_callbacks callbacks = {
	    .recv_callback = receive_bytes,
	    .send_callback = send_bytes,
	    .genmask_callback = make_mask,
	    .on_msg_recv_callback = take_message,
	};

	if (wslay_event_context_client_init(&link->frames, &callbacks, link) !=
	    0)
		return err_set(err, ERR_SYSTEM, "no memory for a WebSocket");
	wslay_event_config_set_max_recv_msg_length(
	    link->frames, LIMIT_WEBSOCKET_MESSAGE);
	link->heard_ms = clock_boottime_ms();
	link->watch =
	    loop_watch_new(loop, link->socket, LOOP_READ, on_socket, link);
	link->ping = loop_timer_new(loop, on_ping, link);
	loop_timer_repeat(link->ping, LINK_PING_MS);
	/* Frames may have come with the head: they make no socket readable. */
	if (link->early.length > 0)
		loop_watch_set(link->watch, LOOP_READ | LOOP_WRITE);
	return true;
}

bool
link_open(struct loop *loop, const struct exchange_peer *peer,
    const struct server_address *address, const struct link_events *events,
    void *context, struct link **out, struct err *err)
{
	scoped(link_freep) struct link *link = memory_zeroed(sizeof(*link));

	link->events = events;
	link->context = context;
	buf_init(&link->early, UPGRADE_HEAD_MAX);
	if (!connect_socket(link, peer, address, err) ||
	    !upgrade(link, address, err) || !start_frames(link, loop, err))
		return false;
	*out = take(link);
	return true;
}

void
link_free(struct link *link)
{
	if (link == NULL)
		return;
	if (link->is_freed != NULL)
		*link->is_freed = true;
	loop_watch_free(link->watch);
	loop_timer_free(link->ping);
	if (link->frames != NULL)
		wslay_event_context_free(link->frames);
	buf_done(&link->early);
	curl_easy_cleanup(link->handle);
	free(link);
}

int64_t
link_heard_ms(const struct link *link)
{
	return link->heard_ms;
}
