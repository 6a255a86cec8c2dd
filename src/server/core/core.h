/*
 * Core: the role that decides. Its main thread moves frames between gateways,
 * signer and workers; a pool of worker threads answers requests.
 *
 * `struct core` lives for the whole process. Its members are set before the
 * first worker starts and do not change afterwards; each is safe to use from
 * any worker.
 */
#ifndef SERVER_CORE_CORE_H
#define SERVER_CORE_CORE_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"
#include "base/json.h"
#include "base/log.h"
#include "server/core/body_budget.h"
#include "server/core/enforcement.h"
#include "server/core/software_fill.h"

struct role;
struct store;
struct server_config;
struct signer_client;
struct signer_link;
struct core_trust;
struct gateways;
struct knocks;
struct alerts;
struct changes;
struct live;
struct workers;
struct metrics;
struct audit_refusals;
struct audit_keeper;
struct settings;
struct installer_archive;

struct core {
	const struct role *role;
	const struct server_config *config;
	struct store *store;
	struct signer_client *signer;
	struct signer_link *signer_link;
	struct core_trust *trust;
	struct gateways *gateways;
	struct live *live;
	struct knocks *knocks; /* at many agents */
	struct changes *changes;
	struct alerts *alerts;
	struct workers *workers;
	struct metrics *metrics;
	struct audit_refusals *audit_refusals;
	struct audit_keeper *audit_keeper;
	struct settings *settings;
	/* The agent that is handed out; NULL: none. */
	struct installer_archive *installer;
	struct software_fill software_fill;
	struct body_budget bodies; /* large ones that are read now */
	struct enforcement enforcement;
	const char *state_directory; /* STATE/core */
	int64_t started_ms;          /* wall clock */
	int64_t started_boot_ms;     /* boot-time clock */
	/* Identity and trust are with the gateways, and what a first start
	 * makes is made. */
	atomic_bool has_begun;
};

/* The role's main; returns the exit status. */
int core_main(struct role *role);

/* Wall clock, milliseconds UTC: the clock of everything that is stored. */
must_use int64_t core_now_ms(const struct core *core);

/* Something an administrator may want to read later: a trust decision, a
 * sign-in, a refusal. Stored in the event list and logged once. Strings may be
 * NULL where they do not apply; detail is an object or NULL and is taken. */
struct core_event {
	enum log_level level;
	const char *kind;     /* stable word: "computer.enrolled" */
	const char *sentence; /* English, for the log */
	const char *computer_id;
	const char *user_id;
	const char *user_name;
	const char *address; /* where it came from */
	json_t *detail;
};

void core_event(struct core *core, const struct core_event *event);
/* The two halves, for who writes the event's row in the transaction of what it
 * tells of: the row, and the log once it is written. The detail stays the
 * caller's. */
struct store_trust_event;
void core_event_row(struct core *core, const struct core_event *event,
    struct store_trust_event *out_row);
void core_event_written(const struct core_event *event);

/* Start-up parts of the API's area: makes the first administrator when there
 * is no user at all, with a random password in STATE/core/initial-password. */
must_use bool users_first_start(struct core *core, struct err *err);

#endif
