/* Frames and channels: illegal ones end the channel, order and bounds hold. */
#include "base/cmocka_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/memory.h"
#include "ipc/channel.h"
#include "os/fd.h"
#include "os/file.h"

struct end {
	struct loop *loop;
	struct ipc_channel *channel;
	int frames;
	int closes;
	struct err why;
	uint32_t last_request;
	size_t last_length;
	int fd;
	bool frees_itself;
};

static void
on_frame(void *context, struct ipc_channel *channel, struct ipc_frame *frame)
{
	struct end *end = context;

	/* Order is kept. */
	if (frame->request != 0)
		assert_int_equal(frame->request, end->last_request + 1);
	end->last_request = frame->request;
	end->last_length = frame->body.length;
	end->frames++;
	if (frame->fd >= 0) {
		fd_close(end->fd);
		end->fd = fd_take(&frame->fd);
	}
	if (end->frees_itself) {
		ipc_channel_free(channel);
		end->channel = NULL;
	}
}

static void
on_closed(void *context, struct ipc_channel *channel, const struct err *err)
{
	struct end *end = context;

	end->closes++;
	if (err != NULL)
		end->why = *err;
	ipc_channel_free(channel);
	end->channel = NULL;
}

static const struct ipc_channel_events EVENTS = {on_frame, on_closed};

/* Core's end of a channel to a gateway; the gateway's socket is returned. */
static int
open_core(struct end *end)
{
	struct err err = ERR_INIT;
	int ends[2];

	memset(end, 0, sizeof(*end));
	end->fd = -1;
	end->loop = loop_new();
	assert_true(fd_packet_pair(ends, &err));
	end->channel = ipc_channel_new(
	    end->loop, ends[0], IPC_CORE, IPC_GATEWAY, &EVENTS, end);
	return ends[1];
}

static void
run(struct end *end)
{
	for (int i = 0; i < 20; i++)
		(void)loop_run_once(end->loop);
}

static void
done(struct end *end, int socket)
{
	ipc_channel_free(end->channel);
	loop_free(end->loop);
	fd_close(end->fd);
	fd_close(socket);
}

static void
send_raw(int socket, const void *data, size_t length)
{
	assert_int_equal(
	    send(socket, data, length, MSG_NOSIGNAL), (ssize_t)length);
}

static void
send_frame(int socket, uint16_t type, uint32_t request, int fd)
{
	struct ipc_frame frame = {.type = type, .request = request, .fd = fd};
	struct err err = ERR_INIT;

	assert_true(ipc_send(socket, &frame, 1000, &err));
}

static void
assert_ended(struct end *end, int socket, const char *code)
{
	run(end);
	assert_int_equal(end->frames, 0);
	assert_int_equal(end->closes, 1);
	assert_int_equal(end->why.category, ERR_MALFORMED);
	assert_string_equal(end->why.code, code);
	done(end, socket);
}

static void
an_illegal_message_ends_the_channel(void **state)
{
	struct end end;
	int socket = open_core(&end);

	send_frame(socket, IPC_MESSAGE_STOP, 0, -1);
	assert_ended(&end, socket, "illegal_message");
	socket = open_core(&end);
	send_frame(socket, 999, 0, -1);
	assert_ended(&end, socket, "illegal_message");
	/* Only the signer's peer, core, says this, and never to itself. */
	socket = open_core(&end);
	send_frame(socket, IPC_MESSAGE_SIGNER_ENROL, 1, -1);
	assert_ended(&end, socket, "illegal_message");
	/* A call needs an id to answer to. */
	socket = open_core(&end);
	send_frame(socket, IPC_MESSAGE_REQUEST, 0, -1);
	assert_ended(&end, socket, "illegal_message");
}

static void
a_descriptor_that_is_not_due_ends_the_channel(void **state)
{
	struct end end;
	int socket = open_core(&end);
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	send_frame(socket, IPC_MESSAGE_HELLO, 0, null);
	fd_close(null);
	assert_ended(&end, socket, "illegal_message");
}

static void
a_packet_that_is_no_frame_ends_the_channel(void **state)
{
	static const uint8_t reserved[8] = {0, IPC_MESSAGE_HELLO, 0, 1};
	uint8_t *large = memory_zeroed(LIMIT_FRAME + 1);
	struct end end;
	int socket = open_core(&end);

	send_raw(socket, "short", 5);
	assert_ended(&end, socket, "illegal_frame");
	socket = open_core(&end);
	send_raw(socket, reserved, sizeof(reserved));
	assert_ended(&end, socket, "illegal_frame");
	socket = open_core(&end);
	large[1] = IPC_MESSAGE_HELLO;
	send_raw(socket, large, LIMIT_FRAME + 1);
	assert_ended(&end, socket, "illegal_frame");
	free(large);
}

static void
two_descriptors_end_the_channel_and_do_not_leak(void **state)
{
	uint8_t packet[8] = {0, IPC_MESSAGE_REQUEST, 0, 0, 0, 0, 0, 1};
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(2 * sizeof(int))];
	} control = {0};
	struct iovec part = {packet, sizeof(packet)};
	struct msghdr message = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	struct end end;
	int socket = open_core(&end), pair[2], before, after;

	assert_int_equal(pipe(pair), 0);
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof(pair));
	memcpy(CMSG_DATA(&control.header), pair, sizeof(pair));
	before = dup(0);
	fd_close(before);
	assert_int_equal(sendmsg(socket, &message, 0), 8);
	run(&end);
	after = dup(0);
	fd_close(after);
	/* The channel's own socket has been closed as well. */
	assert_true(after <= before);
	fd_close(pair[0]);
	fd_close(pair[1]);
	assert_ended(&end, socket, "illegal_frame");
}

static void
the_peers_end_is_told_once_and_without_blame(void **state)
{
	struct end end;
	int socket = open_core(&end);

	send_frame(socket, IPC_MESSAGE_HELLO, 0, -1);
	fd_close(socket);
	run(&end);
	assert_int_equal(end.frames, 1);
	assert_int_equal(end.closes, 1);
	assert_int_equal(end.why.category, ERR_NONE);
	done(&end, -1);
}

static void
a_channel_may_be_freed_in_its_callback(void **state)
{
	struct end end;
	int socket = open_core(&end);

	end.frees_itself = true;
	send_frame(socket, IPC_MESSAGE_HELLO, 0, -1);
	send_frame(socket, IPC_MESSAGE_HELLO, 0, -1);
	run(&end);
	assert_int_equal(end.frames, 1);
	assert_int_equal(end.closes, 0);
	done(&end, socket);
}

static void
frames_wait_in_order_and_the_queue_is_bounded(void **state)
{
	uint8_t *body = memory_zeroed(LIMIT_FRAME_BODY);
	struct ipc_frame frame = {.type = IPC_MESSAGE_REQUEST,
	    .body = {body, LIMIT_FRAME_BODY},
	    .fd = -1};
	struct end core, gateway = {.fd = -1};
	struct err err = ERR_INIT;
	int socket = open_core(&core);

	gateway.loop = core.loop;
	gateway.channel = ipc_channel_new(
	    core.loop, socket, IPC_GATEWAY, IPC_CORE, &EVENTS, &gateway);
	for (frame.request = 1; ipc_channel_send(gateway.channel, &frame, &err);
	     frame.request++)
		;
	assert_int_equal(err.category, ERR_LIMIT);
	assert_string_equal(err.code, "queue_full");
	assert_true(
	    ipc_channel_queued_bytes(gateway.channel) <= IPC_QUEUE_BYTES_MAX);
	for (int i = 0; i < 1000 && core.frames < (int)frame.request - 1; i++)
		(void)loop_run_once(core.loop);
	assert_int_equal(core.frames, frame.request - 1);
	assert_int_equal(core.last_length, LIMIT_FRAME_BODY);
	assert_int_equal(ipc_channel_queued_bytes(gateway.channel), 0);
	ipc_channel_free(gateway.channel);
	done(&core, -1);
	free(body);
}

static void
a_descriptor_travels_and_a_paused_channel_waits(void **state)
{
	scoped(buf_donep) struct buf text = BUF_INIT(100);
	struct err err = ERR_INIT;
	struct end end;
	int socket = open_core(&end), fd;

	assert_true(fd_memfd_of("test", VIEW_LITERAL("hello"), &fd, &err));
	ipc_channel_set_paused(end.channel, true);
	send_frame(socket, IPC_MESSAGE_REQUEST, 1, fd);
	fd_close(fd);
	run(&end);
	assert_int_equal(end.frames, 0);
	ipc_channel_set_paused(end.channel, false);
	run(&end);
	assert_int_equal(end.frames, 1);
	assert_true(fd_memfd_read(end.fd, &text, &err));
	assert_true(view_equal_string(buf_view(&text), "hello"));
	done(&end, socket);
}

static void
sending_has_a_deadline_and_a_limit(void **state)
{
	uint8_t *body = memory_zeroed(LIMIT_FRAME);
	struct ipc_frame frame = {.type = IPC_MESSAGE_HELLO,
	    .body = {body, IPC_BODY_MAX + 1},
	    .fd = -1};
	struct err err = ERR_INIT;
	int ends[2];

	assert_true(fd_packet_pair(ends, &err));
	assert_false(ipc_send(ends[0], &frame, 10, &err));
	assert_int_equal(err.category, ERR_LIMIT);
	frame.body.length--;
	while (ipc_send(ends[0], &frame, 10, &err))
		;
	assert_int_equal(err.category, ERR_LIMIT);
	fd_close(ends[1]);
	assert_false(ipc_send(ends[0], &frame, 10, &err));
	assert_int_equal(err.category, ERR_SYSTEM);
	fd_close(ends[0]);
	free(body);
}

static void
receiving_waits_as_long_as_it_was_told(void **state)
{
	uint8_t *storage = memory_zeroed(LIMIT_FRAME);
	struct ipc_frame frame;
	struct err err = ERR_INIT;
	int ends[2];

	assert_true(fd_packet_pair(ends, &err));
	assert_int_equal(
	    ipc_receive(ends[0], storage, &frame, 20, &err), IO_AGAIN);
	send_frame(ends[1], IPC_MESSAGE_HELLO, 7, -1);
	assert_int_equal(
	    ipc_receive(ends[0], storage, &frame, -1, &err), IO_OK);
	assert_int_equal(frame.type, IPC_MESSAGE_HELLO);
	assert_int_equal(frame.request, 7);
	assert_int_equal(frame.fd, -1);
	fd_close(ends[1]);
	assert_int_equal(
	    ipc_receive(ends[0], storage, &frame, -1, &err), IO_EOF);
	fd_close(ends[0]);
	free(storage);
}

static void
the_message_table_is_the_golden_one(void **state)
{
	scoped(buf_donep) struct buf golden = BUF_INIT(64 * 1024);
	scoped(memory_freep) char *text = ipc_messages_text();
	struct err err = ERR_INIT;

	assert_true(
	    file_read(SOURCE_ROOT "/tests/golden/messages.txt", &golden, &err));
	if (!view_equal_string(buf_view(&golden), text))
		fprintf(stderr, "%s", text);
	assert_true(view_equal_string(buf_view(&golden), text));
}

static void
gateway_and_signer_never_speak(void **state)
{
	struct err err = ERR_INIT;

	for (unsigned type = 0; type <= UINT16_MAX; type++) {
		for (int has = 0; has <= 1; has++) {
			assert_false(ipc_message_check((uint16_t)type, 1, has,
			    IPC_GATEWAY, IPC_SIGNER, &err));
			assert_false(ipc_message_check((uint16_t)type, 1, has,
			    IPC_SIGNER, IPC_GATEWAY, &err));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_illegal_message_ends_the_channel),
	    cmocka_unit_test(a_descriptor_that_is_not_due_ends_the_channel),
	    cmocka_unit_test(a_packet_that_is_no_frame_ends_the_channel),
	    cmocka_unit_test(two_descriptors_end_the_channel_and_do_not_leak),
	    cmocka_unit_test(the_peers_end_is_told_once_and_without_blame),
	    cmocka_unit_test(a_channel_may_be_freed_in_its_callback),
	    cmocka_unit_test(frames_wait_in_order_and_the_queue_is_bounded),
	    cmocka_unit_test(a_descriptor_travels_and_a_paused_channel_waits),
	    cmocka_unit_test(sending_has_a_deadline_and_a_limit),
	    cmocka_unit_test(receiving_waits_as_long_as_it_was_told),
	    cmocka_unit_test(the_message_table_is_the_golden_one),
	    cmocka_unit_test(gateway_and_signer_never_speak),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
