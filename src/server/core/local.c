/* The enrolment file and the report token for the server's own computer. */
#include "server/core/local.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/memory.h"
#include "ipc/signer_client.h"
#include "os/file.h"
#include "policy/authorize.h"
#include "server/config.h"
#include "server/core/api/sign_in.h"
#include "server/core/bootstrap.h"
#include "server/core/audit.h"
#include "server/core/core.h"
#include "store/api_token.h"
#include "store/enrolment_token.h"
#include "store/office.h"
#include "store/user.h"

#define AGENT_FILE  "local-agent.json"
#define REPORT_FILE "local-report-token"
#define REPORT_USER "local-report"
/* No text hashes to this: nobody signs in by password as this user. */
#define NO_PASSWORD "*"

enum {
	LOCAL_LIFE_MS = 60 * 60 * 1000
};

static bool
write_file(const struct core *core, const char *name, const char *text,
    struct err *err)
{
	scoped(memory_freep) char *path =
	    file_join(core->state_directory, name);

	return file_write_atomic(path, view_string(text), 0600, err);
}

static void
remove_file(const struct core *core, const char *name)
{
	scoped(memory_freep) char *path =
	    file_join(core->state_directory, name);

	(void)unlink(path);
}

static bool
write_enrolment_token(struct store_tx *tx, void *context, struct err *err)
{
	return store_enrolment_token_create(tx, context, err);
}

static bool
make_enrolment_token(
    struct core *core, struct signer_token_created *out, struct err *err)
{
	int64_t now = core_now_ms(core);
	struct store_enrolment_token token = {.kind = STORE_TOKEN_OFFICE,
	    .office_id = STORE_OFFICE_LOCAL_ID,
	    .comment = "the server's own computer",
	    .uses_allowed = 1,
	    .uses_left = 1,
	    .created_at = now,
	    .expires_at = now + LOCAL_LIFE_MS};
	struct signer_token_create wanted = {.kind = SIGNER_TOKEN_OFFICE,
	    .office_id = STORE_OFFICE_LOCAL_ID,
	    .uses = 1,
	    .expires_ms = token.expires_at,
	    .by = view_string(REPORT_USER)};
	struct audit audit;

	if (!signer_client_token_create(core->signer, &wanted, out, err))
		return false;
	memcpy(token.id, out->token_id, sizeof(token.id));
	audit_init_server(&audit, STORE_AUDIT_TOKEN_CREATE);
	audit_target(&audit, STORE_AUDIT_TARGET_TOKEN, token.id, NULL);
	audit_after(&audit,
	    json_pack("{s:s, s:I}", "comment", token.comment, "uses",
		(json_int_t)token.uses_allowed));
	return audit_write(core, &audit, write_enrolment_token, &token, err);
}

/* The agent stands on this computer: loopback is the surest way, where the
 * certificate has a name for it. */
static const char *
name_for_agent(const struct server_config *config)
{
	static const char *const near[] = {"127.0.0.1", "localhost", "::1"};

	for (size_t i = 0; i < array_length(near); i++)
		for (char **name = config->names; *name != NULL; name++)
			if (strcmp(*name, near[i]) == 0)
				return near[i];
	return config->names[0];
}

static bool
write_agent_file(struct core *core, struct err *err)
{
	scoped(json_freep) json_t *object = NULL;
	scoped(memory_freep) char *text = NULL;
	struct signer_token_created made = {0};
	bool is_written = false;

	if (!make_enrolment_token(core, &made, err))
		return false;
	if (bootstrap_make(
		core, name_for_agent(core->config), made.token, &object, err)) {
		text = json_write(object);
		is_written = write_file(core, AGENT_FILE, text, err);
		explicit_bzero(text, strlen(text));
	}
	explicit_bzero(&made, sizeof(made));
	return is_written;
}

static bool
find_or_make_user(
    struct store_tx *tx, struct store_user *out_user, struct err *err)
{
	if (store_user_get_by_name(
		store_tx_reader(tx), REPORT_USER, out_user, err))
		return true;
	if (err->category != ERR_NOT_FOUND)
		return false;
	*out_user = (struct store_user){.name = REPORT_USER,
	    .password_hash = NO_PASSWORD,
	    .created_at = clock_wall_ms()};
	id_make(out_user->id);
	store_text_copy(
	    out_user->role_id, sizeof(out_user->role_id), POLICY_AUDITOR->id);
	return store_user_create(tx, out_user, err);
}

/* One token at a time: that of an earlier start ends. */
static bool
write_report_token(struct store_tx *tx, void *context, struct err *err)
{
	struct store_api_token *token = context;
	struct store_page page = {.limit = STORE_PAGE_MAX};
	struct store_api_token_filter filter = {0};
	struct store_api_token_list list = {0};
	struct store_user user;
	bool is_fine = true;

	filter.user_id = user.id;
	if (!find_or_make_user(tx, &user, err) ||
	    !store_api_token_list(
		store_tx_reader(tx), &filter, &page, &list, err))
		return false;
	for (size_t i = 0; i < list.count && is_fine; i++)
		is_fine = store_api_token_delete(tx, list.items[i].id, err);
	store_api_token_list_done(&list);
	memcpy(token->user_id, user.id, sizeof(token->user_id));
	memcpy(token->role_id, user.role_id, sizeof(token->role_id));
	return is_fine && store_api_token_create(tx, token, err);
}

static bool
write_report_file(struct core *core, struct err *err)
{
	struct store_api_token token = {
	    .name = "report", .created_at = core_now_ms(core)};
	char secret[SIGN_IN_TOKEN_SIZE];
	struct audit audit;
	bool is_written;

	id_make(token.id);
	token.expires_at = token.created_at + LOCAL_LIFE_MS;
	sign_in_make_token("wfa_", secret, token.token_hash);
	audit_init_server(&audit, STORE_AUDIT_API_TOKEN_CREATE);
	audit_target(
	    &audit, STORE_AUDIT_TARGET_API_TOKEN, token.id, token.name);
	is_written =
	    audit_write(core, &audit, write_report_token, &token, err) &&
	    write_file(core, REPORT_FILE, secret, err);
	explicit_bzero(secret, sizeof(secret));
	return is_written;
}

bool
local_files_write(struct core *core, struct err *err)
{
	if (!core->config->has_agent_bootstrap)
		remove_file(core, AGENT_FILE);
	else if (!write_agent_file(core, err))
		return err_prefix(err, "the local agent's enrolment file");
	if (!core->config->has_report_token)
		remove_file(core, REPORT_FILE);
	else if (!write_report_file(core, err))
		return err_prefix(err, "the local report token");
	return true;
}
