/* Alerts: from which facts on, how bad, and when one comes back. */
#include "policy/alert.h"

#include <string.h>

#include "base/cmocka_test.h"

#define NOW  INT64_C(1800000000000)
#define DAY  (INT64_C(24) * 60 * 60 * 1000)
#define HOUR (INT64_C(60) * 60 * 1000)

enum {
	NOTHING = -1
};

struct row {
	const char *says;
	struct alert_facts facts;
	int kind; /* NOTHING: no alert at all */
	enum alert_severity severity;
	int64_t count;
	const char *reason;
	int64_t value;
};

/* A golden table: a change here is a change of policy. */
static const struct row ROWS[] = {
    {"nothing is wrong", {.managed = 100}, NOTHING, 0, 0, "", 0},
    {"what is not known is no alert", {0}, NOTHING, 0, 0, "", 0},
    {"an agent's certificate has ended", {.certificates_expired = 1},
	ALERT_CERTIFICATE_EXPIRED, ALERT_CRITICAL, 1, "", 0},
    {"a renewal is late", {.managed = 100, .certificates_expiring = 1},
	ALERT_CERTIFICATE_EXPIRING, ALERT_WARNING, 1, "", 15},
    {"a fifth of the fleet is late",
	{.managed = 100, .certificates_expiring = 20},
	ALERT_CERTIFICATE_EXPIRING, ALERT_CRITICAL, 20, "", 15},
    {"nearly a fifth is not", {.managed = 100, .certificates_expiring = 19},
	ALERT_CERTIFICATE_EXPIRING, ALERT_WARNING, 19, "", 15},
    {"of a few computers one is a fifth", {.managed = 4, .not_seen = 4},
	ALERT_NOT_SEEN, ALERT_WARNING, 4, "", 7},
    {"a computer is not seen", {.managed = 50, .not_seen = 3}, ALERT_NOT_SEEN,
	ALERT_WARNING, 3, "", 7},
    {"a fifth of the fleet is not seen", {.managed = 10, .not_seen = 2},
	ALERT_NOT_SEEN, ALERT_CRITICAL, 2, "", 7},
    {"two computers have one identity", {.duplicates = 2}, ALERT_DUPLICATE,
	ALERT_WARNING, 2, "", 0},
    {"the server's certificate has 30 days",
	{.server_certificate_ends_ms = NOW + 30 * DAY}, NOTHING, 0, 0, "", 0},
    {"it has less", {.server_certificate_ends_ms = NOW + 30 * DAY - 1},
	ALERT_SERVER_CERTIFICATE, ALERT_WARNING, 1, "expiring", 29},
    {"it has a week", {.server_certificate_ends_ms = NOW + 7 * DAY},
	ALERT_SERVER_CERTIFICATE, ALERT_WARNING, 1, "expiring", 7},
    {"it has less than a week",
	{.server_certificate_ends_ms = NOW + 7 * DAY - 1},
	ALERT_SERVER_CERTIFICATE, ALERT_CRITICAL, 1, "expiring", 6},
    {"it has ended", {.server_certificate_ends_ms = NOW - 1},
	ALERT_SERVER_CERTIFICATE, ALERT_CRITICAL, 1, "expired", -1},
    {"the signer is away", {.is_signer_away = true}, ALERT_SIGNER_AWAY,
	ALERT_CRITICAL, 1, "", 0},
    {"nobody knows of its journal then",
	{.is_signer_away = true, .journal = "journal_broken"},
	ALERT_SIGNER_AWAY, ALERT_CRITICAL, 1, "", 0},
    {"the journal is broken", {.journal = "journal_broken"}, ALERT_JOURNAL,
	ALERT_CRITICAL, 1, "journal_broken", 0},
    {"the journal is shorter than a head of it",
	{.journal = "journal_rolled_back"}, ALERT_JOURNAL, ALERT_CRITICAL, 1,
	"journal_rolled_back", 0},
    {"the journal is well", {.journal = "ok"}, NOTHING, 0, 0, "", 0},
    {"the audit log lost its end", {.is_audit_shorter = true},
	ALERT_AUDIT_CHAIN, ALERT_CRITICAL, 1, "shorter", 0},
    {"a verification found a row", {.audit_first_bad = 17}, ALERT_AUDIT_CHAIN,
	ALERT_CRITICAL, 1, "fault", 17},
    {"the database is well", {.database = "ok"}, NOTHING, 0, 0, "", 0},
    {"the database is full", {.database = "full"}, ALERT_DATABASE,
	ALERT_CRITICAL, 1, "full", 0},
    {"the database is busy", {.database = "busy"}, ALERT_DATABASE,
	ALERT_WARNING, 1, "busy", 0},
    {"a tenth of the disk is free",
	{.disk_free_bytes = 100, .disk_total_bytes = 1000}, NOTHING, 0, 0, "",
	0},
    {"less of it is", {.disk_free_bytes = 99, .disk_total_bytes = 1000},
	ALERT_DISK, ALERT_WARNING, 1, "", 9},
    {"hardly any of it is", {.disk_free_bytes = 29, .disk_total_bytes = 1000},
	ALERT_DISK, ALERT_CRITICAL, 1, "", 2},
    {"a disk of a few bytes", {.disk_free_bytes = 0, .disk_total_bytes = 1},
	ALERT_DISK, ALERT_CRITICAL, 1, "", 0},
    {"the clock was set back",
	{.clock_step_ms = -3600 * 1000, .clock_stepped_at = NOW - HOUR},
	ALERT_CLOCK, ALERT_WARNING, 1, "back", -3600},
    {"a day ago", {.clock_step_ms = 90000, .clock_stepped_at = NOW - DAY},
	NOTHING, 0, 0, "", 0},
    {"an account is locked", {.accounts_locked = 1}, ALERT_ACCOUNT_LOCKED,
	ALERT_NOTICE, 1, "", 0},
    {"many are", {.accounts_locked = 3}, ALERT_ACCOUNT_LOCKED, ALERT_WARNING, 3,
	"", 0},
};

static void
each_fact_is_judged_as_the_table_says(void **state)
{
	for (size_t i = 0; i < array_length(ROWS); i++) {
		const struct row *row = &ROWS[i];
		struct alert_facts facts = row->facts;
		struct alert alerts[ALERT_KIND_COUNT];
		size_t count;

		facts.now_ms = NOW;
		count = alert_judge(&facts, alerts);
		if (count != (row->kind != NOTHING) ||
		    (count == 1 && (int)alerts[0].kind != row->kind))
			fail_msg("%s: %zu", row->says, count);
		if (count == 0)
			continue;
		assert_int_equal(alerts[0].severity, row->severity);
		assert_int_equal(alerts[0].count, row->count);
		assert_string_equal(alerts[0].reason, row->reason);
		assert_int_equal(alerts[0].value, row->value);
	}
}

static void
all_of_it_at_once(void **state)
{
	const struct alert_facts facts = {.now_ms = NOW,
	    .certificates_expired = 1,
	    .certificates_expiring = 1,
	    .not_seen = 1,
	    .duplicates = 1,
	    .accounts_locked = 1,
	    .server_certificate_ends_ms = NOW,
	    .journal = "journal_full",
	    .is_audit_shorter = true,
	    .database = "full",
	    .disk_total_bytes = 1000,
	    .clock_step_ms = 100000,
	    .clock_stepped_at = NOW};
	struct alert alerts[ALERT_KIND_COUNT];

	assert_int_equal(alert_judge(&facts, alerts), ALERT_KIND_COUNT - 1);
	for (size_t i = 1; i < ALERT_KIND_COUNT - 1; i++)
		assert_true(alerts[i].kind > alerts[i - 1].kind);
}

static void
an_acknowledged_alert_comes_back_when_it_gets_worse(void **state)
{
	struct alert alert = {.severity = ALERT_WARNING, .count = 5};

	assert_true(alert_is_covered(&alert, ALERT_WARNING, 5));
	assert_true(alert_is_covered(&alert, ALERT_WARNING, 6));
	assert_true(alert_is_covered(&alert, ALERT_CRITICAL, 5));
	assert_false(alert_is_covered(&alert, ALERT_WARNING, 4));
	assert_false(alert_is_covered(&alert, ALERT_NOTICE, 9));
}

static void
each_kind_has_a_word_of_its_own(void **state)
{
	enum alert_kind kind;

	for (size_t i = 0; i < ALERT_KIND_COUNT; i++) {
		assert_true(alert_kind_parse(
		    alert_kind_word((enum alert_kind)i), &kind));
		assert_int_equal(kind, i);
		assert_true(alert_kind_module(kind) < POLICY_MODULE_COUNT);
	}
	assert_false(alert_kind_parse("", &kind));
	assert_false(alert_kind_parse("clocks", &kind));
	assert_string_equal(alert_severity_word(ALERT_CRITICAL), "critical");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_fact_is_judged_as_the_table_says),
	    cmocka_unit_test(all_of_it_at_once),
	    cmocka_unit_test(
		an_acknowledged_alert_comes_back_when_it_gets_worse),
	    cmocka_unit_test(each_kind_has_a_word_of_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
