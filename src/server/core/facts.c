/* Facts about the running server, put together for status and health. */
#include "server/core/facts.h"

#include <stdio.h>
#include <string.h>

#include "os/sandbox.h"
#include "server/core/core.h"
#include "server/core/gateways.h"
#include "server/core/trust.h"
#include "server/role.h"

void
facts_get(const struct core *core, struct facts *out_facts)
{
	struct facts facts = {0};
	struct core_server_certificate server;

	if (core_trust_server_certificate(core, &server)) {
		memcpy(facts.server.sha256, server.sha256,
		    sizeof(facts.server.sha256));
		facts.server.not_after_ms = server.not_after_ms;
	}
	core_trust_fleet(core, facts.fleet_id, facts.agent_ca.sha256,
	    &facts.agent_ca.not_after_ms);
	facts.gateways = (unsigned)gateways_count(core->gateways);
	snprintf(facts.sandbox, sizeof(facts.sandbox), "%s",
	    sandbox_report_text(&core->role->sandbox));
	*out_facts = facts;
}
