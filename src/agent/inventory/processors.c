/* The section "processors": one item per socket, from /proc/cpuinfo. */
#include "agent/inventory/collect.h"

#include "base/memory.h"

enum {
	SOCKETS_MAX = 256,
	CPUINFO_MAX = 8 * 1024 * 1024,
};

struct socket {
	uint64_t id;
	uint64_t cores; /* as the processor says; 0: it does not */
	uint64_t threads;
	struct view model;
	struct view vendor;
};

/* One block of /proc/cpuinfo: one logical processor. */
struct processor {
	bool is_there;
	uint64_t number;
	uint64_t socket;
	uint64_t cores;
	struct view model;
	struct view vendor;
};

/* What differs between architectures: x86, arm64, POWER, s390. */
static void
take_member(struct processor *processor, struct view name, struct view value)
{
	if (view_equal_string(name, "processor"))
		processor->is_there =
		    view_to_u64(value, UINT32_MAX, &processor->number);
	else if (view_equal_string(name, "physical id"))
		ignore_result(view_to_u64(
		    value, UINT32_MAX, &processor->socket)); /* else 0 */
	else if (view_equal_string(name, "cpu cores"))
		ignore_result(view_to_u64(
		    value, UINT32_MAX, &processor->cores)); /* else 0 */
	else if (view_equal_string(name, "model name") ||
	    view_equal_string(name, "Processor") ||
	    view_equal_string(name, "cpu") ||
	    (view_equal_string(name, "CPU part") &&
		processor->model.length == 0))
		processor->model = value;
	else if (view_equal_string(name, "vendor_id") ||
	    view_equal_string(name, "CPU implementer"))
		processor->vendor = value;
}

static void
count_processor(
    struct socket *sockets, size_t *count, const struct processor *processor)
{
	size_t i = 0;

	if (!processor->is_there)
		return;
	while (i < *count && sockets[i].id != processor->socket)
		i++;
	if (i == SOCKETS_MAX)
		return;
	if (i == *count)
		sockets[(*count)++] = (struct socket){
		    .id = processor->socket,
		    .cores = processor->cores,
		    .model = processor->model,
		    .vendor = processor->vendor,
		};
	sockets[i].threads++;
}

static size_t
read_sockets(struct view cpuinfo, struct socket *sockets)
{
	struct processor processor = {0};
	struct view line, name, value;
	size_t count = 0;

	while (source_line(&cpuinfo, &line)) {
		if (!view_cut(line, ':', &name, &value)) {
			count_processor(sockets, &count, &processor);
			processor = (struct processor){0};
			continue;
		}
		take_member(&processor, view_trim(name), view_trim(value));
	}
	count_processor(sockets, &count, &processor);
	return count;
}

static void
add_socket(
    const struct source *source, json_t *section, const struct socket *socket)
{
	json_t *item = json_object();
	uint64_t khz = 0;
	char key[24];

	source_set_view(item, "model", socket->model);
	source_set_view(item, "vendor", socket->vendor);
	json_set_integer(item, "threads", (int64_t)socket->threads);
	if (socket->cores > 0)
		json_set_integer(item, "cores", (int64_t)socket->cores);
	/* The highest it may run at; the present clock moves all the time. */
	if (source_number(source, &khz,
		"/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq"))
		json_set_integer(item, "max_mhz", (int64_t)(khz / 1000));
	snprintf(key, sizeof(key), "%llu", (unsigned long long)socket->id);
	source_add(section, key, item);
}

bool
processors_collect(
    const struct source *source, json_t *section, struct err *err)
{
	size_t length = 0, count;
	scoped(memory_freep) char *text =
	    source_read(source, "/proc/cpuinfo", CPUINFO_MAX, &length);
	scoped(memory_freep) struct socket *sockets =
	    memory_array(SOCKETS_MAX, sizeof(*sockets));

	if (text == NULL)
		return err_set(
		    err, ERR_NOT_FOUND, "/proc/cpuinfo cannot be read");
	count = read_sockets(view_of(text, length), sockets);
	for (size_t i = 0; i < count; i++)
		add_socket(source, section, &sockets[i]);
	return true;
}
