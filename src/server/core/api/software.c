/* Software: titles, versions, who has them. */
#include "api_operations.h"

#include <string.h>

#include "os/fd.h"
#include "server/core/api/answer.h"
#include "server/core/software_export.h"
#include "store/software.h"

static struct store_software_filter
filter_of(const struct api_call *call)
{
	return (struct store_software_filter){.text = api_query(call, "search"),
	    .is_beginning = strcmp(api_query(call, "match"), "beginning") == 0};
}

static void
fill_sort(struct store_software_filter *filter, const char *word)
{
	filter->is_descending = word[0] == '-';
	if (strcmp(filter->is_descending ? word + 1 : word, "computers") == 0)
		filter->sort = STORE_SOFTWARE_BY_COMPUTERS;
}

static int64_t
title_id_of(const struct api_call *call)
{
	uint64_t id = 0;

	/* Its form was checked. */
	ignore_result(
	    view_to_u64(view_string(request_path(call->request, "title_id")),
		INT64_MAX, &id));
	return (int64_t)id;
}

static json_t *
title_json(const struct store_software_title *title)
{
	json_t *object = json_object();

	json_set_integer(object, "id", title->id);
	json_set_string(object, "name", title->name);
	json_set_string(object, "format", title->format);
	json_set_integer(object, "computers", title->computers);
	json_set_integer(object, "versions", title->versions);
	return object;
}

static json_t *
counting_json(const struct store_software_progress *progress)
{
	json_t *object;

	if (progress->total == 0)
		return json_null();
	object = json_object();
	json_set_integer(object, "done", progress->done);
	json_set_integer(object, "total", progress->total);
	return object;
}

bool
api_software_list(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_software_filter filter = filter_of(call);
	struct store_page page = api_page(call);
	struct store_software_title_list list = {0};
	struct store_software_progress progress;
	json_t *items, *object;

	fill_sort(&filter, api_query(call, "sort"));
	if (!api_reader_open(call, &reader, err) ||
	    !store_software_progress(reader, &progress, err) ||
	    !store_software_list(reader, &filter, &page, &list, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(items, title_json(&list.items[i]));
	object = api_page_object(items, list.next);
	json_set_value(object, "total",
	    list.total < 0 ? json_null()
			   : json_integer((json_int_t)list.total));
	json_set_value(object, "counting", counting_json(&progress));
	store_software_title_list_done(&list);
	response_json(call->response, 200, object);
	return true;
}

bool
api_software_get(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_software_title title;

	if (!api_reader_open(call, &reader, err) ||
	    !store_software_get(reader, title_id_of(call), &title, err))
		return false;
	response_json(call->response, 200, title_json(&title));
	return true;
}

static json_t *
version_json(const struct store_software_version *version)
{
	json_t *object = json_object();

	json_set_integer(object, "id", version->id);
	json_set_string(object, "version", version->version);
	json_set_integer(object, "computers", version->computers);
	return object;
}

bool
api_software_versions(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_page page = api_page(call);
	struct store_software_version_list list = {0};
	json_t *items;

	if (!api_reader_open(call, &reader, err) ||
	    !store_software_versions(
		reader, title_id_of(call), &page, &list, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(items, version_json(&list.items[i]));
	response_json(call->response, 200, api_page_object(items, list.next));
	store_software_version_list_done(&list);
	return true;
}

static json_t *
computer_json(const struct store_software_computer *computer)
{
	json_t *object = json_object();

	json_set_string(object, "computer_id", computer->computer_id);
	json_set_string(object, "name", computer->name);
	json_set_string(object, "office_id", computer->office_id);
	api_set_text_or_null(object, "os_name", computer->os_name);
	api_set_text_or_null(object, "os_version", computer->os_version);
	json_set_integer(object, "version_id", computer->version_id);
	json_set_string(object, "version", computer->version);
	api_set_time_or_null(object, "installed_at", computer->installed_at);
	return object;
}

/* Who has it: these are computers, by name. */
static bool
check_may_name(const struct api_call *call, struct err *err)
{
	return api_check_level(
	    &call->request->user, POLICY_COMPUTERS, POLICY_READ, err);
}

bool
api_software_computers(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_page page = api_page(call);
	struct store_software_computer_list list = {0};
	json_t *items;

	if (!check_may_name(call, err) ||
	    !api_reader_open(call, &reader, err) ||
	    !store_software_computers(reader, title_id_of(call),
		api_query_integer_or(call, "version_id", 0), &page, &list, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(items, computer_json(&list.items[i]));
	response_json(call->response, 200, api_page_object(items, list.next));
	store_software_computer_list_done(&list);
	return true;
}

/* Takes the descriptor. */
static void
answer_file(struct api_call *call, const char *name, int file, uint64_t length)
{
	response_header(call->response, "Content-Disposition",
	    "attachment; filename=\"%s\"", name);
	response_file(call->response, 200,
	    "text/csv; charset=utf-8; header=present", file, 0, length);
}

bool
api_software_export(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_software_filter filter = filter_of(call);
	uint64_t length = 0;
	int file = -1;

	if (!api_reader_open(call, &reader, err) ||
	    !software_export_titles(
		call->core, reader, &filter, &file, &length, err))
		return false;
	answer_file(call, "software.csv", file, length);
	return true;
}

bool
api_software_computers_export(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	uint64_t length = 0;
	int file = -1;

	if (!check_may_name(call, err) ||
	    !api_reader_open(call, &reader, err) ||
	    !software_export_computers(call->core, reader, title_id_of(call),
		api_query_integer_or(call, "version_id", 0), &file, &length,
		err))
		return false;
	answer_file(call, "software-computers.csv", file, length);
	return true;
}
