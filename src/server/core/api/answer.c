/* Small parts of answers. */
#include "server/core/api/answer.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "store/revision.h"

void
api_set_time_or_null(json_t *object, const char *name, int64_t wall_ms)
{
	if (wall_ms == 0)
		json_set_value(object, name, json_null());
	else
		json_set_time(object, name, wall_ms);
}

void
api_set_text_or_null(json_t *object, const char *name, const char *text)
{
	json_set_string_or_null(object, name, text[0] == '\0' ? NULL : text);
}

struct store_page
api_page(const struct api_call *call)
{
	return (struct store_page){.cursor = api_query(call, "cursor"),
	    .limit = (unsigned)api_query_integer(call, "limit")};
}

json_t *
api_page_object(json_t *items, const char *next)
{
	json_t *object = json_object();

	json_set_value(object, "items", items);
	api_set_text_or_null(object, "next_cursor", next);
	return object;
}

bool
api_reader_open(const struct api_call *call, struct store_reader **out_reader,
    struct err *err)
{
	if (!store_reader_open(call->core->store, out_reader, err))
		return false;
	store_reader_limit(*out_reader, &call->request->user.scope);
	return true;
}

void
api_etag(int64_t version, char out[API_ETAG_SIZE])
{
	snprintf(out, API_ETAG_SIZE, "\"%lld\"", (long long)version);
}

void
api_answer_etag(const struct api_call *call, int64_t version)
{
	char etag[API_ETAG_SIZE];

	api_etag(version, etag);
	response_header(call->response, "ETag", "%s", etag);
}

bool
api_check_if_match(const char *if_match, const char *etag, struct err *err)
{
	struct view rest = view_string(if_match), one;

	if (if_match == NULL || strcmp(if_match, "*") == 0)
		return true;
	while (rest.length > 0) {
		view_cut(rest, ',', &one, &rest);
		if (view_equal_string(view_trim(one), etag))
			return true;
	}
	return err_set_code(err, ERR_CONFLICT, "version_mismatch",
	    "it has been changed since you read it; read it again");
}

/* The version that an If-Match with one strong ETag names; 0: none of ours. */
static int64_t
seen_version(const char *if_match)
{
	struct view text = view_trim(view_string(if_match));
	uint64_t version;

	if (text.length < 3 || text.data[0] != '"' ||
	    text.data[text.length - 1] != '"' ||
	    !view_to_u64(
		view_slice(text, 1, text.length - 2), INT64_MAX, &version))
		return 0;
	return (int64_t)version;
}

static void
add_members(json_t *members, const char *text)
{
	struct view rest = view_string(text), word;

	while (rest.length > 0) {
		scoped(memory_freep) char *name = NULL;
		bool is_there = false;

		view_cut(rest, ' ', &word, &rest);
		name = view_to_string(word);
		for (size_t i = 0; i < json_array_size(members); i++)
			is_there |= strcmp(name,
					json_string_value(
					    json_array_get(members, i))) == 0;
		if (!is_there)
			json_array_append_new(members, json_string(name));
	}
}

/* Without a record (the versions are older than what is kept) only the number
 * is told. */
static json_t *
changed_json(
    const struct api_thing *thing, const struct store_revision_list *list)
{
	json_t *object = json_object(), *members = json_array();

	for (size_t i = 0; i < list->count; i++)
		add_members(members, list->items[i].members);
	json_set_integer(object, "version", thing->version);
	api_set_time_or_null(
	    object, "at", list->count > 0 ? list->items[0].at : 0);
	api_set_text_or_null(
	    object, "by", list->count > 0 ? list->items[0].actor : "");
	json_set_value(object, "members", members);
	return object;
}

/* A closure may run again, and its answer with it. */
static void
tell_more(struct api_call *call, const char *name, json_t *value)
{
	json_decref(call->more);
	call->more = json_object();
	json_set_value(call->more, name, value);
}

bool
api_check_version(struct api_call *call, struct store_reader *reader,
    const struct api_thing *thing, struct err *err)
{
	const char *if_match = request_header(call->request, "if-match");
	struct store_revision_list list = {0};
	struct err reason = ERR_INIT;
	char etag[API_ETAG_SIZE];

	api_etag(thing->version, etag);
	if (api_check_if_match(if_match, etag, &reason))
		return true;
	if (!store_revision_list_since(reader, thing->kind, thing->id,
		seen_version(if_match), &list, err))
		return false;
	tell_more(call, "changed", changed_json(thing, &list));
	store_revision_list_done(&list);
	*err = reason;
	return false;
}

bool
api_record_version(const struct api_call *call, struct store_tx *tx,
    const struct api_thing *thing, const char *members, struct err *err)
{
	struct store_revision revision = {
	    .version = thing->version + 1, .at = call->request->received_ms};

	store_text_copy(revision.kind, sizeof(revision.kind), thing->kind);
	store_text_copy(
	    revision.thing_id, sizeof(revision.thing_id), thing->id);
	store_text_copy(revision.actor, sizeof(revision.actor),
	    call->request->user.user_name);
	store_text_copy(revision.members, sizeof(revision.members), members);
	return store_revision_add(tx, &revision, err);
}

void
api_event(const struct api_call *call, const char *kind, const char *sentence,
    const char *subject, json_t *detail)
{
	const struct request *request = call->request;

	core_event(call->core,
	    &(struct core_event){.level = LOG_LEVEL_INFO,
		.kind = kind,
		.sentence = sentence,
		.computer_id = subject,
		.user_id = request->user.user_id,
		.user_name = request->user.user_name,
		.address = request->address,
		.detail = detail});
}
