/* Files that are shipped with the server, found and opened. */
#include "server/supervisor/shipped_file.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "os/fd.h"

#define BESIDE_PROGRAMS "../share/warifu/"

static const struct shipped {
	const char *name;    /* below BESIDE_PROGRAMS */
	const char *setting; /* for the log */
	const char *missing, *unreadable;
	size_t configured; /* of the path in struct server_config */
} SHIPPED[] = {
    [SHIPPED_CONSOLE] = {"console.bundle", "[console] bundle",
	"the console is not installed",
	"the console is not served: its bundle cannot be opened",
	offsetof(struct server_config, console_bundle)},
    [SHIPPED_AGENT] = {"warifu-agent.tar.gz", "[installer] archive",
	"there is no agent to hand out",
	"no agent is handed out: its archive cannot be opened",
	offsetof(struct server_config, installer_archive)},
};

static char *
standard_path(const struct shipped *shipped)
{
	char program[PATH_MAX];
	ssize_t length =
	    readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	if (length <= 0)
		return memory_string("");
	program[length] = '\0';
	slash = strrchr(program, '/');
	return memory_format("%.*s/" BESIDE_PROGRAMS "%s",
	    slash != NULL ? (int)(slash - program) : 0, program, shipped->name);
}

/* Without waiting for a writer where it is a pipe. */
static int
open_regular(const char *path)
{
	scoped(fd_closep) int fd =
	    open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
		return -1;
	return fd_take(&fd);
}

int
shipped_file_open(enum shipped_file file, const struct server_config *config)
{
	const struct shipped *shipped = &SHIPPED[file];
	const char *configured =
	    *(char *const *)((const char *)config + shipped->configured);
	bool is_configured = configured[0] != '\0';
	scoped(memory_freep) char *path =
	    is_configured ? memory_string(configured) : standard_path(shipped);
	int fd = open_regular(path);

	if (fd < 0 && is_configured)
		log_warning(shipped->unreadable, "setting", shipped->setting,
		    "path", path);
	else if (fd < 0)
		log_info(shipped->missing, "path", path);
	return fd;
}
