/*
 * The characters and small forms of HTTP (RFC 9110 section 5, RFC 3986): what
 * all readers and writers of this folder agree on.
 */
#ifndef HTTP_SYNTAX_H
#define HTTP_SYNTAX_H

#include "base/attributes.h"
#include "base/bytes.h"

must_use bool http_is_token_byte(uint8_t byte);
/* Visible, blank, or obs-text: what a field's value may hold. */
must_use bool http_is_field_byte(uint8_t byte);
must_use bool http_is_token(struct view text); /* RFC 9110 section 5.6.2 */
must_use bool http_is_field_value(struct view text);
must_use bool http_is_host(struct view text); /* uri-host [":" port] */
/* Path or query characters of RFC 3986 with whole percent-escapes; a query may
 * hold the brackets, braces, "|", "^" and "`" that browsers leave there. */
must_use bool http_is_path(struct view text);
must_use bool http_is_query(struct view text);

/* The next element of a comma-separated list, trimmed; false at the end. Empty
 * elements are passed over. Commas inside quotes are not looked for: for lists
 * of tokens. */
bool http_list_next(struct view *rest, struct view *out_element);

#endif
