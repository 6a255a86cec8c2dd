/* The state directory and its roles' own directories. */
#include "server/supervisor/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/credentials.h"
#include "os/fd.h"
#include "os/file.h"
#include "os/mount.h"
#include "server/role_table.h"

enum {
	OPEN_TO_ROLES = 0711,
	OWN_ALONE = 0700,
	OTHERS_WRITE = 022,
	OTHERS_PASS = 001,
};

static bool
check_top(const char *path, struct err *err)
{
	bool is_root = credentials_is_root();
	struct stat found;

	if (lstat(path, &found) != 0)
		return err_set_errno(err, "cannot look at %s", path);
	if (!S_ISDIR(found.st_mode))
		return err_set_code(err, ERR_DENIED, "state_directory",
		    "%s is not a directory", path);
	if (found.st_uid == geteuid() && (found.st_mode & OTHERS_WRITE) == 0 &&
	    (!is_root || (found.st_mode & OTHERS_PASS) != 0))
		return true;
	return err_set_code(err, ERR_DENIED, "state_directory",
	    "%s has owner %u and mode %04o; it must have owner %u and mode "
	    "%04o",
	    path, found.st_uid, found.st_mode & 07777, geteuid(),
	    is_root ? OPEN_TO_ROLES : OWN_ALONE);
}

static bool
make_top(const char *path, struct err *err)
{
	mode_t mode = credentials_is_root() ? OPEN_TO_ROLES : OWN_ALONE;

	if (file_exists(path))
		return check_top(path, err);
	return file_make_directory(path, mode, (uid_t)-1, (gid_t)-1, err);
}

/* Put what the roles see in place of the state directory. */
static void
replace_prefix(char **path, const char *old, const char *fresh)
{
	size_t length = strlen(old);
	char *other;

	if (strncmp(*path, old, length) != 0 ||
	    ((*path)[length] != '\0' && (*path)[length] != '/'))
		return;
	other = memory_format("%s%s", fresh, *path + length);
	free(*path);
	*path = other;
}

void
state_show(struct server_config *config, const char *shown)
{
	scoped(memory_freep) char *old = memory_string(config->state_dir);

	replace_prefix(&config->state_dir, old, shown);
	replace_prefix(&config->database_path, old, shown);
}

/* The roles' users must be able to pass to it. Where a folder above does not
 * let them (a home directory), the roles see it elsewhere. */
static bool
open_way(const char *path, char **out_shown, struct err *err)
{
	scoped(memory_freep) char *closed = NULL;

	if (!credentials_is_root())
		return true;
	if (!mount_find_closed(path, &closed, err))
		return false;
	if (closed == NULL || mount_show(path, "server", out_shown, err))
		return true;
	return err_set_code(err, ERR_DENIED, "state_directory",
	    "the server's users cannot reach %s, for %s does not let others "
	    "pass: chmod o+x it, or choose another state_dir (%s)",
	    path, closed, err_sentence(err));
}

static bool
make_own(const struct server_config *config, const struct role_row *row,
    struct err *err)
{
	scoped(memory_freep) char *path = NULL;
	struct credentials user = {(uid_t)-1, (gid_t)-1};

	if (row->directory == NULL)
		return true;
	if (credentials_is_root() && !credentials_lookup(row->user, &user, err))
		return false;
	path = file_join(config->state_dir, row->directory);
	return file_make_directory(path, OWN_ALONE, user.uid, user.gid, err);
}

static bool
lock(const char *directory, int *out_lock, struct err *err)
{
	scoped(memory_freep) char *path = file_join(directory, "lock");
	scoped(fd_closep) int fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return err_set_errno(err, "cannot open %s", path);
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK)
			return err_set_errno(err, "cannot lock %s", path);
		return err_set_code(err, ERR_CONFLICT, "already_running",
		    "another server runs on the state directory %s", directory);
	}
	*out_lock = fd_take(&fd);
	return true;
}

bool
state_prepare(const struct server_config *config, int *out_lock,
    char **out_shown, struct err *err)
{
	if (!make_top(config->state_dir, err))
		return false;
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (!make_own(config, &ROLES[i], err))
			return false;
	return lock(config->state_dir, out_lock, err) &&
	    open_way(config->state_dir, out_shown, err);
}
