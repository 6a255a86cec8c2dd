/* The ledger: what contradicts is refused whole, what is unproven only takes
 * away; and the index beneath it. */
#include "base/cmocka_test.h"

#include <string.h>

#include "base/memory.h"
#include "base/secret.h"
#include "server/signer/journal_line.h"
#include "server/signer/ledger_entry.h"

#define FLEET  "0190f2a0-0000-7000-8000-0000000000ff"
#define AGENT  "0190f2a0-0000-7000-8000-000000000001"
#define OTHER  "0190f2a0-0000-7000-8000-000000000002"
#define TOKEN  "0190f2a0-0000-7000-8000-000000000003"
#define OFFICE "0190f2a0-0000-7000-8000-000000000004"

static const uint8_t HASH[SIGNER_HASH_BYTES] = {1};

/* Apply an entry as the journal would hand it over. */
static bool
apply(struct ledger *ledger, json_t *json, uint32_t n, bool is_proven,
    struct err *err)
{
	scoped(json_freep) json_t *owned = json;
	scoped(memory_freep) char *text = NULL;
	struct journal_entry entry;

	json_set_time(owned, "time", 1000);
	text = json_write(owned);
	assert_true(journal_entry_read(view_string(text), &entry, err));
	return ledger_apply(ledger, &entry, n, is_proven, err);
}

static json_t *
fleet(void)
{
	struct ledger_fleet value = {.fleet_id = FLEET};

	return ledger_fleet_entry(&value);
}

static json_t *
token(uint32_t uses)
{
	struct signer_token_create request = {
	    .kind = SIGNER_TOKEN_OFFICE,
	    .office_id = OFFICE,
	    .uses = uses,
	    .expires_ms = 5000,
	};

	return ledger_token_created_entry(TOKEN, HASH, &request);
}

static json_t *
issued(const char *agent, char serial, char key, const char *renews)
{
	char serial_text[SIGNER_SERIAL_SIZE] = "";
	char key_text[2 * SIGNER_HASH_BYTES + 1] = "";
	struct ledger_issue issue = {
	    .agent_id = agent,
	    .serial = serial_text,
	    .spki_sha256 = key_text,
	    .profile = SIGNER_PROFILE_AGENT,
	    .certificate = VIEW_LITERAL("DER"),
	    .not_after_ms = 9000,
	    .token_id = renews == NULL ? TOKEN : NULL,
	    .renews = renews,
	};

	memset(serial_text, serial, sizeof(serial_text) - 1);
	memset(key_text, key, sizeof(key_text) - 1);
	return ledger_issued_entry(&issue);
}

static json_t *
order(enum ledger_entry_type type, const char *agent)
{
	struct signer_agent_order request = {.by = VIEW_LITERAL("t")};

	memcpy(request.agent_id, agent, ID_SIZE);
	return ledger_order_entry(type, &request);
}

static int
set_up(void **state)
{
	struct ledger *ledger = memory_zeroed(sizeof(*ledger));
	struct err err = ERR_INIT;

	ledger_init(ledger);
	*state = ledger;
	return apply(ledger, fleet(), 1, true, &err) &&
		apply(ledger, token(2), 2, true, &err) &&
		apply(ledger, issued(AGENT, '4', 'a', NULL), 3, true, &err)
	    ? 0
	    : -1;
}

static int
tear_down(void **state)
{
	ledger_done(*state);
	free(*state);
	return 0;
}

static void
refused(struct ledger *ledger, json_t *entry)
{
	size_t agents = ledger->agent_count;
	size_t certificates = ledger->certificate_count;
	size_t tokens = ledger->token_count;
	struct err err = ERR_INIT;

	assert_false(apply(ledger, entry, 9, true, &err));
	assert_int_equal(err.category, ERR_MALFORMED);
	assert_int_equal(ledger->agent_count, agents);
	assert_int_equal(ledger->certificate_count, certificates);
	assert_int_equal(ledger->token_count, tokens);
}

static void
what_contradicts_changes_nothing(void **state)
{
	static const char four[] = "44444444444444444444444444444444";
	static const char five[] = "55555555555555555555555555555555";
	struct ledger *ledger = *state;
	json_t *unknown = fleet();

	refused(ledger, fleet());
	refused(ledger, token(1));
	refused(ledger, issued(OTHER, '4', 'b', NULL)); /* serial */
	refused(ledger, issued(OTHER, '5', 'a', NULL)); /* key */
	refused(ledger, issued(OTHER, '5', 'b', four)); /* another's */
	refused(ledger, issued(AGENT, '5', 'b', five)); /* no such */
	refused(ledger, ledger_publication_entry(0, HASH));
	json_set_string(unknown, "type", "unheard_of");
	refused(ledger, unknown);
}

static void
a_token_is_used_as_often_as_it_says(void **state)
{
	struct ledger *ledger = *state;
	struct err err = ERR_INIT;

	assert_true(
	    apply(ledger, issued(OTHER, '5', 'b', NULL), 4, true, &err));
	refused(ledger,
	    issued("0190f2a0-0000-7000-8000-000000000009", '6', 'c', NULL));
}

static void
counters_only_grow(void **state)
{
	struct ledger *ledger = *state;
	struct err err = ERR_INIT;

	assert_true(
	    apply(ledger, ledger_publication_entry(3, HASH), 4, true, &err));
	refused(ledger, ledger_publication_entry(3, HASH));
	refused(ledger, ledger_publication_entry(2, HASH));
	assert_true(apply(ledger, ledger_crl_entry(7, 0, 1), 5, true, &err));
	refused(ledger, ledger_crl_entry(7, 0, 1));
}

static void
a_state_never_gets_milder(void **state)
{
	struct ledger *ledger = *state;
	uint32_t row = ledger_agent_find(ledger, AGENT);
	struct err err = ERR_INIT;

	assert_true(
	    apply(ledger, order(LEDGER_ENTRY_REVOKED, AGENT), 4, true, &err));
	assert_true(
	    apply(ledger, order(LEDGER_ENTRY_RETIRED, AGENT), 5, true, &err));
	assert_int_equal(ledger->agents[row].state, LEDGER_AGENT_REVOKED);
	assert_int_equal(ledger->revision, 4);
}

static void
unproven_entries_take_away(void **state)
{
	struct ledger *ledger = *state;
	uint64_t revision = ledger->revision;
	struct err err = ERR_INIT;

	assert_true(
	    apply(ledger, order(LEDGER_ENTRY_REVOKED, OTHER), 0, false, &err));
	assert_int_equal(ledger->agents[ledger_agent_find(ledger, OTHER)].state,
	    LEDGER_AGENT_REVOKED);
	assert_true(ledger->revision > revision);
	/* But they never name another fleet. */
	assert_true(apply(ledger, fleet(), 0, false, &err));
	assert_string_equal(ledger->fleet_id, FLEET);
}

static void
entries_out_of_order_are_refused(void **state)
{
	static const char *const wrong[] = {"", "{}", "[]", "{\"a\":1",
	    "{\"a\":1}x", "{\"b\":1,\"a\":2}", "{\"a\":1,\"a\":2}",
	    "{\"a\":{}}", "{\"a\":true}", "{\"a\" :1}", "{\"a\":\"\n\"}",
	    "{\"a\":\"x}", "{\"a\":\"\\\"}", "{\"a\":-}", "{\"\\u0061\":1}",
	    "{\"a\":1,}"};
	struct journal_entry entry;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < array_length(wrong); i++) {
		assert_false(
		    journal_entry_read(view_string(wrong[i]), &entry, &err));
		assert_int_equal(err.category, ERR_MALFORMED);
	}
	assert_true(journal_entry_read(
	    VIEW_LITERAL("{\"a\":\"x\\\"\\\\\",\"b\":-12}"), &entry, &err));
	assert_int_equal(entry.count, 2);
	assert_true(entry.members[0].has_escape);
}

static const uint8_t *
key_of(const void *owner, uint32_t row)
{
	return (const uint8_t *)owner + row * SIGNER_HASH_BYTES;
}

static void
the_index_finds_every_key_and_no_other(void **state)
{
	enum {
		KEYS = 20000
	};
	uint8_t *keys = memory_array(KEYS, SIGNER_HASH_BYTES);
	struct index index;

	random_fill(keys, (size_t)KEYS * SIGNER_HASH_BYTES);
	index_init(&index, SIGNER_HASH_BYTES, key_of, keys);
	for (uint32_t row = 0; row < KEYS; row++) {
		assert_int_equal(
		    index_find(&index, key_of(keys, row)), INDEX_NONE);
		index_add(&index, row);
	}
	for (uint32_t row = 0; row < KEYS; row++)
		assert_int_equal(index_find(&index, key_of(keys, row)), row);
	index_done(&index);
	free(keys);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
	    TEST(what_contradicts_changes_nothing),
	    TEST(a_token_is_used_as_often_as_it_says),
	    TEST(counters_only_grow),
	    TEST(a_state_never_gets_milder),
	    TEST(unproven_entries_take_away),
	    cmocka_unit_test(entries_out_of_order_are_refused),
	    cmocka_unit_test(the_index_finds_every_key_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
