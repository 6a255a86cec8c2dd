/* What the installer's text must be, and what must never get into it. */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/memory.h"
#include "server/core/installer_text.h"

#define PIN  "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define HEAD "\x1f\x8b\x08\x10\0\0\0\0\0\xff"

static const struct installer_archive ARCHIVE = {
    .sha256 = PIN,
    .bytes = 1234567,
    .version = "1.2.3",
    .architecture = "x86_64",
};

static bool
read_comment(const char *comment, struct installer_archive *out)
{
	scoped(buf_donep) struct buf head = BUF_INIT(INSTALLER_HEAD_BYTES);
	struct err err = ERR_INIT;

	assert_true(buf_append(&head, HEAD, sizeof(HEAD) - 1, &err));
	assert_true(buf_append(&head, comment, strlen(comment) + 1, &err));
	return installer_archive_read_head(buf_view(&head), out, &err);
}

static void
a_script_with_a_hostile_name_is_not_made(void **state)
{
	char *names[] = {(char *)"central", (char *)"x'; reboot; '", NULL};
	struct installer_facts facts = {names, 8383, 8443, PIN, &ARCHIVE};
	scoped(buf_donep) struct buf out = BUF_INIT(INSTALLER_SCRIPT_MAX);
	struct err err = ERR_INIT;

	assert_false(installer_script_write(&facts, &out, &err));
	assert_string_equal(err.code, "installer_unavailable");
}

static void
an_archive_says_its_version_and_architecture(void **state)
{
	struct installer_archive archive = {0};

	assert_true(read_comment("warifu-agent 1.2.3~rc1 x86_64", &archive));
	assert_string_equal(archive.version, "1.2.3~rc1");
	assert_string_equal(archive.architecture, "x86_64");
}

static void
another_file_is_no_archive(void **state)
{
	static const char *const BAD[] = {"", "warifu-agent", "other 1 x86_64",
	    "warifu-agent 1 ", "warifu-agent  x86_64", "warifu-agent 1 x86_64 ",
	    "warifu-agent 1 x86_64 more", "warifu-agent 1';id;' x86_64",
	    "warifu-agent 1 $(id)", "warifu-agent -1 x86_64",
	    "warifu-agent 1 "
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	struct installer_archive archive = {0};

	for (size_t i = 0; i < array_length(BAD); i++)
		assert_false(read_comment(BAD[i], &archive));
	assert_int_equal(archive.version[0], 0);
}

static void
a_head_cut_anywhere_is_no_archive(void **state)
{
	static const char WHOLE[] = HEAD "warifu-agent 1 x86_64";
	struct installer_archive archive = {0};

	for (size_t i = 0; i < sizeof(WHOLE); i++) {
		struct err err = ERR_INIT;

		assert_false(installer_archive_read_head(
		    view_of(WHOLE, i), &archive, &err));
		assert_string_equal(err.code, "installer_archive");
	}
}

static void
the_script_begins_with_what_it_must_know(void **state)
{
	char *names[] = {(char *)"localhost", (char *)"127.0.0.1",
	    (char *)"central.example.net", (char *)"2001:db8::1", NULL};
	struct installer_facts facts = {names, 8383, 8443, PIN, &ARCHIVE};
	static const char WANTED[] =
	    "#!/bin/sh\n"
	    "# Installs the Warifu agent on this computer; \"sh FILE --help\" "
	    "says more.\n"
	    "WARIFU_SERVER='central.example.net'\n"
	    "WARIFU_NAMES='localhost 127.0.0.1 central.example.net "
	    "2001:db8::1'\n"
	    "WARIFU_HTTPS_PORT='8383'\n"
	    "WARIFU_AGENT_PORT='8443'\n"
	    "WARIFU_PUBLICATION_KEY='" PIN "'\n"
	    "WARIFU_VERSION='1.2.3'\n"
	    "WARIFU_ARCHITECTURE='x86_64'\n"
	    "WARIFU_ARCHIVE_SHA256='" PIN "'\n"
	    "WARIFU_ARCHIVE_BYTES='1234567'\n"
	    "\n";
	scoped(buf_donep) struct buf out = BUF_INIT(INSTALLER_SCRIPT_MAX);
	scoped(buf_donep) struct buf again = BUF_INIT(INSTALLER_SCRIPT_MAX);
	struct err err = ERR_INIT;

	assert_true(installer_script_write(&facts, &out, &err));
	assert_true(view_starts_with(buf_view(&out), WANTED));
	assert_true(installer_script_write(&facts, &again, &err));
	assert_true(out.length == again.length &&
	    memcmp(out.data, again.data, out.length) == 0);
}

static void
a_server_of_loopback_names_alone_has_its_first(void **state)
{
	char *names[] = {(char *)"127.0.0.1", (char *)"localhost", NULL};

	assert_string_equal(installer_default_server(names), "127.0.0.1");
}

static char *
command(enum installer_tool tool, const char *server, bool is_reenrol)
{
	struct installer_command wanted = {tool, server, 8383, PIN, is_reenrol};
	scoped(buf_donep) struct buf out = BUF_INIT(INSTALLER_COMMAND_MAX);
	struct err err = ERR_INIT;

	assert_true(installer_command_write(&wanted, &out, &err));
	return view_to_string(buf_view(&out));
}

static void
the_command_compares_before_it_runs(void **state)
{
	scoped(memory_freep) char *text =
	    command(INSTALLER_CURL, "central.example.net", false);

	assert_string_equal(text,
	    "(d=$(mktemp -d) && cd \"$d\" && curl -gkfsS -o warifu-install.sh "
	    "'https://central.example.net:8383/installer/linux.sh' && echo "
	    "'" PIN "  warifu-install.sh' | sha256sum -c - && printf '%s\\n' "
	    "'TOKEN' | $(command -v sudo) sh warifu-install.sh --server "
	    "central.example.net --token-file -)");
}

static void
the_command_knows_wget_ipv6_and_reenrolment(void **state)
{
	scoped(memory_freep) char *text =
	    command(INSTALLER_WGET, "2001:db8::1", true);

	assert_non_null(strstr(text,
	    "wget -q --no-check-certificate -O warifu-install.sh "
	    "'https://[2001:db8::1]:8383/installer/linux.sh'"));
	assert_non_null(
	    strstr(text, " --server 2001:db8::1 --reenrol --token-file -)"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_script_with_a_hostile_name_is_not_made),
	    cmocka_unit_test(an_archive_says_its_version_and_architecture),
	    cmocka_unit_test(another_file_is_no_archive),
	    cmocka_unit_test(a_head_cut_anywhere_is_no_archive),
	    cmocka_unit_test(the_script_begins_with_what_it_must_know),
	    cmocka_unit_test(a_server_of_loopback_names_alone_has_its_first),
	    cmocka_unit_test(the_command_compares_before_it_runs),
	    cmocka_unit_test(the_command_knows_wget_ipv6_and_reenrolment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
