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
