/* Remote offices. */
#include "api_operations.h"

#include <stdio.h>

#include "server/core/api/answer.h"
#include "server/core/api/holders.h"
#include "store/office.h"
#include "store/revision.h"

static json_t *
office_json(const struct store_office *office)
{
	json_t *object = json_object();

	json_set_string(object, "id", office->id);
	json_set_string(object, "name", office->name);
	json_set_bool(
	    object, "is_local", strcmp(office->id, STORE_OFFICE_LOCAL_ID) == 0);
	json_set_time(object, "created_at", office->created_at);
	json_set_integer(object, "computer_count", office->computer_count);
	json_set_integer(object, "version", office->version);
	return object;
}

static void
answer(struct api_call *call, int status, const struct store_office *office)
{
	api_answer_etag(call, office->version);
	response_json(call->response, status, office_json(office));
}

bool
api_office_list(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_page page = api_page(call);
	struct store_office_list list = {0};
	json_t *items;

	if (!api_reader_open(call, &reader, err) ||
	    !store_office_list(reader, &page, &list, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(items, office_json(&list.items[i]));
	response_json(call->response, 200, api_page_object(items, list.next));
	store_office_list_done(&list);
	return true;
}

static void
set_target(const struct api_call *call, const struct store_office *office)
{
	audit_target(
	    call->audit, STORE_AUDIT_TARGET_OFFICE, office->id, office->name);
}

static json_t *
name_json(const struct store_office *office)
{
	json_t *object = json_object();

	json_set_string(object, "name", office->name);
	return object;
}

static bool
create(struct store_tx *tx, void *context, struct err *err)
{
	return store_office_create(tx, context, err);
}

bool
api_office_create(struct api_call *call, struct err *err)
{
	struct store_office office = {
	    .created_at = call->request->received_ms, .version = 1};

	id_make(office.id);
	store_text_copy(
	    office.name, sizeof(office.name), api_body_string(call, "name"));
	set_target(call, &office);
	audit_after(call->audit, name_json(&office));
	if (!api_write(call, create, &office, err))
		return false;
	api_event(call, "office_created", "a user made an office", NULL,
	    json_pack(
		"{s:s, s:s}", "office_id", office.id, "name", office.name));
	answer(call, 201, &office);
	return true;
}

bool
api_office_get(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_office office;

	if (!api_reader_open(call, &reader, err) ||
	    !store_office_get(
		reader, request_path(call->request, "office_id"), &office, err))
		return false;
	answer(call, 200, &office);
	return true;
}

struct change {
	struct api_call *call;
	const char *id;
	const char *name;           /* NULL: delete */
	struct store_office office; /* as it is afterwards, or was */
};

static bool
delete_office(struct store_tx *tx, const struct change *change, struct err *err)
{
	if (!store_office_delete(tx, change->id, err))
		return holders_refuse(
		    change->call, store_tx_reader(tx), change->id, err);
	return store_revision_delete_all(tx, "office", change->id, err);
}

static bool
write_change(struct store_tx *tx, void *context, struct err *err)
{
	struct change *change = context;
	struct store_reader *reader = store_tx_reader(tx);
	struct api_thing thing = {.kind = "office", .id = change->id};

	if (!store_office_get(reader, change->id, &change->office, err))
		return false;
	set_target(change->call, &change->office);
	audit_before(change->call->audit, name_json(&change->office));
	thing.version = change->office.version;
	if (!api_check_version(change->call, reader, &thing, err))
		return false;
	if (change->name == NULL)
		return delete_office(tx, change, err);
	if (!store_office_rename(tx, change->id, change->name, err) ||
	    !api_record_version(change->call, tx, &thing, "name", err) ||
	    !store_office_get(reader, change->id, &change->office, err))
		return false;
	audit_after(change->call->audit, name_json(&change->office));
	return true;
}

static bool
make_change(struct api_call *call, struct change *change, struct err *err)
{
	change->call = call;
	change->id = request_path(call->request, "office_id");
	audit_target(call->audit, STORE_AUDIT_TARGET_OFFICE, change->id, NULL);
	return api_write(call, write_change, change, err);
}

bool
api_office_rename(struct api_call *call, struct err *err)
{
	struct change change = {.name = api_body_string(call, "name")};

	if (!make_change(call, &change, err))
		return false;
	api_event(call, "office_renamed", "a user renamed an office", NULL,
	    json_pack("{s:s, s:s}", "office_id", change.id, "name",
		change.office.name));
	answer(call, 200, &change.office);
	return true;
}

bool
api_office_delete(struct api_call *call, struct err *err)
{
	struct change change = {0};

	if (!make_change(call, &change, err))
		return false;
	api_event(call, "office_deleted", "a user deleted an office", NULL,
	    json_pack("{s:s, s:s}", "office_id", change.id, "name",
		change.office.name));
	response_empty(call->response, 204);
	return true;
}
