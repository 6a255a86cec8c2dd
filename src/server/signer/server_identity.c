/* The server's self-signed certificate: made, renewed, handed out. */
#include <arpa/inet.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "os/fd.h"
#include "os/file.h"
#include "server/signer/signer.h"

enum {
	LIFE_DAYS = 365,
	RENEW_DAYS = 30,
	CLOCK_ALLOWANCE_MINUTES = 5,
	DUE_HOURS = 1, /* before the running service believes it */
	FILE_BYTES_MAX = KEY_PEM_MAX + 4 * LIMIT_CERTIFICATE,
	NAMES_MAX = 64,
};

static char *
file_path(const struct signer *signer)
{
	return file_join(signer->settings->directory, "server.pem");
}

/* An address in its one form, or a name as it is; allocated, "IP:" or "DNS:"
 * before it. */
static char *
san_of(const char *name)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16];
	int family = strchr(name, ':') != NULL ? AF_INET6 : AF_INET;

	if (inet_pton(family, name, bytes) != 1)
		return memory_format("DNS:%s", name);
	if (inet_ntop(family, bytes, text, sizeof(text)) == NULL)
		return memory_format("IP:%s", name);
	return memory_format("IP:%s", text);
}

static bool
has_san(const struct certificate *certificate, const char *name)
{
	scoped(memory_freep) char *wanted = san_of(name);

	for (size_t i = 0; i < certificate_san_count(certificate); i++) {
		const char *san = certificate_san(certificate, i);
		scoped(memory_freep) char *found = NULL;

		if (strncmp(san, "IP:", 3) != 0) {
			if (strcmp(san, wanted) == 0)
				return true;
			continue;
		}
		found = san_of(san + 3);
		if (strcmp(found, wanted) == 0)
			return true;
	}
	return false;
}

static bool
has_all_names(const struct signer *signer)
{
	char *const *names = signer->settings->names;
	size_t count = 0;

	while (names[count] != NULL) {
		if (!has_san(signer->server_certificate, names[count]))
			return false;
		count++;
	}
	return count == certificate_san_count(signer->server_certificate);
}

/* Made by a clock that was ahead, nobody would take it for long. Not where it
 * is the clock of now that is behind: it has not even reached the day on which
 * this fleet began. */
static bool
is_from_the_future(const struct signer *signer, int64_t now_ms)
{
	return certificate_not_before_ms(signer->server_certificate) > now_ms &&
	    certificate_not_before_ms(signer->authority.agent_ca) <= now_ms;
}

/* NULL, or why it has to be made anew. */
static const char *
why_due(const struct signer *signer)
{
	int64_t now_ms = signer_now(signer);
	const struct certificate *certificate = signer->server_certificate;

	if (certificate == NULL)
		return "there was none";
	if (!key_same_public(certificate_key(certificate), signer->server_key))
		return "its key was another";
	if (certificate_not_after_ms(certificate) <
	    now_ms + DAYS_MS(RENEW_DAYS))
		return "less than 30 days were left";
	if (is_from_the_future(signer, now_ms))
		return "it was not valid yet";
	if (!has_all_names(signer))
		return "the configured names are others";
	return NULL;
}

/* The file begins with the key, which is no certificate. */
static struct view
certificate_part(const struct buf *file)
{
	static const char begin[] = "-----BEGIN CERTIFICATE-----";
	const uint8_t *at =
	    memmem(file->data, file->length, begin, sizeof(begin) - 1);

	if (at == NULL)
		return view_of(NULL, 0);
	return view_of(at, file->length - (size_t)(at - file->data));
}

static bool
load(struct signer *signer, struct err *err)
{
	scoped(memory_freep) char *path = file_path(signer);
	scoped(buf_wipep) struct buf pem = BUF_INIT(FILE_BYTES_MAX);
	struct key_source source = {
	    .location = path,
	    .passphrase = settings_passphrase(signer->settings),
	};

	if (!file_exists(path))
		return true;
	return key_open(&source, &signer->server_key, err) &&
	    file_read_private(path, &pem, err) &&
	    certificate_parse_pem(
		certificate_part(&pem), &signer->server_certificate, err);
}

/* The configured names, sorted into the template's two kinds. */
struct names {
	const char *dns[NAMES_MAX];
	const char *addresses[NAMES_MAX];
};

static void
fill_names(const struct signer *signer, struct names *names,
    struct certificate_template *template)
{
	char *const *from = signer->settings->names;

	for (size_t i = 0; from[i] != NULL && i < NAMES_MAX; i++) {
		scoped(memory_freep) char *san = san_of(from[i]);

		if (strncmp(san, "IP:", 3) == 0)
			names->addresses[template->address_count++] = from[i];
		else
			names->dns[template->dns_name_count++] = from[i];
	}
	template->dns_names = names->dns;
	template->addresses = names->addresses;
	/* At most 64 characters fit; the names that count are the others. */
	template->common_name = from[0] != NULL &&strlen(from[0]) <= 64
	    ? from[0]
	    : "Warifu central server";
}

static bool
issue(const struct signer *signer, const struct key *key,
    struct certificate **out, struct err *err)
{
	struct names names = {0};
	int64_t now_ms = signer_now(signer);
	struct certificate_template template = {
	    .profile = CERTIFICATE_SERVER,
	    .subject_key = key,
	    .not_before_ms = now_ms - MINUTES_MS(CLOCK_ALLOWANCE_MINUTES),
	    .not_after_ms = now_ms + DAYS_MS(LIFE_DAYS),
	};

	fill_names(signer, &names, &template);
	digest_random_serial(template.serial);
	return certificate_issue(&template, NULL, key, out, err);
}

/* Key and certificate in one file, so that they are never of two makings. */
static bool
save(const struct signer *signer, const struct key *key,
    const struct certificate *certificate, struct err *err)
{
	scoped(memory_freep) char *path = file_path(signer);
	scoped(secret_freep) struct secret *pem = NULL;
	scoped(buf_wipep) struct buf file = BUF_INIT(FILE_BYTES_MAX);

	return key_save_pem(
		   key, settings_passphrase(signer->settings), &pem, err) &&
	    buf_append_view(&file, secret_view(pem), err) &&
	    certificate_pem(certificate, &file, err) &&
	    file_write_atomic(path, buf_view(&file), 0600, err);
}

static bool
make(struct signer *signer, const char *why, struct err *err)
{
	scoped(certificate_freep) struct certificate *certificate = NULL;
	scoped(key_freep) struct key *key = NULL;
	struct err unwritten = ERR_INIT;

	if (!key_generate(KEY_EC_P256, 0, &key, err) ||
	    !issue(signer, key, &certificate, err))
		return false;
	/* The server always starts; a journal that takes nothing is told of,
	 * and nobody but this server trusts what is made here. */
	if (!signer_record(signer,
		ledger_certificate_entry(LEDGER_ENTRY_SERVER_CERTIFICATE,
		    certificate_serial(certificate),
		    certificate_der_view(certificate)),
		JOURNAL_ORDINARY, &unwritten))
		log_failure(LOG_LEVEL_WARNING,
		    "the server's certificate is not in the journal",
		    &unwritten);
	if (!journal_sync(signer->journal, err) ||
	    !save(signer, key, certificate, err))
		return false;
	key_free(signer->server_key);
	certificate_free(signer->server_certificate);
	signer->server_key = take(key);
	signer->server_certificate = take(certificate);
	log_info("made the server's certificate", "why", why, "sha256",
	    certificate_fingerprint(signer->server_certificate));
	return true;
}

bool
signer_server_identity_open(struct signer *signer, struct err *err)
{
	const char *why;

	if (signer->server_key == NULL && !load(signer, err))
		return err_prefix(err, "opening the server's certificate");
	why = why_due(signer);
	return why == NULL || make(signer, why, err) ||
	    err_prefix(err, "making the server's certificate");
}

bool
signer_server_identity_look(
    struct signer *signer, int64_t monotonic_ms, struct err *err)
{
	const char *why = why_due(signer);

	if (why == NULL) {
		signer->is_server_due = false;
		return true;
	}
	if (!signer->is_server_due) {
		signer->is_server_due = true;
		signer->server_due_ms = monotonic_ms;
	}
	if (monotonic_ms - signer->server_due_ms < HOURS_MS(DUE_HOURS))
		return true;
	/* Should it fail, the next try is as far away. */
	signer->is_server_due = false;
	/* Agents learn of it by a publication, which is issued like all else.
	 */
	return (signer_may_issue(signer, err) && make(signer, why, err)) ||
	    err_prefix(err, "renewing the server's certificate");
}

bool
signer_server_identity(struct signer *signer, struct view body,
    struct writer *result, int *out_descriptor, struct err *err)
{
	const struct certificate *certificate = signer->server_certificate;
	scoped(secret_freep) struct secret *pem = NULL;
	struct signer_server_identity identity = {
	    .count = 1,
	    .chain = {certificate_der_view(certificate)},
	    .not_before_ms = certificate_not_before_ms(certificate),
	    .not_after_ms = certificate_not_after_ms(certificate),
	};

	if (!signer_empty_read(body, err) ||
	    !key_save_pem(signer->server_key, view_of(NULL, 0), &pem, err) ||
	    !fd_memfd_of("server-key", secret_view(pem), out_descriptor, err))
		return false;
	digest_sha256(identity.chain[0], identity.sha256);
	signer_server_identity_write(result, &identity);
	return true;
}
