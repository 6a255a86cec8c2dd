/* Feeds foreign bytes to what reads tokens, ranges and journal heads. */
#include "../tests/fuzz/fuzz.h"
#include "server/signer/journal_line.h"
#include "server/signer/token_text.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = view_of(data, size);
	uint8_t hash[SIGNER_HASH_BYTES];
	struct err err = ERR_INIT;
	struct signer_head head;
	struct view ranges;
	struct view address;

	ignore_result(token_text_hash(text, hash));
	ignore_result(token_range_check(text, &err));
	ignore_result(journal_head_parse(text, &head, &err));
	ignore_result(view_cut(text, '\n', &ranges, &address));
	ignore_result(token_range_holds(ranges, address));
	return 0;
}
