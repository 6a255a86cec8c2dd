/* Enrolment tokens: made, revoked, listed. */
#include "base/clock.h"
#include "server/signer/signer.h"
#include "server/signer/token_text.h"

enum {
	TOKEN_USES_MAX = 1000000,
	TOKEN_LIFE_DAYS_MAX = 366,
};

static bool
refuse_form(struct err *err, const char *sentence)
{
	return err_set_code(err, ERR_CONFLICT, "token_invalid", "%s", sentence);
}

/* A token for a computer is for one that has enrolled and may come back. */
static bool
check_computer(const struct signer *signer,
    const struct signer_token_create *request, struct err *err)
{
	uint32_t row;

	if (request->computer_id[0] == '\0')
		return true;
	if (request->kind != SIGNER_TOKEN_COMPUTER)
		return refuse_form(
		    err, "a token of an office never names a computer");
	row = ledger_agent_find(&signer->ledger, request->computer_id);
	if (row == LEDGER_NONE ||
	    signer->ledger.agents[row].newest == LEDGER_NONE)
		return err_set_code(err, ERR_NOT_FOUND, "computer_unknown",
		    "no computer with this id has ever enrolled");
	if (signer->ledger.agents[row].state == LEDGER_AGENT_ACTIVE)
		return true;
	return err_set_code(err, ERR_CONFLICT, "agent_revoked",
	    "this computer was revoked or retired; it can only enrol as a new "
	    "one");
}

static bool
check_request(const struct signer *signer,
    const struct signer_token_create *request, struct err *err)
{
	int64_t now_ms = signer_now(signer);

	if (request->uses < 1 || request->uses > TOKEN_USES_MAX)
		return refuse_form(
		    err, "a token is good for 1 to 1,000,000 uses");
	if (request->kind == SIGNER_TOKEN_COMPUTER && request->uses != 1)
		return refuse_form(
		    err, "a token of a computer is good for one use");
	if (request->expires_ms <= now_ms ||
	    request->expires_ms > now_ms + DAYS_MS(TOKEN_LIFE_DAYS_MAX))
		return refuse_form(
		    err, "a token expires in the future, within 366 days");
	for (size_t i = 0; i < request->address_count; i++) {
		if (!token_range_check(request->addresses[i], err)) {
			err->category = ERR_CONFLICT;
			return false;
		}
	}
	return check_computer(signer, request, err);
}

bool
signer_token_create(struct signer *signer, struct view body,
    struct writer *result, int *out_descriptor, struct err *err)
{
	struct signer_token_created created;
	struct signer_token_create request;
	uint8_t hash[SIGNER_HASH_BYTES];

	if (!signer_token_create_read(body, &request, err) ||
	    !signer_may_issue(signer, err) ||
	    !check_request(signer, &request, err))
		return false;
	id_make(created.token_id);
	token_text_make(created.token);
	if (!token_text_hash(view_string(created.token), hash))
		return err_set(err, ERR_SYSTEM, "made a token that is none");
	if (!signer_record(signer,
		ledger_token_created_entry(created.token_id, hash, &request),
		JOURNAL_ORDINARY, err))
		return false;
	signer_token_created_write(result, &created);
	explicit_bzero(&created, sizeof(created));
	return true;
}

bool
signer_token_revoke(struct signer *signer, struct view body,
    struct writer *result, int *out_descriptor, struct err *err)
{
	struct signer_token_revoke request;
	uint32_t row;

	if (!signer_token_revoke_read(body, &request, err))
		return false;
	row = ledger_token_find(&signer->ledger, request.token_id);
	if (row == LEDGER_NONE)
		return err_set_code(err, ERR_NOT_FOUND, "token_unknown",
		    "there is no such enrolment token");
	/* Again is no change, and needs no entry. */
	return signer->ledger.tokens[row].is_revoked ||
	    signer_record(signer, ledger_token_revoked_entry(&request),
		JOURNAL_URGENT, err);
}

bool
signer_token_list(struct signer *signer, struct view body,
    struct writer *result, int *out_descriptor, struct err *err)
{
	if (!signer_empty_read(body, err))
		return false;
	for (size_t i = 0; i < signer->ledger.token_count; i++) {
		const struct ledger_token *row = &signer->ledger.tokens[i];
		struct signer_token token = {
		    .kind = row->kind,
		    .uses = row->uses,
		    .used = row->used,
		    .created_ms = row->created_ms,
		    .expires_ms = row->expires_ms,
		    .is_revoked = row->is_revoked,
		};

		signer_uuid_text(row->id, token.token_id);
		signer_uuid_text(row->office, token.office_id);
		if (row->has_computer)
			signer_uuid_text(row->computer, token.computer_id);
		signer_token_write(result, &token);
	}
	return true;
}
