/* The heads of core's audit log: remembered, told, and signed when old. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/jws.h"
#include "server/signer/signer.h"

static const struct ledger_audit_head *
latest(const struct signer *signer)
{
	static const struct ledger_audit_head none;
	const struct ledger *ledger = &signer->ledger;

	return ledger->audit_head_count == 0
	    ? &none
	    : &ledger->audit_heads[ledger->audit_head_count - 1];
}

static void
copy_head(struct signer_audit_head *out, const struct ledger_audit_head *from)
{
	out->n = from->n;
	memcpy(out->hash, from->hash, sizeof(out->hash));
}

static bool
is_latest(const struct signer *signer, const struct signer_audit_head *head)
{
	return head->n == latest(signer)->n &&
	    memcmp(head->hash, latest(signer)->hash, sizeof(head->hash)) == 0;
}

bool
signer_audit_head(struct signer *signer, struct view body,
    struct writer *result, int *out_descriptor, struct err *err)
{
	struct signer_audit_head head;

	if (!signer_audit_head_read(body, &head, err))
		return false;
	if (!is_latest(signer, &head)) {
		if (head.n <= latest(signer)->n || head.n > INT64_MAX)
			return err_set_code(err, ERR_CONFLICT, "audit_set_back",
			    "the audit log is not ahead of row %llu, which was "
			    "seen before",
			    (unsigned long long)latest(signer)->n);
		if (!signer_record(signer,
			ledger_audit_entry(
			    LEDGER_ENTRY_AUDIT_HEAD, head.n, head.hash),
			JOURNAL_ORDINARY, err))
			return false;
	}
	copy_head(&head, latest(signer));
	signer_audit_head_write(result, &head);
	return true;
}

/* The first row of the table with n or more. */
static size_t
find_from(const struct ledger *ledger, uint64_t n)
{
	size_t low = 0, high = ledger->audit_head_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (ledger->audit_heads[middle].n < n)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool
signer_audit_heads(struct signer *signer, struct view body,
    struct writer *result, int *out_descriptor, struct err *err)
{
	scoped(buf_donep) struct buf packed =
	    BUF_INIT(SIGNER_AUDIT_HEADS_MAX * SIGNER_AUDIT_HEAD_BYTES);
	const struct ledger *ledger = &signer->ledger;
	struct signer_audit_heads heads = {0};
	struct signer_audit_from from;
	struct writer writer;
	size_t first;

	if (!signer_audit_from_read(body, &from, err))
		return false;
	writer_init(&writer, &packed);
	first = find_from(ledger, from.n);
	for (size_t i = first;
	     i < ledger->audit_head_count && i - first < SIGNER_AUDIT_HEADS_MAX;
	     i++) {
		writer_u64(&writer, ledger->audit_heads[i].n);
		writer_fixed(
		    &writer, ledger->audit_heads[i].hash, SIGNER_HASH_BYTES);
	}
	if (!writer_done(&writer, err))
		return false;
	copy_head(&heads.latest, latest(signer));
	copy_head(&heads.checkpoint, &ledger->audit_checkpoint);
	heads.heads = buf_view(&packed);
	signer_audit_heads_write(result, &heads);
	return true;
}

/* The newest one up to n that is old enough: whoever has core in his hands must
 * not be able to have the last month forgotten. */
static bool
find_old(const struct signer *signer, uint64_t n,
    const struct ledger_audit_head **out, struct err *err)
{
	const struct ledger *ledger = &signer->ledger;
	int64_t before_ms = signer_now(signer) - DAYS_MS(SIGNER_AUDIT_DAYS);
	size_t end = n == UINT64_MAX ? ledger->audit_head_count
				     : find_from(ledger, n + 1);

	while (end > 0 && ledger->audit_heads[end - 1].time_ms > before_ms)
		end--;
	if (end == 0)
		return err_set_code(err, ERR_NOT_FOUND, "audit_no_head",
		    "no head of the audit log up to that row was seen %d days "
		    "ago",
		    SIGNER_AUDIT_DAYS);
	*out = &ledger->audit_heads[end - 1];
	return true;
}

static char *
payload(const struct signer *signer)
{
	const struct ledger_audit_head *head = &signer->ledger.audit_checkpoint;
	scoped(json_freep) json_t *object = json_object();
	scoped(memory_freep) char *hash =
	    hex_encode(view_of(head->hash, sizeof(head->hash)));

	json_set_string(object, "fleet", signer->authority.fleet_id);
	json_set_integer(object, "epoch", journal_head(signer->journal)->epoch);
	json_set_integer(object, "row", (int64_t)head->n);
	json_set_string(object, "sha256", hash);
	json_set_time(object, "seen_at", head->time_ms);
	json_set_time(object, "issued_at", signer_now(signer));
	return json_write(object);
}

bool
signer_audit_checkpoint(struct signer *signer, struct view body,
    struct writer *result, int *out_descriptor, struct err *err)
{
	const struct ledger_audit_head *head = NULL;
	struct signer_audit_checkpoint checkpoint;
	scoped(memory_freep) char *text = NULL;
	scoped(memory_freep) char *jws = NULL;
	struct signer_audit_from up_to;

	if (!signer_audit_from_read(body, &up_to, err) ||
	    !signer_may_issue(signer, err) ||
	    !find_old(signer, up_to.n, &head, err))
		return false;
	/* Again is no change, and needs no entry. */
	if (head->n != signer->ledger.audit_checkpoint.n &&
	    !signer_record(signer,
		ledger_audit_entry(
		    LEDGER_ENTRY_AUDIT_CHECKPOINT, head->n, head->hash),
		JOURNAL_ORDINARY, err))
		return false;
	text = payload(signer);
	if (!jws_make(signer->authority.publication_key, SIGNER_AUDIT_TYPE,
		view_string(text), &jws, err))
		return false;
	copy_head(&checkpoint.head, &signer->ledger.audit_checkpoint);
	checkpoint.statement = view_string(jws);
	signer_audit_checkpoint_write(result, &checkpoint);
	return true;
}
