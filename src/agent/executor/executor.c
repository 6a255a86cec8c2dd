/* Serves errands: collects the inventory, carries out signed commands. */
#include "agent/executor/executor.h"

#include <linux/capability.h>
#include <unistd.h>

#include "agent/executor/command.h"
#include "agent/executor/uninstall.h"
#include "agent/inventory/collect.h"
#include "agent/inventory/program.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "crypto/jws.h"
#include "ipc/frame.h"
#include "ipc/messages.h"
#include "os/credentials.h"
#include "os/fd.h"
#include "os/file.h"

struct executor {
	const struct agent_config *config;
	char *directory;   /* STATE/executor */
	bool has_accepted; /* a command waits to be carried out */
	enum command_action accepted;
};

static bool
answer(const struct ipc_frame *request, const struct buf *body, int fd,
    struct err *err)
{
	return ipc_send(EXECUTOR_SOCKET,
	    &(struct ipc_frame){.type = request->type,
		.request = request->request,
		.body = buf_view(body),
		.fd = fd},
	    ERRAND_TIME_MS, err);
}

static bool
collect(struct executor *executor, struct ipc_frame *frame, struct err *err)
{
	struct source source = source_open("");
	scoped(json_freep) json_t *whole = json_object();
	scoped(memory_freep) char *text = NULL;
	scoped(buf_donep) struct buf body = BUF_INIT(16);
	scoped(fd_closep) int fd = -1;
	json_t *sections = NULL, *failures = NULL;

	collect_inventory(&source, &sections, &failures);
	json_set_value(whole, "sections", sections);
	json_set_value(whole, "failures", failures);
	text = json_write(whole);
	return fd_memfd_of("inventory", view_string(text), &fd, err) &&
	    answer(frame, &body, fd, err);
}

static bool
judge(struct executor *executor, struct ipc_frame *frame,
    struct errand_result *result, struct err *err)
{
	scoped(buf_donep) struct buf publication = BUF_INIT(JWS_MAX);
	struct command_memory memory;
	struct errand_command command;

	if (frame->fd < 0)
		return err_set(
		    err, ERR_MALFORMED, "the command has no publication");
	return errand_command_read(frame->body, &command, err) &&
	    fd_memfd_read(frame->fd, &publication, err) &&
	    command_memory_load(executor->directory, &memory, err) &&
	    command_judge(&memory, &command, buf_view(&publication),
		clock_wall_ms(), &executor->accepted, result, err) &&
	    command_memory_save(executor->directory, &memory, err);
}

static bool
take_command(
    struct executor *executor, struct ipc_frame *frame, struct err *err)
{
	struct errand_result result = {0};
	scoped(buf_donep) struct buf body = BUF_INIT(IPC_BODY_MAX);
	struct err why = ERR_INIT;

	result.is_accepted = judge(executor, frame, &result, &why);
	executor->has_accepted = result.is_accepted;
	if (result.is_accepted) {
		log_info("a command was accepted", "action", result.action);
	} else {
		log_failure(LOG_LEVEL_WARNING, "a command was refused", &why);
		snprintf(result.sentence, sizeof(result.sentence), "%s",
		    err_sentence(&why));
	}
	return errand_result_write(&result, &body, err) &&
	    answer(frame, &body, -1, err);
}

static bool
serve(struct executor *executor, struct ipc_frame *frame, struct err *err)
{
	if (!ipc_message_check(frame->type, frame->request, frame->fd >= 0,
		IPC_CHANNEL, IPC_EXECUTOR, err))
		return false;
	switch (frame->type) {
	case IPC_MESSAGE_AGENT_COLLECT:
		return collect(executor, frame, err);
	case IPC_MESSAGE_AGENT_COMMAND:
		return take_command(executor, frame, err);
	default: /* AGENT_CARRY_OUT: the result was reported */
		return true;
	}
}

/* Errands until there are none for a while. An accepted command is carried out
 * when the channel has reported it, or does not come back to do so. */
static bool
serve_all(struct executor *executor, struct err *err)
{
	scoped(memory_freep) uint8_t *storage = memory_zeroed(LIMIT_FRAME);

	for (;;) {
		struct ipc_frame frame = {.fd = -1};
		enum io got = ipc_receive(
		    EXECUTOR_SOCKET, storage, &frame, ERRAND_IDLE_MS, err);
		bool is_served;

		if (got == IO_FAILED)
			return false;
		if (got != IO_OK)
			return true;
		is_served = serve(executor, &frame, err);
		fd_close(frame.fd);
		if (!is_served)
			return false;
		if (executor->has_accepted &&
		    frame.type == IPC_MESSAGE_AGENT_CARRY_OUT)
			return true;
	}
}

static bool
prepare(struct err *err)
{
	/* Reading everything, and removing what is the agent's own. */
	static const int capabilities[] = {
	    CAP_DAC_READ_SEARCH, CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_KILL};

	if (!credentials_set_undumpable(err))
		return false;
	if (!credentials_is_root())
		return credentials_seal(err);
	return credentials_keep_capabilities(
	    capabilities, array_length(capabilities), err);
}

int
executor_main(const struct agent_config *config)
{
	scoped(memory_freep) char *directory =
	    file_join(config->state_dir, "executor");
	struct executor executor = {.config = config, .directory = directory};
	struct err err = ERR_INIT;

	if (!prepare(&err) || !serve_all(&executor, &err)) {
		log_failure(LOG_LEVEL_ERROR, "the executor ends", &err);
		return 1;
	}
	if (!executor.has_accepted)
		return 0;
	if (!uninstall_mark(config->state_dir, &err)) {
		log_failure(LOG_LEVEL_ERROR, "the uninstall failed", &err);
		return 1;
	}
	log_info("this computer was retired");
	return EXECUTOR_EXIT_UNINSTALLED;
}
