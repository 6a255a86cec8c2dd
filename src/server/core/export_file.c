/* Nameless files for exports. */
#include "server/core/export_file.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/memory.h"
#include "os/fd.h"
#include "server/core/core.h"

enum {
	CHUNK_BYTES = 1024 * 1024, /* written at once */
};

bool
export_file_open(
    struct export_file *export, const struct core *core, struct err *err)
{
	scoped(memory_freep) char *path =
	    memory_format("%s/export-XXXXXX", core->state_directory);
	int file = mkostemp(path, O_CLOEXEC);

	if (file < 0)
		return err_set_errno(err, "cannot make a file for an export");
	if (unlink(path) != 0) {
		err_set_errno(err, "cannot make a nameless file");
		fd_close(file);
		return false;
	}
	export->file = file;
	export->length = 0;
	buf_init(&export->chunk, CHUNK_BYTES + EXPORT_ROW_BYTES_MAX);
	return true;
}

static bool
flush(struct export_file *export, struct err *err)
{
	if (!fd_write_all(export->file, buf_view(&export->chunk), err))
		return err_prefix(err, "writing the export");
	export->length += export->chunk.length;
	buf_clear(&export->chunk);
	return true;
}

bool
export_file_room(struct export_file *export, struct err *err)
{
	return export->chunk.length <= CHUNK_BYTES || flush(export, err);
}

bool
export_file_finish(struct export_file *export, int *out_file,
    uint64_t *out_length, struct err *err)
{
	if (!flush(export, err))
		return false;
	*out_length = export->length;
	*out_file = fd_take(&export->file);
	return true;
}

void
export_file_done(struct export_file *export)
{
	fd_close(fd_take(&export->file));
	buf_done(&export->chunk);
}
