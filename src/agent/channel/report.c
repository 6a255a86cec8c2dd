/* Differences to what the server holds, and events it has not heard of. */
#include "agent/channel/report.h"

#include "agent/channel/difference.h"
#include "base/memory.h"
#include "crypto/digest.h"
#include "os/file.h"

enum {
	EVENTS_FILE_MAX = 256 * 1024
};

static char *
section_path(const struct report *report, enum inventory_section section)
{
	return memory_format("%s/inventory/%s.json", report->directory,
	    inventory_section_name(section));
}

static char *
events_path(const struct report *report)
{
	return file_join(report->directory, "events.json");
}

static json_t *
event_json(const struct proto_event *event)
{
	json_t *json = json_object();

	json_set_string(json, "id", event->id);
	json_set_string(json, "type", event->type);
	json_set_integer(json, "at_ms", event->at_ms);
	json_set_integer(json, "epoch", event->epoch);
	json_set_integer(json, "counter", event->counter);
	json_set_string(json, "action", event->action);
	json_set_string(json, "result", event->result);
	json_set_string_or_null(json, "sentence", event->sentence);
	return json;
}

static bool
read_word(const json_t *json, const char *name, char *out, size_t size,
    struct err *err)
{
	const char *text = "";

	if (!json_get_string(json, name, JSON_OPTIONAL, size - 1, &text, err))
		return false;
	snprintf(out, size, "%s", text);
	return true;
}

static bool
read_event(const json_t *json, struct proto_event *out, struct err *err)
{
	const char *sentence = NULL;

	if (!read_word(json, "id", out->id, sizeof(out->id), err) ||
	    !read_word(json, "type", out->type, sizeof(out->type), err) ||
	    !json_get_integer(
		json, "at_ms", JSON_REQUIRED, 0, INT64_MAX, &out->at_ms, err) ||
	    !json_get_integer(
		json, "epoch", JSON_REQUIRED, 0, INT64_MAX, &out->epoch, err) ||
	    !json_get_integer(json, "counter", JSON_REQUIRED, 0, INT64_MAX,
		&out->counter, err) ||
	    !read_word(json, "action", out->action, sizeof(out->action), err) ||
	    !read_word(json, "result", out->result, sizeof(out->result), err) ||
	    !json_get_string(json, "sentence", JSON_OPTIONAL,
		PROTO_SENTENCE_MAX, &sentence, err))
		return false;
	if (sentence != NULL)
		out->sentence = memory_string(sentence);
	return true;
}

static bool
write_events(const struct report *report, struct err *err)
{
	scoped(memory_freep) char *path = events_path(report);
	scoped(memory_freep) char *text = NULL;
	scoped(json_freep) json_t *array = json_array();

	if (report->event_count == 0)
		return file_remove(path, err);
	for (size_t i = 0; i < report->event_count; i++)
		json_array_append_new(array, event_json(&report->events[i]));
	text = json_write(array);
	return file_write_atomic(path, view_string(text), 0600, err);
}

/* Events that cannot be read are given up: they are news, not state. */
static void
load_events(struct report *report)
{
	scoped(memory_freep) char *path = events_path(report);
	scoped(buf_donep) struct buf text = BUF_INIT(EVENTS_FILE_MAX);
	scoped(json_freep) json_t *array = NULL;
	struct err ignored = ERR_INIT;
	json_t *item;
	size_t index;

	if (!file_exists(path) || !file_read(path, &text, &ignored))
		return;
	array = json_read(buf_view(&text), EVENTS_FILE_MAX, &ignored);
	json_array_foreach (array, index, item) {
		struct proto_event event = {0};

		if (report->event_count == PROTO_EVENTS_MAX)
			return;
		if (read_event(item, &event, &ignored))
			report->events[report->event_count++] = event;
	}
}

bool
report_open(struct report *report, const char *directory, struct err *err)
{
	scoped(memory_freep) char *folder = file_join(directory, "inventory");

	memset(report, 0, sizeof(*report));
	report->directory = directory;
	if (!file_make_directory(folder, 0700, (uid_t)-1, (gid_t)-1, err))
		return false;
	load_events(report);
	return true;
}

static void
drop_events(struct report *report, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(report->events[i].sentence);
	report->event_count -= count;
	memmove(report->events, report->events + count,
	    report->event_count * sizeof(report->events[0]));
}

static void
drop_sent(struct report *report)
{
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		free(take(report->sent[i]));
}

void
report_close(struct report *report)
{
	drop_sent(report);
	drop_events(report, report->event_count);
}

/* What the server holds; NULL when that is nothing, or cannot be read. */
static json_t *
load_section(const struct report *report, enum inventory_section section,
    char out_digest[SHA256_HEX_SIZE])
{
	scoped(memory_freep) char *path = section_path(report, section);
	scoped(buf_donep) struct buf text =
	    BUF_INIT(INVENTORY_SECTION_BYTES_MAX);
	struct err ignored = ERR_INIT;

	if (!file_exists(path) || !file_read(path, &text, &ignored))
		return NULL;
	digest_sha256_hex(buf_view(&text), out_digest);
	return json_read(
	    buf_view(&text), INVENTORY_SECTION_BYTES_MAX, &ignored);
}

static void
fill_section(struct report *report, enum inventory_section section,
    const json_t *current, struct proto_refresh_request *request)
{
	scoped(memory_freep) char *text = json_write(current);
	scoped(json_freep) json_t *base = NULL;
	char base_digest[SHA256_HEX_SIZE] = "", digest[SHA256_HEX_SIZE];

	report->is_too_large[section] =
	    strlen(text) > INVENTORY_SECTION_BYTES_MAX;
	if (report->is_too_large[section])
		return;
	digest_sha256_hex(view_string(text), digest);
	base = load_section(report, section, base_digest);
	if (!difference_make(base, base_digest, current, digest,
		&request->sections[section]))
		return;
	request->has_section[section] = true;
	report->sent[section] = take(text);
}

static void
copy_events(const struct report *report, struct proto_refresh_request *request)
{
	request->events =
	    memory_array(report->event_count + 1, sizeof(struct proto_event));
	request->event_count = report->event_count;
	for (size_t i = 0; i < report->event_count; i++) {
		request->events[i] = report->events[i];
		if (report->events[i].sentence != NULL)
			request->events[i].sentence =
			    memory_string(report->events[i].sentence);
	}
}

void
report_fill(struct report *report, const json_t *inventory,
    struct proto_refresh_request *request)
{
	enum inventory_section section;
	const char *name;
	json_t *current;

	drop_sent(report);
	copy_events(report, request);
	json_object_foreach ((json_t *)inventory, name, current) {
		if (inventory_section_find(name, &section))
			fill_section(report, section, current, request);
	}
}

static bool
settle_section(struct report *report, enum inventory_section section,
    const char *applied, struct err *err)
{
	scoped(memory_freep) char *path = section_path(report, section);
	scoped(memory_freep) char *text = take(report->sent[section]);
	char digest[SHA256_HEX_SIZE];

	if (text == NULL)
		return true;
	digest_sha256_hex(view_string(text), digest);
	if (strcmp(applied, digest) != 0)
		return file_remove(path, err);
	return file_write_atomic(path, view_string(text), 0600, err);
}

bool
report_settle(struct report *report, const struct proto_refresh_answer *answer,
    struct err *err)
{
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		if (!settle_section(report, (enum inventory_section)i,
			answer->applied[i], err))
			return false;
	if (report->event_count == 0)
		return true;
	drop_events(report, report->event_count);
	return write_events(report, err);
}

bool
report_forget(
    struct report *report, enum inventory_section section, struct err *err)
{
	scoped(memory_freep) char *path = section_path(report, section);

	return file_remove(path, err);
}

bool
report_forget_all(struct report *report, struct err *err)
{
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		if (!report_forget(report, (enum inventory_section)i, err))
			return false;
	return true;
}

bool
report_add_event(
    struct report *report, const struct proto_event *event, struct err *err)
{
	struct proto_event copy = *event;

	if (event->sentence != NULL)
		copy.sentence = memory_string(event->sentence);
	if (report->event_count == PROTO_EVENTS_MAX)
		drop_events(report, 1);
	report->events[report->event_count++] = copy;
	return write_events(report, err);
}
