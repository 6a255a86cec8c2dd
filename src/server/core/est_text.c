/* Basic credentials and PKCS#10 bodies in their text forms. */
#include "server/core/est_text.h"

#include <string.h>
#include <strings.h>

#include "base/text.h"

enum {
	BASIC_MAX = 512, /* bytes of a decoded credential */
	DER_SEQUENCE = 0x30,
};

static bool
token_required(struct err *err)
{
	return err_set_code(err, ERR_DENIED, "token_required",
	    "enrolment needs an enrolment token as the password of HTTP Basic "
	    "authentication");
}

bool
est_read_basic(const char *field, struct secret **out_token, struct err *err)
{
	scoped(buf_wipep) struct buf pair = BUF_INIT(BASIC_MAX);
	struct view user, password;
	struct err ignored = ERR_INIT;

	if (field == NULL || strncasecmp(field, "Basic ", 6) != 0)
		return token_required(err);
	if (!buf_reserve(&pair, BASIC_MAX, &ignored) ||
	    !base64_decode(
		view_trim(view_string(field + 6)), &pair, &ignored) ||
	    !view_cut(buf_view(&pair), ':', &user, &password) ||
	    password.length == 0)
		return token_required(err);
	*out_token = secret_new(password);
	return true;
}

static const uint8_t *
find_text(struct view text, const char *what)
{
	return memmem(text.data, text.length, what, strlen(what));
}

/* Some clients send the PEM file as it is. */
static struct view
inside_pem(struct view text)
{
	static const char end_of_line[] = "REQUEST-----";
	const uint8_t *begin = find_text(text, end_of_line);
	const uint8_t *last = text.data + text.length;
	const uint8_t *end;

	if (!view_starts_with(text, "-----BEGIN ") || begin == NULL)
		return text;
	begin += sizeof(end_of_line) - 1;
	end = memmem(begin, (size_t)(last - begin), "-----END ", 9);
	return end == NULL ? text : view_of(begin, (size_t)(end - begin));
}

bool
est_read_pkcs10(struct view body, struct buf *out_der, struct err *err)
{
	struct err ignored = ERR_INIT;

	if (body.length == 0)
		return err_set_code(err, ERR_MALFORMED, "request_malformed",
		    "the body with the certificate request is empty");
	/* "0" begins base64 of another first octet, so this is never text. */
	if (body.data[0] == DER_SEQUENCE && body.length > 1 &&
	    body.data[1] >= 0x80)
		return buf_append_view(out_der, body, err);
	if (base64_decode_mime(inside_pem(body), out_der, &ignored))
		return true;
	return err_set_code(err, ERR_MALFORMED, "request_malformed",
	    "the body is not a certificate request in base64");
}
