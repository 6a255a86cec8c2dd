/*
 * Asking a program of the host: run it, read what it prints, within bounds.
 *
 * Used by the root executor for what no file tells (the rpm database, the state
 * of systemd's units). The program gets a clean environment (PATH, LC_ALL=C),
 * no input, at most PROGRAM_OUTPUT_MAX bytes of output and a deadline; what is
 * left of it afterwards is killed.
 */
#ifndef AGENT_INVENTORY_PROGRAM_H
#define AGENT_INVENTORY_PROGRAM_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"

enum {
	PROGRAM_OUTPUT_MAX = 32 * 1024 * 1024,
	PROGRAM_TIME_MS = 60 * 1000,
};

/* argv[0] is a name looked for in the usual folders. Appends its standard
 * output to out. ERR_NOT_FOUND: no such program. ERR_SYSTEM: it failed, or did
 * not end in time. ERR_LIMIT: too much output. */
must_use bool
program_run(const char *const *argv, struct buf *out, struct err *err);

#endif
