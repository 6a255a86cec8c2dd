/* The bodies of HELLO, TRUST, IDENTITY, EVENT and COUNTERS. */
#include "ipc/gateway_control.h"

#include <string.h>

#include "ipc/gateway_fields.h"

bool
ipc_hello_write(struct buf *out, const struct ipc_hello *hello, struct err *err)
{
	struct writer writer;

	writer_init(&writer, out);
	writer_u32(&writer, hello->protocol);
	writer_u32(&writer, hello->slot);
	return writer_done(&writer, err);
}

bool
ipc_hello_read(struct view body, struct ipc_hello *out, struct err *err)
{
	struct ipc_hello got;
	struct reader reader;

	reader_init(&reader, body);
	got.protocol = reader_u32(&reader);
	got.slot = reader_u32(&reader);
	if (got.protocol != IPC_GATEWAY_PROTOCOL)
		reader.has_failed = true;
	if (!reader_done(&reader, err))
		return err_prefix(err, "HELLO");
	*out = got;
	return true;
}

bool
ipc_trust_write(struct buf *out, const struct ipc_trust *trust, struct err *err)
{
	struct writer writer;

	writer_init(&writer, out);
	writer_u64(&writer, trust->number);
	writer_bool(&writer, trust->requires_certificate);
	writer_string(&writer, trust->fleet_id);
	writer_u8(&writer, (uint8_t)trust->agent_ca_count);
	for (size_t i = 0; i < trust->agent_ca_count; i++)
		writer_bytes(&writer, trust->agent_cas[i]);
	writer_bytes(&writer, trust->denied_agents);
	writer_bytes(&writer, trust->denied_serials);
	return writer_done(&writer, err);
}

/* A packed array of records: whole, and in ascending order without doubles,
 * because it is searched by halving. */
static struct view
get_sorted(struct reader *reader, size_t record)
{
	struct view all = reader_bytes(reader, IPC_MAX_DENIED * record);

	if (all.length % record != 0)
		reader->has_failed = true;
	if (reader->has_failed)
		return view_of(NULL, 0);
	for (size_t at = record; at < all.length; at += record) {
		if (memcmp(all.data + at - record, all.data + at, record) >= 0)
			reader->has_failed = true;
	}
	return all;
}

bool
ipc_trust_read(struct view body, struct ipc_trust *out, struct err *err)
{
	struct ipc_trust got = {0};
	struct view fleet;
	struct reader reader;

	reader_init(&reader, body);
	got.number = reader_u64(&reader);
	got.requires_certificate = reader_bool(&reader);
	fleet = reader_bytes(&reader, ID_SIZE - 1);
	if (id_is_valid(fleet))
		memcpy(got.fleet_id, fleet.data, ID_SIZE - 1);
	else
		reader.has_failed = true;
	got.agent_ca_count = reader_u8(&reader);
	if (got.agent_ca_count > IPC_MAX_AGENT_CAS) {
		reader.has_failed = true;
		got.agent_ca_count = 0;
	}
	for (size_t i = 0; i < got.agent_ca_count; i++)
		got.agent_cas[i] = reader_bytes(&reader, LIMIT_CERTIFICATE);
	got.denied_agents = get_sorted(&reader, IPC_AGENT_BYTES);
	got.denied_serials = get_sorted(&reader, IPC_DENIED_SERIAL_BYTES);
	if (!reader_done(&reader, err))
		return err_prefix(err, "TRUST");
	*out = got;
	return true;
}

bool
ipc_trust_applied_write(struct buf *out, uint64_t number, struct err *err)
{
	struct writer writer;

	writer_init(&writer, out);
	writer_u64(&writer, number);
	return writer_done(&writer, err);
}

bool
ipc_trust_applied_read(struct view body, uint64_t *out_number, struct err *err)
{
	struct reader reader;
	uint64_t number;

	reader_init(&reader, body);
	number = reader_u64(&reader);
	if (!reader_done(&reader, err))
		return err_prefix(err, "TRUST_APPLIED");
	*out_number = number;
	return true;
}

bool
ipc_identity_write(
    struct buf *out, const struct ipc_identity *identity, struct err *err)
{
	struct writer writer;

	writer_init(&writer, out);
	writer_u64(&writer, identity->number);
	writer_u8(&writer, (uint8_t)identity->chain_count);
	for (size_t i = 0; i < identity->chain_count; i++)
		writer_bytes(&writer, identity->chain[i]);
	writer_bytes(&writer, identity->key);
	return writer_done(&writer, err);
}

bool
ipc_identity_read(struct view body, struct ipc_identity *out, struct err *err)
{
	struct ipc_identity got = {0};
	struct reader reader;

	reader_init(&reader, body);
	got.number = reader_u64(&reader);
	got.chain_count = reader_u8(&reader);
	if (got.chain_count < 1 ||
	    got.chain_count > LIMIT_CERTIFICATE_CHAIN_COUNT) {
		reader.has_failed = true;
		got.chain_count = 0;
	}
	for (size_t i = 0; i < got.chain_count; i++)
		got.chain[i] = reader_bytes(&reader, LIMIT_CERTIFICATE);
	got.key = reader_bytes(&reader, LIMIT_CERTIFICATE);
	if (!reader_done(&reader, err))
		return err_prefix(err, "IDENTITY");
	*out = got;
	return true;
}

bool
ipc_event_write(struct buf *out, const struct ipc_event *event, struct err *err)
{
	struct writer writer;

	writer_init(&writer, out);
	writer_u8(&writer, (uint8_t)event->kind);
	writer_u8(&writer, (uint8_t)event->listener);
	writer_bytes(&writer, event->reason);
	writer_bytes(&writer, event->subject);
	ipc_peer_put(&writer, &event->peer);
	writer_u32(&writer, event->suppressed);
	return writer_done(&writer, err);
}

bool
ipc_event_read(struct view body, struct ipc_event *out, struct err *err)
{
	struct ipc_event got = {0};
	struct reader reader;
	uint8_t kind;

	reader_init(&reader, body);
	kind = reader_u8(&reader);
	if (kind != IPC_EVENT_HANDSHAKE_REFUSED &&
	    kind != IPC_EVENT_REQUEST_REFUSED)
		reader.has_failed = true;
	got.kind = (enum ipc_event_kind)kind;
	got.listener = ipc_listener_get(&reader);
	got.reason = reader_bytes(&reader, IPC_MAX_REASON);
	got.subject = reader_bytes(&reader, IPC_MAX_SUBJECT);
	ipc_peer_get(&reader, &got.peer);
	got.suppressed = reader_u32(&reader);
	if (!reader_done(&reader, err))
		return err_prefix(err, "EVENT");
	*out = got;
	return true;
}

bool
ipc_counters_write(
    struct buf *out, const struct ipc_counters *counters, struct err *err)
{
	struct writer writer;

	writer_init(&writer, out);
#define X(name) writer_u64(&writer, counters->name);
	IPC_COUNTERS(X)
#undef X
	return writer_done(&writer, err);
}

bool
ipc_counters_read(struct view body, struct ipc_counters *out, struct err *err)
{
	struct ipc_counters got;
	struct reader reader;

	reader_init(&reader, body);
#define X(name) got.name = reader_u64(&reader);
	IPC_COUNTERS(X)
#undef X
	if (!reader_done(&reader, err))
		return err_prefix(err, "COUNTERS");
	*out = got;
	return true;
}
