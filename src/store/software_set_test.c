/* What is counted of a section, whatever the agent has written into it. */
#include "base/cmocka_test.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "store/software_pairs.h"
#include "store/software_set.h"

static struct software_set
read_text(const char *text)
{
	struct err err = ERR_INIT;
	scoped(json_freep) json_t *section =
	    json_read(view_string(text), 1 << 20, &err);
	struct software_set set;

	assert_non_null(section);
	software_set_read(section, &set);
	return set;
}

static void
assert_entry(const struct software_set *set, size_t i, const char *format,
    const char *name, const char *version, int64_t installed_at)
{
	assert_true(i < set->count);
	assert_string_equal(set->entries[i].format, format);
	assert_string_equal(set->entries[i].name, name);
	assert_string_equal(set->entries[i].version, version);
	assert_int_equal(set->entries[i].installed_at, installed_at);
}

static void
packages_become_sorted_entries(void **state)
{
	scoped(software_set_donep) struct software_set set = read_text(
	    "{\"z\":{\"format\":\"rpm\",\"name\":\"b\",\"version\":\"2\","
	    "\"installed_at\":\"2026-01-02T03:04:05.678Z\"},"
	    "\"y\":{\"format\":\"dpkg\",\"name\":\"z\",\"version\":\"1\"},"
	    "\"x\":{\"format\":\"dpkg\",\"name\":\"B\",\"version\":\"9\"}}");

	assert_int_equal(set.count, 3);
	assert_entry(&set, 0, "dpkg", "B", "9", 0);
	assert_entry(&set, 1, "dpkg", "z", "1", 0);
	assert_entry(&set, 2, "rpm", "b", "2", 1767323045000);
}

static void
two_architectures_are_one_entry_of_the_later_time(void **state)
{
	scoped(software_set_donep) struct software_set set = read_text(
	    "{\"c:amd64\":{\"format\":\"dpkg\",\"name\":\"c\","
	    "\"version\":\"1\",\"installed_at\":\"1970-01-01T00:00:09Z\"},"
	    "\"c:i386\":{\"format\":\"dpkg\",\"name\":\"c\","
	    "\"version\":\"1\",\"installed_at\":\"1970-01-01T00:00:05Z\"},"
	    "\"c:arm\":{\"format\":\"dpkg\",\"name\":\"c\","
	    "\"version\":\"2\"}}");

	assert_int_equal(set.count, 2);
	assert_entry(&set, 0, "dpkg", "c", "1", 9000);
	assert_entry(&set, 1, "dpkg", "c", "2", 0);
}

static void
what_makes_no_sense_is_counted_as_far_as_it_does(void **state)
{
	scoped(software_set_donep) struct software_set set = read_text(
	    "{\"a\":{},\"b\":{\"name\":7,\"version\":[],\"format\":{}},"
	    "\"c\":{\"name\":\"\",\"installed_at\":\"yesterday\"},"
	    "\"d\":{\"installed_at\":\"1900-01-01T00:00:00Z\","
	    "\"format\":\"<script>\"}}");

	assert_int_equal(set.count, 4);
	assert_entry(&set, 0, "other", "a", "", 0);
	assert_entry(&set, 1, "other", "b", "", 0);
	assert_entry(&set, 2, "other", "c", "", 0);
	assert_entry(&set, 3, "other", "d", "", 0);
}

static void
long_texts_are_cut_between_characters(void **state)
{
	scoped(json_freep) json_t *section = json_object();
	scoped(software_set_donep) struct software_set set = {0};
	scoped(memory_freep) char *name = memory_zeroed(3001);
	json_t *item = json_object();

	for (size_t i = 0; i < 1000; i++)
		memcpy(name + 3 * i, "\xe3\x81\x82", 3);
	json_set_string(item, "name", name);
	json_set_string(item, "version", name);
	json_set_value(section, "k", item);
	software_set_read(section, &set);
	assert_int_equal(set.count, 1);
	assert_int_equal(strlen(set.entries[0].name), 255);
	assert_int_equal(strlen(set.entries[0].version), 126);
	assert_true(utf8_is_valid(view_string(set.entries[0].version)));
}

static void
more_than_the_limit_is_left_off(void **state)
{
	scoped(json_freep) json_t *section = json_object();
	scoped(software_set_donep) struct software_set set = {0};
	char key[16];

	for (unsigned i = 0; i < LIMIT_SOFTWARE_PER_COMPUTER + 5; i++) {
		snprintf(key, sizeof(key), "p%06u", i);
		json_set_value(section, key, json_object());
	}
	software_set_read(section, &set);
	assert_int_equal(set.count, LIMIT_SOFTWARE_PER_COMPUTER);
	assert_int_equal(set.left_off, 5);
	assert_entry(&set, 0, "other", "p000000", "", 0);
}

static void
a_difference_names_what_came_went_and_was_installed_again(void **state)
{
	scoped(software_set_donep) struct software_set before =
	    read_text("{\"a\":{\"version\":\"1\"},\"b\":{\"version\":\"1\"},"
		      "\"c\":{\"version\":\"1\"}}");
	scoped(software_set_donep) struct software_set after =
	    read_text("{\"a\":{\"version\":\"1\"},\"b\":{\"version\":\"2\"},"
		      "\"c\":{\"version\":\"1\","
		      "\"installed_at\":\"1970-01-01T00:00:09Z\"},"
		      "\"d\":{\"version\":\"1\"}}");
	scoped(software_difference_donep) struct software_difference d = {0};

	software_difference_make(&before, &after, &d);
	assert_int_equal(d.removed_count, 1);
	assert_string_equal(d.removed[0]->name, "b");
	assert_string_equal(d.removed[0]->version, "1");
	assert_int_equal(d.added_count, 2);
	assert_string_equal(d.added[0]->version, "2");
	assert_string_equal(d.added[1]->name, "d");
	assert_int_equal(d.touched_count, 1);
	assert_string_equal(d.touched[0]->name, "c");
	software_difference_done(&d);
	software_difference_make(&after, &after, &d);
	assert_int_equal(d.removed_count + d.added_count + d.touched_count, 0);
}

static const struct software_pair PAIRS[] = {
    {1, 1}, {1, 9}, {2, 3}, {300, 2}, {301, INT64_MAX}, {INT64_MAX, 1}};

static void
pairs_come_back_as_they_were_packed(void **state)
{
	scoped(software_pairs_donep) struct software_pairs pairs = {0};
	scoped(software_pairs_donep) struct software_pairs again = {0};
	scoped(buf_donep) struct buf packed = BUF_INIT(1024);
	struct err err = ERR_INIT;

	for (size_t i = array_length(PAIRS); i-- > 0;) {
		software_pairs_add(&pairs, PAIRS[i]);
		software_pairs_add(&pairs, PAIRS[i]);
	}
	software_pairs_sort(&pairs);
	assert_int_equal(pairs.count, array_length(PAIRS));
	assert_true(software_pairs_pack(&pairs, &packed, &err));
	assert_true(software_pairs_unpack(buf_view(&packed), &again, &err));
	assert_int_equal(again.count, array_length(PAIRS));
	assert_memory_equal(again.items, PAIRS, sizeof(PAIRS));
	assert_true(software_pairs_have(&again, &PAIRS[2]));
	assert_true(software_pairs_have_title(&again, 300));
	assert_false(software_pairs_have_title(&again, 3));
	assert_false(
	    software_pairs_have(&again, &(struct software_pair){2, 4}));
}

static void
packed_pairs_that_are_cut_or_none_are_refused(void **state)
{
	static const char *const WRONG[] = {"\x01", "\x80", "\x01\x80",
	    "\x01\x01", "\x02\x01", /* a version below 1 */
	    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02",
	    "\xff\xff\xff\xff\xff\xff\xff\xff\x7f\x02\x01\x02"};
	struct software_pairs pairs;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(WRONG); i++) {
		err_reset(&err);
		assert_false(
		    software_pairs_unpack(view_string(WRONG[i]), &pairs, &err));
		assert_string_equal(err.code, "database_foreign");
	}
	assert_true(software_pairs_unpack(view_of(NULL, 0), &pairs, &err));
	assert_int_equal(pairs.count, 0);
}

int
main(void)
{
	static const struct CMUnitTest TESTS[] = {
	    cmocka_unit_test(packages_become_sorted_entries),
	    cmocka_unit_test(two_architectures_are_one_entry_of_the_later_time),
	    cmocka_unit_test(what_makes_no_sense_is_counted_as_far_as_it_does),
	    cmocka_unit_test(long_texts_are_cut_between_characters),
	    cmocka_unit_test(more_than_the_limit_is_left_off),
	    cmocka_unit_test(
		a_difference_names_what_came_went_and_was_installed_again),
	    cmocka_unit_test(pairs_come_back_as_they_were_packed),
	    cmocka_unit_test(packed_pairs_that_are_cut_or_none_are_refused),
	};

	return cmocka_run_group_tests(TESTS, NULL, NULL);
}
