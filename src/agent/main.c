/* warifu-agent: the supervisor, its root executor, and the words for people. */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "agent/executor/executor.h"
#include "agent/inventory/collect.h"
#include "agent/state.h"
#include "agent/status.h"
#include "agent/supervisor.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "os/file.h"

enum {
	EXIT_FINE = 0,
	EXIT_PROBLEM = 1,
	EXIT_USAGE = 2,
	EXIT_NOT_RUNNING = 3,
	REFRESH_WAIT_MS = 150 * 1000,
	REFRESH_LOOK_US = 200 * 1000,
};

static const char HELP[] =
    "Usage: warifu-agent [OPTION]... [COMMAND]\n"
    "\n"
    "Keeps this computer managed by a Warifu central server.\n"
    "\n"
    "Commands:\n"
    "  run              keep the agent running in the foreground (default)\n"
    "  status [--json]  say what is going on; exit code 0: all is well,\n"
    "                   1: there is a problem, 3: the agent does not run\n"
    "  refresh          ask the running agent to contact the server now,\n"
    "                   and say how it went\n"
    "  inventory [--root DIR]\n"
    "                   print what the agent would report of this computer, "
    "or\n"
    "                   of the file tree below DIR, as JSON\n"
    "\n"
    "Options:\n"
    "  --config FILE          configuration (" AGENT_CONFIG_DEFAULT_PATH ")\n"
    "  --state-dir DIR        where the agent keeps its state\n"
    "  --bootstrap-file FILE  server, publication key and enrolment token\n"
    "  --log-level LEVEL      error, warning, info or debug\n"
    "  --print-config         print the configuration in force and exit\n"
    "  --version              print the version and exit\n"
    "  --help                 print this and exit\n";

struct arguments {
	const char *config_path;
	bool is_config_named;
	bool is_json;
	bool is_executor;
	bool prints_config;
	const char *root; /* of the inventory; "" is this computer */
	const char *command;
};

static bool
set_option(struct agent_config *config, const char *argument, const char *value,
    struct err *err)
{
	size_t count;
	const struct config_option *options = agent_config_options(&count);
	const struct config_option *option =
	    config_find_argument(options, count, argument);

	return config_set(options, count, config, argument, option->section,
	    option->key, value, err);
}

enum option_letter {
	OPTION_CONFIG = 256,
	OPTION_STATE_DIR,
	OPTION_BOOTSTRAP_FILE,
	OPTION_LOG_LEVEL,
	OPTION_PRINT_CONFIG,
	OPTION_JSON,
	OPTION_ROLE,
	OPTION_ROOT,
	OPTION_VERSION,
	OPTION_HELP,
};

static const struct option OPTIONS[] = {
    {"config", required_argument, NULL, OPTION_CONFIG},
    {"state-dir", required_argument, NULL, OPTION_STATE_DIR},
    {"bootstrap-file", required_argument, NULL, OPTION_BOOTSTRAP_FILE},
    {"log-level", required_argument, NULL, OPTION_LOG_LEVEL},
    {"print-config", no_argument, NULL, OPTION_PRINT_CONFIG},
    {"json", no_argument, NULL, OPTION_JSON},
    {"role", required_argument, NULL, OPTION_ROLE},
    {"root", required_argument, NULL, OPTION_ROOT},
    {"version", no_argument, NULL, OPTION_VERSION},
    {"help", no_argument, NULL, OPTION_HELP},
    {0},
};

/* What does not need the configuration. False: end now with *out_code. */
static bool
read_arguments(
    int argc, char **argv, struct arguments *arguments, int *out_code)
{
	int letter;

	while ((letter = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
		switch (letter) {
		case OPTION_CONFIG:
			arguments->config_path = optarg;
			arguments->is_config_named = true;
			break;
		case OPTION_PRINT_CONFIG:
			arguments->prints_config = true;
			break;
		case OPTION_JSON:
			arguments->is_json = true;
			break;
		case OPTION_ROLE:
			arguments->is_executor =
			    strcmp(optarg, "executor") == 0;
			break;
		case OPTION_ROOT:
			arguments->root = optarg;
			break;
		case OPTION_VERSION:
			printf("warifu-agent %s\n", WARIFU_VERSION);
			*out_code = EXIT_FINE;
			return false;
		case OPTION_HELP:
			fputs(HELP, stdout);
			*out_code = EXIT_FINE;
			return false;
		case '?':
			*out_code = EXIT_USAGE;
			return false;
		}
	}
	if (optind < argc)
		arguments->command = argv[optind++];
	if (optind < argc) {
		fprintf(stderr, "warifu-agent: unexpected argument \"%s\"\n",
		    argv[optind]);
		*out_code = EXIT_USAGE;
		return false;
	}
	return true;
}

/* Options stand above the file. */
static bool
apply_options(
    int argc, char **argv, struct agent_config *config, struct err *err)
{
	int letter;

	optind = 1;
	while ((letter = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1) {
		bool is_set = true;

		if (letter == OPTION_STATE_DIR)
			is_set = set_option(config, "--state-dir", optarg, err);
		else if (letter == OPTION_BOOTSTRAP_FILE)
			is_set =
			    set_option(config, "--bootstrap-file", optarg, err);
		else if (letter == OPTION_LOG_LEVEL)
			is_set = set_option(config, "--log-level", optarg, err);
		if (!is_set)
			return false;
	}
	return true;
}

static char *
status_path(const struct agent_config *config)
{
	return file_join(config->state_dir, "status/status.json");
}

static int
show_status(const struct agent_config *config, bool is_json)
{
	scoped(memory_freep) char *path = status_path(config);
	scoped(memory_freep) char *text = NULL;
	int pid = state_owner(config->state_dir);
	bool is_running = pid != 0;
	struct agent_status status = {0};
	struct err err = ERR_INIT;

	if (!status_read(path, &status, &err)) {
		if (err.category != ERR_NOT_FOUND) {
			fprintf(
			    stderr, "warifu-agent: %s\n", err_sentence(&err));
			return EXIT_PROBLEM;
		}
		snprintf(status.last_error, sizeof(status.last_error),
		    "the agent has never run with the state directory %s",
		    config->state_dir);
	}
	status.is_connected = status.is_connected && is_running;
	text = is_json ? status_json(&status, pid)
		       : status_text(&status, is_running, clock_wall_ms());
	printf("%s%s", text, is_json ? "\n" : "");
	if (!is_running)
		return EXIT_NOT_RUNNING;
	return status_has_problem(&status) || status_is_degraded(&status)
	    ? EXIT_PROBLEM
	    : EXIT_FINE;
}

/* Wait until the status file tells of an attempt after the one before. */
static bool
wait_for_attempt(const char *path, int64_t since_ms, struct agent_status *out)
{
	int64_t deadline_ms = clock_monotonic_ms() + REFRESH_WAIT_MS;
	struct err ignored = ERR_INIT;

	while (clock_monotonic_ms() < deadline_ms) {
		if (status_read(path, out, &ignored) &&
		    out->last_attempt_ms >= since_ms &&
		    out->written_ms >= since_ms)
			return true;
		usleep(REFRESH_LOOK_US);
	}
	return false;
}

static int
ask_for_refresh(const struct agent_config *config)
{
	scoped(memory_freep) char *path = status_path(config);
	int pid = state_owner(config->state_dir);
	int64_t now_ms = clock_wall_ms();
	struct agent_status status = {0};

	if (pid == 0) {
		fprintf(stderr, "warifu-agent: no agent runs in %s\n",
		    config->state_dir);
		return EXIT_NOT_RUNNING;
	}
	if (kill(pid, SIGUSR1) != 0) {
		fprintf(stderr,
		    "warifu-agent: the agent (process %d) cannot be asked: "
		    "%s\n",
		    pid, errno == EPERM ? "only root may" : "it has ended");
		return EXIT_PROBLEM;
	}
	if (!wait_for_attempt(path, now_ms, &status)) {
		fprintf(stderr,
		    "warifu-agent: the agent was asked, but has not answered "
		    "yet\n");
		return EXIT_PROBLEM;
	}
	if (status.failures > 0 || !status.is_enrolled) {
		printf("The refresh failed: %s\n%s\n", status.last_error,
		    status_advice(status.last_error_code));
		return EXIT_PROBLEM;
	}
	printf("Refreshed.\n");
	if (status_is_degraded(&status))
		printf("The server does not see this computer's certificate. "
		       "%s\n",
		    status_degraded_advice());
	return EXIT_FINE;
}

/* 1 when a part of it is missing; why is said on standard error. */
static int
print_inventory(const char *root)
{
	struct source source = source_open(root);
	scoped(json_freep) json_t *sections = NULL, *failures = NULL;
	scoped(memory_freep) char *text = NULL;
	const char *name;
	json_t *sentence;

	collect_inventory(&source, &sections, &failures);
	text = json_write(sections);
	printf("%s\n", text);
	json_object_foreach (failures, name, sentence) {
		fprintf(stderr, "warifu-agent: %s: %s\n", name,
		    json_string_value(sentence));
	}
	return json_object_size(failures) == 0 ? EXIT_FINE : EXIT_PROBLEM;
}

static int
print_config(const struct agent_config *config)
{
	scoped(buf_donep) struct buf out = BUF_INIT(64 * 1024);
	size_t count;
	const struct config_option *options = agent_config_options(&count);
	struct err err = ERR_INIT;

	if (!config_print(options, count, config, &out, &err)) {
		fprintf(stderr, "warifu-agent: %s\n", err_sentence(&err));
		return EXIT_PROBLEM;
	}
	fwrite(out.data, 1, out.length, stdout);
	return EXIT_FINE;
}

/* Children are given paths from anywhere. */
static bool
make_absolute(char **path, struct err *err)
{
	char here[4096];
	char *whole;

	if ((*path)[0] == '/')
		return true;
	if (getcwd(here, sizeof(here)) == NULL)
		return err_set_errno(err, "the working directory");
	whole = memory_format("%s/%s", here, *path);
	free(*path);
	*path = whole;
	return true;
}

static int
run_command(
    const struct arguments *arguments, const struct agent_config *config)
{
	scoped(memory_freep) char *config_path =
	    memory_string(arguments->config_path);
	struct err err = ERR_INIT;

	if (arguments->prints_config)
		return print_config(config);
	if (strcmp(arguments->command, "status") == 0)
		return show_status(config, arguments->is_json);
	if (strcmp(arguments->command, "inventory") == 0)
		return print_inventory(arguments->root);
	if (strcmp(arguments->command, "refresh") == 0)
		return ask_for_refresh(config);
	if (strcmp(arguments->command, "run") != 0) {
		fprintf(stderr,
		    "warifu-agent: there is no command \"%s\"; "
		    "see warifu-agent --help\n",
		    arguments->command);
		return EXIT_USAGE;
	}
	if (!make_absolute(&config_path, &err)) {
		fprintf(stderr, "warifu-agent: %s\n", err_sentence(&err));
		return EXIT_PROBLEM;
	}
	return supervisor_main(config, config_path);
}

int
main(int argc, char **argv)
{
	struct arguments arguments = {.config_path = AGENT_CONFIG_DEFAULT_PATH,
	    .root = "",
	    .command = "run"};
	scoped(agent_config_donep) struct agent_config config = {0};
	struct err err = ERR_INIT;
	int code = EXIT_FINE;

	if (!read_arguments(argc, argv, &arguments, &code))
		return code;
	if (!agent_config_load(&config, arguments.config_path,
		arguments.is_config_named, &err) ||
	    !apply_options(argc, argv, &config, &err) ||
	    !make_absolute(&config.state_dir, &err)) {
		fprintf(stderr, "warifu-agent: %s\n", err_sentence(&err));
		return EXIT_USAGE;
	}
	log_init(arguments.is_executor ? "agent-executor" : "agent",
	    (enum log_level)config.log_level);
	if (arguments.is_executor)
		return executor_main(&config);
	return run_command(&arguments, &config);
}
