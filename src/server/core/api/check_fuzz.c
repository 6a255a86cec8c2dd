/* Bodies and query values of every operation, as a stranger would send them.
 * Byte 0 chooses the operation; the rest is the body, and the value of each
 * query parameter. */
#include <stdint.h>

#include "base/check.h"
#include "base/memory.h"
#include "../tests/fuzz/fuzz.h"
#include "server/core/api/operation.h"

enum {
	BODY_MAX = 64 * 1024
};

static void
try_body(const struct api_operation *operation, struct view text)
{
	struct err err = ERR_INIT;
	scoped(json_freep) json_t *body = json_read(text, BODY_MAX, &err);

	if (body == NULL)
		return;
	if (api_check_body(operation, body, &err))
		check(json_is_object(body));
	else
		check(api_problem_find(err.code) != NULL);
}

static void
try_query(const struct api_operation *operation, struct view text)
{
	scoped(memory_freep) char *value = view_to_string(text);
	struct request request = {.query_count = 1};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < operation->query_count; i++) {
		request.query[0].name =
		    (char *)(uintptr_t)operation->query[i].name;
		request.query[0].value = value;
		if (operation->path_count == 0 &&
		    !api_check_parameters(operation, &request, &err))
			check(api_problem_find(err.code) != NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct api_operation *operation;
	struct view rest;

	if (size == 0)
		return 0;
	operation = &API_OPERATIONS[data[0] % API_OPERATIONS_COUNT];
	rest = view_of(data + 1, size - 1);
	if (operation->has_body)
		try_body(operation, rest);
	try_query(operation, rest);
	return 0;
}
