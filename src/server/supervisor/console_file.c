/* The console's bundle, found and opened. */
#include "server/supervisor/console_file.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "os/fd.h"

#define BESIDE_PROGRAMS "../share/warifu/console.bundle"

static char *
standard_path(void)
{
	char program[PATH_MAX];
	ssize_t length =
	    readlink("/proc/self/exe", program, sizeof(program) - 1);
	char *slash;

	if (length <= 0)
		return memory_string("");
	program[length] = '\0';
	slash = strrchr(program, '/');
	return memory_format("%.*s/" BESIDE_PROGRAMS,
	    slash != NULL ? (int)(slash - program) : 0, program);
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
console_file_open(const struct server_config *config)
{
	bool is_configured = config->console_bundle[0] != '\0';
	scoped(memory_freep) char *path = is_configured
	    ? memory_string(config->console_bundle)
	    : standard_path();
	int fd = open_regular(path);

	if (fd < 0 && is_configured)
		log_warning("the console is not served: its bundle cannot be "
			    "opened",
		    "setting", "[console] bundle", "path", path);
	else if (fd < 0)
		log_info("the console is not installed", "path", path);
	return fd;
}
