/* Feeds foreign bytes to what a role may say to the supervisor, and any type
 * and direction to the message table. */
#include "../tests/fuzz/fuzz.h"
#include "base/check.h"
#include "base/memory.h"
#include "server/role_control.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(buf_donep) struct buf again = BUF_INIT(1 << 16);
	scoped(memory_freep) char *sentence = NULL;
	struct view body = view_of(data, size);
	struct role_peer peer;
	struct writer writer;
	struct err err = ERR_INIT;

	ignore_result(role_attach_read(body, &peer, &err));
	if (role_broken_read(body, &peer, &sentence, &err)) {
		writer_init(&writer, &again);
		role_broken_write(&writer, &peer, sentence);
		check(writer_done(&writer, &err));
		check(view_equal(body, buf_view(&again)));
	}
	if (size >= 6)
		ignore_result(ipc_message_check(
		    (uint16_t)(data[0] << 8 | data[1]), data[2], data[3] & 1,
		    (enum ipc_role)(data[4] % IPC_ROLE_COUNT),
		    (enum ipc_role)(data[5] % IPC_ROLE_COUNT), &err));
	return 0;
}
