/*
 * Feeding bytes to the request reader in every way, for tests and fuzz targets:
 * what comes out is written down as one line of text, which must not depend on
 * how the input was cut.
 */
#ifndef HTTP_FEED_TEST_H
#define HTTP_FEED_TEST_H

#include <stdio.h>

#include "base/check.h"
#include "http/request.h"

/* A growing text: "POST /x 1.1 host=h headers=2 [body] end; refused 400 code".
 */
struct feed {
	struct http_reader reader;
	struct buf text;
	bool is_refused;
	bool is_in_body;
};

static inline void
feed_init(struct feed *feed)
{
	http_reader_init(&feed->reader);
	buf_init(&feed->text, 1 << 20);
	feed->is_refused = false;
	feed->is_in_body = false;
}

static inline void
feed_done(struct feed *feed)
{
	http_reader_done(&feed->reader);
	buf_done(&feed->text);
}

static inline void
feed_head(struct feed *feed, struct err *err)
{
	const struct http_request *request = &feed->reader.request;

	check(buf_append_view(&feed->text, request->method, err));
	check(buf_append(&feed->text, " ", 1, err));
	check(buf_append_view(&feed->text, request->path, err));
	if (request->has_query) {
		check(buf_append(&feed->text, "?", 1, err));
		check(buf_append_view(&feed->text, request->query, err));
	}
	check(buf_append_format(
	    &feed->text, err, " 1.%u host=", request->minor_version));
	check(buf_append_view(&feed->text, request->host, err));
	check(buf_append_format(&feed->text, err, " headers=%zu%s%s ",
	    request->header_count, request->keeps_alive ? "" : " close",
	    request->expects_continue ? " continue" : ""));
}

static inline void
feed_refused(struct feed *feed, struct err *err)
{
	char code[ERR_CODE_MAX];
	struct err again = ERR_INIT;

	snprintf(code, sizeof(code), "%s", err->code);
	check(buf_append_format(&feed->text, &again, "refused %u %s",
	    http_reader_status(&feed->reader), code));
	feed->is_refused = true;
}

static inline void
feed_bytes(struct feed *feed, struct view input)
{
	enum http_event event = HTTP_HEAD;

	while (!feed->is_refused && event != HTTP_NEED_MORE) {
		struct err err = ERR_INIT;
		struct view body = {NULL, 0};
		size_t before = input.length;

		event = http_reader_next(&feed->reader, &input, &body, &err);
		check(input.length <= before);
		switch (event) {
		case HTTP_NEED_MORE:
			check(input.length == 0);
			break;
		case HTTP_HEAD:
			feed_head(feed, &err);
			break;
		case HTTP_BODY:
			check(body.length > 0);
			check(buf_append_view(&feed->text, body, &err));
			break;
		case HTTP_END:
			check(buf_append_string(&feed->text, " end; ", &err));
			break;
		case HTTP_REFUSED:
			feed_refused(feed, &err);
			break;
		}
	}
}

#endif
