/* Answers: what may not be written, and the exact bytes of what is. */
#include "base/cmocka_test.h"

#include "http/response.h"

static const int64_t WHEN = 784111777000; /* 1994-11-06T08:49:37Z */

static void
a_header_that_would_split_the_answer_is_refused(void **state)
{
	static const struct http_header bad[] = {
	    {VIEW_LITERAL("A"), VIEW_LITERAL("b\r\nC: d")},
	    {VIEW_LITERAL("A"), VIEW_LITERAL("b\nC")},
	    {VIEW_LITERAL("A"), {(const uint8_t *)"b\0c", 3}},
	    {VIEW_LITERAL("A:"), VIEW_LITERAL("b")},
	    {VIEW_LITERAL(""), VIEW_LITERAL("b")},
	    {VIEW_LITERAL("A b"), VIEW_LITERAL("c")},
	    {VIEW_LITERAL("content-length"), VIEW_LITERAL("1")},
	    {VIEW_LITERAL("Transfer-Encoding"), VIEW_LITERAL("chunked")},
	    {VIEW_LITERAL("DATE"), VIEW_LITERAL("now")},
	    {VIEW_LITERAL("Connection"), VIEW_LITERAL("close")},
	};

	for (size_t i = 0; i < array_length(bad); i++) {
		scoped(buf_donep) struct buf out =
		    BUF_INIT(HTTP_RESPONSE_HEAD_MAX);
		struct http_response response = {
		    .status = 200, .header_count = 1, .headers = &bad[i]};
		struct err err = ERR_INIT;

		assert_true(buf_append(&out, "x", 1, &err));
		assert_false(http_response_write(&out, &response, WHEN, &err));
		assert_int_equal(out.length, 1);
	}
}

static void
assert_head(const struct http_response *response, const char *expected)
{
	scoped(buf_donep) struct buf out = BUF_INIT(HTTP_RESPONSE_HEAD_MAX);
	struct err err = ERR_INIT;

	assert_true(http_response_write(&out, response, WHEN, &err));
	assert_true(buf_append(&out, "", 1, &err));
	assert_string_equal((const char *)out.data, expected);
}

#define DATE "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"

static void
heads_are_written_exactly(void **state)
{
	struct http_header type = {
	    VIEW_LITERAL("Content-Type"), VIEW_LITERAL("text/plain")};

	assert_head(&(struct http_response){.status = 200,
			.header_count = 1,
			.headers = &type,
			.length_kind = HTTP_LENGTH_KNOWN,
			.content_length = 5},
	    "HTTP/1.1 200 OK\r\n" DATE "Content-Type: text/plain\r\n"
	    "Content-Length: 5\r\n\r\n");
	assert_head(&(struct http_response){.status = 204, .closes = true},
	    "HTTP/1.1 204 No Content\r\n" DATE "Connection: close\r\n\r\n");
	assert_head(&(struct http_response){.status = 200,
			.length_kind = HTTP_LENGTH_CHUNKED,
			.keeps_alive_1_0 = true},
	    "HTTP/1.1 200 OK\r\n" DATE "Connection: keep-alive\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n");
	assert_head(&(struct http_response){.status = 101, .upgrades = true},
	    "HTTP/1.1 101 Switching Protocols\r\n" DATE
	    "Connection: Upgrade\r\n\r\n");
	assert_head(
	    &(struct http_response){
		.status = 426, .closes = true, .upgrades = true},
	    "HTTP/1.1 426 Upgrade Required\r\n" DATE
	    "Connection: close, Upgrade\r\n\r\n");
	assert_head(&(struct http_response){.status = 299},
	    "HTTP/1.1 299 Unknown\r\n" DATE "\r\n");
}

static void
a_problem_is_json_with_a_code(void **state)
{
	scoped(buf_donep) struct buf out = BUF_INIT(1024);
	struct err err = ERR_INIT;

	assert_true(http_problem_write(
	    &out, 404, "not_found", "There is no such path.", &err));
	assert_true(buf_append(&out, "", 1, &err));
	assert_string_equal((const char *)out.data,
	    "{\"code\":\"not_found\",\"detail\":\"There is no such path.\","
	    "\"status\":404,\"title\":\"Not Found\",\"type\":\"about:blank\"}");
}

static void
a_chunk_head_is_hexadecimal(void **state)
{
	char out[HTTP_CHUNK_HEAD_SIZE];

	assert_int_equal(http_chunk_head(0x1f40, out), 6);
	assert_string_equal(out, "1f40\r\n");
	assert_int_equal(http_chunk_head(UINT64_MAX, out), 18);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_header_that_would_split_the_answer_is_refused),
	    cmocka_unit_test(heads_are_written_exactly),
	    cmocka_unit_test(a_problem_is_json_with_a_code),
	    cmocka_unit_test(a_chunk_head_is_hexadecimal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
