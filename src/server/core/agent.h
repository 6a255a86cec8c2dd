/*
 * The agent protocol's handlers: refresh, renewal nonce, channel.
 *
 * An agent is who its certificate says in the handshake. Without one it may
 * only refresh, with the credential that it put into its enrolment request, and
 * only until it has proved itself by certificate once (the ratchet).
 */
#ifndef SERVER_CORE_AGENT_H
#define SERVER_CORE_AGENT_H

#include "base/attributes.h"
#include "server/core/request.h"
#include "server/core/response.h"
#include "store/certificate.h"
#include "store/computer.h"

/* The gate of ROUTE_SECURITY_AGENT: a certificate of the profile agent, or a
 * credential where the operation takes one. */
must_use bool agent_before(struct request *request, struct response *response);

void agent_refresh(struct request *request, struct response *response);
void agent_renewal_nonce(struct request *request, struct response *response);
void agent_channel(struct request *request, struct response *response);

/* Who is asking, as the database has it. */
struct agent_identity {
	struct store_computer computer;
	/* The certificate shown; all zero without one. */
	struct store_certificate certificate;
};

/* Unknown computers and certificates are recorded anew. ERR_DENIED
 * certificate_required, credential_unknown, computer_revoked,
 * computer_retired (by credential). */
must_use bool agent_identify(const struct request *request,
    struct agent_identity *out_identity, struct err *err);

/* Answer an error, and log it within a budget. */
void agent_refuse(const struct request *request, struct response *response,
    const struct err *err);

/* The renewal nonce as base64url; allocated. */
must_use bool
agent_nonce(const struct request *request, char **out_nonce, struct err *err);

#endif
