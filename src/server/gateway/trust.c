/* Putting core's trust snapshots and the listeners' identity in force. */
#include "base/check.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/certificate.h"
#include "crypto/key.h"
#include "os/fd.h"
#include "server/gateway/connection.h"
#include "server/gateway/gateway.h"

#include <stdio.h>

static void
format_id(const uint8_t *bytes, char out[ID_SIZE])
{
	scoped(memory_freep) char *hex =
	    hex_encode(view_of(bytes, IPC_AGENT_BYTES));

	snprintf(out, ID_SIZE, "%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8,
	    hex + 12, hex + 16, hex + 20);
}

/* Without leading zero octets, as certificate_serial() has it. */
static void
deny_serial(struct trust *trust, const uint8_t *bytes)
{
	scoped(memory_freep) char *hex = NULL;
	size_t skip = 0;

	while (skip < IPC_DENIED_SERIAL_BYTES - 1 && bytes[skip] == 0)
		skip++;
	hex = hex_encode(view_of(bytes + skip, IPC_DENIED_SERIAL_BYTES - skip));
	trust_deny_serial(trust, hex);
}

static bool
build(const struct gateway *gateway, struct view bytes,
    struct ipc_trust *out_message, struct trust **out, struct err *err)
{
	scoped(trust_freep) struct trust *trust = NULL;
	struct ipc_trust message;

	if (!ipc_trust_read(bytes, &message, err))
		return false;
	trust = trust_new(
	    message.fleet_id, message.number, message.requires_certificate);
	trust_remember(trust, (size_t)gateway->config->remembered_checks);
	for (size_t i = 0; i < message.agent_ca_count; i++)
		if (!trust_add_ca(trust, message.agent_cas[i], err))
			return false;
	for (size_t at = 0; at < message.denied_agents.length;
	     at += IPC_AGENT_BYTES) {
		char id[ID_SIZE];

		format_id(message.denied_agents.data + at, id);
		trust_deny_agent(trust, id);
	}
	for (size_t at = 0; at < message.denied_serials.length;
	     at += IPC_DENIED_SERIAL_BYTES)
		deny_serial(trust, message.denied_serials.data + at);
	*out_message = message;
	*out = take(trust);
	return true;
}

/* May this connection live on under the snapshot? */
static bool
is_still_trusted(const struct connection *connection, const struct trust *trust)
{
	const struct tls_peer *peer;

	if (connection->listener != LISTENER_AGENT || connection->tls == NULL ||
	    connection->phase == CONNECTION_HANDSHAKE)
		return true;
	peer = tls_session_peer(connection->tls);
	if (peer == NULL)
		return !trust_requires_certificate(trust);
	return !trust_denies(trust, peer->agent_id, peer->serial);
}

static void
end_denied(struct gateway *gateway, const struct trust *trust)
{
	struct connection *connection = TAILQ_FIRST(&gateway->connections);

	while (connection != NULL) {
		struct connection *next = TAILQ_NEXT(connection, all);

		if (!is_still_trusted(connection, trust))
			connection_abort(connection);
		connection = next;
	}
}

bool
trust_take(struct gateway *gateway, int fd, bool only_newer,
    uint64_t *out_number, struct err *err)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(IPC_MAX_TRUST);
	struct ipc_trust message;
	struct trust *trust;

	if (!fd_memfd_read(fd, &bytes, err) ||
	    !build(gateway, buf_view(&bytes), &message, &trust, err))
		return false;
	*out_number = message.number;
	if (only_newer && message.number <= gateway->trust_number) {
		trust_free(trust);
		return true;
	}
	gateway->has_trust = true;
	gateway->trust_number = message.number;
	buf_done(&gateway->trust_bytes);
	gateway->trust_bytes = bytes;
	buf_init(&bytes, 0);
	if (gateway->agent == NULL) {
		trust_free(trust);
		return true;
	}
	tls_context_set_trust(gateway->agent, trust);
	end_denied(gateway, trust);
	return true;
}

static bool
load_identity(const struct ipc_identity *message,
    struct certificate_list *chain, struct key **out_key, struct err *err)
{
	for (size_t i = 0; i < message->chain_count; i++) {
		struct certificate *certificate;

		if (!certificate_parse_der(
			message->chain[i], &certificate, err))
			return false;
		certificate_list_add(chain, certificate);
	}
	return key_load_pem(message->key, view_of(NULL, 0), out_key, err);
}

/* A new context for agents gets the snapshot that is in force. */
static bool
restore_trust(
    struct gateway *gateway, struct tls_context *agent, struct err *err)
{
	struct ipc_trust message;
	struct trust *trust;

	if (!gateway->has_trust)
		return true;
	if (!build(gateway, buf_view(&gateway->trust_bytes), &message, &trust,
		err))
		return false;
	tls_context_set_trust(agent, trust);
	return true;
}

static bool
make_contexts(struct gateway *gateway, const struct ipc_identity *message,
    struct err *err)
{
	scoped(certificate_list_donep) struct certificate_list chain = {0};
	scoped(key_freep) struct key *key = NULL;
	scoped(tls_context_freep) struct tls_context *https = NULL;
	scoped(tls_context_freep) struct tls_context *agent = NULL;

	if (!load_identity(message, &chain, &key, err) ||
	    !tls_context_new(TLS_LISTENER_HTTPS, &chain, key, &https, err) ||
	    !tls_context_new(TLS_LISTENER_AGENT, &chain, key, &agent, err) ||
	    !restore_trust(gateway, agent, err))
		return false;
	/* Sessions in being keep the old contexts alive. */
	tls_context_free(gateway->https);
	tls_context_free(gateway->agent);
	gateway->https = take(https);
	gateway->agent = take(agent);
	return true;
}

bool
identity_take(struct gateway *gateway, int fd, struct err *err)
{
	scoped(buf_wipep) struct buf bytes = BUF_INIT(IPC_MAX_IDENTITY);
	struct ipc_identity message;

	return fd_memfd_read(fd, &bytes, err) &&
	    ipc_identity_read(buf_view(&bytes), &message, err) &&
	    make_contexts(gateway, &message, err);
}
