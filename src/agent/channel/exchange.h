/*
 * One HTTPS request of the agent and its answer, over libcurl.
 *
 * Every exchange is a connection of its own: an idle agent holds none but its
 * WebSocket. Proxies of the environment are never used. The server is verified
 * by the given anchors alone, host name included; without anchors it is not
 * verified, and then the caller sends nothing secret and believes nothing that
 * is not signed. Channel process only; blocks, at most for the time limit.
 *
 * Errors: "server_unreachable", "server_name" (cannot be resolved),
 * "server_untrusted" (its certificate), "server_timeout", "answer_broken" (cut
 * off or not HTTP), "answer_too_large", "stopped", and when the server refused
 * the agent's certificate in the handshake "certificate_revoked",
 * "certificate_expired", "certificate_unknown", "certificate_required",
 * "certificate_refused".
 */
#ifndef AGENT_CHANNEL_EXCHANGE_H
#define AGENT_CHANNEL_EXCHANGE_H

#include <curl/curl.h>

#include "agent/channel/identity.h"
#include "base/attributes.h"
#include "base/bytes.h"

enum {
	EXCHANGE_CONNECT_MS = 15 * 1000,
	EXCHANGE_TIME_MS = 120 * 1000,
	EXCHANGE_TYPE_MAX = 64,
};

/* How the other side is recognised and who we are; all borrowed. */
struct exchange_peer {
	struct view anchors_pem; /* empty: not verified */
	/* The certificate to show, or NULL for none. */
	const struct identity *identity;
	/* Asked about once a second: true ends the exchange ("stopped"). */
	bool (*must_stop)(void *context);
	void *context;
};

/* What one connection told about its failure; filled by libcurl's callbacks.
 * It must live as long as the handle. */
struct exchange_try {
	const struct exchange_peer *peer;
	char error_text[CURL_ERROR_SIZE]; /* libcurl's words */
	int alert;                        /* TLS_ALERT_NONE, or its number */
};

struct exchange {
	const struct exchange_peer *peer;
	const char *url;
	bool is_post;
	struct view body; /* with is_post */
	const char *content_type;
	/* Another header line or NULL, such as "Authorization: Basic …"; with
	 * anchors only. */
	const char *header;
	size_t answer_max; /* bytes of the answer's body */
};

struct exchange_answer {
	long status;
	int64_t retry_after_s;                /* 0: none */
	char content_type[EXCHANGE_TYPE_MAX]; /* without parameters */
	struct buf body;
};

/* Once per process, before the sandbox. */
must_use bool exchange_setup(struct err *err);
/* Any HTTP status is a success here. out is to be released afterwards. */
must_use bool exchange_run(const struct exchange *exchange,
    struct exchange_answer *out, struct err *err);
void exchange_answer_done(struct exchange_answer *answer);

static inline void
exchange_answer_donep(struct exchange_answer *answer)
{
	exchange_answer_done(answer);
}

/* Set the error to what a refusing answer says: the code and the detail of its
 * problem document (RFC 9457) where it has one. Returns false. */
bool exchange_refused(const struct exchange_answer *answer, struct err *err);

/* The common settings of a handle: TLS, verification, certificate, limits. For
 * the WebSocket too. peer and out_attempt must live as long as the handle. */
must_use bool exchange_prepare(CURL *handle, const struct exchange_peer *peer,
    struct exchange_try *out_attempt, struct err *err);
/* The error for what libcurl says, where the server's alert goes first. Returns
 * false. */
bool exchange_failed(
    CURLcode code, const struct exchange_try *attempt, struct err *err);

static inline void
exchange_handle_freep(CURL **handle)
{
	curl_easy_cleanup(*handle);
	*handle = NULL;
}

#endif
