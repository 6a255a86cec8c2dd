/*
 * What counting software costs, and what asking for it does.
 *
 *     bench_software LOCATION COMPUTERS PACKAGES
 *
 * Fills an empty database with so many computers of so many packages each (two
 * thirds are common to nearly all, the others are drawn from 40,000 titles; of
 * each title three versions are about), lets 500 computers change one package,
 * and asks for first pages. One computer in ten is in a small office. CPU time
 * is this process's: with PostgreSQL that of the client alone.
 */
#include "store/software.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/secret.h"
#include "store/computer.h"
#include "store/office.h"
#include "store/scope.h"

#define OFFICE_ID "00000000-0000-7000-9000-000000000001"
#define OWNER     "bench"

enum {
	RARE_TITLES = 40000,
	VERSIONS = 3,
	CHANGES = 500,
	ROUNDS = 5,
};

struct bench {
	struct store *store;
	unsigned computers;
	unsigned packages;
};

never_returns static void
fail_with(const struct err *err)
{
	fprintf(stderr, "[%s] %s\n", err->code, err_sentence(err));
	exit(1);
}

static int64_t
cpu_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return SECONDS_MS(now.tv_sec) * 1000 + now.tv_nsec / 1000;
}

static void
id_of(unsigned i, char out[ID_SIZE])
{
	snprintf(out, ID_SIZE, "00000000-0000-7000-8000-%012u", i);
}

static void
add_package(json_t *section, const char *kind, unsigned title, unsigned version)
{
	json_t *item = json_object();
	char key[32], text[32];

	snprintf(key, sizeof(key), "%s-package-%u", kind, title);
	snprintf(text, sizeof(text), "%u.%u-%u", title % 9, version, version);
	json_set_string(item, "format", "dpkg");
	json_set_string(item, "name", key);
	json_set_string(item, "version", text);
	json_set_time(item, "installed_at",
	    INT64_C(1700000000000) + (int64_t)title * 3600000);
	json_set_value(section, key, item);
}

/* The same for a computer in every run; changed: one package is newer. */
static struct software_set
software_of(const struct bench *bench, unsigned computer, bool is_changed)
{
	unsigned common = bench->packages * 2 / 3;
	scoped(json_freep) json_t *section = json_object();
	struct software_set set;

	for (unsigned i = 0; i < bench->packages; i++) {
		uint64_t mixed = ((uint64_t)computer * 1000003 + i) *
		    UINT64_C(0x9e3779b97f4a7c15);
		unsigned version = (unsigned)(mixed >> 40) % 10 == 0
		    ? (unsigned)(mixed >> 50) % VERSIONS
		    : 0;

		if (i == 0)
			version = is_changed ? VERSIONS : 0;
		if (i < common)
			add_package(section, "common", i, version);
		else
			add_package(section, "rare",
			    (unsigned)(mixed >> 20) % RARE_TITLES, version);
	}
	software_set_read(section, &set);
	return set;
}

static bool
make_places(struct store_tx *tx, void *context, struct err *err)
{
	struct store_office office = {
	    .id = OFFICE_ID, .name = "Small", .created_at = 1};
	struct store_place place = {
	    .kind = STORE_PLACE_OFFICE, .id = OFFICE_ID};

	return store_office_create(tx, &office, err) &&
	    store_scope_set(tx, OWNER, &place, 1, err);
}

struct one {
	const struct bench *bench;
	unsigned number;
	struct software_set *sets; /* before and after; [0] may be empty */
	bool is_new;
};

static bool
write_one(struct store_tx *tx, void *context, struct err *err)
{
	const struct one *one = context;
	struct store_computer computer = {.enrolled_at = 1};
	struct store_software_change change = {.computer_id = computer.id,
	    .digest_before = one->is_new ? NULL : "before",
	    .before = &one->sets[0],
	    .digest = one->is_new ? "before" : "after",
	    .after = &one->sets[1]};

	id_of(one->number, computer.id);
	snprintf(computer.name, sizeof(computer.name), "pc-%05u-%u",
	    (unsigned)((uint64_t)one->number * 48271 % 99991), one->number);
	snprintf(computer.credential_hash, sizeof(computer.credential_hash),
	    "%064u", one->number);
	snprintf(computer.office_id, sizeof(computer.office_id), "%s",
	    one->number % 10 == 0 ? OFFICE_ID : STORE_OFFICE_LOCAL_ID);
	if (one->is_new && !store_computer_enrol(tx, &computer, err))
		return false;
	return store_software_set(tx, &change, err);
}

/* Only what the writer does: the set is read before, in a worker. */
static int64_t
write_computers(struct bench *bench, unsigned count, bool is_new)
{
	int64_t cpu = 0;
	struct err err = ERR_INIT;

	for (unsigned i = 0; i < count; i++) {
		struct software_set sets[2] = {{0}};
		struct one one = {bench, i, sets, is_new};
		int64_t began;

		if (!is_new)
			sets[0] = software_of(bench, i, false);
		sets[1] = software_of(bench, i, !is_new);
		began = cpu_us();
		if (!store_write(bench->store, write_one, &one, &err))
			fail_with(&err);
		cpu += cpu_us() - began;
		software_set_done(&sets[0]);
		software_set_done(&sets[1]);
	}
	return cpu / count;
}

static struct store_reader *
reader_of(struct bench *bench, bool is_limited)
{
	struct store_reader *reader = NULL;
	struct store_scope scope = {0};
	struct err err = ERR_INIT;

	if (!store_reader_open(bench->store, &reader, &err))
		fail_with(&err);
	store_scope_add(&scope, OWNER);
	if (is_limited)
		store_reader_limit(reader, &scope);
	return reader;
}

static int64_t
title_called(struct bench *bench, const char *name)
{
	struct store_software_filter filter = {
	    .text = name, .is_beginning = true};
	struct store_software_title_list list = {0};
	struct store_reader *reader = reader_of(bench, false);
	struct err err = ERR_INIT;
	int64_t id;

	if (!store_software_list(reader, &filter, NULL, &list, &err))
		fail_with(&err);
	id = list.count > 0 ? list.items[0].id : 0;
	store_software_title_list_done(&list);
	store_reader_close(reader);
	return id;
}

static bool
ask_titles(struct store_reader *reader, const void *context, struct err *err)
{
	const struct store_page page = {.limit = 100};
	struct store_software_title_list list = {0};
	bool is_done = store_software_list(reader, context, &page, &list, err);

	store_software_title_list_done(&list);
	return is_done;
}

static bool
ask_versions(struct store_reader *reader, const void *context, struct err *err)
{
	const struct store_page page = {.limit = 100};
	struct store_software_version_list list = {0};
	bool is_done = store_software_versions(
	    reader, *(const int64_t *)context, &page, &list, err);

	store_software_version_list_done(&list);
	return is_done;
}

static bool
ask_computers(struct store_reader *reader, const void *context, struct err *err)
{
	const struct store_page page = {.limit = 100};
	struct store_software_computer_list list = {0};
	bool is_done = store_software_computers(
	    reader, *(const int64_t *)context, 0, &page, &list, err);

	store_software_computer_list_done(&list);
	return is_done;
}

typedef bool
ask_fn(struct store_reader *reader, const void *context, struct err *err);

/* The middle one of a few, in ms. */
static double
time_ask(struct bench *bench, bool is_limited, ask_fn *ask, const void *context)
{
	int64_t took[ROUNDS];

	for (size_t i = 0; i < ROUNDS; i++) {
		struct store_reader *reader = reader_of(bench, is_limited);
		struct err err = ERR_INIT;
		int64_t began = cpu_us(), at;
		size_t place = i;

		/* What is not in the scope is found to be so. */
		if (!ask(reader, context, &err) &&
		    err.category != ERR_NOT_FOUND)
			fail_with(&err);
		at = cpu_us() - began;
		store_reader_close(reader);
		while (place > 0 && took[place - 1] > at) {
			took[place] = took[place - 1];
			place--;
		}
		took[place] = at;
	}
	return (double)took[ROUNDS / 2] / 1000;
}

static void
ask_all(struct bench *bench)
{
	static const struct store_software_filter BY_NAME = {0};
	static const struct store_software_filter BY_MANY = {
	    .sort = STORE_SOFTWARE_BY_COMPUTERS, .is_descending = true};
	static const struct store_software_filter SEARCH = {.text = "age-77"};
	static const struct store_software_filter NOTHING = {.text = "nope"};
	int64_t common = title_called(bench, "common-package-1");
	int64_t rare = title_called(bench, "rare-package-7");
	const struct {
		const char *words;
		ask_fn *ask;
		const void *context;
	} ROWS[] = {{"titles by name", ask_titles, &BY_NAME},
	    {"titles, most computers first", ask_titles, &BY_MANY},
	    {"titles searched", ask_titles, &SEARCH},
	    {"titles searched, none", ask_titles, &NOTHING},
	    {"versions of a common title", ask_versions, &common},
	    {"who has a common title", ask_computers, &common},
	    {"who has a rare title", ask_computers, &rare}};

	printf("%-32s%12s%12s\n", "first page, ms of CPU", "all", "scoped");
	for (size_t i = 0; i < array_length(ROWS); i++) {
		printf("%-32s%12.1f", ROWS[i].words,
		    time_ask(bench, false, ROWS[i].ask, ROWS[i].context));
		printf("%12.1f\n",
		    time_ask(bench, true, ROWS[i].ask, ROWS[i].context));
	}
}

static unsigned
number_of(const char *text)
{
	uint64_t value = 0;

	if (!view_to_u64(view_string(text), 1000000, &value) || value == 0) {
		fprintf(stderr, "bench_software: %s is not a number from 1\n",
		    text);
		exit(2);
	}
	return (unsigned)value;
}

int
main(int count, char **arguments)
{
	struct bench bench = {0};
	struct err err = ERR_INIT;
	unsigned changes;

	if (count != 4) {
		fprintf(stderr,
		    "usage: bench_software LOCATION COMPUTERS PACKAGES\n");
		return 2;
	}
	bench.computers = number_of(arguments[2]);
	bench.packages = number_of(arguments[3]);
	if (!store_open(&(struct store_options){.location = arguments[1]},
		&bench.store, &err) ||
	    !store_write(bench.store, make_places, NULL, &err))
		fail_with(&err);
	printf("a computer's first inventory: %" PRId64 " us of CPU\n",
	    write_computers(&bench, bench.computers, true));
	changes = bench.computers < CHANGES ? bench.computers : CHANGES;
	printf("one package changed: %" PRId64 " us of CPU\n",
	    write_computers(&bench, changes, false));
	ask_all(&bench);
	store_close(bench.store);
	return 0;
}
