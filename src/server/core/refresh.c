/* POST /agent/v1/refresh: an agent's state in, its orders out. */
#include <string.h>

#include "base/log.h"
#include "base/memory.h"
#include "ipc/signer_client.h"
#include "proto/refresh.h"
#include "server/core/agent.h"
#include "server/core/audit.h"
#include "server/core/changes.h"
#include "server/core/core.h"
#include "server/core/inventory_apply.h"
#include "server/core/revocation.h"
#include "server/core/settings.h"
#include "server/core/trust.h"

struct refresh {
	const struct request *request;
	struct agent_identity who;
	struct proto_refresh_request said;
	struct inventory_work inventory;
	struct proto_refresh_answer answer;
	bool is_uninstalling; /* the agent took the order of a retired one */
};

static void
refresh_done(struct refresh *refresh)
{
	proto_refresh_request_done(&refresh->said);
	inventory_work_done(&refresh->inventory);
	proto_refresh_answer_done(&refresh->answer);
}

static bool
read_body(struct refresh *refresh, struct err *err)
{
	scoped(json_freep) json_t *json = request_json(refresh->request, err);

	return json != NULL &&
	    proto_refresh_request_read(json, &refresh->said, err);
}

/* A retired computer has its uninstall order to hear and nothing to tell. */
static bool
prepare_inventory(struct refresh *refresh, struct err *err)
{
	const struct request *request = refresh->request;

	return refresh->who.computer.state == STORE_COMPUTER_RETIRED ||
	    inventory_work_prepare(&refresh->inventory, request->core->store,
		&refresh->who.computer, &refresh->said, request->received_ms,
		err);
}

static enum store_proxy_report
proxy_report_of(const struct proto_refresh_request *said)
{
	if (!said->has_proxy_report)
		return STORE_PROXY_UNKNOWN;
	return said->proxy_in_environment ? STORE_PROXY_SET : STORE_PROXY_NONE;
}

static struct store_check_in
check_in_of(const struct refresh *refresh, const char *computer_id)
{
	const struct request *request = refresh->request;

	return (struct store_check_in){
	    .computer_id = computer_id,
	    .at = request->received_ms,
	    .is_mutual = request->peer.has_certificate,
	    .certificate_serial =
		request->peer.has_certificate ? request->peer.serial : NULL,
	    .address = request->address,
	    .name = refresh->said.hostname,
	    .agent_version = refresh->said.agent_version,
	    .acknowledged_publication = refresh->said.acknowledged_publication,
	    .proxy_report = proxy_report_of(&refresh->said),
	};
}

static bool
write_check_in(struct store_tx *tx, void *context, struct err *err)
{
	struct refresh *refresh = context;
	const struct request *request = refresh->request;
	struct store_check_in check_in =
	    check_in_of(refresh, refresh->who.computer.id);

	return store_computer_check_in(tx, &check_in, err) &&
	    inventory_work_write(&refresh->inventory, tx,
		refresh->who.computer.id, request->received_ms, err);
}

static void
tell_result(const struct refresh *refresh, const struct proto_event *said)
{
	struct core_event event = {.level = LOG_LEVEL_INFO,
	    .kind = "command_result",
	    .sentence = "an agent has answered a command",
	    .computer_id = refresh->who.computer.id,
	    .address = refresh->request->address,
	    .detail = json_object()};

	json_set_string(event.detail, "action", said->action);
	json_set_string(event.detail, "result", said->result);
	json_set_integer(event.detail, "epoch", said->epoch);
	json_set_integer(event.detail, "counter", said->counter);
	json_set_string_or_null(event.detail, "sentence", said->sentence);
	core_event(refresh->request->core, &event);
}

/* Events of unknown types are passed over. */
static void
hear_events(struct refresh *refresh)
{
	for (size_t i = 0; i < refresh->said.event_count; i++) {
		const struct proto_event *said = &refresh->said.events[i];

		if (strcmp(said->type, "command_result") != 0)
			continue;
		tell_result(refresh, said);
		if (refresh->who.computer.state == STORE_COMPUTER_RETIRED &&
		    refresh->request->peer.has_certificate &&
		    strcmp(said->action, "uninstall") == 0 &&
		    strcmp(said->result, "refused") != 0)
			refresh->is_uninstalling = true;
	}
}

static void
tell_first(
    const struct refresh *refresh, const char *kind, const char *sentence)
{
	core_event(refresh->request->core,
	    &(struct core_event){.level = LOG_LEVEL_INFO,
		.kind = kind,
		.sentence = sentence,
		.computer_id = refresh->who.computer.id,
		.address = refresh->request->address,
		.detail = NULL});
}

/* The first contact of either kind; what followed is on the computer. */
static void
tell_how_it_came(const struct refresh *refresh)
{
	const struct store_computer *before = &refresh->who.computer;
	bool is_mutual = refresh->request->peer.has_certificate;

	if (is_mutual && before->proved_at == 0)
		tell_first(refresh, "computer_proved",
		    "a computer has proved itself by its certificate; it is "
		    "not accepted any other way from now on");
	if (!is_mutual && before->last_credential_at == 0)
		tell_first(refresh, "computer_without_certificate",
		    "a computer came without its certificate and was let in "
		    "by its credential; something on the way ends TLS");
}

static void
add_inventory_answers(struct refresh *refresh)
{
	struct proto_order *resend = NULL;

	for (size_t i = 0; i < INVENTORY_SECTIONS; i++) {
		const struct section_work *one =
		    &refresh->inventory.sections[i];

		if (one->outcome == SECTION_APPLY ||
		    one->outcome == SECTION_SAME) {
			memcpy(refresh->answer.applied[i], one->row.digest,
			    sizeof(refresh->answer.applied[i]));
		} else if (one->outcome == SECTION_RESEND) {
			if (resend == NULL)
				resend = proto_refresh_answer_add_order(
				    &refresh->answer,
				    PROTO_ORDER_RESEND_INVENTORY);
			resend->sections[i] = true;
		}
	}
}

static void
add_uninstall(struct refresh *refresh)
{
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	struct signer_command command = {
	    .action = SIGNER_ACTION_UNINSTALL, .by = VIEW_LITERAL("core")};
	struct signer_object jws;
	struct err err = ERR_INIT;

	if (refresh->who.computer.state != STORE_COMPUTER_RETIRED ||
	    refresh->is_uninstalling)
		return;
	memcpy(command.agent_id, refresh->who.computer.id,
	    sizeof(command.agent_id));
	if (!signer_client_sign_command(
		refresh->request->core->signer, &command, &reply, &jws, &err)) {
		/* The agent asks again in its next refresh. */
		log_failure(LOG_LEVEL_WARNING,
		    "the order to uninstall could not be signed", &err);
		return;
	}
	proto_refresh_answer_add_order(&refresh->answer, PROTO_ORDER_COMMAND)
	    ->jws = view_to_string(jws.bytes);
}

static void
add_publication(struct refresh *refresh)
{
	char *jws = NULL;
	int64_t number = 0;
	struct err err = ERR_INIT;

	if (!core_trust_publication(
		refresh->request->core, &number, &jws, &err))
		return; /* still starting: the next refresh has it */
	if (number > refresh->said.acknowledged_publication)
		refresh->answer.publication = jws;
	else
		free(jws);
}

/* Two thirds of the certificate's life are over. */
static bool
is_renewal_due(const struct refresh *refresh)
{
	const struct store_certificate *shown = &refresh->who.certificate;
	int64_t life_ms = shown->not_after - shown->not_before;

	return refresh->who.computer.state == STORE_COMPUTER_ACTIVE &&
	    shown->not_after != 0 &&
	    refresh->request->received_ms >=
	    shown->not_before + life_ms / 3 * 2;
}

static void
add_renewal(struct refresh *refresh)
{
	struct err err = ERR_INIT;

	if (is_renewal_due(refresh) &&
	    !agent_nonce(
		refresh->request, &refresh->answer.renewal_nonce, &err))
		log_failure(
		    LOG_LEVEL_WARNING, "a renewal could not be offered", &err);
}

/* An agent is an untrusted author: more than this is not counted. */
static void
tell_left_off(const struct refresh *refresh)
{
	static struct log_budget budget;

	if (refresh->inventory.software.left_off > 0 &&
	    log_budget_take(&budget, LOG_LEVEL_WARNING))
		log_warning("a computer has more software than is counted",
		    "computer", refresh->who.computer.id);
}

static void
compose(struct refresh *refresh)
{
	struct proto_refresh_answer *answer = &refresh->answer;
	const struct core *core = refresh->request->core;

	answer->server_time_ms = refresh->request->received_ms;
	memcpy(answer->computer_id, refresh->who.computer.id,
	    sizeof(answer->computer_id));
	answer->refresh_interval_s = settings_refresh_interval_s(core);
	add_inventory_answers(refresh);
	add_uninstall(refresh);
	add_publication(refresh);
	add_renewal(refresh);
}

/* Runs when the answer is on its way: the revocation ends the connection. */
static void
revoke_after(struct request *request)
{
	struct revocation_actor actor = {.user_name = "agent",
	    .address = request->address,
	    .reason = "the agent has taken the order to uninstall itself"};
	struct audit audit;
	struct err err = ERR_INIT;

	audit_init_request(&audit, request, STORE_AUDIT_COMPUTER_REMOVE);
	audit_target(
	    &audit, STORE_AUDIT_TARGET_COMPUTER, request->peer.agent_id, NULL);
	if (revocation_run_one(request->core, REVOCATION_REMOVE,
		request->peer.agent_id, &audit, &actor, &err))
		return;
	if (!audit.is_recorded)
		audit_refuse(request->core, &audit, &err);
	log_failure(
	    LOG_LEVEL_ERROR, "a retired computer could not be revoked", &err);
}

/* Most refreshes tell nothing new of a computer whose certificate is known:
 * they are written together, and identified by the same statement. What that
 * finds nothing ordinary about goes the long way, and every refusal does. */
static bool
run_ordinary(struct refresh *refresh, bool *out_is_done, struct err *err)
{
	const struct request *request = refresh->request;
	struct store_ordinary contact = {
	    .said = check_in_of(refresh, request->peer.agent_id)};
	struct agent_identity *who = &refresh->who;

	if (!inventory_says_nothing(&refresh->said))
		return true;
	if (!store_may_write(request->core->store, err) ||
	    !store_computer_check_in_ordinary(
		request->core->store, &contact, err))
		return false;
	*out_is_done = contact.is_ordinary;
	if (!contact.is_ordinary)
		return true;
	memcpy(
	    who->computer.id, request->peer.agent_id, sizeof(who->computer.id));
	who->computer.state = STORE_COMPUTER_ACTIVE;
	who->computer.proved_at = request->received_ms; /* or before */
	who->certificate.not_before = contact.not_before;
	who->certificate.not_after = contact.not_after;
	return true;
}

/* Who is not known gets no body read, and hears that first. */
static bool
run_unusual(struct refresh *refresh, bool is_read, const struct err *unread,
    struct err *err)
{
	const struct request *request = refresh->request;

	if (!agent_identify(request, &refresh->who, err))
		return false;
	if (unread->category != ERR_NONE) {
		*err = *unread;
		return false;
	}
	return (is_read || read_body(refresh, err)) &&
	    prepare_inventory(refresh, err) &&
	    store_may_write(request->core->store, err) &&
	    store_write(request->core->store, write_check_in, refresh, err);
}

/* What is shown of a computer comes from its inventory, too. */
static void
tell_consoles(const struct refresh *refresh)
{
	struct core *core = refresh->request->core;

	changes_raise(core, TOPIC_PRESENCE);
	if (inventory_says_nothing(&refresh->said))
		return;
	changes_raise(core, TOPIC_COMPUTERS);
	changes_raise(core, TOPIC_INVENTORY);
	changes_raise(core, TOPIC_SOFTWARE);
}

static bool
run(struct refresh *refresh, struct err *err)
{
	struct err unread = ERR_INIT;
	bool is_read = refresh->request->peer.has_certificate &&
	    read_body(refresh, &unread);
	bool is_done = false;

	if (is_read && !run_ordinary(refresh, &is_done, err))
		return false;
	if (!is_done && !run_unusual(refresh, is_read, &unread, err))
		return false;
	tell_how_it_came(refresh);
	tell_left_off(refresh);
	hear_events(refresh);
	compose(refresh);
	tell_consoles(refresh);
	return true;
}

void
agent_refresh(struct request *request, struct response *response)
{
	struct refresh refresh = {.request = request};
	struct err err = ERR_INIT;

	proto_refresh_request_init(&refresh.said);
	inventory_work_init(&refresh.inventory);
	proto_refresh_answer_init(&refresh.answer);
	if (run(&refresh, &err)) {
		response_json(
		    response, 200, proto_refresh_answer_json(&refresh.answer));
		if (refresh.is_uninstalling)
			request->after = revoke_after;
	} else {
		agent_refuse(request, response, &err);
	}
	refresh_done(&refresh);
}
