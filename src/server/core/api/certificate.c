/* Certificates that agents got. */
#include "api_operations.h"

#include <string.h>

#include "base/clock.h"
#include "base/limits.h"
#include "crypto/certificate.h"
#include "server/core/api/answer.h"
#include "store/certificate.h"

static const char *
state_name(const struct store_certificate *certificate, int64_t now)
{
	if (certificate->revoked_at != 0)
		return "revoked";
	return certificate->not_after <= now ? "expired" : "valid";
}

static json_t *
certificate_json(const struct store_certificate *certificate, int64_t now)
{
	json_t *object = json_object();

	json_set_string(object, "serial", certificate->serial);
	json_set_string(object, "computer_id", certificate->computer_id);
	json_set_string(object, "sha256", certificate->fingerprint);
	json_set_string(object, "subject", certificate->subject);
	json_set_string(
	    object, "profile", store_profile_name(certificate->profile));
	json_set_time(object, "not_before", certificate->not_before);
	json_set_time(object, "not_after", certificate->not_after);
	json_set_string(object, "state", state_name(certificate, now));
	json_set_bool(object, "is_superseded", certificate->is_superseded);
	json_set_time(object, "issued_at", certificate->issued_at);
	api_set_time_or_null(object, "revoked_at", certificate->revoked_at);
	api_set_text_or_null(object, "revocation_reason", certificate->reason);
	api_set_time_or_null(
	    object, "first_used_at", certificate->first_used_at);
	api_set_time_or_null(object, "last_used_at", certificate->last_used_at);
	return object;
}

static bool
answer_list(struct api_call *call, struct store_reader *reader,
    struct store_certificate_filter filter, struct err *err)
{
	struct store_page page = api_page(call);
	struct store_certificate_list list = {0};
	json_t *items;

	filter.sort = STORE_CERTIFICATE_BY_ISSUED;
	filter.is_descending = true;
	if (!store_certificate_list(reader, &filter, &page, &list, err))
		return false;
	items = json_array();
	for (size_t i = 0; i < list.count; i++)
		json_array_append_new(items,
		    certificate_json(
			&list.items[i], call->request->received_ms));
	response_json(call->response, 200, api_page_object(items, list.next));
	store_certificate_list_done(&list);
	return true;
}

static struct store_certificate_filter
filter_of(const struct api_call *call)
{
	struct store_certificate_filter filter = {0};
	const char *only = api_query(call, "only");
	int64_t days = api_query_integer_or(call, "expires_within_days", 0);
	int64_t now = call->request->received_ms;

	filter.is_current_only = only != NULL && strcmp(only, "current") == 0;
	filter.is_revoked_only = only != NULL && strcmp(only, "revoked") == 0;
	if (days > 0) {
		filter.not_after_from = now;
		filter.not_after_before = now + DAYS_MS(days);
	}
	return filter;
}

bool
api_certificate_list(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	return api_reader_open(call, &reader, err) &&
	    answer_list(call, reader, filter_of(call), err);
}

bool
api_computer_certificates(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	const char *id = request_path(call->request, "computer_id");
	struct store_computer computer;

	return api_reader_open(call, &reader, err) &&
	    store_computer_get(reader, id, &computer, err) &&
	    answer_list(call, reader,
		(struct store_certificate_filter){.computer_id = id}, err);
}

bool
api_certificate_get(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_certificate certificate;

	if (!api_reader_open(call, &reader, err) ||
	    !store_certificate_get(reader,
		request_path(call->request, "serial"), &certificate, err))
		return false;
	response_json(call->response, 200,
	    certificate_json(&certificate, call->request->received_ms));
	return true;
}

bool
api_certificate_pem(struct api_call *call, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	scoped(buf_donep) struct buf der = BUF_INIT(LIMIT_CERTIFICATE);
	scoped(buf_donep) struct buf pem = BUF_INIT(2 * LIMIT_CERTIFICATE);
	scoped(certificate_freep) struct certificate *certificate = NULL;

	if (!api_reader_open(call, &reader, err) ||
	    !store_certificate_get_der(
		reader, request_path(call->request, "serial"), &der, err))
		return false;
	if (!certificate_parse_der(buf_view(&der), &certificate, err) ||
	    !certificate_pem(certificate, &pem, err))
		return false;
	response_bytes(
	    call->response, 200, "application/x-pem-file", buf_view(&pem));
	return true;
}
