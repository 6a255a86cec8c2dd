/* Certificates that the agent CA issued. */
#include "store/certificate.h"

#include "base/memory.h"
#include "store/computer_table.h"
#include "store/scope_table.h"

#define COLUMN(member, kind) TABLE_COLUMN(store_certificate, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(serial, TABLE_TEXT),
    COLUMN(computer_id, TABLE_TEXT),
    COLUMN(fingerprint, TABLE_TEXT),
    COLUMN(subject, TABLE_TEXT),
    TABLE_COLUMN_WORD(store_certificate, profile, STORE_PROFILE_WORDS),
    COLUMN(not_before, TABLE_INTEGER),
    COLUMN(not_after, TABLE_INTEGER),
    COLUMN(issued_at, TABLE_INTEGER),
    COLUMN(revoked_at, TABLE_INTEGER),
    COLUMN(reason, TABLE_TEXT),
    COLUMN(first_used_at, TABLE_INTEGER),
    {"last_used_at", TABLE_INTEGER,
	offsetof(struct store_certificate, last_used_at), sizeof(int64_t),
	.read_as = "CASE WHEN used_serial = serial THEN last_mutual_at"
		   " ELSE last_used_at END"},
    COLUMN(is_superseded, TABLE_BOOLEAN),
};

/* Of the certificate in use, the contacts tell when it was used last: that
 * spares each contact the writing of a second row. */
static const struct table TABLE = {"certificate", "certificate", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_certificate),
    "certificate LEFT JOIN computer_contact ON contact_id = computer_id"};

static const struct list_order ORDERS[] = {
    [STORE_CERTIFICATE_BY_ISSUED] = {11, 2,
	{{"issued_at", STORE_VALUE_INTEGER}, {"serial", STORE_VALUE_TEXT}}},
    [STORE_CERTIFICATE_BY_NOT_AFTER] = {12, 2,
	{{"not_after", STORE_VALUE_INTEGER}, {"serial", STORE_VALUE_TEXT}}},
};

DEFINE_LIST_DONE(store_certificate)

static bool
supersede_others(struct store_tx *tx,
    const struct store_certificate *certificate, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE certificate SET is_superseded = 1 WHERE computer_id = ?1"
	    " AND serial <> ?2 AND is_superseded = 0");
	statement_text(&statement, certificate->computer_id);
	statement_text(&statement, certificate->serial);
	return statement_run(&statement, &changes, err);
}

static bool
check_is_same(struct store_tx *tx, const struct store_certificate *certificate,
    struct err *err)
{
	struct store_certificate known;

	if (!store_certificate_get(
		store_tx_reader(tx), certificate->serial, &known, err))
		return false;
	return strcmp(known.fingerprint, certificate->fingerprint) == 0 ||
	    err_set_code(err, ERR_CONFLICT, "certificate_exists",
		"another certificate has the serial %s", certificate->serial);
}

bool
store_certificate_insert(struct store_tx *tx,
    const struct store_certificate *certificate, struct view der,
    struct err *err)
{
	struct table_blob blob = {"der", der};
	bool exists = false;
	bool is_new = false;

	if (!statement_exists(store_tx_reader(tx),
		"SELECT id FROM computer WHERE id = ?1",
		certificate->computer_id, &exists, err))
		return false;
	if (!exists)
		return statement_not_found("computer", err);
	if (!table_insert(&TABLE, tx, certificate, &blob, &is_new, err))
		return false;
	return is_new ? supersede_others(tx, certificate, err)
		      : check_is_same(tx, certificate, err);
}

bool
store_certificate_mark_used(
    struct store_tx *tx, const char *serial, int64_t at, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE certificate SET last_used_at = ?2, first_used_at ="
	    " CASE WHEN first_used_at = 0 THEN ?2 ELSE first_used_at END"
	    " WHERE serial = ?1");
	statement_text(&statement, serial);
	statement_integer(&statement, at);
	return statement_run_found(&statement, "certificate", err);
}

bool
store_certificate_mark_revoked(struct store_tx *tx, const char *serial,
    int64_t at, const char *reason, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE certificate SET"
	    " reason = CASE WHEN revoked_at = 0 THEN ?3 ELSE reason END,"
	    " revoked_at = CASE WHEN revoked_at = 0 THEN ?2 ELSE revoked_at END"
	    " WHERE serial = ?1");
	statement_text(&statement, serial);
	statement_integer(&statement, at);
	statement_text(&statement, reason);
	return statement_run_found(&statement, "certificate", err);
}

bool
store_certificate_mark_revoked_all(struct store_tx *tx, const char *computer_id,
    int64_t at, const char *reason, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE certificate SET revoked_at = ?2, reason = ?3"
	    " WHERE computer_id = ?1 AND revoked_at = 0");
	statement_text(&statement, computer_id);
	statement_integer(&statement, at);
	statement_text(&statement, reason);
	return statement_run(&statement, &changes, err);
}

bool
store_certificate_get(struct store_reader *reader, const char *serial,
    struct store_certificate *out_certificate, struct err *err)
{
	struct store_certificate certificate;

	if (!table_get(
		&TABLE, reader, "serial = ?1", serial, &certificate, err) ||
	    !scope_check_computer(
		reader, certificate.computer_id, "certificate", err))
		return false;
	*out_certificate = certificate;
	return true;
}

bool
store_certificate_get_der(struct store_reader *reader, const char *serial,
    struct buf *out, struct err *err)
{
	scoped(statement_done) struct statement statement;
	char computer_id[ID_SIZE];
	bool has_row = false;

	statement_init(&statement, reader,
	    "SELECT der, computer_id FROM certificate WHERE serial = ?1");
	statement_text(&statement, serial);
	if (!statement_next(&statement, &has_row, err))
		return false;
	if (!has_row)
		return statement_not_found("certificate", err);
	statement_column_text(&statement, 1, computer_id, sizeof(computer_id));
	if (!scope_check_computer(reader, computer_id, "certificate", err))
		return false;
	return buf_append_view(out, statement_column_view(&statement, 0), err);
}

static void
apply_filter(
    struct list_query *query, const struct store_certificate_filter *filter)
{
	list_where_text(query, "computer_id", "=", filter->computer_id);
	scope_where_computer(query, "computer_id");
	if (filter->is_revoked_only)
		list_where(query, "revoked_at <> 0");
	if (filter->is_current_only)
		list_where(query, "revoked_at = 0 AND is_superseded = 0");
	if (filter->not_after_from != 0)
		list_where_integer(
		    query, "not_after", ">=", filter->not_after_from);
	if (filter->not_after_before != 0)
		list_where_integer(
		    query, "not_after", "<", filter->not_after_before);
}

bool
store_certificate_list(struct store_reader *reader,
    const struct store_certificate_filter *filter,
    const struct store_page *page, struct store_certificate_list *out_list,
    struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct list_result result;

	list_query_init(&query, &TABLE, reader);
	apply_filter(&query, filter);
	if (!list_run(&query, &ORDERS[filter->sort], filter->is_descending,
		page, &result, err))
		return false;
	LIST_GIVE(result, out_list);
	return true;
}

bool
store_certificate_count(struct store_reader *reader,
    const struct store_certificate_filter *filter, int64_t *out_count,
    struct err *err)
{
	scoped(list_query_done) struct list_query query;

	list_query_init(&query, &TABLE, reader);
	query.count_source = TABLE.name;
	apply_filter(&query, filter);
	return list_count(&query, out_count, err);
}
