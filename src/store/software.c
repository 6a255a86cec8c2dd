/* Titles and versions: lists, counts, single ones. */
#include "store/software.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "store/fold.h"
#include "store/pick.h"
#include "store/reader.h"
#include "store/scope_table.h"
#include "store/software_tally.h"

/* The last character of all: behind whatever begins with a text. */
#define LAST_CHARACTER "\xf4\x8f\xbf\xbf"

enum {
	WALK_MAX = 256, /* bytes of SQL */
};

#define TITLE(member, kind)   TABLE_COLUMN(store_software_title, member, kind)
#define VERSION(member, kind) TABLE_COLUMN(store_software_version, member, kind)

static const struct table_column TITLE_COLUMNS[] = {
    TITLE(id, TABLE_INTEGER),
    TITLE(format, TABLE_TEXT),
    TITLE(name, TABLE_TEXT),
    TITLE(computers, TABLE_INTEGER),
    {"versions", TABLE_INTEGER, offsetof(struct store_software_title, versions),
	sizeof(int64_t),
	.read_as = "(SELECT count(*) FROM software_version"
		   " WHERE title_id = software_title.id)"},
};
static const struct table TITLES = {"software_title", "software_title",
    TITLE_COLUMNS, array_length(TITLE_COLUMNS),
    sizeof(struct store_software_title), NULL};

static const struct table_column VERSION_COLUMNS[] = {
    VERSION(id, TABLE_INTEGER),
    VERSION(version, TABLE_TEXT),
    VERSION(computers, TABLE_INTEGER),
};
static const struct table VERSIONS = {"software_version", "software_version",
    VERSION_COLUMNS, array_length(VERSION_COLUMNS),
    sizeof(struct store_software_version), NULL};

static const struct list_order BY_NAME = {121, 3,
    {{"name_key", STORE_VALUE_TEXT}, {"name", STORE_VALUE_TEXT},
	{"format", STORE_VALUE_TEXT}}};
/* Of equal counts the names ascend, whichever way the counts go. */
static const struct list_order BY_FEW = {122, 3,
    {{"computers", STORE_VALUE_INTEGER}, {"name_key", STORE_VALUE_TEXT},
	{"id", STORE_VALUE_INTEGER}}};
static const struct list_order BY_MANY = {123, 3,
    {{"(0 - computers)", STORE_VALUE_INTEGER}, {"name_key", STORE_VALUE_TEXT},
	{"id", STORE_VALUE_INTEGER}}};
static const struct list_order VERSIONS_BY_MANY = {124, 2,
    {{"(0 - computers)", STORE_VALUE_INTEGER}, {"version", STORE_VALUE_TEXT}}};

DEFINE_LIST_DONE(store_software_title)
DEFINE_LIST_DONE(store_software_version)

static const struct list_order *
order_of(const struct store_software_filter *filter)
{
	if (filter->sort == STORE_SOFTWARE_BY_NAME)
		return &BY_NAME;
	return filter->is_descending ? &BY_MANY : &BY_FEW;
}

static bool
is_turned(const struct store_software_filter *filter)
{
	return filter->sort == STORE_SOFTWARE_BY_NAME && filter->is_descending;
}

static bool
is_limited(const struct store_reader *reader)
{
	return reader->scope.count > 0;
}

/* A filter in SQL's hands; lives as long as the query. */
struct terms {
	char text[STORE_SOFTWARE_NAME_SIZE];
	char end[STORE_SOFTWARE_NAME_SIZE + sizeof(LAST_CHARACTER)];
	char walk[WALK_MAX];
};

static void
where_text(struct list_query *query, struct terms *terms,
    const struct store_software_filter *filter)
{
	struct statement *statement = &query->statement;
	char condition[WALK_MAX / 2] = "1 = 1";

	fold_text(filter->text, terms->text, sizeof(terms->text));
	snprintf(
	    terms->end, sizeof(terms->end), "%s" LAST_CHARACTER, terms->text);
	if (terms->text[0] != '\0' && filter->is_beginning) {
		unsigned from = statement_text(statement, terms->text);
		unsigned to = statement_text(statement, terms->end);

		snprintf(condition, sizeof(condition),
		    "name_key >= ?%u AND name_key < ?%u", from, to);
	} else if (terms->text[0] != '\0') {
		snprintf(condition, sizeof(condition),
		    "strpos(name_key, ?%u) > 0",
		    statement_text(statement, terms->text));
	}
	list_where(query, condition);
	snprintf(terms->walk, sizeof(terms->walk),
	    "FROM software_title WHERE %s", condition);
}

static bool
count_titles(struct store_reader *reader,
    const struct store_software_filter *filter, int64_t *out_count,
    struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct terms terms;

	list_query_init(&query, &TITLES, reader);
	where_text(&query, &terms, filter);
	return list_count(&query, out_count, err);
}

/* Only the titles that are shown have their versions counted. */
static bool
list_all(struct store_reader *reader,
    const struct store_software_filter *filter, const struct store_page *page,
    struct store_software_title_list *out_list, struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct list_result result;
	struct terms terms;
	int64_t total = -1;

	if (list_page_is_first(page) &&
	    !count_titles(reader, filter, &total, err))
		return false;
	list_query_init(&query, &TITLES, reader);
	where_text(&query, &terms, filter);
	query.walk = terms.walk;
	query.walk_id = "id";
	if (!list_run(&query, order_of(filter), is_turned(filter), page,
		&result, err))
		return false;
	LIST_GIVE(result, out_list);
	out_list->total = total;
	return true;
}

/* A title on its way into a limited reader's list. */
struct candidate {
	struct store_software_title title; /* first: it is what is given */
	char name_key[STORE_SOFTWARE_NAME_SIZE];
};

static struct store_value
text_value(const char *text)
{
	return (struct store_value){
	    .kind = STORE_VALUE_TEXT, .bytes = view_string(text)};
}

static struct store_value
integer_value(int64_t integer)
{
	return (struct store_value){
	    .kind = STORE_VALUE_INTEGER, .integer = integer};
}

static void
keys_by_name(const void *item, struct store_value *out_keys)
{
	const struct candidate *candidate = item;

	out_keys[0] = text_value(candidate->name_key);
	out_keys[1] = text_value(candidate->title.name);
	out_keys[2] = text_value(candidate->title.format);
}

static void
keys_by_few(const void *item, struct store_value *out_keys)
{
	const struct candidate *candidate = item;

	out_keys[0] = integer_value(candidate->title.computers);
	out_keys[1] = text_value(candidate->name_key);
	out_keys[2] = integer_value(candidate->title.id);
}

static void
keys_by_many(const void *item, struct store_value *out_keys)
{
	keys_by_few(item, out_keys);
	out_keys[0].integer = -out_keys[0].integer;
}

/* The titles that a limited reader sees, with their counts. */
struct seen {
	struct software_tally *tally;
	bool (*give)(
	    const struct candidate *candidate, void *context, struct err *err);
	void *context;
};

static bool
see_title(struct statement *row, void *context, struct err *err)
{
	const struct seen *seen = context;
	struct candidate candidate = {
	    .title.id = statement_column_integer(row, 0)};
	struct store_software_title *title = &candidate.title;

	title->computers =
	    software_tally_title(seen->tally, title->id, &title->versions);
	if (title->computers == 0)
		return true;
	statement_column_text(row, 1, title->format, sizeof(title->format));
	statement_column_text(row, 2, title->name, sizeof(title->name));
	statement_column_text(
	    row, 3, candidate.name_key, sizeof(candidate.name_key));
	return seen->give(&candidate, seen->context, err);
}

static bool
see_titles(struct store_reader *reader, const struct seen *seen,
    const struct store_software_filter *filter, struct err *err)
{
	scoped(list_query_done) struct list_query query;
	struct terms terms;

	list_query_init(&query, &TITLES, reader);
	where_text(&query, &terms, filter);
	return list_each(&query, "id, format, name, name_key",
	    "ORDER BY name_key, name, format", see_title,
	    (void *)(uintptr_t)seen, err);
}

struct limited_list {
	struct pick pick;
	int64_t total;
};

static bool
offer_title(const struct candidate *candidate, void *context, struct err *err)
{
	struct limited_list *list = context;

	list->total++;
	pick_offer(&list->pick, candidate);
	return true;
}

static void
give_candidates(
    const struct list_result *result, struct store_software_title_list *out)
{
	const struct candidate *candidates = result->items;

	out->items = memory_array(result->count + 1, sizeof(*out->items));
	out->count = result->count;
	memcpy(out->next, result->next, sizeof(out->next));
	for (size_t i = 0; i < result->count; i++)
		out->items[i] = candidates[i].title;
}

static bool
list_limited(struct store_reader *reader,
    const struct store_software_filter *filter, const struct store_page *page,
    struct store_software_title_list *out_list, struct err *err)
{
	scoped(software_tally_freep) struct software_tally *tally = NULL;
	struct limited_list list = {.pick = {.order = order_of(filter),
					.is_descending = is_turned(filter),
					.item_size = sizeof(struct candidate),
					.keys_of = keys_by_name}};
	struct seen seen = {.give = offer_title, .context = &list};
	struct list_result result = {0};
	bool is_done;

	if (filter->sort == STORE_SOFTWARE_BY_COMPUTERS)
		list.pick.keys_of =
		    filter->is_descending ? keys_by_many : keys_by_few;
	if (!software_tally_make(reader, &tally, err))
		return false;
	seen.tally = tally;
	is_done = pick_begin(&list.pick, page, err) &&
	    see_titles(reader, &seen, filter, err) &&
	    pick_finish(&list.pick, &result, err);
	pick_done(&list.pick);
	if (!is_done)
		return false;
	give_candidates(&result, out_list);
	out_list->total = list_page_is_first(page) ? list.total : -1;
	free(result.items);
	return true;
}

bool
store_software_list(struct store_reader *reader,
    const struct store_software_filter *filter, const struct store_page *page,
    struct store_software_title_list *out_list, struct err *err)
{
	return is_limited(reader)
	    ? list_limited(reader, filter, page, out_list, err)
	    : list_all(reader, filter, page, out_list, err);
}

struct each {
	store_software_title_fn *fn;
	void *context;
};

static bool
give_candidate(
    const struct candidate *candidate, void *context, struct err *err)
{
	const struct each *each = context;

	return each->fn(&candidate->title, each->context, err);
}

static bool
give_row(struct statement *row, void *context, struct err *err)
{
	const struct each *each = context;
	struct store_software_title title;

	return table_load(&TITLES, row, &title, err) &&
	    each->fn(&title, each->context, err);
}

static bool
each_of_all(struct store_reader *reader,
    const struct store_software_filter *filter, struct each *each,
    struct err *err)
{
	scoped(buf_donep) struct buf columns = BUF_INIT(TABLE_SQL_MAX);
	scoped(list_query_done) struct list_query query;
	struct terms terms;

	list_query_init(&query, &TITLES, reader);
	where_text(&query, &terms, filter);
	return table_append_columns(&TITLES, &columns, err) &&
	    buf_append(&columns, "", 1, err) &&
	    list_each(&query, (const char *)columns.data,
		"ORDER BY name_key, name, format", give_row, each, err);
}

bool
store_software_each(struct store_reader *reader,
    const struct store_software_filter *filter, store_software_title_fn *fn,
    void *context, struct err *err)
{
	scoped(software_tally_freep) struct software_tally *tally = NULL;
	struct each each = {fn, context};
	struct seen seen = {.give = give_candidate, .context = &each};

	if (!is_limited(reader))
		return each_of_all(reader, filter, &each, err);
	if (!software_tally_make(reader, &tally, err))
		return false;
	seen.tally = tally;
	return see_titles(reader, &seen, filter, err);
}

static bool
load_title(struct store_reader *reader, int64_t title_id,
    struct store_software_title *out, struct err *err)
{
	struct store_page page = {.limit = 1};
	scoped(list_query_done) struct list_query query;
	struct list_result result;

	list_query_init(&query, &TITLES, reader);
	list_where_integer(&query, "id", "=", title_id);
	if (!list_run(&query, &BY_NAME, false, &page, &result, err))
		return false;
	if (result.count == 0)
		return statement_not_found("software_title", err);
	memcpy(out, result.items, sizeof(*out));
	free(result.items);
	return true;
}

/* The title, and for a limited reader what it was counted with. */
static bool
find_title(struct store_reader *reader, int64_t title_id,
    struct store_software_title *out, struct software_tally **out_tally,
    struct err *err)
{
	struct store_software_title title;

	if (!load_title(reader, title_id, &title, err))
		return false;
	if (is_limited(reader)) {
		if (!software_tally_make(reader, out_tally, err))
			return false;
		title.computers =
		    software_tally_title(*out_tally, title_id, &title.versions);
		if (title.computers == 0)
			return statement_not_found("software_title", err);
	}
	*out = title;
	return true;
}

bool
store_software_get(struct store_reader *reader, int64_t title_id,
    struct store_software_title *out_title, struct err *err)
{
	scoped(software_tally_freep) struct software_tally *tally = NULL;

	return find_title(reader, title_id, out_title, &tally, err);
}

static void
keys_of_version(const void *item, struct store_value *out_keys)
{
	const struct store_software_version *version = item;

	out_keys[0] = integer_value(-version->computers);
	out_keys[1] = text_value(version->version);
}

struct limited_versions {
	struct pick pick;
	const struct software_tally *tally;
};

static bool
offer_version(struct statement *row, void *context, struct err *err)
{
	struct limited_versions *list = context;
	struct store_software_version version;

	if (!table_load(&VERSIONS, row, &version, err))
		return false;
	version.computers = software_tally_version(list->tally, version.id);
	if (version.computers > 0)
		pick_offer(&list->pick, &version);
	return true;
}

static bool
pick_versions(struct list_query *query, const struct software_tally *tally,
    const struct store_page *page, struct list_result *out, struct err *err)
{
	struct limited_versions list = {
	    .pick = {.order = &VERSIONS_BY_MANY,
		.item_size = sizeof(struct store_software_version),
		.keys_of = keys_of_version},
	    .tally = tally};
	bool is_done = pick_begin(&list.pick, page, err) &&
	    list_each(query, "id, version, computers", "", offer_version, &list,
		err) &&
	    pick_finish(&list.pick, out, err);

	pick_done(&list.pick);
	return is_done;
}

bool
store_software_versions(struct store_reader *reader, int64_t title_id,
    const struct store_page *page, struct store_software_version_list *out_list,
    struct err *err)
{
	scoped(software_tally_freep) struct software_tally *tally = NULL;
	scoped(list_query_done) struct list_query query;
	struct store_software_title title;
	struct list_result result;

	list_query_init(&query, &VERSIONS, reader);
	list_where_integer(&query, "title_id", "=", title_id);
	if (!find_title(reader, title_id, &title, &tally, err) ||
	    !(tally != NULL ? pick_versions(&query, tally, page, &result, err)
			    : list_run(&query, &VERSIONS_BY_MANY, false, page,
				  &result, err)))
		return false;
	LIST_GIVE(result, out_list);
	return true;
}
