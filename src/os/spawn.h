/*
 * Start a program: fork and exec with exactly the descriptors it is given, a
 * clean environment, default signals, and death with its parent on request.
 */
#ifndef OS_SPAWN_H
#define OS_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attributes.h"
#include "base/err.h"
#include "os/loop.h"

enum {
	SPAWN_DESCRIPTORS_MAX = 32,
};

struct spawn_descriptor {
	int fd;     /* in this process; stays the caller's */
	int number; /* in the child, from 0 up; each once */
};

struct spawn {
	const char *path;
	char *const *argv; /* ended by NULL */
	char *const *envp; /* ended by NULL; nothing else is inherited */
	const struct spawn_descriptor *descriptors;
	size_t descriptor_count;
	bool dies_with_parent; /* SIGKILL when this process ends */
};

struct spawn_child {
	pid_t pid;
	int pidfd; /* readable when it has ended; the caller closes it */
};

/* Standard descriptors that are not given are /dev/null, except standard error,
 * which is inherited. Returns after the exec: a program that cannot be executed
 * is an error here. */
must_use bool spawn_start(
    const struct spawn *spawn, struct spawn_child *out_child, struct err *err);
/* Collect an ended child's status (waitpid's form). False: it still runs. */
must_use bool spawn_collect(pid_t pid, int *out_status);
/* "exited with code 3", "killed by signal 9 (Killed)"; allocated. */
must_use char *spawn_status_text(int status);

#endif
