/* Members of static groups, many at once. */
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "store/group.h"
#include "store/reader.h"
#include "store/scope_table.h"

enum {
	CHUNK = 200,                      /* ids in one statement */
	CHUNK_SQL_MAX = 1024 + CHUNK * 6, /* ", ?123" */
};

/* Some of the ids of a membership. */
struct chunk {
	struct store_membership *members;
	size_t first;
	size_t count;
};

/* Of one that exists and is seen: its members change one after the other, as
 * the row of the group is locked by the first of them. */
static bool
check_group(struct store_tx *tx, const char *id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, store_tx_reader(tx),
	    "SELECT kind FROM computer_group WHERE id = ?1");
	statement_text(&statement, id);
	if (!statement_next(&statement, &has_row, err))
		return false;
	if (!has_row)
		return statement_not_found("group", err);
	if (!scope_check_group(store_tx_reader(tx), id, "group", err))
		return false;
	return view_equal_string(
		   statement_column_view(&statement, 0), "static") ||
	    err_set_code(err, ERR_CONFLICT, "group_not_static",
		"which computers belong to the group follows from its "
		"criteria");
}

/* "(?2, ?3)": the ids, bound. */
static bool
append_ids(const struct chunk *chunk, struct statement *statement,
    struct buf *sql, struct err *err)
{
	const char *separator = "(";

	for (size_t i = 0; i < chunk->count; i++) {
		unsigned number = statement_text(
		    statement, chunk->members->computer_ids[chunk->first + i]);

		if (!buf_append_format(sql, err, "%s?%u", separator, number))
			return false;
		separator = ", ";
	}
	return buf_append_string(sql, ")", err);
}

/* before (IDS) after: with the group as ?1, where it is there. */
static bool
compose(const struct chunk *chunk, const char *before, const char *after,
    struct statement *statement, struct buf *sql, struct err *err)
{
	if (!buf_append_string(sql, before, err) ||
	    !append_ids(chunk, statement, sql, err) ||
	    !buf_append(sql, after, strlen(after) + 1, err))
		return false;
	statement->sql = (const char *)sql->data;
	return true;
}

static bool
append_scope(struct statement *statement, struct buf *sql, struct err *err)
{
	static const struct scope_columns COLUMNS = {"id", "office_id"};
	const struct store_scope *scope = &statement->reader->scope;
	char condition[SCOPE_SQL_SIZE];

	for (unsigned i = 0; i < scope->count; i++) {
		scope_computer_sql(scope, i,
		    statement_text(statement, scope->owners[i]), &COLUMNS,
		    condition);
		if (!buf_append_format(sql, err, "%s AND ", condition))
			return false;
	}
	return true;
}

static void
note_found(const struct chunk *chunk, struct view id)
{
	for (size_t i = chunk->first; i < chunk->first + chunk->count; i++)
		if (view_equal_string(id, chunk->members->computer_ids[i]))
			chunk->members->is_missing[i] = false;
}

/* Which of them are there and seen. */
static bool
find_chunk(struct store_tx *tx, const struct chunk *chunk, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(CHUNK_SQL_MAX);
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, store_tx_reader(tx), NULL);
	if (!buf_append_string(&sql,
		"SELECT id FROM computer WHERE state <> 'removed' AND ", err) ||
	    !append_scope(&statement, &sql, err) ||
	    !compose(chunk, "id IN ", "", &statement, &sql, err))
		return false;
	while (statement_next(&statement, &has_row, err)) {
		if (!has_row)
			return true;
		note_found(chunk, statement_column_view(&statement, 0));
	}
	return false;
}

typedef bool
chunk_fn(struct store_tx *tx, const struct chunk *chunk, struct err *err);

static bool
each_chunk(struct store_tx *tx, struct store_membership *members, chunk_fn *fn,
    struct err *err)
{
	struct chunk chunk = {.members = members};

	for (; chunk.first < members->count; chunk.first += chunk.count) {
		chunk.count = members->count - chunk.first;
		if (chunk.count > CHUNK)
			chunk.count = CHUNK;
		if (!fn(tx, &chunk, err))
			return false;
	}
	return true;
}

static bool
check_computers(
    struct store_tx *tx, struct store_membership *members, struct err *err)
{
	size_t missing = 0;

	for (size_t i = 0; i < members->count; i++)
		members->is_missing[i] = true;
	if (!each_chunk(tx, members, find_chunk, err))
		return false;
	for (size_t i = 0; i < members->count; i++)
		missing += members->is_missing[i] ? 1 : 0;
	return missing == 0 ||
	    err_set_code(err, ERR_NOT_FOUND, "computer_not_found",
		"%zu of %zu computers are not there; nothing was changed",
		missing, members->count);
}

static bool
run_chunk(struct store_tx *tx, const struct chunk *chunk, const char *before,
    const char *after, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(CHUNK_SQL_MAX);
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx), NULL);
	statement_text(&statement, chunk->members->group_id);
	if (!compose(chunk, before, after, &statement, &sql, err) ||
	    !statement_run(&statement, &changes, err))
		return false;
	chunk->members->changes += changes;
	return true;
}

static bool
insert_chunk(struct store_tx *tx, const struct chunk *chunk, struct err *err)
{
	/* SQLite takes ON CONFLICT behind a SELECT for a join, were there no
	 * WHERE. */
	return run_chunk(tx, chunk,
	    "INSERT INTO group_member (group_id, computer_id)"
	    " SELECT computer_group.id, computer.id"
	    " FROM computer_group, computer"
	    " WHERE computer_group.id = ?1 AND computer.id IN ",
	    " ON CONFLICT DO NOTHING", err);
}

static bool
delete_chunk(struct store_tx *tx, const struct chunk *chunk, struct err *err)
{
	return run_chunk(tx, chunk,
	    "DELETE FROM group_member WHERE group_id = ?1"
	    " AND computer_id IN ",
	    "", err);
}

static bool
check_chunk(struct store_tx *tx, const struct chunk *chunk, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(CHUNK_SQL_MAX);
	scoped(statement_done) struct statement statement;
	char after[96], id[ID_SIZE];
	bool has_row = false;

	snprintf(after, sizeof(after),
	    " GROUP BY computer_id HAVING count(*) > %d LIMIT 1",
	    STORE_COMPUTER_GROUPS_MAX);
	statement_init(&statement, store_tx_reader(tx), NULL);
	if (!compose(chunk,
		"SELECT computer_id FROM group_member WHERE computer_id IN ",
		after, &statement, &sql, err) ||
	    !statement_next(&statement, &has_row, err))
		return false;
	if (!has_row)
		return true;
	statement_column_text(&statement, 0, id, sizeof(id));
	return err_set_code(err, ERR_CONFLICT, "computer_in_too_many_groups",
	    "the computer %s is in %d groups already, and cannot be in more",
	    id, STORE_COMPUTER_GROUPS_MAX);
}

/* by: how many more there are, or less. */
static bool
count_up(struct store_tx *tx, const char *group_id, int64_t by, struct err *err)
{
	scoped(statement_done) struct statement statement;

	statement_init(&statement, store_tx_reader(tx),
	    "UPDATE computer_group SET member_count = member_count + ?2"
	    " WHERE id = ?1");
	statement_text(&statement, group_id);
	statement_integer(&statement, by);
	return statement_run_found(&statement, "group", err);
}

static bool
check_size(struct store_tx *tx, const char *group_id, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, store_tx_reader(tx),
	    "SELECT member_count FROM computer_group WHERE id = ?1");
	statement_text(&statement, group_id);
	if (!statement_next(&statement, &has_row, err))
		return false;
	return statement_column_integer(&statement, 0) <=
	    STORE_GROUP_MEMBERS_MAX ||
	    err_set_code(err, ERR_CONFLICT, "group_full",
		"a group has at most %d members", STORE_GROUP_MEMBERS_MAX);
}

bool
store_group_add_members(
    struct store_tx *tx, struct store_membership *members, struct err *err)
{
	check(members->count <= STORE_GROUP_BATCH_MAX);
	members->changes = 0;
	return check_group(tx, members->group_id, err) &&
	    check_computers(tx, members, err) &&
	    each_chunk(tx, members, insert_chunk, err) &&
	    count_up(tx, members->group_id, members->changes, err) &&
	    check_size(tx, members->group_id, err) &&
	    each_chunk(tx, members, check_chunk, err);
}

bool
store_group_remove_members(
    struct store_tx *tx, struct store_membership *members, struct err *err)
{
	check(members->count <= STORE_GROUP_BATCH_MAX);
	members->changes = 0;
	return check_group(tx, members->group_id, err) &&
	    check_computers(tx, members, err) &&
	    each_chunk(tx, members, delete_chunk, err) &&
	    count_up(tx, members->group_id, -members->changes, err);
}

bool
store_group_forget_computer(
    struct store_tx *tx, const char *computer_id, struct err *err)
{
	static const char *const STEPS[] = {
	    "UPDATE computer_group SET member_count = member_count - 1"
	    " WHERE id IN (SELECT group_id FROM group_member"
	    " WHERE computer_id = ?1)",
	    "DELETE FROM group_member WHERE computer_id = ?1",
	};

	for (size_t i = 0; i < array_length(STEPS); i++) {
		scoped(statement_done) struct statement statement;
		int64_t changes = 0;

		statement_init(&statement, store_tx_reader(tx), STEPS[i]);
		statement_text(&statement, computer_id);
		if (!statement_run(&statement, &changes, err))
			return false;
	}
	return true;
}
