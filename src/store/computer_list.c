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
	{{"last_seen_at", STORE_VALUE_INTEGER}, {"id", STORE_VALUE_TEXT}}},
    [STORE_COMPUTER_BY_ENROLLED] = {3, 2,
	{{"enrolled_at", STORE_VALUE_INTEGER}, {"id", STORE_VALUE_TEXT}}},
    [STORE_COMPUTER_BY_OS] = {4, 3,
	{{"os_name_key", STORE_VALUE_TEXT}, {"os_version", STORE_VALUE_TEXT},
	    {"id", STORE_VALUE_TEXT}}},
    [STORE_COMPUTER_BY_STATE] = {5, 2,
	{{"state", STORE_VALUE_TEXT}, {"id", STORE_VALUE_TEXT}}},
};

void
store_computer_list_done(struct store_computer_list *list)
{
	free(list->items);
	list->items = NULL;
	list->count = 0;
}

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

/* Columns searched, each with the characters that it can hold (NULL: any): a
 * text with another one cannot be in it, and looking costs. */
static const struct {
	const char *column;
	const char *alphabet;
} SEARCHED[] = {
    {"name_key", NULL},
    {"hardware_serial_key", NULL},
    {"last_address", "0123456789abcdef.:"},
    {"id", "0123456789abcdef-"},
};

static void
where_text(struct list_query *query, const char *text)
{
	char condition[256] = "(";
	size_t used = 1;
	unsigned number;

	if (*text == '\0')
		return;
	number = statement_text(&query->statement, text);
	for (size_t i = 0; i < array_length(SEARCHED); i++) {
		if (SEARCHED[i].alphabet != NULL &&
		    text[strspn(text, SEARCHED[i].alphabet)] != '\0')
			continue;
		used += (size_t)snprintf(condition + used,
		    sizeof(condition) - used, "%sstrpos(%s, ?%u) > 0",
		    i == 0 ? "" : " OR ", SEARCHED[i].column, number);
	}
	snprintf(condition + used, sizeof(condition) - used, ")");
	list_where(query, NULL, condition);
}

/* Folded texts of a filter, which must live as long as the query. */
struct folded {
	char text[STORE_HOSTNAME_SIZE];
	char os_name[STORE_NAME_SIZE];
};

static void
apply_filter(struct list_query *query,
    const struct store_computer_filter *filter, struct folded *folded)
{
	fold_text(filter->text, folded->text, sizeof(folded->text));
	fold_text(filter->os_name, folded->os_name, sizeof(folded->os_name));
	where_states(query, filter->states);
	list_where_text(query, "office_id", "=", filter->office_id);
	list_where_text(query, "os_name_key", "=",
	    filter->os_name == NULL ? NULL : folded->os_name);
	if (filter->not_seen_since != 0)
		list_where_integer(
		    query, "last_seen_at", "<", filter->not_seen_since);
	where_text(query, folded->text);
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
	apply_filter(&query, filter, &folded);
	/* Removed computers are few: that condition alone needs no care. */
	query.is_probed = query.condition_count > 1 || filter->states != 0;
	if (!list_run(&query, &ORDERS[filter->sort], filter->is_descending,
		page, &result, err))
		return false;
	LIST_GIVE(result, out_list);
	return true;
}

bool
store_computer_count(struct store_reader *reader,
    const struct store_computer_filter *filter, int64_t *out_count,
    struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct folded folded;

	list_query_init(&query, &COMPUTER_TABLE, reader);
	apply_filter(&query, filter, &folded);
	return list_count(&query, out_count, err);
}
