/* The section "memory": what is built in, not what is free. */
#include "agent/inventory/collect.h"

#include "base/memory.h"

/* "MemTotal:       16316412 kB" */
static bool
read_kilobytes(struct view line, const char *name, uint64_t *out)
{
	struct view label, value, number, unit;

	return view_cut(line, ':', &label, &value) &&
	    view_equal_string(label, name) &&
	    view_cut(view_trim(value), ' ', &number, &unit) &&
	    view_to_u64(number, INT64_MAX / 1024, out);
}

bool
memory_collect(const struct source *source, json_t *section, struct err *err)
{
	size_t length = 0;
	scoped(memory_freep) char *text =
	    source_read(source, "/proc/meminfo", SOURCE_FILE_MAX, &length);
	struct view rest = view_of(text, length), line;
	uint64_t kilobytes = 0;
	json_t *item;

	if (text == NULL)
		return err_set(
		    err, ERR_NOT_FOUND, "/proc/meminfo cannot be read");
	item = json_object();
	while (source_line(&rest, &line)) {
		if (read_kilobytes(line, "MemTotal", &kilobytes))
			json_set_integer(
			    item, "total_bytes", (int64_t)kilobytes * 1024);
		if (read_kilobytes(line, "SwapTotal", &kilobytes))
			json_set_integer(
			    item, "swap_bytes", (int64_t)kilobytes * 1024);
	}
	source_add(section, "this", item);
	return true;
}
