/* The database: opening, the pool of readers, status. */
#include "store/store.h"

#include <errno.h>
#include <pthread.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "store/health.h"
#include "store/migration.h"
#include "store/reader.h"
#include "store/setting.h"
#include "store/statement.h"
#include "store/writer_thread.h"

enum {
	READ_CONNECTIONS_DEFAULT = 8,
	READ_CONNECTIONS_MAX = 64,
	BUSY_TIMEOUT_DEFAULT_MS = 5000,
};

struct slot {
	struct driver_connection *connection; /* NULL: made when needed */
	bool is_used;
};

struct store {
	const struct driver *driver;
	struct driver_target target;
	char *name; /* what the target names */
	struct health health;
	struct writer_thread *writer;
	pthread_mutex_t mutex; /* of the slots */
	pthread_cond_t freed;
	struct slot slots[READ_CONNECTIONS_MAX];
	unsigned slot_count;
};

/* How a location begins, and where the driver's part of it does. */
static const struct {
	const char *prefix;
	const struct driver *driver;
	bool is_prefix_kept;
} LOCATIONS[] = {
    {"sqlite:", &driver_sqlite, false},
    {"postgresql://", &driver_postgresql, true},
    {"postgres://", &driver_postgresql, true},
    {"postgresql:", &driver_postgresql, false},
};

static bool
parse_location(const char *location, const struct driver **out_driver,
    const char **out_name, struct err *err)
{
	for (size_t i = 0; i < array_length(LOCATIONS); i++) {
		size_t length = strlen(LOCATIONS[i].prefix);

		if (strncmp(location, LOCATIONS[i].prefix, length) != 0)
			continue;
		*out_driver = LOCATIONS[i].driver;
		*out_name =
		    location + (LOCATIONS[i].is_prefix_kept ? 0 : length);
		if (**out_name != '\0')
			return true;
	}
	return err_set_code(err, ERR_MALFORMED, "database_location_invalid",
	    "a database is \"sqlite:PATH\", \"postgresql://…\" or"
	    " \"postgresql:KEY=VALUE …\"");
}

static struct store *
store_new(const struct driver *driver, const char *name,
    const struct store_options *options)
{
	struct store *store = memory_zeroed(sizeof(*store));
	unsigned wanted = options->read_connections;
	pthread_condattr_t attributes;

	store->driver = driver;
	store->name = memory_string(name);
	store->target = (struct driver_target){.name = store->name,
	    .busy_timeout_ms = options->busy_timeout_ms > 0
		? options->busy_timeout_ms
		: BUSY_TIMEOUT_DEFAULT_MS,
	    .may_create = true};
	store->slot_count = wanted == 0     ? READ_CONNECTIONS_DEFAULT
	    : wanted > READ_CONNECTIONS_MAX ? READ_CONNECTIONS_MAX
					    : wanted;
	health_init(&store->health, driver->name);
	pthread_mutex_init(&store->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&store->freed, &attributes);
	pthread_condattr_destroy(&attributes);
	return store;
}

void
store_close(struct store *store)
{
	if (store == NULL)
		return;
	writer_thread_stop(store->writer);
	for (unsigned i = 0; i < store->slot_count; i++) {
		check(!store->slots[i].is_used);
		if (store->slots[i].connection != NULL)
			store->driver->close(store->slots[i].connection);
	}
	pthread_cond_destroy(&store->freed);
	pthread_mutex_destroy(&store->mutex);
	health_done(&store->health);
	free(store->name);
	free(store);
}

/* The writer's connection makes the schema, then the thread owns it. */
static bool
start(struct store *store, struct err *err)
{
	struct driver_connection *connection = NULL;
	struct driver_target target = store->target;

	target.is_writer = true;
	if (!store->driver->open(&target, &connection, err))
		return false;
	store->target.may_create = false;
	if (!migration_run(connection, MIGRATION_COUNT, err)) {
		store->driver->close(connection);
		return false;
	}
	return writer_thread_start(store->driver, &store->target, connection,
	    &store->health, &store->writer, err);
}

bool
store_open(const struct store_options *options, struct store **out_store,
    struct err *err)
{
	scoped(store_closep) struct store *store = NULL;
	const struct driver *driver = NULL;
	const char *name = NULL;

	if (!parse_location(options->location, &driver, &name, err))
		return false;
	store = store_new(driver, name, options);
	if (!start(store, err))
		return err_prefix(err, "cannot open the database");
	*out_store = take(store);
	return true;
}

static bool
find_free_slot(struct store *store, unsigned *out_slot)
{
	bool has_found = false;

	/* One that is connected already is better than a new one. */
	for (unsigned i = 0; i < store->slot_count; i++) {
		if (store->slots[i].is_used)
			continue;
		if (!has_found || store->slots[i].connection != NULL)
			*out_slot = i;
		has_found = true;
		if (store->slots[i].connection != NULL)
			break;
	}
	return has_found;
}

static bool
take_slot(struct store *store, unsigned *out_slot, struct err *err)
{
	struct timespec deadline;
	int64_t at_ms = clock_monotonic_ms() + store->target.busy_timeout_ms;
	bool has_found;
	int code = 0;

	deadline.tv_sec = (time_t)(at_ms / 1000);
	deadline.tv_nsec = (long)(at_ms % 1000) * 1000000;
	pthread_mutex_lock(&store->mutex);
	while (
	    !(has_found = find_free_slot(store, out_slot)) && code != ETIMEDOUT)
		code = pthread_cond_timedwait(
		    &store->freed, &store->mutex, &deadline);
	if (has_found)
		store->slots[*out_slot].is_used = true;
	pthread_mutex_unlock(&store->mutex);
	return has_found ||
	    err_set_code(err, ERR_SYSTEM, "database_busy",
		"all %u connections for reading are in use", store->slot_count);
}

static void
give_slot(struct store *store, unsigned index)
{
	struct slot *slot = &store->slots[index];

	if (slot->connection != NULL &&
	    !store->driver->is_usable(slot->connection)) {
		store->driver->close(slot->connection);
		slot->connection = NULL;
	}
	pthread_mutex_lock(&store->mutex);
	slot->is_used = false;
	pthread_cond_signal(&store->freed);
	pthread_mutex_unlock(&store->mutex);
}

/* A kept connection may have been lost meanwhile: then once more with a new
 * one. */
static bool
begin_reading(struct store *store, struct slot *slot, struct err *err)
{
	const struct driver *driver = store->driver;
	bool was_kept = slot->connection != NULL;

	if (was_kept) {
		if (driver->begin(slot->connection, DRIVER_READ, err))
			return true;
		if (driver->is_usable(slot->connection))
			return false;
		driver->close(slot->connection);
		slot->connection = NULL;
	}
	if (!driver->open(&store->target, &slot->connection, err)) {
		slot->connection = NULL;
		return false;
	}
	return driver->begin(slot->connection, DRIVER_READ, err);
}

bool
store_reader_open(
    struct store *store, struct store_reader **out_reader, struct err *err)
{
	struct store_reader *reader;
	unsigned index = 0;

	if (!take_slot(store, &index, err))
		return false;
	if (!begin_reading(store, &store->slots[index], err)) {
		health_note_failure(&store->health, err);
		give_slot(store, index);
		return false;
	}
	reader = memory_zeroed(sizeof(*reader));
	reader->store = store;
	reader->slot = index;
	reader->connection = store->slots[index].connection;
	*out_reader = reader;
	return true;
}

void
store_reader_close(struct store_reader *reader)
{
	if (reader == NULL)
		return;
	check(reader->store != NULL); /* not a transaction's */
	if (reader->has_failed)
		health_note_failure(&reader->store->health, &reader->failure);
	reader_driver(reader)->rollback(reader->connection);
	give_slot(reader->store, reader->slot);
	free(reader);
}

bool
store_write(
    struct store *store, store_write_fn *fn, void *context, struct err *err)
{
	return writer_thread_run(store->writer, fn, NULL, context, err);
}

bool
store_write_batch(
    struct store *store, store_batch_fn *fn, void *context, struct err *err)
{
	return writer_thread_run(store->writer, NULL, fn, context, err);
}

struct store_reader *
store_tx_reader(struct store_tx *tx)
{
	return &tx->reader;
}

void
store_status(struct store *store, struct store_status *out_status)
{
	health_get(&store->health, out_status);
}

bool
store_ping(struct store *store, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	scoped(statement_done) struct statement statement = {0};
	bool has_row = false;

	if (!store_reader_open(store, &reader, err))
		return false;
	statement_init(
	    &statement, reader, "SELECT count(*) FROM schema_migration");
	if (!statement_next(&statement, &has_row, err))
		return false;
	health_note_success(&store->health);
	return true;
}

static bool
write_probe(struct store_tx *tx, void *context, struct err *err)
{
	struct store_setting setting = {.key = "health.written",
	    .version = STORE_SETTING_ANY_VERSION,
	    .integer = clock_wall_ms(),
	    .changed_at = clock_wall_ms()};

	return store_setting_put(tx, &setting, err);
}

static bool
has_failed(const struct store_status *status, struct err *err)
{
	return err_set_code(err, ERR_SYSTEM, status->write_error,
	    "the last write to the database failed");
}

bool
store_ping_write(struct store *store, struct err *err)
{
	struct store_status status;

	store_status(store, &status);
	if (status.write_error[0] == '\0')
		return true;
	if (health_may_probe(&store->health))
		return store_write(store, write_probe, NULL, err);
	return has_failed(&status, err);
}

bool
store_may_write(struct store *store, struct err *err)
{
	struct store_status status;

	store_status(store, &status);
	return (strcmp(status.write_error, "database_busy") != 0 &&
		   strcmp(status.write_error, "database_unavailable") != 0) ||
	    health_may_probe(&store->health) || has_failed(&status, err);
}
