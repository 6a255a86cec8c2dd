/*
 * One byte range of a representation (RFC 9110 section 14).
 *
 * More than one range, another unit or a header that cannot be read is
 * answered with the whole, as the RFC allows.
 */
#ifndef HTTP_RANGE_H
#define HTTP_RANGE_H

#include "base/attributes.h"
#include "base/bytes.h"

enum http_range_result {
	HTTP_RANGE_WHOLE,         /* 200: no range, or one to be ignored */
	HTTP_RANGE_PART,          /* 206: offset and length are filled in */
	HTTP_RANGE_UNSATISFIABLE, /* 416 */
};

enum http_range_result http_range_read(struct view range, uint64_t total,
    uint64_t *out_offset, uint64_t *out_length);

/* If-Range (section 13.1.5): true when the validator is the same strong ETag,
 * or exactly the Last-Modified date. Empty views: no such header. */
must_use bool http_range_is_current(
    struct view if_range, struct view etag, struct view last_modified);

#endif
