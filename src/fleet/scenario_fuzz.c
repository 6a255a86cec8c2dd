/* Feeds foreign text to the reader of scenarios. */
#include "../tests/fuzz/fuzz.h"
#include "fleet/scenario.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct scenario scenario;
	struct err err = ERR_INIT;

	if (scenario_parse(&scenario, "fuzz", view_of(data, size), &err))
		scenario_done(&scenario);
	return 0;
}
