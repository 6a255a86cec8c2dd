/*
 * A gateway taken over by an attacker: whatever a test writes to the plain HTTP
 * port goes to core as a frame, and what core sends is told to the test. It is
 * linked with the real supervisor, core and signer, so the rest of the server
 * is what is shipped.
 *
 * One line is one frame: "TYPE REQUEST HEXADECIMAL-BODY\n", and back "TYPE
 * REQUEST BODY\n", where a body that came as a file is told as one. A line that
 * is not so ends the process: it is a mistake of the test.
 */
#include <string.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/text.h"
#include "os/fd.h"
#include "os/listen.h"
#include "server/server.h"

enum {
	LINE_MAX_BYTES = 4 * LIMIT_FRAME,
	FILE_MAX_BYTES = 1024 * 1024,
};

struct puppet {
	struct role *role;
	struct ipc_channel *channel; /* the newest to core */
	int core;
	int listener;
	int test; /* the test's connection */
	struct loop_watch *accepting;
	struct loop_watch *reading;
	struct buf input;
};

static void
tell(struct puppet *puppet, const struct ipc_frame *frame)
{
	struct buf file = BUF_INIT(FILE_MAX_BYTES);
	struct err err = ERR_INIT;
	scoped(memory_freep) char *body = NULL;
	scoped(memory_freep) char *line = NULL;

	if (puppet->test < 0)
		return;
	if (frame->fd >= 0 && !fd_memfd_read(frame->fd, &file, &err))
		buf_clear(&file);
	body = hex_encode(frame->body);
	if (file.length > 0) {
		char *contents = hex_encode(buf_view(&file));
		char *both = memory_format("%s+%s", body, contents);

		free(contents);
		free(body);
		body = both;
	}
	buf_done(&file);
	line = memory_format("%u %u %s\n", frame->type, frame->request, body);
	/* A test that has gone away does not mind. */
	ignore_result(fd_write_all(puppet->test, view_string(line), &err));
}

static void
on_frame(void *context, struct ipc_channel *channel, struct ipc_frame *frame)
{
	tell(context, frame);
}

static void
on_closed(void *context, struct ipc_channel *channel, const struct err *err)
{
	struct puppet *puppet = context;

	if (puppet->channel == channel) {
		puppet->channel = NULL;
		fd_close(fd_take(&puppet->core));
	}
	ipc_channel_free(channel);
}

static void
attach(void *context, const struct role_peer *peer, int socket)
{
	static const struct ipc_channel_events EVENTS = {
	    .frame = on_frame, .closed = on_closed};
	struct puppet *puppet = context;
	struct err err = ERR_INIT;

	fd_close(fd_take(&puppet->core));
	check(fd_duplicate(socket, &puppet->core, &err));
	puppet->channel = ipc_channel_new(
	    puppet->role->loop, socket, IPC_GATEWAY, IPC_CORE, &EVENTS, puppet);
}

static void
send_line(struct puppet *puppet, struct view line)
{
	struct view type, request, body;
	uint64_t number = 0, id = 0;
	uint8_t bytes[LIMIT_FRAME];
	struct ipc_frame frame = {.fd = -1};
	struct err err = ERR_INIT;

	view_cut(line, ' ', &type, &line);
	view_cut(line, ' ', &request, &body);
	check(view_to_u64(type, UINT16_MAX, &number));
	check(view_to_u64(request, UINT32_MAX, &id));
	check(body.length / 2 <= sizeof(bytes));
	check(hex_decode(body, bytes, body.length / 2));
	frame.type = (uint16_t)number;
	frame.request = (uint32_t)id;
	frame.body = view_of(bytes, body.length / 2);
	/* While core is away there is nobody to attack. */
	if (puppet->core >= 0)
		ignore_result(ipc_send(puppet->core, &frame, 5000, &err));
}

static void
forget_test(struct puppet *puppet)
{
	loop_watch_free(puppet->reading);
	puppet->reading = NULL;
	fd_close(fd_take(&puppet->test));
	buf_clear(&puppet->input);
}

static void
on_readable(void *context, unsigned events)
{
	struct puppet *puppet = context;
	uint8_t chunk[16384];
	ssize_t got = recv(puppet->test, chunk, sizeof(chunk), 0);
	struct view line, rest;
	struct err err = ERR_INIT;

	if (got <= 0) {
		forget_test(puppet);
		return;
	}
	check(buf_append(&puppet->input, chunk, (size_t)got, &err));
	while (view_cut(buf_view(&puppet->input), '\n', &line, &rest)) {
		size_t length = line.length + 1;

		send_line(puppet, line);
		buf_consume(&puppet->input, length);
	}
}

static void
on_connection(void *context, unsigned events)
{
	struct puppet *puppet = context;
	struct listen_peer peer;
	struct err err = ERR_INIT;
	int fd = -1;

	if (listen_accept(puppet->listener, &fd, &peer, &err) != IO_OK)
		return;
	if (puppet->test >= 0)
		forget_test(puppet);
	check(fd_set_nonblocking(fd, false, &err));
	puppet->test = fd;
	puppet->reading = loop_watch_new(
	    puppet->role->loop, fd, LOOP_READ, on_readable, puppet);
}

static void
end(void *context)
{
	struct puppet *puppet = context;

	loop_stop(puppet->role->loop);
}

static int
puppet_main(struct role *role)
{
	static const struct role_events EVENTS = {
	    .attach = attach, .drain = end, .stop = end};
	struct puppet puppet = {.role = role,
	    .core = -1,
	    .test = -1,
	    .input = BUF_INIT(LINE_MAX_BYTES)};

	puppet.listener = role_descriptor_take(role, "http");
	puppet.accepting = loop_watch_new(
	    role->loop, puppet.listener, LOOP_READ, on_connection, &puppet);
	role_begin(role, &EVENTS, &puppet);
	role_ready(role);
	loop_run(role->loop);
	return 0;
}

int
main(int argc, char **argv)
{
	static const struct role_program programs[] = {
	    {.id = IPC_SIGNER, .main = signer_main},
	    {.id = IPC_CORE, .main = core_main},
	    {.id = IPC_GATEWAY, .main = puppet_main},
	};

	return server_run(argc, argv, programs, array_length(programs));
}
