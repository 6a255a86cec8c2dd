/* The agent's table of options. */
#include "agent/config.h"

#include <string.h>
#include <unistd.h>

#include "base/clock.h"

static const char *const KEY_KINDS[] = {"file", "tpm", NULL};
static const char *const LOG_LEVELS[] = {
    "error", "warning", "info", "debug", NULL};

#define AT(member) offsetof(struct agent_config, member)

static const struct config_option OPTIONS[] = {
    {"agent", "state_dir", CONFIG_TEXT, AT(state_dir), 1, 4000, NULL,
	"/var/lib/warifu-agent", "--state-dir",
	"Where the agent keeps its key, its certificate and what it knows."},
    {"agent", "bootstrap_file", CONFIG_TEXT, AT(bootstrap_file), 0, 4000, NULL,
	"/etc/warifu/agent-bootstrap.json", "--bootstrap-file",
	"The server's address, its publication key and an enrolment token."},
    {"agent", "user", CONFIG_TEXT, AT(user), 1, 32, NULL, "warifu-agent", NULL,
	"Who the process that talks to the network runs as."},
    {"agent", "refresh_interval", CONFIG_DURATION, AT(refresh_interval_ms), 0,
	DAYS_MS(7), NULL, "0s", NULL,
	"Time between two refreshes; 0: as the server says (90 minutes)."},
    {"agent", "software_check", CONFIG_DURATION, AT(software_check_ms), 1000,
	DAYS_MS(1), NULL, "10min", NULL,
	"How often to look whether software was installed or removed."},
    {"agent", "key", CONFIG_CHOICE, AT(key_kind), 0, 0, KEY_KINDS, "file", NULL,
	"Where private keys are made and kept."},
    {"agent", "tpm", CONFIG_TEXT, AT(tpm_tcti), 0, 1000, NULL,
	"device:/dev/tpmrm0", NULL,
	"How to reach the TPM, in the words of tpm2-tss."},
    {"agent", "log_level", CONFIG_CHOICE, AT(log_level), 0, 0, LOG_LEVELS,
	"info", "--log-level", "The least important lines that are logged."},
};

const struct config_option *
agent_config_options(size_t *out_count)
{
	*out_count = array_length(OPTIONS);
	return OPTIONS;
}

bool
agent_config_load(struct agent_config *config, const char *path, bool is_named,
    struct err *err)
{
	memset(config, 0, sizeof(*config));
	config_defaults(OPTIONS, array_length(OPTIONS), config);
	if (!is_named && access(path, F_OK) != 0)
		return true;
	if (config_load(OPTIONS, array_length(OPTIONS), config, path, err))
		return true;
	agent_config_done(config);
	return false;
}

void
agent_config_done(struct agent_config *config)
{
	config_done(OPTIONS, array_length(OPTIONS), config);
}
