/* Feeds foreign OCSP requests to the responder, which answers them all. */
#include "../tests/fuzz/fuzz.h"
#include "base/check.h"
#include "base/clock.h"
#include "crypto/ocsp.h"

static struct key *key;
static struct certificate *ca;
static struct certificate *responder;

static bool
judge(void *context, const char *serial, struct ocsp_verdict *out,
    struct err *err)
{
	out->status = OCSP_GOOD;
	return true;
}

static void
make_people(void)
{
	struct certificate_template template = {.profile = CERTIFICATE_CA,
	    .not_before_ms = clock_wall_ms(),
	    .not_after_ms = clock_wall_ms() + DAYS_MS(1),
	    .common_name = "fuzz"};
	struct err err = ERR_INIT;

	check(key_generate(KEY_EC_P256, 0, &key, &err));
	template.subject_key = key;
	digest_random_serial(template.serial);
	check(certificate_issue(&template, NULL, key, &ca, &err));
	template.profile = CERTIFICATE_OCSP;
	check(certificate_issue(&template, ca, key, &responder, &err));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(ocsp_request_freep) struct ocsp_request *request = NULL;
	scoped(buf_donep) struct buf out = BUF_INIT(65536);
	struct ocsp_responder how = {.judge = judge};
	struct err err = ERR_INIT;

	if (ca == NULL)
		make_people();
	if (!ocsp_request_parse(view_of(data, size), &request, &err))
		return 0;
	how.issuer = ca;
	how.responder = responder;
	how.responder_key = key;
	how.next_update_ms = 1000;
	check(ocsp_respond(&how, request, &out, &err));
	return 0;
}
