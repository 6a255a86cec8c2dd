/*
 * The link: the agent's WebSocket to the server (GET /agent/v1/channel, RFC
 * 6455), over which the server knocks.
 *
 * Opening blocks, for some seconds at most; after that the link lives on the
 * loop. It pings now and then, and ends when the server is silent. It ends
 * once: `ended` runs, and the owner calls link_free() in it or after it (never
 * in `knock`).
 * Channel process only. Opening fails as channel/exchange.h says, or with
 * "link_refused" (an answer that is not 101: channel/upgrade.h).
 */
#ifndef AGENT_CHANNEL_LINK_H
#define AGENT_CHANNEL_LINK_H

#include "agent/bootstrap.h"
#include "agent/channel/exchange.h"
#include "os/loop.h"

enum {
	LINK_OPEN_MS = 15 * 1000,
	/*
	 * And as long again for an answer. Whether the other end is there at
	 * all is TCP's to find out (every minute); a ping says that it lives,
	 * and keeps proxies content that end what is idle for ten minutes. What
	 * 100,000 idle agents cost the server is their pings.
	 */
	LINK_PING_MS = 8 * 60 * 1000,
};

struct link;

struct link_events {
	void (*knock)(void *context);
	void (*ended)(void *context, const struct err *err);
};

/* The peer must live as long as the link. */
must_use bool link_open(struct loop *loop, const struct exchange_peer *peer,
    const struct server_address *address, const struct link_events *events,
    void *context, struct link **out, struct err *err);
void link_free(struct link *link); /* takes NULL */
/* When the server was last heard, on the boot-time clock. */
must_use int64_t link_heard_ms(const struct link *link);

DEFINE_SCOPED(struct link, link_free)

#endif
