/* Contacts that tell nothing new, many in one statement. */
#include <string.h>

#include "base/check.h"
#include "store/computer_table.h"

enum {
	COLUMNS = 8, /* bound for each contact */
	ROWS_STEP = 4,
	PARAMETER_SIZE = 7, /* "(?256," */
};

/* What a contact says stands in the columns of a VALUES list: its computer,
 * its time, the publication, and what must be as it is known. One computer
 * stands there once, as UPDATE takes one of several rows, whichever.
 *
 * SQLite returns columns of the changed table alone, therefore the subqueries.
 */
static const char BEFORE_ROWS[] =
    "UPDATE computer_contact SET last_seen_at = said.column2,"
    " refresh_requested_at = 0, acknowledged_publication = CASE"
    " WHEN said.column3 > acknowledged_publication"
    " THEN said.column3 ELSE acknowledged_publication END,"
    " last_mutual_at = CASE WHEN said.column2 > last_mutual_at"
    " THEN said.column2 ELSE last_mutual_at END"
    " FROM (VALUES ";
static const char AFTER_ROWS[] =
    ") AS said WHERE contact_id = said.column1"
    " AND last_address = said.column5 AND agent_version = said.column6"
    " AND used_serial = said.column7"
    " AND (said.column8 IS NULL OR proxy_report = said.column8)"
    " AND proved_at <> 0"
    " AND (SELECT CASE WHEN state = 'active' AND inventory_at <> 0"
    " THEN name END FROM computer WHERE id = contact_id) = said.column4"
    " RETURNING contact_id,"
    " (SELECT not_before FROM certificate WHERE serial = used_serial),"
    " (SELECT not_after FROM certificate WHERE serial = used_serial)";

/* Few numbers of rows, so that the same statements come again and stay
 * prepared. What is left over is NULL and matches nothing. */
static unsigned
rows_for(unsigned count)
{
	return count == 1 ? 1 : (count + ROWS_STEP - 1) / ROWS_STEP * ROWS_STEP;
}

static char *
append_number(char *at, unsigned number)
{
	if (number >= 10)
		at = append_number(at, number / 10);
	*at = (char)('0' + number % 10);
	return at + 1;
}

/* "(?1, ?2), (?3, ?4)": in every batch, therefore by hand. */
static void
append_parameters(char **at, unsigned rows)
{
	for (unsigned i = 0; i < rows * COLUMNS; i++) {
		if (i > 0)
			*(*at)++ = ',';
		if (i % COLUMNS == 0)
			*(*at)++ = '(';
		*(*at)++ = '?';
		*at = append_number(*at, i + 1);
		if (i % COLUMNS == COLUMNS - 1)
			*(*at)++ = ')';
	}
}

enum {
	SQL_SIZE = sizeof(BEFORE_ROWS) + sizeof(AFTER_ROWS) +
	    STORE_BATCH_MAX * COLUMNS * PARAMETER_SIZE
};

/* sql has SQL_SIZE bytes. */
static void
compose(char *sql, unsigned rows)
{
	sql = stpcpy(sql, BEFORE_ROWS);
	append_parameters(&sql, rows);
	stpcpy(sql, AFTER_ROWS);
}

static void
bind(struct statement *update, const struct store_check_in *said)
{
	statement_text(update, said->computer_id);
	statement_integer(update, said->at);
	statement_integer(update, said->acknowledged_publication);
	statement_text(update, said->name);
	statement_text(update, said->address);
	statement_text(update, said->agent_version);
	statement_text(update, said->certificate_serial);
	statement_text(update,
	    said->proxy_report == STORE_PROXY_UNKNOWN
		? NULL
		: STORE_PROXY_WORDS[said->proxy_report]);
}

static void
take_row(struct statement *update, struct store_ordinary *const *contacts,
    unsigned count)
{
	struct view id = statement_column_view(update, 0);

	for (unsigned i = 0; i < count; i++) {
		if (!view_equal_string(id, contacts[i]->said.computer_id))
			continue;
		contacts[i]->not_before = statement_column_integer(update, 1);
		contacts[i]->not_after = statement_column_integer(update, 2);
		/* NULL: a certificate that is not known here is no ordinary
		 * thing, though its computer has been seen. */
		contacts[i]->is_ordinary = contacts[i]->not_after != 0;
		return;
	}
	unreachable();
}

/* Of different computers. */
static bool
write_turn(struct store_tx *tx, struct store_ordinary *const *contacts,
    unsigned count, struct err *err)
{
	static const struct store_check_in NOBODY = {.computer_id = NULL};
	scoped(statement_done) struct statement update;
	char sql[SQL_SIZE];
	unsigned rows = rows_for(count);
	bool has_row = true;

	compose(sql, rows);
	statement_init(&update, store_tx_reader(tx), sql);
	for (unsigned i = 0; i < rows; i++)
		bind(&update, i < count ? &contacts[i]->said : &NOBODY);
	while (has_row) {
		if (!statement_next(&update, &has_row, err))
			return false;
		if (has_row)
			take_row(&update, contacts, count);
	}
	return true;
}

static bool
is_among(struct store_ordinary *const *contacts, unsigned count,
    const struct store_ordinary *contact)
{
	for (unsigned i = 0; i < count; i++)
		if (strcmp(contacts[i]->said.computer_id,
			contact->said.computer_id) == 0)
			return true;
	return false;
}

/* A further contact of the same computer waits for the next turn. */
static unsigned
take_turn(struct store_ordinary **contacts, unsigned *count,
    struct store_ordinary **out_turn)
{
	unsigned taken = 0;
	unsigned left = 0;

	for (unsigned i = 0; i < *count; i++) {
		if (is_among(out_turn, taken, contacts[i]))
			contacts[left++] = contacts[i];
		else
			out_turn[taken++] = contacts[i];
	}
	*count = left;
	return taken;
}

static bool
check_in(struct store_tx *tx, void *const contexts[], unsigned count,
    struct err *err)
{
	struct store_ordinary *contacts[STORE_BATCH_MAX];
	struct store_ordinary *turn[STORE_BATCH_MAX];

	for (unsigned i = 0; i < count; i++) {
		contacts[i] = contexts[i];
		contacts[i]->is_ordinary = false;
	}
	while (count > 0) {
		unsigned taken = take_turn(contacts, &count, turn);

		if (!write_turn(tx, turn, taken, err))
			return false;
	}
	return true;
}

bool
store_computer_check_in_ordinary(
    struct store *store, struct store_ordinary *contact, struct err *err)
{
	check(contact->said.is_mutual);
	return store_write_batch(store, check_in, contact, err);
}
