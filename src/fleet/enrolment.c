/* The steps [enrol], [renew] and [lose_answer]. */
#include "fleet/enrolment.h"

#include <string.h>

#include "agent/channel/est_message.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "proto/refresh.h"

enum {
	NONCE_ANSWER_MAX = 64 * 1024,
	PUBLICATION_ANSWER_MAX = 128 * 1024,
};

static bool
make_key(struct worker *worker, size_t index, struct err *err)
{
	struct vault_agent agent;
	bool is_made;

	if (!vault_load(worker->vault, index, &agent, err))
		return false;
	is_made = agent.key != NULL;
	if (!is_made) {
		if (agent.credential == NULL)
			agent.credential =
			    secret_random(VAULT_CREDENTIAL_BYTES);
		is_made = key_generate(KEY_EC_P256, 0, &agent.key, err) &&
		    vault_store(worker->vault, index, &agent, err);
	}
	vault_agent_done(&agent);
	return is_made;
}

void
enrolment_make_keys(struct worker *worker)
{
	struct err err = ERR_INIT;

	for (size_t i = 0; i < worker->participants; i++) {
		if (!worker->agents[i].is_enrolled &&
		    !make_key(worker, worker->first + i, &err))
			stats_failure(worker->now, &err);
		worker->now->prepared++;
	}
	worker->now->begin_us = pacer_now_us();
}

/* The new certificate as one of this fleet, for the key that was sent. */
static bool
read_certificate(struct op *op, const struct answer *answer,
    const struct key *key, struct certificate **out, struct err *err)
{
	scoped(certificate_freep) struct certificate *certificate = NULL;

	if (!est_answer_read(buf_view(&answer->body), key, &certificate, err) ||
	    !publication_vouches_for(op->worker->gate->publication, certificate,
		clock_wall_ms(), err))
		return false;
	*out = take(certificate);
	return true;
}

/* What is asked again after an answer was lost must be the same. */
static bool
is_same_again(struct op *op, struct certificate *certificate, struct err *err)
{
	bool is_same = strcmp(certificate_fingerprint(op->issued),
			   certificate_fingerprint(certificate)) == 0;

	certificate_free(certificate);
	return is_same ||
	    err_set_code(err, ERR_CONFLICT, "certificate_not_the_same",
		"asked again after a lost answer, the server issued another "
		"certificate");
}

/* How the answers of one certificate go. */
enum phase {
	PHASE_PLAIN, /* taken at once */
	PHASE_LOST,  /* the first one is not read */
	PHASE_AGAIN, /* the second one is read */
	PHASE_SAME,  /* the third one must be the second one */
};

typedef void ask_fn(struct op *op);

/* True when a certificate is there and nothing more is to be asked. */
static bool
take_answer(struct op *op, const struct answer *answer, const struct key *key,
    ask_fn *again)
{
	struct certificate *certificate = NULL;
	struct err err = ERR_INIT;

	if (op->phase == PHASE_LOST) {
		op->phase = PHASE_AGAIN;
		again(op);
		return false;
	}
	if (answer->status != 200) {
		op_refused(op, answer);
		return false;
	}
	if (!read_certificate(op, answer, key, &certificate, &err) ||
	    (op->phase == PHASE_SAME &&
		!is_same_again(op, certificate, &err))) {
		op_end(op, &err);
		return false;
	}
	if (op->phase == PHASE_SAME)
		return true;
	op->issued = certificate;
	if (op->phase == PHASE_PLAIN)
		return true;
	op->phase = PHASE_SAME;
	again(op);
	return false;
}

static enum call_manner
manner_of(const struct op *op)
{
	return op->phase == PHASE_LOST ? CALL_LOSE : CALL_ASK;
}

/* Enrolment. */

static ask_fn ask_enrolment;

static void
on_enrolled(struct op *op, const struct answer *answer)
{
	struct err err = ERR_INIT;
	bool is_stored;

	if (!take_answer(op, answer, op->agent.key, ask_enrolment))
		return;
	op->agent.certificate = take(op->issued);
	is_stored = vault_store(op->worker->vault, op->index, &op->agent, &err);
	if (is_stored)
		worker_agent(op->worker, op->index)->is_enrolled = true;
	op_end(op, is_stored ? NULL : &err);
}

static void
ask_enrolment(struct op *op)
{
	op_ask(op,
	    &(struct op_ask){.path = "/.well-known/est/simpleenroll",
		.manner = manner_of(op),
		.header = op->header,
		.type = EST_REQUEST_TYPE,
		.body = view_string(op->body),
		.answer_max = EST_ANSWER_MAX},
	    on_enrolled);
}

static char *
make_header(const struct secret *token)
{
	scoped(buf_wipep) struct buf header = BUF_INIT(EST_AUTHORIZATION_MAX);

	est_authorization(token, &header);
	return memory_string((const char *)header.data);
}

static void
begin_enrolment(struct worker *worker, size_t n, enum phase phase)
{
	struct op *op =
	    op_new(worker, worker->first + n, worker->now, op_paced);
	struct err err = ERR_INIT;

	if (op == NULL) {
		pacer_ended(&worker->pacer);
		return;
	}
	op->phase = phase;
	if (worker->gate->token == NULL)
		err_set_code(&err, ERR_DENIED, "token_required",
		    "there is no bootstrap file with an enrolment token");
	else if (op->agent.key != NULL &&
	    est_enrol_body(
		op->agent.key, op->agent.credential, &op->body, &err)) {
		op->header = make_header(worker->gate->token);
		ask_enrolment(op);
		return;
	}
	op_end(op, &err);
}

static void
enrol_one(struct worker *worker, size_t n, enum phase phase)
{
	if (!worker->agents[n].is_enrolled) {
		begin_enrolment(worker, n, phase);
		return;
	}
	worker->now->skipped++;
	pacer_ended(&worker->pacer);
}

static void
enrol_plainly(void *context, size_t n)
{
	enrol_one(context, n, PHASE_PLAIN);
}

static void
enrol_with_a_loss(void *context, size_t n)
{
	enrol_one(context, n, PHASE_LOST);
}

/* Renewal. */

static ask_fn ask_renewal;

/* The new certificate worked: it takes the old one's place. */
static void
on_tried(struct op *op, const struct answer *answer)
{
	struct err err = ERR_INIT;
	bool is_stored;

	if (answer->status != 200) {
		op_refused(op, answer);
		return;
	}
	key_free(op->agent.key);
	op->agent.key = take(op->agent.next_key);
	certificate_free(op->agent.certificate);
	op->agent.certificate = take(op->issued);
	is_stored = vault_store(op->worker->vault, op->index, &op->agent, &err);
	op_end(op, is_stored ? NULL : &err);
}

static void
on_renewed(struct op *op, const struct answer *answer)
{
	if (!take_answer(op, answer, op->agent.next_key, ask_renewal))
		return;
	op_ask(op,
	    &(struct op_ask){.is_agent_port = true,
		.certificate = op->issued,
		.key = op->agent.next_key,
		.path = "/.well-known/warifu/publication",
		.answer_max = PUBLICATION_ANSWER_MAX},
	    on_tried);
}

static void
ask_renewal(struct op *op)
{
	op_ask(op,
	    &(struct op_ask){.is_agent_port = true,
		.shows_certificate = true,
		.manner = manner_of(op),
		.path = "/.well-known/est/simplereenroll",
		.type = EST_REQUEST_TYPE,
		.body = view_string(op->body),
		.answer_max = EST_ANSWER_MAX},
	    on_renewed);
}

/* A new key, kept before it is used. */
static bool
make_renewal(struct op *op, const struct answer *answer, struct err *err)
{
	scoped(json_freep) json_t *json =
	    json_read(buf_view(&answer->body), NONCE_ANSWER_MAX, err);
	const char *nonce = NULL;

	if (json == NULL || !proto_nonce_read(json, &nonce, err))
		return false;
	if (op->agent.next_key == NULL &&
	    (!key_generate(KEY_EC_P256, 0, &op->agent.next_key, err) ||
		!vault_store(op->worker->vault, op->index, &op->agent, err)))
		return false;
	return est_renew_body(
	    op->agent.next_key, op->agent.key, nonce, &op->body, err);
}

static void
on_nonce(struct op *op, const struct answer *answer)
{
	struct err err = ERR_INIT;

	if (answer->status != 200)
		op_refused(op, answer);
	else if (!make_renewal(op, answer, &err))
		op_end(op, &err);
	else
		ask_renewal(op);
}

static void
renew_one(struct worker *worker, size_t n, enum phase phase)
{
	struct op *op =
	    op_new(worker, worker->first + n, worker->now, op_paced);

	if (op == NULL) {
		pacer_ended(&worker->pacer);
		return;
	}
	op->phase = phase;
	op_ask(op,
	    &(struct op_ask){.is_agent_port = true,
		.shows_certificate = true,
		.path = "/agent/v1/renewal-nonce",
		.type = "application/json",
		.answer_max = NONCE_ANSWER_MAX},
	    on_nonce);
}

static void
renew_plainly(void *context, size_t n)
{
	renew_one(context, n, PHASE_PLAIN);
}

static void
renew_with_a_loss(void *context, size_t n)
{
	renew_one(context, n, PHASE_LOST);
}

/* The steps. */

static void
over(void *context)
{
	worker_step_over(context);
}

static void
pace_all(struct worker *worker, void (*begin)(void *context, size_t n))
{
	worker->now->planned = worker->participants;
	worker_pace(worker, worker->participants,
	    worker_fleet_participants(worker), begin, over);
}

void
step_enrol(struct worker *worker)
{
	enrolment_make_keys(worker);
	pace_all(worker, enrol_plainly);
}

void
step_renew(struct worker *worker)
{
	pace_all(worker, renew_plainly);
}

void
step_lose_answer(struct worker *worker)
{
	if (worker->step->of == LOST_RENEW) {
		pace_all(worker, renew_with_a_loss);
		return;
	}
	enrolment_make_keys(worker);
	pace_all(worker, enrol_with_a_loss);
}
