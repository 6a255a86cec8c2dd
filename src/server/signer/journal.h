/*
 * The journal: an append-only, hash-chained file of everything that the signer
 * decided, and the truth from which its state is rebuilt.
 *
 * One process at a time has it open (file lock). An entry counts from the
 * moment journal_sync() returned true; until then nobody may be told of it.
 * journal_open() cuts off a last line that was never finished (a crash while
 * writing: nobody was told). Any other fault breaks the journal: the entries
 * after it are still handed out, marked as unproven, so that no revocation gets
 * lost, and only urgent entries are appended any more, as unproven as they.
 * Owned by the signer.
 */
#ifndef SERVER_SIGNER_JOURNAL_H
#define SERVER_SIGNER_JOURNAL_H

#include "base/json.h"
#include "ipc/signer_types.h"
#include "server/signer/journal_entry.h"

struct journal;

/* n: the entry's number, by which journal_read finds it again. is_proven: the
 * chain holds up to here. False breaks the journal here (unproven entries:
 * ignored). */
typedef bool journal_entry_fn(void *context, const struct journal_entry *entry,
    uint32_t n, bool is_proven, struct err *err);

/* Open or make the file and hand every entry to entry_fn. ERR_SYSTEM, and
 * ERR_CONFLICT with code "journal_locked" while another process has it. */
must_use bool journal_open(const char *path, journal_entry_fn *entry_fn,
    void *context, struct journal **out, struct err *err);
void journal_free(struct journal *journal); /* takes NULL */

DEFINE_SCOPED(struct journal, journal_free)

/* NULL, or the sentence that says why and where the journal is broken. */
must_use const char *journal_trouble(const struct journal *journal);
/* The owner found what the chain cannot tell: another fleet's, or none. */
void journal_break(struct journal *journal, const char *sentence);
/* Bytes of an unfinished last line that were cut off at opening. */
must_use uint64_t journal_cut_bytes(const struct journal *journal);
must_use const struct signer_head *journal_head(const struct journal *journal);

enum journal_urgency {
	JOURNAL_ORDINARY, /* only while there is room to spare */
	/* What takes away: down to the last block, and also behind a break,
	 * where the next start finds it as unproven. */
	JOURNAL_URGENT,
};

/* Write one entry; epoch, n and time are set in it. ERR_LIMIT with code
 * "journal_full": no room, nothing was written. ERR_SYSTEM with code
 * "journal_broken". ERR_UNCERTAIN: the role must end. */
must_use bool journal_append(struct journal *journal, json_t *entry,
    enum journal_urgency urgency, int64_t now_ms, struct err *err);
/* Make everything appended durable. Failure is ERR_UNCERTAIN: nobody knows what
 * is on the disk now; the role must end and read it anew. */
must_use bool journal_sync(struct journal *journal, struct err *err);
must_use bool journal_is_synced(const struct journal *journal);

/* The entry that was appended last, borrowed until the next one. */
must_use bool journal_last(
    const struct journal *journal, struct journal_entry *out, struct err *err);
/* The entry with that number again, from the file; it borrows from line. */
must_use bool journal_read(struct journal *journal, uint32_t n,
    struct buf *line, struct journal_entry *out, struct err *err);
/* Does this journal contain that head? n 0: yes. ERR_SYSTEM, code
 * "journal_rolled_back", with the sentence. */
must_use bool journal_contains(
    struct journal *journal, const struct signer_head *head, struct err *err);

#endif
