/* The characters and small forms of HTTP. */
#include "http/syntax.h"

#include <string.h>

enum byte_class {
	TOKEN = 1, /* tchar */
	PATH = 2,  /* pchar without "%", and "/" */
	/* The same and "?", and what browsers send there unescaped (the query
	 * percent-encode set of the URL standard leaves it). */
	QUERY = 4,
	HOST = 8, /* unreserved and sub-delims: a reg-name without "%" */
};

#define ALNUM_ (TOKEN | PATH | QUERY | HOST)

static const uint8_t CLASSES[256] = {
    ['0' ... '9'] = ALNUM_,
    ['A' ... 'Z'] = ALNUM_,
    ['a' ... 'z'] = ALNUM_,
    ['-'] = ALNUM_,
    ['.'] = ALNUM_,
    ['_'] = ALNUM_,
    ['~'] = ALNUM_,
    ['!'] = ALNUM_,
    ['$'] = ALNUM_,
    ['&'] = ALNUM_,
    ['\''] = ALNUM_,
    ['*'] = ALNUM_,
    ['+'] = ALNUM_,
    ['#'] = TOKEN,
    ['%'] = TOKEN,
    ['^'] = TOKEN | QUERY,
    ['`'] = TOKEN | QUERY,
    ['|'] = TOKEN | QUERY,
    ['['] = QUERY,
    [']'] = QUERY,
    ['{'] = QUERY,
    ['}'] = QUERY,
    ['('] = PATH | QUERY | HOST,
    [')'] = PATH | QUERY | HOST,
    [','] = PATH | QUERY | HOST,
    [';'] = PATH | QUERY | HOST,
    ['='] = PATH | QUERY | HOST,
    [':'] = PATH | QUERY,
    ['@'] = PATH | QUERY,
    ['/'] = PATH | QUERY,
    ['?'] = QUERY,
};

static bool
has_class(uint8_t byte, enum byte_class class)
{
	return (CLASSES[byte] & class) != 0;
}

static bool
all_have_class(struct view text, enum byte_class class)
{
	for (size_t i = 0; i < text.length; i++) {
		if (!has_class(text.data[i], class))
			return false;
	}
	return true;
}

bool
http_is_token_byte(uint8_t byte)
{
	return has_class(byte, TOKEN);
}

bool
http_is_field_byte(uint8_t byte)
{
	return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool
http_is_token(struct view text)
{
	return text.length > 0 && all_have_class(text, TOKEN);
}

bool
http_is_field_value(struct view text)
{
	for (size_t i = 0; i < text.length; i++) {
		if (!http_is_field_byte(text.data[i]))
			return false;
	}
	return true;
}

static bool
is_hex(uint8_t byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'f') ||
	    (byte >= 'A' && byte <= 'F');
}

static bool
is_escaped(struct view text, enum byte_class class)
{
	for (size_t i = 0; i < text.length; i++) {
		if (text.data[i] != '%') {
			if (!has_class(text.data[i], class))
				return false;
			continue;
		}
		if (text.length - i < 3 || !is_hex(text.data[i + 1]) ||
		    !is_hex(text.data[i + 2]))
			return false;
		i += 2;
	}
	return true;
}

bool
http_is_path(struct view text)
{
	return text.length > 0 && text.data[0] == '/' && is_escaped(text, PATH);
}

bool
http_is_query(struct view text)
{
	return is_escaped(text, QUERY);
}

static bool
is_port(struct view text)
{
	uint64_t port;

	return view_to_u64(text, UINT16_MAX, &port);
}

/* What follows the host: nothing, or ":" and a port. */
static bool
is_host_end(struct view rest)
{
	return rest.length == 0 ||
	    (rest.data[0] == ':' && is_port(view_slice(rest, 1, rest.length)));
}

static bool
is_ip_literal(struct view text)
{
	struct view inside, rest;

	if (!view_cut(text, ']', &inside, &rest))
		return false;
	inside = view_slice(inside, 1, inside.length);
	for (size_t i = 0; i < inside.length; i++) {
		if (!is_hex(inside.data[i]) && inside.data[i] != ':' &&
		    inside.data[i] != '.')
			return false;
	}
	return inside.length >= 2 && is_host_end(rest);
}

bool
http_is_host(struct view text)
{
	struct view name, port;
	bool has_port;

	if (text.length == 0)
		return false;
	if (text.data[0] == '[')
		return is_ip_literal(text);
	has_port = view_cut(text, ':', &name, &port);
	return name.length > 0 && all_have_class(name, HOST) &&
	    (!has_port || is_port(port));
}

bool
http_list_next(struct view *rest, struct view *out_element)
{
	while (rest->length > 0) {
		struct view element;

		view_cut(*rest, ',', &element, rest);
		element = view_trim(element);
		if (element.length > 0) {
			*out_element = element;
			return true;
		}
	}
	return false;
}
