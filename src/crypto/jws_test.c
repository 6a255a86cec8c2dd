/* Signed statements: what is refused, and that what was made is read. */
#include "base/cmocka_test.h"

#include "base/text.h"
#include "crypto/jws.h"
#include "crypto/signature.h"
#include "crypto/testing.h"

static const char TYP[] = "warifu-command+jwt";

static char *
make(const struct key *key, const char *payload)
{
	char *jws = NULL;
	struct err err = ERR_INIT;

	assert_true(jws_make(key, TYP, view_string(payload), &jws, &err));
	return jws;
}

static void
assert_refused(
    const char *jws, const struct key *key, const char *typ, const char *code)
{
	scoped(buf_donep) struct buf payload = BUF_INIT(JWS_PAYLOAD_MAX);
	struct err err = ERR_INIT;

	assert_false(jws_verify(view_string(jws), key, typ, &payload, &err));
	assert_int_equal(payload.length, 0);
	if (code != NULL)
		assert_string_equal(err.code, code);
}

/* A statement with any header, properly signed. */
static char *
forge(const struct key *key, const char *header)
{
	scoped(memory_freep) char *head = base64url_encode(view_string(header));
	scoped(memory_freep) char *body =
	    memory_format("%s.%s", head, "eyJ4IjoxfQ");
	scoped(memory_freep) char *tail = NULL;
	uint8_t raw[SIGNATURE_RAW_SIZE];
	struct err err = ERR_INIT;

	assert_true(signature_make_raw(key, view_string(body), raw, &err));
	tail = base64url_encode(view_of(raw, sizeof(raw)));
	return memory_format("%s.%s", body, tail);
}

static void
headers_with_anything_else_are_refused(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	static const char *const headers[] = {
	    "{\"alg\":\"none\",\"kid\":\"@\",\"typ\":\"warifu-command+jwt\"}",
	    "{\"alg\":\"HS256\",\"kid\":\"@\",\"typ\":\"warifu-command+jwt\"}",
	    "{\"alg\":\"ES256\",\"kid\":\"@\",\"typ\":\"warifu-other+jwt\"}",
	    "{\"alg\":\"ES256\",\"kid\":\"00\",\"typ\":\"warifu-command+jwt\"}",
	    "{\"alg\":\"ES256\",\"kid\":\"@\"}",
	    "{\"alg\":\"ES256\",\"typ\":\"warifu-command+jwt\"}",
	    "{\"alg\":\"ES256\",\"kid\":\"@\",\"typ\":\"warifu-command+jwt\","
	    "\"crit\":[\"x\"]}",
	    "{\"alg\":\"ES256\",\"alg\":\"ES256\",\"kid\":\"@\",\"typ\":"
	    "\"warifu-command+jwt\"}",
	    "[\"ES256\"]", "{}", "", "not json"};

	for (size_t i = 0; i < array_length(headers); i++) {
		scoped(memory_freep) char *header = NULL;
		scoped(memory_freep) char *jws = NULL;
		const char *at = strchr(headers[i], '@');

		header = at == NULL
		    ? memory_string(headers[i])
		    : memory_format("%.*s%s%s", (int)(at - headers[i]),
			  headers[i], key_spki_sha256(key), at + 1);
		jws = forge(key, header);
		assert_refused(jws, key, TYP, NULL);
	}
}

static void
a_statement_of_another_key_or_type_is_refused(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	scoped(key_freep) struct key *other = testing_key();
	scoped(memory_freep) char *jws = make(key, "{}");

	assert_refused(jws, other, TYP, "jws_key");
	assert_refused(jws, key, "warifu-publication+jwt", "jws_type");
}

static void
a_statement_is_refused_at_every_cut_and_change(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	scoped(memory_freep) char *jws = make(key, "{\"action\":\"x\"}");
	size_t length = strlen(jws);

	for (size_t i = 0; i < length; i++) {
		char kept = jws[i];

		jws[i] = kept == 'A' ? 'B' : 'A';
		assert_refused(jws, key, TYP, NULL);
		jws[i] = '\0';
		assert_refused(jws, key, TYP, NULL);
		jws[i] = kept;
	}
}

static void
foreign_characters_and_parts_are_refused(void **state)
{
	static const char *const endings[] = {".", ".A", "=", " ", "\n", "A"};
	scoped(key_freep) struct key *key = testing_key();
	scoped(memory_freep) char *jws = make(key, "{}");

	for (size_t i = 0; i < array_length(endings); i++) {
		scoped(memory_freep) char *longer =
		    memory_format("%s%s", jws, endings[i]);

		assert_refused(longer, key, TYP, "jws_malformed");
	}
	assert_refused("", key, TYP, "jws_malformed");
	assert_refused("..", key, TYP, "jws_malformed");
}

static void
an_overlong_statement_is_refused(void **state)
{
	static char text[JWS_MAX + 2];
	scoped(key_freep) struct key *key = testing_key();

	memset(text, 'A', sizeof(text) - 1);
	assert_refused(text, key, TYP, "jws_malformed");
}

static void
what_was_signed_is_read(void **state)
{
	scoped(key_freep) struct key *key = testing_key();
	scoped(memory_freep) char *jws = make(key, "{\"target\":\"割符\"}");
	scoped(buf_donep) struct buf payload = BUF_INIT(JWS_PAYLOAD_MAX);
	scoped(buf_donep) struct buf peeked = BUF_INIT(JWS_PAYLOAD_MAX);
	struct err err = ERR_INIT;

	assert_true(jws_verify(view_string(jws), key, TYP, &payload, &err));
	assert_true(
	    view_equal_string(buf_view(&payload), "{\"target\":\"割符\"}"));
	assert_true(jws_payload_unverified(view_string(jws), &peeked, &err));
	assert_true(view_equal(buf_view(&payload), buf_view(&peeked)));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(headers_with_anything_else_are_refused),
	    cmocka_unit_test(a_statement_of_another_key_or_type_is_refused),
	    cmocka_unit_test(a_statement_is_refused_at_every_cut_and_change),
	    cmocka_unit_test(foreign_characters_and_parts_are_refused),
	    cmocka_unit_test(an_overlong_statement_is_refused),
	    cmocka_unit_test(what_was_signed_is_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
