/* Removes what makes this computer a member of the fleet. */
#include "agent/executor/uninstall.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/inventory/program.h"
#include "base/memory.h"
#include "os/file.h"

enum {
	WALK_DESCRIPTORS = 16
};

static int
remove_entry(
    const char *path, const struct stat *status, int kind, struct FTW *where)
{
	return remove(path);
}

/* Everything beneath, never through a symbolic link or onto another mount. */
static bool
remove_tree(const char *path, struct err *err)
{
	if (nftw(path, remove_entry, WALK_DESCRIPTORS,
		FTW_DEPTH | FTW_PHYS | FTW_MOUNT) != 0 &&
	    errno != ENOENT)
		return err_set_errno(err, "%s cannot be removed", path);
	return true;
}

static void
disable_service(void)
{
	static const char *const argv[] = {
	    "systemctl", "disable", "warifu-agent.service", NULL};
	scoped(buf_donep) struct buf output = BUF_INIT(PROGRAM_OUTPUT_MAX);
	struct err ignored = ERR_INIT; /* there may be no such service */

	if (file_exists("/run/systemd/system"))
		ignore_result(program_run(argv, &output, &ignored));
}

static char *
marker_path(const char *state_dir)
{
	return file_join(state_dir, "executor/uninstalled");
}

bool
uninstall_mark(const char *state_dir, struct err *err)
{
	scoped(memory_freep) char *marker = marker_path(state_dir);

	if (!file_write_atomic(
		marker, VIEW_LITERAL("uninstalled\n"), 0600, err))
		return false;
	disable_service();
	return true;
}

bool
uninstall_is_marked(const char *state_dir)
{
	scoped(memory_freep) char *marker = marker_path(state_dir);

	return file_exists(marker);
}

bool
uninstall_is_overruled(
    const char *state_dir, const char *bootstrap_file, struct err *err)
{
	scoped(memory_freep) char *marker = marker_path(state_dir);
	struct stat marked, bootstrap;

	if (stat(marker, &marked) != 0 || stat(bootstrap_file, &bootstrap) != 0)
		return err_set_code(err, ERR_CONFLICT, "uninstalled",
		    "this computer was retired by an administrator");
	if (bootstrap.st_mtim.tv_sec < marked.st_mtim.tv_sec ||
	    (bootstrap.st_mtim.tv_sec == marked.st_mtim.tv_sec &&
		bootstrap.st_mtim.tv_nsec <= marked.st_mtim.tv_nsec))
		return err_set_code(err, ERR_CONFLICT, "uninstalled",
		    "this computer was retired by an administrator, and there "
		    "is no newer bootstrap file");
	return file_remove(marker, err);
}

bool
uninstall_remove(const char *state_dir, struct err *err)
{
	scoped(memory_freep) char *channel = file_join(state_dir, "channel");
	scoped(memory_freep) char *memory =
	    file_join(state_dir, "executor/commands.json");

	return remove_tree(channel, err) && file_remove(memory, err);
}
