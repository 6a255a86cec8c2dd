/* What a computer told about itself. */
#include "api_operations.h"

#include "base/bytes.h"
#include "server/core/api/answer.h"
#include "store/computer.h"
#include "store/inventory.h"

/* What one answer may hold, unpacked; the packages of a large host take some
 * three MiB. */
enum {
	SECTION_JSON_MAX = 16 * 1024 * 1024
};

static json_t *
about_section(const struct store_inventory *inventory)
{
	json_t *object = json_object();

	json_set_string(object, "digest", inventory->digest);
	json_set_integer(object, "item_count", inventory->item_count);
	json_set_time(object, "updated_at", inventory->updated_at);
	return object;
}

static bool
section_json(struct store_reader *reader, const char *computer_id,
    const char *section, json_t **out, struct err *err)
{
	scoped(buf_donep) struct buf text = BUF_INIT(SECTION_JSON_MAX);
	struct store_inventory inventory;
	json_t *items, *object;

	if (!store_inventory_get(
		reader, computer_id, section, &inventory, &text, err))
		return false;
	items = json_read(buf_view(&text), SECTION_JSON_MAX, err);
	if (items == NULL)
		return err_set(err, ERR_SYSTEM,
		    "the stored section %s of the computer %s is not JSON",
		    section, computer_id);
	object = about_section(&inventory);
	json_set_value(object, "items", items);
	*out = object;
	return true;
}

static bool
fill_sections(struct store_reader *reader, const char *computer_id,
    const struct store_inventory_list *list, json_t *sections, struct err *err)
{
	for (size_t i = 0; i < list->count; i++) {
		const char *name = list->items[i].section;
		json_t *section;

		if (!section_json(reader, computer_id, name, &section, err))
			return false;
		json_set_value(sections, name, section);
	}
	return true;
}

/* The sections that have arrived. */
static bool
list_sections(struct api_call *call, struct store_reader **out_reader,
    struct store_inventory_list *out_list, struct err *err)
{
	const char *id = request_path(call->request, "computer_id");
	struct store_computer computer;

	return api_reader_open(call, out_reader, err) &&
	    store_computer_get(*out_reader, id, &computer, err) &&
	    store_inventory_list(*out_reader, id, out_list, err);
}

bool
api_computer_inventory_summary(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_inventory_list list = {0};
	json_t *object, *sections;

	if (!list_sections(call, &reader, &list, err))
		return false;
	sections = json_object();
	for (size_t i = 0; i < list.count; i++)
		json_set_value(sections, list.items[i].section,
		    about_section(&list.items[i]));
	store_inventory_list_done(&list);
	object = json_object();
	json_set_string(
	    object, "computer_id", request_path(call->request, "computer_id"));
	json_set_value(object, "sections", sections);
	response_json(call->response, 200, object);
	return true;
}

bool
api_computer_inventory(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	scoped(json_freep) json_t *object = json_object();
	const char *id = request_path(call->request, "computer_id");
	struct store_inventory_list list = {0};
	json_t *sections = json_object();
	bool is_fine;

	json_set_string(object, "computer_id", id);
	json_set_value(object, "sections", sections);
	if (!list_sections(call, &reader, &list, err))
		return false;
	is_fine = fill_sections(reader, id, &list, sections, err);
	store_inventory_list_done(&list);
	if (is_fine)
		response_json(call->response, 200, take(object));
	return is_fine;
}

bool
api_computer_inventory_section(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	const char *id = request_path(call->request, "computer_id");
	struct store_computer computer;
	json_t *section;

	if (!api_reader_open(call, &reader, err) ||
	    !store_computer_get(reader, id, &computer, err) ||
	    !section_json(reader, id, request_path(call->request, "section"),
		&section, err))
		return false;
	response_json(call->response, 200, section);
	return true;
}
