/* Feeds foreign bytes to the reader of the archive's head and of names. */
#include "../tests/fuzz/fuzz.h"
#include "base/check.h"
#include "base/host_name.h"
#include "base/memory.h"
#include "server/core/installer_text.h"

#include <string.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	scoped(memory_freep) char *name = view_to_string(view_of(data, size));
	struct installer_archive archive = {0};
	struct err err = ERR_INIT;

	if (installer_archive_read_head(view_of(data, size), &archive, &err))
		check(strpbrk(archive.version, " '\"$`\\") == NULL &&
		    strpbrk(archive.architecture, " '\"$`\\") == NULL);
	if (host_name_is_valid(name))
		check(strpbrk(name, " '\"$`\\\n;&|<>()") == NULL);
	return 0;
}
