/*
 * One configuration value: text to a struct member and back. For config.c
 * alone; see base/config.h.
 */
#ifndef BASE_CONFIG_VALUE_H
#define BASE_CONFIG_VALUE_H

#include "base/config.h"

/* Replace the member; where begins the message of a refusal. */
must_use bool config_value_set(const struct config_option *option, void *target,
    const char *where, const char *value, struct err *err);
/* As it would be written in a file; allocated. */
must_use char *
config_value_text(const struct config_option *option, const void *target);
/* "a number from 1 to 65535", for people. */
void config_value_allowed(
    const struct config_option *option, char *out, size_t size);
void config_value_done(const struct config_option *option, void *target);

#endif
