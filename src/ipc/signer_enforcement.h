/*
 * What core and signer say to each other about settings that are for good. As
 * in ipc/signer_types.h: read structs borrow all views from the body.
 */
#ifndef IPC_SIGNER_ENFORCEMENT_H
#define IPC_SIGNER_ENFORCEMENT_H

#include "ipc/signer_types.h"

/* The closed table of what can be put in force and never be lifted. */
enum signer_setting {
	SIGNER_SETTING_TWO_FACTOR = 1, /* every user needs a second factor */
};
enum {
	SIGNER_SETTING_LAST = SIGNER_SETTING_TWO_FACTOR,
};

/* ENFORCE: from now on and for good. Once more is no change; the answer is
 * empty. No message says the opposite. */
struct signer_enforce {
	enum signer_setting setting;
	struct view by; /* who asks, for the journal */
};

/* ENFORCED: empty request. */
struct signer_enforced {
	uint64_t settings; /* bit N: the setting with the number N */
};

static inline bool
signer_is_enforced(
    const struct signer_enforced *enforced, enum signer_setting setting)
{
	return (enforced->settings >> (unsigned)setting & 1) != 0;
}

#endif
