/* Records of agents: what is broken is refused, what was stored comes back. */
#include "base/cmocka_test.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/testing.h"
#include "fleet/vault.h"

static char folder[] = "/tmp/warifu-vault-XXXXXX";

static int
set_up(void **state)
{
	assert_non_null(mkdtemp(folder));
	return chdir(folder);
}

static int
tear_down(void **state)
{
	assert_int_equal(unlink("agents"), 0);
	assert_int_equal(rmdir(folder), 0);
	return 0;
}

static struct vault *
open_here(void)
{
	struct vault *vault = NULL;
	struct err err = ERR_INIT;

	assert_true(vault_open(".", &vault, &err));
	return vault;
}

static void
a_broken_record_is_refused(void **state)
{
	scoped(vault_closep) struct vault *vault = open_here();
	struct vault_agent agent = {0};
	struct err err = ERR_INIT;
	int fd = open("agents", O_WRONLY | O_CLOEXEC);

	agent.credential = secret_random(VAULT_CREDENTIAL_BYTES);
	assert_true(vault_store(vault, 3, &agent, &err));
	vault_agent_done(&agent);
	assert_int_equal(pwrite(fd, "WFL2", 4, 3 * 2048), 4);
	assert_false(vault_load(vault, 3, &agent, &err));
	assert_string_equal(err.code, "vault_broken");
	assert_non_null(strstr(err.sentence, "agent 3"));
	/* A certificate that is longer than there is room. */
	assert_int_equal(pwrite(fd, "WFL1", 4, 3 * 2048), 4);
	assert_int_equal(pwrite(fd, "\xff\xff", 2, 3 * 2048 + 8), 2);
	assert_false(vault_load(vault, 3, &agent, &err));
	/* A key that is none. */
	assert_int_equal(pwrite(fd, "\0\0\1\1", 4, 3 * 2048 + 8), 4);
	assert_false(vault_load(vault, 3, &agent, &err));
	assert_null(agent.key);
	/* Half of a record. */
	assert_int_equal(ftruncate(fd, 3 * 2048 + 1000), 0);
	assert_false(vault_load(vault, 3, &agent, &err));
	assert_int_equal(ftruncate(fd, 0), 0);
	close(fd);
}

static void
an_agent_that_was_never_stored_is_empty(void **state)
{
	scoped(vault_closep) struct vault *vault = open_here();
	struct vault_agent agent = {.revision = 9};
	struct err err = ERR_INIT;

	assert_true(vault_load(vault, 70000, &agent, &err));
	assert_null(agent.credential);
	assert_null(agent.key);
	assert_int_equal(agent.revision, 0);
	assert_false(vault_is_enrolled(vault, 70000));
}

static void
what_was_stored_comes_back(void **state)
{
	scoped(vault_closep) struct vault *vault = open_here();
	scoped(vault_closep) struct vault *other = open_here();
	scoped(key_freep) struct key *ca_key = testing_key();
	scoped(certificate_freep) struct certificate *ca =
	    testing_ca(ca_key, "agents");
	struct vault_agent agent = {.revision = 7}, again;
	struct certificate_template template;
	struct err err = ERR_INIT;

	agent.credential = secret_random(VAULT_CREDENTIAL_BYTES);
	agent.key = testing_key();
	agent.next_key = testing_key();
	template = testing_template(agent.key);
	agent.certificate = testing_issue(&template, ca, ca_key);
	assert_true(vault_store(vault, 5, &agent, &err));
	assert_true(vault_is_enrolled(other, 5));
	assert_false(vault_is_enrolled(other, 4));
	assert_true(vault_load(other, 5, &again, &err));
	assert_int_equal(again.revision, 7);
	assert_true(key_same_public(agent.key, again.key));
	assert_true(key_same_public(agent.next_key, again.next_key));
	assert_true(view_equal(
	    secret_view(agent.credential), secret_view(again.credential)));
	assert_string_equal(certificate_fingerprint(agent.certificate),
	    certificate_fingerprint(again.certificate));
	vault_agent_done(&agent);
	vault_agent_done(&again);
}

static void
the_file_is_for_its_owner_alone(void **state)
{
	scoped(vault_closep) struct vault *vault = open_here();
	struct stat status;

	assert_int_equal(stat("agents", &status), 0);
	assert_int_equal(status.st_mode & 0777, 0600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_broken_record_is_refused),
	    cmocka_unit_test(an_agent_that_was_never_stored_is_empty),
	    cmocka_unit_test(what_was_stored_comes_back),
	    cmocka_unit_test(the_file_is_for_its_owner_alone),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
