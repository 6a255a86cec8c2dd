/* Landlock by raw system calls, as far as the kernel's ABI goes. */
#include "os/sandbox_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"
#include "os/fd.h"

#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule       445
#define SYS_landlock_restrict_self  446
#endif

/* linux/landlock.h of the newest ABI used here; the building machine's may be
 * older than the running kernel. */
enum {
	CREATE_VERSION = 1 << 0,
	RULE_PATH = 1,

	EXECUTE = 1 << 0,
	WRITE_FILE = 1 << 1,
	READ_FILE = 1 << 2,
	READ_DIR = 1 << 3,
	REMOVE_DIR = 1 << 4,
	REMOVE_FILE = 1 << 5,
	MAKE_DIR = 1 << 7,
	MAKE_REG = 1 << 8,
	MAKE_SOCK = 1 << 9,
	MAKE_FIFO = 1 << 10,
	MAKE_SYM = 1 << 12,
	FIRST_ABI = (1 << 13) - 1,
	REFER = 1 << 13,     /* ABI 2 */
	TRUNCATE = 1 << 14,  /* ABI 3 */
	IOCTL_DEV = 1 << 15, /* ABI 5 */

	NET_BIND = 1 << 0, /* ABI 4 */
	NET_CONNECT = 1 << 1,

	SCOPE_ABSTRACT = 1 << 0, /* ABI 6 */
	SCOPE_SIGNAL = 1 << 1,
};

struct ruleset {
	uint64_t files;
	uint64_t net;
	uint64_t scoped;
};

struct path_rule {
	uint64_t allowed;
	int32_t parent;
} __attribute__((packed));

enum {
	FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV,
	RIGHTS_READ = READ_FILE | READ_DIR,
	RIGHTS_EXECUTE = RIGHTS_READ | EXECUTE,
	RIGHTS_WRITE = RIGHTS_READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE |
	    MAKE_DIR | MAKE_REG | MAKE_SOCK | MAKE_FIFO | MAKE_SYM | REFER |
	    TRUNCATE,
};

static uint64_t
rights_of(enum sandbox_access access)
{
	switch (access) {
	case SANDBOX_READ:
		return RIGHTS_READ;
	case SANDBOX_READ_WRITE:
		return RIGHTS_WRITE;
	case SANDBOX_EXECUTE:
		return RIGHTS_EXECUTE;
	}
	unreachable();
}

static uint64_t
handled_files(int abi)
{
	uint64_t rights = FIRST_ABI;

	if (abi >= 2)
		rights |= REFER;
	if (abi >= 3)
		rights |= TRUNCATE;
	if (abi >= 5)
		rights |= IOCTL_DEV;
	return rights;
}

static bool
allow_path(int ruleset, uint64_t handled, const struct sandbox_path *path,
    struct err *err)
{
	scoped(fd_closep) int fd = open(path->path, O_PATH | O_CLOEXEC);
	struct path_rule rule = {
	    .allowed = rights_of(path->access) & handled, .parent = fd};
	struct stat status;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR || errno == EACCES))
		return true;
	if (fd < 0 || fstat(fd, &status) != 0)
		return err_set_errno(err, "cannot open %s", path->path);
	if (!S_ISDIR(status.st_mode))
		rule.allowed &= FILE_RIGHTS;
	if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH, &rule, 0) != 0)
		return err_set_errno(err, "cannot allow %s", path->path);
	return true;
}

/* Older kernels take a shorter struct. */
static size_t
ruleset_size(int abi)
{
	if (abi >= 6)
		return sizeof(struct ruleset);
	return abi >= 4 ? 2 * sizeof(uint64_t) : sizeof(uint64_t);
}

bool
sandbox_restrict_files(
    const struct sandbox *sandbox, int *out_abi, struct err *err)
{
	int abi =
	    (int)syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
	struct ruleset wanted = {0};
	scoped(fd_closep) int ruleset = -1;

	if (abi <= 0) {
		*out_abi = 0;
		return true;
	}
	if (!sandbox->has_all_files)
		wanted.files = handled_files(abi);
	if (abi >= 4)
		wanted.net =
		    sandbox->may_connect ? NET_BIND : NET_BIND | NET_CONNECT;
	if (abi >= 6)
		wanted.scoped = SCOPE_ABSTRACT | SCOPE_SIGNAL;
	*out_abi = abi;
	if (wanted.files == 0 && wanted.net == 0)
		return true;
	ruleset = (int)syscall(
	    SYS_landlock_create_ruleset, &wanted, ruleset_size(abi), 0);
	if (ruleset < 0)
		return err_set_errno(err, "cannot make a landlock ruleset");
	for (size_t i = 0; wanted.files != 0 && i < sandbox->path_count; i++)
		if (!allow_path(ruleset, wanted.files, &sandbox->paths[i], err))
			return false;
	if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0)
		return err_set_errno(err, "cannot enter landlock");
	return true;
}
