/* The server's configuration: the table of options and what fills the gaps. */
#include "server/config.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/host_name.h"
#include "base/memory.h"
#include "os/listen.h"
#include "server/capacity.h"

enum {
	NAMES_MAX = 64,
	DEFAULT_ADDRESSES_MAX = 8,
	CONNECTIONS_LEAST = 16,
};

static const char *const LOG_LEVELS[] = {
    "error", "warning", "info", "debug", NULL};
static const char *const DATABASES[] = {"sqlite", "postgresql", NULL};
static const char *const FAST_EC[] = {"auto", "off", NULL};
static const char *const KEY_STORES[] = {"file", "pkcs11", NULL};

#define AT(name) offsetof(struct server_config, name)
#define PORT(section_, member, standard_, argument_, help_)                    \
	{                                                                      \
		section_, "port", CONFIG_NUMBER, AT(member), 1, 65535, NULL,   \
		    standard_, argument_, help_                                \
	}
#define NUMBER(section_, key_, member, least_, most_, standard_, help_)        \
	{                                                                      \
		section_, key_, CONFIG_NUMBER, AT(member), least_, most_,      \
		    NULL, standard_, NULL, help_                               \
	}
#define TIME(section_, key_, member, least_, most_, standard_, help_)          \
	{                                                                      \
		section_, key_, CONFIG_DURATION, AT(member), least_, most_,    \
		    NULL, standard_, NULL, help_                               \
	}
#define FLAG(section_, key_, member, standard_, help_)                         \
	{                                                                      \
		section_, key_, CONFIG_BOOLEAN, AT(member), 0, 1, NULL,        \
		    standard_, NULL, help_                                     \
	}
#define CHOICE(section_, key_, member, choices_, standard_, help_)             \
	{                                                                      \
		section_, key_, CONFIG_CHOICE, AT(member), 0, 0, choices_,     \
		    standard_, NULL, help_                                     \
	}
#define TEXT(section_, key_, member, most_, standard_, help_)                  \
	{                                                                      \
		section_, key_, CONFIG_TEXT, AT(member), 0, most_, NULL,       \
		    standard_, NULL, help_                                     \
	}

/* Rows of one section stand together. */
static const struct config_option OPTIONS[] = {
    {"server", "state_dir", CONFIG_TEXT, AT(state_dir), 1, 1024, NULL,
	"/var/lib/warifu", "--state-dir",
	"Where all state lives; an absolute path."},
    {"server", "names", CONFIG_LIST, AT(names), 0, NAMES_MAX, NULL, "",
	"--names",
	"Names and addresses of this server in its certificate; empty: the "
	"host name and the default route's addresses."},
    {"server", "listen", CONFIG_LIST, AT(addresses), 1, 16, NULL, "*",
	"--listen", "Numeric addresses to listen on; * is all."},
    NUMBER("server", "gateways", gateways, 0, CAPACITY_GATEWAYS_MAX, "0",
	"Number of gateway processes; 0: as many as processor cores, more "
	"where "
	"the descriptors of so few do not carry the connections."),
    {"server", "log_level", CONFIG_CHOICE, AT(log_level), 0, 0, LOG_LEVELS,
	"info", "--log-level", "The least level that is logged."},
    CHOICE("server", "fast_ec", fast_ec, FAST_EC, "auto",
	"Shorter way of gateways to OpenSSL's elliptic-curve code, where "
	"OpenSSL is 3.0 or 3.1."),
    PORT("http", http_port, "8020", "--http-port",
	"TCP port of console and API over HTTP, CRL and OCSP."),
    PORT("https", https_port, "8383", "--https-port",
	"TCP port of console and API over HTTPS, and of enrolment."),
    PORT("agents", agents_port, "8443", "--agent-port",
	"TCP port of the agent channel."),
    FLAG("agents", "require_certificate", require_certificate, "no",
	"Refuse agents without a certificate inside the handshake."),
    TIME("agents", "refresh_interval", refresh_interval_ms, SECONDS_MS(10),
	DAYS_MS(7), "90min", "How often agents report by themselves."),
    TIME("agents", "certificate_lifetime", certificate_lifetime_ms,
	MINUTES_MS(1), DAYS_MS(825), "90d",
	"How long an agent's certificate is good."),
    FLAG("metrics", "remote", has_remote_metrics, "no",
	"Serve /metrics to other addresses than loopback, with a token."),
    TEXT("console", "bundle", console_bundle, 1024, "",
	"The file with the web console; empty: "
	"../share/warifu/console.bundle, seen from the program's folder."),
    TEXT("installer", "archive", installer_archive, 1024, "",
	"The archive of the agent that computers install; empty: "
	"../share/warifu/warifu-agent.tar.gz, seen from the program's folder."),
    CHOICE("database", "driver", database, DATABASES, "sqlite",
	"Which database holds the data."),
    TEXT("database", "path", database_path, 1024, "",
	"The SQLite file; empty: core/warifu.db in the state directory."),
    TEXT("database", "conninfo", database_conninfo, 4096, "",
	"How to reach PostgreSQL (libpq connection string)."),
    NUMBER("database", "connections", database_connections, 1, 64, "4",
	"Connections to the database for reading."),
    CHOICE("signer", "key_store", key_store, KEY_STORES, "file",
	"Where the signer's keys live."),
    TEXT("signer", "pkcs11_module", pkcs11_module, 1024, "",
	"The PKCS#11 module (an absolute path)."),
    TEXT("signer", "pkcs11_uri", pkcs11_uri, 2048, "",
	"The token of the keys (RFC 7512 URI, without a PIN)."),
    TEXT("signer", "passphrase_file", passphrase_file, 1024, "",
	"File (mode 0600) or systemd credential with the pass phrase or PIN "
	"of the keys."),
    NUMBER("limits", "connections", connections, 0, 4 << 20, "0",
	"Connections of the whole server; 0: what half of the memory holds at "
	"32 KiB each, at least 1024 and at most 131072. Descriptors may allow "
	"less; the log says so."),
    NUMBER("limits", "connections_per_address", connections_per_address, 0,
	1 << 20, "0",
	"Connections of one address to one gateway that have not shown a good "
	"agent certificate; 0: half of the gateway's."),
    NUMBER("limits", "handshakes", handshakes, 1, 10000, "128",
	"TLS handshakes in flight of one gateway; more wait."),
    NUMBER("limits", "remembered_checks", remembered_checks, 0, 1 << 20,
	"131072",
	"Agents' certificates whose chain a gateway remembers as checked, "
	"until any change of trust; 0: none."),
    TIME("limits", "handshake_timeout", handshake_timeout_ms, 100,
	MINUTES_MS(5), "10s", "The whole TLS handshake."),
    TIME("limits", "header_timeout", header_timeout_ms, 100, MINUTES_MS(5),
	"10s", "A whole request head."),
    TIME("limits", "body_timeout", body_timeout_ms, 100, HOURS_MS(6), "5min",
	"A whole request body."),
    NUMBER("limits", "body_rate", body_rate_bytes, 1, 1 << 30, "500",
	"Least bytes a second of a body that is being sent."),
    TIME("limits", "idle_timeout", idle_timeout_ms, 100, HOURS_MS(24), "60s",
	"A kept connection between two requests."),
    TIME("limits", "request_timeout", request_timeout_ms, 100, MINUTES_MS(30),
	"60s", "The answer to a request."),
    TIME("limits", "drain_timeout", drain_timeout_ms, 100, MINUTES_MS(30),
	"30s", "What an old process gets to finish after a reload."),
    NUMBER("limits", "workers", workers, 1, 256, "32",
	"Threads of the core that answer requests."),
    NUMBER("limits", "requests_held", requests_held, 0, 1 << 20, "20000",
	"Requests a gateway holds while the core restarts or is busy; agents "
	"and people each have so many."),
    NUMBER("limits", "body_memory", body_memory_mib, 0, 1 << 20, "0",
	"MiB of the bodies of requests and answers that are on their way "
	"through "
	"one gateway; 0: a sixteenth of the memory, shared by the gateways."),
    NUMBER("limits", "large_bodies", large_bodies_mib, 0, 1 << 20, "0",
	"MiB of large request bodies that core reads at once, each of which "
	"takes some ten times its size; 0: a 256th of the memory."),
    TIME("sessions", "timeout", session_timeout_ms, MINUTES_MS(1), DAYS_MS(30),
	"12h", "A session ends this long after sign-in."),
    TIME("sessions", "idle_timeout", session_idle_timeout_ms, SECONDS_MS(10),
	DAYS_MS(30), "30min", "A session ends after this long without use."),
    TIME("api_tokens", "longest_life", api_token_life_ms, DAYS_MS(1),
	DAYS_MS(3660), "366d", "The longest that an API token may work."),
    TIME("retention", "events", event_retention_ms, DAYS_MS(1), DAYS_MS(3660),
	"365d", "How long events are kept."),
    TIME("audit", "head_interval", audit_head_interval_ms, SECONDS_MS(1),
	DAYS_MS(1), "5min",
	"At the latest after so long the signer journals how far the audit "
	"log goes."),
    FLAG("local", "agent_bootstrap", has_agent_bootstrap, "no",
	"Write a one-time enrolment file for this computer's agent into the "
	"state directory (core/local-agent.json)."),
    FLAG("local", "report_token", has_report_token, "no",
	"Write a read-only API token for a report on this server into the "
	"state directory (core/local-report-token)."),
};

const struct config_option *
server_config_options(size_t *out_count)
{
	*out_count = array_length(OPTIONS);
	return OPTIONS;
}

static void
default_names(struct server_config *config)
{
	char addresses[DEFAULT_ADDRESSES_MAX][LISTEN_ADDRESS_SIZE];
	size_t count =
	    listen_default_addresses(addresses, DEFAULT_ADDRESSES_MAX);
	char host[256] = "";
	size_t used = 0;

	free(config->names);
	config->names = memory_array(count + 3, sizeof(*config->names));
	/* A computer may bear any name, also one that is none of DNS. */
	if (gethostname(host, sizeof(host) - 1) == 0 &&
	    host_name_is_valid(host))
		config->names[used++] = memory_string(host);
	if (strcmp(host, "localhost") != 0)
		config->names[used++] = memory_string("localhost");
	for (size_t i = 0; i < count; i++)
		config->names[used++] = memory_string(addresses[i]);
}

static bool
refuse(struct err *err, const char *sentence)
{
	return err_set_code(
	    err, ERR_MALFORMED, "configuration", "%s", sentence);
}

static bool
check_names(char *const *names, struct err *err)
{
	for (size_t i = 0; names[i] != NULL; i++)
		if (!host_name_is_valid(names[i]))
			return err_set_code(err, ERR_MALFORMED, "configuration",
			    "[server] names: \"%.80s\" names no host; allowed "
			    "are " HOST_NAME_ALLOWED,
			    names[i]);
	return true;
}

/* What depends on more than one option, or on what a text means. */
static bool
check_whole(const struct server_config *config, struct err *err)
{
	if (config->state_dir[0] != '/')
		return refuse(
		    err, "[server] state_dir must be an absolute path");
	if (!check_names(config->names, err))
		return false;
	if (config->http_port == config->https_port ||
	    config->http_port == config->agents_port ||
	    config->https_port == config->agents_port)
		return refuse(err,
		    "[http], [https] and [agents] need three different ports");
	if (config->connections < CONNECTIONS_LEAST && config->connections != 0)
		return refuse(
		    err, "[limits] connections must be 0 or at least 16");
	if (config->database == SERVER_DATABASE_POSTGRESQL &&
	    config->database_conninfo[0] == '\0')
		return refuse(
		    err, "[database] driver postgresql needs conninfo");
	if (config->key_store == SERVER_KEY_STORE_PKCS11 &&
	    (config->pkcs11_module[0] == '\0' || config->pkcs11_uri[0] == '\0'))
		return refuse(err,
		    "[signer] key_store pkcs11 needs pkcs11_module and "
		    "pkcs11_uri");
	return true;
}

static void
fill_gaps(struct server_config *config)
{
	struct capacity_machine machine;

	if (config->names[0] == NULL)
		default_names(config);
	capacity_measure(&machine);
	capacity_fill(config, &machine);
}

/* "SECTION.KEY=VALUE" of the command line. */
static bool
apply_setting(
    struct server_config *config, const char *setting, struct err *err)
{
	const char *dot = strchr(setting, '.');
	const char *equals = strchr(setting, '=');
	scoped(memory_freep) char *section = NULL;
	scoped(memory_freep) char *key = NULL;

	if (dot == NULL || equals == NULL || dot > equals)
		return err_set_code(err, ERR_MALFORMED, "configuration",
		    "command line: \"%s\" is not SECTION.KEY=VALUE", setting);
	section = memory_string_n(setting, (size_t)(dot - setting));
	key = memory_string_n(dot + 1, (size_t)(equals - dot - 1));
	return config_set(OPTIONS, array_length(OPTIONS), config,
	    "command line", section, key, equals + 1, err);
}

static bool
load(struct server_config *config, const char *path, char *const *settings,
    size_t setting_count, struct err *err)
{
	config_defaults(OPTIONS, array_length(OPTIONS), config);
	if (path != NULL &&
	    !config_load(OPTIONS, array_length(OPTIONS), config, path, err))
		return false;
	for (size_t i = 0; i < setting_count; i++)
		if (!apply_setting(config, settings[i], err))
			return false;
	fill_gaps(config);
	return check_whole(config, err);
}

bool
server_config_load(struct server_config *config, const char *path,
    char *const *settings, size_t setting_count, struct err *err)
{
	struct server_config fresh = {0};

	if (!load(&fresh, path, settings, setting_count, err)) {
		server_config_done(&fresh);
		return false;
	}
	*config = fresh;
	return true;
}

bool
server_config_parse(
    struct server_config *config, struct view text, struct err *err)
{
	struct server_config fresh = {0};

	config_defaults(OPTIONS, array_length(OPTIONS), &fresh);
	if (!config_parse(OPTIONS, array_length(OPTIONS), &fresh,
		"configuration", text, err) ||
	    !check_whole(&fresh, err)) {
		server_config_done(&fresh);
		return false;
	}
	*config = fresh;
	return true;
}

bool
server_config_print(
    const struct server_config *config, struct buf *out, struct err *err)
{
	return config_print(OPTIONS, array_length(OPTIONS), config, out, err);
}

void
server_config_done(struct server_config *config)
{
	config_done(OPTIONS, array_length(OPTIONS), config);
	memset(config, 0, sizeof(*config));
}
