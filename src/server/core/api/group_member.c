/* Members of static groups. */
#include "api_operations.h"

#include "base/memory.h"
#include "server/core/api/answer.h"
#include "server/core/api/group.h"

enum {
	IDS_TOLD = 40 /* an entry of the audit log holds so many */
};

struct change {
	struct api_call *call;
	bool (*write)(struct store_tx *tx, struct store_membership *members,
	    struct err *err);
	const char *word; /* "added" or "removed", for the audit log */
	struct store_membership members;
	struct store_group group; /* as it is afterwards */
};

static json_t *
count_json(const struct store_group *group)
{
	json_t *object = json_object();

	json_set_integer(object, "computer_count", group->member_count);
	return object;
}

/* How many there are then, and which were sent. */
static json_t *
after_json(const struct change *change)
{
	const struct store_membership *members = &change->members;
	json_t *object = count_json(&change->group), *ids = json_array();

	for (size_t i = 0; i < members->count && i < IDS_TOLD; i++)
		json_array_append_new(
		    ids, json_string(members->computer_ids[i]));
	json_set_value(object, change->word, ids);
	if (members->count > IDS_TOLD)
		json_set_integer(
		    object, "not_listed", (int64_t)members->count - IDS_TOLD);
	return object;
}

/* A closure may run again, and its answer with it. */
static void
tell_missing(const struct change *change)
{
	const struct store_membership *members = &change->members;
	json_t *missing = json_array();

	for (size_t i = 0; i < members->count; i++)
		if (members->is_missing[i])
			json_array_append_new(
			    missing, json_string(members->computer_ids[i]));
	json_decref(change->call->more);
	change->call->more = json_object();
	json_set_value(change->call->more, "missing", missing);
}

static bool
write_change(struct store_tx *tx, void *context, struct err *err)
{
	struct change *change = context;
	struct store_reader *reader = store_tx_reader(tx);
	const char *id = change->members.group_id;

	if (!store_group_get(reader, id, &change->group, err))
		return false;
	audit_target(change->call->audit, STORE_AUDIT_TARGET_GROUP, id,
	    change->group.name);
	audit_before(change->call->audit, count_json(&change->group));
	if (!change->write(tx, &change->members, err)) {
		if (err->category == ERR_NOT_FOUND)
			tell_missing(change);
		return false;
	}
	if (!store_group_get(reader, id, &change->group, err))
		return false;
	audit_after(change->call->audit, after_json(change));
	return true;
}

static void
answer(const struct change *change)
{
	json_t *object = json_object();

	json_set_value(object, "group",
	    api_group_json(&change->group, change->group.member_count));
	json_set_integer(object, "changed", change->members.changes);
	response_json(change->call->response, 200, object);
}

static bool
make_change(struct change *change, struct err *err)
{
	struct api_call *call = change->call;
	const json_t *ids = json_object_get(call->body, "computer_ids");
	size_t count = json_array_size(ids);
	scoped(memory_freep) const char **texts =
	    memory_array(count, sizeof(*texts));
	scoped(memory_freep) bool *is_missing =
	    memory_array(count, sizeof(*is_missing));

	for (size_t i = 0; i < count; i++)
		texts[i] = json_string_value(json_array_get(ids, i));
	change->members = (struct store_membership){
	    .group_id = request_path(call->request, "group_id"),
	    .computer_ids = texts,
	    .count = count,
	    .is_missing = is_missing};
	audit_target(call->audit, STORE_AUDIT_TARGET_GROUP,
	    change->members.group_id, NULL);
	if (!api_write(call, write_change, change, err))
		return false;
	api_event(call, "group_members_changed",
	    "a user changed the members of a group", NULL,
	    json_pack("{s:s, s:s, s:I}", "group_id", change->group.id, "name",
		change->group.name, "computers",
		(json_int_t)change->group.member_count));
	answer(change);
	return true;
}

bool
api_group_add_members(struct api_call *call, struct err *err)
{
	struct change change = {
	    .call = call, .write = store_group_add_members, .word = "added"};

	return make_change(&change, err);
}

bool
api_group_remove_members(struct api_call *call, struct err *err)
{
	struct change change = {.call = call,
	    .write = store_group_remove_members,
	    .word = "removed"};

	return make_change(&change, err);
}

bool
api_computer_groups(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_group_list list = {0};
	json_t *object, *items;

	if (!api_reader_open(call, &reader, err) ||
	    !store_group_list_of_computer(
		reader, request_path(call->request, "computer_id"), &list, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < list.count; i++) {
		json_t *item = json_object();

		json_set_string(item, "id", list.items[i].id);
		json_set_string(item, "name", list.items[i].name);
		json_array_append_new(items, item);
	}
	store_group_list_done(&list);
	object = json_object();
	json_set_value(object, "items", items);
	response_json(call->response, 200, object);
	return true;
}
