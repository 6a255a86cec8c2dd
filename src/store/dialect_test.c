/* The shared SQL in each database's words; the cache of statements. */
#include "base/cmocka_test.h"

#include "base/memory.h"
#include "store/dialect.h"
#include "store/statement_cache.h"

static void
assert_both(const char *sql, const char *sqlite, const char *postgresql)
{
	scoped(memory_freep) char *one = dialect_to_sqlite(sql);
	scoped(memory_freep) char *other = dialect_to_postgresql(sql);

	assert_string_equal(one, sqlite);
	assert_string_equal(other, postgresql);
}

static void
parameters_and_collations_are_rewritten(void **state)
{
	assert_both("", "", "");
	assert_both("SELECT ?1, ?23", "SELECT ?1, ?23", "SELECT $1, $23");
	assert_both("a TEXT COLLATE \"C\" NOT NULL", "a TEXT  NOT NULL",
	    "a TEXT COLLATE \"C\" NOT NULL");
	assert_both("(a) WITHOUT ROWID; (b) WITHOUT ROWID WITHOUT ROWID",
	    "(a) WITHOUT ROWID; (b) WITHOUT ROWID WITHOUT ROWID", "(a); (b)");
}

static void
quoted_text_is_left_alone(void **state)
{
	assert_both("'?1' \"?2\" ?3", "'?1' \"?2\" ?3", "'?1' \"?2\" $3");
	assert_both("'it''s ?1' ?2", "'it''s ?1' ?2", "'it''s ?1' $2");
	assert_both("'COLLATE \"C\"'", "'COLLATE \"C\"'", "'COLLATE \"C\"'");
	assert_both("'open ?1", "'open ?1", "'open ?1");
	assert_both("a ? b", "a ? b", "a ? b");
	assert_both("' WITHOUT ROWID'", "' WITHOUT ROWID'", "' WITHOUT ROWID'");
}

static int released;

static void
release(void *handle)
{
	released++;
}

static void
the_longest_unused_statement_makes_room(void **state)
{
	struct statement_cache cache = {0};
	static char handles[STATEMENT_CACHE_SIZE + 1];
	char sql[16];

	for (unsigned i = 0; i < STATEMENT_CACHE_SIZE; i++) {
		snprintf(sql, sizeof(sql), "s%u", i);
		assert_null(statement_cache_find(&cache, sql));
		assert_null(statement_cache_put(&cache, sql, &handles[i]));
	}
	assert_ptr_equal(statement_cache_find(&cache, "s0"), &handles[0]);
	assert_ptr_equal(
	    statement_cache_put(&cache, "more", &handles[STATEMENT_CACHE_SIZE]),
	    &handles[1]);
	assert_null(statement_cache_find(&cache, "s1"));
	assert_non_null(statement_cache_find(&cache, "s0"));
	statement_cache_done(&cache, release);
	assert_int_equal(released, STATEMENT_CACHE_SIZE);
	assert_null(statement_cache_find(&cache, "s0"));
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    cmocka_unit_test(parameters_and_collations_are_rewritten),
	    cmocka_unit_test(quoted_text_is_left_alone),
	    cmocka_unit_test(the_longest_unused_statement_makes_room),
	};

	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
