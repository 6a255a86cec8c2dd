/*
 * A secret: bytes that are wiped when released, never formatted, and compared
 * in constant time. The owner frees it; a view of it must not outlive it.
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include "base/attributes.h"
#include "base/bytes.h"

struct secret;

/* Copies the bytes; the caller wipes its own copy. Never NULL. */
must_use struct secret *secret_new(struct view bytes);
/* length bytes of getrandom(2). Never NULL. */
must_use struct secret *secret_random(size_t length);
void secret_free(struct secret *secret); /* wipes; takes NULL */
must_use struct view secret_view(const struct secret *secret);
/* Constant time in the contents; the lengths may leak. */
must_use bool secret_equal(struct view a, struct view b);

DEFINE_SCOPED(struct secret, secret_free)

/* length bytes from the kernel's generator, getrandom(2); cannot fail. */
void random_fill(void *out, size_t length);
/* Uniform in [0, bound); bound > 0. For jitter and spreads. */
must_use uint64_t random_below(uint64_t bound);

#endif
