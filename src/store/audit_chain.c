/* The audit log's chain: canonical bytes, hashes, the walk. */
#include "store/audit_chain.h"

#include "base/check.h"
#include "base/memory.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "store/statement.h"

static const char MARK[] = "warifu-audit-row-1";

enum {
	ROW_BYTES_MAX = 64 * 1024, /* a longer one was not written by us */
};

/* The fields in the order in which they are hashed and selected. */
static const struct field {
	const char *name;
	bool is_integer;
	size_t offset;
} FIELDS[] = {
#define INTEGER(member)                                                        \
	{                                                                      \
#member, true, offsetof(struct store_audit_row, member)        \
	}
#define TEXT(member)                                                           \
	{                                                                      \
#member, false, offsetof(struct store_audit_row, member)       \
	}
    INTEGER(n),
    INTEGER(at),
    TEXT(actor_kind),
    TEXT(actor_id),
    TEXT(actor_name),
    TEXT(action),
    TEXT(target_kind),
    TEXT(target_id),
    TEXT(target_name),
    TEXT(address),
    TEXT(listener),
    TEXT(outcome),
    TEXT(code),
    INTEGER(occurrences),
    TEXT(value_before),
    TEXT(value_after),
#undef INTEGER
#undef TEXT
};

enum {
	FIELD_COUNT = sizeof(FIELDS) / sizeof(FIELDS[0]),
	COLUMN_PREVIOUS = FIELD_COUNT,
	COLUMN_HASH,
};

static const char *const FAULTS[] = {
    [AUDIT_WHOLE] = "whole",
    [AUDIT_MISSING] = "row_missing",
    [AUDIT_CHANGED] = "row_changed",
    [AUDIT_CHAINED] = "row_not_chained",
    [AUDIT_REPLACED] = "rows_replaced",
    [AUDIT_CHECKPOINT] = "checkpoint_wrong",
};

const char *
audit_fault_name(enum audit_fault fault)
{
	check((unsigned)fault < array_length(FAULTS));
	return FAULTS[fault];
}

static bool
finish(struct writer *writer, struct view previous,
    char out_hash[STORE_SHA256_SIZE], struct err *err)
{
	uint8_t bytes[SHA256_SIZE];

	if (!hex_decode(previous, bytes, sizeof(bytes)))
		return err_set_code(err, ERR_SYSTEM, "database_foreign",
		    "the audit log has a hash that is none");
	writer_fixed(writer, bytes, sizeof(bytes));
	if (!writer_done(writer, err))
		return false;
	digest_sha256_hex(buf_view(writer->buf), out_hash);
	return true;
}

bool
audit_chain_hash(const struct store_audit_row *row,
    char out_hash[STORE_SHA256_SIZE], struct err *err)
{
	scoped(buf_donep) struct buf bytes = BUF_INIT(ROW_BYTES_MAX);
	struct writer writer;

	writer_init(&writer, &bytes);
	writer_fixed(&writer, MARK, sizeof(MARK));
	for (size_t i = 0; i < array_length(FIELDS); i++) {
		const void *member = (const uint8_t *)row + FIELDS[i].offset;
		int64_t integer;

		if (FIELDS[i].is_integer) {
			memcpy(&integer, member, sizeof(integer));
			writer_i64(&writer, integer);
		} else {
			writer_string(&writer, member);
		}
	}
	return finish(&writer, view_string(row->previous_hash), out_hash, err);
}

/* Of the current row as the database has it, however long its texts are. False
 * where it cannot be hashed at all, so that nobody can have written it. */
static bool
hash_of_row(struct statement *statement, struct buf *bytes,
    char out_hash[STORE_SHA256_SIZE])
{
	struct err unusable = ERR_INIT;
	struct writer writer;

	buf_clear(bytes);
	writer_init(&writer, bytes);
	writer_fixed(&writer, MARK, sizeof(MARK));
	for (unsigned i = 0; i < array_length(FIELDS); i++)
		if (FIELDS[i].is_integer)
			writer_i64(
			    &writer, statement_column_integer(statement, i));
		else
			writer_bytes(
			    &writer, statement_column_view(statement, i));
	return finish(&writer,
	    statement_column_view(statement, COLUMN_PREVIOUS), out_hash,
	    &unusable);
}

/* What is wrong with the current row, seen from the one before it. */
static enum audit_fault
judge(struct statement *statement, const struct store_audit_position *before,
    struct buf *bytes, char out_hash[STORE_SHA256_SIZE])
{
	if (statement_column_integer(statement, 0) != before->n + 1)
		return AUDIT_MISSING;
	if (!hash_of_row(statement, bytes, out_hash) ||
	    !view_equal_string(
		statement_column_view(statement, COLUMN_HASH), out_hash))
		return AUDIT_CHANGED;
	if (!view_equal_string(
		statement_column_view(statement, COLUMN_PREVIOUS),
		before->hash))
		return AUDIT_CHAINED;
	return AUDIT_WHOLE;
}

struct walker {
	struct statement *statement;
	struct buf *bytes;
	audit_chain_seen_fn *seen;
	void *context;
	struct audit_walk *walk;
};

/* One row: position moves onto it, or the fault is noted. */
static bool
step(struct walker *walker, struct err *err)
{
	struct audit_walk *walk = walker->walk;
	char hash[STORE_SHA256_SIZE];
	int64_t n = walk->position.n + 1;
	bool is_same = true;

	walk->fault =
	    judge(walker->statement, &walk->position, walker->bytes, hash);
	walk->first_bad = n;
	if (walk->fault != AUDIT_WHOLE)
		return true;
	if (!walker->seen(walker->context, n, hash, &is_same, err))
		return false;
	if (!is_same) {
		walk->fault = AUDIT_REPLACED;
		return true;
	}
	walk->position.n = n;
	memcpy(walk->position.hash, hash, sizeof(hash));
	walk->checked++;
	return true;
}

static bool
append_columns(struct buf *sql, struct err *err)
{
	if (!buf_append_string(sql, "SELECT ", err))
		return false;
	for (size_t i = 0; i < array_length(FIELDS); i++)
		if (!buf_append_format(sql, err, "%s, ", FIELDS[i].name))
			return false;
	return buf_append_string(sql,
		   "previous_hash, hash FROM audit WHERE n > ?1"
		   " ORDER BY n LIMIT ?2",
		   err) &&
	    buf_append(sql, "", 1, err);
}

bool
audit_chain_walk(struct store_reader *reader, unsigned limit,
    audit_chain_seen_fn *seen, void *context, struct audit_walk *walk,
    struct err *err)
{
	scoped(buf_donep) struct buf sql = BUF_INIT(1024);
	scoped(buf_donep) struct buf bytes = BUF_INIT(ROW_BYTES_MAX);
	scoped(statement_done) struct statement statement = {0};
	struct walker walker = {&statement, &bytes, seen, context, walk};
	bool has_row = true;

	if (!append_columns(&sql, err))
		return false;
	statement_init(&statement, reader, (const char *)sql.data);
	statement_integer(&statement, walk->position.n);
	statement_integer(&statement, limit);
	walk->checked = 0;
	walk->fault = AUDIT_WHOLE;
	walk->is_at_end = false;
	while (walk->fault == AUDIT_WHOLE) {
		if (!statement_next(&statement, &has_row, err))
			return false;
		if (!has_row)
			break;
		if (!step(&walker, err))
			return false;
	}
	walk->is_at_end = walk->fault == AUDIT_WHOLE && walk->checked < limit;
	return true;
}

bool
audit_chain_first(struct store_reader *reader, int64_t *out_n, struct err *err)
{
	scoped(statement_done) struct statement statement;
	bool has_row = false;

	statement_init(
	    &statement, reader, "SELECT n FROM audit ORDER BY n LIMIT 1");
	if (!statement_next(&statement, &has_row, err))
		return false;
	*out_n = has_row ? statement_column_integer(&statement, 0) : 0;
	return true;
}
