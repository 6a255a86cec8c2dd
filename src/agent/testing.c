/* For tests: publications, commands and certificates of a made-up fleet. */
#include "agent/testing.h"

#include <ftw.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/jws.h"

static struct key *
new_key(void)
{
	struct key *key = NULL;
	struct err err = ERR_INIT;

	if (!key_generate(KEY_EC_P256, 0, &key, &err))
		fail_msg("%s", err_sentence(&err));
	return key;
}

static struct certificate *
issue(const struct certificate_template *template,
    const struct certificate *issuer, const struct key *issuer_key)
{
	struct certificate *certificate = NULL;
	struct err err = ERR_INIT;

	if (!certificate_issue(
		template, issuer, issuer_key, &certificate, &err))
		fail_msg("%s", err_sentence(&err));
	return certificate;
}

void
testing_fleet_init(struct testing_fleet *fleet)
{
	struct certificate_template template = {
	    .profile = CERTIFICATE_CA,
	    .organization = "Warifu fleet " TESTING_FLEET,
	    .common_name = "Agent CA",
	    .not_before_ms = clock_wall_ms() - 1000,
	    .not_after_ms = clock_wall_ms() + DAYS_MS(100),
	};

	fleet->publication_key = new_key();
	fleet->command_key = new_key();
	fleet->ca_key = new_key();
	fleet->fleet = TESTING_FLEET;
	template.subject_key = fleet->ca_key;
	digest_random_serial(template.serial);
	fleet->ca = issue(&template, NULL, fleet->ca_key);
}

void
testing_fleet_done(struct testing_fleet *fleet)
{
	key_free(fleet->publication_key);
	key_free(fleet->command_key);
	key_free(fleet->ca_key);
	certificate_free(fleet->ca);
}

static void
set_base64(json_t *json, const char *name, struct view bytes)
{
	scoped(memory_freep) char *text = base64_encode(bytes);

	json_set_string(json, name, text);
}

static json_t *
certificates(const struct certificate *certificate)
{
	scoped(memory_freep) char *text =
	    base64_encode(certificate_der_view(certificate));
	json_t *list = json_array();

	json_array_append_new(list, json_string(text));
	return list;
}

json_t *
testing_payload(
    const struct testing_fleet *fleet, int64_t epoch, int64_t number)
{
	json_t *json = json_object();

	json_set_string(json, "fleet", fleet->fleet);
	json_set_integer(json, "epoch", epoch);
	json_set_integer(json, "number", number);
	json_set_value(json, "server_anchors", certificates(fleet->ca));
	json_set_value(json, "agent_cas", certificates(fleet->ca));
	set_base64(json, "command_key", key_spki_view(fleet->command_key));
	set_base64(
	    json, "publication_key", key_spki_view(fleet->publication_key));
	return json;
}

char *
testing_sign(const struct key *key, const char *typ, json_t *payload)
{
	scoped(memory_freep) char *text = json_write(payload);
	struct err err = ERR_INIT;
	char *jws = NULL;

	if (!jws_make(key, typ, view_string(text), &jws, &err))
		fail_msg("%s", err_sentence(&err));
	json_decref(payload);
	return jws;
}

char *
testing_publication(
    const struct testing_fleet *fleet, int64_t epoch, int64_t number)
{
	return testing_sign(fleet->publication_key, "warifu-publication+jwt",
	    testing_payload(fleet, epoch, number));
}

json_t *
testing_command(int64_t epoch, int64_t counter)
{
	json_t *json = json_object();
	char digest[SHA256_HEX_SIZE];

	digest_sha256_hex(VIEW_LITERAL("{}"), digest);
	json_set_string(json, "target", TESTING_AGENT);
	json_set_string(json, "action", "uninstall");
	json_set_string(json, "arguments_sha256", digest);
	json_set_time(json, "expires_at", clock_wall_ms() + MINUTES_MS(5));
	json_set_integer(json, "epoch", epoch);
	json_set_integer(json, "counter", counter);
	return json;
}

struct certificate *
testing_certificate(const struct testing_fleet *fleet, const struct key *key,
    const char *common_name)
{
	struct certificate_template template = {
	    .profile = CERTIFICATE_CLIENT,
	    .subject_key = key,
	    .organization = "Warifu fleet " TESTING_FLEET,
	    .unit = "agent",
	    .common_name = common_name,
	    .not_before_ms = clock_wall_ms() - 1000,
	    .not_after_ms = clock_wall_ms() + DAYS_MS(90),
	};

	digest_random_serial(template.serial);
	return issue(&template, fleet->ca, fleet->ca_key);
}

char *
testing_folder(void)
{
	char *folder = memory_string("/tmp/warifu-agent-XXXXXX");

	assert_non_null(mkdtemp(folder));
	return folder;
}

static int
remove_entry(
    const char *path, const struct stat *status, int kind, struct FTW *where)
{
	return remove(path);
}

void
testing_folder_free(char *folder)
{
	nftw(folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
	free(folder);
}
