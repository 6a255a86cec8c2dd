/* Answers: what is refused, then every form whole and byte by byte. */
#include "base/cmocka_test.h"

#include <string.h>

#include "fleet/answer.h"

static bool
feed(struct answer *answer, const char *text, size_t step, struct err *err)
{
	struct view all = view_string(text);

	for (size_t at = 0; at < all.length; at += step) {
		struct view part = view_slice(all, at, step);

		if (!answer_feed(answer, &part, err))
			return false;
	}
	return true;
}

static void
refuses(const char *text, const char *code)
{
	for (size_t step = 1; step < 300; step += 298) {
		struct answer answer;
		struct err err = ERR_INIT;

		answer_init(&answer, 8);
		if (feed(&answer, text, step, &err) &&
		    answer_end(&answer, &err))
			fail_msg("taken: %s", text);
		assert_string_equal(err.code, code);
		answer_done(&answer);
	}
}

#define OK_ "HTTP/1.1 200 OK\r\n"

static void
what_is_no_answer_is_refused(void **state)
{
	refuses("", "answer_broken");
	refuses("SSH-2.0-x\r\n\r\n", "answer_broken");
	refuses("HTTP/1.0 200 OK\r\n\r\n", "answer_broken");
	refuses("HTTP/1.1 099 OK\r\n\r\n", "answer_broken");
	refuses("HTTP/1.1 2x0 OK\r\n\r\n", "answer_broken");
	refuses(OK_ "no colon\r\n\r\n", "answer_broken");
	refuses(OK_ "Content-Length: 3", "answer_broken");
	refuses(OK_ "Content-Length: -3\r\n\r\n", "answer_broken");
	refuses(OK_ "Content-Length: 3\r\n\r\nab", "answer_broken");
	refuses(OK_ "Content-Length: 9\r\n\r\n123456789", "answer_too_large");
	refuses(OK_ "Transfer-Encoding: gzip\r\n\r\n", "answer_broken");
	refuses(OK_ "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
	    "answer_broken");
	refuses(
	    OK_ "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "answer_broken");
	refuses(OK_ "Transfer-Encoding: chunked\r\n\r\n9\r\n123456789\r\n",
	    "answer_too_large");
}

static void
every_form_of_a_body_is_read(void **state)
{
	static const struct {
		const char *text;
		bool ends;
	} cases[] = {
	    {OK_ "Content-Length: 3\r\n\r\nabc", false},
	    {"HTTP/1.1 100 Continue\r\n\r\n" OK_ "content-length:3\r\n\r\nabc",
		false},
	    {OK_ "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n"
		 "0\r\n\r\n",
		false},
	    {OK_ "X: y\r\n\r\nabc", true},
	};

	for (size_t i = 0; i < array_length(cases); i++)
		for (size_t step = 1; step < 300; step++) {
			struct answer answer;
			struct err err = ERR_INIT;

			answer_init(&answer, 8);
			assert_true(feed(&answer, cases[i].text, step, &err));
			assert_int_equal(answer.state,
			    cases[i].ends ? ANSWER_TO_END : ANSWER_WHOLE);
			assert_true(answer_end(&answer, &err));
			assert_true(
			    view_equal_string(buf_view(&answer.body), "abc"));
			assert_int_equal(answer.status, 200);
			answer_done(&answer);
		}
}

static void
what_follows_an_upgrade_is_left(void **state)
{
	struct view input =
	    view_string("HTTP/1.1 101 Switching Protocols\r\nUpgrade: "
			"websocket\r\n\r\nframe");
	struct answer answer;
	struct err err = ERR_INIT;

	answer_init(&answer, 8);
	assert_true(answer_feed(&answer, &input, &err));
	assert_int_equal(answer.state, ANSWER_WHOLE);
	assert_true(view_equal_string(input, "frame"));
	answer_done(&answer);
}

static void
retry_after_and_close_are_told(void **state)
{
	struct answer answer;
	struct err err = ERR_INIT;

	answer_init(&answer, 8);
	assert_true(feed(&answer,
	    "HTTP/1.1 503 No\r\nRetry-After: 5\r\nConnection: close\r\n"
	    "Content-Length: 0\r\n\r\n",
	    1, &err));
	assert_int_equal(answer.state, ANSWER_WHOLE);
	assert_int_equal(answer.retry_after_s, 5);
	assert_true(answer.closes);
	answer_done(&answer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_no_answer_is_refused),
	    cmocka_unit_test(every_form_of_a_body_is_read),
	    cmocka_unit_test(what_follows_an_upgrade_is_left),
	    cmocka_unit_test(retry_after_and_close_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
