/*
 * The transport to the signer: synchronous calls of workers over the one
 * channel that the loop reads.
 *
 * A call waits for the signer when it is away (killed and started again) until
 * its deadline, and sends what may be repeated again when the signer died
 * before it answered; TOKEN_CREATE and SIGN_COMMAND fail then. Errors of the
 * transport: ERR_SYSTEM "signer_away".
 */
#ifndef SERVER_CORE_SIGNER_LINK_H
#define SERVER_CORE_SIGNER_LINK_H

#include <stdint.h>

#include "base/attributes.h"
#include "ipc/frame.h"
#include "ipc/signer_client.h"

struct signer_link;

enum {
	SIGNER_CALL_MS = 10000, /* the deadline of one call, retry included */
};

must_use struct signer_link *signer_link_new(void);
/* After the workers ended. */
void signer_link_free(struct signer_link *link);

/* What handlers call through; lives as long as the link. */
must_use struct signer_client *signer_link_client(struct signer_link *link);

/* Loop thread. attach: frames go to this socket from now on; the link keeps a
 * duplicate. detach: the channel to the signer ended; every waiting call fails
 * or is sent again after the next attach. */
must_use bool
signer_link_attach(struct signer_link *link, int socket, struct err *err);
void signer_link_detach(struct signer_link *link);
/* Core is to end: calls wait for an answer, but no longer for a signer that is
 * away. */
void signer_link_end(struct signer_link *link);
/* An answer; its descriptor is taken when a call waits for it. */
void signer_link_answer(struct signer_link *link, struct ipc_frame *frame);

must_use bool signer_link_is_attached(struct signer_link *link);

#endif
