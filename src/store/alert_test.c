/* Alerts that are kept, and the lists behind them, on both databases. */
#include "store/test_call.h"

#include <stdio.h>

#include "store/alert.h"

enum {
	NOW = 1000000,
	SOON = 15000, /* within so long */
	PART = 6,
};

CALL(begin, store_alert_begin(tx, a, *(const int64_t *)b, err))
CALL(end, store_alert_end(tx, a, err))
CALL(acknowledge, store_alert_acknowledge(tx, a, err))
CALL(check_in, store_computer_check_in(tx, a, err))
CALL(insert, store_certificate_insert(tx, a, VIEW_LITERAL("\x30\x00"), err))
CALL(revoke, store_certificate_mark_revoked(tx, a, 7, "lost", err))

static struct store_alert_list
alerts_now(void **state)
{
	struct store_reader *reader = open_reader(state);
	struct store_alert_list list;
	struct err err = ERR_INIT;

	assert_ok(store_alert_list(reader, &list, &err), &err);
	store_reader_close(reader);
	return list;
}

static void
an_alert_keeps_its_time_and_its_acknowledgement(void **state)
{
	struct store_alert seen = {.kind = "disk",
	    .acknowledged_at = 9,
	    .acknowledged_by = "hanako",
	    .acknowledged_severity = 2,
	    .acknowledged_count = 3};
	int64_t first = 5, later = 6;
	struct store_alert_list list;
	struct err err = ERR_INIT;

	assert_refused(do_write(state, acknowledge, &seen, NULL, &err), &err,
	    ERR_NOT_FOUND, "alert_not_found");
	err_reset(&err);
	assert_ok(do_write(state, begin, "disk", &first, &err), &err);
	assert_ok(do_write(state, begin, "clock", &first, &err), &err);
	assert_ok(do_write(state, acknowledge, &seen, NULL, &err), &err);
	assert_ok(do_write(state, begin, "disk", &later, &err), &err);
	list = alerts_now(state);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[0].kind, "clock");
	assert_int_equal(list.items[0].acknowledged_at, 0);
	assert_int_equal(list.items[1].since, 5);
	assert_string_equal(list.items[1].acknowledged_by, "hanako");
	assert_int_equal(list.items[1].acknowledged_count, 3);
	assert_ok(do_write(state, end, "disk", NULL, &err), &err);
	assert_ok(do_write(state, end, "disk", NULL, &err), &err);
	assert_int_equal(alerts_now(state).count, 1);
}

static void
give(void **state, const char *computer_id, const char *serial, int64_t from,
    int64_t until)
{
	struct store_certificate certificate = {.not_before = from,
	    .not_after = until,
	    .issued_at = from,
	    .profile = STORE_PROFILE_AGENT};
	struct err err = ERR_INIT;

	store_text_copy(certificate.serial, sizeof(certificate.serial), serial);
	store_text_copy(certificate.computer_id,
	    sizeof(certificate.computer_id), computer_id);
	snprintf(certificate.fingerprint, sizeof(certificate.fingerprint),
	    "print of %s", serial);
	assert_ok(do_write(state, insert, &certificate, NULL, &err), &err);
}

/* The names of those that fit, in every order the same ones; and as many are
 * counted. */
static void
assert_fit(void **state, struct store_computer_filter filter, const char *names)
{
	const struct store_page page = {.limit = 50};
	struct store_reader *reader = open_reader(state);
	struct err err = ERR_INIT;
	int64_t count = -1;

	for (int sort = 0; sort <= STORE_COMPUTER_BY_STATE; sort++) {
		struct store_computer_list list = {0};
		size_t length = 0;

		filter.sort = (enum store_computer_sort)sort;
		assert_ok(
		    store_computer_list(reader, &filter, &page, &list, &err),
		    &err);
		for (size_t i = 0; i < list.count; i++) {
			assert_non_null(strstr(names, list.items[i].name));
			length += strlen(list.items[i].name);
		}
		assert_int_equal(length, strlen(names));
		assert_ok(
		    store_computer_count(reader, &filter, &count, &err), &err);
		assert_int_equal(count, list.count);
		store_computer_list_done(&list);
	}
	store_reader_close(reader);
}

static void
check_in_as(void **state, const char *id, const char *version)
{
	struct store_check_in contact = {
	    .computer_id = id, .at = 5, .agent_version = version};
	struct err err = ERR_INIT;

	assert_ok(do_write(state, check_in, &contact, NULL, &err), &err);
}

static void
computers_are_found_by_the_end_of_their_certificate(void **state)
{
	const struct store_computer_filter ended = {.certificate_at = NOW};
	const struct store_computer_filter late = {.certificate_at = NOW,
	    .certificate_within_ms = SOON,
	    .certificate_part = PART};
	struct store_computer a = enrolled(state, "ppp");
	struct store_computer b = enrolled(state, "qqq");
	struct store_computer c = enrolled(state, "ccc");
	struct store_computer d = enrolled(state, "ddd");
	struct store_computer e = enrolled(state, "eee");
	struct store_computer_filter searched = ended, seen = late;
	struct err err = ERR_INIT;

	give(state, a.id, "01", NOW - 90000, NOW);
	give(state, b.id, "02", NOW - 89000, NOW + 1000);
	/* Young: a sixth of a short life is not left yet. */
	give(state, c.id, "03", NOW - 1000, NOW + 1000);
	/* Ended, and there is a newer one. */
	give(state, d.id, "04", NOW - 90000, NOW - 500);
	give(state, d.id, "05", NOW - 1000, NOW + 90000);
	give(state, e.id, "06", NOW - 90000, NOW - 5);
	assert_ok(do_write(state, revoke, "06", NULL, &err), &err);
	assert_fit(state, ended, "ppp");
	assert_fit(state, late, "qqq");
	/* No digits of an id, which is searched as well. */
	searched.text = "pp";
	assert_fit(state, searched, "ppp");
	searched.text = "qq";
	assert_fit(state, searched, "");
	seen.not_seen_since = 1;
	seen.states = 1u << STORE_COMPUTER_ACTIVE;
	assert_fit(state, seen, "qqq");
	seen.states = 1u << STORE_COMPUTER_RETIRED;
	assert_fit(state, seen, "");
}

static void
computers_are_found_by_agent_and_by_flags(void **state)
{
	struct store_computer a = enrolled(state, "ppp");
	struct store_computer b = enrolled(state, "qqq");
	struct store_computer_filter newer = {.agent_version = "9.8"};
	struct store_computer_filter flagged = {.is_flagged_only = true};

	check_in_as(state, a.id, "9.8");
	check_in_as(state, b.id, "9.8.1");
	assert_fit(state, newer, "ppp");
	assert_fit(state, flagged, "");
	newer.agent_version = "9";
	assert_fit(state, newer, "");
	(void)enrolled(state, "qqq");
	flagged.text = "qqq";
	assert_fit(state, flagged, "qqqqqq");
}

static void
locked_accounts_are_counted(void **state)
{
	struct store_reader *reader = open_reader(state);
	struct err err = ERR_INIT;
	int64_t count = -1;

	assert_ok(store_alert_count_locked(reader, NOW, &count, &err), &err);
	assert_int_equal(count, 0);
	store_reader_close(reader);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    ON_BOTH(an_alert_keeps_its_time_and_its_acknowledgement),
	    ON_BOTH(computers_are_found_by_the_end_of_their_certificate),
	    ON_BOTH(computers_are_found_by_agent_and_by_flags),
	    ON_BOTH(locked_accounts_are_counted),
	};

	return cmocka_run_group_tests(
	    TESTS, databases_setup, databases_teardown);
}
