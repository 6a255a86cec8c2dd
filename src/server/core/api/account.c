/* Users: made, changed and deleted by those who may. */
#include "api_operations.h"

#include <stdio.h>
#include <string.h>

#include "server/core/api/answer.h"
#include "server/core/api/lockout.h"
#include "server/core/api/password_set.h"
#include "server/core/api/people.h"
#include "server/core/api/user.h"
#include "store/known_device.h"
#include "store/revision.h"
#include "store/session.h"
#include "store/user.h"

static bool
answer_user(struct api_call *call, int status, const char *id, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_user user;
	json_t *object;

	if (!api_reader_open(call, &reader, err) ||
	    !store_user_get(reader, id, &user, err) ||
	    !api_user_json(call, reader, &user, &object, err))
		return false;
	api_answer_etag(call, user.version);
	response_json(call->response, status, object);
	return true;
}

static bool
items_json(const struct api_call *call, struct store_reader *reader,
    const struct store_user_list *list, json_t *items, struct err *err)
{
	for (size_t i = 0; i < list->count; i++) {
		json_t *object;

		if (!api_user_json(call, reader, &list->items[i], &object, err))
			return false;
		json_array_append_new(items, object);
	}
	return true;
}

static const struct {
	const char *word;
	enum store_user_sort sort;
} SORTS[] = {
    {"name", STORE_USER_BY_NAME},
    {"role", STORE_USER_BY_ROLE},
    {"last_sign_in_at", STORE_USER_BY_LAST_SIGN_IN},
};

/* The word is one of the description's. */
static void
fill_sort(struct store_user_filter *filter, const char *text)
{
	if (text == NULL)
		return;
	filter->is_descending = *text == '-';
	if (filter->is_descending)
		text++;
	for (size_t i = 0; i < array_length(SORTS); i++)
		if (strcmp(SORTS[i].word, text) == 0)
			filter->sort = SORTS[i].sort;
}

bool
api_user_list(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	scoped(json_freep) json_t *items = json_array();
	struct store_page page = api_page(call);
	struct store_user_filter filter = {
	    .role_id = api_query(call, "role_id"),
	    .search = api_query(call, "search"),
	    .place_id = api_query(call, "place_id")};
	struct store_user_list list = {0};
	bool is_fine;

	fill_sort(&filter, api_query(call, "sort"));
	if (!api_reader_open(call, &reader, err) ||
	    !store_user_list(reader, &filter, &page, &list, err))
		return false;
	is_fine = items_json(call, reader, &list, items, err);
	if (is_fine)
		response_json(call->response, 200,
		    api_page_object(take(items), list.next));
	store_user_list_done(&list);
	return is_fine;
}

bool
api_user_get(struct api_call *call, struct err *err)
{
	return answer_user(
	    call, 200, request_path(call->request, "user_id"), err);
}

static bool
must_change(const struct api_call *call)
{
	return !json_is_false(
	    json_object_get(call->body, "must_change_password"));
}

static json_t *
detail_of(const struct store_user *user)
{
	return json_pack("{s:s, s:s, s:s}", "user_id", user->id, "name",
	    user->name, "role_id", user->role_id);
}

static void
set_target(const struct api_call *call, const struct store_user *user)
{
	audit_target(
	    call->audit, STORE_AUDIT_TARGET_USER, user->id, user->name);
}

/* What the audit log tells of a user. */
static bool
rights_json(struct store_reader *reader, const struct store_user *user,
    json_t **out_object, struct err *err)
{
	json_t *object, *scope, *role;

	if (!people_role_json(reader, user->role_id, &role, err))
		return false;
	if (!people_scope_json(
		reader, user->id, user->is_scoped, &scope, err)) {
		json_decref(role);
		return false;
	}
	object = json_object();
	json_set_string(object, "name", user->name);
	json_set_value(object, "role", role);
	json_set_value(object, "scope", scope);
	json_set_bool(object, "is_disabled", user->is_disabled);
	*out_object = object;
	return true;
}

static bool
tell_before(const struct api_call *call, struct store_reader *reader,
    const struct store_user *user, struct err *err)
{
	json_t *object;

	set_target(call, user);
	if (!rights_json(reader, user, &object, err))
		return false;
	audit_before(call->audit, object);
	return true;
}

static bool
tell_after(const struct api_call *call, struct store_reader *reader,
    const struct store_user *user, struct err *err)
{
	json_t *object;

	set_target(call, user);
	if (!rights_json(reader, user, &object, err))
		return false;
	audit_after(call->audit, object);
	return true;
}

struct creation {
	const struct api_call *call;
	struct store_user user;
};

static bool
write_creation(struct store_tx *tx, void *context, struct err *err)
{
	struct creation *creation = context;
	struct store_user *user = &creation->user;
	const struct api_call *call = creation->call;

	return people_check_role(store_tx_reader(tx),
		   &call->request->user.levels, user->role_id, err) &&
	    people_write_scope(call, tx, user->id, &user->is_scoped, err) &&
	    store_user_create(tx, user, err) &&
	    tell_after(call, store_tx_reader(tx), user, err);
}

bool
api_user_create(struct api_call *call, struct err *err)
{
	struct creation creation = {.call = call,
	    .user = {.must_change_password = must_change(call),
		.created_at = call->request->received_ms}};
	struct store_user *user = &creation.user;
	const char *password = api_body_string(call, "password");

	id_make(user->id);
	store_text_copy(
	    user->name, sizeof(user->name), api_body_string(call, "name"));
	store_text_copy(user->role_id, sizeof(user->role_id),
	    api_body_string(call, "role_id"));
	if (!password_set_first(
		call, user->name, password, user->password_hash, err) ||
	    !api_write(call, write_creation, &creation, err))
		return false;
	api_event(
	    call, "user_created", "a user made a user", NULL, detail_of(user));
	return answer_user(call, 201, user->id, err);
}

struct change {
	struct api_call *call;
	const char *id;
	bool is_deletion;
	bool is_change; /* comes out: something is other than before */
	struct store_user before;
	struct store_user after;
};

static bool
is_unlimited_administrator(const struct store_user *user)
{
	return strcmp(user->role_id, POLICY_ADMINISTRATOR->id) == 0 &&
	    !user->is_disabled && !user->is_scoped;
}

/* Somebody must be left who can undo whatever is done. */
static bool
check_not_last(
    struct store_reader *reader, const struct change *change, struct err *err)
{
	int64_t others;

	if (!is_unlimited_administrator(&change->before) ||
	    (!change->is_deletion &&
		is_unlimited_administrator(&change->after)))
		return true;
	if (!store_user_count_unlimited(
		reader, POLICY_ADMINISTRATOR->id, change->id, &others, err))
		return false;
	return others > 0 ||
	    err_set_code(err, ERR_CONFLICT, "last_administrator",
		"\"%s\" is the last Administrator who is neither disabled nor "
		"limited to a scope",
		change->before.name);
}

static bool
check_other(const struct api_call *call, const char *id, struct err *err)
{
	return strcmp(call->request->user.user_id, id) != 0 ||
	    err_set_code(err, ERR_CONFLICT, "own_account",
		"nobody changes the own rights; ask another administrator");
}

/* The own name is no right: who may change users may change it. */
static bool
is_name_alone(const struct change *change)
{
	return !change->is_deletion &&
	    json_object_get(change->call->body, "name") != NULL &&
	    json_object_size(change->call->body) == 1;
}

/* Nobody touches who reaches further, nor lifts anybody above themselves. */
static bool
check_rules(
    struct store_reader *reader, const struct change *change, struct err *err)
{
	const struct request_user *who = &change->call->request->user;
	struct policy_levels target;

	return people_levels(reader, change->before.role_id, &target, err) &&
	    people_check_below(&who->levels, &target, err) &&
	    (change->is_deletion ||
		people_check_role(
		    reader, &who->levels, change->after.role_id, err)) &&
	    check_not_last(reader, change, err) &&
	    (is_name_alone(change) ||
		check_other(change->call, change->id, err));
}

static void
take_wishes(struct change *change)
{
	const char *name = api_body_string(change->call, "name");
	const char *role_id = api_body_string(change->call, "role_id");
	const json_t *scope = json_object_get(change->call->body, "scope");
	const json_t *is_disabled =
	    json_object_get(change->call->body, "is_disabled");

	change->after = change->before;
	if (name != NULL)
		store_text_copy(
		    change->after.name, sizeof(change->after.name), name);
	if (role_id != NULL)
		store_text_copy(change->after.role_id,
		    sizeof(change->after.role_id), role_id);
	if (scope != NULL)
		change->after.is_scoped = json_is_array(scope);
	if (is_disabled != NULL)
		change->after.is_disabled = json_is_true(is_disabled);
}

/* A scope that is sent counts as changed, without comparing its places; to take
 * away one that is not there does not. */
static bool
is_scope_changed(const struct change *change)
{
	const json_t *scope = json_object_get(change->call->body, "scope");

	return json_is_array(scope) ||
	    (json_is_null(scope) && change->before.is_scoped);
}

static void
list_members(const struct change *change, char *out, size_t size)
{
	const struct store_user *before = &change->before;
	const struct store_user *after = &change->after;

	snprintf(out, size, "%s%s%s%s",
	    strcmp(before->name, after->name) != 0 ? " name" : "",
	    strcmp(before->role_id, after->role_id) != 0 ? " role" : "",
	    is_scope_changed(change) ? " scope" : "",
	    before->is_disabled != after->is_disabled ? " is_disabled" : "");
}

static bool
update(struct store_tx *tx, struct change *change,
    const struct api_thing *thing, struct err *err)
{
	char members[64];

	list_members(change, members, sizeof(members));
	change->is_change = members[0] != '\0';
	if (!change->is_change)
		return true;
	if (!people_write_scope(
		change->call, tx, change->id, &change->after.is_scoped, err) ||
	    !store_user_update(tx, &change->after, err) ||
	    !api_record_version(change->call, tx, thing, members + 1, err))
		return false;
	if (!tell_after(change->call, store_tx_reader(tx), &change->after, err))
		return false;
	return !change->after.is_disabled ||
	    store_session_delete_of_user(tx, change->id, NULL, err);
}

static bool
write_change(struct store_tx *tx, void *context, struct err *err)
{
	struct change *change = context;
	struct store_reader *reader = store_tx_reader(tx);
	struct api_thing thing = {.kind = "user", .id = change->id};

	if (!store_user_get(reader, change->id, &change->before, err) ||
	    !tell_before(change->call, reader, &change->before, err))
		return false;
	take_wishes(change);
	thing.version = change->before.version;
	if (!check_rules(reader, change, err) ||
	    !api_check_version(change->call, reader, &thing, err))
		return false;
	if (!change->is_deletion)
		return update(tx, change, &thing, err);
	return store_revision_delete_all(tx, thing.kind, thing.id, err) &&
	    store_user_delete(tx, change->id, err);
}

bool
api_user_update(struct api_call *call, struct err *err)
{
	struct change change = {
	    .call = call, .id = request_path(call->request, "user_id")};

	if (!api_write(call, write_change, &change, err))
		return false;
	if (change.is_change)
		api_event(call, "user_changed", "a user changed a user", NULL,
		    detail_of(&change.after));
	return answer_user(call, 200, change.id, err);
}

bool
api_user_delete(struct api_call *call, struct err *err)
{
	struct change change = {.call = call,
	    .id = request_path(call->request, "user_id"),
	    .is_deletion = true};

	if (!api_write(call, write_change, &change, err))
		return false;
	api_event(call, "user_deleted", "a user deleted a user", NULL,
	    detail_of(&change.before));
	response_empty(call->response, 204);
	return true;
}

struct password {
	const struct api_call *call;
	struct store_user user;
	bool must_change;
	struct new_password password;
};

/* Whoever had the old password has nothing left of it: sessions end, devices
 * are strangers again. A lock is no use for a password that nobody tried. */
static bool
write_password(struct store_tx *tx, void *context, struct err *err)
{
	const struct password *password = context;
	const struct api_call *call = password->call;
	const char *id = password->user.id;
	struct policy_levels target;

	return people_levels(
		   store_tx_reader(tx), password->user.role_id, &target, err) &&
	    people_check_below(&call->request->user.levels, &target, err) &&
	    password_set_write(tx, id, &password->password,
		password->must_change, call->request->received_ms, err) &&
	    store_session_delete_of_user(tx, id, NULL, err) &&
	    store_known_device_delete_of_user(tx, id, err) &&
	    store_user_unlock(tx, id, err);
}

static bool
read_user(struct api_call *call, struct store_user *out_user, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	return api_reader_open(call, &reader, err) &&
	    store_user_get(
		reader, request_path(call->request, "user_id"), out_user, err);
}

bool
api_user_set_password(struct api_call *call, struct err *err)
{
	struct password password = {
	    .call = call, .must_change = must_change(call)};
	const char *wanted = api_body_string(call, "new_password");

	if (!read_user(call, &password.user, err))
		return false;
	set_target(call, &password.user);
	if (!check_other(call, password.user.id, err) ||
	    !password_set_prepare(
		call, &password.user, wanted, &password.password, err) ||
	    !api_write(call, write_password, &password, err))
		return false;
	api_event(call, "user_password_set",
	    "a user gave a user another password", NULL,
	    detail_of(&password.user));
	response_empty(call->response, 204);
	return true;
}

static json_t *
lock_json(const struct api_call *call, const struct store_user *user)
{
	json_t *object = json_object();

	api_set_time_or_null(object, "locked_until",
	    lockout_stored_until(call->core, user, call->request->received_ms));
	return object;
}

/* Also what was counted and has locked nothing yet. */
static bool
write_unlocking(struct store_tx *tx, void *context, struct err *err)
{
	const struct api_call *call = context;
	const char *id = request_path(call->request, "user_id");
	struct policy_levels target;
	struct store_user user;

	if (!store_user_get(store_tx_reader(tx), id, &user, err) ||
	    !people_levels(store_tx_reader(tx), user.role_id, &target, err))
		return false;
	set_target(call, &user);
	audit_before(call->audit, lock_json(call, &user));
	return people_check_below(&call->request->user.levels, &target, err) &&
	    store_user_unlock(tx, id, err);
}

bool
api_user_unlock(struct api_call *call, struct err *err)
{
	if (!api_write(call, write_unlocking, call, err))
		return false;
	return answer_user(
	    call, 200, request_path(call->request, "user_id"), err);
}
