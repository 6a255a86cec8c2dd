/* Reads the bootstrap file and writes the agent's own copy of the address. */
#include "agent/bootstrap.h"

#include <ctype.h>

#include "base/host_name.h"
#include "base/json.h"
#include "base/memory.h"
#include "base/text.h"

static bool
read_port(
    const json_t *json, const char *member, uint16_t *out, struct err *err)
{
	int64_t port = 0;

	if (!json_get_integer(
		json, member, JSON_REQUIRED, 1, UINT16_MAX, &port, err))
		return false;
	*out = (uint16_t)port;
	return true;
}

static bool
read_address(const json_t *json, struct server_address *out, struct err *err)
{
	const char *name = NULL, *pin = NULL;
	uint8_t digest[32];

	if (!json_get_string(json, "server", JSON_REQUIRED,
		BOOTSTRAP_SERVER_MAX, &name, err) ||
	    !read_port(json, "https_port", &out->https_port, err) ||
	    !read_port(json, "agent_port", &out->agent_port, err) ||
	    !json_get_string(json, "publication_key", JSON_REQUIRED,
		BOOTSTRAP_PIN_SIZE - 1, &pin, err))
		return false;
	if (!host_name_is_valid(name))
		return err_set(err, ERR_MALFORMED,
		    "the member \"server\" must be a host name or an address");
	if (!hex_decode(view_string(pin), digest, sizeof(digest)))
		return err_set(err, ERR_MALFORMED,
		    "the member \"publication_key\" must be 64 hexadecimal "
		    "digits");
	snprintf(out->name, sizeof(out->name), "%s", name);
	for (size_t i = 0; i < BOOTSTRAP_PIN_SIZE; i++)
		out->pin[i] = (char)tolower((unsigned char)pin[i]);
	return true;
}

/* A token travels in a header: visible ASCII only. */
static bool
read_token(const json_t *json, enum json_need need, struct secret **out,
    struct err *err)
{
	const char *token = NULL;

	if (!json_get_string(
		json, "token", need, BOOTSTRAP_TOKEN_MAX, &token, err))
		return false;
	if (token == NULL)
		return true;
	for (const char *c = token; *c != '\0'; c++)
		if (*c <= ' ' || *c > '~')
			return err_set(err, ERR_MALFORMED,
			    "the member \"token\" must be visible ASCII");
	if (token[0] == '\0')
		return err_set(
		    err, ERR_MALFORMED, "the member \"token\" is empty");
	*out = secret_new(view_string(token));
	return true;
}

static bool
read_members(const json_t *json, enum json_need need_token,
    struct server_address *out, struct secret **out_token, struct err *err)
{
	return read_address(json, out, err) &&
	    read_token(json, need_token, out_token, err);
}

bool
bootstrap_read(struct view text, bool needs_token, struct server_address *out,
    struct secret **out_token, struct err *err)
{
	scoped(json_freep) json_t *json = json_read(text, BOOTSTRAP_MAX, err);
	struct server_address address = {0};
	struct secret *token = NULL;

	if (json == NULL ||
	    !read_members(json, needs_token ? JSON_REQUIRED : JSON_OPTIONAL,
		&address, &token, err)) {
		struct err cause = *err;

		return err_set_code(err, cause.category, "bootstrap", "%s",
		    err_sentence(&cause));
	}
	*out = address;
	*out_token = token;
	return true;
}

char *
bootstrap_write(const struct server_address *address)
{
	scoped(json_freep) json_t *json = json_object();

	json_set_string(json, "server", address->name);
	json_set_integer(json, "https_port", address->https_port);
	json_set_integer(json, "agent_port", address->agent_port);
	json_set_string(json, "publication_key", address->pin);
	return json_write(json);
}

char *
bootstrap_url(
    const struct server_address *address, uint16_t port, const char *path)
{
	bool is_ipv6 = strchr(address->name, ':') != NULL;

	return memory_format("https://%s%s%s:%u%s", is_ipv6 ? "[" : "",
	    address->name, is_ipv6 ? "]" : "", port, path);
}
