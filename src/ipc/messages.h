/*
 * Every message between processes: one table.
 *
 * A row says name, number, who may send it, to whom, its form and whether a
 * descriptor travels with it. It is checked on receipt (ipc_message_check): a
 * frame that has no row in this direction is illegal, and who sent it is broken
 * or taken over. Numbers are never used twice. tests/golden/messages.txt is
 * this table printed; a test compares them, so that a new right to speak is
 * seen in review.
 *
 * NOTE: one way. CALL: the request carries an id that is not 0; the answer has
 * the same number and id in the other direction, and may carry a descriptor
 * only where the last column says ANSWER or EITHER.
 */
#ifndef IPC_MESSAGES_H
#define IPC_MESSAGES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"
#include "base/err.h"

enum ipc_role {
	IPC_SUPERVISOR,
	IPC_GATEWAY,
	IPC_CORE,
	IPC_SIGNER,
	IPC_CHANNEL,  /* the agent's network process */
	IPC_EXECUTOR, /* the agent's root process */
	IPC_ROLE_COUNT,
};

/* ROLE_ANY stands for gateway, core and signer. */
enum ipc_form {
	IPC_NOTE,
	IPC_CALL,
};

enum ipc_descriptor {
	IPC_NONE,   /* never a descriptor */
	IPC_MAYBE,  /* with the message, not with an answer */
	IPC_MUST,   /* always with the message */
	IPC_ANSWER, /* maybe with the answer alone */
	IPC_EITHER, /* maybe with both */
};

/* X(NAME, number, from, to, form, descriptor). Numbers: 1–19 supervisor,
 * 20–59 gateway and core, 60–99 core and signer, 100–119 agent. */
/* clang-format off */
#define IPC_MESSAGES(X)                                                        \
	X(READY,             1, ROLE_ANY,   SUPERVISOR, NOTE, NONE)            \
	X(DRAIN,             2, SUPERVISOR, ROLE_ANY,   NOTE, NONE)            \
	X(STOP,              3, SUPERVISOR, ROLE_ANY,   NOTE, NONE)            \
	X(ATTACH,            4, SUPERVISOR, ROLE_ANY,   NOTE, MUST)            \
	X(STATUS,            5, ROLE_ANY,   SUPERVISOR, NOTE, NONE)            \
	X(PEER_BROKEN,       6, ROLE_ANY,   SUPERVISOR, NOTE, NONE)            \
	X(HELLO,             20, GATEWAY,   CORE,       NOTE, NONE)            \
	X(REQUEST,           21, GATEWAY,   CORE,       CALL, EITHER)          \
	X(SOCKET_OPEN,       22, GATEWAY,   CORE,       NOTE, NONE)            \
	X(SOCKET_MESSAGE,    23, GATEWAY,   CORE,       NOTE, NONE)            \
	X(SOCKET_CLOSED,     24, GATEWAY,   CORE,       NOTE, NONE)            \
	X(SOCKET_SEND,       25, CORE,      GATEWAY,    NOTE, NONE)            \
	X(SOCKET_CLOSE,      26, CORE,      GATEWAY,    NOTE, NONE)            \
	X(TRUST,             27, CORE,      GATEWAY,    NOTE, MUST)            \
	X(TRUST_APPLIED,     28, GATEWAY,   CORE,       NOTE, NONE)            \
	X(IDENTITY,          29, CORE,      GATEWAY,    NOTE, MUST)            \
	X(EVENT,             30, GATEWAY,   CORE,       NOTE, NONE)            \
	X(COUNTERS,          31, GATEWAY,   CORE,       NOTE, NONE)            \
	X(SIGNER_SERVER_IDENTITY, 60, CORE,       SIGNER,     CALL, ANSWER)    \
	X(SIGNER_TRUST_SET,    61, CORE,       SIGNER,     CALL, ANSWER)       \
	X(SIGNER_PUBLICATION,  62, CORE,       SIGNER,     CALL, ANSWER)       \
	X(SIGNER_TOKEN_CREATE, 63, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_TOKEN_REVOKE, 64, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_TOKEN_LIST,   65, CORE,       SIGNER,     CALL, ANSWER)       \
	X(SIGNER_ENROL,        66, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_REENROL,      67, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_NONCE,        68, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_REVOKE,       69, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_RETIRE,       70, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_SIGN_COMMAND, 71, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_CRL,          72, CORE,       SIGNER,     CALL, ANSWER)       \
	X(SIGNER_OCSP,         73, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_JOURNAL_HEAD, 74, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_STATUS,       75, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_AUDIT_HEAD,   76, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_AUDIT_HEADS,  77, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_AUDIT_CHECKPOINT, 78, CORE,   SIGNER,     CALL, NONE)         \
	X(SIGNER_ENFORCE,      79, CORE,       SIGNER,     CALL, NONE)         \
	X(SIGNER_ENFORCED,     80, CORE,       SIGNER,     CALL, NONE)         \
	X(AGENT_READY,       100, CHANNEL,    SUPERVISOR, NOTE, NONE)          \
	X(AGENT_REFRESH,     101, SUPERVISOR, CHANNEL,    NOTE, NONE)          \
	X(AGENT_STOP,        102, SUPERVISOR, CHANNEL,    NOTE, NONE)          \
	X(AGENT_COLLECT,     110, CHANNEL,    EXECUTOR,   CALL, ANSWER)        \
	X(AGENT_COMMAND,     111, CHANNEL,    EXECUTOR,   CALL, MAYBE)         \
	X(AGENT_CARRY_OUT,   112, CHANNEL,    EXECUTOR,   NOTE, NONE)
/* clang-format on */

enum ipc_type {
#define IPC_MESSAGE_NUMBER(name, number, ...) IPC_MESSAGE_##name = (number),
	IPC_MESSAGES(IPC_MESSAGE_NUMBER)
#undef IPC_MESSAGE_NUMBER
};

/* ERR_MALFORMED, code "illegal_message", unless the table has this frame. */
must_use bool ipc_message_check(uint16_t type, uint32_t request,
    bool has_descriptor, enum ipc_role from, enum ipc_role to, struct err *err);
/* "SIGNER_ENROL", or "unknown". */
must_use const char *ipc_message_name(uint16_t type);
/* "gateway"; and back, false for another word. */
must_use const char *ipc_role_name(enum ipc_role role);
must_use bool ipc_role_find(const char *name, enum ipc_role *out_role);
/* The table as text, one line each, for the golden file; allocated. */
must_use char *ipc_messages_text(void);

#endif
