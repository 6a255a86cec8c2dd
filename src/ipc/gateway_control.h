/*
 * The bodies of the messages between gateway and core that are not about one
 * request or socket; see ipc/gateway_messages.h for the rules of all of them.
 */
#ifndef IPC_GATEWAY_CONTROL_H
#define IPC_GATEWAY_CONTROL_H

#include "ipc/gateway_messages.h"

enum {
	IPC_GATEWAY_PROTOCOL = 1,
	IPC_MAX_TRUST = 64 << 20,   /* an encoded trust snapshot */
	IPC_MAX_IDENTITY = 1 << 18, /* an encoded chain and key */
	IPC_MAX_DENIED = 1000000,
	IPC_MAX_AGENT_CAS = 16,
	IPC_MAX_REASON = 128,
	IPC_MAX_SUBJECT = 512,
};

struct ipc_hello {
	uint32_t protocol; /* IPC_GATEWAY_PROTOCOL */
	uint32_t slot;     /* which worker this is, from 0 */
};

/* What a gateway needs to judge agents. The frame's body is empty: all is in
 * the memfd. Each snapshot is whole and takes the place of the one before. */
struct ipc_trust {
	uint64_t number; /* grows; echoed in TRUST_APPLIED */
	bool requires_certificate;
	char fleet_id[ID_SIZE];
	size_t agent_ca_count;
	struct view agent_cas[IPC_MAX_AGENT_CAS]; /* DER */
	/* Packed and sorted arrays: 16 bytes per agent id, 20 per serial
	 * (left-padded with zeroes). */
	struct view denied_agents;
	struct view denied_serials;
};

enum {
	IPC_AGENT_BYTES = 16,
	IPC_DENIED_SERIAL_BYTES = 20,
};

/* The certificate of the two TLS listeners. The frame's body is empty. */
struct ipc_identity {
	uint64_t number;
	size_t chain_count;                               /* leaf first */
	struct view chain[LIMIT_CERTIFICATE_CHAIN_COUNT]; /* DER */
	struct view key; /* PKCS#8 PEM: wipe the buffer after use */
};

enum ipc_event_kind {
	IPC_EVENT_HANDSHAKE_REFUSED = 1,
	IPC_EVENT_REQUEST_REFUSED = 2,
};

struct ipc_event {
	enum ipc_event_kind kind;
	enum listener listener;
	struct view reason;  /* a stable snake_case word */
	struct view subject; /* of the presented certificate; may be empty */
	struct ipc_peer peer;
	uint32_t suppressed; /* events held back since the last one sent */
};

/* Running totals since this gateway started, except the gauges. */
#define IPC_COUNTERS(X)                                                        \
	X(connections_open) /* gauge */                                        \
	X(sockets_open)     /* gauge */                                        \
	X(handshakes_open)  /* gauge */                                        \
	X(requests_open)    /* gauge */                                        \
	X(bodies_open)      /* gauge: bytes */                                 \
	X(connections_shed)                                                    \
	X(handshakes_shed)                                                     \
	X(requests_shed)                                                       \
	X(connections_accepted)                                                \
	X(handshakes_done)                                                     \
	X(handshakes_mutual)                                                   \
	X(handshakes_fast_ec)                                                  \
	X(handshakes_refused)                                                  \
	X(requests)                                                            \
	X(requests_refused)                                                    \
	X(timeouts)                                                            \
	X(bytes_received)                                                      \
	X(bytes_sent)

struct ipc_counters {
#define X(name) uint64_t name;
	IPC_COUNTERS(X)
#undef X
};

must_use bool ipc_hello_write(
    struct buf *out, const struct ipc_hello *hello, struct err *err);
must_use bool
ipc_hello_read(struct view body, struct ipc_hello *out, struct err *err);
must_use bool ipc_trust_write(
    struct buf *out, const struct ipc_trust *trust, struct err *err);
must_use bool
ipc_trust_read(struct view body, struct ipc_trust *out, struct err *err);
must_use bool
ipc_trust_applied_write(struct buf *out, uint64_t number, struct err *err);
must_use bool
ipc_trust_applied_read(struct view body, uint64_t *out_number, struct err *err);
must_use bool ipc_identity_write(
    struct buf *out, const struct ipc_identity *identity, struct err *err);
must_use bool
ipc_identity_read(struct view body, struct ipc_identity *out, struct err *err);
must_use bool ipc_event_write(
    struct buf *out, const struct ipc_event *event, struct err *err);
must_use bool
ipc_event_read(struct view body, struct ipc_event *out, struct err *err);
must_use bool ipc_counters_write(
    struct buf *out, const struct ipc_counters *counters, struct err *err);
must_use bool
ipc_counters_read(struct view body, struct ipc_counters *out, struct err *err);

#endif
