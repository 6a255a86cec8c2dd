/* The two halves of the sandbox; for sandbox.c alone, see os/sandbox.h. */
#ifndef OS_SANDBOX_PRIVATE_H
#define OS_SANDBOX_PRIVATE_H

#include "os/sandbox.h"

must_use bool
sandbox_filter_calls(const struct sandbox *sandbox, struct err *err);
/* out_abi: 0 where the kernel has no Landlock. */
must_use bool sandbox_restrict_files(
    const struct sandbox *sandbox, int *out_abi, struct err *err);

#endif
