/*
 * What core knows about the running server, for the status operation and for
 * health. Any thread.
 */
#ifndef SERVER_CORE_FACTS_H
#define SERVER_CORE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/id.h"

struct core;

struct facts_certificate {
	char sha256[65]; /* lower-case hexadecimal of the DER; "": unknown */
	int64_t not_after_ms;
};

/* Members are "" or 0 as long as the signer has not been asked. */
struct facts {
	char fleet_id[ID_SIZE];
	struct facts_certificate server; /* as handed to the gateways */
	struct facts_certificate agent_ca;
	unsigned gateways; /* attached and serving */
	char sandbox[64];  /* sandbox_report_text of this process */
};

void facts_get(const struct core *core, struct facts *out_facts);

#endif
