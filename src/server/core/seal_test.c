/* Sealed secrets open for their owner, under their key, whole; else never. */
#include "base/cmocka_test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/file.h"
#include "server/core/seal.h"

static const struct view PLAIN = {(const uint8_t *)"12345678901234567890", 20};

static int
set_up(void **state)
{
	char *folder = memory_string("/tmp/warifu-seal-XXXXXX");

	*state = folder;
	return mkdtemp(folder) == NULL;
}

static int
tear_down(void **state)
{
	scoped(memory_freep) char *folder = *state;
	scoped(memory_freep) char *key = file_join(folder, "sealing-key");

	(void)unlink(key);
	return rmdir(folder);
}

static bool
opens(const char *folder, const char *purpose, const char *owner,
    const char *sealed)
{
	scoped(secret_freep) struct secret *opened = NULL;
	struct err err = ERR_INIT;

	if (!seal_open(folder, purpose, owner, sealed, &opened, &err)) {
		assert_string_equal(err.code, "secret_unreadable");
		return false;
	}
	assert_true(view_equal(secret_view(opened), PLAIN));
	return true;
}

static void
what_is_sealed_opens_for_its_owner_alone(void **state)
{
	char one[STORE_SEALED_SIZE], two[STORE_SEALED_SIZE];
	struct err err = ERR_INIT;

	assert_true(seal_close(*state, "totp", "a", PLAIN, one, &err));
	assert_true(seal_close(*state, "totp", "a", PLAIN, two, &err));
	assert_string_not_equal(one, two);
	assert_true(opens(*state, "totp", "a", one));
	assert_true(opens(*state, "totp", "a", two));
	assert_false(opens(*state, "totp", "b", one));
	assert_false(opens(*state, "totpa", "", one));
	assert_false(opens(*state, "other", "a", one));
}

static void
what_was_changed_or_cut_stays_closed(void **state)
{
	char sealed[STORE_SEALED_SIZE];
	struct err err = ERR_INIT;
	size_t length;

	assert_true(seal_close(*state, "totp", "a", PLAIN, sealed, &err));
	length = strlen(sealed);
	for (size_t i = 0; i < length; i++) {
		char changed[STORE_SEALED_SIZE];

		memcpy(changed, sealed, sizeof(changed));
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_false(opens(*state, "totp", "a", changed));
		memcpy(changed, sealed, sizeof(changed));
		changed[i] = '\0';
		assert_false(opens(*state, "totp", "a", changed));
	}
}

static void
without_its_key_it_stays_closed(void **state)
{
	scoped(memory_freep) char *key = file_join(*state, "sealing-key");
	char sealed[STORE_SEALED_SIZE], other[STORE_SEALED_SIZE];
	struct err err = ERR_INIT;
	struct stat found;

	assert_true(seal_close(*state, "totp", "a", PLAIN, sealed, &err));
	assert_int_equal(stat(key, &found), 0);
	assert_int_equal(found.st_mode & 0777, 0600);
	assert_int_equal(found.st_size, 32);
	assert_int_equal(unlink(key), 0);
	assert_false(opens(*state, "totp", "a", sealed));
	/* Opening makes no key; sealing makes another one. */
	assert_false(file_exists(key));
	assert_true(seal_close(*state, "totp", "a", PLAIN, other, &err));
	assert_false(opens(*state, "totp", "a", sealed));
	assert_true(opens(*state, "totp", "a", other));
	assert_int_equal(truncate(key, 31), 0);
	assert_false(opens(*state, "totp", "a", other));
	assert_int_equal(chmod(key, 0644), 0);
	assert_false(opens(*state, "totp", "a", other));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		what_is_sealed_opens_for_its_owner_alone, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		what_was_changed_or_cut_stays_closed, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		without_its_key_it_stays_closed, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
