/*
 * Who a process runs as: look a user up, become that user for good and prove
 * it, keep a few capabilities and no more.
 */
#ifndef OS_CREDENTIALS_H
#define OS_CREDENTIALS_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attributes.h"
#include "base/err.h"

struct credentials {
	uid_t uid;
	gid_t gid;
};

must_use bool credentials_is_root(void); /* by the effective user */
/* ERR_NOT_FOUND, code "user_missing", with the command that makes the user. */
must_use bool
credentials_lookup(const char *user, struct credentials *out, struct err *err);
/* Become this user: no other groups, all capabilities gone from every set and
 * from the bounding set where it may, no_new_privs; then prove by trying that
 * neither root nor another user can be had back. Needs CAP_SETUID and
 * CAP_SETGID. ERR_SYSTEM: the process must end. */
must_use bool credentials_drop(const struct credentials *to, struct err *err);
/* Stay this user with nothing but these capabilities (linux/capability.h) in
 * the permitted, effective and bounding sets; count 0 gives all up. */
must_use bool credentials_keep_capabilities(
    const int *capabilities, size_t count, struct err *err);
/* no_new_privs and no capability, for a process that changes no user. */
must_use bool credentials_seal(struct err *err);
/* No core dumps and no ptrace by others of the same user. */
must_use bool credentials_set_undumpable(struct err *err);
/* Raise the limit of descriptors to at least wanted, as far as this process
 * may; what it is now. */
size_t credentials_raise_descriptors(size_t wanted);

#endif
