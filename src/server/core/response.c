/* Answers: bodies, headers, problems. */
#include "server/core/response.h"

#include <stdarg.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/text.h"
#include "os/fd.h"

struct phrase {
	int status;
	const char *text;
};

static const struct phrase PHRASES[] = {
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {409, "Conflict"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
};

/* Codes whose status is not the one of their category. */
static const struct {
	const char *code;
	int status;
} STATUS_BY_CODE[] = {
    {"body_too_large", 413},
    {"inventory_too_large", 413},
    {"media_type", 415},
    {"not_signed_in", 401},
    {"session_expired", 401},
    {"credential_required", 401},
    {"credential_unknown", 401},
    {"token_required", 401},
    {"token_unknown", 401},
    {"token_used", 401},
    {"token_expired", 401},
    {"token_revoked", 401},
    {"wrong_port", 421},
};

static const int STATUS_BY_CATEGORY[] = {
    [ERR_NONE] = 500,
    [ERR_MALFORMED] = 400,
    [ERR_DENIED] = 403,
    [ERR_LIMIT] = 503,
    [ERR_NOT_FOUND] = 404,
    [ERR_CONFLICT] = 409,
    [ERR_CRYPTO] = 400,
    [ERR_SYSTEM] = 503,
    [ERR_UNCERTAIN] = 503,
};

static const char *
phrase_of(int status)
{
	for (size_t i = 0; i < array_length(PHRASES); i++)
		if (PHRASES[i].status == status)
			return PHRASES[i].text;
	return "Error";
}

static void
set_body(struct response *response, int status, const char *content_type,
    struct view body)
{
	struct err err = ERR_INIT;

	fd_close(fd_take(&response->file));
	buf_clear(&response->body);
	response->status = status;
	response->code[0] = '\0';
	if (content_type != NULL)
		response_header(response, "Content-Type", "%s", content_type);
	if (!buf_append_view(&response->body, body, &err))
		response_problem(response, 500, "answer_too_large", NULL,
		    "the answer is too large to be sent");
}

void
response_init(struct response *response)
{
	memset(response, 0, sizeof(*response));
	response->file = -1;
	buf_init(&response->body, RESPONSE_BODY_MAX);
	response_problem(response, 500, "no_answer", NULL,
	    "the server has no answer to this");
}

void
response_done(struct response *response)
{
	for (size_t i = 0; i < response->header_count; i++) {
		free(response->headers[i].name);
		free(response->headers[i].value);
	}
	response->header_count = 0;
	buf_done(&response->body);
	fd_close(fd_take(&response->file));
}

static struct response_header *
new_slot(struct response *response, const char *name)
{
	struct response_header *slot;

	check(response->header_count < RESPONSE_HEADERS_MAX);
	slot = &response->headers[response->header_count++];
	/* One that was removed from here has left its pointers behind. */
	slot->value = NULL;
	slot->name = memory_string(name);
	return slot;
}

static struct response_header *
header_slot(struct response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (strcasecmp(response->headers[i].name, name) == 0)
			return &response->headers[i];
	return new_slot(response, name);
}

/* Takes value. */
static void
set_value(struct response_header *slot, char *value)
{
	check(text_is_printable(view_string(value)));
	free(slot->value);
	slot->value = value;
}

void
response_header(
    struct response *response, const char *name, const char *format, ...)
{
	va_list arguments;
	char *value;

	va_start(arguments, format);
	value = memory_format_v(format, arguments);
	va_end(arguments);
	set_value(header_slot(response, name), value);
}

void
response_add_header(
    struct response *response, const char *name, const char *format, ...)
{
	va_list arguments;
	char *value;

	va_start(arguments, format);
	value = memory_format_v(format, arguments);
	va_end(arguments);
	set_value(new_slot(response, name), value);
}

static void
remove_header(struct response *response, const char *name)
{
	for (size_t i = 0; i < response->header_count; i++) {
		struct response_header *slot = &response->headers[i];

		if (strcasecmp(slot->name, name) != 0)
			continue;
		free(slot->name);
		free(slot->value);
		*slot = response->headers[--response->header_count];
		return;
	}
}

void
response_empty(struct response *response, int status)
{
	set_body(response, status, NULL, view_of(NULL, 0));
	remove_header(response, "Content-Type");
}

void
response_json(struct response *response, int status, json_t *value)
{
	char *text = json_write(value);

	set_body(response, status, "application/json", view_string(text));
	free(text);
	json_decref(value);
}

void
response_bytes(struct response *response, int status, const char *content_type,
    struct view body)
{
	set_body(response, status, content_type, body);
}

void
response_text(struct response *response, int status, const char *text)
{
	set_body(
	    response, status, "text/plain; charset=utf-8", view_string(text));
}

void
response_file(struct response *response, int status, const char *content_type,
    int file, uint64_t offset, uint64_t length)
{
	set_body(response, status, content_type, view_of(NULL, 0));
	response->file = file;
	response->file_offset = offset;
	response->file_length = length;
}

void
response_problem(struct response *response, int status, const char *code,
    const char *title, const char *detail)
{
	response_problem_with(response, status, code, title, detail, NULL);
}

void
response_problem_with(struct response *response, int status, const char *code,
    const char *title, const char *detail, const json_t *more)
{
	json_t *problem = more != NULL ? json_deep_copy(more) : json_object();
	char *text;

	json_set_string(problem, "type", "about:blank");
	json_set_string(
	    problem, "title", title != NULL ? title : phrase_of(status));
	json_set_integer(problem, "status", status);
	json_set_string(problem, "code", code);
	if (detail != NULL)
		json_set_string(problem, "detail", detail);
	text = json_write(problem);
	json_decref(problem);
	set_body(
	    response, status, "application/problem+json", view_string(text));
	free(text);
	snprintf(response->code, sizeof(response->code), "%s", code);
}

int
response_status_of(const struct err *err)
{
	for (size_t i = 0; i < array_length(STATUS_BY_CODE); i++)
		if (strcmp(STATUS_BY_CODE[i].code, err->code) == 0)
			return STATUS_BY_CODE[i].status;
	check((size_t)err->category < array_length(STATUS_BY_CATEGORY));
	return STATUS_BY_CATEGORY[err->category];
}

const char *
response_code_of(const struct err *err)
{
	return err->code[0] != '\0' ? err->code
				    : err_category_name(err->category);
}

bool
response_may_tell(const struct err *err)
{
	return err->category != ERR_SYSTEM && err->category != ERR_UNCERTAIN &&
	    err->category != ERR_NONE;
}

void
response_error(struct response *response, const struct err *err)
{
	int status = response_status_of(err);

	if (status == 503)
		response_header(response, "Retry-After", "5");
	response_problem(response, status, response_code_of(err), NULL,
	    response_may_tell(err) ? err_sentence(err)
				   : "the server's log says more");
}
