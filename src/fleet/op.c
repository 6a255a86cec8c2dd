/* What agents do: the frame of all of it. */
#include "fleet/op.h"

#include <string.h>

#include "agent/channel/problem.h"
#include "base/memory.h"
#include "fleet/refresh.h"

enum {
	REQUEST_MAX = 18 * 1024 * 1024
};

struct op *
op_new(struct worker *worker, size_t index, struct stats *stats, op_over *over)
{
	struct op *op = memory_zeroed(sizeof(*op));
	struct err err = ERR_INIT;

	stats->begun++;
	op->worker = worker;
	op->index = index;
	op->stats = stats;
	op->over = over;
	op->begun_us = pacer_now_us();
	if (vault_load(worker->vault, index, &op->agent, &err))
		return op;
	stats_failure(stats, &err);
	free(op);
	return NULL;
}

static void
op_free(struct op *op)
{
	if (op->refresh != NULL)
		worker_agent(op->worker, op->index)->is_refreshing = false;
	call_free(op->call);
	vault_agent_done(&op->agent);
	certificate_free(op->issued);
	refresh_state_free(op->refresh);
	free(op->body);
	if (op->header != NULL)
		explicit_bzero(op->header, strlen(op->header));
	free(op->header);
	free(op);
}

void
op_end(struct op *op, const struct err *err)
{
	if (err != NULL) {
		stats_failure(op->stats, err);
	} else {
		op->stats->succeeded++;
		stats_latency(op->stats, pacer_now_us() - op->begun_us);
	}
	op->over(op, err);
	op_free(op);
}

void
op_paced(struct op *op, const struct err *err)
{
	pacer_ended(&op->worker->pacer);
}

void
op_count(struct stats *stats, const struct call *call)
{
	stats->bytes_in += call_bytes_in(call);
	stats->bytes_out += call_bytes_out(call);
	if (call_has_shaken(call))
		stats->handshakes++;
}

static void
on_call(void *context, struct call *call, const struct err *err)
{
	struct op *op = context;

	op_count(op->stats, call);
	if (err != NULL) {
		op_end(op, err);
		return;
	}
	/* next may begin another conversation in its place. */
	op->call = NULL;
	op->next(op, call_answer(call));
	call_free(call);
}

static bool
make_request(const struct op *op, const struct op_ask *ask, struct buf *out,
    struct err *err)
{
	const struct gate *gate = op->worker->gate;
	uint16_t port = ask->is_agent_port ? gate->address.agent_port
					   : gate->address.https_port;

	return gate_request(
	    gate, out, port, ask->path, ask->header, ask->type, ask->body, err);
}

void
op_ask(struct op *op, const struct op_ask *ask, op_next *next)
{
	struct worker *worker = op->worker;
	const struct gate *gate = worker->gate;
	scoped(buf_wipep) struct buf request = BUF_INIT(REQUEST_MAX);
	struct call_plan plan = {
	    .loop = worker->loop,
	    .port = ask->is_agent_port ? &gate->agents : &gate->https,
	    .source = gate_source(gate, worker->scenario, op->index),
	    .trust = gate->trust,
	    .certificate = ask->shows_certificate ? op->agent.certificate
						  : ask->certificate,
	    .key = ask->shows_certificate ? op->agent.key : ask->key,
	    .manner = ask->manner,
	    .answer_max = ask->answer_max,
	    .timeout_ms = worker->scenario->timeout_ms,
	};
	struct err err = ERR_INIT;

	if (!make_request(op, ask, &request, &err)) {
		op_end(op, &err);
		return;
	}
	plan.request = buf_view(&request);
	op->next = next;
	op->call = call_start(&plan, on_call, op);
}

void
op_refused(struct op *op, const struct answer *answer)
{
	struct err err = ERR_INIT;

	(void)problem_read((long)answer->status, buf_view(&answer->body), &err);
	op_end(op, &err);
}
