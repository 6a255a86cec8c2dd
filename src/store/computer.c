/* Managed computers: enrolment, contact, state. */
#include "store/computer.h"

#include "base/check.h"
#include "base/memory.h"
#include "store/certificate.h"
#include "store/computer_table.h"
#include "store/fold.h"
#include "store/group.h"
#include "store/scope_table.h"
#include "store/software.h"

static const char *const STATES[STORE_COMPUTER_STATE_COUNT] = {
    [STORE_COMPUTER_ACTIVE] = "active",
    [STORE_COMPUTER_REVOKED] = "revoked",
    [STORE_COMPUTER_RETIRED] = "retired",
    [STORE_COMPUTER_REMOVED] = "removed",
};

const char *const STORE_PROXY_WORDS[3] = {
    [STORE_PROXY_UNKNOWN] = "unknown",
    [STORE_PROXY_NONE] = "none",
    [STORE_PROXY_SET] = "set",
};

const char *const STORE_PROFILE_WORDS[2] = {
    [STORE_PROFILE_AGENT] = "agent",
    [STORE_PROFILE_STOCK] = "stock",
};

#define COLUMN(member, kind) TABLE_COLUMN(store_computer, member, kind)

static const struct table_column COLUMNS[] = {
    COLUMN(id, TABLE_TEXT),
    COLUMN(office_id, TABLE_TEXT),
    COLUMN(name, TABLE_TEXT),
    TABLE_COLUMN_KEY(store_computer, name),
    TABLE_COLUMN_WORD(store_computer, state, STATES),
    TABLE_COLUMN_WORD(store_computer, profile, STORE_PROFILE_WORDS),
    COLUMN(enrolled_at, TABLE_INTEGER),
    COLUMN(os_name, TABLE_TEXT),
    TABLE_COLUMN_KEY(store_computer, os_name),
    COLUMN(os_version, TABLE_TEXT),
    COLUMN(architecture, TABLE_TEXT),
    COLUMN(hardware_serial, TABLE_TEXT),
    TABLE_COLUMN_KEY(store_computer, hardware_serial),
    COLUMN(credential_hash, TABLE_REFERENCE),
    COLUMN(certificate_serial, TABLE_REFERENCE),
    COLUMN(flags, TABLE_INTEGER),
    COLUMN(software_count, TABLE_INTEGER),
    COLUMN(inventory_at, TABLE_INTEGER),
    /* The table computer_contact. */
    COLUMN(last_seen_at, TABLE_INTEGER),
    COLUMN(last_address, TABLE_TEXT),
    COLUMN(agent_version, TABLE_TEXT),
    COLUMN(proved_at, TABLE_INTEGER),
    COLUMN(last_mutual_at, TABLE_INTEGER),
    COLUMN(last_credential_at, TABLE_INTEGER),
    COLUMN(acknowledged_publication, TABLE_INTEGER),
    COLUMN(refresh_requested_at, TABLE_INTEGER),
    TABLE_COLUMN_WORD(store_computer, proxy_report, STORE_PROXY_WORDS),
};

enum {
	CONTACT_COLUMNS = 9
};

const struct table COMPUTER_TABLE = {"computer", "computer", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_computer),
    "computer JOIN computer_contact ON contact_id = id"};

/* Its own row alone. */
static const struct table OWN_TABLE = {"computer", "computer", COLUMNS,
    array_length(COLUMNS) - CONTACT_COLUMNS, sizeof(struct store_computer),
    NULL};

const char *
store_computer_state_name(enum store_computer_state state)
{
	check((size_t)state < array_length(STATES));
	return STATES[state];
}

bool
store_computer_state_parse(
    const char *word, enum store_computer_state *out_state)
{
	for (unsigned i = 0; i < array_length(STATES); i++)
		if (strcmp(word, STATES[i]) == 0) {
			*out_state = (enum store_computer_state)i;
			return true;
		}
	return false;
}

const char *
store_profile_name(enum store_computer_profile profile)
{
	check((size_t)profile < array_length(STORE_PROFILE_WORDS));
	return STORE_PROFILE_WORDS[profile];
}

bool
store_profile_parse(const char *word, enum store_computer_profile *out_profile)
{
	for (unsigned i = 0; i < array_length(STORE_PROFILE_WORDS); i++)
		if (strcmp(word, STORE_PROFILE_WORDS[i]) == 0) {
			*out_profile = (enum store_computer_profile)i;
			return true;
		}
	return false;
}

/* What makes two computers look alike. */
struct likeness {
	char name_key[STORE_HOSTNAME_SIZE];
	char hardware_serial_key[STORE_NAME_SIZE];
};

static bool
likeness_get(struct store_tx *tx, const char *id, struct likeness *out,
    bool *out_is_there, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "SELECT name_key, hardware_serial_key FROM computer WHERE id = ?1");
	statement_text(&statement, id);
	if (!statement_next(&statement, out_is_there, err))
		return false;
	memset(out, 0, sizeof(*out));
	if (!*out_is_there)
		return true;
	statement_column_text(
	    &statement, 0, out->name_key, sizeof(out->name_key));
	statement_column_text(&statement, 1, out->hardware_serial_key,
	    sizeof(out->hardware_serial_key));
	return true;
}

/* One kind of likeness: how to find out and how to say it. */
struct likeness_kind {
	int64_t flag;
	const char *count_sql; /* at most 2 rows are counted */
	const char *update_sql;
};

static const struct likeness_kind BY_NAME = {STORE_COMPUTER_DUPLICATE_NAME,
    "SELECT count(*) FROM (SELECT id FROM computer WHERE name_key = ?1"
    " AND state <> 'removed' LIMIT 2) AS alike",
    "UPDATE computer SET flags = (flags & ?2) | ?3 WHERE name_key = ?1"
    " AND state <> 'removed' AND (flags & ?4) <> ?3"};

static const struct likeness_kind BY_HARDWARE = {
    STORE_COMPUTER_DUPLICATE_HARDWARE,
    "SELECT count(*) FROM (SELECT id FROM computer"
    " WHERE hardware_serial_key = ?1 AND state <> 'removed' LIMIT 2) AS alike",
    "UPDATE computer SET flags = (flags & ?2) | ?3"
    " WHERE hardware_serial_key = ?1 AND state <> 'removed'"
    " AND (flags & ?4) <> ?3"};

/* Set or clear the flag of all computers with this key. is_new: one came, so
 * that there is nothing to clear. */
static bool
flag_alike(struct store_tx *tx, const struct likeness_kind *kind,
    const char *key, bool is_new, struct err *err)
{
	scoped(statement_done) struct statement count;
	scoped(statement_done) struct statement update;
	bool has_row = false;
	int64_t wanted;
	int64_t changes;

	statement_init(&count, store_tx_reader(tx), kind->count_sql);
	statement_init(&update, store_tx_reader(tx), kind->update_sql);
	if (*key == '\0')
		return true;
	statement_text(&count, key);
	if (!statement_next(&count, &has_row, err))
		return false;
	wanted = statement_column_integer(&count, 0) > 1 ? kind->flag : 0;
	if (wanted == 0 && is_new)
		return true;
	statement_text(&update, key);
	statement_integer(&update, ~kind->flag);
	statement_integer(&update, wanted);
	statement_integer(&update, kind->flag);
	return statement_run(&update, &changes, err);
}

static bool
flag_likeness(struct store_tx *tx, const struct likeness *likeness, bool is_new,
    struct err *err)
{
	return flag_alike(tx, &BY_NAME, likeness->name_key, is_new, err) &&
	    flag_alike(
		tx, &BY_HARDWARE, likeness->hardware_serial_key, is_new, err);
}

static bool
check_office(struct store_tx *tx, const char *office_id, struct err *err)
{
	bool exists = false;

	if (!statement_exists(store_tx_reader(tx),
		"SELECT id FROM office WHERE id = ?1", office_id, &exists, err))
		return false;
	return exists || statement_not_found("office", err);
}

/* A credential names one computer: another's is refused. */
static bool
check_credential(
    struct store_tx *tx, const struct store_computer *computer, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool is_taken = false;

	statement_init(&statement, store_tx_reader(tx),
	    "SELECT id FROM computer WHERE credential_hash = ?1 AND id <> ?2");
	statement_reference(&statement, computer->credential_hash);
	statement_text(&statement, computer->id);
	if (!statement_next(&statement, &is_taken, err))
		return false;
	return !is_taken ||
	    err_set_code(err, ERR_CONFLICT, "credential_exists",
		"another computer has the same credential");
}

static bool
enrol_again(
    struct store_tx *tx, const struct store_computer *computer, struct err *err)
{
	scoped(statement_done) struct statement statement;
	char name_key[STORE_HOSTNAME_SIZE];

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE computer SET name = ?2, name_key = ?3, profile = ?4,"
	    " enrolled_at = ?5, credential_hash = ?6, certificate_serial = ?7,"
	    " state = 'active' WHERE id = ?1");
	fold_text(computer->name, name_key, sizeof(name_key));
	statement_text(&statement, computer->id);
	statement_text(&statement, computer->name);
	statement_text(&statement, name_key);
	statement_text(&statement, store_profile_name(computer->profile));
	statement_integer(&statement, computer->enrolled_at);
	statement_reference(&statement, computer->credential_hash);
	statement_reference(&statement, computer->certificate_serial);
	return computer_contact_enrol_again(tx, computer, err) &&
	    statement_run_found(&statement, "computer", err);
}

static bool
enrol_first(struct store_tx *tx, const struct store_computer *computer,
    bool *out_is_new, struct err *err)
{
	return check_office(tx, computer->office_id, err) &&
	    table_insert(&OWN_TABLE, tx, computer, NULL, out_is_new, err) &&
	    computer_contact_insert(tx, computer, err);
}

bool
store_computer_enrol(
    struct store_tx *tx, const struct store_computer *computer, struct err *err)
{
	struct store_computer fresh = {
	    .profile = computer->profile, .enrolled_at = computer->enrolled_at};
	struct likeness before;
	struct likeness after;
	bool is_known = false;
	bool is_new = false;

	if (!likeness_get(tx, computer->id, &before, &is_known, err) ||
	    !check_credential(tx, computer, err))
		return false;
	memcpy(fresh.id, computer->id, sizeof(fresh.id));
	memcpy(fresh.office_id, computer->office_id, sizeof(fresh.office_id));
	memcpy(fresh.name, computer->name, sizeof(fresh.name));
	memcpy(fresh.last_address, computer->last_address,
	    sizeof(fresh.last_address));
	memcpy(fresh.agent_version, computer->agent_version,
	    sizeof(fresh.agent_version));
	memcpy(fresh.credential_hash, computer->credential_hash,
	    sizeof(fresh.credential_hash));
	memcpy(fresh.certificate_serial, computer->certificate_serial,
	    sizeof(fresh.certificate_serial));
	if (is_known ? !enrol_again(tx, computer, err)
		     : !enrol_first(tx, &fresh, &is_new, err))
		return false;
	return likeness_get(tx, computer->id, &after, &is_known, err) &&
	    flag_likeness(tx, &before, false, err) &&
	    flag_likeness(tx, &after, is_new, err) &&
	    (is_new || store_software_expect(tx, computer->id, err)) &&
	    computer_list_set(tx, computer->id, err);
}

bool
store_computer_set_certificate(struct store_tx *tx, const char *id,
    const char *certificate_serial, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE computer SET certificate_serial = ?2 WHERE id = ?1");
	statement_text(&statement, id);
	statement_reference(&statement, certificate_serial);
	return statement_run_found(&statement, "computer", err);
}

bool
computer_set_name(
    struct store_tx *tx, const char *id, const char *name, struct err *err)
{
	scoped(statement_done) struct statement statement;
	struct likeness before;
	struct likeness after = {0};
	bool is_there = false;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE computer SET name = ?2, name_key = ?3 WHERE id = ?1");
	fold_text(name, after.name_key, sizeof(after.name_key));
	if (!likeness_get(tx, id, &before, &is_there, err))
		return false;
	statement_text(&statement, id);
	statement_text(&statement, name);
	statement_text(&statement, after.name_key);
	return statement_run_found(&statement, "computer", err) &&
	    flag_alike(tx, &BY_NAME, before.name_key, false, err) &&
	    flag_alike(tx, &BY_NAME, after.name_key, false, err);
}

bool
store_computer_set_facts(struct store_tx *tx,
    const struct store_computer_facts *facts, struct err *err)
{
	scoped(statement_done) struct statement statement;
	struct likeness before;
	struct likeness after;
	char os_key[STORE_NAME_SIZE];
	char serial_key[STORE_NAME_SIZE];
	bool is_there = false;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE computer SET inventory_at = ?2,"
	    " os_name = coalesce(?3, os_name),"
	    " os_name_key = coalesce(?4, os_name_key),"
	    " os_version = coalesce(?5, os_version),"
	    " architecture = coalesce(?6, architecture),"
	    " hardware_serial = coalesce(?7, hardware_serial),"
	    " hardware_serial_key = coalesce(?8, hardware_serial_key),"
	    " software_count = CASE WHEN ?9 < 0 THEN software_count ELSE ?9 END"
	    " WHERE id = ?1");
	fold_text(facts->os_name, os_key, sizeof(os_key));
	fold_text(facts->hardware_serial, serial_key, sizeof(serial_key));
	if (!likeness_get(tx, facts->computer_id, &before, &is_there, err))
		return false;
	statement_text(&statement, facts->computer_id);
	statement_integer(&statement, facts->inventory_at);
	statement_text(&statement, facts->os_name);
	statement_text(&statement, facts->os_name == NULL ? NULL : os_key);
	statement_text(&statement, facts->os_version);
	statement_text(&statement, facts->architecture);
	statement_text(&statement, facts->hardware_serial);
	statement_text(
	    &statement, facts->hardware_serial == NULL ? NULL : serial_key);
	statement_integer(&statement, facts->software_count);
	if (!statement_run_found(&statement, "computer", err) ||
	    !likeness_get(tx, facts->computer_id, &after, &is_there, err))
		return false;
	return (strcmp(before.hardware_serial_key, after.hardware_serial_key) ==
		       0 ||
		   (flag_likeness(tx, &before, false, err) &&
		       flag_likeness(tx, &after, false, err))) &&
	    computer_list_set(tx, facts->computer_id, err);
}

bool
store_computer_set_state(struct store_tx *tx, const char *id,
    enum store_computer_state state, struct err *err)
{
	scoped(statement_done) struct statement statement;
	struct likeness likeness;
	bool is_there = false;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE computer SET state = ?2 WHERE id = ?1");
	statement_text(&statement, id);
	statement_text(&statement, store_computer_state_name(state));
	return statement_run_found(&statement, "computer", err) &&
	    (state != STORE_COMPUTER_REMOVED ||
		store_group_forget_computer(tx, id, err)) &&
	    likeness_get(tx, id, &likeness, &is_there, err) &&
	    flag_likeness(tx, &likeness, false, err) &&
	    (state == STORE_COMPUTER_ACTIVE
		    ? store_software_expect(tx, id, err)
		    : store_software_forget(tx, id, err)) &&
	    computer_list_set(tx, id, err);
}

/* Where it is now is in the transaction's scope: who sees a computer by a group
 * alone would take it into an office of theirs, and keep it in sight. */
static bool
check_leaves(struct store_reader *reader, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	char office_id[ID_SIZE];
	bool has_row = false;

	statement_init(
	    &statement, reader, "SELECT office_id FROM computer WHERE id = ?1");
	statement_text(&statement, id);
	if (!statement_next(&statement, &has_row, err))
		return false;
	if (!has_row)
		return statement_not_found("computer", err);
	statement_column_text(&statement, 0, office_id, sizeof(office_id));
	return scope_check_office(reader, office_id, "office", err);
}

bool
store_computer_set_office(
    struct store_tx *tx, const char *id, const char *office_id, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE computer SET office_id = ?2 WHERE id = ?1");
	if (!check_office(tx, office_id, err) ||
	    !scope_check_office(
		store_tx_reader(tx), office_id, "office", err) ||
	    !check_leaves(store_tx_reader(tx), id, err))
		return false;
	statement_text(&statement, id);
	statement_text(&statement, office_id);
	return statement_run_found(&statement, "computer", err) &&
	    computer_list_set(tx, id, err);
}

bool
store_computer_get(struct store_reader *reader, const char *id,
    struct store_computer *out_computer, struct err *err)
{
	struct store_computer computer;

	if (!table_get(
		&COMPUTER_TABLE, reader, "id = ?1", id, &computer, err) ||
	    !scope_check_computer(reader, computer.id, "computer", err))
		return false;
	*out_computer = computer;
	return true;
}

bool
store_computer_get_by_credential(struct store_reader *reader,
    const char *credential_hash, struct store_computer *out_computer,
    struct err *err)
{
	return table_get(&COMPUTER_TABLE, reader, "credential_hash = ?1",
	    credential_hash, out_computer, err);
}
