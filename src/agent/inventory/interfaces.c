/* The section "interfaces": network interfaces and their lasting addresses. */
#include "agent/inventory/collect.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/in.h>

#include "base/memory.h"

enum {
	IFA_FLAG_TEMPORARY = 0x01, /* linux/if_addr.h: a privacy address */
	IF_INET6_MAX = 1024 * 1024,
};

static const char *
kind_of(const struct source *source, const char *name)
{
	uint64_t type = 0;

	if (!source_number(source, &type, "/sys/class/net/%s/type", name))
		return "other";
	if (type == ARPHRD_LOOPBACK)
		return "loopback";
	if (source_exists(source, "/sys/class/net/%s/bridge", name))
		return "bridge";
	if (source_exists(source, "/sys/class/net/%s/bonding", name))
		return "bond";
	if (source_exists(source, "/sys/class/net/%s/wireless", name) ||
	    source_exists(source, "/sys/class/net/%s/phy80211", name))
		return "wireless";
	if (source_exists(source, "/sys/class/net/%s/tun_flags", name) ||
	    type == ARPHRD_TUNNEL || type == ARPHRD_TUNNEL6 ||
	    type == ARPHRD_SIT || type == ARPHRD_IPGRE || type == ARPHRD_NONE)
		return "tunnel";
	return type == ARPHRD_ETHER ? "ethernet" : "other";
}

static void
add_state(const struct source *source, json_t *item, const char *name)
{
	scoped(memory_freep) char *mac =
	    source_value(source, "/sys/class/net/%s/address", name);
	scoped(memory_freep) char *state =
	    source_value(source, "/sys/class/net/%s/operstate", name);
	uint64_t number = 0;

	source_set(item, "kind", kind_of(source, name));
	if (mac != NULL && strcmp(mac, "00:00:00:00:00:00") != 0)
		source_set(item, "mac", mac);
	if (source_number(source, &number, "/sys/class/net/%s/mtu", name))
		json_set_integer(item, "mtu", (int64_t)number);
	/* "-1" where there is no link, which is no number here. */
	if (source_number(source, &number, "/sys/class/net/%s/speed", name) &&
	    number > 0)
		json_set_integer(item, "speed_mbps", (int64_t)number);
	/* Loopback and tunnels never say more than "unknown". */
	if (state != NULL)
		json_set_bool(item, "up",
		    strcmp(state, "up") == 0 || strcmp(state, "unknown") == 0);
}

/* Names of a container's end of a virtual cable are new with every start. */
static bool
is_lasting(const char *name)
{
	return strncmp(name, "veth", 4) != 0 && strncmp(name, "ifb", 3) != 0 &&
	    strncmp(name, "tap", 3) != 0 && strncmp(name, "vnet", 4) != 0;
}

static unsigned
prefix_length(const void *mask, size_t size)
{
	const uint8_t *bytes = mask;
	unsigned bits = 0;

	for (size_t i = 0; i < size; i++)
		bits += (unsigned)__builtin_popcount(bytes[i]);
	return bits;
}

/* Addresses made for privacy change every day; /proc alone names them. */
static bool
is_temporary(struct view table, const struct in6_addr *address)
{
	char wanted[33];
	struct view line;

	for (size_t i = 0; i < 16; i++)
		snprintf(wanted + 2 * i, 3, "%02x", address->s6_addr[i]);
	while (source_line(&table, &line)) {
		/* "fe80…01 02 40 20 80     eth0": address, index, prefix
		 * length, scope, flags */
		if (view_starts_with(line, wanted) && line.length > 44)
			return (line.data[43] - '0') & IFA_FLAG_TEMPORARY;
	}
	return false;
}

static bool
format_address(
    const struct ifaddrs *entry, struct view inet6, char *out, size_t size)
{
	char text[INET6_ADDRSTRLEN];

	if (entry->ifa_addr == NULL || entry->ifa_netmask == NULL)
		return false;
	if (entry->ifa_addr->sa_family == AF_INET) {
		const struct sockaddr_in *address = (void *)entry->ifa_addr;
		const struct sockaddr_in *mask = (void *)entry->ifa_netmask;

		inet_ntop(AF_INET, &address->sin_addr, text, sizeof(text));
		snprintf(out, size, "%s/%u", text,
		    prefix_length(&mask->sin_addr, 4));
		return true;
	}
	if (entry->ifa_addr->sa_family == AF_INET6) {
		const struct sockaddr_in6 *address = (void *)entry->ifa_addr;
		const struct sockaddr_in6 *mask = (void *)entry->ifa_netmask;

		if (is_temporary(inet6, &address->sin6_addr))
			return false;
		inet_ntop(AF_INET6, &address->sin6_addr, text, sizeof(text));
		snprintf(out, size, "%s/%u", text,
		    prefix_length(&mask->sin6_addr, 16));
		return true;
	}
	return false;
}

/* The kernel gives no order; the section must not change without cause. */
static void
add_addresses(json_t *item, const struct ifaddrs *list, const char *name,
    struct view inet6)
{
	scoped(source_names_done) struct source_names found = {NULL, 0};
	json_t *addresses = json_array();
	char text[INET6_ADDRSTRLEN + 8];

	for (; list != NULL; list = list->ifa_next)
		if (strcmp(list->ifa_name, name) == 0 &&
		    format_address(list, inet6, text, sizeof(text)) &&
		    found.count < 256)
			source_names_add(&found, text);
	source_names_sort(&found);
	for (size_t i = 0; i < found.count; i++)
		json_array_append_new(addresses, json_string(found.names[i]));
	json_set_value(item, "addresses", addresses);
}

bool
interfaces_collect(
    const struct source *source, json_t *section, struct err *err)
{
	scoped(source_names_done) struct source_names names =
	    source_list(source, "/sys/class/net");
	size_t length = 0;
	scoped(memory_freep) char *inet6 =
	    source_read(source, "/proc/net/if_inet6", IF_INET6_MAX, &length);
	struct ifaddrs *list = NULL;

	if (source->is_live && getifaddrs(&list) != 0)
		return err_set_errno(err, "the addresses cannot be listed");
	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.names[i];
		json_t *item;

		if (!is_lasting(name) ||
		    !source_exists(source, "/sys/class/net/%s/type", name))
			continue;
		item = json_object();
		add_state(source, item, name);
		add_addresses(item, list, name, view_of(inet6, length));
		source_add(section, name, item);
	}
	if (list != NULL)
		freeifaddrs(list);
	return true;
}
