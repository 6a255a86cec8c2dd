/* warifu-fleet: a fleet of simulated agents, to size a server with. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "agent/inventory/collect.h"
#include "base/log.h"
#include "base/memory.h"
#include "fleet/coordinator.h"
#include "fleet/report.h"
#include "fleet/vault.h"
#include "os/file.h"

enum exit_code {
	EXIT_ALL_EXPECTED = 0,
	EXIT_SOMETHING_FAILED = 1,
	EXIT_BAD_INPUT = 2,
};

enum {
	TEMPLATE_MAX = 64 * 1024 * 1024
};

struct arguments {
	const char *scenario;
	const char *bootstrap;
	const char *directory;
	const char *json;
	const char *root;
	unsigned processes;
	bool is_quiet;
	bool is_check;
};

static const char USAGE[] =
    "Usage: warifu-fleet [OPTION]... SCENARIO\n"
    "A fleet of simulated agents, to size a server with.\n"
    "\n"
    "  --bootstrap FILE       the server's bootstrap file with an enrolment\n"
    "                         token; not needed once all agents are enrolled\n"
    "  --state-dir DIR        where keys and certificates are kept from one\n"
    "                         run to the next (default: fleet-state)\n"
    "  --processes N          how many processes (default: as descriptors "
    "ask)\n"
    "  --json FILE            write the report there as JSON\n"
    "  --inventory-root DIR   make the inventories of the computer whose "
    "files\n"
    "                         are there, not of this one\n"
    "  --check                only look at the scenario and say the plan\n"
    "  --quiet                no progress, no report\n"
    "  --help, --version\n"
    "\n"
    "Exit codes: 0 all went as expected, 1 something failed, 2 bad input.\n";

static void
complain(const struct err *err)
{
	fflush(stdout);
	fprintf(stderr, "warifu-fleet: %s\n", err_sentence(err));
}

static bool
read_processes(const char *text, unsigned *out, struct err *err)
{
	uint64_t number = 0;

	if (!view_to_u64(view_string(text), PLAN_PROCESSES_MAX, &number) ||
	    number == 0)
		return err_set(err, ERR_MALFORMED,
		    "--processes must be a number from 1 to %d, not \"%s\"",
		    PLAN_PROCESSES_MAX, text);
	*out = (unsigned)number;
	return true;
}

static const struct option OPTIONS[] = {
    {"bootstrap", required_argument, NULL, 'b'},
    {"state-dir", required_argument, NULL, 's'},
    {"processes", required_argument, NULL, 'p'},
    {"json", required_argument, NULL, 'j'},
    {"inventory-root", required_argument, NULL, 'r'},
    {"check", no_argument, NULL, 'c'},
    {"quiet", no_argument, NULL, 'q'},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'v'},
    {0},
};

static bool
take_option(struct arguments *out, int option, struct err *err)
{
	switch (option) {
	case 'b':
		out->bootstrap = optarg;
		return true;
	case 's':
		out->directory = optarg;
		return true;
	case 'p':
		return read_processes(optarg, &out->processes, err);
	case 'j':
		out->json = optarg;
		return true;
	case 'r':
		out->root = optarg;
		return true;
	case 'c':
		out->is_check = true;
		return true;
	case 'q':
		out->is_quiet = true;
		return true;
	case 'h':
		fputs(USAGE, stdout);
		exit(EXIT_ALL_EXPECTED);
	case 'v':
		puts("warifu-fleet " WARIFU_VERSION);
		exit(EXIT_ALL_EXPECTED);
	default:
		return err_set(err, ERR_MALFORMED,
		    "see warifu-fleet --help for what is allowed");
	}
}

static bool
read_arguments(int argc, char **argv, struct arguments *out, struct err *err)
{
	int option;

	while ((option = getopt_long(argc, argv, "", OPTIONS, NULL)) != -1)
		if (!take_option(out, option, err))
			return false;
	if (argc - optind != 1)
		return err_set(err, ERR_MALFORMED,
		    "exactly one scenario is needed; see warifu-fleet --help");
	out->scenario = argv[optind];
	return true;
}

/* As many descriptors as this user may have. */
static uint64_t
raise_descriptors(void)
{
	struct rlimit limit = {0};

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 0;
	if (limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		if (setrlimit(RLIMIT_NOFILE, &limit) != 0 ||
		    getrlimit(RLIMIT_NOFILE, &limit) != 0)
			return 0;
	}
	return (uint64_t)limit.rlim_cur;
}

/* Made once, and always read from the file: its order decides what the agents
 * are made of. */
static bool
load_template(const struct arguments *arguments, json_t **out, struct err *err)
{
	scoped(memory_freep) char *path =
	    file_join(arguments->directory, "template.json");
	scoped(buf_donep) struct buf text = BUF_INIT(TEMPLATE_MAX);
	scoped(json_freep) json_t *sections = NULL, *failures = NULL;
	scoped(memory_freep) char *written = NULL;
	struct source source =
	    source_open(arguments->root != NULL ? arguments->root : "");

	if (!file_exists(path)) {
		collect_inventory(&source, &sections, &failures);
		written = json_write(sections);
		if (!file_write_atomic(path, view_string(written), 0600, err))
			return false;
	}
	if (!file_read(path, &text, err))
		return false;
	*out = json_read(buf_view(&text), TEMPLATE_MAX, err);
	return *out != NULL || err_prefix(err, "%s", path);
}

static bool
make_variety(const struct arguments *arguments, const struct scenario *scenario,
    struct variety **out, struct err *err)
{
	scoped(json_freep) json_t *template = NULL;

	return load_template(arguments, &template, err) &&
	    variety_new(template, (uint64_t)scenario->seed,
		(size_t)scenario->packages_least,
		(size_t)scenario->packages_most, out, err);
}

static bool
open_gate(const struct arguments *arguments, struct gate *gate, struct err *err)
{
	scoped(memory_freep) char *path =
	    file_join(arguments->directory, "server.json");
	scoped(buf_wipep) struct buf bootstrap = BUF_INIT(BOOTSTRAP_MAX);
	scoped(buf_donep) struct buf remembered = BUF_INIT(BOOTSTRAP_MAX);
	scoped(memory_freep) char *address = NULL;

	if (arguments->bootstrap != NULL) {
		if (!file_read_private(arguments->bootstrap, &bootstrap, err))
			return false;
	} else if (!file_exists(path)) {
		return err_set(err, ERR_MALFORMED,
		    "--bootstrap is needed: %s knows no server yet",
		    arguments->directory);
	} else if (!file_read(path, &remembered, err)) {
		return false;
	}
	if (!gate_open(gate, buf_view(&bootstrap), buf_view(&remembered), err))
		return false;
	address = bootstrap_write(&gate->address);
	return file_write_atomic(path, view_string(address), 0600, err);
}

/* Without enough uses of the token the fleet would stay half. */
static bool
check_token(const struct arguments *arguments, const struct scenario *scenario,
    const struct gate *gate, struct err *err)
{
	scoped(vault_closep) struct vault *vault = NULL;
	int64_t missing = 0;

	if (!scenario_enrols(scenario))
		return true;
	if (!vault_open(arguments->directory, &vault, err))
		return false;
	for (int64_t i = 0; i < scenario->agents; i++)
		missing += !vault_is_enrolled(vault, (size_t)i);
	if (missing > 0 && gate->token == NULL)
		return err_set_code(err, ERR_MALFORMED, "token",
		    "%lld agents have no certificate yet: --bootstrap with an "
		    "enrolment token is needed",
		    (long long)missing);
	if (gate->token_uses >= 0 && missing > gate->token_uses)
		return err_set_code(err, ERR_MALFORMED, "token",
		    "%s: %lld agents have no certificate yet, but the token "
		    "was "
		    "made for %lld uses",
		    arguments->bootstrap, (long long)missing,
		    (long long)gate->token_uses);
	return true;
}

static bool
write_report(const struct arguments *arguments, const struct scenario *scenario,
    const struct plan *plan, const struct stats *sums, bool is_complete,
    struct err *err)
{
	scoped(json_freep) json_t *json =
	    report_json(scenario, plan, sums, is_complete);
	scoped(memory_freep) char *text = json_write(json);

	if (!arguments->is_quiet)
		report_print(scenario, plan, sums);
	return arguments->json == NULL ||
	    file_write_atomic(arguments->json, view_string(text), 0644, err);
}

static enum exit_code
run(const struct arguments *arguments, const struct scenario *scenario,
    const struct plan *plan, const struct gate *gate,
    const struct variety *variety)
{
	scoped(memory_freep) struct stats *sums =
	    memory_array(scenario->step_count, sizeof(*sums));
	struct err err = ERR_INIT, unwritten = ERR_INIT;
	bool is_complete = coordinator_run(
	    &(struct fleet){
		.scenario = scenario,
		.plan = plan,
		.gate = gate,
		.variety = variety,
		.directory = arguments->directory,
		.is_quiet = arguments->is_quiet,
	    },
	    sums, &err);

	if (!is_complete)
		complain(&err);
	if (!write_report(
		arguments, scenario, plan, sums, is_complete, &unwritten)) {
		complain(&unwritten);
		return EXIT_SOMETHING_FAILED;
	}
	return is_complete && !report_has_failures(scenario, sums)
	    ? EXIT_ALL_EXPECTED
	    : EXIT_SOMETHING_FAILED;
}

static bool
is_bad_input(const struct err *err)
{
	return err->category == ERR_MALFORMED || err->category == ERR_LIMIT ||
	    err->category == ERR_NOT_FOUND || err->category == ERR_DENIED;
}

static enum exit_code
prepare_and_run(const struct arguments *arguments,
    const struct scenario *scenario, const struct plan *plan)
{
	scoped(variety_freep) struct variety *variety = NULL;
	struct gate gate = {0};
	struct err err = ERR_INIT;
	enum exit_code code;

	if (!vault_prepare(arguments->directory, &err) ||
	    !make_variety(arguments, scenario, &variety, &err) ||
	    !open_gate(arguments, &gate, &err) ||
	    !check_token(arguments, scenario, &gate, &err)) {
		complain(&err);
		gate_close(&gate);
		return is_bad_input(&err) ? EXIT_BAD_INPUT
					  : EXIT_SOMETHING_FAILED;
	}
	code = run(arguments, scenario, plan, &gate, variety);
	gate_close(&gate);
	return code;
}

int
main(int argc, char **argv)
{
	struct arguments arguments = {.directory = "fleet-state"};
	scoped(scenario_donep) struct scenario scenario = {0};
	struct plan plan = {0};
	struct err err = ERR_INIT;

	log_init("fleet", LOG_LEVEL_INFO);
	signal(SIGPIPE, SIG_IGN);
	if (!read_arguments(argc, argv, &arguments, &err) ||
	    !scenario_load(&scenario, arguments.scenario, &err) ||
	    !plan_make(&scenario, raise_descriptors(), arguments.processes,
		&plan, &err)) {
		complain(&err);
		return EXIT_BAD_INPUT;
	}
	if (!arguments.is_check)
		return (int)prepare_and_run(&arguments, &scenario, &plan);
	printf("%s: %lld agents in %u processes of at most %zu agents, %zu "
	       "steps\n",
	    scenario.name, (long long)scenario.agents, plan.processes,
	    plan.per_process, scenario.step_count);
	return EXIT_ALL_EXPECTED;
}
