/* Journal heads between signer and database. */
#include "server/core/journal.h"

#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "ipc/signer_client.h"
#include "server/core/core.h"
#include "server/core/trust.h"
#include "store/journal_head.h"
#include "store/setting.h"

static const char EPOCH[] = "journal_epoch";

bool
journal_highest_seen(
    struct core *core, struct signer_head *out, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_journal_head head;
	struct store_setting epoch;
	struct signer_head seen = {0};

	if (!store_reader_open(core->store, &reader, err) ||
	    !store_journal_head_latest(reader, &head, err) ||
	    !store_setting_get(reader, EPOCH, &epoch, err))
		return false;
	if (head.n > 0) {
		seen.epoch = (uint32_t)epoch.integer;
		seen.n = (uint64_t)head.n;
		if (!hex_decode(
			view_string(head.hash), seen.hash, sizeof(seen.hash)))
			return err_set(err, ERR_MALFORMED,
			    "the database has a journal head that is no hash");
	}
	*out = seen;
	return true;
}

static bool
put_epoch(struct store_tx *tx, uint32_t epoch, struct err *err)
{
	struct store_setting setting;

	if (!store_setting_get(store_tx_reader(tx), EPOCH, &setting, err))
		return false;
	if (setting.version > 0 && setting.integer == epoch)
		return true;
	memcpy(setting.key, EPOCH, sizeof(EPOCH));
	setting.integer = epoch;
	setting.version = STORE_SETTING_ANY_VERSION;
	setting.changed_at = clock_wall_ms();
	return store_setting_put(tx, &setting, err);
}

static bool
put_head(struct store_tx *tx, void *context, struct err *err)
{
	const struct signer_head *head = context;
	struct store_journal_head row = {
	    .n = (int64_t)head->n, .seen_at = clock_wall_ms()};
	scoped(memory_freep) char *hash =
	    hex_encode(view_of(head->hash, sizeof(head->hash)));

	memcpy(row.hash, hash, sizeof(row.hash));
	return store_journal_head_put(tx, &row, err) &&
	    put_epoch(tx, head->epoch, err);
}

bool
core_trust_mirror_journal(struct core *core, struct err *err)
{
	struct signer_head head, seen;

	if (!signer_client_journal_head(core->signer, &head, err) ||
	    !journal_highest_seen(core, &seen, err))
		return false;
	/* A shorter journal is the signer's to judge: it is told the highest
	 * head with each trust set. */
	if (head.n <= seen.n)
		return true;
	return store_write(core->store, put_head, &head, err);
}

uint64_t
core_trust_journal_length(struct core *core)
{
	struct signer_head seen;
	struct err err = ERR_INIT;

	return journal_highest_seen(core, &seen, &err) ? seen.n : 0;
}
