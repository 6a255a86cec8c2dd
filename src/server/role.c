/* A role's life: its control channel, its descriptors, its events. */
#include "server/role.h"

#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "base/memory.h"
#include "os/fd.h"
#include "os/file.h"
#include "server/role_control.h"
#include "server/role_private.h"
#include "server/role_table.h"

static void
send_control(struct role *role, uint16_t type, struct view body)
{
	struct ipc_frame frame = {.type = type, .body = body, .fd = -1};
	struct err err = ERR_INIT;

	/* Without the supervisor a role has no reason to go on; on_closed
	 * sees that as well. */
	if (!ipc_channel_send(role->control, &frame, &err))
		log_failure(
		    LOG_LEVEL_ERROR, "cannot speak to the supervisor", &err);
}

static void
attach(struct role *role, struct ipc_frame *frame)
{
	struct role_peer peer;
	struct err err = ERR_INIT;

	if (!role_attach_read(frame->body, &peer, &err)) {
		log_failure(LOG_LEVEL_ERROR, "bad control frame", &err);
		return;
	}
	role->events->attach(role->context, &peer, fd_take(&frame->fd));
}

static void
on_control(void *context, struct ipc_channel *channel, struct ipc_frame *frame)
{
	struct role *role = context;

	check(role->events != NULL);
	switch (frame->type) {
	case IPC_MESSAGE_ATTACH:
		attach(role, frame);
		return;
	case IPC_MESSAGE_DRAIN:
		role->events->drain(role->context);
		return;
	case IPC_MESSAGE_STOP:
		role->events->stop(role->context);
		return;
	}
}

static void
on_closed(void *context, struct ipc_channel *channel, const struct err *err)
{
	/* Nobody would restart, drain or stop this process any more. */
	log_error("the supervisor is gone; this process ends");
	_exit(1);
}

void
role_open_control(struct role *role, int socket)
{
	static const struct ipc_channel_events events = {
	    .frame = on_control, .closed = on_closed};

	role->control = ipc_channel_new(
	    role->loop, socket, role->id, IPC_SUPERVISOR, &events, role);
}

void
role_begin(struct role *role, const struct role_events *events, void *context)
{
	role->events = events;
	role->context = context;
}

void
role_ready(struct role *role)
{
	send_control(role, IPC_MESSAGE_READY, view_of(NULL, 0));
}

void
role_status(struct role *role, const char *text)
{
	struct view whole = view_string(text);

	send_control(
	    role, IPC_MESSAGE_STATUS, view_slice(whole, 0, ROLE_STATUS_MAX));
}

void
role_peer_broken(
    struct role *role, const struct role_peer *peer, const struct err *why)
{
	scoped(buf_donep) struct buf body = BUF_INIT(2 * ERR_SENTENCE_MAX);
	struct err err = ERR_INIT;
	struct writer writer;

	writer_init(&writer, &body);
	role_broken_write(&writer, peer, err_sentence(why));
	check(writer_done(&writer, &err));
	send_control(role, IPC_MESSAGE_PEER_BROKEN, buf_view(&body));
}

int
role_descriptor_take(struct role *role, const char *name)
{
	for (size_t i = 0; i < role->descriptor_count; i++)
		if (strcmp(role->descriptors[i].name, name) == 0)
			return fd_take(&role->descriptors[i].fd);
	return -1;
}

char *
role_path(const struct role *role, const char *name)
{
	const struct role_row *row = role_row_of(role->id);

	check(row != NULL && row->directory != NULL);
	return memory_string(name);
}
