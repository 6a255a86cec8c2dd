/*
 * OCSP (RFC 6960) as a responder: requests read strictly, answers signed by a
 * delegated responder certificate.
 *
 * Whatever arrives, there is an answer to send: ocsp_request_parse tells which
 * error response a bad request gets. A nonce of 1 to 32 octets (RFC 8954) is
 * repeated; another length is malformed. Certificate ids are matched by SHA-1
 * and SHA-256 issuer hashes; ids of other issuers or hashes get "unknown".
 */
#ifndef CRYPTO_OCSP_H
#define CRYPTO_OCSP_H

#include "crypto/certificate.h"
#include "crypto/crl.h"

enum {
	OCSP_REQUEST_MAX = 16 * 1024, /* bytes of DER */
	OCSP_CERTIFICATES_MAX = 16,   /* certificates in one request */
};

enum ocsp_error { /* OCSPResponseStatus */
	OCSP_ERROR_MALFORMED = 1,
	OCSP_ERROR_INTERNAL = 2,
	OCSP_ERROR_TRY_LATER = 3,
	OCSP_ERROR_UNAUTHORIZED = 6,
};

struct ocsp_request;

/* ERR_MALFORMED, code "ocsp_malformed": answer OCSP_ERROR_MALFORMED. */
must_use bool
ocsp_request_parse(struct view der, struct ocsp_request **out, struct err *err);
void ocsp_request_free(struct ocsp_request *request);
must_use size_t ocsp_request_count(const struct ocsp_request *request);

DEFINE_SCOPED(struct ocsp_request, ocsp_request_free)

enum ocsp_status {
	OCSP_GOOD,
	OCSP_REVOKED,
	OCSP_UNKNOWN,
};

struct ocsp_verdict {
	enum ocsp_status status;
	int64_t revoked_ms; /* with OCSP_REVOKED, as is the reason */
	enum revocation_reason reason;
};

struct ocsp_responder {
	const struct certificate *issuer;    /* whose certificates are asked */
	const struct certificate *responder; /* CERTIFICATE_OCSP of issuer */
	const struct key *responder_key;
	int64_t this_update_ms;
	int64_t next_update_ms;
	/* The state of one serial of issuer, as certificate_serial() has it.
	 * False ends the answer with that error. */
	bool (*judge)(void *context, const char *serial,
	    struct ocsp_verdict *out, struct err *err);
	void *context;
};

/* Append the signed response's DER to out. */
must_use bool ocsp_respond(const struct ocsp_responder *responder,
    const struct ocsp_request *request, struct buf *out, struct err *err);

/* Append an unsigned error response. */
must_use bool
ocsp_respond_error(enum ocsp_error error, struct buf *out, struct err *err);

#endif
