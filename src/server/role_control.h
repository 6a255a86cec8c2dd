/*
 * The bodies of the messages between supervisor and roles, and the fixed
 * descriptors of a role's start. See ipc/messages.h for their numbers.
 */
#ifndef SERVER_ROLE_CONTROL_H
#define SERVER_ROLE_CONTROL_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "server/role.h"

enum {
	/* A role's descriptors from here up, in the order of --given. */
	ROLE_FIRST_DESCRIPTOR = 3,
	ROLE_STATUS_MAX = 200,
};

/* ATTACH: whose end the descriptor of the frame is. */
void role_attach_write(struct writer *writer, const struct role_peer *peer);
must_use bool
role_attach_read(struct view body, struct role_peer *out, struct err *err);

/* PEER_BROKEN: who, and why in one sentence. */
void role_broken_write(
    struct writer *writer, const struct role_peer *peer, const char *sentence);
/* out_sentence is allocated. */
must_use bool role_broken_read(struct view body, struct role_peer *out,
    char **out_sentence, struct err *err);

#endif
