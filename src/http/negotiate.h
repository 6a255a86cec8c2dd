/*
 * What a request's header says about the form of the answer: media types and
 * codings it takes, and copies that it has (RFC 9110 sections 12 and 13). No
 * I/O.
 */
#ifndef HTTP_NEGOTIATE_H
#define HTTP_NEGOTIATE_H

#include "base/attributes.h"
#include "base/bytes.h"

/* Does a list like Accept or Accept-Encoding name this word itself, and not
 * with the weight 0? "*" names nothing: who takes anything takes the plain form
 * too. Without regard to case. */
must_use bool http_list_accepts(struct view field, const char *word);

/* If-None-Match against an ETag, by weak comparison (section 8.8.3.2); "*"
 * matches. */
must_use bool http_list_has_etag(struct view field, struct view etag);

#endif
