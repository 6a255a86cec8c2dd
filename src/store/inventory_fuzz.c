/* Packed inventory: damaged, or unpacked within its limit. */
#include "../tests/fuzz/fuzz.h"

#include "base/check.h"
#include "store/inventory.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(buf_donep) struct buf json = BUF_INIT(1 << 20);
	struct err err = ERR_INIT;

	if (!store_inventory_unpack(view_of(data, size), &json, &err))
		check(json.length == 0);
	check(json.length <= json.max);
	return 0;
}
