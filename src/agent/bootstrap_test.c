/* The bootstrap file: what is refused, and what URLs come of it. */
#include "base/cmocka_test.h"

#include "agent/bootstrap.h"
#include "base/memory.h"

#define PIN "99fcf1e1ac5c59b4fd09e9bd4466873bdc46ea8d9058236a11b5dd818ccddc93"
#define REST                                                                   \
	"\"https_port\":8383,\"agent_port\":8443,\"publication_key\":\"" PIN   \
	"\",\"token\":\"wft_x\""

static void
refuses(const char *text, const char *word)
{
	struct server_address address = {.name = "untouched"};
	struct secret *token = NULL;
	struct err err = ERR_INIT;

	if (bootstrap_read(view_string(text), true, &address, &token, &err))
		fail_msg("accepted: %s", text);
	assert_string_equal(err.code, "bootstrap");
	if (strstr(err_sentence(&err), word) == NULL)
		fail_msg("\"%s\" is not in: %s", word, err_sentence(&err));
	assert_null(token);
	assert_string_equal(address.name, "untouched");
}

static void
what_is_no_bootstrap_file_is_refused(void **state)
{
	refuses("", "JSON");
	refuses("[]", "server");
	refuses("{" REST "}", "\"server\"");
	refuses("{\"server\":\"a b\"," REST "}", "\"server\"");
	refuses("{\"server\":\"host/path\"," REST "}", "\"server\"");
	refuses("{\"server\":\"user@host\"," REST "}", "\"server\"");
	refuses("{\"server\":\"-host\"," REST "}", "\"server\"");
	refuses("{\"server\":\"::gg\"," REST "}", "\"server\"");
	refuses("{\"server\":\"a\",\"server\":\"b\"," REST "}", "duplicate");
	refuses("{\"server\":\"a\",\"https_port\":0}", "https_port");
	refuses("{\"server\":\"a\",\"https_port\":65536}", "https_port");
	refuses("{\"server\":\"a\",\"https_port\":\"1\"}", "https_port");
	refuses("{\"server\":\"a\",\"https_port\":1,\"agent_port\":2,"
		"\"publication_key\":\"" PIN "\"}",
	    "token");
	refuses("{\"server\":\"a\",\"https_port\":1,\"agent_port\":2,"
		"\"publication_key\":\"" PIN "\",\"token\":\"a\\r\\nb\"}",
	    "token");
	refuses("{\"server\":\"a\",\"https_port\":1,\"agent_port\":2,"
		"\"publication_key\":\"" PIN "\",\"token\":\"\"}",
	    "token");
	refuses("{\"server\":\"a\",\"https_port\":1,\"agent_port\":2,"
		"\"publication_key\":\"abc\",\"token\":\"a\"}",
	    "publication_key");
}

static void
members_of_a_newer_server_are_passed_over(void **state)
{
	struct server_address address;
	scoped(secret_freep) struct secret *token = NULL;
	struct err err = ERR_INIT;

	assert_true(bootstrap_read(
	    VIEW_LITERAL("{\"server\":\"host.example\",\"new\":[1]," REST "}"),
	    true, &address, &token, &err));
	assert_string_equal(address.name, "host.example");
	assert_int_equal(address.https_port, 8383);
	assert_int_equal(address.agent_port, 8443);
	assert_string_equal(address.pin, PIN);
	assert_true(view_equal_string(secret_view(token), "wft_x"));
}

static void
the_copy_has_no_token_and_reads_back(void **state)
{
	struct server_address address = {
	    .name = "::1", .https_port = 1, .agent_port = 2, .pin = PIN};
	scoped(memory_freep) char *text = bootstrap_write(&address);
	struct server_address back;
	struct secret *token = NULL;
	struct err err = ERR_INIT;

	assert_null(strstr(text, "token"));
	assert_true(
	    bootstrap_read(view_string(text), false, &back, &token, &err));
	assert_null(token);
	assert_string_equal(back.name, "::1");
}

static void
urls_have_brackets_around_ipv6(void **state)
{
	struct server_address address = {.name = "fd00::1"};
	scoped(memory_freep) char *six = bootstrap_url(&address, 8443, "/x");
	scoped(memory_freep) char *four = NULL;

	assert_string_equal(six, "https://[fd00::1]:8443/x");
	snprintf(address.name, sizeof(address.name), "10.0.0.1");
	four = bootstrap_url(&address, 8383, "/");
	assert_string_equal(four, "https://10.0.0.1:8383/");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_no_bootstrap_file_is_refused),
	    cmocka_unit_test(members_of_a_newer_server_are_passed_over),
	    cmocka_unit_test(the_copy_has_no_token_and_reads_back),
	    cmocka_unit_test(urls_have_brackets_around_ipv6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
