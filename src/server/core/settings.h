/*
 * Settings that Administrators change while the server runs.
 *
 * One table names them all; each belongs to a group, which is what has a
 * version and is stored as one row (store/setting.h). Reading one is a load of
 * a number kept in memory, so it may be done for every request: a change counts
 * from the next request on in the core that made it, and within
 * SETTINGS_AGE_MS where another process did. Any thread.
 */
#ifndef SERVER_CORE_SETTINGS_H
#define SERVER_CORE_SETTINGS_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"
#include "base/json.h"

struct core;
struct store_reader;
struct store_tx;

enum settings_group {
	SETTINGS_SECURITY,
	SETTINGS_SERVER,
	SETTINGS_GROUP_COUNT
};

enum {
	/* Stands for what the configuration file says. */
	SETTINGS_OF_FILE = -1,
	SETTINGS_AGE_MS = 15000, /* core's housekeeping */
};

/* Name, group, word in the API, least, most, what counts where nobody has set
 * it. The API's description has the bounds again. */
/* clang-format off */
#define SETTINGS(X)                                                            \
	X(PASSWORD_MINIMUM_LENGTH, SECURITY, "password_minimum_length",        \
	    8, 128, 8)                                                         \
	X(PASSWORD_HISTORY, SECURITY, "password_history", 0, 24, 0)            \
	X(LOCKOUT_ATTEMPTS, SECURITY, "lockout_attempts", 3, 100, 5)           \
	X(LOCKOUT_MINUTES, SECURITY, "lockout_minutes", 1, 1440, 5)            \
	X(SESSION_IDLE_MINUTES, SECURITY, "session_idle_minutes",              \
	    1, 1440, SETTINGS_OF_FILE)                                         \
	X(SESSION_LONGEST_HOURS, SECURITY, "session_longest_hours",            \
	    1, 720, SETTINGS_OF_FILE)                                          \
	X(REFRESH_MINUTES, SERVER, "refresh_minutes",                          \
	    5, 1440, SETTINGS_OF_FILE)
/* clang-format on */

#define SETTINGS_ENUM(name, group, word, least, most, standard) SETTING_##name,
enum setting {
	SETTINGS(SETTINGS_ENUM) SETTING_COUNT
};

struct settings_row {
	enum settings_group group;
	const char *word;
	int64_t least;
	int64_t most;
	int64_t standard;
};
extern const struct settings_row SETTINGS_ROWS[SETTING_COUNT];

struct settings_values {
	int64_t of[SETTING_COUNT];             /* or SETTINGS_OF_FILE */
	int64_t version[SETTINGS_GROUP_COUNT]; /* as the API tells it: from 1 */
};

struct settings;
must_use struct settings *settings_new(void);
void settings_free(struct settings *settings); /* takes NULL */

/* From the store into memory. */
must_use bool settings_refresh(struct core *core, struct err *err);
/* In memory: what was stored, or SETTINGS_OF_FILE. */
must_use int64_t settings_value(const struct core *core, enum setting setting);

/* What is in force: of setting and file the stricter one. */
must_use int64_t settings_session_idle_ms(const struct core *core);
must_use int64_t settings_session_longest_ms(const struct core *core);
/* The setting, or else the file. */
must_use int64_t settings_refresh_interval_s(const struct core *core);
must_use int64_t settings_lockout_ms(const struct core *core);
/* The same for a value that is not in memory yet. */
must_use int64_t settings_longest_ms_of(
    const struct core *core, const struct settings_values *values);
must_use int64_t settings_idle_ms_of(
    const struct core *core, const struct settings_values *values);
must_use int64_t settings_refresh_s_of(
    const struct core *core, const struct settings_values *values);

/* As the store has them at that moment. A stored value that is outside its
 * bounds (an older version knew others) is its standard. */
must_use bool settings_read(struct store_reader *reader,
    struct settings_values *out_values, struct err *err);
/* The whole group, by the version that values has of it, which counts up.
 * ERR_CONFLICT setting_changed. */
must_use bool settings_write(struct store_tx *tx, enum settings_group group,
    struct settings_values *values, int64_t at, struct err *err);
/* {word: value}; null stands for the configuration file. */
must_use json_t *
settings_json(enum settings_group group, const struct settings_values *values);
/* "security": what the group's revisions and audit rows are about. */
must_use const char *settings_group_name(enum settings_group group);

#endif
