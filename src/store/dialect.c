/* From the shared SQL to what one database understands. */
#include "store/dialect.h"

#include <string.h>

#include "base/memory.h"

static const char COLLATE_C[] = "COLLATE \"C\"";
/* A table of SQLite whose rows stand in its primary key; PostgreSQL has but
 * one kind of table. */
static const char WITHOUT_ROWID[] = " WITHOUT ROWID";

/* Where the quoted part that begins at text ends (behind its last quote). A
 * doubled quote inside is two quoted parts side by side: the same result. */
static const char *
quoted_end(const char *text)
{
	const char *end = strchr(text + 1, *text);

	return end == NULL ? text + strlen(text) : end + 1;
}

char *
dialect_to_sqlite(const char *sql)
{
	char *out = memory_zeroed(strlen(sql) + 1);
	size_t used = 0;

	while (*sql != '\0') {
		const char *end = sql + 1;

		if (strncmp(sql, COLLATE_C, sizeof(COLLATE_C) - 1) == 0) {
			sql += sizeof(COLLATE_C) - 1;
			continue;
		}
		if (*sql == '\'' || *sql == '"')
			end = quoted_end(sql);
		memcpy(out + used, sql, (size_t)(end - sql));
		used += (size_t)(end - sql);
		sql = end;
	}
	return out;
}

char *
dialect_to_postgresql(const char *sql)
{
	char *out = memory_string(sql);

	for (char *at = out; *at != '\0';) {
		if (*at == '\'' || *at == '"') {
			at += quoted_end(at) - at;
			continue;
		}
		if (strncmp(at, WITHOUT_ROWID, sizeof(WITHOUT_ROWID) - 1) ==
		    0) {
			size_t length = sizeof(WITHOUT_ROWID) - 1;

			memmove(at, at + length, strlen(at) + 1 - length);
			continue;
		}
		if (*at == '?' && at[1] >= '1' && at[1] <= '9')
			*at = '$';
		at++;
	}
	return out;
}
