/* Requests queued for workers, and their answers sent back. */
#include "server/core/answer.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "ipc/gateway_messages.h"
#include "ipc/messages.h"
#include "os/fd.h"
#include "server/config.h"
#include "server/core/core.h"
#include "server/core/gateways.h"
#include "server/core/handlers.h"
#include "server/core/metrics.h"
#include "server/core/request_build.h"
#include "server/core/workers.h"

enum {
	SEND_MS = 10000,
	LOG_MS = 10 * 1000,
};

struct job {
	struct core *core;
	struct gateway *gateway;
	uint32_t id;
	int64_t received_ms;     /* monotonic */
	struct ipc_request from; /* borrows from frame */
	uint8_t *frame;
	int file;
};

static void
job_free(struct job *job)
{
	gateway_release(job->gateway);
	free(job->frame);
	fd_close(job->file);
	free(job);
}

static enum worker_lane
lane_of(const struct job *job)
{
	return job->from.listener == LISTENER_AGENT ? WORKER_AGENTS
						    : WORKER_PEOPLE;
}

static void
set_headers(struct ipc_response *out, const struct response *response)
{
	out->headers.count = response->header_count;
	for (size_t i = 0; i < response->header_count; i++) {
		out->headers.items[i].name =
		    view_string(response->headers[i].name);
		out->headers.items[i].value =
		    view_string(response->headers[i].value);
	}
}

/* Long bodies travel as a file. */
static bool
set_body(struct ipc_response *out, const struct response *response,
    int *out_memfd, int *out_file, struct err *err)
{
	out->body_length = response->body.length;
	if (response->file >= 0) {
		out->has_body_descriptor = true;
		out->body_offset = response->file_offset;
		out->body_length = response->file_length;
		*out_file = response->file;
		return true;
	}
	if (response->body.length <= LIMIT_FRAME_BODY) {
		out->body = buf_view(&response->body);
		return true;
	}
	if (!fd_memfd_of("answer", buf_view(&response->body), out_memfd, err))
		return false;
	out->has_body_descriptor = true;
	*out_file = *out_memfd;
	return true;
}

static bool
send_response(struct gateway *gateway, uint32_t id,
    const struct response *response, struct err *err)
{
	struct ipc_response out = {.status = (uint16_t)response->status};
	scoped(fd_closep) int memfd = -1;
	scoped(buf_donep) struct buf frame = BUF_INIT(IPC_BODY_MAX);
	int file = -1;

	set_headers(&out, response);
	return set_body(&out, response, &memfd, &file, err) &&
	    ipc_response_write(&frame, &out, err) &&
	    gateway_send(gateway, IPC_MESSAGE_REQUEST, id, buf_view(&frame),
		file, SEND_MS, err);
}

static void
count(const struct job *job, const struct request *request,
    const struct response *response, int64_t began_ms)
{
	metrics_request(job->core->metrics,
	    request != NULL ? request->route->operation : "unknown",
	    response->status, clock_monotonic_ms() - began_ms);
	if (response->code[0] != '\0')
		metrics_refusal(job->core->metrics, response->code);
}

/* The gateway has told the client that there is no answer: nothing is done for
 * nobody, so that a queue behind a slow database empties soon. */
static bool
is_too_late(const struct job *job)
{
	return clock_monotonic_ms() - job->received_ms >
	    job->core->config->request_timeout_ms;
}

/* Why a request is put off, and how often that was told. */
struct shortage {
	const char *sentence;
	const char *setting;
	size_t value; /* where in the configuration */
	atomic_llong told_ms;
	atomic_uint times;
};

static struct shortage of_workers = {
    .sentence = "requests are put off: core's workers do not keep up",
    .setting = "[limits] workers",
    .value = offsetof(struct server_config, workers)};
static struct shortage of_room_for_bodies = {
    .sentence = "requests are put off: core reads as much of large bodies as "
		"it may",
    .setting = "[limits] large_bodies",
    .value = offsetof(struct server_config, large_bodies_mib)};

/* One line, and then at most one in LOG_MS. */
static void
tell_shortage(const struct job *job, struct shortage *shortage)
{
	long long now_ms = clock_monotonic_ms(), last_ms = shortage->told_ms;
	char value[24], count[24];
	int64_t in_force;

	atomic_fetch_add(&shortage->times, 1);
	if ((last_ms != 0 && now_ms - last_ms < LOG_MS) ||
	    !atomic_compare_exchange_strong(
		&shortage->told_ms, &last_ms, now_ms))
		return;
	memcpy(&in_force, (const char *)job->core->config + shortage->value,
	    sizeof(in_force));
	snprintf(value, sizeof(value), "%lld", (long long)in_force);
	snprintf(
	    count, sizeof(count), "%u", atomic_exchange(&shortage->times, 0));
	log_warning(shortage->sentence, "setting", shortage->setting, "value",
	    value, "times", count, "of",
	    lane_of(job) == WORKER_AGENTS ? "agents" : "people");
}

static void
make_busy(
    const struct job *job, struct shortage *shortage, struct response *response)
{
	response_header(response, "Retry-After", "5");
	response_problem(response, 503, "busy", NULL,
	    "the server has too much to do; try again shortly");
	metrics_refusal(job->core->metrics, "busy");
	tell_shortage(job, shortage);
}

static void
give_answer(
    struct job *job, struct request **out_request, struct response *response)
{
	struct err err = ERR_INIT;

	if (!request_build(job->core, &job->from, take(job->frame), job->file,
		out_request, &err)) {
		response_error(response, &err);
		return;
	}
	(*out_request)->gateway = job->gateway;
	handlers_run(*out_request, response);
}

static void
give_answer_in_budget(
    struct job *job, struct request **out_request, struct response *response)
{
	uint64_t bytes =
	    job->from.has_body_descriptor ? job->from.body_length : 0;

	if (bytes > 0 && !body_budget_take(&job->core->bodies, bytes)) {
		make_busy(job, &of_room_for_bodies, response);
		return;
	}
	give_answer(job, out_request, response);
	if (bytes > 0)
		body_budget_give(&job->core->bodies, bytes);
}

/* An agent does better to come back than to wait behind a slow database. */
static bool
has_waited_long(const struct job *job)
{
	return lane_of(job) == WORKER_AGENTS &&
	    clock_monotonic_ms() - job->received_ms > WORKERS_WAIT_MAX_MS;
}

static void
run(void *context)
{
	struct job *job = context;
	scoped(request_freep) struct request *request = NULL;
	scoped(response_donep) struct response response;
	struct err err = ERR_INIT;
	int64_t began_ms = clock_monotonic_ms();
	static struct log_budget budget;

	if (is_too_late(job)) {
		metrics_refusal(job->core->metrics, "too_late");
		job_free(job);
		return;
	}
	response_init(&response);
	if (has_waited_long(job))
		make_busy(job, &of_workers, &response);
	else
		give_answer_in_budget(job, &request, &response);
	count(job, request, &response, began_ms);
	if (!send_response(job->gateway, job->id, &response, &err) &&
	    log_budget_take(&budget, LOG_LEVEL_WARNING))
		log_failure(
		    LOG_LEVEL_WARNING, "an answer could not be sent", &err);
	if (request != NULL && request->after != NULL)
		request->after(request);
	job_free(job);
}

/* Small, so never a file; in the loop thread, so never waiting. */
static bool
queue_response(struct gateway *gateway, uint32_t id,
    const struct response *response, struct err *err)
{
	struct ipc_response out = {.status = (uint16_t)response->status,
	    .body = buf_view(&response->body),
	    .body_length = response->body.length};
	scoped(buf_donep) struct buf frame = BUF_INIT(IPC_BODY_MAX);

	set_headers(&out, response);
	return ipc_response_write(&frame, &out, err) &&
	    gateway_queue(
		gateway, IPC_MESSAGE_REQUEST, id, buf_view(&frame), err);
}

static void
refuse_busy(struct job *job)
{
	static struct log_budget budget;
	scoped(response_donep) struct response response;
	struct err err = ERR_INIT;

	response_init(&response);
	make_busy(job, &of_workers, &response);
	if (!queue_response(job->gateway, job->id, &response, &err) &&
	    log_budget_take(&budget, LOG_LEVEL_WARNING))
		log_failure(
		    LOG_LEVEL_WARNING, "a refusal could not be sent", &err);
	job_free(job);
}

bool
answer_request(struct core *core, struct gateway *gateway,
    struct ipc_frame *frame, struct err *err)
{
	struct job *job = memory_zeroed(sizeof(*job));

	job->core = core;
	job->gateway = gateway_hold(gateway);
	job->id = frame->request;
	job->received_ms = clock_monotonic_ms();
	job->file = fd_take(&frame->fd);
	job->frame = memory_zeroed(frame->body.length + 1);
	if (frame->body.length > 0)
		memcpy(job->frame, frame->body.data, frame->body.length);
	if (!ipc_request_read(
		view_of(job->frame, frame->body.length), &job->from, err) ||
	    (job->from.has_body_descriptor && job->file < 0)) {
		job_free(job);
		if (err->category == ERR_NONE)
			return err_set(err, ERR_MALFORMED,
			    "a request's body file is missing");
		return false;
	}
	if (!workers_submit(core->workers, lane_of(job), run, job))
		refuse_busy(job);
	return true;
}
