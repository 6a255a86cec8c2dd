/* The user's own API tokens. */
#include "api_operations.h"

#include <stdio.h>

#include "server/core/api/answer.h"
#include "server/core/api/sign_in.h"
#include "store/api_token.h"

enum {
	API_TOKENS_MAX = 100 /* of one user */
};

static json_t *
token_json(const struct store_api_token *token)
{
	json_t *object = json_object();

	json_set_string(object, "id", token->id);
	json_set_string(object, "name", token->name);
	json_set_time(object, "created_at", token->created_at);
	api_set_time_or_null(object, "expires_at", token->expires_at);
	api_set_time_or_null(object, "last_used_at", token->last_used_at);
	return object;
}

bool
api_api_token_list(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_page page = api_page(call);
	struct store_api_token_list list = {0};
	json_t *items;

	if (!store_reader_open(call->core->store, &reader, err) ||
	    !store_api_token_list(
		reader, call->request->user.user_id, &page, &list, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(items, token_json(&list.items[i]));
	response_json(call->response, 200, api_page_object(items, list.next));
	store_api_token_list_done(&list);
	return true;
}

/* What a token is, without what it opens with. */
static json_t *
plain_json(const struct store_api_token *token)
{
	json_t *object = json_object();

	json_set_string(object, "name", token->name);
	json_set_string(object, "user_id", token->user_id);
	api_set_time_or_null(object, "expires_at", token->expires_at);
	return object;
}

static bool
write_token(struct store_tx *tx, void *context, struct err *err)
{
	const struct store_api_token *token = context;
	struct store_page page = {.limit = API_TOKENS_MAX};
	struct store_api_token_list list = {0};
	size_t count;

	if (!store_api_token_list(
		store_tx_reader(tx), token->user_id, &page, &list, err))
		return false;
	count = list.count;
	store_api_token_list_done(&list);
	if (count >= API_TOKENS_MAX)
		return err_set_code(err, ERR_CONFLICT, "too_many_api_tokens",
		    "a user has at most %d API tokens; delete one first",
		    API_TOKENS_MAX);
	return store_api_token_create(tx, token, err);
}

bool
api_api_token_create(struct api_call *call, struct err *err)
{
	struct store_api_token token = {
	    .created_at = call->request->received_ms};
	int64_t life_s = api_body_integer(call, "expires_in_s", 0);
	char secret[SIGN_IN_TOKEN_SIZE];
	json_t *object;

	id_make(token.id);
	store_text_copy(
	    token.name, sizeof(token.name), api_body_string(call, "name"));
	snprintf(token.user_id, sizeof(token.user_id), "%s",
	    call->request->user.user_id);
	memcpy(
	    token.role_id, call->request->user.role_id, sizeof(token.role_id));
	if (life_s > 0)
		token.expires_at = token.created_at + life_s * 1000;
	sign_in_make_token("wfa_", secret, token.token_hash);
	audit_target(
	    call->audit, STORE_AUDIT_TARGET_API_TOKEN, token.id, token.name);
	audit_after(call->audit, plain_json(&token));
	if (!api_write(call, write_token, &token, err))
		return false;
	api_event(call, "api_token_created", "a user made an API token", NULL,
	    json_pack("{s:s}", "api_token_id", token.id));
	object = json_object();
	json_set_string(object, "secret", secret);
	json_set_value(object, "api_token", token_json(&token));
	response_json(call->response, 201, object);
	explicit_bzero(secret, sizeof(secret));
	return true;
}

struct deletion {
	struct audit *audit;
	const char *user_id;
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
	if (strcmp(token.user_id, deletion->user_id) != 0)
		return err_set_code(err, ERR_NOT_FOUND, "api_token_not_found",
		    "there is no API token %s", deletion->id);
	audit_target(deletion->audit, STORE_AUDIT_TARGET_API_TOKEN, token.id,
	    token.name);
	audit_before(deletion->audit, plain_json(&token));
	return store_api_token_delete(tx, deletion->id, err);
}

bool
api_api_token_delete(struct api_call *call, struct err *err)
{
	struct deletion deletion = {call->audit, call->request->user.user_id,
	    request_path(call->request, "api_token_id")};

	audit_target(
	    call->audit, STORE_AUDIT_TARGET_API_TOKEN, deletion.id, NULL);
	if (!api_write(call, delete_token, &deletion, err))
		return false;
	api_event(call, "api_token_deleted", "a user deleted an API token",
	    NULL, json_pack("{s:s}", "api_token_id", deletion.id));
	response_empty(call->response, 204);
	return true;
}
