/* Writing the head of an answer, and the bodies of errors. */
#include "http/response.h"

#include <stdio.h>
#include <time.h>

#include "base/check.h"
#include "base/json.h"

static const struct {
	unsigned status;
	const char *phrase;
} PHRASES[] = {
    {100, "Continue"},
    {101, "Switching Protocols"},
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {206, "Partial Content"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
};

static const char *const FRAMING_HEADERS[] = {
    "Connection",
    "Content-Length",
    "Date",
    "Keep-Alive",
    "TE",
    "Trailer",
    "Transfer-Encoding",
};

const char *
http_reason_phrase(unsigned status)
{
	for (size_t i = 0; i < array_length(PHRASES); i++) {
		if (PHRASES[i].status == status)
			return PHRASES[i].phrase;
	}
	return "Unknown";
}

void
http_date_format(int64_t wall_ms, char out[HTTP_DATE_SIZE])
{
	/* Not strftime(3): its names follow the locale. */
	static const char DAYS[7][4] = {
	    "Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
	static const char MONTHS[12][4] = {"Jan", "Feb", "Mar", "Apr", "May",
	    "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	/* Most answers are written in the same second as the one before. */
	static __thread char text[64];
	static __thread time_t text_seconds;
	time_t seconds = (time_t)(wall_ms / 1000);
	struct tm tm;

	if (text[0] != '\0' && seconds == text_seconds) {
		memcpy(out, text, HTTP_DATE_SIZE - 1);
		out[HTTP_DATE_SIZE - 1] = '\0';
		return;
	}
	check(gmtime_r(&seconds, &tm) != NULL);
	text_seconds = seconds;
	snprintf(text, sizeof(text), "%s, %02d %s %04d %02d:%02d:%02d GMT",
	    DAYS[tm.tm_wday], tm.tm_mday, MONTHS[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
	snprintf(out, HTTP_DATE_SIZE, "%s", text);
}

bool
http_is_framing_header(struct view name)
{
	for (size_t i = 0; i < array_length(FRAMING_HEADERS); i++) {
		if (view_equal_string_nocase(name, FRAMING_HEADERS[i]))
			return true;
	}
	return false;
}

static bool
write_header(struct buf *out, const struct http_header *header, struct err *err)
{
	if (!http_is_token(header->name) ||
	    !http_is_field_value(header->value) ||
	    http_is_framing_header(header->name))
		return err_set_code(err, ERR_MALFORMED, "header_malformed",
		    "an answer's header field is not a field of its own");
	return buf_append_view(out, header->name, err) &&
	    buf_append(out, ": ", 2, err) &&
	    buf_append_view(out, header->value, err) &&
	    buf_append(out, "\r\n", 2, err);
}

static bool
write_connection(
    struct buf *out, const struct http_response *response, struct err *err)
{
	const char *lifetime = response->closes ? "close"
	    : response->keeps_alive_1_0         ? "keep-alive"
						: "";
	const char *comma =
	    response->upgrades && lifetime[0] != '\0' ? ", " : "";
	const char *upgrade = response->upgrades ? "Upgrade" : "";

	if (lifetime[0] == '\0' && !response->upgrades)
		return true;
	return buf_append_format(
	    out, err, "Connection: %s%s%s\r\n", lifetime, comma, upgrade);
}

static bool
write_length(
    struct buf *out, const struct http_response *response, struct err *err)
{
	switch (response->length_kind) {
	case HTTP_LENGTH_NONE:
		break;
	case HTTP_LENGTH_KNOWN:
		return buf_append_format(out, err, "Content-Length: %llu\r\n",
		    (unsigned long long)response->content_length);
	case HTTP_LENGTH_CHUNKED:
		return buf_append_string(
		    out, "Transfer-Encoding: chunked\r\n", err);
	}
	return true;
}

static bool
write_head(struct buf *out, const struct http_response *response,
    int64_t wall_ms, struct err *err)
{
	char line[128], date[HTTP_DATE_SIZE];
	int length;

	http_date_format(wall_ms, date);
	length = snprintf(line, sizeof(line), "HTTP/1.1 %u %s\r\nDate: %s\r\n",
	    response->status, http_reason_phrase(response->status), date);
	check(length > 0 && (size_t)length < sizeof(line));
	if (!buf_append(out, line, (size_t)length, err))
		return false;
	for (size_t i = 0; i < response->header_count; i++) {
		if (!write_header(out, &response->headers[i], err))
			return false;
	}
	return write_connection(out, response, err) &&
	    write_length(out, response, err) && buf_append(out, "\r\n", 2, err);
}

bool
http_response_write(struct buf *out, const struct http_response *response,
    int64_t wall_ms, struct err *err)
{
	size_t before = out->length;

	check(response->status >= 100 && response->status <= 599);
	if (write_head(out, response, wall_ms, err))
		return true;
	/* Nothing of a head that is not whole may be sent. */
	out->length = before;
	return false;
}

bool
http_problem_write(struct buf *out, unsigned status, const char *code,
    const char *detail, struct err *err)
{
	json_t *problem = json_object();
	char *text;
	bool is_done;

	json_set_string(problem, "type", "about:blank");
	json_set_string(problem, "title", http_reason_phrase(status));
	json_set_integer(problem, "status", status);
	json_set_string(problem, "code", code);
	json_set_string(problem, "detail", detail);
	text = json_write(problem);
	is_done = buf_append_string(out, text, err);
	free(text);
	json_decref(problem);
	return is_done;
}
