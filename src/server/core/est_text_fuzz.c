/* Feeds foreign bytes to EST's readers of credentials and bodies. */
#include "../tests/fuzz/fuzz.h"
#include "base/memory.h"
#include "server/core/est_text.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(buf_donep) struct buf der = BUF_INIT(4096);
	scoped(secret_freep) struct secret *token = NULL;
	scoped(memory_freep) char *field = view_to_string(view_of(data, size));
	struct err err = ERR_INIT;

	ignore_result(est_read_pkcs10(view_of(data, size), &der, &err));
	ignore_result(est_read_basic(field, &token, &err));
	return 0;
}
