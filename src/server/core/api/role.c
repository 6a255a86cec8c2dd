/* Roles: those that are always there, and those made by people. */
#include "api_operations.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "server/core/api/answer.h"
#include "server/core/api/people.h"
#include "store/revision.h"
#include "store/role.h"
#include "store/user.h"

enum {
	USERS_TOLD = 10 /* of those who have a role that was to go */
};

static json_t *
role_json(const struct store_role *role)
{
	const struct policy_role *known = policy_role_by_id(role->id);
	json_t *object = json_object();
	struct policy_levels levels;

	people_levels_of(role, &levels);
	json_set_string(object, "id", role->id);
	json_set_string(object, "name", role->name);
	json_set_string_or_null(
	    object, "built_in", known == NULL ? NULL : known->word);
	json_set_value(object, "levels", people_levels_json(&levels));
	json_set_integer(object, "user_count", role->user_count);
	json_set_integer(object, "api_token_count", role->token_count);
	api_set_time_or_null(object, "created_at", role->created_at);
	json_set_integer(object, "version", role->version);
	return object;
}

static void
answer(struct api_call *call, int status, const struct store_role *role)
{
	api_answer_etag(call, role->version);
	response_json(call->response, status, role_json(role));
}

bool
api_role_list(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_page page = api_page(call);
	struct store_role_list list = {0};
	json_t *items;

	if (!api_reader_open(call, &reader, err) ||
	    !store_role_list(reader, &page, &list, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(items, role_json(&list.items[i]));
	response_json(call->response, 200, api_page_object(items, list.next));
	store_role_list_done(&list);
	return true;
}

bool
api_role_get(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_role role;

	if (!api_reader_open(call, &reader, err) ||
	    !store_role_get(
		reader, request_path(call->request, "role_id"), &role, err))
		return false;
	answer(call, 200, &role);
	return true;
}

/* The body's levels over those that are there. */
static void
take_levels(const struct api_call *call, struct policy_levels *levels)
{
	const json_t *wanted = json_object_get(call->body, "levels");

	for (size_t i = 0; i < POLICY_MODULE_COUNT; i++) {
		enum policy_module module = (enum policy_module)i;
		const char *word = json_string_value(
		    json_object_get(wanted, policy_module_name(module)));

		if (word != NULL)
			check(policy_level_parse(word, &levels->of[i]));
	}
}

/* What a role made by people may have, whoever makes it. */
static bool
check_levels(const struct api_call *call, const struct policy_levels *levels,
    struct err *err)
{
	struct policy_levels most = policy_levels_custom_most();
	enum policy_module module;

	if (policy_levels_exceed(levels, &most, &module))
		return err_set_code(err, ERR_DENIED, "security_reserved",
		    "only the role Administrator has more than \"%s\" in the "
		    "module \"%s\"",
		    policy_level_name(most.of[module]),
		    policy_module_name(module));
	return people_check_below(&call->request->user.levels, levels, err);
}

static json_t *
detail_of(const struct store_role *role)
{
	return json_pack("{s:s, s:s, s:s}", "role_id", role->id, "name",
	    role->name, "levels", role->levels);
}

static void
set_target(const struct api_call *call, const struct store_role *role)
{
	audit_target(
	    call->audit, STORE_AUDIT_TARGET_ROLE, role->id, role->name);
}

/* What the audit log tells of a role. */
static json_t *
plain_json(const struct store_role *role)
{
	json_t *object = json_object();

	json_set_string(object, "name", role->name);
	json_set_string(object, "levels", role->levels);
	return object;
}

static bool
write_role(struct store_tx *tx, void *context, struct err *err)
{
	return store_role_create(tx, context, err);
}

bool
api_role_create(struct api_call *call, struct err *err)
{
	struct store_role role = {
	    .created_at = call->request->received_ms, .version = 1};
	struct policy_levels levels = {{POLICY_NONE}};

	take_levels(call, &levels);
	if (!check_levels(call, &levels, err))
		return false;
	id_make(role.id);
	store_text_copy(
	    role.name, sizeof(role.name), api_body_string(call, "name"));
	policy_levels_write(&levels, role.levels);
	set_target(call, &role);
	audit_after(call->audit, plain_json(&role));
	if (!api_write(call, write_role, &role, err))
		return false;
	api_event(
	    call, "role_created", "a user made a role", NULL, detail_of(&role));
	answer(call, 201, &role);
	return true;
}

struct change {
	struct api_call *call;
	const char *id;
	bool is_deletion;
	bool is_change;         /* comes out: something is other than before */
	struct store_role role; /* as it is afterwards, or was */
};

/* Who has the role may not change it: that would be to change oneself. */
static bool
check_may_change(const struct change *change, struct err *err)
{
	const struct request_user *who = &change->call->request->user;
	struct policy_levels levels;

	if (policy_role_by_id(change->id) != NULL)
		return err_set_code(err, ERR_CONFLICT, "role_is_built_in",
		    "the role \"%s\" is always there and stays as it is",
		    change->role.name);
	people_levels_of(&change->role, &levels);
	if (!people_check_below(&who->levels, &levels, err))
		return false;
	return strcmp(who->role_id, change->id) != 0 ||
	    err_set_code(err, ERR_CONFLICT, "own_account",
		"you have this role; nobody changes the own rights");
}

static bool
update(struct store_tx *tx, struct change *change,
    const struct api_thing *thing, struct err *err)
{
	const char *name = api_body_string(change->call, "name");
	struct store_role before = change->role;
	struct store_role *role = &change->role;
	struct policy_levels levels;
	char members[32];

	people_levels_of(role, &levels);
	take_levels(change->call, &levels);
	if (!check_levels(change->call, &levels, err))
		return false;
	policy_levels_write(&levels, role->levels);
	if (name != NULL)
		store_text_copy(role->name, sizeof(role->name), name);
	snprintf(members, sizeof(members), "%s%s",
	    strcmp(before.name, role->name) != 0 ? " name" : "",
	    strcmp(before.levels, role->levels) != 0 ? " levels" : "");
	change->is_change = members[0] != '\0';
	audit_after(change->call->audit, plain_json(role));
	return !change->is_change ||
	    (store_role_update(tx, role, err) &&
		api_record_version(change->call, tx, thing, members + 1, err) &&
		store_role_get(store_tx_reader(tx), change->id, role, err));
}

static json_t *
names_of(const struct store_user_list *list)
{
	json_t *names = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(names, json_string(list->items[i].name));
	return names;
}

/* The refusal tells who has the role. */
static bool
check_unused(struct store_tx *tx, const struct change *change, struct err *err)
{
	struct store_page page = {.limit = USERS_TOLD};
	struct store_user_filter filter = {.role_id = change->id};
	struct store_user_list list = {0};

	if (change->role.user_count == 0)
		return true; /* the store looks at the API tokens */
	if (!store_user_list(store_tx_reader(tx), &filter, &page, &list, err))
		return false;
	json_decref(change->call->more);
	change->call->more = json_object();
	json_set_value(change->call->more, "users", names_of(&list));
	store_user_list_done(&list);
	return true;
}

static bool
write_change(struct store_tx *tx, void *context, struct err *err)
{
	struct change *change = context;
	struct store_reader *reader = store_tx_reader(tx);
	struct api_thing thing = {.kind = "role", .id = change->id};

	if (!store_role_get(reader, change->id, &change->role, err))
		return false;
	set_target(change->call, &change->role);
	audit_before(change->call->audit, plain_json(&change->role));
	if (!check_may_change(change, err))
		return false;
	thing.version = change->role.version;
	if (!api_check_version(change->call, reader, &thing, err))
		return false;
	if (!change->is_deletion)
		return update(tx, change, &thing, err);
	return check_unused(tx, change, err) &&
	    store_role_delete(tx, change->id, err) &&
	    store_revision_delete_all(tx, thing.kind, thing.id, err);
}

bool
api_role_update(struct api_call *call, struct err *err)
{
	struct change change = {
	    .call = call, .id = request_path(call->request, "role_id")};

	if (!api_write(call, write_change, &change, err))
		return false;
	if (change.is_change)
		api_event(call, "role_changed", "a user changed a role", NULL,
		    detail_of(&change.role));
	answer(call, 200, &change.role);
	return true;
}

bool
api_role_delete(struct api_call *call, struct err *err)
{
	struct change change = {.call = call,
	    .id = request_path(call->request, "role_id"),
	    .is_deletion = true};

	if (!api_write(call, write_change, &change, err))
		return false;
	api_event(call, "role_deleted", "a user deleted a role", NULL,
	    detail_of(&change.role));
	response_empty(call->response, 204);
	return true;
}
