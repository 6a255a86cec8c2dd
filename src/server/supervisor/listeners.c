/* Listening sockets of all gateway slots. */
#include "server/supervisor/listeners.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "os/fd.h"
#include "os/listen.h"

struct port {
	const char *name;
	const char *option;
	int64_t number;
};

static bool
open_one(struct listeners_slot *slot, const struct port *port,
    const char *address, size_t address_number, bool is_first, struct err *err)
{
	if (slot->count == LISTENERS_PER_SLOT_MAX)
		return err_set_code(err, ERR_LIMIT, "configuration",
		    "[server] listen: at most %d addresses",
		    LISTENERS_PER_SLOT_MAX / 3);
	if (!listen_open(address, (uint16_t)port->number, port->option,
		is_first, &slot->fds[slot->count], err))
		return false;
	if (address_number == 0)
		snprintf(slot->names[slot->count], sizeof(slot->names[0]), "%s",
		    port->name);
	else
		snprintf(slot->names[slot->count], sizeof(slot->names[0]),
		    "%s.%zu", port->name, address_number);
	slot->count++;
	return true;
}

static bool
open_slot(struct listeners_slot *slot, const struct server_config *config,
    bool is_first, struct err *err)
{
	const struct port ports[] = {
	    {"http", "--http-port ([http] port)", config->http_port},
	    {"https", "--https-port ([https] port)", config->https_port},
	    {"agents", "--agent-port ([agents] port)", config->agents_port},
	};

	for (size_t i = 0; i < array_length(ports); i++)
		for (size_t j = 0; config->addresses[j] != NULL; j++)
			if (!open_one(slot, &ports[i], config->addresses[j], j,
				is_first, err))
				return false;
	return true;
}

static void
close_slot(struct listeners_slot *slot)
{
	for (size_t i = 0; i < slot->count; i++)
		fd_close(slot->fds[i]);
	slot->count = 0;
}

bool
listeners_open(struct listeners *listeners, const struct server_config *config,
    size_t slot_count, struct err *err)
{
	while (listeners->slot_count < slot_count) {
		struct listeners_slot slot = {0};

		if (!open_slot(
			&slot, config, listeners->slot_count == 0, err)) {
			close_slot(&slot);
			return false;
		}
		listeners->slots = memory_resize(listeners->slots,
		    listeners->slot_count + 1, sizeof(*listeners->slots));
		listeners->slots[listeners->slot_count++] = slot;
	}
	return true;
}

void
listeners_done(struct listeners *listeners)
{
	for (size_t i = 0; i < listeners->slot_count; i++)
		close_slot(&listeners->slots[i]);
	free(listeners->slots);
	memset(listeners, 0, sizeof(*listeners));
}
