/* Tables out of the journal's entries. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "ipc/signer_messages.h"
#include "server/signer/ledger.h"
#include "server/signer/ledger_entry.h"

static const uint8_t *
agent_key(const void *owner, uint32_t row)
{
	return ((const struct ledger *)owner)->agents[row].id;
}

static const uint8_t *
serial_key(const void *owner, uint32_t row)
{
	return ((const struct ledger *)owner)->certificates[row].serial;
}

static const uint8_t *
spki_key(const void *owner, uint32_t row)
{
	return ((const struct ledger *)owner)->certificates[row].spki_sha256;
}

static const uint8_t *
token_key(const void *owner, uint32_t row)
{
	return ((const struct ledger *)owner)->tokens[row].sha256;
}

static const uint8_t *
token_id_key(const void *owner, uint32_t row)
{
	return ((const struct ledger *)owner)->tokens[row].id;
}

void
ledger_init(struct ledger *ledger)
{
	*ledger = (struct ledger){0};
	index_init(&ledger->agents_by_id, SIGNER_UUID_BYTES, agent_key, ledger);
	index_init(&ledger->certificates_by_serial, SIGNER_SERIAL_BYTES,
	    serial_key, ledger);
	index_init(
	    &ledger->certificates_by_spki, SIGNER_HASH_BYTES, spki_key, ledger);
	index_init(
	    &ledger->tokens_by_sha256, SIGNER_HASH_BYTES, token_key, ledger);
	index_init(
	    &ledger->tokens_by_id, SIGNER_UUID_BYTES, token_id_key, ledger);
}

void
ledger_done(struct ledger *ledger)
{
	for (size_t i = 0; i < ledger->token_count; i++)
		free(ledger->tokens[i].addresses);
	free(ledger->agents);
	free(ledger->certificates);
	free(ledger->tokens);
	free(ledger->audit_heads);
	index_done(&ledger->agents_by_id);
	index_done(&ledger->certificates_by_serial);
	index_done(&ledger->certificates_by_spki);
	index_done(&ledger->tokens_by_sha256);
	index_done(&ledger->tokens_by_id);
	*ledger = (struct ledger){0};
}

/* Room for one more row. */
static void *
grow(void *rows, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return rows;
	*room = *room == 0 ? 64 : *room * 2;
	return memory_resize(rows, *room, size);
}

static uint32_t
add_agent(struct ledger *ledger, const uint8_t *id)
{
	uint32_t row = (uint32_t)ledger->agent_count;

	ledger->agents = grow(ledger->agents, ledger->agent_count,
	    &ledger->agent_room, sizeof(ledger->agents[0]));
	ledger->agents[row] = (struct ledger_agent){.newest = LEDGER_NONE};
	memcpy(ledger->agents[row].id, id, SIGNER_UUID_BYTES);
	ledger->agent_count++;
	index_add(&ledger->agents_by_id, row);
	return row;
}

static bool
contradiction(struct err *err, const char *what)
{
	return err_set(
	    err, ERR_MALFORMED, "it contradicts earlier entries: %s", what);
}

/* One handler for each type of entry. entry: read and whole. */
static bool
apply_fleet(
    struct ledger *ledger, const struct ledger_entry *entry, struct err *err)
{
	if (entry->n != 1)
		return contradiction(err, "only the first names the fleet");
	memcpy(ledger->fleet_id, entry->fleet, sizeof(ledger->fleet_id));
	ledger->revision = 1;
	return true;
}

static bool
apply_token_created(
    struct ledger *ledger, const struct ledger_entry *entry, struct err *err)
{
	struct ledger_token token = entry->token;
	uint32_t row = (uint32_t)ledger->token_count;

	if (index_find(&ledger->tokens_by_sha256, token.sha256) != INDEX_NONE ||
	    index_find(&ledger->tokens_by_id, token.id) != INDEX_NONE)
		return contradiction(err, "the token was made before");
	if (entry->addresses.length > 0)
		token.addresses = view_to_string(entry->addresses);
	token.created_ms = entry->time_ms;
	ledger->tokens = grow(ledger->tokens, ledger->token_count,
	    &ledger->token_room, sizeof(ledger->tokens[0]));
	ledger->tokens[row] = token;
	ledger->token_count++;
	index_add(&ledger->tokens_by_sha256, row);
	index_add(&ledger->tokens_by_id, row);
	return true;
}

static bool
apply_token_revoked(
    struct ledger *ledger, const struct ledger_entry *entry, struct err *err)
{
	uint32_t row = index_find(&ledger->tokens_by_id, entry->token.id);

	if (row == INDEX_NONE)
		return contradiction(err, "there is no such token");
	ledger->tokens[row].is_revoked = true;
	return true;
}

/* Everything that an issued certificate refers to, found. */
struct issued_rows {
	uint32_t agent;
	uint32_t token;
	uint32_t renewed;
};

static bool
find_reason(const struct ledger *ledger, const struct ledger_entry *entry,
    struct issued_rows *rows, struct err *err)
{
	if (entry->has_token) {
		rows->token =
		    index_find(&ledger->tokens_by_id, entry->token.id);
		if (rows->token == LEDGER_NONE)
			return contradiction(err, "there is no such token");
		if (ledger->tokens[rows->token].used >=
		    ledger->tokens[rows->token].uses)
			return contradiction(err, "the token was used up");
		return true;
	}
	rows->renewed =
	    index_find(&ledger->certificates_by_serial, entry->renews);
	if (rows->renewed == LEDGER_NONE || rows->agent == LEDGER_NONE ||
	    ledger->certificates[rows->renewed].agent != rows->agent)
		return contradiction(err, "the agent has no such certificate");
	return true;
}

static bool
check_issued(const struct ledger *ledger, const struct ledger_entry *entry,
    struct issued_rows *rows, struct err *err)
{
	*rows = (struct issued_rows){
	    .agent = index_find(&ledger->agents_by_id, entry->agent),
	    .token = LEDGER_NONE,
	    .renewed = LEDGER_NONE,
	};
	if (index_find(&ledger->certificates_by_serial,
		entry->certificate.serial) != INDEX_NONE)
		return contradiction(err, "the serial was issued before");
	if (index_find(&ledger->certificates_by_spki,
		entry->certificate.spki_sha256) != INDEX_NONE)
		return contradiction(err, "the key was certified before");
	return find_reason(ledger, entry, rows, err);
}

/* A token enrolment of a known computer ends the keys that it had. */
static void
replace_earlier(struct ledger *ledger, const struct ledger_entry *entry,
    uint32_t certificate)
{
	while (certificate != LEDGER_NONE) {
		struct ledger_certificate *row =
		    &ledger->certificates[certificate];

		if (row->replaced_ms == 0)
			row->replaced_ms = entry->time_ms;
		ledger->revision = entry->n;
		certificate = row->earlier;
	}
}

static bool
apply_issued(
    struct ledger *ledger, const struct ledger_entry *entry, struct err *err)
{
	struct ledger_certificate certificate = entry->certificate;
	uint32_t row = (uint32_t)ledger->certificate_count;
	struct issued_rows rows;

	if (!check_issued(ledger, entry, &rows, err))
		return false;
	if (rows.agent == LEDGER_NONE)
		rows.agent = add_agent(ledger, entry->agent);
	certificate.agent = rows.agent;
	certificate.token = rows.token;
	certificate.renewed = rows.renewed;
	certificate.entry = entry->n;
	certificate.issued_ms = entry->time_ms;
	certificate.earlier = ledger->agents[rows.agent].newest;
	if (rows.token != LEDGER_NONE) {
		ledger->tokens[rows.token].used++;
		replace_earlier(ledger, entry, certificate.earlier);
	}
	ledger->certificates =
	    grow(ledger->certificates, ledger->certificate_count,
		&ledger->certificate_room, sizeof(ledger->certificates[0]));
	ledger->certificates[row] = certificate;
	ledger->certificate_count++;
	ledger->agents[rows.agent].newest = row;
	index_add(&ledger->certificates_by_serial, row);
	index_add(&ledger->certificates_by_spki, row);
	return true;
}

/* The state of an agent only ever gets stricter. */
static void
set_state(struct ledger *ledger, const struct ledger_entry *entry,
    enum ledger_agent_state state)
{
	uint32_t row = index_find(&ledger->agents_by_id, entry->agent);
	struct ledger_agent *agent;

	if (row == INDEX_NONE)
		row = add_agent(ledger, entry->agent);
	agent = &ledger->agents[row];
	if (agent->state >= state)
		return;
	agent->state = state;
	agent->changed_ms = entry->time_ms;
	if (state == LEDGER_AGENT_REVOKED)
		ledger->revoked_count++;
	/* An unproven entry has no number, but must be told of as well. */
	ledger->revision = entry->n != 0 ? entry->n : ledger->revision + 1;
}

static bool
apply_revoked(
    struct ledger *ledger, const struct ledger_entry *entry, struct err *err)
{
	set_state(ledger, entry, LEDGER_AGENT_REVOKED);
	return true;
}

static bool
apply_retired(
    struct ledger *ledger, const struct ledger_entry *entry, struct err *err)
{
	set_state(ledger, entry, LEDGER_AGENT_RETIRED);
	return true;
}

static bool
apply_command(
    struct ledger *ledger, const struct ledger_entry *entry, struct err *err)
{
	if (entry->number <= ledger->command_counter)
		return contradiction(err, "the counter does not grow");
	ledger->command_counter = entry->number;
	return true;
}

static bool
apply_publication(
    struct ledger *ledger, const struct ledger_entry *entry, struct err *err)
{
	if (entry->number <= ledger->publication_number)
		return contradiction(err, "the number does not grow");
	ledger->publication_number = entry->number;
	ledger->publication_ms = entry->time_ms;
	memcpy(ledger->publication_sha256, entry->sha256, SIGNER_HASH_BYTES);
	return true;
}

static bool
apply_crl(
    struct ledger *ledger, const struct ledger_entry *entry, struct err *err)
{
	if (entry->number <= ledger->crl_number)
		return contradiction(err, "the number does not grow");
	ledger->crl_number = entry->number;
	return true;
}

static bool
apply_audit_head(
    struct ledger *ledger, const struct ledger_entry *entry, struct err *err)
{
	size_t count = ledger->audit_head_count;
	struct ledger_audit_head head = {
	    .n = entry->number, .time_ms = entry->time_ms};

	if (count > 0 && ledger->audit_heads[count - 1].n >= entry->number)
		return contradiction(err, "the audit log does not grow");
	memcpy(head.hash, entry->sha256, sizeof(head.hash));
	ledger->audit_heads = grow(ledger->audit_heads, count,
	    &ledger->audit_head_room, sizeof(ledger->audit_heads[0]));
	ledger->audit_heads[ledger->audit_head_count++] = head;
	return true;
}

/* What stood before it is gone from the audit log, too. */
static bool
apply_audit_checkpoint(
    struct ledger *ledger, const struct ledger_entry *entry, struct err *err)
{
	size_t first = 0;

	while (first < ledger->audit_head_count &&
	    ledger->audit_heads[first].n < entry->number)
		first++;
	if (first == ledger->audit_head_count ||
	    ledger->audit_heads[first].n != entry->number ||
	    memcmp(ledger->audit_heads[first].hash, entry->sha256,
		SIGNER_HASH_BYTES) != 0)
		return contradiction(err, "there is no such audit head");
	ledger->audit_checkpoint = ledger->audit_heads[first];
	ledger->audit_head_count -= first;
	memmove(ledger->audit_heads, ledger->audit_heads + first,
	    ledger->audit_head_count * sizeof(ledger->audit_heads[0]));
	return true;
}

/* Nothing takes it back. */
static bool
apply_enforced(
    struct ledger *ledger, const struct ledger_entry *entry, struct err *err)
{
	ledger->enforced.settings |= UINT64_C(1) << (unsigned)entry->setting;
	return true;
}

/* Told for the record alone. */
static bool
apply_nothing(
    struct ledger *ledger, const struct ledger_entry *entry, struct err *err)
{
	return true;
}

struct entry_row {
	bool (*apply)(struct ledger *ledger, const struct ledger_entry *entry,
	    struct err *err);
	bool counts_unproven; /* it only takes away, or names what others do */
};

static const struct entry_row ENTRIES[] = {
    [LEDGER_ENTRY_FLEET] = {apply_fleet, false},
    [LEDGER_ENTRY_TOKEN_CREATED] = {apply_token_created, true},
    [LEDGER_ENTRY_TOKEN_REVOKED] = {apply_token_revoked, true},
    [LEDGER_ENTRY_ISSUED] = {apply_issued, true},
    [LEDGER_ENTRY_REVOKED] = {apply_revoked, true},
    [LEDGER_ENTRY_RETIRED] = {apply_retired, true},
    [LEDGER_ENTRY_COMMAND] = {apply_command, false},
    [LEDGER_ENTRY_PUBLICATION] = {apply_publication, true},
    [LEDGER_ENTRY_CRL] = {apply_crl, true},
    [LEDGER_ENTRY_SERVER_CERTIFICATE] = {apply_nothing, false},
    [LEDGER_ENTRY_OCSP_RESPONDER] = {apply_nothing, false},
    [LEDGER_ENTRY_REFUSED] = {apply_nothing, false},
    [LEDGER_ENTRY_AUDIT_HEAD] = {apply_audit_head, true},
    [LEDGER_ENTRY_AUDIT_CHECKPOINT] = {apply_audit_checkpoint, false},
    [LEDGER_ENTRY_ENFORCED] = {apply_enforced, true},
};

bool
ledger_apply(void *context, const struct journal_entry *read, uint32_t n,
    bool is_proven, struct err *err)
{
	struct ledger *ledger = context;
	struct ledger_entry entry;
	const struct entry_row *row;

	if (!ledger_entry_read(read, n, &entry, err))
		return false;
	row = &ENTRIES[entry.type];
	if (is_proven && (n == 1) != (entry.type == LEDGER_ENTRY_FLEET))
		return contradiction(
		    err, "the first, and only it, names the fleet");
	if (!is_proven && !row->counts_unproven)
		return true;
	return row->apply(ledger, &entry, err);
}

uint32_t
ledger_agent_find(const struct ledger *ledger, const char *agent_id)
{
	uint8_t id[SIGNER_UUID_BYTES];

	if (!signer_uuid_bytes(agent_id, id))
		return LEDGER_NONE;
	return index_find(&ledger->agents_by_id, id);
}

uint32_t
ledger_serial_find(const struct ledger *ledger, const char *serial)
{
	uint8_t bytes[SIGNER_SERIAL_BYTES];

	if (!hex_decode(view_string(serial), bytes, sizeof(bytes)))
		return LEDGER_NONE;
	return index_find(&ledger->certificates_by_serial, bytes);
}

uint32_t
ledger_spki_find(const struct ledger *ledger, const uint8_t *sha256)
{
	return index_find(&ledger->certificates_by_spki, sha256);
}

uint32_t
ledger_token_find(const struct ledger *ledger, const char *token_id)
{
	uint8_t id[SIGNER_UUID_BYTES];

	if (!signer_uuid_bytes(token_id, id))
		return LEDGER_NONE;
	return index_find(&ledger->tokens_by_id, id);
}
