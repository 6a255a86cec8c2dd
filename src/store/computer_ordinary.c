/* Contacts that tell nothing new, many in few statements. */
#include <inttypes.h>

#include "base/check.h"
#include "store/computer_table.h"

enum {
	SQL_SIZE = 1024,
};

/* Rows of parameters: few numbers of them, so that the same statements come
 * again and stay prepared. What is left over is NULL and matches nothing. */
static unsigned
rows_for(unsigned count)
{
	return count == 1 ? 1 : count <= 4 ? 4 : STORE_BATCH_MAX;
}

/* "(?1, ?2), (?3, ?4)" */
static bool
append_parameters(
    struct buf *sql, unsigned rows, unsigned columns, struct err *err)
{
	for (unsigned i = 0; i < rows * columns; i++)
		if (!buf_append_format(sql, err, "%s%s?%u%s",
			i == 0 ? "" : ", ", i % columns == 0 ? "(" : "", i + 1,
			i % columns == columns - 1 ? ")" : ""))
			return false;
	return true;
}

static bool
compose(struct buf *sql, const char *before, unsigned rows, unsigned columns,
    const char *after, struct err *err)
{
	return buf_append_string(sql, before, err) &&
	    append_parameters(sql, rows, columns, err) &&
	    buf_append_string(sql, after, err) && buf_append(sql, "", 1, err);
}

static bool
is_same(struct statement *statement, unsigned column, const char *said)
{
	return said != NULL &&
	    view_equal_string(statement_column_view(statement, column), said);
}

enum { /* columns of what is known */
	KNOWN_ID,
	KNOWN_NAME,
	KNOWN_ADDRESS,
	KNOWN_VERSION,
	KNOWN_SERIAL,
	KNOWN_PROXY,
	KNOWN_NOT_BEFORE,
	KNOWN_NOT_AFTER,
};

static void
judge(struct statement *known, struct store_ordinary *contact)
{
	const struct store_check_in *said = &contact->said;

	if (!is_same(known, KNOWN_ID, said->computer_id))
		return;
	contact->is_ordinary = is_same(known, KNOWN_NAME, said->name) &&
	    is_same(known, KNOWN_ADDRESS, said->address) &&
	    is_same(known, KNOWN_VERSION, said->agent_version) &&
	    is_same(known, KNOWN_SERIAL, said->certificate_serial) &&
	    (said->proxy_report == STORE_PROXY_UNKNOWN ||
		is_same(
		    known, KNOWN_PROXY, STORE_PROXY_WORDS[said->proxy_report]));
	contact->not_before = statement_column_integer(known, KNOWN_NOT_BEFORE);
	contact->not_after = statement_column_integer(known, KNOWN_NOT_AFTER);
}

static bool
judge_all(struct store_tx *tx, struct store_ordinary *const *contacts,
    unsigned count, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(SQL_SIZE);
	scoped(statement_done) struct statement known;
	unsigned rows = rows_for(count);
	bool has_row = true;

	statement_init(&known, store_tx_reader(tx), NULL);
	if (!compose(&sql,
		"SELECT id, name, last_address, agent_version, serial,"
		" proxy_report, not_before, not_after FROM computer_contact"
		" JOIN computer ON id = contact_id"
		" JOIN certificate ON serial = used_serial"
		" WHERE state = 'active' AND inventory_at <> 0"
		" AND proved_at <> 0 AND contact_id IN (",
		rows, 1, ")", err))
		return false;
	known.sql = (const char *)sql.data;
	for (unsigned i = 0; i < rows; i++)
		statement_text(
		    &known, i < count ? contacts[i]->said.computer_id : NULL);
	while (has_row) {
		if (!statement_next(&known, &has_row, err))
			return false;
		for (unsigned i = 0; has_row && i < count; i++)
			judge(&known, contacts[i]);
	}
	return true;
}

/* One computer twice in a batch: the row of the later contact stands for both,
 * as UPDATE takes one of several rows, whichever. */
static bool
is_last(struct store_ordinary *const *contacts, unsigned count, unsigned i)
{
	for (unsigned j = i + 1; j < count; j++)
		if (contacts[j]->is_ordinary &&
		    strcmp(contacts[i]->said.computer_id,
			contacts[j]->said.computer_id) == 0)
			return false;
	return true;
}

static unsigned
bind_rows(struct statement *update, struct store_ordinary *const *contacts,
    unsigned count)
{
	unsigned bound = 0;

	for (unsigned i = 0; i < count; i++) {
		const struct store_check_in *said = &contacts[i]->said;

		if (!contacts[i]->is_ordinary || !is_last(contacts, count, i))
			continue;
		statement_text(update, said->computer_id);
		statement_integer(update, said->at);
		statement_integer(update, said->acknowledged_publication);
		bound++;
	}
	return bound;
}

static bool
write_all(struct store_tx *tx, struct store_ordinary *const *contacts,
    unsigned count, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(SQL_SIZE);
	scoped(statement_done) struct statement update;
	int64_t changes = 0;
	unsigned bound;
	unsigned rows;

	statement_init(&update, store_tx_reader(tx), NULL);
	bound = bind_rows(&update, contacts, count);
	if (bound == 0)
		return true;
	rows = rows_for(bound);
	for (unsigned i = bound; i < rows; i++) {
		statement_text(&update, NULL);
		statement_integer(&update, 0);
		statement_integer(&update, 0);
	}
	if (!compose(&sql,
		"UPDATE computer_contact SET last_seen_at = said.column2,"
		" refresh_requested_at = 0, acknowledged_publication = CASE"
		" WHEN said.column3 > acknowledged_publication"
		" THEN said.column3 ELSE acknowledged_publication END,"
		" last_mutual_at = CASE WHEN said.column2 > last_mutual_at"
		" THEN said.column2 ELSE last_mutual_at END"
		" FROM (VALUES ",
		rows, 3, ") AS said WHERE contact_id = said.column1", err))
		return false;
	update.sql = (const char *)sql.data;
	if (!statement_run(&update, &changes, err))
		return false;
	check(changes == bound);
	return true;
}

static bool
check_in(struct store_tx *tx, void *const contexts[], unsigned count,
    struct err *err)
{
	struct store_ordinary *contacts[STORE_BATCH_MAX];

	for (unsigned i = 0; i < count; i++) {
		contacts[i] = contexts[i];
		contacts[i]->is_ordinary = false;
	}
	return judge_all(tx, contacts, count, err) &&
	    write_all(tx, contacts, count, err);
}

bool
store_computer_check_in_ordinary(
    struct store *store, struct store_ordinary *contact, struct err *err)
{
	check(contact->said.is_mutual);
	return store_write_batch(store, check_in, contact, err);
}
