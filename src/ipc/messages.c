/* The message table's lookups: who may say what to whom. */
#include "ipc/messages.h"

#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/memory.h"

#define BIT(role) (1U << (role))

enum {
	SUPERVISOR = BIT(IPC_SUPERVISOR),
	GATEWAY = BIT(IPC_GATEWAY),
	CORE = BIT(IPC_CORE),
	SIGNER = BIT(IPC_SIGNER),
	CHANNEL = BIT(IPC_CHANNEL),
	EXECUTOR = BIT(IPC_EXECUTOR),
	ROLE_ANY = GATEWAY | CORE | SIGNER,
};

struct message {
	const char *name;
	uint16_t number;
	unsigned from;
	unsigned to;
	enum ipc_form form;
	enum ipc_descriptor descriptor;
};

static const struct message MESSAGES[] = {
#define ROW(name, number, from, to, form, descriptor)                          \
	{#name, number, from, to, IPC_##form, IPC_##descriptor},
    IPC_MESSAGES(ROW)
#undef ROW
};

static const char *const ROLE_NAMES[IPC_ROLE_COUNT] = {
    [IPC_SUPERVISOR] = "supervisor",
    [IPC_GATEWAY] = "gateway",
    [IPC_CORE] = "core",
    [IPC_SIGNER] = "signer",
    [IPC_CHANNEL] = "channel",
    [IPC_EXECUTOR] = "executor",
};

static const char *const FORM_NAMES[] = {
    [IPC_NOTE] = "note",
    [IPC_CALL] = "call",
};

static const char *const DESCRIPTOR_NAMES[] = {
    [IPC_NONE] = "none",
    [IPC_MAYBE] = "maybe",
    [IPC_MUST] = "must",
    [IPC_ANSWER] = "answer",
    [IPC_EITHER] = "either",
};

static const struct message *
find(uint16_t type)
{
	for (size_t i = 0; i < array_length(MESSAGES); i++)
		if (MESSAGES[i].number == type)
			return &MESSAGES[i];
	return NULL;
}

const char *
ipc_message_name(uint16_t type)
{
	const struct message *message = find(type);

	return message != NULL ? message->name : "unknown";
}

const char *
ipc_role_name(enum ipc_role role)
{
	check((size_t)role < IPC_ROLE_COUNT);
	return ROLE_NAMES[role];
}

bool
ipc_role_find(const char *name, enum ipc_role *out_role)
{
	for (size_t i = 0; i < IPC_ROLE_COUNT; i++) {
		if (strcmp(ROLE_NAMES[i], name) == 0) {
			*out_role = (enum ipc_role)i;
			return true;
		}
	}
	return false;
}

static bool
descriptor_fits(enum ipc_descriptor rule, bool is_answer, bool has_descriptor)
{
	switch (rule) {
	case IPC_NONE:
		return !has_descriptor;
	case IPC_MAYBE:
		return !(is_answer && has_descriptor);
	case IPC_MUST:
		return is_answer != has_descriptor;
	case IPC_ANSWER:
		return is_answer || !has_descriptor;
	case IPC_EITHER:
		return true;
	}
	unreachable();
}

bool
ipc_message_check(uint16_t type, uint32_t request, bool has_descriptor,
    enum ipc_role from, enum ipc_role to, struct err *err)
{
	const struct message *message = find(type);
	bool is_forward, is_back;

	if (message == NULL)
		return err_set_code(err, ERR_MALFORMED, "illegal_message",
		    "%s sent %s message number %u, which does not exist",
		    ipc_role_name(from), ipc_role_name(to), type);
	is_forward =
	    (message->from & BIT(from)) != 0 && (message->to & BIT(to)) != 0;
	is_back = message->form != IPC_NOTE && (message->from & BIT(to)) != 0 &&
	    (message->to & BIT(from)) != 0;
	if (!is_forward && !is_back)
		return err_set_code(err, ERR_MALFORMED, "illegal_message",
		    "%s may not send %s to %s", ipc_role_name(from),
		    message->name, ipc_role_name(to));
	if (message->form == IPC_CALL && request == 0)
		return err_set_code(err, ERR_MALFORMED, "illegal_message",
		    "%s sent %s without a request id", ipc_role_name(from),
		    message->name);
	if (!descriptor_fits(message->descriptor,
		message->form == IPC_CALL && is_back, has_descriptor))
		return err_set_code(err, ERR_MALFORMED, "illegal_message",
		    "%s sent %s %s a descriptor", ipc_role_name(from),
		    message->name, has_descriptor ? "with" : "without");
	return true;
}

static void
put_roles(struct buf *text, unsigned roles)
{
	struct err err = ERR_INIT;
	bool is_first = true;

	for (size_t i = 0; i < IPC_ROLE_COUNT; i++) {
		if ((roles & BIT(i)) == 0)
			continue;
		check(buf_append_format(
		    text, &err, "%s%s", is_first ? "" : "|", ROLE_NAMES[i]));
		is_first = false;
	}
}

char *
ipc_messages_text(void)
{
	struct buf text = BUF_INIT(64 * 1024);
	struct err err = ERR_INIT;
	char *result;

	for (size_t i = 0; i < array_length(MESSAGES); i++) {
		const struct message *row = &MESSAGES[i];

		check(buf_append_format(
		    &text, &err, "%u %s ", row->number, row->name));
		put_roles(&text, row->from);
		check(buf_append_string(
		    &text, row->form == IPC_NOTE ? " -> " : " <-> ", &err));
		put_roles(&text, row->to);
		check(buf_append_format(&text, &err, " %s descriptor=%s\n",
		    FORM_NAMES[row->form], DESCRIPTOR_NAMES[row->descriptor]));
	}
	result = view_to_string(buf_view(&text));
	buf_done(&text);
	return result;
}
