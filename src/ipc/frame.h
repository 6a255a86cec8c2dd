/*
 * Frames: one packet on an AF_UNIX SOCK_SEQPACKET socket is one frame.
 *
 * u16 type, u16 zero, u32 request id (0: none), then the body (base/bytes.h
 * writers and readers); at most LIMIT_FRAME bytes in all and at most one
 * descriptor. Bodies over LIMIT_FRAME_BODY travel as a sealed memfd
 * (fd_memfd_of, os/fd.h). Sending one frame is one system call, so several
 * threads may send on one socket.
 */
#ifndef IPC_FRAME_H
#define IPC_FRAME_H

#include <stdint.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/limits.h"

enum {
	IPC_HEADER_SIZE = 8,
	IPC_BODY_MAX = LIMIT_FRAME - IPC_HEADER_SIZE,
};

struct ipc_frame {
	uint16_t type;    /* IPC_MESSAGE_… */
	uint32_t request; /* 0 where no answer is expected or given */
	struct view body;
	int fd; /* -1 where none travels */
};

/* Send, waiting while the peer's queue is full, for at most timeout_ms. The
 * frame's descriptor stays the caller's. ERR_SYSTEM: the peer is gone.
 * ERR_LIMIT: the body is too long, or the time is over. Any thread. */
must_use bool ipc_send(int socket, const struct ipc_frame *frame,
    int64_t timeout_ms, struct err *err);
/* The same without waiting: IO_AGAIN when the queue is full, IO_EOF when the
 * peer is gone. */
must_use enum io
ipc_try_send(int socket, const struct ipc_frame *frame, struct err *err);

/* Receive one frame into storage of LIMIT_FRAME bytes, which out_frame->body
 * then points into. out_frame->fd is the caller's from then on. Waits at most
 * timeout_ms (0: not at all, -1: for ever). IO_EOF: the peer closed. IO_FAILED
 * with ERR_MALFORMED: not a frame; the peer is broken. */
must_use enum io ipc_receive(int socket, uint8_t storage[LIMIT_FRAME],
    struct ipc_frame *out_frame, int64_t timeout_ms, struct err *err);

#endif
