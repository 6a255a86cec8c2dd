/* Feeds foreign JSON to the strict reader and writes what it accepted. */
#include "../tests/fuzz/fuzz.h"
#include "base/json.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err err = ERR_INIT;
	json_t *value = json_read(view_of(data, size), 65536, &err);

	if (value != NULL)
		free(json_write(value));
	json_decref(value);
	return 0;
}
