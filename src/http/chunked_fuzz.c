/* Feeds foreign bytes to the chunked decoder. */
#include "../tests/fuzz/fuzz.h"
#include "base/check.h"
#include "http/chunked.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view input = view_of(data, size);
	enum http_chunked_event event = HTTP_CHUNKED_DATA;
	struct http_chunked chunked;
	struct err err = ERR_INIT;
	size_t total = 0;

	http_chunked_init(&chunked);
	while (event == HTTP_CHUNKED_DATA) {
		struct view part = {NULL, 0};

		event = http_chunked_next(&chunked, &input, &part, &err);
		total += part.length;
		check((event == HTTP_CHUNKED_DATA) == (part.length > 0));
	}
	check(total <= size);
	return 0;
}
