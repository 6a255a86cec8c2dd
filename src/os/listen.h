/*
 * TCP listeners and their connections. Sockets are non-blocking and
 * close-on-exec. Used by the supervisor (open) and the gateways (accept).
 */
#ifndef OS_LISTEN_H
#define OS_LISTEN_H

#include <stdint.h>
#include <sys/socket.h>

#include "base/attributes.h"
#include "base/err.h"

enum {
	LISTEN_ADDRESS_SIZE = 64, /* text of an address, with the end */
};

struct listen_peer {
	char address[LISTEN_ADDRESS_SIZE]; /* IPv4-mapped ones as IPv4 */
	uint16_t port;
	bool is_loopback;
};

/* A listener with SO_REUSEPORT and TCP_NODELAY (which accepted connections
 * inherit). address: "*" for all of IPv6 and IPv4 on one socket (IPv4 alone
 * where the kernel has no IPv6), or one numeric address. ERR_CONFLICT, code
 * "port_in_use", names the port and option, the words with which a person
 * changes it. Where the first socket of a listener is opened is_first asks the
 * kernel whether another program has the port: SO_REUSEPORT alone would share
 * it silently with one of the same user. */
must_use bool listen_open(const char *address, uint16_t port,
    const char *option, bool is_first, int *out_fd, struct err *err);
/* The port a socket listens on; for tests that bind port 0. */
must_use uint16_t listen_port(int fd);
/* One connection, non-blocking and close-on-exec. IO_AGAIN: none waits now.
 * IO_FAILED with ERR_LIMIT: out of descriptors or memory, pause accepting. */
must_use enum io listen_accept(
    int fd, int *out_fd, struct listen_peer *out_peer, struct err *err);

/* The addresses of the interface that has the default route, IPv4 and global
 * stable (not temporary) IPv6, as text: for the server certificate's names. At
 * most max; the number is returned. None where there is no route. */
must_use size_t listen_default_addresses(
    char (*out)[LISTEN_ADDRESS_SIZE], size_t max);

#endif
