/* The audit log checked, part by part. */
#include "server/core/audit_verify.h"

#include <inttypes.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "crypto/jws.h"
#include "ipc/signer_client.h"
#include "server/core/core.h"
#include "store/audit_checkpoint.h"

/* The signer's heads, fetched in pages as the walk comes to them. */
struct heads {
	struct core *core;
	struct signer_reply reply;
	struct view rest;  /* of the page */
	bool is_last_page; /* there are none behind it */
	int64_t proved;    /* the last row that a head agreed with */
	int64_t differs_n; /* of the head that did not */
};

struct verification {
	struct heads heads;
	struct store_audit_checkpoint checkpoint;
	struct audit_verdict *verdict;
};

static bool
fetch_heads(struct heads *heads, int64_t from, struct signer_audit_heads *out,
    struct err *err)
{
	if (!signer_client_audit_heads(
		heads->core->signer, (uint64_t)from, &heads->reply, out, err))
		return false;
	heads->rest = out->heads;
	heads->is_last_page = out->heads.length <
	    (size_t)SIGNER_AUDIT_HEADS_MAX * SIGNER_AUDIT_HEAD_BYTES;
	return true;
}

/* The next head of the page at n or behind it; false: none. */
static bool
next_head(struct heads *heads, int64_t n, struct signer_audit_head *out)
{
	while (heads->rest.length >= SIGNER_AUDIT_HEAD_BYTES) {
		struct reader reader;

		reader_init(&reader, heads->rest);
		out->n = reader_u64(&reader);
		reader_fixed(&reader, out->hash, sizeof(out->hash));
		if ((int64_t)out->n >= n)
			return true;
		heads->rest = reader.rest;
	}
	return false;
}

static bool
seen(void *context, int64_t n, const char *hash, bool *out_is_same,
    struct err *err)
{
	struct heads *heads = context;
	struct signer_audit_heads page;
	struct signer_audit_head head;
	uint8_t bytes[SIGNER_HASH_BYTES];

	*out_is_same = true;
	if (!next_head(heads, n, &head)) {
		if (heads->is_last_page)
			return true;
		if (!fetch_heads(heads, n, &page, err))
			return false;
		if (!next_head(heads, n, &head))
			return true;
	}
	if ((int64_t)head.n != n)
		return true;
	*out_is_same = hex_decode(view_string(hash), bytes, sizeof(bytes)) &&
	    memcmp(bytes, head.hash, sizeof(bytes)) == 0;
	if (*out_is_same)
		heads->proved = n;
	else
		heads->differs_n = n;
	return true;
}

/* "N-HASH-PROVED" */
static void
write_cursor(char out[AUDIT_VERIFY_CURSOR_SIZE],
    const struct store_audit_position *position, int64_t proved)
{
	snprintf(out, AUDIT_VERIFY_CURSOR_SIZE, "%" PRId64 "-%s-%" PRId64,
	    position->n, position->hash, proved);
}

static bool
read_cursor(const char *cursor, struct store_audit_position *out_position,
    int64_t *out_proved, struct err *err)
{
	struct view rest = view_string(cursor), n, hash;
	uint8_t bytes[SIGNER_HASH_BYTES];
	uint64_t row = 0, proved = 0;

	if (view_cut(rest, '-', &n, &rest) &&
	    view_cut(rest, '-', &hash, &rest) &&
	    view_to_u64(n, INT64_MAX - 1, &row) &&
	    view_to_u64(rest, row, &proved) &&
	    hex_decode(hash, bytes, sizeof(bytes))) {
		out_position->n = (int64_t)row;
		memcpy(out_position->hash, hash.data, hash.length);
		out_position->hash[hash.length] = '\0';
		*out_proved = (int64_t)proved;
		return true;
	}
	return err_set_code(err, ERR_MALFORMED, "cursor_invalid",
	    "this is not where a verification stopped");
}

static bool
find_fault(struct audit_verdict *verdict, enum audit_fault fault,
    int64_t first_bad, const char *sentence)
{
	verdict->fault = fault;
	verdict->first_bad = first_bad;
	verdict->is_finished = true;
	verdict->next[0] = '\0';
	snprintf(verdict->sentence, sizeof(verdict->sentence), "%s", sentence);
	return true;
}

static bool
has_payload(const struct store_audit_checkpoint *checkpoint,
    struct view payload, struct err *err)
{
	scoped(json_freep) json_t *object =
	    json_read(payload, JWS_PAYLOAD_MAX, err);
	const char *hash = NULL;
	int64_t row = 0;

	return object != NULL &&
	    json_get_integer(
		object, "row", JSON_REQUIRED, 1, INT64_MAX, &row, err) &&
	    json_get_string(object, "sha256", JSON_REQUIRED,
		SIGNER_HASH_BYTES * 2, &hash, err) &&
	    ((row == checkpoint->n && strcmp(hash, checkpoint->hash) == 0) ||
		err_set(err, ERR_CRYPTO, "the statement is about another row"));
}

/* False with ERR_SYSTEM: it could not be found out. */
static bool
check_checkpoint(struct verification *v, bool *out_is_good, struct err *err)
{
	const struct store_audit_checkpoint *checkpoint = &v->checkpoint;
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	scoped(buf_donep) struct buf payload = BUF_INIT(JWS_PAYLOAD_MAX);
	scoped(key_freep) struct key *key = NULL;
	struct signer_publication publication;
	struct err wrong = ERR_INIT;

	*out_is_good = checkpoint->n == 0;
	if (*out_is_good)
		return true;
	if (!signer_client_publication(
		v->heads.core->signer, &reply, &publication, err) ||
	    !key_load_spki(publication.publication_key, &key, err))
		return false;
	*out_is_good = jws_verify(view_string(checkpoint->statement), key,
			   SIGNER_AUDIT_TYPE, &payload, &wrong) &&
	    has_payload(checkpoint, buf_view(&payload), &wrong);
	return true;
}

static const char *const SENTENCES[] = {
    [AUDIT_WHOLE] = "",
    [AUDIT_MISSING] = "the row with this number is not there",
    [AUDIT_CHANGED] = "the row is not what was written: its hash is another",
    [AUDIT_CHAINED] = "the row does not follow from the one before it",
    [AUDIT_REPLACED] = "rows from here on were written anew",
    [AUDIT_CHECKPOINT] = "the rows before were cut off without a statement of "
			 "the signer",
};

/* Everything before first_bad is proved; how far rows were written anew is
 * known no better than by the heads around them. */
static bool
judge_walk(struct verification *v, const struct audit_walk *walk)
{
	char sentence[ERR_SENTENCE_MAX];

	if (walk->fault != AUDIT_REPLACED)
		return find_fault(v->verdict, walk->fault, walk->first_bad,
		    SENTENCES[walk->fault]);
	snprintf(sentence, sizeof(sentence),
	    "a row from %" PRId64 " to %" PRId64 " was written anew, and all "
	    "that follow: the signer has seen another row %" PRId64,
	    v->heads.proved + 1, v->heads.differs_n, v->heads.differs_n);
	return find_fault(
	    v->verdict, AUDIT_REPLACED, v->heads.proved + 1, sentence);
}

static bool
judge_end(struct verification *v, const struct audit_walk *walk)
{
	struct audit_verdict *verdict = v->verdict;
	char sentence[ERR_SENTENCE_MAX];
	int64_t known = verdict->head > verdict->mirrored ? verdict->head
							  : verdict->mirrored;

	verdict->is_finished = walk->is_at_end;
	if (!walk->is_at_end) {
		write_cursor(verdict->next, &walk->position, v->heads.proved);
		return true;
	}
	if (known <= walk->position.n)
		return true;
	snprintf(sentence, sizeof(sentence),
	    "the log ends here, and once had %" PRId64
	    " rows: it was cut off at the end, or an older database was "
	    "restored",
	    known);
	return find_fault(
	    verdict, AUDIT_MISSING, walk->position.n + 1, sentence);
}

static bool
walk_part(struct verification *v, struct store_reader *reader,
    const struct store_audit_position *from, unsigned limit, struct err *err)
{
	struct audit_walk walk = {.position = *from};

	v->verdict->from = from->n + 1;
	if (!audit_chain_walk(reader, limit, seen, &v->heads, &walk, err))
		return false;
	v->verdict->to = walk.position.n;
	v->verdict->checked = walk.checked;
	return walk.fault != AUDIT_WHOLE ? judge_walk(v, &walk)
					 : judge_end(v, &walk);
}

/* The rows that should have been cut off, and the cut itself. */
static bool
check_beginning(
    struct verification *v, struct store_reader *reader, struct err *err)
{
	bool is_good = false;
	int64_t first = 0;

	if (!check_checkpoint(v, &is_good, err) ||
	    !audit_chain_first(reader, &first, err))
		return false;
	if (!is_good)
		return find_fault(v->verdict, AUDIT_CHECKPOINT, v->checkpoint.n,
		    SENTENCES[AUDIT_CHECKPOINT]);
	if (first != 0 && first <= v->checkpoint.n)
		return find_fault(v->verdict, AUDIT_CHAINED, first,
		    "the row was cut off, and is there again");
	return true;
}

static bool
verify(
    struct verification *v, const char *cursor, unsigned limit, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_audit_position from = {0}, head;

	if (!store_reader_open(v->heads.core->store, &reader, err) ||
	    !store_audit_checkpoint_latest(reader, &v->checkpoint, err) ||
	    !store_audit_head(reader, &head, err) ||
	    (cursor != NULL &&
		!read_cursor(cursor, &from, &v->heads.proved, err)))
		return false;
	v->verdict->head = head.n;
	v->verdict->checkpoint = v->checkpoint.n;
	if (cursor == NULL && !check_beginning(v, reader, err))
		return false;
	if (v->verdict->fault != AUDIT_WHOLE)
		return true;
	/* Cut off while it was being verified: on from there. */
	if (cursor == NULL || from.n < v->checkpoint.n) {
		from.n = v->checkpoint.n;
		memcpy(from.hash, v->checkpoint.hash, sizeof(from.hash));
		v->heads.proved = from.n;
	}
	return walk_part(v, reader, &from, limit, err);
}

bool
audit_verify(struct core *core, const char *cursor, unsigned limit,
    struct audit_verdict *out_verdict, struct err *err)
{
	struct audit_verdict verdict = {0};
	struct verification v = {.verdict = &verdict,
	    .heads = {.core = core, .reply = SIGNER_REPLY_INIT}};
	struct signer_audit_heads page;
	bool is_ok;

	/* The signer first: a head that it learns of while the rows are read
	 * may be beyond what this reader sees. */
	is_ok = fetch_heads(&v.heads, INT64_MAX, &page, err);
	if (is_ok) {
		verdict.mirrored = (int64_t)page.latest.n;
		v.heads.is_last_page = false;
		is_ok = verify(&v, cursor, limit, err);
	}
	signer_reply_done(&v.heads.reply);
	if (is_ok)
		*out_verdict = verdict;
	return is_ok;
}
