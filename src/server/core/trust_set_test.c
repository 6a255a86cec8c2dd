/* The trust set as gateways get it: sorted, padded, retired ones left in. */
#include "base/cmocka_test.h"

#include <string.h>

#include "ipc/gateway_control.h"
#include "os/fd.h"
#include "server/core/trust_set.h"

#define FLEET "01890a5d-ac96-774b-bcce-b302099a8057"

static void
denied_ones_are_sorted_and_retired_ones_are_not_denied(void **state)
{
	uint8_t agents[2 * SIGNER_UUID_BYTES];
	uint8_t serials[2 * SIGNER_SERIAL_BYTES];
	uint8_t retired[SIGNER_UUID_BYTES] = {3};
	struct signer_trust_set set = {.agent_ca_count = 1};
	scoped(fd_closep) int file = -1;
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_MAX_TRUST);
	struct ipc_trust trust;
	struct err err = ERR_INIT;

	memset(agents, 9, SIGNER_UUID_BYTES);
	memset(agents + SIGNER_UUID_BYTES, 1, SIGNER_UUID_BYTES);
	memset(serials, 0x7f, SIGNER_SERIAL_BYTES);
	memset(serials + SIGNER_SERIAL_BYTES, 0x40, SIGNER_SERIAL_BYTES);
	memcpy(set.fleet_id, FLEET, sizeof(FLEET));
	set.agent_cas[0] = VIEW_LITERAL("certificate");
	set.revoked_agents = view_of(agents, sizeof(agents));
	set.retired_agents = view_of(retired, sizeof(retired));
	set.revoked_serials = view_of(serials, sizeof(serials));

	assert_true(trust_set_write(&set, 42, true, &file, &err));
	assert_true(fd_memfd_read(file, &body, &err));
	assert_true(ipc_trust_read(buf_view(&body), &trust, &err));
	assert_int_equal(trust.number, 42);
	assert_true(trust.requires_certificate);
	assert_string_equal(trust.fleet_id, FLEET);
	assert_int_equal(trust.denied_agents.length, 2 * IPC_AGENT_BYTES);
	assert_int_equal(trust.denied_agents.data[0], 1);
	assert_int_equal(trust.denied_agents.data[IPC_AGENT_BYTES], 9);
	assert_int_equal(
	    trust.denied_serials.length, 2 * IPC_DENIED_SERIAL_BYTES);
	assert_int_equal(trust.denied_serials.data[0], 0);
	assert_int_equal(trust.denied_serials.data[4], 0x40);
	assert_int_equal(
	    trust.denied_serials.data[IPC_DENIED_SERIAL_BYTES + 4], 0x7f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		denied_ones_are_sorted_and_retired_ones_are_not_denied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
