/* Compact JWS with ES256: made and strictly read. */
#include "crypto/jws.h"

#include "base/check.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/signature.h"

enum {
	HEADER_MAX = 512, /* bytes, decoded */
	MEMBER_MAX = 128,
};

struct parts {
	struct view header;
	struct view payload;
	struct view signature;
	struct view signed_part; /* header "." payload */
};

static char *
make_header(const struct key *key, const char *typ)
{
	scoped(json_freep) json_t *header = json_object();

	json_set_string(header, "alg", "ES256");
	json_set_string(header, "kid", key_spki_sha256(key));
	json_set_string(header, "typ", typ);
	return json_write(header);
}

bool
jws_make(const struct key *key, const char *typ, struct view payload,
    char **out_jws, struct err *err)
{
	scoped(memory_freep) char *header = NULL;
	scoped(memory_freep) char *header_text = NULL;
	scoped(memory_freep) char *payload_text = NULL;
	scoped(memory_freep) char *signed_text = NULL;
	scoped(memory_freep) char *signature_text = NULL;
	uint8_t signature[SIGNATURE_RAW_SIZE];

	check(key_type(key) == KEY_EC_P256);
	if (payload.length > JWS_PAYLOAD_MAX)
		return err_set_code(err, ERR_LIMIT, "jws_malformed",
		    "a statement of %zu bytes is too long", payload.length);
	header = make_header(key, typ);
	header_text = base64url_encode(view_string(header));
	payload_text = base64url_encode(payload);
	signed_text = memory_format("%s.%s", header_text, payload_text);
	if (!signature_make_raw(key, view_string(signed_text), signature, err))
		return false;
	signature_text =
	    base64url_encode(view_of(signature, sizeof(signature)));
	*out_jws = memory_format("%s.%s", signed_text, signature_text);
	return true;
}

static bool
malformed(struct err *err, const char *what)
{
	return err_set_code(err, ERR_MALFORMED, "jws_malformed",
	    "the signed statement %s", what);
}

static bool
split(struct view jws, struct parts *out, struct err *err)
{
	struct view rest;

	if (jws.length > JWS_MAX)
		return malformed(err, "is too long");
	if (!view_cut(jws, '.', &out->header, &rest) ||
	    !view_cut(rest, '.', &out->payload, &out->signature) ||
	    (out->signature.length > 0 &&
		memchr(out->signature.data, '.', out->signature.length) !=
		    NULL))
		return malformed(err, "does not have three parts");
	out->signed_part =
	    view_slice(jws, 0, out->header.length + 1 + out->payload.length);
	return true;
}

static bool
expect(const json_t *header, const char *member, const char *value,
    const char *code, struct err *err)
{
	const char *text = NULL;

	if (!json_get_string(
		header, member, JSON_REQUIRED, MEMBER_MAX, &text, err))
		return malformed(err, "has a header without alg, kid and typ");
	if (strcmp(text, value) != 0)
		return err_set_code(err, ERR_CRYPTO, code,
		    "the signed statement's %s is not \"%s\"", member, value);
	return true;
}

static bool
check_header(
    struct view text, const struct key *key, const char *typ, struct err *err)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(HEADER_MAX);
	scoped(json_freep) json_t *header = NULL;

	if (!base64url_decode(text, &bytes, err))
		return malformed(err, "has a header that is not base64url");
	header = json_read(buf_view(&bytes), HEADER_MAX, err);
	if (header == NULL || !json_is_object(header) ||
	    json_object_size(header) != 3)
		return malformed(
		    err, "has a header other than alg, kid and typ");
	return expect(header, "alg", "ES256", "jws_type", err) &&
	    expect(header, "typ", typ, "jws_type", err) &&
	    expect(header, "kid", key_spki_sha256(key), "jws_key", err);
}

static bool
append_payload(struct view text, struct buf *out, struct err *err)
{
	scoped(buf_donep) struct buf payload = BUF_INIT(JWS_PAYLOAD_MAX);

	if (!base64url_decode(text, &payload, err))
		return malformed(err, "has a payload that is not base64url");
	return buf_append_view(out, buf_view(&payload), err);
}

bool
jws_verify(struct view jws, const struct key *key, const char *typ,
    struct buf *out_payload, struct err *err)
{
	scoped(buf_donep) struct buf signature = BUF_INIT(SIGNATURE_RAW_SIZE);
	struct parts parts;

	if (!split(jws, &parts, err) ||
	    !check_header(parts.header, key, typ, err))
		return false;
	if (!base64url_decode(parts.signature, &signature, err) ||
	    signature.length != SIGNATURE_RAW_SIZE)
		return malformed(err, "has no signature of 64 bytes");
	return signature_verify_raw(
		   key, parts.signed_part, buf_view(&signature), err) &&
	    append_payload(parts.payload, out_payload, err);
}

bool
jws_payload_unverified(
    struct view jws, struct buf *out_payload, struct err *err)
{
	struct parts parts;

	return split(jws, &parts, err) &&
	    append_payload(parts.payload, out_payload, err);
}
