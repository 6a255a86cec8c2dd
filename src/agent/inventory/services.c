/* The section "services": systemd's service units, or scripts of init.d. */
#include "agent/inventory/collect.h"

#include "agent/inventory/program.h"
#include "base/memory.h"

enum {
	UNIT_FILE_MAX = 256 * 1024
};

/* systemd.unit(5), the first one that has a unit wins. */
static const char *const UNIT_FOLDERS[] = {
    "/etc/systemd/system",
    "/run/systemd/system",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
};

static bool
is_service(const char *name)
{
	static const char suffix[] = ".service";
	size_t length = strlen(name);

	return length > strlen(suffix) &&
	    strcmp(name + length - strlen(suffix), suffix) == 0;
}

/* Made for one run of a command or one session: gone in a moment. */
static bool
is_passing(const char *name)
{
	return strncmp(name, "run-", 4) == 0 ||
	    strncmp(name, "user@", 5) == 0 ||
	    strncmp(name, "user-runtime-dir@", 17) == 0 ||
	    strncmp(name, "session-", 8) == 0 ||
	    strncmp(name, "systemd-coredump@", 17) == 0;
}

/* What of a unit's file is told: its description, and whether something may
 * enable it. */
static void
read_unit(json_t *item, struct view text, bool *out_has_install)
{
	bool is_unit = false;
	struct view line, name, value;

	while (source_line(&text, &line)) {
		line = view_trim(line);
		if (view_starts_with(line, "[")) {
			is_unit = view_equal_string(line, "[Unit]");
			if (view_equal_string(line, "[Install]"))
				*out_has_install = true;
		} else if (is_unit && view_cut(line, '=', &name, &value) &&
		    view_equal_string(view_trim(name), "Description")) {
			source_set_view(item, "description", view_trim(value));
		}
	}
}

static bool
is_template(const char *name)
{
	const char *at = strchr(name, '@');

	return at != NULL && strcmp(at, "@.service") == 0;
}

static void
add_unit(const struct source *source, json_t *section, const char *folder,
    const char *name)
{
	scoped(memory_freep) char *path = memory_format("%s/%s", folder, name);
	scoped(memory_freep) char *link = source_link(source, path);
	scoped(memory_freep) char *text = NULL;
	bool has_install = false;
	size_t length = 0;
	json_t *item;

	if (json_object_get(section, name) != NULL || is_template(name))
		return;
	item = json_object();
	source_set(item, "manager", "systemd");
	text = source_read(source, path, UNIT_FILE_MAX, &length);
	if (text != NULL)
		read_unit(item, view_of(text, length), &has_install);
	if (link != NULL && strcmp(link, "/dev/null") == 0)
		source_set(item, "start", "masked");
	else
		source_set(item, "start", has_install ? "disabled" : "static");
	source_add(section, name, item);
}

/* "multi-user.target.wants/ssh.service" says that ssh.service is enabled. */
static void
mark_enabled(const struct source *source, json_t *section, const char *folder)
{
	scoped(source_names_done) struct source_names targets =
	    source_list(source, folder);

	for (size_t i = 0; i < targets.count; i++) {
		const char *dot = strrchr(targets.names[i], '.');
		scoped(memory_freep) char *path =
		    memory_format("%s/%s", folder, targets.names[i]);
		scoped(source_names_done) struct source_names units = {NULL, 0};

		if (dot == NULL ||
		    (strcmp(dot, ".wants") != 0 &&
			strcmp(dot, ".requires") != 0))
			continue;
		units = source_list(source, path);
		for (size_t k = 0; k < units.count; k++) {
			json_t *item = json_object_get(section, units.names[k]);
			const char *start =
			    json_string_value(json_object_get(item, "start"));

			if (start != NULL && strcmp(start, "disabled") == 0)
				source_set(item, "start", "enabled");
		}
	}
}

static void
collect_unit_files(const struct source *source, json_t *section)
{
	for (size_t i = 0; i < array_length(UNIT_FOLDERS); i++) {
		scoped(source_names_done) struct source_names names =
		    source_list(source, UNIT_FOLDERS[i]);

		for (size_t k = 0; k < names.count; k++)
			if (is_service(names.names[k]))
				add_unit(source, section, UNIT_FOLDERS[i],
				    names.names[k]);
	}
	mark_enabled(source, section, "/etc/systemd/system");
	mark_enabled(source, section, "/run/systemd/system");
}

static struct view
next_word(struct view *rest)
{
	struct view word;

	do {
		view_cut(*rest, ' ', &word, rest);
	} while (word.length == 0 && rest->length > 0);
	return word;
}

/* "ssh.service loaded active running OpenBSD Secure Shell server" */
void
services_read_states(json_t *section, struct view text)
{
	struct view line;

	while (source_line(&text, &line)) {
		struct view unit = next_word(&line), load = next_word(&line);
		struct view active = next_word(&line);
		struct view substate = next_word(&line);
		scoped(memory_freep) char *name = view_to_string(unit);
		json_t *known = json_object_get(section, name);
		json_t *item = known != NULL ? known : json_object();

		source_set_view(item, "state", active);
		source_set_view(item, "substate", substate);
		if (known != NULL)
			continue;
		/* Made by a generator, or an instance of a template. */
		source_set(item, "manager", "systemd");
		source_set_view(item, "description", view_trim(line));
		if (is_service(name) && !is_passing(name) &&
		    !view_equal_string(load, "not-found"))
			source_add(section, name, item);
		else
			json_decref(item);
	}
}

static bool
collect_systemd(const struct source *source, json_t *section, struct err *err)
{
	static const char *const argv[] = {"systemctl", "list-units",
	    "--type=service", "--all", "--full", "--plain", "--no-legend",
	    "--no-pager", NULL};
	scoped(buf_donep) struct buf output = BUF_INIT(PROGRAM_OUTPUT_MAX);

	collect_unit_files(source, section);
	if (!source->is_live)
		return true;
	if (!program_run(argv, &output, err))
		return err_prefix(err, "the states of the services");
	services_read_states(section, buf_view(&output));
	return true;
}

/* LSB: "# Short-Description: OpenBSD Secure Shell server" */
static void
read_script(json_t *item, struct view text)
{
	static const char label[] = "# Short-Description:";
	struct view line;

	while (source_line(&text, &line)) {
		if (view_equal_string(line, "### END INIT INFO"))
			return;
		if (view_starts_with(line, label))
			source_set_view(item, "description",
			    view_trim(
				view_slice(line, strlen(label), line.length)));
	}
}

/* A script that a run level starts has a link like rc2.d/S01ssh. */
static bool
is_started(const struct source *source, const char *name)
{
	static const char *const folders[] = {
	    "/etc/rc2.d", "/etc/rc3.d", "/etc/rc5.d", "/etc/rcS.d"};

	for (size_t i = 0; i < array_length(folders); i++) {
		scoped(source_names_done) struct source_names links =
		    source_list(source, folders[i]);

		for (size_t k = 0; k < links.count; k++)
			if (links.names[k][0] == 'S' &&
			    strlen(links.names[k]) > 3 &&
			    strcmp(links.names[k] + 3, name) == 0)
				return true;
	}
	return false;
}

static void
collect_scripts(const struct source *source, json_t *section)
{
	scoped(source_names_done) struct source_names names =
	    source_list(source, "/etc/init.d");

	for (size_t i = 0; i < names.count; i++) {
		const char *name = names.names[i];
		scoped(memory_freep) char *path =
		    memory_format("/etc/init.d/%s", name);
		scoped(memory_freep) char *text = NULL;
		struct stat status = {0};
		size_t length = 0;
		json_t *item;

		if (!source_stat(source, path, &status) ||
		    !S_ISREG(status.st_mode) || (status.st_mode & 0111) == 0 ||
		    strcmp(name, "functions") == 0)
			continue;
		item = json_object();
		source_set(item, "manager", "sysv");
		source_set(item, "start",
		    is_started(source, name) ? "enabled" : "disabled");
		text = source_read(source, path, UNIT_FILE_MAX, &length);
		if (text != NULL)
			read_script(item, view_of(text, length));
		source_add(section, name, item);
	}
}

bool
services_collect(const struct source *source, json_t *section, struct err *err)
{
	/* The folder that sd_booted(3) looks for. */
	if (source_exists(source, "/run/systemd/system"))
		return collect_systemd(source, section, err);
	collect_scripts(source, section);
	return true;
}
