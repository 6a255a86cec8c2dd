/* The session of a browser: its cookie, and requests of other sites. */
#include "server/core/api/browser.h"

#include <string.h>

static bool
is_plain(const struct request *request)
{
	return request->listener == LISTENER_HTTP;
}

/* As long as browsers keep one at most. */
#define DEVICE_LIFE "; Max-Age=34560000"

static const char *
cookie_name(const struct request *request)
{
	return is_plain(request) ? "warifu" : "__Host-warifu";
}

static const char *
device_name(const struct request *request)
{
	return is_plain(request) ? "warifu-device" : "__Host-warifu-device";
}

static bool
find_cookie(const struct request *request, const char *wanted, struct view *out)
{
	struct view rest = view_string(request_header(request, "cookie"));
	struct view pair, name, value;

	while (rest.length > 0) {
		(void)view_cut(rest, ';', &pair, &rest);
		if (view_cut(view_trim(pair), '=', &name, &value) &&
		    view_equal_string(name, wanted)) {
			*out = value;
			return true;
		}
	}
	return false;
}

bool
browser_cookie(const struct request *request, struct view *out)
{
	return find_cookie(request, cookie_name(request), out);
}

bool
browser_device(const struct request *request, struct view *out)
{
	return find_cookie(request, device_name(request), out);
}

/* "https://HOST": the scheme of this listener, the host of this request. */
static bool
is_own_origin(const struct request *request, const char *origin)
{
	const char *scheme = is_plain(request) ? "http://" : "https://";
	const char *host = request_header(request, "host");

	return host != NULL && strncmp(origin, scheme, strlen(scheme)) == 0 &&
	    strcasecmp(origin + strlen(scheme), host) == 0;
}

static bool
cross_site(struct err *err)
{
	return err_set_code(err, ERR_DENIED, "cross_site",
	    "with a cookie, only the console itself may ask this");
}

bool
browser_check(const struct request *request, struct err *err)
{
	const char *site = request_header(request, "sec-fetch-site");
	const char *origin = request_header(request, "origin");
	bool is_reading = strcmp(request->route->method, "GET") == 0;

	/* none: an address that was typed. */
	if (site != NULL && strcmp(site, "same-origin") != 0 &&
	    !(is_reading && strcmp(site, "none") == 0))
		return cross_site(err);
	if (origin != NULL && !is_own_origin(request, origin))
		return cross_site(err);
	if (!is_reading && request_header(request, "x-warifu-request") == NULL)
		return cross_site(err);
	return true;
}

/* Secure is what the prefix __Host- asks for, with Path=/ and no Domain. */
static void
put_cookie(const struct request *request, struct response *response,
    const char *name, const char *token, const char *more)
{
	response_add_header(response, "Set-Cookie",
	    "%s=%s; Path=/; %sHttpOnly; SameSite=Strict%s", name, token,
	    is_plain(request) ? "" : "Secure; ", more);
}

void
browser_set_cookie(
    const struct request *request, struct response *response, const char *token)
{
	put_cookie(request, response, cookie_name(request), token, "");
}

void
browser_set_device(
    const struct request *request, struct response *response, const char *token)
{
	put_cookie(request, response, device_name(request), token, DEVICE_LIFE);
}

void
browser_clear_cookie(const struct request *request, struct response *response)
{
	put_cookie(request, response, cookie_name(request), "", "; Max-Age=0");
}
