/* Scenarios: tables of their words, and the checks across them. */
#include "fleet/scenario.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/config.h"
#include "base/limits.h"
#include "base/memory.h"
#include "os/file.h"

#define NUMBER(                                                                \
    section_, type_, key_, member_, least_, most_, standard_, help_)           \
	{                                                                      \
		section_, key_, CONFIG_NUMBER,                                 \
		    offsetof(struct type_, member_), least_, most_, NULL,      \
		    standard_, NULL, help_                                     \
	}
#define TIME(section_, type_, key_, member_, least_, most_, standard_, help_)  \
	{                                                                      \
		section_, key_, CONFIG_DURATION,                               \
		    offsetof(struct type_, member_), least_, most_, NULL,      \
		    standard_, NULL, help_                                     \
	}

static const struct config_option FLEET[] = {
    NUMBER("fleet", scenario, "agents", agents, 1, SCENARIO_AGENTS_MAX, "100",
	"How many agents there are."),
    NUMBER("fleet", scenario, "seed", seed, 0, INT32_MAX, "1",
	"What the differences between the agents are drawn from."),
    NUMBER("fleet", scenario, "packages_least", packages_least, 1, 20000, "200",
	"The fewest packages of an agent."),
    NUMBER("fleet", scenario, "packages_most", packages_most, 1, 20000, "2500",
	"The most packages of an agent."),
    NUMBER("fleet", scenario, "in_flight", in_flight, 1, 10000, "256",
	"Conversations of one process at the same time."),
    NUMBER("fleet", scenario, "agents_per_address", agents_per_address, 1,
	20000, "100", "Agents of one loopback address."),
    TIME("fleet", scenario, "timeout", timeout_ms, 100, HOURS_MS(1), "2min",
	"The longest a conversation may last."),
};

static const char *const COME_BACKS[] = {"jitter", "at_once", NULL};
static const char *const LOST[] = {"enrol", "renew", NULL};

#define AGENTS(section_)                                                       \
	NUMBER(section_, step, "agents", agents, 0, SCENARIO_AGENTS_MAX, "0",  \
	    "How many take part; 0: all.")
#define PACE(section_)                                                         \
	NUMBER(section_, step, "rate", rate, 0, 1000000, "0",                  \
	    "How many begin a second; 0: as fast as can be."),                 \
	    TIME(section_, step, "over", over_ms, 0, DAYS_MS(7), "0s",         \
		"The time over which they begin; 0: no bound.")
#define RUDE(key_, index_, help_)                                              \
	NUMBER("misbehave", step, key_, rude[index_], 0, 100000, "0", help_)

static const struct config_option ENROL[] = {AGENTS("enrol"), PACE("enrol")};
static const struct config_option REFRESH[] = {
    AGENTS("refresh"),
    PACE("refresh"),
    NUMBER("refresh", step, "rounds", rounds, 1, 100000, "1",
	"How often each agent refreshes."),
    NUMBER("refresh", step, "changed", changed_percent, 0, 100, "0",
	"Of a hundred refreshes, how many report changed software."),
};
static const struct config_option HOLD[] = {
    AGENTS("hold"),
    PACE("hold"),
    TIME("hold", step, "duration", duration_ms, 0, DAYS_MS(30), "1min",
	"How long the channel is held once all have it."),
    TIME("hold", step, "ping", ping_ms, 1000, HOURS_MS(1), "8min",
	"How often an agent pings."),
};
static const struct config_option STORM[] = {
    AGENTS("storm"),
    {"storm", "come_back", CONFIG_CHOICE, offsetof(struct step, come_back), 0,
	0, COME_BACKS, "jitter", NULL, "How they come back."},
    TIME("storm", step, "within", within_ms, 1000, DAYS_MS(1), "30min",
	"The time in which all must be back."),
};
static const struct config_option RENEW[] = {AGENTS("renew"), PACE("renew")};
static const struct config_option LOSE_ANSWER[] = {
    AGENTS("lose_answer"),
    PACE("lose_answer"),
    {"lose_answer", "of", CONFIG_CHOICE, offsetof(struct step, of), 0, 0, LOST,
	"enrol", NULL, "Which answer is lost."},
};
static const struct config_option MISBEHAVE[] = {
    RUDE("slow_headers", RUDE_SLOW_HEADERS,
	"Clients that send a request's head byte by byte."),
    RUDE("slow_body", RUDE_SLOW_BODY,
	"Clients that send a request's body byte by byte."),
    RUDE("slow_reader", RUDE_SLOW_READER,
	"Clients that ask and do not read the answers."),
    RUDE("garbage", RUDE_GARBAGE, "Clients that send what is no HTTP."),
    RUDE("wrong_certificate", RUDE_WRONG_CERTIFICATE,
	"Clients with a certificate of nobody."),
    TIME("misbehave", step, "duration", duration_ms, 1000, DAYS_MS(1), "30s",
	"How long they go on."),
    NUMBER("misbehave", step, "witnesses", witnesses, 0, 1000, "10",
	"Agents that refresh once a second all the while and must be "
	"served."),
};

static const struct {
	const char *name;
	const struct config_option *options;
	size_t count;
} KINDS[STEP_KINDS] = {
    [STEP_ENROL] = {"enrol", ENROL, array_length(ENROL)},
    [STEP_REFRESH] = {"refresh", REFRESH, array_length(REFRESH)},
    [STEP_HOLD] = {"hold", HOLD, array_length(HOLD)},
    [STEP_STORM] = {"storm", STORM, array_length(STORM)},
    [STEP_RENEW] = {"renew", RENEW, array_length(RENEW)},
    [STEP_LOSE_ANSWER] = {"lose_answer", LOSE_ANSWER,
	array_length(LOSE_ANSWER)},
    [STEP_MISBEHAVE] = {"misbehave", MISBEHAVE, array_length(MISBEHAVE)},
};

const char *
step_kind_name(enum step_kind kind)
{
	return KINDS[kind].name;
}

const char *
rudeness_name(enum rudeness kind)
{
	return MISBEHAVE[kind].key;
}

static bool
refuse(struct err *err, const char *where, const char *sentence)
{
	return err_set_code(
	    err, ERR_MALFORMED, "configuration", "%s: %s", where, sentence);
}

static bool
refuse_section(const char *where, const char *section, struct err *err)
{
	char known[200] = "fleet";
	size_t used = strlen(known);

	for (size_t i = 0; i < STEP_KINDS; i++)
		used += (size_t)snprintf(
		    known + used, sizeof(known) - used, ", %s", KINDS[i].name);
	return err_set_code(err, ERR_MALFORMED, "configuration",
	    "%s: there is no step [%s]; allowed are %s", where, section, known);
}

static bool
add_step(struct scenario *scenario, enum step_kind kind, const char *where,
    struct err *err)
{
	struct step *step;

	if (scenario->step_count == SCENARIO_STEPS_MAX)
		return err_set_code(err, ERR_MALFORMED, "configuration",
		    "%s: there are more than %d steps", where,
		    SCENARIO_STEPS_MAX);
	scenario->steps = memory_resize(scenario->steps,
	    scenario->step_count + 1, sizeof(*scenario->steps));
	step = &scenario->steps[scenario->step_count++];
	*step = (struct step){.kind = kind, .where = memory_string(where)};
	config_defaults(KINDS[kind].options, KINDS[kind].count, step);
	return true;
}

/* Where the walk is. */
struct reading {
	struct scenario *scenario;
	bool is_in_fleet;
	bool has_fleet;
};

static bool
begin_section(
    void *context, const char *where, const char *section, struct err *err)
{
	struct reading *reading = context;

	reading->is_in_fleet = strcmp(section, "fleet") == 0;
	if (reading->is_in_fleet) {
		if (reading->has_fleet || reading->scenario->step_count > 0)
			return refuse(err, where,
			    "[fleet] stands once, before the steps");
		reading->has_fleet = true;
		free(reading->scenario->agents_where);
		reading->scenario->agents_where = memory_string(where);
		return true;
	}
	for (size_t i = 0; i < STEP_KINDS; i++)
		if (strcmp(section, KINDS[i].name) == 0)
			return add_step(
			    reading->scenario, (enum step_kind)i, where, err);
	return refuse_section(where, section, err);
}

static bool
take_pair(void *context, const char *where, const char *section,
    const char *key, const char *value, struct err *err)
{
	struct reading *reading = context;
	struct scenario *scenario = reading->scenario;
	struct step *step;

	if (reading->is_in_fleet) {
		if (strcmp(key, "agents") == 0) {
			free(scenario->agents_where);
			scenario->agents_where = memory_string(where);
		}
		return config_set(FLEET, array_length(FLEET), scenario, where,
		    section, key, value, err);
	}
	if (scenario->step_count == 0)
		return refuse(err, where,
		    "a value stands before the first section; [fleet] comes "
		    "first");
	step = &scenario->steps[scenario->step_count - 1];
	return config_set(KINDS[step->kind].options, KINDS[step->kind].count,
	    step, where, section, key, value, err);
}

static bool
is_rude(const struct step *step)
{
	for (size_t i = 0; i < RUDE_KINDS; i++)
		if (step->rude[i] > 0)
			return true;
	return false;
}

static bool
check_step(const struct scenario *scenario, const struct step *step,
    bool *is_held, struct err *err)
{
	if (step->agents > scenario->agents ||
	    step->witnesses > scenario->agents)
		return err_set_code(err, ERR_MALFORMED, "configuration",
		    "%s: [%s] wants %lld agents; the fleet has %lld",
		    step->where, KINDS[step->kind].name,
		    (long long)(step->agents > step->witnesses
			    ? step->agents
			    : step->witnesses),
		    (long long)scenario->agents);
	if (step->rate > 0 && step->over_ms > 0)
		return refuse(
		    err, step->where, "a step has either \"rate\" or \"over\"");
	if (step->kind == STEP_STORM && !*is_held)
		return refuse(err, step->where,
		    "[storm] needs a [hold] before it: there is nothing to "
		    "drop");
	if (step->kind == STEP_MISBEHAVE && !is_rude(step))
		return refuse(err, step->where,
		    "[misbehave] needs at least one kind with a number");
	*is_held = *is_held || step->kind == STEP_HOLD;
	return true;
}

static bool
check_whole(const struct scenario *scenario, struct err *err)
{
	bool is_held = false;

	if (scenario->packages_least > scenario->packages_most)
		return err_set_code(err, ERR_MALFORMED, "configuration",
		    "%s: packages_least (%lld) is more than packages_most "
		    "(%lld)",
		    scenario->agents_where, (long long)scenario->packages_least,
		    (long long)scenario->packages_most);
	if (scenario->step_count == 0)
		return refuse(
		    err, scenario->name, "there is no step after [fleet]");
	for (size_t i = 0; i < scenario->step_count; i++)
		if (!check_step(scenario, &scenario->steps[i], &is_held, err))
			return false;
	return true;
}

bool
scenario_parse(
    struct scenario *out, const char *name, struct view text, struct err *err)
{
	static const struct config_walker walker = {begin_section, take_pair};
	struct reading reading = {.scenario = out};

	*out = (struct scenario){
	    .name = memory_string(name), .agents_where = memory_string(name)};
	config_defaults(FLEET, array_length(FLEET), out);
	if (config_walk(&walker, &reading, name, text, err) &&
	    (reading.has_fleet ||
		refuse(err, name, "there is no section [fleet]")) &&
	    check_whole(out, err))
		return true;
	scenario_done(out);
	return false;
}

bool
scenario_load(struct scenario *out, const char *path, struct err *err)
{
	scoped(buf_donep) struct buf text = BUF_INIT(LIMIT_CONFIG_FILE);
	struct err cause = ERR_INIT;

	if (!file_read(path, &text, &cause))
		return err_set_code(err, ERR_MALFORMED, "configuration", "%s",
		    err_sentence(&cause));
	return scenario_parse(out, path, buf_view(&text), err);
}

void
scenario_done(struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->step_count; i++)
		free(scenario->steps[i].where);
	free(scenario->steps);
	free(scenario->name);
	free(scenario->agents_where);
	*scenario = (struct scenario){0};
}

bool
scenario_enrols(const struct scenario *scenario)
{
	for (size_t i = 0; i < scenario->step_count; i++) {
		const struct step *step = &scenario->steps[i];

		if (step->kind == STEP_ENROL ||
		    (step->kind == STEP_LOSE_ANSWER && step->of == LOST_ENROL))
			return true;
	}
	return false;
}
