/* Many computers: refresh, move, revoke, retire. */
#include "ctl/bulk.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/bytes.h"
#include "base/id.h"
#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/output.h"
#include "os/fd.h"
#include "os/file.h"

enum {
	PART = 500, /* what the server takes at once */
	LIST_BYTES_MAX = 64 * 1024 * 1024,
	/* So often it is asked again when nothing has become of what is left.
	 */
	TRIES = 5,
	PAUSE_S = 2,
};

static const struct table_column REFUSED[] = {
    {"NAME", "name"},
    {"ID", "computer_id"},
    {"OUTCOME", "outcome"},
    {"CODE", "code"},
    {"WHY", "detail"},
};

static const char *const COUNTS[] = {"done", "already", "refused", "left"};

/* Without blanks and the quotes of CSV. */
static struct view
bare(struct view line)
{
	while (line.length > 0 && line.data[line.length - 1] == '\r')
		line = view_slice(line, 0, line.length - 1);
	line = view_trim(line);
	if (line.length >= 2 && line.data[0] == '"' &&
	    line.data[line.length - 1] == '"')
		line = view_slice(line, 1, line.length - 2);
	return line;
}

static enum ctl_exit
read_lines(struct view text, json_t *ids)
{
	scoped(json_freep) json_t *known = json_object();
	struct view rest = text, line;
	unsigned number = 0;

	while (rest.length > 0) {
		scoped(memory_freep) char *id = NULL;

		view_cut(rest, '\n', &line, &rest);
		line = bare(line);
		number++;
		if (line.length == 0 ||
		    (number == 1 && view_equal_string(line, "id")))
			continue;
		if (!id_is_valid(line))
			return ctl_misuse("line %u of the list is no id of a "
					  "computer",
			    number);
		id = view_to_string(line);
		if (json_object_get(known, id) == NULL)
			json_array_append_new(ids, json_string(id));
		json_object_set_new(known, id, json_true());
	}
	if (json_array_size(ids) == 0)
		return ctl_misuse("the list is empty");
	return CTL_OK;
}

enum ctl_exit
bulk_read(struct ctl *ctl, json_t **out_ids)
{
	const char *path = ctl_value(ctl, "list");
	scoped(buf_donep) struct buf text = BUF_INIT(LIST_BYTES_MAX);
	scoped(json_freep) json_t *ids = json_array();
	struct err err = ERR_INIT;
	enum ctl_exit result;

	if (!(strcmp(path, "-") == 0 ? fd_read_all(STDIN_FILENO, &text, &err)
				     : file_read(path, &text, &err))) {
		ctl_complain("%s", err_sentence(&err));
		return CTL_FAILED;
	}
	result = read_lines(buf_view(&text), ids);
	if (result == CTL_OK)
		*out_ids = take(ids);
	return result;
}

/* A run over all of a list. */
struct bulk {
	struct ctl *ctl;
	char *path;
	const json_t *more;
	size_t total;
	json_t *results; /* what is settled */
	json_t *left;    /* the newest results of what is not */
};

static bool
is_outcome(const json_t *result, const char *word)
{
	const char *outcome =
	    json_string_value(json_object_get(result, "outcome"));

	return outcome != NULL && strcmp(outcome, word) == 0;
}

static json_t *
body_of(const struct bulk *bulk, const json_t *ids)
{
	json_t *body = bulk->more != NULL
	    ? json_copy((json_t *)(uintptr_t)bulk->more)
	    : json_object();

	json_object_set(body, "computer_ids", (json_t *)(uintptr_t)ids);
	return body;
}

static void
tell_progress(const struct bulk *bulk)
{
	if (ctl_is_set(bulk->ctl, "quiet") || !isatty(STDERR_FILENO))
		return;
	fprintf(stderr, "\r%zu of %zu", json_array_size(bulk->results),
	    bulk->total);
	if (json_array_size(bulk->results) == bulk->total)
		fputc('\n', stderr);
}

/* One request. */
static enum ctl_exit
ask(struct bulk *bulk, const json_t *ids)
{
	scoped(json_freep) json_t *body = body_of(bulk, ids);
	scoped(json_freep) json_t *answer = NULL;
	enum ctl_exit result =
	    client_ask(bulk->ctl, "POST", bulk->path, body, &answer);
	json_t *one;
	size_t i;

	if (result != CTL_OK)
		return result;
	json_array_foreach (json_object_get(answer, "results"), i, one)
		json_array_append(
		    is_outcome(one, "left") ? bulk->left : bulk->results, one);
	tell_progress(bulk);
	return CTL_OK;
}

/* All of them once, in parts. */
static enum ctl_exit
ask_all(struct bulk *bulk, const json_t *ids)
{
	json_array_clear(bulk->left);
	for (size_t from = 0; from < json_array_size(ids); from += PART) {
		scoped(json_freep) json_t *part = json_array();
		enum ctl_exit result;

		for (size_t i = from;
		     i < from + PART && i < json_array_size(ids); i++)
			json_array_append(part, json_array_get(ids, i));
		result = ask(bulk, part);
		if (result != CTL_OK)
			return result;
	}
	return CTL_OK;
}

static json_t *
ids_left(const struct bulk *bulk)
{
	json_t *ids = json_array(), *one;
	size_t i;

	json_array_foreach (bulk->left, i, one)
		json_array_append(ids, json_object_get(one, "computer_id"));
	return ids;
}

/* Until nothing is left, or nothing becomes of it any more. */
static enum ctl_exit
run_all(struct bulk *bulk, const json_t *ids)
{
	enum ctl_exit result = ask_all(bulk, ids);
	unsigned tries = 0;

	while (result == CTL_OK && json_array_size(bulk->left) > 0 &&
	    tries < TRIES) {
		scoped(json_freep) json_t *left = ids_left(bulk);
		struct timespec pause = {PAUSE_S, 0};

		if (tries > 0)
			nanosleep(&pause, NULL);
		result = ask_all(bulk, left);
		tries = json_array_size(bulk->left) == json_array_size(left)
		    ? tries + 1
		    : 0;
	}
	return result;
}

static json_t *
counts_of(const json_t *results)
{
	json_t *counts = json_object(), *one;
	size_t i;

	for (size_t c = 0; c < array_length(COUNTS); c++) {
		int64_t count = 0;

		json_array_foreach (results, i, one)
			count += is_outcome(one, COUNTS[c]);
		json_set_integer(counts, COUNTS[c], count);
	}
	return counts;
}

static int64_t
count_of(const json_t *counts, const char *word)
{
	return json_integer_value(json_object_get(counts, word));
}

static void
print(struct bulk *bulk, json_t *counts)
{
	scoped(json_freep) json_t *refused = json_array();
	json_t *one;
	size_t i;

	if (ctl_is_set(bulk->ctl, "json")) {
		json_object_set(counts, "results", bulk->results);
		output_json(counts);
		return;
	}
	json_array_foreach (bulk->results, i, one)
		if (is_outcome(one, "refused") || is_outcome(one, "left"))
			json_array_append(refused, one);
	if (json_array_size(refused) > 0)
		table_print(stdout, REFUSED, array_length(REFUSED), refused);
	ctl_say(bulk->ctl,
	    "%" PRId64 " done, %" PRId64 " were so already, %" PRId64
	    " refused, %" PRId64 " left.",
	    count_of(counts, "done"), count_of(counts, "already"),
	    count_of(counts, "refused"), count_of(counts, "left"));
}

static enum ctl_exit
run_and_print(struct bulk *bulk, const json_t *ids)
{
	enum ctl_exit result = run_all(bulk, ids);
	scoped(json_freep) json_t *counts = NULL;

	json_array_extend(bulk->results, bulk->left);
	counts = counts_of(bulk->results);
	/* What was done before an answer failed to come is told all the same.
	 */
	if (result == CTL_OK || json_array_size(bulk->results) > 0)
		print(bulk, counts);
	if (result != CTL_OK) {
		ctl_complain("%zu of %zu are unanswered; asking again is safe",
		    bulk->total - json_array_size(bulk->results), bulk->total);
		return result;
	}
	return count_of(counts, "refused") + count_of(counts, "left") == 0
	    ? CTL_OK
	    : CTL_FAILED;
}

enum ctl_exit
bulk_run(
    struct ctl *ctl, const char *action, const json_t *more, const json_t *ids)
{
	scoped(memory_freep) char *path =
	    memory_format("/api/v1/computers/%s", action);
	scoped(json_freep) json_t *results = json_array();
	scoped(json_freep) json_t *left = json_array();
	struct bulk bulk = {.ctl = ctl,
	    .path = path,
	    .more = more,
	    .total = json_array_size(ids),
	    .results = results,
	    .left = left};

	return run_and_print(&bulk, ids);
}
