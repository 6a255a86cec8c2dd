/*
 * Object identifiers of ours, under the UUID arc 2.25 (ITU-T X.667):
 * f6fdcf9f-875e-4d49-b770-26bb0885115f.
 */
#ifndef CRYPTO_OID_H
#define CRYPTO_OID_H

#define OID_ARC "2.25.328307949166258892123137152109584388447"

/* PKCS#10 attribute: OCTET STRING, the SHA-256 of the agent's credential. */
#define OID_CREDENTIAL_HASH OID_ARC ".1"
/* PKCS#10 attribute: SEQUENCE { nonce OCTET STRING, signature OCTET STRING }.
 */
#define OID_RENEWAL_PROOF OID_ARC ".2"

#endif
