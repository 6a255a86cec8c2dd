/* Inventory differences applied to what the database has. */
#include "server/core/inventory_apply.h"

#include <string.h>

#include "base/json.h"
#include "base/memory.h"
#include "crypto/digest.h"

void
inventory_work_init(struct inventory_work *work)
{
	memset(work, 0, sizeof(*work));
	work->software_count = -1;
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		buf_init(&work->sections[i].packed,
		    INVENTORY_SECTION_BYTES_MAX + 4096);
}

void
inventory_work_done(struct inventory_work *work)
{
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		buf_done(&work->sections[i].packed);
	free(work->os_name);
	free(work->os_version);
	free(work->architecture);
	free(work->hardware_serial);
	software_set_done(&work->software);
	software_set_done(&work->software_before);
}

static const char *
stored_digest(const struct store_inventory_list *list, const char *section)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].section, section) == 0)
			return list->items[i].digest;
	return "";
}

static bool
read_base(struct store_reader *reader, const char *computer_id,
    const char *section, json_t **out, struct err *err)
{
	scoped(buf_donep) struct buf text =
	    BUF_INIT(INVENTORY_SECTION_BYTES_MAX);
	struct store_inventory row;

	if (!store_inventory_get(
		reader, computer_id, section, &row, &text, err))
		return false;
	*out = json_read(buf_view(&text), INVENTORY_SECTION_BYTES_MAX, err);
	return *out != NULL;
}

/* A copy of a text member of the one item, or NULL. */
static char *
fact(const json_t *section, const char *name, const char *or_name)
{
	const json_t *item = json_object_get(section, "this");
	const char *text = json_string_value(json_object_get(item, name));

	if (text == NULL && or_name != NULL)
		text = json_string_value(json_object_get(item, or_name));
	return memory_string(text != NULL ? text : "");
}

static void
take_facts(struct inventory_work *work, enum inventory_section section,
    const json_t *state)
{
	if (section == INVENTORY_OPERATING_SYSTEM) {
		work->os_name = fact(state, "name", "id");
		work->os_version = fact(state, "version_id", "version");
		work->architecture = fact(state, "architecture", NULL);
	} else if (section == INVENTORY_HARDWARE) {
		work->hardware_serial = fact(state, "serial", NULL);
	} else if (section == INVENTORY_PACKAGES) {
		work->software_count = (int64_t)json_object_size(state);
		software_set_read(state, &work->software);
	}
}

static bool
finish_section(struct inventory_work *work, enum inventory_section section,
    const struct inventory_change *change, const json_t *state, int64_t now_ms,
    struct err *err)
{
	struct section_work *one = &work->sections[section];
	scoped(memory_freep) char *text = json_write(state);
	struct view bytes = view_string(text);
	const char *name = inventory_section_name(section);

	if (bytes.length > INVENTORY_SECTION_BYTES_MAX)
		return err_set_code(err, ERR_LIMIT, "inventory_too_large",
		    "the inventory section \"%s\" has %zu bytes, at most %d "
		    "are allowed",
		    name, bytes.length, INVENTORY_SECTION_BYTES_MAX);
	digest_sha256_hex(bytes, one->row.digest);
	if (strcmp(one->row.digest, change->digest) != 0) {
		if (change->is_full)
			return err_set_code(err, ERR_MALFORMED,
			    "inventory_malformed",
			    "the inventory section \"%s\" is wrong: its digest "
			    "is not the one that was sent",
			    name);
		one->outcome = SECTION_RESEND;
		return true;
	}
	one->outcome = SECTION_APPLY;
	store_text_copy(one->row.section, sizeof(one->row.section), name);
	one->row.item_count = (int64_t)json_object_size(state);
	one->row.updated_at = now_ms;
	take_facts(work, section, state);
	return store_inventory_pack(bytes, &one->packed, err);
}

/* A stored section that cannot be read is replaced by a full one all the same.
 */
static void
read_software_before(struct inventory_work *work, struct store_reader *reader,
    const char *computer_id, const json_t *base)
{
	scoped(json_freep) json_t *own = NULL;
	struct err err = ERR_INIT;

	if (base == NULL &&
	    read_base(reader, computer_id, STORE_SOFTWARE_SECTION, &own, &err))
		base = own;
	if (base == NULL)
		return;
	software_set_read(base, &work->software_before);
	work->is_before_known = true;
}

static bool
prepare_section(struct inventory_work *work, struct store_reader *reader,
    const char *computer_id, enum inventory_section section,
    const struct inventory_change *change, int64_t now_ms, struct err *err)
{
	struct section_work *one = &work->sections[section];
	scoped(json_freep) json_t *base = NULL;
	scoped(json_freep) json_t *state = NULL;

	if (strcmp(one->before, change->digest) == 0) {
		one->outcome = SECTION_SAME; /* its answer was lost */
		memcpy(one->row.digest, one->before, sizeof(one->row.digest));
		return true;
	}
	if (!change->is_full && strcmp(one->before, change->base) != 0) {
		one->outcome = SECTION_RESEND;
		return true;
	}
	if (!change->is_full &&
	    !read_base(reader, computer_id, inventory_section_name(section),
		&base, err))
		return false;
	if (section == INVENTORY_PACKAGES && one->before[0] != '\0')
		read_software_before(work, reader, computer_id, base);
	return inventory_apply(section, base, change, &state, err) &&
	    finish_section(work, section, change, state, now_ms, err);
}

static void
ask_for_all(struct inventory_work *work)
{
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		work->sections[i].outcome = SECTION_RESEND;
}

bool
inventory_says_nothing(const struct proto_refresh_request *request)
{
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		if (request->has_section[i])
			return false;
	return true;
}

static bool
prepare(struct inventory_work *work, struct store_reader *reader,
    const struct store_inventory_list *stored, const char *computer_id,
    const struct proto_refresh_request *request, int64_t now_ms,
    struct err *err)
{
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++) {
		enum inventory_section section = (enum inventory_section)i;
		struct section_work *one = &work->sections[i];

		if (!request->has_section[i])
			continue;
		store_text_copy(one->before, sizeof(one->before),
		    stored_digest(stored, inventory_section_name(section)));
		if (!prepare_section(work, reader, computer_id, section,
			&request->sections[i], now_ms, err))
			return false;
	}
	return true;
}

bool
inventory_work_prepare(struct inventory_work *work, struct store *store,
    const struct store_computer *computer,
    const struct proto_refresh_request *request, int64_t now_ms,
    struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_inventory_list stored = {0};
	bool is_prepared;

	if (inventory_says_nothing(request)) {
		/* Of whom nothing is known: the database was restored, or
		 * lost. */
		if (computer->inventory_at == 0)
			ask_for_all(work);
		return true;
	}
	if (!store_reader_open(store, &reader, err) ||
	    !store_inventory_list(reader, computer->id, &stored, err))
		return false;
	is_prepared =
	    prepare(work, reader, &stored, computer->id, request, now_ms, err);
	store_inventory_list_done(&stored);
	return is_prepared;
}

static bool
write_facts(const struct inventory_work *work, struct store_tx *tx,
    const char *computer_id, int64_t now_ms, struct err *err)
{
	struct store_computer_facts facts = {
	    .computer_id = computer_id,
	    .inventory_at = now_ms,
	    .os_name = work->os_name,
	    .os_version = work->os_version,
	    .architecture = work->architecture,
	    .hardware_serial = work->hardware_serial,
	    .software_count = work->software_count,
	};

	return store_computer_set_facts(tx, &facts, err);
}

static bool
write_software(const struct inventory_work *work, struct store_tx *tx,
    const char *computer_id, struct err *err)
{
	const struct section_work *one = &work->sections[INVENTORY_PACKAGES];
	struct store_software_change change = {.computer_id = computer_id,
	    .digest_before = work->is_before_known ? one->before : NULL,
	    .before = &work->software_before,
	    .digest = one->row.digest,
	    .after = &work->software};

	return one->outcome != SECTION_APPLY ||
	    store_software_set(tx, &change, err);
}

static bool
write_section(struct section_work *one, const struct store_inventory_list *now,
    struct store_tx *tx, const char *computer_id, struct err *err)
{
	if (strcmp(stored_digest(now, one->row.section), one->before) != 0) {
		one->outcome = SECTION_RESEND;
		return true;
	}
	return store_inventory_put(
	    tx, computer_id, &one->row, buf_view(&one->packed), err);
}

static bool
write_all(struct inventory_work *work, const struct store_inventory_list *now,
    struct store_tx *tx, const char *computer_id, int64_t now_ms,
    struct err *err)
{
	bool has_written = false;

	for (size_t i = 0; i < INVENTORY_SECTIONS; i++) {
		struct section_work *one = &work->sections[i];

		if (one->outcome != SECTION_APPLY)
			continue;
		if (!write_section(one, now, tx, computer_id, err))
			return false;
		has_written = true;
	}
	return !has_written ||
	    (write_software(work, tx, computer_id, err) &&
		write_facts(work, tx, computer_id, now_ms, err));
}

static bool
has_something(const struct inventory_work *work)
{
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		if (work->sections[i].outcome == SECTION_APPLY)
			return true;
	return false;
}

bool
inventory_work_write(struct inventory_work *work, struct store_tx *tx,
    const char *computer_id, int64_t now_ms, struct err *err)
{
	struct store_inventory_list now = {0};
	bool is_written;

	if (!has_something(work))
		return true;
	if (!store_inventory_list(store_tx_reader(tx), computer_id, &now, err))
		return false;
	is_written = write_all(work, &now, tx, computer_id, now_ms, err);
	store_inventory_list_done(&now);
	return is_written;
}
