/* alert …: what needs somebody's attention. */
#include <string.h>

#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/output.h"

#define ALERTS "/api/v1/alerts"

static const struct table_column LIST[] = {
    {"SEVERITY", "severity"},
    {"KIND", "kind"},
    {"COUNT", "count"},
    {"REASON", "reason"},
    {"VALUE", "value"},
    {"SINCE", "since"},
    {"ACKNOWLEDGED BY", "acknowledged.by"},
};

/* One that nobody has acknowledged. */
static bool
has_critical(const json_t *list)
{
	const json_t *items = json_object_get(list, "items");

	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		const char *severity =
		    json_string_value(json_object_get(item, "severity"));

		if (severity != NULL && strcmp(severity, "critical") == 0 &&
		    json_is_null(json_object_get(item, "acknowledged")))
			return true;
	}
	return false;
}

enum ctl_exit
alert_list(struct ctl *ctl)
{
	scoped(json_freep) json_t *list = NULL;
	enum ctl_exit result = client_ask(ctl, "GET", ALERTS, NULL, &list);

	if (result != CTL_OK)
		return result;
	output_list(ctl, LIST, array_length(LIST), list);
	return ctl_is_set(ctl, "check") && has_critical(list) ? CTL_FAILED
							      : CTL_OK;
}

/* A kind is a word; what is none does not become a path. */
static bool
is_kind(const char *word)
{
	return word[0] != '\0' &&
	    word[strspn(word, "abcdefghijklmnopqrstuvwxyz_")] == '\0';
}

static enum ctl_exit
change(struct ctl *ctl, const char *method, const char *done)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result;

	if (!is_kind(ctl->arguments[0]))
		return ctl_misuse("\"%s\" is not a kind of alert; see: "
				  "warifuctl alert list",
		    ctl->arguments[0]);
	path = memory_format(ALERTS "/%s/acknowledgement", ctl->arguments[0]);
	result = client_ask(ctl, method, path, NULL, NULL);
	if (result == CTL_OK)
		ctl_say(ctl, "%s", done);
	return result;
}

enum ctl_exit
alert_acknowledge(struct ctl *ctl)
{
	return change(
	    ctl, "POST", "Acknowledged, until it gets worse or is gone.");
}

enum ctl_exit
alert_reopen(struct ctl *ctl)
{
	return change(ctl, "DELETE", "It is open again.");
}
