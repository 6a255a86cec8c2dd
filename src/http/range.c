/* One byte range of a representation (RFC 9110 section 14). */
#include "http/range.h"

/* "-LAST": the last bytes. */
static enum http_range_result
read_suffix(struct view digits, uint64_t total, uint64_t *out_offset,
    uint64_t *out_length)
{
	uint64_t length;

	if (!view_to_u64(digits, UINT64_MAX, &length))
		return HTTP_RANGE_WHOLE;
	if (length == 0 || total == 0)
		return HTTP_RANGE_UNSATISFIABLE;
	if (length > total)
		length = total;
	*out_offset = total - length;
	*out_length = length;
	return HTTP_RANGE_PART;
}

static enum http_range_result
read_interval(struct view first, struct view last, uint64_t total,
    uint64_t *out_offset, uint64_t *out_length)
{
	uint64_t from, to = UINT64_MAX;

	if (!view_to_u64(first, UINT64_MAX, &from) ||
	    (last.length > 0 && !view_to_u64(last, UINT64_MAX, &to)) ||
	    to < from)
		return HTTP_RANGE_WHOLE;
	if (from >= total)
		return HTTP_RANGE_UNSATISFIABLE;
	if (to > total - 1)
		to = total - 1;
	*out_offset = from;
	*out_length = to - from + 1;
	return HTTP_RANGE_PART;
}

enum http_range_result
http_range_read(struct view range, uint64_t total, uint64_t *out_offset,
    uint64_t *out_length)
{
	struct view unit, set, first, last;

	if (!view_cut(range, '=', &unit, &set) ||
	    !view_equal_string_nocase(unit, "bytes"))
		return HTTP_RANGE_WHOLE;
	/* A comma makes a set of several ranges: it is in one of both parts
	 * and fails there as a digit. */
	if (!view_cut(view_trim(set), '-', &first, &last))
		return HTTP_RANGE_WHOLE;
	if (first.length == 0)
		return read_suffix(last, total, out_offset, out_length);
	return read_interval(first, last, total, out_offset, out_length);
}

bool
http_range_is_current(
    struct view if_range, struct view etag, struct view last_modified)
{
	if (if_range.length == 0)
		return true;
	if (if_range.data[0] == '"')
		return view_equal(if_range, etag);
	return last_modified.length > 0 && view_equal(if_range, last_modified);
}
