/* Feeds foreign signed statements to the reader. */
#include "../tests/fuzz/fuzz.h"
#include "base/check.h"
#include "crypto/jws.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct key *key;
	scoped(buf_donep) struct buf payload = BUF_INIT(JWS_PAYLOAD_MAX);
	struct err err = ERR_INIT;

	if (key == NULL)
		check(key_generate(KEY_EC_P256, 0, &key, &err));
	check(!jws_verify(
	    view_of(data, size), key, "warifu-command+jwt", &payload, &err));
	(void)!jws_payload_unverified(view_of(data, size), &payload, &err);
	return 0;
}
