/* The channel's clock: what is due, and what wakes it. */
#include "agent/channel/channel.h"

#include <malloc.h>
#include <sys/timerfd.h>

#include "agent/inventory/collect.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "ipc/frame.h"
#include "ipc/messages.h"
#include "os/fd.h"

void
channel_hurry(struct channel *channel)
{
	schedule_hurry(&channel->schedule, clock_boottime_ms());
}

static void
take_note(struct channel *channel, const struct ipc_frame *frame)
{
	struct err err = ERR_INIT;

	if (!ipc_message_check(frame->type, frame->request, frame->fd >= 0,
		IPC_SUPERVISOR, IPC_CHANNEL, &err)) {
		log_failure(LOG_LEVEL_ERROR, "the supervisor is broken", &err);
		channel->is_stopping = true;
	} else if (frame->type == IPC_MESSAGE_AGENT_STOP) {
		channel->is_stopping = true;
	} else {
		channel_hurry(channel);
	}
}

bool
channel_pump(void *context)
{
	struct channel *channel = context;
	uint8_t storage[LIMIT_FRAME];
	struct ipc_frame frame = {.fd = -1};
	struct err err = ERR_INIT;
	enum io got = IO_OK;

	while (!channel->is_stopping && got == IO_OK) {
		got = ipc_receive(channel->control, storage, &frame, 0, &err);
		if (got == IO_OK)
			take_note(channel, &frame);
		else if (got != IO_AGAIN)
			channel->is_stopping = true;
		fd_close(fd_take(&frame.fd));
	}
	return channel->is_stopping;
}

static int64_t
wall_of_boot(int64_t boot_ms)
{
	/* INT64_MAX: a contact is under way, nothing else is planned. */
	if (boot_ms == INT64_MAX)
		return clock_wall_ms();
	return clock_wall_ms() + (boot_ms - clock_boottime_ms());
}

void
channel_tell(struct channel *channel)
{
	const struct certificate *certificate =
	    channel->identity.current.certificate;
	struct agent_status *status = &channel->status;
	struct err err = ERR_INIT;

	status->is_enrolled = certificate != NULL;
	if (certificate != NULL) {
		snprintf(status->certificate_sha256,
		    sizeof(status->certificate_sha256), "%s",
		    certificate_fingerprint(certificate));
		snprintf(status->computer_id, sizeof(status->computer_id), "%s",
		    certificate_common_name(certificate));
		status->certificate_not_after_ms =
		    certificate_not_after_ms(certificate);
		status->renewal_ms = renew_at_ms(channel);
	}
	if (channel->has_address) {
		snprintf(status->server, sizeof(status->server), "%s",
		    channel->address.name);
		status->https_port = channel->address.https_port;
		status->agent_port = channel->address.agent_port;
	}
	if (channel->publication != NULL)
		status->publication = channel->publication->number;
	status->is_connected = channel->link != NULL;
	status->failures = channel->schedule.failures;
	status->next_contact_ms = wall_of_boot(channel->schedule.next_ms);
	status->clock_ahead_s = channel_clock_ahead_s(channel);
	status->written_ms = clock_wall_ms();
	if (!status_write(status, CHANNEL_STATUS, &err))
		log_failure(LOG_LEVEL_WARNING, "the status file", &err);
}

static uint64_t
random_number(void)
{
	uint64_t random;

	random_fill(&random, sizeof(random));
	return random;
}

/* The same failure again is said at a lower level: an agent that is away from
 * its server for a week must not fill the log. */
static void
note_failure(struct channel *channel, const struct err *err)
{
	struct agent_status *status = &channel->status;
	bool is_news = strcmp(status->last_error_code, err->code) != 0 ||
	    channel->schedule.failures == 0;

	log_failure(is_news ? LOG_LEVEL_WARNING : LOG_LEVEL_DEBUG,
	    "the contact with the server failed", err);
	status->last_error_ms = clock_wall_ms();
	snprintf(status->last_error, sizeof(status->last_error), "%s",
	    err_sentence(err));
	snprintf(status->last_error_code, sizeof(status->last_error_code), "%s",
	    err->code[0] != '\0' ? err->code : "failed");
	schedule_failed(&channel->schedule, clock_boottime_ms(),
	    channel->retry_after_s, random_number());
}

static void
note_success(struct channel *channel)
{
	struct agent_status *status = &channel->status;

	if (status->last_success_ms == 0 || channel->schedule.failures > 0)
		log_info(
		    "the server was reached", "server", channel->address.name);
	status->last_success_ms = clock_wall_ms();
	schedule_succeeded(
	    &channel->schedule, clock_boottime_ms(), random_number());
}

/* A token that does not work is no reason to give up a certificate that does.
 */
static bool
use_token(struct channel *channel, struct err *err)
{
	if (channel->token == NULL || enrol(channel, err))
		return true;
	if (channel->identity.current.certificate == NULL)
		return false;
	log_failure(LOG_LEVEL_WARNING,
	    "the token of the bootstrap file is not used", err);
	if (err->category == ERR_DENIED)
		secret_free(take(channel->token));
	return true;
}

static bool
contact(struct channel *channel, struct err *err)
{
	if (!use_token(channel, err))
		return false;
	if (!enrol_try_next(channel, err) &&
	    channel->identity.current.certificate == NULL)
		return false;
	if (channel->identity.current.certificate == NULL)
		return err_set_code(err, ERR_NOT_FOUND, "bootstrap_missing",
		    "this computer is not enrolled, and there is no bootstrap "
		    "file with a token that has not been used");
	/* While the server is away nothing is collected in vain. */
	if (channel->schedule.failures > 0 && !account_reach(channel, err))
		return false;
	return refresh(channel, err);
}

/* One whole conversation, and its memory given back. */
static void
cycle(struct channel *channel)
{
	struct source source = source_open("");
	struct err err = ERR_INIT;
	int64_t wanted_ms;
	bool works;

	channel->retry_after_s = 0;
	channel->status.last_attempt_ms = clock_wall_ms();
	channel->attempted_ms = clock_boottime_ms();
	channel->software_mark = collect_software_mark(&source);
	channel->schedule.next_ms = INT64_MAX; /* knocks meanwhile set it */
	works = contact(channel, &err);
	wanted_ms = channel->schedule.next_ms;
	if (works)
		note_success(channel);
	else if (!channel->is_stopping)
		note_failure(channel, &err);
	if (wanted_ms < channel->schedule.next_ms)
		channel->schedule.next_ms = wanted_ms;
	channel_tell(channel);
	malloc_trim(0);
}

static void
on_knock(void *context)
{
	log_debug("the server knocks");
	channel_hurry(context);
	channel_arm(context);
}

static void
reopen_link_later(struct channel *channel)
{
	channel->link_failures++;
	channel->link_next_ms = clock_boottime_ms() +
	    schedule_backoff_ms(channel->link_failures, random_number());
}

void
channel_drop_link(struct channel *channel)
{
	if (channel->link == NULL)
		return;
	link_free(take(channel->link));
	reopen_link_later(channel);
}

static void
on_link_end(void *context, const struct err *err)
{
	struct channel *channel = context;

	log_failure(LOG_LEVEL_INFO, "the link to the server ended", err);
	channel_drop_link(channel);
	channel_tell(channel);
	channel_arm(channel);
}

static void
open_link(struct channel *channel)
{
	static const struct link_events events = {on_knock, on_link_end};
	struct err err = ERR_INIT;

	channel->link_peer = account_peer(channel, &channel->identity.current);
	if (link_open(channel->loop, &channel->link_peer, &channel->address,
		&events, channel, &channel->link, &err)) {
		channel->link_failures = 0;
		log_info("the server can knock now");
	} else if (!channel->is_stopping) {
		log_failure(channel->link_failures == 0 ? LOG_LEVEL_WARNING
							: LOG_LEVEL_DEBUG,
		    "the link to the server cannot be opened", &err);
		reopen_link_later(channel);
	}
	channel_tell(channel);
	malloc_trim(0);
}

/* The link waits for a refresh that worked by certificate, which it needs:
 * before that, what is wrong is told by the refresh. */
static bool
wants_link(const struct channel *channel)
{
	return channel->link == NULL && channel->schedule.failures == 0 &&
	    channel->status.last_success_ms != 0 &&
	    !proof_is_by_credential(channel);
}

static void
look_at_software(struct channel *channel, int64_t now_ms)
{
	struct source source = source_open("");

	if (now_ms < channel->software_next_ms)
		return;
	channel->software_next_ms = now_ms + channel->config.software_check_ms;
	if (collect_software_mark(&source) == channel->software_mark)
		return;
	log_info("software was installed or removed");
	if (channel->schedule.failures == 0)
		channel_hurry(channel);
}

static bool
renewal_is_due(const struct channel *channel)
{
	int64_t at_ms = renew_at_ms(channel);

	return at_ms != 0 && channel_fleet_ms(channel) >= at_ms &&
	    channel->schedule.failures == 0 && !proof_is_by_credential(channel);
}

static void
set_timer(int fd, int64_t at_ms)
{
	struct itimerspec when = {.it_value = {.tv_sec = at_ms / 1000,
				      .tv_nsec = at_ms % 1000 * 1000000}};

	if (at_ms <= 0)
		when.it_value.tv_nsec = 1; /* zero would switch it off */
	check(timerfd_settime(fd, TFD_TIMER_ABSTIME, &when, NULL) == 0);
}

void
channel_arm(struct channel *channel)
{
	int64_t now_ms = clock_boottime_ms();
	int64_t at_ms = channel->schedule.next_ms;
	int64_t renewal_ms = renew_at_ms(channel);

	if (channel->software_next_ms < at_ms)
		at_ms = channel->software_next_ms;
	if (wants_link(channel) && channel->link_next_ms < at_ms)
		at_ms = channel->link_next_ms;
	if (renewal_ms != 0 && channel->schedule.failures == 0) {
		renewal_ms += now_ms - channel_fleet_ms(channel);
		/* Not at once again when the renewal itself did not work. */
		if (renewal_ms > now_ms && renewal_ms < at_ms)
			at_ms = renewal_ms;
	}
	set_timer(channel->timer, at_ms);
}

void
channel_work(struct channel *channel)
{
	int64_t now_ms = clock_boottime_ms();

	channel_look_at_clocks(channel);
	look_at_software(channel, now_ms);
	if (schedule_is_due(&channel->schedule, now_ms) ||
	    renewal_is_due(channel))
		cycle(channel);
	now_ms = clock_boottime_ms();
	if (!channel->is_stopping && wants_link(channel) &&
	    now_ms >= channel->link_next_ms)
		open_link(channel);
	if (channel->is_stopping)
		loop_stop(channel->loop);
	else
		channel_arm(channel);
}
