/* Settings in memory and in the store. */
#include "server/core/settings.h"

#include <pthread.h>
#include <stdatomic.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "server/config.h"
#include "server/core/core.h"
#include "store/setting.h"

#define SETTINGS_ROW(name, group_, word_, least_, most_, standard_)            \
	[SETTING_##name] = {SETTINGS_##group_, word_, least_, most_, standard_},
const struct settings_row SETTINGS_ROWS[SETTING_COUNT] = {
    SETTINGS(SETTINGS_ROW)};

static const struct {
	const char *name;
	const char *key;
} GROUPS[SETTINGS_GROUP_COUNT] = {
    [SETTINGS_SECURITY] = {"security", "settings.security"},
    [SETTINGS_SERVER] = {"server", "settings.server"},
};

struct settings {
	pthread_mutex_t
	    refreshing; /* the last one to read is the last to set */
	_Atomic int64_t of[SETTING_COUNT];
};

struct settings *
settings_new(void)
{
	struct settings *settings = memory_zeroed(sizeof(*settings));

	check(pthread_mutex_init(&settings->refreshing, NULL) == 0);
	for (size_t i = 0; i < SETTING_COUNT; i++)
		atomic_store(&settings->of[i], SETTINGS_ROWS[i].standard);
	return settings;
}

void
settings_free(struct settings *settings)
{
	if (settings == NULL)
		return;
	pthread_mutex_destroy(&settings->refreshing);
	free(settings);
}

const char *
settings_group_name(enum settings_group group)
{
	return GROUPS[group].name;
}

static int64_t
value_of(const json_t *stored, const struct settings_row *row)
{
	const json_t *value = json_object_get(stored, row->word);
	int64_t number = json_integer_value(value);

	return json_is_integer(value) && number >= row->least &&
		number <= row->most
	    ? number
	    : row->standard;
}

static bool
read_group(struct store_reader *reader, enum settings_group group,
    struct settings_values *values, struct err *err)
{
	scoped(json_freep) json_t *stored = NULL;
	struct store_setting setting;

	if (!store_setting_get(reader, GROUPS[group].key, &setting, err))
		return false;
	if (setting.version > 0) {
		stored = json_read(
		    view_string(setting.text), sizeof(setting.text), err);
		if (stored == NULL)
			return err_prefix(
			    err, "the stored setting %s", setting.key);
	}
	values->version[group] = setting.version + 1;
	for (size_t i = 0; i < SETTING_COUNT; i++)
		if (SETTINGS_ROWS[i].group == group)
			values->of[i] = value_of(stored, &SETTINGS_ROWS[i]);
	return true;
}

bool
settings_read(struct store_reader *reader, struct settings_values *out_values,
    struct err *err)
{
	struct settings_values values = {0};

	for (size_t i = 0; i < SETTINGS_GROUP_COUNT; i++)
		if (!read_group(reader, (enum settings_group)i, &values, err))
			return false;
	*out_values = values;
	return true;
}

json_t *
settings_json(enum settings_group group, const struct settings_values *values)
{
	json_t *object = json_object();

	for (size_t i = 0; i < SETTING_COUNT; i++) {
		const struct settings_row *row = &SETTINGS_ROWS[i];

		if (row->group != group)
			continue;
		if (values->of[i] == SETTINGS_OF_FILE)
			json_set_value(object, row->word, json_null());
		else
			json_set_integer(object, row->word, values->of[i]);
	}
	return object;
}

bool
settings_write(struct store_tx *tx, enum settings_group group,
    struct settings_values *values, int64_t at, struct err *err)
{
	scoped(json_freep) json_t *object = settings_json(group, values);
	scoped(memory_freep) char *text = json_write(object);
	struct store_setting setting = {
	    .version = values->version[group] - 1, .changed_at = at};

	check(strlen(text) < sizeof(setting.text));
	store_text_copy(setting.key, sizeof(setting.key), GROUPS[group].key);
	store_text_copy(setting.text, sizeof(setting.text), text);
	if (!store_setting_put(tx, &setting, err))
		return false;
	values->version[group]++;
	return true;
}

static bool
read_stored(
    struct core *core, struct settings_values *out_values, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	return store_reader_open(core->store, &reader, err) &&
	    settings_read(reader, out_values, err);
}

bool
settings_refresh(struct core *core, struct err *err)
{
	struct settings *settings = core->settings;
	struct settings_values values;
	bool is_read;

	pthread_mutex_lock(&settings->refreshing);
	is_read = read_stored(core, &values, err);
	for (size_t i = 0; is_read && i < SETTING_COUNT; i++)
		atomic_store(&settings->of[i], values.of[i]);
	pthread_mutex_unlock(&settings->refreshing);
	return is_read;
}

int64_t
settings_value(const struct core *core, enum setting setting)
{
	return atomic_load(&core->settings->of[setting]);
}

static int64_t
stricter(int64_t value, int64_t unit_ms, int64_t file_ms)
{
	return value == SETTINGS_OF_FILE || value * unit_ms > file_ms
	    ? file_ms
	    : value * unit_ms;
}

static int64_t
idle_ms(const struct core *core, int64_t minutes)
{
	return stricter(
	    minutes, MINUTES_MS(1), core->config->session_idle_timeout_ms);
}

static int64_t
longest_ms(const struct core *core, int64_t hours)
{
	return stricter(hours, HOURS_MS(1), core->config->session_timeout_ms);
}

static int64_t
refresh_s(const struct core *core, int64_t minutes)
{
	return minutes == SETTINGS_OF_FILE
	    ? core->config->refresh_interval_ms / 1000
	    : minutes * 60;
}

int64_t
settings_session_idle_ms(const struct core *core)
{
	return idle_ms(
	    core, settings_value(core, SETTING_SESSION_IDLE_MINUTES));
}

int64_t
settings_session_longest_ms(const struct core *core)
{
	return longest_ms(
	    core, settings_value(core, SETTING_SESSION_LONGEST_HOURS));
}

int64_t
settings_refresh_interval_s(const struct core *core)
{
	return refresh_s(core, settings_value(core, SETTING_REFRESH_MINUTES));
}

int64_t
settings_lockout_ms(const struct core *core)
{
	return MINUTES_MS(settings_value(core, SETTING_LOCKOUT_MINUTES));
}

int64_t
settings_idle_ms_of(
    const struct core *core, const struct settings_values *values)
{
	return idle_ms(core, values->of[SETTING_SESSION_IDLE_MINUTES]);
}

int64_t
settings_longest_ms_of(
    const struct core *core, const struct settings_values *values)
{
	return longest_ms(core, values->of[SETTING_SESSION_LONGEST_HOURS]);
}

int64_t
settings_refresh_s_of(
    const struct core *core, const struct settings_values *values)
{
	return refresh_s(core, values->of[SETTING_REFRESH_MINUTES]);
}
