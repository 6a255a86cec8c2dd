/* Counting failed attempts of strangers and of known devices. */
#include "server/core/api/lockout.h"

#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "crypto/digest.h"
#include "server/core/core.h"
#include "server/core/settings.h"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static struct throttle *by_account;
static struct throttle *by_address;
static struct throttle *by_pair; /* what an account failed at an address */
static struct throttle *by_device;

static void
make_throttles(void)
{
	by_account = throttle_new();
	by_address = throttle_new();
	by_pair = throttle_new();
	by_device = throttle_new();
}

/* By the id where there is one: names are compared by more rules than this. */
static void
account_key(const char *name, const struct store_user *user,
    char out[THROTTLE_KEY_SIZE])
{
	size_t i = 0;

	if (user != NULL) {
		snprintf(out, THROTTLE_KEY_SIZE, "user %s %lld", user->id,
		    (long long)user->unlocks);
		return;
	}
	snprintf(out, THROTTLE_KEY_SIZE, "name ");
	for (i = strlen(out); *name != '\0' && i < THROTTLE_KEY_SIZE - 1; i++)
		out[i] = (char)tolower((unsigned char)*name++);
	out[i] = '\0';
}

static void
digest_key(const char *one, const char *other, char out[THROTTLE_KEY_SIZE])
{
	scoped(memory_freep) char *text = memory_format("%s\n%s", one, other);

	digest_sha256_hex(view_string(text), out);
}

void
lockout_init(struct lockout *lockout, const struct request *request,
    const char *name, const struct store_user *user, const char *device)
{
	pthread_once(&once, make_throttles);
	memset(lockout, 0, sizeof(*lockout));
	lockout->request = request;
	account_key(name, user, lockout->account);
	throttle_address_key(request->address, lockout->address);
	digest_key(lockout->account, lockout->address, lockout->pair);
	if (user == NULL)
		return;
	if (device != NULL)
		digest_key(lockout->account, device, lockout->known);
	lockout->stored_until_ms =
	    lockout_stored_until(request->core, user, request->received_ms);
}

static struct throttle_rule
rule_of(const struct core *core, unsigned factor)
{
	return (struct throttle_rule){
	    (unsigned)settings_value(core, SETTING_LOCKOUT_ATTEMPTS) * factor,
	    settings_lockout_ms(core)};
}

int64_t
lockout_stored_until(
    const struct core *core, const struct store_user *user, int64_t now_ms)
{
	int64_t left = user->locked_until - now_ms;

	return left > 0 && left <= settings_lockout_ms(core)
	    ? user->locked_until
	    : 0;
}

static int64_t
larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t
lockout_left_ms(const struct lockout *lockout)
{
	struct throttle_rule rule = rule_of(lockout->request->core, 1);
	int64_t now = clock_monotonic_ms();
	int64_t left = 0;

	if (lockout->known[0] != '\0')
		return throttle_locked_ms(
		    by_device, lockout->known, &rule, now);
	if (lockout->stored_until_ms > 0)
		left = lockout->stored_until_ms - lockout->request->received_ms;
	left = larger(
	    left, throttle_locked_ms(by_account, lockout->account, &rule, now));
	return larger(
	    left, throttle_locked_ms(by_address, lockout->address, &rule, now));
}

enum lockout_step
lockout_fail(const struct lockout *lockout)
{
	const struct core *core = lockout->request->core;
	struct throttle_rule rule = rule_of(core, 1);
	struct throttle_rule rule_of_address =
	    rule_of(core, LOCKOUT_ADDRESS_FACTOR);
	int64_t now = clock_monotonic_ms();
	bool locks_address, locks_account;

	if (lockout->known[0] != '\0')
		return throttle_fail(by_device, lockout->known, &rule, now)
		    ? LOCKOUT_LOCKS_DEVICE
		    : LOCKOUT_COUNTED;
	/* By the address' rule: it locks nothing, it only counts. */
	throttle_fail(by_pair, lockout->pair, &rule_of_address, now);
	locks_address =
	    throttle_fail(by_address, lockout->address, &rule_of_address, now);
	locks_account = throttle_fail(by_account, lockout->account, &rule, now);
	return locks_account ? LOCKOUT_LOCKS_ACCOUNT
	    : locks_address  ? LOCKOUT_LOCKS_ADDRESS
			     : LOCKOUT_COUNTED;
}

void
lockout_succeed(const struct lockout *lockout)
{
	if (lockout->known[0] != '\0') {
		throttle_succeed(by_device, lockout->known);
		return;
	}
	throttle_succeed(by_account, lockout->account);
	throttle_forgive(by_address, lockout->address,
	    throttle_succeed(by_pair, lockout->pair));
}
