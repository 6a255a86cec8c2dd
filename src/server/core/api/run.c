/* One API request from its route to its answer. */
#include "server/core/api/operation.h"

#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "server/core/api/answer.h"
#include "server/core/api/sign_in.h"
#include "server/core/changes.h"
#include "server/core/handlers.h"

static int
compare_operation(const void *name, const void *operation)
{
	return strcmp(name, ((const struct api_operation *)operation)->name);
}

static int
compare_problem(const void *code, const void *problem)
{
	return strcmp(code, ((const struct api_problem *)problem)->code);
}

const struct api_operation *
api_operation_find(const char *name)
{
	return bsearch(name, API_OPERATIONS, API_OPERATIONS_COUNT,
	    sizeof(*API_OPERATIONS), compare_operation);
}

const struct api_problem *
api_problem_find(const char *code)
{
	return bsearch(code, API_PROBLEMS, API_PROBLEMS_COUNT,
	    sizeof(*API_PROBLEMS), compare_problem);
}

/* The code to tell for a failure whose own code the description lacks. */
static const char *
code_of_category(enum err_category category)
{
	switch (category) {
	case ERR_MALFORMED:
		return "bad_request";
	case ERR_SYSTEM:
	case ERR_LIMIT:
		return "unavailable";
	case ERR_UNCERTAIN:
		return "uncertain";
	case ERR_NOT_FOUND:
	case ERR_DENIED:
	case ERR_CONFLICT:
	case ERR_CRYPTO:
	case ERR_NONE:
		return "internal";
	}
	unreachable();
}

/* A 503 or 429 names a time to come back; the handler may know better. */
static void
add_headers(struct response *response, const struct api_problem *problem)
{
	for (size_t i = 0; i < response->header_count; i++)
		if (strcmp(response->headers[i].name, "Retry-After") == 0)
			return;
	if (problem->status == 503)
		response_header(response, "Retry-After", "5");
	if (problem->status == 401)
		response_header(
		    response, "WWW-Authenticate", "Bearer realm=\"warifu\"");
}

void
api_refuse(struct response *response, const struct err *err)
{
	api_refuse_with(response, err, NULL);
}

const struct api_problem *
api_problem_of(const struct err *err, const char **out_detail)
{
	static struct log_budget budget;
	const struct api_problem *problem = api_problem_find(err->code);

	if (problem == NULL) {
		problem = api_problem_find(code_of_category(err->category));
		check(problem != NULL);
	}
	*out_detail = err_sentence(err);
	/* What the system said names paths and hosts: it is for the log. */
	if (problem->status >= 500 && !response_may_tell(err)) {
		if (log_budget_take(&budget, LOG_LEVEL_ERROR))
			log_failure(
			    LOG_LEVEL_ERROR, "an API request failed", err);
		*out_detail = "the server's log says more";
	}
	return problem;
}

void
api_refuse_with(
    struct response *response, const struct err *err, const json_t *more)
{
	const char *detail;
	const struct api_problem *problem = api_problem_of(err, &detail);

	add_headers(response, problem);
	response_problem_with(response, problem->status, problem->code,
	    problem->title, detail, more);
}

bool
api_check_transport(const struct api_operation *operation,
    enum listener listener, bool is_loopback, struct err *err)
{
	if (listener != LISTENER_HTTP ||
	    operation->transport == API_TRANSPORT_ANY ||
	    (operation->transport == API_TRANSPORT_LOOPBACK && is_loopback))
		return true;
	return err_set_code(err, ERR_DENIED, "https_required",
	    "this is not answered over HTTP; use the HTTPS port");
}

/* API tokens go on working: there is nobody to hold a device. */
bool
api_must_set_up_two_factor(const struct request_user *user)
{
	return user->is_two_factor_required && !user->has_two_factor &&
	    user->session_id[0] != '\0';
}

bool
api_check_level(const struct request_user *user, enum policy_module module,
    enum policy_level level, struct err *err)
{
	struct policy_facts facts = {.levels = user->levels,
	    .is_scoped = user->scope.count > 0,
	    .module = module,
	    .level = level};
	struct policy_verdict verdict = policy_judge(&facts);

	if (verdict.decision == POLICY_ALLOW)
		return true;
	if (verdict.reason == POLICY_REASON_SCOPE)
		return err_set_code(err, ERR_DENIED, "outside_scope",
		    "this concerns the whole server; it is not for who is "
		    "limited to a scope");
	return err_set_code(err, ERR_DENIED, "not_permitted",
	    "this needs the level \"%s\" in the module \"%s\"; you have "
	    "\"%s\"",
	    policy_level_name(level), policy_module_name(module),
	    policy_level_name(verdict.level));
}

bool
api_check_security(const struct api_operation *operation,
    const struct request_user *user, struct err *err)
{
	enum api_security security = operation->security;
	bool is_restricted_too =
	    security == API_RESTRICTED || security == API_RESTRICTED_SESSION;
	bool is_setup_too = is_restricted_too || security == API_SETUP_SESSION;
	bool is_for_sessions = security == API_SESSION ||
	    security == API_RESTRICTED_SESSION || security == API_SETUP_SESSION;

	if (security == API_ANYONE)
		return true;
	if (user->user_id[0] == '\0')
		return err_set_code(err, ERR_DENIED, "not_signed_in",
		    "sign in first, or send an API token");
	if (is_for_sessions && user->session_id[0] == '\0')
		return err_set_code(err, ERR_DENIED, "session_required",
		    "an API token may not do this; sign in with a password");
	if (user->must_change_password && !is_restricted_too)
		return err_set_code(err, ERR_DENIED, "password_change_required",
		    "change the password before anything else");
	if (api_must_set_up_two_factor(user) && !is_setup_too)
		return err_set_code(err, ERR_DENIED,
		    "two_factor_setup_required",
		    "set up a second factor before anything else");
	return api_check_level(user, operation->module, operation->level, err);
}

static const struct api_operation *
operation_of(const struct request *request)
{
	const struct api_operation *operation =
	    api_operation_find(request->route->operation);

	check(operation != NULL);
	return operation;
}

static bool
check_transport(const struct request *request, struct err *err)
{
	return api_check_transport(operation_of(request), request->listener,
	    request_is_from_loopback(request), err);
}

/* Who was not let in has tried it all the same. */
static void
note_refusal(const struct request *request,
    const struct api_operation *operation, const struct err *err)
{
	struct audit audit;

	if (operation->audit == API_NOT_AUDITED)
		return;
	audit_init_request(
	    &audit, request, (enum store_audit_action)operation->audit);
	audit_refuse(request->core, &audit, err);
}

bool
api_before(struct request *request, struct response *response)
{
	struct err err = ERR_INIT;

	if (check_transport(request, &err) &&
	    sign_in_authenticate(request, &err) &&
	    api_check_security(operation_of(request), &request->user, &err))
		return true;
	note_refusal(request, operation_of(request), &err);
	response_header(response, "Cache-Control", "no-store");
	api_refuse(response, &err);
	return false;
}

static bool
read_body(struct api_call *call, struct err *err)
{
	if (!call->operation->has_body)
		return true;
	call->body = request_json(call->request, err);
	return call->body != NULL &&
	    api_check_body(call->operation, call->body, err);
}

struct limited_write {
	const struct api_call *call;
	store_write_fn *fn;
	void *context;
};

/* Rights may have been taken away since the request came in: what is written is
 * judged by those of the transaction that writes it. */
static bool
judge_again(
    const struct api_call *call, struct store_reader *reader, struct err *err)
{
	struct request_user *who = &call->request->user;

	if (call->operation->security == API_ANYONE)
		return true;
	return sign_in_set_again(who, reader, err) &&
	    api_check_security(call->operation, who, err);
}

static bool
write_limited(struct store_tx *tx, void *context, struct err *err)
{
	const struct limited_write *write = context;
	struct store_reader *reader = store_tx_reader(tx);
	bool is_fine;

	if (!judge_again(write->call, reader, err))
		return false;
	store_reader_limit(reader, &write->call->request->user.scope);
	is_fine = write->fn == NULL || write->fn(tx, write->context, err);
	/* Other requests' closures run in the same transaction. */
	store_reader_limit(reader, NULL);
	return is_fine;
}

bool
api_write(const struct api_call *call, store_write_fn *fn, void *context,
    struct err *err)
{
	struct limited_write write = {call, fn, context};

	check(call->audit != NULL);
	return audit_write(call->core, call->audit, write_limited, &write, err);
}

bool
api_write_rows(const struct api_call *call, store_write_fn *fn, void *context,
    struct err *err)
{
	struct limited_write write = {call, fn, context};

	check(call->audit != NULL);
	return store_write(call->core->store, write_limited, &write, err);
}

struct decision {
	const struct api_call *call;
	api_look_fn *fn;
	void *context;
};

static bool
look(struct store_reader *reader, const struct decision *decision,
    struct err *err)
{
	bool is_fine;

	if (!judge_again(decision->call, reader, err))
		return false;
	store_reader_limit(reader, &decision->call->request->user.scope);
	is_fine = decision->fn(reader, decision->context, err);
	store_reader_limit(reader, NULL);
	return is_fine;
}

static bool
look_in_turn(struct store_tx *tx, void *context, struct err *err)
{
	return look(store_tx_reader(tx), context, err);
}

static bool
look_beside(const struct api_call *call, const struct decision *decision,
    struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	return store_reader_open(call->core->store, &reader, err) &&
	    look(reader, decision, err);
}

bool
api_decide(const struct api_call *call, api_look_fn *fn, void *context,
    struct err *err)
{
	struct decision decision = {call, fn, context};

	if (store_write(call->core->store, look_in_turn, &decision, err))
		return true;
	if (err->category != ERR_SYSTEM && err->category != ERR_UNCERTAIN)
		return false;
	/* Where nothing can be written, no right can be taken away either. */
	err_reset(err);
	return look_beside(call, &decision, err);
}

static bool
run(struct api_call *call, struct err *err)
{
	return check_transport(call->request, err) &&
	    api_check_security(call->operation, &call->request->user, err) &&
	    api_check_parameters(call->operation, call->request, err) &&
	    read_body(call, err) && call->operation->handle(call, err);
}

/* A handler that says that it did something and has recorded nothing: a bug,
 * and what it did is recorded at least now. */
static void
find_unrecorded(struct api_call *call)
{
	struct err unwritten = ERR_INIT;
	struct err err = ERR_INIT;

	if (call->audit->is_recorded)
		return;
	err_set_code(&err, ERR_SYSTEM, "internal",
	    "bug: the operation %s recorded nothing in the audit log",
	    call->operation->name);
	if (!audit_write(call->core, call->audit, NULL, NULL, &unwritten))
		log_failure(LOG_LEVEL_ERROR,
		    "an audit row could not be written", &unwritten);
	api_refuse(call->response, &err);
}

/* The one place from which consoles hear that an operation changed something:
 * once what it did is done, and also where it failed behind its write. */
static void
tell_change(const struct api_call *call)
{
	if (call->audit->is_recorded)
		changes_raise_module(call->core, call->operation->module);
}

static void
run_audited(struct api_call *call, struct err *err)
{
	struct audit audit;

	audit_init_request(&audit, call->request,
	    (enum store_audit_action)call->operation->audit);
	call->audit = &audit;
	if (run(call, err)) {
		find_unrecorded(call);
		tell_change(call);
		return;
	}
	tell_change(call);
	if (!audit.is_recorded)
		audit_refuse(call->core, &audit, err);
	api_refuse_with(call->response, err, call->more);
}

void
api_run(const struct api_operation *operation, struct request *request,
    struct response *response)
{
	struct api_call call = {.core = request->core,
	    .request = request,
	    .response = response,
	    .operation = operation};
	struct err err = ERR_INIT;

	response_header(response, "Cache-Control", "no-store");
	response_header(response, "X-Content-Type-Options", "nosniff");
	if (operation->audit != API_NOT_AUDITED)
		run_audited(&call, &err);
	else if (!run(&call, &err))
		api_refuse_with(response, &err, call.more);
	json_decref(call.more);
	json_decref(call.body);
}
