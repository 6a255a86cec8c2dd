/* two-factor …: the own second factor; another's reset; required for all. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/output.h"
#include "ctl/people.h"
#include "ctl/secret.h"
#include "ctl/terminal.h"

#define OWN     "/api/v1/me/two-factor"
#define SETTING "/api/v1/settings/two-factor"

static const struct table_column STATE[] = {
    {"Enabled", "enabled"},
    {"  since", "enabled_at"},
    {"Waits for its code", "pending"},
    {"Recovery codes left", "recovery_codes_left"},
    {"Required of everybody", "required"},
};

static const struct table_column NEW[] = {
    {"Secret", "secret"},
    {"Address for the app", "uri"},
    {"Account", "account"},
    {"Issuer", "issuer"},
    {"Confirm until", "expires_at"},
};

static const struct table_column REQUIREMENT[] = {
    {"Required of everybody", "required"},
    {"Users", "users"},
    {"  without a second factor", "users_without"},
};

static enum ctl_exit
complain_about(const struct err *err)
{
	ctl_complain("%s", err_sentence(err));
	return CTL_FAILED;
}

/* Six digits are a code, anything else is a recovery code. */
static void
add_typed(json_t *body, const char *text)
{
	bool is_code = strlen(text) == 6 && strspn(text, "0123456789") == 6;

	json_set_string(body, is_code ? "code" : "recovery_code", text);
}

bool
ctl_ask_second_factor(json_t *body, struct err *err)
{
	scoped(secret_textp) char *text = NULL;

	if (!terminal_ask(
		"Code of your device, or a recovery code: ", &text, err))
		return false;
	add_typed(body, text);
	return true;
}

enum ctl_exit
ctl_add_second_factor(const struct ctl *ctl, json_t *body)
{
	const char *code = ctl_value(ctl, "code");
	const char *recovery = ctl_value(ctl, "recovery-code");

	if (code != NULL && recovery != NULL)
		return ctl_misuse("give --code or --recovery-code, not both");
	if (code != NULL)
		json_set_string(body, "code", code);
	if (recovery != NULL)
		json_set_string(body, "recovery_code", recovery);
	return CTL_OK;
}

static bool
has_second_factor(const json_t *body)
{
	return json_object_get(body, "code") != NULL ||
	    json_object_get(body, "recovery_code") != NULL;
}

/* Password and second factor, from options or else from the terminal. */
static enum ctl_exit
add_proof(struct ctl *ctl, bool needs_factor, json_t *body)
{
	scoped(secret_textp) char *password = NULL;
	enum ctl_exit result = ctl_add_second_factor(ctl, body);
	struct err err = ERR_INIT;

	if (result != CTL_OK)
		return result;
	if (!ctl_get_secret(
		ctl, "password-file", "Current password: ", &password, &err))
		return complain_about(&err);
	json_set_string(body, "password", password);
	if (!needs_factor || has_second_factor(body) ||
	    !terminal_is_interactive())
		return CTL_OK;
	return ctl_ask_second_factor(body, &err) ? CTL_OK
						 : complain_about(&err);
}

static void
print_codes(struct ctl *ctl, const json_t *answer)
{
	const json_t *codes = json_object_get(answer, "recovery_codes");

	if (ctl_is_set(ctl, "json")) {
		output_json(answer);
		return;
	}
	for (size_t i = 0; i < json_array_size(codes); i++)
		printf("%s\n", json_string_value(json_array_get(codes, i)));
	ctl_say(ctl,
	    "These recovery codes are shown once and never again. Each signs "
	    "you in once when your device is lost: keep them where the device "
	    "is not.");
}

enum ctl_exit
two_factor_status(struct ctl *ctl)
{
	return output_get_one(ctl, OWN, STATE, array_length(STATE));
}

static enum ctl_exit
confirm(struct ctl *ctl, const char *code)
{
	scoped(json_freep) json_t *body = json_object();
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result;

	json_set_string(body, "code", code);
	result = client_ask(ctl, "POST", OWN "/confirmation", body, &answer);
	if (result == CTL_OK)
		print_codes(ctl, answer);
	return result;
}

static enum ctl_exit
ask_and_confirm(struct ctl *ctl)
{
	scoped(secret_textp) char *code = NULL;
	struct err err = ERR_INIT;

	return terminal_ask("Code that the app shows: ", &code, &err)
	    ? confirm(ctl, code)
	    : complain_about(&err);
}

enum ctl_exit
two_factor_enable(struct ctl *ctl)
{
	scoped(json_freep) json_t *state = NULL;
	scoped(json_freep) json_t *body = json_object();
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result = client_ask(ctl, "GET", OWN, NULL, &state);

	if (result == CTL_OK)
		result = add_proof(
		    ctl, json_is_true(json_object_get(state, "enabled")), body);
	if (result == CTL_OK)
		result = client_ask(ctl, "POST", OWN, body, &answer);
	if (result != CTL_OK)
		return result;
	output_one(ctl, NEW, array_length(NEW), answer);
	if (terminal_is_interactive() && !ctl_is_set(ctl, "json"))
		return ask_and_confirm(ctl);
	ctl_say(ctl,
	    "Give the secret to an authenticator app, then run: "
	    "warifuctl two-factor confirm --code CODE");
	return CTL_OK;
}

enum ctl_exit
two_factor_confirm(struct ctl *ctl)
{
	const char *code = ctl_value(ctl, "code");

	if (code != NULL)
		return confirm(ctl, code);
	return terminal_is_interactive()
	    ? ask_and_confirm(ctl)
	    : ctl_misuse("give the code that the app shows: --code CODE");
}

enum ctl_exit
two_factor_disable(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	enum ctl_exit result;

	if (!output_confirm(ctl, "Take your second factor away?"))
		return CTL_FAILED;
	result = add_proof(ctl, true, body);
	if (result == CTL_OK)
		result = client_ask(ctl, "POST", OWN "/removal", body, NULL);
	if (result == CTL_OK)
		ctl_say(ctl, "Your account has no second factor any more.");
	return result;
}

enum ctl_exit
two_factor_recovery_codes(struct ctl *ctl)
{
	scoped(json_freep) json_t *body = json_object();
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result = add_proof(ctl, true, body);

	if (result == CTL_OK)
		result = client_ask(
		    ctl, "POST", OWN "/recovery-codes", body, &answer);
	if (result == CTL_OK)
		print_codes(ctl, answer);
	return result;
}

enum ctl_exit
user_reset_two_factor(struct ctl *ctl)
{
	scoped(memory_freep) char *id = NULL;
	scoped(memory_freep) char *path = NULL;
	enum ctl_exit result =
	    people_find(ctl, "/api/v1/users", "user", ctl->arguments[0], &id);

	if (result != CTL_OK)
		return result;
	if (!output_confirm(ctl,
		"Take the second factor of \"%s\" away, and end the sessions?",
		ctl->arguments[0]))
		return CTL_FAILED;
	path = memory_format("/api/v1/users/%s/two-factor", id);
	result = client_ask(ctl, "DELETE", path, NULL, NULL);
	if (result == CTL_OK)
		ctl_say(ctl, "The user has no second factor any more.");
	return result;
}

enum ctl_exit
setting_two_factor(struct ctl *ctl)
{
	return output_get_one(
	    ctl, SETTING, REQUIREMENT, array_length(REQUIREMENT));
}

enum ctl_exit
setting_require_two_factor(struct ctl *ctl)
{
	scoped(json_freep) json_t *now = NULL;
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result = client_ask(ctl, "GET", SETTING, NULL, &now);

	if (result != CTL_OK)
		return result;
	if (!output_confirm(ctl,
		"Require a second factor of every user? This can never be "
		"switched off. %lld of %lld users have none and must set one "
		"up at their next request.",
		(long long)json_integer_value(
		    json_object_get(now, "users_without")),
		(long long)json_integer_value(json_object_get(now, "users"))))
		return CTL_FAILED;
	result = client_ask(ctl, "POST", SETTING "/requirement", NULL, &answer);
	if (result == CTL_OK)
		output_one(ctl, REQUIREMENT, array_length(REQUIREMENT), answer);
	return result;
}
