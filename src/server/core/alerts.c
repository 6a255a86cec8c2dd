/* Alerts gathered, kept, told. */
#include "server/core/alerts.h"

#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "ipc/signer_client.h"
#include "server/core/audit_verify.h"
#include "server/core/changes.h"
#include "server/core/core.h"
#include "server/core/facts.h"
#include "server/core/health.h"
#include "server/core/signer_link.h"
#include "store/alert.h"
#include "store/fleet.h"
#include "store/scope.h"
#include "store/setting.h"

static const char FIRST_BAD[] = "audit.first_bad";

struct alerts {
	atomic_bool is_audit_shorter;
	pthread_mutex_t looking;  /* one at a time asks */
	pthread_mutex_t mutex;    /* of all below, and never held for long */
	struct alert_facts whole; /* unscoped, as last looked at */
	int64_t looked_ms;        /* monotonic; 0: never */
	int64_t clock_offset_ms; /* wall clock before boot-time clock; 0: new */
	int64_t clock_step_ms;
	int64_t clock_stepped_at;
	bool is_kept; /* the table says what `kept` does */
	struct alert_set kept;
};

struct alerts *
alerts_new(void)
{
	struct alerts *alerts = memory_zeroed(sizeof(*alerts));

	check(pthread_mutex_init(&alerts->looking, NULL) == 0);
	check(pthread_mutex_init(&alerts->mutex, NULL) == 0);
	return alerts;
}

void
alerts_free(struct alerts *alerts)
{
	if (alerts == NULL)
		return;
	pthread_mutex_destroy(&alerts->looking);
	pthread_mutex_destroy(&alerts->mutex);
	free(alerts);
}

bool
alerts_filter(enum alert_kind kind, int64_t now_ms,
    struct store_computer_filter *out_filter)
{
	struct store_computer_filter filter = {
	    .states = 1u << STORE_COMPUTER_ACTIVE};

	switch (kind) {
	case ALERT_CERTIFICATE_EXPIRING:
		filter.certificate_within_ms = DAYS_MS(ALERT_EXPIRING_DAYS);
		filter.certificate_part = ALERT_EXPIRING_PART;
		filter.certificate_at = now_ms;
		break;
	case ALERT_CERTIFICATE_EXPIRED:
		filter.certificate_at = now_ms;
		break;
	case ALERT_NOT_SEEN:
		filter.not_seen_since = now_ms - DAYS_MS(ALERT_NOT_SEEN_DAYS);
		break;
	case ALERT_DUPLICATE:
		filter.is_flagged_only = true;
		break;
	case ALERT_SERVER_CERTIFICATE:
	case ALERT_SIGNER_AWAY:
	case ALERT_JOURNAL:
	case ALERT_AUDIT_CHAIN:
	case ALERT_DATABASE:
	case ALERT_DISK:
	case ALERT_CLOCK:
	case ALERT_ACCOUNT_LOCKED:
	case ALERT_KIND_COUNT:
		return false;
	}
	*out_filter = filter;
	return true;
}

static bool
count_computers(struct store_reader *reader, enum alert_kind kind,
    int64_t now_ms, int64_t *out_count, struct err *err)
{
	struct store_computer_filter filter;

	check(alerts_filter(kind, now_ms, &filter));
	return store_computer_count(reader, &filter, out_count, err);
}

/* The other one may be outside of the scope. */
static bool
count_duplicates(
    struct store_reader *reader, struct alert_facts *facts, struct err *err)
{
	facts->duplicates = 0;
	return store_reader_is_limited(reader) ||
	    count_computers(reader, ALERT_DUPLICATE, facts->now_ms,
		&facts->duplicates, err);
}

/* What the reader's scope has of it. */
static bool
count(struct store_reader *reader, struct alert_facts *facts, struct err *err)
{
	int64_t states[STORE_COMPUTER_STATE_COUNT];
	int64_t now_ms = facts->now_ms;

	if (!store_fleet_count_states(reader, states, err))
		return false;
	facts->managed = states[STORE_COMPUTER_ACTIVE];
	return count_computers(reader, ALERT_CERTIFICATE_EXPIRED, now_ms,
		   &facts->certificates_expired, err) &&
	    count_computers(reader, ALERT_CERTIFICATE_EXPIRING, now_ms,
		&facts->certificates_expiring, err) &&
	    count_computers(
		reader, ALERT_NOT_SEEN, now_ms, &facts->not_seen, err) &&
	    count_duplicates(reader, facts, err);
}

static void
ask_signer(struct core *core, struct alert_facts *facts)
{
	static const char *const JOURNALS[] = {
	    [SIGNER_OK] = "ok",
	    [SIGNER_JOURNAL_FULL] = "journal_full",
	    [SIGNER_JOURNAL_BROKEN] = "journal_broken",
	    [SIGNER_JOURNAL_ROLLED_BACK] = "journal_rolled_back",
	};
	static const struct signer_head nothing_seen;
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	struct signer_status status = {0};
	struct err err = ERR_INIT;

	facts->is_signer_away = !signer_link_is_attached(core->signer_link) ||
	    !signer_client_status(
		core->signer, &nothing_seen, &reply, &status, &err);
	if (!facts->is_signer_away)
		facts->journal = JOURNALS[status.health];
}

static void
ask_database(struct core *core, struct alert_facts *facts)
{
	struct err err = ERR_INIT;
	bool is_well = store_ping(core->store, &err) &&
	    store_ping_write(core->store, &err);

	facts->database = health_database_state(is_well, &err);
}

static void
ask_disk(const struct core *core, struct alert_facts *facts)
{
	struct statvfs disk;

	if (statvfs(core->state_directory, &disk) != 0)
		return;
	facts->disk_free_bytes = (int64_t)(disk.f_bavail * disk.f_frsize);
	facts->disk_total_bytes = (int64_t)(disk.f_blocks * disk.f_frsize);
}

/* The wall clock against the one that nobody sets. The mutex is held. */
static void
look_at_clock(struct alerts *alerts, struct alert_facts *facts)
{
	int64_t offset_ms = clock_wall_ms() - clock_boottime_ms();
	int64_t step_ms = offset_ms - alerts->clock_offset_ms;

	if (alerts->clock_offset_ms != 0 &&
	    (step_ms > ALERT_CLOCK_STEP_MS || step_ms < -ALERT_CLOCK_STEP_MS)) {
		alerts->clock_step_ms = step_ms;
		alerts->clock_stepped_at = facts->now_ms;
	}
	alerts->clock_offset_ms = offset_ms;
	facts->clock_step_ms = alerts->clock_step_ms;
	facts->clock_stepped_at = alerts->clock_stepped_at;
}

/* Everything about the whole server. */
static bool
look(struct core *core, struct alert_facts *out_facts, struct err *err)
{
	struct alerts *alerts = core->alerts;
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct alert_facts facts = {.now_ms = core_now_ms(core)};
	struct store_setting first_bad;
	struct facts known;

	ask_signer(core, &facts);
	ask_database(core, &facts);
	ask_disk(core, &facts);
	facts_get(core, &known);
	facts.server_certificate_ends_ms = known.server.not_after_ms;
	facts.is_audit_shorter = atomic_load(&alerts->is_audit_shorter);
	if (!store_reader_open(core->store, &reader, err) ||
	    !count(reader, &facts, err) ||
	    !store_alert_count_locked(
		reader, facts.now_ms, &facts.accounts_locked, err) ||
	    !store_setting_get(reader, FIRST_BAD, &first_bad, err))
		return false;
	facts.audit_first_bad = first_bad.integer;
	pthread_mutex_lock(&alerts->mutex);
	look_at_clock(alerts, &facts);
	alerts->whole = facts;
	alerts->looked_ms = clock_monotonic_ms();
	pthread_mutex_unlock(&alerts->mutex);
	*out_facts = facts;
	return true;
}

static bool
is_fresh(struct alerts *alerts, bool is_old_good, struct alert_facts *out_facts)
{
	bool is_good;

	pthread_mutex_lock(&alerts->mutex);
	is_good = alerts->looked_ms != 0 &&
	    (is_old_good ||
		clock_monotonic_ms() - alerts->looked_ms < ALERTS_FRESH_MS);
	if (is_good)
		*out_facts = alerts->whole;
	pthread_mutex_unlock(&alerts->mutex);
	return is_good;
}

/* While one asks (a signer may be slow to be found away) the others have what
 * was found last. */
static bool
whole_server(struct core *core, struct alert_facts *out_facts, struct err *err)
{
	struct alerts *alerts = core->alerts;
	bool is_fine;

	if (is_fresh(alerts, false, out_facts))
		return true;
	if (pthread_mutex_trylock(&alerts->looking) != 0) {
		if (is_fresh(alerts, true, out_facts))
			return true;
		pthread_mutex_lock(&alerts->looking);
	}
	is_fine =
	    is_fresh(alerts, false, out_facts) || look(core, out_facts, err);
	pthread_mutex_unlock(&alerts->looking);
	return is_fine;
}

bool
alerts_get(struct core *core, struct store_reader *scoped_reader,
    struct alert_set *out_set, struct err *err)
{
	struct alert_facts facts;

	if (!whole_server(core, &facts, err) ||
	    (scoped_reader != NULL && !count(scoped_reader, &facts, err)))
		return false;
	out_set->count = alert_judge(&facts, out_set->items);
	return true;
}

static bool
has_kind(const struct alert_set *set, const char *word)
{
	for (size_t i = 0; i < set->count; i++)
		if (strcmp(alert_kind_word(set->items[i].kind), word) == 0)
			return true;
	return false;
}

static bool
write_kinds(struct store_tx *tx, void *context, struct err *err)
{
	const struct alert_set *set = context;
	struct store_alert_list list;

	if (!store_alert_list(store_tx_reader(tx), &list, err))
		return false;
	for (size_t i = 0; i < set->count; i++)
		if (!store_alert_begin(tx, alert_kind_word(set->items[i].kind),
			clock_wall_ms(), err))
			return false;
	for (size_t i = 0; i < list.count; i++)
		if (!has_kind(set, list.items[i].kind) &&
		    !store_alert_end(tx, list.items[i].kind, err))
			return false;
	return true;
}

static bool
is_same(const struct alert *a, const struct alert *b)
{
	return a->kind == b->kind && a->severity == b->severity &&
	    a->count == b->count;
}

/* Whether the same kinds are there, and whether they say the same. */
static void
compare(struct alerts *alerts, const struct alert_set *set,
    bool *out_same_kinds, bool *out_same)
{
	const struct alert_set *kept = &alerts->kept;

	pthread_mutex_lock(&alerts->mutex);
	*out_same_kinds = alerts->is_kept && kept->count == set->count;
	*out_same = *out_same_kinds;
	for (size_t i = 0; *out_same_kinds && i < set->count; i++) {
		*out_same_kinds = kept->items[i].kind == set->items[i].kind;
		*out_same =
		    *out_same && is_same(&kept->items[i], &set->items[i]);
	}
	alerts->kept = *set;
	pthread_mutex_unlock(&alerts->mutex);
}

bool
alerts_keep(struct core *core, struct err *err)
{
	struct alerts *alerts = core->alerts;
	struct alert_facts facts;
	struct alert_set set;
	bool has_same_kinds, is_same_set, is_kept;

	if (!whole_server(core, &facts, err))
		return false;
	set.count = alert_judge(&facts, set.items);
	compare(alerts, &set, &has_same_kinds, &is_same_set);
	is_kept =
	    has_same_kinds || store_write(core->store, write_kinds, &set, err);
	pthread_mutex_lock(&alerts->mutex);
	alerts->is_kept = is_kept;
	pthread_mutex_unlock(&alerts->mutex);
	if (!is_same_set)
		changes_raise(core, TOPIC_ALERTS);
	return is_kept;
}

void
alerts_note_audit(struct core *core, bool is_shorter)
{
	if (core->alerts != NULL)
		atomic_store(&core->alerts->is_audit_shorter, is_shorter);
}

static bool
write_first_bad(struct store_tx *tx, void *context, struct err *err)
{
	const int64_t *row = context;
	struct store_setting setting = {.integer = *row,
	    .version = STORE_SETTING_ANY_VERSION,
	    .changed_at = clock_wall_ms()};

	store_text_copy(setting.key, sizeof(setting.key), FIRST_BAD);
	return store_setting_put(tx, &setting, err);
}

static bool
read_first_bad(struct core *core, int64_t *out_row, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_setting setting;

	if (!store_reader_open(core->store, &reader, err) ||
	    !store_setting_get(reader, FIRST_BAD, &setting, err))
		return false;
	*out_row = setting.integer;
	return true;
}

bool
alerts_note_verdict(
    struct core *core, const struct audit_verdict *verdict, struct err *err)
{
	int64_t known = 0, row = verdict->first_bad;

	if (!read_first_bad(core, &known, err))
		return false;
	if (verdict->fault == AUDIT_WHOLE) {
		/* Whoever verifies chooses the part. */
		if (known == 0 || verdict->from > known || verdict->to < known)
			return true;
		row = 0;
	}
	if (row == known)
		return true;
	return store_write(core->store, write_first_bad, &row, err);
}
