/*
 * The channel process: everything the agent says to the network.
 *
 * struct channel is its whole state; channel.c has the loop and the schedule,
 * clocks.c what happens to the clocks, account.c what is known of the server,
 * proof.c how the server knows this agent, enrol.c, refresh.c and renew.c the
 * three conversations, errands.c the requests to the executor. Conversations
 * block, one at a time; while they do, the supervisor's notes are still heard
 * (channel_pump). Paths are relative to STATE/channel, the process's directory.
 */
#ifndef AGENT_CHANNEL_CHANNEL_H
#define AGENT_CHANNEL_CHANNEL_H

#include "agent/channel/identity.h"
#include "agent/channel/link.h"
#include "agent/channel/report.h"
#include "agent/config.h"
#include "agent/publication.h"
#include "agent/schedule.h"
#include "agent/status.h"
#include "agent/timekeeper.h"
#include "os/loop.h"

#define CHANNEL_STATUS "../status/status.json"

enum {
	PUBLICATION_ANSWER_MAX = 128 * 1024,
};

struct channel {
	struct agent_config config;
	struct loop *loop;
	int control;  /* to the supervisor */
	int executor; /* errands */
	uint32_t last_request;
	bool is_stopping;

	/* account.c: the server and what it published */
	bool has_address;
	struct server_address address;
	struct publication *publication; /* in force */
	struct publication *next;        /* held, not verified yet; or NULL */
	struct buf anchors;              /* of both, PEM */
	struct secret *token;            /* not used yet, or NULL */
	struct server_address token_address; /* where the token is good */

	struct identity_store identity;
	struct report report;
	struct schedule schedule;
	struct agent_status status;
	int64_t retry_after_s; /* what the last answer asked for */
	int64_t attempted_ms;  /* boot time of the last contact's start */
	struct timekeeper timekeeper;

	/* proof.c */
	bool is_by_credential;    /* in this cycle no certificate was seen */
	bool is_credential_spent; /* the server has refused it for good */

	/* channel.c */
	struct link *link;
	struct exchange_peer link_peer;
	unsigned link_failures;
	int64_t link_next_ms; /* when to open it again */
	int64_t software_next_ms;
	uint64_t software_mark;
	int timer;      /* CLOCK_BOOTTIME: what is due next */
	int clock_jump; /* readable when the wall clock was set, or at the end
			 * of a sleep */
};

/* Hear the supervisor without waiting. True when the process is to end; the
 * must_stop of every exchange. context: struct channel. */
bool channel_pump(void *context);
/* Do what is due, then arm the timer for what is due next. */
void channel_work(struct channel *channel);
void channel_arm(struct channel *channel);
/* A refresh is due at once. */
void channel_hurry(struct channel *channel);
/* Write the status file; a failure is logged, nothing more. */
void channel_tell(struct channel *channel);

/* The link is of no use any more: a new one is opened soon. */
void channel_drop_link(struct channel *channel);

/* clocks.c */
/* The time by which certificates are issued and judged. */
must_use int64_t channel_fleet_ms(const struct channel *channel);
void channel_learn_time(struct channel *channel, int64_t server_time_ms);
/* 0 while it agrees with the server's, or is not known to differ. */
must_use int64_t channel_clock_ahead_s(const struct channel *channel);
/* Find out whether the clock was set or the computer slept, and act. */
void channel_look_at_clocks(struct channel *channel);

/* account.c */
/* Read address, publication and identity from the disk, and the bootstrap text
 * (may be empty). */
must_use bool
account_open(struct channel *channel, struct view bootstrap, struct err *err);
void account_close(struct channel *channel);
/* Fetch the publication without verifying TLS, check it against the pin of
 * token_address, and make it and the address the ones in force. */
must_use bool account_learn(struct channel *channel, struct err *err);
/* A publication of a verified answer: check it, and hold it beside the one in
 * force until account_settle has seen it work. */
must_use bool
account_offer(struct channel *channel, const char *jws, struct err *err);
/* Try the held publication alone in a real connection; in force when it works,
 * dropped when the server shows another certificate and keeps doing so. */
must_use bool account_settle(struct channel *channel, struct err *err);
/* Is the server there, cheaply asked? A server whose certificate is not trusted
 * any more is found back by a newer publication. */
must_use bool account_reach(struct channel *channel, struct err *err);
/* The token was used up: it is not tried again, also after a restart. */
must_use bool account_spend_token(struct channel *channel, struct err *err);
/* Who is spoken to: verified, with that identity (NULL: none). */
struct exchange_peer
account_peer(struct channel *channel, const struct identity *identity);

/* enrol.c: with the token, up to a certificate that has worked. */
must_use bool enrol(struct channel *channel, struct err *err);
/* Finish what a renewal or enrolment began: try the next certificate in a real
 * handshake and promote it. True also when there is none. */
must_use bool enrol_try_next(struct channel *channel, struct err *err);

/* proof.c: how the server recognises this agent. Each cycle shows the
 * certificate. Where the server answers that it saw none (HTTP 403
 * certificate_required: something on the way ends TLS), the same request goes
 * once more with the credential of the enrolment, which the server takes until
 * it has seen the certificate once. An alert is no such answer. */
/* A new cycle: the certificate is tried first again. */
void proof_begin(struct channel *channel);
/* Send a refresh, and nothing else, to a server that is verified by anchors.
 * Any HTTP status is a success, but for "certificate_not_seen": the server saw
 * no certificate, and the credential is gone or refused. */
must_use bool
proof_send(struct channel *channel, const struct exchange *exchange,
    struct exchange_answer *out, struct err *err);
/* The last refresh that worked was let in by the credential: what needs the
 * certificate (link, renewal) is not tried. */
must_use bool proof_is_by_credential(const struct channel *channel);
/* Enrolled anew: what is known of the old identity does not hold. */
void proof_forget(struct channel *channel);

/* refresh.c */
must_use bool refresh(struct channel *channel, struct err *err);

/* renew.c: true when nothing is due, or the certificate does not arrive that a
 * renewal needs. nonce: of the last answer, or NULL. */
must_use bool
renew(struct channel *channel, const char *nonce, struct err *err);
/* When the current certificate is to be renewed; 0: there is none. */
must_use int64_t renew_at_ms(const struct channel *channel);

/* errands.c */
/* New references; failures is {NAME: sentence}. */
must_use bool errands_collect(struct channel *channel, json_t **out_sections,
    json_t **out_failures, struct err *err);
/* Hand a command to the executor; the result becomes an event that is reported
 * by the next refresh. *out_accepted: something will be carried out. */
must_use bool errands_command(struct channel *channel, const char *jws,
    bool *out_accepted, struct err *err);
/* The acceptance was reported: the executor may do it now. */
void errands_carry_out(struct channel *channel);

#endif
