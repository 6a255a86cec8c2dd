/* Show a directory at a path that every user may pass to. */
#include "os/mount.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "os/file.h"

#define PLACE "/run/warifu"

enum {
	OTHERS_PASS = 001,
};

bool
mount_find_closed(const char *path, char **out_closed, struct err *err)
{
	scoped(memory_freep) char *way = memory_string(path);
	struct stat found;

	*out_closed = NULL;
	for (char *slash = strrchr(way, '/'); slash != NULL && slash != way;
	     slash = strrchr(way, '/')) {
		*slash = '\0';
		if (stat(way, &found) != 0)
			return err_set_errno(err, "cannot look at %s", way);
		if ((found.st_mode & OTHERS_PASS) == 0) {
			*out_closed = take(way);
			return true;
		}
	}
	return true;
}

static bool
make_place(const char *path, struct err *err)
{
	if (mkdir(path, 0755) != 0 && errno != EEXIST)
		return err_set_errno(err, "cannot make %s", path);
	/* Whatever the umask is. */
	if (chmod(path, 0755) != 0)
		return err_set_errno(err, "cannot open %s to all", path);
	return true;
}

bool
mount_show(const char *path, const char *name, char **out_path, struct err *err)
{
	scoped(memory_freep) char *place = file_join(PLACE, name);

	if (!make_place(PLACE, err) || !make_place(place, err))
		return false;
	if (unshare(CLONE_NEWNS) != 0 ||
	    mount("none", "/", NULL, MS_REC | MS_SLAVE, NULL) != 0 ||
	    mount(path, place, NULL, MS_BIND, NULL) != 0)
		return err_set_errno(err, "cannot show %s at %s", path, place);
	*out_path = take(place);
	return true;
}
