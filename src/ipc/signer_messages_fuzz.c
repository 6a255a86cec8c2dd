/* Feeds foreign bytes to every reader of the signer's messages. */
#include "../tests/fuzz/fuzz.h"
#include "ipc/signer_messages.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view body = view_of(data, size);
	struct err err = ERR_INIT;
	struct signer_token token;
	struct reader reader;
	struct view result;

#define READ(name, type)                                                       \
	{                                                                      \
		type value;                                                    \
		ignore_result(signer_##name##_read(body, &value, &err));       \
	}
	SIGNER_FORMS(READ)
#undef READ
	ignore_result(signer_answer_open(body, &result, &err));
	reader_init(&reader, body);
	while (
	    reader.rest.length > 0 && signer_token_next(&reader, &token, &err))
		continue;
	return 0;
}
