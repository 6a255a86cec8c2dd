/* Feeds foreign bytes to the reader of the console's index; what it takes lies
 * within the bundle and is found again. */
#include "../tests/fuzz/fuzz.h"
#include "base/check.h"
#include "server/gateway/console_index.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct console_index index = {0};
	struct err err = ERR_INIT;
	const uint64_t total = 1 << 20;
	size_t length;

	if (size < CONSOLE_HEAD_BYTES ||
	    !console_head_read(
		view_of(data, CONSOLE_HEAD_BYTES), &length, &err))
		return 0;
	if (!console_index_read(&index,
		view_of(data + CONSOLE_HEAD_BYTES, size - CONSOLE_HEAD_BYTES),
		total, &err)) {
		check(err.category == ERR_MALFORMED);
		return 0;
	}
	for (size_t i = 0; i < index.count; i++) {
		const struct console_file *file = &index.files[i];

		check(console_index_find(&index, view_string(file->path)) ==
		    file);
		for (size_t j = 0; j < file->form_count; j++)
			check(file->forms[j].length <=
			    total - file->forms[j].offset);
	}
	console_index_done(&index);
	return 0;
}
