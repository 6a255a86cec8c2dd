/* Managed computers as a file. */
#include "api_operations.h"

#include <string.h>

#include "os/fd.h"
#include "server/core/api/answer.h"
#include "server/core/api/computer.h"
#include "server/core/computer_export.h"
#include "store/criteria.h"

/* What was asked for, as the audit log tells it. */
static json_t *
wish_json(const struct api_call *call)
{
	json_t *object = json_object();

	for (size_t i = 0; i < call->operation->query_count; i++) {
		const char *name = call->operation->query[i].name;
		const char *value = request_query(call->request, name);

		if (value != NULL)
			json_set_string(object, name, value);
	}
	return object;
}

static bool
is_set(const struct api_call *call, const char *name)
{
	const char *value = api_query(call, name);

	return value != NULL && strcmp(value, "true") == 0;
}

static bool
make_file(
    struct api_call *call, int *out_file, uint64_t *out_length, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_computer_filter filter = api_computer_filter(call);
	struct computer_export_columns columns;
	struct criteria criteria;

	return computer_export_choose(
		   api_query(call, "columns"), &columns, err) &&
	    api_reader_open(call, &reader, err) &&
	    api_computer_narrow(call, reader, &criteria, &filter, err) &&
	    computer_export(call->core, reader, &filter, &columns,
		is_set(call, "bom"), out_file, out_length, err);
}

bool
api_computer_export(struct api_call *call, struct err *err)
{
	scoped(fd_closep) int file = -1;
	uint64_t length = 0;

	audit_after(call->audit, wish_json(call));
	if (!make_file(call, &file, &length, err) ||
	    !api_write(call, NULL, NULL, err))
		return false;
	response_header(call->response, "Content-Disposition",
	    "attachment; filename=\"computers.csv\"");
	response_file(call->response, 200,
	    "text/csv; charset=utf-8; header=present", fd_take(&file), 0,
	    length);
	return true;
}
