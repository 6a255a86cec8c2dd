/*
 * Whether somebody may call an operation: facts in, decision out. Pure; core
 * gathers the facts for every request anew, so that a change of role or scope
 * counts from the next request on.
 *
 * A role has a level per module. `read` looks, `write` changes, `full` also
 * does what cannot be undone or takes away: delete, revoke, retire. The modules
 * are a closed table; their words are part of the API. A scope narrows a role
 * to places (remote offices); who has one can do less in modules that concern
 * the whole server, and what lies outside is as if it were not there.
 */
#ifndef POLICY_AUTHORIZE_H
#define POLICY_AUTHORIZE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

enum policy_module {
	POLICY_COMPUTERS,
	POLICY_INVENTORY,
	POLICY_SOFTWARE,
	POLICY_ENROLMENT,
	POLICY_OFFICES,
	POLICY_GROUPS,
	POLICY_USERS, /* and roles */
	POLICY_API_TOKENS,
	POLICY_SETTINGS,
	POLICY_SECURITY, /* security settings: Administrators alone */
	POLICY_AUDIT,
	POLICY_EVENTS,
	POLICY_MODULE_COUNT,
	/* Of operations only: what everybody may ask, and what everybody who
	 * is signed in may do about themselves. */
	POLICY_PUBLIC = POLICY_MODULE_COUNT,
	POLICY_OWN,
};

enum policy_level {
	POLICY_NONE,
	POLICY_READ,
	POLICY_WRITE,
	POLICY_FULL,
};
enum {
	POLICY_LEVEL_COUNT = POLICY_FULL + 1,
	POLICY_LEVELS_TEXT_SIZE = 256, /* all modules at any level */
};

struct policy_levels {
	enum policy_level of[POLICY_MODULE_COUNT];
};

/* A role that is always there and never changes. */
struct policy_role {
	const char *word; /* "administrator", … */
	const char *id;   /* its identifier in the store */
	const char *name; /* its English name */
	struct policy_levels levels;
};
enum {
	POLICY_ROLE_COUNT = 4
};
extern const struct policy_role POLICY_ROLES[POLICY_ROLE_COUNT];
#define POLICY_ADMINISTRATOR (&POLICY_ROLES[0])
#define POLICY_AUDITOR       (&POLICY_ROLES[2])

/* NULL: no role that is always there has this id. */
must_use const struct policy_role *policy_role_by_id(const char *id);

enum policy_target {
	POLICY_TARGET_NONE, /* not known yet, or the operation has none */
	POLICY_TARGET_INSIDE,
	POLICY_TARGET_OUTSIDE, /* of the scope */
};

struct policy_facts {
	struct policy_levels levels; /* of the role; for an API token the
					lesser of its own and its user's */
	bool is_scoped;
	enum policy_module module; /* what the operation asks for */
	enum policy_level level;
	enum policy_target target;
};

enum policy_decision {
	POLICY_ALLOW,
	POLICY_REFUSE, /* and say so */
	POLICY_HIDE,   /* the target is as if it were not there */
};

enum policy_reason {
	POLICY_REASON_NONE,
	POLICY_REASON_LEVEL,   /* the role does not reach so far */
	POLICY_REASON_SCOPE,   /* the module is not for who has a scope */
	POLICY_REASON_OUTSIDE, /* the target is not in the scope */
};

struct policy_verdict {
	enum policy_decision decision;
	enum policy_reason reason;
	enum policy_level level; /* what the asker has */
};

must_use struct policy_verdict policy_judge(const struct policy_facts *facts);

/* What a role comes to for who has a scope. */
must_use struct policy_levels
policy_levels_scoped(const struct policy_levels *levels, bool is_scoped);
/* The lesser of two, module by module. */
must_use struct policy_levels policy_levels_least(
    const struct policy_levels *a, const struct policy_levels *b);
/* Whether levels reach further than limit in some module: the first one. */
must_use bool policy_levels_exceed(const struct policy_levels *levels,
    const struct policy_levels *limit, enum policy_module *out_module);
/* The most that a role made by people may have. */
must_use struct policy_levels policy_levels_custom_most(void);

/* Words; static. policy_module_name knows "public" and "own" as well. */
must_use const char *policy_module_name(enum policy_module module);
must_use const char *policy_level_name(enum policy_level level);
must_use bool
policy_module_parse(const char *word, enum policy_module *out_module);
must_use bool
policy_level_parse(const char *word, enum policy_level *out_level);

/* "computers=full inventory=read …", without the modules at none. */
void policy_levels_write(
    const struct policy_levels *levels, char out[POLICY_LEVELS_TEXT_SIZE]);
/* Of what that wrote; a module or level unknown to this program counts for
 * nothing. */
void policy_levels_read(const char *text, struct policy_levels *out_levels);

#endif
