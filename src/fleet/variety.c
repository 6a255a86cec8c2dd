/* Varying one inventory into many. */
#include "fleet/variety.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"

enum {
	UPGRADES = 3,        /* packages that a revision upgrades */
	REVISIONS_SEEN = 32, /* older upgrades are forgotten */
	OWN_VERSIONS = 20,   /* of a hundred packages, in another version */
};

struct package {
	const char *key;
	json_t *item;
};

struct variety {
	uint64_t seed;
	size_t least, most;
	json_t *template;
	struct package *packages;
	size_t package_count;
};

/* SplitMix64 (Steele, Lea, Flood 2014): every number gives another one. */
static uint64_t
mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15u;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
	return x ^ (x >> 31);
}

static uint64_t
draw(const struct variety *variety, size_t agent, uint64_t what, uint64_t n)
{
	return mix(mix(mix(variety->seed) ^ agent) ^ (what << 40) ^ n);
}

enum drawn {
	DRAWN_COUNT = 1,
	DRAWN_CHOICE,
	DRAWN_VERSION,
	DRAWN_UPGRADE,
	DRAWN_SERIAL,
	DRAWN_ADDRESS,
	DRAWN_DISK,
};

bool
variety_new(const json_t *template, uint64_t seed, size_t packages_least,
    size_t packages_most, struct variety **out, struct err *err)
{
	json_t *packages = json_object_get(template, "packages"), *item;
	struct variety *variety;
	const char *key;

	if (json_object_size(packages) == 0)
		return err_set_code(err, ERR_MALFORMED, "template",
		    "the inventory that the agents' are made of has no "
		    "packages");
	variety = memory_zeroed(sizeof(*variety));
	variety->seed = seed;
	variety->least = packages_least;
	variety->most = packages_most;
	variety->template = json_incref((json_t *)template);
	variety->packages = memory_array(
	    json_object_size(packages), sizeof(*variety->packages));
	json_object_foreach (packages, key, item) {
		variety->packages[variety->package_count++] =
		    (struct package){key, item};
	}
	*out = variety;
	return true;
}

void
variety_free(struct variety *variety)
{
	if (variety == NULL)
		return;
	free(variety->packages);
	json_decref(variety->template);
	free(variety);
}

void
variety_hostname(const struct variety *variety, size_t agent,
    char out[VARIETY_HOSTNAME_SIZE])
{
	snprintf(out, VARIETY_HOSTNAME_SIZE, "fleet-%06zu-%04x", agent,
	    (unsigned)(mix(variety->seed) & 0xffff));
}

/* How often the packages up to this revision upgraded that one. */
static unsigned
upgrades_of(const struct variety *variety, size_t agent, uint32_t revision,
    size_t index, size_t count)
{
	unsigned upgrades = 0;
	uint32_t first =
	    revision > REVISIONS_SEEN ? revision - REVISIONS_SEEN : 1;

	for (uint32_t r = first + 1; r <= revision; r++)
		for (unsigned i = 0; i < UPGRADES; i++)
			upgrades += draw(variety, agent, DRAWN_UPGRADE,
					(uint64_t)r * UPGRADES + i) %
				count ==
			    index;
	return upgrades;
}

/* The package of the template, in a version of its own where it has one. */
static json_t *
vary_package(const struct variety *variety, size_t agent, json_t *item,
    size_t index, unsigned upgrades)
{
	uint64_t drawn = draw(variety, agent, DRAWN_VERSION, index);
	bool is_own = drawn % 100 < OWN_VERSIONS;
	const char *version =
	    json_string_value(json_object_get(item, "version"));
	scoped(memory_freep) char *own = NULL;
	json_t *copy;

	if (!is_own && upgrades == 0)
		return json_incref(item);
	own = memory_format("%s+fleet%u.%u", version != NULL ? version : "1",
	    is_own ? (unsigned)(drawn >> 32) % 50 : 0, upgrades);
	copy = json_copy(item);
	json_set_string(copy, "version", own);
	return copy;
}

/* One more package than the template has: a copy under another name. */
static json_t *
invent_package(
    const struct variety *variety, size_t index, char *out_key, size_t size)
{
	const struct package *model =
	    &variety->packages[index % variety->package_count];
	json_t *copy = json_copy(model->item);
	scoped(memory_freep) char *name = NULL;
	const char *architecture = strchr(model->key, ':');

	name = memory_format("fleet%zu-%.*s", index / variety->package_count,
	    (int)strcspn(model->key, ":"), model->key);
	snprintf(out_key, size, "%.400s%s", name,
	    architecture != NULL ? architecture : "");
	json_set_string(copy, "name", name);
	return copy;
}

static void
add_package(const struct variety *variety, json_t *section, size_t agent,
    uint32_t revision, size_t index, size_t count)
{
	unsigned upgrades = upgrades_of(
	    variety, agent, revision, json_object_size(section), count);
	const char *key;
	char invented[INVENTORY_KEY_MAX];
	json_t *item, *varied;

	if (index < variety->package_count) {
		key = variety->packages[index].key;
		item = json_incref(variety->packages[index].item);
	} else {
		item =
		    invent_package(variety, index, invented, sizeof(invented));
		key = invented;
	}
	varied = vary_package(variety, agent, item, index, upgrades);
	json_decref(item);
	json_set_value(section, key, varied);
}

/* So many of the template's, chosen at random in their order (Knuth, The Art of
 * Computer Programming, 3.4.2, algorithm S), and invented ones past those. */
static json_t *
make_packages(const struct variety *variety, size_t agent, uint32_t revision)
{
	size_t count = variety->least +
	    draw(variety, agent, DRAWN_COUNT, 0) %
		(variety->most - variety->least + 1);
	size_t wanted = count;
	json_t *section = json_object();

	for (size_t i = 0; i < variety->package_count && wanted > 0; i++) {
		uint64_t left = variety->package_count - i;

		if (draw(variety, agent, DRAWN_CHOICE, i) % left >= wanted)
			continue;
		add_package(variety, section, agent, revision, i, count);
		wanted--;
	}
	for (size_t i = 0; i < wanted; i++)
		add_package(variety, section, agent, revision,
		    variety->package_count + i, count);
	return section;
}

/* A copy two levels deep, whose items may be changed. */
static json_t *
copy_section(const json_t *section)
{
	json_t *copy = json_object(), *item;
	const char *key;

	json_object_foreach ((json_t *)section, key, item) {
		json_set_value(copy, key, json_copy(item));
	}
	return copy;
}

static json_t *
make_hardware(
    const struct variety *variety, size_t agent, const json_t *template)
{
	json_t *section = copy_section(template);
	json_t *this = json_object_get(section, "this");
	uint64_t drawn = draw(variety, agent, DRAWN_SERIAL, 0);
	char text[64];

	snprintf(text, sizeof(text), "FL%016llX", (unsigned long long)drawn);
	json_set_string(this, "serial", text);
	snprintf(text, sizeof(text), "%08x-%04x-4%03x-8%03x-%012llx",
	    (unsigned)(drawn >> 32), (unsigned)(drawn >> 16) & 0xffff,
	    (unsigned)(drawn >> 4) & 0xfff, (unsigned)agent & 0xfff,
	    (unsigned long long)mix(drawn) & 0xffffffffffffu);
	json_set_string(this, "uuid", text);
	return section;
}

static json_t *
make_system(const struct variety *variety, size_t agent, const json_t *template)
{
	json_t *section = copy_section(template);
	char hostname[VARIETY_HOSTNAME_SIZE];

	variety_hostname(variety, agent, hostname);
	json_set_string(json_object_get(section, "this"), "hostname", hostname);
	return section;
}

static json_t *
make_disks(const struct variety *variety, size_t agent, const json_t *template)
{
	json_t *section = copy_section(template), *item;
	const char *key;
	uint64_t n = 0;

	json_object_foreach (section, key, item) {
		uint64_t drawn = draw(variety, agent, DRAWN_DISK, n++);
		char serial[32];

		snprintf(serial, sizeof(serial), "D%014llu",
		    (unsigned long long)(drawn % 100000000000000u));
		json_set_string(item, "serial", serial);
		json_set_integer(item, "size_bytes",
		    (int64_t)(64 << drawn % 6) * 1000000000);
	}
	return section;
}

static json_t *
make_interfaces(
    const struct variety *variety, size_t agent, const json_t *template)
{
	json_t *section = copy_section(template), *item;
	const char *key;
	uint64_t n = 0;

	json_object_foreach (section, key, item) {
		uint64_t drawn = draw(variety, agent, DRAWN_ADDRESS, n++);
		char mac[32];

		/* 02: made by the computer itself, not by a maker. */
		snprintf(mac, sizeof(mac), "02:%02x:%02x:%02x:%02x:%02x",
		    (unsigned)(drawn >> 8) & 0xff,
		    (unsigned)(drawn >> 16) & 0xff,
		    (unsigned)(drawn >> 24) & 0xff,
		    (unsigned)(drawn >> 32) & 0xff,
		    (unsigned)(drawn >> 40) & 0xff);
		json_set_string(item, "mac", mac);
	}
	return section;
}

json_t *
variety_section(const struct variety *variety, size_t agent, uint32_t revision,
    enum inventory_section section)
{
	json_t *template =
	    json_object_get(variety->template, inventory_section_name(section));

	if (template == NULL)
		return NULL;
	switch (section) {
	case INVENTORY_PACKAGES:
		return make_packages(variety, agent, revision);
	case INVENTORY_HARDWARE:
		return make_hardware(variety, agent, template);
	case INVENTORY_OPERATING_SYSTEM:
		return make_system(variety, agent, template);
	case INVENTORY_DISKS:
		return make_disks(variety, agent, template);
	case INVENTORY_INTERFACES:
		return make_interfaces(variety, agent, template);
	case INVENTORY_PROCESSORS:
	case INVENTORY_MEMORY:
	case INVENTORY_FILESYSTEMS:
	case INVENTORY_SERVICES:
	case INVENTORY_USERS:
		return json_incref(template);
	case INVENTORY_SECTIONS:
		break;
	}
	unreachable();
}

bool
variety_changes(enum inventory_section section)
{
	return section == INVENTORY_PACKAGES;
}
