/* A signer in a temporary folder, and agents that ask it. */
#include "server/signer/signer_fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/memory.h"
#include "os/file.h"

static bool
call(void *ctx, enum signer_message message, struct view body,
    struct signer_reply *out, struct err *err)
{
	struct fixture *fixture = ctx;

	return signer_answer(fixture->signer, message, body, &out->body,
		   &out->descriptor, err) &&
	    signer_sync(fixture->signer, err);
}

int
fixture_set_up(void **state)
{
	struct fixture *fixture = memory_zeroed(sizeof(*fixture));

	snprintf(fixture->folder, sizeof(fixture->folder),
	    "/tmp/warifu-signer-XXXXXX");
	if (mkdtemp(fixture->folder) == NULL)
		return -1;
	fixture->names[0] = memory_string("server.example");
	fixture->names[1] = memory_string("192.0.2.7");
	fixture->names[2] = memory_string("2001:db8::7");
	fixture->settings = (struct signer_settings){
	    .directory = fixture->folder,
	    .names = fixture->names,
	    .http_port = 8020,
	    .https_port = 8383,
	    .agents_port = 8443,
	    .certificate_lifetime_ms = DAYS_MS(90),
	};
	fixture->client = (struct signer_client){.call = call, .ctx = fixture};
	fixture->reply = (struct signer_reply)SIGNER_REPLY_INIT;
	memset(fixture->credential_hash, 7, sizeof(fixture->credential_hash));
	*state = fixture;
	if (!signer_open(&fixture->settings, &fixture->signer, &fixture->err)) {
		print_error("%s\n", fixture->err.sentence);
		return -1;
	}
	return 0;
}

static void
remove_tree(const char *folder)
{
	DIR *entries = opendir(folder);
	struct dirent *entry;

	while (entries != NULL && (entry = readdir(entries)) != NULL) {
		scoped(memory_freep) char *path =
		    file_join(folder, entry->d_name);

		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (unlink(path) != 0)
			remove_tree(path);
	}
	if (entries != NULL)
		closedir(entries);
	rmdir(folder);
}

int
fixture_tear_down(void **state)
{
	struct fixture *fixture = *state;

	signer_free(fixture->signer);
	signer_reply_done(&fixture->reply);
	key_free(fixture->key);
	remove_tree(fixture->folder);
	for (size_t i = 0; i < array_length(fixture->names); i++)
		free(fixture->names[i]);
	free(fixture);
	return 0;
}

void
fixture_restart(struct fixture *fixture)
{
	int64_t skew_ms =
	    fixture->signer != NULL ? fixture->signer->skew_ms : 0;

	signer_free(fixture->signer);
	fixture->signer = NULL;
	if (!signer_open(&fixture->settings, &fixture->signer, &fixture->err))
		fail_msg("%s", fixture->err.sentence);
	fixture->signer->skew_ms = skew_ms;
}

char *
fixture_path(const struct fixture *fixture, const char *name)
{
	return file_join(fixture->folder, name);
}

void
fixture_token(struct fixture *fixture, const char *computer_id, uint32_t uses,
    struct signer_token_created *out)
{
	struct signer_token_create request = {
	    .kind = uses == 1 ? SIGNER_TOKEN_COMPUTER : SIGNER_TOKEN_OFFICE,
	    .office_id = FIXTURE_OFFICE,
	    .uses = uses,
	    .expires_ms = signer_now(fixture->signer) + HOURS_MS(1),
	    .by = view_string("tester"),
	};

	snprintf(request.computer_id, sizeof(request.computer_id), "%s",
	    computer_id);
	assert_true(signer_client_token_create(
	    &fixture->client, &request, out, &fixture->err));
}

struct key *
fixture_key(void)
{
	struct err err = ERR_INIT;
	struct key *key = NULL;

	assert_true(key_generate(KEY_EC_P256, 0, &key, &err));
	return key;
}

void
fixture_request(struct fixture *fixture, const struct key *key, bool is_agent,
    const struct key *old_key, struct view nonce, struct buf *out)
{
	struct certificate_request_template template = {
	    .key = key,
	    .common_name = "wished",
	    .credential_hash = is_agent ? fixture->credential_hash : NULL,
	    .old_key = old_key,
	    .renewal_nonce = nonce,
	};

	assert_true(certificate_request_make(&template, out, &fixture->err));
}

bool
fixture_enrol_request(struct fixture *fixture, const char *token,
    struct view request, struct signer_issued *out)
{
	struct signer_enrol enrol = {
	    .token = view_string(token),
	    .address = view_string("192.0.2.50"),
	    .request = request,
	};

	return signer_client_enrol(
	    &fixture->client, &enrol, &fixture->reply, out, &fixture->err);
}

void
fixture_enrol(struct fixture *fixture, bool is_agent)
{
	scoped(buf_donep) struct buf request = BUF_INIT(LIMIT_CERTIFICATE);
	struct signer_token_created token;

	fixture_token(fixture, "", 1, &token);
	key_free(fixture->key);
	fixture->key = fixture_key();
	fixture_request(
	    fixture, fixture->key, is_agent, NULL, view_of(NULL, 0), &request);
	assert_true(fixture_enrol_request(
	    fixture, token.token, buf_view(&request), &fixture->issued));
}

bool
fixture_renew(struct fixture *fixture, const struct key *new_key,
    struct signer_issued *out)
{
	scoped(buf_donep) struct buf request = BUF_INIT(LIMIT_CERTIFICATE);
	struct signer_reenrol reenrol = {0};
	struct signer_nonce nonce;

	memcpy(reenrol.agent_id, fixture->issued.agent_id, ID_SIZE);
	memcpy(reenrol.serial, fixture->issued.serial, SIGNER_SERIAL_SIZE);
	if (!signer_client_nonce(&fixture->client, reenrol.agent_id,
		&fixture->reply, &nonce, &fixture->err))
		return false;
	fixture_request(
	    fixture, new_key, true, fixture->key, nonce.nonce, &request);
	reenrol.request = buf_view(&request);
	return signer_client_reenrol(
	    &fixture->client, &reenrol, &fixture->reply, out, &fixture->err);
}

static bool
order(struct fixture *fixture, const char *agent_id,
    bool (*function)(struct signer_client *client,
	const struct signer_agent_order *request, uint64_t *out_revision,
	struct err *err))
{
	struct signer_agent_order request = {.by = view_string("tester")};
	uint64_t revision = 0;

	snprintf(request.agent_id, sizeof(request.agent_id), "%s", agent_id);
	return function(&fixture->client, &request, &revision, &fixture->err);
}

bool
fixture_revoke(struct fixture *fixture, const char *agent_id)
{
	return order(fixture, agent_id, signer_client_revoke);
}

bool
fixture_retire(struct fixture *fixture, const char *agent_id)
{
	return order(fixture, agent_id, signer_client_retire);
}
