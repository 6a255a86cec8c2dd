/* Answers: head, then a body by length, by chunks or to the end. */
#include "fleet/answer.h"

#include <string.h>

void
answer_init(struct answer *answer, size_t body_max)
{
	*answer = (struct answer){
	    .head = BUF_INIT(ANSWER_HEAD_MAX), .body = BUF_INIT(body_max)};
}

void
answer_done(struct answer *answer)
{
	buf_done(&answer->head);
	buf_done(&answer->body);
}

static bool
broken(struct err *err, const char *why)
{
	return err_set_code(err, ERR_MALFORMED, "answer_broken",
	    "the server's answer is not HTTP/1.1: %s", why);
}

static bool
too_large(struct err *err)
{
	return err_set_code(err, ERR_LIMIT, "answer_too_large",
	    "the server's answer is larger than it may be");
}

static bool
take_field(
    struct answer *answer, struct view name, struct view value, struct err *err)
{
	if (view_equal_string_nocase(name, "Content-Length")) {
		if (answer->state == ANSWER_CHUNKED ||
		    !view_to_u64(value, INT64_MAX, &answer->left))
			return broken(err, "its length");
		answer->state = ANSWER_LENGTH;
	} else if (view_equal_string_nocase(name, "Transfer-Encoding")) {
		if (answer->state == ANSWER_LENGTH ||
		    !view_equal_string_nocase(value, "chunked"))
			return broken(err, "its coding");
		answer->state = ANSWER_CHUNKED;
		http_chunked_init(&answer->chunked);
	} else if (view_equal_string_nocase(name, "Connection")) {
		answer->closes = view_equal_string_nocase(value, "close");
	} else if (view_equal_string_nocase(name, "Retry-After")) {
		uint64_t seconds = 0;

		if (view_to_u64(value, INT32_MAX, &seconds))
			answer->retry_after_s = (int64_t)seconds;
	}
	return true;
}

static bool
has_no_body(unsigned status)
{
	return status == 101 || status == 204 || status == 304;
}

static bool
read_head(struct answer *answer, struct err *err)
{
	struct view rest = buf_view(&answer->head), line, name, value;
	uint64_t status = 0;

	(void)view_cut(rest, '\n', &line, &rest);
	if (!view_starts_with(line, "HTTP/1.1 ") ||
	    !view_to_u64(view_slice(line, 9, 3), 599, &status) || status < 100)
		return broken(err, "its first line");
	answer->status = (unsigned)status;
	answer->state = ANSWER_TO_END;
	while (rest.length > 2) {
		(void)view_cut(rest, '\n', &line, &rest);
		if (line.length > 0 && line.data[line.length - 1] == '\r')
			line.length--;
		if (!view_cut(line, ':', &name, &value))
			return broken(err, "a header without a colon");
		if (!take_field(answer, name, view_trim(value), err))
			return false;
	}
	if (has_no_body(answer->status) ||
	    (answer->state == ANSWER_LENGTH && answer->left == 0))
		answer->state = ANSWER_WHOLE;
	return true;
}

/* Byte by byte up to the empty line: a head is short. */
static bool
feed_head(struct answer *answer, struct view *input, struct err *err)
{
	struct buf *head = &answer->head;
	size_t used = 0;

	while (used < input->length) {
		if (!buf_append(head, &input->data[used++], 1, err))
			return too_large(err);
		if (head->length < 4 ||
		    memcmp(head->data + head->length - 4, "\r\n\r\n", 4) != 0)
			continue;
		*input = view_slice(*input, used, input->length);
		if (!read_head(answer, err))
			return false;
		if (answer->status != 100)
			return true;
		buf_clear(head);
		answer->state = ANSWER_HEAD;
		used = 0;
	}
	*input = view_slice(*input, used, input->length);
	return true;
}

static bool
feed_plain(
    struct answer *answer, struct view *input, uint64_t most, struct err *err)
{
	size_t length = input->length < most ? input->length : (size_t)most;

	if (!buf_append(&answer->body, input->data, length, err))
		return too_large(err);
	*input = view_slice(*input, length, input->length);
	return true;
}

static bool
feed_length(struct answer *answer, struct view *input, struct err *err)
{
	size_t before = answer->body.length;

	if (!feed_plain(answer, input, answer->left, err))
		return false;
	answer->left -= answer->body.length - before;
	if (answer->left == 0)
		answer->state = ANSWER_WHOLE;
	return true;
}

static bool
feed_chunks(struct answer *answer, struct view *input, struct err *err)
{
	struct view part;

	switch (http_chunked_next(&answer->chunked, input, &part, err)) {
	case HTTP_CHUNKED_NEED_MORE:
		return true;
	case HTTP_CHUNKED_DATA:
		return buf_append_view(&answer->body, part, err) ||
		    too_large(err);
	case HTTP_CHUNKED_END:
		answer->state = ANSWER_WHOLE;
		return true;
	case HTTP_CHUNKED_REFUSED:
		return broken(err, "a chunk");
	}
	return false;
}

bool
answer_feed(struct answer *answer, struct view *input, struct err *err)
{
	while (input->length > 0 && answer->state != ANSWER_WHOLE) {
		bool is_taken = true;

		switch (answer->state) {
		case ANSWER_HEAD:
			is_taken = feed_head(answer, input, err);
			break;
		case ANSWER_LENGTH:
			is_taken = feed_length(answer, input, err);
			break;
		case ANSWER_CHUNKED:
			is_taken = feed_chunks(answer, input, err);
			break;
		case ANSWER_TO_END:
			is_taken = feed_plain(answer, input, UINT64_MAX, err);
			break;
		case ANSWER_WHOLE:
			break;
		}
		if (!is_taken)
			return false;
	}
	return true;
}

bool
answer_end(struct answer *answer, struct err *err)
{
	if (answer->state == ANSWER_TO_END)
		answer->state = ANSWER_WHOLE;
	if (answer->state == ANSWER_WHOLE)
		return true;
	return err_set_code(err, ERR_SYSTEM, "answer_broken",
	    answer->head.length == 0
		? "the server closed the connection without an answer"
		: "the server's answer was cut off");
}
