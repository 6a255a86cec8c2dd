/* Worker threads over two bounded rings of jobs. */
#include "server/core/workers.h"

#include <errno.h>
#include <pthread.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"

struct job {
	worker_fn *run;
	void *context;
	int64_t queued_ms;
};

struct ring {
	struct job *jobs;
	size_t max;
	size_t first;
	size_t queued;
	size_t busy;
	size_t busy_max;
};

/* A thread. Each waits for a condition of its own: one that several wait for
 * may lose a signal (glibc before 2.41, bug 25847), and who slept last is the
 * best to wake. */
struct worker {
	struct workers *workers;
	pthread_t thread;
	pthread_cond_t wake;
	bool is_idle;
	struct worker *next; /* idle for longer */
};

struct workers {
	pthread_mutex_t mutex;
	struct ring rings[WORKER_LANES];
	enum worker_lane turn; /* whose job is taken where both have one */
	bool is_closing;
	struct worker *idle;
	struct worker *threads;
	size_t thread_count;
};

struct workers *
workers_new(size_t queue_max, size_t agents_max)
{
	struct workers *workers = memory_zeroed(sizeof(*workers));

	check(queue_max > 0 && agents_max > 0);
	check(pthread_mutex_init(&workers->mutex, NULL) == 0);
	for (size_t i = 0; i < WORKER_LANES; i++) {
		struct ring *ring = &workers->rings[i];

		ring->jobs = memory_array(queue_max, sizeof(*ring->jobs));
		ring->max = queue_max;
		ring->busy_max = i == WORKER_AGENTS ? agents_max : SIZE_MAX;
	}
	return workers;
}

/* May a job of this lane be begun now? At the end all are finished. */
static bool
is_due(const struct workers *workers, enum worker_lane lane)
{
	const struct ring *ring = &workers->rings[lane];

	return ring->queued > 0 &&
	    (ring->busy < ring->busy_max || workers->is_closing);
}

static enum worker_lane
other(enum worker_lane lane)
{
	return lane == WORKER_PEOPLE ? WORKER_AGENTS : WORKER_PEOPLE;
}

static void
sleep_idle(struct worker *worker)
{
	worker->next = worker->workers->idle;
	worker->workers->idle = worker;
	worker->is_idle = true;
	while (worker->is_idle)
		pthread_cond_wait(&worker->wake, &worker->workers->mutex);
}

static void
wake_one(struct workers *workers)
{
	struct worker *worker = workers->idle;

	if (worker == NULL)
		return;
	workers->idle = worker->next;
	worker->is_idle = false;
	pthread_cond_signal(&worker->wake);
}

/* Whose job is next, waiting for one; false when the pool closes. */
static bool
next_lane(struct worker *worker, enum worker_lane *out_lane)
{
	struct workers *workers = worker->workers;

	for (;;) {
		if (!is_due(workers, workers->turn))
			workers->turn = other(workers->turn);
		if (is_due(workers, workers->turn))
			break;
		if (workers->is_closing)
			return false;
		sleep_idle(worker);
	}
	*out_lane = workers->turn;
	workers->turn = other(workers->turn);
	return true;
}

static struct job
take_job(struct ring *ring)
{
	struct job job = ring->jobs[ring->first];

	ring->first = (ring->first + 1) % ring->max;
	ring->queued--;
	return job;
}

static void *
work(void *context)
{
	struct worker *worker = context;
	struct workers *workers = worker->workers;
	enum worker_lane lane;

	pthread_mutex_lock(&workers->mutex);
	while (next_lane(worker, &lane)) {
		struct ring *ring = &workers->rings[lane];
		struct job job = take_job(ring);

		ring->busy++;
		pthread_mutex_unlock(&workers->mutex);
		job.run(job.context);
		pthread_mutex_lock(&workers->mutex);
		ring->busy--;
	}
	pthread_mutex_unlock(&workers->mutex);
	return NULL;
}

bool
workers_start(struct workers *workers, size_t threads, struct err *err)
{
	workers->threads = memory_array(threads, sizeof(*workers->threads));
	for (size_t i = 0; i < threads; i++) {
		struct worker *worker = &workers->threads[i];
		int problem;

		worker->workers = workers;
		check(pthread_cond_init(&worker->wake, NULL) == 0);
		problem = pthread_create(&worker->thread, NULL, work, worker);
		if (problem != 0)
			pthread_cond_destroy(&worker->wake);
		if (problem != 0 && i == 0) {
			errno = problem;
			return err_set_errno(err, "cannot make worker threads");
		}
		if (problem != 0)
			break;
		workers->thread_count = i + 1;
	}
	return true;
}

static bool
has_room(const struct workers *workers, const struct ring *ring, int64_t now_ms)
{
	if (workers->is_closing || ring->queued == ring->max)
		return false;
	return ring->queued == 0 || workers->thread_count == 0 ||
	    now_ms - ring->jobs[ring->first].queued_ms < WORKERS_WAIT_MAX_MS;
}

bool
workers_submit(struct workers *workers, enum worker_lane lane, worker_fn *run,
    void *context)
{
	struct ring *ring = &workers->rings[lane];
	int64_t now_ms = clock_monotonic_ms();
	bool is_taken;

	pthread_mutex_lock(&workers->mutex);
	is_taken = has_room(workers, ring, now_ms);
	if (is_taken) {
		size_t last = (ring->first + ring->queued) % ring->max;

		ring->jobs[last] = (struct job){run, context, now_ms};
		ring->queued++;
		wake_one(workers);
	}
	pthread_mutex_unlock(&workers->mutex);
	return is_taken;
}

size_t
workers_queued_of(struct workers *workers, enum worker_lane lane)
{
	size_t queued;

	pthread_mutex_lock(&workers->mutex);
	queued = workers->rings[lane].queued;
	pthread_mutex_unlock(&workers->mutex);
	return queued;
}

size_t
workers_queued(struct workers *workers)
{
	return workers_queued_of(workers, WORKER_PEOPLE) +
	    workers_queued_of(workers, WORKER_AGENTS);
}

size_t
workers_busy(struct workers *workers)
{
	size_t busy = 0;

	pthread_mutex_lock(&workers->mutex);
	for (size_t i = 0; i < WORKER_LANES; i++)
		busy += workers->rings[i].busy;
	pthread_mutex_unlock(&workers->mutex);
	return busy;
}

void
workers_free(struct workers *workers)
{
	if (workers == NULL)
		return;
	pthread_mutex_lock(&workers->mutex);
	workers->is_closing = true;
	while (workers->idle != NULL)
		wake_one(workers);
	pthread_mutex_unlock(&workers->mutex);
	for (size_t i = 0; i < workers->thread_count; i++) {
		pthread_join(workers->threads[i].thread, NULL);
		pthread_cond_destroy(&workers->threads[i].wake);
	}
	pthread_mutex_destroy(&workers->mutex);
	free(workers->threads);
	for (size_t i = 0; i < WORKER_LANES; i++)
		free(workers->rings[i].jobs);
	free(workers);
}
