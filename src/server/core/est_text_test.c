/* What EST's text forms must take and must refuse. */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "server/core/est_text.h"

static void
assert_no_token(const char *field)
{
	scoped(secret_freep) struct secret *token = NULL;
	struct err err = ERR_INIT;

	assert_false(est_read_basic(field, &token, &err));
	assert_string_equal(err.code, "token_required");
	assert_null(token);
}

static void
without_basic_credentials_there_is_a_challenge(void **state)
{
	assert_no_token(NULL);
	assert_no_token("");
	assert_no_token("Bearer abc");
	assert_no_token("Basic");
	assert_no_token("Basic !!!!");
	assert_no_token("Basic dXNlcg==");          /* "user" */
	assert_no_token("Basic dXNlcjo=");          /* "user:" */
	assert_no_token("Basic dXNlcjp0b2tlbg==x"); /* left-overs */
}

static void
the_password_is_the_token_whoever_the_user_is(void **state)
{
	static const char *const FIELDS[] = {"Basic dXNlcjp0b2tlbg==",
	    "basic OnRva2Vu", "BASIC  dXNlcjp0b2tlbg=="};

	for (size_t i = 0; i < array_length(FIELDS); i++) {
		scoped(secret_freep) struct secret *token = NULL;
		struct err err = ERR_INIT;

		assert_true(est_read_basic(FIELDS[i], &token, &err));
		assert_true(view_equal_string(secret_view(token), "token"));
	}
}

static void
an_overlong_credential_is_refused(void **state)
{
	char *pair = memory_zeroed(1024);
	char *text, *field;

	memset(pair, ':', 1023);
	text = base64_encode(view_string(pair));
	field = memory_format("Basic %s", text);
	assert_no_token(field);
	free(field);
	free(text);
	free(pair);
}

static const uint8_t DER[] = {0x30, 0x82, 0x01, 0x02, 'x', 'y', 'z'};

static void
assert_reads(struct view body)
{
	scoped(buf_donep) struct buf der = BUF_INIT(1024);
	struct err err = ERR_INIT;

	assert_true(est_read_pkcs10(body, &der, &err));
	assert_true(view_equal(buf_view(&der), view_of(DER, sizeof(DER))));
}

static void
every_form_of_a_request_is_read(void **state)
{
	scoped(memory_freep) char *plain =
	    base64_encode(view_of(DER, sizeof(DER)));
	scoped(memory_freep) char *wrapped =
	    memory_format("%.4s\r\n%.4s\n%s\r\n", plain, plain + 4, plain + 8);
	scoped(memory_freep) char *pem =
	    memory_format("-----BEGIN CERTIFICATE REQUEST-----\n%s\n-----END "
			  "CERTIFICATE REQUEST-----\n",
		plain);

	assert_reads(view_of(DER, sizeof(DER)));
	assert_reads(view_string(plain));
	assert_reads(view_string(wrapped));
	assert_reads(view_string(pem));
}

static void
other_bodies_are_refused(void **state)
{
	static const char *const WRONG[] = {"", "0", "????", "MIIB",
	    "-----BEGIN CERTIFICATE REQUEST-----",
	    "-----BEGIN CERTIFICATE REQUEST-----\n%%\n-----END ",
	    "{\"json\":true}"};

	for (size_t i = 0; i < array_length(WRONG); i++) {
		scoped(buf_donep) struct buf der = BUF_INIT(2);
		struct err err = ERR_INIT;

		assert_false(
		    est_read_pkcs10(view_string(WRONG[i]), &der, &err));
		assert_string_equal(err.code, "request_malformed");
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_basic_credentials_there_is_a_challenge),
	    cmocka_unit_test(the_password_is_the_token_whoever_the_user_is),
	    cmocka_unit_test(an_overlong_credential_is_refused),
	    cmocka_unit_test(every_form_of_a_request_is_read),
	    cmocka_unit_test(other_bodies_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
