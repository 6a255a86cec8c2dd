/* Messages between core and signer: what is written is read, and nothing cut,
 * stretched or out of its limits is. */
#include "base/cmocka_test.h"

#include "base/memory.h"
#include "ipc/messages.h"
#include "ipc/signer_client.h"

#define AGENT  "0190f2a0-0000-7000-8000-000000000001"
#define OFFICE "0190f2a0-0000-7000-8000-000000000002"
#define TOKEN  "0190f2a0-0000-7000-8000-000000000003"
#define SERIAL "40112233445566778899aabbccddeeff"

/* Read body as every form that there is: nothing may crash. */
static void
read_as_everything(struct view body)
{
	struct err err = ERR_INIT;

#define READ(name, type)                                                       \
	{                                                                      \
		type value;                                                    \
		ignore_result(signer_##name##_read(body, &value, &err));       \
	}
	SIGNER_FORMS(READ)
#undef READ
}

static const struct signer_head HEAD = {.epoch = 1, .n = 7, .hash = {1, 2}};
static const struct signer_server_identity IDENTITY = {
    .count = 2,
    .chain = {{(const uint8_t *)"one", 3}, {(const uint8_t *)"two", 3}},
    .not_before_ms = 1,
    .not_after_ms = 2,
    .sha256 = {9},
};
static const struct signer_trust_set TRUST_SET = {
    .revision = 3,
    .fleet_id = OFFICE,
    .epoch = 1,
    .agent_ca_count = 1,
    .agent_cas = {{(const uint8_t *)"CA", 2}},
    .revoked_agents = {(const uint8_t *)"0123456789abcdef", 16},
};
static const struct signer_publication PUBLICATION = {
    .number = 1,
    .jws = {(const uint8_t *)"a.b.c", 5},
    .publication_key = {(const uint8_t *)"key", 3},
};
static const struct signer_token_create TOKEN_CREATE = {
    .kind = SIGNER_TOKEN_OFFICE,
    .office_id = OFFICE,
    .uses = 5,
    .expires_ms = 10,
    .address_count = 1,
    .addresses = {{(const uint8_t *)"10.0.0.0/8", 10}},
    .by = {(const uint8_t *)"admin", 5},
};
static const struct signer_token_created TOKEN_CREATED = {
    .token_id = TOKEN,
    .token = "wft_abcdefghijklmnopqrstuvwxyz234567",
};
static const struct signer_token_revoke TOKEN_REVOKE = {.token_id = TOKEN};
static const struct signer_enrol ENROL = {
    .token = {(const uint8_t *)"wft_x", 5},
    .address = {(const uint8_t *)"::1", 3},
    .request = {(const uint8_t *)"DER", 3},
};
static const struct signer_reenrol REENROL = {
    .agent_id = AGENT,
    .serial = SERIAL,
    .request = {(const uint8_t *)"DER", 3},
};
static const struct signer_issued ISSUED = {
    .certificate = {(const uint8_t *)"DER", 3},
    .profile = SIGNER_PROFILE_AGENT,
    .agent_id = AGENT,
    .serial = SERIAL,
    .is_new_computer = true,
    .credential_hash = {(const uint8_t *)"0123456789abcdef0123456789abcdef",
	32},
};
static const struct signer_nonce NONCE = {
    .nonce = {(const uint8_t *)"12345678", 8}};
static const struct signer_agent AGENT_ONLY = {.agent_id = AGENT};
static const struct signer_agent_order AGENT_ORDER = {.agent_id = AGENT};
static const struct signer_revision REVISION = {.revision = 4};
static const struct signer_command COMMAND = {
    .agent_id = AGENT, .action = SIGNER_ACTION_UNINSTALL};
static const struct signer_ocsp OCSP = {.request = {(const uint8_t *)"DER", 3}};
static const struct signer_object OBJECT = {
    .bytes = {(const uint8_t *)"DER", 3}, .produced_ms = 1, .expires_ms = 2};
static const struct signer_status STATUS = {
    .health = SIGNER_JOURNAL_FULL,
    .sentence = {(const uint8_t *)"full", 4},
    .certificates = 3,
};

static const struct signer_audit_head AUDIT_HEAD = {.n = 7, .hash = {1, 2}};
static const struct signer_audit_from AUDIT_FROM = {.n = 8};
static const struct signer_audit_heads AUDIT_HEADS = {
    .latest = {.n = 9}, .heads = {(const uint8_t *)"packed", 6}};
static const struct signer_audit_checkpoint AUDIT_CHECKPOINT = {
    .head = {.n = 5}, .statement = {(const uint8_t *)"a.b.c", 5}};
static const struct signer_enforce ENFORCE = {
    .setting = SIGNER_SETTING_TWO_FACTOR, .by = {(const uint8_t *)"admin", 5}};
static const struct signer_enforced ENFORCED = {.settings = 2};

/* Written, read back and written again gives the same bytes; cut anywhere or
 * stretched by a byte it is refused. */
#define FORM_TEST(name, type, example)                                         \
	static void name##_is_read_as_written_and_never_cut(void **state)      \
	{                                                                      \
		scoped(buf_donep) struct buf one = BUF_INIT(4096);             \
		scoped(buf_donep) struct buf two = BUF_INIT(4096);             \
		struct err err = ERR_INIT;                                     \
		struct writer writer;                                          \
		type value;                                                    \
                                                                               \
		writer_init(&writer, &one);                                    \
		signer_##name##_write(&writer, &example);                      \
		assert_true(writer_done(&writer, &err));                       \
		assert_true(                                                   \
		    signer_##name##_read(buf_view(&one), &value, &err));       \
		writer_init(&writer, &two);                                    \
		signer_##name##_write(&writer, &value);                        \
		assert_true(view_equal(buf_view(&one), buf_view(&two)));       \
		for (size_t n = 0; n < one.length; n++) {                      \
			struct view cut = view_of(one.data, n);                \
                                                                               \
			assert_false(signer_##name##_read(cut, &value, &err)); \
			read_as_everything(cut);                               \
		}                                                              \
		assert_true(buf_append(&one, "x", 1, &err));                   \
		assert_false(                                                  \
		    signer_##name##_read(buf_view(&one), &value, &err));       \
	}

FORM_TEST(head, struct signer_head, HEAD)
FORM_TEST(server_identity, struct signer_server_identity, IDENTITY)
FORM_TEST(trust_set, struct signer_trust_set, TRUST_SET)
FORM_TEST(publication, struct signer_publication, PUBLICATION)
FORM_TEST(token_create, struct signer_token_create, TOKEN_CREATE)
FORM_TEST(token_created, struct signer_token_created, TOKEN_CREATED)
FORM_TEST(token_revoke, struct signer_token_revoke, TOKEN_REVOKE)
FORM_TEST(enrol, struct signer_enrol, ENROL)
FORM_TEST(reenrol, struct signer_reenrol, REENROL)
FORM_TEST(issued, struct signer_issued, ISSUED)
FORM_TEST(nonce, struct signer_nonce, NONCE)
FORM_TEST(agent, struct signer_agent, AGENT_ONLY)
FORM_TEST(agent_order, struct signer_agent_order, AGENT_ORDER)
FORM_TEST(revision, struct signer_revision, REVISION)
FORM_TEST(command, struct signer_command, COMMAND)
FORM_TEST(ocsp, struct signer_ocsp, OCSP)
FORM_TEST(object, struct signer_object, OBJECT)
FORM_TEST(status, struct signer_status, STATUS)
FORM_TEST(audit_head, struct signer_audit_head, AUDIT_HEAD)
FORM_TEST(audit_from, struct signer_audit_from, AUDIT_FROM)
FORM_TEST(audit_heads, struct signer_audit_heads, AUDIT_HEADS)
FORM_TEST(audit_checkpoint, struct signer_audit_checkpoint, AUDIT_CHECKPOINT)
FORM_TEST(enforce, struct signer_enforce, ENFORCE)
FORM_TEST(enforced, struct signer_enforced, ENFORCED)

static void
an_id_that_is_none_is_refused(void **state)
{
	struct signer_agent value = {.agent_id = "not-an-id"};
	scoped(buf_donep) struct buf body = BUF_INIT(4096);
	struct err err = ERR_INIT;
	struct writer writer;

	writer_init(&writer, &body);
	signer_agent_write(&writer, &value);
	assert_false(signer_agent_read(buf_view(&body), &value, &err));
	assert_int_equal(err.category, ERR_MALFORMED);
}

static void
an_action_outside_the_table_is_refused(void **state)
{
	struct signer_command value = COMMAND;
	scoped(buf_donep) struct buf body = BUF_INIT(4096);
	struct err err = ERR_INIT;
	struct writer writer;

	value.action = (enum signer_action)(SIGNER_ACTION_UNINSTALL + 1);
	writer_init(&writer, &body);
	signer_command_write(&writer, &value);
	assert_false(signer_command_read(buf_view(&body), &value, &err));
}

static void
a_setting_outside_the_table_is_refused(void **state)
{
	struct signer_enforce value = ENFORCE;
	scoped(buf_donep) struct buf body = BUF_INIT(4096);
	struct err err = ERR_INIT;
	struct writer writer;

	value.setting = (enum signer_setting)(SIGNER_SETTING_LAST + 1);
	writer_init(&writer, &body);
	signer_enforce_write(&writer, &value);
	assert_false(signer_enforce_read(buf_view(&body), &value, &err));
}

static void
a_refusal_arrives_with_category_code_and_sentence(void **state)
{
	scoped(buf_donep) struct buf body = BUF_INIT(4096);
	struct err refusal = ERR_INIT;
	struct err err = ERR_INIT;
	struct view result;

	err_set_code(&refusal, ERR_DENIED, "token_used", "used up");
	assert_true(signer_answer_error(&body, &refusal, &err));
	assert_false(signer_answer_open(buf_view(&body), &result, &err));
	assert_int_equal(err.category, ERR_DENIED);
	assert_string_equal(err.code, "token_used");
	assert_string_equal(err.sentence, "used up");
	for (size_t n = 0; n < body.length; n++) {
		assert_false(
		    signer_answer_open(view_of(body.data, n), &result, &err));
		assert_int_equal(err.category, ERR_MALFORMED);
	}
}

static void
message_numbers_are_those_of_the_table(void **state)
{
#define SAME(name)                                                             \
	assert_int_equal((int)IPC_MESSAGE_SIGNER_##name,                       \
	    (int)SIGNER_TYPE_FIRST + (int)SIGNER_##name);
	SIGNER_MESSAGES(SAME)
#undef SAME
}

static void
uuids_are_packed_and_unpacked(void **state)
{
	uint8_t bytes[SIGNER_UUID_BYTES];
	char text[ID_SIZE];

	assert_true(signer_uuid_bytes(AGENT, bytes));
	signer_uuid_text(bytes, text);
	assert_string_equal(text, AGENT);
	assert_false(signer_uuid_bytes("x", bytes));
}

/* A transport that answers TOKEN_CREATE and refuses all else. */
static bool
answer_token(void *ctx, enum signer_message message, struct view body,
    struct signer_reply *out, struct err *err)
{
	struct signer_token_create request;
	struct writer writer;

	if (message != SIGNER_TOKEN_CREATE)
		return err_set(err, ERR_SYSTEM, "the signer is away");
	assert_true(signer_token_create_read(body, &request, err));
	writer_init(&writer, &out->body);
	signer_answer_ok(&writer);
	signer_token_created_write(&writer, &TOKEN_CREATED);
	return writer_done(&writer, err);
}

static void
a_client_call_writes_asks_and_reads(void **state)
{
	struct signer_client client = {.call = answer_token};
	struct signer_token_created created;
	struct signer_head head;
	struct err err = ERR_INIT;

	assert_true(
	    signer_client_token_create(&client, &TOKEN_CREATE, &created, &err));
	assert_string_equal(created.token, TOKEN_CREATED.token);
	assert_false(signer_client_journal_head(&client, &head, &err));
	assert_int_equal(err.category, ERR_SYSTEM);
}

int
main(void)
{
#define FORM_UNIT_TEST(name, type)                                             \
	cmocka_unit_test(name##_is_read_as_written_and_never_cut),
	const struct CMUnitTest tests[] = {
	    SIGNER_FORMS(FORM_UNIT_TEST)
		cmocka_unit_test(an_id_that_is_none_is_refused),
	    cmocka_unit_test(an_action_outside_the_table_is_refused),
	    cmocka_unit_test(a_setting_outside_the_table_is_refused),
	    cmocka_unit_test(a_refusal_arrives_with_category_code_and_sentence),
	    cmocka_unit_test(message_numbers_are_those_of_the_table),
	    cmocka_unit_test(uuids_are_packed_and_unpacked),
	    cmocka_unit_test(a_client_call_writes_asks_and_reads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
