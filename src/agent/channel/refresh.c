/* The refresh: state in, orders out. */
#include "agent/channel/channel.h"

#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "os/file.h"

enum {
	ROUNDS_MAX = 4, /* refreshes in a row that orders may cause */
};

/* As the supervisor found it: the value itself does not come here. */
static bool
has_proxy_in_environment(void)
{
	return getenv("https_proxy") != NULL;
}

static void
describe(const struct channel *channel, struct proto_refresh_request *request)
{
	scoped(buf_donep) struct buf boot_id = BUF_INIT(64);
	struct err ignored = ERR_INIT;
	char hostname[PROTO_HOSTNAME_MAX + 1] = "";

	gethostname(hostname, sizeof(hostname) - 1);
	snprintf(request->agent_version, sizeof(request->agent_version), "%s",
	    WARIFU_VERSION);
	request->protocol = PROTO_VERSION;
	request->hostname =
	    memory_string(hostname[0] != '\0' ? hostname : "unknown");
	request->clock_ms = clock_wall_ms();
	request->has_proxy_report = true;
	request->proxy_in_environment = has_proxy_in_environment();
	request->acknowledged_publication = channel->publication->number;
	if (file_read("/proc/sys/kernel/random/boot_id", &boot_id, &ignored) &&
	    boot_id.length >= ID_SIZE - 1)
		snprintf(request->boot_id, sizeof(request->boot_id), "%.*s",
		    ID_SIZE - 1, (const char *)boot_id.data);
}

static void
log_failures(const json_t *failures)
{
	const char *name;
	json_t *sentence;

	json_object_foreach ((json_t *)failures, name, sentence) {
		log_warning("a part of the inventory is missing", "section",
		    name, "why", json_string_value(sentence));
	}
}

/* The request's text, with the inventory gone from memory again. */
static bool
compose(struct channel *channel, char **out, struct err *err)
{
	scoped(json_freep) json_t *sections = NULL, *failures = NULL;
	scoped(json_freep) json_t *json = NULL;
	struct proto_refresh_request request;

	if (!errands_collect(channel, &sections, &failures, err))
		return false;
	log_failures(failures);
	proto_refresh_request_init(&request);
	describe(channel, &request);
	report_fill(&channel->report, sections, &request);
	for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
		if (channel->report.is_too_large[i])
			log_warning("a section of the inventory is too large",
			    "section", inventory_section_name(i));
	json = proto_refresh_request_json(&request);
	*out = json_write(json);
	proto_refresh_request_done(&request);
	return true;
}

static bool
post(struct channel *channel, const char *text,
    struct proto_refresh_answer *out, struct err *err)
{
	struct exchange_peer peer =
	    account_peer(channel, &channel->identity.current);
	scoped(memory_freep) char *url = bootstrap_url(&channel->address,
	    channel->address.agent_port, "/agent/v1/refresh");
	scoped(exchange_answer_donep) struct exchange_answer answer = {0};
	scoped(json_freep) json_t *json = NULL;
	struct exchange exchange = {
	    .peer = &peer,
	    .url = url,
	    .is_post = true,
	    .body = view_string(text),
	    .content_type = "application/json",
	    .answer_max = PROTO_ANSWER_MAX,
	};

	if (!proof_send(channel, &exchange, &answer, err))
		return false;
	channel->retry_after_s = answer.retry_after_s;
	if (answer.status != 200)
		return exchange_refused(&answer, err);
	json = json_read(buf_view(&answer.body), PROTO_ANSWER_MAX, err);
	if (json == NULL || !proto_refresh_answer_read(json, out, err))
		return err_prefix(err, "the server's answer");
	return true;
}

/* What the server says about time and itself. */
static void
learn(struct channel *channel, const struct proto_refresh_answer *answer)
{
	if (channel->config.refresh_interval_ms == 0)
		schedule_set_interval(
		    &channel->schedule, answer->refresh_interval_s * 1000);
	memcpy(channel->status.computer_id, answer->computer_id, ID_SIZE);
	channel_learn_time(channel, answer->server_time_ms);
}

/* What one refresh leaves to be done. */
struct aftermath {
	bool
	    is_again; /* another refresh at once: news to report or to resend */
	bool has_accepted; /* a command waits until its acceptance is told */
};

static bool
obey(struct channel *channel, const struct proto_order *order,
    struct aftermath *after, struct err *err)
{
	bool is_accepted = false;

	switch (order->type) {
	case PROTO_ORDER_RESEND_INVENTORY:
		for (size_t i = 0; i < INVENTORY_SECTIONS; i++)
			if (order->sections[i] &&
			    !report_forget(&channel->report,
				(enum inventory_section)i, err))
				return false;
		after->is_again = true;
		return true;
	case PROTO_ORDER_COMMAND:
		if (!errands_command(channel, order->jws, &is_accepted, err))
			return false;
		after->is_again = true;
		after->has_accepted |= is_accepted;
		return true;
	}
	return true;
}

/* A publication that is refused is no reason to fail the refresh: it is said,
 * and what is in force stays. */
static void
consider_publication(struct channel *channel, const char *jws)
{
	struct err err = ERR_INIT;

	if (jws != NULL && !account_offer(channel, jws, &err))
		log_failure(
		    LOG_LEVEL_WARNING, "a publication was refused", &err);
	if (!account_settle(channel, &err))
		log_failure(LOG_LEVEL_WARNING,
		    "the new publication could not be tried", &err);
}

static bool
act_on(struct channel *channel, const struct proto_refresh_answer *answer,
    struct aftermath *after, struct err *err)
{
	learn(channel, answer);
	if (!report_settle(&channel->report, answer, err))
		return false;
	consider_publication(channel, answer->publication);
	for (size_t i = 0; i < answer->order_count; i++)
		if (!obey(channel, &answer->orders[i], after, err))
			return false;
	return renew(channel, answer->renewal_nonce, err);
}

static bool
one_round(struct channel *channel, struct aftermath *after, struct err *err)
{
	scoped(memory_freep) char *text = NULL;
	struct proto_refresh_answer answer;
	bool is_done;

	if (!compose(channel, &text, err))
		return false;
	proto_refresh_answer_init(&answer);
	is_done = post(channel, text, &answer, err);
	free(take(text));
	is_done = is_done && act_on(channel, &answer, after, err);
	proto_refresh_answer_done(&answer);
	return is_done;
}

bool
refresh(struct channel *channel, struct err *err)
{
	bool has_accepted = false;

	proof_begin(channel);
	for (int round = 0; round < ROUNDS_MAX; round++) {
		struct aftermath after = {0};

		if (!one_round(channel, &after, err))
			return false;
		/* The round after the one that accepted has told it. */
		if (has_accepted)
			errands_carry_out(channel);
		has_accepted = after.has_accepted;
		if (!after.is_again)
			return true;
	}
	return true;
}
