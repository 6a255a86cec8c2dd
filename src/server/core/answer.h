/*
 * From a gateway's REQUEST frame to its RESPONSE: queued in the loop thread,
 * answered by a worker.
 */
#ifndef SERVER_CORE_ANSWER_H
#define SERVER_CORE_ANSWER_H

#include "base/attributes.h"
#include "base/err.h"
#include "ipc/frame.h"

struct core;
struct gateway;

/* Loop thread. False when the frame is malformed: the gateway is broken. A full
 * queue is answered at once: 503 with Retry-After. */
must_use bool answer_request(struct core *core, struct gateway *gateway,
    struct ipc_frame *frame, struct err *err);

#endif
