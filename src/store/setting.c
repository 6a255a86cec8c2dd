/* Settings. */
#include "store/setting.h"

#include "store/table.h"

#define COLUMN(member, kind) TABLE_COLUMN(store_setting, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(key, TABLE_TEXT),
    COLUMN(text, TABLE_TEXT),
    COLUMN(integer, TABLE_INTEGER),
    COLUMN(version, TABLE_INTEGER),
    COLUMN(changed_at, TABLE_INTEGER),
};

static const struct table TABLE = {"setting", "setting", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_setting), NULL};

bool
store_setting_get(struct store_reader *reader, const char *key,
    struct store_setting *out_setting, struct err *err)
{
	struct err reason = ERR_INIT;

	if (table_get(&TABLE, reader, "key = ?1", key, out_setting, &reason))
		return true;
	if (reason.category != ERR_NOT_FOUND) {
		*err = reason;
		return false;
	}
	memset(out_setting, 0, sizeof(*out_setting));
	store_text_copy(out_setting->key, sizeof(out_setting->key), key);
	return true;
}

static bool
write_row(
    struct store_tx *tx, const struct store_setting *setting, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "INSERT INTO setting (key, text, integer, version, changed_at)"
	    " VALUES (?1, ?2, ?3, 1, ?4) ON CONFLICT (key) DO UPDATE SET"
	    " text = excluded.text, integer = excluded.integer,"
	    " version = setting.version + 1,"
	    " changed_at = excluded.changed_at");
	statement_text(&statement, setting->key);
	statement_text(&statement, setting->text);
	statement_integer(&statement, setting->integer);
	statement_integer(&statement, setting->changed_at);
	return statement_run(&statement, &changes, err);
}

bool
store_setting_put(
    struct store_tx *tx, const struct store_setting *setting, struct err *err)
{
	struct store_setting now;

	if (!store_setting_get(store_tx_reader(tx), setting->key, &now, err))
		return false;
	if (setting->version != STORE_SETTING_ANY_VERSION &&
	    setting->version != now.version)
		return err_set_code(err, ERR_CONFLICT, "setting_changed",
		    "the setting %s was changed meanwhile", setting->key);
	return write_row(tx, setting, err);
}

bool
store_setting_delete(struct store_tx *tx, const char *key, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM setting WHERE key = ?1");
	statement_text(&statement, key);
	return statement_run_found(&statement, "setting", err);
}
