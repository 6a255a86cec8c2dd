/* The OCSP responder: any bytes get an answer, for a bounded price. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "crypto/ocsp.h"
#include "server/signer/revocation.h"

enum {
	CLOCK_ALLOWANCE_MINUTES = 5,
	OCSP_LIFE_MINUTES = 60,
	OCSP_CERTIFICATE_DAYS = 7,
	/* The same bytes get the same answer for so long, unless something was
	 * revoked meanwhile. */
	KEPT_MINUTES = 5,
};

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
	revocation_record(signer,
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
	/* The clock was set back: it is not valid yet. */
	if (certificate_not_before_ms(signer->ocsp_certificate) > now_ms)
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
		    revocation_find(signer, row, &out->revoked_ms, &out->reason)
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

/* The answer that was given to these very bytes (nonce and all), or NULL. */
static struct responder_answer *
slot_of(struct signer *signer, const uint8_t *sha256)
{
	uint32_t number;

	memcpy(&number, sha256, sizeof(number));
	return &signer->answers[number % RESPONDER_ANSWERS];
}

static bool
is_kept(const struct signer *signer, const struct responder_answer *slot,
    const uint8_t *sha256, int64_t now_ms)
{
	return slot->bytes.length > 0 &&
	    memcmp(slot->sha256, sha256, sizeof(slot->sha256)) == 0 &&
	    slot->revision == signer->ledger.revision &&
	    slot->certificates == signer->ledger.certificate_count &&
	    now_ms >= slot->made_ms &&
	    now_ms - slot->made_ms < MINUTES_MS(KEPT_MINUTES);
}

static void
keep(struct signer *signer, struct responder_answer *slot,
    const uint8_t *sha256, struct view response, int64_t now_ms)
{
	struct err err = ERR_INIT;

	buf_done(&slot->bytes);
	slot->bytes = (struct buf)BUF_INIT(LIMIT_FRAME_BODY);
	/* It came out of a buffer with the same ceiling. */
	ignore_result(buf_append_view(&slot->bytes, response, &err));
	memcpy(slot->sha256, sha256, sizeof(slot->sha256));
	slot->revision = signer->ledger.revision;
	slot->certificates = signer->ledger.certificate_count;
	slot->made_ms = now_ms;
}

/* Outsiders ask without a password, and each new answer costs a signature:
 * enrolments must not starve. */
static bool
take_budget(struct signer *signer)
{
	int64_t now_ms = clock_monotonic_ms();

	if (now_ms - signer->ocsp_second_ms >= SECONDS_MS(1)) {
		signer->ocsp_second_ms = now_ms;
		signer->ocsp_signed = 0;
	}
	return signer->ocsp_signed++ < RESPONDER_PER_SECOND;
}

/* A signed answer, or an unsigned error. */
static bool
answer_request(struct signer *signer, struct view der, struct buf *out,
    bool *out_is_signed, struct err *err)
{
	scoped(ocsp_request_freep) struct ocsp_request *request = NULL;
	struct err why = ERR_INIT;

	*out_is_signed = false;
	if (!ocsp_request_parse(der, &request, &why))
		return ocsp_respond_error(OCSP_ERROR_MALFORMED, out, err);
	if (!take_budget(signer))
		return ocsp_respond_error(OCSP_ERROR_TRY_LATER, out, err);
	if (respond(signer, request, signer_now(signer), out, &why)) {
		*out_is_signed = true;
		return true;
	}
	log_failure(LOG_LEVEL_WARNING, "no OCSP answer", &why);
	buf_clear(out);
	return ocsp_respond_error(OCSP_ERROR_TRY_LATER, out, err);
}

static void
write_answer(struct writer *result, struct view response, int64_t made_ms,
    bool is_signed)
{
	struct signer_object object = {
	    .bytes = response,
	    .produced_ms = made_ms,
	    .expires_ms =
		made_ms + (is_signed ? MINUTES_MS(OCSP_LIFE_MINUTES) : 0),
	};

	signer_object_write(result, &object);
}

bool
signer_ocsp(struct signer *signer, struct view body, struct writer *result,
    int *out_descriptor, struct err *err)
{
	scoped(buf_donep) struct buf response = BUF_INIT(LIMIT_FRAME_BODY);
	uint8_t sha256[SIGNER_HASH_BYTES];
	int64_t now_ms = signer_now(signer);
	struct responder_answer *slot;
	struct signer_ocsp ocsp;
	bool is_signed;

	if (!signer_ocsp_read(body, &ocsp, err))
		return false;
	digest_sha256(ocsp.request, sha256);
	slot = slot_of(signer, sha256);
	if (is_kept(signer, slot, sha256, now_ms)) {
		write_answer(
		    result, buf_view(&slot->bytes), slot->made_ms, true);
		return true;
	}
	if (!answer_request(signer, ocsp.request, &response, &is_signed, err))
		return false;
	if (is_signed)
		keep(signer, slot, sha256, buf_view(&response), now_ms);
	write_answer(result, buf_view(&response), now_ms, is_signed);
	return true;
}

void
responder_done(struct signer *signer)
{
	key_free(signer->ocsp_key);
	certificate_free(signer->ocsp_certificate);
	for (size_t i = 0; i < RESPONDER_ANSWERS; i++)
		buf_done(&signer->answers[i].bytes);
}
