/* Varied inventories: the same for the same agent, others for others, and what
 * the protocol takes. */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/memory.h"
#include "fleet/variety.h"

static json_t *
make_template(size_t packages)
{
	json_t *template = json_object(), *section = json_object();

	for (size_t i = 0; i < packages; i++) {
		scoped(memory_freep) char *name = memory_format("p%zu", i);
		scoped(memory_freep) char *key = memory_format("p%zu:amd64", i);
		json_t *item = json_object();

		json_set_string(item, "name", name);
		json_set_string(item, "version", "1.0-1");
		json_set_value(section, key, item);
	}
	json_set_value(template, "packages", section);
	json_set_value(template, "hardware",
	    json_pack("{s:{s:s}}", "this", "serial", "real"));
	json_set_value(
	    template, "users", json_pack("{s:{s:i}}", "root", "uid", 0));
	return template;
}

static struct variety *
make(size_t packages, uint64_t seed, size_t least, size_t most)
{
	scoped(json_freep) json_t *template = make_template(packages);
	struct variety *variety = NULL;
	struct err err = ERR_INIT;

	assert_true(variety_new(template, seed, least, most, &variety, &err));
	return variety;
}

static void
a_template_without_packages_is_refused(void **state)
{
	scoped(json_freep) json_t *template = make_template(0);
	struct variety *variety = NULL;
	struct err err = ERR_INIT;

	assert_false(variety_new(template, 1, 1, 2, &variety, &err));
	assert_string_equal(err.code, "template");
	assert_null(variety);
}

static bool
is_same(const struct variety *variety, size_t a, uint32_t a_revision, size_t b,
    uint32_t b_revision, enum inventory_section section)
{
	scoped(json_freep) json_t *one =
	    variety_section(variety, a, a_revision, section);
	scoped(json_freep) json_t *two =
	    variety_section(variety, b, b_revision, section);

	return json_equal(one, two);
}

static void
the_same_agent_is_always_the_same_and_others_differ(void **state)
{
	scoped(variety_freep) struct variety *variety = make(100, 1, 20, 80);
	scoped(variety_freep) struct variety *other = make(100, 2, 20, 80);
	char a[VARIETY_HOSTNAME_SIZE], b[VARIETY_HOSTNAME_SIZE];
	scoped(json_freep) json_t *one =
	    variety_section(variety, 1, 1, INVENTORY_HARDWARE);
	scoped(json_freep) json_t *two =
	    variety_section(other, 1, 1, INVENTORY_HARDWARE);

	assert_true(is_same(variety, 1, 1, 1, 1, INVENTORY_PACKAGES));
	assert_false(is_same(variety, 1, 1, 2, 1, INVENTORY_PACKAGES));
	assert_false(is_same(variety, 1, 1, 2, 1, INVENTORY_HARDWARE));
	assert_true(is_same(variety, 1, 1, 2, 1, INVENTORY_USERS));
	assert_false(json_equal(one, two));
	variety_hostname(variety, 1, a);
	variety_hostname(variety, 2, b);
	assert_string_not_equal(a, b);
	assert_null(variety_section(variety, 1, 1, INVENTORY_DISKS));
}

static void
a_revision_upgrades_a_few_packages(void **state)
{
	scoped(variety_freep) struct variety *variety = make(300, 1, 200, 300);

	for (uint32_t revision = 1; revision < 100; revision++) {
		scoped(json_freep) json_t *before =
		    variety_section(variety, 4, revision, INVENTORY_PACKAGES);
		scoped(json_freep) json_t *after = variety_section(
		    variety, 4, revision + 1, INVENTORY_PACKAGES);
		struct inventory_change change = {0};

		inventory_diff(before, after, &change);
		assert_true(json_object_size(change.set) >= 1);
		assert_true(json_object_size(change.set) <= 6);
		assert_int_equal(json_array_size(change.remove), 0);
		inventory_change_done(&change);
	}
}

static void
there_are_as_many_packages_as_wanted(void **state)
{
	static const struct {
		size_t template, least, most;
	} cases[] = {{100, 20, 80}, {10, 200, 250}, {3, 1, 1}, {50, 50, 50}};

	for (size_t i = 0; i < array_length(cases); i++) {
		scoped(variety_freep) struct variety *variety =
		    make(cases[i].template, 9, cases[i].least, cases[i].most);
		size_t fewest = SIZE_MAX, most = 0;

		for (size_t agent = 0; agent < 50; agent++) {
			scoped(json_freep) json_t *section = variety_section(
			    variety, agent, 1, INVENTORY_PACKAGES);
			size_t count = json_object_size(section);

			fewest = count < fewest ? count : fewest;
			most = count > most ? count : most;
		}
		assert_true(fewest >= cases[i].least);
		assert_true(most <= cases[i].most);
		assert_true(cases[i].least == cases[i].most || most > fewest);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_template_without_packages_is_refused),
	    cmocka_unit_test(
		the_same_agent_is_always_the_same_and_others_differ),
	    cmocka_unit_test(a_revision_upgrades_a_few_packages),
	    cmocka_unit_test(there_are_as_many_packages_as_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
