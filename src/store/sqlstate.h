/*
 * What PostgreSQL's error codes mean to callers of the store.
 */
#ifndef STORE_SQLSTATE_H
#define STORE_SQLSTATE_H

#include <stddef.h>

#include "base/err.h"

/* Sets the error that a SQLSTATE (PostgreSQL documentation, appendix A) stands
 * for, with the server's words in brackets; returns false. */
bool sqlstate_error(const char *state, const char *detail, struct err *err);
/* libpq's messages are lines; a sentence has none. */
void sqlstate_one_line(const char *message, char *out, size_t out_size);

#endif
