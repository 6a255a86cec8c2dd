/* Lists of computers: filters and orders. */
#include "store/computer.h"

#include "base/check.h"
#include "base/memory.h"
#include "store/computer_table.h"
#include "store/fold.h"
#include "store/list.h"

static const struct list_order ORDERS[] = {
    [STORE_COMPUTER_BY_NAME] = {1, 2,
	{{"name_key", STORE_VALUE_TEXT}, {"id", STORE_VALUE_TEXT}}},
    [STORE_COMPUTER_BY_LAST_SEEN] = {2, 2,
	{{"last_seen_at", STORE_VALUE_INTEGER},
	    {"contact_id", STORE_VALUE_TEXT}}},
    [STORE_COMPUTER_BY_ENROLLED] = {3, 2,
	{{"enrolled_at", STORE_VALUE_INTEGER}, {"id", STORE_VALUE_TEXT}}},
    [STORE_COMPUTER_BY_OS] = {4, 3,
	{{"os_name_key", STORE_VALUE_TEXT}, {"os_version", STORE_VALUE_TEXT},
	    {"id", STORE_VALUE_TEXT}}},
    [STORE_COMPUTER_BY_STATE] = {5, 2,
	{{"state", STORE_VALUE_TEXT}, {"id", STORE_VALUE_TEXT}}},
};

DEFINE_LIST_DONE(store_computer)

static void
where_states(struct list_query *query, unsigned states)
{
	char condition[128] = "state IN (";
	const char *separator = "";
	size_t used = strlen(condition);

	if (states == 0) {
		list_where(query, NULL, "state <> 'removed'");
		return;
	}
	for (unsigned i = 0; i < STORE_COMPUTER_STATE_COUNT; i++) {
		if ((states & 1U << i) == 0)
			continue;
		used += (size_t)snprintf(condition + used,
		    sizeof(condition) - used, "%s'%s'", separator,
		    store_computer_state_name((enum store_computer_state)i));
		separator = ", ";
	}
	snprintf(condition + used, sizeof(condition) - used, ")");
	list_where(query, "state", condition);
}

/* "Is it in there" of the rows of computer_search, said so that PostgreSQL
 * expects few rows to match: it then looks the computers up by their keys,
 * where for "> 0" alone it reckons with a third of them and reads the whole
 * table. */
#define MATCH(condition) "CASE WHEN " condition " THEN 1 ELSE 0 END"

static void
match_sql(const char *text, unsigned number, char *out, size_t size)
{
	/* No match crosses the parts of what is searched. */
	if (strstr(text, COMPUTER_SEARCH_SEPARATOR) != NULL)
		snprintf(out, size, MATCH("strpos(text, ?%u) < 0"), number);
	else
		snprintf(out, size, MATCH("strpos(text, ?%u) > 0"), number);
}

static void
where_text(struct list_query *query, const char *text)
{
	char match[96];
	char condition[192];
	char probe[192];

	if (*text == '\0')
		return;
	match_sql(text, statement_text(&query->statement, text), match,
	    sizeof(match));
	snprintf(condition, sizeof(condition),
	    "id IN (SELECT computer_id FROM computer_search WHERE %s = 1)",
	    match);
	snprintf(probe, sizeof(probe),
	    "(SELECT %s FROM computer_search WHERE computer_id = id) = 1",
	    match);
	list_where_found(query, condition, probe);
}

/* Folded texts of a filter, which must live as long as the query. */
struct folded {
	char text[STORE_HOSTNAME_SIZE];
	char os_name[STORE_NAME_SIZE];
};

static void
fold_filter(const struct store_computer_filter *filter, struct folded *folded)
{
	fold_text(filter->text, folded->text, sizeof(folded->text));
	fold_text(filter->os_name, folded->os_name, sizeof(folded->os_name));
}

static void
apply_filter(struct list_query *query,
    const struct store_computer_filter *filter, const struct folded *folded)
{
	where_states(query, filter->states);
	list_where_text(query, "office_id", "=", filter->office_id);
	list_where_text(query, "os_name_key", "=",
	    filter->os_name == NULL ? NULL : folded->os_name);
	if (filter->not_seen_since != 0)
		list_where_integer(
		    query, "last_seen_at", "<", filter->not_seen_since);
}

bool
store_computer_list(struct store_reader *reader,
    const struct store_computer_filter *filter, const struct store_page *page,
    struct store_computer_list *out_list, struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct list_result result;
	struct folded folded;

	check((size_t)filter->sort < array_length(ORDERS));
	list_query_init(&query, &COMPUTER_TABLE, reader);
	fold_filter(filter, &folded);
	apply_filter(&query, filter, &folded);
	where_text(&query, folded.text);
	/* Removed computers are few: that condition alone needs no care. */
	query.is_probed = query.condition_count > 1 || filter->states != 0;
	if (!list_run(&query, &ORDERS[filter->sort], filter->is_descending,
		page, &result, err))
		return false;
	LIST_GIVE(result, out_list);
	return true;
}

/* Counting looks at no more tables than the filter is about. */
static void
count_text(struct list_query *query, const struct store_computer_filter *filter,
    const char *text)
{
	bool needs_own = filter->os_name != NULL;
	bool needs_contact = filter->not_seen_since != 0;
	char condition[128];
	char match[96];

	if (*text != '\0' && !needs_own && !needs_contact) {
		query->count_source = "computer_search";
		match_sql(text, statement_text(&query->statement, text), match,
		    sizeof(match));
		snprintf(condition, sizeof(condition), "%s = 1", match);
		list_where(query, NULL, condition);
		return;
	}
	if (!needs_contact)
		query->count_source = "computer";
	where_text(query, text);
}

bool
store_computer_count(struct store_reader *reader,
    const struct store_computer_filter *filter, int64_t *out_count,
    struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct folded folded;

	list_query_init(&query, &COMPUTER_TABLE, reader);
	fold_filter(filter, &folded);
	apply_filter(&query, filter, &folded);
	count_text(&query, filter, folded.text);
	return list_count(&query, out_count, err);
}
