/* One-time codes by time, on liboath. */
#include "server/core/totp.h"

#include <ctype.h>
#include <liboath/oath.h>
#include <pthread.h>
#include <string.h>

#include "base/check.h"
#include "base/memory.h"
#include "base/secret.h"

enum {
	ESCAPED = 3, /* characters of one escaped octet */
};

static void
begin(void)
{
	check(oath_init() == OATH_OK);
}

int64_t
totp_step(int64_t wall_ms)
{
	return wall_ms <= 0 ? 0 : wall_ms / TOTP_STEP_MS;
}

void
totp_code(struct view secret, int64_t step, char out[TOTP_CODE_SIZE])
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	check(step >= 0);
	pthread_once(&once, begin);
	check(oath_hotp_generate((const char *)secret.data, secret.length,
		  (uint64_t)step, TOTP_CODE_SIZE - 1, false,
		  OATH_HOTP_DYNAMIC_TRUNCATION, out) == OATH_OK);
}

bool
totp_find(struct view secret, const char *code, int64_t now_ms,
    int64_t after_step, int64_t *out_step)
{
	int64_t now = totp_step(now_ms);
	int64_t found = -1;

	for (int64_t step = now - TOTP_WINDOW; step <= now + TOTP_WINDOW;
	     step++) {
		char right[TOTP_CODE_SIZE];
		bool is_right;

		if (step < 0)
			continue;
		totp_code(secret, step, right);
		is_right = secret_equal(view_string(code), view_string(right));
		/* Of two steps with one code the older is enough. */
		if (is_right && step > after_step && found < 0)
			found = step;
		explicit_bzero(right, sizeof(right));
	}
	*out_step = found;
	return found >= 0;
}

void
totp_base32(struct view secret, char out[TOTP_BASE32_SIZE])
{
	char *text = NULL;
	size_t length = 0;

	check(secret.length == TOTP_SECRET_BYTES);
	check(oath_base32_encode((const char *)secret.data, secret.length,
		  &text, &length) == OATH_OK);
	check(length == TOTP_BASE32_SIZE - 1);
	memcpy(out, text, length);
	out[length] = '\0';
	explicit_bzero(text, length);
	free(text);
}

/* RFC 3986 section 2.1: all but what is unreserved. Allocated. */
static char *
escape(const char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *out = memory_zeroed(strlen(text) * ESCAPED + 1);
	char *at = out;

	for (; *text != '\0'; text++) {
		unsigned char octet = (unsigned char)*text;

		if ((octet < 0x80 && isalnum(octet)) ||
		    strchr("-._~", octet) != NULL) {
			*at++ = (char)octet;
			continue;
		}
		*at++ = '%';
		*at++ = digits[octet >> 4];
		*at++ = digits[octet & 15];
	}
	return out;
}

char *
totp_uri(struct view secret, const char *issuer, const char *account)
{
	scoped(memory_freep) char *by = escape(issuer);
	scoped(memory_freep) char *to = escape(account);
	char text[TOTP_BASE32_SIZE];
	char *uri;

	totp_base32(secret, text);
	uri = memory_format("otpauth://totp/%s:%s?secret=%s&issuer=%s"
			    "&algorithm=SHA1&digits=%d&period=%d",
	    by, to, text, by, TOTP_CODE_SIZE - 1, TOTP_STEP_MS / 1000);
	explicit_bzero(text, sizeof(text));
	return uri;
}
