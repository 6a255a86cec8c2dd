/*
 * The signer's trust set in the form that gateways take: arrays sorted, serials
 * padded, all in a sealed memfd.
 */
#ifndef SERVER_CORE_TRUST_SET_H
#define SERVER_CORE_TRUST_SET_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"
#include "ipc/signer_types.h"

/* Retired agents are not denied: their certificate is good for the uninstall
 * order, which core sees to. */
must_use bool trust_set_write(const struct signer_trust_set *set,
    uint64_t number, bool requires_certificate, int *out_file, struct err *err);

#endif
