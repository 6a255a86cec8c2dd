/* The rules of issuing, in the order in which they are judged. */
#include "policy/issuance.h"

#include <stddef.h>

typedef bool rule_fn(const struct issuance_facts *facts);

#define RULE(name, condition)                                                  \
	static bool name(const struct issuance_facts *f)                       \
	{                                                                      \
		return (condition);                                            \
	}

#define ENROLS(condition) (f->way == ISSUANCE_ENROL && (condition))
#define RENEWS(condition) (f->way == ISSUANCE_RENEW && (condition))
#define MUST_PROVE                                                             \
	(f->way == ISSUANCE_RENEW && f->profile == ISSUANCE_PROFILE_AGENT)

RULE(token_unknown, ENROLS(f->token == ISSUANCE_TOKEN_UNKNOWN))
RULE(token_revoked, ENROLS(f->token == ISSUANCE_TOKEN_REVOKED))
RULE(token_expired,
    ENROLS(f->token == ISSUANCE_TOKEN_EXPIRED && f->key != ISSUANCE_KEY_REPEAT))
RULE(token_address, ENROLS(f->token == ISSUANCE_TOKEN_ADDRESS))
RULE(certificate_unknown,
    RENEWS(f->certificate == ISSUANCE_CERTIFICATE_UNKNOWN ||
	f->agent == ISSUANCE_AGENT_NONE))
RULE(certificate_replaced,
    RENEWS(f->certificate == ISSUANCE_CERTIFICATE_REPLACED))
RULE(
    certificate_expired, RENEWS(f->certificate == ISSUANCE_CERTIFICATE_EXPIRED))
RULE(agent_revoked, f->agent == ISSUANCE_AGENT_REVOKED)
RULE(agent_retired, f->agent == ISSUANCE_AGENT_RETIRED)
RULE(key_type, f->key_type == ISSUANCE_OTHER)
RULE(key_weak,
    f->key_type == ISSUANCE_RSA &&
	(f->key_bits < ISSUANCE_RSA_BITS_MIN ||
	    f->key_bits > ISSUANCE_RSA_BITS_MAX))
RULE(key_of_server, f->key == ISSUANCE_KEY_OURS)
RULE(key_reused, f->key == ISSUANCE_KEY_KNOWN)
RULE(proof_missing, MUST_PROVE && f->proof == ISSUANCE_PROOF_ABSENT)
RULE(proof_nonce, MUST_PROVE && f->proof == ISSUANCE_PROOF_NONCE)
RULE(proof_wrong, MUST_PROVE && f->proof != ISSUANCE_PROOF_GOOD)
RULE(token_used,
    ENROLS(f->token == ISSUANCE_TOKEN_USED && f->key != ISSUANCE_KEY_REPEAT))

static const struct {
	rule_fn *applies;
	enum err_category category;
	const char *code;
	const char *sentence;
} RULES[] = {
    {token_unknown, ERR_DENIED, "token_unknown",
	"this enrolment token is not known here"},
    {token_revoked, ERR_DENIED, "token_revoked",
	"this enrolment token was revoked"},
    {token_expired, ERR_DENIED, "token_expired",
	"this enrolment token has expired"},
    {token_address, ERR_DENIED, "token_address",
	"this enrolment token is not good for that network address"},
    {certificate_unknown, ERR_DENIED, "certificate_unknown",
	"the certificate presented is none that was issued to this agent"},
    {certificate_replaced, ERR_DENIED, "certificate_replaced",
	"the certificate presented was replaced by a new enrolment"},
    {certificate_expired, ERR_DENIED, "certificate_expired",
	"the certificate presented has expired"},
    {agent_revoked, ERR_DENIED, "agent_revoked",
	"this computer was revoked; it can only enrol as a new one"},
    {agent_retired, ERR_DENIED, "agent_retired",
	"this computer was retired; it can only enrol as a new one"},
    {key_type, ERR_DENIED, "key_type",
	"only keys on P-256 or P-384, or RSA keys, get a certificate"},
    {key_weak, ERR_DENIED, "key_weak",
	"an RSA key must have between 2048 and 4096 bits"},
    {key_of_server, ERR_DENIED, "key_of_server",
	"the request is for a key of the server itself"},
    {key_reused, ERR_DENIED, "key_reused",
	"this key was certified before; make a new one"},
    {proof_missing, ERR_DENIED, "proof_missing",
	"the request carries no renewal proof by the earlier key"},
    {proof_nonce, ERR_DENIED, "proof_nonce",
	"the nonce of the renewal proof is not ours or too old; fetch a new "
	"one"},
    {proof_wrong, ERR_DENIED, "proof_wrong",
	"the renewal proof was not made by the earlier key"},
    {token_used, ERR_DENIED, "token_used", "this enrolment token was used up"},
};

enum issuance_decision
issuance_decide(const struct issuance_facts *facts, struct err *err)
{
	for (size_t i = 0; i < array_length(RULES); i++) {
		if (!RULES[i].applies(facts))
			continue;
		err_set_code(err, RULES[i].category, RULES[i].code, "%s",
		    RULES[i].sentence);
		return ISSUANCE_REFUSE;
	}
	return facts->key == ISSUANCE_KEY_REPEAT ? ISSUANCE_REPEAT
						 : ISSUANCE_GRANT;
}
