/* Publications: checked against the pin, read, compared. */
#include "agent/publication.h"

#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/jws.h"

static const char PUBLICATION_TYPE[] = "warifu-publication+jwt";

void
publication_free(struct publication *publication)
{
	if (publication == NULL)
		return;
	free(publication->jws);
	certificate_list_done(&publication->anchors);
	certificate_list_done(&publication->agent_cas);
	key_free(publication->command_key);
	free(publication);
}

static bool
read_key(
    const json_t *json, const char *member, struct key **out, struct err *err)
{
	scoped(buf_donep) struct buf der = BUF_INIT(KEY_PEM_MAX);
	const char *text = NULL;

	return json_get_string(
		   json, member, JSON_REQUIRED, KEY_PEM_MAX, &text, err) &&
	    base64_decode(view_string(text), &der, err) &&
	    key_load_spki(buf_view(&der), out, err);
}

/* The key that the statement says it is signed by, if it is the pinned one. */
static bool
pinned_key(struct view jws, const char *pin, struct key **out, struct err *err)
{
	scoped(buf_donep) struct buf payload = BUF_INIT(JWS_PAYLOAD_MAX);
	scoped(json_freep) json_t *json = NULL;
	scoped(key_freep) struct key *key = NULL;

	if (!jws_payload_unverified(jws, &payload, err))
		return false;
	json = json_read(buf_view(&payload), JWS_PAYLOAD_MAX, err);
	if (json == NULL || !read_key(json, "publication_key", &key, err))
		return false;
	if (strcmp(key_spki_sha256(key), pin) != 0)
		return err_set_code(err, ERR_CRYPTO, "publication_key",
		    "the server signs with the publication key %s, but this "
		    "agent was given %s",
		    key_spki_sha256(key), pin);
	*out = take(key);
	return true;
}

static bool
read_certificate(
    const json_t *item, struct certificate_list *list, struct err *err)
{
	scoped(buf_donep) struct buf der = BUF_INIT(16 * 1024);
	struct certificate *certificate = NULL;

	if (!json_is_string(item))
		return err_set(
		    err, ERR_MALFORMED, "a certificate must be a string");
	if (!base64_decode(view_string(json_string_value(item)), &der, err) ||
	    !certificate_parse_der(buf_view(&der), &certificate, err))
		return false;
	certificate_list_add(list, certificate);
	return true;
}

static bool
read_certificates(const json_t *json, const char *member,
    struct certificate_list *list, struct err *err)
{
	json_t *items = NULL, *item;
	size_t index;

	if (!json_get_array(json, member, JSON_REQUIRED,
		PUBLICATION_CERTIFICATES_MAX, &items, err))
		return false;
	json_array_foreach (items, index, item) {
		if (!read_certificate(item, list, err))
			return err_prefix(err, "member \"%s\"", member);
	}
	if (list->count == 0)
		return err_set(err, ERR_MALFORMED,
		    "the member \"%s\" has no certificate", member);
	return true;
}

static bool
read_payload(struct view payload, struct publication *out, struct err *err)
{
	scoped(json_freep) json_t *json =
	    json_read(payload, JWS_PAYLOAD_MAX, err);
	const char *fleet = NULL;

	if (json == NULL ||
	    !json_get_string(
		json, "fleet", JSON_REQUIRED, ID_SIZE - 1, &fleet, err))
		return false;
	if (!id_is_valid(view_string(fleet)))
		return err_set(err, ERR_MALFORMED,
		    "the member \"fleet\" must be an identifier");
	snprintf(out->fleet, sizeof(out->fleet), "%s", fleet);
	return json_get_integer(json, "epoch", JSON_REQUIRED, 0,
		   PUBLICATION_NUMBER_MAX, &out->epoch, err) &&
	    json_get_integer(json, "number", JSON_REQUIRED, 1,
		PUBLICATION_NUMBER_MAX, &out->number, err) &&
	    read_certificates(json, "server_anchors", &out->anchors, err) &&
	    read_certificates(json, "agent_cas", &out->agent_cas, err) &&
	    read_key(json, "command_key", &out->command_key, err);
}

bool
publication_read(
    struct view jws, const char *pin, struct publication **out, struct err *err)
{
	scoped(buf_donep) struct buf payload = BUF_INIT(JWS_PAYLOAD_MAX);
	scoped(key_freep) struct key *key = NULL;
	scoped(publication_freep) struct publication *publication = NULL;

	if (jws.length > JWS_MAX)
		return err_set_code(err, ERR_LIMIT, "publication_malformed",
		    "the publication has %zu bytes", jws.length);
	if (!pinned_key(jws, pin, &key, err) ||
	    !jws_verify(jws, key, PUBLICATION_TYPE, &payload, err))
		return err_prefix(err, "the server's publication");
	publication = memory_zeroed(sizeof(*publication));
	if (!read_payload(buf_view(&payload), publication, err)) {
		struct err cause = *err;

		return err_set_code(err, ERR_MALFORMED, "publication_malformed",
		    "the server's publication: %s", err_sentence(&cause));
	}
	publication->jws = view_to_string(jws);
	*out = take(publication);
	return true;
}

bool
publication_may_follow(const struct publication *current,
    const struct publication *next, struct err *err)
{
	if (current == NULL)
		return true;
	if (strcmp(current->fleet, next->fleet) != 0)
		return err_set_code(err, ERR_DENIED, "publication_fleet",
		    "the publication is of the fleet %s, not of %s",
		    next->fleet, current->fleet);
	if (next->epoch > current->epoch ||
	    (next->epoch == current->epoch && next->number > current->number))
		return true;
	return err_set_code(err, ERR_DENIED, "publication_number",
	    "the publication %lld.%lld is not newer than %lld.%lld",
	    (long long)next->epoch, (long long)next->number,
	    (long long)current->epoch, (long long)current->number);
}

bool
publication_is_same(const struct publication *a, const struct publication *b)
{
	return a != NULL && b != NULL && strcmp(a->fleet, b->fleet) == 0 &&
	    a->epoch == b->epoch && a->number == b->number;
}

static bool
append_anchors(
    const struct publication *publication, struct buf *out, struct err *err)
{
	for (size_t i = 0; i < publication->anchors.count; i++)
		if (!certificate_pem(publication->anchors.items[i], out, err))
			return false;
	return true;
}

bool
publication_anchors_pem(const struct publication *publication,
    const struct publication *also, struct buf *out, struct err *err)
{
	return append_anchors(publication, out, err) &&
	    (also == NULL || append_anchors(also, out, err));
}

bool
publication_vouches_for(const struct publication *publication,
    const struct certificate *certificate, int64_t now_ms, struct err *err)
{
	scoped(memory_freep) char *fleet =
	    memory_format("Warifu fleet %s", publication->fleet);

	/* A clock that is wrong is not the certificate's fault: whether it is
	 * valid now is for the server to say, which has just issued it. */
	if (now_ms < certificate_not_before_ms(certificate) ||
	    now_ms > certificate_not_after_ms(certificate))
		now_ms = certificate_not_before_ms(certificate);
	if (!certificate_verify(certificate, &publication->agent_cas,
		CERTIFICATE_CLIENT, now_ms, err))
		return err_prefix(err, "the certificate that was issued");
	if (strcmp(certificate_organization(certificate), fleet) != 0)
		return err_set_code(err, ERR_CRYPTO, "certificate_fleet",
		    "the certificate that was issued is of \"%s\", not of "
		    "\"%s\"",
		    certificate_organization(certificate), fleet);
	return true;
}
