/* Refused attempts, counted by the minute so that nobody fills the disk. */
#include <pthread.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "server/core/api/throttle.h"
#include "server/core/audit.h"
#include "server/core/changes.h"
#include "server/core/core.h"
#include "store/store.h"

enum {
	KINDS_MAX = 512, /* counted at once; more count together */
	WINDOW_MS = 60 * 1000,
};

/* Attempts that are told of in one row. */
struct kind {
	struct kind *next;
	char *key;
	struct store_audit_row row; /* the latest one */
	int64_t since_ms;           /* monotonic: when one was written last */
	int64_t waiting;            /* attempts that no row tells of yet */
	bool is_written;            /* now, by some thread */
};

struct audit_refusals {
	pthread_mutex_t mutex;
	struct kind *kinds;
	size_t count;
	int64_t minute_ms; /* monotonic: when this minute of strangers began */
	unsigned strangers;
};

struct audit_refusals *
audit_refusals_new(void)
{
	struct audit_refusals *refusals = memory_zeroed(sizeof(*refusals));

	check(pthread_mutex_init(&refusals->mutex, NULL) == 0);
	return refusals;
}

static void
kind_free(struct kind *kind)
{
	free(kind->key);
	free(kind);
}

void
audit_refusals_free(struct audit_refusals *refusals)
{
	struct kind *kind;

	if (refusals == NULL)
		return;
	while ((kind = refusals->kinds) != NULL) {
		refusals->kinds = kind->next;
		kind_free(kind);
	}
	pthread_mutex_destroy(&refusals->mutex);
	free(refusals);
}

static bool
is_stranger(const struct store_audit_row *row)
{
	return strcmp(row->actor_kind,
		   store_audit_actor_name(STORE_AUDIT_ACTOR_STRANGER)) == 0;
}

static char *
key_of(const struct store_audit_row *row)
{
	char address[THROTTLE_KEY_SIZE];

	throttle_address_key(row->address, address);
	return memory_format("%s\n%s\n%s\n%s\n%s\n%s", row->action, row->code,
	    row->outcome, row->actor_kind, row->actor_id, address);
}

static struct kind *
find_kind(struct audit_refusals *refusals, const char *key)
{
	struct kind *kind = refusals->kinds;

	while (kind != NULL && strcmp(kind->key, key) != 0)
		kind = kind->next;
	return kind;
}

/* Takes the key. */
static struct kind *
add_kind(struct audit_refusals *refusals, char *key, int64_t now_ms)
{
	struct kind *kind = memory_zeroed(sizeof(*kind));

	kind->key = key;
	kind->since_ms = now_ms - WINDOW_MS;
	kind->next = refusals->kinds;
	refusals->kinds = kind;
	refusals->count++;
	return kind;
}

/* Is there a row of its own for one more kind? */
static bool
may_add(struct audit_refusals *refusals, const struct store_audit_row *row,
    int64_t now_ms)
{
	if (refusals->count >= KINDS_MAX)
		return false;
	if (!is_stranger(row))
		return true;
	if (now_ms - refusals->minute_ms >= WINDOW_MS) {
		refusals->minute_ms = now_ms;
		refusals->strangers = 0;
	}
	return refusals->strangers++ < AUDIT_STRANGERS_A_MINUTE;
}

/* What is left of an attempt that is counted with everybody's: what and why. */
static void
make_common(struct store_audit_row *row)
{
	row->actor_id[0] = '\0';
	row->actor_name[0] = '\0';
	row->target_id[0] = '\0';
	row->target_name[0] = '\0';
	row->target_kind[0] = '\0';
	row->address[0] = '\0';
	row->value_before[0] = '\0';
	row->value_after[0] = '\0';
}

static struct kind *
kind_of(struct audit_refusals *refusals, struct store_audit_row *row,
    int64_t now_ms)
{
	scoped(memory_freep) char *key = key_of(row);
	struct kind *kind = find_kind(refusals, key);

	if (kind != NULL)
		return kind;
	if (may_add(refusals, row, now_ms))
		return add_kind(refusals, take(key), now_ms);
	make_common(row);
	if (refusals->count >= KINDS_MAX)
		store_text_copy(row->code, sizeof(row->code), "various");
	free(key);
	key = key_of(row);
	kind = find_kind(refusals, key);
	return kind != NULL ? kind : add_kind(refusals, take(key), now_ms);
}

/* Mutex held. Whether the kind's row is to be written now; then it is this
 * thread's until finish(). */
static bool
begin(struct kind *kind, int64_t now_ms, bool all,
    struct store_audit_row *out_row)
{
	if (kind->waiting == 0 || kind->is_written ||
	    (!all && now_ms - kind->since_ms < WINDOW_MS))
		return false;
	kind->is_written = true;
	*out_row = kind->row;
	out_row->occurrences = kind->waiting;
	return true;
}

static void
finish(struct kind *kind, int64_t written)
{
	kind->is_written = false;
	kind->since_ms = clock_monotonic_ms();
	kind->waiting -= written;
}

static bool
append(struct store_tx *tx, void *context, struct err *err)
{
	return store_audit_append(tx, context, err);
}

/* The mutex is released meanwhile; a kind that is being written stays. */
static bool
write_row(struct core *core, struct kind *kind, struct store_audit_row *row,
    struct err *err)
{
	struct audit_refusals *refusals = core->audit_refusals;
	int64_t count = row->occurrences;
	bool is_ok;

	pthread_mutex_unlock(&refusals->mutex);
	is_ok = store_write(core->store, append, row, err);
	pthread_mutex_lock(&refusals->mutex);
	finish(kind, is_ok ? count : 0);
	if (is_ok)
		changes_raise(core, TOPIC_AUDIT);
	return is_ok;
}

static enum store_audit_outcome
outcome_of(const struct err *err)
{
	return err->category == ERR_SYSTEM || err->category == ERR_UNCERTAIN
	    ? STORE_AUDIT_OUTCOME_FAILED
	    : STORE_AUDIT_OUTCOME_REFUSED;
}

/* A gateway that was taken over may say anything. */
static bool
is_code(const char *code)
{
	return code[0] != '\0' &&
	    code[strspn(code, "abcdefghijklmnopqrstuvwxyz0123456789_")] == '\0';
}

void
audit_refuse(struct core *core, struct audit *audit, const struct err *err)
{
	struct audit_refusals *refusals = core->audit_refusals;
	int64_t now_ms = clock_monotonic_ms();
	struct store_audit_row row = audit->row;
	struct err unwritten = ERR_INIT;
	struct kind *kind;

	store_text_copy(row.outcome, sizeof(row.outcome),
	    store_audit_outcome_name(outcome_of(err)));
	store_text_copy(row.code, sizeof(row.code),
	    is_code(err->code) ? err->code : "unnamed");
	row.at = core_now_ms(core);
	pthread_mutex_lock(&refusals->mutex);
	kind = kind_of(refusals, &row, now_ms);
	kind->row = row;
	kind->waiting += audit->row.occurrences;
	/* Housekeeping writes what cannot be written now. */
	if (store_may_write(core->store, &unwritten) &&
	    begin(kind, now_ms, false, &row))
		ignore_result(write_row(core, kind, &row, &unwritten));
	pthread_mutex_unlock(&refusals->mutex);
}

/* Forget what nobody tries any more. */
static void
forget_quiet(struct audit_refusals *refusals, int64_t now_ms)
{
	struct kind **at = &refusals->kinds;

	while (*at != NULL) {
		struct kind *kind = *at;

		if (kind->waiting > 0 || kind->is_written ||
		    now_ms - kind->since_ms < WINDOW_MS) {
			at = &kind->next;
			continue;
		}
		*at = kind->next;
		refusals->count--;
		kind_free(kind);
	}
}

bool
audit_refusals_write(struct core *core, bool all, struct err *err)
{
	struct audit_refusals *refusals = core->audit_refusals;
	int64_t now_ms = clock_monotonic_ms();
	struct store_audit_row row;
	bool is_ok = true;

	pthread_mutex_lock(&refusals->mutex);
	/* One caller at a time forgets kinds, so that `kind` stays. */
	for (struct kind *kind = refusals->kinds; kind != NULL && is_ok;
	     kind = kind->next)
		if (begin(kind, now_ms, all, &row))
			is_ok = write_row(core, kind, &row, err);
	forget_quiet(refusals, now_ms);
	pthread_mutex_unlock(&refusals->mutex);
	return is_ok;
}
