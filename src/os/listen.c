/* TCP listeners with SO_REUSEPORT and the connections they accept. */
#include "os/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>

#include "os/fd.h"

enum {
	BACKLOG = 4096, /* the kernel cuts it to net.core.somaxconn */
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

static socklen_t
address_size(const union address *address)
{
	return address->any.sa_family == AF_INET ? sizeof(address->v4)
						 : sizeof(address->v6);
}

static bool
parse_address(const char *text, uint16_t port, union address *out)
{
	memset(out, 0, sizeof(*out));
	if (strcmp(text, "*") == 0) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons(port);
		return true;
	}
	if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
		out->v4.sin_family = AF_INET;
		out->v4.sin_port = htons(port);
		return true;
	}
	if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
		out->v6.sin6_family = AF_INET6;
		out->v6.sin6_port = htons(port);
		return true;
	}
	return false;
}

static bool
set_options(int fd, bool is_dual, bool is_shared)
{
	int on = 1, v6_only = is_dual ? 0 : 1;
	int domain = 0;
	socklen_t size = sizeof(domain);

	if (getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &size) != 0)
		return false;
	if (domain == AF_INET6 &&
	    setsockopt(
		fd, IPPROTO_IPV6, IPV6_V6ONLY, &v6_only, sizeof(v6_only)) != 0)
		return false;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0)
		return false;
	if (is_shared &&
	    setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)) != 0)
		return false;
	return setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) == 0;
}

/* A bound socket, or -1 with errno. */
static int
open_bound(const union address *address, bool is_dual, bool is_shared)
{
	int fd = socket(address->any.sa_family,
	    SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return -1;
	if (!set_options(fd, is_dual, is_shared) ||
	    bind(fd, &address->any, address_size(address)) != 0) {
		fd_close(fd);
		return -1;
	}
	return fd;
}

static bool
refuse(const char *address, uint16_t port, const char *option, struct err *err)
{
	bool is_used = errno == EADDRINUSE;

	err_set_errno(err, "cannot listen on %s port %u (option %s)",
	    strcmp(address, "*") == 0 ? "any address" : address, port, option);
	if (!is_used)
		return false;
	return err_set_code(err, ERR_CONFLICT, "port_in_use",
	    "port %u is in use by another program: stop it, or choose another "
	    "port with %s",
	    port, option);
}

/* IPv6 may be missing from the kernel, or switched off. */
static bool
has_v6(void)
{
	union address any = {.v6 = {.sin6_family = AF_INET6}};
	scoped(fd_closep) int fd = open_bound(&any, true, false);

	return fd >= 0;
}

bool
listen_open(const char *address, uint16_t port, const char *option,
    bool is_first, int *out_fd, struct err *err)
{
	bool is_dual = strcmp(address, "*") == 0;
	scoped(fd_closep) int fd = -1;
	scoped(fd_closep) int probe = -1;
	union address where;

	if (!parse_address(address, port, &where))
		return err_set(err, ERR_MALFORMED,
		    "%s is not a numeric address (nor \"*\")", address);
	if (is_dual && !has_v6())
		where.v4 = (struct sockaddr_in){
		    .sin_family = AF_INET, .sin_port = htons(port)};
	if (is_first && port != 0) {
		/* Bound without SO_REUSEPORT it shares with nobody. */
		probe = open_bound(&where, is_dual, false);
		if (probe < 0)
			return refuse(address, port, option, err);
		fd_closep(&probe);
	}
	fd = open_bound(&where, is_dual, true);
	if (fd < 0 || listen(fd, BACKLOG) != 0)
		return refuse(address, port, option, err);
	*out_fd = fd_take(&fd);
	return true;
}

uint16_t
listen_port(int fd)
{
	union address address = {.any = {.sa_family = AF_UNSPEC}};
	socklen_t size = sizeof(address);

	if (getsockname(fd, &address.any, &size) != 0)
		return 0;
	return ntohs(address.any.sa_family == AF_INET ? address.v4.sin_port
						      : address.v6.sin6_port);
}

static void
describe(const union address *address, struct listen_peer *out)
{
	struct in_addr v4 = address->v4.sin_addr;
	bool is_v4 = address->any.sa_family == AF_INET;

	memset(out, 0, sizeof(*out));
	out->port = ntohs(is_v4 ? address->v4.sin_port : address->v6.sin6_port);
	if (!is_v4 && IN6_IS_ADDR_V4MAPPED(&address->v6.sin6_addr)) {
		memcpy(&v4, address->v6.sin6_addr.s6_addr + 12, sizeof(v4));
		is_v4 = true;
	}
	if (is_v4) {
		(void)inet_ntop(
		    AF_INET, &v4, out->address, sizeof(out->address));
		out->is_loopback = ntohl(v4.s_addr) >> 24 == 127;
	} else {
		(void)inet_ntop(AF_INET6, &address->v6.sin6_addr, out->address,
		    sizeof(out->address));
		out->is_loopback = IN6_IS_ADDR_LOOPBACK(&address->v6.sin6_addr);
	}
}

/* Errors of the one connection that accept(2) says to pass over. */
static bool
is_passing(int number)
{
	static const int passing[] = {EINTR, ECONNABORTED, ENETDOWN, EPROTO,
	    ENOPROTOOPT, EHOSTDOWN, ENONET, EHOSTUNREACH, EOPNOTSUPP,
	    ENETUNREACH, EPERM, ETIMEDOUT};

	for (size_t i = 0; i < array_length(passing); i++)
		if (passing[i] == number)
			return true;
	return false;
}

enum io
listen_accept(
    int fd, int *out_fd, struct listen_peer *out_peer, struct err *err)
{
	union address address;
	socklen_t size;
	int accepted;

	do {
		size = sizeof(address);
		accepted = accept4(
		    fd, &address.any, &size, SOCK_CLOEXEC | SOCK_NONBLOCK);
	} while (accepted < 0 && is_passing(errno));
	if (accepted < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return IO_AGAIN;
	if (accepted < 0) {
		bool is_full = errno == EMFILE || errno == ENFILE ||
		    errno == ENOBUFS || errno == ENOMEM;

		err_set_errno(err, "cannot accept a connection");
		if (is_full)
			err->category = ERR_LIMIT;
		return IO_FAILED;
	}
	describe(&address, out_peer);
	*out_fd = accepted;
	return IO_OK;
}
