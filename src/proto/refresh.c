/* The request of a refresh: read by core, written by the agent. */
#include "proto/refresh.h"

#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "proto/member.h"

void
proto_refresh_request_init(struct proto_refresh_request *request)
{
	memset(request, 0, sizeof(*request));
	request->protocol = PROTO_VERSION;
}

void
proto_refresh_request_done(struct proto_refresh_request *request)
{
	free(request->hostname);
	for (size_t i = 0; i < request->event_count; i++)
		free(request->events[i].sentence);
	free(request->events);
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		inventory_change_done(&request->sections[i]);
	proto_refresh_request_init(request);
}

static bool
read_agent(
    const json_t *json, struct proto_refresh_request *out, struct err *err)
{
	json_t *agent = NULL;
	const char *hostname = NULL;

	if (!json_get_object(json, "agent", JSON_REQUIRED, &agent, err) ||
	    !json_get_integer(agent, "protocol", JSON_REQUIRED, 0, INT32_MAX,
		&out->protocol, err))
		return false;
	if (out->protocol != PROTO_VERSION)
		return err_set_code(err, ERR_MALFORMED, "protocol_unknown",
		    "this server speaks version %d of the agent protocol, "
		    "not version %lld",
		    PROTO_VERSION, (long long)out->protocol);
	if (!member_text(agent, "version", JSON_REQUIRED, out->agent_version,
		sizeof(out->agent_version), err) ||
	    !json_get_string(agent, "hostname", JSON_REQUIRED,
		PROTO_HOSTNAME_MAX, &hostname, err) ||
	    !member_time(agent, "clock", JSON_REQUIRED, &out->clock_ms, err) ||
	    !member_text(agent, "boot_id", JSON_OPTIONAL, out->boot_id,
		sizeof(out->boot_id), err) ||
	    !json_get_bool(agent, "proxy_in_environment", JSON_OPTIONAL,
		&out->proxy_in_environment, err))
		return false;
	out->has_proxy_report =
	    json_is_boolean(json_object_get(agent, "proxy_in_environment"));
	if (!member_is_printable(hostname, "hostname", err))
		return false;
	out->hostname = memory_string(hostname);
	return true;
}

static bool
read_event(const json_t *json, struct proto_event *out, struct err *err)
{
	const char *sentence = NULL;

	if (!json_is_object(json))
		return err_set_code(err, ERR_MALFORMED, "json_type",
		    "an event must be an object");
	if (!member_text(
		json, "id", JSON_REQUIRED, out->id, sizeof(out->id), err) ||
	    !member_text(json, "type", JSON_REQUIRED, out->type,
		sizeof(out->type), err) ||
	    !member_time(json, "at", JSON_REQUIRED, &out->at_ms, err) ||
	    !json_get_integer(
		json, "epoch", JSON_OPTIONAL, 0, INT64_MAX, &out->epoch, err) ||
	    !json_get_integer(json, "counter", JSON_OPTIONAL, 0, INT64_MAX,
		&out->counter, err) ||
	    !member_text(json, "action", JSON_OPTIONAL, out->action,
		sizeof(out->action), err) ||
	    !member_text(json, "result", JSON_OPTIONAL, out->result,
		sizeof(out->result), err) ||
	    !json_get_string(json, "sentence", JSON_OPTIONAL,
		PROTO_SENTENCE_MAX, &sentence, err))
		return false;
	if (!id_is_valid(view_string(out->id)))
		return err_set_code(err, ERR_MALFORMED, "json_type",
		    "the \"id\" of an event must be a UUID");
	if (sentence != NULL)
		out->sentence = memory_string(sentence);
	return true;
}

static bool
read_events(
    const json_t *json, struct proto_refresh_request *out, struct err *err)
{
	json_t *events = NULL, *event;
	size_t index;

	if (!json_get_array(
		json, "events", JSON_OPTIONAL, PROTO_EVENTS_MAX, &events, err))
		return false;
	if (json_array_size(events) == 0)
		return true;
	out->events =
	    memory_array(json_array_size(events), sizeof(*out->events));
	json_array_foreach (events, index, event) {
		if (!read_event(event, &out->events[index], err))
			return false;
		out->event_count = index + 1;
	}
	return true;
}

static bool
read_sections(
    const json_t *json, struct proto_refresh_request *out, struct err *err)
{
	json_t *inventory = NULL, *sections = NULL;

	if (!json_get_object(
		json, "inventory", JSON_OPTIONAL, &inventory, err) ||
	    (inventory != NULL &&
		!json_get_object(
		    inventory, "sections", JSON_OPTIONAL, &sections, err)))
		return false;
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++) {
		json_t *value = json_object_get(sections,
		    inventory_section_name((enum inventory_section)i));

		if (value == NULL)
			continue;
		if (!inventory_change_read((enum inventory_section)i, value,
			&out->sections[i], err))
			return false;
		out->has_section[i] = true;
	}
	return true;
}

bool
proto_refresh_request_read(
    const json_t *json, struct proto_refresh_request *out, struct err *err)
{
	json_t *acknowledged = NULL;

	if (!json_is_object(json))
		return err_set_code(err, ERR_MALFORMED, "json_type",
		    "the body must be an object");
	return read_agent(json, out, err) &&
	    json_get_object(
		json, "acknowledged", JSON_OPTIONAL, &acknowledged, err) &&
	    (acknowledged == NULL ||
		json_get_integer(acknowledged, "publication", JSON_OPTIONAL, 0,
		    INT64_MAX, &out->acknowledged_publication, err)) &&
	    read_events(json, out, err) && read_sections(json, out, err);
}

static json_t *
event_json(const struct proto_event *event)
{
	json_t *json = json_object();

	json_set_string(json, "id", event->id);
	json_set_string(json, "type", event->type);
	json_set_time(json, "at", event->at_ms);
	if (event->action[0] != '\0') {
		json_set_integer(json, "epoch", event->epoch);
		json_set_integer(json, "counter", event->counter);
		json_set_string(json, "action", event->action);
	}
	if (event->result[0] != '\0')
		json_set_string(json, "result", event->result);
	if (event->sentence != NULL)
		json_set_string(json, "sentence", event->sentence);
	return json;
}

static json_t *
agent_json(const struct proto_refresh_request *request)
{
	json_t *agent = json_object();

	json_set_string(agent, "version", request->agent_version);
	json_set_integer(agent, "protocol", request->protocol);
	json_set_string(agent, "hostname",
	    request->hostname != NULL ? request->hostname : "");
	json_set_time(agent, "clock", request->clock_ms);
	if (request->boot_id[0] != '\0')
		json_set_string(agent, "boot_id", request->boot_id);
	if (request->has_proxy_report)
		json_set_bool(agent, "proxy_in_environment",
		    request->proxy_in_environment);
	return agent;
}

static json_t *
sections_json(const struct proto_refresh_request *request)
{
	json_t *sections = json_object();

	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		if (request->has_section[i])
			json_set_value(sections,
			    inventory_section_name((enum inventory_section)i),
			    inventory_change_json(&request->sections[i]));
	return sections;
}

json_t *
proto_refresh_request_json(const struct proto_refresh_request *request)
{
	json_t *json = json_object();
	json_t *acknowledged = json_object();
	json_t *events = json_array();
	json_t *inventory = json_object();

	json_set_value(json, "agent", agent_json(request));
	json_set_integer(
	    acknowledged, "publication", request->acknowledged_publication);
	json_set_value(json, "acknowledged", acknowledged);
	for (size_t i = 0; i < request->event_count; i++)
		check(json_array_append_new(
			  events, event_json(&request->events[i])) == 0);
	json_set_value(json, "events", events);
	json_set_value(inventory, "sections", sections_json(request));
	json_set_value(json, "inventory", inventory);
	return json;
}
