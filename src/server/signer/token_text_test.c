/* Tokens as text, address ranges, nonces, and the two budgets. */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/clock.h"
#include "server/signer/command_budget.h"
#include "server/signer/nonce.h"
#include "server/signer/refusals.h"
#include "server/signer/token_text.h"

#define AGENT "0190f2a0-0000-7000-8000-000000000001"
#define OTHER "0190f2a0-0000-7000-8000-000000000002"

static void
what_is_no_token_has_no_hash(void **state)
{
	static const char *const wrong[] = {"", "wft_",
	    "wft_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "wft_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa1",
	    "wfx_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "wft_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	uint8_t hash[SIGNER_HASH_BYTES];

	for (size_t i = 0; i < array_length(wrong); i++)
		assert_false(token_text_hash(view_string(wrong[i]), hash));
}

static void
tokens_are_unlike_and_read_in_any_case(void **state)
{
	uint8_t one[SIGNER_HASH_BYTES];
	uint8_t two[SIGNER_HASH_BYTES];
	char first[SIGNER_TOKEN_SIZE];
	char second[SIGNER_TOKEN_SIZE];
	char typed[SIGNER_TOKEN_SIZE + 2];

	token_text_make(first);
	token_text_make(second);
	assert_int_equal(strlen(first), SIGNER_TOKEN_SIZE - 1);
	assert_string_not_equal(first, second);
	assert_true(token_text_hash(view_string(first), one));
	assert_true(token_text_hash(view_string(second), two));
	assert_memory_not_equal(one, two, sizeof(one));
	snprintf(typed, sizeof(typed), " %s ", first);
	for (char *c = typed; *c != '\0'; c++)
		*c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
	assert_true(token_text_hash(view_string(typed), two));
	assert_memory_equal(one, two, sizeof(one));
}

static void
ranges_that_are_none_are_refused(void **state)
{
	static const char *const wrong[] = {"", "10.0.0.0/33", "10.0.0/8",
	    "2001:db8::/129", "10.0.0.0/", "10.0.0.0/-1", "10.0.0.0/08", "x",
	    "10.0.0.0/8,10.0.0.0/8"};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(wrong); i++) {
		assert_false(token_range_check(view_string(wrong[i]), &err));
		assert_string_equal(err.code, "address_range");
	}
}

static void
ranges_hold_what_is_in_them_alone(void **state)
{
	static const struct {
		const char *ranges;
		const char *address;
		bool holds;
	} cases[] = {
	    {"10.0.0.0/8", "10.255.0.1", true},
	    {"10.0.0.0/8", "11.0.0.1", false},
	    {"10.0.0.0/8,192.0.2.0/24", "192.0.2.9", true},
	    {"192.0.2.128/25", "192.0.2.127", false},
	    {"192.0.2.128/25", "192.0.2.128", true},
	    {"192.0.2.7", "192.0.2.7", true},
	    {"192.0.2.7", "192.0.2.8", false},
	    {"0.0.0.0/0", "203.0.113.1", true},
	    {"0.0.0.0/0", "2001:db8::1", false},
	    {"192.0.2.0/24", "::ffff:192.0.2.5", true},
	    {"2001:db8::/33", "2001:db8:7fff::1", true},
	    {"2001:db8::/33", "2001:db8:8000::1", false},
	    {"2001:db8::/32", "", false},
	    {"", "192.0.2.7", false},
	};

	for (size_t i = 0; i < array_length(cases); i++)
		assert_int_equal(token_range_holds(view_string(cases[i].ranges),
				     view_string(cases[i].address)),
		    cases[i].holds);
}

static void
a_nonce_is_good_for_its_agent_and_hour_alone(void **state)
{
	struct secret *key = secret_random(32);
	struct secret *stranger = secret_random(32);
	int64_t now = DAYS_MS(20000);
	uint8_t bytes[NONCE_BYTES];
	struct view nonce = view_of(bytes, sizeof(bytes));

	nonce_make(key, AGENT, now, bytes);
	assert_true(nonce_is_good(key, AGENT, nonce, now));
	assert_true(nonce_is_good(key, AGENT, nonce, now + HOURS_MS(1)));
	assert_false(nonce_is_good(key, AGENT, nonce, now + HOURS_MS(1) + 1));
	assert_false(nonce_is_good(key, AGENT, nonce, now - HOURS_MS(1)));
	assert_false(nonce_is_good(key, OTHER, nonce, now));
	assert_false(nonce_is_good(stranger, AGENT, nonce, now));
	for (size_t n = 0; n < sizeof(bytes); n++) {
		assert_false(nonce_is_good(key, AGENT, view_of(bytes, n), now));
		bytes[n] ^= 1;
		assert_false(nonce_is_good(key, AGENT, nonce, now));
		bytes[n] ^= 1;
	}
	secret_free(key);
	secret_free(stranger);
}

static void
commands_are_limited_for_one_and_for_all(void **state)
{
	static struct command_budget budget;
	int64_t now = HOURS_MS(1);
	unsigned taken = 0;

	for (unsigned i = 0; i < COMMAND_BUDGET_TARGET; i++)
		assert_true(command_budget_take(&budget, 1, now));
	assert_false(command_budget_take(&budget, 1, now));
	for (uint32_t target = 2; command_budget_take(&budget, target, now);
	     target++)
		taken++;
	assert_int_equal(taken, COMMAND_BUDGET_ALL - COMMAND_BUDGET_TARGET);
	assert_false(command_budget_take(&budget, 5000, now + 1000));
	assert_true(command_budget_take(&budget, 1, now + MINUTES_MS(1)));
}

static void
refusals_are_told_at_once_then_ever_more_rarely(void **state)
{
	static struct refusals refusals;
	struct err err = ERR_INIT;
	unsigned entries = 0;

	err_set_code(&err, ERR_DENIED, "token_unknown", "no");
	/* A day of a hundred refusals a minute. */
	for (int64_t minute = 0; minute < 24 * 60; minute++) {
		int64_t now = MINUTES_MS(minute + 1);
		struct refusal *one;

		for (unsigned i = 0; i < 100; i++)
			refusals_add(&refusals, SIGNER_ENROL, &err, now, now);
		while ((one = refusals_due(&refusals, false, now)) != NULL) {
			if (entries == 0)
				assert_int_equal(one->count, 100);
			refusals_written(one, now);
			entries++;
		}
	}
	assert_in_range(entries, 24, 40);
	/* More kinds than there is room for are counted with the last. */
	for (unsigned i = 0; i < 2 * REFUSALS_KINDS_MAX; i++) {
		err_set_code(&err, ERR_DENIED, "x", "no");
		snprintf(err.code, sizeof(err.code), "code_%u", i);
		refusals_add(&refusals, SIGNER_ENROL, &err, 1, 1);
	}
	assert_int_equal(refusals.count, REFUSALS_KINDS_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_no_token_has_no_hash),
	    cmocka_unit_test(tokens_are_unlike_and_read_in_any_case),
	    cmocka_unit_test(ranges_that_are_none_are_refused),
	    cmocka_unit_test(ranges_hold_what_is_in_them_alone),
	    cmocka_unit_test(a_nonce_is_good_for_its_agent_and_hour_alone),
	    cmocka_unit_test(commands_are_limited_for_one_and_for_all),
	    cmocka_unit_test(refusals_are_told_at_once_then_ever_more_rarely),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
