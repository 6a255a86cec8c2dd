/* Feeds foreign heads of answers to the WebSocket's opening. */
#include "../tests/fuzz/fuzz.h"
#include "agent/channel/upgrade.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;

	ignore_result(upgrade_accepts(
	    view_of(data, size), "dGhlIHNhbXBsZSBub25jZQ==", &err));
	return 0;
}
