/* Enrolment tokens: made and revoked by the signer, listed from the store. */
#include "api_operations.h"

#include <stdio.h>

#include "ipc/signer_client.h"
#include "server/config.h"
#include "server/core/api/answer.h"
#include "server/core/bootstrap.h"
#include "store/computer.h"
#include "store/enrolment_token.h"
#include "store/office.h"

static const char *
state_name(const struct store_enrolment_token *token, int64_t now)
{
	if (token->revoked_at != 0)
		return "revoked";
	if (token->uses_left <= 0)
		return "used_up";
	return token->expires_at <= now ? "expired" : "usable";
}

static json_t *
token_json(const struct store_enrolment_token *token, int64_t now)
{
	json_t *object = json_object();

	json_set_string(object, "id", token->id);
	json_set_string(object, "kind", store_token_kind_name(token->kind));
	api_set_text_or_null(object, "office_id", token->office_id);
	api_set_text_or_null(object, "computer_id", token->computer_id);
	json_set_string(object, "comment", token->comment);
	json_set_integer(object, "uses", token->uses_allowed);
	json_set_integer(object, "uses_left", token->uses_left);
	json_set_string(object, "state", state_name(token, now));
	json_set_time(object, "created_at", token->created_at);
	json_set_time(object, "expires_at", token->expires_at);
	api_set_text_or_null(object, "created_by", token->created_by);
	api_set_time_or_null(object, "revoked_at", token->revoked_at);
	return object;
}

bool
api_enrolment_token_list(struct api_call *call, struct err *err)
{
	struct store_enrolment_token_filter filter = {
	    .office_id = api_query(call, "office_id")};
	const char *usable = api_query(call, "usable");
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_page page = api_page(call);
	struct store_enrolment_token_list list = {0};
	json_t *items;

	if (usable != NULL && strcmp(usable, "true") == 0)
		filter.usable_at = call->request->received_ms;
	if (!api_reader_open(call, &reader, err) ||
	    !store_enrolment_token_list(reader, &filter, &page, &list, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(items,
		    token_json(&list.items[i], call->request->received_ms));
	response_json(call->response, 200, api_page_object(items, list.next));
	store_enrolment_token_list_done(&list);
	return true;
}

static bool
read_token(
    struct api_call *call, struct store_enrolment_token *out, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	return api_reader_open(call, &reader, err) &&
	    store_enrolment_token_get(reader,
		request_path(call->request, "enrolment_token_id"), out, err);
}

bool
api_enrolment_token_get(struct api_call *call, struct err *err)
{
	struct store_enrolment_token token;

	if (!read_token(call, &token, err))
		return false;
	response_json(call->response, 200,
	    token_json(&token, call->request->received_ms));
	return true;
}

static bool
not_allowed(const char *member, const char *kind, struct err *err)
{
	return err_set_code(err, ERR_MALFORMED, "member_not_allowed",
	    "\"%s\" has no place in a token of kind %s", member, kind);
}

static bool
check_members(const struct api_call *call, bool is_of_office, struct err *err)
{
	if (is_of_office)
		return json_object_get(call->body, "computer_id") == NULL ||
		    not_allowed("computer_id", "office", err);
	if (json_object_get(call->body, "office_id") != NULL)
		return not_allowed("office_id", "computer", err);
	if (json_object_get(call->body, "uses") != NULL)
		return not_allowed("uses", "computer", err);
	return json_object_get(call->body, "computer_id") != NULL ||
	    err_set_code(err, ERR_MALFORMED, "member_missing",
		"\"computer_id\" says whom a token of kind computer is for");
}

/* Whoever enrols a computer once more takes its place, and its agent goes: that
 * is done to a computer. */
static bool
check_kind(
    const struct api_call *call, enum store_token_kind kind, struct err *err)
{
	return kind == STORE_TOKEN_OFFICE ||
	    api_check_level(
		&call->request->user, POLICY_COMPUTERS, POLICY_FULL, err);
}

static bool
fill_place(struct api_call *call, bool is_of_office,
    struct store_enrolment_token *token, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	const char *office_id = api_body_string(call, "office_id");
	const char *computer_id = api_body_string(call, "computer_id");
	struct store_computer computer;
	struct store_office office;

	if (!api_reader_open(call, &reader, err))
		return false;
	if (!is_of_office) {
		if (!store_computer_get(reader, computer_id, &computer, err) ||
		    !api_check_computer_lives(&computer, false, err))
			return false;
		snprintf(token->computer_id, sizeof(token->computer_id), "%s",
		    computer_id);
		office_id = computer.office_id;
	}
	if (office_id == NULL)
		office_id = STORE_OFFICE_LOCAL_ID;
	if (!store_office_get(reader, office_id, &office, err))
		return false;
	snprintf(token->office_id, sizeof(token->office_id), "%s", office.id);
	return true;
}

static bool
fill_token(
    struct api_call *call, struct store_enrolment_token *token, struct err *err)
{
	const char *comment = api_body_string(call, "comment");
	bool is_of_office =
	    strcmp(api_body_string(call, "kind"), "office") == 0;

	token->kind = is_of_office ? STORE_TOKEN_OFFICE : STORE_TOKEN_COMPUTER;
	token->uses_allowed =
	    is_of_office ? api_body_integer(call, "uses", 1) : 1;
	token->uses_left = token->uses_allowed;
	token->created_at = call->request->received_ms;
	token->expires_at = token->created_at +
	    api_body_integer(call, "expires_in_s", 0) * 1000;
	store_text_copy(token->comment, sizeof(token->comment), comment);
	store_text_copy(token->created_by, sizeof(token->created_by),
	    call->request->user.user_name);
	return check_members(call, is_of_office, err) &&
	    check_kind(call, token->kind, err) &&
	    fill_place(call, is_of_office, token, err);
}

static bool
ask_signer(struct api_call *call, const struct store_enrolment_token *token,
    struct signer_token_created *out, struct err *err)
{
	struct signer_token_create wanted = {
	    .kind = token->kind == STORE_TOKEN_OFFICE ? SIGNER_TOKEN_OFFICE
						      : SIGNER_TOKEN_COMPUTER,
	    .uses = (uint32_t)token->uses_allowed,
	    .expires_ms = token->expires_at,
	    .by = view_slice(view_string(call->request->user.user_name), 0,
		SIGNER_WORD_MAX)};

	memcpy(wanted.office_id, token->office_id, sizeof(wanted.office_id));
	memcpy(
	    wanted.computer_id, token->computer_id, sizeof(wanted.computer_id));
	return signer_client_token_create(
	    call->core->signer, &wanted, out, err);
}

static json_t *
plain_json(const struct store_enrolment_token *token)
{
	json_t *object = json_object();

	json_set_string(object, "kind", store_token_kind_name(token->kind));
	json_set_string(object, "office_id", token->office_id);
	api_set_text_or_null(object, "computer_id", token->computer_id);
	json_set_string(object, "comment", token->comment);
	json_set_integer(object, "uses", token->uses_allowed);
	json_set_integer(object, "uses_left", token->uses_left);
	json_set_time(object, "expires_at", token->expires_at);
	api_set_time_or_null(object, "revoked_at", token->revoked_at);
	return object;
}

struct creation {
	const struct api_call *call;
	struct store_enrolment_token *token;
};

/* By the rights of now. */
static bool
write_token(struct store_tx *tx, void *context, struct err *err)
{
	const struct creation *creation = context;

	return check_kind(creation->call, creation->token->kind, err) &&
	    store_enrolment_token_create(tx, creation->token, err);
}

/* The signer first: a token that it does not know would be a lie. One that the
 * store does not know lets nobody in, for nobody was told its secret. */
bool
api_enrolment_token_create(struct api_call *call, struct err *err)
{
	struct store_enrolment_token token = {0};
	struct creation creation = {call, &token};
	struct signer_token_created made = {0};
	json_t *object, *bootstrap;

	if (!fill_token(call, &token, err) ||
	    !ask_signer(call, &token, &made, err))
		return false;
	memcpy(token.id, made.token_id, sizeof(token.id));
	audit_target(call->audit, STORE_AUDIT_TARGET_TOKEN, token.id, NULL);
	audit_after(call->audit, plain_json(&token));
	if (!api_write(call, write_token, &creation, err) ||
	    !bootstrap_make(call->core, call->core->config->names[0],
		made.token, &bootstrap, err)) {
		explicit_bzero(&made, sizeof(made));
		return false;
	}
	api_event(call, "enrolment_token_created",
	    "a user made an enrolment token",
	    token.computer_id[0] == '\0' ? NULL : token.computer_id,
	    json_pack("{s:s, s:s, s:I}", "enrolment_token_id", token.id,
		"office_id", token.office_id, "uses",
		(json_int_t)token.uses_allowed));
	json_set_integer(bootstrap, "uses", token.uses_allowed);
	object = json_object();
	json_set_string(object, "secret", made.token);
	json_set_value(object, "bootstrap", bootstrap);
	json_set_value(
	    object, "enrolment_token", token_json(&token, token.created_at));
	response_json(call->response, 201, object);
	explicit_bzero(&made, sizeof(made));
	return true;
}

struct revocation {
	struct audit *audit;
	const char *id;
	int64_t at;
};

static bool
write_revocation(struct store_tx *tx, void *context, struct err *err)
{
	const struct revocation *revocation = context;
	struct store_enrolment_token token;

	if (!store_enrolment_token_mark_revoked(
		tx, revocation->id, revocation->at, err) ||
	    !store_enrolment_token_get(
		store_tx_reader(tx), revocation->id, &token, err))
		return false;
	audit_after(revocation->audit, plain_json(&token));
	return true;
}

bool
api_enrolment_token_revoke(struct api_call *call, struct err *err)
{
	struct store_enrolment_token token;
	struct signer_token_revoke order = {
	    .by = view_slice(view_string(call->request->user.user_name), 0,
		SIGNER_WORD_MAX)};
	struct revocation revocation = {
	    call->audit, order.token_id, call->request->received_ms};

	audit_target(call->audit, STORE_AUDIT_TARGET_TOKEN,
	    request_path(call->request, "enrolment_token_id"), NULL);
	if (!read_token(call, &token, err))
		return false;
	audit_before(call->audit, plain_json(&token));
	memcpy(order.token_id, token.id, sizeof(order.token_id));
	if (!signer_client_token_revoke(call->core->signer, &order, err) ||
	    !api_write(call, write_revocation, &revocation, err))
		return false;
	api_event(call, "enrolment_token_revoked",
	    "a user revoked an enrolment token", NULL,
	    json_pack("{s:s}", "enrolment_token_id", token.id));
	return api_enrolment_token_get(call, err);
}
