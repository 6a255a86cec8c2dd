/*
 * Makes very many agents at once: keys, certificates signed with the agent CA's
 * own key, and the records of both ends, as if all had been enrolled before.
 * For the rows that are about what many agents cost afterwards; what enrolling
 * them costs is a row of its own.
 *
 *   bench_mint SIGNER_DIR DATABASE FLEET_DIR COUNT
 *
 * SIGNER_DIR is the authority's directory, DATABASE a location of the store
 * (the server must not run), FLEET_DIR the state of a warifu-fleet that has
 * enrolled at least one agent; its first COUNT records become the new agents.
 */
#include <inttypes.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/secret.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "fleet/vault.h"
#include "os/file.h"
#include "store/certificate.h"
#include "store/computer.h"
#include "store/office.h"

enum {
	BATCH = 500,
	FILE_MAX = 65536,
	LIFE_DAYS = 90,
};

struct mint {
	struct certificate *ca;
	struct key *ca_key;
	struct vault *vault;
	struct store *store;
	int64_t now_ms;
	size_t first, end; /* of the batch */
};

never_returns static void
fail_with(const struct err *err)
{
	fprintf(stderr, "bench_mint: [%s] %s\n", err->code, err_sentence(err));
	exit(1);
}

static void
load_ca(struct mint *mint, const char *directory, struct err *err)
{
	scoped(memory_freep) char *ca_path =
	    file_join(directory, "agent-ca.pem");
	scoped(memory_freep) char *key_path =
	    file_join(directory, "agent-ca.key");
	scoped(buf_donep) struct buf ca = BUF_INIT(FILE_MAX);
	scoped(buf_wipep) struct buf key = BUF_INIT(FILE_MAX);

	if (!file_read(ca_path, &ca, err) ||
	    !certificate_parse_pem(buf_view(&ca), &mint->ca, err) ||
	    !file_read(key_path, &key, err) ||
	    !key_load_pem(buf_view(&key), view_of(NULL, 0), &mint->ca_key, err))
		fail_with(err);
}

/* Its key and certificate, into the fleet's record. */
static bool
make_agent(const struct mint *mint, const char *id, struct vault_agent *out,
    struct err *err)
{
	struct certificate_template template = {
	    .profile = CERTIFICATE_CLIENT,
	    .organization = certificate_organization(mint->ca),
	    .unit = "agent",
	    .common_name = id,
	    .not_before_ms = mint->now_ms - MINUTES_MS(5),
	    .not_after_ms = mint->now_ms + DAYS_MS(LIFE_DAYS),
	};

	if (!key_generate(KEY_EC_P256, 0, &out->key, err))
		return false;
	out->credential = secret_random(VAULT_CREDENTIAL_BYTES);
	template.subject_key = out->key;
	digest_random_serial(template.serial);
	return certificate_issue(
	    &template, mint->ca, mint->ca_key, &out->certificate, err);
}

static bool
tell_store(struct store_tx *tx, const struct mint *mint, const char *id,
    size_t number, const struct vault_agent *agent, struct err *err)
{
	const struct certificate *made = agent->certificate;
	struct store_computer computer = {.enrolled_at = mint->now_ms};
	struct store_certificate certificate = {
	    .not_before = certificate_not_before_ms(made),
	    .not_after = certificate_not_after_ms(made),
	    .issued_at = mint->now_ms,
	};

	snprintf(computer.id, sizeof(computer.id), "%s", id);
	snprintf(computer.name, sizeof(computer.name), "minted-%06zu", number);
	snprintf(computer.office_id, sizeof(computer.office_id), "%s",
	    STORE_OFFICE_LOCAL_ID);
	digest_sha256_hex(
	    secret_view(agent->credential), computer.credential_hash);
	snprintf(computer.certificate_serial,
	    sizeof(computer.certificate_serial), "%s",
	    certificate_serial(made));
	snprintf(certificate.serial, sizeof(certificate.serial), "%s",
	    certificate_serial(made));
	snprintf(
	    certificate.computer_id, sizeof(certificate.computer_id), "%s", id);
	snprintf(certificate.fingerprint, sizeof(certificate.fingerprint), "%s",
	    certificate_fingerprint(made));
	snprintf(certificate.subject, sizeof(certificate.subject), "%s",
	    certificate_subject(made));
	return store_computer_enrol(tx, &computer, err) &&
	    store_certificate_insert(
		tx, &certificate, certificate_der_view(made), err);
}

static bool
make_batch(struct store_tx *tx, void *context, struct err *err)
{
	const struct mint *mint = context;

	for (size_t i = mint->first; i < mint->end; i++) {
		struct vault_agent agent = {0};
		char id[ID_SIZE];
		bool is_made;

		snprintf(id, sizeof(id), "00000000-0000-7000-8000-%012zu", i);
		is_made = make_agent(mint, id, &agent, err) &&
		    tell_store(tx, mint, id, i, &agent, err) &&
		    vault_store(mint->vault, i, &agent, err);
		vault_agent_done(&agent);
		if (!is_made)
			return false;
	}
	return true;
}

int
main(int count, char **arguments)
{
	struct mint mint = {.now_ms = clock_wall_ms()};
	struct store_options options = {
	    .location = count > 2 ? arguments[2] : ""};
	struct err err = ERR_INIT;
	uint64_t wanted = 0;

	if (count != 5 ||
	    !view_to_u64(view_string(arguments[4]), 1000000, &wanted)) {
		fprintf(stderr,
		    "usage: bench_mint SIGNER_DIR DATABASE FLEET_DIR COUNT\n");
		return 2;
	}
	load_ca(&mint, arguments[1], &err);
	if (!store_open(&options, &mint.store, &err) ||
	    !vault_open(arguments[3], &mint.vault, &err))
		fail_with(&err);
	while (mint.end < wanted) {
		mint.first = mint.end;
		mint.end = mint.first + BATCH < wanted ? mint.first + BATCH
						       : (size_t)wanted;
		if (!store_write(mint.store, make_batch, &mint, &err))
			fail_with(&err);
	}
	vault_close(mint.vault);
	store_close(mint.store);
	key_free(mint.ca_key);
	certificate_free(mint.ca);
	return 0;
}
