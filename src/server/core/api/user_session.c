/* Sessions listed and ended: the own ones, and those of a user. */
#include "api_operations.h"

#include <string.h>

#include "server/core/api/answer.h"
#include "server/core/api/people.h"
#include "server/core/api/sign_in.h"
#include "store/session.h"
#include "store/user.h"

static json_t *
session_json(const struct api_call *call, const struct sign_in_life *life,
    const struct store_session *session)
{
	json_t *object = json_object();

	json_set_string(object, "id", session->id);
	json_set_string(object, "address", session->address);
	json_set_bool(
	    object, "secure", session->listener == STORE_LISTENER_HTTPS);
	json_set_time(object, "created_at", session->created_at);
	json_set_time(object, "last_used_at", session->last_used_at);
	json_set_time(object, "expires_at", sign_in_session_end(session, life));
	api_set_text_or_null(object, "user_agent", session->user_agent);
	json_set_bool(object, "is_current",
	    strcmp(session->id, call->request->user.session_id) == 0);
	return object;
}

static bool
list_sessions(struct api_call *call, const char *user_id, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct sign_in_life life = sign_in_life(call->core);
	int64_t now = call->request->received_ms;
	struct store_session_life alive = {
	    now, now - life.idle_ms, now - life.longest_ms};
	struct store_page page = api_page(call);
	struct store_session_list list = {0};
	struct store_user user;
	json_t *items;

	if (!api_reader_open(call, &reader, err) ||
	    !store_user_get(reader, user_id, &user, err) ||
	    !store_session_list(reader, user_id, &alive, &page, &list, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(
		    items, session_json(call, &life, &list.items[i]));
	response_json(call->response, 200, api_page_object(items, list.next));
	store_session_list_done(&list);
	return true;
}

bool
api_own_session_list(struct api_call *call, struct err *err)
{
	return list_sessions(call, call->request->user.user_id, err);
}

bool
api_user_session_list(struct api_call *call, struct err *err)
{
	return list_sessions(call, request_path(call->request, "user_id"), err);
}

struct end {
	const struct api_call *call;
	const char *user_id;
	const char *session_id; /* NULL: all */
	const char *except_id;  /* of all; NULL: none */
};

/* Nobody signs out who reaches further. */
static bool
check_rules(struct store_reader *reader, const struct end *end, struct err *err)
{
	const struct request_user *who = &end->call->request->user;
	struct policy_levels target;
	struct store_user user;

	if (!store_user_get(reader, end->user_id, &user, err))
		return false;
	audit_target(
	    end->call->audit, STORE_AUDIT_TARGET_USER, user.id, user.name);
	if (strcmp(who->user_id, end->user_id) == 0)
		return true;
	return people_levels(reader, user.role_id, &target, err) &&
	    people_check_below(&who->levels, &target, err);
}

static bool
end_one(struct store_tx *tx, const struct end *end, struct err *err)
{
	struct store_session session;

	if (!store_session_get(
		store_tx_reader(tx), end->session_id, &session, err))
		return false;
	if (strcmp(session.user_id, end->user_id) != 0)
		return err_set_code(err, ERR_NOT_FOUND, "session_not_found",
		    "the session was not found");
	audit_before(end->call->audit,
	    json_pack("{s:s, s:s}", "session_id", session.id, "address",
		session.address));
	return store_session_delete(tx, session.id, err);
}

static bool
write_end(struct store_tx *tx, void *context, struct err *err)
{
	const struct end *end = context;

	if (!check_rules(store_tx_reader(tx), end, err))
		return false;
	if (end->session_id != NULL)
		return end_one(tx, end, err);
	audit_before(end->call->audit,
	    json_pack("{s:s}", "sessions",
		end->except_id != NULL ? "all others" : "all"));
	return store_session_delete_of_user(
	    tx, end->user_id, end->except_id, err);
}

static bool
run(struct api_call *call, struct end *end, struct err *err)
{
	end->call = call;
	if (!api_write(call, write_end, end, err))
		return false;
	response_empty(call->response, 204);
	return true;
}

bool
api_own_session_end(struct api_call *call, struct err *err)
{
	return run(call,
	    &(struct end){.user_id = call->request->user.user_id,
		.session_id = request_path(call->request, "session_id")},
	    err);
}

bool
api_own_session_end_others(struct api_call *call, struct err *err)
{
	return run(call,
	    &(struct end){.user_id = call->request->user.user_id,
		.except_id = call->request->user.session_id},
	    err);
}

bool
api_user_session_end(struct api_call *call, struct err *err)
{
	return run(call,
	    &(struct end){.user_id = request_path(call->request, "user_id"),
		.session_id = request_path(call->request, "session_id")},
	    err);
}

bool
api_user_session_end_all(struct api_call *call, struct err *err)
{
	return run(call,
	    &(struct end){.user_id = request_path(call->request, "user_id")},
	    err);
}
