/* The signer as a role: channels to cores, answers after the journal's sync. */
#include <signal.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/memory.h"
#include "os/fd.h"
#include "os/file.h"
#include "server/role.h"
#include "server/signer/signer.h"

enum {
	PASSPHRASE_BYTES_MAX = 4096,
	STATUS_BYTES_MAX = 160,
	STATUS_PAUSE_SECONDS = 5,
	IDENTITY_MINUTES = 10, /* between looks at the server's certificate */
};

struct service;

/* One core, from attach to the end of its channel. */
struct core_peer {
	struct service *service;
	struct role_peer identity;
	struct ipc_channel *channel;
	struct core_peer *next;
};

/* An answer that waits for the journal. */
struct answer {
	struct core_peer *peer; /* NULL: it went away */
	uint16_t type;
	uint32_t request;
	struct buf body;
	int fd;
	struct answer *next;
};

struct service {
	struct role *role;
	struct signer_settings settings;
	struct secret *passphrase;
	char *directory;
	struct signer *signer;
	struct core_peer *peers;
	struct answer *first;
	struct answer **last;
	struct loop_timer *flush;
	struct loop_timer *refusals;
	struct loop_timer *identity;
	uint64_t told_n; /* entries, when the status was told last */
	int64_t told_ms;
	int exit_code;
};

static void
answer_free(struct answer *answer)
{
	buf_wipe(&answer->body);
	fd_close(answer->fd);
	free(answer);
}

/* Long answers travel as a memfd in an empty frame. */
static bool
send_answer(struct answer *answer, struct err *err)
{
	struct ipc_frame frame = {
	    .type = answer->type,
	    .request = answer->request,
	    .body = buf_view(&answer->body),
	    .fd = -1,
	};

	if (answer->body.length > LIMIT_FRAME_BODY) {
		frame.body = view_of(NULL, 0);
		if (!fd_memfd_of("signer-answer", buf_view(&answer->body),
			&frame.fd, err))
			return false;
	} else {
		frame.fd = fd_take(&answer->fd);
	}
	return ipc_channel_send(answer->peer->channel, &frame, err);
}

static void
tell_status(struct service *service)
{
	const struct signer *signer = service->signer;
	uint64_t n = journal_head(signer->journal)->n;
	int64_t now_ms = clock_monotonic_ms();
	char text[STATUS_BYTES_MAX];

	if (n == service->told_n ||
	    now_ms - service->told_ms < SECONDS_MS(STATUS_PAUSE_SECONDS))
		return;
	service->told_n = n;
	service->told_ms = now_ms;
	snprintf(text, sizeof(text),
	    "%zu certificates of %zu agents, journal at entry %llu",
	    signer->ledger.certificate_count, signer->ledger.agent_count,
	    (unsigned long long)n);
	role_status(service->role, text);
}

static void
flush(void *context)
{
	struct service *service = context;
	struct err err = ERR_INIT;
	struct answer *answer;

	if (!signer_sync(service->signer, &err)) {
		/* Nobody is told anything: what is on the disk now is read
		 * anew by the next signer. */
		log_failure(LOG_LEVEL_ERROR, "the signer ends", &err);
		service->exit_code = 1;
		loop_stop(service->role->loop);
		return;
	}
	while ((answer = service->first) != NULL) {
		service->first = answer->next;
		if (service->first == NULL)
			service->last = &service->first;
		if (answer->peer != NULL && !send_answer(answer, &err))
			log_failure(LOG_LEVEL_WARNING,
			    "an answer could not be sent", &err);
		answer_free(answer);
	}
	tell_status(service);
}

static void
plan_refusals(struct service *service)
{
	int64_t next = refusals_next_ms(&service->signer->refusals);
	int64_t now = clock_monotonic_ms();

	if (next != INT64_MAX)
		loop_timer_start(
		    service->refusals, next > now ? next - now : 0);
}

static void
write_refusals(void *context)
{
	struct service *service = context;

	signer_write_refusals(service->signer, false);
	/* Where there was no room, try again in a while, not at once. */
	if (refusals_next_ms(&service->signer->refusals) <=
	    clock_monotonic_ms())
		loop_timer_start(service->refusals, MINUTES_MS(1));
	else
		plan_refusals(service);
	loop_timer_start(service->flush, 0);
}

static void
look_at_identity(void *context)
{
	struct service *service = context;
	struct err err = ERR_INIT;

	if (!signer_server_identity_look(
		service->signer, clock_monotonic_ms(), &err))
		log_failure(LOG_LEVEL_ERROR,
		    "the server's certificate stays as it is", &err);
	loop_timer_start(service->flush, 0);
}

static void
queue(struct service *service, struct answer *answer)
{
	if (service->first == NULL)
		loop_timer_start(service->flush, 0);
	*service->last = answer;
	service->last = &answer->next;
}

static void
peer_free(struct core_peer *peer)
{
	struct core_peer **at = &peer->service->peers;

	for (struct answer *a = peer->service->first; a != NULL; a = a->next) {
		if (a->peer == peer)
			a->peer = NULL;
	}
	while (*at != peer)
		at = &(*at)->next;
	*at = peer->next;
	ipc_channel_free(peer->channel);
	free(peer);
}

static void
break_peer(struct core_peer *peer, const struct err *why)
{
	log_failure(LOG_LEVEL_ERROR, "core broke the signer's protocol", why);
	role_peer_broken(peer->service->role, &peer->identity, why);
	peer_free(peer);
}

static void
on_frame(void *context, struct ipc_channel *channel, struct ipc_frame *frame)
{
	struct core_peer *peer = context;
	struct service *service = peer->service;
	struct answer *answer = memory_zeroed(sizeof(*answer));
	struct err err = ERR_INIT;

	answer->peer = peer;
	answer->type = frame->type;
	answer->request = frame->request;
	buf_init(&answer->body, SIGNER_ANSWER_MAX);
	if (!signer_answer(service->signer,
		(enum signer_message)(frame->type - SIGNER_TYPE_FIRST),
		frame->body, &answer->body, &answer->fd, &err)) {
		answer_free(answer);
		break_peer(peer, &err);
		return;
	}
	queue(service, answer);
	plan_refusals(service);
}

static void
on_closed(void *context, struct ipc_channel *channel, const struct err *err)
{
	struct core_peer *peer = context;

	if (err != NULL)
		break_peer(peer, err);
	else
		peer_free(peer);
}

static void
attach(void *context, const struct role_peer *identity, int socket)
{
	static const struct ipc_channel_events events = {
	    .frame = on_frame,
	    .closed = on_closed,
	};
	struct service *service = context;
	struct core_peer *peer = memory_zeroed(sizeof(*peer));

	peer->service = service;
	peer->identity = *identity;
	peer->next = service->peers;
	service->peers = peer;
	peer->channel = ipc_channel_new(service->role->loop, socket, IPC_SIGNER,
	    identity->role, &events, peer);
}

static void
stop(void *context)
{
	struct service *service = context;

	loop_stop(service->role->loop);
}

static bool
read_passphrase(struct service *service, struct err *err)
{
	scoped(fd_closep) int fd =
	    role_descriptor_take(service->role, "passphrase");
	scoped(buf_wipep) struct buf text = BUF_INIT(PASSPHRASE_BYTES_MAX);

	if (fd < 0)
		return true;
	if (!fd_memfd_read(fd, &text, err))
		return err_prefix(err, "reading the pass phrase");
	while (text.length > 0 &&
	    (text.data[text.length - 1] == '\n' ||
		text.data[text.length - 1] == '\r'))
		text.length--;
	/* Never keys in the clear because a pass phrase got lost. */
	if (text.length == 0)
		return err_set(err, ERR_MALFORMED, "the pass phrase is empty");
	service->passphrase = secret_new(buf_view(&text));
	return true;
}

static void
fill_settings(struct service *service)
{
	const struct server_config *config = service->role->config;
	bool has_token = config->key_store == SERVER_KEY_STORE_PKCS11;

	service->settings = (struct signer_settings){
	    .directory = service->directory,
	    .pkcs11_uri = has_token ? config->pkcs11_uri : NULL,
	    .pkcs11_module = has_token ? config->pkcs11_module : NULL,
	    .passphrase = service->passphrase,
	    .names = config->names,
	    .http_port = (uint16_t)config->http_port,
	    .https_port = (uint16_t)config->https_port,
	    .agents_port = (uint16_t)config->agents_port,
	    .certificate_lifetime_ms = config->certificate_lifetime_ms,
	};
}

static void
serve(struct service *service)
{
	static const struct role_events events = {
	    .attach = attach,
	    .drain = stop,
	    .stop = stop,
	};
	struct loop *loop = service->role->loop;

	service->flush = loop_timer_new(loop, flush, service);
	service->refusals = loop_timer_new(loop, write_refusals, service);
	service->identity = loop_timer_new(loop, look_at_identity, service);
	loop_timer_repeat(service->identity, MINUTES_MS(IDENTITY_MINUTES));
	role_begin(service->role, &events, service);
	role_ready(service->role);
	service->told_ms = -SECONDS_MS(STATUS_PAUSE_SECONDS);
	tell_status(service);
	loop_run(loop);
	if (service->exit_code == 0) {
		signer_write_refusals(service->signer, true);
		flush(service);
	}
	while (service->peers != NULL)
		peer_free(service->peers);
	loop_timer_free(service->flush);
	loop_timer_free(service->refusals);
	loop_timer_free(service->identity);
}

/* What cannot be cured by starting again needs the administrator. */
static int
exit_code_of(const struct err *err)
{
	bool may_pass = (err->category == ERR_SYSTEM && err->code[0] == '\0') ||
	    strcmp(err->code, "journal_locked") == 0;

	return may_pass ? 1 : ROLE_EXIT_HOPELESS;
}

int
signer_main(struct role *role)
{
	struct service service = {.role = role};
	struct err err = ERR_INIT;

	/* A file too long is an error to be told, not a death. */
	signal(SIGXFSZ, SIG_IGN);
	service.last = &service.first;
	service.directory = role_path(role, ".");
	if (!read_passphrase(&service, &err)) {
		service.exit_code = 1;
	} else {
		fill_settings(&service);
		if (signer_open(&service.settings, &service.signer, &err))
			serve(&service);
		else
			service.exit_code = exit_code_of(&err);
	}
	if (service.exit_code != 0 && err.category != ERR_NONE)
		log_failure(LOG_LEVEL_ERROR, "the signer cannot start", &err);
	while (service.first != NULL) {
		struct answer *answer = service.first;

		service.first = answer->next;
		answer_free(answer);
	}
	signer_free(service.signer);
	secret_free(service.passphrase);
	free(service.directory);
	return service.exit_code;
}
