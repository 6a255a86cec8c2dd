/*
 * Whether a request for an agent's certificate is granted: facts in, decision
 * out. Pure; the signer gathers the facts itself and trusts nobody's word for
 * them.
 *
 * The proof of possession is not among the facts: a request whose own signature
 * is wrong is refused before anything else is looked at.
 */
#ifndef POLICY_ISSUANCE_H
#define POLICY_ISSUANCE_H

#include "base/attributes.h"
#include "base/err.h"

enum {
	ISSUANCE_RSA_BITS_MIN = 2048,
	ISSUANCE_RSA_BITS_MAX = 4096,
};

enum issuance_way {
	ISSUANCE_ENROL, /* by a token */
	ISSUANCE_RENEW, /* by an earlier certificate */
};

enum issuance_token {
	ISSUANCE_TOKEN_GOOD,
	ISSUANCE_TOKEN_UNKNOWN,
	ISSUANCE_TOKEN_REVOKED,
	ISSUANCE_TOKEN_EXPIRED,
	ISSUANCE_TOKEN_USED,
	ISSUANCE_TOKEN_ADDRESS, /* the peer is not in the token's ranges */
};

/* The certificate that a renewal is asked with. */
enum issuance_certificate {
	ISSUANCE_CERTIFICATE_GOOD,
	ISSUANCE_CERTIFICATE_UNKNOWN, /* or of another agent */
	ISSUANCE_CERTIFICATE_EXPIRED,
	ISSUANCE_CERTIFICATE_REPLACED, /* by an enrolment with a token */
};

enum issuance_agent {
	ISSUANCE_AGENT_NONE, /* a new computer */
	ISSUANCE_AGENT_ACTIVE,
	ISSUANCE_AGENT_RETIRED,
	ISSUANCE_AGENT_REVOKED,
};

enum issuance_key {
	ISSUANCE_KEY_NEW,
	ISSUANCE_KEY_OURS,  /* of a CA or another key of the server */
	ISSUANCE_KEY_KNOWN, /* certified before */
	/* Certified before for the same token or by the same certificate, and
	 * lately: the answer got lost, the same request comes again. */
	ISSUANCE_KEY_REPEAT,
};

enum issuance_key_type {
	ISSUANCE_EC_P256,
	ISSUANCE_EC_P384,
	ISSUANCE_RSA,
	ISSUANCE_OTHER,
};

enum issuance_profile {
	ISSUANCE_PROFILE_AGENT,
	ISSUANCE_PROFILE_STOCK,
};

enum issuance_proof {
	ISSUANCE_PROOF_ABSENT,
	ISSUANCE_PROOF_GOOD,
	ISSUANCE_PROOF_WRONG,
	ISSUANCE_PROOF_NONCE, /* the nonce is not ours, or too old */
};

struct issuance_facts {
	enum issuance_way way;
	enum issuance_token token;             /* enrolment */
	enum issuance_certificate certificate; /* renewal */
	enum issuance_profile profile; /* renewal: of that certificate */
	enum issuance_proof proof;     /* renewal */
	enum issuance_agent agent;
	enum issuance_key key;
	enum issuance_key_type key_type;
	unsigned key_bits;
};

enum issuance_decision {
	ISSUANCE_GRANT,
	ISSUANCE_REPEAT, /* give the earlier certificate again */
	ISSUANCE_REFUSE,
};

/* REFUSE sets err: category, code and sentence. Codes, in the order in which
 * they are judged: token_unknown token_revoked token_expired token_address
 * certificate_unknown certificate_replaced certificate_expired agent_revoked
 * agent_retired key_type key_weak key_of_server key_reused proof_missing
 * proof_nonce proof_wrong token_used. */
must_use enum issuance_decision
issuance_decide(const struct issuance_facts *facts, struct err *err);

#endif
