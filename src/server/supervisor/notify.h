/*
 * The service manager: states and watchdog by sd_notify(3), where NOTIFY_SOCKET
 * is set; nothing happens without it.
 */
#ifndef SERVER_SUPERVISOR_NOTIFY_H
#define SERVER_SUPERVISOR_NOTIFY_H

#include <stdint.h>

#include "base/attributes.h"

void notify_ready(void);
void notify_reloading(void);
void notify_stopping(void);
void notify_status(const char *text);
void notify_alive(void);
/* How often notify_alive is wanted, in ms; 0: never. */
must_use int64_t notify_alive_interval_ms(void);

#endif
