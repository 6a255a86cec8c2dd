/* warifu-server: what its arguments ask for. */
#include "server/server.h"

#include <stdio.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "os/fd.h"
#include "server/supervisor/options.h"
#include "server/supervisor/supervisor.h"

static int
print(const char *text)
{
	return fputs(text, stdout) >= 0 && fflush(stdout) == 0 ? 0 : 1;
}

/* Read the configuration for --check-config and --print-config. */
static int
look_at_config(const struct options *options)
{
	scoped(buf_donep) struct buf text = BUF_INIT(LIMIT_CONFIG_FILE);
	struct server_config config = {0};
	struct err err = ERR_INIT;
	bool is_shown = true;

	if (!server_config_load(&config, options->config_path,
		options->settings, options->setting_count, &err)) {
		fprintf(stderr, "warifu-server: %s\n", err_sentence(&err));
		return SUPERVISOR_EXIT_CONFIG;
	}
	if (options->action == OPTIONS_PRINT_CONFIG)
		is_shown = server_config_print(&config, &text, &err) &&
		    fd_write_all(STDOUT_FILENO, buf_view(&text), &err);
	server_config_done(&config);
	return is_shown ? 0 : 1;
}

static int
act(const struct options *options)
{
	switch (options->action) {
	case OPTIONS_RUN:
		return supervisor_run(options);
	case OPTIONS_CHECK_CONFIG:
	case OPTIONS_PRINT_CONFIG:
		return look_at_config(options);
	case OPTIONS_VERSION:
		return print("warifu-server " WARIFU_VERSION "\n");
	case OPTIONS_HELP: {
		scoped(memory_freep) char *help = options_help();

		return print(help);
	}
	}
	return 1;
}

int
server_run(int argc, char **argv, const struct role_program *programs,
    size_t program_count)
{
	struct options options = {0};
	struct err err = ERR_INIT;
	int code;

	if (role_is_asked(argc, argv))
		return role_run(argc, argv, programs, program_count);
	log_init("supervisor", LOG_LEVEL_INFO);
	if (!options_parse(&options, argc, argv, &err)) {
		fprintf(stderr, "warifu-server: %s\n", err_sentence(&err));
		return SUPERVISOR_EXIT_CONFIG;
	}
	code = act(&options);
	options_done(&options);
	return code;
}
