/*
 * Names of SQLite files as they were given.
 *
 * SQLite makes every name absolute and looks at each folder on the way. Core
 * works inside its own folder, which may stand beneath folders that its user
 * must not enter; a name without "/" must stay as it is. One VFS, derived from
 * the default one, differs in that alone (sqlite.org/vfs.html).
 */
#ifndef STORE_SQLITE_NAMES_H
#define STORE_SQLITE_NAMES_H

#include "base/attributes.h"

/* The VFS for this file name: NULL is the default one. Safe from any thread. */
must_use const char *sqlite_names_vfs(const char *name);

#endif
