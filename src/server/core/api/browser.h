/*
 * The session of a browser: a cookie that no script reads, and the proof that
 * a request with it was made by the console and not by another site.
 *
 * The cookie is "__Host-warifu" over HTTPS and "warifu" over HTTP, so that
 * neither is ever taken for the other. A header Authorization wins over it. A
 * second cookie, "__Host-warifu-device" or "warifu-device", tells a browser
 * that has signed in before from strangers (lockout.h); it opens nothing.
 * Worker threads of core. Decision: docs/adr (a browser's session is a cookie).
 */
#ifndef SERVER_CORE_API_BROWSER_H
#define SERVER_CORE_API_BROWSER_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "server/core/request.h"
#include "server/core/response.h"

/* The value of this listener's cookie; false where none came. */
must_use bool browser_cookie(const struct request *request, struct view *out);

/* May this request use a cookie, or ask for one? What changes something needs
 * the header X-Warifu-Request, which another site cannot send; and where the
 * browser tells where a request comes from (Sec-Fetch-Site, Origin), it must
 * come from here. ERR_DENIED cross_site. */
must_use bool browser_check(const struct request *request, struct err *err);

/* The value of this listener's device cookie; false where none came. */
must_use bool browser_device(const struct request *request, struct view *out);

/* token: [A-Za-z0-9_-]. For the listener of the request. */
void browser_set_cookie(const struct request *request,
    struct response *response, const char *token);
void browser_set_device(const struct request *request,
    struct response *response, const char *token);
void
browser_clear_cookie(const struct request *request, struct response *response);

#endif
