/*
 * What the agent reports in a refresh: the inventory's difference to what the
 * server has acknowledged, and events that it has not acknowledged yet.
 *
 * DIRECTORY/inventory/SECTION.json is the section as the server last said that
 * it holds it (as json_write gives it, so that the file's SHA-256 is its
 * digest). A missing file means that the server has nothing, and the section is
 * sent whole. DIRECTORY/events.json holds the events. Channel process only.
 */
#ifndef AGENT_CHANNEL_REPORT_H
#define AGENT_CHANNEL_REPORT_H

#include "base/json.h"
#include "proto/refresh.h"

struct report {
	const char *directory; /* borrowed */
	/* Sections in flight, written once the server acknowledged them. */
	char *sent[INVENTORY_SECTIONS];
	/* Left out of the last request: the server would refuse all of it. */
	bool is_too_large[INVENTORY_SECTIONS];
	struct proto_event events[PROTO_EVENTS_MAX];
	size_t event_count;
};

/* Make the folder and read the events. */
must_use bool
report_open(struct report *report, const char *directory, struct err *err);
void report_close(struct report *report);

/* Fill the request's sections with the differences between what the server has
 * and the inventory {NAME: {key: item}}, and its events. Sections that are the
 * same, too large, or not in the inventory, are left out. */
void report_fill(struct report *report, const json_t *inventory,
    struct proto_refresh_request *request);
/* The server answered: remember what it applied and forget the events that it
 * was told. Sections whose digest it does not confirm will be sent whole. */
must_use bool report_settle(struct report *report,
    const struct proto_refresh_answer *answer, struct err *err);
/* Forget what the server holds of a section, so that it is sent whole. */
must_use bool report_forget(
    struct report *report, enum inventory_section section, struct err *err);
/* Forget everything that this server was told: it is another one. */
must_use bool report_forget_all(struct report *report, struct err *err);

/* Keep an event, durable when this returns. The oldest is dropped when there
 * are too many. */
must_use bool report_add_event(
    struct report *report, const struct proto_event *event, struct err *err);

#endif
