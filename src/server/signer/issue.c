/* Agents' certificates: enrolment by token, renewal by proof. */
#include "base/check.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/certificate_request.h"
#include "policy/issuance.h"
#include "server/signer/journal_line.h"
#include "server/signer/nonce.h"
#include "server/signer/signer.h"
#include "server/signer/token_text.h"

enum {
	CLOCK_ALLOWANCE_MINUTES = 5,
	REPEAT_HOURS = 24, /* a lost answer may be asked for again */
};

/* One request on its way through. */
struct asking {
	struct issuance_facts facts;
	struct certificate_request *request;
	uint8_t spki_sha256[SIGNER_HASH_BYTES];
	uint32_t agent; /* rows, or LEDGER_NONE */
	uint32_t token;
	uint32_t renewed;
	uint32_t known; /* the certificate that this key has already */
	char agent_id[ID_SIZE];
	enum signer_profile profile;
	struct view address;
};

static void
asking_init(struct asking *asking, enum issuance_way way)
{
	*asking = (struct asking){
	    .facts = {.way = way},
	    .agent = LEDGER_NONE,
	    .token = LEDGER_NONE,
	    .renewed = LEDGER_NONE,
	    .known = LEDGER_NONE,
	};
}

static void
asking_done(struct asking *asking)
{
	certificate_request_free(asking->request);
}

static enum issuance_agent
agent_fact(const struct signer *signer, uint32_t agent)
{
	if (agent == LEDGER_NONE)
		return ISSUANCE_AGENT_NONE;
	switch (signer->ledger.agents[agent].state) {
	case LEDGER_AGENT_ACTIVE:
		return ISSUANCE_AGENT_ACTIVE;
	case LEDGER_AGENT_RETIRED:
		return ISSUANCE_AGENT_RETIRED;
	case LEDGER_AGENT_REVOKED:
		break;
	}
	return ISSUANCE_AGENT_REVOKED;
}

static enum issuance_key_type
key_type_fact(const struct key *key)
{
	switch (key_type(key)) {
	case KEY_EC_P256:
		return ISSUANCE_EC_P256;
	case KEY_EC_P384:
		return ISSUANCE_EC_P384;
	case KEY_RSA:
		return ISSUANCE_RSA;
	}
	return ISSUANCE_OTHER;
}

/* Was this key certified for the very same asking, lately, and is that still
 * the agent's newest certificate? */
static bool
is_repeat(const struct signer *signer, const struct asking *asking)
{
	const struct ledger_certificate *known =
	    &signer->ledger.certificates[asking->known];

	return known->token == asking->token &&
	    known->renewed == asking->renewed && known->replaced_ms == 0 &&
	    known->entry != 0 &&
	    signer->ledger.agents[known->agent].newest == asking->known &&
	    signer_now(signer) - known->issued_ms < HOURS_MS(REPEAT_HOURS);
}

static enum issuance_key
key_fact(const struct signer *signer, const struct asking *asking,
    const struct key *key)
{
	if (authority_has_key(&signer->authority, key) ||
	    key_same_public(key, signer->server_key))
		return ISSUANCE_KEY_OURS;
	if (asking->known == LEDGER_NONE)
		return ISSUANCE_KEY_NEW;
	return is_repeat(signer, asking) ? ISSUANCE_KEY_REPEAT
					 : ISSUANCE_KEY_KNOWN;
}

/* Read the request (its own signature is checked there) and note its key. */
static bool
read_request(const struct signer *signer, struct asking *asking,
    struct view der, struct err *err)
{
	const struct key *key;

	if (!certificate_request_parse(der, &asking->request, err))
		return false;
	key = certificate_request_key(asking->request);
	digest_sha256(key_spki_view(key), asking->spki_sha256);
	asking->known = ledger_spki_find(&signer->ledger, asking->spki_sha256);
	asking->facts.key = key_fact(signer, asking, key);
	/* An answer is repeated to its agent, as that one stands now. */
	if (asking->facts.key == ISSUANCE_KEY_REPEAT)
		asking->facts.agent = agent_fact(
		    signer, signer->ledger.certificates[asking->known].agent);
	asking->facts.key_type = key_type_fact(key);
	asking->facts.key_bits = key_bits(key);
	return true;
}

static enum issuance_token
token_fact(const struct signer *signer, const struct ledger_token *token,
    struct view address)
{
	if (token->is_revoked)
		return ISSUANCE_TOKEN_REVOKED;
	if (signer_now(signer) >= token->expires_ms)
		return ISSUANCE_TOKEN_EXPIRED;
	if (token->addresses != NULL &&
	    !token_range_holds(view_string(token->addresses), address))
		return ISSUANCE_TOKEN_ADDRESS;
	return token->used < token->uses ? ISSUANCE_TOKEN_GOOD
					 : ISSUANCE_TOKEN_USED;
}

/* Find the token and the computer that it is bound to. */
static void
look_at_token(const struct signer *signer, const struct signer_enrol *enrol,
    struct asking *asking)
{
	uint8_t hash[SIGNER_HASH_BYTES];
	const struct ledger_token *token;

	asking->facts.token = ISSUANCE_TOKEN_UNKNOWN;
	if (!token_text_hash(enrol->token, hash))
		return;
	asking->token = index_find(&signer->ledger.tokens_by_sha256, hash);
	if (asking->token == LEDGER_NONE)
		return;
	token = &signer->ledger.tokens[asking->token];
	asking->facts.token = token_fact(signer, token, enrol->address);
	if (token->has_computer) {
		signer_uuid_text(token->computer, asking->agent_id);
		asking->agent =
		    index_find(&signer->ledger.agents_by_id, token->computer);
	}
	asking->facts.agent = agent_fact(signer, asking->agent);
}

static bool
is_token_hopeless(enum issuance_token token)
{
	return token == ISSUANCE_TOKEN_UNKNOWN ||
	    token == ISSUANCE_TOKEN_REVOKED || token == ISSUANCE_TOKEN_ADDRESS;
}

/* A certificate as it is answered. */
struct issued {
	struct view der;
	char serial[SIGNER_SERIAL_SIZE];
	int64_t not_before_ms;
	int64_t not_after_ms;
};

/* Certificates tell times in seconds. */
static int64_t
whole_second(int64_t time_ms)
{
	return time_ms - time_ms % SECONDS_MS(1);
}

static bool
make_certificate(const struct signer *signer, const struct asking *asking,
    struct buf *der, struct issued *out, struct err *err)
{
	static const char *const units[] = {
	    [SIGNER_PROFILE_AGENT] = "agent",
	    [SIGNER_PROFILE_STOCK] = "stock",
	};
	const struct signer_settings *settings = signer->settings;
	scoped(memory_freep) char *crl =
	    settings_url(settings, "/pki/agent-ca.crl");
	scoped(memory_freep) char *ocsp = settings_url(settings, "/pki/ocsp");
	int64_t now_ms = signer_now(signer);
	int64_t ca_end = certificate_not_after_ms(signer->authority.agent_ca);
	int64_t end = now_ms + settings->certificate_lifetime_ms;
	scoped(memory_freep) char *serial = NULL;
	struct certificate_template template = {
	    .profile = CERTIFICATE_CLIENT,
	    .subject_key = certificate_request_key(asking->request),
	    .not_before_ms =
		whole_second(now_ms - MINUTES_MS(CLOCK_ALLOWANCE_MINUTES)),
	    .not_after_ms = whole_second(end < ca_end ? end : ca_end),
	    .organization = signer->authority.organization,
	    .unit = units[asking->profile],
	    .common_name = asking->agent_id,
	    .crl_url = crl,
	    .ocsp_url = ocsp,
	};

	digest_random_serial(template.serial);
	if (!certificate_issue_der(&template, signer->authority.agent_ca,
		signer->authority.agent_ca_key, der, err))
		return false;
	serial = hex_encode(view_of(template.serial, sizeof(template.serial)));
	snprintf(out->serial, sizeof(out->serial), "%s", serial);
	out->der = buf_view(der);
	out->not_before_ms = template.not_before_ms;
	out->not_after_ms = template.not_after_ms;
	return true;
}

/* Of the agent profile alone. */
static struct view
credential_of(const struct asking *asking)
{
	const uint8_t *hash =
	    certificate_request_credential_hash(asking->request);

	return hash != NULL && asking->profile == SIGNER_PROFILE_AGENT
	    ? view_of(hash, SHA256_SIZE)
	    : view_of(NULL, 0);
}

static bool
record_certificate(struct signer *signer, const struct asking *asking,
    const struct issued *made, struct err *err)
{
	char token_id[ID_SIZE] = "";
	char renews[SIGNER_SERIAL_SIZE] = "";
	scoped(memory_freep) char *digits = NULL;
	struct ledger_issue issue = {
	    .agent_id = asking->agent_id,
	    .serial = made->serial,
	    .spki_sha256 =
		key_spki_sha256(certificate_request_key(asking->request)),
	    .profile = asking->profile,
	    .certificate = made->der,
	    .not_after_ms = made->not_after_ms,
	    .address = asking->address,
	    .credential_hash = credential_of(asking),
	};

	if (asking->token != LEDGER_NONE) {
		signer_uuid_text(
		    signer->ledger.tokens[asking->token].id, token_id);
		issue.token_id = token_id;
	} else {
		digits = hex_encode(
		    view_of(signer->ledger.certificates[asking->renewed].serial,
			SIGNER_SERIAL_BYTES));
		snprintf(renews, sizeof(renews), "%s", digits);
		issue.renews = renews;
	}
	return signer_record(
	    signer, ledger_issued_entry(&issue), JOURNAL_ORDINARY, err);
}

static void
write_issued(struct signer *signer, const struct asking *asking, uint32_t row,
    const struct issued *made, struct view credential, bool is_repeat_answer,
    struct writer *result)
{
	const struct ledger_certificate *known =
	    &signer->ledger.certificates[row];
	struct signer_issued issued = {
	    .profile = known->profile,
	    .is_repeat = is_repeat_answer,
	    .is_new_computer = known->earlier == LEDGER_NONE,
	    .certificate = made->der,
	    .credential_hash = credential,
	    .not_before_ms = made->not_before_ms,
	    .not_after_ms = made->not_after_ms,
	};

	signer_uuid_text(
	    signer->ledger.agents[known->agent].id, issued.agent_id);
	memcpy(issued.serial, made->serial, sizeof(issued.serial));
	if (asking->token != LEDGER_NONE) {
		const struct ledger_token *token =
		    &signer->ledger.tokens[asking->token];

		signer_uuid_text(token->id, issued.token_id);
		signer_uuid_text(token->office, issued.office_id);
	}
	signer_issued_write(result, &issued);
}

/* The same answer again, out of the journal. */
static bool
repeat(struct signer *signer, const struct asking *asking,
    struct writer *result, struct err *err)
{
	scoped(certificate_freep) struct certificate *certificate = NULL;
	scoped(buf_donep) struct buf credential = BUF_INIT(SIGNER_HASH_BYTES);
	scoped(buf_donep) struct buf line = BUF_INIT(JOURNAL_LINE_MAX);
	scoped(buf_donep) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
	struct journal_entry entry;
	struct issued again;

	if (!journal_read(signer->journal,
		signer->ledger.certificates[asking->known].entry, &line, &entry,
		err) ||
	    !ledger_entry_certificate(&entry, &der, err) ||
	    !ledger_entry_credential_hash(&entry, &credential, err) ||
	    !certificate_parse_der(buf_view(&der), &certificate, err))
		return false;
	again = (struct issued){.der = buf_view(&der),
	    .not_before_ms = certificate_not_before_ms(certificate),
	    .not_after_ms = certificate_not_after_ms(certificate)};
	snprintf(again.serial, sizeof(again.serial), "%s",
	    certificate_serial(certificate));
	write_issued(signer, asking, asking->known, &again,
	    buf_view(&credential), true, result);
	return true;
}

static bool
grant(struct signer *signer, struct asking *asking, struct writer *result,
    struct err *err)
{
	scoped(buf_donep) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
	struct issued made;

	if (asking->agent_id[0] == '\0')
		id_make(asking->agent_id);
	if (!make_certificate(signer, asking, &der, &made, err) ||
	    !record_certificate(signer, asking, &made, err))
		return false;
	log_info("issued a certificate", "agent", asking->agent_id, "serial",
	    made.serial);
	write_issued(signer, asking,
	    (uint32_t)signer->ledger.certificate_count - 1, &made,
	    credential_of(asking), false, result);
	return true;
}

static bool
decide(struct signer *signer, struct asking *asking, struct writer *result,
    struct err *err)
{
	switch (issuance_decide(&asking->facts, err)) {
	case ISSUANCE_GRANT:
		return grant(signer, asking, result, err);
	case ISSUANCE_REPEAT:
		return repeat(signer, asking, result, err);
	case ISSUANCE_REFUSE:
		break;
	}
	return false;
}

bool
signer_enrol(struct signer *signer, struct view body, struct writer *result,
    int *out_descriptor, struct err *err)
{
	scoped(asking_done) struct asking asking;
	struct signer_enrol enrol;

	asking_init(&asking, ISSUANCE_ENROL);
	if (!signer_enrol_read(body, &enrol, err) ||
	    !signer_may_issue(signer, err))
		return false;
	asking.address = enrol.address;
	look_at_token(signer, &enrol, &asking);
	/* Without a token nobody gets to have a signature checked. */
	if (!is_token_hopeless(asking.facts.token) &&
	    !read_request(signer, &asking, enrol.request, err))
		return false;
	if (asking.request != NULL)
		asking.profile =
		    certificate_request_credential_hash(asking.request) != NULL
		    ? SIGNER_PROFILE_AGENT
		    : SIGNER_PROFILE_STOCK;
	return decide(signer, &asking, result, err);
}

static enum issuance_certificate
certificate_fact(const struct signer *signer, const struct asking *asking)
{
	const struct ledger_certificate *row;

	if (asking->renewed == LEDGER_NONE || asking->agent == LEDGER_NONE ||
	    signer->ledger.certificates[asking->renewed].agent != asking->agent)
		return ISSUANCE_CERTIFICATE_UNKNOWN;
	row = &signer->ledger.certificates[asking->renewed];
	if (row->replaced_ms != 0)
		return ISSUANCE_CERTIFICATE_REPLACED;
	return signer_now(signer) > row->not_after_ms
	    ? ISSUANCE_CERTIFICATE_EXPIRED
	    : ISSUANCE_CERTIFICATE_GOOD;
}

static void
look_at_certificate(const struct signer *signer,
    const struct signer_reenrol *reenrol, struct asking *asking)
{
	memcpy(asking->agent_id, reenrol->agent_id, sizeof(asking->agent_id));
	asking->agent = ledger_agent_find(&signer->ledger, reenrol->agent_id);
	asking->renewed = ledger_serial_find(&signer->ledger, reenrol->serial);
	asking->facts.agent = agent_fact(signer, asking->agent);
	asking->facts.certificate = certificate_fact(signer, asking);
	if (asking->facts.certificate == ISSUANCE_CERTIFICATE_UNKNOWN)
		return;
	asking->profile = signer->ledger.certificates[asking->renewed].profile;
	asking->facts.profile = asking->profile == SIGNER_PROFILE_AGENT
	    ? ISSUANCE_PROFILE_AGENT
	    : ISSUANCE_PROFILE_STOCK;
}

/* The public key of an earlier certificate, out of the journal. */
static bool
earlier_certificate(struct signer *signer, uint32_t row,
    struct certificate **out, struct err *err)
{
	scoped(buf_donep) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
	scoped(buf_donep) struct buf line = BUF_INIT(JOURNAL_LINE_MAX);
	struct journal_entry entry;

	return journal_read(signer->journal,
		   signer->ledger.certificates[row].entry, &line, &entry,
		   err) &&
	    ledger_entry_certificate(&entry, &der, err) &&
	    certificate_parse_der(buf_view(&der), out, err);
}

static bool
judge_proof(struct signer *signer, struct asking *asking, struct err *err)
{
	struct view nonce = certificate_request_renewal_nonce(asking->request);
	scoped(certificate_freep) struct certificate *earlier = NULL;
	struct err why = ERR_INIT;

	asking->facts.proof = ISSUANCE_PROOF_ABSENT;
	if (nonce.length == 0)
		return true;
	asking->facts.proof = ISSUANCE_PROOF_NONCE;
	if (!nonce_is_good(signer->authority.nonce_key, asking->agent_id, nonce,
		signer_now(signer)))
		return true;
	if (!earlier_certificate(signer, asking->renewed, &earlier, err))
		return false;
	asking->facts.proof =
	    certificate_request_verify_renewal(
		asking->request, certificate_key(earlier), &why)
	    ? ISSUANCE_PROOF_GOOD
	    : ISSUANCE_PROOF_WRONG;
	return true;
}

bool
signer_reenrol(struct signer *signer, struct view body, struct writer *result,
    int *out_descriptor, struct err *err)
{
	scoped(asking_done) struct asking asking;
	struct signer_reenrol reenrol;

	asking_init(&asking, ISSUANCE_RENEW);
	if (!signer_reenrol_read(body, &reenrol, err) ||
	    !signer_may_issue(signer, err))
		return false;
	look_at_certificate(signer, &reenrol, &asking);
	if (asking.facts.certificate == ISSUANCE_CERTIFICATE_GOOD &&
	    (!read_request(signer, &asking, reenrol.request, err) ||
		!judge_proof(signer, &asking, err)))
		return false;
	return decide(signer, &asking, result, err);
}

bool
signer_nonce(struct signer *signer, struct view body, struct writer *result,
    int *out_descriptor, struct err *err)
{
	uint8_t bytes[NONCE_BYTES] = {0};
	struct signer_agent agent;
	struct signer_nonce nonce = {.nonce = view_of(bytes, sizeof(bytes))};
	uint32_t row;

	if (!signer_agent_read(body, &agent, err))
		return false;
	row = ledger_agent_find(&signer->ledger, agent.agent_id);
	if (row == LEDGER_NONE ||
	    signer->ledger.agents[row].newest == LEDGER_NONE)
		return err_set_code(err, ERR_NOT_FOUND, "agent_unknown",
		    "there is no such computer");
	if (signer->ledger.agents[row].state != LEDGER_AGENT_ACTIVE)
		return err_set_code(err, ERR_DENIED, "agent_revoked",
		    "this computer was revoked or retired");
	nonce_make(signer->authority.nonce_key, agent.agent_id,
	    signer_now(signer), bytes);
	signer_nonce_write(result, &nonce);
	return true;
}
