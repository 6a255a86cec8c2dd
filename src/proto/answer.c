/* The answer to a refresh, and the small messages: nonce and channel. */
#include "proto/refresh.h"

#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "proto/member.h"

static const char *const ORDER_TYPES[] = {
    [PROTO_ORDER_RESEND_INVENTORY] = "resend_inventory",
    [PROTO_ORDER_COMMAND] = "command",
};

void
proto_refresh_answer_init(struct proto_refresh_answer *answer)
{
	memset(answer, 0, sizeof(*answer));
}

void
proto_refresh_answer_done(struct proto_refresh_answer *answer)
{
	for (size_t i = 0; i < answer->order_count; i++)
		free(answer->orders[i].jws);
	free(answer->orders);
	free(answer->publication);
	free(answer->renewal_nonce);
	proto_refresh_answer_init(answer);
}

struct proto_order *
proto_refresh_answer_add_order(
    struct proto_refresh_answer *answer, enum proto_order_type type)
{
	struct proto_order *order;

	check(answer->order_count < PROTO_ORDERS_MAX);
	answer->orders = memory_resize(
	    answer->orders, answer->order_count + 1, sizeof(*answer->orders));
	order = &answer->orders[answer->order_count++];
	memset(order, 0, sizeof(*order));
	order->type = type;
	return order;
}

static bool
read_resend(
    const json_t *json, struct proto_refresh_answer *out, struct err *err)
{
	struct proto_order *order =
	    proto_refresh_answer_add_order(out, PROTO_ORDER_RESEND_INVENTORY);
	json_t *names = NULL, *name;
	size_t index;

	if (!json_get_array(json, "sections", JSON_REQUIRED, 1024, &names, err))
		return false;
	json_array_foreach (names, index, name) {
		enum inventory_section section;

		if (json_is_string(name) &&
		    inventory_section_find(json_string_value(name), &section))
			order->sections[section] = true;
	}
	return true;
}

static bool
read_command(
    const json_t *json, struct proto_refresh_answer *out, struct err *err)
{
	const char *jws = NULL;

	if (!json_get_string(
		json, "jws", JSON_REQUIRED, PROTO_JWS_MAX, &jws, err))
		return false;
	proto_refresh_answer_add_order(out, PROTO_ORDER_COMMAND)->jws =
	    memory_string(jws);
	return true;
}

static bool
read_order(
    const json_t *json, struct proto_refresh_answer *out, struct err *err)
{
	const char *type = NULL;

	if (!json_is_object(json))
		return err_set_code(err, ERR_MALFORMED, "json_type",
		    "an order must be an object");
	if (!json_get_string(
		json, "type", JSON_REQUIRED, PROTO_WORD_MAX, &type, err))
		return false;
	if (strcmp(type, ORDER_TYPES[PROTO_ORDER_RESEND_INVENTORY]) == 0)
		return read_resend(json, out, err);
	if (strcmp(type, ORDER_TYPES[PROTO_ORDER_COMMAND]) == 0)
		return read_command(json, out, err);
	return true; /* from a newer server: ignored */
}

static bool
read_orders(
    const json_t *json, struct proto_refresh_answer *out, struct err *err)
{
	json_t *orders = NULL, *order;
	size_t index;

	if (!json_get_array(
		json, "orders", JSON_OPTIONAL, PROTO_ORDERS_MAX, &orders, err))
		return false;
	json_array_foreach (orders, index, order) {
		if (!read_order(order, out, err))
			return false;
	}
	return true;
}

static bool
read_applied(
    const json_t *json, struct proto_refresh_answer *out, struct err *err)
{
	json_t *applied = NULL;

	if (!json_get_object(json, "applied", JSON_OPTIONAL, &applied, err))
		return false;
	for (size_t i = 0; i < INVENTORY_SECTIONS && applied != NULL; i++)
		if (!member_text(applied,
			inventory_section_name((enum inventory_section)i),
			JSON_OPTIONAL, out->applied[i], sizeof(out->applied[i]),
			err))
			return false;
	return true;
}

static bool
read_publication(
    const json_t *json, struct proto_refresh_answer *out, struct err *err)
{
	json_t *renewal = NULL;
	const char *publication = NULL, *nonce = NULL;

	if (!json_get_string(json, "publication", JSON_OPTIONAL, PROTO_JWS_MAX,
		&publication, err) ||
	    !json_get_object(json, "renewal", JSON_OPTIONAL, &renewal, err) ||
	    (renewal != NULL && !proto_nonce_read(renewal, &nonce, err)))
		return false;
	if (publication != NULL)
		out->publication = memory_string(publication);
	if (nonce != NULL)
		out->renewal_nonce = memory_string(nonce);
	return true;
}

bool
proto_refresh_answer_read(
    const json_t *json, struct proto_refresh_answer *out, struct err *err)
{
	if (!json_is_object(json))
		return err_set_code(err, ERR_MALFORMED, "json_type",
		    "the answer must be an object");
	return member_time(json, "server_time", JSON_REQUIRED,
		   &out->server_time_ms, err) &&
	    member_text(json, "computer_id", JSON_REQUIRED, out->computer_id,
		sizeof(out->computer_id), err) &&
	    json_get_integer(json, "refresh_interval_s", JSON_REQUIRED, 1,
		INT32_MAX, &out->refresh_interval_s, err) &&
	    read_orders(json, out, err) && read_publication(json, out, err) &&
	    read_applied(json, out, err);
}

static json_t *
order_json(const struct proto_order *order)
{
	json_t *json = json_object();
	json_t *sections;

	json_set_string(json, "type", ORDER_TYPES[order->type]);
	switch (order->type) {
	case PROTO_ORDER_RESEND_INVENTORY:
		sections = json_array();
		for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
			if (order->sections[i])
				check(json_array_append_new(sections,
					  json_string(inventory_section_name((
					      enum inventory_section)i))) == 0);
		json_set_value(json, "sections", sections);
		break;
	case PROTO_ORDER_COMMAND:
		json_set_string(json, "jws", order->jws);
		break;
	}
	return json;
}

json_t *
proto_refresh_answer_json(const struct proto_refresh_answer *answer)
{
	json_t *json = json_object();
	json_t *orders = json_array();
	json_t *applied = json_object();

	json_set_time(json, "server_time", answer->server_time_ms);
	json_set_string(json, "computer_id", answer->computer_id);
	json_set_integer(
	    json, "refresh_interval_s", answer->refresh_interval_s);
	for (size_t i = 0; i < answer->order_count; i++)
		check(json_array_append_new(
			  orders, order_json(&answer->orders[i])) == 0);
	json_set_value(json, "orders", orders);
	if (answer->publication != NULL)
		json_set_string(json, "publication", answer->publication);
	if (answer->renewal_nonce != NULL)
		json_set_value(
		    json, "renewal", proto_nonce_json(answer->renewal_nonce));
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		if (answer->applied[i][0] != '\0')
			json_set_string(applied,
			    inventory_section_name((enum inventory_section)i),
			    answer->applied[i]);
	json_set_value(json, "applied", applied);
	return json;
}

bool
proto_nonce_read(const json_t *json, const char **out_nonce, struct err *err)
{
	return json_get_string(
	    json, "nonce", JSON_REQUIRED, PROTO_NONCE_MAX, out_nonce, err);
}

json_t *
proto_nonce_json(const char *nonce)
{
	json_t *json = json_object();

	json_set_string(json, "nonce", nonce);
	return json;
}

bool
proto_channel_read(
    struct view text, enum proto_channel_type *out, struct err *err)
{
	scoped(json_freep) json_t *json = json_read(text, 32 * 1024, err);
	const char *type = NULL;

	if (json == NULL)
		return false;
	if (!json_is_object(json))
		return err_set_code(err, ERR_MALFORMED, "json_type",
		    "a channel message must be an object");
	if (!json_get_string(json, "type", JSON_REQUIRED, 1024, &type, err))
		return false;
	*out = strcmp(type, "knock") == 0 ? PROTO_CHANNEL_KNOCK
					  : PROTO_CHANNEL_UNKNOWN;
	return true;
}

const char *
proto_channel_text(enum proto_channel_type type)
{
	check(type == PROTO_CHANNEL_KNOCK);
	return "{\"type\":\"knock\"}";
}
