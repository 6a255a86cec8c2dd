/*
 * Fields that several messages between gateway and core share; for the two
 * files that write and read those messages. Failures stick in the writer or
 * reader.
 */
#ifndef IPC_GATEWAY_FIELDS_H
#define IPC_GATEWAY_FIELDS_H

#include "ipc/gateway_messages.h"

void ipc_peer_put(struct writer *writer, const struct ipc_peer *peer);
void ipc_peer_get(struct reader *reader, struct ipc_peer *out);
enum listener ipc_listener_get(struct reader *reader);

#endif
