/* Changes that name the version that they were decided by. */
#include "ctl/change.h"

#include "base/memory.h"
#include "base/text.h"
#include "ctl/client.h"
#include "ctl/output.h"

static char *
etag_of(int64_t version)
{
	return memory_format("\"%lld\"", (long long)version);
}

static enum ctl_exit
read_version(struct ctl *ctl, const char *path, char **out_etag)
{
	scoped(json_freep) json_t *now = NULL;
	enum ctl_exit result = client_ask(ctl, "GET", path, NULL, &now);
	const json_t *version = json_object_get(now, "version");

	if (result != CTL_OK)
		return result;
	if (!json_is_integer(version)) {
		ctl_complain("the server does not say which version this is");
		return CTL_FAILED;
	}
	*out_etag = etag_of(json_integer_value(version));
	return CTL_OK;
}

enum ctl_exit
change_begin(struct ctl *ctl, const char *path, char **out_etag)
{
	const char *wanted = ctl_value(ctl, "if-version");
	uint64_t version;

	if (wanted == NULL)
		return read_version(ctl, path, out_etag);
	if (!view_to_u64(view_string(wanted), INT64_MAX, &version))
		return ctl_misuse("\"%s\" is no version", wanted);
	*out_etag = etag_of((int64_t)version);
	return CTL_OK;
}

enum ctl_exit
change_send(struct ctl *ctl, const char *method, const char *path,
    const json_t *body, const char *etag, json_t **out_json)
{
	return client_ask_if(ctl, method, path, body, etag, out_json);
}

enum ctl_exit
change_now(struct ctl *ctl, const char *method, const char *path,
    const json_t *body, json_t **out_json)
{
	scoped(memory_freep) char *etag = NULL;
	enum ctl_exit result = change_begin(ctl, path, &etag);

	return result != CTL_OK
	    ? result
	    : change_send(ctl, method, path, body, etag, out_json);
}

enum ctl_exit
change_delete(struct ctl *ctl, const char *noun, const char *path)
{
	scoped(memory_freep) char *etag = NULL;
	enum ctl_exit result = change_begin(ctl, path, &etag);

	if (result != CTL_OK)
		return result;
	if (!output_confirm(
		ctl, "Delete the %s %s for good?", noun, ctl->arguments[0]))
		return CTL_FAILED;
	result = change_send(ctl, "DELETE", path, NULL, etag, NULL);
	if (result == CTL_OK)
		ctl_say(ctl, "Deleted.");
	return result;
}
