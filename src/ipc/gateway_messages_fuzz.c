/* Feeds foreign bytes to every reader of the messages between gateway and core;
 * the first byte chooses which. What is read must write back the same. */
#include "../tests/fuzz/fuzz.h"
#include "base/check.h"
#include "ipc/gateway_control.h"

/* Reads; on success writes into out. */
#define FUZZ_READER(name)                                                      \
	static bool name##_again(struct view body, struct buf *out)            \
	{                                                                      \
		struct ipc_##name message;                                     \
		struct err err = ERR_INIT;                                     \
                                                                               \
		if (!ipc_##name##_read(body, &message, &err))                  \
			return false;                                          \
		check(ipc_##name##_write(out, &message, &err));                \
		return true;                                                   \
	}

FUZZ_READER(request)
FUZZ_READER(response)
FUZZ_READER(hello)
FUZZ_READER(socket_open)
FUZZ_READER(socket_message)
FUZZ_READER(socket_close)
FUZZ_READER(trust)
FUZZ_READER(identity)
FUZZ_READER(event)
FUZZ_READER(counters)

static bool (*const READERS[])(struct view body, struct buf *out) = {
    request_again,
    response_again,
    hello_again,
    socket_open_again,
    socket_message_again,
    socket_close_again,
    trust_again,
    identity_again,
    event_again,
    counters_again,
};

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(buf_donep) struct buf out = BUF_INIT(IPC_MAX_TRUST);
	struct view body;

	if (size == 0 || size > LIMIT_FRAME)
		return 0;
	body = view_of(data + 1, size - 1);
	if (READERS[data[0] % array_length(READERS)](body, &out))
		check(view_equal(buf_view(&out), body));
	return 0;
}
