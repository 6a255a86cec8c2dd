/* The answer to a WebSocket: only RFC 6455's acceptance of this key. */
#include "base/cmocka_test.h"

#include "agent/channel/upgrade.h"
#include "base/memory.h"

/* The key and its answer of RFC 6455, section 1.3. */
static const char KEY[] = "dGhlIHNhbXBsZSBub25jZQ==";
#define ACCEPT  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
#define UPGRADE "Upgrade: WebSocket\r\nConnection: Upgrade\r\n"

static void
refuses(const char *head, const char *code)
{
	struct err err = ERR_INIT;

	if (upgrade_accepts(view_string(head), KEY, &err))
		fail_msg("accepted: %s", head);
	assert_string_equal(err.code, code);
}

static void
what_is_no_acceptance_is_refused(void **state)
{
	refuses("", "answer_broken");
	refuses("HTTP/1.0 101 x\r\n" UPGRADE ACCEPT "\r\n", "answer_broken");
	refuses("HTTP/1.1 1x1 x\r\n" UPGRADE ACCEPT "\r\n", "answer_broken");
	refuses("HTTP/1.1 200 OK\r\n" UPGRADE ACCEPT "\r\n", "link_refused");
	refuses("HTTP/1.1 403 Forbidden\r\n\r\n", "link_refused");
	refuses("HTTP/1.1 101 x\r\n" UPGRADE "\r\n", "answer_broken");
	refuses("HTTP/1.1 101 x\r\n" ACCEPT "\r\n", "answer_broken");
	refuses("HTTP/1.1 101 x\r\n" UPGRADE
		"Sec-WebSocket-Accept: AAAAMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n",
	    "answer_broken");
}

static void
the_acceptance_of_this_key_is_taken(void **state)
{
	struct err err = ERR_INIT;

	assert_true(upgrade_accepts(
	    VIEW_LITERAL("HTTP/1.1 101 Switching Protocols\r\n"
			 "date: today\r\n" UPGRADE ACCEPT "\r\n"),
	    KEY, &err));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_no_acceptance_is_refused),
	    cmocka_unit_test(the_acceptance_of_this_key_is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
