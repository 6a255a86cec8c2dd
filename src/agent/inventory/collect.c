/* The table of sections and the walk over it. */
#include "agent/inventory/collect.h"

static section_collector *const COLLECTORS[INVENTORY_SECTIONS] = {
    [INVENTORY_HARDWARE] = hardware_collect,
    [INVENTORY_PROCESSORS] = processors_collect,
    [INVENTORY_MEMORY] = memory_collect,
    [INVENTORY_DISKS] = disks_collect,
    [INVENTORY_FILESYSTEMS] = filesystems_collect,
    [INVENTORY_INTERFACES] = interfaces_collect,
    [INVENTORY_OPERATING_SYSTEM] = operating_system_collect,
    [INVENTORY_PACKAGES] = packages_collect,
    [INVENTORY_SERVICES] = services_collect,
    [INVENTORY_USERS] = users_collect,
};

/* The server takes no more items of a section than this; the rest is cut in
 * the order of the keys, so that the cut is always the same. */
static void
cut_to_limit(enum inventory_section section, json_t *items)
{
	size_t max = inventory_section_max(section), kept = 0;
	scoped(source_names_done) struct source_names keys = {NULL, 0};
	const char *key;
	json_t *item;

	if (json_object_size(items) <= max)
		return;
	json_object_foreach (items, key, item)
		source_names_add(&keys, key);
	source_names_sort(&keys);
	for (kept = max; kept < keys.count; kept++)
		json_object_del(items, keys.names[kept]);
}

void
collect_inventory(
    const struct source *source, json_t **out_sections, json_t **out_failures)
{
	json_t *sections = json_object();
	json_t *failures = json_object();

	for (int i = 0; i < INVENTORY_SECTIONS; i++) {
		scoped(json_freep) json_t *section = json_object();
		const char *name = inventory_section_name(i);
		struct err err = ERR_INIT;

		if (!COLLECTORS[i](source, section, &err)) {
			json_set_string(failures, name, err_sentence(&err));
			continue;
		}
		cut_to_limit(i, section);
		json_set_value(sections, name, take(section));
	}
	*out_sections = sections;
	*out_failures = failures;
}

uint64_t
collect_software_mark(const struct source *source)
{
	static const char *const databases[] = {
	    "/var/lib/dpkg/status",
	    "/var/lib/rpm/rpmdb.sqlite",
	    "/var/lib/rpm/rpmdb.sqlite-wal",
	    "/var/lib/rpm/Packages",
	    "/var/lib/rpm/Packages.db",
	    "/usr/lib/sysimage/rpm/rpmdb.sqlite",
	    "/usr/lib/sysimage/rpm/rpmdb.sqlite-wal",
	    "/usr/lib/sysimage/rpm/Packages.db",
	};
	uint64_t mark = 14695981039346656037U; /* FNV-1a, 64 bits */

	for (size_t i = 0; i < array_length(databases); i++) {
		struct stat status = {0};
		uint64_t parts[3];

		if (!source_stat(source, databases[i], &status))
			continue;
		parts[0] = (uint64_t)status.st_mtim.tv_sec;
		parts[1] = (uint64_t)status.st_mtim.tv_nsec;
		parts[2] = (uint64_t)status.st_size + i;
		for (size_t k = 0; k < array_length(parts); k++)
			mark = (mark ^ parts[k]) * 1099511628211U;
	}
	return mark;
}
