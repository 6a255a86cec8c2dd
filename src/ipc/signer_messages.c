/* The forms of the signer's messages, as tables of fields. */
#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/text.h"
#include "ipc/signer_messages.h"

enum field_kind {
	FIELD_BOOL,
	FIELD_U32,
	FIELD_U64,
	FIELD_TIME,
	FIELD_ENUM,      /* one byte, 1 to max */
	FIELD_HASH,      /* SIGNER_HASH_BYTES */
	FIELD_ID,        /* a UUID */
	FIELD_ID_OR_NOT, /* or empty text */
	FIELD_SERIAL,
	FIELD_TOKEN,
	FIELD_VIEW,  /* at most max bytes */
	FIELD_VIEWS, /* count at extra, at most extra_max of max bytes */
};

struct field {
	enum field_kind kind;
	size_t offset;
	size_t max;
	size_t extra;
	size_t extra_max;
};

#define AT(type, member) .offset = offsetof(struct signer_##type, member)
#define BOOL(type, member)                                                     \
	{                                                                      \
		FIELD_BOOL, AT(type, member)                                   \
	}
#define U32(type, member)                                                      \
	{                                                                      \
		FIELD_U32, AT(type, member)                                    \
	}
#define U64(type, member)                                                      \
	{                                                                      \
		FIELD_U64, AT(type, member)                                    \
	}
#define TIME(type, member)                                                     \
	{                                                                      \
		FIELD_TIME, AT(type, member)                                   \
	}
#define ENUM(type, member, m)                                                  \
	{                                                                      \
		FIELD_ENUM, AT(type, member), .max = (m)                       \
	}
#define HASH(type, member)                                                     \
	{                                                                      \
		FIELD_HASH, AT(type, member)                                   \
	}
#define ID(type, member)                                                       \
	{                                                                      \
		FIELD_ID, AT(type, member)                                     \
	}
#define ID_OR_NOT(type, member)                                                \
	{                                                                      \
		FIELD_ID_OR_NOT, AT(type, member)                              \
	}
#define SERIAL(type, member)                                                   \
	{                                                                      \
		FIELD_SERIAL, AT(type, member)                                 \
	}
#define VIEW(type, member, m)                                                  \
	{                                                                      \
		FIELD_VIEW, AT(type, member), .max = (m)                       \
	}
#define VIEWS(type, member, m, counter, n)                                     \
	{                                                                      \
		FIELD_VIEWS, AT(type, member),                                 \
		    .max = (m),                                                \
		    .extra = offsetof(struct signer_##type, counter),          \
		    .extra_max = (n)                                           \
	}

static const struct field head_fields[] = {
    U32(head, epoch),
    U64(head, n),
    HASH(head, hash),
};

static const struct field server_identity_fields[] = {
    VIEWS(server_identity, chain, LIMIT_CERTIFICATE, count,
	SIGNER_CERTIFICATES_MAX),
    TIME(server_identity, not_before_ms),
    TIME(server_identity, not_after_ms),
    HASH(server_identity, sha256),
};

static const struct field trust_set_fields[] = {
    U64(trust_set, revision),
    ID(trust_set, fleet_id),
    U32(trust_set, epoch),
    VIEWS(trust_set, agent_cas, LIMIT_CERTIFICATE, agent_ca_count,
	SIGNER_CERTIFICATES_MAX),
    VIEW(trust_set, revoked_agents, SIGNER_ANSWER_MAX),
    VIEW(trust_set, retired_agents, SIGNER_ANSWER_MAX),
    VIEW(trust_set, revoked_serials, SIGNER_ANSWER_MAX),
};

static const struct field publication_fields[] = {
    U64(publication, number),
    VIEW(publication, jws, SIGNER_ANSWER_MAX),
    VIEW(publication, publication_key, LIMIT_CERTIFICATE),
};

static const struct field token_create_fields[] = {
    ENUM(token_create, kind, SIGNER_TOKEN_OFFICE),
    ID(token_create, office_id),
    ID_OR_NOT(token_create, computer_id),
    U32(token_create, uses),
    TIME(token_create, expires_ms),
    VIEWS(token_create, addresses, SIGNER_WORD_MAX, address_count,
	SIGNER_ADDRESSES_MAX),
    VIEW(token_create, by, SIGNER_WORD_MAX),
};

static const struct field token_created_fields[] = {
    ID(token_created, token_id),
    {FIELD_TOKEN, AT(token_created, token)},
};

static const struct field token_revoke_fields[] = {
    ID(token_revoke, token_id),
    VIEW(token_revoke, by, SIGNER_WORD_MAX),
};

static const struct field token_fields[] = {
    ID(token, token_id),
    ENUM(token, kind, SIGNER_TOKEN_OFFICE),
    ID(token, office_id),
    ID_OR_NOT(token, computer_id),
    U32(token, uses),
    U32(token, used),
    TIME(token, created_ms),
    TIME(token, expires_ms),
    BOOL(token, is_revoked),
};

static const struct field enrol_fields[] = {
    VIEW(enrol, token, LIMIT_PASSWORD),
    VIEW(enrol, address, SIGNER_WORD_MAX),
    VIEW(enrol, request, LIMIT_CERTIFICATE),
};

static const struct field reenrol_fields[] = {
    ID(reenrol, agent_id),
    SERIAL(reenrol, serial),
    VIEW(reenrol, request, LIMIT_CERTIFICATE),
};

static const struct field issued_fields[] = {
    VIEW(issued, certificate, LIMIT_CERTIFICATE),
    ENUM(issued, profile, SIGNER_PROFILE_STOCK),
    ID(issued, agent_id),
    SERIAL(issued, serial),
    ID_OR_NOT(issued, office_id),
    ID_OR_NOT(issued, token_id),
    BOOL(issued, is_new_computer),
    BOOL(issued, is_repeat),
    TIME(issued, not_before_ms),
    TIME(issued, not_after_ms),
    VIEW(issued, credential_hash, SIGNER_HASH_BYTES),
};

static const struct field agent_fields[] = {
    ID(agent, agent_id),
};

static const struct field nonce_fields[] = {
    VIEW(nonce, nonce, SIGNER_WORD_MAX),
};

static const struct field agent_order_fields[] = {
    ID(agent_order, agent_id),
    VIEW(agent_order, by, SIGNER_WORD_MAX),
};

static const struct field revision_fields[] = {
    U64(revision, revision),
};

static const struct field command_fields[] = {
    ID(command, agent_id),
    ENUM(command, action, SIGNER_ACTION_UNINSTALL),
    VIEW(command, by, SIGNER_WORD_MAX),
};

static const struct field ocsp_fields[] = {
    VIEW(ocsp, request, LIMIT_BODY_OCSP),
};

static const struct field object_fields[] = {
    VIEW(object, bytes, SIGNER_ANSWER_MAX),
    TIME(object, produced_ms),
    TIME(object, expires_ms),
};

static const struct field status_fields[] = {
    ENUM(status, health, SIGNER_JOURNAL_ROLLED_BACK),
    VIEW(status, sentence, ERR_SENTENCE_MAX),
    U32(status, head.epoch),
    U64(status, head.n),
    HASH(status, head.hash),
    U64(status, certificates),
    U64(status, agents),
    U64(status, revoked_agents),
    U64(status, tokens),
    TIME(status, agent_ca_not_after_ms),
    TIME(status, server_not_after_ms),
};

static const struct field audit_head_fields[] = {
    U64(audit_head, n),
    HASH(audit_head, hash),
};

static const struct field audit_from_fields[] = {
    U64(audit_from, n),
};

static const struct field audit_heads_fields[] = {
    U64(audit_heads, latest.n),
    HASH(audit_heads, latest.hash),
    U64(audit_heads, checkpoint.n),
    HASH(audit_heads, checkpoint.hash),
    VIEW(audit_heads, heads, SIGNER_AUDIT_HEADS_MAX *SIGNER_AUDIT_HEAD_BYTES),
};

static const struct field audit_checkpoint_fields[] = {
    U64(audit_checkpoint, head.n),
    HASH(audit_checkpoint, head.hash),
    VIEW(audit_checkpoint, statement, LIMIT_FRAME_BODY),
};

static const struct field enforce_fields[] = {
    ENUM(enforce, setting, SIGNER_SETTING_LAST),
    VIEW(enforce, by, SIGNER_WORD_MAX),
};

static const struct field enforced_fields[] = {
    U64(enforced, settings),
};

static void
write_views(
    struct writer *writer, const struct field *field, const uint8_t *base)
{
	const struct view *views =
	    (const struct view *)(const void *)(base + field->offset);
	size_t count;

	memcpy(&count, base + field->extra, sizeof(count));
	check(count <= field->extra_max);
	writer_u8(writer, (uint8_t)count);
	for (size_t i = 0; i < count; i++)
		writer_bytes(writer, views[i]);
}

static void
write_field(
    struct writer *writer, const struct field *field, const uint8_t *base)
{
	const void *at = base + field->offset;

	switch (field->kind) {
	case FIELD_BOOL:
		writer_bool(writer, *(const bool *)at);
		return;
	case FIELD_U32:
		writer_u32(writer, *(const uint32_t *)at);
		return;
	case FIELD_U64:
		writer_u64(writer, *(const uint64_t *)at);
		return;
	case FIELD_TIME:
		writer_i64(writer, *(const int64_t *)at);
		return;
	case FIELD_ENUM:
		writer_u8(writer, (uint8_t) * (const unsigned *)at);
		return;
	case FIELD_HASH:
		writer_fixed(writer, at, SIGNER_HASH_BYTES);
		return;
	case FIELD_ID:
	case FIELD_ID_OR_NOT:
	case FIELD_SERIAL:
	case FIELD_TOKEN:
		writer_string(writer, at);
		return;
	case FIELD_VIEW:
		writer_bytes(writer, *(const struct view *)at);
		return;
	case FIELD_VIEWS:
		write_views(writer, field, base);
		return;
	}
}

static bool
is_lower_hex(struct view text)
{
	for (size_t i = 0; i < text.length; i++) {
		if (!(text.data[i] >= '0' && text.data[i] <= '9') &&
		    !(text.data[i] >= 'a' && text.data[i] <= 'f'))
			return false;
	}
	return true;
}

static bool
is_text_of(enum field_kind kind, struct view text)
{
	switch (kind) {
	case FIELD_ID:
		return id_is_valid(text);
	case FIELD_ID_OR_NOT:
		return text.length == 0 || id_is_valid(text);
	case FIELD_SERIAL:
		return text.length == SIGNER_SERIAL_SIZE - 1 &&
		    is_lower_hex(text);
	case FIELD_TOKEN:
		return text.length == SIGNER_TOKEN_SIZE - 1 &&
		    text_is_printable(text);
	case FIELD_BOOL:
	case FIELD_U32:
	case FIELD_U64:
	case FIELD_TIME:
	case FIELD_ENUM:
	case FIELD_HASH:
	case FIELD_VIEW:
	case FIELD_VIEWS:
		break;
	}
	return false;
}

static void
read_text(struct reader *reader, enum field_kind kind, char *out)
{
	struct view text = reader_bytes(reader, SIGNER_TOKEN_SIZE - 1);

	_Static_assert(ID_SIZE >= (int)SIGNER_SERIAL_SIZE &&
		(int)SIGNER_TOKEN_SIZE >= (int)ID_SIZE,
	    "a token is the longest text");
	if (reader->has_failed || !is_text_of(kind, text)) {
		reader->has_failed = true;
		return;
	}
	if (text.length > 0)
		memcpy(out, text.data, text.length);
	out[text.length] = '\0';
}

static void
read_enum(struct reader *reader, size_t max, unsigned *out)
{
	*out = reader_u8(reader);
	if (*out < 1 || *out > max)
		reader->has_failed = true;
}

static void
read_views(struct reader *reader, const struct field *field, uint8_t *base)
{
	struct view *views = (struct view *)(void *)(base + field->offset);
	size_t count = reader_u8(reader);

	if (count > field->extra_max) {
		reader->has_failed = true;
		return;
	}
	for (size_t i = 0; i < count; i++)
		views[i] = reader_bytes(reader, field->max);
	memcpy(base + field->extra, &count, sizeof(count));
}

static void
read_field(struct reader *reader, const struct field *field, uint8_t *base)
{
	void *at = base + field->offset;

	switch (field->kind) {
	case FIELD_BOOL:
		*(bool *)at = reader_bool(reader);
		return;
	case FIELD_U32:
		*(uint32_t *)at = reader_u32(reader);
		return;
	case FIELD_U64:
		*(uint64_t *)at = reader_u64(reader);
		return;
	case FIELD_TIME:
		*(int64_t *)at = reader_i64(reader);
		return;
	case FIELD_ENUM:
		read_enum(reader, field->max, at);
		return;
	case FIELD_HASH:
		reader_fixed(reader, at, SIGNER_HASH_BYTES);
		return;
	case FIELD_ID:
	case FIELD_ID_OR_NOT:
	case FIELD_SERIAL:
	case FIELD_TOKEN:
		read_text(reader, field->kind, at);
		return;
	case FIELD_VIEW:
		*(struct view *)at = reader_bytes(reader, field->max);
		return;
	case FIELD_VIEWS:
		read_views(reader, field, base);
		return;
	}
}

#define FORM_DEFINE(name, type)                                                \
	void signer_##name##_write(struct writer *writer, const type *value)   \
	{                                                                      \
		for (size_t i = 0; i < array_length(name##_fields); i++)       \
			write_field(writer, &name##_fields[i],                 \
			    (const uint8_t *)value);                           \
	}                                                                      \
	static void name##_fields_read(struct reader *reader, type *out)       \
	{                                                                      \
		for (size_t i = 0; i < array_length(name##_fields); i++)       \
			read_field(reader, &name##_fields[i], (uint8_t *)out); \
	}

#define FORM_DEFINE_WHOLE(name, type)                                          \
	FORM_DEFINE(name, type)                                                \
	bool signer_##name##_read(                                             \
	    struct view body, type *out, struct err *err)                      \
	{                                                                      \
		type value = {0};                                              \
		struct reader reader;                                          \
                                                                               \
		reader_init(&reader, body);                                    \
		name##_fields_read(&reader, &value);                           \
		if (!reader_done(&reader, err))                                \
			return err_prefix(err, "signer message " #name);       \
		*out = value;                                                  \
		return true;                                                   \
	}

SIGNER_FORMS(FORM_DEFINE_WHOLE)
FORM_DEFINE(token, struct signer_token)

bool
signer_token_next(
    struct reader *reader, struct signer_token *out, struct err *err)
{
	struct signer_token value = {0};

	token_fields_read(reader, &value);
	if (reader->has_failed)
		return err_set(err, ERR_MALFORMED,
		    "signer message token: not a list of tokens");
	*out = value;
	return true;
}

const char *
signer_message_name(unsigned message)
{
#define MESSAGE_NAME(name) #name,
	static const char *const names[] = {SIGNER_MESSAGES(MESSAGE_NAME)};
#undef MESSAGE_NAME

	return message < array_length(names) ? names[message] : "?";
}

void
signer_answer_ok(struct writer *writer)
{
	writer_bool(writer, true);
}

bool
signer_answer_error(struct buf *buf, const struct err *refusal, struct err *err)
{
	struct writer writer;

	writer_init(&writer, buf);
	writer_bool(&writer, false);
	writer_u8(&writer, (uint8_t)refusal->category);
	writer_string(&writer, refusal->code);
	writer_string(&writer, refusal->sentence);
	return writer_done(&writer, err);
}

static bool
read_refusal(struct reader *reader, struct err *err)
{
	unsigned category = reader_u8(reader);
	struct view code = reader_bytes(reader, ERR_CODE_MAX - 1);
	struct view sentence = reader_bytes(reader, ERR_SENTENCE_MAX - 1);

	if (!reader_done(reader, err))
		return err_prefix(err, "signer's refusal");
	if (category < ERR_MALFORMED || category > ERR_UNCERTAIN)
		return err_set(err, ERR_MALFORMED,
		    "signer's refusal has the unknown category %u", category);
	err_set(err, (enum err_category)category, "%.*s", (int)sentence.length,
	    (const char *)sentence.data);
	memset(err->code, 0, sizeof(err->code));
	if (code.length > 0)
		memcpy(err->code, code.data, code.length);
	return false;
}

bool
signer_answer_open(struct view body, struct view *out_result, struct err *err)
{
	struct reader reader;
	bool is_ok;

	reader_init(&reader, body);
	is_ok = reader_bool(&reader);
	if (reader.has_failed)
		return err_set(
		    err, ERR_MALFORMED, "the signer's answer is empty");
	if (!is_ok)
		return read_refusal(&reader, err);
	*out_result = reader.rest;
	return true;
}

void
signer_uuid_text(const uint8_t *bytes, char out[ID_SIZE])
{
	static const char digits[] = "0123456789abcdef";
	size_t at = 0;

	for (size_t i = 0; i < SIGNER_UUID_BYTES; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out[at++] = '-';
		out[at++] = digits[bytes[i] >> 4];
		out[at++] = digits[bytes[i] & 15];
	}
	out[at] = '\0';
}

bool
signer_uuid_bytes(const char *text, uint8_t *out)
{
	char digits[2 * SIGNER_UUID_BYTES];
	size_t at = 0;

	if (!id_is_valid(view_string(text)))
		return false;
	for (size_t i = 0; i < ID_SIZE - 1; i++) {
		if (text[i] != '-')
			digits[at++] = text[i];
	}
	return hex_decode(
	    view_of(digits, sizeof(digits)), out, SIGNER_UUID_BYTES);
}
