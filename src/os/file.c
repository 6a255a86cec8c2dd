/* Files read whole, written whole and appended durably; directories checked. */
#include "os/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/secret.h"
#include "os/fd.h"

static bool
open_to_read(const char *path, int *out_fd, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);

	if (fd < 0) {
		bool is_missing = errno == ENOENT || errno == ENOTDIR;

		err_set_errno(err, "cannot open %s", path);
		if (is_missing)
			err->category = ERR_NOT_FOUND;
		return false;
	}
	*out_fd = fd;
	return true;
}

bool
file_read(const char *path, struct buf *out, struct err *err)
{
	scoped(fd_closep) int fd = -1;

	if (!open_to_read(path, &fd, err))
		return false;
	if (!fd_read_all(fd, out, err))
		return err_prefix(err, "%s", path);
	return true;
}

bool
file_read_private(const char *path, struct buf *out, struct err *err)
{
	scoped(fd_closep) int fd = -1;
	struct stat status;

	if (!open_to_read(path, &fd, err))
		return false;
	if (fstat(fd, &status) != 0)
		return err_set_errno(err, "cannot look at %s", path);
	if (!S_ISREG(status.st_mode))
		return err_set_code(err, ERR_DENIED, "not_private",
		    "%s is not a regular file", path);
	if (status.st_uid != geteuid() && status.st_uid != 0)
		return err_set_code(err, ERR_DENIED, "not_private",
		    "%s belongs to user %u; it must belong to user %u", path,
		    status.st_uid, geteuid());
	if ((status.st_mode & 077) != 0)
		return err_set_code(err, ERR_DENIED, "not_private",
		    "%s has mode %04o; others may use it: it must be 0600",
		    path, status.st_mode & 07777);
	if (!fd_read_all(fd, out, err))
		return err_prefix(err, "%s", path);
	return true;
}

/* The folder a path is in; allocated. */
static char *
folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (slash == NULL)
		return memory_string(".");
	if (slash == path)
		return memory_string("/");
	return memory_string_n(path, (size_t)(slash - path));
}

bool
file_sync_directory(const char *path, struct err *err)
{
	scoped(fd_closep) int fd =
	    open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set_errno(err, "cannot open %s", path);
	if (fsync(fd) != 0)
		return err_set_errno(err, "cannot sync %s", path);
	return true;
}

static bool
sync_folder_of(const char *path, struct err *err)
{
	scoped(memory_freep) char *folder = folder_of(path);

	return file_sync_directory(folder, err);
}

/* A synced new file beside path with these contents; its name in out_name. */
static bool
write_beside(const char *path, struct view bytes, mode_t mode, char **out_name,
    struct err *err)
{
	uint64_t number;
	scoped(memory_freep) char *name = NULL;
	scoped(fd_closep) int fd = -1;

	random_fill(&number, sizeof(number));
	name =
	    memory_format("%s.%016llx.new", path, (unsigned long long)number);
	fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0)
		return err_set_errno(err, "cannot create %s", name);
	if (!fd_write_all(fd, bytes, err)) {
		(void)unlink(name);
		return err_prefix(err, "%s", path);
	}
	/* fchmod: the mode holds whatever the umask is. */
	if (fchmod(fd, mode) != 0 || fsync(fd) != 0) {
		err_set_errno(err, "cannot sync %s", name);
		(void)unlink(name);
		return false;
	}
	*out_name = take(name);
	return true;
}

bool
file_write_atomic(
    const char *path, struct view bytes, mode_t mode, struct err *err)
{
	scoped(memory_freep) char *name = NULL;

	if (!write_beside(path, bytes, mode, &name, err))
		return false;
	if (rename(name, path) != 0) {
		err_set_errno(err, "cannot put %s in its place", path);
		(void)unlink(name);
		return false;
	}
	return sync_folder_of(path, err);
}

bool
file_create_exclusive(
    const char *path, struct view bytes, mode_t mode, struct err *err)
{
	scoped(memory_freep) char *name = NULL;
	bool is_done;

	if (!write_beside(path, bytes, mode, &name, err))
		return false;
	is_done = link(name, path) == 0;
	if (!is_done) {
		bool is_there = errno == EEXIST;

		err_set_errno(err, "cannot create %s", path);
		if (is_there)
			err->category = ERR_CONFLICT;
	}
	(void)unlink(name);
	return is_done && sync_folder_of(path, err);
}

bool
file_open_append(const char *path, mode_t mode, int *out_fd, struct err *err)
{
	int flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
	scoped(fd_closep) int fd = open(path, flags);

	if (fd < 0 && errno == ENOENT) {
		fd = open(path, flags | O_CREAT | O_EXCL, mode);
		if (fd >= 0 && fchmod(fd, mode) == 0 &&
		    !sync_folder_of(path, err))
			return false;
	}
	if (fd < 0)
		return err_set_errno(err, "cannot open %s", path);
	*out_fd = fd_take(&fd);
	return true;
}

bool
file_append_sync(int fd, struct view bytes, struct err *err)
{
	if (!fd_write_all(fd, bytes, err))
		return false;
	if (fdatasync(fd) != 0)
		return err_set_errno(err, "cannot sync");
	return true;
}

bool
file_remove(const char *path, struct err *err)
{
	if (unlink(path) != 0) {
		if (errno == ENOENT)
			return true;
		return err_set_errno(err, "cannot remove %s", path);
	}
	return sync_folder_of(path, err);
}

bool
file_exists(const char *path)
{
	struct stat status;

	return lstat(path, &status) == 0;
}

static bool
check_directory(const char *path, const struct stat *found, mode_t mode,
    uid_t uid, gid_t gid, struct err *err)
{
	if (!S_ISDIR(found->st_mode))
		return err_set_code(err, ERR_DENIED, "state_directory",
		    "%s is not a directory", path);
	if (found->st_uid == uid && found->st_gid == gid &&
	    (found->st_mode & 07777) == mode)
		return true;
	return err_set_code(err, ERR_DENIED, "state_directory",
	    "%s has owner %u:%u and mode %04o; it must have owner %u:%u and "
	    "mode %04o",
	    path, found->st_uid, found->st_gid, found->st_mode & 07777, uid,
	    gid, mode);
}

bool
file_make_directory(
    const char *path, mode_t mode, uid_t uid, gid_t gid, struct err *err)
{
	struct stat status;

	check(path != NULL);
	uid = uid == (uid_t)-1 ? geteuid() : uid;
	gid = gid == (gid_t)-1 ? getegid() : gid;
	if (mkdir(path, mode & 0700) == 0) {
		if (lchown(path, uid, gid) != 0 || chmod(path, mode) != 0) {
			err_set_errno(err, "cannot give %s its owner", path);
			(void)rmdir(path);
			return false;
		}
		if (!sync_folder_of(path, err))
			return false;
	} else if (errno != EEXIST) {
		return err_set_errno(err, "cannot make %s", path);
	}
	if (lstat(path, &status) != 0)
		return err_set_errno(err, "cannot look at %s", path);
	return check_directory(path, &status, mode, uid, gid, err);
}

char *
file_join(const char *directory, const char *name)
{
	return memory_format("%s/%s", directory, name);
}
