/* Feeds foreign public keys and PEM private keys to their readers. */
#include "../tests/fuzz/fuzz.h"
#include "crypto/signature.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(key_freep) struct key *public = NULL;
	scoped(key_freep) struct key *private = NULL;
	struct view bytes = view_of(data, size);
	struct err err = ERR_INIT;

	if (key_load_spki(bytes, &public, &err))
		(void)!signature_verify(
		    public, bytes, view_slice(bytes, 0, 72), &err);
	(void)!key_load_pem(bytes, VIEW_LITERAL("passphrase"), &private, &err);
	return 0;
}
