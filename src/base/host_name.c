/* What may be the name of a host. */
#include "base/host_name.h"

#include <arpa/inet.h>
#include <string.h>

static const char LETTERS_AND_DIGITS[] = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789";

static bool
is_address(int family, const char *name)
{
	struct in6_addr address;

	return inet_pton(family, name, &address) == 1;
}

static bool
is_letter_or_digit(char letter)
{
	return letter != '\0' && strchr(LETTERS_AND_DIGITS, letter) != NULL;
}

/* The label at the start of the name; 0: it is none. */
static size_t
label_length(const char *name)
{
	size_t length = 0;

	while (is_letter_or_digit(name[length]) || name[length] == '-' ||
	    name[length] == '_')
		length++;
	return length > 0 && length <= HOST_LABEL_MAX_LENGTH &&
		name[0] != '-' && name[length - 1] != '-'
	    ? length
	    : 0;
}

static bool
is_dns_name(const char *name)
{
	while (true) {
		size_t length = label_length(name);

		name += length;
		if (length == 0 || *name == '\0')
			return length != 0;
		if (*name++ != '.')
			return false;
	}
}

bool
host_name_is_valid(const char *name)
{
	if (strlen(name) > HOST_NAME_MAX_LENGTH)
		return false;
	if (strchr(name, ':') != NULL)
		return is_address(AF_INET6, name);
	if (strspn(name, "0123456789.") == strlen(name))
		return is_address(AF_INET, name);
	return is_dns_name(name);
}
