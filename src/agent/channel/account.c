/* The server's address, its publications and the token, kept on disk. */
#include "agent/channel/channel.h"

#include "base/log.h"
#include "base/memory.h"
#include "crypto/jws.h"
#include "os/file.h"

#define PATH_ADDRESS     "server.json"
#define PATH_PUBLICATION "publication.jws"
#define PATH_NEXT        "publication-next.jws"
#define PATH_SPENT       "token.sha256"

static bool
rebuild_anchors(struct channel *channel, struct err *err)
{
	buf_done(&channel->anchors);
	buf_init(&channel->anchors, 1024 * 1024);
	return channel->publication == NULL ||
	    publication_anchors_pem(
		channel->publication, channel->next, &channel->anchors, err);
}

static bool
read_publication(const struct channel *channel, const char *path,
    struct publication **out, struct err *err)
{
	scoped(buf_donep) struct buf jws = BUF_INIT(JWS_MAX);

	return file_read(path, &jws, err) &&
	    publication_read(buf_view(&jws), channel->address.pin, out, err);
}

static bool
read_address(struct channel *channel, struct err *err)
{
	scoped(buf_donep) struct buf text = BUF_INIT(BOOTSTRAP_MAX);
	struct secret *none = NULL;

	if (!file_exists(PATH_ADDRESS))
		return true;
	if (!file_read(PATH_ADDRESS, &text, err) ||
	    !bootstrap_read(
		buf_view(&text), false, &channel->address, &none, err))
		return err_prefix(err, "the address of the server");
	channel->has_address = true;
	return true;
}

/* A held publication that cannot be read is forgotten: the server offers it
 * again. */
static bool
read_publications(struct channel *channel, struct err *err)
{
	struct err ignored = ERR_INIT;

	if (!channel->has_address || !file_exists(PATH_PUBLICATION))
		return true;
	if (!read_publication(
		channel, PATH_PUBLICATION, &channel->publication, err))
		return false;
	if (file_exists(PATH_NEXT) &&
	    !read_publication(channel, PATH_NEXT, &channel->next, &ignored))
		ignore_result(file_remove(PATH_NEXT, &ignored));
	return rebuild_anchors(channel, err);
}

static void
token_digest(const struct secret *token, char out[SHA256_HEX_SIZE])
{
	digest_sha256_hex(secret_view(token), out);
}

static bool
is_spent(const struct secret *token)
{
	scoped(buf_donep) struct buf spent = BUF_INIT(SHA256_HEX_SIZE);
	struct err ignored = ERR_INIT;
	char digest[SHA256_HEX_SIZE];

	token_digest(token, digest);
	return file_exists(PATH_SPENT) &&
	    file_read(PATH_SPENT, &spent, &ignored) &&
	    view_equal_string(buf_view(&spent), digest);
}

static bool
take_bootstrap(struct channel *channel, struct view text, struct err *err)
{
	if (text.length == 0)
		return true;
	if (!bootstrap_read(
		text, true, &channel->token_address, &channel->token, err))
		return false;
	if (is_spent(channel->token))
		secret_free(take(channel->token));
	return true;
}

static bool
open_identity(struct channel *channel, struct err *err)
{
	return identity_open(&channel->identity, ".",
	    channel->config.key_kind == AGENT_KEY_TPM, channel->config.tpm_tcti,
	    err);
}

bool
account_open(struct channel *channel, struct view bootstrap, struct err *err)
{
	struct err cause = ERR_INIT;

	buf_init(&channel->anchors, 1024 * 1024);
	if (!take_bootstrap(channel, bootstrap, err) ||
	    !read_address(channel, err) || !read_publications(channel, err))
		return false;
	if (open_identity(channel, &cause))
		return true;
	/* A lost key is no reason to end when there is a token for a new one:
	 * what cannot be used is put aside. */
	*err = cause;
	if (channel->token == NULL ||
	    strcmp(cause.code, "identity_broken") != 0)
		return false;
	log_failure(LOG_LEVEL_WARNING,
	    "the old identity is given up for a new one", &cause);
	return file_remove("identity/current", err) &&
	    open_identity(channel, err);
}

void
account_close(struct channel *channel)
{
	publication_free(take(channel->publication));
	publication_free(take(channel->next));
	secret_free(take(channel->token));
	buf_done(&channel->anchors);
	identity_close(&channel->identity);
}

static bool
fetch_publication(const struct exchange_peer *peer, const char *url,
    struct exchange_answer *out, struct err *err)
{
	struct exchange exchange = {
	    .peer = peer, .url = url, .answer_max = PUBLICATION_ANSWER_MAX};

	if (!exchange_run(&exchange, out, err))
		return false;
	return out->status == 200 || exchange_refused(out, err);
}

static bool
is_other_server(const struct channel *channel)
{
	return channel->has_address &&
	    strcmp(channel->address.pin, channel->token_address.pin) != 0;
}

/* Address and publication change together in memory; on disk the publication
 * comes last, because it is what says that there is a server. */
static bool
adopt(struct channel *channel, struct publication *publication, struct err *err)
{
	scoped(publication_freep) struct publication *fresh = publication;
	scoped(memory_freep) char *address =
	    bootstrap_write(&channel->token_address);

	if ((is_other_server(channel) &&
		(!report_forget_all(&channel->report, err) ||
		    !file_remove(PATH_PUBLICATION, err))) ||
	    !file_remove(PATH_NEXT, err) ||
	    !file_write_atomic(PATH_ADDRESS, view_string(address), 0600, err) ||
	    !file_write_atomic(
		PATH_PUBLICATION, view_string(fresh->jws), 0600, err))
		return false;
	channel->address = channel->token_address;
	channel->has_address = true;
	publication_free(channel->publication);
	publication_free(take(channel->next));
	channel->publication = take(fresh);
	return rebuild_anchors(channel, err);
}

bool
account_learn(struct channel *channel, struct err *err)
{
	struct exchange_peer stranger = {
	    .must_stop = channel_pump, .context = channel};
	scoped(memory_freep) char *url = bootstrap_url(&channel->token_address,
	    channel->token_address.https_port,
	    "/.well-known/warifu/publication");
	scoped(exchange_answer_donep) struct exchange_answer answer = {0};
	scoped(publication_freep) struct publication *publication = NULL;

	if (!fetch_publication(&stranger, url, &answer, err) ||
	    !publication_read(view_trim(buf_view(&answer.body)),
		channel->token_address.pin, &publication, err))
		return false;
	/* The same one again is fine, an older or foreign one is not. */
	if (!is_other_server(channel) &&
	    !publication_is_same(channel->publication, publication) &&
	    !publication_may_follow(channel->publication, publication, err))
		return false;
	return adopt(channel, take(publication), err);
}

bool
account_offer(struct channel *channel, const char *jws, struct err *err)
{
	scoped(publication_freep) struct publication *publication = NULL;

	if (!publication_read(
		view_string(jws), channel->address.pin, &publication, err))
		return false;
	if (publication_is_same(channel->publication, publication) ||
	    publication_is_same(channel->next, publication))
		return true;
	if (!publication_may_follow(channel->publication, publication, err) ||
	    !publication_may_follow(channel->next, publication, err) ||
	    !file_write_atomic(PATH_NEXT, view_string(jws), 0600, err))
		return false;
	publication_free(channel->next);
	channel->next = take(publication);
	return rebuild_anchors(channel, err);
}

static bool
works_alone(struct channel *channel, struct err *err)
{
	scoped(buf_donep) struct buf anchors = BUF_INIT(1024 * 1024);
	scoped(memory_freep) char *url = bootstrap_url(&channel->address,
	    channel->address.agent_port, "/.well-known/warifu/publication");
	scoped(exchange_answer_donep) struct exchange_answer answer = {0};
	struct exchange_peer peer;

	if (!publication_anchors_pem(channel->next, NULL, &anchors, err))
		return false;
	peer = account_peer(channel, &channel->identity.current);
	peer.anchors_pem = buf_view(&anchors);
	return fetch_publication(&peer, url, &answer, err);
}

bool
account_settle(struct channel *channel, struct err *err)
{
	if (channel->next == NULL)
		return true;
	if (!works_alone(channel, err))
		/* The server still shows what the one in force vouches for:
		 * both are held on, and this is tried again. */
		return strcmp(err->code, "server_untrusted") == 0;
	if (!file_write_atomic(
		PATH_PUBLICATION, view_string(channel->next->jws), 0600, err) ||
	    !file_remove(PATH_NEXT, err))
		return false;
	publication_free(channel->publication);
	channel->publication = take(channel->next);
	log_info("a new publication is in force");
	return rebuild_anchors(channel, err);
}

/* The newest publication of whoever answers, with nothing told to it: only what
 * the pinned key has signed is believed, and only when a connection that is
 * verified by it alone works. */
static bool
find_back(struct channel *channel, struct err *err)
{
	struct exchange_peer stranger = {
	    .must_stop = channel_pump, .context = channel};
	scoped(memory_freep) char *url = bootstrap_url(&channel->address,
	    channel->address.https_port, "/.well-known/warifu/publication");
	scoped(exchange_answer_donep) struct exchange_answer answer = {0};
	scoped(memory_freep) char *jws = NULL;

	if (!fetch_publication(&stranger, url, &answer, err))
		return false;
	jws = view_to_string(view_trim(buf_view(&answer.body)));
	if (!account_offer(channel, jws, err) || !account_settle(channel, err))
		return false;
	if (channel->next != NULL)
		return err_set(err, ERR_CRYPTO,
		    "the server's newest publication does not name its "
		    "certificate");
	return true;
}

bool
account_reach(struct channel *channel, struct err *err)
{
	struct exchange_peer peer =
	    account_peer(channel, &channel->identity.current);
	scoped(memory_freep) char *url = bootstrap_url(&channel->address,
	    channel->address.agent_port, "/.well-known/warifu/publication");
	scoped(exchange_answer_donep) struct exchange_answer answer = {0};
	struct err other = ERR_INIT;
	int64_t number = channel->publication->number;

	if (fetch_publication(&peer, url, &answer, err))
		return true;
	if (strcmp(err->code, "server_untrusted") != 0)
		return false;
	if (!find_back(channel, &other)) {
		log_failure(LOG_LEVEL_DEBUG, "no way back", &other);
		return false;
	}
	/* The same publication says nothing new: whoever answers shows a
	 * certificate that the server has not published. */
	return channel->publication->number != number;
}

bool
account_spend_token(struct channel *channel, struct err *err)
{
	char digest[SHA256_HEX_SIZE];

	if (channel->token == NULL)
		return true;
	token_digest(channel->token, digest);
	if (!file_write_atomic(PATH_SPENT, view_string(digest), 0600, err))
		return false;
	secret_free(take(channel->token));
	return true;
}

struct exchange_peer
account_peer(struct channel *channel, const struct identity *identity)
{
	return (struct exchange_peer){
	    .anchors_pem = buf_view(&channel->anchors),
	    .identity = identity,
	    .must_stop = channel_pump,
	    .context = channel,
	};
}
