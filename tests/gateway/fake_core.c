/* A core for the stand: answers by path, pushes trust and identity. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "ipc/gateway_control.h"
#include "os/fd.h"
#include "people.h"
#include "stand.h"

enum {
	FILE_MAX = 64 * 1024 * 1024,
	SOCKETS_MAX = 16,
	SLOW_MS = 300,
};

static struct {
	struct role *role;
	struct ipc_channel *channel;
	struct ipc_channel *older; /* of the core before, during a reload */
	struct ipc_channel *slow_channel, *never_channel; /* who was asked */
	struct loop_timer *timer;
	uint32_t slow, never;
	struct people people;
	uint64_t number;
	bool requires_certificate;
	uint8_t denied[IPC_AGENT_BYTES]; /* one agent */
	size_t denied_count;
	uint64_t sockets[SOCKETS_MAX];
	size_t socket_count;
} core;

static void
send_by(struct ipc_channel *channel, uint16_t type, uint32_t request,
    struct view body, int fd)
{
	struct ipc_frame frame = {
	    .type = type, .request = request, .body = body, .fd = fd};
	struct err err = ERR_INIT;

	stand_must(ipc_channel_send(channel, &frame, &err), &err);
}

static void
send_frame(uint16_t type, uint32_t request, struct view body, int fd)
{
	send_by(core.channel, type, request, body, fd);
}

void
fake_core_prepare(const char *folder)
{
	people_make(&core.people, folder);
}

static void
write_trust(struct buf *out, uint64_t number, size_t denied_count)
{
	struct ipc_trust trust = {
	    .number = number,
	    .requires_certificate = core.requires_certificate,
	    .fleet_id = PEOPLE_FLEET,
	    .agent_ca_count = 1,
	    .agent_cas = {certificate_der_view(core.people.ca)},
	    .denied_agents =
		view_of(core.denied, denied_count * IPC_AGENT_BYTES),
	};
	struct err err = ERR_INIT;

	stand_must(ipc_trust_write(out, &trust, &err), &err);
}

static void
send_file(enum ipc_type type, struct view bytes)
{
	struct err err = ERR_INIT;
	int fd = -1;

	stand_must(fd_memfd_of("stand", bytes, &fd, &err), &err);
	send_frame(type, 0, view_of(NULL, 0), fd);
}

static void
send_trust(void)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(IPC_MAX_TRUST);

	write_trust(&bytes, ++core.number, core.denied_count);
	send_file(IPC_MESSAGE_TRUST, buf_view(&bytes));
}

static void
send_identity(void)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(IPC_MAX_IDENTITY);
	scoped(secret_freep) struct secret *pem = NULL;
	struct ipc_identity identity = {
	    .number = 1,
	    .chain_count = 1,
	    .chain = {certificate_der_view(core.people.server)},
	};
	struct err err = ERR_INIT;

	stand_must(
	    key_save_pem(core.people.server_key, view_of(NULL, 0), &pem, &err),
	    &err);
	identity.key = secret_view(pem);
	stand_must(ipc_identity_write(&bytes, &identity, &err), &err);
	send_file(IPC_MESSAGE_IDENTITY, buf_view(&bytes));
}

static void
answer_by(struct ipc_channel *channel, uint32_t id,
    struct ipc_response *response, int fd)
{
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct err err = ERR_INIT;

	if (fd < 0)
		response->body_length = response->body.length;
	stand_must(ipc_response_write(&body, response, &err), &err);
	send_by(channel, IPC_MESSAGE_REQUEST, id, buf_view(&body), fd);
}

static void
answer(uint32_t id, struct ipc_response *response, int fd)
{
	answer_by(core.channel, id, response, fd);
}

static void
add_header(struct ipc_response *response, const char *name, const char *value)
{
	struct ipc_header *header =
	    &response->headers.items[response->headers.count++];

	header->name = view_string(name);
	header->value = view_string(value);
}

static void
set_view(json_t *object, const char *name, struct view text)
{
	scoped(memory_freep) char *copy = view_to_string(text);

	json_set_string(object, name, copy);
}

static json_t *
describe(const struct ipc_request *request)
{
	json_t *info = json_object(), *headers = json_object();

	set_view(info, "method", request->method);
	set_view(info, "path", request->path);
	set_view(info, "query", request->query);
	set_view(info, "host", request->host);
	json_set_integer(info, "listener", request->listener);
	json_set_integer(info, "body_length", (int64_t)request->body_length);
	json_set_string(info, "address", request->peer.address);
	json_set_string(info, "agent", request->peer.agent_id);
	json_set_string(info, "unit", request->peer.unit);
	for (size_t i = 0; i < request->headers.count; i++) {
		scoped(memory_freep) char *name =
		    view_to_string(request->headers.items[i].name);

		set_view(headers, name, request->headers.items[i].value);
	}
	json_set_value(info, "headers", headers);
	return info;
}

static void
answer_info(uint32_t id, const struct ipc_request *request, int fd)
{
	json_t *info = describe(request);
	scoped(memory_freep) char *text = json_write(info);
	struct ipc_response response = {
	    .status = 200, .body = view_string(text)};

	add_header(&response, "Content-Type", "application/json");
	answer(id, &response, -1);
	json_decref(info);
	fd_close(fd);
}

static void
answer_echo(uint32_t id, const struct ipc_request *request, int fd)
{
	struct ipc_response response = {
	    .status = 200,
	    .body = request->body,
	    .has_body_descriptor = fd >= 0,
	    .body_length = request->body_length,
	};

	add_header(&response, "X-Spooled", fd >= 0 ? "yes" : "no");
	answer(id, &response, fd);
}

/* SIZE bytes: each the low byte of its offset times 7. */
static void
answer_file(uint32_t id, const struct ipc_request *request, int fd)
{
	struct view digits = view_slice(request->path, 6, 20);
	struct ipc_response response = {
	    .status = 200,
	    .has_body_descriptor = true,
	    .body_offset = 3,
	    .accepts_ranges = true,
	};
	scoped(memory_freep) uint8_t *bytes = NULL;
	struct err err = ERR_INIT;
	int file = -1;

	check(view_to_u64(digits, FILE_MAX, &response.body_length));
	bytes = memory_array((size_t)response.body_length + 3, 1);
	for (size_t i = 0; i < response.body_length; i++)
		bytes[i + 3] = (uint8_t)(i * 7);
	stand_must(
	    fd_memfd_of("file",
		view_of(bytes, (size_t)response.body_length + 3), &file, &err),
	    &err);
	add_header(&response, "ETag", "\"v1\"");
	answer(id, &response, file);
}

static void
on_slow(void *context)
{
	struct ipc_response response = {
	    .status = 200, .body = VIEW_LITERAL("slow\n")};

	answer_by(core.slow_channel, core.slow, &response, -1);
}

static void
answer_slow(uint32_t id, const struct ipc_request *request, int fd)
{
	core.slow = id;
	core.slow_channel = core.channel;
	loop_timer_start(core.timer, SLOW_MS);
}

static void
answer_never(uint32_t id, const struct ipc_request *request, int fd)
{
	core.never = id;
	core.never_channel = core.channel;
	stand_say("never %.*s", (int)request->method.length,
	    (const char *)request->method.data);
	fd_close(fd);
}

void
fake_core_release(const char *argument)
{
	struct ipc_response response = {.status = 204};

	check(core.never_channel != NULL);
	answer_by(core.never_channel, core.never, &response, -1);
	core.never_channel = NULL;
}

static void
answer_last(uint32_t id, const struct ipc_request *request, int fd)
{
	struct ipc_response response = {
	    .status = 200, .closes = true, .body = VIEW_LITERAL("last\n")};

	answer(id, &response, -1);
}

static void
answer_empty(uint32_t id, const struct ipc_request *request, int fd)
{
	struct ipc_response response = {.status = 204};

	answer(id, &response, -1);
}

/* A header that would make a second answer of its value. */
static void
answer_split(uint32_t id, const struct ipc_request *request, int fd)
{
	struct ipc_response response = {.status = 200};

	add_header(&response, "X", "y\r\nContent-Length: 0\r\n\r\nHTTP/1.1");
	answer(id, &response, -1);
}

static void
answer_socket(uint32_t id, const struct ipc_request *request, int fd)
{
	struct ipc_response response = {.status = 101};

	check(request->socket != 0);
	answer(id, &response, -1);
}

static const struct {
	const char *path;
	void (*answer)(uint32_t id, const struct ipc_request *, int fd);
} ANSWERS[] = {
    {"/info", answer_info},
    {"/secret", answer_info},
    {"/agent", answer_info},
    {"/echo", answer_echo},
    {"/file/", answer_file},
    {"/slow", answer_slow},
    {"/never", answer_never},
    {"/last", answer_last},
    {"/empty", answer_empty},
    {"/split", answer_split},
    {"/socket", answer_socket},
};

static void
take_request(struct ipc_frame *frame)
{
	struct ipc_request request;
	struct err err = ERR_INIT;

	stand_must(ipc_request_read(frame->body, &request, &err), &err);
	for (size_t i = 0; i < array_length(ANSWERS); i++) {
		if (!view_starts_with(request.path, ANSWERS[i].path))
			continue;
		ANSWERS[i].answer(
		    frame->request, &request, fd_take(&frame->fd));
		return;
	}
	unreachable();
}

static void
take_hello(struct ipc_frame *frame)
{
	stand_say("hello");
}

static void
take_socket_open(struct ipc_frame *frame)
{
	struct ipc_socket_open open;
	struct err err = ERR_INIT;

	stand_must(ipc_socket_open_read(frame->body, &open, &err), &err);
	check(core.socket_count < SOCKETS_MAX);
	core.sockets[core.socket_count++] = open.socket;
	stand_say("open %llu %.*s %s", (unsigned long long)open.socket,
	    (int)open.path.length, (const char *)open.path.data,
	    open.peer.agent_id);
}

static void
send_message(struct ipc_socket_message *message)
{
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct err err = ERR_INIT;

	stand_must(ipc_socket_message_write(&body, message, &err), &err);
	send_frame(IPC_MESSAGE_SOCKET_SEND, 0, buf_view(&body), -1);
}

static void
take_socket_message(struct ipc_frame *frame)
{
	struct ipc_socket_message message;
	struct err err = ERR_INIT;

	stand_must(ipc_socket_message_read(frame->body, &message, &err), &err);
	send_message(&message);
}

static void
take_socket_closed(struct ipc_frame *frame)
{
	struct ipc_socket_close close;
	struct err err = ERR_INIT;

	stand_must(ipc_socket_close_read(frame->body, &close, &err), &err);
	for (size_t i = 0; i < core.socket_count; i++)
		if (core.sockets[i] == close.socket)
			core.sockets[i] = core.sockets[--core.socket_count];
	stand_say("closed %u", close.code);
}

static void
take_trust_applied(struct ipc_frame *frame)
{
	struct err err = ERR_INIT;
	uint64_t number;

	stand_must(ipc_trust_applied_read(frame->body, &number, &err), &err);
	stand_say("applied %llu", (unsigned long long)number);
}

static void
take_event(struct ipc_frame *frame)
{
	struct ipc_event event;
	struct err err = ERR_INIT;

	stand_must(ipc_event_read(frame->body, &event, &err), &err);
	stand_say("event %.*s %s", (int)event.reason.length,
	    (const char *)event.reason.data, event.peer.address);
}

static void
take_counters(struct ipc_frame *frame)
{
	struct ipc_counters counters;
	struct err err = ERR_INIT;

	stand_must(ipc_counters_read(frame->body, &counters, &err), &err);
	stand_say(
	    "counters requests=%llu", (unsigned long long)counters.requests);
}

static const struct {
	enum ipc_type type;
	void (*handle)(struct ipc_frame *frame);
} MESSAGES[] = {
    {IPC_MESSAGE_HELLO, take_hello},
    {IPC_MESSAGE_REQUEST, take_request},
    {IPC_MESSAGE_SOCKET_OPEN, take_socket_open},
    {IPC_MESSAGE_SOCKET_MESSAGE, take_socket_message},
    {IPC_MESSAGE_SOCKET_CLOSED, take_socket_closed},
    {IPC_MESSAGE_TRUST_APPLIED, take_trust_applied},
    {IPC_MESSAGE_EVENT, take_event},
    {IPC_MESSAGE_COUNTERS, take_counters},
};

static void
on_frame(void *context, struct ipc_channel *channel, struct ipc_frame *frame)
{
	for (size_t i = 0; i < array_length(MESSAGES); i++)
		if (MESSAGES[i].type == frame->type)
			MESSAGES[i].handle(frame);
}

static void
on_closed(void *context, struct ipc_channel *channel, const struct err *err)
{
	check(err == NULL);
	if (channel == core.older) {
		ipc_channel_free(core.older);
		core.older = NULL;
	} else {
		fake_core_detach(NULL);
	}
}

static void
attach(struct role *role)
{
	static const struct ipc_channel_events events = {on_frame, on_closed};
	static uint32_t instance;
	struct role_peer peer = {.role = IPC_CORE, .instance = ++instance};
	struct err err = ERR_INIT;
	int pair[2];

	stand_must(fd_packet_pair(pair, &err), &err);
	core.role = role;
	core.socket_count = 0;
	if (core.timer == NULL)
		core.timer = loop_timer_new(role->loop, on_slow, NULL);
	core.channel = ipc_channel_new(
	    role->loop, pair[0], IPC_CORE, IPC_GATEWAY, &events, NULL);
	role->events->attach(role->context, &peer, pair[1]);
	send_identity();
	send_trust();
}

void
fake_core_attach(struct role *role)
{
	fake_core_detach(NULL);
	attach(role);
}

void
fake_core_second(struct role *role)
{
	ipc_channel_free(core.older);
	core.older = take(core.channel);
	attach(role);
}

void
fake_core_stale(const char *argument)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(IPC_MAX_TRUST);
	struct err err = ERR_INIT;
	int fd = -1;

	write_trust(&bytes, 1, 0);
	stand_must(fd_memfd_of("stand", buf_view(&bytes), &fd, &err), &err);
	send_by(core.older, IPC_MESSAGE_TRUST, 0, view_of(NULL, 0), fd);
}

void
fake_core_detach(const char *argument)
{
	ipc_channel_free(core.older);
	core.older = NULL;
	if (core.timer != NULL)
		loop_timer_stop(core.timer);
	ipc_channel_free(core.channel);
	core.channel = NULL;
	core.never_channel = NULL;
	core.socket_count = 0;
}

void
fake_core_deny(const char *agent_id)
{
	uint8_t *out = core.denied;
	char hex[2 * IPC_AGENT_BYTES + 1];
	size_t length = 0;

	for (const char *c = agent_id; *c != '\0'; c++)
		if (*c != '-')
			hex[length++] = *c;
	check(hex_decode(view_of(hex, length), out, IPC_AGENT_BYTES));
	core.denied_count = 1;
	if (core.channel != NULL)
		send_trust();
}

void
fake_core_require(const char *argument)
{
	core.requires_certificate = true;
	send_trust();
}

void
fake_core_knock(const char *text)
{
	for (size_t i = 0; i < core.socket_count; i++) {
		struct ipc_socket_message message = {
		    core.sockets[i], true, view_string(text)};

		send_message(&message);
	}
}

void
fake_core_close(const char *code)
{
	for (size_t i = 0; i < core.socket_count; i++) {
		scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
		struct ipc_socket_close close = {.socket = core.sockets[i]};
		struct err err = ERR_INIT;
		uint64_t number;

		check(view_to_u64(view_string(code), 65535, &number));
		close.code = (uint16_t)number;
		close.reason = VIEW_LITERAL("asked");
		stand_must(ipc_socket_close_write(&body, &close, &err), &err);
		send_frame(IPC_MESSAGE_SOCKET_CLOSE, 0, buf_view(&body), -1);
	}
}

void
fake_core_garbage(const char *argument)
{
	send_frame(IPC_MESSAGE_SOCKET_SEND, 0, VIEW_LITERAL("garbage"), -1);
}

void
fake_core_done(void)
{
	loop_timer_free(core.timer);
	people_done(&core.people);
}
