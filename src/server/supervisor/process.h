/*
 * One role process as the supervisor sees it: started, told things, watched
 * until it has ended.
 */
#ifndef SERVER_SUPERVISOR_PROCESS_H
#define SERVER_SUPERVISOR_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/attributes.h"
#include "base/err.h"
#include "ipc/channel.h"
#include "os/loop.h"
#include "server/role.h"
#include "server/role_table.h"

enum process_state {
	PROCESS_STARTING,
	PROCESS_READY,
	PROCESS_DRAINING, /* finishes what is in flight */
	PROCESS_STOPPING, /* told to end, or killed */
};

struct process;

/* What the supervisor does about it; context is the supervisor. */
struct process_events {
	void (*ready)(void *context, struct process *process);
	void (*status)(
	    void *context, struct process *process, const char *text);
	void (*broken)(void *context, struct process *process,
	    const struct role_peer *peer, const char *sentence);
	/* Collected: the process is freed by the callee. */
	void (*ended)(void *context, struct process *process, int status);
};

struct process {
	struct process *next; /* the supervisor's list */
	const struct role_row *row;
	struct role_peer self;
	enum process_state state;
	int64_t started_ms; /* monotonic */
	bool is_hopeless;   /* it said that starting it again is no use */
	/* Private. */
	pid_t pid;
	int pidfd;
	struct loop_watch *watch;
	struct loop_timer *deadline;
	struct ipc_channel *control;
	const struct process_events *events;
	void *context;
};

struct process_plan {
	const struct role_row *row;
	unsigned slot;
	unsigned slot_count;
	uint32_t instance;
	struct view configuration;
	struct view passphrase; /* empty: none is given */
	int console;            /* the bundle, or -1; stays the caller's */
	int installer;          /* the agent's archive, likewise */
	int home;               /* its own directory, or -1; the caller's */
	const int *fds;         /* listening sockets; stay the caller's */
	const char (*names)[16];
	size_t fd_count;
};

must_use bool process_start(struct loop *loop, const struct process_plan *plan,
    const struct process_events *events, void *context,
    struct process **out_process, struct err *err);
/* Hand this process its end of a channel to peer; socket is closed here. */
void process_attach(
    struct process *process, const struct role_peer *peer, int socket);
/* SIGKILL follows when it has not ended within timeout_ms. */
void process_drain(struct process *process, int64_t timeout_ms);
void process_stop(struct process *process, int64_t timeout_ms);
void process_kill(struct process *process);
/* Only after ended, or for a process that runs no more. */
void process_free(struct process *process);

#endif
