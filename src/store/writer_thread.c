/* The writer: group commit. */
#include "store/writer_thread.h"

#include <errno.h>
#include <semaphore.h>
#include <signal.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "store/migration.h"
#include "store/reader.h"

enum {
	GROUP_MAX = 256, /* closures in one transaction */
	GATHER_MS = 5,
};

struct job {
	store_write_fn *fn; /* or */
	store_batch_fn *batch_fn;
	void *context;
	struct err err;
	bool is_ok;
	bool is_run; /* in the present attempt */
	sem_t done;
	struct job *next;
};

struct writer_thread {
	const struct driver *driver;
	const struct driver_target *target;
	struct driver_connection *connection; /* NULL: make one when needed */
	char transaction[DRIVER_TRANSACTION_SIZE]; /* the latest one */
	uint64_t succeeded;                        /* closures in it */
	bool was_lost; /* its connection, during the latest attempt */
	struct health *health;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	struct job *first;
	struct job **end; /* where the next job is hung */
	unsigned queued;
	unsigned awaited; /* this many are worth to be woken for */
	unsigned latest;  /* closures in the latest group */
	bool is_stopping;
};

enum outcome {
	GROUP_DONE,      /* every job knows its own result */
	GROUP_UNDONE,    /* nothing of it happened; the error says why */
	GROUP_UNCERTAIN, /* the commit's fate is unknown */
};

static void
disconnect(struct writer_thread *writer)
{
	if (writer->connection != NULL)
		writer->driver->close(writer->connection);
	writer->connection = NULL;
}

/* A database that comes back may be another one: its schema is checked, and
 * an empty one is not quietly taken for ours. */
static bool
connect_again(struct writer_thread *writer, struct err *err)
{
	struct driver_target target = *writer->target;

	if (writer->connection != NULL)
		return true;
	target.may_create = false;
	target.is_writer = true;
	if (!writer->driver->open(&target, &writer->connection, err)) {
		writer->connection = NULL;
		return false;
	}
	if (migration_run(writer->connection, MIGRATION_COUNT, err))
		return true;
	disconnect(writer);
	return false;
}

static bool
call(struct store_tx *tx, struct job **jobs, unsigned count, struct err *err)
{
	void *contexts[STORE_BATCH_MAX];

	if (jobs[0]->fn != NULL)
		return jobs[0]->fn(tx, jobs[0]->context, err);
	for (unsigned i = 0; i < count; i++)
		contexts[i] = jobs[i]->context;
	return jobs[0]->batch_fn(tx, contexts, count, err);
}

static void
set_result(struct job **jobs, unsigned count, bool is_ok, const struct err *err)
{
	for (unsigned i = 0; i < count; i++) {
		jobs[i]->is_run = true;
		jobs[i]->is_ok = is_ok;
		if (!is_ok)
			jobs[i]->err = *err;
	}
}

/* One call, behind a savepoint. False: the transaction is gone, and with it
 * what earlier jobs did in it. */
static bool
run_jobs(struct writer_thread *writer, struct job **jobs, unsigned count,
    struct err *err)
{
	const struct driver *driver = writer->driver;
	struct driver_connection *connection = writer->connection;
	struct store_tx tx = {.reader = {.connection = connection}};
	struct err own = ERR_INIT;
	bool is_ok;

	if (!driver->savepoint(connection, DRIVER_SAVEPOINT_SET, err))
		return false;
	is_ok = call(&tx, jobs, count, &own);
	if (tx.reader.has_failed) {
		health_note_failure(writer->health, &tx.reader.failure);
		if (is_ok)
			own = tx.reader.failure;
		is_ok = false;
	}
	set_result(jobs, count, is_ok, &own);
	if (is_ok)
		return driver->savepoint(
		    connection, DRIVER_SAVEPOINT_RELEASE, err);
	check(own.category != ERR_NONE);
	if (driver->in_transaction(connection))
		return driver->savepoint(
		    connection, DRIVER_SAVEPOINT_ROLL_BACK, err);
	*err = tx.reader.has_failed ? tx.reader.failure : own;
	return false;
}

/* The first of the jobs and those of the same batch function. */
static unsigned
take_batch(struct job **jobs, unsigned count, struct job **out_batch)
{
	unsigned taken = 1;

	out_batch[0] = jobs[0];
	for (unsigned i = 1;
	     jobs[0]->batch_fn != NULL && i < count && taken < STORE_BATCH_MAX;
	     i++)
		if (!jobs[i]->is_run && jobs[i]->batch_fn == jobs[0]->batch_fn)
			out_batch[taken++] = jobs[i];
	return taken;
}

/* A batch that fails is taken apart: the fault is one of them. */
static bool
run_batch(struct writer_thread *writer, struct job **jobs, unsigned count,
    struct err *err)
{
	if (!run_jobs(writer, jobs, count, err))
		return false;
	if (jobs[0]->is_ok || count == 1)
		return true;
	for (unsigned i = 0; i < count; i++)
		if (!run_jobs(writer, &jobs[i], 1, err))
			return false;
	return true;
}

static bool
run_all(struct writer_thread *writer, struct job **jobs, unsigned count,
    struct err *err)
{
	struct job *batch[STORE_BATCH_MAX];

	for (unsigned i = 0; i < count; i++)
		jobs[i]->is_run = false;
	for (unsigned i = 0; i < count; i++) {
		unsigned taken;

		if (jobs[i]->is_run)
			continue;
		taken = take_batch(jobs + i, count - i, batch);
		if (!run_batch(writer, batch, taken, err))
			return false;
	}
	return true;
}

static enum outcome
commit(struct writer_thread *writer, struct err *err)
{
	if (writer->succeeded == 0) {
		writer->driver->rollback(writer->connection);
		return GROUP_DONE;
	}
	if (writer->driver->commit(writer->connection, err)) {
		health_note_commit(writer->health, writer->succeeded);
		return GROUP_DONE;
	}
	return err->category == ERR_UNCERTAIN ? GROUP_UNCERTAIN : GROUP_UNDONE;
}

static enum outcome
try_group(struct writer_thread *writer, struct job **jobs, unsigned count,
    struct err *err)
{
	const struct driver *driver = writer->driver;

	if (!connect_again(writer, err) ||
	    !driver->begin(writer->connection, DRIVER_WRITE, err))
		return GROUP_UNDONE;
	if (driver->transaction != NULL)
		driver->transaction(writer->connection, writer->transaction);
	if (!run_all(writer, jobs, count, err)) {
		driver->rollback(writer->connection);
		return GROUP_UNDONE;
	}
	writer->succeeded = 0;
	for (unsigned i = 0; i < count; i++)
		writer->succeeded += jobs[i]->is_ok;
	return commit(writer, err);
}

/* The database may remember what became of the transaction. Making the schema
 * sure (in connect_again) waits until it no longer excludes writers, so that
 * its fate is decided. */
static enum outcome
ask_for_fate(struct writer_thread *writer, struct err *err)
{
	enum driver_fate fate = DRIVER_FATE_UNKNOWN;
	struct err ignored = ERR_INIT;

	if (writer->driver->fate == NULL || !connect_again(writer, &ignored) ||
	    !writer->driver->fate(
		writer->connection, writer->transaction, &fate, &ignored))
		return GROUP_UNCERTAIN;
	switch (fate) {
	case DRIVER_FATE_COMMITTED:
		health_note_commit(writer->health, writer->succeeded);
		return GROUP_DONE;
	case DRIVER_FATE_UNDONE:
		err->category = ERR_SYSTEM;
		snprintf(err->code, sizeof(err->code), "database_unavailable");
		return GROUP_UNDONE;
	case DRIVER_FATE_UNKNOWN:
		return GROUP_UNCERTAIN;
	}
	unreachable();
}

/* After a failure, a connection that is not surely good is given up. */
static enum outcome
attempt(struct writer_thread *writer, struct job **jobs, unsigned count,
    struct err *err)
{
	enum outcome outcome = try_group(writer, jobs, count, err);

	writer->was_lost = false;
	if (outcome == GROUP_DONE)
		return outcome;
	health_note_failure(writer->health, err);
	if (writer->connection != NULL &&
	    (outcome == GROUP_UNCERTAIN ||
		strcmp(err->code, "database_unavailable") == 0 ||
		!writer->driver->is_usable(writer->connection))) {
		disconnect(writer);
		writer->was_lost = true;
	}
	return outcome == GROUP_UNCERTAIN ? ask_for_fate(writer, err) : outcome;
}

static void
give_error(struct job **jobs, unsigned count, const struct err *err)
{
	for (unsigned i = 0; i < count; i++) {
		/* What failed by itself failed whatever the commit's fate. */
		if (err->category == ERR_UNCERTAIN && !jobs[i]->is_ok)
			continue;
		jobs[i]->is_ok = false;
		jobs[i]->err = *err;
	}
}

/* A job that asks too much (of the disk, say) must not fail its neighbours. */
static void
run_one_by_one(struct writer_thread *writer, struct job **jobs, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct err err = ERR_INIT;

		if (attempt(writer, &jobs[i], 1, &err) != GROUP_DONE)
			give_error(&jobs[i], 1, &err);
	}
}

static void
run_group(struct writer_thread *writer, struct job **jobs, unsigned count)
{
	struct err err = ERR_INIT;
	enum outcome outcome = attempt(writer, jobs, count, &err);

	/* Its connection was lost: once more on a new one. */
	if (outcome == GROUP_UNDONE && writer->was_lost)
		outcome = attempt(writer, jobs, count, &err);
	if (outcome == GROUP_UNDONE && count > 1 &&
	    writer->connection != NULL &&
	    strcmp(err.code, "database_busy") != 0)
		run_one_by_one(writer, jobs, count);
	else if (outcome != GROUP_DONE)
		give_error(jobs, count, &err);
}

/* Until so many wait, or the deadline where there is one. */
static void
await(struct writer_thread *writer, unsigned count,
    const struct timespec *deadline)
{
	int code = 0;

	writer->awaited = count;
	while (
	    writer->queued < count && !writer->is_stopping && code != ETIMEDOUT)
		code = deadline == NULL
		    ? pthread_cond_wait(&writer->wake, &writer->mutex)
		    : pthread_cond_timedwait(
			  &writer->wake, &writer->mutex, deadline);
}

/* Those whom one commit released come again one after the other: the first
 * would have a transaction and a sync of its own, and all others the next. So
 * where several came together, as many are waited for, but not for long. */
static void
gather(struct writer_thread *writer)
{
	int64_t at_ms = clock_monotonic_ms() + GATHER_MS;
	struct timespec deadline = {.tv_sec = (time_t)(at_ms / 1000),
	    .tv_nsec = (long)(at_ms % 1000) * 1000000};

	if (writer->queued < writer->latest)
		await(writer, writer->latest, &deadline);
}

static unsigned
take_group(struct writer_thread *writer, struct job **jobs)
{
	unsigned count = 0;

	await(writer, 1, NULL);
	gather(writer);
	while (writer->first != NULL && count < GROUP_MAX) {
		jobs[count++] = writer->first;
		writer->first = writer->first->next;
	}
	if (writer->first == NULL)
		writer->end = &writer->first;
	writer->queued -= count;
	writer->latest = count;
	return count;
}

static void *
writer_main(void *argument)
{
	struct writer_thread *writer = argument;
	struct job *jobs[GROUP_MAX];
	unsigned count;

	pthread_mutex_lock(&writer->mutex);
	while ((count = take_group(writer, jobs)) > 0) {
		pthread_mutex_unlock(&writer->mutex);
		run_group(writer, jobs, count);
		/* A job is gone as soon as it is told. */
		for (unsigned i = 0; i < count; i++)
			check(sem_post(&jobs[i]->done) == 0);
		pthread_mutex_lock(&writer->mutex);
	}
	pthread_mutex_unlock(&writer->mutex);
	return NULL;
}

/* Signals are the main thread's. */
static int
create_thread(struct writer_thread *writer)
{
	sigset_t all;
	sigset_t before;
	int code;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	code = pthread_create(&writer->thread, NULL, writer_main, writer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return code;
}

static void
writer_free(struct writer_thread *writer)
{
	disconnect(writer);
	pthread_cond_destroy(&writer->wake);
	pthread_mutex_destroy(&writer->mutex);
	free(writer);
}

bool
writer_thread_start(const struct driver *driver,
    const struct driver_target *target, struct driver_connection *connection,
    struct health *health, struct writer_thread **out_thread, struct err *err)
{
	struct writer_thread *writer = memory_zeroed(sizeof(*writer));
	pthread_condattr_t attributes;

	writer->driver = driver;
	writer->target = target;
	writer->connection = connection;
	writer->health = health;
	writer->end = &writer->first;
	pthread_mutex_init(&writer->mutex, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&writer->wake, &attributes);
	pthread_condattr_destroy(&attributes);
	errno = create_thread(writer);
	if (errno != 0) {
		err_set_errno(err, "cannot start the database writer");
		writer_free(writer);
		return false;
	}
	*out_thread = writer;
	return true;
}

void
writer_thread_stop(struct writer_thread *writer)
{
	if (writer == NULL)
		return;
	pthread_mutex_lock(&writer->mutex);
	writer->is_stopping = true;
	pthread_cond_signal(&writer->wake);
	pthread_mutex_unlock(&writer->mutex);
	pthread_join(writer->thread, NULL);
	writer_free(writer);
}

bool
writer_thread_run(struct writer_thread *writer, store_write_fn *fn,
    store_batch_fn *batch_fn, void *context, struct err *err)
{
	struct job job = {.fn = fn, .batch_fn = batch_fn, .context = context};

	check(sem_init(&job.done, 0, 0) == 0);
	pthread_mutex_lock(&writer->mutex);
	check(!writer->is_stopping);
	*writer->end = &job;
	writer->end = &job.next;
	if (++writer->queued >= writer->awaited)
		pthread_cond_signal(&writer->wake);
	pthread_mutex_unlock(&writer->mutex);
	while (sem_wait(&job.done) != 0)
		check(errno == EINTR);
	sem_destroy(&job.done);
	if (job.is_ok)
		return true;
	health_note_write_failure(writer->health, &job.err);
	*err = job.err;
	return false;
}
