/*
 * Reload: a new core beside the old one, then a new gateway beside each old
 * one. Gateways turn to the new core when it is ready; an old gateway stops
 * accepting when the new one on its sockets is ready. Nobody is refused.
 */
#include "server/supervisor/supervisor_private.h"

#include <string.h>

#include "base/log.h"
#include "os/fd.h"
#include "server/supervisor/notify.h"
#include "server/supervisor/shipped_file.h"

/* The new configuration in place of the old one; false: nothing changed. */
static bool
read_again(struct supervisor *supervisor, struct err *err)
{
	const struct options *options = supervisor->options;
	struct server_config fresh = {0};
	struct buf text = BUF_INIT(LIMIT_CONFIG_FILE);
	bool is_good;

	if (!server_config_load(&fresh, options->config_path, options->settings,
		options->setting_count, err))
		return false;
	if (strcmp(fresh.state_dir, supervisor->config.state_dir) != 0) {
		server_config_done(&fresh);
		return err_set(err, ERR_CONFLICT,
		    "[server] state_dir changes only with a full restart");
	}
	is_good = server_config_print(&fresh, &text, err) &&
	    listeners_open(&supervisor->listeners, &supervisor->config,
		(size_t)fresh.gateways, err);
	if (!is_good) {
		server_config_done(&fresh);
		buf_done(&text);
		return false;
	}
	if (fresh.http_port != supervisor->config.http_port ||
	    fresh.https_port != supervisor->config.https_port ||
	    fresh.agents_port != supervisor->config.agents_port)
		log_warning("other ports need a full restart; the old ones "
			    "stay in force");
	server_config_done(&supervisor->config);
	buf_done(&supervisor->configuration);
	supervisor->config = fresh;
	supervisor->configuration = text;
	fd_close(supervisor->console);
	fd_close(supervisor->installer);
	supervisor->console =
	    shipped_file_open(SHIPPED_CONSOLE, &supervisor->config);
	supervisor->installer =
	    shipped_file_open(SHIPPED_AGENT, &supervisor->config);
	return true;
}

void
reload_begin(struct supervisor *supervisor)
{
	struct err err = ERR_INIT;

	if (supervisor->is_stopping)
		return;
	if (supervisor->is_reloading) {
		supervisor->is_reload_wanted = true;
		return;
	}
	if (!read_again(supervisor, &err)) {
		log_failure(
		    LOG_LEVEL_ERROR, "the configuration stays as it was", &err);
		return;
	}
	log_info("reloading: core and gateways are replaced");
	notify_reloading();
	supervisor->is_reloading = true;
	supervisor->has_core_turned = false;
	loop_timer_stop(supervisor->core.restart);
	places_grow(supervisor, supervisor->listeners.slot_count);
	place_start(&supervisor->core);
}

/* The new core is ready: everyone turns to it, the old one finishes. */
void
reload_core_ready(struct supervisor *supervisor)
{
	struct process *core = supervisor->core.current;
	int64_t timeout = supervisor->config.drain_timeout_ms;

	for (struct process *other = supervisor->processes; other != NULL;
	     other = other->next)
		if (other->self.role == IPC_GATEWAY &&
		    other->state != PROCESS_STOPPING)
			places_connect(core, other);
	for (struct process *other = supervisor->processes; other != NULL;
	     other = other->next)
		if (other->self.role == IPC_CORE && other != core)
			process_drain(other, timeout);
	if (supervisor->has_core_turned)
		return; /* it died after that and came back */
	supervisor->has_core_turned = true;
	for (size_t i = 0; i < supervisor->gateway_count; i++) {
		loop_timer_stop(supervisor->gateways[i]->restart);
		place_start(supervisor->gateways[i]);
	}
}

void
reload_gateway_ready(struct supervisor *supervisor, struct process *gateway)
{
	for (struct process *other = supervisor->processes; other != NULL;
	     other = other->next)
		if (other != gateway && other->self.role == IPC_GATEWAY &&
		    other->self.slot == gateway->self.slot)
			process_drain(
			    other, supervisor->config.drain_timeout_ms);
}

void
reload_check_end(struct supervisor *supervisor)
{
	if (!supervisor->is_reloading || !supervisor->has_core_turned ||
	    !places_are_ready(supervisor))
		return;
	supervisor->is_reloading = false;
	log_info("reloaded");
	notify_ready();
	if (supervisor->is_reload_wanted) {
		supervisor->is_reload_wanted = false;
		reload_begin(supervisor);
	}
}
