/*
 * The head of a request: its lines checked one by one as they come, and read
 * into a struct http_request when it is whole. For http/request.c alone.
 */
#ifndef HTTP_REQUEST_HEAD_H
#define HTTP_REQUEST_HEAD_H

#include "http/request.h"

/* Each returns 0 when all is well, or the status to refuse with (err is set).
 * Lines come without their CRLF. */
unsigned http_head_check_request_line(struct view line, struct err *err);
unsigned http_head_check_field_line(struct view line, struct err *err);
/* head: the request line and field lines with their CRLF, without the empty
 * line; each of them checked. out->headers is allocated. */
unsigned
http_head_read(struct view head, struct http_request *out, struct err *err);

#endif
