/* The difference of two states of a section, with both digests. */
#include "agent/channel/difference.h"

#include <stdio.h>
#include <string.h>

bool
difference_make(const json_t *base, const char *base_digest,
    const json_t *current, const char *digest, struct inventory_change *out)
{
	bool has_base = base != NULL;

	if (has_base && strcmp(base_digest, digest) == 0)
		return false;
	inventory_diff(base, current, out);
	out->has_base = has_base;
	if (has_base)
		snprintf(out->base, sizeof(out->base), "%s", base_digest);
	snprintf(out->digest, sizeof(out->digest), "%s", digest);
	return true;
}
