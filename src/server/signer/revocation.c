/* Telling the world what is revoked: the list, and answers for one serial. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/ocsp.h"
#include "server/signer/signer.h"

enum {
	CLOCK_ALLOWANCE_MINUTES = 5,
	CRL_LIFE_HOURS = 24,
	OCSP_LIFE_MINUTES = 60,
	OCSP_CERTIFICATE_DAYS = 7,
};

/* Is it revoked, since when and why? */
static bool
is_revoked(const struct signer *signer, uint32_t row, int64_t *out_ms,
    enum revocation_reason *out_reason)
{
	const struct ledger_certificate *certificate =
	    &signer->ledger.certificates[row];
	const struct ledger_agent *agent =
	    &signer->ledger.agents[certificate->agent];

	if (agent->state == LEDGER_AGENT_REVOKED) {
		*out_ms = agent->changed_ms;
		*out_reason = REVOCATION_UNSPECIFIED;
		return true;
	}
	*out_ms = certificate->replaced_ms;
	*out_reason = REVOCATION_SUPERSEDED;
	return certificate->replaced_ms != 0;
}

struct crl_list {
	struct crl_entry *entries;
	char (*serials)[SERIAL_HEX_SIZE];
	size_t count;
};

static void
crl_list_done(struct crl_list *list)
{
	free(list->entries);
	free(list->serials);
}

/* What is revoked and has not expired by itself. */
static void
collect(const struct signer *signer, int64_t now_ms, struct crl_list *out)
{
	size_t most = signer->ledger.certificate_count;

	out->entries = memory_array(most + 1, sizeof(out->entries[0]));
	out->serials = memory_array(most + 1, sizeof(out->serials[0]));
	for (uint32_t i = 0; i < most; i++) {
		const struct ledger_certificate *row =
		    &signer->ledger.certificates[i];
		struct crl_entry *entry = &out->entries[out->count];
		scoped(memory_freep) char *digits = NULL;

		if (row->not_after_ms < now_ms ||
		    !is_revoked(signer, i, &entry->revoked_ms, &entry->reason))
			continue;
		digits = hex_encode(view_of(row->serial, sizeof(row->serial)));
		snprintf(out->serials[out->count], sizeof(out->serials[0]),
		    "%s", digits);
		entry->serial = out->serials[out->count];
		out->count++;
	}
}

/* Journal what tells of revocations; where that cannot be, it must still be
 * made: it only takes away. */
static void
record_anyway(struct signer *signer, json_t *entry)
{
	struct err err = ERR_INIT;

	if (!signer_record(signer, entry, JOURNAL_URGENT, &err))
		log_failure(LOG_LEVEL_WARNING,
		    "what tells of revocations is not in the journal", &err);
}

static bool
make_crl(struct signer *signer, int64_t now_ms, struct err *err)
{
	scoped(crl_list_done) struct crl_list list = {0};
	uint64_t number = signer->ledger.crl_number > signer->crl_number
	    ? signer->ledger.crl_number
	    : signer->crl_number;
	struct crl_template template = {
	    .issuer = signer->authority.agent_ca,
	    .issuer_key = signer->authority.agent_ca_key,
	    .number = number + 1,
	    .this_update_ms = now_ms - MINUTES_MS(CLOCK_ALLOWANCE_MINUTES),
	    .next_update_ms = now_ms + HOURS_MS(CRL_LIFE_HOURS),
	};

	collect(signer, now_ms, &list);
	template.entries = list.entries;
	template.entry_count = list.count;
	buf_clear(&signer->crl);
	if (!crl_make(&template, &signer->crl, err)) {
		buf_clear(&signer->crl);
		return false;
	}
	record_anyway(signer,
	    ledger_crl_entry(template.number, template.entry_count,
		template.next_update_ms));
	signer->crl_number = template.number;
	signer->crl_revision = signer->ledger.revision;
	signer->crl_made_ms = now_ms;
	return true;
}

static bool
is_crl_fresh(const struct signer *signer, int64_t now_ms)
{
	return signer->crl.length > 0 &&
	    signer->crl_revision == signer->ledger.revision &&
	    now_ms >= signer->crl_made_ms &&
	    now_ms - signer->crl_made_ms < HOURS_MS(CRL_LIFE_HOURS) / 2;
}

bool
signer_crl(struct signer *signer, struct view body, struct writer *result,
    int *out_descriptor, struct err *err)
{
	int64_t now_ms = signer_now(signer);
	struct signer_object object;

	if (!signer_empty_read(body, err))
		return false;
	if (!is_crl_fresh(signer, now_ms) && !make_crl(signer, now_ms, err))
		return false;
	object = (struct signer_object){
	    .bytes = buf_view(&signer->crl),
	    .produced_ms = signer->crl_made_ms,
	    .expires_ms = signer->crl_made_ms + HOURS_MS(CRL_LIFE_HOURS),
	};
	signer_object_write(result, &object);
	return true;
}

static bool
make_responder(struct signer *signer, int64_t now_ms, struct err *err)
{
	scoped(certificate_freep) struct certificate *certificate = NULL;
	scoped(key_freep) struct key *key = NULL;
	struct certificate_template template = {
	    .profile = CERTIFICATE_OCSP,
	    .not_before_ms = now_ms - MINUTES_MS(CLOCK_ALLOWANCE_MINUTES),
	    .not_after_ms = now_ms + DAYS_MS(OCSP_CERTIFICATE_DAYS),
	    .organization = signer->authority.organization,
	    .common_name = "Warifu OCSP responder",
	};

	if (!key_generate(KEY_EC_P256, 0, &key, err))
		return false;
	template.subject_key = key;
	digest_random_serial(template.serial);
	if (!certificate_issue(&template, signer->authority.agent_ca,
		signer->authority.agent_ca_key, &certificate, err))
		return false;
	record_anyway(signer,
	    ledger_certificate_entry(LEDGER_ENTRY_OCSP_RESPONDER,
		certificate_serial(certificate),
		certificate_der_view(certificate)));
	key_free(signer->ocsp_key);
	certificate_free(signer->ocsp_certificate);
	signer->ocsp_key = take(key);
	signer->ocsp_certificate = take(certificate);
	return true;
}

/* A responder with at least half of its life left. */
static bool
have_responder(struct signer *signer, int64_t now_ms, struct err *err)
{
	int64_t end;

	if (signer->ocsp_certificate == NULL)
		return make_responder(signer, now_ms, err);
	end = certificate_not_after_ms(signer->ocsp_certificate);
	if (end - now_ms >= DAYS_MS(OCSP_CERTIFICATE_DAYS) / 2)
		return true;
	/* The old one serves while it can. */
	return make_responder(signer, now_ms, err) ||
	    end - now_ms > MINUTES_MS(OCSP_LIFE_MINUTES);
}

static bool
judge(void *context, const char *serial, struct ocsp_verdict *out,
    struct err *err)
{
	const struct signer *signer = context;
	uint32_t row = ledger_serial_find(&signer->ledger, serial);

	*out = (struct ocsp_verdict){.status = OCSP_UNKNOWN};
	if (row != LEDGER_NONE)
		out->status =
		    is_revoked(signer, row, &out->revoked_ms, &out->reason)
		    ? OCSP_REVOKED
		    : OCSP_GOOD;
	return true;
}

static bool
respond(struct signer *signer, const struct ocsp_request *request,
    int64_t now_ms, struct buf *out, struct err *err)
{
	struct ocsp_responder responder = {
	    .issuer = signer->authority.agent_ca,
	    .this_update_ms = now_ms - MINUTES_MS(CLOCK_ALLOWANCE_MINUTES),
	    .next_update_ms = now_ms + MINUTES_MS(OCSP_LIFE_MINUTES),
	    .judge = judge,
	    .context = signer,
	};

	if (!have_responder(signer, now_ms, err))
		return false;
	responder.responder = signer->ocsp_certificate;
	responder.responder_key = signer->ocsp_key;
	return ocsp_respond(&responder, request, out, err);
}

bool
signer_ocsp(struct signer *signer, struct view body, struct writer *result,
    int *out_descriptor, struct err *err)
{
	scoped(buf_donep) struct buf response = BUF_INIT(LIMIT_FRAME_BODY);
	scoped(ocsp_request_freep) struct ocsp_request *request = NULL;
	int64_t now_ms = signer_now(signer);
	struct signer_object object = {
	    .produced_ms = now_ms, .expires_ms = now_ms};
	struct err why = ERR_INIT;
	struct signer_ocsp ocsp;

	if (!signer_ocsp_read(body, &ocsp, err))
		return false;
	if (!ocsp_request_parse(ocsp.request, &request, &why)) {
		if (!ocsp_respond_error(OCSP_ERROR_MALFORMED, &response, err))
			return false;
	} else if (respond(signer, request, now_ms, &response, &why)) {
		object.expires_ms = now_ms + MINUTES_MS(OCSP_LIFE_MINUTES);
	} else {
		log_failure(LOG_LEVEL_WARNING, "no OCSP answer", &why);
		buf_clear(&response);
		if (!ocsp_respond_error(OCSP_ERROR_TRY_LATER, &response, err))
			return false;
	}
	object.bytes = buf_view(&response);
	signer_object_write(result, &object);
	return true;
}
