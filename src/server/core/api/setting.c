/* Settings shown and changed. */
#include "api_operations.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "server/config.h"
#include "server/core/api/answer.h"
#include "server/core/settings.h"
#include "store/session.h"

enum {
	MEMBERS_SIZE = 256,
};

static void
add_if_stricter(json_t *names, bool is_stricter, enum setting setting)
{
	if (is_stricter)
		json_array_append_new(
		    names, json_string(SETTINGS_ROWS[setting].word));
}

/* What counts, and which settings count for less than they say because the
 * file is stricter. */
static void
add_security_in_force(const struct core *core,
    const struct settings_values *values, json_t *object)
{
	int64_t idle_ms = settings_idle_ms_of(core, values);
	int64_t longest_ms = settings_longest_ms_of(core, values);
	json_t *in_force = json_object(), *names = json_array();

	json_set_integer(in_force, "session_idle_seconds", idle_ms / 1000);
	json_set_integer(
	    in_force, "session_longest_seconds", longest_ms / 1000);
	add_if_stricter(names,
	    MINUTES_MS(values->of[SETTING_SESSION_IDLE_MINUTES]) > idle_ms,
	    SETTING_SESSION_IDLE_MINUTES);
	add_if_stricter(names,
	    HOURS_MS(values->of[SETTING_SESSION_LONGEST_HOURS]) > longest_ms,
	    SETTING_SESSION_LONGEST_HOURS);
	json_set_value(object, "in_force", in_force);
	json_set_value(object, "stricter_in_file", names);
}

static json_t *
texts_json(char *const *texts)
{
	json_t *array = json_array();

	for (size_t i = 0; texts != NULL && texts[i] != NULL; i++)
		json_array_append_new(array, json_string(texts[i]));
	return array;
}

/* Names go into the certificate and to every agent before they are used, and
 * that takes a start: they are shown, with where they are set. */
static void
add_server_in_force(const struct core *core,
    const struct settings_values *values, json_t *object)
{
	const struct server_config *config = core->config;
	json_t *in_force = json_object(), *file = json_object();

	json_set_integer(
	    in_force, "refresh_seconds", settings_refresh_s_of(core, values));
	json_set_value(file, "names", texts_json(config->names));
	json_set_value(file, "listen", texts_json(config->addresses));
	json_set_integer(file, "http_port", config->http_port);
	json_set_integer(file, "https_port", config->https_port);
	json_set_integer(file, "agent_port", config->agents_port);
	json_set_value(object, "in_force", in_force);
	json_set_value(object, "file", file);
}

static json_t *
group_json(const struct core *core, enum settings_group group,
    const struct settings_values *values)
{
	json_t *object = settings_json(group, values);

	if (group == SETTINGS_SECURITY)
		add_security_in_force(core, values, object);
	else
		add_server_in_force(core, values, object);
	json_set_integer(object, "version", values->version[group]);
	return object;
}

static void
answer_group(const struct api_call *call, enum settings_group group,
    const struct settings_values *values)
{
	api_answer_etag(call, values->version[group]);
	response_json(
	    call->response, 200, group_json(call->core, group, values));
}

static bool
get_group(struct api_call *call, enum settings_group group, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct settings_values values;

	if (!api_reader_open(call, &reader, err) ||
	    !settings_read(reader, &values, err))
		return false;
	answer_group(call, group, &values);
	return true;
}

struct change {
	struct api_call *call;
	enum settings_group group;
	struct settings_values before;
	struct settings_values after;
	char members[MEMBERS_SIZE]; /* " a b": those that are other than before
				     */
};

/* The description has checked the bounds; null is the file's value. */
static void
take_wishes(struct change *change)
{
	size_t used = 0;

	change->after = change->before;
	change->members[0] = '\0';
	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct settings_row *row = &SETTINGS_ROWS[i];
		const json_t *wish =
		    json_object_get(change->call->body, row->word);

		if (row->group != change->group || wish == NULL)
			continue;
		change->after.of[i] = json_is_null(wish)
		    ? SETTINGS_OF_FILE
		    : json_integer_value(wish);
		if (change->after.of[i] != change->before.of[i])
			used += (size_t)snprintf(change->members + used,
			    sizeof(change->members) - used, " %s", row->word);
	}
}

/* A shorter life ends open sessions, a longer one lengthens them. */
static bool
apply(struct store_tx *tx, const struct change *change, struct err *err)
{
	const struct core *core = change->call->core;
	int64_t longest_ms = settings_longest_ms_of(core, &change->after);

	return change->group != SETTINGS_SECURITY ||
	    longest_ms == settings_longest_ms_of(core, &change->before) ||
	    store_session_set_longest(tx, longest_ms, err);
}

static bool
write_change(struct store_tx *tx, void *context, struct err *err)
{
	struct change *change = context;
	struct api_call *call = change->call;
	struct api_thing thing = {
	    .kind = "setting", .id = settings_group_name(change->group)};

	if (!settings_read(store_tx_reader(tx), &change->before, err))
		return false;
	thing.version = change->before.version[change->group];
	take_wishes(change);
	audit_before(
	    call->audit, settings_json(change->group, &change->before));
	audit_after(call->audit, settings_json(change->group, &change->after));
	if (!api_check_version(call, store_tx_reader(tx), &thing, err))
		return false;
	if (change->members[0] == '\0')
		return true;
	return settings_write(tx, change->group, &change->after,
		   call->request->received_ms, err) &&
	    apply(tx, change, err) &&
	    api_record_version(call, tx, &thing, change->members + 1, err);
}

static bool
change_group(struct api_call *call, enum settings_group group, struct err *err)
{
	struct change change = {.call = call, .group = group};

	audit_target(call->audit, STORE_AUDIT_TARGET_SETTING,
	    settings_group_name(group), NULL);
	/* In force before it is answered; that it is stored does not depend on
	 * whether it can be read back now. */
	if (!api_write(call, write_change, &change, err))
		return false;
	if (!settings_refresh(call->core, err))
		log_failure(LOG_LEVEL_WARNING,
		    "changed settings count with a delay", err);
	answer_group(call, group, &change.after);
	return true;
}

bool
api_security_settings_get(struct api_call *call, struct err *err)
{
	return get_group(call, SETTINGS_SECURITY, err);
}

bool
api_security_settings_change(struct api_call *call, struct err *err)
{
	return change_group(call, SETTINGS_SECURITY, err);
}

bool
api_server_settings_get(struct api_call *call, struct err *err)
{
	return get_group(call, SETTINGS_SERVER, err);
}

bool
api_server_settings_change(struct api_call *call, struct err *err)
{
	return change_group(call, SETTINGS_SERVER, err);
}
