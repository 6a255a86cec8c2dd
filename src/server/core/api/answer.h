/*
 * Small parts of answers: times and texts that may be absent, pages, ETags.
 * Worker threads of core.
 */
#ifndef SERVER_CORE_API_ANSWER_H
#define SERVER_CORE_API_ANSWER_H

#include "base/attributes.h"
#include "server/core/api/operation.h"
#include "store/store.h"

/* 0 is null. */
void api_set_time_or_null(json_t *object, const char *name, int64_t wall_ms);
/* "" is null. */
void api_set_text_or_null(json_t *object, const char *name, const char *text);

/* What the parameters limit and cursor ask for. */
must_use struct store_page api_page(const struct api_call *call);
/* 200 {items, next_cursor}; items is taken. Returns the object, which the
 * response owns only after api_answer_page. */
must_use json_t *api_page_object(json_t *items, const char *next);

/* The rule of roles and scopes (operation.h), for a module that only some
 * requests of an operation are about.
 * ERR_DENIED not_permitted, outside_scope. */
must_use bool api_check_level(const struct request_user *user,
    enum policy_module module, enum policy_level level, struct err *err);

/* What the request sees of the store: its scope alone. Handlers read through
 * this and write through api_write. */
must_use bool api_reader_open(const struct api_call *call,
    struct store_reader **out_reader, struct err *err);
/* The version of a thing in quotes. */
enum {
	API_ETAG_SIZE = 24
};
void api_etag(int64_t version, char out[API_ETAG_SIZE]);
void api_answer_etag(const struct api_call *call, int64_t version);
/* If-Match (RFC 9110 section 13.1.1) against it: absent and "*" match.
 * ERR_CONFLICT version_mismatch. */
must_use bool
api_check_if_match(const char *if_match, const char *etag, struct err *err);

/* A thing that two people may edit. */
struct api_thing {
	const char *kind; /* "office", "user", "role", "setting" */
	const char *id;
	int64_t version; /* as it is now */
};
/* The request's If-Match against the version. ERR_CONFLICT version_mismatch,
 * and the refusal tells what has changed since, when and by whom: changed
 * {version, at, by, members}. Inside the transaction that changes it. */
must_use bool
api_check_version(struct api_call *call, struct store_reader *reader,
    const struct api_thing *thing, struct err *err);
/* Record that this request makes the next version by changing these members
 * ("name scope"). */
must_use bool
api_record_version(const struct api_call *call, struct store_tx *tx,
    const struct api_thing *thing, const char *members, struct err *err);

/* Record what the signed-in user has done, in the event list and the log.
 * detail is taken, and may be NULL. */
void api_event(const struct api_call *call, const char *kind,
    const char *sentence, const char *subject, json_t *detail);

#endif
