/*
 * CMS certs-only: the degenerate SignedData that EST answers carry (RFC 7030
 * section 4.1.3, RFC 5652 section 5). DER; base64 around it is the caller's.
 */
#ifndef CRYPTO_CMS_H
#define CRYPTO_CMS_H

#include "crypto/certificate.h"

enum {
	CMS_MAX = 64 * 1024 /* bytes of DER */
};

/* Append to out. At most LIMIT_CERTIFICATE_CHAIN_COUNT certificates, at least
 * one. */
must_use bool cms_certs_only_make(const struct certificate_list *certificates,
    struct buf *out, struct err *err);

/* The same of one certificate's DER, taken as it is: nothing of it is read. */
must_use bool
cms_certs_only_wrap(struct view certificate, struct buf *out, struct err *err);

/* The certificates in the message's order, added to out. Refused
 * (ERR_MALFORMED, "cms_malformed"): signatures, content, CRLs, none or more
 * than LIMIT_CERTIFICATE_CHAIN_COUNT certificates, left-over bytes. */
must_use bool cms_certs_only_parse(
    struct view der, struct certificate_list *out, struct err *err);

#endif
