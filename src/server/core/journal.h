/*
 * The signer's journal head, mirrored in the database: what tells a journal
 * that was shortened or exchanged.
 */
#ifndef SERVER_CORE_JOURNAL_H
#define SERVER_CORE_JOURNAL_H

#include "base/attributes.h"
#include "base/err.h"
#include "ipc/signer_types.h"

struct core;

/* The highest head that was ever mirrored; n 0 when none was. */
must_use bool journal_highest_seen(
    struct core *core, struct signer_head *out, struct err *err);

#endif
