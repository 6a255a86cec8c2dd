/* How many connections each address has. */
#include "base/cmocka_test.h"

#include "server/gateway/gateway.h"

static void
an_address_gets_no_more_than_its_share(void **state)
{
	struct addresses *addresses = addresses_new();

	assert_true(addresses_enter(addresses, "192.0.2.1", 2));
	assert_true(addresses_enter(addresses, "192.0.2.1", 2));
	assert_false(addresses_enter(addresses, "192.0.2.1", 2));
	assert_true(addresses_enter(addresses, "192.0.2.2", 2));
	addresses_leave(addresses, "192.0.2.1");
	assert_true(addresses_enter(addresses, "192.0.2.1", 2));
	addresses_leave(addresses, "192.0.2.1");
	addresses_leave(addresses, "192.0.2.1");
	addresses_leave(addresses, "192.0.2.2");
	addresses_free(addresses);
}

static void
a_network_of_64_bits_is_one_address(void **state)
{
	struct addresses *addresses = addresses_new();

	assert_true(addresses_enter(addresses, "2001:db8::1", 1));
	assert_false(addresses_enter(addresses, "2001:db8::ffff:2", 1));
	assert_true(addresses_enter(addresses, "2001:db8:0:1::1", 1));
	/* Its first bytes are those of an IPv4 address, and it is none. */
	assert_true(addresses_enter(addresses, "c000:201::1", 1));
	assert_true(addresses_enter(addresses, "192.0.2.1", 1));
	addresses_free(addresses);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_address_gets_no_more_than_its_share),
	    cmocka_unit_test(a_network_of_64_bits_is_one_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
