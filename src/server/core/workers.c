/* Worker threads over a bounded ring of jobs. */
#include "server/core/workers.h"

#include <errno.h>
#include <pthread.h>

#include "base/check.h"
#include "base/memory.h"

struct job {
	worker_fn *run;
	void *context;
};

struct workers {
	pthread_mutex_t mutex;
	pthread_cond_t has_work;
	struct job *ring;
	size_t max;
	size_t first;
	size_t queued;
	size_t busy;
	bool is_closing;
	pthread_t *threads;
	size_t thread_count;
};

struct workers *
workers_new(size_t queue_max)
{
	struct workers *workers = memory_zeroed(sizeof(*workers));

	check(queue_max > 0);
	check(pthread_mutex_init(&workers->mutex, NULL) == 0);
	check(pthread_cond_init(&workers->has_work, NULL) == 0);
	workers->ring = memory_array(queue_max, sizeof(*workers->ring));
	workers->max = queue_max;
	return workers;
}

/* The next job, waiting for one; false when the pool closes. */
static bool
take_job(struct workers *workers, struct job *out_job)
{
	while (workers->queued == 0 && !workers->is_closing)
		pthread_cond_wait(&workers->has_work, &workers->mutex);
	if (workers->queued == 0)
		return false;
	*out_job = workers->ring[workers->first];
	workers->first = (workers->first + 1) % workers->max;
	workers->queued--;
	return true;
}

static void *
work(void *context)
{
	struct workers *workers = context;
	struct job job;

	pthread_mutex_lock(&workers->mutex);
	while (take_job(workers, &job)) {
		workers->busy++;
		pthread_mutex_unlock(&workers->mutex);
		job.run(job.context);
		pthread_mutex_lock(&workers->mutex);
		workers->busy--;
	}
	pthread_mutex_unlock(&workers->mutex);
	return NULL;
}

bool
workers_start(struct workers *workers, size_t threads, struct err *err)
{
	workers->threads = memory_array(threads, sizeof(*workers->threads));
	for (size_t i = 0; i < threads; i++) {
		int problem =
		    pthread_create(&workers->threads[i], NULL, work, workers);

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

bool
workers_submit(struct workers *workers, worker_fn *run, void *context)
{
	bool has_room;

	pthread_mutex_lock(&workers->mutex);
	has_room = workers->queued < workers->max && !workers->is_closing;
	if (has_room) {
		size_t last = (workers->first + workers->queued) % workers->max;

		workers->ring[last] = (struct job){run, context};
		workers->queued++;
		pthread_cond_signal(&workers->has_work);
	}
	pthread_mutex_unlock(&workers->mutex);
	return has_room;
}

size_t
workers_queued(struct workers *workers)
{
	size_t queued;

	pthread_mutex_lock(&workers->mutex);
	queued = workers->queued;
	pthread_mutex_unlock(&workers->mutex);
	return queued;
}

size_t
workers_busy(struct workers *workers)
{
	size_t busy;

	pthread_mutex_lock(&workers->mutex);
	busy = workers->busy;
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
	pthread_cond_broadcast(&workers->has_work);
	pthread_mutex_unlock(&workers->mutex);
	for (size_t i = 0; i < workers->thread_count; i++)
		pthread_join(workers->threads[i], NULL);
	pthread_cond_destroy(&workers->has_work);
	pthread_mutex_destroy(&workers->mutex);
	free(workers->threads);
	free(workers->ring);
	free(workers);
}
