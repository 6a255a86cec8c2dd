/*
 * The authority: the fleet's keys and the certificate of its agent CA, made on
 * the first start and opened on every later one.
 *
 * DIR/authority holds agent-ca.pem (certificate), agent-ca.key,
 * publication.key, command.key (PKCS#8, 0600, with the pass phrase where one is
 * configured), nonce.key and the journal. It is made under another name, synced
 * and then renamed: a crash leaves nothing or everything. With PKCS#11 the
 * three keys lie in the token as objects of those names with "warifu-" before,
 * made by the administrator, and the .key files are missing. Owned by the
 * signer.
 */
#ifndef SERVER_SIGNER_AUTHORITY_H
#define SERVER_SIGNER_AUTHORITY_H

#include "base/secret.h"
#include "crypto/certificate.h"
#include "ipc/signer_types.h"

/* What the configuration says to the signer; borrowed, process lifetime. */
struct signer_settings {
	const char *directory;  /* STATE/signer */
	const char *pkcs11_uri; /* NULL: keys in files */
	const char *pkcs11_module;
	const struct secret *passphrase; /* of files, or the PIN; may be NULL */
	char *const *names;              /* of the server, ended by NULL */
	uint16_t http_port;
	uint16_t https_port;
	uint16_t agents_port;
	int64_t certificate_lifetime_ms;
};

struct authority {
	char fleet_id[ID_SIZE];
	char *organization; /* O= of all its certificates */
	struct certificate *agent_ca;
	struct key *agent_ca_key;
	struct key *publication_key;
	struct key *command_key;
	struct secret *nonce_key;
	char *journal_path;
};

/* Open the authority, after making it where there is none. The journal of a new
 * one has its first entry. out_is_new is for the log. */
must_use bool authority_open(const struct signer_settings *settings,
    int64_t now_ms, struct authority *out, bool *out_is_new, struct err *err);
void authority_done(struct authority *authority);

/* Is this the public key of one of the authority's own? */
must_use bool
authority_has_key(const struct authority *authority, const struct key *key);

/* "http://NAME:PORT/PATH" of the first name; allocated. */
must_use char *
settings_url(const struct signer_settings *settings, const char *path);
must_use struct view
settings_passphrase(const struct signer_settings *settings);

#endif
