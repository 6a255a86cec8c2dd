/*
 * What is common to the API's operations: the table made from
 * api/openapi.yaml, the checks that it asks for, and the stable codes.
 *
 * The route table leads to a made function per operation, which calls api_run:
 * transport, who is asking, parameters and body are checked against the
 * description before the handler runs. A handler answers through
 * call->response and returns true, or returns false with an error whose code is
 * one that the description lists. Runs in core's worker threads.
 */
#ifndef SERVER_CORE_API_OPERATION_H
#define SERVER_CORE_API_OPERATION_H

#include "base/attributes.h"
#include "base/err.h"
#include "base/json.h"
#include "policy/authorize.h"
#include "server/core/audit.h"
#include "server/core/core.h"
#include "server/core/request.h"
#include "server/core/response.h"

/* Who may call it. Restricted: also while the password must be changed. Setup:
 * also while the second factor must be set up. Session: not an API token. */
enum api_security {
	API_ANYONE,
	API_SIGNED_IN,
	API_SESSION,
	API_RESTRICTED,
	API_RESTRICTED_SESSION,
	API_SETUP_SESSION,
};

enum api_transport {
	API_TRANSPORT_ANY,
	API_TRANSPORT_LOOPBACK, /* HTTPS, or HTTP from this computer */
	API_TRANSPORT_HTTPS,
};

enum {
	API_NOT_AUDITED = -1, /* it only reads */
};
enum api_type {
	API_STRING,
	API_INTEGER,
	API_BOOLEAN,
	API_OBJECT,
	API_ARRAY,
};
enum api_format {
	API_FORMAT_ANY,
	API_FORMAT_UUID,
	API_FORMAT_LINE, /* no control characters */
	API_FORMAT_NAME, /* the same, and no blank at either end */
};

/* One parameter or member of a body. */
struct api_check {
	const char *name;
	enum api_type type;
	enum api_format format;
	bool is_required;
	int64_t min; /* of the number, the characters' or the items' count */
	int64_t max;
	const char *characters; /* the only ones allowed, or NULL */
	const char *const *words;
	const char *default_value; /* NULL: none */
	bool is_nullable;
	/* Of an object its members, of an array the one check of its items. */
	const struct api_check *members;
	size_t member_count;
};

struct api_call {
	struct core *core;
	struct request *request;
	struct response *response;
	const struct api_operation *operation;
	json_t *body; /* checked; NULL where the operation has none */
	/* What the audit log will say; NULL where the operation is not audited.
	 * Its actor, action and origin are set. */
	struct audit *audit;
	json_t *more; /* what a refusal tells beside its code, or NULL */
};

struct api_operation {
	const char *name;
	enum api_security security;
	enum api_transport transport;
	enum policy_module module;
	enum policy_level level;
	const struct api_check *path;
	size_t path_count;
	const struct api_check *query;
	size_t query_count;
	const struct api_check *body;
	size_t body_count;
	bool has_body;
	const char *const *codes; /* beside the common ones */
	int audit;                /* enum store_audit_action, or: */
	bool (*handle)(struct api_call *call, struct err *err);
};

struct api_problem {
	const char *code;
	int status;
	const char *title;
};

/* Made from the description; both sorted by their first member. */
extern const struct api_operation API_OPERATIONS[];
extern const size_t API_OPERATIONS_COUNT;
extern const struct api_problem API_PROBLEMS[];
extern const size_t API_PROBLEMS_COUNT;
extern const char API_DOCUMENT_YAML[];
extern const size_t API_DOCUMENT_YAML_LENGTH;
extern const char API_DOCUMENT_JSON[];
extern const size_t API_DOCUMENT_JSON_LENGTH;

/* NULL when there is none. */
must_use const struct api_operation *api_operation_find(const char *name);
must_use const struct api_problem *api_problem_find(const char *code);

/* Check everything that the description says, then call the handler. */
void api_run(const struct api_operation *operation, struct request *request,
    struct response *response);

/* Turn an error into its problem: status and title by its code. An error
 * without a listed code is told by its category and logged. */
void api_refuse(struct response *response, const struct err *err);
/* The same with members of its own beside those of every problem (borrowed;
 * NULL: none). */
void api_refuse_with(
    struct response *response, const struct err *err, const json_t *more);

/* The problem that it is told as; what may not be told is logged. */
must_use const struct api_problem *
api_problem_of(const struct err *err, const char **out_detail);

/* The operation's rule for the listener and the address; "https_required". */
must_use bool api_check_transport(const struct api_operation *operation,
    enum listener listener, bool is_loopback, struct err *err);
/* The operation's rule for who is asking: security class, then role and scope
 * (src/policy/authorize.h). ERR_DENIED not_signed_in, session_required,
 * password_change_required, two_factor_setup_required, not_permitted,
 * outside_scope. The one place that authorizes. */
must_use bool api_check_security(const struct api_operation *operation,
    const struct request_user *user, struct err *err);
must_use bool api_must_set_up_two_factor(const struct request_user *user);
must_use bool api_check_parameters(const struct api_operation *operation,
    const struct request *request, struct err *err);
must_use bool api_check_body(
    const struct api_operation *operation, const json_t *body, struct err *err);

/* The one way of handlers to change the store: fn (NULL: nothing) and the audit
 * row of this call in one transaction, which first judges the caller again by
 * the rights of that moment; the caller's scope limits its reader while fn
 * runs. fn may set target, before and after (audit_target, audit_before,
 * audit_after); it may run more than once. An operation that is audited and
 * answers without having come through here (or audit_write) is answered 500,
 * for it has forgotten to say what it did. */
must_use bool api_write(const struct api_call *call, store_write_fn *fn,
    void *context, struct err *err);
/* For many: fn appends the row of each itself (audit_append), and the handler
 * sets call->audit->is_recorded when each has a row or a refusal. */
must_use bool api_write_rows(const struct api_call *call, store_write_fn *fn,
    void *context, struct err *err);

/* Before what no transaction takes back (the signer's word): fn looks, by the
 * caller's rights and scope of that moment, in the writer's turn, so that
 * what takes rights away comes either before and counts, or after. It may run
 * more than once. Where nothing can be written a reader looks: revoking must
 * not wait for a disk. */
typedef bool
api_look_fn(struct store_reader *reader, void *context, struct err *err);
must_use bool api_decide(const struct api_call *call, api_look_fn *fn,
    void *context, struct err *err);

/* ERR_CONFLICT computer_revoked or, where retired ones count too,
 * computer_retired. */
struct store_computer;
must_use bool api_check_computer_lives(const struct store_computer *computer,
    bool may_be_retired, struct err *err);

/* A query parameter or its default; NULL where it has neither. */
must_use const char *api_query(const struct api_call *call, const char *name);
/* A query parameter that is an integer and has a default. */
must_use int64_t api_query_integer(
    const struct api_call *call, const char *name);
/* The same; if_absent where it has neither. */
must_use int64_t api_query_integer_or(
    const struct api_call *call, const char *name, int64_t if_absent);
/* Members of the checked body: NULL where absent. */
must_use const char *
api_body_string(const struct api_call *call, const char *name);
/* The member, its default, or if_absent. */
must_use int64_t api_body_integer(
    const struct api_call *call, const char *name, int64_t if_absent);

#endif
