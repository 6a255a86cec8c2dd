/*
 * The bootstrap of an agent: where the server is, the pin of its publication
 * key, and the token that enrols a computer (docs/protocol/enrolment.md).
 */
#ifndef SERVER_CORE_BOOTSTRAP_H
#define SERVER_CORE_BOOTSTRAP_H

#include "base/attributes.h"
#include "base/json.h"

struct core;

/* The members of the bootstrap file as a new object, for a server known by
 * this name. It holds the token: wipe what is written of it. ERR_SYSTEM while
 * the signer has not told its publication. Any thread. */
must_use bool bootstrap_make(const struct core *core, const char *server,
    const char *token, json_t **out, struct err *err);

#endif
