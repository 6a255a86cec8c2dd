/*
 * `warifu-server reset-password USER`: the way back in for who owns the server.
 *
 * Not a role of the running server but a process of its own, started from a
 * shell by root or by the user that the server runs as, and never reachable
 * over a network. It reads the configuration, takes core's directory by
 * descriptor, becomes core's user for good and enters core's sandbox, and only
 * then opens the database; so it can do no more than core could. A server that
 * runs meanwhile sees the change with its next request, for passwords, sessions
 * and locks are looked up in the database.
 */
#ifndef SERVER_RESET_PASSWORD_H
#define SERVER_RESET_PASSWORD_H

#include "base/attributes.h"

/* argv[0] is the word, argv[1] the user, then options of the server. The exit
 * code: 0 done, 1 not, 2 usage. */
must_use int reset_password_main(int argc, char **argv);

#endif
