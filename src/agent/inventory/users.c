/* The section "users": local accounts and what they may become. */
#include "agent/inventory/collect.h"

#include "base/memory.h"

enum {
	PASSWD_MAX = 8 * 1024 * 1024,
	GROUPS_OF_USER_MAX = 64,
};

/* Up to count fields parted by colons; how many there were. */
static size_t
split(struct view line, struct view *fields, size_t count)
{
	size_t found = 0;
	bool is_cut = true;

	while (is_cut && found < count)
		is_cut = view_cut(line, ':', &fields[found++], &line);
	return found;
}

static bool
is_member(struct view members, struct view user)
{
	struct view member;

	while (members.length > 0) {
		view_cut(members, ',', &member, &members);
		if (view_equal(member, user))
			return true;
	}
	return false;
}

static bool
may_administrate(struct view group)
{
	return view_equal_string(group, "sudo") ||
	    view_equal_string(group, "wheel") ||
	    view_equal_string(group, "admin") ||
	    view_equal_string(group, "root");
}

/* group(5): name, password, number, members. */
static bool
add_groups(json_t *item, struct view groups, struct view user, struct view gid)
{
	scoped(source_names_done) struct source_names found = {NULL, 0};
	json_t *names = json_array();
	bool is_administrator = false;
	struct view line, fields[4];

	while (
	    source_line(&groups, &line) && found.count < GROUPS_OF_USER_MAX) {
		scoped(memory_freep) char *name = NULL;

		if (split(line, fields, 4) < 4 ||
		    (!view_equal(fields[2], gid) &&
			!is_member(fields[3], user)))
			continue;
		name = view_to_string(view_slice(fields[0], 0, 256));
		source_names_add(&found, name);
		is_administrator |= may_administrate(fields[0]);
	}
	source_names_sort(&found);
	for (size_t i = 0; i < found.count; i++) {
		json_t *name = json_string(found.names[i]);

		if (name != NULL) /* not UTF-8: no group that anyone made */
			json_array_append_new(names, name);
	}
	json_set_value(item, "groups", names);
	return is_administrator;
}

static bool
can_log_in(struct view shell)
{
	static const char *const closed[] = {"/usr/sbin/nologin",
	    "/sbin/nologin", "/bin/nologin", "/usr/bin/nologin", "/bin/false",
	    "/usr/bin/false", "/bin/sync"};

	for (size_t i = 0; i < array_length(closed); i++)
		if (view_equal_string(shell, closed[i]))
			return false;
	return true;
}

/* passwd(5): name, password, uid, gid, gecos, home, shell. */
static void
add_user(json_t *section, struct view line, struct view groups)
{
	scoped(memory_freep) char *name = NULL;
	struct view fields[7], full_name, rest;
	uint64_t uid = 0, gid = 0;
	bool is_administrator;
	json_t *item;

	if (split(line, fields, 7) < 7 || fields[0].length == 0 ||
	    !view_to_u64(fields[2], UINT32_MAX, &uid) ||
	    !view_to_u64(fields[3], UINT32_MAX, &gid))
		return; /* "+::::::" of NIS and comments too */
	item = json_object();
	view_cut(fields[4], ',', &full_name, &rest);
	json_set_integer(item, "uid", (int64_t)uid);
	json_set_integer(item, "gid", (int64_t)gid);
	source_set_view(item, "full_name", full_name);
	source_set_view(item, "home", fields[5]);
	source_set_view(item, "shell", fields[6]);
	json_set_bool(item, "can_log_in", can_log_in(fields[6]));
	is_administrator = add_groups(item, groups, fields[0], fields[3]);
	json_set_bool(item, "administrator", uid == 0 || is_administrator);
	name = view_to_string(fields[0]);
	source_add(section, name, item);
}

bool
users_collect(const struct source *source, json_t *section, struct err *err)
{
	size_t length = 0, groups_length = 0;
	scoped(memory_freep) char *users =
	    source_read(source, "/etc/passwd", PASSWD_MAX, &length);
	scoped(memory_freep) char *groups =
	    source_read(source, "/etc/group", PASSWD_MAX, &groups_length);
	struct view rest = view_of(users, length), line;

	if (users == NULL)
		return err_set(
		    err, ERR_NOT_FOUND, "/etc/passwd cannot be read");
	while (source_line(&rest, &line))
		add_user(section, line, view_of(groups, groups_length));
	return true;
}
