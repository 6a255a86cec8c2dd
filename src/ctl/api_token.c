/* api-token …: tokens for scripts. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/people.h"

#define OWN        "/api/v1/me/api-tokens"
#define EVERYBODYS "/api/v1/api-tokens"

enum {
	LIFE_S = 90 * 24 * 60 * 60 /* without --expires */
};

static const struct table_column LIST[] = {
    {"ID", "id"},
    {"NAME", "name"},
    {"USER", "user.name"},
    {"ROLE", "role.name"},
    {"SCOPE", "scope"},
    {"EXPIRES", "expires_at"},
    {"LAST USED", "last_used_at"},
};

enum ctl_exit
api_token_list(struct ctl *ctl)
{
	scoped(json_freep) json_t *list = NULL;
	scoped(memory_freep) char *path = NULL;
	scoped(memory_freep) char *place = NULL;
	bool is_of_all = ctl_is_set(ctl, "everybody");
	enum ctl_exit result = people_find_place(ctl, &place);

	if (result != CTL_OK)
		return result;
	if (place != NULL && !is_of_all)
		return ctl_misuse("--office and --group need --everybody");
	path = client_path(is_of_all ? EVERYBODYS : OWN, "search",
	    ctl_value(ctl, "search"), "place_id", place, NULL);
	result = client_list(ctl, path, &list);
	if (result != CTL_OK)
		return result;
	people_tell_scopes(ctl, json_object_get(list, "items"));
	output_list(ctl, LIST, array_length(LIST), list);
	return CTL_OK;
}

enum ctl_exit
api_token_create(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	scoped(json_freep) json_t *answer = NULL;
	const char *expires = ctl_value(ctl, "expires");
	int64_t seconds = LIFE_S;
	enum ctl_exit result = CTL_OK;

	if (expires != NULL)
		result = output_duration(expires, &seconds);
	json_set_string(body, "name", ctl->arguments[0]);
	json_set_integer(body, "expires_in_s", seconds);
	if (result == CTL_OK)
		result = people_add_role(ctl, body);
	if (result == CTL_OK)
		result = people_add_scope(ctl, body);
	if (result == CTL_OK)
		result = client_ask(ctl, "POST", OWN, body, &answer);
	if (result == CTL_OK)
		output_secret(ctl, answer);
	return result;
}

enum ctl_exit
api_token_delete(struct ctl *ctl)
{
	scoped(memory_freep) char *path = memory_format("%s/%s",
	    ctl_is_set(ctl, "everybody") ? EVERYBODYS : OWN, ctl->arguments[0]);
	enum ctl_exit result;

	if (!output_confirm(
		ctl, "Delete the API token %s for good?", ctl->arguments[0]))
		return CTL_FAILED;
	result = client_ask(ctl, "DELETE", path, NULL, NULL);
	if (result == CTL_OK)
		ctl_say(ctl, "Deleted.");
	return result;
}
