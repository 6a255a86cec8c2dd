/* The section "filesystems": what is mounted and holds data. */
#include "agent/inventory/collect.h"

#include <sys/statvfs.h>

#include "base/memory.h"

enum {
	MOUNTINFO_MAX = 4 * 1024 * 1024,
	MOUNTS_MAX = 2000,
};

/* proc(5), mountinfo: "36 35 98:0 /root /mnt options optional - type source
 * superoptions". */
struct mount {
	struct view device_number;
	struct view root;
	struct view point;
	struct view options;
	struct view type;
	struct view origin;
};

static struct view
next_field(struct view *rest)
{
	struct view field;

	view_cut(*rest, ' ', &field, rest);
	return field;
}

static bool
read_mount(struct view line, struct mount *out)
{
	struct view field;

	next_field(&line); /* mount id */
	next_field(&line); /* parent's id */
	out->device_number = next_field(&line);
	out->root = next_field(&line);
	out->point = next_field(&line);
	out->options = next_field(&line);
	do {
		field = next_field(&line);
	} while (field.length > 0 && !view_equal_string(field, "-"));
	out->type = next_field(&line);
	out->origin = next_field(&line);
	return out->point.length > 0 && out->type.length > 0;
}

/* Spaces and the like are written as three octal digits. */
static char *
unescape(struct view text)
{
	char *plain = memory_zeroed(text.length + 1);
	size_t used = 0;

	for (size_t i = 0; i < text.length; i++) {
		const uint8_t *c = text.data + i;

		if (c[0] == '\\' && i + 3 < text.length && c[1] >= '0' &&
		    c[1] <= '3' && c[2] >= '0' && c[2] <= '7' && c[3] >= '0' &&
		    c[3] <= '7') {
			plain[used++] = (char)((c[1] - '0') * 64 +
			    (c[2] - '0') * 8 + (c[3] - '0'));
			i += 3;
		} else {
			plain[used++] = (char)c[0];
		}
	}
	return plain;
}

static bool
is_one_of(struct view type, const char *const *types, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (view_equal_string(type, types[i]))
			return true;
	return false;
}

/* On another machine: asking for its size may hang for minutes. */
static bool
is_remote(struct view type)
{
	static const char *const types[] = {"nfs", "nfs4", "cifs", "smb3",
	    "ceph", "glusterfs", "fuse.sshfs", "9p", "afs", "lustre"};

	return is_one_of(type, types, array_length(types));
}

static bool
holds_data(const struct mount *mount)
{
	static const char *const types[] = {
	    "zfs", "btrfs", "overlay", "virtiofs", "bcachefs"};
	static const char *const images[] = {"squashfs", "iso9660", "devtmpfs"};

	if (is_one_of(mount->type, images, array_length(images)))
		return false;
	/* Layers of containers come and go by the minute. */
	if (view_equal_string(mount->type, "overlay"))
		return view_equal_string(mount->point, "/");
	return view_starts_with(mount->origin, "/dev/") ||
	    is_remote(mount->type) ||
	    is_one_of(mount->type, types, array_length(types));
}

static bool
has_option(struct view options, const char *wanted)
{
	struct view option;

	while (options.length > 0) {
		view_cut(options, ',', &option, &options);
		if (view_equal_string(option, wanted))
			return true;
	}
	return false;
}

/* In steps of ten: the exact value moves all the time. */
static void
add_sizes(const struct source *source, json_t *item, const char *point)
{
	scoped(memory_freep) char *path = source_path(source, point);
	struct statvfs status;
	uint64_t used;

	if (statvfs(path, &status) != 0 || status.f_blocks == 0)
		return;
	used = (uint64_t)(status.f_blocks - status.f_bfree) * 100 /
	    status.f_blocks;
	json_set_integer(
	    item, "size_bytes", (int64_t)(status.f_blocks * status.f_frsize));
	json_set_integer(item, "used_percent", (int64_t)(used / 10 * 10));
}

static void
add_mount(
    const struct source *source, json_t *section, const struct mount *mount)
{
	scoped(memory_freep) char *point = unescape(mount->point);
	scoped(memory_freep) char *origin = unescape(mount->origin);
	json_t *item = json_object();

	source_set(item, "device", origin);
	source_set_view(item, "type", mount->type);
	json_set_bool(item, "read_only", has_option(mount->options, "ro"));
	if (!is_remote(mount->type))
		add_sizes(source, item, point);
	source_add(section, point, item);
}

/* The same device a second time is a bind mount. */
static bool
is_seen(const struct view *seen, size_t count, struct view device_number)
{
	for (size_t i = 0; i < count; i++)
		if (view_equal(seen[i], device_number))
			return true;
	return false;
}

bool
filesystems_collect(
    const struct source *source, json_t *section, struct err *err)
{
	size_t length = 0, count = 0;
	scoped(memory_freep) char *text =
	    source_read(source, "/proc/self/mountinfo", MOUNTINFO_MAX, &length);
	scoped(memory_freep) struct view *seen =
	    memory_array(MOUNTS_MAX, sizeof(*seen));
	struct view rest = view_of(text, length), line;

	if (text == NULL)
		return err_set(
		    err, ERR_NOT_FOUND, "/proc/self/mountinfo cannot be read");
	while (count < MOUNTS_MAX && source_line(&rest, &line)) {
		struct mount mount;

		if (!read_mount(line, &mount) || !holds_data(&mount) ||
		    is_seen(seen, count, mount.device_number))
			continue;
		seen[count++] = mount.device_number;
		add_mount(source, section, &mount);
	}
	return true;
}
