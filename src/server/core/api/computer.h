/* What the operations about one computer and about many share. */
#ifndef SERVER_CORE_API_COMPUTER_H
#define SERVER_CORE_API_COMPUTER_H

#include "base/attributes.h"
#include "server/core/api/operation.h"
#include "server/core/revocation.h"
#include "store/computer.h"

/* What the list's parameters ask for; texts are borrowed from the request. */
must_use struct store_computer_filter
api_computer_filter(const struct api_call *call);

/* The same for the parameter group_id; criteria is where a group's are kept as
 * long as the filter. Who may not look at groups learns nothing about them by
 * it: ERR_DENIED not_permitted; ERR_NOT_FOUND group_not_found. */
struct criteria;
must_use bool api_computer_narrow(const struct api_call *call,
    struct store_reader *reader, struct criteria *criteria,
    struct store_computer_filter *filter, struct err *err);

/* Whether computers are like others (filter or criteria) is asked by who sees
 * all of them alone: ERR_DENIED outside_scope. api_computer_narrow asks it. */
must_use bool
api_check_likeness(const struct api_call *call, bool is_asked, struct err *err);

/* Who asks, without a reason. */
must_use struct revocation_actor
api_computer_actor(const struct api_call *call);

void
api_computer_target(struct audit *audit, const struct store_computer *computer);
/* {office_id}, as the audit log tells it. */
must_use json_t *api_computer_office(const char *office_id);

/* How its agent was recognised when it last came: "certificate", "credential"
 * or NULL. */
must_use const char *
api_computer_last_seen_by(const struct store_computer *computer);

#endif
