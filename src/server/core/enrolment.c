/* Computers and certificates recorded after the signer issued. */
#include "server/core/enrolment.h"

#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/certificate.h"
#include "crypto/digest.h"
#include "server/core/audit.h"
#include "server/core/changes.h"
#include "server/core/core.h"
#include "server/core/trust.h"
#include "store/certificate.h"
#include "store/computer.h"
#include "store/enrolment_token.h"
#include "store/office.h"
#include "store/trust_event.h"

struct record {
	struct store_computer computer;
	struct store_certificate certificate;
	struct view der;
	char token_id[ID_SIZE]; /* whose use to count, or "" */
	bool is_renewal;
	struct store_trust_event event;
	struct audit audit;
};

static enum store_computer_profile
profile_of(const struct certificate *certificate)
{
	return strcmp(certificate_unit(certificate), "stock") == 0
	    ? STORE_PROFILE_STOCK
	    : STORE_PROFILE_AGENT;
}

static void
fill_certificate(struct record *record, const struct certificate *certificate,
    const char *agent_id, int64_t now_ms)
{
	struct store_certificate *row = &record->certificate;

	store_text_copy(
	    row->serial, sizeof(row->serial), certificate_serial(certificate));
	store_text_copy(row->computer_id, sizeof(row->computer_id), agent_id);
	store_text_copy(row->fingerprint, sizeof(row->fingerprint),
	    certificate_fingerprint(certificate));
	store_text_copy(row->subject, sizeof(row->subject),
	    certificate_subject(certificate));
	row->profile = profile_of(certificate);
	row->not_before = certificate_not_before_ms(certificate);
	row->not_after = certificate_not_after_ms(certificate);
	row->issued_at = now_ms;
}

/* The signer says what it has put into the certificate; only what it does not
 * say is read there. */
static bool
fill_issued(struct record *record, const struct signer_issued *issued,
    int64_t now_ms, struct err *err)
{
	struct store_certificate *row = &record->certificate;
	scoped(memory_freep) char *subject = NULL;

	if (!certificate_read_subject(issued->certificate, &subject, err))
		return false;
	store_text_copy(row->serial, sizeof(row->serial), issued->serial);
	store_text_copy(
	    row->computer_id, sizeof(row->computer_id), issued->agent_id);
	digest_sha256_hex(issued->certificate, row->fingerprint);
	store_text_copy(row->subject, sizeof(row->subject), subject);
	row->profile = issued->profile == SIGNER_PROFILE_STOCK
	    ? STORE_PROFILE_STOCK
	    : STORE_PROFILE_AGENT;
	row->not_before = issued->not_before_ms;
	row->not_after = issued->not_after_ms;
	row->issued_at = now_ms;
	return true;
}

static void
fill_computer(struct record *record, const struct request *request,
    const char *agent_id, const char *office_id)
{
	struct store_computer *row = &record->computer;

	store_text_copy(row->id, sizeof(row->id), agent_id);
	store_text_copy(row->office_id, sizeof(row->office_id),
	    office_id[0] != '\0' ? office_id : STORE_OFFICE_LOCAL_ID);
	row->profile = record->certificate.profile;
	row->enrolled_at = request->received_ms;
	store_text_copy(
	    row->last_address, sizeof(row->last_address), request->address);
	store_text_copy(row->certificate_serial,
	    sizeof(row->certificate_serial), record->certificate.serial);
}

static bool
count_use(struct store_tx *tx, const char *token_id, struct err *err)
{
	struct store_enrolment_token token;

	if (token_id[0] == '\0')
		return true;
	if (!store_enrolment_token_get(
		store_tx_reader(tx), token_id, &token, err)) {
		/* Made by the signer alone, for ./run's first agent. */
		if (err->category != ERR_NOT_FOUND)
			return false;
		err_reset(err);
		return true;
	}
	if (token.uses_left <= 0)
		return true;
	return store_enrolment_token_set_uses_left(
	    tx, token_id, token.uses_left - 1, err);
}

static bool
write_record(struct store_tx *tx, void *context, struct err *err)
{
	struct record *record = context;

	if (!record->is_renewal &&
	    !store_computer_enrol(tx, &record->computer, err))
		return false;
	if (!store_certificate_insert(
		tx, &record->certificate, record->der, err) ||
	    !store_trust_event_append(tx, &record->event, err) ||
	    !audit_append(tx, &record->audit, err))
		return false;
	return record->is_renewal
	    ? store_computer_set_certificate(
		  tx, record->computer.id, record->certificate.serial, err)
	    : count_use(tx, record->token_id, err);
}

/* Whoever asked proved to be this agent: by its old certificate, or by the
 * token that the signer has taken. */
static void
fill_audit(struct record *record, const struct request *request,
    enum store_audit_action action)
{
	const struct store_certificate *row = &record->certificate;
	json_t *after = json_object();

	audit_init_request(&record->audit, request, action);
	audit_actor(
	    &record->audit, STORE_AUDIT_ACTOR_AGENT, row->computer_id, NULL);
	audit_target(&record->audit, STORE_AUDIT_TARGET_COMPUTER,
	    row->computer_id, NULL);
	json_set_string(after, "serial", row->serial);
	json_set_string(after, "fingerprint", row->fingerprint);
	json_set_string(after, "profile", store_profile_name(row->profile));
	json_set_time(after, "not_after", row->not_after);
	if (record->token_id[0] != '\0')
		json_set_string(after, "enrolment_token_id", record->token_id);
	audit_after(&record->audit, after);
}

/* How each way to a certificate is told of. */
struct way {
	const char *kind;
	const char *sentence;
	enum store_audit_action action;
};

/* The record and the rows that tell of it are one transaction. */
static bool
write_and_tell(const struct request *request, const struct way *way,
    struct record *record, struct err *err)
{
	scoped(json_freep) json_t *detail = json_object();
	struct core_event event = {.level = LOG_LEVEL_INFO,
	    .kind = way->kind,
	    .sentence = way->sentence,
	    .computer_id = record->certificate.computer_id,
	    .address = request->address,
	    .detail = detail};

	json_set_string(detail, "serial", record->certificate.serial);
	json_set_string(
	    detail, "profile", store_profile_name(record->certificate.profile));
	if (record->token_id[0] != '\0')
		json_set_string(detail, "enrolment_token_id", record->token_id);
	core_event_row(request->core, &event, &record->event);
	fill_audit(record, request, way->action);
	if (!store_write(request->core->store, write_record, record, err))
		return false;
	core_event_written(&event);
	changes_raise(request->core, TOPIC_COMPUTERS);
	changes_raise(request->core, TOPIC_ENROLMENT);
	changes_raise(request->core, TOPIC_EVENTS);
	changes_raise(request->core, TOPIC_AUDIT);
	return true;
}

static bool
fill(struct record *record, const struct request *request,
    const struct signer_issued *issued, struct err *err)
{
	scoped(memory_freep) char *hash = NULL;

	record->der = issued->certificate;
	if (!fill_issued(record, issued, request->received_ms, err))
		return false;
	fill_computer(record, request, issued->agent_id, issued->office_id);
	if (issued->credential_hash.length > 0) {
		hash = hex_encode(issued->credential_hash);
		store_text_copy(record->computer.credential_hash,
		    sizeof(record->computer.credential_hash), hash);
	}
	if (!issued->is_repeat)
		memcpy(record->token_id, issued->token_id, ID_SIZE);
	return true;
}

bool
enrolment_record(const struct request *request,
    const struct signer_issued *issued, struct err *err)
{
	static const struct way FIRST = {"computer_enrolled",
	    "a new computer has enrolled", STORE_AUDIT_CERTIFICATE_ISSUE};
	static const struct way AGAIN = {"computer_reenrolled",
	    "a computer has enrolled again", STORE_AUDIT_CERTIFICATE_ISSUE};
	struct record record = {0};

	return (fill(&record, request, issued, err) &&
		   write_and_tell(request,
		       issued->is_new_computer ? &FIRST : &AGAIN, &record,
		       err)) ||
	    err_prefix(err, "recording the enrolment");
}

bool
enrolment_record_renewal(const struct request *request,
    const struct signer_issued *issued, struct err *err)
{
	static const struct way RENEWAL = {"certificate_renewed",
	    "a computer has renewed its certificate",
	    STORE_AUDIT_CERTIFICATE_RENEW};
	struct record record = {.is_renewal = true};

	return (fill(&record, request, issued, err) &&
		   write_and_tell(request, &RENEWAL, &record, err)) ||
	    err_prefix(err, "recording the renewal");
}

/* The gateway says that it has verified this; core looks for itself before it
 * makes a record of it. */
static bool
check_certificate(const struct request *request,
    const struct certificate *certificate, struct err *err)
{
	if (!core_trust_verify(request->core, certificate, err))
		return false;
	if (strcmp(certificate_common_name(certificate),
		request->peer.agent_id) != 0 ||
	    strcmp(certificate_serial(certificate), request->peer.serial) != 0)
		return err_set_code(err, ERR_DENIED, "certificate_unknown",
		    "the certificate is not the one of this agent");
	return true;
}

bool
enrolment_rebuild(const struct request *request, struct err *err)
{
	static const struct way REBUILT = {"computer_rebuilt",
	    "a computer with a sound certificate was not in the database and "
	    "is again",
	    STORE_AUDIT_COMPUTER_REBUILD};
	scoped(certificate_freep) struct certificate *certificate = NULL;
	struct record record = {0};

	if (!certificate_parse_der(
		request->peer.certificate, &certificate, err) ||
	    !check_certificate(request, certificate, err))
		return false;
	record.der = request->peer.certificate;
	fill_certificate(
	    &record, certificate, request->peer.agent_id, request->received_ms);
	fill_computer(&record, request, request->peer.agent_id, "");
	return write_and_tell(request, &REBUILT, &record, err) ||
	    err_prefix(err, "recording an unknown computer");
}

void
enrolment_refused(const struct request *request, const struct err *err)
{
	struct core_event event = {.level = LOG_LEVEL_WARNING,
	    .kind = "enrolment_refused",
	    .sentence = "a certificate was refused",
	    .address = request->address};

	struct audit audit;

	/* Who sent no token yet has not been refused anything. */
	if (strcmp(err->code, "token_required") == 0)
		return;
	audit_init_request(&audit, request,
	    strcmp(request->route->operation, "est_simplereenroll") == 0
		? STORE_AUDIT_CERTIFICATE_RENEW
		: STORE_AUDIT_CERTIFICATE_ISSUE);
	audit_refuse(request->core, &audit, err);
	/* Failures of ours are logged as such. */
	if (err->category == ERR_SYSTEM || err->category == ERR_UNCERTAIN)
		return;
	if (request->peer.has_certificate)
		event.computer_id = request->peer.agent_id;
	event.detail = json_object();
	json_set_string(event.detail, "code", err->code);
	json_set_string(event.detail, "reason", err_sentence(err));
	core_event(request->core, &event);
}
