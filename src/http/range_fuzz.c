/* Feeds foreign bytes to the range reader: a part lies inside the whole. */
#include "../tests/fuzz/fuzz.h"
#include "base/check.h"
#include "http/range.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t totals[] = {0, 1, 10, UINT64_MAX};

	for (size_t i = 0; i < array_length(totals); i++) {
		uint64_t offset, length;

		if (http_range_read(view_of(data, size), totals[i], &offset,
			&length) == HTTP_RANGE_PART)
			check(length > 0 && offset < totals[i] &&
			    length <= totals[i] - offset);
	}
	return 0;
}
