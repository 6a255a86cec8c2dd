/* The audit log: append, read, list. */
#include "store/audit.h"

#include <inttypes.h>

#include "base/check.h"
#include "base/memory.h"
#include "store/audit_chain.h"
#include "store/list.h"

#define WORD(name, word) word,
static const char *const ACTIONS[] = {STORE_AUDIT_ACTIONS(WORD)};
static const char *const ACTORS[] = {STORE_AUDIT_ACTORS(WORD)};
static const char *const TARGETS[] = {STORE_AUDIT_TARGETS(WORD)};
static const char *const OUTCOMES[] = {STORE_AUDIT_OUTCOMES(WORD)};
#undef WORD

#define COLUMN(member, kind) TABLE_COLUMN(store_audit_row, member, kind)

/* The tables of words are not used for reading: a row that somebody has changed
 * must still be shown. */
static const struct table_column COLUMNS[] = {
    COLUMN(n, TABLE_INTEGER),
    COLUMN(at, TABLE_INTEGER),
    COLUMN(actor_kind, TABLE_TEXT),
    COLUMN(actor_id, TABLE_TEXT),
    COLUMN(actor_name, TABLE_TEXT),
    COLUMN(action, TABLE_TEXT),
    COLUMN(target_kind, TABLE_TEXT),
    COLUMN(target_id, TABLE_TEXT),
    COLUMN(target_name, TABLE_TEXT),
    COLUMN(address, TABLE_TEXT),
    COLUMN(listener, TABLE_TEXT),
    COLUMN(outcome, TABLE_TEXT),
    COLUMN(code, TABLE_TEXT),
    COLUMN(occurrences, TABLE_INTEGER),
    COLUMN(value_before, TABLE_TEXT),
    COLUMN(value_after, TABLE_TEXT),
    COLUMN(previous_hash, TABLE_TEXT),
    COLUMN(hash, TABLE_TEXT),
};

static const struct table TABLE = {"audit", "audit_row", COLUMNS,
    array_length(COLUMNS), sizeof(struct store_audit_row), NULL};

static const struct list_order BY_NUMBER = {
    91, 1, {{"n", STORE_VALUE_INTEGER}}};

DEFINE_LIST_DONE(store_audit)

const char *
store_audit_action_name(enum store_audit_action action)
{
	check((unsigned)action < array_length(ACTIONS));
	return ACTIONS[action];
}

const char *
store_audit_actor_name(enum store_audit_actor actor)
{
	check((unsigned)actor < array_length(ACTORS));
	return ACTORS[actor];
}

const char *
store_audit_target_name(enum store_audit_target target)
{
	check((unsigned)target < array_length(TARGETS));
	return TARGETS[target];
}

const char *
store_audit_outcome_name(enum store_audit_outcome outcome)
{
	check((unsigned)outcome < array_length(OUTCOMES));
	return OUTCOMES[outcome];
}

static bool
is_word(const char *word, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(words[i], word) == 0)
			return true;
	return false;
}

static void
check_words(const struct store_audit_row *row)
{
	check(is_word(row->action, ACTIONS, array_length(ACTIONS)));
	check(is_word(row->actor_kind, ACTORS, array_length(ACTORS)));
	check(is_word(row->target_kind, TARGETS, array_length(TARGETS)));
	check(is_word(row->outcome, OUTCOMES, array_length(OUTCOMES)));
	check(row->occurrences > 0);
}

/* The kept head and the newest row say the same. Where somebody has cut rows
 * off at the end the head is ahead, and numbering goes on behind the gap. */
bool
store_audit_head(struct store_reader *reader,
    struct store_audit_position *out_head, struct err *err)
{
	struct store_audit_position head = {.hash = AUDIT_CHAIN_BEGIN};
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, reader,
	    "SELECT n, hash, 1 AS place FROM audit_head UNION ALL"
	    " SELECT n, hash, 2 AS place FROM"
	    " (SELECT n, hash FROM audit ORDER BY n DESC LIMIT 1) AS last"
	    " ORDER BY n DESC, place LIMIT 1");
	if (!statement_next(&statement, &has_row, err))
		return false;
	if (has_row) {
		head.n = statement_column_integer(&statement, 0);
		statement_column_text(
		    &statement, 1, head.hash, sizeof(head.hash));
	}
	*out_head = head;
	return true;
}

static bool
keep_head(
    struct store_tx *tx, const struct store_audit_row *row, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "INSERT INTO audit_head (id, n, hash) VALUES (1, ?1, ?2)"
	    " ON CONFLICT (id) DO UPDATE SET n = excluded.n,"
	    " hash = excluded.hash");
	statement_integer(&statement, row->n);
	statement_text(&statement, row->hash);
	return statement_run(&statement, &changes, err);
}

bool
store_audit_append(
    struct store_tx *tx, struct store_audit_row *row, struct err *err)
{
	struct store_audit_position head;
	bool is_new = false;

	check_words(row);
	if (!store_audit_head(store_tx_reader(tx), &head, err))
		return false;
	row->n = head.n + 1;
	memcpy(row->previous_hash, head.hash, sizeof(row->previous_hash));
	if (!audit_chain_hash(row, row->hash, err) ||
	    !table_insert(&TABLE, tx, row, NULL, &is_new, err))
		return false;
	check(is_new); /* writers exclude each other */
	return keep_head(tx, row, err);
}

bool
store_audit_get(struct store_reader *reader, int64_t n,
    struct store_audit_row *out_row, struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct store_page one = {.limit = 1};
	struct list_result result;

	list_query_init(&query, &TABLE, reader);
	list_where_integer(&query, "n", "=", n);
	if (!list_run(&query, &BY_NUMBER, false, &one, &result, err))
		return false;
	if (result.count == 0)
		return err_set_code(err, ERR_NOT_FOUND, "audit_row_not_found",
		    "the audit log has no row %" PRId64, n);
	memcpy(out_row, result.items, sizeof(*out_row));
	free(result.items);
	return true;
}

/* By its id, or by the name that it had. */
static void
where_either(struct list_query *query, const char *id, const char *name,
    const char *value)
{
	char condition[128];
	unsigned number;

	if (value == NULL)
		return;
	number = statement_text(&query->statement, value);
	snprintf(condition, sizeof(condition), "(%s = ?%u OR %s = ?%u)", id,
	    number, name, number);
	list_where(query, condition);
}

bool
store_audit_list(struct store_reader *reader,
    const struct store_audit_filter *filter, const struct store_page *page,
    struct store_audit_list *out_list, struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct list_result result;

	list_query_init(&query, &TABLE, reader);
	if (filter->from != 0)
		list_where_integer(&query, "at", ">=", filter->from);
	if (filter->until != 0)
		list_where_integer(&query, "at", "<", filter->until);
	where_either(&query, "actor_id", "actor_name", filter->actor);
	where_either(&query, "target_id", "target_name", filter->target);
	list_where_text(&query, "action", "=", filter->action);
	list_where_text(&query, "outcome", "=", filter->outcome);
	list_where_text(&query, "address", "=", filter->address);
	if (!list_run(
		&query, &BY_NUMBER, !filter->is_ascending, page, &result, err))
		return false;
	LIST_GIVE(result, out_list);
	return true;
}
