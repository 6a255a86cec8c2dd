/* Filters by certificates and flags, in SQL. */
#include "store/computer_rare.h"

enum {
	TEXT_SIZE = 192, /* of the condition on certificates */
};

bool
computer_rare_is_set(const struct store_computer_filter *filter)
{
	return filter->certificate_at != 0 || filter->is_flagged_only ||
	    filter->agent_version != NULL;
}

void
computer_rare_bind(struct computer_rare *rare,
    const struct store_computer_filter *filter, struct statement *statement)
{
	*rare = (struct computer_rare){.filter = filter};
	if (filter->agent_version != NULL)
		rare->version =
		    statement_text(statement, filter->agent_version);
	if (filter->certificate_at == 0)
		return;
	rare->at = statement_integer(statement, filter->certificate_at);
	if (filter->certificate_within_ms == 0)
		return;
	rare->before = statement_integer(
	    statement, filter->certificate_at + filter->certificate_within_ms);
	rare->part = statement_integer(statement, filter->certificate_part);
}

/* Of rows of certificate; begins as the partial index has it. */
static void
certificate_sql(const struct computer_rare *rare, char out[TEXT_SIZE])
{
	size_t used = (size_t)snprintf(out, TEXT_SIZE,
	    "revoked_at = 0 AND is_superseded = 0 AND not_after %s ?%u",
	    rare->before == 0 ? "<=" : ">", rare->at);

	if (rare->before != 0)
		snprintf(out + used, TEXT_SIZE - used,
		    " AND not_after < ?%u AND (not_after - ?%u) * ?%u"
		    " < not_after - not_before",
		    rare->before, rare->at, rare->part);
}

static void
where_version(struct list_query *query, unsigned version)
{
	char condition[TEXT_SIZE], probe[TEXT_SIZE];

	if (version == 0)
		return;
	snprintf(condition, sizeof(condition),
	    "id IN (SELECT contact_id FROM computer_contact"
	    " WHERE agent_version = ?%u)",
	    version);
	snprintf(probe, sizeof(probe),
	    "(SELECT agent_version FROM computer_contact"
	    " WHERE contact_id = id) = ?%u",
	    version);
	list_where_found(query, condition, probe);
}

void
computer_rare_where(struct list_query *query, const struct computer_rare *rare)
{
	char certificate[TEXT_SIZE];
	char condition[TEXT_SIZE + 64], probe[TEXT_SIZE + 64];

	where_version(query, rare->version);
	if (rare->filter->is_flagged_only)
		list_where(query, NULL, "flags <> 0");
	if (rare->at == 0)
		return;
	certificate_sql(rare, certificate);
	snprintf(condition, sizeof(condition),
	    "id IN (SELECT computer_id FROM certificate WHERE %s)",
	    certificate);
	snprintf(probe, sizeof(probe),
	    "EXISTS (SELECT 1 FROM certificate WHERE computer_id = id AND %s)",
	    certificate);
	list_where_found(query, condition, probe);
}

bool
computer_rare_sql(
    const struct computer_rare *rare, struct buf *sql, struct err *err)
{
	char certificate[TEXT_SIZE];

	if (rare->filter->is_flagged_only &&
	    !buf_append_string(sql, " AND flags <> 0", err))
		return false;
	if (rare->version != 0 &&
	    !buf_append_format(sql, err,
		" AND id IN (SELECT contact_id FROM computer_contact"
		" WHERE agent_version = ?%u)",
		rare->version))
		return false;
	if (rare->at == 0)
		return true;
	certificate_sql(rare, certificate);
	return buf_append_format(sql, err,
	    " AND id IN (SELECT computer_id FROM certificate WHERE %s)",
	    certificate);
}
