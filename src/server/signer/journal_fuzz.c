/* Feeds foreign lines to the reader of journals: chained, and as entries of a
 * ledger whatever their hash is. */
#include "../tests/fuzz/fuzz.h"
#include "server/signer/journal_line.h"
#include "server/signer/ledger.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct journal_scan scan = {.rest = view_of(data, size)};
	struct signer_head head = {.epoch = 1};
	struct ledger ledger;
	struct err err = ERR_INIT;
	struct view line;
	uint64_t offset;
	uint32_t n = 0;

	ledger_init(&ledger);
	while (journal_scan_next(&scan, &line, &offset)) {
		struct journal_entry entry;

		ignore_result(journal_line_read(line, &head, &entry, &err));
		if (!journal_line_entry(line, &entry, &err))
			continue;
		n++;
		ignore_result(ledger_apply(&ledger, &entry, n, true, &err));
		ignore_result(ledger_apply(&ledger, &entry, 0, false, &err));
	}
	ledger_done(&ledger);
	return 0;
}
