/* What the channel asks of the executor, and waits for. */
#include "agent/channel/channel.h"

#include "agent/errand.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "ipc/frame.h"
#include "ipc/messages.h"
#include "os/fd.h"

enum {
	SLICE_MS = 200 /* between two looks at the supervisor's notes */
};

/* Wait for the answer with that number. Others are left over from a channel
 * that died before its answer came. */
static bool
receive_answer(struct channel *channel, uint16_t type, uint32_t request,
    uint8_t *storage, struct ipc_frame *out, struct err *err)
{
	int64_t deadline_ms = clock_monotonic_ms() + ERRAND_TIME_MS;

	while (clock_monotonic_ms() < deadline_ms) {
		enum io got =
		    ipc_receive(channel->executor, storage, out, SLICE_MS, err);

		if (got == IO_FAILED)
			return false;
		if (got == IO_EOF)
			return err_set(err, ERR_SYSTEM,
			    "the supervisor closed the executor's socket");
		if (got == IO_OK && out->type == type &&
		    out->request == request)
			return true;
		if (got == IO_OK)
			fd_close(fd_take(&out->fd));
		if (channel_pump(channel))
			return err_set_code(err, ERR_SYSTEM, "stopped",
			    "the agent is being stopped");
	}
	return err_set_code(
	    err, ERR_SYSTEM, "executor_timeout", "the executor did not answer");
}

static bool
call(struct channel *channel, uint16_t type, struct view body, int fd,
    uint8_t *storage, struct ipc_frame *out, struct err *err)
{
	uint32_t request = ++channel->last_request;

	if (request == 0)
		request = ++channel->last_request;
	return ipc_send(channel->executor,
		   &(struct ipc_frame){.type = type,
		       .request = request,
		       .body = body,
		       .fd = fd},
		   ERRAND_TIME_MS, err) &&
	    receive_answer(channel, type, request, storage, out, err);
}

static bool
read_inventory(
    int fd, json_t **out_sections, json_t **out_failures, struct err *err)
{
	scoped(buf_donep) struct buf text = BUF_INIT(ERRAND_INVENTORY_MAX);
	scoped(json_freep) json_t *whole = NULL;
	json_t *sections = NULL, *failures = NULL;

	if (!fd_memfd_read(fd, &text, err))
		return false;
	whole = json_read(buf_view(&text), ERRAND_INVENTORY_MAX, err);
	if (whole == NULL ||
	    !json_get_object(
		whole, "sections", JSON_REQUIRED, &sections, err) ||
	    !json_get_object(whole, "failures", JSON_REQUIRED, &failures, err))
		return false;
	*out_sections = json_incref(sections);
	*out_failures = json_incref(failures);
	return true;
}

bool
errands_collect(struct channel *channel, json_t **out_sections,
    json_t **out_failures, struct err *err)
{
	scoped(memory_freep) uint8_t *storage = memory_zeroed(LIMIT_FRAME);
	struct ipc_frame answer = {.fd = -1};
	bool is_read;

	if (!call(channel, IPC_MESSAGE_AGENT_COLLECT, view_of(NULL, 0), -1,
		storage, &answer, err))
		return err_prefix(err, "the inventory");
	is_read = answer.fd >= 0
	    ? read_inventory(answer.fd, out_sections, out_failures, err)
	    : err_set(err, ERR_MALFORMED, "the executor sent none");
	fd_close(answer.fd);
	return is_read || err_prefix(err, "the inventory");
}

static bool
add_result(struct channel *channel, const struct errand_result *result,
    struct err *err)
{
	struct proto_event event = {
	    .type = "command_result",
	    .at_ms = clock_wall_ms(),
	    .epoch = result->epoch,
	    .counter = result->counter,
	};

	id_make(event.id);
	snprintf(event.action, sizeof(event.action), "%s", result->action);
	snprintf(event.result, sizeof(event.result), "%s",
	    result->is_accepted ? "accepted" : "refused");
	if (result->sentence[0] != '\0')
		event.sentence = (char *)result->sentence;
	return report_add_event(&channel->report, &event, err);
}

bool
errands_command(struct channel *channel, const char *jws, bool *out_accepted,
    struct err *err)
{
	scoped(memory_freep) uint8_t *storage = memory_zeroed(LIMIT_FRAME);
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	scoped(fd_closep) int fd = -1;
	struct ipc_frame answer = {.fd = -1};
	struct errand_result result;

	if (strlen(jws) > ERRAND_COMMAND_MAX)
		return err_set(err, ERR_LIMIT, "the command is too long");
	if (!errand_command_write(
		&(struct errand_command){.jws = view_string(jws),
		    .certificate = certificate_der_view(
			channel->identity.current.certificate)},
		&body, err) ||
	    !fd_memfd_of("publication", view_string(channel->publication->jws),
		&fd, err) ||
	    !call(channel, IPC_MESSAGE_AGENT_COMMAND, buf_view(&body), fd,
		storage, &answer, err))
		return err_prefix(err, "a command");
	fd_close(fd_take(&answer.fd));
	if (!errand_result_read(answer.body, &result, err) ||
	    !add_result(channel, &result, err))
		return err_prefix(err, "a command");
	log_info("a command was judged", "action", result.action, "result",
	    result.is_accepted ? "accepted" : "refused");
	*out_accepted = result.is_accepted;
	return true;
}

void
errands_carry_out(struct channel *channel)
{
	struct err err = ERR_INIT;

	if (!ipc_send(channel->executor,
		&(struct ipc_frame){
		    .type = IPC_MESSAGE_AGENT_CARRY_OUT, .fd = -1},
		1000, &err))
		log_failure(LOG_LEVEL_WARNING,
		    "the executor could not be told to go on", &err);
}
