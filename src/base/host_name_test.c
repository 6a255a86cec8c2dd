/* Names of hosts. */
#include "base/cmocka_test.h"

#include "base/host_name.h"

#include <string.h>

#include "base/bytes.h"

static void
names_and_addresses_are_taken(void **state)
{
	static const char *const GOOD[] = {"central", "central.example.net",
	    "192.0.2.1", "2001:db8::1", "::1", "::ffff:192.0.2.1", "a-b.c",
	    "xn--n8jub8754b.example", "3com.example", "PC_1.corp", "a"};

	for (size_t i = 0; i < array_length(GOOD); i++)
		assert_true(host_name_is_valid(GOOD[i]));
}

static void
what_means_something_elsewhere_is_refused(void **state)
{
	static const char *const BAD[] = {"", "-oProxyCommand", ".x", "x.",
	    "a..b", "a-.b", "a.-b", "a b", "a'b", "a\"b", "a$(id)", "a`id`",
	    "a;id", "a\nb", "a/b", "a\\b", "a&b", "a@b", "[::1]", "host:8383",
	    "x:y:z", "fe80::1%eth0", "*.example", "999.1.1.1", "1.2.3", "...",
	    "\xe5\x90\x8d", "central\x7f"};

	for (size_t i = 0; i < array_length(BAD); i++)
		assert_false(host_name_is_valid(BAD[i]));
}

static void
lengths_are_those_of_dns(void **state)
{
	char name[HOST_NAME_MAX_LENGTH + 2];

	memset(name, 'a', sizeof(name));
	name[HOST_LABEL_MAX_LENGTH + 1] = '\0';
	assert_false(host_name_is_valid(name));
	name[HOST_LABEL_MAX_LENGTH] = '\0';
	assert_true(host_name_is_valid(name));
	memset(name, 'a', sizeof(name));
	for (size_t i = 50; i < sizeof(name) - 1; i += 50)
		name[i] = '.';
	name[HOST_NAME_MAX_LENGTH + 1] = '\0';
	assert_false(host_name_is_valid(name));
	name[HOST_NAME_MAX_LENGTH] = '\0';
	assert_true(host_name_is_valid(name));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_and_addresses_are_taken),
	    cmocka_unit_test(what_means_something_elsewhere_is_refused),
	    cmocka_unit_test(lengths_are_those_of_dns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
