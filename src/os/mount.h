/*
 * A way for unprivileged processes to a directory that lies beneath one they
 * may not pass, such as a state directory in somebody's home: it is shown at
 * another path as well, to this process and its children alone (a mount
 * namespace of their own). Needs root's rights; before any thread.
 */
#ifndef OS_MOUNT_H
#define OS_MOUNT_H

#include "base/attributes.h"
#include "base/err.h"

/* Do all directories above an absolute path let every user pass? The first
 * that does not is out_closed (allocated, NULL where none). */
must_use bool
mount_find_closed(const char *path, char **out_closed, struct err *err);
/* Show the directory at /run/warifu/NAME too; out_path is allocated. What else
 * is mounted later on the machine is still seen. */
must_use bool mount_show(
    const char *path, const char *name, char **out_path, struct err *err);

#endif
