/* The command line: some words of its own, the others from the options' table.
 */
#include "server/supervisor/options.h"

#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "server/config.h"

#define STANDARD_CONFIG "/etc/warifu/warifu-server.conf"

static const struct {
	const char *word;
	enum options_action action;
} ACTIONS[] = {
    {"--check-config", OPTIONS_CHECK_CONFIG},
    {"--print-config", OPTIONS_PRINT_CONFIG},
    {"--version", OPTIONS_VERSION},
    {"--help", OPTIONS_HELP},
    {"-h", OPTIONS_HELP},
};

static void
add_setting(struct options *options, char *setting)
{
	options->settings = memory_resize(options->settings,
	    options->setting_count + 1, sizeof(*options->settings));
	options->settings[options->setting_count++] = setting;
}

static bool
take_action(struct options *options, const char *word)
{
	for (size_t i = 0; i < array_length(ACTIONS); i++) {
		if (strcmp(ACTIONS[i].word, word) == 0) {
			options->action = ACTIONS[i].action;
			return true;
		}
	}
	return false;
}

static bool
take_value(struct options *options, const char *name, const char *value,
    struct err *err)
{
	size_t count;
	const struct config_option *table = server_config_options(&count);
	const struct config_option *option;

	if (strcmp(name, "--config") == 0) {
		free(options->config_path);
		options->config_path = memory_string(value);
		return true;
	}
	if (strcmp(name, "--set") == 0) {
		add_setting(options, memory_string(value));
		return true;
	}
	option = config_find_argument(table, count, name);
	if (option == NULL)
		return err_set_code(err, ERR_MALFORMED, "usage",
		    "there is no option \"%s\"; --help lists all", name);
	add_setting(options,
	    memory_format("%s.%s=%s", option->section, option->key, value));
	return true;
}

static bool
parse(struct options *options, int argc, char **argv, struct err *err)
{
	for (int i = 1; i < argc; i++) {
		char *equals = strchr(argv[i], '=');
		scoped(memory_freep) char *name = NULL;

		if (take_action(options, argv[i]))
			continue;
		if (strncmp(argv[i], "--", 2) != 0)
			return err_set_code(err, ERR_MALFORMED, "usage",
			    "\"%s\" is no option; --help lists all", argv[i]);
		name = equals == NULL
		    ? memory_string(argv[i])
		    : memory_string_n(argv[i], (size_t)(equals - argv[i]));
		if (equals == NULL && i + 1 == argc)
			return err_set_code(err, ERR_MALFORMED, "usage",
			    "there is no option \"%s\", or it lacks its "
			    "value; --help lists all",
			    name);
		if (!take_value(options, name,
			equals != NULL ? equals + 1 : argv[++i], err))
			return false;
	}
	if (options->config_path == NULL && access(STANDARD_CONFIG, F_OK) == 0)
		options->config_path = memory_string(STANDARD_CONFIG);
	return true;
}

bool
options_parse(struct options *options, int argc, char **argv, struct err *err)
{
	struct options fresh = {0};

	if (!parse(&fresh, argc, argv, err)) {
		options_done(&fresh);
		return false;
	}
	*options = fresh;
	return true;
}

char *
options_help(void)
{
	size_t count;
	const struct config_option *table = server_config_options(&count);
	char *text = memory_string(
	    "Usage: warifu-server [OPTION …]\n"
	    "       warifu-server reset-password USER [OPTION …]\n"
	    "Runs the central server in the foreground until SIGTERM; SIGHUP "
	    "reads the configuration again.\n\n"
	    "  --config FILE          the configuration "
	    "(default: " STANDARD_CONFIG " where it exists)\n"
	    "  --set SECTION.KEY=VALUE  one option of the configuration\n"
	    "  --check-config         read the configuration and end: 0 when "
	    "it is good, 2 when not\n"
	    "  --print-config         print the configuration in force and "
	    "end\n"
	    "  --version, --help\n");

	for (size_t i = 0; i < count; i++) {
		char *longer;

		if (table[i].argument == NULL)
			continue;
		longer = memory_format("%s  %s VALUE\n      %s (default: %s)\n",
		    text, table[i].argument, table[i].help,
		    table[i].standard[0] != '\0' ? table[i].standard : "empty");
		free(text);
		text = longer;
	}
	return text;
}

void
options_done(struct options *options)
{
	for (size_t i = 0; i < options->setting_count; i++)
		free(options->settings[i]);
	free(options->settings);
	free(options->config_path);
	memset(options, 0, sizeof(*options));
}
