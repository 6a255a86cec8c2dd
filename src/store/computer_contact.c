/* Contacts of computers, the hot path: one narrow row of each. */
#include "base/check.h"
#include "store/certificate.h"
#include "store/computer_table.h"
#include "store/version_key.h"

#define COLUMN(member, kind) TABLE_COLUMN(store_computer, member, kind)

static const struct table_column COLUMNS[] = {
    {"contact_id", TABLE_TEXT, offsetof(struct store_computer, id), ID_SIZE},
    COLUMN(last_seen_at, TABLE_INTEGER),
    COLUMN(last_address, TABLE_TEXT),
    COLUMN(agent_version, TABLE_TEXT),
    TABLE_COLUMN_VERSION_KEY(store_computer, agent_version),
    COLUMN(proved_at, TABLE_INTEGER),
    COLUMN(last_mutual_at, TABLE_INTEGER),
    COLUMN(last_credential_at, TABLE_INTEGER),
    COLUMN(acknowledged_publication, TABLE_INTEGER),
    COLUMN(refresh_requested_at, TABLE_INTEGER),
    TABLE_COLUMN_WORD(store_computer, proxy_report, STORE_PROXY_WORDS),
};

static const struct table TABLE = {"computer_contact", "computer", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_computer), NULL};

bool
computer_contact_insert(
    struct store_tx *tx, const struct store_computer *computer, struct err *err)
{
	bool is_new = false;

	return table_insert(&TABLE, tx, computer, NULL, &is_new, err);
}

bool
computer_contact_enrol_again(
    struct store_tx *tx, const struct store_computer *computer, struct err *err)
{
	scoped(statement_done) struct statement statement;
	char key[VERSION_KEY_SIZE];

	version_key(computer->agent_version, key);
	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE computer_contact SET last_address = ?2, agent_version = ?3,"
	    " agent_version_key = ?5, proved_at = CASE WHEN EXISTS (SELECT id "
	    "FROM computer"
	    " WHERE id = ?1 AND credential_hash = ?4) THEN proved_at ELSE 0 END"
	    " WHERE contact_id = ?1");
	statement_text(&statement, computer->id);
	statement_text(&statement, computer->last_address);
	statement_text(&statement, computer->agent_version);
	statement_reference(&statement, computer->credential_hash);
	statement_text(&statement, key);
	return statement_run_found(&statement, "computer", err);
}

bool
store_computer_request_refresh(
    struct store_tx *tx, const char *id, int64_t at, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE computer_contact SET refresh_requested_at = ?2"
	    " WHERE contact_id = ?1");
	statement_text(&statement, id);
	statement_integer(&statement, at);
	return statement_run_found(&statement, "computer", err);
}

bool
computer_list_set(struct store_tx *tx, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE computer_contact SET list_state = state,"
	    " list_office = office_id, list_os = os_name_key,"
	    " list_os_version = os_version, list_name = name_key,"
	    " list_enrolled_at = enrolled_at, list_text = name_key || ?2 ||"
	    " hardware_serial_key || ?2 || last_address || ?2 || id"
	    " FROM computer WHERE id = contact_id AND contact_id = ?1");
	statement_text(&statement, id);
	statement_text(&statement, COMPUTER_TEXT_SEPARATOR);
	return statement_run(&statement, &changes, err);
}

/* What was known before a contact. */
struct known {
	char name[STORE_HOSTNAME_SIZE];
	char address[STORE_ADDRESS_SIZE];
	char used_serial[STORE_SERIAL_SIZE];
	int64_t last_mutual_at;
};

static bool
known_get(
    struct store_tx *tx, const char *id, struct known *out, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, store_tx_reader(tx),
	    "SELECT name, last_address, used_serial, last_mutual_at"
	    " FROM computer JOIN computer_contact ON contact_id = id"
	    " WHERE id = ?1");
	statement_text(&statement, id);
	if (!statement_next(&statement, &has_row, err))
		return false;
	if (!has_row)
		return statement_not_found("computer", err);
	statement_column_text(&statement, 0, out->name, sizeof(out->name));
	statement_column_text(
	    &statement, 1, out->address, sizeof(out->address));
	statement_column_text(
	    &statement, 2, out->used_serial, sizeof(out->used_serial));
	out->last_mutual_at = statement_column_integer(&statement, 3);
	return true;
}

static bool
record_contact(
    struct store_tx *tx, const struct store_check_in *check_in, struct err *err)
{
	scoped(statement_done) struct statement statement;
	char key[VERSION_KEY_SIZE] = "";

	if (check_in->agent_version != NULL)
		version_key(check_in->agent_version, key);
	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE computer_contact SET last_seen_at = ?2,"
	    " refresh_requested_at = 0,"
	    " last_address = coalesce(?3, last_address),"
	    " agent_version = coalesce(?4, agent_version),"
	    " agent_version_key = coalesce(?10, agent_version_key),"
	    " acknowledged_publication = CASE"
	    " WHEN ?5 > acknowledged_publication THEN ?5"
	    " ELSE acknowledged_publication END,"
	    " proved_at = CASE WHEN proved_at = 0 THEN ?6 ELSE proved_at END,"
	    " last_mutual_at ="
	    " CASE WHEN ?6 > last_mutual_at THEN ?6 ELSE last_mutual_at END,"
	    " used_serial = coalesce(?7, used_serial),"
	    " last_credential_at = CASE WHEN ?8 > last_credential_at THEN ?8"
	    " ELSE last_credential_at END,"
	    " proxy_report = coalesce(?9, proxy_report)"
	    " WHERE contact_id = ?1");
	statement_text(&statement, check_in->computer_id);
	statement_integer(&statement, check_in->at);
	statement_text(&statement, check_in->address);
	statement_text(&statement, check_in->agent_version);
	statement_integer(&statement, check_in->acknowledged_publication);
	statement_integer(&statement, check_in->is_mutual ? check_in->at : 0);
	statement_text(&statement, check_in->certificate_serial);
	statement_integer(&statement, check_in->is_mutual ? 0 : check_in->at);
	statement_text(&statement,
	    check_in->proxy_report == STORE_PROXY_UNKNOWN
		? NULL
		: STORE_PROXY_WORDS[check_in->proxy_report]);
	statement_text(
	    &statement, check_in->agent_version == NULL ? NULL : key);
	return statement_run_found(&statement, "computer", err);
}

/* When a certificate was used last stands with the contacts for the one in use
 * (certificate.c reads it there), and with the certificate for earlier ones. */
static bool
change_certificate(struct store_tx *tx, const struct known *known,
    const struct store_check_in *check_in, struct err *err)
{
	if (check_in->certificate_serial == NULL ||
	    strcmp(check_in->certificate_serial, known->used_serial) == 0)
		return true;
	if (known->used_serial[0] != '\0' &&
	    !store_certificate_mark_used(
		tx, known->used_serial, known->last_mutual_at, err))
		return false;
	return store_certificate_mark_used(
	    tx, check_in->certificate_serial, check_in->at, err);
}

static bool
differs(const char *said, const char *known)
{
	return said != NULL && strcmp(said, known) != 0;
}

bool
store_computer_check_in(
    struct store_tx *tx, const struct store_check_in *check_in, struct err *err)
{
	struct known known;
	bool is_renamed;

	check(check_in->certificate_serial == NULL || check_in->is_mutual);
	if (!known_get(tx, check_in->computer_id, &known, err) ||
	    !change_certificate(tx, &known, check_in, err) ||
	    !record_contact(tx, check_in, err))
		return false;
	is_renamed = differs(check_in->name, known.name);
	if (is_renamed &&
	    !computer_set_name(tx, check_in->computer_id, check_in->name, err))
		return false;
	return (!is_renamed && !differs(check_in->address, known.address)) ||
	    computer_list_set(tx, check_in->computer_id, err);
}
