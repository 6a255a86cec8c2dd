/* The start of a role process; for the program's main alone. */
#ifndef SERVER_ROLE_PRIVATE_H
#define SERVER_ROLE_PRIVATE_H

#include "server/role.h"

/* One role's program. prepare (may be NULL) runs before the user is dropped
 * and the sandbox entered: what a library must read or allocate once. */
struct role_program {
	enum ipc_role id;
	void (*prepare)(void);
	int (*main)(struct role *role);
};

/* The whole life of a process started as --role=…: returns its exit code. */
int role_run(int argc, char **argv, const struct role_program *programs,
    size_t program_count);
/* True when the arguments are those of a role. */
must_use bool role_is_asked(int argc, char **argv);

void role_open_control(struct role *role, int socket);

#endif
