/* A gateway is not believed: targets, queries and bodies are checked again. */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/memory.h"
#include "os/fd.h"
#include "server/core/request_build.h"

static struct ipc_request
get(const char *path, const char *query)
{
	struct ipc_request from = {.listener = LISTENER_HTTPS,
	    .method = VIEW_LITERAL("GET"),
	    .path = view_string(path),
	    .query = view_string(query),
	    .has_query = query != NULL};

	memcpy(from.peer.address, "127.0.0.1", 10);
	return from;
}

static struct request *
build(const struct ipc_request *from, int file, struct err *err)
{
	struct request *request = NULL;

	return request_build(NULL, from, memory_zeroed(1), file, &request, err)
	    ? request
	    : NULL;
}

static void
assert_refused(const struct ipc_request *from, const char *code)
{
	struct err err = ERR_INIT;

	assert_null(build(from, -1, &err));
	assert_string_equal(err.code, code);
}

static void
what_no_route_has_is_not_found(void **state)
{
	struct ipc_request from = get("/pki/agent-ca.crl", NULL);
	struct err err = ERR_INIT;
	struct request *request = build(&from, -1, &err);

	assert_non_null(request);
	assert_string_equal(request->route->operation, "pki_crl");
	request_free(request);
	from.listener = LISTENER_AGENT;
	assert_refused(&from, "not_found");
	from = get("/nothing/here", NULL);
	assert_refused(&from, "not_found");
	from = get("/pki/%zz", NULL);
	assert_refused(&from, "target_malformed");
}

static void
queries_are_read_strictly(void **state)
{
	static const char *const WRONG[] = {
	    "a=%zz", "a=1&a=2", "a=%00", "a=%ff", "%0a=1"};
	struct ipc_request from = get("/healthz", "a=b+c&d=%C3%A9&e");
	struct err err = ERR_INIT;
	struct request *request = build(&from, -1, &err);

	assert_non_null(request);
	assert_string_equal(request_query(request, "a"), "b c");
	assert_string_equal(request_query(request, "d"), "\xc3\xa9");
	assert_string_equal(request_query(request, "e"), "");
	assert_null(request_query(request, "f"));
	assert_true(request_is_from_loopback(request));
	request_free(request);
	for (size_t i = 0; i < array_length(WRONG); i++) {
		from = get("/healthz", WRONG[i]);
		assert_refused(&from, "target_malformed");
	}
}

static struct ipc_request
refresh(uint64_t length)
{
	struct ipc_request from = {.listener = LISTENER_AGENT,
	    .method = VIEW_LITERAL("POST"),
	    .path = VIEW_LITERAL("/agent/v1/refresh"),
	    .has_body_descriptor = true,
	    .body_length = length};

	memcpy(from.peer.address, "::1", 4);
	return from;
}

static void
a_body_file_must_be_sealed_and_as_long_as_told(void **state)
{
	scoped(fd_closep) int sealed = -1;
	scoped(fd_closep) int open = -1;
	struct ipc_request from = refresh(5);
	struct request *request;
	struct err err = ERR_INIT;

	assert_true(fd_memfd_of("body", VIEW_LITERAL("12345"), &sealed, &err));
	assert_true(fd_memfd_new("body", &open, &err));
	assert_true(fd_write_all(open, VIEW_LITERAL("12345"), &err));
	assert_null(build(&from, open, &err));
	from = refresh(6);
	assert_null(build(&from, sealed, &err));
	from = refresh(UINT64_C(1) << 40);
	assert_refused(&from, "body_too_large");
	from = refresh(5);
	request = build(&from, sealed, &err);
	assert_non_null(request);
	assert_true(view_equal_string(request->body, "12345"));
	request_free(request);
}

static void
headers_are_found_by_their_lower_case_name(void **state)
{
	struct ipc_request from = get("/healthz", NULL);
	struct request *request;
	struct err err = ERR_INIT;

	from.headers.count = 2;
	from.headers.items[0] =
	    (struct ipc_header){VIEW_LITERAL("Content-Type"),
		VIEW_LITERAL("Application/JSON; charset=utf-8")};
	from.headers.items[1] = (struct ipc_header){VIEW_LITERAL("ACCEPT"),
	    VIEW_LITERAL("text/html, application/problem+json;q=0.5")};
	request = build(&from, -1, &err);
	assert_non_null(request);
	assert_true(request_has_media_type(request, "application/json"));
	assert_false(request_has_media_type(request, "application/jso"));
	assert_true(request_accepts(request, "application/problem+json"));
	assert_false(request_accepts(request, "application/json"));
	assert_null(request_header(request, "cookie"));
	request_free(request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_no_route_has_is_not_found),
	    cmocka_unit_test(queries_are_read_strictly),
	    cmocka_unit_test(a_body_file_must_be_sealed_and_as_long_as_told),
	    cmocka_unit_test(headers_are_found_by_their_lower_case_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
