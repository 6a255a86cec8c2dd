/* Trust snapshots: what they take, and whom they deny. */
#include "base/cmocka_test.h"

#include "crypto/tls_testing.h"

static void
a_snapshot_takes_only_so_many_and_only_cas(void **state)
{
	scoped(trust_freep) struct trust *trust =
	    trust_new(TESTING_FLEET, 7, false);
	struct err err = ERR_INIT;

	assert_int_equal(trust_number(trust), 7);
	assert_string_equal(trust_fleet_id(trust), TESTING_FLEET);
	assert_false(
	    trust_add_ca(trust, certificate_der_view(people.server), &err));
	assert_string_equal(err.code, "not_a_ca");
	assert_false(trust_add_ca(trust, VIEW_LITERAL("x"), &err));
	assert_int_equal(trust_ca_list(trust)->count, 0);
	for (int i = 0; i < TRUST_CA_MAX; i++)
		assert_true(
		    trust_add_ca(trust, certificate_der_view(people.ca), &err));
	assert_false(
	    trust_add_ca(trust, certificate_der_view(people.ca), &err));
	assert_int_equal(err.category, ERR_LIMIT);
}

static void
a_deny_list_of_many_finds_each(void **state)
{
	scoped(trust_freep) struct trust *trust =
	    trust_new(TESTING_FLEET, 1, false);
	char name[ID_SIZE];

	for (int i = 0; i < 20000; i++) {
		snprintf(name, sizeof(name), "agent-%d", i);
		trust_deny_agent(trust, name);
		snprintf(name, sizeof(name), "%032x", i);
		trust_deny_serial(trust, name);
	}
	trust_deny_agent(trust, "agent-5"); /* twice is once */
	assert_true(trust_denies(trust, "agent-19999", "none"));
	assert_true(
	    trust_denies(trust, "none", "00000000000000000000000000004e1f"));
	assert_false(trust_denies(trust, "agent-20000", "agent-1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_snapshot_takes_only_so_many_and_only_cas),
	    cmocka_unit_test(a_deny_list_of_many_finds_each),
	};

	return cmocka_run_group_tests(tests, make_people, free_people);
}
