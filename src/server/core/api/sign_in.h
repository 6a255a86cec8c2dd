/*
 * Who is asking: passwords, sessions and API tokens.
 *
 * A session token is "wfs_" and an API token "wfa_", each with 43 characters of
 * base64url behind it (256 random bits). The store knows their SHA-256 alone.
 * Passwords are hashed by Argon2id (RFC 9106), a few at a time; a sign-in for a
 * user who does not exist costs as much and answers the same.
 */
#ifndef SERVER_CORE_API_SIGN_IN_H
#define SERVER_CORE_API_SIGN_IN_H

#include "base/attributes.h"
#include "base/err.h"
#include "server/core/request.h"

/* Fill request->user from "Authorization: Bearer". ERR_DENIED not_signed_in
 * (nothing sent, or nothing known by that token) or session_expired. */
must_use bool sign_in_authenticate(struct request *request, struct err *err);

#endif
