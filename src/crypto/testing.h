/*
 * For unit tests only: a small certificate authority and its people, made in
 * memory. Everything asserts.
 */
#ifndef CRYPTO_TESTING_H
#define CRYPTO_TESTING_H

#include "base/clock.h"
#include "base/cmocka_test.h"
#include "base/memory.h"
#include "crypto/certificate.h"

#define TESTING_FLEET "0193b4a2-7c00-7000-8000-00000000f1ee"
#define TESTING_AGENT "0193b4a2-7c00-7000-8000-0000000000a1"

static inline struct key *
testing_key(void)
{
	struct key *key = NULL;
	struct err err = ERR_INIT;

	if (!key_generate(KEY_EC_P256, 0, &key, &err))
		fail_msg("%s", err_sentence(&err));
	return key;
}

/* A template of an agent's certificate, valid from five minutes ago. */
static inline struct certificate_template
testing_template(const struct key *key)
{
	struct certificate_template template = {
	    .profile = CERTIFICATE_CLIENT,
	    .subject_key = key,
	    .not_before_ms = clock_wall_ms() - MINUTES_MS(5),
	    .not_after_ms = clock_wall_ms() + DAYS_MS(90),
	    .organization = "Warifu fleet " TESTING_FLEET,
	    .unit = "agent",
	    .common_name = TESTING_AGENT,
	};

	digest_random_serial(template.serial);
	return template;
}

static inline struct certificate *
testing_issue(const struct certificate_template *template,
    const struct certificate *issuer, const struct key *issuer_key)
{
	struct certificate *certificate = NULL;
	struct err err = ERR_INIT;

	if (!certificate_issue(
		template, issuer, issuer_key, &certificate, &err))
		fail_msg("%s", err_sentence(&err));
	return certificate;
}

static inline struct certificate *
testing_ca(const struct key *key, const char *name)
{
	struct certificate_template template = testing_template(key);

	template.profile = CERTIFICATE_CA;
	template.unit = NULL;
	template.common_name = name;
	template.constrained_organization = template.organization;
	template.not_after_ms = clock_wall_ms() + DAYS_MS(3650);
	return testing_issue(&template, NULL, key);
}

static inline struct certificate *
testing_server(const struct key *key)
{
	static const char *const names[] = {"localhost", "server.test"};
	static const char *const addresses[] = {"127.0.0.1", "::1"};
	struct certificate_template template = testing_template(key);

	template.profile = CERTIFICATE_SERVER;
	template.unit = NULL;
	template.common_name = "localhost";
	template.dns_names = names;
	template.dns_name_count = array_length(names);
	template.addresses = addresses;
	template.address_count = array_length(addresses);
	return testing_issue(&template, NULL, key);
}

/* Compare with tests/golden/NAME; with WARIFU_GOLDEN=write in the environment
 * write it instead, for a person to read the difference. */
static inline void
testing_golden(const char *name, struct view text)
{
	static char golden[65536];
	const char *mode = getenv("WARIFU_GOLDEN");
	bool is_writing = mode != NULL && strcmp(mode, "write") == 0;
	scoped(memory_freep) char *path =
	    memory_format("%s/tests/golden/%s", SOURCE_ROOT, name);
	FILE *file = fopen(path, is_writing ? "w" : "r");
	size_t length;

	assert_non_null(file);
	if (is_writing) {
		fwrite(text.data, 1, text.length, file);
		fclose(file);
		return;
	}
	length = fread(golden, 1, sizeof(golden) - 1, file);
	fclose(file);
	golden[length] = '\0';
	if (!view_equal_string(text, golden))
		fail_msg("not as %s:\n%.*s", name, (int)text.length,
		    (const char *)text.data);
}

#endif
