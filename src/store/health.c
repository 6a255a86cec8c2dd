/* What the last accesses to the database said. */
#include "store/health.h"

#include "base/clock.h"
#include "store/migration.h"

enum {
	PROBE_MS = 1000,
	/* Who was to write has not: refused for a reason of its own. */
	PROBE_LOST_MS = 30 * 1000,
};

void
health_init(struct health *health, const char *driver)
{
	pthread_mutex_init(&health->mutex, NULL);
	health->status = (struct store_status){.driver = driver,
	    .schema_version = MIGRATION_COUNT,
	    .is_available = true};
}

void
health_done(struct health *health)
{
	pthread_mutex_destroy(&health->mutex);
}

void
health_note_success(struct health *health)
{
	pthread_mutex_lock(&health->mutex);
	health->status.is_available = true;
	pthread_mutex_unlock(&health->mutex);
}

static bool
is_of_database(const struct err *err)
{
	return strncmp(err->code, "database_", strlen("database_")) == 0 &&
	    err->category != ERR_CONFLICT;
}

void
health_note_failure(struct health *health, const struct err *err)
{
	struct store_status *status = &health->status;

	if (!is_of_database(err))
		return;
	pthread_mutex_lock(&health->mutex);
	status->is_available = false;
	memcpy(status->last_error_code, err->code,
	    sizeof(status->last_error_code));
	memcpy(status->last_error, err->sentence, sizeof(status->last_error));
	status->last_error_at = clock_wall_ms();
	pthread_mutex_unlock(&health->mutex);
}

void
health_note_commit(struct health *health, uint64_t closures)
{
	pthread_mutex_lock(&health->mutex);
	health->status.is_available = true;
	health->status.write_error[0] = '\0';
	health->is_probing = false;
	health->status.commits++;
	health->status.writes += closures;
	if (closures > health->status.largest_group)
		health->status.largest_group = closures;
	pthread_mutex_unlock(&health->mutex);
}

void
health_note_write_failure(struct health *health, const struct err *err)
{
	pthread_mutex_lock(&health->mutex);
	health->status.write_failures++;
	health->is_probing = false;
	health->tried_ms = clock_monotonic_ms();
	if (is_of_database(err))
		memcpy(health->status.write_error, err->code,
		    sizeof(health->status.write_error));
	pthread_mutex_unlock(&health->mutex);
}

bool
health_may_probe(struct health *health)
{
	int64_t now_ms = clock_monotonic_ms();
	bool may;

	pthread_mutex_lock(&health->mutex);
	may = health->is_probing ? now_ms - health->tried_ms >= PROBE_LOST_MS
				 : now_ms - health->tried_ms >= PROBE_MS;
	if (may) {
		health->is_probing = true;
		health->tried_ms = now_ms;
	}
	pthread_mutex_unlock(&health->mutex);
	return may;
}

void
health_get(struct health *health, struct store_status *out_status)
{
	pthread_mutex_lock(&health->mutex);
	*out_status = health->status;
	pthread_mutex_unlock(&health->mutex);
}
