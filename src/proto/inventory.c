/* Inventory sections: names, limits, changes checked and applied. */
#include "proto/inventory.h"

#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/text.h"

struct section_rule {
	const char *name;
	size_t items_max;
};

static const struct section_rule RULES[INVENTORY_SECTIONS] = {
    [INVENTORY_HARDWARE] = {"hardware", 1},
    [INVENTORY_PROCESSORS] = {"processors", 1024},
    [INVENTORY_MEMORY] = {"memory", 1024},
    [INVENTORY_DISKS] = {"disks", 4096},
    [INVENTORY_FILESYSTEMS] = {"filesystems", 4096},
    [INVENTORY_INTERFACES] = {"interfaces", 4096},
    [INVENTORY_OPERATING_SYSTEM] = {"operating_system", 1},
    [INVENTORY_PACKAGES] = {"packages", 50000},
    [INVENTORY_SERVICES] = {"services", 10000},
    [INVENTORY_USERS] = {"users", 10000},
};

const char *
inventory_section_name(enum inventory_section section)
{
	check(section < INVENTORY_SECTIONS);
	return RULES[section].name;
}

bool
inventory_section_find(const char *name, enum inventory_section *out_section)
{
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		if (strcmp(RULES[i].name, name) == 0) {
			*out_section = (enum inventory_section)i;
			return true;
		}
	return false;
}

size_t
inventory_section_max(enum inventory_section section)
{
	check(section < INVENTORY_SECTIONS);
	return RULES[section].items_max;
}

void
inventory_change_done(struct inventory_change *change)
{
	json_decref(change->set);
	json_decref(change->remove);
	memset(change, 0, sizeof(*change));
}

static bool
malformed(enum inventory_section section, const char *what, struct err *err)
{
	return err_set_code(err, ERR_MALFORMED, "inventory_malformed",
	    "the inventory section \"%s\" is wrong: %s", RULES[section].name,
	    what);
}

static bool
too_large(enum inventory_section section, const char *what, size_t has,
    size_t max, struct err *err)
{
	return err_set_code(err, ERR_LIMIT, "inventory_too_large",
	    "the inventory section \"%s\" has %zu %s, at most %zu are allowed",
	    RULES[section].name, has, what, max);
}

static bool
read_digest(enum inventory_section section, const json_t *value,
    const char *wrong, char out[INVENTORY_DIGEST_SIZE], struct err *err)
{
	uint8_t bytes[32];
	const char *text = json_string_value(value);
	char *again;

	if (text == NULL ||
	    !hex_decode(view_string(text), bytes, sizeof(bytes)))
		return malformed(section, wrong, err);
	again = hex_encode(view_of(bytes, sizeof(bytes)));
	memcpy(out, again, INVENTORY_DIGEST_SIZE);
	free(again);
	return true;
}

static bool
key_is_fine(const char *key, size_t length)
{
	return length > 0 && length <= INVENTORY_KEY_MAX &&
	    strlen(key) == length;
}

static bool
check_item(enum inventory_section section, const char *key, const json_t *item,
    struct err *err)
{
	scoped(memory_freep) char *text = NULL;

	if (!json_is_object(item))
		return malformed(section, "an item is not an object", err);
	if (json_object_size(item) > INVENTORY_ITEM_MEMBERS_MAX)
		return too_large(section, "members in an item",
		    json_object_size(item), INVENTORY_ITEM_MEMBERS_MAX, err);
	text = json_write(item);
	if (strlen(text) > INVENTORY_ITEM_BYTES_MAX)
		return too_large(section, "bytes in an item", strlen(text),
		    INVENTORY_ITEM_BYTES_MAX, err);
	return true;
}

static bool
check_set(enum inventory_section section, json_t *set, struct err *err)
{
	const char *key;
	json_t *item;

	if (json_object_size(set) > RULES[section].items_max)
		return too_large(section, "items", json_object_size(set),
		    RULES[section].items_max, err);
	json_object_foreach (set, key, item) {
		if (!key_is_fine(key, strlen(key)))
			return malformed(
			    section, "a key must have 1 to 512 bytes", err);
		if (!check_item(section, key, item, err))
			return false;
	}
	return true;
}

static bool
check_remove(enum inventory_section section, json_t *remove, struct err *err)
{
	size_t index;
	json_t *key;

	if (json_array_size(remove) > RULES[section].items_max)
		return too_large(section, "removed keys",
		    json_array_size(remove), RULES[section].items_max, err);
	json_array_foreach (remove, index, key) {
		if (!json_is_string(key) ||
		    !key_is_fine(
			json_string_value(key), json_string_length(key)))
			return malformed(section,
			    "\"remove\" must list keys of 1 to 512 bytes", err);
	}
	return true;
}

static bool
read_parts(enum inventory_section section, const json_t *value,
    struct inventory_change *change, struct err *err)
{
	json_t *set = json_object_get(value, "set");
	json_t *remove = json_object_get(value, "remove");
	json_t *full = json_object_get(value, "full");
	json_t *base = json_object_get(value, "base");

	if (full != NULL && !json_is_boolean(full))
		return malformed(section, "\"full\" is not a boolean", err);
	if (set != NULL && !json_is_object(set))
		return malformed(section, "\"set\" is not an object", err);
	if (remove != NULL && !json_is_array(remove))
		return malformed(section, "\"remove\" is not an array", err);
	change->is_full = json_is_true(full);
	change->has_base = base != NULL && !json_is_null(base);
	if (change->is_full &&
	    (change->has_base || json_array_size(remove) > 0))
		return malformed(section,
		    "a full section has neither \"base\" nor \"remove\"", err);
	if (!change->is_full && !change->has_base)
		return malformed(
		    section, "\"base\" is missing in a difference", err);
	change->set = set != NULL ? json_incref(set) : json_object();
	change->remove = remove != NULL ? json_incref(remove) : json_array();
	return (!change->has_base ||
		   read_digest(section, base,
		       "\"base\" is not a SHA-256 in hexadecimal", change->base,
		       err)) &&
	    read_digest(section, json_object_get(value, "digest"),
		"\"digest\" is not a SHA-256 in hexadecimal", change->digest,
		err);
}

bool
inventory_change_read(enum inventory_section section, const json_t *value,
    struct inventory_change *out, struct err *err)
{
	struct inventory_change change = {0};

	check(section < INVENTORY_SECTIONS);
	if (!json_is_object(value))
		return malformed(section, "it is not an object", err);
	if (!read_parts(section, value, &change, err) ||
	    !check_set(section, change.set, err) ||
	    !check_remove(section, change.remove, err)) {
		inventory_change_done(&change);
		return false;
	}
	*out = change;
	return true;
}

json_t *
inventory_change_json(const struct inventory_change *change)
{
	json_t *json = json_object();

	json_set_string_or_null(
	    json, "base", change->has_base ? change->base : NULL);
	json_set_bool(json, "full", change->is_full);
	json_set_value(json, "set",
	    change->set != NULL ? json_incref(change->set) : json_object());
	json_set_value(json, "remove",
	    change->remove != NULL ? json_incref(change->remove)
				   : json_array());
	json_set_string(json, "digest", change->digest);
	return json;
}

bool
inventory_apply(enum inventory_section section, const json_t *base,
    const struct inventory_change *change, json_t **out_section,
    struct err *err)
{
	scoped(json_freep) json_t *result = NULL;
	size_t index;
	json_t *key;

	check(section < INVENTORY_SECTIONS);
	result = change->is_full || base == NULL
	    ? json_object()
	    : json_copy((json_t *)(uintptr_t)base);
	json_array_foreach (change->remove, index, key) {
		/* Removing what is not there is fine. */
		ignore_result(
		    json_object_del(result, json_string_value(key)) == 0);
	}
	check(json_object_update(result, change->set) == 0);
	if (json_object_size(result) > RULES[section].items_max)
		return too_large(section, "items", json_object_size(result),
		    RULES[section].items_max, err);
	*out_section = take(result);
	return true;
}

bool
inventory_equal(const json_t *a, const json_t *b)
{
	return json_equal(a, b) == 1;
}

void
inventory_diff(
    const json_t *base, const json_t *current, struct inventory_change *out)
{
	const char *key;
	json_t *item;

	memset(out, 0, sizeof(*out));
	out->is_full = base == NULL;
	out->has_base = base != NULL;
	out->set = json_object();
	out->remove = json_array();
	json_object_foreach ((json_t *)(uintptr_t)current, key, item) {
		json_t *old = json_object_get(base, key);

		if (old == NULL || !json_equal(old, item))
			json_set_value(out->set, key, json_incref(item));
	}
	if (base == NULL)
		return;
	json_object_foreach ((json_t *)(uintptr_t)base, key, item) {
		if (json_object_get(current, key) == NULL)
			check(json_array_append_new(
				  out->remove, json_string(key)) == 0);
	}
}
