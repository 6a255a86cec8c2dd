/* Secrets that are wiped and compared in constant time; random bytes. */
#include "base/secret.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>

#include "base/check.h"
#include "base/memory.h"

struct secret {
	size_t length;
	uint8_t bytes[];
};

static struct secret *
allocate(size_t length)
{
	struct secret *secret = memory_zeroed(sizeof(*secret) + length);

	/* Best effort: a role's limit may forbid locking, and every role is
	 * non-dumpable anyway. */
	(void)mlock(secret, sizeof(*secret) + length);
	secret->length = length;
	return secret;
}

struct secret *
secret_new(struct view bytes)
{
	struct secret *secret = allocate(bytes.length);

	if (bytes.length > 0)
		memcpy(secret->bytes, bytes.data, bytes.length);
	return secret;
}

struct secret *
secret_random(size_t length)
{
	struct secret *secret = allocate(length);

	random_fill(secret->bytes, length);
	return secret;
}

void
secret_free(struct secret *secret)
{
	if (secret == NULL)
		return;
	explicit_bzero(secret->bytes, secret->length);
	(void)munlock(secret, sizeof(*secret) + secret->length);
	free(secret);
}

struct view
secret_view(const struct secret *secret)
{
	return view_of(secret->bytes, secret->length);
}

bool
secret_equal(struct view a, struct view b)
{
	volatile uint8_t difference = 0;

	if (a.length != b.length)
		return false;
	for (size_t i = 0; i < a.length; i++)
		difference |= (uint8_t)(a.data[i] ^ b.data[i]);
	return difference == 0;
}

void
random_fill(void *out, size_t length)
{
	uint8_t *next = out;

	while (length > 0) {
		ssize_t got = getrandom(next, length, 0);
		if (got < 0 && errno == EINTR)
			continue;
		check(got > 0);
		next += got;
		length -= (size_t)got;
	}
}

uint64_t
random_below(uint64_t bound)
{
	uint64_t value, limit;

	check(bound > 0);
	limit = UINT64_MAX - UINT64_MAX % bound;
	do {
		random_fill(&value, sizeof(value));
	} while (value >= limit);
	return value % bound;
}
