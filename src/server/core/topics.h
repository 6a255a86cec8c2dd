/*
 * What consoles are told to look at again: a closed table of topics, each with
 * the module that a role must be able to read to hear of it. The words are part
 * of the API (docs/protocol/changes.md).
 */
#ifndef SERVER_CORE_TOPICS_H
#define SERVER_CORE_TOPICS_H

#include <stdint.h>

#include "base/attributes.h"
#include "policy/authorize.h"

/* clang-format off */
#define TOPICS(X)                                                              \
	/* Which there are, in what state and where. */                        \
	X(COMPUTERS,  "computers",  POLICY_COMPUTERS)                          \
	/* Who is connected, and when it was last heard of. */                 \
	X(PRESENCE,   "presence",   POLICY_COMPUTERS)                          \
	X(INVENTORY,  "inventory",  POLICY_INVENTORY)                          \
	X(SOFTWARE,   "software",   POLICY_SOFTWARE)                           \
	X(ENROLMENT,  "enrolment",  POLICY_ENROLMENT)                          \
	X(OFFICES,    "offices",    POLICY_OFFICES)                            \
	X(GROUPS,     "groups",     POLICY_GROUPS)                             \
	X(USERS,      "users",      POLICY_USERS)                              \
	X(API_TOKENS, "api_tokens", POLICY_API_TOKENS)                         \
	X(SETTINGS,   "settings",   POLICY_SETTINGS)                           \
	X(SECURITY,   "security",   POLICY_SECURITY)                           \
	X(AUDIT,      "audit",      POLICY_AUDIT)                              \
	X(EVENTS,     "events",     POLICY_EVENTS)                             \
	/* Whoever is signed in sees those that the role may read. */          \
	X(ALERTS,     "alerts",     POLICY_OWN)
/* clang-format on */

#define TOPICS_ENUM(name, word, module) TOPIC_##name,
enum topic {
	TOPICS(TOPICS_ENUM) TOPIC_COUNT
};

typedef uint32_t topic_set; /* bits 1 << enum topic */

/* Those of which a scope shows a part: all but the settings of the server.
 * (What is hidden from a scope altogether is not readable in the first place.)
 */
#define TOPICS_NARROWED                                                        \
	((((topic_set)1 << TOPIC_COUNT) - 1) &                                 \
	    ~((topic_set)1 << TOPIC_SETTINGS))

must_use const char *topic_word(enum topic topic);
/* Those that such a role may read. */
must_use topic_set topics_readable(
    const struct policy_levels *levels, bool is_scoped);
/* Those of a module's operations: what changed by one of them. */
must_use topic_set topics_of_module(enum policy_module module);

enum {
	/* A topic that changes all the time is told of less often, up to so
	 * rarely; one that has been still is told of at once. */
	TOPICS_REST_MIN_MS = 1000,
	TOPICS_REST_MAX_MS = 10 * 1000,
};

/* When each topic was told of, and how long it rests. One thread. */
struct topics_pace {
	topic_set raised; /* and not told yet */
	int64_t told_ms[TOPIC_COUNT];
	int64_t rest_ms[TOPIC_COUNT];
};

/* What was raised since, in; what is to be told now, out. Monotonic time. */
must_use topic_set topics_due(
    struct topics_pace *pace, topic_set raised, int64_t now_ms);

enum {
	TOPICS_NOTE_SIZE = 256, /* the note with every topic, and the end */
};

/* {"changed":["computers","offices"]} */
void topics_write(topic_set topics, char out[TOPICS_NOTE_SIZE]);

#endif
