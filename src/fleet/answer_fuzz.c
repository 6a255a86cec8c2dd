/* Feeds foreign bytes to the reader of answers, in two parts. */
#include "../tests/fuzz/fuzz.h"
#include "fleet/answer.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view first = view_of(data, size / 2);
	struct view second = view_of(data + size / 2, size - size / 2);
	struct answer answer;
	struct err err = ERR_INIT;

	answer_init(&answer, 4096);
	if (answer_feed(&answer, &first, &err) &&
	    answer_feed(&answer, &second, &err))
		ignore_result(answer_end(&answer, &err));
	answer_done(&answer);
	return 0;
}
