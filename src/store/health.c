/* What the last accesses to the database said. */
#include "store/health.h"

#include "base/clock.h"
#include "store/migration.h"

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

void
health_note_failure(struct health *health, const struct err *err)
{
	struct store_status *status = &health->status;

	if (strncmp(err->code, "database_", strlen("database_")) != 0 ||
	    err->category == ERR_CONFLICT)
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
	health->status.commits++;
	health->status.writes += closures;
	if (closures > health->status.largest_group)
		health->status.largest_group = closures;
	pthread_mutex_unlock(&health->mutex);
}

void
health_note_write_failure(struct health *health)
{
	pthread_mutex_lock(&health->mutex);
	health->status.write_failures++;
	pthread_mutex_unlock(&health->mutex);
}

void
health_get(struct health *health, struct store_status *out_status)
{
	pthread_mutex_lock(&health->mutex);
	*out_status = health->status;
	pthread_mutex_unlock(&health->mutex);
}
