/* Reading the journal's entries: which type has which members. */
#include "base/memory.h"
#include "base/text.h"
#include "ipc/signer_messages.h"
#include "server/signer/ledger_entry.h"

/* The number of a word in a table that begins at 1. */
static bool
get_word(const struct journal_entry *in, const char *name,
    const char *const *words, size_t count, unsigned *out, struct err *err)
{
	struct view text;

	if (!journal_entry_text(in, name, &text, err))
		return false;
	for (size_t i = 1; i < count; i++) {
		if (view_equal_string(text, words[i])) {
			*out = (unsigned)i;
			return true;
		}
	}
	return err_set(err, ERR_MALFORMED, "%s is an unknown word", name);
}

static const char *const KINDS[] = {
    [SIGNER_TOKEN_COMPUTER] = "computer",
    [SIGNER_TOKEN_OFFICE] = "office",
};
static const char *const PROFILES[] = {
    [SIGNER_PROFILE_AGENT] = "agent",
    [SIGNER_PROFILE_STOCK] = "stock",
};
static const char *const SETTINGS[] = {
    [SIGNER_SETTING_TWO_FACTOR] = "two_factor",
};

static bool
read_fleet(
    const struct journal_entry *in, struct ledger_entry *out, struct err *err)
{
	uint8_t fleet[SIGNER_UUID_BYTES];

	if (!journal_entry_uuid(in, "fleet", fleet, err))
		return false;
	signer_uuid_text(fleet, out->fleet);
	return true;
}

static bool
read_token_created(
    const struct journal_entry *in, struct ledger_entry *out, struct err *err)
{
	struct ledger_token *token = &out->token;
	unsigned kind = 0;
	uint64_t uses = 0;

	if (!journal_entry_uuid(in, "token", token->id, err) ||
	    !journal_entry_hex(
		in, "sha256", token->sha256, sizeof(token->sha256), err) ||
	    !get_word(in, "kind", KINDS, array_length(KINDS), &kind, err) ||
	    !journal_entry_uuid(in, "office", token->office, err) ||
	    !journal_entry_integer(in, "uses", UINT32_MAX, &uses, err) ||
	    !journal_entry_time(in, "expires", &token->expires_ms, err))
		return false;
	token->kind = (enum signer_token_kind)kind;
	token->uses = (uint32_t)uses;
	if (journal_entry_find(in, "addresses") != NULL &&
	    !journal_entry_text(in, "addresses", &out->addresses, err))
		return false;
	token->has_computer = journal_entry_find(in, "computer") != NULL;
	return !token->has_computer ||
	    journal_entry_uuid(in, "computer", token->computer, err);
}

static bool
read_token_revoked(
    const struct journal_entry *in, struct ledger_entry *out, struct err *err)
{
	return journal_entry_uuid(in, "token", out->token.id, err);
}

static bool
read_issued(
    const struct journal_entry *in, struct ledger_entry *out, struct err *err)
{
	struct ledger_certificate *row = &out->certificate;
	unsigned profile = 0;

	if (!journal_entry_uuid(in, "agent", out->agent, err) ||
	    !journal_entry_hex(
		in, "serial", row->serial, sizeof(row->serial), err) ||
	    !journal_entry_hex(in, "key_sha256", row->spki_sha256,
		sizeof(row->spki_sha256), err) ||
	    !get_word(in, "profile", PROFILES, array_length(PROFILES), &profile,
		err) ||
	    !journal_entry_time(in, "not_after", &row->not_after_ms, err))
		return false;
	row->profile = (enum signer_profile)profile;
	out->has_token = journal_entry_find(in, "token") != NULL;
	return out->has_token
	    ? journal_entry_uuid(in, "token", out->token.id, err)
	    : journal_entry_hex(
		  in, "renews", out->renews, sizeof(out->renews), err);
}

static bool
read_order(
    const struct journal_entry *in, struct ledger_entry *out, struct err *err)
{
	return journal_entry_uuid(in, "agent", out->agent, err);
}

static bool
read_command(
    const struct journal_entry *in, struct ledger_entry *out, struct err *err)
{
	return journal_entry_uuid(in, "agent", out->agent, err) &&
	    journal_entry_integer(in, "counter", INT64_MAX, &out->number, err);
}

static bool
read_publication(
    const struct journal_entry *in, struct ledger_entry *out, struct err *err)
{
	return journal_entry_integer(
		   in, "number", INT64_MAX, &out->number, err) &&
	    journal_entry_hex(
		in, "sha256", out->sha256, sizeof(out->sha256), err);
}

static bool
read_crl(
    const struct journal_entry *in, struct ledger_entry *out, struct err *err)
{
	return journal_entry_integer(
	    in, "number", INT64_MAX, &out->number, err);
}

static bool
read_audit(
    const struct journal_entry *in, struct ledger_entry *out, struct err *err)
{
	return journal_entry_integer(in, "row", INT64_MAX, &out->number, err) &&
	    journal_entry_hex(
		in, "sha256", out->sha256, sizeof(out->sha256), err);
}

static bool
read_enforced(
    const struct journal_entry *in, struct ledger_entry *out, struct err *err)
{
	unsigned setting = 0;

	if (!get_word(
		in, "setting", SETTINGS, array_length(SETTINGS), &setting, err))
		return false;
	out->setting = (enum signer_setting)setting;
	return true;
}

static bool
read_nothing(
    const struct journal_entry *in, struct ledger_entry *out, struct err *err)
{
	return true;
}

struct type_row {
	const char *name;
	bool (*read)(const struct journal_entry *in, struct ledger_entry *out,
	    struct err *err);
};

static const struct type_row TYPES[LEDGER_ENTRY_COUNT] = {
    [LEDGER_ENTRY_FLEET] = {"fleet", read_fleet},
    [LEDGER_ENTRY_TOKEN_CREATED] = {"token_created", read_token_created},
    [LEDGER_ENTRY_TOKEN_REVOKED] = {"token_revoked", read_token_revoked},
    [LEDGER_ENTRY_ISSUED] = {"issued", read_issued},
    [LEDGER_ENTRY_REVOKED] = {"revoked", read_order},
    [LEDGER_ENTRY_RETIRED] = {"retired", read_order},
    [LEDGER_ENTRY_COMMAND] = {"command", read_command},
    [LEDGER_ENTRY_PUBLICATION] = {"publication", read_publication},
    [LEDGER_ENTRY_CRL] = {"crl", read_crl},
    [LEDGER_ENTRY_SERVER_CERTIFICATE] = {"server_certificate", read_nothing},
    [LEDGER_ENTRY_OCSP_RESPONDER] = {"ocsp_responder", read_nothing},
    [LEDGER_ENTRY_REFUSED] = {"refused", read_nothing},
    [LEDGER_ENTRY_AUDIT_HEAD] = {"audit_head", read_audit},
    [LEDGER_ENTRY_AUDIT_CHECKPOINT] = {"audit_checkpoint", read_audit},
    [LEDGER_ENTRY_ENFORCED] = {"enforced", read_enforced},
};

const char *
ledger_entry_type_name(enum ledger_entry_type type)
{
	return TYPES[type].name;
}

static bool
find_type(struct view name, enum ledger_entry_type *out, struct err *err)
{
	for (unsigned i = 0; i < LEDGER_ENTRY_COUNT; i++) {
		if (view_equal_string(name, TYPES[i].name)) {
			*out = (enum ledger_entry_type)i;
			return true;
		}
	}
	return err_set(err, ERR_MALFORMED,
	    "an entry of this type is not known to this version");
}

bool
ledger_entry_read(const struct journal_entry *in, uint32_t n,
    struct ledger_entry *out, struct err *err)
{
	struct ledger_entry entry = {.n = n};
	struct view type;

	if (!journal_entry_text(in, "type", &type, err) ||
	    !find_type(type, &entry.type, err) ||
	    !journal_entry_time(in, "time", &entry.time_ms, err) ||
	    !TYPES[entry.type].read(in, &entry, err))
		return false;
	*out = entry;
	return true;
}

bool
ledger_entry_certificate(
    const struct journal_entry *entry, struct buf *out, struct err *err)
{
	struct view text;

	return journal_entry_text(entry, "certificate", &text, err) &&
	    base64_decode(text, out, err);
}

bool
ledger_entry_credential_hash(
    const struct journal_entry *entry, struct buf *out, struct err *err)
{
	uint8_t hash[SIGNER_HASH_BYTES];

	if (journal_entry_find(entry, "credential_sha256") == NULL)
		return true;
	return journal_entry_hex(
		   entry, "credential_sha256", hash, sizeof(hash), err) &&
	    buf_append(out, hash, sizeof(hash), err);
}

static json_t *
entry_new(enum ledger_entry_type type)
{
	json_t *json = json_object();

	json_set_string(json, "type", TYPES[type].name);
	return json;
}

static void
set_view(json_t *json, const char *name, struct view text)
{
	scoped(memory_freep) char *copy = NULL;

	if (text.length == 0)
		return;
	copy = memory_string_n((const char *)text.data, text.length);
	json_set_string(json, name, copy);
}

static void
set_base64(json_t *json, const char *name, struct view bytes)
{
	scoped(memory_freep) char *text = base64_encode(bytes);

	json_set_string(json, name, text);
}

static void
set_hex(json_t *json, const char *name, struct view bytes)
{
	scoped(memory_freep) char *text = NULL;

	if (bytes.length == 0)
		return;
	text = hex_encode(bytes);
	json_set_string(json, name, text);
}

json_t *
ledger_fleet_entry(const struct ledger_fleet *fleet)
{
	json_t *json = entry_new(LEDGER_ENTRY_FLEET);

	json_set_integer(json, "format", 1);
	json_set_string(json, "fleet", fleet->fleet_id);
	set_base64(json, "agent_ca", fleet->agent_ca);
	set_base64(json, "publication_key", fleet->publication_key);
	set_base64(json, "command_key", fleet->command_key);
	return json;
}

/* The ranges as one text with commas between. */
static void
set_addresses(json_t *json, const struct signer_token_create *request)
{
	scoped(buf_donep) struct buf text =
	    BUF_INIT((SIGNER_WORD_MAX + 1) * SIGNER_ADDRESSES_MAX);
	struct err err = ERR_INIT;

	for (size_t i = 0; i < request->address_count; i++) {
		if (i > 0)
			ignore_result(buf_append(&text, ",", 1, &err));
		/* Cannot be longer than this: the form bounds it. */
		ignore_result(
		    buf_append_view(&text, request->addresses[i], &err));
	}
	set_view(json, "addresses", buf_view(&text));
}

json_t *
ledger_token_created_entry(const char *token_id, const uint8_t *sha256,
    const struct signer_token_create *request)
{
	json_t *json = entry_new(LEDGER_ENTRY_TOKEN_CREATED);

	json_set_string(json, "token", token_id);
	set_hex(json, "sha256", view_of(sha256, SIGNER_HASH_BYTES));
	json_set_string(json, "kind", KINDS[request->kind]);
	json_set_string(json, "office", request->office_id);
	if (request->computer_id[0] != '\0')
		json_set_string(json, "computer", request->computer_id);
	json_set_integer(json, "uses", request->uses);
	json_set_time(json, "expires", request->expires_ms);
	set_addresses(json, request);
	set_view(json, "by", request->by);
	return json;
}

json_t *
ledger_token_revoked_entry(const struct signer_token_revoke *request)
{
	json_t *json = entry_new(LEDGER_ENTRY_TOKEN_REVOKED);

	json_set_string(json, "token", request->token_id);
	set_view(json, "by", request->by);
	return json;
}

json_t *
ledger_issued_entry(const struct ledger_issue *issue)
{
	json_t *json = entry_new(LEDGER_ENTRY_ISSUED);

	json_set_string(json, "agent", issue->agent_id);
	json_set_string(json, "serial", issue->serial);
	json_set_string(json, "key_sha256", issue->spki_sha256);
	json_set_string(json, "profile", PROFILES[issue->profile]);
	set_base64(json, "certificate", issue->certificate);
	json_set_time(json, "not_after", issue->not_after_ms);
	if (issue->token_id != NULL)
		json_set_string(json, "token", issue->token_id);
	else
		json_set_string(json, "renews", issue->renews);
	set_view(json, "address", issue->address);
	set_hex(json, "credential_sha256", issue->credential_hash);
	return json;
}

json_t *
ledger_order_entry(
    enum ledger_entry_type type, const struct signer_agent_order *order)
{
	json_t *json = entry_new(type);

	json_set_string(json, "agent", order->agent_id);
	set_view(json, "by", order->by);
	return json;
}

json_t *
ledger_command_entry(const struct signer_command *command, const char *action,
    uint64_t counter, int64_t expires_ms)
{
	json_t *json = entry_new(LEDGER_ENTRY_COMMAND);

	json_set_string(json, "agent", command->agent_id);
	json_set_string(json, "action", action);
	json_set_integer(json, "counter", (int64_t)counter);
	json_set_time(json, "expires", expires_ms);
	set_view(json, "by", command->by);
	return json;
}

json_t *
ledger_publication_entry(uint64_t number, const uint8_t *sha256)
{
	json_t *json = entry_new(LEDGER_ENTRY_PUBLICATION);

	json_set_integer(json, "number", (int64_t)number);
	set_hex(json, "sha256", view_of(sha256, SIGNER_HASH_BYTES));
	return json;
}

json_t *
ledger_crl_entry(uint64_t number, size_t entries, int64_t next_update_ms)
{
	json_t *json = entry_new(LEDGER_ENTRY_CRL);

	json_set_integer(json, "number", (int64_t)number);
	json_set_integer(json, "entries", (int64_t)entries);
	json_set_time(json, "next_update", next_update_ms);
	return json;
}

json_t *
ledger_certificate_entry(
    enum ledger_entry_type type, const char *serial, struct view certificate)
{
	json_t *json = entry_new(type);

	json_set_string(json, "serial", serial);
	set_base64(json, "certificate", certificate);
	return json;
}

json_t *
ledger_refused_entry(const char *message, const char *code, uint64_t count,
    int64_t since_ms, const char *last_sentence)
{
	json_t *json = entry_new(LEDGER_ENTRY_REFUSED);

	json_set_string(json, "message", message);
	json_set_string(json, "code", code);
	json_set_integer(json, "count", (int64_t)count);
	json_set_time(json, "since", since_ms);
	json_set_string(json, "last", last_sentence);
	return json;
}

json_t *
ledger_audit_entry(enum ledger_entry_type type, uint64_t n, const uint8_t *hash)
{
	json_t *json = entry_new(type);

	json_set_integer(json, "row", (int64_t)n);
	set_hex(json, "sha256", view_of(hash, SIGNER_HASH_BYTES));
	return json;
}

json_t *
ledger_enforced_entry(const struct signer_enforce *request)
{
	json_t *json = entry_new(LEDGER_ENTRY_ENFORCED);

	json_set_string(json, "setting", SETTINGS[request->setting]);
	set_view(json, "by", request->by);
	return json;
}
