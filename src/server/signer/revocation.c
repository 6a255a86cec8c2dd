/* What is revoked, and the list that tells the world. */
#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/crl.h"
#include "server/signer/revocation.h"

enum {
	CLOCK_ALLOWANCE_MINUTES = 5,
	CRL_LIFE_HOURS = 24,
};

bool
revocation_find(const struct signer *signer, uint32_t row, int64_t *out_ms,
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
		    !revocation_find(
			signer, i, &entry->revoked_ms, &entry->reason))
			continue;
		digits = hex_encode(view_of(row->serial, sizeof(row->serial)));
		snprintf(out->serials[out->count], sizeof(out->serials[0]),
		    "%s", digits);
		entry->serial = out->serials[out->count];
		out->count++;
	}
}

void
revocation_record(struct signer *signer, json_t *entry)
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
	revocation_record(signer,
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
