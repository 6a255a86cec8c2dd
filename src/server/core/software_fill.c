/* Counting software from stored inventories. */
#include "server/core/software_fill.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "proto/inventory.h"
#include "server/core/core.h"
#include "server/core/workers.h"
#include "store/inventory.h"
#include "store/software.h"

enum {
	BATCH_MAX = 10,
	BATCH_ENTRIES = 8000, /* no more computers after so many */
	TELL_EVERY_MS = 10 * 1000,
};

struct item {
	char computer_id[ID_SIZE];
	char digest[STORE_SHA256_SIZE];
	struct software_set set;
	bool is_read;
};

struct batch {
	struct item items[BATCH_MAX];
	size_t count;
	bool is_last; /* no others are left */
};

static void
batch_done(struct batch *batch)
{
	for (size_t i = 0; i < batch->count; i++)
		software_set_done(&batch->items[i].set);
}

static void
tell_unreadable(const char *computer_id, struct err *err)
{
	static struct log_budget budget;

	err_prefix(err, "of the computer %s", computer_id);
	if (log_budget_take(&budget, LOG_LEVEL_WARNING))
		log_failure(LOG_LEVEL_WARNING,
		    "a stored list of software cannot be counted", err);
	err_reset(err);
}

/* What is damaged is passed over: false only where the database is away. */
static bool
read_item(struct store_reader *reader, struct item *item, struct err *err)
{
	scoped(buf_donep) struct buf text =
	    BUF_INIT(INVENTORY_SECTION_BYTES_MAX);
	scoped(json_freep) json_t *section = NULL;
	struct store_inventory row;

	if (store_inventory_get(reader, item->computer_id,
		STORE_SOFTWARE_SECTION, &row, &text, err))
		section = json_read(
		    buf_view(&text), INVENTORY_SECTION_BYTES_MAX, err);
	if (section == NULL) {
		if (err->category == ERR_SYSTEM)
			return false;
		if (err->category != ERR_NOT_FOUND)
			tell_unreadable(item->computer_id, err);
		err_reset(err);
		return true;
	}
	memcpy(item->digest, row.digest, sizeof(item->digest));
	software_set_read(section, &item->set);
	item->is_read = true;
	return true;
}

static bool
read_batch(struct core *core, struct batch *batch, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	char ids[BATCH_MAX][ID_SIZE];
	size_t count = 0, entries = 0;

	if (!store_reader_open(core->store, &reader, err) ||
	    !store_software_uncounted(reader, ids, BATCH_MAX, &count, err))
		return false;
	while (batch->count < count && entries < BATCH_ENTRIES) {
		struct item *item = &batch->items[batch->count++];

		memcpy(item->computer_id, ids[batch->count - 1], ID_SIZE);
		if (!read_item(reader, item, err))
			return false;
		entries += item->set.count;
	}
	batch->is_last = batch->count == count && count < BATCH_MAX;
	return true;
}

static bool
write_batch(struct store_tx *tx, void *context, struct err *err)
{
	const struct batch *batch = context;

	for (size_t i = 0; i < batch->count; i++) {
		const struct item *item = &batch->items[i];

		if (!store_software_count_stored(tx, item->computer_id,
			item->digest, item->is_read ? &item->set : NULL, err))
			return false;
	}
	return true;
}

static bool
run_batch(struct core *core, bool *out_is_last, struct err *err)
{
	struct batch batch = {0};
	bool is_done = read_batch(core, &batch, err) &&
	    (batch.count == 0 ||
		store_write(core->store, write_batch, &batch, err));

	*out_is_last = batch.is_last;
	batch_done(&batch);
	return is_done;
}

static bool
read_progress(
    struct core *core, struct store_software_progress *out, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	return store_reader_open(core->store, &reader, err) &&
	    store_software_progress(reader, out, err);
}

static bool
tell_progress(struct core *core, struct err *err)
{
	struct store_software_progress progress;

	scoped(memory_freep) char *done = NULL;
	scoped(memory_freep) char *total = NULL;

	if (!read_progress(core, &progress, err))
		return false;
	done = memory_format("%" PRId64, progress.done);
	total = memory_format("%" PRId64, progress.total);
	if (progress.total > 0)
		log_info("software is being counted from stored inventories",
		    "computers", done, "of", total);
	return true;
}

static bool
fill(struct core *core, struct err *err)
{
	int64_t told_ms = clock_monotonic_ms();
	bool is_last = false;

	if (!tell_progress(core, err))
		return false;
	while (!is_last && !atomic_load(&core->software_fill.must_end)) {
		if (!run_batch(core, &is_last, err))
			return false;
		if (clock_monotonic_ms() < told_ms + TELL_EVERY_MS)
			continue;
		told_ms = clock_monotonic_ms();
		if (!tell_progress(core, err))
			return false;
	}
	if (is_last)
		log_info("the software of all stored inventories is counted");
	return true;
}

/* A worker. What failed is tried again with the next housekeeping. */
static void
run(void *context)
{
	struct core *core = context;
	struct err err = ERR_INIT;

	if (!fill(core, &err))
		log_failure(LOG_LEVEL_WARNING,
		    "software cannot be counted for now", &err);
	atomic_store(&core->software_fill.is_running, false);
}

static bool
is_something_left(struct core *core)
{
	struct store_software_progress progress = {0};
	struct err err = ERR_INIT;

	/* Whether the database is away, housekeeping itself tells. */
	return read_progress(core, &progress, &err) && progress.total > 0;
}

void
software_fill_begin(struct core *core)
{
	bool expected = false;

	if (atomic_load(&core->software_fill.must_end) ||
	    !is_something_left(core) ||
	    !atomic_compare_exchange_strong(
		&core->software_fill.is_running, &expected, true))
		return;
	if (!workers_submit(core->workers, WORKER_PEOPLE, run, core))
		atomic_store(&core->software_fill.is_running, false);
}

void
software_fill_end(struct core *core)
{
	atomic_store(&core->software_fill.must_end, true);
}
