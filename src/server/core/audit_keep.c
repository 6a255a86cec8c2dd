/* Heads to the signer, old rows cut off. */
#include "server/core/audit_keep.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "ipc/signer_client.h"
#include "server/config.h"
#include "server/core/alerts.h"
#include "server/core/audit.h"
#include "server/core/core.h"
#include "store/audit_chain.h"
#include "store/audit_checkpoint.h"
#include "store/setting.h"

struct audit_keeper {
	pthread_mutex_t mutex;
	bool is_known; /* the signer was asked for the head that it has */
	int64_t told_n;
	int64_t told_ms; /* monotonic */
	bool has_looked;
	int64_t look_ms; /* monotonic: when old rows were looked for */
	bool is_cut_due;
	int64_t due_ms; /* monotonic: since when there were some */
};

enum {
	LOOK_MINUTES = 10,
};

struct audit_keeper *
audit_keeper_new(void)
{
	struct audit_keeper *keeper = memory_zeroed(sizeof(*keeper));

	check(pthread_mutex_init(&keeper->mutex, NULL) == 0);
	return keeper;
}

void
audit_keeper_free(struct audit_keeper *keeper)
{
	if (keeper == NULL)
		return;
	pthread_mutex_destroy(&keeper->mutex);
	free(keeper);
}

static bool
read_head(
    struct core *core, struct store_audit_position *out_head, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;

	return store_reader_open(core->store, &reader, err) &&
	    store_audit_head(reader, out_head, err);
}

/* The signer has seen more than there is. With two cores (reload) the other one
 * may have told of rows that this one did not see yet: look again. */
static bool
judge_set_back(struct core *core, uint64_t seen_n, struct err *err)
{
	static struct log_budget budget;
	struct store_audit_position head;

	if (!read_head(core, &head, err))
		return false;
	alerts_note_audit(core, (uint64_t)head.n < seen_n);
	if ((uint64_t)head.n < seen_n &&
	    log_budget_take(&budget, LOG_LEVEL_ERROR))
		log_error("the audit log is shorter than it was: rows were "
			  "removed or an older database was restored; run "
			  "warifuctl audit verify");
	return true;
}

static bool
ask_known(struct core *core, uint64_t *out_n, struct err *err)
{
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	struct signer_audit_heads heads;

	if (!signer_client_audit_heads(
		core->signer, INT64_MAX, &reply, &heads, err))
		return false;
	*out_n = heads.latest.n;
	return true;
}

static bool
tell_head(
    struct core *core, const struct store_audit_position *head, struct err *err)
{
	struct audit_keeper *keeper = core->audit_keeper;
	struct signer_audit_head wanted = {.n = (uint64_t)head->n};
	struct signer_audit_head kept;
	uint64_t seen_n = 0;

	if (!hex_decode(
		view_string(head->hash), wanted.hash, sizeof(wanted.hash)))
		return err_set(err, ERR_SYSTEM,
		    "the audit log ends with a hash that is none");
	if (signer_client_audit_head(core->signer, &wanted, &kept, err)) {
		keeper->told_n = head->n;
		keeper->told_ms = clock_monotonic_ms();
		alerts_note_audit(core, false);
		return true;
	}
	if (strcmp(err->code, "audit_set_back") != 0)
		return false;
	err_reset(err);
	keeper->told_ms = clock_monotonic_ms();
	return ask_known(core, &seen_n, err) &&
	    judge_set_back(core, seen_n, err);
}

static bool
is_due(const struct core *core, int64_t head_n, bool is_end)
{
	const struct audit_keeper *keeper = core->audit_keeper;

	return head_n != keeper->told_n &&
	    (is_end || head_n - keeper->told_n >= AUDIT_HEAD_ROWS ||
		clock_monotonic_ms() - keeper->told_ms >=
		    core->config->audit_head_interval_ms);
}

static bool
mirror(struct core *core, bool is_end, struct err *err)
{
	struct audit_keeper *keeper = core->audit_keeper;
	struct store_audit_position head;
	uint64_t known = 0;

	if (!keeper->is_known) {
		if (!ask_known(core, &known, err))
			return false;
		keeper->told_n = (int64_t)known;
		keeper->told_ms = clock_monotonic_ms();
		keeper->is_known = true;
	}
	return read_head(core, &head, err) &&
	    (!is_due(core, head.n, is_end) || tell_head(core, &head, err));
}

bool
audit_retention_days(
    struct store_reader *reader, int64_t *out_days, struct err *err)
{
	struct store_setting setting;

	if (!store_setting_get(reader, AUDIT_RETENTION_SETTING, &setting, err))
		return false;
	*out_days =
	    setting.version == 0 ? AUDIT_RETENTION_DAYS : setting.integer;
	return true;
}

/* Up to which row nothing is kept any longer; 0: nothing is so old. */
static bool
find_bound(
    struct core *core, int64_t *out_first, int64_t *out_n, struct err *err)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	int64_t days;

	return store_reader_open(core->store, &reader, err) &&
	    audit_retention_days(reader, &days, err) &&
	    audit_chain_first(reader, out_first, err) &&
	    store_audit_cut_bound(reader, core_now_ms(core) - DAYS_MS(days),
		AUDIT_CUT_ROWS, out_n, err);
}

static bool
fill_checkpoint(struct core *core, const struct signer_audit_checkpoint *from,
    struct store_audit_checkpoint *out, struct err *err)
{
	scoped(memory_freep) char *hash =
	    hex_encode(view_of(from->head.hash, sizeof(from->head.hash)));
	scoped(memory_freep) char *statement = view_to_string(from->statement);

	if (from->statement.length >= sizeof(out->statement))
		return err_set(err, ERR_LIMIT,
		    "the signer's statement about the audit log is too long");
	*out = (struct store_audit_checkpoint){
	    .n = (int64_t)from->head.n, .at = core_now_ms(core)};
	store_text_copy(out->hash, sizeof(out->hash), hash);
	store_text_copy(out->statement, sizeof(out->statement), statement);
	return true;
}

struct cut {
	struct store_audit_checkpoint checkpoint;
	struct audit audit;
};

static bool
write_cut(struct store_tx *tx, void *context, struct err *err)
{
	struct cut *cut = context;
	int64_t count = 0;
	json_t *after;

	if (!store_audit_cut(tx, &cut->checkpoint, &count, err))
		return false;
	after = json_object();
	json_set_integer(after, "up_to", cut->checkpoint.n);
	json_set_integer(after, "rows", count);
	audit_after(&cut->audit, after);
	return true;
}

/* A clock that was set wrong for a moment must not cost the log. */
static bool
is_due_throughout(struct audit_keeper *keeper, bool is_due_now)
{
	int64_t now_ms = clock_monotonic_ms();

	if (!is_due_now || !keeper->is_cut_due)
		keeper->due_ms = now_ms;
	keeper->is_cut_due = is_due_now;
	return is_due_now && now_ms - keeper->due_ms >= HOURS_MS(1);
}

/* One part of what is too old. Where the signer has no head that is old enough
 * the rows stay for now. */
static bool
cut_part(struct core *core, bool *out_is_more, struct err *err)
{
	scoped(signer_reply_donep) struct signer_reply reply =
	    SIGNER_REPLY_INIT;
	struct signer_audit_checkpoint signed_one;
	int64_t first = 0, bound = 0;
	struct cut cut;

	*out_is_more = false;
	if (!find_bound(core, &first, &bound, err))
		return false;
	if (!is_due_throughout(core->audit_keeper, bound > 0))
		return true;
	if (!signer_client_audit_checkpoint(
		core->signer, (uint64_t)bound, &reply, &signed_one, err)) {
		if (strcmp(err->code, "audit_no_head") != 0)
			return false;
		err_reset(err);
		return true;
	}
	if ((int64_t)signed_one.head.n < first)
		return true;
	*out_is_more = bound - first + 1 >= AUDIT_CUT_ROWS;
	audit_init_server(&cut.audit, STORE_AUDIT_AUDIT_CUT);
	audit_target(&cut.audit, STORE_AUDIT_TARGET_AUDIT, NULL, NULL);
	return fill_checkpoint(core, &signed_one, &cut.checkpoint, err) &&
	    audit_write(core, &cut.audit, write_cut, &cut, err);
}

static bool
cut_old(struct core *core, struct err *err)
{
	struct audit_keeper *keeper = core->audit_keeper;
	int64_t now_ms = clock_monotonic_ms();
	bool is_more = false;

	if (keeper->has_looked &&
	    now_ms < keeper->look_ms + MINUTES_MS(LOOK_MINUTES))
		return true;
	if (!cut_part(core, &is_more, err))
		return false;
	keeper->has_looked = !is_more;
	keeper->look_ms = now_ms;
	return true;
}

bool
audit_keep(struct core *core, bool is_end, struct err *err)
{
	struct audit_keeper *keeper = core->audit_keeper;
	bool is_ok;

	if (!audit_refusals_write(core, is_end, err))
		return false;
	pthread_mutex_lock(&keeper->mutex);
	is_ok = mirror(core, is_end, err) && (is_end || cut_old(core, err));
	pthread_mutex_unlock(&keeper->mutex);
	return is_ok;
}
