/* The roles of the server, row by row. */
#include "server/role_table.h"

#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/memory.h"

const struct role_row ROLES[ROLE_COUNT] = {
    {
	.name = "signer",
	.id = IPC_SIGNER,
	.user = "warifu-signer",
	.directory = "signer",
	.calls = SANDBOX_BASE | SANDBOX_CHANNEL | SANDBOX_FILES | SANDBOX_WRITE,
	.calls_pkcs11 = SANDBOX_LOAD | SANDBOX_THREADS,
	.reads_system = false,
	.channels = "core",
    },
    {
	.name = "core",
	.id = IPC_CORE,
	.user = "warifu-core",
	.directory = "core",
	.calls = SANDBOX_BASE | SANDBOX_CHANNEL | SANDBOX_FILES |
	    SANDBOX_WRITE | SANDBOX_THREADS,
	.calls_postgresql = SANDBOX_CONNECT | SANDBOX_LOAD,
	.has_database = true,
	.reads_system = true,
	.channels = "gateway, signer",
    },
    {
	.name = "gateway",
	.id = IPC_GATEWAY,
	.user = "warifu-gateway",
	.directory = NULL,
	.calls = SANDBOX_BASE | SANDBOX_CHANNEL | SANDBOX_ACCEPT,
	.reads_system = false,
	.channels = "core",
    },
};

/* What libraries read: names, time zones, OpenSSL's settings, CA roots. */
static const struct sandbox_path SYSTEM_PATHS[] = {
    {"/etc", SANDBOX_READ},
    {"/usr/lib/ssl", SANDBOX_READ},
    {"/usr/share", SANDBOX_READ},
    {"/usr/lib", SANDBOX_EXECUTE},
    {"/lib", SANDBOX_EXECUTE},
    {"/dev/null", SANDBOX_READ},
    {"/dev/urandom", SANDBOX_READ},
    {"/proc/self", SANDBOX_READ},
    {"/proc/sys/kernel", SANDBOX_READ},
};

static const struct {
	unsigned set;
	const char *name;
} CALL_NAMES[] = {
    {SANDBOX_BASE, "base"},
    {SANDBOX_THREADS, "threads"},
    {SANDBOX_FILES, "files"},
    {SANDBOX_WRITE, "write"},
    {SANDBOX_CHANNEL, "channel"},
    {SANDBOX_ACCEPT, "accept"},
    {SANDBOX_CONNECT, "connect"},
    {SANDBOX_PROCESSES, "processes"},
    {SANDBOX_LOAD, "load"},
    {SANDBOX_NOTICE, "notice"},
};

const struct role_row *
role_row_find(const char *name)
{
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (strcmp(ROLES[i].name, name) == 0)
			return &ROLES[i];
	return NULL;
}

const struct role_row *
role_row_of(enum ipc_role id)
{
	for (size_t i = 0; i < ROLE_COUNT; i++)
		if (ROLES[i].id == id)
			return &ROLES[i];
	return NULL;
}

void
role_sandbox(const struct role_row *row, const struct server_config *config,
    const char *directory, const char *database,
    struct sandbox_path paths[ROLE_PATHS_MAX], struct sandbox *out)
{
	bool is_postgresql = config->database == SERVER_DATABASE_POSTGRESQL;
	bool is_pkcs11 = config->key_store == SERVER_KEY_STORE_PKCS11;
	struct sandbox sandbox = {
	    .name = row->name, .calls = row->calls, .paths = paths};
	size_t count = 0;

	if (is_postgresql)
		sandbox.calls |= row->calls_postgresql;
	if (is_pkcs11)
		sandbox.calls |= row->calls_pkcs11;
	sandbox.may_connect = (sandbox.calls & SANDBOX_CONNECT) != 0;
	/* A module reads and writes what its maker pleases. */
	sandbox.has_all_files = is_pkcs11 && row->calls_pkcs11 != 0;
	if (directory != NULL)
		paths[count++] =
		    (struct sandbox_path){directory, SANDBOX_READ_WRITE};
	if (row->has_database && database != NULL)
		paths[count++] =
		    (struct sandbox_path){database, SANDBOX_READ_WRITE};
	if (row->reads_system) {
		check(count + array_length(SYSTEM_PATHS) <= ROLE_PATHS_MAX);
		memcpy(paths + count, SYSTEM_PATHS, sizeof(SYSTEM_PATHS));
		count += array_length(SYSTEM_PATHS);
	}
	sandbox.path_count = count;
	*out = sandbox;
}

static void
put_calls(struct buf *text, const char *label, unsigned calls)
{
	struct err err = ERR_INIT;
	bool is_first = true;

	if (calls == 0)
		return;
	check(buf_append_format(text, &err, "  %s: ", label));
	for (size_t i = 0; i < array_length(CALL_NAMES); i++) {
		if ((calls & CALL_NAMES[i].set) == 0)
			continue;
		check(buf_append_format(text, &err, "%s%s",
		    is_first ? "" : ", ", CALL_NAMES[i].name));
		is_first = false;
	}
	check(buf_append_string(text, "\n", &err));
}

char *
role_table_text(void)
{
	struct buf text = BUF_INIT(16 * 1024);
	struct err err = ERR_INIT;
	char *result;

	for (size_t i = 0; i < ROLE_COUNT; i++) {
		const struct role_row *row = &ROLES[i];

		check(buf_append_format(&text, &err,
		    "%s\n  user: %s\n  directory: %s\n  channels: %s\n"
		    "  database: %s\n  reads the system: %s\n",
		    row->name, row->user,
		    row->directory != NULL ? row->directory : "none",
		    row->channels, row->has_database ? "yes" : "no",
		    row->reads_system ? "yes" : "no"));
		put_calls(&text, "calls", row->calls);
		put_calls(
		    &text, "calls with postgresql", row->calls_postgresql);
		put_calls(&text, "calls with pkcs11", row->calls_pkcs11);
	}
	result = view_to_string(buf_view(&text));
	buf_done(&text);
	return result;
}
