/* Wall and monotonic milliseconds, and RFC 3339 text. */
#include "base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/check.h"

static int64_t
read_clock(clockid_t id)
{
	struct timespec now;

	check(clock_gettime(id, &now) == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t
clock_wall_ms(void)
{
	return read_clock(CLOCK_REALTIME);
}

int64_t
clock_monotonic_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
clock_boottime_ms(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

void
clock_format_rfc3339(int64_t wall_ms, char out[RFC3339_SIZE])
{
	int64_t milliseconds = wall_ms % 1000;
	time_t seconds = wall_ms / 1000;
	struct tm parts;

	if (milliseconds < 0) {
		milliseconds += 1000;
		seconds--;
	}
	check(gmtime_r(&seconds, &parts) != NULL);
	snprintf(out, RFC3339_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
	    (parts.tm_year + 1900) % 10000, (parts.tm_mon + 1) % 100,
	    parts.tm_mday % 100, parts.tm_hour % 100, parts.tm_min % 100,
	    parts.tm_sec % 100, (int)milliseconds % 1000);
}

/* Exactly count digits from the front of text; -1 when they are not there. */
static int
cut_digits(struct view *text, size_t count)
{
	int value = 0;

	if (text->length < count)
		return -1;
	for (size_t i = 0; i < count; i++) {
		if (text->data[i] < '0' || text->data[i] > '9')
			return -1;
		value = value * 10 + (text->data[i] - '0');
	}
	*text = view_slice(*text, count, text->length);
	return value;
}

static bool
cut_byte(struct view *text, const char *choices)
{
	if (text->length == 0 || text->data[0] == 0 ||
	    strchr(choices, text->data[0]) == NULL)
		return false;
	*text = view_slice(*text, 1, text->length);
	return true;
}

static bool
cut_fraction(struct view *text, int *out_ms)
{
	int weight = 100, ms = 0, digits = 0;

	if (!cut_byte(text, ".")) {
		*out_ms = 0;
		return true;
	}
	for (; digits < 9; digits++) {
		int digit = cut_digits(text, 1);
		if (digit < 0)
			break;
		ms += digit * weight;
		weight /= 10;
	}
	*out_ms = ms;
	return digits > 0;
}

static bool
cut_offset(struct view *text, int *out_minutes)
{
	int hours, minutes, sign;

	if (cut_byte(text, "Zz")) {
		*out_minutes = 0;
		return true;
	}
	if (text->length == 0)
		return false;
	sign = text->data[0] == '-' ? -1 : 1;
	if (!cut_byte(text, "+-") || (hours = cut_digits(text, 2)) < 0 ||
	    hours > 23 || !cut_byte(text, ":") ||
	    (minutes = cut_digits(text, 2)) < 0 || minutes > 59)
		return false;
	*out_minutes = sign * (hours * 60 + minutes);
	return true;
}

static bool
date_is_real(const struct tm *wanted, int64_t seconds)
{
	time_t stamp = seconds;
	struct tm back;

	return gmtime_r(&stamp, &back) != NULL &&
	    back.tm_mday == wanted->tm_mday && back.tm_mon == wanted->tm_mon;
}

bool
clock_parse_rfc3339(struct view text, int64_t *out_wall_ms)
{
	struct tm parts = {0}, normal;
	int ms, offset, year;
	int64_t seconds;

	if ((year = cut_digits(&text, 4)) < 0 || !cut_byte(&text, "-") ||
	    (parts.tm_mon = cut_digits(&text, 2) - 1) < 0 ||
	    parts.tm_mon > 11 || !cut_byte(&text, "-") ||
	    (parts.tm_mday = cut_digits(&text, 2)) < 1 || parts.tm_mday > 31 ||
	    !cut_byte(&text, "Tt ") ||
	    (parts.tm_hour = cut_digits(&text, 2)) < 0 || parts.tm_hour > 23 ||
	    !cut_byte(&text, ":") ||
	    (parts.tm_min = cut_digits(&text, 2)) < 0 || parts.tm_min > 59 ||
	    !cut_byte(&text, ":") ||
	    (parts.tm_sec = cut_digits(&text, 2)) < 0 || parts.tm_sec > 59 ||
	    !cut_fraction(&text, &ms) || !cut_offset(&text, &offset) ||
	    text.length > 0)
		return false;
	parts.tm_year = year - 1900;
	normal = parts;
	seconds = timegm(&normal);
	if (!date_is_real(&parts, seconds))
		return false;
	*out_wall_ms = (seconds - (int64_t)offset * 60) * 1000 + ms;
	return true;
}
