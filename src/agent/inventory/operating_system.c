/* The section "operating_system": the distribution and the running kernel. */
#include "agent/inventory/collect.h"

#include <sys/utsname.h>
#include <unistd.h>

#include "base/memory.h"

static const struct {
	const char *variable;
	const char *member;
} OS_RELEASE[] = {
    {"ID", "id"},
    {"NAME", "name"},
    {"VERSION", "version"},
    {"VERSION_ID", "version_id"},
    {"VERSION_CODENAME", "codename"},
    {"PRETTY_NAME", "pretty_name"},
};

/* os-release(5): shell quoting; what follows a closing quote is not read. */
static char *
unquote(struct view value)
{
	char *plain = memory_zeroed(value.length + 1);
	size_t used = 0, i = 0;
	uint8_t quote = 0;

	if (value.length > 0 && (value.data[0] == '"' || value.data[0] == '\''))
		quote = value.data[i++];
	for (; i < value.length; i++) {
		uint8_t c = value.data[i];

		if (quote != 0 && c == quote)
			break;
		if (c == '\\' && quote != '\'' && i + 1 < value.length)
			c = value.data[++i];
		plain[used++] = (char)c;
	}
	return plain;
}

void
operating_system_read(json_t *item, struct view text)
{
	struct view line, variable, value;

	while (source_line(&text, &line)) {
		scoped(memory_freep) char *plain = NULL;

		if (!view_cut(view_trim(line), '=', &variable, &value))
			continue;
		plain = unquote(value);
		for (size_t i = 0; i < array_length(OS_RELEASE); i++)
			if (view_equal_string(variable, OS_RELEASE[i].variable))
				source_set(item, OS_RELEASE[i].member, plain);
	}
}

static void
add_timezone(const struct source *source, json_t *item)
{
	scoped(memory_freep) char *link = source_link(source, "/etc/localtime");
	scoped(memory_freep) char *named =
	    source_value(source, "/etc/timezone");
	static const char zoneinfo[] = "/zoneinfo/";
	const char *at = link != NULL ? strstr(link, zoneinfo) : NULL;

	source_set(item, "timezone", named);
	if (at != NULL)
		source_set(item, "timezone", at + strlen(zoneinfo));
}

static void
add_kernel(const struct source *source, json_t *item)
{
	scoped(memory_freep) char *type =
	    source_value(source, "/proc/sys/kernel/ostype");
	scoped(memory_freep) char *release =
	    source_value(source, "/proc/sys/kernel/osrelease");
	scoped(memory_freep) char *version =
	    source_value(source, "/proc/sys/kernel/version");
	scoped(memory_freep) char *hostname =
	    source_value(source, "/proc/sys/kernel/hostname");
	struct utsname name;

	source_set(item, "kernel", type);
	source_set(item, "kernel_release", release);
	source_set(item, "kernel_version", version);
	source_set(item, "hostname", hostname);
	if (source->is_live && uname(&name) == 0) {
		source_set(item, "architecture", name.machine);
		source_set(item, "hostname", name.nodename);
	}
}

bool
operating_system_collect(
    const struct source *source, json_t *section, struct err *err)
{
	size_t length = 0;
	char *text =
	    source_read(source, "/etc/os-release", SOURCE_FILE_MAX, &length);
	json_t *item = json_object();

	if (text == NULL)
		text = source_read(
		    source, "/usr/lib/os-release", SOURCE_FILE_MAX, &length);
	if (text != NULL)
		operating_system_read(item, view_of(text, length));
	free(text);
	add_kernel(source, item);
	add_timezone(source, item);
	source_add(section, "this", item);
	return true;
}
