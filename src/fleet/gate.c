/* Finding the server, and the heads of requests to it. */
#include "fleet/gate.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/json.h"
#include "base/memory.h"

enum {
	PUBLICATION_MAX = 128 * 1024,
	OPEN_MS = 30 * 1000,
	HEAD_MAX = 4096,
	LOOPBACK_FIRST = 0x7f100000, /* 127.16.0.0 */
	LOOPBACK_MASK = 0x000fffff,
};

static bool
resolve(struct gate *gate, struct err *err)
{
	struct addrinfo wanted = {.ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	int code = getaddrinfo(gate->address.name, NULL, &wanted, &found);
	struct sockaddr_in *in = (struct sockaddr_in *)&gate->https.address;

	if (code != 0)
		return err_set_code(err, ERR_SYSTEM, "server_name",
		    "the server's name %s cannot be resolved: %s",
		    gate->address.name, gai_strerror(code));
	memcpy(&gate->https.address, found->ai_addr, found->ai_addrlen);
	gate->https.length = found->ai_addrlen;
	freeaddrinfo(found);
	gate->agents = gate->https;
	/* sin_port and sin6_port lie in the same place. */
	in->sin_port = htons(gate->address.https_port);
	((struct sockaddr_in *)&gate->agents.address)->sin_port =
	    htons(gate->address.agent_port);
	gate->is_loopback = in->sin_family == AF_INET &&
	    ntohl(in->sin_addr.s_addr) >> 24 == 127;
	return true;
}

bool
gate_begin(const struct gate *gate, struct buf *out, const char *method,
    uint16_t port, const char *path, struct err *err)
{
	bool is_ipv6 = strchr(gate->address.name, ':') != NULL;

	return buf_append_format(out, err,
	    "%s %s HTTP/1.1\r\nHost: %s%s%s:%u\r\n"
	    "User-Agent: warifu-agent/%s\r\nAccept: application/problem+json, "
	    "*/*\r\n",
	    method, path, is_ipv6 ? "[" : "", gate->address.name,
	    is_ipv6 ? "]" : "", port, WARIFU_VERSION);
}

bool
gate_request(const struct gate *gate, struct buf *out, uint16_t port,
    const char *path, const char *header, const char *type, struct view body,
    struct err *err)
{
	if (!gate_begin(
		gate, out, type == NULL ? "GET" : "POST", port, path, err) ||
	    (header != NULL && !buf_append_format(out, err, "%s\r\n", header)))
		return false;
	if (type != NULL &&
	    !buf_append_format(out, err,
		"Content-Type: %s\r\nContent-Length: %zu\r\n", type,
		body.length))
		return false;
	return buf_append_string(out, "\r\n", err) &&
	    buf_append_view(out, body, err);
}

/* The one call before there are processes, with a loop of its own. */
struct fetch {
	struct loop *loop;
	struct err err;
	bool has_worked;
};

static void
on_fetched(void *context, struct call *call, const struct err *err)
{
	struct fetch *fetch = context;

	fetch->has_worked = err == NULL;
	if (err != NULL)
		fetch->err = *err;
	loop_stop(fetch->loop);
}

static bool
read_publication(
    struct gate *gate, const struct answer *answer, struct err *err)
{
	if (answer->status != 200)
		return err_set_code(err, ERR_SYSTEM, "server_refused",
		    "the server answered with HTTP status %u", answer->status);
	return publication_read(view_trim(buf_view(&answer->body)),
	    gate->address.pin, &gate->publication, err);
}

static bool
fetch_publication(struct gate *gate, struct err *err)
{
	scoped(loop_freep) struct loop *loop = loop_new();
	scoped(buf_donep) struct buf request = BUF_INIT(HEAD_MAX);
	struct fetch fetch = {.loop = loop};
	struct call *call;
	bool is_read;

	if (!gate_request(gate, &request, gate->address.https_port,
		"/.well-known/warifu/publication", NULL, NULL, view_of(NULL, 0),
		err))
		return false;
	call = call_start(
	    &(struct call_plan){
		.loop = loop,
		.port = &gate->https,
		.trust = gate->stranger,
		.request = buf_view(&request),
		.answer_max = PUBLICATION_MAX,
		.timeout_ms = OPEN_MS,
	    },
	    on_fetched, &fetch);
	loop_run(loop);
	if (!fetch.has_worked)
		*err = fetch.err;
	is_read =
	    fetch.has_worked && read_publication(gate, call_answer(call), err);
	call_free(call);
	return is_read;
}

/* "uses" is for those who enrol many: an agent passes over it. */
static int64_t
read_uses(struct view text)
{
	struct err ignored = ERR_INIT;
	scoped(json_freep) json_t *json =
	    json_read(text, BOOTSTRAP_MAX, &ignored);
	int64_t uses = -1;

	ignore_result(json_get_integer(
	    json, "uses", JSON_OPTIONAL, 0, INT64_MAX, &uses, &ignored));
	return uses;
}

static bool
read_address(struct gate *gate, struct view bootstrap, struct view remembered,
    struct err *err)
{
	gate->token_uses = -1;
	if (bootstrap.length == 0)
		return bootstrap_read(
		    remembered, false, &gate->address, &gate->token, err);
	gate->token_uses = read_uses(bootstrap);
	return bootstrap_read(
	    bootstrap, true, &gate->address, &gate->token, err);
}

bool
gate_open(struct gate *gate, struct view bootstrap, struct view remembered,
    struct err *err)
{
	*gate = (struct gate){0};
	if (read_address(gate, bootstrap, remembered, err) &&
	    resolve(gate, err) &&
	    tls_trust_new(NULL, gate->address.name, &gate->stranger, err) &&
	    fetch_publication(gate, err) &&
	    tls_trust_new(&gate->publication->anchors, gate->address.name,
		&gate->trust, err))
		return true;
	gate_close(gate);
	return false;
}

void
gate_close(struct gate *gate)
{
	secret_free(take(gate->token));
	publication_free(take(gate->publication));
	tls_trust_free(take(gate->trust));
	tls_trust_free(take(gate->stranger));
}

uint32_t
gate_source(
    const struct gate *gate, const struct scenario *scenario, size_t agent)
{
	uint32_t number =
	    (uint32_t)(agent / (uint64_t)scenario->agents_per_address);

	/* Neither .0 nor .255 at the end, as addresses of computers are. */
	return gate->is_loopback ? LOOPBACK_FIRST +
		((number / 254 * 256 + number % 254 + 1) & LOOPBACK_MASK)
				 : 0;
}
