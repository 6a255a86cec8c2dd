/* Groups of computers: made, changed, deleted, tried out. */
#include "server/core/api/group.h"

#include <stdio.h>
#include <string.h>

#include "api_operations.h"
#include "base/check.h"
#include "server/core/api/answer.h"
#include "server/core/api/computer.h"
#include "server/core/api/holders.h"
#include "store/office.h"
#include "store/revision.h"

enum {
	PREVIEW_NAMES = 10
};

static json_t *
criteria_or_null(const struct store_group *group)
{
	struct criteria criteria;
	struct err err = ERR_INIT;

	/* What a later version wrote is not shown as if it were less. */
	return group->kind == STORE_GROUP_CRITERIA &&
		criteria_parse(view_string(group->criteria), &criteria, &err)
	    ? criteria_json(&criteria)
	    : json_null();
}

json_t *
api_group_json(const struct store_group *group, int64_t computer_count)
{
	json_t *object = json_object();

	json_set_string(object, "id", group->id);
	json_set_string(object, "name", group->name);
	json_set_string(object, "kind", store_group_kind_name(group->kind));
	json_set_string(object, "description", group->description);
	json_set_value(object, "criteria", criteria_or_null(group));
	json_set_value(object, "computer_count",
	    computer_count < 0 ? json_null() : json_integer(computer_count));
	json_set_bool(object, "is_scope", group->is_scope);
	json_set_time(object, "created_at", group->created_at);
	json_set_integer(object, "version", group->version);
	return object;
}

bool
api_group_list(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_page page = api_page(call);
	struct store_group_list list = {0};
	json_t *items;

	if (!api_reader_open(call, &reader, err) ||
	    !store_group_list(reader, &page, &list, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < list.count; i++) {
		const struct store_group *group = &list.items[i];

		json_array_append_new(items,
		    api_group_json(group,
			group->kind == STORE_GROUP_STATIC ? group->member_count
							  : -1));
	}
	response_json(call->response, 200, api_page_object(items, list.next));
	store_group_list_done(&list);
	return true;
}

/* As it is now, counted. */
static bool
answer(struct api_call *call, int status, const char *id, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_computer_filter filter = {0};
	struct criteria criteria;
	struct store_group group;
	int64_t count;

	if (!api_reader_open(call, &reader, err) ||
	    !store_group_get(reader, id, &group, err) ||
	    !store_group_filter(reader, id, call->request->received_ms,
		&criteria, &filter, err) ||
	    !store_computer_count(reader, &filter, &count, err))
		return false;
	api_answer_etag(call, group.version);
	response_json(call->response, status, api_group_json(&group, count));
	return true;
}

bool
api_group_get(struct api_call *call, struct err *err)
{
	return answer(call, 200, request_path(call->request, "group_id"), err);
}

/* An office that criteria name is there, and seen by who writes it. */
static bool
check_offices(struct store_reader *reader, const struct criteria *criteria,
    struct err *err)
{
	struct store_office office;

	for (unsigned i = 0; i < criteria->count; i++)
		if (criteria->items[i].field->kind == CRITERIA_OFFICE &&
		    !store_office_get(
			reader, criteria->items[i].value, &office, err))
			return false;
	return true;
}

/* The body's criteria into the group, where there are some. */
static bool
take_criteria(const struct api_call *call, struct store_reader *reader,
    struct store_group *group, struct err *err)
{
	const json_t *wanted = json_object_get(call->body, "criteria");
	struct criteria criteria;

	if (wanted == NULL)
		return true;
	if (group->kind == STORE_GROUP_STATIC)
		return err_set_code(err, ERR_MALFORMED, "member_not_allowed",
		    "a static group has no \"criteria\"");
	if (!criteria_read(wanted, &criteria, err) ||
	    !check_offices(reader, &criteria, err))
		return false;
	criteria_write(&criteria, group->criteria);
	return true;
}

static void
take_texts(const struct api_call *call, struct store_group *group)
{
	const char *name = api_body_string(call, "name");
	const char *description = api_body_string(call, "description");

	if (name != NULL)
		store_text_copy(group->name, sizeof(group->name), name);
	if (description != NULL)
		store_text_copy(group->description, sizeof(group->description),
		    description);
}

static void
set_target(const struct api_call *call, const struct store_group *group)
{
	audit_target(
	    call->audit, STORE_AUDIT_TARGET_GROUP, group->id, group->name);
}

/* What the audit log tells of a group. */
static json_t *
plain_json(const struct store_group *group)
{
	json_t *object = json_object();

	json_set_string(object, "name", group->name);
	json_set_string(object, "kind", store_group_kind_name(group->kind));
	json_set_string(object, "description", group->description);
	json_set_value(object, "criteria", criteria_or_null(group));
	return object;
}

static json_t *
detail_of(const struct store_group *group)
{
	return json_pack(
	    "{s:s, s:s}", "group_id", group->id, "name", group->name);
}

struct creation {
	const struct api_call *call;
	struct store_group group;
};

static bool
write_creation(struct store_tx *tx, void *context, struct err *err)
{
	struct creation *creation = context;
	struct store_group *group = &creation->group;

	if (!take_criteria(creation->call, store_tx_reader(tx), group, err))
		return false;
	set_target(creation->call, group);
	audit_after(creation->call->audit, plain_json(group));
	return store_group_create(tx, group, err);
}

bool
api_group_create(struct api_call *call, struct err *err)
{
	struct creation creation = {
	    .call = call, .group = {.created_at = call->request->received_ms}};
	struct store_group *group = &creation.group;

	if (strcmp(api_body_string(call, "kind"), "criteria") == 0) {
		group->kind = STORE_GROUP_CRITERIA;
		if (json_object_get(call->body, "criteria") == NULL)
			return err_set_code(err, ERR_MALFORMED,
			    "member_missing",
			    "\"criteria\" say which computers belong to it");
	}
	id_make(group->id);
	take_texts(call, group);
	if (!api_write(call, write_creation, &creation, err))
		return false;
	api_event(call, "group_created", "a user made a group", NULL,
	    detail_of(group));
	return answer(call, 201, group->id, err);
}

struct change {
	struct api_call *call;
	const char *id;
	bool is_deletion;
	bool is_change; /* comes out: something is other than before */
	struct store_group group; /* as it is afterwards, or was */
};

static bool
update(struct store_tx *tx, struct change *change,
    const struct api_thing *thing, struct err *err)
{
	struct store_group before = change->group;
	struct store_group *group = &change->group;
	char members[40];

	if (!take_criteria(change->call, store_tx_reader(tx), group, err))
		return false;
	take_texts(change->call, group);
	snprintf(members, sizeof(members), "%s%s%s",
	    strcmp(before.name, group->name) != 0 ? " name" : "",
	    strcmp(before.description, group->description) != 0 ? " description"
								: "",
	    strcmp(before.criteria, group->criteria) != 0 ? " criteria" : "");
	change->is_change = members[0] != '\0';
	audit_after(change->call->audit, plain_json(group));
	return !change->is_change ||
	    (store_group_update(tx, group, err) &&
		api_record_version(change->call, tx, thing, members + 1, err));
}

static bool
write_change(struct store_tx *tx, void *context, struct err *err)
{
	struct change *change = context;
	struct store_reader *reader = store_tx_reader(tx);
	struct api_thing thing = {.kind = "group", .id = change->id};

	if (!store_group_get(reader, change->id, &change->group, err))
		return false;
	set_target(change->call, &change->group);
	audit_before(change->call->audit, plain_json(&change->group));
	thing.version = change->group.version;
	if (!api_check_version(change->call, reader, &thing, err))
		return false;
	if (!change->is_deletion)
		return update(tx, change, &thing, err);
	if (!store_group_delete(tx, change->id, err))
		return holders_refuse(change->call, reader, change->id, err);
	return store_revision_delete_all(tx, thing.kind, thing.id, err);
}

static bool
make_change(struct api_call *call, struct change *change, struct err *err)
{
	change->call = call;
	change->id = request_path(call->request, "group_id");
	audit_target(call->audit, STORE_AUDIT_TARGET_GROUP, change->id, NULL);
	return api_write(call, write_change, change, err);
}

bool
api_group_update(struct api_call *call, struct err *err)
{
	struct change change = {0};

	if (!make_change(call, &change, err))
		return false;
	if (change.is_change)
		api_event(call, "group_changed", "a user changed a group", NULL,
		    detail_of(&change.group));
	return answer(call, 200, change.id, err);
}

bool
api_group_delete(struct api_call *call, struct err *err)
{
	struct change change = {.is_deletion = true};

	if (!make_change(call, &change, err))
		return false;
	api_event(call, "group_deleted", "a user deleted a group", NULL,
	    detail_of(&change.group));
	response_empty(call->response, 204);
	return true;
}

/* None of them asks whether a computer is like another. */
static bool
check_likeness(const struct api_call *call, const struct criteria *criteria,
    struct err *err)
{
	bool is_asked = false;

	for (unsigned i = 0; i < criteria->count; i++)
		is_asked |= criteria->items[i].field->kind == CRITERIA_FLAG;
	return api_check_likeness(call, is_asked, err);
}

static void
answer_preview(struct api_call *call, int64_t count,
    const struct store_computer_list *list)
{
	json_t *object = json_object(), *computers = json_array();
	struct err none = ERR_INIT;
	bool may_name = api_check_level(
	    &call->request->user, POLICY_COMPUTERS, POLICY_READ, &none);

	for (size_t i = 0; i < list->count && may_name; i++) {
		json_t *one = json_object();

		json_set_string(one, "id", list->items[i].id);
		json_set_string(one, "name", list->items[i].name);
		json_array_append_new(computers, one);
	}
	json_set_integer(object, "computer_count", count);
	json_set_value(object, "computers", computers);
	response_json(call->response, 200, object);
}

bool
api_group_preview(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_page page = {.limit = PREVIEW_NAMES};
	struct criteria criteria;
	struct store_computer_filter filter = {
	    .criteria = &criteria, .criteria_now = call->request->received_ms};
	struct store_computer_list list = {0};
	int64_t count;

	if (!criteria_read(
		json_object_get(call->body, "criteria"), &criteria, err) ||
	    !check_likeness(call, &criteria, err) ||
	    !api_reader_open(call, &reader, err) ||
	    !check_offices(reader, &criteria, err) ||
	    !store_computer_count(reader, &filter, &count, err) ||
	    !store_computer_list(reader, &filter, &page, &list, err))
		return false;
	answer_preview(call, count, &list);
	store_computer_list_done(&list);
	return true;
}
