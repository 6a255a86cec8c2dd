/* The stand's certificates. */
#include "people.h"

#include "base/clock.h"
#include "base/memory.h"
#include "os/file.h"
#include "stand.h"

static struct key *
make_key(void)
{
	struct err err = ERR_INIT;
	struct key *key;

	stand_must(key_generate(KEY_EC_P256, 0, &key, &err), &err);
	return key;
}

static struct certificate *
issue(enum certificate_profile profile, const struct key *key, const char *unit,
    const char *name, const struct certificate *issuer,
    const struct key *issuer_key)
{
	static const char *const names[] = {"localhost"};
	static const char *const addresses[] = {"127.0.0.1"};
	bool is_server = profile == CERTIFICATE_SERVER;
	struct certificate_template template = {
	    .profile = profile,
	    .subject_key = key,
	    .not_before_ms = clock_wall_ms() - MINUTES_MS(5),
	    .not_after_ms = clock_wall_ms() + DAYS_MS(90),
	    .organization = "Warifu fleet " PEOPLE_FLEET,
	    .unit = unit,
	    .common_name = name,
	    .dns_names = names,
	    .dns_name_count = is_server ? 1 : 0,
	    .addresses = addresses,
	    .address_count = is_server ? 1 : 0,
	};
	struct certificate *certificate;
	struct err err = ERR_INIT;

	digest_random_serial(template.serial);
	stand_must(certificate_issue(
		       &template, issuer, issuer_key, &certificate, &err),
	    &err);
	return certificate;
}

static void
save(const char *folder, const char *name, const struct certificate *leaf,
    const struct key *key)
{
	scoped(memory_freep) char *path =
	    memory_format("%s/%s.pem", folder, name);
	scoped(buf_donep) struct buf text = BUF_INIT(65536);
	scoped(secret_freep) struct secret *pem = NULL;
	struct err err = ERR_INIT;

	stand_must(certificate_pem(leaf, &text, &err), &err);
	if (key != NULL) {
		stand_must(
		    key_save_pem(key, view_of(NULL, 0), &pem, &err), &err);
		stand_must(
		    buf_append_view(&text, secret_view(pem), &err), &err);
	}
	stand_must(file_write_atomic(path, buf_view(&text), 0600, &err), &err);
}

static void
make_agent(const char *folder, const char *name, const char *id,
    const struct certificate *ca, const struct key *ca_key)
{
	scoped(key_freep) struct key *key = make_key();
	scoped(certificate_freep) struct certificate *leaf =
	    issue(CERTIFICATE_CLIENT, key, "agent", id, ca, ca_key);

	save(folder, name, leaf, key);
}

void
people_make(struct people *out, const char *folder)
{
	scoped(key_freep) struct key *other_key = make_key();
	scoped(certificate_freep) struct certificate *other =
	    issue(CERTIFICATE_CA, other_key, NULL, "other", NULL, other_key);

	out->ca_key = make_key();
	out->ca =
	    issue(CERTIFICATE_CA, out->ca_key, NULL, "CA", NULL, out->ca_key);
	out->server_key = make_key();
	out->server = issue(CERTIFICATE_SERVER, out->server_key, NULL,
	    "localhost", NULL, out->server_key);
	save(folder, "server", out->server, NULL);
	make_agent(folder, "agent1", "0193b4a2-7c00-7000-8000-0000000000a1",
	    out->ca, out->ca_key);
	make_agent(folder, "agent2", "0193b4a2-7c00-7000-8000-0000000000a2",
	    out->ca, out->ca_key);
	make_agent(folder, "stranger", "0193b4a2-7c00-7000-8000-0000000000a3",
	    other, other_key);
}

void
people_done(struct people *people)
{
	key_free(people->ca_key);
	key_free(people->server_key);
	certificate_free(people->ca);
	certificate_free(people->server);
}
