/*
 * Getters for members of protocol messages that go into fixed arrays, and for
 * times. Private to this folder. They leave their output untouched on failure
 * and when an optional member is absent.
 */
#ifndef PROTO_MEMBER_H
#define PROTO_MEMBER_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"
#include "base/json.h"

/* Printable text of at most size − 1 bytes, copied. */
must_use bool member_text(const json_t *object, const char *name,
    enum json_need need, char *out, size_t size, struct err *err);

/* RFC 3339. */
must_use bool member_time(const json_t *object, const char *name,
    enum json_need need, int64_t *out_ms, struct err *err);

/* ERR_MALFORMED "json_type" when the text has control characters. */
must_use bool
member_is_printable(const char *text, const char *name, struct err *err);

#endif
