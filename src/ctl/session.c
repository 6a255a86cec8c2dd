/* login, logout, whoami, password, status, trust. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/people.h"
#include "ctl/secret.h"
#include "ctl/terminal.h"

static const struct table_column WHO[] = {
    {"User", "user.name"},
    {"Role", "user.role.name"},
    {"Scope", "scope"},
    {"By", "kind"},
    {"Over HTTPS", "secure"},
    {"Since", "created_at"},
    {"Until", "expires_at"},
    {"Password must be changed", "user.must_change_password"},
    {"Second factor", "user.two_factor"},
    {"  must be set up", "must_set_up_two_factor"},
};

static const struct table_column STATUS[] = {
    {"Version", "version"},
    {"Started", "started_at"},
    {"Fleet", "fleet_id"},
    {"Server certificate", "server_certificate.sha256"},
    {"  good until", "server_certificate.not_after"},
    {"Agent CA", "agent_ca.sha256"},
    {"  good until", "agent_ca.not_after"},
    {"Signer", "signer.state"},
    {"  detail", "signer.detail"},
    {"Journal entries", "journal.count"},
    {"Database", "database.driver"},
    {"  state", "database.state"},
    {"Gateways", "gateways"},
    {"Computers", "computers"},
    {"Connected now", "live_agents"},
    {"Sandbox", "sandbox"},
    {"Connections allowed", "limits.connections"},
    {"  of one gateway", "limits.connections_of_a_gateway"},
};

static enum ctl_exit
complain_about(const struct err *err)
{
	ctl_complain("%s", err_sentence(err));
	return CTL_FAILED;
}

static enum ctl_exit
save(struct ctl *ctl)
{
	struct err err = ERR_INIT;

	ctl->profile->current = (size_t)(ctl->server - ctl->profile->servers);
	return profile_save(ctl->profile, &err) ? CTL_OK : complain_about(&err);
}

bool
ctl_get_secret(const struct ctl *ctl, const char *option, const char *prompt,
    char **out, struct err *err)
{
	const char *path = ctl_value(ctl, option);

	return path != NULL ? terminal_read_secret(path, out, err)
			    : terminal_ask_secret(prompt, out, err);
}

/* Twice, so that a slip of the fingers locks nobody out. */
bool
ctl_get_new_password(const struct ctl *ctl, char **out, struct err *err)
{
	scoped(secret_textp) char *once = NULL;
	scoped(secret_textp) char *again = NULL;

	if (!ctl_get_secret(
		ctl, "new-password-file", "New password: ", &once, err))
		return false;
	if (ctl_value(ctl, "new-password-file") == NULL) {
		if (!terminal_ask_secret("Once more: ", &again, err))
			return false;
		if (strcmp(once, again) != 0)
			return err_set(err, ERR_MALFORMED,
			    "the two are not the same; nothing was changed");
	}
	*out = take(once);
	return true;
}

static enum ctl_exit
change_password(struct ctl *ctl, const char *current)
{
	scoped(secret_textp) char *wanted = NULL;
	scoped(json_freep) json_t *body = json_object();
	struct err err = ERR_INIT;
	enum ctl_exit result;

	if (!ctl_get_new_password(ctl, &wanted, &err))
		return complain_about(&err);
	json_set_string(body, "current_password", current);
	json_set_string(body, "new_password", wanted);
	result = client_ask(ctl, "PUT", "/api/v1/me/password", body, NULL);
	if (result == CTL_OK)
		ctl_say(ctl, "The password is changed.");
	return result;
}

/* A first password is of no use but to be changed: do it at once where there
 * is somebody to ask or a file to read. */
static enum ctl_exit
after_login(struct ctl *ctl, const json_t *answer, const char *password)
{
	const json_t *session = json_object_get(answer, "session");
	const json_t *user = json_object_get(session, "user");

	ctl_say(ctl, "Signed in at %s.", ctl->server->url);
	if (json_is_true(json_object_get(session, "must_set_up_two_factor")))
		ctl_complain("a second factor must be set up before anything "
			     "else; run: warifuctl two-factor enable");
	if (!json_is_true(json_object_get(user, "must_change_password")))
		return CTL_OK;
	if (ctl_value(ctl, "new-password-file") == NULL &&
	    !terminal_is_interactive()) {
		ctl_complain("the password must be changed before anything "
			     "else; run: warifuctl password");
		return CTL_OK;
	}
	ctl_say(ctl, "The password must be changed before anything else.");
	return change_password(ctl, password);
}

static bool
get_user(const struct ctl *ctl, char **out, struct err *err)
{
	const char *given = ctl_value(ctl, "user");

	if (given == NULL && terminal_is_interactive())
		return terminal_ask("User: ", out, err);
	*out = memory_string(given != NULL ? given : "admin");
	return true;
}

/* What is typed now can be read on the way, unless there is no way. */
static void
warn_about_http(const struct ctl *ctl)
{
	static const char *const NEAR[] = {
	    "http://127.", "http://localhost:", "http://[::1]:"};

	if (strncmp(ctl->server->url, "http://", 7) != 0 ||
	    ctl_is_set(ctl, "quiet"))
		return;
	for (size_t i = 0; i < array_length(NEAR); i++)
		if (strncmp(ctl->server->url, NEAR[i], strlen(NEAR[i])) == 0)
			return;
	ctl_complain("over HTTP the password can be read on its way; better "
		     "use https://");
}

/* The second factor is asked for only where the account has one. */
static enum ctl_exit
ask_session(struct ctl *ctl, json_t *body, json_t **out_answer)
{
	static const char PATH[] = "/api/v1/session";
	bool is_needed = false;
	enum ctl_exit result = client_ask_unless(ctl, "POST", PATH, body,
	    "two_factor_needed", out_answer, &is_needed);
	struct err err = ERR_INIT;

	if (!is_needed)
		return result;
	if (!terminal_is_interactive()) {
		ctl_complain("the account has a second factor: give --code or "
			     "--recovery-code (two_factor_needed)");
		return CTL_NOT_SIGNED_IN;
	}
	return ctl_ask_second_factor(body, &err)
	    ? client_ask(ctl, "POST", PATH, body, out_answer)
	    : complain_about(&err);
}

enum ctl_exit
session_login(struct ctl *ctl)
{
	scoped(memory_freep) char *user = NULL;
	scoped(secret_textp) char *password = NULL;
	scoped(json_freep) json_t *body = json_object();
	scoped(json_freep) json_t *answer = NULL;
	struct err err = ERR_INIT;
	enum ctl_exit result;

	warn_about_http(ctl);
	if (!get_user(ctl, &user, &err) ||
	    !ctl_get_secret(
		ctl, "password-file", "Password: ", &password, &err))
		return complain_about(&err);
	json_set_string(body, "user", user);
	json_set_string(body, "password", password);
	json_set_string(body, "device",
	    ctl->server->device != NULL ? ctl->server->device : "");
	result = ctl_add_second_factor(ctl, body);
	if (result != CTL_OK)
		return result;
	profile_set(&ctl->server->token, NULL);
	ctl->token = NULL;
	result = ask_session(ctl, body, &answer);
	if (result != CTL_OK)
		return result;
	profile_set(&ctl->server->token,
	    json_string_value(json_object_get(answer, "token")));
	profile_set(&ctl->server->device,
	    json_string_value(json_object_get(answer, "device")));
	ctl->token = ctl->server->token;
	profile_set(&ctl->server->user, user);
	result = save(ctl);
	return result != CTL_OK ? result : after_login(ctl, answer, password);
}

enum ctl_exit
session_logout(struct ctl *ctl)
{
	scoped(memory_freep) char *code = NULL;
	enum ctl_exit result =
	    client_try(ctl, "DELETE", "/api/v1/session", NULL, NULL, &code);

	if (result == CTL_UNREACHABLE)
		return result;
	profile_set(&ctl->server->token, NULL);
	profile_set(&ctl->server->user, NULL);
	result = save(ctl);
	if (result == CTL_OK)
		ctl_say(ctl, "Signed out.");
	return result;
}

enum ctl_exit
session_whoami(struct ctl *ctl)
{
	scoped(json_freep) json_t *session = NULL;
	enum ctl_exit result =
	    client_ask(ctl, "GET", "/api/v1/session", NULL, &session);

	if (result != CTL_OK)
		return result;
	people_tell_scope(ctl, session);
	output_one(ctl, WHO, array_length(WHO), session);
	return CTL_OK;
}

enum ctl_exit
session_password(struct ctl *ctl)
{
	scoped(secret_textp) char *current = NULL;
	struct err err = ERR_INIT;

	if (!ctl_get_secret(
		ctl, "password-file", "Current password: ", &current, &err))
		return complain_about(&err);
	return change_password(ctl, current);
}

enum ctl_exit
server_status(struct ctl *ctl)
{
	return output_get_one(
	    ctl, "/api/v1/status", STATUS, array_length(STATUS));
}

enum ctl_exit
server_trust(struct ctl *ctl)
{
	enum ctl_exit result = save(ctl);

	if (result == CTL_OK && ctl->server->fingerprint != NULL)
		ctl_say(ctl, "%s is trusted by sha256:%s.", ctl->server->url,
		    ctl->server->fingerprint);
	return result;
}
