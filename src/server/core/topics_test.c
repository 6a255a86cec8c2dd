/* Topics: who hears of what, how often, and in which words. */
#include "server/core/topics.h"

#include <string.h>

#include "base/cmocka_test.h"

#define BIT(topic) ((topic_set)1 << TOPIC_##topic)

static const struct policy_levels *
levels_of(const char *role)
{
	for (size_t i = 0; i < POLICY_ROLE_COUNT; i++)
		if (strcmp(POLICY_ROLES[i].word, role) == 0)
			return &POLICY_ROLES[i].levels;
	fail();
	return NULL;
}

static void
a_role_hears_of_what_it_may_read_alone(void **state)
{
	const topic_set all = ((topic_set)1 << TOPIC_COUNT) - 1;
	const struct policy_levels nothing = {{POLICY_NONE}};

	assert_int_equal(
	    topics_readable(levels_of("administrator"), false), all);
	assert_int_equal(topics_readable(levels_of("technician"), false),
	    all & ~(BIT(USERS) | BIT(API_TOKENS) | BIT(SECURITY) | BIT(AUDIT)));
	assert_int_equal(topics_readable(levels_of("guest"), false),
	    BIT(COMPUTERS) | BIT(PRESENCE) | BIT(INVENTORY) | BIT(SOFTWARE) |
		BIT(OFFICES) | BIT(ALERTS));
	assert_int_equal(topics_readable(&nothing, false), BIT(ALERTS));
}

static void
a_scope_takes_what_concerns_the_whole_server(void **state)
{
	topic_set heard = topics_readable(levels_of("administrator"), true);

	assert_int_equal(
	    heard & (BIT(USERS) | BIT(API_TOKENS) | BIT(SECURITY) | BIT(AUDIT)),
	    0);
	assert_int_equal(heard & BIT(COMPUTERS), BIT(COMPUTERS));
	/* Of the rest it shows a part, or it is the same for everybody. */
	assert_int_equal(heard & ~TOPICS_NARROWED, BIT(SETTINGS));
}

static void
an_operation_changes_what_its_module_is_about(void **state)
{
	assert_int_equal(topics_of_module(POLICY_OFFICES), BIT(OFFICES));
	assert_int_equal(topics_of_module(POLICY_COMPUTERS), BIT(COMPUTERS));
	assert_int_equal(
	    topics_of_module(POLICY_OWN), BIT(USERS) | BIT(API_TOKENS));
	assert_int_equal(topics_of_module(POLICY_PUBLIC), 0);
}

static void
what_was_still_is_told_at_once(void **state)
{
	struct topics_pace pace = {0};

	assert_int_equal(topics_due(&pace, 0, 500), 0);
	assert_int_equal(topics_due(&pace, BIT(OFFICES), 1000), BIT(OFFICES));
	assert_int_equal(topics_due(&pace, 0, 5000), 0);
	assert_int_equal(topics_due(&pace, BIT(OFFICES), 9000), BIT(OFFICES));
}

/* A fleet that checks in all the time: no topic rests longer than the maximum,
 * and none is lost. */
static void
what_never_keeps_still_is_told_more_and_more_rarely(void **state)
{
	struct topics_pace pace = {0};
	int64_t last_ms = 0, longest_ms = 0;
	unsigned told = 0;

	for (int64_t now_ms = 1000; now_ms <= 120 * 1000; now_ms += 1000) {
		if (topics_due(&pace, BIT(PRESENCE), now_ms) == 0)
			continue;
		if (told > 0 && now_ms - last_ms > longest_ms)
			longest_ms = now_ms - last_ms;
		last_ms = now_ms;
		told++;
	}
	assert_int_equal(longest_ms, TOPICS_REST_MAX_MS);
	assert_in_range(told, 12, 16);
	/* It was raised after it was told last: that is told, too. */
	assert_int_equal(topics_due(&pace, 0, 131 * 1000), BIT(PRESENCE));
	assert_int_equal(topics_due(&pace, 0, 300 * 1000), 0);
	/* And what comes after a rest comes at once. */
	assert_int_equal(
	    topics_due(&pace, BIT(PRESENCE), 301 * 1000), BIT(PRESENCE));
	assert_int_equal(
	    topics_due(&pace, BIT(PRESENCE), 302 * 1000), BIT(PRESENCE));
}

static void
one_topic_does_not_slow_another(void **state)
{
	struct topics_pace pace = {0};

	for (int64_t now_ms = 1000; now_ms <= 60 * 1000; now_ms += 1000)
		(void)!topics_due(&pace, BIT(PRESENCE), now_ms);
	assert_int_equal(
	    topics_due(&pace, BIT(USERS), 61 * 1000) & BIT(USERS), BIT(USERS));
}

static void
a_note_names_topics_and_nothing_else(void **state)
{
	char note[TOPICS_NOTE_SIZE];

	topics_write(BIT(COMPUTERS) | BIT(OFFICES), note);
	assert_string_equal(note, "{\"changed\":[\"computers\",\"offices\"]}");
	topics_write(((topic_set)1 << TOPIC_COUNT) - 1, note);
	assert_string_equal(
	    note + strlen(note) - strlen("\"alerts\"]}"), "\"alerts\"]}");
	assert_string_equal(topic_word(TOPIC_API_TOKENS), "api_tokens");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_role_hears_of_what_it_may_read_alone),
	    cmocka_unit_test(a_scope_takes_what_concerns_the_whole_server),
	    cmocka_unit_test(an_operation_changes_what_its_module_is_about),
	    cmocka_unit_test(what_was_still_is_told_at_once),
	    cmocka_unit_test(
		what_never_keeps_still_is_told_more_and_more_rarely),
	    cmocka_unit_test(one_topic_does_not_slow_another),
	    cmocka_unit_test(a_note_names_topics_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
