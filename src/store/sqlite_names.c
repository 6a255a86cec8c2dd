/* A VFS that leaves plain file names alone. */
#include "store/sqlite_names.h"

#include <pthread.h>
#include <sqlite3.h>

#include "base/check.h"

static const char NAME[] = "warifu-plain-names";
static sqlite3_vfs plain;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static int
keep_name(sqlite3_vfs *vfs, const char *name, int size, char *out)
{
	int written = snprintf(out, (size_t)size, "%s", name);

	return written < 0 || written >= size ? SQLITE_CANTOPEN : SQLITE_OK;
}

static void
make_vfs(void)
{
	const sqlite3_vfs *standard = sqlite3_vfs_find(NULL);

	check(standard != NULL);
	plain = *standard;
	plain.pNext = NULL;
	plain.zName = NAME;
	plain.xFullPathname = keep_name;
	check(sqlite3_vfs_register(&plain, 0) == SQLITE_OK);
}

const char *
sqlite_names_vfs(const char *name)
{
	if (strchr(name, '/') != NULL)
		return NULL;
	check(pthread_once(&once, make_vfs) == 0);
	return NAME;
}
