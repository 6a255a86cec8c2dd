/* The section "hardware": SMBIOS as the kernel shows it, or the device tree. */
#include "agent/inventory/collect.h"

#include <sys/utsname.h>

#include "base/memory.h"

static const struct {
	const char *file;
	const char *member;
} SMBIOS[] = {
    {"sys_vendor", "manufacturer"},
    {"product_name", "product"},
    {"product_version", "version"},
    {"product_serial", "serial"},
    {"product_uuid", "uuid"},
    {"board_vendor", "board_manufacturer"},
    {"board_name", "board_product"},
    {"board_serial", "board_serial"},
    {"bios_vendor", "firmware_vendor"},
    {"bios_version", "firmware_version"},
    {"bios_date", "firmware_date"},
};

/* SMBIOS 3.6, 7.4.1: the forms that an administrator tells apart. */
static const struct {
	unsigned number;
	const char *name;
} CHASSIS[] = {
    {3, "desktop"},
    {4, "desktop"},
    {5, "desktop"},
    {6, "desktop"},
    {7, "desktop"},
    {13, "all-in-one"},
    {15, "desktop"},
    {16, "desktop"},
    {8, "notebook"},
    {9, "notebook"},
    {10, "notebook"},
    {14, "notebook"},
    {31, "notebook"},
    {32, "notebook"},
    {30, "tablet"},
    {11, "handheld"},
    {17, "server"},
    {23, "server"},
    {25, "server"},
    {28, "server"},
    {29, "server"},
    {35, "desktop"},
    {36, "desktop"},
};

/* What firmware says when nobody filled it in. */
static bool
is_placeholder(const char *text)
{
	static const char *const placeholders[] = {
	    "To Be Filled By O.E.M.",
	    "To be filled by O.E.M.",
	    "Default string",
	    "Not Specified",
	    "Not Applicable",
	    "System Serial Number",
	    "System manufacturer",
	    "System Product Name",
	    "None",
	    "N/A",
	};

	for (size_t i = 0; i < array_length(placeholders); i++)
		if (strcmp(text, placeholders[i]) == 0)
			return true;
	return false;
}

static void
add_smbios(const struct source *source, json_t *item)
{
	uint64_t chassis = 0;

	for (size_t i = 0; i < array_length(SMBIOS); i++) {
		scoped(memory_freep) char *value = source_value(
		    source, "/sys/class/dmi/id/%s", SMBIOS[i].file);

		if (value != NULL && !is_placeholder(value))
			source_set(item, SMBIOS[i].member, value);
	}
	if (!source_number(source, &chassis, "/sys/class/dmi/id/chassis_type"))
		return;
	for (size_t i = 0; i < array_length(CHASSIS); i++)
		if (CHASSIS[i].number == chassis)
			source_set(item, "chassis_type", CHASSIS[i].name);
}

/* Boards without SMBIOS: "vendor,board" strings of the flattened tree. */
static void
add_device_tree(const struct source *source, json_t *item)
{
	scoped(memory_freep) char *model =
	    source_value(source, "/proc/device-tree/model");
	scoped(memory_freep) char *serial =
	    source_value(source, "/proc/device-tree/serial-number");
	scoped(memory_freep) char *compatible =
	    source_value(source, "/proc/device-tree/compatible");
	struct view vendor, rest;

	if (json_object_get(item, "product") == NULL)
		source_set(item, "product", model);
	if (json_object_get(item, "serial") == NULL)
		source_set(item, "serial", serial);
	if (json_object_get(item, "manufacturer") == NULL &&
	    view_cut(view_string(compatible), ',', &vendor, &rest))
		source_set_view(item, "manufacturer", vendor);
}

static void
add_virtualization(const struct source *source, json_t *item)
{
	static const struct {
		const char *word;
		const char *name;
	} makers[] = {
	    {"QEMU", "kvm"},
	    {"KVM", "kvm"},
	    {"VMware", "vmware"},
	    {"VirtualBox", "virtualbox"},
	    {"Xen", "xen"},
	    {"Amazon EC2", "amazon"},
	    {"Google", "google"},
	};
	const char *maker =
	    json_string_value(json_object_get(item, "manufacturer"));
	const char *product =
	    json_string_value(json_object_get(item, "product"));

	if (source_exists(source, "/.dockerenv") ||
	    source_exists(source, "/run/.containerenv") ||
	    source_exists(source, "/run/systemd/container"))
		source_set(item, "virtualization", "container");
	for (size_t i = 0; i < array_length(makers) &&
	     json_object_get(item, "virtualization") == NULL;
	     i++)
		if ((maker != NULL && strstr(maker, makers[i].word) != NULL) ||
		    (product != NULL &&
			strstr(product, makers[i].word) != NULL))
			source_set(item, "virtualization", makers[i].name);
	if (maker != NULL && strcmp(maker, "Microsoft Corporation") == 0 &&
	    product != NULL && strcmp(product, "Virtual Machine") == 0)
		source_set(item, "virtualization", "hyper-v");
}

bool
hardware_collect(const struct source *source, json_t *section, struct err *err)
{
	json_t *item = json_object();
	struct utsname name;

	add_smbios(source, item);
	add_device_tree(source, item);
	add_virtualization(source, item);
	if (source->is_live && uname(&name) == 0)
		source_set(item, "architecture", name.machine);
	source_add(section, "this", item);
	return true;
}
