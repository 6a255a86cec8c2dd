/* Whether somebody may call an operation. */
#include "policy/authorize.h"

#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"

static const char *const MODULES[] = {
    [POLICY_COMPUTERS] = "computers",
    [POLICY_INVENTORY] = "inventory",
    [POLICY_SOFTWARE] = "software",
    [POLICY_ENROLMENT] = "enrolment",
    [POLICY_OFFICES] = "offices",
    [POLICY_GROUPS] = "groups",
    [POLICY_USERS] = "users",
    [POLICY_API_TOKENS] = "api_tokens",
    [POLICY_SETTINGS] = "settings",
    [POLICY_SECURITY] = "security",
    [POLICY_AUDIT] = "audit",
    [POLICY_EVENTS] = "events",
    [POLICY_PUBLIC] = "public",
    [POLICY_OWN] = "own",
};

static const char *const LEVELS[] = {
    [POLICY_NONE] = "none",
    [POLICY_READ] = "read",
    [POLICY_WRITE] = "write",
    [POLICY_FULL] = "full",
};

const struct policy_role POLICY_ROLES[POLICY_ROLE_COUNT] = {
    {"administrator", "00000000-0000-7000-8000-000000000011", "Administrator",
	{{[POLICY_COMPUTERS] = POLICY_FULL,
	    [POLICY_INVENTORY] = POLICY_FULL,
	    [POLICY_SOFTWARE] = POLICY_FULL,
	    [POLICY_ENROLMENT] = POLICY_FULL,
	    [POLICY_OFFICES] = POLICY_FULL,
	    [POLICY_GROUPS] = POLICY_FULL,
	    [POLICY_USERS] = POLICY_FULL,
	    [POLICY_API_TOKENS] = POLICY_FULL,
	    [POLICY_SETTINGS] = POLICY_FULL,
	    [POLICY_SECURITY] = POLICY_FULL,
	    [POLICY_AUDIT] = POLICY_FULL,
	    [POLICY_EVENTS] = POLICY_FULL}}},
    {"technician", "00000000-0000-7000-8000-000000000012", "Technician",
	{{[POLICY_COMPUTERS] = POLICY_FULL,
	    [POLICY_INVENTORY] = POLICY_FULL,
	    [POLICY_SOFTWARE] = POLICY_READ,
	    [POLICY_ENROLMENT] = POLICY_FULL,
	    [POLICY_OFFICES] = POLICY_READ,
	    [POLICY_GROUPS] = POLICY_READ,
	    [POLICY_SETTINGS] = POLICY_READ,
	    [POLICY_EVENTS] = POLICY_READ}}},
    {"auditor", "00000000-0000-7000-8000-000000000013", "Auditor",
	{{[POLICY_COMPUTERS] = POLICY_READ,
	    [POLICY_INVENTORY] = POLICY_READ,
	    [POLICY_SOFTWARE] = POLICY_READ,
	    [POLICY_ENROLMENT] = POLICY_READ,
	    [POLICY_OFFICES] = POLICY_READ,
	    [POLICY_GROUPS] = POLICY_READ,
	    [POLICY_USERS] = POLICY_READ,
	    [POLICY_API_TOKENS] = POLICY_READ,
	    [POLICY_SETTINGS] = POLICY_READ,
	    [POLICY_SECURITY] = POLICY_READ,
	    [POLICY_AUDIT] = POLICY_READ,
	    [POLICY_EVENTS] = POLICY_READ}}},
    {"guest", "00000000-0000-7000-8000-000000000014", "Guest",
	{{[POLICY_COMPUTERS] = POLICY_READ,
	    [POLICY_INVENTORY] = POLICY_READ,
	    [POLICY_SOFTWARE] = POLICY_READ,
	    [POLICY_OFFICES] = POLICY_READ}}},
};

/* What is left of a role for who has a scope. Users, audit and settings are the
 * whole server's: who makes users or reads everybody's actions could look
 * beyond any scope. */
static const struct policy_levels SCOPED_MOST = {
    {[POLICY_COMPUTERS] = POLICY_FULL,
	[POLICY_INVENTORY] = POLICY_FULL,
	[POLICY_SOFTWARE] = POLICY_FULL,
	[POLICY_ENROLMENT] = POLICY_FULL,
	[POLICY_OFFICES] = POLICY_READ,
	[POLICY_GROUPS] = POLICY_READ,
	[POLICY_SETTINGS] = POLICY_READ,
	[POLICY_EVENTS] = POLICY_READ}};

const struct policy_role *
policy_role_by_id(const char *id)
{
	for (size_t i = 0; i < POLICY_ROLE_COUNT; i++)
		if (strcmp(POLICY_ROLES[i].id, id) == 0)
			return &POLICY_ROLES[i];
	return NULL;
}

static struct policy_verdict
refuse(enum policy_reason reason, enum policy_level level)
{
	return (struct policy_verdict){POLICY_REFUSE, reason, level};
}

struct policy_verdict
policy_judge(const struct policy_facts *facts)
{
	struct policy_levels levels =
	    policy_levels_scoped(&facts->levels, facts->is_scoped);
	struct policy_verdict allow = {.decision = POLICY_ALLOW};
	enum policy_module module = facts->module;

	if (module == POLICY_PUBLIC || module == POLICY_OWN)
		return allow;
	check((size_t)module < POLICY_MODULE_COUNT);
	check(facts->level != POLICY_NONE);
	allow.level = levels.of[module];
	if (facts->levels.of[module] < facts->level)
		return refuse(POLICY_REASON_LEVEL, allow.level);
	if (levels.of[module] < facts->level)
		return refuse(POLICY_REASON_SCOPE, allow.level);
	if (facts->is_scoped && facts->target == POLICY_TARGET_OUTSIDE)
		return (struct policy_verdict){
		    POLICY_HIDE, POLICY_REASON_OUTSIDE, allow.level};
	return allow;
}

struct policy_levels
policy_levels_scoped(const struct policy_levels *levels, bool is_scoped)
{
	return is_scoped ? policy_levels_least(levels, &SCOPED_MOST) : *levels;
}

struct policy_levels
policy_levels_least(
    const struct policy_levels *a, const struct policy_levels *b)
{
	struct policy_levels least;

	for (size_t i = 0; i < POLICY_MODULE_COUNT; i++)
		least.of[i] = a->of[i] < b->of[i] ? a->of[i] : b->of[i];
	return least;
}

bool
policy_levels_exceed(const struct policy_levels *levels,
    const struct policy_levels *limit, enum policy_module *out_module)
{
	for (size_t i = 0; i < POLICY_MODULE_COUNT; i++) {
		if (levels->of[i] <= limit->of[i])
			continue;
		*out_module = (enum policy_module)i;
		return true;
	}
	return false;
}

struct policy_levels
policy_levels_custom_most(void)
{
	struct policy_levels most = POLICY_ADMINISTRATOR->levels;

	most.of[POLICY_SECURITY] = POLICY_READ;
	return most;
}

const char *
policy_module_name(enum policy_module module)
{
	check((size_t)module < array_length(MODULES));
	return MODULES[module];
}

const char *
policy_level_name(enum policy_level level)
{
	check((size_t)level < array_length(LEVELS));
	return LEVELS[level];
}

static bool
find_word(
    const char *const *words, size_t count, struct view word, size_t *out_index)
{
	for (size_t i = 0; i < count; i++) {
		if (!view_equal_string(word, words[i]))
			continue;
		*out_index = i;
		return true;
	}
	return false;
}

static bool
parse_module(struct view word, enum policy_module *out_module)
{
	size_t index;

	if (!find_word(MODULES, POLICY_MODULE_COUNT, word, &index))
		return false;
	*out_module = (enum policy_module)index;
	return true;
}

static bool
parse_level(struct view word, enum policy_level *out_level)
{
	size_t index;

	if (!find_word(LEVELS, array_length(LEVELS), word, &index))
		return false;
	*out_level = (enum policy_level)index;
	return true;
}

bool
policy_module_parse(const char *word, enum policy_module *out_module)
{
	return parse_module(view_string(word), out_module);
}

bool
policy_level_parse(const char *word, enum policy_level *out_level)
{
	return parse_level(view_string(word), out_level);
}

void
policy_levels_write(
    const struct policy_levels *levels, char out[POLICY_LEVELS_TEXT_SIZE])
{
	size_t used = 0;

	out[0] = '\0';
	for (size_t i = 0; i < POLICY_MODULE_COUNT; i++) {
		if (levels->of[i] == POLICY_NONE)
			continue;
		used += (size_t)snprintf(out + used,
		    POLICY_LEVELS_TEXT_SIZE - used, "%s%s=%s",
		    used == 0 ? "" : " ", MODULES[i], LEVELS[levels->of[i]]);
		check(used < POLICY_LEVELS_TEXT_SIZE);
	}
}

void
policy_levels_read(const char *text, struct policy_levels *out_levels)
{
	struct view rest = view_string(text), pair, name, word;
	enum policy_module module;
	enum policy_level level;

	memset(out_levels, 0, sizeof(*out_levels));
	while (rest.length > 0) {
		view_cut(rest, ' ', &pair, &rest);
		view_cut(pair, '=', &name, &word);
		if (parse_module(name, &module) && parse_level(word, &level))
			out_levels->of[module] = level;
	}
}
