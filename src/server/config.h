/*
 * The server's configuration: what [section] key of warifu-server.conf ends up
 * in which member. config.c has the table with ranges, defaults and help; a new
 * option is a member here and a row there.
 *
 * Read by the supervisor, handed to every role as text. Read-only afterwards.
 */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/config.h"
#include "base/err.h"

enum server_database {
	SERVER_DATABASE_SQLITE,
	SERVER_DATABASE_POSTGRESQL,
};

enum server_fast_ec {
	SERVER_FAST_EC_AUTO, /* where this OpenSSL gains by it */
	SERVER_FAST_EC_OFF,
};

enum server_key_store {
	SERVER_KEY_STORE_FILE,
	SERVER_KEY_STORE_PKCS11,
};

struct server_config {
	/* [server] */
	char *state_dir;   /* absolute */
	char **names;      /* DNS names and addresses of the certificate */
	char **addresses;  /* to listen on; "*" is all */
	int64_t gateways;  /* 0 in the file: as capacity.h says */
	int64_t log_level; /* enum log_level */
	int64_t fast_ec;   /* enum server_fast_ec */
	/* [http] [https] [agents] */
	int64_t http_port;
	int64_t https_port;
	int64_t agents_port;
	bool require_certificate;
	int64_t refresh_interval_ms;
	int64_t certificate_lifetime_ms;
	bool has_remote_metrics; /* else /metrics from loopback only */
	/* [console] */
	char *console_bundle;    /* "": beside the programs */
	char *installer_archive; /* likewise */
	/* [database] */
	int64_t database;        /* enum server_database */
	char *database_path;     /* sqlite; "": warifu.db of core's directory */
	char *database_conninfo; /* postgresql (libpq) */
	int64_t database_connections;
	/* [signer] */
	int64_t key_store; /* enum server_key_store */
	char *pkcs11_module;
	char *pkcs11_uri;
	char *passphrase_file; /* read by the supervisor alone */
	/* [limits] */
	int64_t connections; /* of all gateways; 0 in the file: capacity.h */
	int64_t connections_per_address; /* 0: half of the gateway's */
	int64_t handshakes;              /* at the same time, of one gateway */
	int64_t remembered_checks;       /* of agents' chains, by one gateway */
	int64_t handshake_timeout_ms;
	int64_t header_timeout_ms;
	int64_t body_timeout_ms;
	int64_t body_rate_bytes; /* a second, at least */
	int64_t idle_timeout_ms;
	int64_t request_timeout_ms;
	int64_t drain_timeout_ms;
	int64_t workers;          /* of core */
	int64_t requests_held;    /* by a gateway while core is away */
	int64_t large_bodies_mib; /* read by core; 0 in the file: capacity.h */
	int64_t body_memory_mib; /* of one gateway; 0 in the file: capacity.h */
	/* [sessions] */
	int64_t api_token_life_ms;
	int64_t session_timeout_ms;
	int64_t session_idle_timeout_ms;
	/* [retention] */
	int64_t event_retention_ms;
	int64_t audit_head_interval_ms;
	/* [local]: what ./run asks for on first start */
	bool has_agent_bootstrap; /* STATE/core/local-agent.json, 0600 */
	bool has_report_token;    /* STATE/core/local-report-token, 0600 */
};

/* Defaults, the file at path (NULL: none), its drop-ins PATH.d, then settings
 * ("SECTION.KEY=VALUE") of the command line. ERR_MALFORMED says file, line and
 * what is allowed. */
must_use bool server_config_load(struct server_config *config, const char *path,
    char *const *settings, size_t setting_count, struct err *err);
/* From the text that server_config_print made. */
must_use bool server_config_parse(
    struct server_config *config, struct view text, struct err *err);
/* The whole configuration in force as a file, with help. No secret is in it. */
must_use bool server_config_print(
    const struct server_config *config, struct buf *out, struct err *err);
void server_config_done(struct server_config *config);
/* The options, for the manual and --help. */
must_use const struct config_option *server_config_options(size_t *out_count);

#endif
