/* What the files of the supervisor share; for them alone. */
#ifndef SERVER_SUPERVISOR_SUPERVISOR_PRIVATE_H
#define SERVER_SUPERVISOR_SUPERVISOR_PRIVATE_H

#include "base/bytes.h"
#include "base/limits.h"
#include "os/loop.h"
#include "server/config.h"
#include "server/supervisor/listeners.h"
#include "server/supervisor/options.h"
#include "server/supervisor/process.h"
#include "server/supervisor/state.h"

/* Where one process of a role belongs: the signer, the core, or one slot of
 * the gateways. Its process is replaced when it ends. */
struct place {
	struct supervisor *supervisor;
	const struct role_row *row;
	unsigned slot;
	struct process *current;    /* the newest; NULL while none runs */
	struct loop_timer *restart; /* waits in a crash loop */
	unsigned quick_ends;        /* in a row, without having worked */
};

struct supervisor {
	const struct options *options;
	struct loop *loop;
	struct server_config config;
	struct buf configuration; /* as the roles get it */
	struct buf passphrase;
	struct state state;
	struct listeners listeners;
	int console;               /* the bundle; -1: none */
	int installer;             /* the agent's archive; -1: none */
	struct process *processes; /* all that run, old ones too */
	struct place signer;
	struct place core;
	struct place **gateways;
	size_t gateway_count;
	uint32_t next_instance;
	bool is_reloading;     /* until every gateway is replaced */
	bool has_core_turned;  /* the reload's new core has taken over */
	bool is_reload_wanted; /* again, after this one */
	bool is_stopping;
	int64_t stopping_since_ms; /* monotonic */
	bool has_told_ready;
	int exit_code;
};

/* places.c: who runs where, and who is wired to whom. */
void places_open(struct supervisor *supervisor);
void places_start_all(struct supervisor *supervisor);
/* Up to count gateway places. */
void places_grow(struct supervisor *supervisor, size_t count);
/* A fresh process in a place; the old one, if any, is only forgotten here. */
void place_start(struct place *place);
/* A channel between two processes. */
void places_connect(struct process *a, struct process *b);
must_use struct place *
place_of(struct supervisor *supervisor, const struct process *process);
/* All current processes are ready. */
must_use bool places_are_ready(const struct supervisor *supervisor);
void places_close(struct supervisor *supervisor);
/* A role that ends by itself: at once, or later in a crash loop. */
void place_restart(struct place *place, const struct process *ended);

/* reload.c: replace core and gateways. */
void reload_begin(struct supervisor *supervisor);
void reload_core_ready(struct supervisor *supervisor);
void
reload_gateway_ready(struct supervisor *supervisor, struct process *gateway);
void reload_check_end(struct supervisor *supervisor);

/* stop.c: end everything in order. */
void stop_begin(struct supervisor *supervisor, int exit_code);
void stop_go_on(struct supervisor *supervisor);

/* supervisor.c */
extern const struct process_events SUPERVISOR_EVENTS;

#endif
