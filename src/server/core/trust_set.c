/* Trust sets rewritten for gateways. */
#include "server/core/trust_set.h"

#include <string.h>

#include "base/memory.h"
#include "ipc/gateway_control.h"
#include "os/fd.h"

static int
compare_agents(const void *a, const void *b)
{
	return memcmp(a, b, IPC_AGENT_BYTES);
}

static int
compare_serials(const void *a, const void *b)
{
	return memcmp(a, b, IPC_DENIED_SERIAL_BYTES);
}

static uint8_t *
sorted_agents(struct view packed)
{
	uint8_t *copy = memory_zeroed(packed.length + 1);

	if (packed.length > 0)
		memcpy(copy, packed.data, packed.length);
	qsort(copy, packed.length / IPC_AGENT_BYTES, IPC_AGENT_BYTES,
	    compare_agents);
	return copy;
}

static uint8_t *
padded_serials(struct view packed, size_t *out_length)
{
	const size_t pad = IPC_DENIED_SERIAL_BYTES - SIGNER_SERIAL_BYTES;
	size_t count = packed.length / SIGNER_SERIAL_BYTES;
	uint8_t *out = memory_array(count + 1, IPC_DENIED_SERIAL_BYTES);

	for (size_t i = 0; i < count; i++)
		memcpy(out + i * IPC_DENIED_SERIAL_BYTES + pad,
		    packed.data + i * SIGNER_SERIAL_BYTES, SIGNER_SERIAL_BYTES);
	qsort(out, count, IPC_DENIED_SERIAL_BYTES, compare_serials);
	*out_length = count * IPC_DENIED_SERIAL_BYTES;
	return out;
}

bool
trust_set_write(const struct signer_trust_set *set, uint64_t number,
    bool requires_certificate, int *out_file, struct err *err)
{
	struct ipc_trust trust = {.number = number,
	    .requires_certificate = requires_certificate,
	    .agent_ca_count = set->agent_ca_count};
	size_t serials_length = 0;
	scoped(memory_freep) uint8_t *agents =
	    sorted_agents(set->revoked_agents);
	scoped(memory_freep) uint8_t *serials =
	    padded_serials(set->revoked_serials, &serials_length);
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_MAX_TRUST);

	if (set->agent_ca_count > array_length(trust.agent_cas))
		return err_set(err, ERR_LIMIT, "there are too many agent CAs");
	memcpy(trust.fleet_id, set->fleet_id, sizeof(trust.fleet_id));
	for (size_t i = 0; i < set->agent_ca_count; i++)
		trust.agent_cas[i] = set->agent_cas[i];
	trust.denied_agents = view_of(agents, set->revoked_agents.length);
	trust.denied_serials = view_of(serials, serials_length);
	return ipc_trust_write(&body, &trust, err) &&
	    fd_memfd_of("trust", buf_view(&body), out_file, err);
}
