/*
 * What the agent tells a person about itself.
 *
 * The channel writes the status file whenever something changed; `warifu-agent
 * status` reads it and says it in words. Nothing in it is secret. Codes of
 * errors have an advice here: what the person can do.
 */
#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include "agent/bootstrap.h"
#include "base/id.h"

struct agent_status {
	char server[BOOTSTRAP_SERVER_MAX + 1]; /* "": not known yet */
	int64_t https_port;
	int64_t agent_port;
	bool is_enrolled;
	char computer_id[ID_SIZE];
	char certificate_sha256[65];
	int64_t certificate_not_after_ms;
	int64_t renewal_ms; /* when the certificate will be renewed */
	int64_t publication;
	/* How the server let the last good refresh in, and since when so:
	 * "certificate", "credential" or "". */
	char authentication[16];
	int64_t authentication_changed_ms;
	/* This computer's clock less the server's, when that is too much;
	 * negative: behind. */
	int64_t clock_ahead_s;
	bool is_connected; /* the server can knock */
	int64_t started_ms;
	int64_t last_attempt_ms; /* 0: none; the same below */
	int64_t last_success_ms;
	int64_t next_contact_ms;
	int64_t failures; /* in a row */
	int64_t last_error_ms;
	char last_error_code[ERR_CODE_MAX];
	char last_error[ERR_SENTENCE_MAX];
	char key[16];     /* "file" or "tpm" */
	char sandbox[64]; /* how far it goes on this kernel */
	char version[32];
	int64_t written_ms;
};

enum {
	STATUS_FILE_MAX = 16 * 1024
};

/* Is the last contact a failure, or the clock wrong? */
must_use bool status_has_problem(const struct agent_status *status);
/* Does the agent work, but the server does not see its certificate? */
must_use bool status_is_degraded(const struct agent_status *status);
/* What to do about an error code; never NULL. */
must_use const char *status_advice(const char *code);
/* What to do where status_is_degraded; never NULL. */
must_use const char *status_degraded_advice(void);

must_use bool status_write(
    const struct agent_status *status, const char *path, struct err *err);
must_use bool
status_read(const char *path, struct agent_status *out, struct err *err);
/* For `status --json`: the file's members, running, pid and advice; pid is that
 * of the supervisor, 0 where none runs. Allocated. */
must_use char *status_json(const struct agent_status *status, int pid);
/* The same as lines for a person. Allocated. */
must_use char *
status_text(const struct agent_status *status, bool is_running, int64_t now_ms);

#endif
