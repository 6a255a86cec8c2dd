/* Devices that a user has signed in with. */
#include "store/known_device.h"

#include "store/statement.h"

bool
store_known_device_exists(struct store_reader *reader, const char *user_id,
    const char *token_hash, bool *out_exists, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, reader,
	    "SELECT created_at FROM known_device"
	    " WHERE user_id = ?1 AND token_hash = ?2");
	statement_text(&statement, user_id);
	statement_text(&statement, token_hash);
	return statement_next(&statement, out_exists, err);
}

static bool
put(struct store_tx *tx, const char *user_id, const char *token_hash,
    int64_t at, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "INSERT INTO known_device"
	    " (user_id, token_hash, created_at, last_used_at)"
	    " VALUES (?1, ?2, ?3, ?3) ON CONFLICT (user_id, token_hash)"
	    " DO UPDATE SET last_used_at = excluded.last_used_at");
	statement_text(&statement, user_id);
	statement_text(&statement, token_hash);
	statement_integer(&statement, at);
	return statement_run(&statement, &changes, err);
}

bool
store_known_device_put(struct store_tx *tx, const char *user_id,
    const char *token_hash, int64_t at, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	/* The one in use is never among those that go: a clock that was ahead
	 * may have written later times. */
	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM known_device WHERE user_id = ?1"
	    " AND token_hash <> ?2 AND token_hash NOT IN"
	    " (SELECT token_hash FROM known_device WHERE user_id = ?1"
	    " AND token_hash <> ?2"
	    " ORDER BY last_used_at DESC, token_hash LIMIT ?3)");
	statement_text(&statement, user_id);
	statement_text(&statement, token_hash);
	statement_integer(&statement, STORE_KNOWN_DEVICES_MAX - 1);
	return put(tx, user_id, token_hash, at, err) &&
	    statement_run(&statement, &changes, err);
}

bool
store_known_device_delete_of_user(
    struct store_tx *tx, const char *user_id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM known_device WHERE user_id = ?1");
	statement_text(&statement, user_id);
	return statement_run(&statement, &changes, err);
}
