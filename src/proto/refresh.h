/*
 * POST /agent/v1/refresh: what an agent says and what it is told.
 *
 * Plain structs with one reading and one writing function each; the agent
 * writes requests and reads answers, core does the other half. Readers ignore
 * unknown members. Everything in a struct is owned by it and released by its
 * _done function. The exact JSON is in docs/protocol/agent.md.
 */
#ifndef PROTO_REFRESH_H
#define PROTO_REFRESH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/id.h"
#include "base/json.h"
#include "proto/inventory.h"

enum {
	PROTO_VERSION = 1,
	PROTO_EVENTS_MAX = 64, /* in one refresh; the agent sends the rest next
				  time */
	PROTO_ORDERS_MAX = 64,
	PROTO_WORD_MAX = 64, /* bytes of versions, types, identifiers */
	PROTO_HOSTNAME_MAX = 255,
	PROTO_SENTENCE_MAX = 512,
	PROTO_JWS_MAX = 256 * 1024,
	PROTO_NONCE_MAX = 512,
	PROTO_ANSWER_MAX = 1024 * 1024, /* bytes of an answer */
};

/* Something that happened at the agent, told until a refresh that carried it
 * was answered with 200. The id lets the server know a repetition. */
struct proto_event {
	char id[ID_SIZE];
	char type[PROTO_WORD_MAX + 1]; /* "command_result", … */
	int64_t at_ms;                 /* by the agent's clock */
	/* type "command_result" */
	int64_t epoch;
	int64_t counter;
	char action[PROTO_WORD_MAX + 1]; /* "uninstall" */
	char result[PROTO_WORD_MAX + 1]; /* "accepted", "done", "refused" */
	char *sentence;                  /* for a person, or NULL */
};

struct proto_refresh_request {
	char agent_version[PROTO_WORD_MAX + 1];
	int64_t protocol;
	char *hostname;
	int64_t clock_ms;                 /* "clock": RFC 3339 */
	char boot_id[PROTO_WORD_MAX + 1]; /* or "" */
	bool has_proxy_report; /* whether it says anything of the next */
	bool proxy_in_environment;
	int64_t acknowledged_publication; /* 0: none */
	struct proto_event *events;
	size_t event_count;
	bool has_section[INVENTORY_SECTIONS];
	struct inventory_change sections[INVENTORY_SECTIONS];
};

void proto_refresh_request_init(struct proto_refresh_request *request);
void proto_refresh_request_done(struct proto_refresh_request *request);
/* ERR_MALFORMED (json_type, inventory_malformed, protocol_unknown) or
 * ERR_LIMIT. Sections that this version does not know are ignored. out must
 * be fresh from _init. */
must_use bool proto_refresh_request_read(
    const json_t *json, struct proto_refresh_request *out, struct err *err);
must_use json_t *
proto_refresh_request_json(const struct proto_refresh_request *request);

enum proto_order_type {
	PROTO_ORDER_RESEND_INVENTORY,
	PROTO_ORDER_COMMAND,
};

struct proto_order {
	enum proto_order_type type;
	bool sections[INVENTORY_SECTIONS]; /* resend_inventory */
	char *jws;                         /* command */
};

struct proto_refresh_answer {
	int64_t server_time_ms;
	char computer_id[ID_SIZE];
	int64_t refresh_interval_s;
	struct proto_order *orders; /* unknown types were left out on reading */
	size_t order_count;
	char *publication;   /* JWS, or NULL */
	char *renewal_nonce; /* base64url, or NULL */
	/* Digest the server now holds, per section that was applied; "" if
	 * none. */
	char applied[INVENTORY_SECTIONS][INVENTORY_DIGEST_SIZE];
};

void proto_refresh_answer_init(struct proto_refresh_answer *answer);
void proto_refresh_answer_done(struct proto_refresh_answer *answer);
must_use bool proto_refresh_answer_read(
    const json_t *json, struct proto_refresh_answer *out, struct err *err);
must_use json_t *
proto_refresh_answer_json(const struct proto_refresh_answer *answer);

/* Add one order, zeroed; the pointer is good until the next one is added. */
struct proto_order *proto_refresh_answer_add_order(
    struct proto_refresh_answer *answer, enum proto_order_type type);

/* POST /agent/v1/renewal-nonce → {"nonce": …}. */
must_use bool
proto_nonce_read(const json_t *json, const char **out_nonce, struct err *err);
must_use json_t *proto_nonce_json(const char *nonce);

/* A message of the WebSocket GET /agent/v1/channel. */
enum proto_channel_type {
	PROTO_CHANNEL_UNKNOWN, /* to be ignored */
	PROTO_CHANNEL_KNOCK,
};

/* False only for text that is no JSON object with a "type". */
must_use bool proto_channel_read(
    struct view text, enum proto_channel_type *out, struct err *err);
/* Static text to send. */
must_use const char *proto_channel_text(enum proto_channel_type type);

#endif
