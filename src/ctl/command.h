/*
 * The command line's commands: one table, from which parsing, help and shell
 * completion come.
 *
 * A command is a noun and mostly a verb ("computer list"). It gets its
 * arguments and options checked for their number and names, talks to the server
 * through ctl/client.h and prints. Exit codes are part of the interface.
 */
#ifndef CTL_COMMAND_H
#define CTL_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"
#include "base/err.h"
#include "base/json.h"
#include "ctl/profile.h"

enum ctl_exit {
	CTL_OK = 0,
	CTL_FAILED = 1,      /* the server refused it, or it went wrong */
	CTL_USAGE = 2,       /* the command line is wrong */
	CTL_UNREACHABLE = 3, /* no answer from the server */
	CTL_NOT_SIGNED_IN = 4,
	CTL_UNKNOWN = 5, /* audit verify: it could not be found out */
};

enum {
	CTL_OPTIONS_MAX = 14,     /* of one command, beside the common ones */
	CTL_ARGUMENTS_MAX = 1001, /* a group and computers */
	CTL_REPEATED_MAX = 20,
};

struct ctl_option {
	const char *name;     /* without the dashes */
	const char *argument; /* "N"; NULL: a switch */
	const char *help;
	const char *words;  /* for completion, separated by blanks, or NULL */
	bool is_repeatable; /* one of them, see struct ctl */
};

/* One run of the program. Borrows the command line. */
struct ctl {
	const struct ctl_command *command;
	const char *arguments[CTL_ARGUMENTS_MAX];
	size_t argument_count;
	const char **values; /* by index of CTL_OPTIONS; NULL: not given */
	/* All values of the option that may be given several times. */
	const char *repeated[CTL_REPEATED_MAX];
	size_t repeated_count;
	struct profile *profile;
	struct profile_server *server; /* the chosen one, borrowed */
	const char *token;             /* what requests carry, or NULL */
};

struct ctl_command {
	const char *noun;
	const char *verb;      /* NULL where the noun says it all */
	const char *arguments; /* "COMPUTER [SECTION]", for the help */
	size_t arguments_min;
	size_t arguments_max;
	const char *summary;
	const char *help; /* more to say, or NULL */
	const char *options[CTL_OPTIONS_MAX];
	bool is_offline; /* needs no server */
	enum ctl_exit (*run)(struct ctl *ctl);
};

/* The commands by number, in the order of the help; NULL behind the last. */
must_use const struct ctl_command *ctl_command(size_t index);
/* The part of them that people_commands.c has. */
extern const struct ctl_command CTL_PEOPLE_COMMANDS[];
extern const size_t CTL_PEOPLE_COMMAND_COUNT;
extern const struct ctl_option CTL_OPTIONS[];
extern const size_t CTL_OPTION_COUNT;
/* The first so many options of the table go with every command. */
extern const size_t CTL_COMMON_OPTION_COUNT;

/* The value of an option: NULL when not given, "" for a switch that is. */
must_use const char *ctl_value(const struct ctl *ctl, const char *name);
must_use bool ctl_is_set(const struct ctl *ctl, const char *name);

/* "warifuctl: SENTENCE" on standard error. */
void ctl_complain(const char *format, ...) printf_like(1, 2);
/* A word about success, unless --quiet or --json. */
void ctl_say(const struct ctl *ctl, const char *format, ...) printf_like(2, 3);
/* Complain and return CTL_USAGE. */
enum ctl_exit ctl_misuse(const char *format, ...) printf_like(1, 2);

/* The completion script on standard output. */
void completion_print_bash(void);

/* The runs, by file. */
enum ctl_exit session_login(struct ctl *ctl);
enum ctl_exit session_logout(struct ctl *ctl);
enum ctl_exit session_whoami(struct ctl *ctl);
enum ctl_exit session_password(struct ctl *ctl);
enum ctl_exit server_status(struct ctl *ctl);
enum ctl_exit server_trust(struct ctl *ctl);
enum ctl_exit computer_list(struct ctl *ctl);
enum ctl_exit computer_export(struct ctl *ctl);
enum ctl_exit computer_show(struct ctl *ctl);
enum ctl_exit computer_inventory(struct ctl *ctl);
enum ctl_exit computer_refresh(struct ctl *ctl);
enum ctl_exit computer_revoke(struct ctl *ctl);
enum ctl_exit computer_retire(struct ctl *ctl);
enum ctl_exit computer_move(struct ctl *ctl);
enum ctl_exit computer_certificates(struct ctl *ctl);
enum ctl_exit computer_events(struct ctl *ctl);
enum ctl_exit office_list(struct ctl *ctl);
enum ctl_exit office_show(struct ctl *ctl);
enum ctl_exit office_create(struct ctl *ctl);
enum ctl_exit office_rename(struct ctl *ctl);
enum ctl_exit office_delete(struct ctl *ctl);
enum ctl_exit token_list(struct ctl *ctl);
enum ctl_exit token_show(struct ctl *ctl);
enum ctl_exit token_create(struct ctl *ctl);
enum ctl_exit token_revoke(struct ctl *ctl);
enum ctl_exit installer_show(struct ctl *ctl);
enum ctl_exit installer_download(struct ctl *ctl);
enum ctl_exit api_token_list(struct ctl *ctl);
enum ctl_exit api_token_create(struct ctl *ctl);
enum ctl_exit api_token_delete(struct ctl *ctl);
enum ctl_exit user_list(struct ctl *ctl);
enum ctl_exit user_show(struct ctl *ctl);
enum ctl_exit user_create(struct ctl *ctl);
enum ctl_exit user_update(struct ctl *ctl);
enum ctl_exit user_password(struct ctl *ctl);
enum ctl_exit user_delete(struct ctl *ctl);
enum ctl_exit user_unlock(struct ctl *ctl);
enum ctl_exit user_sessions(struct ctl *ctl);
enum ctl_exit user_end_sessions(struct ctl *ctl);
enum ctl_exit own_session_list(struct ctl *ctl);
enum ctl_exit own_session_end(struct ctl *ctl);
enum ctl_exit own_session_end_others(struct ctl *ctl);
enum ctl_exit setting_show(struct ctl *ctl);
enum ctl_exit setting_set(struct ctl *ctl);
enum ctl_exit role_list(struct ctl *ctl);
enum ctl_exit role_show(struct ctl *ctl);
enum ctl_exit role_create(struct ctl *ctl);
enum ctl_exit role_update(struct ctl *ctl);
enum ctl_exit role_delete(struct ctl *ctl);
enum ctl_exit two_factor_status(struct ctl *ctl);
enum ctl_exit two_factor_enable(struct ctl *ctl);
enum ctl_exit two_factor_confirm(struct ctl *ctl);
enum ctl_exit two_factor_disable(struct ctl *ctl);
enum ctl_exit two_factor_recovery_codes(struct ctl *ctl);
enum ctl_exit user_reset_two_factor(struct ctl *ctl);
enum ctl_exit setting_two_factor(struct ctl *ctl);
enum ctl_exit setting_require_two_factor(struct ctl *ctl);
enum ctl_exit group_list(struct ctl *ctl);
enum ctl_exit group_show(struct ctl *ctl);
enum ctl_exit group_create(struct ctl *ctl);
enum ctl_exit group_update(struct ctl *ctl);
enum ctl_exit group_delete(struct ctl *ctl);
enum ctl_exit group_add(struct ctl *ctl);
enum ctl_exit group_remove(struct ctl *ctl);
enum ctl_exit group_computers(struct ctl *ctl);
enum ctl_exit group_preview(struct ctl *ctl);
enum ctl_exit certificate_list(struct ctl *ctl);
enum ctl_exit certificate_show(struct ctl *ctl);
enum ctl_exit certificate_print(struct ctl *ctl);
enum ctl_exit event_list(struct ctl *ctl);
enum ctl_exit audit_list(struct ctl *ctl);
enum ctl_exit audit_show(struct ctl *ctl);
enum ctl_exit audit_export(struct ctl *ctl);
enum ctl_exit audit_verify(struct ctl *ctl);
enum ctl_exit audit_retention(struct ctl *ctl);
enum ctl_exit software_list(struct ctl *ctl);
enum ctl_exit software_show(struct ctl *ctl);
enum ctl_exit software_versions(struct ctl *ctl);
enum ctl_exit software_computers(struct ctl *ctl);
enum ctl_exit software_export(struct ctl *ctl);
enum ctl_exit alert_list(struct ctl *ctl);
enum ctl_exit alert_acknowledge(struct ctl *ctl);
enum ctl_exit alert_reopen(struct ctl *ctl);
enum ctl_exit watch_changes(struct ctl *ctl);
enum ctl_exit completion_bash(struct ctl *ctl);
enum ctl_exit help_show(struct ctl *ctl);

/* The line to paste on a computer, with the token's secret in it; tool is curl
 * or wget. Allocated. */
enum ctl_exit installer_command(struct ctl *ctl, const char *tool,
    bool is_reenrol, const char *secret, char **out);

#endif
