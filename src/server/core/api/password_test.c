/* Passwords: what may be chosen, what matches, and how many at a time. */
#include "base/cmocka_test.h"

#include <pthread.h>
#include <string.h>

#include "server/core/api/password.h"

static void
assert_policy(const char *user, const char *password, const char *code)
{
	struct err err = ERR_INIT;
	bool is_fine = password_check_policy(user, password, 0, &err);

	assert_string_equal(is_fine ? "" : err.code, code);
}

static void
the_policy_counts_characters_and_knows_common_ones(void **state)
{
	char longest[PASSWORD_MAX + 2];

	memset(longest, 'a', sizeof(longest));
	longest[0] = 'b';
	longest[PASSWORD_MAX] = '\0';
	assert_policy("admin", "", "password_too_short");
	assert_policy("admin", "1234567", "password_too_short");
	assert_policy("admin", "gh5!kLw", "password_too_short");
	assert_policy("admin", "gh5!kLwq", "");
	assert_policy("admin", "割符割符割符割", "password_too_short");
	assert_policy("admin", "割符は二つに割る", "");
	assert_policy("admin", longest, "");
	longest[PASSWORD_MAX] = 'a';
	longest[PASSWORD_MAX + 1] = '\0';
	assert_policy("admin", longest, "password_too_long");
	assert_policy("admin", "aaaaaaaaaa", "password_too_common");
	assert_policy("admin", "Password", "password_too_common");
	assert_policy("hanako.yamada", "Hanako.Yamada", "password_too_common");
}

static void
only_the_same_password_matches(void **state)
{
	char hash[PASSWORD_HASH_SIZE], again[PASSWORD_HASH_SIZE];
	struct err err = ERR_INIT;
	bool matches = false;

	assert_true(password_hash("correct horse", hash, &err));
	assert_true(password_hash("correct horse", again, &err));
	assert_string_not_equal(hash, again); /* salted */
	assert_non_null(strstr(hash, "$argon2id$v=19$m=65536,t=3,p=1$"));
	assert_true(password_verify(hash, "correct horse", &matches, &err));
	assert_true(matches);
	assert_true(password_verify(hash, "correct horsf", &matches, &err));
	assert_false(matches);
	assert_true(password_verify(hash, "", &matches, &err));
	assert_false(matches);
}

static void
nobody_matches_a_user_who_does_not_exist(void **state)
{
	struct err err = ERR_INIT;
	bool matches = true;

	assert_true(password_verify(NULL, "anything", &matches, &err));
	assert_false(matches);
	matches = true;
	assert_true(password_verify("", "anything", &matches, &err));
	assert_false(matches);
}

struct outcome {
	bool has_turn;
	char code[ERR_CODE_MAX];
};

static void *
check_one(void *context)
{
	struct outcome *outcome = context;
	struct err err = ERR_INIT;
	bool matches;

	outcome->has_turn = password_verify(NULL, "x", &matches, &err);
	memcpy(outcome->code, err.code, sizeof(outcome->code));
	return NULL;
}

static void
a_crowd_is_refused_and_not_queued(void **state)
{
	struct outcome outcomes[24] = {{0}};
	pthread_t threads[24];
	size_t refused = 0, served = 0;

	for (size_t i = 0; i < 24; i++)
		assert_int_equal(
		    pthread_create(&threads[i], NULL, check_one, &outcomes[i]),
		    0);
	for (size_t i = 0; i < 24; i++)
		pthread_join(threads[i], NULL);
	for (size_t i = 0; i < 24; i++) {
		served += outcomes[i].has_turn;
		refused += !outcomes[i].has_turn &&
		    strcmp(outcomes[i].code, "sign_in_busy") == 0;
	}
	assert_true(served >= 2);
	assert_true(refused > 0);
	assert_int_equal(served + refused, 24);
}

static void
a_setting_may_ask_for_longer_ones_and_never_for_shorter(void **state)
{
	struct err err = ERR_INIT;

	assert_false(password_check_policy("admin", "gh5!kLwq", 9, &err));
	assert_string_equal(err.code, "password_too_short");
	assert_non_null(strstr(err.sentence, "at least 9 characters"));
	assert_true(password_check_policy("admin", "gh5!kLwq7", 9, &err));
	assert_false(password_check_policy("admin", "gh5!kLw", 3, &err));
}

static void
initial_passwords_differ_and_satisfy_the_policy(void **state)
{
	char one[PASSWORD_INITIAL_SIZE], two[PASSWORD_INITIAL_SIZE];

	password_make_initial(one);
	password_make_initial(two);
	assert_string_not_equal(one, two);
	assert_int_equal(strlen(one), PASSWORD_INITIAL_SIZE - 1);
	assert_policy("admin", one, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		the_policy_counts_characters_and_knows_common_ones),
	    cmocka_unit_test(only_the_same_password_matches),
	    cmocka_unit_test(nobody_matches_a_user_who_does_not_exist),
	    cmocka_unit_test(a_crowd_is_refused_and_not_queued),
	    cmocka_unit_test(
		a_setting_may_ask_for_longer_ones_and_never_for_shorter),
	    cmocka_unit_test(initial_passwords_differ_and_satisfy_the_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
