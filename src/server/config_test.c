/* The server's options and roles: what together makes no sense is refused. */
#include "base/cmocka_test.h"

#include <stdio.h>

#include "base/memory.h"
#include "os/file.h"
#include "server/config.h"
#include "server/role_control.h"
#include "server/role_table.h"

static bool
load(struct server_config *config, const char *setting, struct err *err)
{
	char *settings[] = {memory_string(setting)};
	bool is_loaded = server_config_load(config, NULL, settings, 1, err);

	free(settings[0]);
	return is_loaded;
}

static void
assert_refused(const char *setting, const char *part)
{
	struct server_config config = {0};
	struct err err = ERR_INIT;

	assert_false(load(&config, setting, &err));
	assert_int_equal(err.category, ERR_MALFORMED);
	assert_string_equal(err.code, "configuration");
	assert_non_null(strstr(err.sentence, part));
	assert_null(config.state_dir);
}

static void
settings_that_make_no_sense_are_refused(void **state)
{
	assert_refused("server.state_dir=var", "absolute path");
	assert_refused("server.state_dir=", "cannot be");
	assert_refused("server.names=good.example,bad/name", "\"bad/name\"");
	assert_refused("server.names=\xe5\x89\xb2\xe7\xac\xa6", "xn--");
	assert_refused("server.names=*.example", "names no host");
	assert_refused("server.names=server.example:8383", "names no host");
	assert_refused("http.port=8383", "three different ports");
	assert_refused("database.driver=postgresql", "needs conninfo");
	assert_refused("signer.key_store=pkcs11", "pkcs11_uri");
	assert_refused("limits.connections=7", "at least 16");
	assert_refused("server.colour=red", "allowed are state_dir");
	assert_refused("http.port", "is not SECTION.KEY=VALUE");
}

static void
gaps_are_filled_and_what_is_printed_reads_back(void **state)
{
	scoped(buf_donep) struct buf first = BUF_INIT(LIMIT_CONFIG_FILE);
	scoped(buf_donep) struct buf second = BUF_INIT(LIMIT_CONFIG_FILE);
	struct server_config config = {0}, copy = {0};
	struct err err = ERR_INIT;

	assert_true(load(&config, "server.state_dir=/x", &err));
	assert_true(config.gateways >= 1);
	assert_non_null(config.names[0]);
	assert_int_equal(config.http_port, 8020);
	assert_int_equal(config.https_port, 8383);
	assert_int_equal(config.agents_port, 8443);
	assert_true(server_config_print(&config, &first, &err));
	assert_true(server_config_parse(&copy, buf_view(&first), &err));
	assert_true(server_config_print(&copy, &second, &err));
	assert_true(view_equal(buf_view(&first), buf_view(&second)));
	server_config_done(&config);
	server_config_done(&copy);
}

static void
the_role_table_is_the_golden_one(void **state)
{
	scoped(buf_donep) struct buf golden = BUF_INIT(64 * 1024);
	scoped(memory_freep) char *text = role_table_text();
	struct err err = ERR_INIT;

	assert_true(
	    file_read(SOURCE_ROOT "/tests/golden/roles.txt", &golden, &err));
	if (!view_equal_string(buf_view(&golden), text))
		fprintf(stderr, "%s", text);
	assert_true(view_equal_string(buf_view(&golden), text));
}

static void
only_what_is_configured_widens_a_sandbox(void **state)
{
	struct sandbox_path paths[ROLE_PATHS_MAX];
	struct server_config config = {0};
	struct sandbox sandbox;

	role_sandbox(
	    role_row_of(IPC_CORE), &config, "/s/core", "/d", paths, &sandbox);
	assert_false(sandbox.may_connect);
	assert_false(sandbox.has_all_files);
	assert_string_equal(sandbox.paths[0].path, "/s/core");
	assert_string_equal(sandbox.paths[1].path, "/d");
	config.database = SERVER_DATABASE_POSTGRESQL;
	role_sandbox(
	    role_row_of(IPC_CORE), &config, "/s/core", "/d", paths, &sandbox);
	assert_true(sandbox.may_connect);
	config.key_store = SERVER_KEY_STORE_PKCS11;
	role_sandbox(
	    role_row_of(IPC_GATEWAY), &config, NULL, "/d", paths, &sandbox);
	assert_false(sandbox.may_connect);
	assert_false(sandbox.has_all_files);
	assert_int_equal(sandbox.path_count, 0);
	role_sandbox(role_row_of(IPC_SIGNER), &config, "/s/signer", "/d", paths,
	    &sandbox);
	assert_false(sandbox.may_connect);
	assert_int_equal(sandbox.path_count, 1);
	assert_true(sandbox.has_all_files);
}

static void
control_bodies_are_read_exactly(void **state)
{
	struct role_peer peer = {IPC_GATEWAY, 3, 70000}, read;
	scoped(memory_freep) char *sentence = NULL;
	scoped(buf_donep) struct buf body = BUF_INIT(1000);
	struct err err = ERR_INIT;
	struct writer writer;
	struct view whole;

	writer_init(&writer, &body);
	role_broken_write(&writer, &peer, "why");
	assert_true(writer_done(&writer, &err));
	whole = buf_view(&body);
	for (size_t i = 0; i < whole.length; i++)
		assert_false(role_broken_read(
		    view_slice(whole, 0, i), &read, &sentence, &err));
	assert_true(role_broken_read(whole, &read, &sentence, &err));
	assert_int_equal(read.role, IPC_GATEWAY);
	assert_int_equal(read.slot, 3);
	assert_int_equal(read.instance, 70000);
	assert_string_equal(sentence, "why");
	assert_false(role_attach_read(whole, &read, &err));
	body.data[0] = IPC_ROLE_COUNT;
	assert_false(role_attach_read(view_slice(whole, 0, 9), &read, &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(settings_that_make_no_sense_are_refused),
	    cmocka_unit_test(gaps_are_filled_and_what_is_printed_reads_back),
	    cmocka_unit_test(the_role_table_is_the_golden_one),
	    cmocka_unit_test(only_what_is_configured_widens_a_sandbox),
	    cmocka_unit_test(control_bodies_are_read_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
