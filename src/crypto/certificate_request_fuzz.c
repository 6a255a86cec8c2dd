/* Feeds foreign certificate requests to the reader. */
#include "../tests/fuzz/fuzz.h"
#include "crypto/certificate_request.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(certificate_request_freep) struct certificate_request *request =
	    NULL;
	struct err err = ERR_INIT;

	if (certificate_request_parse(view_of(data, size), &request, &err))
		(void)!certificate_request_verify_renewal(
		    request, certificate_request_key(request), &err);
	return 0;
}
