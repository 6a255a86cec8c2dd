/*
 * Names of hosts, as they become part of an address, a certificate and a line
 * of a shell: nothing that means anything else there.
 */
#ifndef BASE_HOST_NAME_H
#define BASE_HOST_NAME_H

#include <stdbool.h>

#include "base/attributes.h"

enum {
	HOST_NAME_MAX_LENGTH = 253, /* RFC 1035 section 2.3.4, as text */
	HOST_LABEL_MAX_LENGTH = 63,
};

/* What a configuration may call a host, for people. */
#define HOST_NAME_ALLOWED                                                      \
	"letters, digits, hyphens and dots (an international name in its "     \
	"ASCII form, xn--...), or an IP address"

/* A name of DNS (RFC 1123 section 2.1, and the underscore that private
 * networks use), without a dot at its end, or an address as inet_pton(3) reads
 * it: no brackets, no zone. Four numbers are an address or nothing. */
must_use bool host_name_is_valid(const char *name);

#endif
