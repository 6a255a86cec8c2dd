/*
 * Many TLS records in one system call: a file's part is encrypted record by
 * record into one buffer, which goes to the socket as a whole. A call a
 * record made a download cost half as much again (docs/performance.md).
 *
 * A batch is one process's: a buffer that the sessions of one thread use in
 * turn, and the account of what sockets did not take. That rest is encrypted
 * and cannot be taken back, so it stays with its session until it is sent: at
 * most TLS_BATCH_MAX bytes a session, and of all sessions together never more
 * than the batch was made with. Who finds no room writes without a batch, a
 * record at a time, and keeps nothing but that record. A session with nothing
 * kept costs nothing.
 *
 * The batch outlives its sessions. See tls_session_write_batch() in
 * crypto/tls_server.h.
 */
#ifndef CRYPTO_TLS_BATCH_H
#define CRYPTO_TLS_BATCH_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

enum {
	/* Of content in one call, */
	TLS_BATCH_BYTES = 128 * 1024,
	/* and with what TLS adds. */
	TLS_BATCH_MAX = TLS_BATCH_BYTES + 8 * 1024,
};

struct tls_batch;

/* kept_max: bytes that all sessions together may keep. Never NULL. */
must_use struct tls_batch *tls_batch_new(size_t kept_max);
void tls_batch_free(struct tls_batch *batch); /* takes NULL */

DEFINE_SCOPED(struct tls_batch, tls_batch_free)

/* Could the rest of one more be kept? */
must_use bool tls_batch_has_room(const struct tls_batch *batch);
/* What all sessions keep now. */
must_use size_t tls_batch_kept(const struct tls_batch *batch);

#endif
