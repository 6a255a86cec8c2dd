/* HTTPS requests over libcurl, with errors a person understands. */
#include "agent/channel/exchange.h"

#include "agent/channel/problem.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/memory.h"
#include "crypto/tls_client.h"
#include "crypto/tls_refusal.h"

enum {
	CURL_BUFFER_BYTES = 16 * 1024,
	LOW_SPEED_BYTES_PER_S = 10,
	LOW_SPEED_S = 30,
};

bool
exchange_setup(struct err *err)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK)
		return true;
	return err_set(err, ERR_SYSTEM, "libcurl cannot be started");
}

static const struct {
	CURLcode code;
	enum err_category category;
	const char *word;
	const char *sentence;
} FAILURES[] = {
    {CURLE_COULDNT_RESOLVE_HOST, ERR_SYSTEM, "server_name",
	"the server's name cannot be resolved"},
    {CURLE_COULDNT_CONNECT, ERR_SYSTEM, "server_unreachable",
	"the server cannot be reached"},
    {CURLE_PEER_FAILED_VERIFICATION, ERR_CRYPTO, "server_untrusted",
	"the server's certificate is not one that this agent trusts"},
    {CURLE_OPERATION_TIMEDOUT, ERR_SYSTEM, "server_timeout",
	"the server did not answer in time"},
    {CURLE_GOT_NOTHING, ERR_SYSTEM, "answer_broken",
	"the server closed the connection without an answer"},
    {CURLE_PARTIAL_FILE, ERR_SYSTEM, "answer_broken",
	"the server's answer was cut off"},
    {CURLE_WEIRD_SERVER_REPLY, ERR_MALFORMED, "answer_broken",
	"the server's answer is not HTTP"},
    {CURLE_UNSUPPORTED_PROTOCOL, ERR_MALFORMED, "answer_broken",
	"the server's answer is not HTTP/1.1"},
    {CURLE_WRITE_ERROR, ERR_LIMIT, "answer_too_large",
	"the server's answer is larger than it may be"},
    {CURLE_ABORTED_BY_CALLBACK, ERR_SYSTEM, "stopped",
	"the agent is being stopped"},
};

/* What our own clock says about the server's certificate: a known one, for an
 * unknown one is refused before its time is looked at. OpenSSL's words. */
static const struct {
	const char *words;
	const char *code;
	const char *sentence;
} TIMES[] = {
    {"certificate is not yet valid", "server_not_yet_valid",
	"is not valid yet"},
    {"certificate has expired", "server_expired", "has expired"},
};

static bool
is_out_of_time(const struct exchange_try *attempt, struct err *err)
{
	char now[RFC3339_SIZE];

	clock_format_rfc3339(clock_wall_ms(), now);
	for (size_t i = 0; i < array_length(TIMES); i++) {
		if (strstr(attempt->error_text, TIMES[i].words) == NULL)
			continue;
		ignore_result(err_set_code(err, ERR_CRYPTO, TIMES[i].code,
		    "by this computer's clock (%s) the server's certificate %s",
		    now, TIMES[i].sentence));
		return true;
	}
	return false;
}

bool
exchange_failed(
    CURLcode code, const struct exchange_try *attempt, struct err *err)
{
	const char *detail = attempt->error_text[0] != '\0'
	    ? attempt->error_text
	    : curl_easy_strerror(code);

	if (tls_refusal_of(attempt->alert, err))
		return false;
	if (code == CURLE_PEER_FAILED_VERIFICATION &&
	    is_out_of_time(attempt, err))
		return false;
	for (size_t i = 0; i < array_length(FAILURES); i++)
		if (FAILURES[i].code == code)
			return err_set_code(err, FAILURES[i].category,
			    FAILURES[i].word, "%s: %s", FAILURES[i].sentence,
			    detail);
	return err_set_code(err, ERR_SYSTEM, "exchange_failed",
	    "the conversation with the server failed: %s", detail);
}

/* libcurl made a TLS context: put the policy and our certificate into it. */
static CURLcode
use_context(CURL *handle, void *ssl_ctx, void *context)
{
	struct exchange_try *attempt = context;
	const struct exchange_peer *peer = attempt->peer;
	struct tls_client client = {.out_alert = &attempt->alert};
	struct err err = ERR_INIT;

	if (peer->identity != NULL && peer->identity->certificate != NULL) {
		client.certificate = peer->identity->certificate;
		client.key = peer->identity->key;
	}
	return tls_client_apply(ssl_ctx, &client, &err) ? CURLE_OK
							: CURLE_SSL_CERTPROBLEM;
}

static int
watch_progress(void *context, curl_off_t download_total, curl_off_t downloaded,
    curl_off_t upload_total, curl_off_t uploaded)
{
	const struct exchange_peer *peer = context;

	return peer->must_stop != NULL && peer->must_stop(peer->context);
}

/* Names of options and their values; every one must be taken. */
#define SET(handle, option, value)                                             \
	(curl_easy_setopt(handle, option, value) == CURLE_OK)

static bool
prepare_trust(CURL *handle, struct exchange_try *attempt)
{
	const struct exchange_peer *peer = attempt->peer;
	struct curl_blob anchors = {
	    .data = (void *)peer->anchors_pem.data,
	    .len = peer->anchors_pem.length,
	    .flags = CURL_BLOB_COPY,
	};
	bool is_verified = anchors.len > 0;

	return SET(handle, CURLOPT_CAINFO, NULL) &&
	    SET(handle, CURLOPT_CAPATH, NULL) &&
	    SET(handle, CURLOPT_SSL_VERIFYPEER, is_verified ? 1L : 0L) &&
	    SET(handle, CURLOPT_SSL_VERIFYHOST, is_verified ? 2L : 0L) &&
	    (!is_verified || SET(handle, CURLOPT_CAINFO_BLOB, &anchors)) &&
	    SET(handle, CURLOPT_SSL_CTX_FUNCTION, use_context) &&
	    SET(handle, CURLOPT_SSL_CTX_DATA, attempt) &&
	    SET(handle, CURLOPT_SSL_SESSIONID_CACHE, 0L);
}

static bool
prepare_limits(CURL *handle, const struct exchange_peer *peer)
{
	return SET(handle, CURLOPT_CONNECTTIMEOUT_MS,
		   (long)EXCHANGE_CONNECT_MS) &&
	    SET(handle, CURLOPT_TIMEOUT_MS, (long)EXCHANGE_TIME_MS) &&
	    SET(handle, CURLOPT_LOW_SPEED_LIMIT, (long)LOW_SPEED_BYTES_PER_S) &&
	    SET(handle, CURLOPT_LOW_SPEED_TIME, (long)LOW_SPEED_S) &&
	    SET(handle, CURLOPT_BUFFERSIZE, (long)CURL_BUFFER_BYTES) &&
	    SET(handle, CURLOPT_UPLOAD_BUFFERSIZE, (long)CURL_BUFFER_BYTES) &&
	    SET(handle, CURLOPT_NOPROGRESS, 0L) &&
	    SET(handle, CURLOPT_XFERINFOFUNCTION, watch_progress) &&
	    SET(handle, CURLOPT_XFERINFODATA, (void *)peer);
}

bool
exchange_prepare(CURL *handle, const struct exchange_peer *peer,
    struct exchange_try *attempt, struct err *err)
{
	*attempt = (struct exchange_try){.peer = peer};
	if (SET(handle, CURLOPT_ERRORBUFFER, attempt->error_text) &&
	    SET(handle, CURLOPT_NOSIGNAL, 1L) &&
	    SET(handle, CURLOPT_PROXY, "") &&
	    SET(handle, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED) &&
	    SET(handle, CURLOPT_PROTOCOLS_STR, "https") &&
	    SET(handle, CURLOPT_FOLLOWLOCATION, 0L) &&
	    SET(handle, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
	    SET(handle, CURLOPT_HTTP09_ALLOWED, 0L) &&
	    SET(handle, CURLOPT_SSL_ENABLE_ALPN, 0L) &&
	    SET(handle, CURLOPT_FORBID_REUSE, 1L) &&
	    prepare_trust(handle, attempt) && prepare_limits(handle, peer))
		return true;
	return err_set(err, ERR_SYSTEM, "libcurl does not take an option");
}

static size_t
take_body(char *data, size_t size, size_t count, void *context)
{
	struct buf *body = context;
	struct err ignored = ERR_INIT; /* told as answer_too_large */

	return buf_append(body, data, size * count, &ignored) ? size * count
							      : 0;
}

static struct curl_slist *
headers_of(const struct exchange *exchange)
{
	struct curl_slist *headers = NULL;
	scoped(memory_freep) char *type =
	    memory_format("Content-Type: %s", exchange->content_type);

	headers = curl_slist_append(headers, "Expect:");
	/* EST refuses in plain text who does not ask for a problem document. */
	headers =
	    curl_slist_append(headers, "Accept: application/problem+json, */*");
	headers = curl_slist_append(
	    headers, exchange->content_type != NULL ? type : "Content-Type:");
	if (exchange->header != NULL)
		headers = curl_slist_append(headers, exchange->header);
	return headers;
}

static void
headers_freep(struct curl_slist **headers)
{
	curl_slist_free_all(*headers);
}

static bool
prepare_request(CURL *handle, const struct exchange *exchange,
    struct curl_slist *headers, struct buf *body)
{
	if (exchange->is_post &&
	    (!SET(handle, CURLOPT_POST, 1L) ||
		!SET(handle, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)exchange->body.length) ||
		!SET(handle, CURLOPT_POSTFIELDS,
		    exchange->body.length > 0
			? (const char *)exchange->body.data
			: "")))
		return false;
	return SET(handle, CURLOPT_URL, exchange->url) &&
	    SET(handle, CURLOPT_USERAGENT, "warifu-agent/" WARIFU_VERSION) &&
	    SET(handle, CURLOPT_HTTPHEADER, headers) &&
	    SET(handle, CURLOPT_WRITEFUNCTION, take_body) &&
	    SET(handle, CURLOPT_WRITEDATA, body);
}

static void
read_head(CURL *handle, struct exchange_answer *out)
{
	const char *type = NULL;
	curl_off_t retry_after = 0;
	struct view kind, rest;

	curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &out->status);
	if (curl_easy_getinfo(handle, CURLINFO_RETRY_AFTER, &retry_after) ==
		CURLE_OK &&
	    retry_after > 0)
		out->retry_after_s = (int64_t)retry_after;
	curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
	view_cut(view_string(type), ';', &kind, &rest);
	kind = view_trim(kind);
	snprintf(out->content_type, sizeof(out->content_type), "%.*s",
	    (int)(kind.length < EXCHANGE_TYPE_MAX ? kind.length : 0),
	    kind.length > 0 ? (const char *)kind.data : "");
}

bool
exchange_run(const struct exchange *exchange, struct exchange_answer *out,
    struct err *err)
{
	struct exchange_try attempt; /* outlives the handle */
	scoped(exchange_handle_freep) CURL *handle = curl_easy_init();
	scoped(headers_freep) struct curl_slist *headers = headers_of(exchange);
	scoped(exchange_answer_donep) struct exchange_answer answer = {
	    .body = BUF_INIT(exchange->answer_max)};
	CURLcode code;

	/* Whoever answers an unverified connection gets no secret. */
	check(
	    exchange->header == NULL || exchange->peer->anchors_pem.length > 0);
	if (handle == NULL)
		return err_set(err, ERR_SYSTEM, "libcurl gives no handle");
	if (!exchange_prepare(handle, exchange->peer, &attempt, err))
		return false;
	if (!prepare_request(handle, exchange, headers, &answer.body))
		return err_set(
		    err, ERR_SYSTEM, "libcurl does not take the request");
	code = curl_easy_perform(handle);
	if (code != CURLE_OK)
		return exchange_failed(code, &attempt, err);
	read_head(handle, &answer);
	*out = answer;
	answer = (struct exchange_answer){0};
	return true;
}

void
exchange_answer_done(struct exchange_answer *answer)
{
	buf_done(&answer->body);
}

bool
exchange_refused(const struct exchange_answer *answer, struct err *err)
{
	return problem_read(answer->status, buf_view(&answer->body), err);
}
