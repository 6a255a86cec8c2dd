/* Sign-ins that wait for the second factor. */
#include "store/sign_in_ticket.h"

#include "base/memory.h"
#include "store/list.h"

static const char *const LISTENERS[] = {
    [STORE_LISTENER_HTTP] = "http",
    [STORE_LISTENER_HTTPS] = "https",
};

#define COLUMN(member, kind) TABLE_COLUMN(store_sign_in_ticket, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(hash, TABLE_TEXT),
    COLUMN(user_id, TABLE_TEXT),
    TABLE_COLUMN_WORD(store_sign_in_ticket, listener, LISTENERS),
    COLUMN(created_at, TABLE_INTEGER),
    COLUMN(expires_at, TABLE_INTEGER),
    COLUMN(tries, TABLE_INTEGER),
};

static const struct table TABLE = {"sign_in_ticket", "ticket", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_sign_in_ticket), NULL};

static bool
delete_expired(struct store_tx *tx, int64_t now, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM sign_in_ticket WHERE expires_at <= ?1");
	statement_integer(&statement, now);
	return statement_run(&statement, &changes, err);
}

/* All of the user's but the newest ones. */
static bool
make_room(struct store_tx *tx, const char *user_id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM sign_in_ticket WHERE user_id = ?1 AND hash NOT IN"
	    " (SELECT hash FROM sign_in_ticket WHERE user_id = ?1"
	    " ORDER BY created_at DESC, hash LIMIT ?2)");
	statement_text(&statement, user_id);
	statement_integer(&statement, STORE_TICKETS_OF_USER - 1);
	return statement_run(&statement, &changes, err);
}

bool
store_sign_in_ticket_create(struct store_tx *tx,
    const struct store_sign_in_ticket *ticket, struct err *err)
{
	bool exists = false, is_new = false;

	if (!statement_exists(store_tx_reader(tx),
		"SELECT id FROM local_user WHERE id = ?1", ticket->user_id,
		&exists, err))
		return false;
	if (!exists)
		return statement_not_found("user", err);
	if (!delete_expired(tx, ticket->created_at, err) ||
	    !make_room(tx, ticket->user_id, err) ||
	    !table_insert(&TABLE, tx, ticket, NULL, &is_new, err))
		return false;
	return is_new ||
	    err_set_code(err, ERR_CONFLICT, "ticket_exists",
		"there is already such a ticket");
}

static bool
count_try(struct store_tx *tx, const char *hash, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE sign_in_ticket SET tries = tries + 1 WHERE hash = ?1");
	statement_text(&statement, hash);
	return statement_run_found(&statement, "ticket", err);
}

bool
store_sign_in_ticket_try(struct store_tx *tx, const char *hash, int64_t most,
    bool *out_may, struct err *err)
{
	struct store_sign_in_ticket ticket;

	if (!store_sign_in_ticket_get(store_tx_reader(tx), hash, &ticket, err))
		return false;
	*out_may = ticket.tries < most;
	return !*out_may || count_try(tx, hash, err);
}

bool
store_sign_in_ticket_delete(
    struct store_tx *tx, const char *hash, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM sign_in_ticket WHERE hash = ?1");
	statement_text(&statement, hash);
	return statement_run_found(&statement, "ticket", err);
}

bool
store_sign_in_ticket_delete_of_user(
    struct store_tx *tx, const char *user_id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "DELETE FROM sign_in_ticket WHERE user_id = ?1");
	statement_text(&statement, user_id);
	return statement_run(&statement, &changes, err);
}

bool
store_sign_in_ticket_get(struct store_reader *reader, const char *hash,
    struct store_sign_in_ticket *out, struct err *err)
{
	return table_get(&TABLE, reader, "hash = ?1", hash, out, err);
}
