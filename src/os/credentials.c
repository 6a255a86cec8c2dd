/* Users and capabilities: dropped for good, and the drop proved. */
#include "os/credentials.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

struct capabilities {
	struct __user_cap_data_struct half[_LINUX_CAPABILITY_U32S_3];
};

bool
credentials_is_root(void)
{
	return geteuid() == 0;
}

bool
credentials_lookup(const char *user, struct credentials *out, struct err *err)
{
	struct passwd entry, *found = NULL;
	char storage[4096];
	int number = getpwnam_r(user, &entry, storage, sizeof(storage), &found);

	if (found == NULL) {
		errno = number;
		if (number != 0)
			return err_set_errno(
			    err, "cannot look up user %s", user);
		return err_set_code(err, ERR_NOT_FOUND, "user_missing",
		    "there is no user %s; make it with: useradd --system "
		    "--user-group --no-create-home --shell /usr/sbin/nologin "
		    "%s",
		    user, user);
	}
	out->uid = found->pw_uid;
	out->gid = found->pw_gid;
	return true;
}

static bool
get_capabilities(struct capabilities *out)
{
	struct __user_cap_header_struct header = {
	    .version = _LINUX_CAPABILITY_VERSION_3};

	return syscall(SYS_capget, &header, out->half) == 0;
}

static bool
set_capabilities(const struct capabilities *wanted)
{
	struct __user_cap_header_struct header = {
	    .version = _LINUX_CAPABILITY_VERSION_3};

	return syscall(SYS_capset, &header, wanted->half) == 0;
}

static bool
is_kept(const int *kept, size_t count, int capability)
{
	for (size_t i = 0; i < count; i++)
		if (kept[i] == capability)
			return true;
	return false;
}

/* Needs CAP_SETPCAP; without it the set stays as it is, which is harmless
 * after no_new_privs. */
static void
cut_bounding_set(const int *kept, size_t count)
{
	for (int c = 0; prctl(PR_CAPBSET_READ, c) >= 0; c++)
		if (!is_kept(kept, count, c))
			(void)prctl(PR_CAPBSET_DROP, c);
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
}

bool
credentials_keep_capabilities(
    const int *capabilities, size_t count, struct err *err)
{
	struct capabilities wanted = {0}, now;

	cut_bounding_set(capabilities, count);
	if (!get_capabilities(&now))
		return err_set_errno(err, "cannot read capabilities");
	for (size_t i = 0; i < count; i++) {
		size_t half = CAP_TO_INDEX((unsigned)capabilities[i]);
		unsigned bit = CAP_TO_MASK((unsigned)capabilities[i]);

		wanted.half[half].permitted |= bit & now.half[half].permitted;
		wanted.half[half].effective = wanted.half[half].permitted;
	}
	if (!set_capabilities(&wanted))
		return err_set_errno(err, "cannot give up capabilities");
	return true;
}

bool
credentials_seal(struct err *err)
{
	if (!credentials_keep_capabilities(NULL, 0, err))
		return false;
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return err_set_errno(err, "cannot set no_new_privs");
	return true;
}

static bool
prove(bool has_held, const char *what, struct err *err)
{
	return has_held ||
	    err_set_code(err, ERR_SYSTEM, "drop_not_proved",
		"the drop of privileges did not hold: %s", what);
}

/* Everything that would give the old identity back must fail. */
static bool
prove_drop(const struct credentials *to, struct err *err)
{
	struct capabilities now;
	uid_t real, effective, saved;
	gid_t real_group, effective_group, saved_group;
	gid_t groups[2];
	unsigned rest = 0;

	if (getresuid(&real, &effective, &saved) != 0 ||
	    getresgid(&real_group, &effective_group, &saved_group) != 0 ||
	    !get_capabilities(&now))
		return err_set_errno(err, "cannot look at credentials");
	for (size_t i = 0; i < array_length(now.half); i++)
		rest |= now.half[i].permitted | now.half[i].effective |
		    now.half[i].inheritable;
	return prove(
		   real == to->uid && effective == to->uid && saved == to->uid,
		   "the user is another", err) &&
	    prove(real_group == to->gid && effective_group == to->gid &&
		    saved_group == to->gid,
		"the group is another", err) &&
	    prove(getgroups(2, groups) <= 1, "there are other groups", err) &&
	    prove(rest == 0, "there are capabilities", err) &&
	    prove(setresuid(0, 0, 0) != 0, "root came back", err) &&
	    prove(setresgid(0, 0, 0) != 0, "root's group came back", err) &&
	    prove(setresuid(to->uid + 1, (uid_t)-1, (uid_t)-1) != 0,
		"another user could be had", err) &&
	    prove(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1,
		"no_new_privs is not set", err);
}

bool
credentials_drop(const struct credentials *to, struct err *err)
{
	if (to->uid == 0 || to->gid == 0)
		return err_set(err, ERR_DENIED, "a role never runs as root");
	cut_bounding_set(NULL, 0);
	if (setgroups(1, &to->gid) != 0 ||
	    setresgid(to->gid, to->gid, to->gid) != 0 ||
	    setresuid(to->uid, to->uid, to->uid) != 0)
		return err_set_errno(err, "cannot become user %u", to->uid);
	return credentials_seal(err) && prove_drop(to, err);
}

bool
credentials_set_undumpable(struct err *err)
{
	struct rlimit none = {0, 0};

	if (setrlimit(RLIMIT_CORE, &none) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0)
		return err_set_errno(err, "cannot forbid memory dumps");
	return true;
}

size_t
credentials_raise_descriptors(size_t wanted)
{
	struct rlimit limit, more;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	if (limit.rlim_cur >= wanted)
		return limit.rlim_cur;
	more = limit;
	more.rlim_cur = wanted;
	if (more.rlim_max < wanted)
		more.rlim_max = wanted;
	if (setrlimit(RLIMIT_NOFILE, &more) != 0) {
		/* Not root: the hard limit is the ceiling. */
		more.rlim_cur =
		    wanted < limit.rlim_max ? wanted : limit.rlim_max;
		more.rlim_max = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &more) != 0)
			return limit.rlim_cur;
	}
	return more.rlim_cur;
}
