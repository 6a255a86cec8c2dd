/* Feeds foreign certificates to the reader, in DER and in PEM. */
#include "../tests/fuzz/fuzz.h"
#include "crypto/certificate.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(certificate_freep) struct certificate *certificate = NULL;
	scoped(certificate_list_donep) struct certificate_list list = {0};
	struct err err = ERR_INIT;

	if (certificate_parse_der(view_of(data, size), &certificate, &err)) {
		certificate_list_add(&list, certificate_share(certificate));
		(void)!certificate_verify(
		    certificate, &list, CERTIFICATE_CLIENT, 0, &err);
	}
	(void)!certificate_list_parse_pem(&list, view_of(data, size), 4, &err);
	return 0;
}
