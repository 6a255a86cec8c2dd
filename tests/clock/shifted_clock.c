/*
 * Clocks that a test moves, linked into programs of the tests alone.
 *
 * The file "clock" beside the program, or "clock.ROLE" for a process that was
 * started with --role=ROLE, holds three int64_t: what is added to the real
 * time, the boot time and the monotonic time, in milliseconds. It is mapped
 * before main, so that neither a change of user nor a sandbox matters; without
 * such a file nothing is shifted. The product sees what the kernel does when
 * a clock is set or the computer sleeps: clocks jump, a timer of the boot time
 * that became due fires, and TFD_TIMER_CANCEL_ON_SET is told (as it is at the
 * end of a sleep too).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/attributes.h"
#include "base/check.h"

struct shifts {
	int64_t real_ms;
	int64_t boot_ms;
	int64_t monotonic_ms;
};

/* A timerfd of the channel, as it sees it: an epoll set of the two others. */
struct timer {
	clockid_t clock;
	int set;
	int changes;    /* inotify: the file of shifts was written */
	int kernel;     /* the real timer, armed for the shifted time */
	int64_t due_ms; /* shifted; INT64_MAX: never */
	bool is_told;   /* of a clock that is set */
};

static const struct shifts none;
static const struct shifts *shifts = &none;
static struct timer timers[] = {
    {.clock = CLOCK_REALTIME, .set = -1, .changes = -1},
    {.clock = CLOCK_BOOTTIME, .set = -1, .changes = -1},
};

static const char *
role_of(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], "--role=", 7) == 0)
			return argv[i] + 7;
	return "";
}

static int
open_shifts(const char *role, char *path, size_t size)
{
	char folder[3072];
	ssize_t length = readlink("/proc/self/exe", folder, sizeof(folder) - 1);
	int fd;

	if (length <= 0)
		return -1;
	folder[length] = '\0';
	*strrchr(folder, '/') = '\0';
	snprintf(path, size, "%s/clock.%s", folder, role);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	snprintf(path, size, "%s/clock", folder);
	return open(path, O_RDONLY | O_CLOEXEC);
}

static int
watch_file(const char *path)
{
	int fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	check(fd >= 0 && inotify_add_watch(fd, path, IN_MODIFY) >= 0);
	return fd;
}

__attribute__((constructor)) static void
map_shifts(int argc, char **argv)
{
	char path[4096];
	const char *role = role_of(argc, argv);
	int fd = open_shifts(role, path, sizeof(path));
	void *at;

	if (fd < 0)
		return;
	at = mmap(NULL, sizeof(*shifts), PROT_READ, MAP_SHARED, fd, 0);
	check(at != MAP_FAILED);
	close(fd);
	shifts = at;
	/* Here, for later its user may not look into the folder. */
	if (strcmp(role, "channel") != 0)
		return;
	for (size_t i = 0; i < array_length(timers); i++)
		timers[i].changes = watch_file(path);
}

static int64_t
shift_of(clockid_t id)
{
	switch (id) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
		return shifts->real_ms;
	case CLOCK_BOOTTIME:
		return shifts->boot_ms;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
		return shifts->monotonic_ms;
	default:
		return 0;
	}
}

int
clock_gettime(clockid_t id, struct timespec *out)
{
	int64_t ns;

	if (syscall(SYS_clock_gettime, id, out) != 0)
		return -1;
	ns = out->tv_nsec + shift_of(id) % 1000 * 1000000;
	out->tv_sec += shift_of(id) / 1000 + ns / 1000000000;
	out->tv_nsec = ns % 1000000000;
	if (out->tv_nsec < 0) {
		out->tv_nsec += 1000000000;
		out->tv_sec--;
	}
	return 0;
}

time_t
time(time_t *out)
{
	struct timespec now;

	check(clock_gettime(CLOCK_REALTIME, &now) == 0);
	if (out != NULL)
		*out = now.tv_sec;
	return now.tv_sec;
}

int
gettimeofday(struct timeval *restrict out, void *restrict zone)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return -1;
	*out = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
	return 0;
}

static struct timer *
timer_of_set(int set)
{
	for (size_t i = 0; i < array_length(timers); i++)
		if (set >= 0 && timers[i].set == set)
			return &timers[i];
	return NULL;
}

static struct timer *
timer_of_clock(clockid_t clock)
{
	for (size_t i = 0; i < array_length(timers); i++)
		if (timers[i].clock == clock && timers[i].changes >= 0)
			return &timers[i];
	return NULL;
}

static void
await(int set, int fd)
{
	struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

	check(epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) == 0);
}

int
timerfd_create(int clock, int flags)
{
	int kernel = (int)syscall(SYS_timerfd_create, clock, flags);
	struct timer *timer = timer_of_clock(clock);

	if (kernel < 0 || timer == NULL)
		return kernel;
	check(timer->set < 0);
	timer->kernel = kernel;
	timer->due_ms = INT64_MAX;
	timer->set = epoll_create1(EPOLL_CLOEXEC);
	check(timer->set >= 0);
	await(timer->set, kernel);
	await(timer->set, timer->changes);
	return timer->set;
}

static int
arm(const struct timer *timer)
{
	struct itimerspec when = {0};
	int64_t at_ms;

	if (timer->due_ms != INT64_MAX) {
		at_ms = timer->due_ms - shift_of(timer->clock);
		when.it_value.tv_sec = at_ms > 0 ? at_ms / 1000 : 0;
		when.it_value.tv_nsec =
		    at_ms > 0 ? at_ms % 1000 * 1000000 + 1 : 1;
	}
	return (int)syscall(
	    SYS_timerfd_settime, timer->kernel, TFD_TIMER_ABSTIME, &when, NULL);
}

int
timerfd_settime(
    int fd, int flags, const struct itimerspec *when, struct itimerspec *old)
{
	struct timer *timer = timer_of_set(fd);

	if (timer == NULL)
		return (int)syscall(SYS_timerfd_settime, fd, flags, when, old);
	check((flags & TFD_TIMER_ABSTIME) != 0);
	timer->is_told = (flags & TFD_TIMER_CANCEL_ON_SET) != 0;
	timer->due_ms = when->it_value.tv_sec > INT64_MAX / 2000
	    ? INT64_MAX
	    : (int64_t)when->it_value.tv_sec * 1000 +
		when->it_value.tv_nsec / 1000000;
	return arm(timer);
}

static bool
drain(int fd)
{
	char events[1024];

	return syscall(SYS_read, fd, events, sizeof(events)) > 0;
}

static ssize_t
read_timer(struct timer *timer, void *out)
{
	uint64_t count = 1;
	struct timespec now;

	if (drain(timer->changes) && timer->is_told) {
		arm(timer);
		errno = ECANCELED;
		return -1;
	}
	check(clock_gettime(timer->clock, &now) == 0);
	if ((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 <
	    timer->due_ms) {
		arm(timer);
		errno = EAGAIN;
		return -1;
	}
	timer->due_ms = INT64_MAX;
	arm(timer);
	memcpy(out, &count, sizeof(count));
	return sizeof(count);
}

ssize_t
read(int fd, void *out, size_t size)
{
	struct timer *timer = timer_of_set(fd);

	return timer != NULL ? read_timer(timer, out)
			     : syscall(SYS_read, fd, out, size);
}
