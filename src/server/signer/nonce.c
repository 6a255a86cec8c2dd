/* HMAC-SHA-256 over a label, the agent's id and the time. */
#include "server/signer/nonce.h"

#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "crypto/digest.h"

enum {
	TIME_BYTES = 8,
	LIFE_MINUTES = 60,
	AHEAD_MINUTES = 5, /* the clock was set back since */
};

static void
mac(const struct secret *key, const char *agent_id, const uint8_t *time,
    uint8_t out[SHA256_SIZE])
{
	uint8_t message[128];
	size_t length = 0;

	check(strlen(agent_id) == ID_SIZE - 1);
	memcpy(message, "warifu-nonce-v1", sizeof("warifu-nonce-v1"));
	length += sizeof("warifu-nonce-v1");
	memcpy(message + length, agent_id, ID_SIZE - 1);
	length += ID_SIZE - 1;
	memcpy(message + length, time, TIME_BYTES);
	length += TIME_BYTES;
	digest_hmac_sha256(secret_view(key), view_of(message, length), out);
}

void
nonce_make(const struct secret *key, const char *agent_id, int64_t now_ms,
    uint8_t out[NONCE_BYTES])
{
	for (unsigned i = 0; i < TIME_BYTES; i++)
		out[i] = (uint8_t)((uint64_t)now_ms >> (56 - 8 * i));
	mac(key, agent_id, out, out + TIME_BYTES);
}

bool
nonce_is_good(const struct secret *key, const char *agent_id, struct view nonce,
    int64_t now_ms)
{
	uint8_t expected[SHA256_SIZE];
	struct reader reader;
	int64_t made_ms;

	if (nonce.length != NONCE_BYTES)
		return false;
	mac(key, agent_id, nonce.data, expected);
	if (!secret_equal(view_of(expected, sizeof(expected)),
		view_slice(nonce, TIME_BYTES, SHA256_SIZE)))
		return false;
	reader_init(&reader, nonce);
	made_ms = reader_i64(&reader);
	return made_ms <= now_ms + MINUTES_MS(AHEAD_MINUTES) &&
	    now_ms - made_ms <= MINUTES_MS(LIFE_MINUTES);
}
