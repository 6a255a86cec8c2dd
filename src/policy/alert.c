/* Each kind of alert: whether there is one, and how bad it is. */
#include "policy/alert.h"

#include <string.h>

enum {
	DAY_MS = 24 * 60 * 60 * 1000,
	HOUR_MS = 60 * 60 * 1000,
};

static enum alert_severity
severity_of_part(const struct alert_facts *facts, int64_t count)
{
	return facts->managed >= ALERT_FLEET_MIN &&
		count * ALERT_PART_OF_FLEET >= facts->managed
	    ? ALERT_CRITICAL
	    : ALERT_WARNING;
}

static bool
judge_expired(const struct alert_facts *facts, struct alert *out)
{
	out->severity = ALERT_CRITICAL;
	out->count = facts->certificates_expired;
	return out->count > 0;
}

static bool
judge_expiring(const struct alert_facts *facts, struct alert *out)
{
	out->severity = severity_of_part(facts, facts->certificates_expiring);
	out->count = facts->certificates_expiring;
	out->value = ALERT_EXPIRING_DAYS;
	return out->count > 0;
}

static bool
judge_not_seen(const struct alert_facts *facts, struct alert *out)
{
	out->severity = severity_of_part(facts, facts->not_seen);
	out->count = facts->not_seen;
	out->value = ALERT_NOT_SEEN_DAYS;
	return out->count > 0;
}

static bool
judge_duplicate(const struct alert_facts *facts, struct alert *out)
{
	out->severity = ALERT_WARNING;
	out->count = facts->duplicates;
	return out->count > 0;
}

/* Whole days, rounded down: 0 on the last one, negative once it is over. */
static int64_t
days_between(int64_t from_ms, int64_t to_ms)
{
	int64_t span = to_ms - from_ms;

	return span >= 0 ? span / DAY_MS : -((-span + DAY_MS - 1) / DAY_MS);
}

static bool
judge_server_certificate(const struct alert_facts *facts, struct alert *out)
{
	if (facts->server_certificate_ends_ms == 0)
		return false;
	out->value =
	    days_between(facts->now_ms, facts->server_certificate_ends_ms);
	out->severity = out->value < ALERT_SERVER_CERTIFICATE_LAST_DAYS
	    ? ALERT_CRITICAL
	    : ALERT_WARNING;
	out->reason = out->value < 0 ? "expired" : "expiring";
	return out->value < ALERT_SERVER_CERTIFICATE_DAYS;
}

static bool
judge_signer(const struct alert_facts *facts, struct alert *out)
{
	out->severity = ALERT_CRITICAL;
	return facts->is_signer_away;
}

static bool
is_trouble(const char *state)
{
	return state != NULL && state[0] != '\0' && strcmp(state, "ok") != 0;
}

/* One that is full works again by itself. */
static bool
judge_journal(const struct alert_facts *facts, struct alert *out)
{
	if (facts->is_signer_away || !is_trouble(facts->journal))
		return false;
	out->severity = ALERT_CRITICAL;
	out->reason = facts->journal;
	return true;
}

static bool
judge_audit(const struct alert_facts *facts, struct alert *out)
{
	out->severity = ALERT_CRITICAL;
	out->value = facts->audit_first_bad;
	out->reason = facts->is_audit_shorter ? "shorter" : "fault";
	return facts->is_audit_shorter || facts->audit_first_bad != 0;
}

static bool
judge_database(const struct alert_facts *facts, struct alert *out)
{
	if (!is_trouble(facts->database))
		return false;
	out->severity = strcmp(facts->database, "busy") == 0 ? ALERT_WARNING
							     : ALERT_CRITICAL;
	out->reason = facts->database;
	return true;
}

static bool
judge_disk(const struct alert_facts *facts, struct alert *out)
{
	if (facts->disk_total_bytes <= 0)
		return false;
	out->value =
	    facts->disk_free_bytes / ((facts->disk_total_bytes + 99) / 100);
	out->severity = out->value < ALERT_DISK_LAST_PERCENT ? ALERT_CRITICAL
							     : ALERT_WARNING;
	return out->value < ALERT_DISK_PERCENT;
}

static bool
judge_clock(const struct alert_facts *facts, struct alert *out)
{
	int64_t age_ms = facts->now_ms - facts->clock_stepped_at;

	out->severity = ALERT_WARNING;
	out->value = facts->clock_step_ms / 1000;
	out->reason = facts->clock_step_ms < 0 ? "back" : "ahead";
	return facts->clock_stepped_at != 0 &&
	    age_ms < (int64_t)ALERT_CLOCK_HOURS * HOUR_MS;
}

static bool
judge_locked(const struct alert_facts *facts, struct alert *out)
{
	out->count = facts->accounts_locked;
	out->severity =
	    out->count >= ALERT_LOCKED_MANY ? ALERT_WARNING : ALERT_NOTICE;
	return out->count > 0;
}

/* The functions in the order of the kinds. */
static bool (*const JUDGES[ALERT_KIND_COUNT])(
    const struct alert_facts *facts, struct alert *out) = {
    [ALERT_CERTIFICATE_EXPIRED] = judge_expired,
    [ALERT_CERTIFICATE_EXPIRING] = judge_expiring,
    [ALERT_NOT_SEEN] = judge_not_seen,
    [ALERT_DUPLICATE] = judge_duplicate,
    [ALERT_SERVER_CERTIFICATE] = judge_server_certificate,
    [ALERT_SIGNER_AWAY] = judge_signer,
    [ALERT_JOURNAL] = judge_journal,
    [ALERT_AUDIT_CHAIN] = judge_audit,
    [ALERT_DATABASE] = judge_database,
    [ALERT_DISK] = judge_disk,
    [ALERT_CLOCK] = judge_clock,
    [ALERT_ACCOUNT_LOCKED] = judge_locked,
};

static const struct {
	const char *word;
	enum policy_module module;
} KINDS[ALERT_KIND_COUNT] = {
#define KIND_ROW(name, word, module) [ALERT_##name] = {word, module},
    ALERT_KINDS(KIND_ROW)
#undef KIND_ROW
};

size_t
alert_judge(const struct alert_facts *facts, struct alert out[ALERT_KIND_COUNT])
{
	size_t count = 0;

	for (size_t i = 0; i < ALERT_KIND_COUNT; i++) {
		struct alert alert = {
		    .kind = (enum alert_kind)i, .count = 1, .reason = ""};

		if (JUDGES[i](facts, &alert))
			out[count++] = alert;
	}
	return count;
}

bool
alert_is_covered(
    const struct alert *alert, enum alert_severity severity, int64_t count)
{
	return alert->severity <= severity && alert->count <= count;
}

const char *
alert_kind_word(enum alert_kind kind)
{
	return KINDS[kind].word;
}

bool
alert_kind_parse(const char *word, enum alert_kind *out_kind)
{
	for (size_t i = 0; i < ALERT_KIND_COUNT; i++) {
		if (strcmp(KINDS[i].word, word) != 0)
			continue;
		*out_kind = (enum alert_kind)i;
		return true;
	}
	return false;
}

enum policy_module
alert_kind_module(enum alert_kind kind)
{
	return KINDS[kind].module;
}

const char *
alert_severity_word(enum alert_severity severity)
{
	static const char *const WORDS[] = {
	    [ALERT_NOTICE] = "notice",
	    [ALERT_WARNING] = "warning",
	    [ALERT_CRITICAL] = "critical",
	};

	return WORDS[severity];
}
