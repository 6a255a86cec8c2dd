/* Second factors and recovery codes. */
#include "store/two_factor.h"

#include "base/memory.h"
#include "store/list.h"
#include "store/sign_in_ticket.h"

#define COLUMN(member, kind) TABLE_COLUMN(store_two_factor, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(user_id, TABLE_TEXT),
    COLUMN(secret, TABLE_TEXT),
    COLUMN(last_step, TABLE_INTEGER),
    COLUMN(enabled_at, TABLE_INTEGER),
    COLUMN(pending, TABLE_TEXT),
    COLUMN(pending_at, TABLE_INTEGER),
};

static const struct table TABLE = {"two_factor", "two_factor", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_two_factor), NULL};

bool
store_two_factor_get(struct store_reader *reader, const char *user_id,
    struct store_two_factor *out, struct err *err)
{
	struct err reason = ERR_INIT;

	if (table_get(&TABLE, reader, "user_id = ?1", user_id, out, &reason))
		return true;
	if (reason.category != ERR_NOT_FOUND) {
		*err = reason;
		return false;
	}
	memset(out, 0, sizeof(*out));
	store_text_copy(out->user_id, sizeof(out->user_id), user_id);
	return true;
}

static bool
put_pending(struct store_tx *tx, const char *user_id, const char *sealed,
    int64_t at, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "INSERT INTO two_factor (user_id, secret, last_step, enabled_at,"
	    " pending, pending_at) VALUES (?1, '', 0, 0, ?2, ?3)"
	    " ON CONFLICT (user_id) DO UPDATE SET"
	    " pending = excluded.pending, pending_at = excluded.pending_at");
	statement_text(&statement, user_id);
	statement_text(&statement, sealed);
	statement_integer(&statement, at);
	return statement_run(&statement, &changes, err);
}

bool
store_two_factor_prepare(struct store_tx *tx, const char *user_id,
    const char *sealed, int64_t at, struct err *err)
{
	bool exists = false;

	if (!statement_exists(store_tx_reader(tx),
		"SELECT id FROM local_user WHERE id = ?1", user_id, &exists,
		err))
		return false;
	return exists ? put_pending(tx, user_id, sealed, at, err)
		      : statement_not_found("user", err);
}

static bool
mark_user(
    struct store_tx *tx, const char *user_id, bool has_it, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE local_user SET has_two_factor = ?2 WHERE id = ?1");
	statement_text(&statement, user_id);
	statement_integer(&statement, has_it);
	return statement_run_found(&statement, "user", err);
}

bool
store_two_factor_enable(struct store_tx *tx, const char *user_id,
    const char *pending, int64_t step, int64_t at, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE two_factor SET secret = pending, last_step = ?3,"
	    " enabled_at = ?4, pending = '', pending_at = 0"
	    " WHERE user_id = ?1 AND pending = ?2 AND pending <> ''");
	statement_text(&statement, user_id);
	statement_text(&statement, pending);
	statement_integer(&statement, step);
	statement_integer(&statement, at);
	if (!statement_run(&statement, &changes, err))
		return false;
	if (changes == 0)
		return err_set_code(err, ERR_CONFLICT, "two_factor_not_pending",
		    "no set-up waits for this code; begin it again");
	return mark_user(tx, user_id, true, err);
}

bool
store_two_factor_use(struct store_tx *tx, const char *user_id,
    const char *secret, int64_t step, bool *out_is_first, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE two_factor SET last_step = ?3 WHERE user_id = ?1"
	    " AND secret = ?2 AND secret <> '' AND last_step < ?3");
	statement_text(&statement, user_id);
	statement_text(&statement, secret);
	statement_integer(&statement, step);
	if (!statement_run(&statement, &changes, err))
		return false;
	*out_is_first = changes == 1;
	return true;
}

static bool
delete_rows(
    struct store_tx *tx, const char *sql, const char *user_id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx), sql);
	statement_text(&statement, user_id);
	return statement_run(&statement, &changes, err);
}

bool
store_two_factor_clear(
    struct store_tx *tx, const char *user_id, struct err *err)
{
	return delete_rows(tx, "DELETE FROM two_factor WHERE user_id = ?1",
		   user_id, err) &&
	    delete_rows(tx, "DELETE FROM recovery_code WHERE user_id = ?1",
		user_id, err) &&
	    store_sign_in_ticket_delete_of_user(tx, user_id, err) &&
	    mark_user(tx, user_id, false, err);
}

/* "*" is the hash of nobody's password: a user of the server itself. */
bool
store_two_factor_count(struct store_reader *reader,
    struct store_two_factor_count *out, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, reader,
	    "SELECT COUNT(*), COUNT(CASE WHEN has_two_factor = 0 THEN 1 END)"
	    " FROM local_user WHERE is_disabled = 0 AND password_hash <> '*'");
	if (!statement_next(&statement, &has_row, err))
		return false;
	out->users = has_row ? statement_column_integer(&statement, 0) : 0;
	out->without = has_row ? statement_column_integer(&statement, 1) : 0;
	return true;
}

static bool
add_recovery_code(
    struct store_tx *tx, const char *user_id, const char *hash, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "INSERT INTO recovery_code (user_id, hash) VALUES (?1, ?2)");
	statement_text(&statement, user_id);
	statement_text(&statement, hash);
	return statement_run(&statement, &changes, err);
}

bool
store_recovery_codes_set(struct store_tx *tx, const char *user_id,
    char (*hashes)[STORE_SHA256_SIZE], size_t count, struct err *err)
{
	if (!delete_rows(tx, "DELETE FROM recovery_code WHERE user_id = ?1",
		user_id, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!add_recovery_code(tx, user_id, hashes[i], err))
			return false;
	return true;
}

bool
store_recovery_code_use(struct store_tx *tx, const char *user_id,
    const char *hash, bool *out_is_first, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM recovery_code WHERE user_id = ?1 AND hash = ?2");
	statement_text(&statement, user_id);
	statement_text(&statement, hash);
	if (!statement_run(&statement, &changes, err))
		return false;
	*out_is_first = changes == 1;
	return true;
}

bool
store_recovery_code_count(struct store_reader *reader, const char *user_id,
    int64_t *out_count, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, reader,
	    "SELECT COUNT(*) FROM recovery_code WHERE user_id = ?1");
	statement_text(&statement, user_id);
	if (!statement_next(&statement, &has_row, err))
		return false;
	*out_count = has_row ? statement_column_integer(&statement, 0) : 0;
	return true;
}
