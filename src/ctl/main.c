/* warifuctl: everything the API does, from a terminal or a script. */
#include <curl/curl.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/command.h"
#include "ctl/help.h"
#include "ctl/plain.h"
#include "ctl/terminal.h"

#define DEFAULT_SERVER "https://127.0.0.1:8383"

/* A name in it may be an agent's. */
static void
tell(const char *format, va_list arguments)
{
	scoped(memory_freep) char *text = memory_format_v(format, arguments);

	plain_lines(text);
	fputs(text, stderr);
	fputc('\n', stderr);
}

void
ctl_complain(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	fputs("warifuctl: ", stderr);
	va_start(arguments, format);
	tell(format, arguments);
	va_end(arguments);
}

enum ctl_exit
ctl_misuse(const char *format, ...)
{
	va_list arguments;

	fputs("warifuctl: ", stderr);
	va_start(arguments, format);
	tell(format, arguments);
	va_end(arguments);
	return CTL_USAGE;
}

void
ctl_say(const struct ctl *ctl, const char *format, ...)
{
	va_list arguments;

	if (ctl_is_set(ctl, "quiet") || ctl_is_set(ctl, "json"))
		return;
	fflush(stdout);
	va_start(arguments, format);
	tell(format, arguments);
	va_end(arguments);
}

const char *
ctl_value(const struct ctl *ctl, const char *name)
{
	for (size_t i = 0; i < CTL_OPTION_COUNT; i++)
		if (strcmp(CTL_OPTIONS[i].name, name) == 0)
			return ctl->values[i];
	return NULL;
}

bool
ctl_is_set(const struct ctl *ctl, const char *name)
{
	return ctl_value(ctl, name) != NULL;
}

/* Where the name of an option ends in "--name=value" or "--name". */
static size_t
find_option(const char *word, size_t *out_length)
{
	size_t length = strcspn(word, "=");

	*out_length = length;
	for (size_t i = 0; i < CTL_OPTION_COUNT; i++)
		if (strlen(CTL_OPTIONS[i].name) == length &&
		    strncmp(CTL_OPTIONS[i].name, word, length) == 0)
			return i;
	return CTL_OPTION_COUNT;
}

/* One option at words[*at]; *at moves over its value. */
static enum ctl_exit
take_option(struct ctl *ctl, char **words, int count, int *at)
{
	const char *word = words[*at] + 2;
	size_t length, index = find_option(word, &length);
	bool has_value = word[length] == '=';
	const char *value = has_value ? word + length + 1 : "";

	if (index == CTL_OPTION_COUNT)
		return ctl_misuse("there is no option --%s", word);
	if (CTL_OPTIONS[index].argument == NULL && has_value)
		return ctl_misuse(
		    "--%s takes no value", CTL_OPTIONS[index].name);
	if (CTL_OPTIONS[index].argument != NULL && !has_value) {
		if (++*at >= count)
			return ctl_misuse("--%s needs %s",
			    CTL_OPTIONS[index].name,
			    CTL_OPTIONS[index].argument);
		value = words[*at];
	}
	if (ctl->values[index] != NULL && !CTL_OPTIONS[index].is_repeatable)
		return ctl_misuse(
		    "--%s is given twice", CTL_OPTIONS[index].name);
	if (CTL_OPTIONS[index].is_repeatable) {
		if (ctl->repeated_count == CTL_REPEATED_MAX)
			return ctl_misuse("--%s is given more than %d times",
			    CTL_OPTIONS[index].name, CTL_REPEATED_MAX);
		ctl->repeated[ctl->repeated_count++] = value;
	}
	ctl->values[index] = value;
	return CTL_OK;
}

static enum ctl_exit
take_words(struct ctl *ctl, char **words, int count, const char **plain,
    size_t *out_plain)
{
	bool are_options_over = false;

	for (int i = 1; i < count; i++) {
		enum ctl_exit result = CTL_OK;

		if (!are_options_over && strcmp(words[i], "--") == 0)
			are_options_over = true;
		else if (!are_options_over && strncmp(words[i], "--", 2) == 0)
			result = take_option(ctl, words, count, &i);
		else if (*out_plain == CTL_ARGUMENTS_MAX + 2)
			result = ctl_misuse("there are too many arguments");
		else
			plain[(*out_plain)++] = words[i];
		if (result != CTL_OK)
			return result;
	}
	return CTL_OK;
}

static const struct ctl_command *
find_command(const char *const *plain, size_t count, size_t *out_used)
{
	for (size_t i = 0; ctl_command(i) != NULL; i++) {
		const struct ctl_command *command = ctl_command(i);

		*out_used = command->verb == NULL ? 1 : 2;
		if (count >= *out_used &&
		    strcmp(command->noun, plain[0]) == 0 &&
		    (command->verb == NULL ||
			strcmp(command->verb, plain[1]) == 0))
			return command;
	}
	return NULL;
}

static enum ctl_exit
check_options(const struct ctl *ctl)
{
	for (size_t i = 0; i < CTL_OPTION_COUNT; i++)
		if (ctl->values[i] != NULL &&
		    !help_command_has_option(ctl->command, i))
			return ctl_misuse("--%s has no place here; see: "
					  "warifuctl help %s%s%s",
			    CTL_OPTIONS[i].name, ctl->command->noun,
			    ctl->command->verb == NULL ? "" : " ",
			    ctl->command->verb == NULL ? ""
						       : ctl->command->verb);
	return CTL_OK;
}

/* Nouns that are spelt otherwise by now; nothing is done by the old one. */
static const struct {
	const char *old;
	const char *noun;
} RENAMED[] = {
    {"settings", "setting"},
};

static enum ctl_exit
tell_unknown(const char *noun, const char *verb)
{
	for (size_t i = 0; i < array_length(RENAMED); i++)
		if (strcmp(RENAMED[i].old, noun) == 0)
			return ctl_misuse("\"%s\" is called \"%s\"; see: "
					  "warifuctl help %s",
			    noun, RENAMED[i].noun, RENAMED[i].noun);
	return ctl_misuse("there is no command \"%s%s%s\"; see: warifuctl help",
	    noun, verb == NULL ? "" : " ", verb == NULL ? "" : verb);
}

static enum ctl_exit
parse(struct ctl *ctl, char **words, int count)
{
	const char *plain[CTL_ARGUMENTS_MAX + 2];
	size_t plain_count = 0, used;
	enum ctl_exit result =
	    take_words(ctl, words, count, plain, &plain_count);

	if (result != CTL_OK)
		return result;
	if (plain_count == 0) {
		help_print_all(stderr);
		return CTL_USAGE;
	}
	ctl->command = find_command(plain, plain_count, &used);
	if (ctl->command == NULL)
		return tell_unknown(
		    plain[0], plain_count > 1 ? plain[1] : NULL);
	for (size_t i = used; i < plain_count && i - used < CTL_ARGUMENTS_MAX;
	     i++)
		ctl->arguments[ctl->argument_count++] = plain[i];
	if (ctl_is_set(ctl, "help"))
		return CTL_OK;
	if (ctl->argument_count < ctl->command->arguments_min ||
	    plain_count - used > ctl->command->arguments_max) {
		help_print_command(stderr, ctl->command);
		return CTL_USAGE;
	}
	return check_options(ctl);
}

static bool
choose_server(struct ctl *ctl, struct err *err)
{
	const char *given = ctl_value(ctl, "server");
	scoped(memory_freep) char *url = NULL;

	if (given == NULL &&
	    ctl->profile->current < ctl->profile->server_count) {
		ctl->server = &ctl->profile->servers[ctl->profile->current];
		return true;
	}
	return profile_normalize_url(
		   given != NULL ? given : DEFAULT_SERVER, &url, err) &&
	    profile_find(ctl->profile, url, &ctl->server, err);
}

/* The first contact: a person compares, a script has to say what it expects. */
static bool
learn_fingerprint(struct ctl *ctl, struct err *err)
{
	scoped(memory_freep) char *shown = NULL;

	if (!client_fetch_fingerprint(ctl->server->url, &shown, err))
		return false;
	fprintf(stderr,
	    "The server at %s shows the certificate\n  sha256:%s\n"
	    "Compare it with what the server printed when it started.\n",
	    ctl->server->url, shown);
	if (!terminal_is_interactive())
		return err_set(err, ERR_DENIED,
		    "the certificate is not known yet; confirm it with "
		    "--fingerprint sha256:%s",
		    shown);
	if (!terminal_confirm("Is it the same?"))
		return err_set(err, ERR_DENIED,
		    "the certificate was not accepted; nothing was sent");
	profile_set(&ctl->server->fingerprint, shown);
	return true;
}

static bool
is_plain_http(const struct ctl *ctl)
{
	return strncmp(ctl->server->url, "http://", 7) == 0;
}

static bool
settle_trust(struct ctl *ctl, struct err *err)
{
	const char *given = ctl_value(ctl, "fingerprint");
	scoped(memory_freep) char *wanted = NULL;
	bool is_anew = ctl->command->run == server_trust;

	if (is_plain_http(ctl))
		return true;
	if (given != NULL) {
		if (!profile_normalize_fingerprint(given, &wanted, err))
			return false;
		profile_set(&ctl->server->fingerprint, wanted);
		return true;
	}
	return (ctl->server->fingerprint != NULL && !is_anew) ||
	    learn_fingerprint(ctl, err);
}

/* A token from a file serves this run alone: it is never remembered. */
static bool
settle_token(struct ctl *ctl, char **out_token, struct err *err)
{
	const char *path = ctl_value(ctl, "token-file");

	if (path != NULL && !terminal_read_secret(path, out_token, err))
		return false;
	ctl->token = path != NULL ? *out_token : ctl->server->token;
	return true;
}

static enum ctl_exit
exit_of(const struct err *err)
{
	ctl_complain("%s", err_sentence(err));
	if (err->category == ERR_SYSTEM)
		return CTL_UNREACHABLE;
	return err->category == ERR_MALFORMED ? CTL_USAGE : CTL_FAILED;
}

static enum ctl_exit
run_online(struct ctl *ctl)
{
	scoped(profile_freep) struct profile *profile = NULL;
	scoped(secret_textp) char *token = NULL;
	struct err err = ERR_INIT;

	if (!profile_load(&profile, &err)) {
		ctl_complain("%s", err_sentence(&err));
		return CTL_FAILED;
	}
	ctl->profile = profile;
	if (!choose_server(ctl, &err) || !settle_trust(ctl, &err) ||
	    !settle_token(ctl, &token, &err))
		return exit_of(&err);
	return ctl->command->run(ctl);
}

static enum ctl_exit
run(struct ctl *ctl)
{
	if (ctl_is_set(ctl, "help")) {
		help_print_command(stdout, ctl->command);
		return CTL_OK;
	}
	return ctl->command->is_offline ? ctl->command->run(ctl)
					: run_online(ctl);
}

int
main(int count, char **words)
{
	scoped(memory_freep) const char **values =
	    memory_array(CTL_OPTION_COUNT, sizeof(*values));
	struct ctl ctl = {.values = values};
	enum ctl_exit result;

	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL)
		setlocale(LC_CTYPE, "");
	if (count == 2 && strcmp(words[1], "--version") == 0) {
		puts("warifuctl " WARIFU_VERSION);
		return CTL_OK;
	}
	if (count == 2 && strcmp(words[1], "--help") == 0) {
		help_print_all(stdout);
		return CTL_OK;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	result = parse(&ctl, words, count);
	if (result == CTL_OK)
		result = run(&ctl);
	if (fflush(stdout) != 0 && result == CTL_OK) {
		ctl_complain("cannot write the answer");
		result = CTL_FAILED;
	}
	curl_global_cleanup();
	return (int)result;
}
