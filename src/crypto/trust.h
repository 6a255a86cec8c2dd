/*
 * The trust snapshot: whom a gateway believes at the agent port.
 *
 * Core builds it, gateways hold the newest one. It is filled once and then only
 * read; what handshakes remember by it ends with it, so that a change of trust
 * of any kind forgets everything. Denied agents and serials are found by hash,
 * so that their number costs a handshake nothing.
 */
#ifndef CRYPTO_TRUST_H
#define CRYPTO_TRUST_H

#include "base/id.h"
#include "crypto/certificate.h"

enum {
	TRUST_CA_MAX = 16,
};

struct trust;

/* number: counts up with every snapshot. require_certificate: a handshake
 * without a certificate fails. fleet_id is a UUID. */
must_use struct trust *
trust_new(const char *fleet_id, uint64_t number, bool require_certificate);
/* A live agent CA. ERR_DENIED "not_a_ca", ERR_LIMIT. */
must_use bool
trust_add_ca(struct trust *trust, struct view der, struct err *err);
void trust_deny_agent(struct trust *trust, const char *agent_id);
void trust_deny_serial(struct trust *trust, const char *serial);
/* Remember up to max certificates whose chain was found sound (about 100 bytes
 * each), until this snapshot ends. Without this call none is. Dates, usage,
 * subject and the deny list are judged at every handshake all the same. */
void trust_remember(struct trust *trust, size_t max);
void trust_free(struct trust *trust); /* takes NULL */

DEFINE_SCOPED(struct trust, trust_free)

must_use uint64_t trust_number(const struct trust *trust);
must_use bool trust_requires_certificate(const struct trust *trust);
must_use const char *trust_fleet_id(const struct trust *trust);
must_use const struct certificate_list *
trust_ca_list(const struct trust *trust);
/* How many certificates are remembered just now. */
must_use size_t trust_remembered_count(const struct trust *trust);
/* Is this agent or this serial denied? For closing live connections after a
 * new snapshot. Serial as certificate_serial() has it. */
must_use bool trust_denies(
    const struct trust *trust, const char *agent_id, const char *serial);

#endif
