/*
 * The agent's configuration: struct agent_config and its table of options.
 *
 * Read by the supervisor, which hands the file's path on; every process of the
 * agent reads it itself before it is sandboxed.
 */
#ifndef AGENT_CONFIG_H
#define AGENT_CONFIG_H

#include "base/config.h"

enum agent_key_kind {
	AGENT_KEY_FILE, /* a PEM file, mode 0600, in the state directory */
	AGENT_KEY_TPM,  /* made in and usable by this computer's TPM alone */
};

struct agent_config {
	char *state_dir;
	char *bootstrap_file;
	char *user;
	int64_t refresh_interval_ms; /* 0: as the server says */
	int64_t software_check_ms;
	int64_t key_kind;
	char *tpm_tcti;
	int64_t log_level;
};

#define AGENT_CONFIG_DEFAULT_PATH "/etc/warifu/agent.conf"

/* The table, for config_find_argument() and config_print(). */
must_use const struct config_option *agent_config_options(size_t *out_count);
/* Defaults, then the file. A missing file is an error only when is_named says
 * that somebody asked for it. ERR_MALFORMED, code "configuration". */
must_use bool agent_config_load(struct agent_config *config, const char *path,
    bool is_named, struct err *err);
void agent_config_done(struct agent_config *config);

static inline void
agent_config_donep(struct agent_config *config)
{
	agent_config_done(config);
}

#endif
