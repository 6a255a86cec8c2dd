/*
 * Text forms of bytes: hexadecimal, base64, base64url, UTF-8 validity.
 *
 * Decoders are strict: one wrong character refuses the whole. The exception is
 * stated at base64_decode_mime.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/attributes.h"
#include "base/bytes.h"

/* Lower-case hexadecimal; allocated, free() it. */
must_use char *hex_encode(struct view bytes);
/* Into out, which holds exactly size bytes; upper and lower case are read. */
must_use bool hex_decode(struct view text, void *out, size_t size);

/* RFC 4648 section 4, padded, one line; allocated. */
must_use char *base64_encode(struct view bytes);
/* RFC 2045: lines of 76 characters ended by CRLF; allocated. */
must_use char *base64_encode_mime(struct view bytes);
/* RFC 4648 section 5, without padding; allocated. */
must_use char *base64url_encode(struct view bytes);

/* Append the decoded bytes to out. Padding is required and checked, the unused
 * bits must be zero. ERR_MALFORMED or ERR_LIMIT (the buf's maximum). */
must_use bool base64_decode(struct view text, struct buf *out, struct err *err);
/* The same, with spaces, tabs, CR and LF anywhere passed over (RFC 2045). */
must_use bool
base64_decode_mime(struct view text, struct buf *out, struct err *err);
must_use bool
base64url_decode(struct view text, struct buf *out, struct err *err);

/* RFC 3629: no surrogates, no overlong forms, at most U+10FFFF. */
must_use bool utf8_is_valid(struct view text);
/* True where the text has no control character (C0, DEL, C1 in UTF-8). */
must_use bool text_is_printable(struct view text);

#endif
