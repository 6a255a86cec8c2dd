/* For tests: a fleet whose publications and commands can be bent. */
#ifndef AGENT_TESTING_H
#define AGENT_TESTING_H

#include "base/cmocka_test.h"

#include "base/json.h"
#include "crypto/certificate.h"
#include "crypto/key.h"

#define TESTING_FLEET "018f0000-0000-7000-8000-00000000000f"
#define TESTING_AGENT "018f0000-0000-7000-8000-00000000000a"

struct testing_fleet {
	struct key *publication_key;
	struct key *command_key;
	struct key *ca_key;
	struct certificate *ca;
	const char *fleet;
};

void testing_fleet_init(struct testing_fleet *fleet);
void testing_fleet_done(struct testing_fleet *fleet);

static inline void
testing_fleet_donep(struct testing_fleet *fleet)
{
	testing_fleet_done(fleet);
}

/* A publication's payload, for bending; and signed by key (NULL: the fleet's).
 */
json_t *testing_payload(
    const struct testing_fleet *fleet, int64_t epoch, int64_t number);
char *testing_sign(const struct key *key, const char *typ, json_t *payload);
/* A good publication. */
char *testing_publication(
    const struct testing_fleet *fleet, int64_t epoch, int64_t number);
/* A good command's payload. */
json_t *testing_command(int64_t epoch, int64_t counter);
/* A certificate of the fleet's CA for that key. */
struct certificate *testing_certificate(const struct testing_fleet *fleet,
    const struct key *key, const char *common_name);

/* A folder of its own, and it gone with all beneath it. */
char *testing_folder(void);
void testing_folder_free(char *folder);

DEFINE_SCOPED(char, testing_folder_free)

#endif
