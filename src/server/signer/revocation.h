/* Revocation inside the signer: what the list and the responder share. */
#ifndef SERVER_SIGNER_REVOCATION_H
#define SERVER_SIGNER_REVOCATION_H

#include "crypto/crl.h"
#include "server/signer/signer.h"

/* Is the certificate of this row revoked, since when and why? */
must_use bool revocation_find(const struct signer *signer, uint32_t row,
    int64_t *out_ms, enum revocation_reason *out_reason);

/* Journal what tells of revocations; where that cannot be, it must still be
 * made: it only takes away. Takes ownership of entry. */
void revocation_record(struct signer *signer, json_t *entry);

/* Release what the responder keeps. */
void responder_done(struct signer *signer);

#endif
