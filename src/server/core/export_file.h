/*
 * The file of an export: without a name, on the state's disk, written in
 * chunks, so that memory does not depend on how long it gets. Worker threads.
 */
#ifndef SERVER_CORE_EXPORT_FILE_H
#define SERVER_CORE_EXPORT_FILE_H

#include "base/attributes.h"
#include "base/bytes.h"

struct core;

enum {
	EXPORT_ROW_BYTES_MAX = 64 * 1024,
};

struct export_file {
	int file;
	struct buf chunk; /* what is appended next goes here */
	uint64_t length;  /* written */
};

/* It is nobody's to find, and gone with its last descriptor. */
must_use bool export_file_open(
    struct export_file *export, const struct core *core, struct err *err);
/* Room for one more row in the chunk. ERR_SYSTEM. */
must_use bool export_file_room(struct export_file *export, struct err *err);
/* The whole of it is in the file, whose descriptor is the caller's now. */
must_use bool export_file_finish(struct export_file *export, int *out_file,
    uint64_t *out_length, struct err *err);
void export_file_done(struct export_file *export); /* takes a zeroed one too */

static inline void
export_file_donep(struct export_file *export)
{
	export_file_done(export);
}

#define EXPORT_FILE_INIT                                                       \
	{                                                                      \
		.file = -1                                                     \
	}

#endif
