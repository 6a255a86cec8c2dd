/*
 * An account opened again by who owns the server: what
 * `warifu-server reset-password` (server/reset_password.h) does in the
 * database.
 */
#ifndef SERVER_CORE_RESET_H
#define SERVER_CORE_RESET_H

#include "base/attributes.h"
#include "base/err.h"

struct store_tx;
struct audit;

/* What opens an account again, all in one transaction: this password, to be
 * changed at sign-in; not disabled, not locked; sessions and known devices
 * gone; and where nobody else is an Administrator without limits, that role and
 * no scope. Whatever a user needs beside the password to sign in is cleared
 * here, too. ERR_NOT_FOUND user_not_found; ERR_DENIED user_has_no_password for
 * one that the server made for itself. */
must_use bool reset_open_account(struct store_tx *tx, const char *user_name,
    const char *password_hash, struct audit *audit, struct err *err);

#endif
