/*
 * Enrolment over Secure Transport, RFC 7030: cacerts, csrattrs and simpleenroll
 * on the HTTPS port, simplereenroll on the agent port.
 *
 * A refusal is one sentence of text/plain with its stable code in the header
 * Warifu-Error, or a problem document when the client accepts
 * application/problem+json. docs/protocol/enrolment.md is the contract.
 */
#ifndef SERVER_CORE_EST_H
#define SERVER_CORE_EST_H

#include "server/core/request.h"
#include "server/core/response.h"

void est_cacerts(struct request *request, struct response *response);
void est_csrattrs(struct request *request, struct response *response);
void est_simpleenroll(struct request *request, struct response *response);
void est_simplereenroll(struct request *request, struct response *response);
/* Any of them on the plain HTTP port: https_required. */
void est_over_http(struct request *request, struct response *response);

void est_refuse(const struct request *request, struct response *response,
    const struct err *err);

#endif
