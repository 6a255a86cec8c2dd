/*
 * Descriptors: close-on-exec at birth, -1 when empty, closed by scope.
 *
 * `scoped(fd_closep) int fd = -1;` closes at the end of the scope;
 * `*out_fd = fd_take(&fd);` hands it on. A sealed memfd is how roles hand each
 * other bytes that are too big for a frame: its contents cannot change any more
 * when the receiver looks at it.
 */
#ifndef OS_FD_H
#define OS_FD_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"

void fd_close(int fd); /* takes -1; keeps errno */
void fd_closep(int *fd);
must_use int fd_take(int *fd); /* the value; -1 stays behind */

must_use bool fd_set_nonblocking(int fd, bool is_nonblocking, struct err *err);
must_use bool fd_set_cloexec(int fd, bool is_cloexec, struct err *err);
must_use bool fd_duplicate(int fd, int *out_fd, struct err *err);

/* Write everything, waiting where it must. */
must_use bool fd_write_all(int fd, struct view bytes, struct err *err);
/* Append from the current position to the end; ERR_LIMIT at out's maximum. */
must_use bool fd_read_all(int fd, struct buf *out, struct err *err);
/* Exactly length bytes from offset, appended; the position does not move. */
must_use bool fd_read_at(
    int fd, uint64_t offset, size_t length, struct buf *out, struct err *err);

/* An empty memfd to write to; name is for /proc alone. */
must_use bool fd_memfd_new(const char *name, int *out_fd, struct err *err);
/* No write, no change of size from now on. */
must_use bool fd_memfd_seal(int fd, struct err *err);
/* Both at once: a sealed memfd holding bytes. */
must_use bool
fd_memfd_of(const char *name, struct view bytes, int *out_fd, struct err *err);
/* The size of a descriptor received from a peer: ERR_MALFORMED unless it is a
 * memfd sealed against writing and resizing, ERR_LIMIT over max bytes. */
must_use bool
fd_memfd_size(int fd, size_t max, size_t *out_size, struct err *err);
/* The same checks, then the contents appended to out (up to out->max). */
must_use bool fd_memfd_read(int fd, struct buf *out, struct err *err);

/* A pair for frames (ipc/frame.h): AF_UNIX, SOCK_SEQPACKET, blocking. */
must_use bool fd_packet_pair(int out_fds[2], struct err *err);

#endif
