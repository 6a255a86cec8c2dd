/* Tickets between password and second factor. */
#include "server/core/api/sign_in_ticket.h"

#include "crypto/digest.h"
#include "server/core/core.h"
#include "store/sign_in_ticket.h"

static enum store_listener
listener_of(const struct request *request)
{
	return request->listener == LISTENER_HTTP ? STORE_LISTENER_HTTP
						  : STORE_LISTENER_HTTPS;
}

static bool
write_ticket(struct store_tx *tx, void *context, struct err *err)
{
	return store_sign_in_ticket_create(tx, context, err);
}

bool
sign_in_ticket_make(const struct request *request, const char *user_id,
    char out_ticket[SIGN_IN_TOKEN_SIZE], int64_t *out_expires_at,
    struct err *err)
{
	struct store_sign_in_ticket ticket = {.listener = listener_of(request),
	    .created_at = request->received_ms,
	    .expires_at = request->received_ms + SIGN_IN_TICKET_MS};

	store_text_copy(ticket.user_id, sizeof(ticket.user_id), user_id);
	sign_in_make_token("wfk_", out_ticket, ticket.hash);
	*out_expires_at = ticket.expires_at;
	return store_write(request->core->store, write_ticket, &ticket, err);
}

static bool
invalid(struct err *err)
{
	return err_set_code(err, ERR_DENIED, "ticket_invalid",
	    "this sign-in has ended; begin again with the password");
}

/* Not there is invalid, anything else is a failure. */
static bool
invalid_or(const struct err *reason, struct err *err)
{
	if (reason->category == ERR_NOT_FOUND)
		return invalid(err);
	*err = *reason;
	return false;
}

/* Of the future: the clock was ahead when it was made. */
static bool
is_good(const struct request *request,
    const struct store_sign_in_ticket *ticket, const struct store_user *user)
{
	int64_t now = request->received_ms;

	return ticket->listener == listener_of(request) &&
	    now < ticket->expires_at &&
	    ticket->created_at - now <= SIGN_IN_CLOCK_MS &&
	    !user->is_disabled && user->has_two_factor &&
	    user->password_changed_at <= ticket->created_at;
}

bool
sign_in_ticket_find(const struct request *request, const char *ticket,
    struct store_user *out_user, char out_hash[STORE_SHA256_SIZE],
    struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_sign_in_ticket found;
	struct err reason = ERR_INIT;

	digest_sha256_hex(view_string(ticket), out_hash);
	if (!store_reader_open(request->core->store, &reader, err))
		return false;
	if (!store_sign_in_ticket_get(reader, out_hash, &found, &reason) ||
	    !store_user_get(reader, found.user_id, out_user, &reason))
		return invalid_or(&reason, err);
	return is_good(request, &found, out_user) || invalid(err);
}

struct attempt {
	const char *hash;
	bool may; /* comes out */
};

static bool
write_try(struct store_tx *tx, void *context, struct err *err)
{
	struct attempt *attempt = context;

	return store_sign_in_ticket_try(
	    tx, attempt->hash, SIGN_IN_TICKET_TRIES, &attempt->may, err);
}

bool
sign_in_ticket_try(
    const struct request *request, const char *hash, struct err *err)
{
	struct attempt attempt = {hash, false};
	struct err reason = ERR_INIT;

	if (!store_write(request->core->store, write_try, &attempt, &reason))
		return invalid_or(&reason, err);
	return attempt.may || invalid(err);
}

bool
sign_in_ticket_use(struct store_tx *tx, const char *hash, struct err *err)
{
	struct err reason = ERR_INIT;

	return store_sign_in_ticket_delete(tx, hash, &reason) ||
	    invalid_or(&reason, err);
}
