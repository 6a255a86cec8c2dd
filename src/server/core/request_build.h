/*
 * From the frame that a gateway sent to the request that a handler sees.
 *
 * The gateway is not believed: the target is matched against core's own copy of
 * the route table, path and query are decoded strictly, the body is held
 * against the route's limit.
 */
#ifndef SERVER_CORE_REQUEST_BUILD_H
#define SERVER_CORE_REQUEST_BUILD_H

#include "base/attributes.h"
#include "base/err.h"
#include "ipc/gateway_messages.h"
#include "server/core/request.h"

/* frame: the allocated bytes that `from` borrows from, owned by the request
 * from now on, also after a failure. body_file: the descriptor that came with
 * the frame, or -1; stays the caller's. Failures to tell the client: ERR_
 * NOT_FOUND, ERR_MALFORMED, ERR_LIMIT, each with a code. */
must_use bool
request_build(struct core *core, const struct ipc_request *from, uint8_t *frame,
    int body_file, struct request **out_request, struct err *err);

#endif
