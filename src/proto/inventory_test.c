/* What an inventory section must refuse, and what a difference must do. */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/memory.h"
#include "proto/inventory.h"

#define D64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static json_t *
parse(const char *text)
{
	struct err err = ERR_INIT;
	json_t *json = json_read(view_string(text), 1 << 20, &err);

	assert_non_null(json);
	return json;
}

static void
assert_refused(const char *text, const char *code)
{
	scoped(json_freep) json_t *json = parse(text);
	struct inventory_change change = {0};
	struct err err = ERR_INIT;

	assert_false(
	    inventory_change_read(INVENTORY_DISKS, json, &change, &err));
	assert_string_equal(err.code, code);
	assert_non_null(strstr(err.sentence, "\"disks\""));
	assert_null(change.set);
}

static void
wrong_forms_are_refused_by_name(void **state)
{
	static const char *const WRONG[] = {
	    "[]",
	    "{}",
	    "{\"full\":1,\"digest\":\"" D64 "\"}",
	    "{\"full\":true}",
	    "{\"full\":true,\"digest\":\"12\"}",
	    "{\"full\":true,\"digest\":7}",
	    "{\"full\":true,\"digest\":\"" D64 "\",\"set\":[]}",
	    "{\"full\":true,\"digest\":\"" D64 "\",\"set\":{\"a\":1}}",
	    "{\"full\":true,\"digest\":\"" D64 "\",\"set\":{\"\":{}}}",
	    "{\"full\":true,\"digest\":\"" D64 "\",\"remove\":[\"a\"]}",
	    "{\"full\":true,\"digest\":\"" D64 "\",\"base\":\"" D64 "\"}",
	    "{\"digest\":\"" D64 "\"}",
	    "{\"base\":null,\"digest\":\"" D64 "\"}",
	    "{\"base\":\"zz\",\"digest\":\"" D64 "\"}",
	    "{\"base\":\"" D64 "\",\"digest\":\"" D64 "\",\"remove\":{}}",
	    "{\"base\":\"" D64 "\",\"digest\":\"" D64 "\",\"remove\":[1]}",
	};

	for (size_t i = 0; i < array_length(WRONG); i++)
		assert_refused(WRONG[i], "inventory_malformed");
}

static void
a_key_over_512_bytes_is_refused(void **state)
{
	char key[514];
	scoped(memory_freep) char *text = NULL;

	memset(key, 'k', 513);
	key[513] = '\0';
	text = memory_format(
	    "{\"full\":true,\"digest\":\"" D64 "\",\"set\":{\"%s\":{}}}", key);
	assert_refused(text, "inventory_malformed");
}

static void
more_items_than_the_limit_are_refused(void **state)
{
	scoped(json_freep) json_t *json =
	    parse("{\"full\":true,\"digest\":\"" D64 "\",\"set\":{\"a\":{},"
		  "\"b\":{}}}");
	struct inventory_change change = {0};
	struct err err = ERR_INIT;

	assert_false(
	    inventory_change_read(INVENTORY_HARDWARE, json, &change, &err));
	assert_string_equal(err.code, "inventory_too_large");
	assert_int_equal(err.category, ERR_LIMIT);
}

static void
an_item_with_too_much_in_it_is_refused(void **state)
{
	scoped(json_freep) json_t *json = json_object();
	json_t *set = json_object();
	json_t *item = json_object();
	char *big = memory_zeroed(INVENTORY_ITEM_BYTES_MAX + 1);
	struct inventory_change change = {0};
	struct err err = ERR_INIT;

	memset(big, 'x', INVENTORY_ITEM_BYTES_MAX);
	json_set_string(item, "model", big);
	json_set_value(set, "sda", item);
	json_set_value(json, "set", set);
	json_set_bool(json, "full", true);
	json_set_string(json, "digest", D64);
	assert_false(
	    inventory_change_read(INVENTORY_DISKS, json, &change, &err));
	assert_string_equal(err.code, "inventory_too_large");
	free(big);
}

static void
a_difference_applied_gives_the_new_state(void **state)
{
	scoped(json_freep) json_t *old =
	    parse("{\"a\":{\"n\":1},\"b\":{\"n\":2},\"c\":{\"n\":3}}");
	scoped(json_freep) json_t *new =
	    parse("{\"a\":{\"n\":1},\"b\":{\"n\":5},\"d\":{\"n\":4}}");
	scoped(json_freep) json_t *sent = NULL;
	scoped(json_freep) json_t *result = NULL;
	struct inventory_change change = {0}, arrived = {0};
	struct err err = ERR_INIT;

	inventory_diff(old, new, &change);
	assert_int_equal(json_object_size(change.set), 2);
	assert_int_equal(json_array_size(change.remove), 1);
	memcpy(change.base, D64, sizeof(D64));
	memcpy(change.digest, D64, sizeof(D64));
	sent = inventory_change_json(&change);
	assert_true(
	    inventory_change_read(INVENTORY_DISKS, sent, &arrived, &err));
	assert_true(
	    inventory_apply(INVENTORY_DISKS, old, &arrived, &result, &err));
	assert_true(inventory_equal(result, new));
	assert_int_equal(json_object_size(old), 3);
	inventory_change_done(&change);
	inventory_change_done(&arrived);
}

static void
a_full_change_forgets_what_was_there(void **state)
{
	scoped(json_freep) json_t *old = parse("{\"a\":{\"n\":1}}");
	scoped(json_freep) json_t *new = parse("{\"b\":{\"n\":2}}");
	scoped(json_freep) json_t *result = NULL;
	struct inventory_change change = {0};
	struct err err = ERR_INIT;

	inventory_diff(NULL, new, &change);
	assert_true(change.is_full);
	assert_true(
	    inventory_apply(INVENTORY_DISKS, old, &change, &result, &err));
	assert_true(inventory_equal(result, new));
	inventory_change_done(&change);
}

static void
differences_cannot_grow_a_section_past_its_limit(void **state)
{
	scoped(json_freep) json_t *old = parse("{\"this\":{}}");
	scoped(json_freep) json_t *add = parse("{\"that\":{}}");
	json_t *result = NULL;
	struct inventory_change change = {
	    .has_base = true, .set = json_incref(add), .remove = json_array()};
	struct err err = ERR_INIT;

	assert_false(
	    inventory_apply(INVENTORY_HARDWARE, old, &change, &result, &err));
	assert_string_equal(err.code, "inventory_too_large");
	assert_null(result);
	inventory_change_done(&change);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wrong_forms_are_refused_by_name),
	    cmocka_unit_test(a_key_over_512_bytes_is_refused),
	    cmocka_unit_test(more_items_than_the_limit_are_refused),
	    cmocka_unit_test(an_item_with_too_much_in_it_is_refused),
	    cmocka_unit_test(a_difference_applied_gives_the_new_state),
	    cmocka_unit_test(a_full_change_forgets_what_was_there),
	    cmocka_unit_test(differences_cannot_grow_a_section_past_its_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
