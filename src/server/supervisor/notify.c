/* States and watchdog for the service manager. */
#include "server/supervisor/notify.h"

#include <inttypes.h>
#include <stdio.h>
#include <systemd/sd-daemon.h>

#include "base/clock.h"

/* A service manager that does not listen is its own problem: the results are
 * not looked at. */
void
notify_ready(void)
{
	(void)sd_notify(0, "READY=1");
}

void
notify_reloading(void)
{
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
	    clock_monotonic_ms() * 1000);
}

void
notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

void
notify_status(const char *text)
{
	(void)sd_notifyf(0, "STATUS=%s", text);
}

void
notify_alive(void)
{
	(void)sd_notify(0, "WATCHDOG=1");
}

int64_t
notify_alive_interval_ms(void)
{
	uint64_t interval_us = 0;

	if (sd_watchdog_enabled(0, &interval_us) <= 0)
		return 0;
	return (int64_t)(interval_us / 2000);
}
