/*
 * The gateway on a test stand: the real gateway_main, with a stand-in for the
 * supervisor's side of a role and for core, all in one process and loop.
 *
 * Started as: gateway_stand FOLDER [SECTION.KEY=VALUE …]. It writes agents'
 * certificates and keys into FOLDER, says "ports HTTP HTTPS AGENTS" and obeys
 * words on standard input (stand_orders). What happens is one line each on
 * standard output. The fake core is fake_core.c.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/log.h"
#include "base/memory.h"
#include "os/fd.h"
#include "os/file.h"
#include "os/listen.h"
#include "stand.h"

static struct role role;

void
role_begin(struct role *self, const struct role_events *events, void *context)
{
	self->events = events;
	self->context = context;
	fake_core_attach(&role);
}

void
role_ready(struct role *self)
{
	stand_say("ready");
}

void
role_status(struct role *self, const char *text)
{
}

void
role_peer_broken(
    struct role *self, const struct role_peer *peer, const struct err *why)
{
	stand_say("broken %s", err_sentence(why));
}

int
role_descriptor_take(struct role *self, const char *name)
{
	for (size_t i = 0; i < self->descriptor_count; i++)
		if (strcmp(self->descriptors[i].name, name) == 0)
			return fd_take(&self->descriptors[i].fd);
	return -1;
}

void
stand_fail(const struct err *err)
{
	fprintf(stderr, "gateway_stand: %s\n", err_sentence(err));
	exit(1);
}

void
stand_say(const char *format, ...)
{
	va_list arguments;
	char *line;

	va_start(arguments, format);
	line = memory_format_v(format, arguments);
	va_end(arguments);
	printf("%s\n", line);
	fflush(stdout);
	free(line);
}

static void
drain(const char *argument)
{
	role.events->drain(role.context);
}

static void
stop(const char *argument)
{
	role.events->stop(role.context);
}

static void
attach(const char *argument)
{
	fake_core_attach(&role);
}

static void
second(const char *argument)
{
	fake_core_second(&role);
}

static const struct {
	const char *word;
	void (*obey)(const char *argument);
} stand_orders[] = {
    {"attach", attach},             /* a new core */
    {"detach", fake_core_detach},   /* core dies */
    {"deny", fake_core_deny},       /* revoke an agent by its id */
    {"require", fake_core_require}, /* a certificate, from now on */
    {"knock", fake_core_knock},     /* a text to every socket */
    {"close", fake_core_close},     /* every socket, with a code */
    {"release", fake_core_release}, /* answer the last GET /never */
    {"garbage", fake_core_garbage}, /* break the protocol */
    {"second", second},             /* a new core beside the old one */
    {"stale", fake_core_stale},     /* the old one repeats its first trust */
    {"drain", drain},
    {"stop", stop},
};

static void
obey(char *line)
{
	char *argument = strchr(line, ' ');

	if (argument != NULL)
		*argument++ = '\0';
	for (size_t i = 0; i < array_length(stand_orders); i++)
		if (strcmp(stand_orders[i].word, line) == 0)
			stand_orders[i].obey(argument);
	stand_say("done %s", line);
}

static void
on_input(void *context, unsigned events)
{
	static char line[256];
	static size_t length;
	char byte;

	/* One byte a round: orders are few. */
	if (read(STDIN_FILENO, &byte, 1) != 1)
		exit(0);
	if (byte != '\n') {
		check(length < sizeof(line) - 1);
		line[length++] = byte;
		return;
	}
	line[length] = '\0';
	length = 0;
	obey(line);
}

static void
open_listener(const char *name, uint16_t *out_port)
{
	struct role_descriptor *descriptor =
	    &role.descriptors[role.descriptor_count++];
	struct err err = ERR_INIT;

	if (!listen_open("127.0.0.1", 0, "port", true, &descriptor->fd, &err))
		stand_fail(&err);
	snprintf(descriptor->name, sizeof(descriptor->name), "%s", name);
	*out_port = listen_port(descriptor->fd);
}

/* FOLDER/console.bundle, where there is one. */
static void
open_console(const char *folder)
{
	scoped(memory_freep) char *path = file_join(folder, "console.bundle");
	struct role_descriptor *descriptor =
	    &role.descriptors[role.descriptor_count];
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	descriptor->fd = fd;
	snprintf(descriptor->name, sizeof(descriptor->name), "console");
	role.descriptor_count++;
}

int
main(int argc, char **argv)
{
	static struct server_config config;
	struct err err = ERR_INIT;
	uint16_t ports[3];

	check(argc >= 2);
	(void)signal(SIGPIPE, SIG_IGN);
	log_init("stand", LOG_LEVEL_INFO);
	if (!server_config_load(
		&config, NULL, argv + 2, (size_t)argc - 2, &err))
		stand_fail(&err);
	role.name = "gateway";
	role.id = IPC_GATEWAY;
	role.slot_count = 1;
	role.loop = loop_new();
	role.config = &config;
	open_listener("http", &ports[0]);
	open_listener("https", &ports[1]);
	open_listener("agents", &ports[2]);
	open_console(argv[1]);
	fake_core_prepare(argv[1]);
	stand_say("ports %u %u %u", ports[0], ports[1], ports[2]);
	struct loop_watch *input =
	    loop_watch_new(role.loop, STDIN_FILENO, LOOP_READ, on_input, NULL);
	int code = gateway_main(&role);
	loop_watch_free(input);
	fake_core_detach(NULL);
	fake_core_done();
	loop_free(role.loop);
	server_config_done(&config);
	stand_say("ended %d", code);
	return code;
}
