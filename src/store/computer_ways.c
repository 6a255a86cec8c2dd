/* Each way that a list of computers is narrowed. */
#include "store/computer_ways.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "store/computer_table.h"
#include "store/reader.h"
#include "store/scope_table.h"

const struct computer_columns COMPUTER_COLUMNS = {
    "id", "state", "office_id", "os_name_key", "", false};

static const struct store_scope *
scope_of(const struct computer_filter *filter)
{
	return &filter->reader->scope;
}

/* The scope that the reader has. */

static bool
has_scope(const struct computer_filter *filter)
{
	return scope_of(filter)->count > 0;
}

static void
bind_scope(struct computer_filter *filter, struct statement *statement)
{
	const struct store_scope *scope = scope_of(filter);

	for (unsigned i = 0; i < scope->count; i++)
		filter->owners[i] = statement_text(statement, scope->owners[i]);
}

bool
computer_ways_is_scope_of_offices(const struct computer_filter *filter)
{
	const struct store_scope *scope = scope_of(filter);

	for (unsigned i = 0; i < scope->count; i++)
		if (!scope->are_offices[i])
			return false;
	return true;
}

/* Of rows at hand it is asked for each, by keys. */
static bool
where_scope(const struct computer_filter *filter,
    const struct computer_columns *columns, struct buf *sql, struct err *err)
{
	const struct store_scope *scope = scope_of(filter);
	struct scope_columns names = {columns->id, columns->office};
	char condition[SCOPE_SQL_SIZE];

	for (unsigned i = 0; i < scope->count; i++) {
		if (columns->is_at_hand && !scope->are_offices[i]) {
			if (!buf_append_format(sql, err,
				" AND EXISTS (SELECT 1 FROM scope_computer"
				" WHERE owner_id = ?%u AND computer_id = %s)",
				filter->owners[i], columns->id))
				return false;
			continue;
		}
		scope_computer_sql(
		    scope, i, filter->owners[i], &names, condition);
		if (!buf_append_format(sql, err, " AND %s", condition))
			return false;
	}
	return true;
}

/* What the first owner sees, as far as the others see it too. */
static bool
ids_scope(
    const struct computer_filter *filter, struct buf *sql, struct err *err)
{
	if (!buf_append_format(sql, err,
		"SELECT computer_id FROM scope_computer AS seen"
		" WHERE owner_id = ?%u",
		filter->owners[0]))
		return false;
	for (unsigned i = 1; i < scope_of(filter)->count; i++)
		if (!buf_append_format(sql, err,
			" AND EXISTS (SELECT 1 FROM scope_computer AS too"
			" WHERE too.owner_id = ?%u"
			" AND too.computer_id = seen.computer_id)",
			filter->owners[i]))
			return false;
	return true;
}

/* States; that removed computers are no longer shown, always. */

static bool
has_states(const struct computer_filter *filter)
{
	return true;
}

static void
bind_nothing(struct computer_filter *filter, struct statement *statement)
{
}

static bool
where_states(const struct computer_filter *filter,
    const struct computer_columns *columns, struct buf *sql, struct err *err)
{
	unsigned states = filter->given->states;
	const char *separator = "";

	if (states == 0)
		return buf_append_format(
		    sql, err, " AND %s <> 'removed'", columns->state);
	if (!buf_append_format(sql, err, " AND %s IN (", columns->state))
		return false;
	for (unsigned i = 0; i < STORE_COMPUTER_STATE_COUNT; i++) {
		if ((states & 1U << i) == 0)
			continue;
		if (!buf_append_format(sql, err, "%s'%s'", separator,
			store_computer_state_name(
			    (enum store_computer_state)i)))
			return false;
		separator = ", ";
	}
	return buf_append_string(sql, ")", err);
}

static bool
ids_states(
    const struct computer_filter *filter, struct buf *sql, struct err *err)
{
	return buf_append_string(
		   sql, "SELECT id FROM computer WHERE 1 = 1", err) &&
	    where_states(filter, &COMPUTER_COLUMNS, sql, err);
}

bool
computer_ways_are_most_states(const struct computer_filter *filter)
{
	unsigned states = filter->given->states;

	return states == 0 || (states & 1U << STORE_COMPUTER_ACTIVE) != 0;
}

/* The office. */

static bool
has_office(const struct computer_filter *filter)
{
	return filter->given->office_id != NULL;
}

static void
bind_office(struct computer_filter *filter, struct statement *statement)
{
	filter->office = statement_text(statement, filter->given->office_id);
}

static bool
where_office(const struct computer_filter *filter,
    const struct computer_columns *columns, struct buf *sql, struct err *err)
{
	return buf_append_format(
	    sql, err, " AND %s = ?%u", columns->office, filter->office);
}

static bool
ids_office(
    const struct computer_filter *filter, struct buf *sql, struct err *err)
{
	return buf_append_format(sql, err,
	    "SELECT id FROM computer WHERE office_id = ?%u", filter->office);
}

/* The operating system. */

static bool
has_os(const struct computer_filter *filter)
{
	return filter->given->os_name != NULL;
}

static void
bind_os(struct computer_filter *filter, struct statement *statement)
{
	filter->os = statement_text(statement, filter->os_name);
}

static bool
where_os(const struct computer_filter *filter,
    const struct computer_columns *columns, struct buf *sql, struct err *err)
{
	return buf_append_format(
	    sql, err, " AND %s = ?%u", columns->os, filter->os);
}

static bool
ids_os(const struct computer_filter *filter, struct buf *sql, struct err *err)
{
	return buf_append_format(sql, err,
	    "SELECT id FROM computer WHERE os_name_key = ?%u", filter->os);
}

/* Long silence. */

static bool
has_not_seen(const struct computer_filter *filter)
{
	return filter->given->not_seen_since != 0;
}

static void
bind_not_seen(struct computer_filter *filter, struct statement *statement)
{
	filter->not_seen =
	    statement_integer(statement, filter->given->not_seen_since);
}

static bool
where_not_seen(const struct computer_filter *filter,
    const struct computer_columns *columns, struct buf *sql, struct err *err)
{
	return buf_append_format(
	    sql, err, " AND %s < ?%u", columns->last_seen, filter->not_seen);
}

static bool
ids_not_seen(
    const struct computer_filter *filter, struct buf *sql, struct err *err)
{
	return buf_append_format(sql, err,
	    "SELECT contact_id FROM computer_contact WHERE last_seen_at < ?%u",
	    filter->not_seen);
}

/* A part of name, serial, address or id. */

static bool
has_text(const struct computer_filter *filter)
{
	return filter->text[0] != '\0';
}

static void
bind_text(struct computer_filter *filter, struct statement *statement)
{
	filter->found = statement_text(statement, filter->text);
}

static bool
where_text(const struct computer_filter *filter,
    const struct computer_columns *columns, struct buf *sql, struct err *err)
{
	/* No match crosses the parts of what is searched. */
	return buf_append_format(sql, err, " AND strpos(list_text, ?%u) %s 0",
	    filter->found,
	    strstr(filter->text, COMPUTER_TEXT_SEPARATOR) != NULL ? "<" : ">");
}

/* The agent's version. */

static bool
has_version(const struct computer_filter *filter)
{
	return filter->given->agent_version != NULL;
}

static void
bind_version(struct computer_filter *filter, struct statement *statement)
{
	filter->version =
	    statement_text(statement, filter->given->agent_version);
}

static bool
where_version(const struct computer_filter *filter,
    const struct computer_columns *columns, struct buf *sql, struct err *err)
{
	return buf_append_format(
	    sql, err, " AND agent_version = ?%u", filter->version);
}

/* Flags, of which a partial index has the few. */

static bool
has_flags(const struct computer_filter *filter)
{
	return filter->given->is_flagged_only;
}

static bool
ids_flags(
    const struct computer_filter *filter, struct buf *sql, struct err *err)
{
	return buf_append_string(
	    sql, "SELECT id FROM computer WHERE flags <> 0", err);
}

bool
computer_ways_where_ids(computer_ids_fn *ids,
    const struct computer_filter *filter,
    const struct computer_columns *columns, struct buf *sql, struct err *err)
{
	return buf_append_format(sql, err, " AND %s IN (", columns->id) &&
	    ids(filter, sql, err) && buf_append_string(sql, ")", err);
}

static bool
where_flags(const struct computer_filter *filter,
    const struct computer_columns *columns, struct buf *sql, struct err *err)
{
	if (columns->is_at_hand)
		return buf_append_format(sql, err,
		    " AND EXISTS (SELECT 1 FROM computer AS flagged"
		    " WHERE flagged.id = %s AND flagged.flags <> 0)",
		    columns->id);
	return computer_ways_where_ids(ids_flags, filter, columns, sql, err);
}

/* The end of the current certificate; again a partial index. */

static bool
has_certificate(const struct computer_filter *filter)
{
	return filter->given->certificate_at != 0;
}

static void
bind_certificate(struct computer_filter *filter, struct statement *statement)
{
	const struct store_computer_filter *given = filter->given;

	filter->expired_at =
	    statement_integer(statement, given->certificate_at);
	filter->expires_before = 0;
	if (given->certificate_within_ms == 0)
		return;
	filter->expires_before = statement_integer(
	    statement, given->certificate_at + given->certificate_within_ms);
	filter->life_part =
	    statement_integer(statement, given->certificate_part);
}

static bool
ids_certificate(
    const struct computer_filter *filter, struct buf *sql, struct err *err)
{
	return buf_append_format(sql, err,
		   "SELECT computer_id FROM certificate WHERE revoked_at = 0"
		   " AND is_superseded = 0 AND not_after %s ?%u",
		   filter->expires_before == 0 ? "<=" : ">",
		   filter->expired_at) &&
	    (filter->expires_before == 0 ||
		buf_append_format(sql, err,
		    " AND not_after < ?%u AND (not_after - ?%u) * ?%u"
		    " < not_after - not_before",
		    filter->expires_before, filter->expired_at,
		    filter->life_part));
}

static bool
where_certificate(const struct computer_filter *filter,
    const struct computer_columns *columns, struct buf *sql, struct err *err)
{
	if (columns->is_at_hand)
		return buf_append_string(sql, " AND EXISTS (", err) &&
		    ids_certificate(filter, sql, err) &&
		    buf_append_format(
			sql, err, " AND computer_id = %s)", columns->id);
	return computer_ways_where_ids(
	    ids_certificate, filter, columns, sql, err);
}

/* A group of computers. */

static bool
has_set(const struct computer_filter *filter)
{
	return filter->set.is_there;
}

static void
bind_set(struct computer_filter *filter, struct statement *statement)
{
	computer_set_bind(&filter->set, filter->given, statement);
}

static bool
where_set(const struct computer_filter *filter,
    const struct computer_columns *columns, struct buf *sql, struct err *err)
{
	if (columns->is_at_hand)
		return buf_append_format(sql, err, " AND %s", filter->set.row);
	return buf_append_format(
	    sql, err, " AND (%s || '') IN (%s)", columns->id, filter->set.ids);
}

static bool
ids_set(const struct computer_filter *filter, struct buf *sql, struct err *err)
{
	return buf_append_string(sql, filter->set.ids, err);
}

const struct computer_way COMPUTER_WAYS[WAY_COUNT] = {
    [WAY_SCOPE] = {has_scope, bind_scope, where_scope, ids_scope},
    [WAY_STATES] = {has_states, bind_nothing, where_states, ids_states},
    [WAY_OFFICE] = {has_office, bind_office, where_office, ids_office},
    [WAY_OS] = {has_os, bind_os, where_os, ids_os},
    [WAY_NOT_SEEN] = {has_not_seen, bind_not_seen, where_not_seen,
	ids_not_seen},
    [WAY_TEXT] = {has_text, bind_text, where_text, NULL},
    [WAY_VERSION] = {has_version, bind_version, where_version, NULL},
    [WAY_FLAGS] = {has_flags, bind_nothing, where_flags, ids_flags},
    [WAY_CERTIFICATE] = {has_certificate, bind_certificate, where_certificate,
	ids_certificate},
    [WAY_SET] = {has_set, bind_set, where_set, ids_set},
};
