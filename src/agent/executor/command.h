/*
 * Commands: what the server may order of the root executor, and how the
 * executor makes sure that it was the server.
 *
 * A command is a JWS of type "warifu-command+jwt", signed by the command key of
 * a publication that the executor checked itself, for this agent, not expired,
 * with a (epoch, counter) above every one that it has accepted. The actions are
 * a closed table. The executor's memory (pin, agent, counters) is a file of
 * root's that the network process cannot touch.
 */
#ifndef AGENT_EXECUTOR_COMMAND_H
#define AGENT_EXECUTOR_COMMAND_H

#include "agent/errand.h"
#include "agent/publication.h"
#include "base/secret.h"

enum command_action {
	COMMAND_UNINSTALL,
};

/* What the executor remembers; written before a command is accepted. */
struct command_memory {
	char pin[65];           /* of the publication key; "": never enrolled */
	char token[65];         /* SHA-256 of the last token that root gave */
	char agent_id[ID_SIZE]; /* "" until the first command */
	int64_t publication_epoch; /* the highest that was shown */
	int64_t publication_number;
	int64_t epoch; /* of the last command that was accepted */
	int64_t counter;
};

must_use bool command_memory_load(
    const char *directory, struct command_memory *out, struct err *err);
must_use bool command_memory_save(const char *directory,
    const struct command_memory *memory, struct err *err);

/* Root gave the agent this pin and token. Another token may make it another
 * agent; another pin is another server, whose counters begin anew. False when
 * nothing is new. */
must_use bool command_memory_adopt(
    struct command_memory *memory, const char *pin, const struct secret *token);

/* Judge a command. On success the memory is advanced (the caller saves it) and
 * *out_action says what to do. result is filled as far as the command could be
 * read. Refusals: ERR_DENIED "command_expired", "command_target",
 * "command_replayed", "command_action", "publication_old"; ERR_CRYPTO from the
 * signatures. */
must_use bool command_judge(struct command_memory *memory,
    const struct errand_command *command, struct view publication_jws,
    int64_t now_ms, enum command_action *out_action,
    struct errand_result *result, struct err *err);

#endif
