/* What the gateway tells core and the log: counters and refusals. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/certificate.h"
#include "crypto/fast_ec.h"
#include "server/gateway/exchange.h"
#include "server/gateway/upstream.h"

enum {
	EVENTS_PER_SECOND = 20,
};

static void
report_status(struct gateway *gateway)
{
	scoped(memory_freep) char *text =
	    memory_format("%zu connections, %llu live agents, trust %llu%s",
		gateway->connection_count,
		(unsigned long long)gateway->counters.sockets_open,
		(unsigned long long)gateway->trust_number,
		fast_ec_is_used() ? ", fast EC" : "");

	role_status(gateway->role, text);
}

void
report_counters(struct gateway *gateway)
{
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct err err = ERR_INIT;

	report_status(gateway);
	gateway->counters.handshakes_open = gateway->handshakes +
	    gateway->stalled_count + gateway->handshakes_queued;
	gateway->counters.requests_open = HASH_COUNT(gateway->exchanges) +
	    gateway->held_count[LANE_PEOPLE] + gateway->held_count[LANE_AGENTS];
	gateway->counters.bodies_open = gateway->body_bytes;
	if (gateway->core == NULL ||
	    !ipc_counters_write(&body, &gateway->counters, &err))
		return;
	upstream_note(gateway, IPC_MESSAGE_COUNTERS, buf_view(&body));
}

/* At most so many a second; the rest is counted and told with the next. */
static bool
take_budget(unsigned *out_suppressed)
{
	static int64_t second_ms;
	static unsigned used, suppressed;
	int64_t now_ms = clock_monotonic_ms();

	if (now_ms - second_ms >= 1000) {
		second_ms = now_ms;
		used = 0;
	}
	if (used >= EVENTS_PER_SECOND) {
		suppressed++;
		return false;
	}
	used++;
	*out_suppressed = suppressed;
	suppressed = 0;
	return true;
}

/* Who the refused certificate says it is: unproved, for a person to read. */
static void
describe(struct view der, struct ipc_event *event,
    struct certificate **out_certificate)
{
	struct err err = ERR_INIT;

	if (der.length == 0 ||
	    !certificate_parse_der(der, out_certificate, &err))
		return;
	event->subject =
	    view_slice(view_string(certificate_subject(*out_certificate)), 0,
		IPC_MAX_SUBJECT);
	event->peer.has_certificate =
	    hex_decode(view_string(certificate_fingerprint(*out_certificate)),
		event->peer.fingerprint, sizeof(event->peer.fingerprint));
}

static void
log_refusal(const struct ipc_event *event, const struct err *err)
{
	scoped(memory_freep) char *subject = view_to_string(event->subject);

	log_warning(event->kind == IPC_EVENT_HANDSHAKE_REFUSED
		? "A handshake was refused"
		: "A request was refused",
	    "reason", err->code, "why", err_sentence(err), "address",
	    event->peer.address, "subject", subject);
}

void
report_refusal(struct connection *connection, enum ipc_event_kind kind,
    const struct err *err, struct view der)
{
	scoped(certificate_freep) struct certificate *certificate = NULL;
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct ipc_event event = {
	    .kind = kind,
	    .listener = connection->listener,
	    .reason = view_slice(view_string(err->code), 0, IPC_MAX_REASON),
	};
	struct err ignored = ERR_INIT;

	if (!take_budget(&event.suppressed))
		return;
	connection_peer(connection, &event.peer);
	describe(der, &event, &certificate);
	log_refusal(&event, err);
	if (ipc_event_write(&body, &event, &ignored))
		upstream_note(
		    connection->gateway, IPC_MESSAGE_EVENT, buf_view(&body));
}
