/* Answers of the web console's files. */
#include "server/gateway/console.h"

#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/memory.h"
#include "http/negotiate.h"
#include "os/fd.h"
#include "server/gateway/console_index.h"
#include "server/gateway/exchange.h"

struct console {
	int fd;
	struct console_index index;
};

static const char *const CODINGS[CONSOLE_CODINGS] = {
    [CONSOLE_IDENTITY] = "identity",
    [CONSOLE_GZIP] = "gzip",
    [CONSOLE_BROTLI] = "br",
};

/* Script, style and data from here alone, nobody's frame, and no text becomes
 * markup or code. */
#define POLICY                                                                 \
	"default-src 'none'; script-src 'self'; style-src 'self'; "            \
	"img-src 'self' data:; font-src 'self'; connect-src 'self'; "          \
	"manifest-src 'self'; base-uri 'none'; form-action 'none'; "           \
	"frame-ancestors 'none'; require-trusted-types-for 'script'; "         \
	"trusted-types 'none'"
#define PERMISSIONS                                                            \
	"camera=(), display-capture=(), geolocation=(), microphone=(), "       \
	"payment=(), usb=()"

static const struct {
	const char *name, *value;
} FIXED[] = {
    {"Content-Security-Policy", POLICY},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Permissions-Policy", PERMISSIONS},
    {"Referrer-Policy", "no-referrer"},
    {"Vary", "Accept-Encoding"},
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
};

/* What lies below these is never the page: a program that mistypes an address
 * gets a 404 that it understands. */
static const char *const NOT_THE_PAGE[] = {"/agent/", "/api/", "/assets/",
    "/installer/", "/pki/", "/test/", "/.well-known/"};

static bool
read_bundle(struct console *console, struct err *err)
{
	scoped(buf_donep) struct buf head = BUF_INIT(CONSOLE_HEAD_BYTES);
	scoped(buf_donep) struct buf index = BUF_INIT(CONSOLE_INDEX_MAX);
	struct stat status;
	size_t length;

	if (fstat(console->fd, &status) != 0)
		return err_set_errno(err, "cannot look at the bundle");
	return fd_read_at(console->fd, 0, CONSOLE_HEAD_BYTES, &head, err) &&
	    console_head_read(buf_view(&head), &length, err) &&
	    fd_read_at(console->fd, CONSOLE_HEAD_BYTES, length, &index, err) &&
	    console_index_read(&console->index, buf_view(&index),
		(uint64_t)status.st_size, err);
}

struct console *
console_open(struct gateway *gateway)
{
	struct err err = ERR_INIT;
	struct console *console;
	int fd = role_descriptor_take(gateway->role, "console");

	if (fd < 0)
		return NULL;
	console = memory_zeroed(sizeof(*console));
	console->fd = fd;
	if (read_bundle(console, &err))
		return console;
	log_failure(LOG_LEVEL_ERROR, "the console is not served", &err);
	console_close(console);
	return NULL;
}

void
console_close(struct console *console)
{
	if (console == NULL)
		return;
	console_index_done(&console->index);
	fd_close(console->fd);
	free(console);
}

static struct view
header(const struct connection *connection, const char *name)
{
	struct view value = {NULL, 0};

	(void)http_request_header(&connection->reader->request, name, &value);
	return value;
}

static bool
is_page_address(const struct connection *connection)
{
	struct view path = connection->reader->request.path;

	for (size_t i = 0; i < array_length(NOT_THE_PAGE); i++)
		if (view_starts_with(path, NOT_THE_PAGE[i]))
			return false;
	return http_list_accepts(header(connection, "Accept"), "text/html");
}

static const struct console_file *
find_file(const struct connection *connection, const struct console *console)
{
	struct view path = connection->reader->request.path;
	const struct console_file *file =
	    console_index_find(&console->index, path);

	if (file == NULL &&
	    (view_equal_string(path, "/") || is_page_address(connection)))
		file = console->index.page;
	return file;
}

static const struct console_form *
choose_form(
    const struct connection *connection, const struct console_file *file)
{
	struct view accepted = header(connection, "Accept-Encoding");
	const struct console_form *plain = NULL;

	for (size_t i = 0; i < file->form_count; i++) {
		const struct console_form *form = &file->forms[i];

		if (form->coding == CONSOLE_IDENTITY)
			plain = form;
		else if (http_list_accepts(accepted, CODINGS[form->coding]))
			return form;
	}
	return plain;
}

static void
add(struct ipc_response *response, const char *name, const char *value)
{
	struct ipc_header *item =
	    &response->headers.items[response->headers.count++];

	item->name = view_string(name);
	item->value = view_string(value);
}

static void
add_headers(struct ipc_response *response, const struct console_file *file)
{
	for (size_t i = 0; i < array_length(FIXED); i++)
		add(response, FIXED[i].name, FIXED[i].value);
	add(response, "ETag", file->etag);
	add(response, "Cache-Control",
	    (file->flags & CONSOLE_IMMUTABLE) != 0
		? "public, max-age=31536000, immutable"
		: "no-cache");
}

static void
answer_unchanged(struct connection *connection, struct ipc_response *response)
{
	response->status = 304;
	answer_response(connection, response, -1);
}

static void
answer_file(
    struct connection *connection, int bundle, const struct console_file *file)
{
	const struct console_form *form = choose_form(connection, file);
	struct ipc_response response = {.status = 200};
	struct err err = ERR_INIT;
	int fd = -1;

	add_headers(&response, file);
	if (http_list_has_etag(
		header(connection, "If-None-Match"), view_string(file->etag))) {
		answer_unchanged(connection, &response);
		return;
	}
	add(&response, "Content-Type", file->type);
	if (form->coding != CONSOLE_IDENTITY)
		add(&response, "Content-Encoding", CODINGS[form->coding]);
	response.has_body_descriptor = true;
	response.body_offset = form->offset;
	response.body_length = form->length;
	if (fd_duplicate(bundle, &fd, &err))
		answer_response(connection, &response, fd);
	else
		answer_problem_with(connection, 503, "descriptors_full",
		    "Too many files are open. Try again.", "Retry-After", "5");
}

static bool
is_reading(struct view method)
{
	return view_equal_string(method, "GET") ||
	    view_equal_string(method, "HEAD");
}

bool
console_answer(struct connection *connection)
{
	const struct console *console = connection->gateway->console;
	const struct console_file *file;

	if (console == NULL || connection->listener == LISTENER_AGENT)
		return false;
	file = find_file(connection, console);
	if (file == NULL)
		return false;
	if (is_reading(connection->reader->request.method))
		answer_file(connection, console->fd, file);
	else
		answer_problem_with(connection, 405, "method_not_allowed",
		    "This path does not take that method.", "Allow",
		    "GET, HEAD");
	return true;
}
