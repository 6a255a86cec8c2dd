/* Trust taken from the signer, kept, and pushed to the gateways. */
#include "server/core/trust.h"

#include <pthread.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/certificate.h"
#include "crypto/cms.h"
#include "ipc/gateway_control.h"
#include "ipc/signer_client.h"
#include "os/fd.h"
#include "server/config.h"
#include "server/core/audit_state.h"
#include "server/core/core.h"
#include "server/core/gateways.h"
#include "server/core/journal.h"
#include "server/core/trust_set.h"
#include "store/setting.h"

/* Two locks: `pushing` keeps snapshots in their order from the signer's answer
 * to the gateways; `mutex` guards the members. */
struct core_trust {
	pthread_mutex_t pushing;
	pthread_mutex_t mutex;
	bool is_loaded;
	uint64_t number;
	uint64_t revision; /* of the signer's set in that number */
	uint64_t identity_number;
	struct core_server_certificate server;
	char fleet_id[ID_SIZE];
	struct certificate_list agent_cas;
	int64_t publication_number;
	char publication_pin[TRUST_PIN_SIZE];
	char *publication;
	/* What this process has told the audit log; `pushing` is held. */
	struct told {
		char server[TRUST_PIN_SIZE];
		char publication[24];
		char agent_ca[TRUST_PIN_SIZE];
	} told;
};

struct core_trust *
core_trust_new(void)
{
	struct core_trust *trust = memory_zeroed(sizeof(*trust));

	check(pthread_mutex_init(&trust->pushing, NULL) == 0);
	check(pthread_mutex_init(&trust->mutex, NULL) == 0);
	return trust;
}

void
core_trust_free(struct core_trust *trust)
{
	if (trust == NULL)
		return;
	certificate_list_done(&trust->agent_cas);
	free(trust->publication);
	pthread_mutex_destroy(&trust->mutex);
	pthread_mutex_destroy(&trust->pushing);
	free(trust);
}

enum {
	NUMBER_STRIDE = 1000000, /* snapshots of one core's life */
};

static bool
reserve(struct store_tx *tx, void *context, struct err *err)
{
	uint64_t *number = context;
	struct store_setting setting;

	if (!store_setting_get(
		store_tx_reader(tx), "trust_number", &setting, err))
		return false;
	setting.integer += NUMBER_STRIDE;
	if (setting.integer < clock_wall_ms())
		setting.integer = clock_wall_ms();
	*number = (uint64_t)setting.integer;
	setting.version = STORE_SETTING_ANY_VERSION;
	setting.changed_at = clock_wall_ms();
	snprintf(setting.key, sizeof(setting.key), "trust_number");
	return store_setting_put(tx, &setting, err);
}

/* Numbers grow from one core process to the next, for gateways outlive it. */
static bool
reserve_numbers(struct core *core, struct err *err)
{
	uint64_t number = 0;

	if (core->trust->number != 0)
		return true;
	if (!store_write(core->store, reserve, &number, err))
		return false;
	core->trust->number = number;
	core->trust->identity_number = number;
	return true;
}

static bool
write_identity(const struct signer_server_identity *from, int key_file,
    uint64_t number, int *out_file, struct err *err)
{
	scoped(buf_wipep) struct buf pem = BUF_INIT(LIMIT_CERTIFICATE);
	scoped(buf_wipep) struct buf body = BUF_INIT(IPC_MAX_IDENTITY);
	struct ipc_identity identity = {
	    .number = number, .chain_count = from->count};

	if (from->count > array_length(identity.chain))
		return err_set(err, ERR_LIMIT,
		    "the server's certificate chain is too long");
	for (size_t i = 0; i < from->count; i++)
		identity.chain[i] = from->chain[i];
	if (key_file < 0)
		return err_set(
		    err, ERR_MALFORMED, "the signer sent no server key");
	/* Growing would leave copies of the key behind in freed memory. */
	if (!buf_reserve(&pem, LIMIT_CERTIFICATE, err) ||
	    !buf_reserve(&body, IPC_MAX_IDENTITY, err) ||
	    !fd_memfd_read(key_file, &pem, err))
		return false;
	identity.key = buf_view(&pem);
	return ipc_identity_write(&body, &identity, err) &&
	    fd_memfd_of("identity", buf_view(&body), out_file, err);
}

static bool
load_identity(struct core *core, struct err *err)
{
	struct core_trust *trust = core->trust;
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	scoped(memory_freep) char *sha256 = NULL;
	struct signer_server_identity identity;
	int file = -1;

	if (!signer_client_server_identity(
		core->signer, &reply, &identity, err))
		return false;
	sha256 = hex_encode(view_of(identity.sha256, sizeof(identity.sha256)));
	if (strcmp(sha256, trust->server.sha256) == 0)
		return true;
	if (!write_identity(&identity, reply.descriptor,
		trust->identity_number + 1, &file, err))
		return false;
	trust->identity_number++;
	gateways_publish(
	    core->gateways, GATEWAYS_IDENTITY, file, trust->identity_number);
	pthread_mutex_lock(&trust->mutex);
	memcpy(trust->server.sha256, sha256, sizeof(trust->server.sha256));
	trust->server.not_before_ms = identity.not_before_ms;
	trust->server.not_after_ms = identity.not_after_ms;
	pthread_mutex_unlock(&trust->mutex);
	log_info("the server's certificate is in use", "sha256", sha256);
	return true;
}

static bool
load_publication(struct core *core, struct err *err)
{
	struct core_trust *trust = core->trust;
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	struct signer_publication publication;

	if (!signer_client_publication(core->signer, &reply, &publication, err))
		return false;
	pthread_mutex_lock(&trust->mutex);
	free(trust->publication);
	trust->publication = view_to_string(publication.jws);
	trust->publication_number = (int64_t)publication.number;
	digest_sha256_hex(publication.publication_key, trust->publication_pin);
	pthread_mutex_unlock(&trust->mutex);
	return true;
}

static bool
keep_agent_cas(struct core_trust *trust, const struct signer_trust_set *set,
    struct err *err)
{
	struct certificate_list list = {0};
	struct certificate_list old;

	for (size_t i = 0; i < set->agent_ca_count; i++) {
		struct certificate *certificate = NULL;

		if (!certificate_parse_der(
			set->agent_cas[i], &certificate, err)) {
			certificate_list_done(&list);
			return err_prefix(err, "an agent CA of the signer");
		}
		certificate_list_add(&list, certificate);
	}
	pthread_mutex_lock(&trust->mutex);
	old = trust->agent_cas;
	trust->agent_cas = list;
	memcpy(trust->fleet_id, set->fleet_id, sizeof(trust->fleet_id));
	pthread_mutex_unlock(&trust->mutex);
	certificate_list_done(&old);
	return true;
}

/* `pushing` is held. Gateways forget what they know of checked certificates
 * with each snapshot, so an unchanged one is not sent again. */
static bool
push(struct core *core, uint64_t *out_number, struct err *err)
{
	struct core_trust *trust = core->trust;
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	struct signer_head seen;
	struct signer_trust_set set;
	int file = -1;

	if (!journal_highest_seen(core, &seen, err) ||
	    !signer_client_trust_set(core->signer, &seen, &reply, &set, err))
		return false;
	*out_number = trust->number;
	if (trust->is_loaded && set.revision == trust->revision)
		return true;
	if (!keep_agent_cas(trust, &set, err) ||
	    !trust_set_write(&set, trust->number + 1,
		core->config->require_certificate, &file, err))
		return false;
	pthread_mutex_lock(&trust->mutex);
	*out_number = ++trust->number;
	trust->revision = set.revision;
	pthread_mutex_unlock(&trust->mutex);
	gateways_publish(core->gateways, GATEWAYS_TRUST, file, *out_number);
	return true;
}

bool
trust_push_and_wait(struct core *core, int64_t deadline_ms, struct err *err)
{
	int64_t until_ms = clock_monotonic_ms() + deadline_ms;
	struct err unmirrored = ERR_INIT;
	uint64_t number = 0;
	bool is_pushed;

	pthread_mutex_lock(&core->trust->pushing);
	is_pushed = push(core, &number, err);
	/* A journal set back behind this change must be found out; where the
	 * database is away, housekeeping does it soon. */
	if (is_pushed)
		ignore_result(core_trust_mirror_journal(core, &unmirrored));
	pthread_mutex_unlock(&core->trust->pushing);
	if (!is_pushed)
		return err_prefix(
		    err, "the change stands but is not in force yet");
	if (!gateways_wait_applied(core->gateways, number, until_ms))
		return err_set_code(err, ERR_UNCERTAIN, "trust_not_applied",
		    "the change stands, but a gateway has not applied it yet");
	return true;
}

/* value: as it is now; told: as this process has told it. */
static bool
tell_one(struct core *core, enum audit_state state, const char *value,
    int64_t not_after_ms, char *told, size_t told_size, struct err *err)
{
	if (strcmp(value, told) == 0)
		return true;
	if (!audit_note_state(core, state, value, not_after_ms, err))
		return false;
	store_text_copy(told, told_size, value);
	return true;
}

/* To the audit log, whatever is another one than before. */
static bool
tell_changes(struct core *core, struct err *err)
{
	struct told *told = &core->trust->told;
	struct core_server_certificate server = {0};
	char number[sizeof(told->publication)], fleet[ID_SIZE];
	char agent_ca[TRUST_PIN_SIZE] = "";
	int64_t ca_not_after_ms = 0;

	ignore_result(core_trust_server_certificate(core, &server));
	core_trust_fleet(core, fleet, agent_ca, &ca_not_after_ms);
	snprintf(number, sizeof(number), "%lld",
	    (long long)core->trust->publication_number);
	return tell_one(core, AUDIT_STATE_SERVER_CERTIFICATE, server.sha256,
		   server.not_after_ms, told->server, sizeof(told->server),
		   err) &&
	    tell_one(core, AUDIT_STATE_PUBLICATION, number, 0,
		told->publication, sizeof(told->publication), err) &&
	    tell_one(core, AUDIT_STATE_AGENT_CA, agent_ca, ca_not_after_ms,
		told->agent_ca, sizeof(told->agent_ca), err);
}

static bool
load_all(struct core *core, struct err *err)
{
	uint64_t number = 0;

	if (!reserve_numbers(core, err) ||
	    !core_trust_mirror_journal(core, err) ||
	    !load_identity(core, err) || !load_publication(core, err) ||
	    !push(core, &number, err) || !tell_changes(core, err))
		return false;
	pthread_mutex_lock(&core->trust->mutex);
	core->trust->is_loaded = true;
	pthread_mutex_unlock(&core->trust->mutex);
	return true;
}

bool
core_trust_load(struct core *core, struct err *err)
{
	bool is_loaded;

	pthread_mutex_lock(&core->trust->pushing);
	is_loaded = load_all(core, err);
	pthread_mutex_unlock(&core->trust->pushing);
	return is_loaded;
}

uint64_t
core_trust_number(const struct core *core)
{
	uint64_t number;

	pthread_mutex_lock(&core->trust->mutex);
	number = core->trust->number;
	pthread_mutex_unlock(&core->trust->mutex);
	return number;
}

bool
core_trust_publication_pin(
    const struct core *core, char out[TRUST_PIN_SIZE], struct err *err)
{
	struct core_trust *trust = core->trust;

	pthread_mutex_lock(&trust->mutex);
	memcpy(out, trust->publication_pin, TRUST_PIN_SIZE);
	pthread_mutex_unlock(&trust->mutex);
	return out[0] != '\0' ||
	    err_set(err, ERR_SYSTEM, "the signer has published nothing yet");
}

bool
core_trust_publication(const struct core *core, int64_t *out_number,
    char **out_jws, struct err *err)
{
	struct core_trust *trust = core->trust;
	char *jws = NULL;

	pthread_mutex_lock(&trust->mutex);
	if (trust->publication != NULL) {
		jws = memory_string(trust->publication);
		*out_number = trust->publication_number;
	}
	pthread_mutex_unlock(&trust->mutex);
	if (jws == NULL)
		return err_set_code(err, ERR_SYSTEM, "starting",
		    "the server is still starting");
	*out_jws = jws;
	return true;
}

bool
core_trust_cacerts(const struct core *core, struct buf *out, struct err *err)
{
	struct core_trust *trust = core->trust;
	bool is_made;

	pthread_mutex_lock(&trust->mutex);
	is_made = trust->agent_cas.count > 0
	    ? cms_certs_only_make(&trust->agent_cas, out, err)
	    : err_set_code(
		  err, ERR_SYSTEM, "starting", "the server is still starting");
	pthread_mutex_unlock(&trust->mutex);
	return is_made;
}

bool
core_trust_ca_pem(const struct core *core, struct buf *out, struct err *err)
{
	struct core_trust *trust = core->trust;
	bool is_made = true;

	pthread_mutex_lock(&trust->mutex);
	for (size_t i = 0; i < trust->agent_cas.count && is_made; i++)
		is_made = certificate_pem(trust->agent_cas.items[i], out, err);
	pthread_mutex_unlock(&trust->mutex);
	return is_made;
}

bool
core_trust_verify(const struct core *core,
    const struct certificate *certificate, struct err *err)
{
	struct core_trust *trust = core->trust;
	bool is_good;

	pthread_mutex_lock(&trust->mutex);
	is_good = certificate_verify(certificate, &trust->agent_cas,
	    CERTIFICATE_CLIENT, core_now_ms(core), err);
	pthread_mutex_unlock(&trust->mutex);
	return is_good;
}

bool
core_trust_server_certificate(
    const struct core *core, struct core_server_certificate *out)
{
	pthread_mutex_lock(&core->trust->mutex);
	*out = core->trust->server;
	pthread_mutex_unlock(&core->trust->mutex);
	return out->sha256[0] != '\0';
}

void
core_trust_fleet(const struct core *core, char out_fleet_id[ID_SIZE],
    char out_ca_sha256[65], int64_t *out_ca_not_after_ms)
{
	struct core_trust *trust = core->trust;

	pthread_mutex_lock(&trust->mutex);
	memcpy(out_fleet_id, trust->fleet_id, ID_SIZE);
	if (trust->agent_cas.count > 0) {
		const struct certificate *ca =
		    trust->agent_cas.items[trust->agent_cas.count - 1];

		memcpy(out_ca_sha256, certificate_fingerprint(ca), 65);
		*out_ca_not_after_ms = certificate_not_after_ms(ca);
	}
	pthread_mutex_unlock(&trust->mutex);
}
