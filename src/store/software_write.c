/* What is counted of a computer's software, kept up by differences. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "store/inventory.h"
#include "store/software.h"
#include "store/software_numbers.h"
#include "store/table.h"

enum {
	INSERT_ROWS = 120,
	INSERT_COLUMNS = 2, /* beside the computer's number */
	PACKED_MAX = LIMIT_SOFTWARE_PER_COMPUTER * 20,
};

/* A computer as it is counted now. */
struct counted {
	int64_t number; /* 0: it is not */
	char digest[STORE_SHA256_SIZE];
	struct software_pairs pairs;
	bool is_active;
};

static void
counted_donep(struct counted *counted)
{
	software_pairs_done(&counted->pairs);
}

static bool
read_counted(struct store_tx *tx, const char *computer_id, struct counted *out,
    struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(&statement, store_tx_reader(tx),
	    "SELECT CASE WHEN state = 'active' THEN 1 ELSE 0 END,"
	    " coalesce(number, 0), coalesce(digest, ''), pairs FROM computer"
	    " LEFT JOIN software_computer ON computer_id = id"
	    " LEFT JOIN software_packed ON packed_number = number"
	    " WHERE id = ?1");
	statement_text(&statement, computer_id);
	if (!statement_next(&statement, &has_row, err))
		return false;
	if (!has_row)
		return statement_not_found("computer", err);
	out->is_active = statement_column_integer(&statement, 0) != 0;
	out->number = statement_column_integer(&statement, 1);
	statement_column_text(&statement, 2, out->digest, sizeof(out->digest));
	return software_pairs_unpack(
	    statement_column_view(&statement, 3), &out->pairs, err);
}

static bool
run_for(struct store_tx *tx, const char *sql, const char *computer_id,
    struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx), sql);
	statement_text(&statement, computer_id);
	return statement_run(&statement, &changes, err);
}

static bool
expect_no_longer(struct store_tx *tx, const char *computer_id, struct err *err)
{
	return run_for(tx,
	    "DELETE FROM software_uncounted WHERE computer_id = ?1",
	    computer_id, err);
}

static bool
begin_to_count(struct store_tx *tx, const char *computer_id,
    struct counted *counted, struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "INSERT INTO software_computer (number, computer_id)"
	    " VALUES (?1, ?2)");
	if (!software_numbers_take(tx, "computer", 1, &counted->number, err))
		return false;
	statement_integer(&statement, counted->number);
	statement_text(&statement, computer_id);
	return statement_run(&statement, &changes, err) &&
	    expect_no_longer(tx, computer_id, err);
}

static bool
save(struct store_tx *tx, int64_t number, const char *digest,
    const struct software_pairs *pairs, struct err *err)
{
	scoped(statement_done) struct statement statement;
	scoped(buf_donep) struct buf packed = BUF_INIT(PACKED_MAX);
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(tx),
	    "INSERT INTO software_packed (packed_number, digest, pairs)"
	    " VALUES (?1, ?2, ?3) ON CONFLICT (packed_number) DO UPDATE SET"
	    " digest = excluded.digest, pairs = excluded.pairs");
	if (!software_pairs_pack(pairs, &packed, err))
		return false;
	statement_integer(&statement, number);
	statement_text(&statement, digest);
	statement_blob(&statement, buf_view(&packed));
	return statement_run(&statement, &changes, err);
}

/* What changes, by numbers. */
struct work {
	struct store_tx *tx;
	int64_t number; /* of the computer */
	const struct software_pairs *before;
	struct software_pairs after;
	struct software_pair *added; /* with the times of the entries */
	const struct software_entry *const *added_entries;
	size_t added_count;
	const struct software_pair *removed;
	size_t removed_count;
};

/* "(?2, ?1, ?3), (?4, ?1, ?5)": the computer's number is the same in all. */
static bool
append_rows(size_t rows, struct buf *sql, struct err *err)
{
	for (size_t i = 0; i < rows; i++)
		if (!buf_append_format(sql, err, "%s(?%zu, ?1, ?%zu)",
			i == 0 ? "" : ", ", INSERT_COLUMNS * i + 2,
			INSERT_COLUMNS * i + 3))
			return false;
	return buf_append(sql, "", 1, err);
}

static bool
insert_some(const struct work *work, size_t at, size_t count, struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(TABLE_SQL_MAX);
	scoped(statement_done) struct statement insert = {0};
	int64_t changes = 0;

	if (!buf_append_string(&sql,
		"INSERT INTO computer_software"
		" (version_id, computer_number, installed_at) VALUES ",
		err) ||
	    !append_rows(count, &sql, err))
		return false;
	statement_init(
	    &insert, store_tx_reader(work->tx), (const char *)sql.data);
	statement_integer(&insert, work->number);
	for (size_t i = at; i < at + count; i++) {
		statement_integer(&insert, work->added[i].version_id);
		statement_integer(
		    &insert, work->added_entries[i]->installed_at);
	}
	return statement_run(&insert, &changes, err);
}

/* In parts of three sizes, so that the same statements come again. */
static bool
insert_rows(const struct work *work, struct err *err)
{
	for (size_t at = 0; at < work->added_count;) {
		size_t left = work->added_count - at;
		size_t some = left >= INSERT_ROWS ? INSERT_ROWS
		    : left >= 8                   ? 8
						  : 1;

		if (!insert_some(work, at, some, err))
			return false;
		at += some;
	}
	return true;
}

static bool
touch(const struct work *work, int64_t version_id, int64_t installed_at,
    struct err *err)
{
	scoped(statement_done) struct statement statement;
	int64_t changes = 0;

	statement_init(&statement, store_tx_reader(work->tx),
	    "UPDATE computer_software SET installed_at = ?3"
	    " WHERE version_id = ?1 AND computer_number = ?2");
	statement_integer(&statement, version_id);
	statement_integer(&statement, work->number);
	statement_integer(&statement, installed_at);
	return statement_run(&statement, &changes, err);
}

struct number_list {
	int64_t *items;
	size_t count;
};

static void
number_list_donep(struct number_list *list)
{
	free(list->items);
}

static struct number_list
versions_of(const struct software_pair *pairs, size_t count)
{
	struct number_list list = {
	    .items = memory_array(count + 1, sizeof(*list.items))};

	for (size_t i = 0; i < count; i++)
		list.items[list.count++] = pairs[i].version_id;
	return list;
}

/* The titles of these pairs that none of the others has: each once, as pairs
 * of one title stand together. */
static struct number_list
titles_of(const struct software_pair *pairs, size_t count,
    const struct software_pairs *others)
{
	struct number_list list = {
	    .items = memory_array(count + 1, sizeof(*list.items))};

	for (size_t i = 0; i < count; i++) {
		int64_t id = pairs[i].title_id;

		if ((i == 0 || pairs[i - 1].title_id != id) &&
		    !software_pairs_have_title(others, id))
			list.items[list.count++] = id;
	}
	return list;
}

static bool
count_added(const struct work *work, struct err *err)
{
	scoped(number_list_donep) struct number_list versions =
	    versions_of(work->added, work->added_count);
	scoped(number_list_donep) struct number_list titles =
	    titles_of(work->added, work->added_count, work->before);

	return software_numbers_run(work->tx,
		   "UPDATE software_version SET computers = computers + 1"
		   " WHERE id IN (%s)",
		   0, versions.items, versions.count, err) &&
	    software_numbers_run(work->tx,
		"UPDATE software_title SET computers = computers + 1"
		" WHERE id IN (%s)",
		0, titles.items, titles.count, err);
}

/* What nobody has any more goes. */
static bool
count_removed(const struct work *work, struct err *err)
{
	scoped(number_list_donep) struct number_list versions =
	    versions_of(work->removed, work->removed_count);
	scoped(number_list_donep) struct number_list titles =
	    titles_of(work->removed, work->removed_count, &work->after);

	return software_numbers_run(work->tx,
		   "UPDATE software_version SET computers = computers - 1"
		   " WHERE id IN (%s)",
		   0, versions.items, versions.count, err) &&
	    software_numbers_run(work->tx,
		"UPDATE software_title SET computers = computers - 1"
		" WHERE id IN (%s)",
		0, titles.items, titles.count, err) &&
	    software_numbers_run(work->tx,
		"DELETE FROM software_version WHERE computers = 0"
		" AND id IN (%s)",
		0, versions.items, versions.count, err) &&
	    software_numbers_run(work->tx,
		"DELETE FROM software_title WHERE computers = 0"
		" AND id IN (%s)",
		0, titles.items, titles.count, err) &&
	    software_numbers_run(work->tx,
		"DELETE FROM computer_software WHERE computer_number = ?1"
		" AND version_id IN (%s)",
		work->number, versions.items, versions.count, err);
}

/* before without what is removed, with what is added. */
static void
fill_after(struct work *work)
{
	struct software_pairs removed = {0};

	for (size_t i = 0; i < work->removed_count; i++)
		software_pairs_add(&removed, work->removed[i]);
	software_pairs_sort(&removed);
	for (size_t i = 0; i < work->before->count; i++)
		if (!software_pairs_have(&removed, &work->before->items[i]))
			software_pairs_add(
			    &work->after, work->before->items[i]);
	for (size_t i = 0; i < work->added_count; i++)
		software_pairs_add(&work->after, work->added[i]);
	software_pairs_sort(&work->after);
	software_pairs_done(&removed);
}

static bool
run_work(struct work *work, const char *digest, struct err *err)
{
	fill_after(work);
	return insert_rows(work, err) && count_added(work, err) &&
	    count_removed(work, err) &&
	    save(work->tx, work->number, digest, &work->after, err);
}

/* All of it new, in the place of what was counted. */
static bool
write_anew(struct store_tx *tx, struct counted *counted,
    const struct store_software_change *change, struct err *err)
{
	size_t count = change->after->count;
	scoped(memory_freep) struct software_pair *added =
	    memory_array(count + 1, sizeof(*added));
	scoped(memory_freep) const struct software_entry **entries =
	    memory_array(count + 1, sizeof(struct software_entry *));
	static const struct software_pairs nothing;
	struct work remove = {.tx = tx,
	    .number = counted->number,
	    .before = &counted->pairs,
	    .removed = counted->pairs.items,
	    .removed_count = counted->pairs.count};
	struct work add = {.tx = tx,
	    .number = counted->number,
	    .before = &nothing,
	    .added = added,
	    .added_entries = entries,
	    .added_count = count};
	bool is_done;

	for (size_t i = 0; i < count; i++)
		entries[i] = &change->after->entries[i];
	is_done = count_removed(&remove, err) &&
	    software_numbers_make(tx, entries, count, added, err) &&
	    run_work(&add, change->digest, err);
	software_pairs_done(&add.after);
	return is_done;
}

static bool
touch_all(const struct work *work, const struct software_difference *difference,
    struct err *err)
{
	scoped(memory_freep) struct software_pair *pairs =
	    memory_array(difference->touched_count + 1, sizeof(*pairs));

	if (!software_numbers_find(work->tx, difference->touched,
		difference->touched_count, pairs, err))
		return false;
	for (size_t i = 0; i < difference->touched_count; i++)
		if (!touch(work, pairs[i].version_id,
			difference->touched[i]->installed_at, err))
			return false;
	return true;
}

static bool
are_found(const struct software_pair *pairs, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (pairs[i].version_id == 0)
			return false;
	return true;
}

static bool
write_difference(struct store_tx *tx, struct counted *counted,
    const struct store_software_change *change, struct err *err)
{
	scoped(
	    software_difference_donep) struct software_difference difference = {
	    0};
	scoped(memory_freep) struct software_pair *removed = NULL;
	scoped(memory_freep) struct software_pair *added = NULL;
	struct work work = {
	    .tx = tx, .number = counted->number, .before = &counted->pairs};
	bool is_done;

	software_difference_make(change->before, change->after, &difference);
	removed = memory_array(difference.removed_count + 1, sizeof(*removed));
	added = memory_array(difference.added_count + 1, sizeof(*added));
	work.removed = removed;
	work.removed_count = difference.removed_count;
	work.added = added;
	work.added_entries = difference.added;
	work.added_count = difference.added_count;
	if (!software_numbers_find(
		tx, difference.removed, difference.removed_count, removed, err))
		return false;
	/* Not what the section before says: its reader was another program. */
	if (!are_found(removed, difference.removed_count))
		return write_anew(tx, counted, change, err);
	is_done = software_numbers_make(tx, difference.added,
		      difference.added_count, added, err) &&
	    touch_all(&work, &difference, err) &&
	    run_work(&work, change->digest, err);
	software_pairs_done(&work.after);
	return is_done;
}

bool
store_software_set(struct store_tx *tx,
    const struct store_software_change *change, struct err *err)
{
	scoped(counted_donep) struct counted counted = {0};

	if (!read_counted(tx, change->computer_id, &counted, err))
		return false;
	if (!counted.is_active)
		return true;
	if (counted.number == 0) {
		return begin_to_count(tx, change->computer_id, &counted, err) &&
		    write_anew(tx, &counted, change, err);
	}
	if (change->digest_before != NULL &&
	    strcmp(change->digest_before, counted.digest) == 0)
		return write_difference(tx, &counted, change, err);
	return write_anew(tx, &counted, change, err);
}

bool
store_software_forget(
    struct store_tx *tx, const char *computer_id, struct err *err)
{
	scoped(counted_donep) struct counted counted = {0};
	struct work work = {.tx = tx, .before = &counted.pairs};

	if (!read_counted(tx, computer_id, &counted, err) ||
	    !expect_no_longer(tx, computer_id, err))
		return false;
	if (counted.number == 0)
		return true;
	work.number = counted.number;
	work.removed = counted.pairs.items;
	work.removed_count = counted.pairs.count;
	return count_removed(&work, err) &&
	    software_numbers_run(tx,
		"DELETE FROM software_packed WHERE packed_number IN (%s)", 0,
		&counted.number, 1, err) &&
	    run_for(tx, "DELETE FROM software_computer WHERE computer_id = ?1",
		computer_id, err);
}

bool
store_software_expect(
    struct store_tx *tx, const char *computer_id, struct err *err)
{
	return run_for(tx,
	    "INSERT INTO software_uncounted (computer_id)"
	    " SELECT computer_id FROM inventory WHERE computer_id = ?1"
	    " AND section = 'packages' AND NOT EXISTS (SELECT 1"
	    " FROM software_computer AS counted"
	    " WHERE counted.computer_id = ?1)"
	    " ON CONFLICT DO NOTHING",
	    computer_id, err);
}
