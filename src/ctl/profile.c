/* The user's file of servers, pins and tokens. */
#include "ctl/profile.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/bytes.h"
#include "base/json.h"
#include "base/memory.h"
#include "os/file.h"

enum {
	TEXT_MAX = 1024,
	FINGERPRINT_DIGITS = 64,
};

void
profile_set(char **member, const char *text)
{
	char *copy = text == NULL ? NULL : memory_string(text);

	if (*member != NULL)
		explicit_bzero(*member, strlen(*member));
	free(*member);
	*member = copy;
}

void
profile_free(struct profile *profile)
{
	if (profile == NULL)
		return;
	for (size_t i = 0; i < profile->server_count; i++) {
		struct profile_server *server = &profile->servers[i];

		profile_set(&server->url, NULL);
		profile_set(&server->fingerprint, NULL);
		profile_set(&server->token, NULL);
		profile_set(&server->user, NULL);
		profile_set(&server->device, NULL);
	}
	free(profile->path);
	free(profile);
}

static char *
configuration_path(void)
{
	const char *base = getenv("XDG_CONFIG_HOME");
	const char *home = getenv("HOME");

	if (base != NULL && base[0] == '/')
		return memory_format("%s/warifu/ctl.json", base);
	return memory_format(
	    "%s/.config/warifu/ctl.json", home == NULL ? "" : home);
}

static bool
get(const json_t *object, const char *name, enum json_need need, char **out,
    struct err *err)
{
	const char *text = NULL;

	if (!json_get_string(object, name, need, TEXT_MAX, &text, err))
		return false;
	profile_set(out, text);
	return true;
}

static bool
read_server(struct profile *profile, const json_t *entry, struct err *err)
{
	struct profile_server *server =
	    &profile->servers[profile->server_count++];

	return get(entry, "url", JSON_REQUIRED, &server->url, err) &&
	    get(entry, "fingerprint", JSON_OPTIONAL, &server->fingerprint,
		err) &&
	    get(entry, "token", JSON_OPTIONAL, &server->token, err) &&
	    get(entry, "user", JSON_OPTIONAL, &server->user, err) &&
	    get(entry, "device", JSON_OPTIONAL, &server->device, err);
}

static bool
read_servers(struct profile *profile, const json_t *whole, struct err *err)
{
	json_t *servers = NULL;
	int64_t current = 0;

	if (!json_get_array(whole, "servers", JSON_REQUIRED,
		PROFILE_SERVERS_MAX, &servers, err) ||
	    !json_get_integer(whole, "current", JSON_OPTIONAL, 0,
		PROFILE_SERVERS_MAX - 1, &current, err))
		return false;
	for (size_t i = 0; i < json_array_size(servers); i++)
		if (!read_server(profile, json_array_get(servers, i), err))
			return false;
	profile->current = (size_t)current;
	return true;
}

static bool
read_file(struct profile *profile, struct err *err)
{
	scoped(buf_wipep) struct buf text = BUF_INIT(PROFILE_FILE_MAX);
	scoped(json_freep) json_t *whole = NULL;

	if (!file_read_private(profile->path, &text, err))
		return err->category == ERR_NOT_FOUND;
	whole = json_read(buf_view(&text), PROFILE_FILE_MAX, err);
	return whole != NULL && read_servers(profile, whole, err);
}

bool
profile_load(struct profile **out, struct err *err)
{
	scoped(profile_freep) struct profile *profile =
	    memory_zeroed(sizeof(*profile));

	profile->path = configuration_path();
	if (!read_file(profile, err))
		return err_prefix(err, "reading %s", profile->path);
	*out = take(profile);
	return true;
}

/* Each folder above the file, as the user's umask has it but for the last. */
static bool
make_folders(const char *path, struct err *err)
{
	scoped(memory_freep) char *folder = memory_string(path);

	for (char *slash = strchr(folder + 1, '/'); slash != NULL;
	     slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(folder, 0700) != 0 && errno != EEXIST)
			return err_set_errno(err, "cannot make %s", folder);
		*slash = '/';
	}
	return true;
}

bool
profile_save(const struct profile *profile, struct err *err)
{
	scoped(json_freep) json_t *whole = json_object();
	scoped(memory_freep) char *text = NULL;
	json_t *servers = json_array();
	bool is_written;

	for (size_t i = 0; i < profile->server_count; i++) {
		const struct profile_server *server = &profile->servers[i];
		json_t *entry = json_object();

		json_set_string(entry, "url", server->url);
		json_set_string_or_null(
		    entry, "fingerprint", server->fingerprint);
		json_set_string_or_null(entry, "token", server->token);
		json_set_string_or_null(entry, "user", server->user);
		json_set_string_or_null(entry, "device", server->device);
		json_array_append_new(servers, entry);
	}
	json_set_value(whole, "servers", servers);
	json_set_integer(whole, "current", (int64_t)profile->current);
	text = json_write(whole);
	is_written = make_folders(profile->path, err) &&
	    file_write_atomic(profile->path, view_string(text), 0600, err);
	explicit_bzero(text, strlen(text));
	return is_written;
}

bool
profile_find(struct profile *profile, const char *url,
    struct profile_server **out, struct err *err)
{
	for (size_t i = 0; i < profile->server_count; i++)
		if (strcmp(profile->servers[i].url, url) == 0) {
			*out = &profile->servers[i];
			return true;
		}
	if (profile->server_count == PROFILE_SERVERS_MAX)
		return err_set(err, ERR_LIMIT, "%s already knows %d servers",
		    profile->path, PROFILE_SERVERS_MAX);
	*out = &profile->servers[profile->server_count++];
	profile_set(&(*out)->url, url);
	return true;
}

static bool
is_host_character(char c)
{
	return isalnum((unsigned char)c) || strchr(".-_[]:%", c) != NULL;
}

static bool
has_port(const char *authority)
{
	const char *colon = strrchr(authority, ':');

	return colon != NULL && strchr(colon, ']') == NULL;
}

bool
profile_normalize_url(const char *text, char **out_url, struct err *err)
{
	bool is_http = strncasecmp(text, "http://", 7) == 0;
	bool is_https = strncasecmp(text, "https://", 8) == 0;
	const char *authority = text + (is_http ? 7 : is_https ? 8 : 0);
	size_t length = strcspn(authority, "/");
	scoped(memory_freep) char *host = memory_string_n(authority, length);

	for (size_t i = 0; i < length; i++)
		if (!is_host_character(host[i]))
			length = 0;
	if (length == 0 || strlen(authority + length) > 1)
		return err_set(err, ERR_MALFORMED,
		    "\"%s\" is no server: give HOST, HOST:PORT or https://"
		    "HOST:PORT",
		    text);
	for (char *c = host; *c != '\0'; c++)
		*c = (char)tolower((unsigned char)*c);
	*out_url = memory_format("%s://%s%s", is_http ? "http" : "https", host,
	    has_port(host) ? ""
		: is_http  ? ":8020"
			   : ":8383");
	return true;
}

bool
profile_normalize_fingerprint(const char *text, char **out, struct err *err)
{
	char digits[FINGERPRINT_DIGITS + 1];
	const char *at = text;
	size_t used = 0;

	if (strncasecmp(at, "sha256:", 7) == 0)
		at += 7;
	for (; *at != '\0'; at++) {
		if (*at == ':')
			continue;
		if (!isxdigit((unsigned char)*at) ||
		    used == FINGERPRINT_DIGITS) {
			used = 0;
			break;
		}
		digits[used++] = (char)tolower((unsigned char)*at);
	}
	if (used != FINGERPRINT_DIGITS)
		return err_set(err, ERR_MALFORMED,
		    "\"%s\" is no SHA-256 fingerprint: sha256: and 64 "
		    "hexadecimal digits",
		    text);
	digits[used] = '\0';
	*out = memory_string(digits);
	return true;
}
