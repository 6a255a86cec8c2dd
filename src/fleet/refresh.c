/* Refreshes: composed by the agent's own parts, settled by the answer. */
#include "fleet/refresh.h"

#include <string.h>

#include "agent/channel/difference.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/memory.h"
#include "crypto/digest.h"
#include "proto/refresh.h"

enum {
	ROUNDS_MAX = 4, /* as the agent: refreshes that orders may cause */
};

/* What this refresh says, to be settled by its answer. */
struct refresh_state {
	uint32_t base;     /* revision that the server holds; 0: none */
	uint32_t revision; /* that is reported */
	char digests[INVENTORY_SECTIONS][SHA256_HEX_SIZE]; /* "": not said */
};

void
refresh_state_free(struct refresh_state *state)
{
	free(state);
}

static void
digest_of(const json_t *section, char out[SHA256_HEX_SIZE])
{
	scoped(memory_freep) char *text = json_write(section);

	digest_sha256_hex(view_string(text), out);
}

static json_t *
section_of(
    const struct op *op, uint32_t revision, enum inventory_section section)
{
	return variety_section(
	    op->worker->variety, op->index, revision, section);
}

static void
fill_section(struct op *op, enum inventory_section section,
    struct proto_refresh_request *request)
{
	struct refresh_state *state = op->refresh;
	scoped(json_freep) json_t *current =
	    section_of(op, state->revision, section);
	scoped(json_freep) json_t *base = NULL;
	char *digest = state->digests[section];
	char base_digest[SHA256_HEX_SIZE] = "";

	if (current == NULL)
		return;
	digest_of(current, digest);
	if (state->base != 0) {
		base = section_of(op, state->base, section);
		digest_of(base, base_digest);
	}
	request->has_section[section] = difference_make(
	    base, base_digest, current, digest, &request->sections[section]);
	if (!request->has_section[section])
		digest[0] = '\0';
}

/* What has not changed is not looked at: a fleet that refreshes in peace costs
 * its computer little. */
static void
fill_inventory(struct op *op, struct proto_refresh_request *request)
{
	struct refresh_state *state = op->refresh;

	memset(state->digests, 0, sizeof(state->digests));
	if (state->base == state->revision)
		return;
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		if (state->base == 0 ||
		    variety_changes((enum inventory_section)i))
			fill_section(op, (enum inventory_section)i, request);
}

static char *
compose(struct op *op)
{
	struct proto_refresh_request request;
	scoped(json_freep) json_t *json = NULL;
	char hostname[VARIETY_HOSTNAME_SIZE];

	proto_refresh_request_init(&request);
	variety_hostname(op->worker->variety, op->index, hostname);
	snprintf(request.agent_version, sizeof(request.agent_version), "%s",
	    WARIFU_VERSION);
	request.protocol = PROTO_VERSION;
	request.hostname = memory_string(hostname);
	request.clock_ms = clock_wall_ms();
	request.acknowledged_publication =
	    op->worker->gate->publication->number;
	snprintf(request.boot_id, sizeof(request.boot_id),
	    "00000000-0000-7000-8000-%012zx", op->index);
	fill_inventory(op, &request);
	json = proto_refresh_request_json(&request);
	proto_refresh_request_done(&request);
	return json_write(json);
}

static op_next on_answer;

static void
say(struct op *op)
{
	scoped(memory_freep) char *body = compose(op);

	op_ask(op,
	    &(struct op_ask){.is_agent_port = true,
		.shows_certificate = true,
		.path = "/agent/v1/refresh",
		.type = "application/json",
		.body = view_string(body),
		.answer_max = PROTO_ANSWER_MAX},
	    on_answer);
}

/* Does the server hold what was said? */
static bool
settle(
    struct op *op, const struct proto_refresh_answer *answer, struct err *err)
{
	struct refresh_state *state = op->refresh;

	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		if (state->digests[i][0] != '\0' &&
		    strcmp(state->digests[i], answer->applied[i]) != 0) {
			state->base = 0;
			return err_set_code(err, ERR_CONFLICT,
			    "section_not_applied",
			    "the server did not take the section %s",
			    inventory_section_name((enum inventory_section)i));
		}
	state->base = state->revision;
	return true;
}

static bool
wants_everything(const struct proto_refresh_answer *answer)
{
	for (size_t i = 0; i < answer->order_count; i++)
		if (answer->orders[i].type == PROTO_ORDER_RESEND_INVENTORY)
			return true;
	return false;
}

static bool
remember(struct op *op, struct err *err)
{
	if (op->agent.revision == op->refresh->base)
		return true;
	op->agent.revision = op->refresh->base;
	return vault_store(op->worker->vault, op->index, &op->agent, err);
}

static bool
read_answer(const struct answer *answer, struct proto_refresh_answer *out,
    struct err *err)
{
	scoped(json_freep) json_t *json =
	    json_read(buf_view(&answer->body), PROTO_ANSWER_MAX, err);

	if (json != NULL && proto_refresh_answer_read(json, out, err))
		return true;
	return err_prefix(err, "the server's answer");
}

static void
on_answer(struct op *op, const struct answer *answer)
{
	struct proto_refresh_answer read;
	struct err err = ERR_INIT;
	bool is_again, is_settled;

	if (answer->status != 200) {
		op_refused(op, answer);
		return;
	}
	proto_refresh_answer_init(&read);
	if (!read_answer(answer, &read, &err)) {
		proto_refresh_answer_done(&read);
		op_end(op, &err);
		return;
	}
	is_again = wants_everything(&read) && ++op->round < ROUNDS_MAX;
	is_settled = is_again || settle(op, &read, &err);
	proto_refresh_answer_done(&read);
	if (is_again) {
		stats_outcome(op->stats, "inventory_asked_anew");
		op->refresh->base = 0;
		say(op);
		return;
	}
	is_settled = remember(op, &err) && is_settled;
	op_end(op, is_settled ? NULL : &err);
}

bool
refresh_begin(struct worker *worker, size_t index, struct stats *stats,
    bool is_changed, op_over *over, void *context)
{
	struct op *op = op_new(worker, index, stats, over);

	if (op == NULL)
		return false;
	worker_agent(worker, index)->is_refreshing = true;
	op->context = context;
	op->refresh = memory_zeroed(sizeof(*op->refresh));
	op->refresh->base = op->agent.revision;
	op->refresh->revision = op->agent.revision == 0
	    ? 1
	    : op->agent.revision + (is_changed ? 1 : 0);
	say(op);
	return true;
}
