/* HTTP requests to the server, by libcurl. */
#include "ctl/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "crypto/certificate.h"
#include "ctl/client_transfer.h"
#include "ctl/table.h"
#include "ctl/terminal.h"

enum {
	LIST_PAGE = 500,
	LIST_DEFAULT = 1000,
};

void
transfer_donep(struct transfer *transfer)
{
	curl_slist_free_all(transfer->headers);
	curl_easy_cleanup(transfer->curl);
	buf_wipe(&transfer->body);
	free(transfer->type);
}

static size_t
on_body(char *data, size_t size, size_t count, void *context)
{
	struct transfer *transfer = context;
	struct err err = ERR_INIT;
	long status = 0;

	if (transfer->sink != NULL &&
	    curl_easy_getinfo(
		transfer->curl, CURLINFO_RESPONSE_CODE, &status) == CURLE_OK &&
	    status == 200)
		return fwrite(data, 1, size * count, transfer->sink);
	return buf_append(&transfer->body, data, size * count, &err)
	    ? size * count
	    : 0;
}

static CURLcode
on_tls(CURL *curl, void *ssl_ctx, void *context)
{
	struct transfer *transfer = context;
	struct err err = ERR_INIT;

	if (tls_client_apply(ssl_ctx, &transfer->tls, &err))
		return CURLE_OK;
	ctl_complain("%s", err_sentence(&err));
	return CURLE_SSL_CERTPROBLEM;
}

void
transfer_set_common(struct transfer *transfer, const char *url)
{
	CURL *curl = transfer->curl;

	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_PROXY, "");
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, 10L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT, (long)CLIENT_TIMEOUT_S);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, transfer->error);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, transfer);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "warifuctl/" WARIFU_VERSION);
	curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
}

static bool
pem_fingerprint(struct curl_certinfo *info, char **out, struct err *err)
{
	scoped(certificate_freep) struct certificate *certificate = NULL;

	if (info == NULL || info->num_of_certs < 1)
		return err_set(
		    err, ERR_CRYPTO, "the server showed no certificate");
	for (struct curl_slist *line = info->certinfo[0]; line != NULL;
	     line = line->next) {
		if (strncmp(line->data, "Cert:", 5) != 0)
			continue;
		if (!certificate_parse_pem(
			view_string(line->data + 5), &certificate, err))
			return false;
		*out = memory_string(certificate_fingerprint(certificate));
		return true;
	}
	return err_set(err, ERR_CRYPTO, "the server showed no certificate");
}

bool
client_fetch_fingerprint(const char *url, char **out, struct err *err)
{
	scoped(transfer_donep) struct transfer transfer = {
	    .curl = curl_easy_init(), .body = BUF_INIT(64 * 1024)};
	scoped(memory_freep) char *address = memory_format("%s/healthz", url);
	struct curl_certinfo *info = NULL;
	CURLcode result;

	transfer_set_common(&transfer, address);
	curl_easy_setopt(transfer.curl, CURLOPT_SSL_VERIFYPEER, 0L);
	curl_easy_setopt(transfer.curl, CURLOPT_CERTINFO, 1L);
	result = curl_easy_perform(transfer.curl);
	if (result != CURLE_OK)
		return err_set(err, ERR_SYSTEM, "cannot reach %s: %s", url,
		    transfer.error[0] != '\0' ? transfer.error
					      : curl_easy_strerror(result));
	curl_easy_getinfo(transfer.curl, CURLINFO_CERTINFO, &info);
	return pem_fingerprint(info, out, err);
}

void
transfer_set_trust(struct transfer *transfer, const struct ctl *ctl)
{
	if (ctl->server->fingerprint == NULL ||
	    !hex_decode(view_string(ctl->server->fingerprint), transfer->pin,
		sizeof(transfer->pin)))
		return;
	transfer->tls.pinned_sha256 = transfer->pin;
	curl_easy_setopt(transfer->curl, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(transfer->curl, CURLOPT_SSL_CTX_FUNCTION, on_tls);
	curl_easy_setopt(transfer->curl, CURLOPT_SSL_CTX_DATA, transfer);
}

static void
add_header(struct transfer *transfer, const char *header)
{
	transfer->headers = curl_slist_append(transfer->headers, header);
}

static void
set_request(struct transfer *transfer, const struct ctl *ctl,
    const char *method, const char *body)
{
	scoped(secret_textp) char *authorization = NULL;
	scoped(memory_freep) char *match = NULL;

	curl_easy_setopt(transfer->curl, CURLOPT_CUSTOMREQUEST, method);
	add_header(transfer, "Expect:");
	if (ctl->token != NULL) {
		authorization =
		    memory_format("Authorization: Bearer %s", ctl->token);
		add_header(transfer, authorization);
	}
	if (transfer->if_match != NULL) {
		match = memory_format("If-Match: %s", transfer->if_match);
		add_header(transfer, match);
	}
	if (body != NULL) {
		add_header(transfer, "Content-Type: application/json");
		curl_easy_setopt(
		    transfer->curl, CURLOPT_POSTFIELDSIZE, (long)strlen(body));
		curl_easy_setopt(transfer->curl, CURLOPT_COPYPOSTFIELDS, body);
	} else if (strcmp(method, "GET") != 0) {
		curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDSIZE, 0L);
		curl_easy_setopt(transfer->curl, CURLOPT_POSTFIELDS, "");
	}
	curl_easy_setopt(transfer->curl, CURLOPT_HTTPHEADER, transfer->headers);
}

enum ctl_exit
transfer_tell_unreachable(
    const struct ctl *ctl, const struct transfer *transfer, CURLcode result)
{
	if (result == CURLE_PEER_FAILED_VERIFICATION ||
	    result == CURLE_SSL_CACERT_BADFILE)
		ctl_complain("the server at %s does not show the certificate "
			     "sha256:%s; if it has been renewed, compare the "
			     "new fingerprint and run: warifuctl trust",
		    ctl->server->url, ctl->server->fingerprint);
	else
		ctl_complain("cannot reach %s: %s", ctl->server->url,
		    transfer->error[0] != '\0' ? transfer->error
					       : curl_easy_strerror(result));
	return CTL_UNREACHABLE;
}

static enum ctl_exit
perform(struct ctl *ctl, const char *method, const char *path,
    const json_t *body, struct transfer *transfer)
{
	scoped(memory_freep) char *url =
	    memory_format("%s%s", ctl->server->url, path);
	scoped(secret_textp) char *text =
	    body == NULL ? NULL : json_write(body);
	char *type = NULL;
	CURLcode result;

	transfer->curl = curl_easy_init();
	buf_init(&transfer->body, CLIENT_ANSWER_MAX);
	transfer_set_common(transfer, url);
	transfer_set_trust(transfer, ctl);
	set_request(transfer, ctl, method, text);
	/* Of any length: only one that stands still is given up. */
	if (transfer->sink != NULL) {
		curl_easy_setopt(transfer->curl, CURLOPT_TIMEOUT, 0L);
		curl_easy_setopt(transfer->curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(transfer->curl, CURLOPT_LOW_SPEED_TIME,
		    (long)CLIENT_TIMEOUT_S);
	}
	result = curl_easy_perform(transfer->curl);
	if (result != CURLE_OK)
		return transfer_tell_unreachable(ctl, transfer, result);
	curl_easy_getinfo(
	    transfer->curl, CURLINFO_RESPONSE_CODE, &transfer->status);
	curl_easy_getinfo(transfer->curl, CURLINFO_CONTENT_TYPE, &type);
	transfer->type = type == NULL ? NULL : memory_string(type);
	return CTL_OK;
}

static bool
is_json(const char *type)
{
	return type != NULL &&
	    (strncmp(type, "application/json", 16) == 0 ||
		strncmp(type, "application/problem+json", 24) == 0);
}

static json_t *
parse(const struct transfer *transfer)
{
	struct err err = ERR_INIT;

	if (!is_json(transfer->type))
		return NULL;
	return json_read(buf_view(&transfer->body), CLIENT_ANSWER_MAX, &err);
}

/* Who stands in the way of a change, and what was not there. */
struct more {
	const char *member;
	const char *label;
	const char *count; /* of all, where not each is named; or NULL */
};

static const struct more MORE[] = {
    {"users", "user", "user_count"},
    {"api_tokens", "API token", "api_token_count"},
    {"missing", "there is no", NULL},
};

/* A name, or {name, user}. */
static void
complain_one(const char *label, const json_t *one)
{
	const json_t *of = json_object_get(one, "user");
	scoped(memory_freep) char *name = table_text(
	    json_is_object(one) ? json_object_get(one, "name") : one);
	scoped(memory_freep) char *user = of == NULL ? NULL : table_text(of);

	if (user == NULL)
		ctl_complain("  %s %s", label, name);
	else
		ctl_complain("  %s %s (%s)", label, name, user);
}

static void
complain_more(const json_t *problem, const struct more *more)
{
	const json_t *list = json_object_get(problem, more->member);
	json_int_t named = (json_int_t)json_array_size(list);
	json_int_t count = more->count == NULL
	    ? 0
	    : json_integer_value(json_object_get(problem, more->count));

	for (size_t i = 0; i < json_array_size(list); i++)
		complain_one(more->label, json_array_get(list, i));
	if (named > 0 && count > named)
		ctl_complain("  and %lld more", (long long)(count - named));
}

/* Who was faster, and with what. */
static void
complain_about_change(const json_t *problem)
{
	const json_t *changed = json_object_get(problem, "changed");
	const json_t *members = json_object_get(changed, "members");
	const json_t *by = json_object_get(changed, "by");
	const json_t *at = json_object_get(changed, "at");
	scoped(memory_freep) char *who = table_text(by);
	scoped(memory_freep) char *when = table_text(at);

	if (changed == NULL)
		return;
	if (json_is_string(by) && json_is_string(at))
		ctl_complain("  changed by %s at %s", who, when);
	for (size_t i = 0; i < json_array_size(members); i++) {
		scoped(memory_freep) char *name =
		    table_text(json_array_get(members, i));

		ctl_complain("  %s is another", name);
	}
}

/* What to do about a code, where the server's own words leave that open. */
struct hint {
	const char *code;
	const char *hint;
};

static const struct hint HINTS[] = {
    {"not_signed_in", "run: warifuctl login"},
    {"session_expired", "run: warifuctl login"},
    {"password_change_required", "run: warifuctl password"},
    {"two_factor_setup_required", "run: warifuctl two-factor enable"},
    {"https_required", "use --server https://HOST:PORT"},
    {"version_mismatch", "look at it, and say once more what is to change"},
};

static void
tell_refusal(const struct transfer *transfer, const json_t *problem)
{
	scoped(memory_freep) char *detail =
	    table_text(json_object_get(problem, "detail"));
	scoped(memory_freep) char *code =
	    table_text(json_object_get(problem, "code"));

	if (problem == NULL) {
		ctl_complain("the server answered with status %ld and "
			     "nothing that can be read",
		    transfer->status);
		return;
	}
	ctl_complain("%s (%s)", detail, code);
	for (size_t i = 0; i < array_length(MORE); i++)
		complain_more(problem, &MORE[i]);
	complain_about_change(problem);
	for (size_t i = 0; i < array_length(HINTS); i++)
		if (strcmp(HINTS[i].code, code) == 0)
			ctl_complain("%s", HINTS[i].hint);
}

static enum ctl_exit
judge(const struct transfer *transfer, json_t **json, char **out_code)
{
	const char *code;

	if (transfer->status >= 200 && transfer->status < 300)
		return CTL_OK;
	code = json_string_value(json_object_get(*json, "code"));
	if (out_code != NULL && code != NULL)
		*out_code = memory_string(code);
	else
		tell_refusal(transfer, *json);
	return transfer->status == 401 ? CTL_NOT_SIGNED_IN : CTL_FAILED;
}

static enum ctl_exit
ask(struct ctl *ctl, const char *method, const char *path, const json_t *body,
    const char *if_match, json_t **out_json, char **out_code)
{
	scoped(transfer_donep) struct transfer transfer = {
	    .if_match = if_match};
	scoped(json_freep) json_t *json = NULL;
	enum ctl_exit result = perform(ctl, method, path, body, &transfer);

	if (result != CTL_OK)
		return result;
	json = parse(&transfer);
	result = judge(&transfer, &json, out_code);
	if (result != CTL_OK)
		return result;
	if (json == NULL && transfer.status != 204) {
		ctl_complain("the answer of %s is not JSON: is it a Warifu "
			     "server?",
		    ctl->server->url);
		return CTL_FAILED;
	}
	if (out_json != NULL)
		*out_json = take(json);
	return CTL_OK;
}

enum ctl_exit
client_ask(struct ctl *ctl, const char *method, const char *path,
    const json_t *body, json_t **out_json)
{
	return ask(ctl, method, path, body, NULL, out_json, NULL);
}

enum ctl_exit
client_ask_if(struct ctl *ctl, const char *method, const char *path,
    const json_t *body, const char *etag, json_t **out_json)
{
	return ask(ctl, method, path, body, etag, out_json, NULL);
}

enum ctl_exit
client_try(struct ctl *ctl, const char *method, const char *path,
    const json_t *body, json_t **out_json, char **out_code)
{
	return ask(ctl, method, path, body, NULL, out_json, out_code);
}

enum ctl_exit
client_ask_unless(struct ctl *ctl, const char *method, const char *path,
    const json_t *body, const char *code, json_t **out_json, bool *out_is)
{
	scoped(transfer_donep) struct transfer transfer = {0};
	scoped(json_freep) json_t *json = NULL;
	enum ctl_exit result = perform(ctl, method, path, body, &transfer);
	const char *got;

	*out_is = false;
	if (result != CTL_OK)
		return result;
	json = parse(&transfer);
	got = json_string_value(json_object_get(json, "code"));
	*out_is =
	    transfer.status >= 400 && got != NULL && strcmp(got, code) == 0;
	if (*out_is)
		return CTL_FAILED;
	result = judge(&transfer, &json, NULL);
	if (result == CTL_OK)
		*out_json = take(json);
	return result;
}

enum ctl_exit
client_fetch(struct ctl *ctl, const char *path, struct buf *out)
{
	scoped(transfer_donep) struct transfer transfer = {0};
	scoped(json_freep) json_t *json = NULL;
	enum ctl_exit result = perform(ctl, "GET", path, NULL, &transfer);
	struct err err = ERR_INIT;

	if (result != CTL_OK)
		return result;
	json = parse(&transfer);
	result = judge(&transfer, &json, NULL);
	if (result == CTL_OK &&
	    !buf_append_view(out, buf_view(&transfer.body), &err)) {
		ctl_complain("%s", err_sentence(&err));
		result = CTL_FAILED;
	}
	return result;
}

enum ctl_exit
client_copy(struct ctl *ctl, const char *path, FILE *out)
{
	scoped(transfer_donep) struct transfer transfer = {.sink = out};
	scoped(json_freep) json_t *json = NULL;
	enum ctl_exit result = perform(ctl, "GET", path, NULL, &transfer);

	if (result != CTL_OK)
		return result;
	json = parse(&transfer);
	result = judge(&transfer, &json, NULL);
	if (result == CTL_OK && fflush(out) != 0) {
		ctl_complain("cannot write all of it");
		result = CTL_FAILED;
	}
	return result;
}

char *
client_path(const char *path, ...)
{
	scoped(buf_donep) struct buf out = BUF_INIT(64 * 1024);
	struct err err = ERR_INIT;
	va_list arguments;
	const char *name;
	char separator = strchr(path, '?') == NULL ? '?' : '&';
	bool is_fine = buf_append_string(&out, path, &err);

	va_start(arguments, path);
	while ((name = va_arg(arguments, const char *)) != NULL) {
		const char *value = va_arg(arguments, const char *);
		char *escaped;

		if (value == NULL)
			continue;
		escaped = curl_easy_escape(NULL, value, 0);
		is_fine = is_fine &&
		    buf_append_format(
			&out, &err, "%c%s=%s", separator, name, escaped);
		curl_free(escaped);
		separator = '&';
	}
	va_end(arguments);
	return view_to_string(is_fine ? buf_view(&out) : view_string(path));
}

/* One more page, appended to the items; its cursor in out_list. */
static enum ctl_exit
append_page(struct ctl *ctl, const char *path, size_t want, json_t *list)
{
	scoped(json_freep) json_t *page = NULL;
	scoped(memory_freep) char *limit =
	    memory_format("%zu", want < LIST_PAGE ? want : LIST_PAGE);
	scoped(memory_freep) char *whole =
	    client_path(path, "limit", limit, "cursor",
		json_string_value(json_object_get(list, "next_cursor")), NULL);
	enum ctl_exit result = client_ask(ctl, "GET", whole, NULL, &page);

	if (result != CTL_OK)
		return result;
	json_array_extend(
	    json_object_get(list, "items"), json_object_get(page, "items"));
	json_object_del(page, "items");
	/* Later pages do not count again. */
	if (json_is_null(json_object_get(page, "total")))
		json_object_del(page, "total");
	json_object_update(list, page);
	return CTL_OK;
}

enum ctl_exit
client_list(struct ctl *ctl, const char *path, json_t **out_list)
{
	scoped(json_freep) json_t *list = json_object();
	const char *limit = ctl_value(ctl, "limit");
	uint64_t want = LIST_DEFAULT;
	size_t have = 0;

	if (limit != NULL &&
	    (!view_to_u64(view_string(limit), 1000000, &want) || want == 0))
		return ctl_misuse("--limit must be from 1 to 1000000");
	json_set_value(list, "items", json_array());
	json_set_value(list, "next_cursor", json_null());
	do {
		enum ctl_exit result =
		    append_page(ctl, path, want - have, list);

		if (result != CTL_OK)
			return result;
		have = json_array_size(json_object_get(list, "items"));
	} while (have < want &&
	    json_is_string(json_object_get(list, "next_cursor")));
	if (json_is_string(json_object_get(list, "next_cursor")) &&
	    !ctl_is_set(ctl, "quiet"))
		ctl_complain(
		    "there are more than these %zu; use --limit N", have);
	*out_list = take(list);
	return CTL_OK;
}
