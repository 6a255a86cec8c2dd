/* Criteria from and to JSON, and what of them reaches SQL. */
#include "base/cmocka_test.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "store/criteria_sql.h"

static bool
parse(const char *text, struct criteria *out, struct err *err)
{
	return criteria_parse(view_string(text), out, err);
}

static void
criteria_are_written_as_they_were_read(void **state)
{
	static const char TEXT[] =
	    "{\"conditions\":["
	    "{\"field\":\"name\",\"operator\":\"contains\",\"value\":\"Web\"},"
	    "{\"days\":30,\"field\":\"last_seen\","
	    "\"operator\":\"longer_ago_than\"},"
	    "{\"field\":\"agent_version\",\"operator\":\"older_than\","
	    "\"value\":\"1.10\"}],\"match\":\"any\"}";
	struct criteria criteria;
	char again[CRITERIA_TEXT_SIZE];
	struct err err = ERR_INIT;

	assert_true(parse(TEXT, &criteria, &err));
	assert_true(criteria.is_any);
	assert_int_equal(criteria.count, 3);
	assert_int_equal(criteria.items[1].days, 30);
	criteria_write(&criteria, again);
	assert_string_equal(again, TEXT);
}

/* Put into {"match": "all", "conditions": [X]}. */
static const char *const WRONG_CONDITIONS[] = {
    "",
    "3",
    "null",
    "[]",
    "{}",
    "{\"field\":\"name\"}",
    "{\"field\":\"name\",\"operator\":\"is\"}",
    "{\"field\":\"nose\",\"operator\":\"is\",\"value\":\"x\"}",
    "{\"field\":\"name; DROP TABLE computer\",\"operator\":\"is\","
    "\"value\":\"x\"}",
    "{\"field\":3,\"operator\":\"is\",\"value\":\"x\"}",
    "{\"field\":\"name\",\"operator\":\"=\",\"value\":\"x\"}",
    "{\"field\":\"name\",\"operator\":\"older_than\",\"value\":\"1\"}",
    "{\"field\":\"name\",\"operator\":\"is\",\"value\":\"\"}",
    "{\"field\":\"name\",\"operator\":\"is\",\"value\":3}",
    "{\"field\":\"name\",\"operator\":\"is\",\"value\":null}",
    "{\"field\":\"name\",\"operator\":\"is\",\"value\":\"a\\nb\"}",
    "{\"field\":\"name\",\"operator\":\"is\",\"value\":\"x\",\"more\":1}",
    "{\"field\":\"name\",\"operator\":\"is\",\"days\":3}",
    "{\"field\":\"name\",\"operator\":\"is\",\"value\":\"x\",\"days\":3}",
    "{\"field\":\"office\",\"operator\":\"is\",\"value\":\"Osaka\"}",
    "{\"field\":\"state\",\"operator\":\"is\",\"value\":\"removed\"}",
    "{\"field\":\"state\",\"operator\":\"is\",\"value\":\"Active\"}",
    "{\"field\":\"duplicate\",\"operator\":\"is\",\"value\":\"face\"}",
    "{\"field\":\"duplicate\",\"operator\":\"is_not\",\"value\":\"name\"}",
    "{\"field\":\"agent_version\",\"operator\":\"older_than\","
    "\"value\":\"new\"}",
    "{\"field\":\"last_seen\",\"operator\":\"within\",\"days\":0}",
    "{\"field\":\"last_seen\",\"operator\":\"within\",\"days\":3651}",
    "{\"field\":\"last_seen\",\"operator\":\"within\",\"days\":1.5}",
    "{\"field\":\"last_seen\",\"operator\":\"within\",\"days\":\"3\"}",
    "{\"field\":\"last_seen\",\"operator\":\"within\",\"value\":\"3\"}",
    "{\"field\":\"last_seen\",\"operator\":\"is\",\"days\":3}",
};

static const char *const WRONG_WHOLE[] = {
    "{}",
    "[]",
    "{\"match\":\"all\"}",
    "{\"match\":\"all\",\"conditions\":{}}",
    "{\"match\":\"none\",\"conditions\":[{\"field\":\"name\","
    "\"operator\":\"is\",\"value\":\"x\"}]}",
    "{\"conditions\":[{\"field\":\"name\",\"operator\":\"is\","
    "\"value\":\"x\"}]}",
    "{\"match\":\"all\",\"more\":1,\"conditions\":[{\"field\":\"name\","
    "\"operator\":\"is\",\"value\":\"x\"}]}",
};

static void
assert_malformed(const char *text)
{
	struct criteria untouched = {.count = 77}, criteria = untouched;
	struct err err = ERR_INIT;

	if (parse(text, &criteria, &err))
		fail_msg("taken: %s", text);
	assert_int_equal(err.category, ERR_MALFORMED);
	assert_string_equal(err.code, "criteria_malformed");
	assert_int_equal(criteria.count, untouched.count);
}

static void
wrong_criteria_are_refused(void **state)
{
	for (size_t i = 0; i < array_length(WRONG_WHOLE); i++)
		assert_malformed(WRONG_WHOLE[i]);
	for (size_t i = 0; i < array_length(WRONG_CONDITIONS); i++) {
		scoped(memory_freep) char *text =
		    memory_format("{\"match\":\"all\",\"conditions\":[%s]}",
			WRONG_CONDITIONS[i]);

		assert_malformed(text);
	}
}

/* The one who parses the text does not let it in. */
static void
nothing_hides_behind_a_nul(void **state)
{
	static const char TEXT[] =
	    "{\"match\":\"all\",\"conditions\":[{\"field\":\"name\","
	    "\"operator\":\"is\",\"value\":\"a\\u0000b\"}]}";
	struct criteria criteria;
	struct err err = ERR_INIT;

	assert_false(parse(TEXT, &criteria, &err));
	assert_int_equal(err.category, ERR_MALFORMED);
}

static json_t *
many(size_t count, const char *value)
{
	json_t *conditions = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(conditions,
		    json_pack("{s:s, s:s, s:s}", "field", "hardware_serial",
			"operator", "begins", "value", value));
	return json_pack(
	    "{s:s, s:o}", "match", "any", "conditions", conditions);
}

static void
there_are_at_most_twenty(void **state)
{
	scoped(json_freep) json_t *most = many(CRITERIA_MAX, "x");
	scoped(json_freep) json_t *more = many(CRITERIA_MAX + 1, "x");
	struct criteria criteria;
	struct err err = ERR_INIT;

	assert_true(criteria_read(most, &criteria, &err));
	assert_false(criteria_read(more, &criteria, &err));
	assert_string_equal(err.code, "criteria_malformed");
}

static void
a_value_is_as_long_as_a_name(void **state)
{
	char value[CRITERIA_VALUE_SIZE + 1];
	struct criteria criteria;
	struct err err = ERR_INIT;
	json_t *json;

	memset(value, '"', sizeof(value));
	value[CRITERIA_VALUE_SIZE] = '\0';
	json = many(1, value);
	assert_false(criteria_read(json, &criteria, &err));
	json_decref(json);
	value[CRITERIA_VALUE_SIZE - 1] = '\0';
	json = many(CRITERIA_MAX, value);
	assert_true(criteria_read(json, &criteria, &err));
	json_decref(json);
}

/* The longest there are, each byte of them escaped. */
static void
the_longest_criteria_fit_in_what_is_kept_and_asked(void **state)
{
	char value[CRITERIA_VALUE_SIZE], text[CRITERIA_TEXT_SIZE];
	scoped(buf_donep) struct buf ids = BUF_INIT(CRITERIA_SQL_MAX);
	scoped(buf_donep) struct buf row = BUF_INIT(CRITERIA_SQL_MAX);
	scoped(json_freep) json_t *json = NULL;
	struct criteria criteria, again;
	struct criteria_bound bound;
	struct statement statement;
	struct err err = ERR_INIT;

	memset(value, '"', sizeof(value));
	value[CRITERIA_VALUE_SIZE - 1] = '\0';
	json = many(CRITERIA_MAX, value);
	assert_true(criteria_read(json, &criteria, &err));
	criteria_write(&criteria, text);
	assert_true(parse(text, &again, &err));
	assert_int_equal(again.count, CRITERIA_MAX);
	assert_string_equal(again.items[19].value, value);
	statement_init(&statement, NULL, NULL);
	criteria_bind(&bound, &criteria, 0, &statement);
	assert_int_equal(statement.count, 2 * CRITERIA_MAX);
	assert_true(criteria_ids_sql(&bound, &ids, &err));
	assert_true(criteria_row_sql(&bound, &row, &err));
}

static void
no_value_ever_stands_in_the_sql(void **state)
{
	static const char TEXT[] =
	    "{\"match\":\"all\",\"conditions\":["
	    "{\"field\":\"name\",\"operator\":\"contains\","
	    "\"value\":\"'; DROP TABLE computer; --\"},"
	    "{\"field\":\"last_seen\",\"operator\":\"within\",\"days\":7}]}";
	scoped(buf_donep) struct buf sql = BUF_INIT(CRITERIA_SQL_MAX);
	struct criteria criteria;
	struct criteria_bound bound;
	struct statement statement;
	struct err err = ERR_INIT;

	assert_true(parse(TEXT, &criteria, &err));
	statement_init(&statement, NULL, NULL);
	criteria_bind(&bound, &criteria, 0, &statement);
	assert_true(criteria_ids_sql(&bound, &sql, &err));
	assert_true(buf_append(&sql, "", 1, &err));
	assert_string_equal((const char *)sql.data,
	    "SELECT id FROM computer JOIN computer_contact"
	    " ON contact_id = id WHERE (strpos(name_key, ?1) > 0"
	    " AND last_seen_at >= ?2)");
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    cmocka_unit_test(wrong_criteria_are_refused),
	    cmocka_unit_test(nothing_hides_behind_a_nul),
	    cmocka_unit_test(there_are_at_most_twenty),
	    cmocka_unit_test(a_value_is_as_long_as_a_name),
	    cmocka_unit_test(
		the_longest_criteria_fit_in_what_is_kept_and_asked),
	    cmocka_unit_test(criteria_are_written_as_they_were_read),
	    cmocka_unit_test(no_value_ever_stands_in_the_sql),
	};

	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
