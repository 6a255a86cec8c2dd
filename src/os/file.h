/*
 * Files: read whole within a bound, written so that a crash leaves the old or
 * the new contents and nothing between, appended durably; directories with the
 * owner and mode they must have. Paths are the caller's, never an outsider's.
 */
#ifndef OS_FILE_H
#define OS_FILE_H

#include <sys/types.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"

/* Appended to out; ERR_NOT_FOUND where there is none, ERR_LIMIT over out->max.
 * Symbolic links are followed; /proc and /sys files may be read too. */
must_use bool file_read(const char *path, struct buf *out, struct err *err);
/* The same, refused (ERR_DENIED) unless a regular file of this process's user
 * (or root) that nobody else may read or write: for secrets. */
must_use bool
file_read_private(const char *path, struct buf *out, struct err *err);
/* New file beside it, fsync, rename over path, fsync of the directory. */
must_use bool file_write_atomic(
    const char *path, struct view bytes, mode_t mode, struct err *err);
/* The same without replacing: ERR_CONFLICT where path exists. */
must_use bool file_create_exclusive(
    const char *path, struct view bytes, mode_t mode, struct err *err);
/* Open for appending, made with mode where there is none (and made durable). */
must_use bool
file_open_append(const char *path, mode_t mode, int *out_fd, struct err *err);
/* Write everything at the end and fsync before returning. On failure the file
 * may hold a part of it. */
must_use bool file_append_sync(int fd, struct view bytes, struct err *err);
/* True also when there was none. The directory is fsynced. */
must_use bool file_remove(const char *path, struct err *err);
must_use bool file_exists(const char *path);
must_use bool file_sync_directory(const char *path, struct err *err);

/* Make the directory with this owner and mode, or check that the one that is
 * there has them: otherwise ERR_DENIED, code "state_directory", with the path,
 * what was found and what is wanted. uid or gid of -1: this process's. A
 * symbolic link is refused. Only root can give it to another user. */
must_use bool file_make_directory(
    const char *path, mode_t mode, uid_t uid, gid_t gid, struct err *err);
/* "DIR/NAME", allocated. */
must_use char *file_join(const char *directory, const char *name);

#endif
