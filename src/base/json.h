/*
 * Strict JSON on jansson: UTF-8, no duplicate members, bounded depth and size.
 *
 * json_read is the only way foreign JSON enters. The getters say in one
 * sentence which member is missing or wrong. Values from outside are never
 * required to be free of unknown members.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include <jansson.h>

#include "base/attributes.h"
#include "base/bytes.h"

static inline void
json_freep(json_t **value)
{
	json_decref(*value);
	*value = NULL;
}

/* Parse the whole text as one object or array (RFC 8259). At most max_bytes
 * and LIMIT_JSON_DEPTH levels. ERR_LIMIT, ERR_MALFORMED (code
 * "json_malformed", with line and column). NULL on failure; free with
 * json_decref. */
must_use json_t *json_read(struct view text, size_t max_bytes, struct err *err);

/* Compact text with sorted members (one value always gives the same bytes);
 * allocated, free() it. */
must_use char *json_write(const json_t *value);

enum json_need {
	JSON_OPTIONAL, /* absent or null leaves the output untouched */
	JSON_REQUIRED,
};

/* Members of an object. Text is borrowed from the object, valid UTF-8 without
 * NUL, at most max_bytes. ERR_MALFORMED with code "json_type" names it. */
must_use bool json_get_string(const json_t *object, const char *name,
    enum json_need need, size_t max_bytes, const char **out, struct err *err);
must_use bool
json_get_integer(const json_t *object, const char *name, enum json_need need,
    int64_t min, int64_t max, int64_t *out, struct err *err);
must_use bool json_get_bool(const json_t *object, const char *name,
    enum json_need need, bool *out, struct err *err);
/* Borrowed. */
must_use bool json_get_object(const json_t *object, const char *name,
    enum json_need need, json_t **out, struct err *err);
must_use bool json_get_array(const json_t *object, const char *name,
    enum json_need need, size_t max_items, json_t **out, struct err *err);

/* Set a member; text that is not valid UTF-8 is stored with U+FFFD in place of
 * each wrong byte, so that foreign text can never make the write fail. */
void json_set_string(json_t *object, const char *name, const char *text);
void
json_set_string_or_null(json_t *object, const char *name, const char *text);
void json_set_integer(json_t *object, const char *name, int64_t value);
void json_set_bool(json_t *object, const char *name, bool value);
void json_set_time(json_t *object, const char *name, int64_t wall_ms);
/* Takes ownership of value. */
void json_set_value(json_t *object, const char *name, json_t *value);

#endif
