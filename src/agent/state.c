/* The state directory: its folders, its lock, and the bootstrap file. */
#include "agent/state.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/bootstrap.h"
#include "agent/executor/command.h"
#include "base/log.h"
#include "base/memory.h"
#include "os/credentials.h"
#include "os/fd.h"
#include "os/file.h"

static char *
lock_path(const char *state_dir)
{
	return file_join(state_dir, "lock");
}

int
state_owner(const char *state_dir)
{
	scoped(memory_freep) char *path = lock_path(state_dir);
	scoped(fd_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};

	if (fd < 0 || fcntl(fd, F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK)
		return 0;
	return (int)lock.l_pid;
}

bool
state_lock(const char *state_dir, int *out_fd, struct err *err)
{
	scoped(memory_freep) char *path = lock_path(state_dir);
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	scoped(fd_closep) int fd =
	    open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0)
		return err_set_errno(err, "%s cannot be opened", path);
	if (fcntl(fd, F_SETLK, &lock) != 0)
		return err_set_code(err, ERR_CONFLICT, "already_running",
		    "another agent (process %d) works in %s",
		    state_owner(state_dir), state_dir);
	*out_fd = fd_take(&fd);
	return true;
}

/* STATE is passable for all, what is inside belongs to one process each. */
bool
state_make_directories(const struct agent_config *config, struct err *err)
{
	struct credentials owner = {(uid_t)-1, (gid_t)-1};
	const struct {
		const char *name;
		mode_t mode;
		struct credentials owner;
	} folders[] = {
	    {"executor", 0700, owner},
	    {"channel", 0700, {0}},
	    {"status", 0755, {0}},
	};

	if (credentials_is_root() &&
	    !credentials_lookup(config->user, &owner, err))
		return false;
	if (mkdir(config->state_dir, 0755) != 0 && errno != EEXIST)
		return err_set_errno(
		    err, "%s cannot be made", config->state_dir);
	for (size_t i = 0; i < array_length(folders); i++) {
		scoped(memory_freep) char *path =
		    file_join(config->state_dir, folders[i].name);
		bool is_ours = i == 0;

		if (!file_make_directory(path, folders[i].mode,
			is_ours ? (uid_t)-1 : owner.uid,
			is_ours ? (gid_t)-1 : owner.gid, err))
			return false;
	}
	return true;
}

/* The executor believes only the pin that root has read itself. */
static bool
remember_pin(const struct agent_config *config,
    const struct server_address *address, const struct secret *token,
    struct err *err)
{
	scoped(memory_freep) char *directory =
	    file_join(config->state_dir, "executor");
	struct command_memory memory;

	return command_memory_load(directory, &memory, err) &&
	    (!command_memory_adopt(&memory, address->pin, token) ||
		command_memory_save(directory, &memory, err));
}

/* The bootstrap file as a sealed memfd for the channel. */
static bool
read_bootstrap(const struct agent_config *config, int *out_fd, struct err *err)
{
	scoped(buf_wipep) struct buf text = BUF_INIT(BOOTSTRAP_MAX);
	scoped(secret_freep) struct secret *token = NULL;
	struct server_address address;

	if (!file_read_private(config->bootstrap_file, &text, err) ||
	    !bootstrap_read(buf_view(&text), true, &address, &token, err) ||
	    !remember_pin(config, &address, token, err))
		return err_prefix(
		    err, "the bootstrap file %s", config->bootstrap_file);
	return fd_memfd_of("bootstrap", buf_view(&text), out_fd, err);
}

/* -1 where there is none. An agent that is enrolled needs it no more: a bad one
 * is told and not used. */
bool
state_find_bootstrap(
    const struct agent_config *config, int *out_fd, struct err *err)
{
	scoped(memory_freep) char *enrolled =
	    file_join(config->state_dir, "channel/identity/current");

	*out_fd = -1;
	if (!file_exists(config->bootstrap_file) ||
	    read_bootstrap(config, out_fd, err))
		return true;
	if (!file_exists(enrolled))
		return false;
	log_failure(LOG_LEVEL_WARNING, "not used", err);
	return true;
}
