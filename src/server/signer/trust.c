/* Whom to trust: the set for the gateways, revoking and retiring. */
#include "base/memory.h"
#include "server/signer/signer.h"

enum {
	LIST_BYTES_MAX = SIGNER_ANSWER_MAX / 4,
};

static bool
collect_agents(const struct signer *signer, enum ledger_agent_state state,
    struct buf *out, struct err *err)
{
	for (size_t i = 0; i < signer->ledger.agent_count; i++) {
		const struct ledger_agent *agent = &signer->ledger.agents[i];

		if (agent->state == state &&
		    !buf_append(out, agent->id, sizeof(agent->id), err))
			return false;
	}
	return true;
}

/* Replaced certificates, while anybody would still accept them. */
static bool
collect_serials(const struct signer *signer, struct buf *out, struct err *err)
{
	int64_t now_ms = signer_now(signer);

	for (size_t i = 0; i < signer->ledger.certificate_count; i++) {
		const struct ledger_certificate *row =
		    &signer->ledger.certificates[i];

		if (row->replaced_ms != 0 && row->not_after_ms >= now_ms &&
		    !buf_append(out, row->serial, sizeof(row->serial), err))
			return false;
	}
	return true;
}

bool
signer_trust_set(struct signer *signer, struct view body, struct writer *result,
    int *out_descriptor, struct err *err)
{
	scoped(buf_donep) struct buf revoked = BUF_INIT(LIST_BYTES_MAX);
	scoped(buf_donep) struct buf retired = BUF_INIT(LIST_BYTES_MAX);
	scoped(buf_donep) struct buf serials = BUF_INIT(LIST_BYTES_MAX);
	struct signer_trust_set set = {
	    .revision = signer->ledger.revision,
	    .epoch = journal_head(signer->journal)->epoch,
	    .agent_ca_count = 1,
	};
	struct signer_head seen;

	if (!signer_head_read(body, &seen, err))
		return false;
	signer_see_head(signer, &seen);
	if (!collect_agents(signer, LEDGER_AGENT_REVOKED, &revoked, err) ||
	    !collect_agents(signer, LEDGER_AGENT_RETIRED, &retired, err) ||
	    !collect_serials(signer, &serials, err))
		return false;
	memcpy(set.fleet_id, signer->authority.fleet_id, ID_SIZE);
	set.agent_cas[0] = certificate_der_view(signer->authority.agent_ca);
	set.revoked_agents = buf_view(&revoked);
	set.retired_agents = buf_view(&retired);
	set.revoked_serials = buf_view(&serials);
	signer_trust_set_write(result, &set);
	return true;
}

/* Both make an agent's state stricter, never milder. */
static bool
order(struct signer *signer, struct view body, enum ledger_entry_type type,
    enum ledger_agent_state state, struct writer *result, struct err *err)
{
	struct signer_revision revision;
	struct signer_agent_order request;
	uint32_t row;

	if (!signer_agent_order_read(body, &request, err))
		return false;
	row = ledger_agent_find(&signer->ledger, request.agent_id);
	if (row == LEDGER_NONE || signer->ledger.agents[row].state < state) {
		if (!signer_record(signer, ledger_order_entry(type, &request),
			JOURNAL_URGENT, err))
			return false;
	}
	revision.revision = signer->ledger.revision;
	signer_revision_write(result, &revision);
	return true;
}

bool
signer_revoke(struct signer *signer, struct view body, struct writer *result,
    int *out_descriptor, struct err *err)
{
	return order(signer, body, LEDGER_ENTRY_REVOKED, LEDGER_AGENT_REVOKED,
	    result, err);
}

bool
signer_retire(struct signer *signer, struct view body, struct writer *result,
    int *out_descriptor, struct err *err)
{
	return order(signer, body, LEDGER_ENTRY_RETIRED, LEDGER_AGENT_RETIRED,
	    result, err);
}
