/* The topics: who hears of them, how often, and the note that names them. */
#include "server/core/topics.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *word;
	enum policy_module module;
} TABLE[TOPIC_COUNT] = {
#define TOPICS_ROW(name, word, module) [TOPIC_##name] = {word, module},
    TOPICS(TOPICS_ROW)
#undef TOPICS_ROW
};

const char *
topic_word(enum topic topic)
{
	return TABLE[topic].word;
}

topic_set
topics_readable(const struct policy_levels *levels, bool is_scoped)
{
	topic_set readable = 0;

	for (size_t i = 0; i < TOPIC_COUNT; i++) {
		struct policy_facts facts = {.levels = *levels,
		    .is_scoped = is_scoped,
		    .module = TABLE[i].module,
		    .level = TABLE[i].module == POLICY_OWN ? POLICY_NONE
							   : POLICY_READ};

		if (policy_judge(&facts).decision == POLICY_ALLOW)
			readable |= (topic_set)1 << i;
	}
	return readable;
}

/* An own password or an own API token is in the lists of all as well. */
topic_set
topics_of_module(enum policy_module module)
{
	topic_set topics = 0;

	if (module == POLICY_OWN)
		return (topic_set)1 << TOPIC_USERS |
		    (topic_set)1 << TOPIC_API_TOKENS;
	for (size_t i = 0; i < TOPIC_COUNT; i++)
		if (TABLE[i].module == module && i != TOPIC_PRESENCE)
			topics |= (topic_set)1 << i;
	return topics;
}

static bool
has_rested(const struct topics_pace *pace, size_t topic, int64_t now_ms)
{
	return pace->rest_ms[topic] == 0 ||
	    now_ms - pace->told_ms[topic] >= pace->rest_ms[topic];
}

/* Twice as long as before where it did not keep still for that long. */
static int64_t
next_rest(const struct topics_pace *pace, size_t topic, int64_t now_ms)
{
	int64_t rest_ms = 2 * pace->rest_ms[topic];

	if (rest_ms == 0 || now_ms - pace->told_ms[topic] > rest_ms)
		return TOPICS_REST_MIN_MS;
	return rest_ms < TOPICS_REST_MAX_MS ? rest_ms : TOPICS_REST_MAX_MS;
}

topic_set
topics_due(struct topics_pace *pace, topic_set raised, int64_t now_ms)
{
	topic_set due = 0;

	pace->raised |= raised;
	for (size_t i = 0; i < TOPIC_COUNT; i++) {
		topic_set bit = (topic_set)1 << i;

		if ((pace->raised & bit) == 0 || !has_rested(pace, i, now_ms))
			continue;
		pace->rest_ms[i] = next_rest(pace, i, now_ms);
		pace->told_ms[i] = now_ms;
		due |= bit;
	}
	pace->raised &= ~due;
	return due;
}

void
topics_write(topic_set topics, char out[TOPICS_NOTE_SIZE])
{
	const char *separator = "";
	size_t used = (size_t)snprintf(out, TOPICS_NOTE_SIZE, "{\"changed\":[");

	for (size_t i = 0; i < TOPIC_COUNT; i++) {
		if ((topics & (topic_set)1 << i) == 0)
			continue;
		used += (size_t)snprintf(out + used, TOPICS_NOTE_SIZE - used,
		    "%s\"%s\"", separator, TABLE[i].word);
		separator = ",";
	}
	snprintf(out + used, TOPICS_NOTE_SIZE - used, "]}");
}
