/* The section "disks": whole block devices that hold data, from /sys/block. */
#include "agent/inventory/collect.h"

#include "base/memory.h"

enum {
	SECTOR_BYTES = 512 /* of /sys/block/NAME/size, whatever the disk has */
};

/* Not disks, or made of disks that are listed themselves. */
static bool
is_disk(const char *name)
{
	static const char *const others[] = {
	    "loop", "ram", "zram", "dm-", "md", "sr", "fd", "nbd", "drbd"};

	for (size_t i = 0; i < array_length(others); i++)
		if (strncmp(name, others[i], strlen(others[i])) == 0)
			return false;
	return true;
}

static void
add_text(const struct source *source, json_t *item, const char *member,
    const char *disk, const char *file)
{
	scoped(memory_freep) char *value =
	    source_value(source, "/sys/block/%s/%s", disk, file);

	if (json_object_get(item, member) == NULL)
		source_set(item, member, value);
}

static void
add_flag(const struct source *source, json_t *item, const char *member,
    const char *disk, const char *file)
{
	uint64_t value = 0;

	if (source_number(source, &value, "/sys/block/%s/%s", disk, file))
		json_set_bool(item, member, value != 0);
}

static void
add_disk(const struct source *source, json_t *section, const char *disk)
{
	uint64_t sectors = 0;
	json_t *item;

	if (!source_number(source, &sectors, "/sys/block/%s/size", disk) ||
	    sectors == 0 || sectors > INT64_MAX / SECTOR_BYTES)
		return; /* an empty card reader */
	item = json_object();
	json_set_integer(item, "size_bytes", (int64_t)sectors * SECTOR_BYTES);
	add_text(source, item, "model", disk, "device/model");
	add_text(source, item, "model", disk, "device/name");
	add_text(source, item, "serial", disk, "device/serial");
	add_text(source, item, "serial", disk, "serial");
	add_text(source, item, "vendor", disk, "device/vendor");
	add_flag(source, item, "rotational", disk, "queue/rotational");
	add_flag(source, item, "removable", disk, "removable");
	add_flag(source, item, "read_only", disk, "ro");
	source_add(section, disk, item);
}

bool
disks_collect(const struct source *source, json_t *section, struct err *err)
{
	scoped(source_names_done) struct source_names disks =
	    source_list(source, "/sys/block");

	for (size_t i = 0; i < disks.count; i++)
		if (is_disk(disks.names[i]))
			add_disk(source, section, disks.names[i]);
	return true;
}
