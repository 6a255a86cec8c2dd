/* The default route's interface and its stable addresses, from /proc. */
#include "os/listen.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

enum {
	INTERFACE_SIZE = IF_NAMESIZE,
	/* Flags of /proc/net/if_inet6 (linux/if_addr.h). */
	ADDRESS_TEMPORARY = 0x01,
	ADDRESS_DEPRECATED = 0x20,
	ADDRESS_TENTATIVE = 0x40,
};

static bool
find_v4_route(char out[INTERFACE_SIZE])
{
	FILE *routes = fopen("/proc/net/route", "re");
	char line[256], name[INTERFACE_SIZE];
	unsigned target, gateway, flags, mask;
	bool is_found = false;

	if (routes == NULL)
		return false;
	while (!is_found && fgets(line, sizeof(line), routes) != NULL)
		if (sscanf(line, "%15s %x %x %x %*s %*s %*s %x", name, &target,
			&gateway, &flags, &mask) == 5 &&
		    target == 0 && mask == 0)
			is_found = true;
	(void)fclose(routes);
	if (is_found)
		memcpy(out, name, sizeof(name));
	return is_found;
}

static bool
find_v6_route(char out[INTERFACE_SIZE])
{
	FILE *routes = fopen("/proc/net/ipv6_route", "re");
	char line[256], target[33], name[INTERFACE_SIZE];
	unsigned length;
	bool is_found = false;

	if (routes == NULL)
		return false;
	while (!is_found && fgets(line, sizeof(line), routes) != NULL)
		if (sscanf(line, "%32s %x %*s %*s %*s %*s %*s %*s %*s %15s",
			target, &length, name) == 3 &&
		    length == 0 && strspn(target, "0") == 32 &&
		    strcmp(name, "lo") != 0)
			is_found = true;
	(void)fclose(routes);
	if (is_found)
		memcpy(out, name, sizeof(name));
	return is_found;
}

static size_t
add_v4(const char *interface, char (*out)[LISTEN_ADDRESS_SIZE], size_t max)
{
	struct ifaddrs *list = NULL;
	size_t count = 0;

	if (getifaddrs(&list) != 0)
		return 0;
	for (struct ifaddrs *item = list; item != NULL && count < max;
	     item = item->ifa_next) {
		struct sockaddr_in address;

		if (item->ifa_addr == NULL ||
		    item->ifa_addr->sa_family != AF_INET ||
		    strcmp(item->ifa_name, interface) != 0)
			continue;
		memcpy(&address, item->ifa_addr, sizeof(address));
		if (inet_ntop(AF_INET, &address.sin_addr, out[count],
			LISTEN_ADDRESS_SIZE) != NULL)
			count++;
	}
	freeifaddrs(list);
	return count;
}

static bool
parse_v6(const char *digits, struct in6_addr *out)
{
	for (size_t i = 0; i < sizeof(out->s6_addr); i++) {
		unsigned byte;

		if (sscanf(digits + 2 * i, "%2x", &byte) != 1)
			return false;
		out->s6_addr[i] = (uint8_t)byte;
	}
	return true;
}

static size_t
add_v6(const char *interface, char (*out)[LISTEN_ADDRESS_SIZE], size_t max)
{
	FILE *addresses = fopen("/proc/net/if_inet6", "re");
	char line[256], digits[33], name[INTERFACE_SIZE];
	unsigned scope, flags;
	size_t count = 0;

	if (addresses == NULL)
		return 0;
	while (count < max && fgets(line, sizeof(line), addresses) != NULL) {
		struct in6_addr address;

		if (sscanf(line, "%32s %*x %*x %x %x %15s", digits, &scope,
			&flags, name) != 4 ||
		    scope != 0 || strcmp(name, interface) != 0 ||
		    (flags &
			(ADDRESS_TEMPORARY | ADDRESS_DEPRECATED |
			    ADDRESS_TENTATIVE)) != 0 ||
		    !parse_v6(digits, &address))
			continue;
		if (inet_ntop(AF_INET6, &address, out[count],
			LISTEN_ADDRESS_SIZE) != NULL)
			count++;
	}
	(void)fclose(addresses);
	return count;
}

size_t
listen_default_addresses(char (*out)[LISTEN_ADDRESS_SIZE], size_t max)
{
	char interface[INTERFACE_SIZE];
	size_t count = 0;

	if (find_v4_route(interface))
		count += add_v4(interface, out, max);
	if (find_v6_route(interface))
		count += add_v6(interface, out + count, max - count);
	return count;
}
