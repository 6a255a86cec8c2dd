/* Who is limited to a place that was to be deleted. */
#include "server/core/api/holders.h"

#include <string.h>

#include "server/core/api/answer.h"
#include "store/api_token.h"
#include "store/user.h"

enum {
	HOLDERS_TOLD = 10 /* of each kind */
};

static bool
add_users(struct store_reader *reader, const char *place_id, json_t *more,
    struct err *err)
{
	struct store_page page = {.limit = HOLDERS_TOLD};
	struct store_user_filter filter = {.place_id = place_id};
	struct store_user_list list = {0};
	json_t *names;

	if (!store_user_list(reader, &filter, &page, &list, err))
		return false;
	names = json_array();
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(names, json_string(list.items[i].name));
	store_user_list_done(&list);
	json_set_value(more, "users", names);
	return true;
}

static bool
add_token(struct store_reader *reader, const struct store_api_token *token,
    json_t *items, struct err *err)
{
	struct store_user user;
	json_t *item;

	if (!store_user_get(reader, token->user_id, &user, err))
		return false;
	item = json_object();
	json_set_string(item, "name", token->name);
	json_set_string(item, "user", user.name);
	json_array_append_new(items, item);
	return true;
}

static bool
add_tokens(struct store_reader *reader, const char *place_id, json_t *more,
    struct err *err)
{
	struct store_page page = {.limit = HOLDERS_TOLD};
	struct store_api_token_filter filter = {.place_id = place_id};
	struct store_api_token_list list = {0};
	json_t *items = json_array();
	bool is_fine = true;

	json_set_value(more, "api_tokens", items);
	if (!store_api_token_list(reader, &filter, &page, &list, err))
		return false;
	for (size_t i = 0; i < list.count && is_fine; i++)
		is_fine = add_token(reader, &list.items[i], items, err);
	store_api_token_list_done(&list);
	return is_fine;
}

static bool
may_read(const struct api_call *call, enum policy_module module)
{
	struct err reason = ERR_INIT;

	return api_check_level(
	    &call->request->user, module, POLICY_READ, &reason);
}

static bool
add_holders(const struct api_call *call, struct store_reader *reader,
    const char *place_id, json_t *more, struct err *err)
{
	struct store_scope_holders holders;

	if (!store_scope_count_holders(reader, place_id, &holders, err))
		return false;
	json_set_integer(more, "user_count", holders.users);
	json_set_integer(more, "api_token_count", holders.api_tokens);
	return (!may_read(call, POLICY_USERS) ||
		   add_users(reader, place_id, more, err)) &&
	    (!may_read(call, POLICY_API_TOKENS) ||
		add_tokens(reader, place_id, more, err));
}

bool
holders_refuse(struct api_call *call, struct store_reader *reader,
    const char *place_id, struct err *err)
{
	struct err reason = ERR_INIT;
	json_t *more;

	if (strcmp(err->code, "office_in_scope") != 0 &&
	    strcmp(err->code, "group_in_scope") != 0)
		return false;
	more = json_object();
	if (!add_holders(call, reader, place_id, more, &reason)) {
		json_decref(more);
		*err = reason;
		return false;
	}
	json_decref(call->more);
	call->more = more;
	return false;
}
