/*
 * The bootstrap file: where the central server is, by what it is recognised
 * first, and the token that enrols this computer.
 *
 * JSON, mode 0600, made by the server or an administrator:
 * {"server": "central.example.net", "https_port": 8383, "agent_port": 8443,
 *  "publication_key": "64 hexadecimal digits", "token": "wft_…"}
 * Read by the supervisor (root) and handed to the channel; nothing else of it
 * is believed before the publication has been checked against the key's hash.
 */
#ifndef AGENT_BOOTSTRAP_H
#define AGENT_BOOTSTRAP_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/secret.h"

enum {
	BOOTSTRAP_MAX = 8 * 1024, /* bytes of the file */
	BOOTSTRAP_SERVER_MAX = 253,
	BOOTSTRAP_TOKEN_MAX = 256,
	BOOTSTRAP_PIN_SIZE = 65, /* hexadecimal SHA-256 and its end */
};

/* Where a server is and whose publications it must show. */
struct server_address {
	char name[BOOTSTRAP_SERVER_MAX + 1]; /* host name or address */
	uint16_t https_port;
	uint16_t agent_port;
	char pin[BOOTSTRAP_PIN_SIZE]; /* SHA-256 of the publication key */
};

/* ERR_MALFORMED, code "bootstrap", says which member is wrong. *out_token is
 * the caller's; NULL where the text has none and needs_token is false (the
 * agent's own copy of the address). */
must_use bool bootstrap_read(struct view text, bool needs_token,
    struct server_address *out, struct secret **out_token, struct err *err);
/* The address alone, as bootstrap_read takes it without a token; allocated. */
must_use char *bootstrap_write(const struct server_address *address);
/* "https://NAME:PORT/PATH" with brackets around an IPv6 address; allocated. */
must_use char *bootstrap_url(
    const struct server_address *address, uint16_t port, const char *path);

#endif
