/* Hashes of passwords that were replaced. */
#include "store/password_history.h"

#include "store/statement.h"

static bool
add(struct store_tx *tx, const char *user_id, const char *password_hash,
    int64_t at, struct err *err)
{
	scoped(statement_done) struct statement statement;
	char id[ID_SIZE];
	int64_t changes = 0;

	id_make(id);
	statement_init(&statement, store_tx_reader(tx),
	    "INSERT INTO password_history"
	    " (id, user_id, password_hash, replaced_at)"
	    " VALUES (?1, ?2, ?3, ?4)");
	statement_text(&statement, id);
	statement_text(&statement, user_id);
	statement_text(&statement, password_hash);
	statement_integer(&statement, at);
	return statement_run(&statement, &changes, err);
}

static bool
forget(struct store_tx *tx, const char *user_id, unsigned keep, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM password_history WHERE user_id = ?1 AND id NOT IN"
	    " (SELECT id FROM password_history WHERE user_id = ?1"
	    " ORDER BY replaced_at DESC, id DESC LIMIT ?2)");
	statement_text(&statement, user_id);
	statement_integer(&statement, keep);
	return statement_run(&statement, &changes, err);
}

bool
store_password_history_add(struct store_tx *tx, const char *user_id,
    const char *password_hash, int64_t at, unsigned keep, struct err *err)
{
	if (keep > STORE_PASSWORD_HISTORY_MAX)
		keep = STORE_PASSWORD_HISTORY_MAX;
	return (keep == 0 || add(tx, user_id, password_hash, at, err)) &&
	    forget(tx, user_id, keep, err);
}

bool
store_password_history_get(struct store_reader *reader, const char *user_id,
    struct store_password_history *out_history, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;
	size_t count = 0;

	statement_init(&statement, reader,
	    "SELECT password_hash FROM password_history WHERE user_id = ?1"
	    " ORDER BY replaced_at DESC, id DESC LIMIT ?2");
	statement_text(&statement, user_id);
	statement_integer(&statement, STORE_PASSWORD_HISTORY_MAX);
	while (count < STORE_PASSWORD_HISTORY_MAX) {
		if (!statement_next(&statement, &has_row, err))
			return false;
		if (!has_row)
			break;
		statement_column_text(&statement, 0, out_history->hashes[count],
		    STORE_PASSWORD_HASH_SIZE);
		count++;
	}
	out_history->count = count;
	return true;
}
