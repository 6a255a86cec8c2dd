/* Frames on a packet socket: one sendmsg, one recvmsg, one descriptor. */
#include "ipc/frame.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include "base/check.h"
#include "base/clock.h"
#include "os/fd.h"

union control {
	struct cmsghdr header;
	char bytes[CMSG_SPACE(sizeof(int) * 4)];
};

static void
put_header(uint8_t header[IPC_HEADER_SIZE], const struct ipc_frame *frame)
{
	header[0] = (uint8_t)(frame->type >> 8);
	header[1] = (uint8_t)frame->type;
	header[2] = 0;
	header[3] = 0;
	header[4] = (uint8_t)(frame->request >> 24);
	header[5] = (uint8_t)(frame->request >> 16);
	header[6] = (uint8_t)(frame->request >> 8);
	header[7] = (uint8_t)frame->request;
}

static void
put_descriptor(struct msghdr *message, union control *control, int fd)
{
	struct cmsghdr *item;

	memset(control, 0, sizeof(*control));
	message->msg_control = control;
	message->msg_controllen = CMSG_SPACE(sizeof(int));
	item = CMSG_FIRSTHDR(message);
	item->cmsg_level = SOL_SOCKET;
	item->cmsg_type = SCM_RIGHTS;
	item->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(item), &fd, sizeof(fd));
}

enum io
ipc_try_send(int socket, const struct ipc_frame *frame, struct err *err)
{
	uint8_t header[IPC_HEADER_SIZE];
	struct iovec parts[2] = {{header, sizeof(header)},
	    {(void *)(uintptr_t)frame->body.data, frame->body.length}};
	struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
	union control control;
	ssize_t sent;

	if (frame->body.length > IPC_BODY_MAX) {
		err_set(err, ERR_LIMIT, "a frame's body is over %d bytes",
		    IPC_BODY_MAX);
		return IO_FAILED;
	}
	put_header(header, frame);
	if (frame->fd >= 0)
		put_descriptor(&message, &control, frame->fd);
	do
		sent = sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return IO_OK;
	if (errno == EAGAIN || errno == ENOBUFS || errno == ETOOMANYREFS)
		return IO_AGAIN;
	if (errno == EPIPE || errno == ECONNRESET) {
		err_set_errno(err, "the peer role is gone");
		return IO_EOF;
	}
	err_set_errno(err, "cannot send a frame");
	return IO_FAILED;
}

/* Wait for events until the deadline (-1: none); false with errno set to 0
 * when it has passed. */
static bool
wait_for(int socket, short events, int64_t deadline_ms)
{
	struct pollfd wanted = {.fd = socket, .events = events};

	for (;;) {
		int64_t left = -1;
		int n;

		if (deadline_ms >= 0) {
			left = deadline_ms - clock_monotonic_ms();
			if (left < 0)
				left = 0;
			if (left > INT_MAX)
				left = INT_MAX;
		}
		n = poll(&wanted, 1, (int)left);
		if (n > 0)
			return true;
		if (n == 0)
			errno = 0;
		if (n == 0 || errno != EINTR)
			return false;
	}
}

bool
ipc_send(int socket, const struct ipc_frame *frame, int64_t timeout_ms,
    struct err *err)
{
	int64_t deadline = clock_monotonic_ms() + timeout_ms;

	for (;;) {
		enum io result = ipc_try_send(socket, frame, err);

		if (result != IO_AGAIN)
			return result == IO_OK;
		if (!wait_for(socket, POLLOUT, deadline)) {
			if (errno != 0)
				return err_set_errno(
				    err, "cannot wait for a peer role");
			return err_set(err, ERR_LIMIT,
			    "the peer role took no frame for %lld ms",
			    (long long)timeout_ms);
		}
	}
}

/* Keep the one descriptor; close any more. False: more than one came. */
static bool
take_descriptors(struct msghdr *message, int *out_fd)
{
	size_t count = 0;

	*out_fd = -1;
	for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item != NULL;
	     item = CMSG_NXTHDR(message, item)) {
		size_t here = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (item->cmsg_level != SOL_SOCKET ||
		    item->cmsg_type != SCM_RIGHTS)
			continue;
		for (size_t i = 0; i < here; i++) {
			int fd;

			memcpy(
			    &fd, CMSG_DATA(item) + i * sizeof(int), sizeof(fd));
			if (count++ == 0)
				*out_fd = fd;
			else
				fd_close(fd);
		}
	}
	return count <= 1;
}

static bool
parse_packet(struct view packet, struct ipc_frame *frame)
{
	struct reader reader;
	uint16_t zero;

	reader_init(&reader, packet);
	frame->type = reader_u16(&reader);
	zero = reader_u16(&reader);
	frame->request = reader_u32(&reader);
	frame->body = reader.rest;
	return !reader.has_failed && zero == 0;
}

static enum io
receive_now(int socket, uint8_t storage[LIMIT_FRAME],
    struct ipc_frame *out_frame, struct err *err)
{
	struct iovec part = {storage, LIMIT_FRAME};
	union control control;
	struct msghdr message = {.msg_iov = &part,
	    .msg_iovlen = 1,
	    .msg_control = &control,
	    .msg_controllen = sizeof(control)};
	struct ipc_frame frame;
	bool is_whole;
	ssize_t got;

	do
		got = recvmsg(socket, &message,
		    MSG_DONTWAIT | MSG_CMSG_CLOEXEC | MSG_TRUNC);
	while (got < 0 && errno == EINTR);
	if (got < 0 && errno == EAGAIN)
		return IO_AGAIN;
	if (got == 0 || (got < 0 && errno == ECONNRESET))
		return IO_EOF;
	if (got < 0) {
		err_set_errno(err, "cannot receive a frame");
		return IO_FAILED;
	}
	is_whole = take_descriptors(&message, &frame.fd) &&
	    (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) == 0 &&
	    got <= LIMIT_FRAME &&
	    parse_packet(view_of(storage, (size_t)got), &frame);
	if (!is_whole) {
		fd_close(frame.fd);
		err_set_code(err, ERR_MALFORMED, "illegal_frame",
		    "a packet of %zd bytes is not a frame", got);
		return IO_FAILED;
	}
	*out_frame = frame;
	return IO_OK;
}

enum io
ipc_receive(int socket, uint8_t storage[LIMIT_FRAME],
    struct ipc_frame *out_frame, int64_t timeout_ms, struct err *err)
{
	int64_t deadline =
	    timeout_ms < 0 ? -1 : clock_monotonic_ms() + timeout_ms;

	for (;;) {
		enum io result = receive_now(socket, storage, out_frame, err);

		if (result != IO_AGAIN || timeout_ms == 0)
			return result;
		if (!wait_for(socket, POLLIN, deadline)) {
			if (errno == 0)
				return IO_AGAIN;
			err_set_errno(err, "cannot wait for a peer role");
			return IO_FAILED;
		}
	}
}
