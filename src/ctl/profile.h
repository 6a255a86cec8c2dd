/*
 * What warifuctl remembers between two runs, in a file that only its user can
 * read: per server the pinned certificate fingerprint, the session token and
 * the device token.
 *
 * The file is $XDG_CONFIG_HOME/warifu/ctl.json, or ~/.config/warifu/ctl.json.
 * One that others may read is refused.
 */
#ifndef CTL_PROFILE_H
#define CTL_PROFILE_H

#include "base/attributes.h"
#include "base/err.h"

enum {
	PROFILE_SERVERS_MAX = 32,
	PROFILE_FILE_MAX = 256 * 1024,
};

struct profile_server {
	char *url;         /* "https://host:8383", without a slash at the end */
	char *fingerprint; /* 64 lower-case hexadecimal digits, or NULL */
	char *token;       /* or NULL */
	char *user;        /* whose token it is, or NULL */
	/* What tells this program from strangers at a sign-in, or NULL. */
	char *device;
};

struct profile {
	char *path;
	size_t current; /* index of the server used last */
	size_t server_count;
	struct profile_server servers[PROFILE_SERVERS_MAX];
};

/* A file that does not exist gives an empty profile. */
must_use bool profile_load(struct profile **out, struct err *err);
must_use bool profile_save(const struct profile *profile, struct err *err);
void profile_free(struct profile *profile); /* wipes; takes NULL */
DEFINE_SCOPED(struct profile, profile_free)

/* The entry of this server, made when there is none. ERR_LIMIT when the profile
 * is full. */
must_use bool profile_find(struct profile *profile, const char *url,
    struct profile_server **out, struct err *err);
/* Replace a text member; NULL removes it. The old text is wiped. */
void profile_set(char **member, const char *text);

/* "host", "host:port", "http://…" or "https://…" as the URL that everything
 * else uses; allocated. ERR_MALFORMED. */
must_use bool
profile_normalize_url(const char *text, char **out_url, struct err *err);
/* "sha256:HEX", "HEX" or "AA:BB:…" as 64 lower-case digits; allocated. */
must_use bool
profile_normalize_fingerprint(const char *text, char **out, struct err *err);

#endif
