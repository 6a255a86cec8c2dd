/*
 * What anyone may fetch: the agent CA, its revocation list, OCSP answers, the
 * newest publication. All are signed objects; nothing here reads Authorization
 * or a cookie.
 */
#ifndef SERVER_CORE_PKI_H
#define SERVER_CORE_PKI_H

#include "server/core/request.h"
#include "server/core/response.h"

void pki_crl(struct request *request, struct response *response);
void pki_ca(struct request *request, struct response *response);
/* RFC 6960 appendix A.1. Whatever was sent, there is an OCSP answer. */
void pki_ocsp_post(struct request *request, struct response *response);
void pki_ocsp_get(struct request *request, struct response *response);
void pki_publication(struct request *request, struct response *response);

#endif
