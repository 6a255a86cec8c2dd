/* Opening the signer's state and answering one message. */
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "server/signer/revocation.h"

enum {
	CRL_BYTES_MAX = SIGNER_ANSWER_MAX / 2,
};

int64_t
signer_now(const struct signer *signer)
{
	return clock_wall_ms() + signer->skew_ms;
}

static bool
open_journal(struct signer *signer, struct err *err)
{
	const char *trouble;

	if (!journal_open(signer->authority.journal_path, ledger_apply,
		&signer->ledger, &signer->journal, err))
		return false;
	if (journal_cut_bytes(signer->journal) > 0)
		log_warning("cut an unfinished last entry off the journal, "
			    "nobody was told of it");
	if (journal_head(signer->journal)->n == 0)
		journal_break(signer->journal,
		    "it is missing or has no entry that can be proven");
	else if (strcmp(signer->ledger.fleet_id, signer->authority.fleet_id) !=
	    0)
		journal_break(
		    signer->journal, "it is the journal of another fleet");
	trouble = journal_trouble(signer->journal);
	if (trouble != NULL)
		log_error("the journal is broken, nothing is issued any more",
		    "why", trouble);
	return true;
}

bool
signer_open(const struct signer_settings *settings, struct signer **out,
    struct err *err)
{
	scoped(signer_freep) struct signer *signer =
	    memory_zeroed(sizeof(*signer));
	bool is_new = false;

	signer->settings = settings;
	ledger_init(&signer->ledger);
	buf_init(&signer->crl, CRL_BYTES_MAX);
	if (!authority_open(
		settings, signer_now(signer), &signer->authority, &is_new, err))
		return false;
	if (is_new)
		log_info("made the fleet's authority", "fleet",
		    signer->authority.fleet_id);
	if (!open_journal(signer, err) ||
	    !signer_server_identity_open(signer, err) ||
	    !journal_sync(signer->journal, err))
		return false;
	*out = take(signer);
	return true;
}

void
signer_free(struct signer *signer)
{
	if (signer == NULL)
		return;
	journal_free(signer->journal);
	ledger_done(&signer->ledger);
	authority_done(&signer->authority);
	key_free(signer->server_key);
	certificate_free(signer->server_certificate);
	responder_done(signer);
	buf_done(&signer->crl);
	free(signer->publication);
	free(signer->rolled_back);
	free(signer);
}

bool
signer_sync(struct signer *signer, struct err *err)
{
	return journal_sync(signer->journal, err);
}

bool
signer_record(struct signer *signer, json_t *entry,
    enum journal_urgency urgency, struct err *err)
{
	scoped(json_freep) json_t *owned = entry;
	bool is_proven = journal_trouble(signer->journal) == NULL;
	struct journal_entry applied;
	struct err bug = ERR_INIT;
	uint32_t n;

	if (!journal_append(
		signer->journal, owned, urgency, signer_now(signer), err)) {
		signer->is_full = strcmp(err->code, "journal_full") == 0;
		return false;
	}
	signer->is_full = false;
	/* It was judged before; were it refused now, a restart would call the
	 * journal broken. */
	n = is_proven ? (uint32_t)journal_head(signer->journal)->n : 0;
	check(journal_last(signer->journal, &applied, &bug) &&
	    ledger_apply(&signer->ledger, &applied, n, is_proven, &bug));
	return true;
}

enum signer_health
signer_health(const struct signer *signer)
{
	if (journal_trouble(signer->journal) != NULL)
		return SIGNER_JOURNAL_BROKEN;
	if (signer->rolled_back != NULL)
		return SIGNER_JOURNAL_ROLLED_BACK;
	return signer->is_full ? SIGNER_JOURNAL_FULL : SIGNER_OK;
}

bool
signer_may_issue(const struct signer *signer, struct err *err)
{
	const char *trouble = journal_trouble(signer->journal);

	if (trouble != NULL)
		return err_set_code(err, ERR_SYSTEM, "journal_broken",
		    "the signer's journal is broken, nothing is issued: %s",
		    trouble);
	if (signer->rolled_back != NULL)
		return err_set_code(err, ERR_SYSTEM, "journal_rolled_back",
		    "%s; nothing is issued", signer->rolled_back);
	return true;
}

void
signer_see_head(struct signer *signer, const struct signer_head *head)
{
	struct err err = ERR_INIT;

	if (signer->rolled_back != NULL ||
	    journal_trouble(signer->journal) != NULL ||
	    journal_contains(signer->journal, head, &err))
		return;
	signer->rolled_back = memory_string(err_sentence(&err));
	log_failure(LOG_LEVEL_ERROR, "nothing is issued any more", &err);
}

bool
signer_empty_read(struct view body, struct err *err)
{
	if (body.length > 0)
		return err_set(
		    err, ERR_MALFORMED, "this message has no fields");
	return true;
}

typedef bool handler_fn(struct signer *signer, struct view body,
    struct writer *result, int *out_descriptor, struct err *err);

static handler_fn *const HANDLERS[SIGNER_MESSAGE_COUNT] = {
    [SIGNER_SERVER_IDENTITY] = signer_server_identity,
    [SIGNER_TRUST_SET] = signer_trust_set,
    [SIGNER_PUBLICATION] = signer_publication,
    [SIGNER_TOKEN_CREATE] = signer_token_create,
    [SIGNER_TOKEN_REVOKE] = signer_token_revoke,
    [SIGNER_TOKEN_LIST] = signer_token_list,
    [SIGNER_ENROL] = signer_enrol,
    [SIGNER_REENROL] = signer_reenrol,
    [SIGNER_NONCE] = signer_nonce,
    [SIGNER_REVOKE] = signer_revoke,
    [SIGNER_RETIRE] = signer_retire,
    [SIGNER_SIGN_COMMAND] = signer_sign_command,
    [SIGNER_CRL] = signer_crl,
    [SIGNER_OCSP] = signer_ocsp,
    [SIGNER_JOURNAL_HEAD] = signer_journal_head,
    [SIGNER_STATUS] = signer_status,
    [SIGNER_AUDIT_HEAD] = signer_audit_head,
    [SIGNER_AUDIT_HEADS] = signer_audit_heads,
    [SIGNER_AUDIT_CHECKPOINT] = signer_audit_checkpoint,
    [SIGNER_ENFORCE] = signer_enforce,
    [SIGNER_ENFORCED] = signer_enforced,
};

/* A refusal: counted and made an answer. Core, which knows where it came from,
 * tells it in the log; here it is a line for those who look closer. */
static bool
refuse(struct signer *signer, enum signer_message message,
    const struct err *refusal, struct buf *out_body, struct err *err)
{
	refusals_add(&signer->refusals, message, refusal, clock_monotonic_ms(),
	    signer_now(signer));
	log_debug("refused", "message", signer_message_name(message), "code",
	    refusal->code, "why", err_sentence(refusal));
	return signer_answer_error(out_body, refusal, err);
}

bool
signer_answer(struct signer *signer, enum signer_message message,
    struct view body, struct buf *out_body, int *out_descriptor,
    struct err *err)
{
	struct err refusal = ERR_INIT;
	struct writer writer;

	*out_descriptor = -1;
	if ((unsigned)message >= SIGNER_MESSAGE_COUNT)
		return err_set(err, ERR_MALFORMED, "no such message");
	writer_init(&writer, out_body);
	signer_answer_ok(&writer);
	if (HANDLERS[message](signer, body, &writer, out_descriptor, &refusal))
		return writer_done(&writer, err);
	if (refusal.category == ERR_MALFORMED && refusal.code[0] == '\0') {
		*err = refusal;
		return false;
	}
	buf_clear(out_body);
	return refuse(signer, message, &refusal, out_body, err);
}

void
signer_write_refusals(struct signer *signer, bool all)
{
	int64_t now_ms = clock_monotonic_ms();
	struct err err = ERR_INIT;
	struct refusal *one;

	while ((one = refusals_due(&signer->refusals, all, now_ms)) != NULL) {
		json_t *entry =
		    ledger_refused_entry(signer_message_name(one->message),
			one->code, one->count, one->since_ms, one->last);

		/* Without room they go on being counted. */
		if (!signer_record(signer, entry, JOURNAL_ORDINARY, &err))
			return;
		refusals_written(one, now_ms);
	}
}

static void
fill_status(const struct signer *signer, struct signer_status *status)
{
	const char *trouble = journal_trouble(signer->journal);

	status->health = signer_health(signer);
	if (trouble != NULL)
		status->sentence = view_string(trouble);
	else if (signer->rolled_back != NULL)
		status->sentence = view_string(signer->rolled_back);
	else if (signer->is_full)
		status->sentence = view_string("there is no room left for the "
					       "signer's journal");
	status->sentence = view_slice(status->sentence, 0, ERR_SENTENCE_MAX);
	status->head = *journal_head(signer->journal);
	status->certificates = signer->ledger.certificate_count;
	status->agents = signer->ledger.agent_count;
	status->revoked_agents = signer->ledger.revoked_count;
	status->tokens = signer->ledger.token_count;
	status->agent_ca_not_after_ms =
	    certificate_not_after_ms(signer->authority.agent_ca);
	status->server_not_after_ms =
	    certificate_not_after_ms(signer->server_certificate);
}

bool
signer_status(struct signer *signer, struct view body, struct writer *result,
    int *out_descriptor, struct err *err)
{
	struct signer_status status = {0};
	struct signer_head seen;

	if (!signer_head_read(body, &seen, err))
		return false;
	signer_see_head(signer, &seen);
	fill_status(signer, &status);
	signer_status_write(result, &status);
	return true;
}

bool
signer_journal_head(struct signer *signer, struct view body,
    struct writer *result, int *out_descriptor, struct err *err)
{
	if (!signer_empty_read(body, err))
		return false;
	signer_head_write(result, journal_head(signer->journal));
	return true;
}
