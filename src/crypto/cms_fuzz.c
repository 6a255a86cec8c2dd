/* Feeds foreign certs-only messages to the reader. */
#include "../tests/fuzz/fuzz.h"
#include "crypto/cms.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(certificate_list_donep) struct certificate_list list = {0};
	struct err err = ERR_INIT;

	(void)!cms_certs_only_parse(view_of(data, size), &list, &err);
	return 0;
}
