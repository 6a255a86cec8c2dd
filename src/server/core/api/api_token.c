/* API tokens: the user's own, and everybody's for those who may. */
#include "api_operations.h"

#include <stdio.h>

#include "base/clock.h"
#include "server/config.h"
#include "server/core/api/answer.h"
#include "server/core/api/people.h"
#include "server/core/api/sign_in.h"
#include "store/api_token.h"
#include "store/user.h"

enum {
	API_TOKENS_MAX = 100 /* of one user */
};

static bool
user_json(struct store_reader *reader, const char *id, json_t **out_object,
    struct err *err)
{
	struct store_user user;

	if (!store_user_get(reader, id, &user, err))
		return false;
	*out_object = json_object();
	json_set_string(*out_object, "id", user.id);
	json_set_string(*out_object, "name", user.name);
	return true;
}

static bool
token_json(struct store_reader *reader, const struct store_api_token *token,
    json_t **out_object, struct err *err)
{
	scoped(json_freep) json_t *object = json_object();
	json_t *user, *role, *scope;

	if (!user_json(reader, token->user_id, &user, err))
		return false;
	json_set_value(object, "user", user);
	if (!people_role_json(reader, token->role_id, &role, err))
		return false;
	json_set_value(object, "role", role);
	if (!people_scope_json(
		reader, token->id, token->is_scoped, &scope, err))
		return false;
	json_set_value(object, "scope", scope);
	json_set_string(object, "id", token->id);
	json_set_string(object, "name", token->name);
	json_set_time(object, "created_at", token->created_at);
	json_set_time(object, "expires_at", token->expires_at);
	api_set_time_or_null(object, "last_used_at", token->last_used_at);
	*out_object = take(object);
	return true;
}

static bool
items_json(struct store_reader *reader, const struct store_api_token_list *list,
    json_t *items, struct err *err)
{
	for (size_t i = 0; i < list->count; i++) {
		json_t *object;

		if (!token_json(reader, &list->items[i], &object, err))
			return false;
		json_array_append_new(items, object);
	}
	return true;
}

static bool
answer_list(struct api_call *call, const struct store_api_token_filter *filter,
    struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	scoped(json_freep) json_t *items = json_array();
	struct store_page page = api_page(call);
	struct store_api_token_list list = {0};
	bool is_fine;

	if (!api_reader_open(call, &reader, err) ||
	    !store_api_token_list(reader, filter, &page, &list, err))
		return false;
	is_fine = items_json(reader, &list, items, err);
	if (is_fine)
		response_json(call->response, 200,
		    api_page_object(take(items), list.next));
	store_api_token_list_done(&list);
	return is_fine;
}

bool
api_api_token_list(struct api_call *call, struct err *err)
{
	struct store_api_token_filter filter = {
	    .user_id = api_query(call, "user_id"),
	    .search = api_query(call, "search"),
	    .place_id = api_query(call, "place_id"),
	};

	return answer_list(call, &filter, err);
}

bool
api_own_api_token_list(struct api_call *call, struct err *err)
{
	struct store_api_token_filter filter = {
	    .user_id = call->request->user.user_id,
	    .search = api_query(call, "search"),
	};

	return answer_list(call, &filter, err);
}

/* What a token is, without what it opens with. */
static json_t *
plain_json(const struct store_api_token *token)
{
	json_t *object = json_object();

	json_set_string(object, "name", token->name);
	json_set_string(object, "user_id", token->user_id);
	json_set_string(object, "role_id", token->role_id);
	json_set_bool(object, "is_scoped", token->is_scoped);
	api_set_time_or_null(object, "expires_at", token->expires_at);
	return object;
}

static bool
check_count(struct store_reader *reader, const char *user_id, struct err *err)
{
	struct store_page page = {.limit = API_TOKENS_MAX};
	struct store_api_token_filter filter = {.user_id = user_id};
	struct store_api_token_list list = {0};
	size_t count;

	if (!store_api_token_list(reader, &filter, &page, &list, err))
		return false;
	count = list.count;
	store_api_token_list_done(&list);
	return count < API_TOKENS_MAX ||
	    err_set_code(err, ERR_CONFLICT, "too_many_api_tokens",
		"a user has at most %d API tokens; delete one first",
		API_TOKENS_MAX);
}

struct creation {
	const struct api_call *call;
	struct store_api_token token;
	json_t *object; /* comes out */
};

static bool
write_creation(struct store_tx *tx, void *context, struct err *err)
{
	struct creation *creation = context;
	const struct api_call *call = creation->call;
	struct store_api_token *token = &creation->token;
	struct store_reader *reader = store_tx_reader(tx);

	json_decref(creation->object);
	creation->object = NULL;
	if (!check_count(reader, token->user_id, err) ||
	    !people_check_role(
		reader, &call->request->user.levels, token->role_id, err) ||
	    !people_write_scope(call, tx, token->id, &token->is_scoped, err) ||
	    !store_api_token_create(tx, token, err))
		return false;
	audit_target(
	    call->audit, STORE_AUDIT_TARGET_API_TOKEN, token->id, token->name);
	audit_after(call->audit, plain_json(token));
	return token_json(reader, token, &creation->object, err);
}

static bool
fill_life(
    const struct api_call *call, struct store_api_token *token, struct err *err)
{
	int64_t life_ms = api_body_integer(call, "expires_in_s", 0) * 1000;
	int64_t most_ms = call->core->config->api_token_life_ms;

	token->created_at = call->request->received_ms;
	token->expires_at = token->created_at + life_ms;
	return life_ms <= most_ms ||
	    err_set_code(err, ERR_MALFORMED, "json_range",
		"\"expires_in_s\" must be at most %lld: an API token works for "
		"%lld days at the longest",
		(long long)(most_ms / 1000), (long long)(most_ms / DAYS_MS(1)));
}

static void
answer_creation(struct api_call *call, json_t *token, const char *secret)
{
	json_t *object = json_object();

	json_set_string(object, "secret", secret);
	json_set_value(object, "api_token", token);
	response_json(call->response, 201, object);
}

bool
api_api_token_create(struct api_call *call, struct err *err)
{
	struct creation creation = {.call = call};
	struct store_api_token *token = &creation.token;
	const struct request_user *user = &call->request->user;
	const char *role_id = api_body_string(call, "role_id");
	char secret[SIGN_IN_TOKEN_SIZE];

	if (!fill_life(call, token, err))
		return false;
	id_make(token->id);
	store_text_copy(
	    token->name, sizeof(token->name), api_body_string(call, "name"));
	store_text_copy(token->user_id, sizeof(token->user_id), user->user_id);
	store_text_copy(token->role_id, sizeof(token->role_id),
	    role_id != NULL ? role_id : user->role_id);
	sign_in_make_token("wfa_", secret, token->token_hash);
	if (!api_write(call, write_creation, &creation, err)) {
		json_decref(creation.object);
		return false;
	}
	api_event(call, "api_token_created", "a user made an API token", NULL,
	    json_pack("{s:s, s:s}", "api_token_id", token->id, "role_id",
		token->role_id));
	answer_creation(call, creation.object, secret);
	explicit_bzero(secret, sizeof(secret));
	return true;
}

struct deletion {
	struct audit *audit;
	const char *user_id; /* NULL: of whomever */
	const char *id;
};

/* Another user's token is as if it were not there. */
static bool
delete_token(struct store_tx *tx, void *context, struct err *err)
{
	const struct deletion *deletion = context;
	struct store_api_token token;

	if (!store_api_token_get(
		store_tx_reader(tx), deletion->id, &token, err))
		return false;
	if (deletion->user_id != NULL &&
	    strcmp(token.user_id, deletion->user_id) != 0)
		return err_set_code(err, ERR_NOT_FOUND, "api_token_not_found",
		    "there is no such api token");
	audit_target(deletion->audit, STORE_AUDIT_TARGET_API_TOKEN, token.id,
	    token.name);
	audit_before(deletion->audit, plain_json(&token));
	return store_api_token_delete(tx, deletion->id, err);
}

static bool
delete_one(struct api_call *call, const char *user_id, struct err *err)
{
	struct deletion deletion = {
	    call->audit, user_id, request_path(call->request, "api_token_id")};

	audit_target(
	    call->audit, STORE_AUDIT_TARGET_API_TOKEN, deletion.id, NULL);
	if (!api_write(call, delete_token, &deletion, err))
		return false;
	api_event(call, "api_token_deleted", "a user deleted an API token",
	    NULL, json_pack("{s:s}", "api_token_id", deletion.id));
	response_empty(call->response, 204);
	return true;
}

bool
api_api_token_delete(struct api_call *call, struct err *err)
{
	return delete_one(call, NULL, err);
}

bool
api_own_api_token_delete(struct api_call *call, struct err *err)
{
	return delete_one(call, call->request->user.user_id, err);
}
