/* The log on standard error: one escaped line per event. */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/clock.h"

enum {
	LINE_MAX_BYTES = 4096
};

static struct {
	const char *role;
	enum log_level least;
	bool is_journal;
} state = {"warifu", LOG_LEVEL_INFO, false};

static const struct {
	const char *name;
	int priority; /* syslog(3) */
} LEVELS[] = {
    [LOG_LEVEL_ERROR] = {"error", 3},
    [LOG_LEVEL_WARNING] = {"warning", 4},
    [LOG_LEVEL_INFO] = {"info", 6},
    [LOG_LEVEL_DEBUG] = {"debug", 7},
};

void
log_init(const char *role, enum log_level least)
{
	state.role = role;
	state.least = least;
	state.is_journal = getenv("JOURNAL_STREAM") != NULL;
}

struct line {
	char text[LINE_MAX_BYTES];
	size_t used;
};

static void
put(struct line *line, char c)
{
	if (line->used < sizeof(line->text) - 1)
		line->text[line->used++] = c;
}

static void
put_text(struct line *line, const char *text)
{
	while (*text != '\0')
		put(line, *text++);
}

static void
put_escaped(struct line *line, const char *text)
{
	static const char digits[] = "0123456789abcdef";

	for (; *text != '\0'; text++) {
		unsigned char c = (unsigned char)*text;

		if (c < 0x20 || c == 0x7f) {
			put_text(line, "\\x");
			put(line, digits[c >> 4]);
			put(line, digits[c & 15]);
		} else if (c == '"' || c == '\\') {
			put(line, '\\');
			put(line, *text);
		} else {
			put(line, *text);
		}
	}
}

static bool
needs_quotes(const char *value)
{
	return *value == '\0' || strpbrk(value, " \"\\=\t\r\n") != NULL;
}

static void
put_pair(struct line *line, const char *key, const char *value)
{
	bool is_quoted = needs_quotes(value);

	put(line, ' ');
	put_text(line, key);
	put(line, '=');
	if (is_quoted)
		put(line, '"');
	put_escaped(line, value);
	if (is_quoted)
		put(line, '"');
}

static void
put_head(struct line *line, enum log_level level)
{
	char head[96], when[RFC3339_SIZE];

	if (state.is_journal) {
		snprintf(head, sizeof(head),
		    "<%d>%s[%d]: ", LEVELS[level].priority, state.role,
		    (int)getpid());
	} else {
		clock_format_rfc3339(clock_wall_ms(), when);
		snprintf(head, sizeof(head), "%s %s %s[%d]: ", when,
		    LEVELS[level].name, state.role, (int)getpid());
	}
	put_text(line, head);
}

void
log_event(enum log_level level, const char *sentence, ...)
{
	struct line line = {.used = 0};
	const char *key, *value;
	va_list pairs;
	ssize_t ignored maybe_unused;

	if (level > state.least)
		return;
	put_head(&line, level);
	put_escaped(&line, sentence);
	va_start(pairs, sentence);
	while ((key = va_arg(pairs, const char *)) != NULL) {
		value = va_arg(pairs, const char *);
		put_pair(&line, key, value != NULL ? value : "-");
	}
	va_end(pairs);
	line.text[line.used++] = '\n';
	/* One write: lines of several roles do not mix. */
	ignored = write(STDERR_FILENO, line.text, line.used);
}

void
log_failure(enum log_level level, const char *sentence, const struct err *err)
{
	char whole[ERR_SENTENCE_MAX + 256];

	snprintf(whole, sizeof(whole), "%s: %s", sentence, err_sentence(err));
	if (err->code[0] != '\0')
		log_event(level, whole, "category",
		    err_category_name(err->category), "code", err->code, NULL);
	else
		log_event(level, whole, "category",
		    err_category_name(err->category), NULL);
}

bool
log_budget_take(struct log_budget *budget, enum log_level level)
{
	int64_t now = clock_monotonic_ms();

	if (level > state.least)
		return false;
	if (now - budget->window_start_ms >= 1000) {
		if (budget->suppressed > 0) {
			char count[16];

			snprintf(
			    count, sizeof(count), "%u", budget->suppressed);
			log_event(level, "similar lines were held back",
			    "suppressed", count, NULL);
		}
		budget->window_start_ms = now;
		budget->used = 0;
		budget->suppressed = 0;
	}
	if (budget->used < LOG_BUDGET_PER_SECOND) {
		budget->used++;
		return true;
	}
	budget->suppressed++;
	return false;
}
