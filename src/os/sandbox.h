/*
 * The sandbox of a process: Landlock for files and TCP, seccomp for calls.
 *
 * Applied once, as the last steps of a process's start, for all its threads to
 * come. Landlock is used as far as the kernel's ABI goes; seccomp is mandatory.
 * A call outside the table kills the process with SIGSYS, after one line on
 * standard error that names the call; opening files and sockets without having
 * the right to any fails with EACCES instead, for libraries try both. Must be
 * entered while the process has one thread.
 */
#ifndef OS_SANDBOX_H
#define OS_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"

/* Sets of calls; sandbox_calls.c has the one table of what each means. */
enum sandbox_calls {
	SANDBOX_BASE = 1,        /* memory, time, polling, own descriptors */
	SANDBOX_THREADS = 2,     /* make and join threads */
	SANDBOX_FILES = 4,       /* read files and directories by path */
	SANDBOX_WRITE = 8,       /* make, change, lock, remove files by path */
	SANDBOX_CHANNEL = 16,    /* frames on Unix sockets that were given */
	SANDBOX_ACCEPT = 32,     /* accept TCP connections and serve them */
	SANDBOX_CONNECT = 64,    /* sockets of its own: a client */
	SANDBOX_PROCESSES = 128, /* start, watch and signal programs */
	SANDBOX_LOAD = 256,      /* load shared objects: executable memory */
	SANDBOX_NOTICE = 512,    /* inotify */
};

enum sandbox_access {
	SANDBOX_READ = 1,
	SANDBOX_READ_WRITE = 2, /* and make and remove beneath it */
	SANDBOX_EXECUTE = 4,    /* and read */
};

struct sandbox_path {
	const char *path; /* one that does not exist is passed over */
	enum sandbox_access access;
};

struct sandbox {
	const char *name; /* for the line that names a refused call */
	unsigned calls;   /* of enum sandbox_calls */
	const struct sandbox_path *paths; /* all else is closed */
	size_t path_count;
	bool has_all_files; /* true: files are not restricted by Landlock */
	bool may_connect;   /* TCP, where the kernel can tell (ABI 4) */
};

struct sandbox_report {
	int landlock_abi; /* 0: the kernel has none, or it is switched off */
	bool has_seccomp;
};

must_use bool sandbox_enter(const struct sandbox *sandbox,
    struct sandbox_report *out_report, struct err *err);
/* "landlock ABI 3, seccomp" for the log and the status; static storage. */
must_use const char *sandbox_report_text(const struct sandbox_report *report);

#endif
