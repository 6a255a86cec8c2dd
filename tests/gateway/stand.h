/* What the stand and its fake core share. */
#ifndef TESTS_GATEWAY_STAND_H
#define TESTS_GATEWAY_STAND_H

#include "server/role.h"

void stand_say(const char *format, ...) printf_like(1, 2);
never_returns void stand_fail(const struct err *err);

/* Both arguments see the error: it is set before it is looked at. */
static inline void
stand_must(bool is_done, const struct err *err)
{
	if (!is_done)
		stand_fail(err);
}

/* Make keys and certificates; agents' go into the folder as PEM. */
void fake_core_prepare(const char *folder);
void fake_core_attach(struct role *role);
void fake_core_detach(const char *argument);
void fake_core_deny(const char *agent_id);
void fake_core_require(const char *argument);
void fake_core_knock(const char *text);
void fake_core_close(const char *code);
void fake_core_release(const char *argument);
void fake_core_second(struct role *role);
void fake_core_stale(const char *argument);
void fake_core_garbage(const char *argument);
void fake_core_done(void);

#endif
