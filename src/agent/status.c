/* The status file, and its words for a person. */
#include "agent/status.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/memory.h"
#include "os/file.h"

#define AT(member) offsetof(struct agent_status, member)
#define TEXT(member)                                                           \
	{                                                                      \
#member, STATUS_TEXT, AT(member),                              \
		    sizeof(((struct agent_status *)NULL)->member)              \
	}
#define OTHER(member, kind)                                                    \
	{                                                                      \
#member, kind, AT(member), 0                                   \
	}

enum member_kind {
	STATUS_TEXT,
	STATUS_NUMBER,
	STATUS_SIGNED, /* a number that may be negative */
	STATUS_FLAG,
	STATUS_TIME, /* int64_t ms; 0 is absent */
};

static const struct {
	const char *name;
	enum member_kind kind;
	size_t offset;
	size_t size;
} MEMBERS[] = {
    TEXT(server),
    OTHER(https_port, STATUS_NUMBER),
    OTHER(agent_port, STATUS_NUMBER),
    OTHER(is_enrolled, STATUS_FLAG),
    TEXT(computer_id),
    TEXT(certificate_sha256),
    OTHER(certificate_not_after_ms, STATUS_TIME),
    OTHER(renewal_ms, STATUS_TIME),
    OTHER(publication, STATUS_NUMBER),
    TEXT(authentication),
    OTHER(authentication_changed_ms, STATUS_TIME),
    OTHER(clock_ahead_s, STATUS_SIGNED),
    OTHER(is_connected, STATUS_FLAG),
    OTHER(started_ms, STATUS_TIME),
    OTHER(last_attempt_ms, STATUS_TIME),
    OTHER(last_success_ms, STATUS_TIME),
    OTHER(next_contact_ms, STATUS_TIME),
    OTHER(failures, STATUS_NUMBER),
    OTHER(last_error_ms, STATUS_TIME),
    TEXT(last_error_code),
    TEXT(last_error),
    TEXT(key),
    TEXT(sandbox),
    TEXT(version),
    OTHER(written_ms, STATUS_TIME),
};

/* The JSON name: without the unit and the "is_" of the struct. */
static char *
json_name(const char *member)
{
	size_t length = strlen(member);

	if (strncmp(member, "is_", 3) == 0)
		return memory_string(member + 3);
	if (length > 3 && strcmp(member + length - 3, "_ms") == 0)
		return memory_format("%.*s_at", (int)length - 3, member);
	return memory_string(member);
}

static json_t *
to_json(const struct agent_status *status)
{
	json_t *json = json_object();

	for (size_t i = 0; i < array_length(MEMBERS); i++) {
		scoped(memory_freep) char *name = json_name(MEMBERS[i].name);
		const void *at = (const char *)status + MEMBERS[i].offset;

		switch (MEMBERS[i].kind) {
		case STATUS_TEXT:
			json_set_string_or_null(
			    json, name, *(const char *)at == '\0' ? NULL : at);
			break;
		case STATUS_NUMBER:
		case STATUS_SIGNED:
			json_set_integer(json, name, *(const int64_t *)at);
			break;
		case STATUS_FLAG:
			json_set_bool(json, name, *(const bool *)at);
			break;
		case STATUS_TIME:
			if (*(const int64_t *)at == 0)
				json_set_value(json, name, json_null());
			else
				json_set_time(json, name, *(const int64_t *)at);
			break;
		}
	}
	return json;
}

static bool
read_text(const json_t *json, const char *name, char *out, size_t size,
    struct err *err)
{
	const char *text = "";

	if (!json_get_string(
		json, name, JSON_OPTIONAL, 3 * ERR_SENTENCE_MAX, &text, err))
		return false;
	snprintf(out, size, "%s", text);
	return true;
}

static bool
read_time(const json_t *json, const char *name, int64_t *out, struct err *err)
{
	const char *text = NULL;

	if (!json_get_string(
		json, name, JSON_OPTIONAL, RFC3339_SIZE, &text, err))
		return false;
	if (text != NULL && !clock_parse_rfc3339(view_string(text), out))
		return err_set(
		    err, ERR_MALFORMED, "the member \"%s\" is no time", name);
	return true;
}

static bool
from_json(const json_t *json, struct agent_status *out, struct err *err)
{
	bool is_good = true;

	for (size_t i = 0; i < array_length(MEMBERS) && is_good; i++) {
		scoped(memory_freep) char *name = json_name(MEMBERS[i].name);
		void *at = (char *)out + MEMBERS[i].offset;

		switch (MEMBERS[i].kind) {
		case STATUS_TEXT:
			is_good =
			    read_text(json, name, at, MEMBERS[i].size, err);
			break;
		case STATUS_NUMBER:
			is_good = json_get_integer(
			    json, name, JSON_OPTIONAL, 0, INT64_MAX, at, err);
			break;
		case STATUS_SIGNED:
			is_good = json_get_integer(json, name, JSON_OPTIONAL,
			    INT64_MIN, INT64_MAX, at, err);
			break;
		case STATUS_FLAG:
			is_good =
			    json_get_bool(json, name, JSON_OPTIONAL, at, err);
			break;
		case STATUS_TIME:
			is_good = read_time(json, name, at, err);
			break;
		}
	}
	return is_good;
}

bool
status_write(
    const struct agent_status *status, const char *path, struct err *err)
{
	scoped(json_freep) json_t *json = to_json(status);
	scoped(memory_freep) char *text = json_write(json);

	return file_write_atomic(path, view_string(text), 0644, err);
}

bool
status_read(const char *path, struct agent_status *out, struct err *err)
{
	scoped(buf_donep) struct buf text = BUF_INIT(STATUS_FILE_MAX);
	scoped(json_freep) json_t *json = NULL;
	struct agent_status status = {0};

	if (!file_read(path, &text, err))
		return false;
	json = json_read(buf_view(&text), STATUS_FILE_MAX, err);
	if (json == NULL || !from_json(json, &status, err))
		return err_prefix(err, "%s", path);
	*out = status;
	return true;
}

bool
status_has_problem(const struct agent_status *status)
{
	return !status->is_enrolled || status->failures > 0 ||
	    status->clock_ahead_s != 0;
}

bool
status_is_degraded(const struct agent_status *status)
{
	return !status_has_problem(status) &&
	    strcmp(status->authentication, "credential") == 0;
}

#define INTERCEPTED                                                            \
	"Something between this computer and the server ends TLS and keeps "   \
	"this computer's certificate from the server. Exempt the server's "    \
	"agent port from TLS inspection"

#define ENROL_REVOKED                                                          \
	"An administrator has revoked this computer. To manage it again, "     \
	"enrol it as a new one with a token of an office."

const char *
status_degraded_advice(void)
{
	return INTERCEPTED
	    "; until then the server cannot knock and the certificate is not "
	    "renewed.";
}

static const struct {
	const char *code;
	const char *advice;
} ADVICE[] = {
    {"bootstrap",
	"Correct the bootstrap file, or get a new one from the server."},
    {"bootstrap_missing",
	"Put the bootstrap file with an enrolment token where the "
	"configuration says, and restart the agent."},
    {"server_name", "Check the name of the server and this computer's DNS."},
    {"server_unreachable",
	"Check that the server runs and that no firewall closes its ports; "
	"the agent goes on trying."},
    {"server_timeout",
	"Check the network between this computer and the server; the agent "
	"goes on trying."},
    {"server_not_yet_valid",
	"Set this computer's clock, which must be behind. The agent goes on by "
	"itself then."},
    {"server_expired",
	"Set this computer's clock if it is ahead; the agent goes on by itself "
	"then. If the clock is right, the server has to renew its "
	"certificate."},
    {"clock_wrong",
	"Set this computer's clock, or the server's, whichever is wrong. The "
	"agent goes on working meanwhile."},
    {"server_untrusted",
	"Check that nothing on the path intercepts TLS. If the server was "
	"installed anew, enrol again with a new token."},
    {"publication_key",
	"This is not the server that the bootstrap file is for, or something "
	"intercepts the connection. Compare the key with the server's."},
    {"publication_fleet",
	"Another fleet's server answers at this address. Check the name."},
    {"certificate_revoked", ENROL_REVOKED},
    {"certificate_expired",
	"Check the clocks of this computer and of the server. If the "
	"certificate really has expired, enrol again with a new token for "
	"this computer."},
    {"certificate_unknown",
	"The server was installed anew or restored: enrol again with a new "
	"token."},
    {"certificate_required",
	"Enrol this computer with a token: the server accepts agents only by "
	"certificate."},
    {"certificate_not_seen", INTERCEPTED "; the agent goes on trying."},
    {"credential_unknown",
	INTERCEPTED "; the server does not know this computer's credential, "
		    "which would serve until then."},
    {"computer_revoked", ENROL_REVOKED},
    {"computer_retired",
	"An administrator has retired this computer; remove the agent, or "
	"enrol again with a new token."},
    {"certificate_refused",
	"Check the clocks of this computer and of the server; if both are "
	"right, enrol again with a new token."},
    {"identity_broken",
	"The agent's key is lost. Enrol again with a new token for this "
	"computer."},
    {"key_tpm",
	"Check that the TPM is there and that the agent's user may use it."},
    {"token_unknown", "Get a new enrolment token from an administrator."},
    {"token_used", "Get a new enrolment token from an administrator."},
    {"token_expired", "Get a new enrolment token from an administrator."},
    {"token_revoked", "Get a new enrolment token from an administrator."},
    {"token_address",
	"The token is not for this computer's address; get another one."},
    {"uninstalled",
	"An administrator has retired this computer; remove the agent, or "
	"enrol again with a new token."},
};

const char *
status_advice(const char *code)
{
	for (size_t i = 0; i < array_length(ADVICE); i++)
		if (strcmp(ADVICE[i].code, code) == 0)
			return ADVICE[i].advice;
	return "The agent goes on trying; its log says more.";
}

/* NULL when there is nothing to do. */
static const char *
advice_of(const struct agent_status *status)
{
	if (status->failures == 0 && status->clock_ahead_s != 0)
		return status_advice("clock_wrong");
	if (status_is_degraded(status))
		return status_degraded_advice();
	return status_has_problem(status) && status->last_error[0] != '\0'
	    ? status_advice(status->last_error_code)
	    : NULL;
}

char *
status_json(const struct agent_status *status, int pid)
{
	scoped(json_freep) json_t *json = to_json(status);

	json_set_bool(json, "running", pid != 0);
	if (pid != 0)
		json_set_integer(json, "pid", pid);
	else
		json_set_value(json, "pid", json_null());
	json_set_string_or_null(json, "advice", advice_of(status));
	return json_write(json);
}

static void
add_line(struct buf *out, const char *label, const char *text)
{
	struct err ignored = ERR_INIT; /* the buffer holds all lines */

	ignore_result(
	    buf_append_format(out, &ignored, "%-18s%s\n", label, text));
}

/* "3 minutes": in its largest unit. */
static void
format_distance(int64_t seconds, char *out, size_t size)
{
	static const struct {
		int64_t seconds;
		const char *unit;
	} units[] = {
	    {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
	size_t i = 0;

	while (i < array_length(units) - 1 && seconds < units[i].seconds)
		i++;
	seconds /= units[i].seconds;
	snprintf(out, size, "%lld %s%s", (long long)seconds, units[i].unit,
	    seconds == 1 ? "" : "s");
}

/* "2026-11-21T19:17:49Z (3 minutes ago)" */
static void
add_time(struct buf *out, const char *label, int64_t at_ms, int64_t now_ms)
{
	int64_t distance_ms = at_ms > now_ms ? at_ms - now_ms : now_ms - at_ms;
	char when[RFC3339_SIZE], distance[64], text[128];

	if (at_ms == 0) {
		add_line(out, label, "never");
		return;
	}
	clock_format_rfc3339(at_ms, when);
	format_distance(distance_ms / 1000, distance, sizeof(distance));
	snprintf(text, sizeof(text), "%.19sZ (%s%s%s)", when,
	    at_ms > now_ms ? "in " : "", distance,
	    at_ms > now_ms ? "" : " ago");
	add_line(out, label, text);
}

static void
add_clock(struct buf *out, const struct agent_status *status)
{
	int64_t ahead_s = status->clock_ahead_s;
	char distance[64], text[128];

	if (ahead_s == 0)
		return;
	format_distance(
	    ahead_s > 0 ? ahead_s : -ahead_s, distance, sizeof(distance));
	snprintf(text, sizeof(text), "%s %s the server's", distance,
	    ahead_s > 0 ? "ahead of" : "behind");
	add_line(out, "Clock:", text);
}

static void
add_identity(struct buf *out, const struct agent_status *status, int64_t now_ms)
{
	char text[512];

	snprintf(text, sizeof(text), "%s, ports %lld and %lld", status->server,
	    (long long)status->https_port, (long long)status->agent_port);
	add_line(out, "Server:", status->server[0] != '\0' ? text : "unknown");
	add_line(out, "Enrolled:", status->is_enrolled ? "yes" : "no");
	if (!status->is_enrolled)
		return;
	add_line(out, "Computer:", status->computer_id);
	add_line(out, "Certificate:", status->certificate_sha256);
	add_time(
	    out, "  good until:", status->certificate_not_after_ms, now_ms);
	add_time(out, "  renewed at:", status->renewal_ms, now_ms);
	if (status->authentication[0] == '\0')
		return;
	add_line(out, "Recognised by:",
	    strcmp(status->authentication, "credential") == 0
		? "its credential; the server does not see its certificate"
		: "its certificate");
	add_time(out, "  since:", status->authentication_changed_ms, now_ms);
}

static const char *
headline(const struct agent_status *status, bool is_running)
{
	if (!is_running)
		return "not running";
	if (status_has_problem(status))
		return "running, with a problem";
	return status_is_degraded(status)
	    ? "running, but the server does not see its certificate"
	    : "running, all is well";
}

char *
status_text(const struct agent_status *status, bool is_running, int64_t now_ms)
{
	struct buf out = BUF_INIT(16 * 1024);
	struct err ignored = ERR_INIT;

	add_line(&out, "Agent:", headline(status, is_running));
	add_line(&out, "Version:", status->version);
	add_identity(&out, status, now_ms);
	add_time(&out, "Last contact:", status->last_success_ms, now_ms);
	if (is_running) {
		add_time(
		    &out, "Next contact:", status->next_contact_ms, now_ms);
		add_line(&out, "Reachable now:",
		    status->is_connected ? "yes, the server can knock" : "no");
	}
	add_line(&out, "Key:", status->key);
	add_line(&out, "Sandbox:", status->sandbox);
	if (status->last_error[0] != '\0') {
		add_line(&out,
		    status->failures > 0 || !status->is_enrolled
			? "Problem:"
			: "Last problem:",
		    status->last_error);
		add_time(&out, "  at:", status->last_error_ms, now_ms);
	}
	add_clock(&out, status);
	if (advice_of(status) != NULL)
		add_line(&out, "What to do:", advice_of(status));
	ignore_result(buf_append(&out, "", 1, &ignored));
	return (char *)out.data;
}
