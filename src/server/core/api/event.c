/* What happened: decisions about trust and access. */
#include "api_operations.h"

#include "server/core/api/answer.h"
#include "store/computer.h"
#include "store/trust_event.h"

/* The detail was stored as JSON, cut where it was too long. */
static json_t *
detail_json(const char *text)
{
	struct err err = ERR_INIT;
	json_t *detail =
	    json_read(view_string(text), STORE_EVENT_DETAIL_SIZE, &err);

	if (detail == NULL || json_is_object(detail))
		return detail != NULL ? detail : json_null();
	json_decref(detail);
	return json_null();
}

static json_t *
event_json(const struct store_trust_event *event)
{
	json_t *object = json_object();

	json_set_string(object, "id", event->id);
	json_set_time(object, "at", event->at);
	json_set_string(object, "kind", event->kind);
	api_set_text_or_null(object, "subject", event->subject);
	api_set_text_or_null(object, "actor", event->actor);
	api_set_text_or_null(object, "address", event->address);
	json_set_value(object, "detail", detail_json(event->detail));
	return object;
}

static bool
answer_list(struct api_call *call, struct store_reader *reader,
    const char *subject, const char *kind, struct err *err)
{
	struct store_page page = api_page(call);
	struct store_trust_event_list list = {0};
	json_t *items;

	if (!store_trust_event_list(reader, subject, kind, &page, &list, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(items, event_json(&list.items[i]));
	response_json(call->response, 200, api_page_object(items, list.next));
	store_trust_event_list_done(&list);
	return true;
}

bool
api_event_list(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	return api_reader_open(call, &reader, err) &&
	    answer_list(call, reader, NULL, api_query(call, "kind"), err);
}

bool
api_computer_events(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	const char *id = request_path(call->request, "computer_id");
	struct store_computer computer;

	return api_reader_open(call, &reader, err) &&
	    store_computer_get(reader, id, &computer, err) &&
	    answer_list(call, reader, id, NULL, err);
}
