/*
 * The table of roles: user, directory, sandbox and limits of each process.
 *
 * tests/golden/roles.txt is this table printed; a test compares them, so that a
 * role's new right is seen in review.
 */
#ifndef SERVER_ROLE_TABLE_H
#define SERVER_ROLE_TABLE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "ipc/messages.h"
#include "os/sandbox.h"
#include "server/config.h"

enum {
	ROLE_COUNT = 3,
	ROLE_PATHS_MAX = 16,
};

struct role_row {
	const char *name;
	enum ipc_role id;
	const char *user;      /* when started by root */
	const char *directory; /* its own, in the state directory; or NULL */
	unsigned calls;        /* enum sandbox_calls */
	unsigned calls_postgresql; /* more where PostgreSQL is configured */
	unsigned calls_pkcs11;     /* more where a PKCS#11 module is */
	bool has_database;         /* opens the database itself */
	bool reads_system;         /* /etc, /usr, /proc/self: read only */
	const char *channels;      /* for the golden file */
};

/* In the order in which they are started. */
extern const struct role_row ROLES[ROLE_COUNT];

must_use const struct role_row *role_row_find(const char *name);
must_use const struct role_row *role_row_of(enum ipc_role id);

/* The sandbox of a role under a configuration: fills paths, which sandbox then
 * points to; both live as long as config. directory: the role's own, or NULL;
 * database: where the database file is, or NULL. */
void
role_sandbox(const struct role_row *row, const struct server_config *config,
    const char *directory, const char *database,
    struct sandbox_path paths[ROLE_PATHS_MAX], struct sandbox *out);
/* The table as text for the golden file; allocated. */
must_use char *role_table_text(void);

#endif
