/*
 * How a role process starts, in the one order that is safe: undumpable, limits,
 * receive descriptors, open own files, drop the user and prove it, Landlock,
 * seccomp; then the role's main, which says when it is ready.
 */
#include "server/role_private.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "os/credentials.h"
#include "os/fd.h"
#include "os/file.h"
#include "server/capacity.h"
#include "server/role_control.h"
#include "server/role_table.h"

enum {
	SPARE_DESCRIPTORS = 256,
};

struct start {
	const struct role_row *row;
	const char *given;
	struct server_config config;
	struct role role;
};

static bool
refuse(struct err *err, const char *argument)
{
	return err_set(
	    err, ERR_MALFORMED, "\"%s\" is no argument of a role", argument);
}

static bool
parse_number(const char *text, unsigned *out)
{
	uint64_t number;

	if (!view_to_u64(view_string(text), UINT32_MAX, &number))
		return false;
	*out = (unsigned)number;
	return true;
}

static bool
parse_argument(struct start *start, const char *argument, struct err *err)
{
	const struct {
		const char *name;
		unsigned *out;
	} numbers[] = {
	    {"--slot=", &start->role.slot},
	    {"--slots=", &start->role.slot_count},
	    {"--instance=", &start->role.instance},
	};

	if (strncmp(argument, "--role=", 7) == 0) {
		start->row = role_row_find(argument + 7);
		return start->row != NULL || refuse(err, argument);
	}
	if (strncmp(argument, "--given=", 8) == 0) {
		start->given = argument + 8;
		return true;
	}
	for (size_t i = 0; i < array_length(numbers); i++) {
		size_t length = strlen(numbers[i].name);

		if (strncmp(argument, numbers[i].name, length) == 0 &&
		    parse_number(argument + length, numbers[i].out))
			return true;
	}
	return refuse(err, argument);
}

static bool
parse_arguments(struct start *start, int argc, char **argv, struct err *err)
{
	for (int i = 1; i < argc; i++)
		if (!parse_argument(start, argv[i], err))
			return false;
	if (start->row == NULL || start->given == NULL)
		return err_set(
		    err, ERR_MALFORMED, "--role and --given belong together");
	start->role.name = start->row->name;
	start->role.id = start->row->id;
	return true;
}

/* The supervisor alone decides about ends; a terminal's Ctrl-C reaches roles
 * too and would end core before the gateways. */
static void
set_signals(void)
{
	static const int ignored[] = {SIGINT, SIGTERM, SIGHUP, SIGPIPE};

	for (size_t i = 0; i < array_length(ignored); i++)
		(void)signal(ignored[i], SIG_IGN);
}

static bool
receive_descriptors(struct start *start, struct err *err)
{
	struct role *role = &start->role;
	struct view rest = view_string(start->given), name;
	int fd = ROLE_FIRST_DESCRIPTOR;

	while (rest.length > 0) {
		struct role_descriptor *item;

		if (role->descriptor_count == ROLE_DESCRIPTORS_MAX)
			return err_set(err, ERR_LIMIT, "too many descriptors");
		item = &role->descriptors[role->descriptor_count++];
		(void)view_cut(rest, ',', &name, &rest);
		snprintf(item->name, sizeof(item->name), "%.*s",
		    (int)name.length, (const char *)name.data);
		item->fd = fd++;
		if (!fd_set_cloexec(item->fd, true, err))
			return err_prefix(err, "descriptor %s", item->name);
	}
	return true;
}

static bool
read_configuration(struct start *start, struct err *err)
{
	scoped(buf_donep) struct buf text = BUF_INIT(LIMIT_CONFIG_FILE);
	scoped(fd_closep) int fd =
	    role_descriptor_take(&start->role, "configuration");

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, "no configuration was given");
	if (!fd_memfd_read(fd, &text, err) ||
	    !server_config_parse(&start->config, buf_view(&text), err))
		return false;
	start->role.config = &start->config;
	return true;
}

static void
set_limits(const struct start *start)
{
	/* Core holds a body's memory file for each request in its queue. */
	size_t wanted = start->role.id == IPC_GATEWAY
	    ? capacity_descriptors(&start->config)
	    : start->role.id == IPC_CORE
	    ? capacity_queue(&start->config) + SPARE_DESCRIPTORS
	    : SPARE_DESCRIPTORS;

	(void)credentials_raise_descriptors(wanted);
	(void)umask(077);
}

static bool
drop_user(const struct start *start, struct err *err)
{
	struct credentials user;

	if (!credentials_is_root())
		return credentials_seal(err);
	return credentials_lookup(start->row->user, &user, err) &&
	    credentials_drop(&user, err);
}

/* By the descriptor that the supervisor opened: this user may not pass what
 * stands above its directory, as in a checkout that belongs to root alone. */
static bool
go_home(struct start *start, struct err *err)
{
	scoped(fd_closep) int home = role_descriptor_take(&start->role, "home");

	if ((home < 0) != (start->row->directory == NULL))
		return err_set(err, ERR_SYSTEM, "no own directory was given");
	if (home >= 0 ? fchdir(home) != 0 : chdir("/") != 0)
		return err_set_errno(err, "cannot enter the own directory");
	return true;
}

/* A change of user takes both back. */
static bool
rearm(struct err *err)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0)
		return err_set_errno(err, "cannot ask to die with the parent");
	return credentials_set_undumpable(err);
}

/* The folder of an SQLite database, which keeps further files beside it. */
static char *
database_folder(const struct server_config *config)
{
	const char *path = config->database_path;
	const char *slash = strrchr(path, '/');

	if (config->database != SERVER_DATABASE_SQLITE || slash == NULL)
		return NULL;
	return memory_string_n(path, (size_t)(slash - path));
}

static bool
enter_sandbox(struct start *start, struct err *err)
{
	struct sandbox_path paths[ROLE_PATHS_MAX];
	scoped(memory_freep) char *database = database_folder(&start->config);
	struct sandbox sandbox;

	role_sandbox(start->row, &start->config,
	    start->row->directory != NULL ? "." : NULL, database, paths,
	    &sandbox);
	return sandbox_enter(&sandbox, &start->role.sandbox, err);
}

static bool
open_control(struct start *start, struct err *err)
{
	scoped(fd_closep) int fd =
	    role_descriptor_take(&start->role, "control");

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, "no control channel was given");
	start->role.loop = loop_new();
	role_open_control(&start->role, fd_take(&fd));
	return true;
}

static const struct role_program *
find_program(
    const struct role_program *programs, size_t count, enum ipc_role id)
{
	for (size_t i = 0; i < count; i++)
		if (programs[i].id == id)
			return &programs[i];
	return NULL;
}

static bool
prepare(struct start *start, int argc, char **argv, struct err *err)
{
	if (!parse_arguments(start, argc, argv, err))
		return false;
	log_init(start->role.name, LOG_LEVEL_INFO);
	set_signals();
	if (!credentials_set_undumpable(err) ||
	    !receive_descriptors(start, err) || !read_configuration(start, err))
		return false;
	log_init(start->role.name, (enum log_level)start->config.log_level);
	set_limits(start);
	return open_control(start, err);
}

bool
role_is_asked(int argc, char **argv)
{
	return argc > 1 && strncmp(argv[1], "--role=", 7) == 0;
}

int
role_run(int argc, char **argv, const struct role_program *programs,
    size_t program_count)
{
	static struct start start;
	const struct role_program *program;
	struct err err = ERR_INIT;

	if (!prepare(&start, argc, argv, &err)) {
		log_failure(LOG_LEVEL_ERROR, "a role cannot start", &err);
		return ROLE_EXIT_HOPELESS;
	}
	program = find_program(programs, program_count, start.role.id);
	if (program == NULL) {
		log_error("this program has no such role");
		return ROLE_EXIT_HOPELESS;
	}
	if (program->prepare != NULL)
		program->prepare();
	if (!drop_user(&start, &err) || !go_home(&start, &err) ||
	    !rearm(&err) || !enter_sandbox(&start, &err)) {
		log_failure(LOG_LEVEL_ERROR, "a role cannot start", &err);
		return ROLE_EXIT_HOPELESS;
	}
	log_info(
	    "started", "sandbox", sandbox_report_text(&start.role.sandbox));
	return program->main(&start.role);
}
