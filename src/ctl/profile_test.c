/* What warifuctl remembers is private, and its forms are strict. */
#include "base/cmocka_test.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "ctl/profile.h"

#define HEX64 "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static char folder[] = "/tmp/warifu-profile-XXXXXX";

static int
set_up(void **state)
{
	if (mkdtemp(folder) == NULL)
		return -1;
	return setenv("XDG_CONFIG_HOME", folder, 1);
}

static int
tear_down(void **state)
{
	scoped(memory_freep) char *file =
	    memory_format("%s/warifu/ctl.json", folder);
	scoped(memory_freep) char *inner = memory_format("%s/warifu", folder);

	unlink(file);
	rmdir(inner);
	return rmdir(folder);
}

static void
a_url_is_completed_and_checked(void **state)
{
	static const char *const good[][2] = {
	    {"host", "https://host:8383"},
	    {"HOST:1", "https://host:1"},
	    {"http://h", "http://h:8020"},
	    {"https://h:5/", "https://h:5"},
	    {"[2001:db8::1]", "https://[2001:db8::1]:8383"},
	    {"[2001:db8::1]:9", "https://[2001:db8::1]:9"},
	};
	static const char *const bad[] = {
	    "", "https://", "a b", "https://h/path", "ftp://h", "user@h"};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(good); i++) {
		scoped(memory_freep) char *url = NULL;

		assert_true(profile_normalize_url(good[i][0], &url, &err));
		assert_string_equal(url, good[i][1]);
	}
	for (size_t i = 0; i < array_length(bad); i++) {
		char *url = NULL;

		assert_false(profile_normalize_url(bad[i], &url, &err));
		assert_null(url);
	}
}

static void
a_fingerprint_is_read_in_every_common_form(void **state)
{
	static const char *const good[] = {
	    HEX64,
	    "sha256:" HEX64,
	    "SHA256:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:"
	    "33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
	};
	static const char *const bad[] = {
	    "", "sha256:", "sha1:" HEX64, HEX64 "0", "0123", "g" HEX64};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(good); i++) {
		scoped(memory_freep) char *text = NULL;

		assert_true(
		    profile_normalize_fingerprint(good[i], &text, &err));
		assert_string_equal(text, HEX64);
	}
	for (size_t i = 0; i < array_length(bad); i++) {
		char *text = NULL;

		assert_false(
		    profile_normalize_fingerprint(bad[i], &text, &err));
	}
}

static void
a_profile_comes_back_as_it_was_saved(void **state)
{
	scoped(profile_freep) struct profile *profile = NULL;
	scoped(profile_freep) struct profile *again = NULL;
	struct profile_server *server = NULL;
	struct err err = ERR_INIT;
	struct stat about;

	assert_true(profile_load(&profile, &err));
	assert_int_equal(profile->server_count, 0);
	assert_true(profile_find(profile, "https://a:1", &server, &err));
	assert_true(profile_find(profile, "https://b:1", &server, &err));
	profile_set(&server->token, "wfs_x");
	profile_set(&server->device, "wfd_x");
	profile_set(&server->fingerprint, HEX64);
	profile->current = 1;
	assert_true(profile_save(profile, &err));
	assert_int_equal(stat(profile->path, &about), 0);
	assert_int_equal(about.st_mode & 0777, 0600);
	assert_true(profile_load(&again, &err));
	assert_int_equal(again->server_count, 2);
	assert_int_equal(again->current, 1);
	assert_null(again->servers[0].token);
	assert_string_equal(again->servers[1].token, "wfs_x");
	assert_string_equal(again->servers[1].device, "wfd_x");
	assert_null(again->servers[0].device);
	assert_string_equal(again->servers[1].fingerprint, HEX64);
}

static void
a_profile_that_others_may_read_is_refused(void **state)
{
	scoped(profile_freep) struct profile *profile = NULL;
	scoped(memory_freep) char *path =
	    memory_format("%s/warifu/ctl.json", folder);
	struct err err = ERR_INIT;

	assert_int_equal(chmod(path, 0644), 0);
	assert_false(profile_load(&profile, &err));
	assert_null(profile);
	assert_int_equal(err.category, ERR_DENIED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_url_is_completed_and_checked),
	    cmocka_unit_test(a_fingerprint_is_read_in_every_common_form),
	    cmocka_unit_test(a_profile_comes_back_as_it_was_saved),
	    cmocka_unit_test(a_profile_that_others_may_read_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
