/*
 * Publications: the server's numbered, signed statement of whom to trust.
 *
 * A JWS (crypto/jws.h) of type "warifu-publication+jwt" with the trust anchors
 * of the server, the agent CAs, the key of commands, names and ports. It is
 * believed only when its signing key has the SHA-256 that was pinned at
 * enrolment. Channel and executor each check for themselves: the root process
 * believes nothing that the network process tells it.
 */
#ifndef AGENT_PUBLICATION_H
#define AGENT_PUBLICATION_H

#include "base/attributes.h"
#include "base/id.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

enum {
	PUBLICATION_CERTIFICATES_MAX = 16,
	PUBLICATION_NUMBER_MAX = INT32_MAX,
};

struct publication {
	char *jws; /* as it was signed */
	char fleet[ID_SIZE];
	int64_t epoch;
	int64_t number;
	struct certificate_list anchors;
	struct certificate_list agent_cas;
	struct key *command_key;
};

/* Check and read. pin: hexadecimal SHA-256 of the publication key. ERR_CRYPTO
 * "publication_key" (another key), "signature_wrong"; ERR_MALFORMED
 * "publication_malformed". */
must_use bool publication_read(struct view jws, const char *pin,
    struct publication **out, struct err *err);
void publication_free(struct publication *publication); /* takes NULL */

DEFINE_SCOPED(struct publication, publication_free)

/* May next take the place of current (NULL: none yet)? Only when it is of the
 * same fleet and its (epoch, number) is higher. ERR_DENIED
 * "publication_fleet" or "publication_number". */
must_use bool publication_may_follow(const struct publication *current,
    const struct publication *next, struct err *err);

/* Do both have the same fleet, epoch and number? Each signing of the same
 * statement gives other bytes. */
must_use bool
publication_is_same(const struct publication *a, const struct publication *b);

/* The anchors as PEM for the TLS client, those of also too (NULL: none). */
must_use bool publication_anchors_pem(const struct publication *publication,
    const struct publication *also, struct buf *out, struct err *err);

/* Is a certificate that was issued to us really one of this fleet for an agent?
 * What another CA or fleet issued would be refused at every refresh. Codes of
 * certificate_verify, and ERR_CRYPTO "certificate_fleet". */
must_use bool publication_vouches_for(const struct publication *publication,
    const struct certificate *certificate, int64_t now_ms, struct err *err);

#endif
