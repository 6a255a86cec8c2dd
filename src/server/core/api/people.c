/* What roles and scopes come to, and how they look in answers. */
#include "server/core/api/people.h"

#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "server/core/api/answer.h"
#include "store/scope.h"

void
people_levels_of(
    const struct store_role *role, struct policy_levels *out_levels)
{
	const struct policy_role *known = policy_role_by_id(role->id);
	struct policy_levels stored, most = policy_levels_custom_most();

	if (known != NULL) {
		*out_levels = known->levels;
		return;
	}
	policy_levels_read(role->levels, &stored);
	*out_levels = policy_levels_least(&stored, &most);
}

bool
people_levels(struct store_reader *reader, const char *role_id,
    struct policy_levels *out_levels, struct err *err)
{
	const struct policy_role *known = policy_role_by_id(role_id);
	struct store_role role;
	struct err reason = ERR_INIT;

	if (known != NULL) {
		*out_levels = known->levels;
		return true;
	}
	if (store_role_get(reader, role_id, &role, &reason)) {
		people_levels_of(&role, out_levels);
		return true;
	}
	memset(out_levels, 0, sizeof(*out_levels));
	if (reason.category == ERR_NOT_FOUND)
		return true;
	*err = reason;
	return false;
}

bool
people_check_below(const struct policy_levels *own,
    const struct policy_levels *wanted, struct err *err)
{
	enum policy_module module;

	if (!policy_levels_exceed(wanted, own, &module))
		return true;
	return err_set_code(err, ERR_DENIED, "above_own_role",
	    "the role has \"%s\" in the module \"%s\", where you have \"%s\"",
	    policy_level_name(wanted->of[module]), policy_module_name(module),
	    policy_level_name(own->of[module]));
}

bool
people_check_role(struct store_reader *reader, const struct policy_levels *own,
    const char *role_id, struct err *err)
{
	struct policy_levels levels;
	struct store_role role;

	if (!store_role_get(reader, role_id, &role, err))
		return false;
	people_levels_of(&role, &levels);
	return people_check_below(own, &levels, err);
}

static bool
place_of(const json_t *json, struct store_place *out_place)
{
	store_text_copy(out_place->id, sizeof(out_place->id),
	    json_string_value(json_object_get(json, "id")));
	return store_place_kind_parse(
	    json_string_value(json_object_get(json, "kind")), &out_place->kind);
}

bool
people_write_scope(const struct api_call *call, struct store_tx *tx,
    const char *owner_id, bool *out_is_scoped, struct err *err)
{
	const json_t *scope = json_object_get(call->body, "scope");
	scoped(memory_freep) struct store_place *places = NULL;
	size_t count = json_array_size(scope);

	if (scope == NULL)
		return true;
	places = memory_zeroed((count + 1) * sizeof(*places));
	for (size_t i = 0; i < count; i++)
		check(place_of(json_array_get(scope, i), &places[i]));
	*out_is_scoped = json_is_array(scope);
	return store_scope_set(tx, owner_id, places, count, err);
}

bool
people_role_json(struct store_reader *reader, const char *role_id,
    json_t **out_object, struct err *err)
{
	const struct policy_role *known = policy_role_by_id(role_id);
	struct store_role role;
	json_t *object;

	if (!store_role_get(reader, role_id, &role, err))
		return false;
	object = json_object();
	json_set_string(object, "id", role.id);
	json_set_string(object, "name", role.name);
	json_set_string_or_null(
	    object, "built_in", known == NULL ? NULL : known->word);
	*out_object = object;
	return true;
}

bool
people_scope_json(struct store_reader *reader, const char *owner_id,
    bool is_scoped, json_t **out_scope, struct err *err)
{
	struct store_place_list list = {0};
	json_t *places;

	*out_scope = json_null();
	if (!is_scoped)
		return true;
	if (!store_scope_get(reader, owner_id, &list, err))
		return false;
	places = json_array();
	for (size_t i = 0; i < list.count; i++) {
		json_t *place = json_object();

		json_set_string(
		    place, "kind", store_place_kind_name(list.items[i].kind));
		json_set_string(place, "id", list.items[i].id);
		json_array_append_new(places, place);
	}
	store_place_list_done(&list);
	*out_scope = places;
	return true;
}

json_t *
people_levels_json(const struct policy_levels *levels)
{
	json_t *object = json_object();

	for (size_t i = 0; i < POLICY_MODULE_COUNT; i++)
		json_set_string(object,
		    policy_module_name((enum policy_module)i),
		    policy_level_name(levels->of[i]));
	return object;
}
