/*
 * What a refresh says about one section of the inventory: the difference
 * between what the server holds and what is there now. No I/O; used by the
 * agent's channel process and by warifu-fleet.
 */
#ifndef AGENT_CHANNEL_DIFFERENCE_H
#define AGENT_CHANNEL_DIFFERENCE_H

#include "base/attributes.h"
#include "proto/inventory.h"

/* False, with nothing to release, when both have the same digest. base NULL:
 * the server has nothing, base_digest is not looked at, the whole section is
 * said. */
must_use bool difference_make(const json_t *base, const char *base_digest,
    const json_t *current, const char *digest, struct inventory_change *out);

#endif
