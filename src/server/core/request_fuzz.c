/* Feeds the frames of a gateway that is not to be believed to core. */
#include "../tests/fuzz/fuzz.h"

#include <string.h>

#include "base/memory.h"
#include "server/core/request_build.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *frame = memory_zeroed(size + 1);
	struct request *request = NULL;
	struct ipc_request from;
	struct err err = ERR_INIT;

	if (size > 0)
		memcpy(frame, data, size);
	if (!ipc_request_read(view_of(frame, size), &from, &err)) {
		free(frame);
		return 0;
	}
	if (request_build(NULL, &from, frame, -1, &request, &err))
		json_decref(request_json(request, &err));
	request_free(request);
	return 0;
}
