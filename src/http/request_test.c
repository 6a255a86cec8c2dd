/* The request reader: what it refuses, then what it reads; each fed whole, byte
 * by byte, and cut at every length. */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/memory.h"
#include "http/feed_test.h"

static char *
feed_in_parts(struct view input, size_t first, size_t step)
{
	struct feed feed;
	char *text;

	feed_init(&feed);
	feed_bytes(&feed, view_slice(input, 0, first));
	for (size_t at = first; at < input.length; at += step)
		feed_bytes(&feed, view_slice(input, at, step));
	text = view_to_string(buf_view(&feed.text));
	feed_done(&feed);
	return text;
}

static void
assert_reads(struct view input, const char *expected)
{
	char *whole = feed_in_parts(input, input.length, 1);
	char *bytes = feed_in_parts(input, 0, 1);

	assert_string_equal(whole, expected);
	assert_string_equal(bytes, expected);
	free(whole);
	free(bytes);
	for (size_t cut = 1; cut < input.length; cut++) {
		char *parts = feed_in_parts(input, cut, input.length);

		assert_string_equal(parts, expected);
		free(parts);
	}
}

struct example {
	const char *input;
	const char *expected;
};

#define H11      "GET / HTTP/1.1\r\nHost: a\r\n"
#define P11      "POST /p HTTP/1.1\r\nHost: a\r\n"
#define P11_HEAD "POST /p 1.1 host=a headers=2 "

static void
assert_examples(const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++)
		assert_reads(
		    view_string(examples[i].input), examples[i].expected);
}

static void
wrong_request_lines_are_refused(void **state)
{
	static const struct example examples[] = {
	    {"GET /\r\n", "refused 400 request_line_malformed"},
	    {"GET  / HTTP/1.1\r\n", "refused 400 request_line_malformed"},
	    {"GET /  HTTP/1.1\r\n", "refused 400 request_line_malformed"},
	    {"GET / HTTP/1.1 \r\n", "refused 400 request_line_malformed"},
	    {" GET / HTTP/1.1\r\n", "refused 400 request_line_malformed"},
	    {"GET\t/ HTTP/1.1\r\n", "refused 400 request_line_malformed"},
	    {"GET / http/1.1\r\n", "refused 400 request_line_malformed"},
	    {"GET / HTTP/11\r\n", "refused 400 request_line_malformed"},
	    {"GET / HTTP/1.1\r\r\n", "refused 400 request_line_malformed"},
	    {"G@T / HTTP/1.1\r\n", "refused 400 request_line_malformed"},
	    {"GET / HTTP/1.1\n", "refused 400 bare_line_feed"},
	    {"\n", "refused 400 bare_line_feed"},
	    {"\r\n\r\n", "refused 400 request_line_malformed"},
	    {"GET / HTTP/1.2\r\n", "refused 505 http_version"},
	    {"GET / HTTP/2.0\r\n", "refused 505 http_version"},
	    {"GET / HTTP/0.9\r\n", "refused 505 http_version"},
	    {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "refused 505 http_version"},
	    {"CONNECT a:443 HTTP/1.1\r\n", "refused 501 connect_refused"},
	    {"GET * HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET x HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET a:80 HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET /a#b HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET /a[b] HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET /?\\ HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET /?<\" HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET /%4 HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET /%zz HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET /\"a\" HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET /\xe5\x89\xb2 HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET http:// HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET http://u@a/ HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET ftp://a/ HTTP/1.1\r\n", "refused 400 target_malformed"},
	    {"GET http://a:99999/ HTTP/1.1\r\n",
		"refused 400 target_malformed"},
	};

	assert_examples(examples, array_length(examples));
	assert_reads(view_of("GET /\0 HTTP/1.1\r\n", 17),
	    "refused 400 target_malformed");
}

static void
wrong_fields_are_refused(void **state)
{
	static const struct example examples[] = {
	    {H11 "A: b\n\r\n", "refused 400 bare_line_feed"},
	    {H11 "A: b\rc\r\n\r\n", "refused 400 header_malformed"},
	    {H11 "A: b\r\r\n\r\n", "refused 400 header_malformed"},
	    {H11 "A : b\r\n\r\n", "refused 400 header_malformed"},
	    {H11 "A\t: b\r\n\r\n", "refused 400 header_malformed"},
	    {H11 ": b\r\n\r\n", "refused 400 header_malformed"},
	    {H11 "A\r\n\r\n", "refused 400 header_malformed"},
	    {H11 "A(: b\r\n\r\n", "refused 400 header_malformed"},
	    {H11 "A: \x01\r\n\r\n", "refused 400 header_malformed"},
	    {H11 "A: \x7f\r\n\r\n", "refused 400 header_malformed"},
	    {H11 "A: b\r\n c\r\n\r\n", "refused 400 folded_header"},
	    {H11 "A: b\r\n\tc\r\n\r\n", "refused 400 folded_header"},
	    {"GET / HTTP/1.1\r\n Host: a\r\n\r\n", "refused 400 folded_header"},
	    {"GET / HTTP/1.1\r\n\r\n", "refused 400 host_missing"},
	    {H11 "host: a\r\n\r\n", "refused 400 duplicate_header"},
	    {"GET / HTTP/1.1\r\nHost:\r\n\r\n", "refused 400 host_malformed"},
	    {"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
		"refused 400 host_malformed"},
	    {"GET / HTTP/1.1\r\nHost: a,b@c\r\n\r\n",
		"refused 400 host_malformed"},
	    {"GET / HTTP/1.1\r\nHost: a:x\r\n\r\n",
		"refused 400 host_malformed"},
	    {"GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
		"refused 400 host_malformed"},
	    {"GET / HTTP/1.1\r\nHost: [::1]x\r\n\r\n",
		"refused 400 host_malformed"},
	    {"GET / HTTP/1.1\r\nHost: /a\r\n\r\n",
		"refused 400 host_malformed"},
	    {"GET / HTTP/1.0\r\nHost: a b\r\n\r\n",
		"refused 400 host_malformed"},
	    {H11 "Authorization: x\r\nAuthorization: y\r\n\r\n",
		"refused 400 duplicate_header"},
	    {P11 "Expect: 200-ok\r\nContent-Length: 1\r\n\r\n",
		"refused 417 expectation_unknown"},
	};

	assert_examples(examples, array_length(examples));
	assert_reads(view_of(H11 "A: b\0c\r\n\r\n", sizeof(H11) - 1 + 10),
	    "refused 400 header_malformed");
}

static void
smuggling_forms_are_refused(void **state)
{
	static const struct example examples[] = {
	    {P11 "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
		"refused 400 two_lengths"},
	    {P11 "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n",
		"refused 400 two_lengths"},
	    {P11 "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
		"refused 400 duplicate_header"},
	    {P11 "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
		"refused 400 duplicate_header"},
	    {P11 "Content-Length: 1, 1\r\n\r\n",
		"refused 400 content_length_malformed"},
	    {P11 "Content-Length: +1\r\n\r\n",
		"refused 400 content_length_malformed"},
	    {P11 "Content-Length: -1\r\n\r\n",
		"refused 400 content_length_malformed"},
	    {P11 "Content-Length: 0x1\r\n\r\n",
		"refused 400 content_length_malformed"},
	    {P11 "Content-Length: 1 1\r\n\r\n",
		"refused 400 content_length_malformed"},
	    {P11 "Content-Length: 1_0\r\n\r\n",
		"refused 400 content_length_malformed"},
	    {P11 "Content-Length:\r\n\r\n",
		"refused 400 content_length_malformed"},
	    {P11 "Content-Length: 18446744073709551617\r\n\r\n",
		"refused 400 content_length_malformed"},
	    {P11 "Content-Length: 9223372036854775808\r\n\r\n",
		"refused 400 content_length_malformed"},
	    {P11 "Content-Length : 1\r\n\r\n", "refused 400 header_malformed"},
	    {P11 "Transfer-Encoding : chunked\r\n\r\n",
		"refused 400 header_malformed"},
	    {P11 "Transfer-Encoding: chunked\r\n"
		 "Transfer-Encoding: identity\r\n\r\n",
		"refused 400 duplicate_header"},
	    {P11 "Transfer-Encoding: chunked, chunked\r\n\r\n",
		"refused 400 transfer_encoding_malformed"},
	    {P11 "Transfer-Encoding: chunked, gzip\r\n\r\n",
		"refused 400 transfer_encoding_malformed"},
	    {P11 "Transfer-Encoding: ,chunked\r\n\r\n",
		"refused 400 transfer_encoding_malformed"},
	    {P11 "Transfer-Encoding: chun ked\r\n\r\n",
		"refused 400 transfer_encoding_malformed"},
	    {P11 "Transfer-Encoding: \x0b"
		 "chunked\r\n\r\n",
		"refused 400 header_malformed"},
	    {P11 "Transfer-Encoding: chunked;q=1\r\n\r\n",
		"refused 400 transfer_encoding_malformed"},
	    {P11 "Transfer-Encoding: \"chunked\"\r\n\r\n",
		"refused 400 transfer_encoding_malformed"},
	    {P11 "Transfer-Encoding:\r\n\r\n",
		"refused 400 transfer_encoding_malformed"},
	    {P11 "Transfer-Encoding: gzip, chunked\r\n\r\n",
		"refused 501 transfer_coding"},
	    {P11 "Transfer-Encoding: identity\r\n\r\n",
		"refused 501 transfer_coding"},
	    {P11 "Transfer-Encoding: xchunked\r\n\r\n",
		"refused 501 transfer_coding"},
	    {"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		"refused 400 two_lengths"},
	};

	assert_examples(examples, array_length(examples));
}

#define CHUNKED_HEAD P11 "Transfer-Encoding: chunked\r\n\r\n"

static void
wrong_chunks_are_refused(void **state)
{
	static const struct example examples[] = {
	    {CHUNKED_HEAD "+1\r\n", P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "-1\r\n", P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "0x1\r\n", P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD " 1\r\n", P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "1 \r\n", P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "1 ;a\r\n", P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "\r\n", P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD ";a\r\n", P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "g\r\n", P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "1\n", P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "1\rx", P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "1;a\nb\r\n",
		P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "1;a\rb\r\n",
		P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "ffffffffffffffff\r\n",
		P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "00000000000000001\r\n",
		P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "1\r\nab", P11_HEAD "arefused 400 chunked_malformed"},
	    {CHUNKED_HEAD "1\r\na\n",
		P11_HEAD "arefused 400 chunked_malformed"},
	    {CHUNKED_HEAD "1\r\na\r0",
		P11_HEAD "arefused 400 chunked_malformed"},
	    {CHUNKED_HEAD "0\r\n: x\r\n\r\n",
		P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "0\r\nA : x\r\n\r\n",
		P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "0\r\nA: x\n\r\n",
		P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "0\r\n x\r\n\r\n",
		P11_HEAD "refused 400 chunked_malformed"},
	    {CHUNKED_HEAD "0\r\n\rx", P11_HEAD "refused 400 chunked_malformed"},
	};

	assert_examples(examples, array_length(examples));
}

/* "PREFIX" + count times filler + "SUFFIX", fed in pieces of 1000. */
static char *
feed_long(
    const char *prefix, const char *filler, size_t count, const char *suffix)
{
	scoped(buf_donep) struct buf input = BUF_INIT(1 << 20);
	struct err err = ERR_INIT;

	assert_true(buf_append_string(&input, prefix, &err));
	for (size_t i = 0; i < count; i++)
		assert_true(buf_append_string(&input, filler, &err));
	assert_true(buf_append_string(&input, suffix, &err));
	return feed_in_parts(buf_view(&input), 0, 1000);
}

static void
assert_long(char *got, const char *expected)
{
	assert_string_equal(got, expected);
	free(got);
}

static void
what_is_over_a_limit_is_refused(void **state)
{
	enum {
		LINE_FRAME = sizeof("GET / HTTP/1.1") - 1,
	};

	assert_long(feed_long("GET /", "a", LIMIT_HTTP_REQUEST_LINE, ""),
	    "refused 414 request_line_too_long");
	assert_long(
	    feed_long("GET /", "a", LIMIT_HTTP_REQUEST_LINE - LINE_FRAME + 1,
		" HTTP/1.1\r\n"),
	    "refused 414 request_line_too_long");
	assert_long(feed_long(H11 "A: ", "a", LIMIT_HTTP_HEADER_BYTES, ""),
	    "refused 431 headers_too_large");
	assert_long(feed_long(H11, "A: b\r\n", LIMIT_HTTP_HEADER_COUNT, "\r\n"),
	    "refused 431 headers_too_large");
	assert_long(
	    feed_long(H11, "A: b\r\n", LIMIT_HTTP_HEADER_COUNT - 1, "\r\n"),
	    "GET / 1.1 host=a headers=64  end; ");
	assert_long(feed_long(CHUNKED_HEAD "1;", "a", LIMIT_HTTP_CHUNK_LINE + 1,
			"\r\na"),
	    P11_HEAD "refused 400 chunked_malformed");
	assert_long(feed_long(CHUNKED_HEAD "0\r\n", "A: b\r\n",
			LIMIT_HTTP_HEADER_BYTES / 6 + 1, "\r\n"),
	    P11_HEAD "refused 400 chunked_malformed");
}

static void
good_requests_are_read(void **state)
{
	static const struct example examples[] = {
	    {H11 "\r\n", "GET / 1.1 host=a headers=1  end; "},
	    {"\r\n" H11 "\r\n", "GET / 1.1 host=a headers=1  end; "},
	    {"GET /?a=b%20&c HTTP/1.1\r\nHost: [::1]:80\r\nA:\r\n\r\n",
		"GET /?a=b%20&c 1.1 host=[::1]:80 headers=2  end; "},
	    {"GET /?a[b]={c|d}^`?/ HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /?a[b]={c|d}^`?/ 1.1 host=a headers=1  end; "},
	    {"GET / HTTP/1.0\r\n\r\n",
		"GET / 1.0 host= headers=0 close  end; "},
	    {"GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
		"GET / 1.0 host= headers=1  end; "},
	    {H11 "Connection: x, close\r\n\r\n",
		"GET / 1.1 host=a headers=2 close  end; "},
	    {"GET http://b:81/x?y HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET /x?y 1.1 host=b:81 headers=1  end; "},
	    {"GET https://b HTTP/1.1\r\nHost: a\r\n\r\n",
		"GET / 1.1 host=b headers=1  end; "},
	    {"OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
		"OPTIONS * 1.1 host=a headers=1  end; "},
	    {"OPTIONS http://b HTTP/1.1\r\nHost: a\r\n\r\n",
		"OPTIONS * 1.1 host=b headers=1  end; "},
	    {P11 "Content-Length: 3\r\n\r\nabc", P11_HEAD "abc end; "},
	    {P11 "Content-Length: 0\r\n\r\n", P11_HEAD " end; "},
	    {P11 "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\na",
		"POST /p 1.1 host=a headers=3 continue a end; "},
	    {P11 "Expect: 100-continue\r\nContent-Length: 0\r\n\r\n",
		"POST /p 1.1 host=a headers=3  end; "},
	    {CHUNKED_HEAD "3\r\nabc\r\nA;x=\"y\"\r\n0123456789\r\n000\r\n\r\n",
		P11_HEAD "abc0123456789 end; "},
	    {CHUNKED_HEAD "1\r\na\r\n0\r\nX: y\r\nZ:\r\n\r\n",
		P11_HEAD "a end; "},
	    {P11 "Transfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
		P11_HEAD " end; "},
	};

	assert_examples(examples, array_length(examples));
}

static void
pipelined_requests_are_read_one_by_one(void **state)
{
	assert_reads(VIEW_LITERAL(P11
			 "Content-Length: 3\r\n\r\nabc" H11 "\r\n" CHUNKED_HEAD
			 "1\r\nx\r\n0\r\n\r\n\r\n" H11 "\r\n" H11 "Bad\r\n"),
	    P11_HEAD "abc end; GET / 1.1 host=a headers=1  end; " P11_HEAD
		     "x end; GET / 1.1 host=a headers=1  end; "
		     "refused 400 header_malformed");
}

static void
an_idle_reader_keeps_no_memory(void **state)
{
	struct view input = VIEW_LITERAL(H11 "\r\n"), body;
	struct http_reader reader;
	struct err err = ERR_INIT;

	http_reader_init(&reader);
	assert_false(http_reader_is_inside(&reader));
	assert_int_equal(
	    http_reader_next(&reader, &input, &body, &err), HTTP_HEAD);
	assert_true(http_reader_is_inside(&reader));
	assert_int_equal(
	    http_reader_next(&reader, &input, &body, &err), HTTP_END);
	assert_false(http_reader_is_inside(&reader));
	http_reader_release(&reader);
	assert_null(reader.head.data);
	assert_null(reader.request.headers);
	http_reader_done(&reader);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wrong_request_lines_are_refused),
	    cmocka_unit_test(wrong_fields_are_refused),
	    cmocka_unit_test(smuggling_forms_are_refused),
	    cmocka_unit_test(wrong_chunks_are_refused),
	    cmocka_unit_test(what_is_over_a_limit_is_refused),
	    cmocka_unit_test(good_requests_are_read),
	    cmocka_unit_test(pipelined_requests_are_read_one_by_one),
	    cmocka_unit_test(an_idle_reader_keeps_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
