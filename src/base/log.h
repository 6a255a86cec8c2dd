/*
 * The log: one line per event on standard error, for a person and for
 * journald.
 *
 * "2026-11-21T19:17:49.123Z info core[812]: sentence key=value key="two
 * words"". Under systemd (JOURNAL_STREAM set) the time is left out and the line
 * begins with "<6>" and the like (sd-daemon(3)). Only the outermost function of
 * a program logs; library code returns errors. Values from outside are escaped,
 * secrets never get here. Cannot fail; safe from any thread.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARNING,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG,
};

/* role: the word before the process id; a literal. */
void log_init(const char *role, enum log_level least);

/* A sentence, then pairs of key and value (both strings), ended by NULL. */
void log_event(enum log_level level, const char *sentence, ...) ends_with_null;
#define log_error(...)   log_event(LOG_LEVEL_ERROR, __VA_ARGS__, NULL)
#define log_warning(...) log_event(LOG_LEVEL_WARNING, __VA_ARGS__, NULL)
#define log_info(...)    log_event(LOG_LEVEL_INFO, __VA_ARGS__, NULL)
#define log_debug(...)   log_event(LOG_LEVEL_DEBUG, __VA_ARGS__, NULL)

/* One line for a failure: "SENTENCE: error's sentence" with its category. */
void
log_failure(enum log_level level, const char *sentence, const struct err *err);

/* A budget of lines per second for what outsiders can cause. Returns true when
 * a line of that level may be written; what was held back is told, at the same
 * level, before the next one as suppressed=N. Levels that are not logged are
 * never allowed and never counted. One static struct per call site. */
struct log_budget {
	int64_t window_start_ms;
	unsigned used;
	unsigned suppressed;
};
enum {
	LOG_BUDGET_PER_SECOND = 20
};
must_use bool log_budget_take(struct log_budget *budget, enum log_level level);

#endif
