/*
 * One-time codes by time: TOTP (RFC 6238) with SHA-1, 6 digits and steps of 30
 * seconds, which every authenticator app knows. The only file that includes
 * liboath. Pure functions; worker threads of core.
 */
#ifndef SERVER_CORE_TOTP_H
#define SERVER_CORE_TOTP_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"

enum {
	TOTP_SECRET_BYTES = 20, /* RFC 4226 section 4, R6 */
	TOTP_STEP_MS = 30 * 1000,
	TOTP_WINDOW = 1, /* steps that a device's clock may be off by */
	TOTP_CODE_SIZE = 7,
	TOTP_BASE32_SIZE = 33,
};

/* The step that this time is in. */
must_use int64_t totp_step(int64_t wall_ms);
/* The code of a step. */
void totp_code(struct view secret, int64_t step, char out[TOTP_CODE_SIZE]);
/* The step that the code belongs to, of those around now; false where it
 * belongs to none, or to none behind after_step. Takes the same time for every
 * code. */
must_use bool totp_find(struct view secret, const char *code, int64_t now_ms,
    int64_t after_step, int64_t *out_step);

/* RFC 4648 base32 of a secret of TOTP_SECRET_BYTES, as apps take it. */
void totp_base32(struct view secret, char out[TOTP_BASE32_SIZE]);
/* otpauth://totp/ISSUER:ACCOUNT?… for the QR code; allocated. */
must_use char *
totp_uri(struct view secret, const char *issuer, const char *account);

#endif
