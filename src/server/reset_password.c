/* The command that gives root a user's account back. */
#include "server/reset_password.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/memory.h"
#include "os/credentials.h"
#include "os/fd.h"
#include "os/file.h"
#include "os/sandbox.h"
#include "server/config.h"
#include "server/core/api/password.h"
#include "server/core/audit.h"
#include "server/core/reset.h"
#include "server/role_table.h"
#include "server/supervisor/options.h"
#include "store/store.h"

#define DATABASE_FILE    "warifu.db"
#define INITIAL_PASSWORD "initial-password"

enum {
	EXIT_DONE = 0,
	EXIT_NOT_DONE = 1,
	EXIT_USAGE = 2,
};

struct reset {
	const char *user_name;
	struct server_config config;
	int home;
	struct store *store;
	char password[PASSWORD_INITIAL_SIZE];
	char hash[PASSWORD_HASH_SIZE];
	struct audit audit;
};

/* The directory of core, which says who may: its owner and root. */
static bool
take_home(struct reset *reset, struct err *err)
{
	scoped(memory_freep) char *path =
	    file_join(reset->config.state_dir, "core");
	struct stat found;

	reset->home = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	if (reset->home < 0)
		return err_set_errno(
		    err, "cannot open %s; is this the server's state?", path);
	if (fstat(reset->home, &found) != 0)
		return err_set_errno(err, "cannot look at %s", path);
	if (!credentials_is_root() && found.st_uid != geteuid())
		return err_set(err, ERR_DENIED,
		    "only root and the server's own user may do this");
	return true;
}

/* Of somebody else's directory root would become that somebody. */
static bool
become_core(
    const struct reset *reset, const struct role_row *row, struct err *err)
{
	struct credentials user;
	struct stat found;

	if (!credentials_is_root())
		return credentials_seal(err);
	if (!credentials_lookup(row->user, &user, err))
		return false;
	if (fstat(reset->home, &found) != 0)
		return err_set_errno(err, "cannot look at core's directory");
	if (found.st_uid != user.uid)
		return err_set(err, ERR_DENIED,
		    "core's directory belongs to user %u and not to %s",
		    found.st_uid, row->user);
	return credentials_drop(&user, err);
}

static bool
enter_sandbox(
    const struct reset *reset, const struct role_row *row, struct err *err)
{
	const char *path = reset->config.database_path;
	const char *slash = strrchr(path, '/');
	scoped(memory_freep) char *database = slash == NULL
	    ? NULL
	    : memory_string_n(path, (size_t)(slash - path));
	struct sandbox_path paths[ROLE_PATHS_MAX];
	struct sandbox_report report;
	struct sandbox sandbox;

	role_sandbox(row, &reset->config, ".",
	    reset->config.database == SERVER_DATABASE_SQLITE ? database : NULL,
	    paths, &sandbox);
	return sandbox_enter(&sandbox, &report, err);
}

static bool
confine(struct reset *reset, struct err *err)
{
	const struct role_row *row = role_row_of(IPC_CORE);

	if (!credentials_set_undumpable(err) || !take_home(reset, err) ||
	    !become_core(reset, row, err))
		return false;
	if (fchdir(reset->home) != 0)
		return err_set_errno(err, "cannot enter core's directory");
	fd_closep(&reset->home);
	/* A change of user takes it back. */
	return credentials_set_undumpable(err) &&
	    enter_sandbox(reset, row, err);
}

/* A database that is not there is not made: it would be the wrong one. */
static bool
open_store(struct reset *reset, struct err *err)
{
	const struct server_config *config = &reset->config;
	const char *file = config->database_path[0] != '\0'
	    ? config->database_path
	    : DATABASE_FILE;
	const char *conninfo = config->database_conninfo;
	scoped(memory_freep) char *location = NULL;
	struct store_options options = {.read_connections = 1};

	if (config->database == SERVER_DATABASE_SQLITE && !file_exists(file))
		return err_set(err, ERR_NOT_FOUND,
		    "there is no database %s in %s", file, config->state_dir);
	location = config->database == SERVER_DATABASE_SQLITE
	    ? memory_format("sqlite:%s", file)
	    : memory_format("%s%s",
		  strncmp(conninfo, "postgres", 8) == 0 ? "" : "postgresql:",
		  conninfo);
	options.location = location;
	return store_open(&options, &reset->store, err);
}

static bool
write_reset(struct store_tx *tx, void *context, struct err *err)
{
	struct reset *reset = context;

	audit_init_server(&reset->audit, STORE_AUDIT_PASSWORD_RESET);
	audit_actor(&reset->audit, STORE_AUDIT_ACTOR_ROOT_SHELL, NULL, NULL);
	return reset_open_account(
		   tx, reset->user_name, reset->hash, &reset->audit, err) &&
	    audit_append(tx, &reset->audit, err);
}

static bool
run(struct reset *reset, const struct options *options, struct err *err)
{
	if (!server_config_load(&reset->config, options->config_path,
		options->settings, options->setting_count, err) ||
	    !confine(reset, err) || !open_store(reset, err))
		return false;
	password_make_initial(reset->password);
	return password_hash(reset->password, reset->hash, err) &&
	    store_write(reset->store, write_reset, reset, err);
}

/* Past stdio, which asks the kernel what kind of file it is: the sandbox has no
 * such call. */
static void
print(int fd, const char *text)
{
	struct err err = ERR_INIT;

	ignore_result(fd_write_all(fd, view_string(text), &err));
}

static void
complain(const struct err *err)
{
	scoped(memory_freep) char *text =
	    memory_format("warifu-server: %s\n", err_sentence(err));

	print(STDERR_FILENO, text);
}

/* The file told a password that may now open nothing. */
static void
remove_initial_password(void)
{
	struct err err = ERR_INIT;

	if (!file_remove(INITIAL_PASSWORD, &err))
		complain(&err);
}

static void
tell(const struct reset *reset)
{
	scoped(memory_freep) char *about = memory_format(
	    "The password of \"%s\" is now the one below, to be changed at the "
	    "next sign-in.\n"
	    "The account is enabled and unlocked, without a second factor, and "
	    "its sessions have ended.\n",
	    reset->audit.row.target_name);
	scoped(memory_freep) char *line =
	    memory_format("%s\n", reset->password);

	print(STDERR_FILENO, about);
	print(STDOUT_FILENO, line);
	explicit_bzero(line, strlen(line));
}

static int
usage(void)
{
	print(STDERR_FILENO,
	    "usage: warifu-server reset-password USER [--config FILE] "
	    "[OPTION …]\n");
	return EXIT_USAGE;
}

static int
reset_password(struct reset *reset, const struct options *options)
{
	struct err err = ERR_INIT;

	if (!run(reset, options, &err)) {
		complain(&err);
		return EXIT_NOT_DONE;
	}
	remove_initial_password();
	tell(reset);
	return EXIT_DONE;
}

int
reset_password_main(int argc, char **argv)
{
	static struct reset reset = {.home = -1};
	struct options options = {0};
	struct err err = ERR_INIT;
	int code;

	log_init("reset-password", LOG_LEVEL_WARNING);
	if (argc < 2 || argv[1][0] == '-')
		return usage();
	reset.user_name = argv[1];
	if (!options_parse(&options, argc - 1, argv + 1, &err)) {
		complain(&err);
		return EXIT_USAGE;
	}
	code = options.action == OPTIONS_RUN ? reset_password(&reset, &options)
					     : usage();
	explicit_bzero(reset.password, sizeof(reset.password));
	store_close(reset.store);
	fd_closep(&reset.home);
	server_config_done(&reset.config);
	options_done(&options);
	return code;
}
