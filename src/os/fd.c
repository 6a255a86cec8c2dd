/* Descriptors: reading, writing, sealed memfds, packet pairs. */
#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"

enum {
	READ_CHUNK = 16 * 1024,
};

void
fd_close(int fd)
{
	int saved = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = saved;
}

void
fd_closep(int *fd)
{
	fd_close(*fd);
	*fd = -1;
}

int
fd_take(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

static bool
set_flag(int fd, int get, int set, int flag, bool is_on, struct err *err)
{
	int flags = fcntl(fd, get);

	if (flags < 0)
		return err_set_errno(err, "cannot read descriptor flags");
	flags = is_on ? flags | flag : flags & ~flag;
	if (fcntl(fd, set, flags) != 0)
		return err_set_errno(err, "cannot set descriptor flags");
	return true;
}

bool
fd_set_nonblocking(int fd, bool is_nonblocking, struct err *err)
{
	return set_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, is_nonblocking, err);
}

bool
fd_set_cloexec(int fd, bool is_cloexec, struct err *err)
{
	return set_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, is_cloexec, err);
}

bool
fd_duplicate(int fd, int *out_fd, struct err *err)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);

	if (copy < 0)
		return err_set_errno(err, "cannot duplicate a descriptor");
	*out_fd = copy;
	return true;
}

bool
fd_write_all(int fd, struct view bytes, struct err *err)
{
	while (bytes.length > 0) {
		ssize_t n = write(fd, bytes.data, bytes.length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, "cannot write");
		bytes.data += n;
		bytes.length -= (size_t)n;
	}
	return true;
}

bool
fd_read_all(int fd, struct buf *out, struct err *err)
{
	uint8_t chunk[READ_CHUNK];

	for (;;) {
		ssize_t n = read(fd, chunk, sizeof(chunk));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_set_errno(err, "cannot read");
		if (n == 0)
			return true;
		if (!buf_append(out, chunk, (size_t)n, err))
			return false;
	}
}

bool
fd_read_at(
    int fd, uint64_t offset, size_t length, struct buf *out, struct err *err)
{
	size_t before = out->length;

	if (!buf_reserve(out, length, err))
		return false;
	while (length > 0) {
		ssize_t n =
		    pread(fd, out->data + out->length, length, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			out->length = before;
			if (n < 0)
				return err_set_errno(err, "cannot read");
			return err_set(
			    err, ERR_MALFORMED, "a file ends too early");
		}
		out->length += (size_t)n;
		offset += (uint64_t)n;
		length -= (size_t)n;
	}
	return true;
}

bool
fd_memfd_new(const char *name, int *out_fd, struct err *err)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return err_set_errno(err, "cannot make a memory file");
	*out_fd = fd;
	return true;
}

bool
fd_memfd_seal(int fd, struct err *err)
{
	int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL;

	if (fcntl(fd, F_ADD_SEALS, seals) != 0)
		return err_set_errno(err, "cannot seal a memory file");
	return true;
}

bool
fd_memfd_of(const char *name, struct view bytes, int *out_fd, struct err *err)
{
	scoped(fd_closep) int fd = -1;

	if (!fd_memfd_new(name, &fd, err) || !fd_write_all(fd, bytes, err) ||
	    !fd_memfd_seal(fd, err))
		return false;
	/* For a reader that takes it for a plain file. */
	if (lseek(fd, 0, SEEK_SET) != 0)
		return err_set_errno(err, "cannot rewind a memory file");
	*out_fd = fd_take(&fd);
	return true;
}

bool
fd_memfd_size(int fd, size_t max, size_t *out_size, struct err *err)
{
	int wanted = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int seals = fcntl(fd, F_GET_SEALS);
	struct stat status;

	if (seals < 0 || (seals & wanted) != wanted)
		return err_set_code(err, ERR_MALFORMED, "not_sealed",
		    "a descriptor is not a sealed memory file");
	if (fstat(fd, &status) != 0)
		return err_set_errno(err, "cannot look at a memory file");
	if (status.st_size < 0 || (uint64_t)status.st_size > max)
		return err_set(err, ERR_LIMIT,
		    "a memory file of %lld bytes is over its limit of %zu",
		    (long long)status.st_size, max);
	*out_size = (size_t)status.st_size;
	return true;
}

bool
fd_memfd_read(int fd, struct buf *out, struct err *err)
{
	size_t size;

	return fd_memfd_size(fd, out->max - out->length, &size, err) &&
	    fd_read_at(fd, 0, size, out, err);
}

bool
fd_packet_pair(int out_fds[2], struct err *err)
{
	/* Room for a few whole frames each way before a sender has to wait. */
	int room = 8 * LIMIT_FRAME;
	int fds[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0)
		return err_set_errno(err, "cannot make a pair of sockets");
	for (size_t i = 0; i < 2; i++)
		(void)setsockopt(
		    fds[i], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
	out_fds[0] = fds[0];
	out_fds[1] = fds[1];
	return true;
}
