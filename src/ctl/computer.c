/* computer …: the managed computers. */
#include <stdio.h>
#include <string.h>

#include "base/id.h"
#include "base/memory.h"
#include "ctl/bulk.h"
#include "ctl/client.h"
#include "ctl/find.h"
#include "ctl/output.h"
#include "ctl/plain.h"

#define COMPUTERS   "/api/v1/computers"
#define OFFICES     "/api/v1/offices"
#define OFFICE_NAME "office_name" /* put in beside office_id, for people */
#define GROUP_NAMES "group_names" /* the same */

static const struct table_column LIST[] = {
    {"NAME", "name"},
    {"STATE", "state"},
    {"LIVE", "is_live"},
    {"OS", "os_name"},
    {"VERSION", "os_version"},
    {"SOFTWARE", "software_count"},
    {"LAST SEEN", "last_seen_at"},
    {"ID", "id"},
};

static const struct table_column ONE[] = {
    {"Name", "name"},
    {"Id", "id"},
    {"Office", OFFICE_NAME},
    {"Groups", GROUP_NAMES},
    {"State", "state"},
    {"Profile", "profile"},
    {"Connected now", "is_live"},
    {"Address", "address"},
    {"Agent", "agent_version"},
    {"Operating system", "os_name"},
    {"  version", "os_version"},
    {"Architecture", "architecture"},
    {"Hardware serial", "hardware_serial"},
    {"Enrolled", "enrolled_at"},
    {"Last seen", "last_seen_at"},
    {"Last seen by", "last_seen_by"},
    {"Proved by certificate", "proved_at"},
    {"  last", "last_mutual_at"},
    {"By credential alone", "last_credential_at"},
    {"Proxy in environment", "proxy_in_environment"},
    {"Certificate", "certificate_serial"},
    {"Software", "software_count"},
    {"Inventory of", "inventory_at"},
    {"Duplicate name", "has_duplicate_name"},
    {"Duplicate hardware", "has_duplicate_hardware"},
};

static const struct table_column EVENTS[] = {
    {"TIME", "at"},
    {"KIND", "kind"},
    {"BY", "actor"},
    {"FROM", "address"},
    {"DETAIL", "detail"},
};

static const struct table_column CERTIFICATES[] = {
    {"SERIAL", "serial"},
    {"STATE", "state"},
    {"NOT BEFORE", "not_before"},
    {"NOT AFTER", "not_after"},
    {"LAST USED", "last_used_at"},
};

/* Those among the found ones that bear exactly this name. */
static size_t
count_named(const json_t *items, const char *name, const char **out_id)
{
	size_t count = 0;

	for (size_t i = 0; i < json_array_size(items); i++) {
		const json_t *item = json_array_get(items, i);
		const char *its =
		    json_string_value(json_object_get(item, "name"));

		if (its == NULL || strcasecmp(its, name) != 0)
			continue;
		*out_id = json_string_value(json_object_get(item, "id"));
		count++;
	}
	return count;
}

enum ctl_exit
computer_find(struct ctl *ctl, const char *id_or_name, char **out_id)
{
	scoped(json_freep) json_t *list = NULL;
	scoped(memory_freep) char *path = NULL;
	const char *id = NULL;
	enum ctl_exit result;
	size_t count;

	if (id_is_valid(view_string(id_or_name))) {
		*out_id = memory_string(id_or_name);
		return CTL_OK;
	}
	path = client_path(COMPUTERS, "search", id_or_name, NULL);
	result = client_list(ctl, path, &list);
	if (result != CTL_OK)
		return result;
	count = count_named(json_object_get(list, "items"), id_or_name, &id);
	if (count == 1) {
		*out_id = memory_string(id);
		return CTL_OK;
	}
	if (count == 0)
		ctl_complain("there is no computer \"%s\"", id_or_name);
	else
		ctl_complain("%zu computers are called \"%s\"; use the id",
		    count, id_or_name);
	return CTL_FAILED;
}

/* "/api/v1/computers/ID" and what follows, for the first argument. */
static enum ctl_exit
path_of(struct ctl *ctl, const char *rest, char **out_path)
{
	scoped(memory_freep) char *id = NULL;
	enum ctl_exit result = computer_find(ctl, ctl->arguments[0], &id);

	if (result == CTL_OK)
		*out_path = memory_format(COMPUTERS "/%s%s", id, rest);
	return result;
}

/* The address of the list or its export, with what narrows it. group: by name
 * or id, or NULL. */
static enum ctl_exit
narrow(struct ctl *ctl, const char *path, const char *wanted_group,
    const char *columns, char **out)
{
	scoped(memory_freep) char *office = NULL;
	scoped(memory_freep) char *group = NULL;
	const char *wanted = ctl_value(ctl, "office");
	enum ctl_exit result = CTL_OK;

	if (wanted != NULL)
		result = office_find(ctl, wanted, &office);
	if (result == CTL_OK && wanted_group != NULL)
		result = group_find(ctl, wanted_group, &group);
	if (result != CTL_OK)
		return result;
	*out = client_path(path, "sort", ctl_value(ctl, "sort"), "search",
	    ctl_value(ctl, "search"), "state", ctl_value(ctl, "state"),
	    "os_name", ctl_value(ctl, "os"), "not_seen_days",
	    ctl_value(ctl, "not-seen"), "office_id", office, "group_id", group,
	    "columns", columns, "bom", ctl_is_set(ctl, "bom") ? "true" : NULL,
	    "certificate", ctl_value(ctl, "certificate"), "duplicate",
	    ctl_is_set(ctl, "duplicate") ? "any" : NULL, "agent_version",
	    ctl_value(ctl, "agent-version"), NULL);
	return CTL_OK;
}

enum ctl_exit
computer_list_of_group(struct ctl *ctl, const char *wanted_group)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result =
	    narrow(ctl, COMPUTERS, wanted_group, NULL, &path);

	return result != CTL_OK
	    ? result
	    : output_get_list(ctl, path, LIST, array_length(LIST));
}

enum ctl_exit
computer_list(struct ctl *ctl)
{
	return computer_list_of_group(ctl, ctl_value(ctl, "group"));
}

enum ctl_exit
computer_export(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = narrow(ctl, COMPUTERS "/export",
	    ctl_value(ctl, "group"), ctl_value(ctl, "columns"), &path);

	return result != CTL_OK ? result : client_copy(ctl, path, stdout);
}

static enum ctl_exit
show_list(struct ctl *ctl, const char *rest, const struct table_column *columns,
    size_t count)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = path_of(ctl, rest, &path);

	return result == CTL_OK ? output_get_list(ctl, path, columns, count)
				: result;
}

/* People know offices by name. Who sees the computer by a group may not see its
 * office: then its id is all there is. */
static void
name_office(struct ctl *ctl, json_t *computer)
{
	const char *id =
	    json_string_value(json_object_get(computer, "office_id"));
	scoped(memory_freep) char *path =
	    memory_format(OFFICES "/%s", id != NULL ? id : "");
	scoped(memory_freep) char *code = NULL;
	scoped(json_freep) json_t *office = NULL;

	if (client_try(ctl, "GET", path, NULL, &office, &code) == CTL_OK)
		json_object_set(
		    computer, OFFICE_NAME, json_object_get(office, "name"));
	else
		json_object_set(computer, OFFICE_NAME,
		    json_object_get(computer, "office_id"));
}

/* Nothing for who may not look at groups. */
static void
name_groups(struct ctl *ctl, const char *path, json_t *computer)
{
	scoped(memory_freep) char *groups_path =
	    memory_format("%s/groups", path);
	scoped(memory_freep) char *code = NULL;
	scoped(memory_freep) char *text = memory_string("");
	scoped(json_freep) json_t *groups = NULL;
	const json_t *items;

	if (client_try(ctl, "GET", groups_path, NULL, &groups, &code) != CTL_OK)
		return;
	items = json_object_get(groups, "items");
	for (size_t i = 0; i < json_array_size(items); i++) {
		const char *name = json_string_value(
		    json_object_get(json_array_get(items, i), "name"));
		char *longer = memory_format("%s%s%s", text, i == 0 ? "" : ", ",
		    name != NULL ? name : "?");

		free(text);
		text = longer;
	}
	json_set_string(computer, GROUP_NAMES, text);
}

enum ctl_exit
computer_show(struct ctl *ctl)
{
	scoped(memory_freep) char *path = NULL;
	scoped(json_freep) json_t *computer = NULL;
	enum ctl_exit result = path_of(ctl, "", &path);

	if (result == CTL_OK)
		result = client_ask(ctl, "GET", path, NULL, &computer);
	if (result == CTL_OK && !ctl_is_set(ctl, "json")) {
		name_office(ctl, computer);
		name_groups(ctl, path, computer);
	}
	if (result == CTL_OK)
		output_one(ctl, ONE, array_length(ONE), computer);
	return result;
}

enum ctl_exit
computer_certificates(struct ctl *ctl)
{
	return show_list(
	    ctl, "/certificates", CERTIFICATES, array_length(CERTIFICATES));
}

enum ctl_exit
computer_events(struct ctl *ctl)
{
	return show_list(ctl, "/events", EVENTS, array_length(EVENTS));
}

/* Sections of one item show its members, the others a line per item. */
static void
print_section(const char *name, const json_t *section)
{
	const json_t *items = json_object_get(section, "items");
	const char *key, *member;
	json_t *item, *value;

	printf("%s (%lld)\n", name,
	    (long long)json_integer_value(
		json_object_get(section, "item_count")));
	json_object_foreach ((json_t *)items, key, item) {
		scoped(json_freep) json_t *label = json_string(key);
		scoped(memory_freep) char *shown = table_text(label);

		printf("  %s\n", shown);
		json_object_foreach (item, member, value) {
			scoped(memory_freep) char *text = table_text(value);
			scoped(memory_freep) char *what = memory_string(member);

			plain_line(what);
			printf("    %s: %s\n", what, text);
		}
	}
}

/* Sections as rows, and how to see one of them. */
static void
print_summary(struct ctl *ctl, const json_t *sections)
{
	static const struct table_column columns[] = {
	    {"SECTION", "section"},
	    {"ITEMS", "item_count"},
	    {"CHANGED", "updated_at"},
	};
	scoped(json_freep) json_t *rows = json_array();
	const char *name;
	json_t *section;

	json_object_foreach ((json_t *)(uintptr_t)sections, name, section) {
		json_object_set_new(section, "section", json_string(name));
		json_array_append(rows, section);
	}
	table_print(stdout, columns, array_length(columns), rows);
	ctl_say(ctl,
	    "One section: warifuctl computer inventory %s SECTION; "
	    "everything: --all",
	    ctl->arguments[0]);
}

static void
print_all(const json_t *sections)
{
	const char *name;
	json_t *section;

	json_object_foreach ((json_t *)(uintptr_t)sections, name, section)
		print_section(name, section);
}

enum ctl_exit
computer_inventory(struct ctl *ctl)
{
	const char *wanted = ctl->argument_count > 1 ? ctl->arguments[1] : NULL;
	bool is_all = ctl_is_set(ctl, "all");
	scoped(memory_freep) char *rest = wanted != NULL
	    ? memory_format("/inventory/%s", wanted)
	    : memory_string(is_all ? "/inventory" : "/inventory-summary");
	scoped(memory_freep) char *path = NULL;
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result;

	if (wanted != NULL && is_all)
		return ctl_misuse("name a section or say --all");
	result = path_of(ctl, rest, &path);
	if (result == CTL_OK)
		result = client_ask(ctl, "GET", path, NULL, &answer);
	if (result != CTL_OK)
		return result;
	if (ctl_is_set(ctl, "json"))
		output_json(answer);
	else if (wanted != NULL)
		print_section(wanted, answer);
	else if (is_all)
		print_all(json_object_get(answer, "sections"));
	else
		print_summary(ctl, json_object_get(answer, "sections"));
	return CTL_OK;
}

/* Send an order and print the answer with --json, or else say what happened. */
static enum ctl_exit
order(struct ctl *ctl, const char *rest, const char *method, const json_t *body,
    json_t **out_answer)
{
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result = path_of(ctl, rest, &path);

	if (result == CTL_OK)
		result = client_ask(ctl, method, path, body, out_answer);
	if (result == CTL_OK && ctl_is_set(ctl, "json"))
		output_json(*out_answer);
	return result;
}

/* One computer by its name, or those of a list. */
static enum ctl_exit
is_list_asked(struct ctl *ctl, size_t arguments, bool *out_is_list)
{
	bool is_list = ctl_is_set(ctl, "list");

	if (is_list && ctl->argument_count >= arguments)
		return ctl_misuse("name a computer or give --list, not both");
	if (!is_list && ctl->argument_count < arguments)
		return ctl_misuse("name a computer, or give --list FILE");
	*out_is_list = is_list;
	return CTL_OK;
}

static enum ctl_exit
refresh_one(struct ctl *ctl)
{
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result = order(ctl, "/refresh", "POST", NULL, &answer);

	if (result == CTL_OK)
		ctl_say(ctl, "%s",
		    json_is_true(json_object_get(answer, "live"))
			? "The agent was told to refresh now."
			: "The agent is not connected; it refreshes when it "
			  "is back.");
	return result;
}

/* question NULL: none is asked. */
static enum ctl_exit
run_list(struct ctl *ctl, const char *action, const char *question,
    const json_t *more)
{
	scoped(json_freep) json_t *ids = NULL;
	enum ctl_exit result = bulk_read(ctl, &ids);

	if (result != CTL_OK)
		return result;
	if (question != NULL &&
	    !output_confirm(ctl, "%s of %zu computers: %s", action,
		json_array_size(ids), question))
		return CTL_FAILED;
	return bulk_run(ctl, action, more, ids);
}

enum ctl_exit
computer_refresh(struct ctl *ctl)
{
	bool is_list = false;
	enum ctl_exit result = is_list_asked(ctl, 1, &is_list);

	if (result != CTL_OK)
		return result;
	return is_list ? run_list(ctl, "refresh", NULL, NULL)
		       : refresh_one(ctl);
}

static enum ctl_exit
revoke_one(struct ctl *ctl, const json_t *body)
{
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result;

	if (!output_confirm(ctl,
		"Revoking %s ends its connections and every certificate it "
		"ever got, and cannot be undone. Revoke it?",
		ctl->arguments[0]))
		return CTL_FAILED;
	result = order(ctl, "/revoke", "POST", body, &answer);
	if (result == CTL_OK)
		ctl_say(ctl, "Revoked.");
	return result;
}

enum ctl_exit
computer_revoke(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	const char *reason = ctl_value(ctl, "reason");
	bool is_list = false;
	enum ctl_exit result = is_list_asked(ctl, 1, &is_list);

	if (result != CTL_OK)
		return result;
	if (reason == NULL)
		return ctl_misuse("say why with --reason TEXT");
	json_set_string(body, "reason", reason);
	return is_list
	    ? run_list(ctl, "revoke",
		  "their connections and every certificate they ever got end, "
		  "and it cannot be undone. Revoke them?",
		  body)
	    : revoke_one(ctl, body);
}

static enum ctl_exit
retire_one(struct ctl *ctl)
{
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result;

	if (!output_confirm(ctl,
		"Retiring %s tells its agent to uninstall itself, and its "
		"certificate is revoked then. Retire it?",
		ctl->arguments[0]))
		return CTL_FAILED;
	result = order(ctl, "/retire", "POST", NULL, &answer);
	if (result == CTL_OK)
		ctl_say(ctl, "Retired.");
	return result;
}

enum ctl_exit
computer_retire(struct ctl *ctl)
{
	bool is_list = false;
	enum ctl_exit result = is_list_asked(ctl, 1, &is_list);

	if (result != CTL_OK)
		return result;
	return is_list
	    ? run_list(ctl, "retire",
		  "their agents uninstall themselves, and their certificates "
		  "are revoked then. Retire them?",
		  NULL)
	    : retire_one(ctl);
}

static enum ctl_exit
move_one(struct ctl *ctl, const json_t *body)
{
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result = order(ctl, "", "PATCH", body, &answer);

	if (result == CTL_OK)
		ctl_say(ctl, "Moved.");
	return result;
}

enum ctl_exit
computer_move(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	scoped(memory_freep) char *office = NULL;
	bool is_list = false;
	enum ctl_exit result = is_list_asked(ctl, 2, &is_list);

	if (result == CTL_OK)
		result = office_find(
		    ctl, ctl->arguments[ctl->argument_count - 1], &office);
	if (result != CTL_OK)
		return result;
	json_set_string(body, "office_id", office);
	return is_list ? run_list(ctl, "move", NULL, body)
		       : move_one(ctl, body);
}
