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
#include "server/role_table.h"

enum {
	OWN_ALONE = 0700,
	OTHERS_WRITE = 022,
};

static bool
check_top(const char *path, struct err *err)
{
	struct stat found;

	if (lstat(path, &found) != 0)
		return err_set_errno(err, "cannot look at %s", path);
	if (!S_ISDIR(found.st_mode))
		return err_set_code(err, ERR_DENIED, "state_directory",
		    "%s is not a directory", path);
	if (found.st_uid == geteuid() && (found.st_mode & OTHERS_WRITE) == 0)
		return true;
	return err_set_code(err, ERR_DENIED, "state_directory",
	    "%s has owner %u and mode %04o; it must have owner %u and mode "
	    "%04o",
	    path, found.st_uid, found.st_mode & 07777, geteuid(), OWN_ALONE);
}

static bool
make_top(const char *path, struct err *err)
{
	if (file_exists(path))
		return check_top(path, err);
	return file_make_directory(path, OWN_ALONE, (uid_t)-1, (gid_t)-1, err);
}

static bool
make_own(const struct server_config *config, const struct role_row *row,
    int *out_home, struct err *err)
{
	scoped(memory_freep) char *path = NULL;
	struct credentials user = {(uid_t)-1, (gid_t)-1};

	if (row->directory == NULL)
		return true;
	if (credentials_is_root() && !credentials_lookup(row->user, &user, err))
		return false;
	path = file_join(config->state_dir, row->directory);
	if (!file_make_directory(path, OWN_ALONE, user.uid, user.gid, err))
		return false;
	*out_home = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (*out_home < 0)
		return err_set_errno(err, "cannot open %s", path);
	return true;
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

void
state_reset(struct state *state)
{
	state->lock = -1;
	for (size_t i = 0; i < ROLE_COUNT; i++)
		state->homes[i] = -1;
}

bool
state_prepare(
    struct state *state, const struct server_config *config, struct err *err)
{
	if (!make_top(config->state_dir, err))
		return false;
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (!make_own(config, &ROLES[i], &state->homes[i], err))
			return false;
	return lock(config->state_dir, &state->lock, err);
}

void
state_done(struct state *state)
{
	fd_closep(&state->lock);
	for (size_t i = 0; i < ROLE_COUNT; i++)
		fd_closep(&state->homes[i]);
}
