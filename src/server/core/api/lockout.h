/*
 * Lock-out: who fails too often at proving who they are waits.
 *
 * Strangers are counted apart from devices that have proved it before for the
 * same user: a browser or a program that keeps the token it was given at a
 * sign-in (store/known_device.h), and a session that asks once more. So nobody
 * locks an account for its owner:
 *
 *   known device   counted for that device and that user alone
 *   stranger       counted for the account, from wherever they come, and for
 *                  the address (IPv6: its /64), LOCKOUT_ADDRESS_FACTOR times as
 *                  often; a success takes back what that account has failed at
 *                  that address, so colleagues behind one address who mistype
 * do not add up, and nobody clears the count by signing in
 *
 * A name without account is counted the same. The counts are in bounded memory;
 * a locked account is also in the database, which carries it over a restart and
 * into other processes. Whatever unlocks an account counts `unlocks` up, which
 * is part of the keys: counts from before are void everywhere. The limits are
 * settings (lockout_attempts, lockout_minutes). Worker threads of core.
 */
#ifndef SERVER_CORE_API_LOCKOUT_H
#define SERVER_CORE_API_LOCKOUT_H

#include "base/attributes.h"
#include "server/core/api/throttle.h"
#include "server/core/request.h"
#include "store/user.h"

enum {
	LOCKOUT_ADDRESS_FACTOR = 4,
};

/* One attempt. */
struct lockout {
	const struct request *request;
	char account[THROTTLE_KEY_SIZE];
	char address[THROTTLE_KEY_SIZE];
	char pair[THROTTLE_KEY_SIZE];
	char known[THROTTLE_KEY_SIZE]; /* "": a stranger */
	int64_t stored_until_ms;       /* wall clock, 0: not locked */
};

enum lockout_step {
	LOCKOUT_COUNTED,
	LOCKOUT_LOCKS_DEVICE,
	LOCKOUT_LOCKS_ADDRESS,
	LOCKOUT_LOCKS_ACCOUNT,
};

/* user: who has the name, or NULL. device: what it is known by, or NULL. */
void lockout_init(struct lockout *lockout, const struct request *request,
    const char *name, const struct store_user *user, const char *device);
/* Milliseconds until another attempt makes sense; 0: now. */
must_use int64_t lockout_left_ms(const struct lockout *lockout);
enum lockout_step lockout_fail(const struct lockout *lockout);
void lockout_succeed(const struct lockout *lockout);

/* Until when the user is locked for strangers, as of now; 0: not locked. One
 * that ends later than any lock lasts was written by a clock that was ahead: it
 * does not count. */
struct core;
must_use int64_t lockout_stored_until(
    const struct core *core, const struct store_user *user, int64_t now_ms);

#endif
