/* For tests: a signer in a folder of its own, asked through the client. */
#ifndef SERVER_SIGNER_SIGNER_FIXTURE_H
#define SERVER_SIGNER_SIGNER_FIXTURE_H

#include "base/cmocka_test.h"

#include "crypto/certificate_request.h"
#include "ipc/signer_client.h"
#include "server/signer/signer.h"

#define FIXTURE_OFFICE "0190f2a0-0000-7000-8000-0000000000aa"

struct fixture {
	char folder[64];
	char *names[4];
	struct signer_settings settings;
	struct signer *signer;
	struct signer_client client;
	struct signer_reply reply; /* of the last call */
	struct err err;            /* likewise */
	/* The agent that fixture_enrol made. */
	struct key *key;
	struct signer_issued issued;
	uint8_t credential_hash[SIGNER_HASH_BYTES];
};

int fixture_set_up(void **state);
int fixture_tear_down(void **state);
/* As after a crash of the role: nothing is kept but the folder. */
void fixture_restart(struct fixture *fixture);
/* "FOLDER/NAME", allocated. */
char *fixture_path(const struct fixture *fixture, const char *name);

/* Make a token that lives an hour; uses 1 with computer_id (may be ""). */
void fixture_token(struct fixture *fixture, const char *computer_id,
    uint32_t uses, struct signer_token_created *out);
/* The request of an agent (or a stock client) for its key. old_key and nonce
 * for a renewal, else NULL and empty. */
void
fixture_request(struct fixture *fixture, const struct key *key, bool is_agent,
    const struct key *old_key, struct view nonce, struct buf *out);
bool fixture_enrol_request(struct fixture *fixture, const char *token,
    struct view request, struct signer_issued *out);
/* A whole new agent: token, key, certificate; into key and issued. */
void fixture_enrol(struct fixture *fixture, bool is_agent);
/* Renew issued with a new key and a right proof. */
bool fixture_renew(struct fixture *fixture, const struct key *new_key,
    struct signer_issued *out);
bool fixture_revoke(struct fixture *fixture, const char *agent_id);
bool fixture_retire(struct fixture *fixture, const char *agent_id);
struct key *fixture_key(void);

#define FIXTURE_TEST(name)                                                     \
	cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

/* The last call was refused with this code. */
#define assert_refused(call, fixture, word)                                    \
	do {                                                                   \
		assert_false(call);                                            \
		assert_string_equal((fixture)->err.code, word);                \
	} while (false)

#endif
