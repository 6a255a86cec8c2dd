/*
 * How fast the store is, with a fleet of the given size.
 *
 *     bench_store seed      LOCATION COMPUTERS
 *     bench_store age       LOCATION COMPUTERS
 *     bench_store lists     LOCATION COMPUTERS
 *     bench_store check-ins LOCATION COMPUTERS [THREADS [SECONDS]]
 *
 * seed fills an empty database (a new server's is), the others do so where it
 * is needed. age makes that fleet one whose lists are hard to find anything in:
 * the half of it that stands last by name has not been heard of for 60 days and
 * has a system of its own. lists prints a table: the first part of each sorted
 * and filtered list. check-ins prints one JSON object: durable check-ins a
 * second from many threads, and the CPU time of this process for them.
 */
#include "store/store.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/memory.h"
#include "base/secret.h"
#include "store/certificate.h"
#include "store/office.h"

#define OFFICE_ID "00000000-0000-7000-9000-%012u"

enum {
	BATCH = 500,
	OFFICES = 20,
	THREADS_MAX = 256,
	NAME_SIZE = 16,
};

struct fleet {
	struct store *store;
	unsigned size;
	char (*ids)[ID_SIZE];
	char offices[OFFICES][ID_SIZE];
	char (*names)[NAME_SIZE];
	bool is_aged;
	atomic_uint check_ins;
	atomic_bool must_end;
};

never_returns static void
fail_with(const struct err *err)
{
	fprintf(stderr, "[%s] %s\n", err->code, err_sentence(err));
	exit(1);
}

static bool
make_offices(struct store_tx *tx, void *context, struct err *err)
{
	struct fleet *fleet = context;

	for (unsigned i = 0; i < OFFICES; i++) {
		struct store_office office = {.created_at = 1};

		snprintf(office.id, sizeof(office.id), OFFICE_ID, i);
		snprintf(office.name, sizeof(office.name), "Office %u", i);
		memcpy(fleet->offices[i], office.id, sizeof(office.id));
		if (!store_office_create(tx, &office, err))
			return false;
	}
	return true;
}

/* Most were heard of within the last refresh cycle, a few are away for months.
 */
static int64_t
last_contact_ms(unsigned i)
{
	return clock_wall_ms() -
	    (int64_t)random_below(i % 33 == 0 ? DAYS_MS(100) : MINUTES_MS(90));
}

static bool
is_late(const struct fleet *fleet, unsigned i)
{
	return strcmp(fleet->names[i], "pc-5") >= 0;
}

static bool
age_one(struct store_tx *tx, const char *id, struct err *err)
{
	struct store_check_in contact = {
	    .computer_id = id, .at = clock_wall_ms() - DAYS_MS(60)};
	struct store_computer_facts facts = {.computer_id = id,
	    .inventory_at = 2,
	    .os_name = "Slackware",
	    .software_count = -1};

	return store_computer_check_in(tx, &contact, err) &&
	    store_computer_set_facts(tx, &facts, err);
}

/* Nine of ten computers are in the Local Office, as in most fleets. */
static bool
make_one(struct store_tx *tx, struct fleet *fleet, unsigned i, struct err *err)
{
	static const char *const SYSTEMS[] = {"Debian GNU/Linux", "Ubuntu",
	    "Rocky Linux", "Fedora Linux", "openSUSE Leap"};
	static const uint8_t DER[700] = {0x30}; /* as long as an agent's */
	struct store_computer computer = {.enrolled_at = 1000000 + i};
	struct store_certificate certificate = {.not_after = 1};
	struct store_check_in contact = {.computer_id = computer.id,
	    .at = last_contact_ms(i),
	    .address = "192.0.2.77",
	    .agent_version = "0.1.0",
	    .is_mutual = true,
	    .certificate_serial = certificate.serial};
	struct store_computer_facts facts = {.computer_id = computer.id,
	    .inventory_at = 1,
	    .os_name = SYSTEMS[i % array_length(SYSTEMS)],
	    .os_version = i % 2 == 0 ? "12" : "11",
	    .architecture = "x86_64",
	    .software_count = 500};

	if (fleet->is_aged)
		return !is_late(fleet, i) || age_one(tx, fleet->ids[i], err);
	memcpy(computer.id, fleet->ids[i], sizeof(computer.id));
	memcpy(computer.name, fleet->names[i], NAME_SIZE);
	snprintf(computer.credential_hash, sizeof(computer.credential_hash),
	    "%064u", i);
	snprintf(computer.office_id, sizeof(computer.office_id), "%s",
	    i % 10 != 0 ? STORE_OFFICE_LOCAL_ID
			: fleet->offices[i / 10 % OFFICES]);
	snprintf(certificate.serial, sizeof(certificate.serial), "%032x", i);
	memcpy(certificate.computer_id, computer.id, sizeof(computer.id));
	if (!store_computer_enrol(tx, &computer, err) ||
	    !store_certificate_insert(
		tx, &certificate, view_of(DER, sizeof(DER)), err) ||
	    !store_computer_check_in(tx, &contact, err) ||
	    !store_computer_set_facts(tx, &facts, err))
		return false;
	return i % 1000 != 0 ||
	    store_computer_set_state(
		tx, computer.id, STORE_COMPUTER_REVOKED, err);
}

struct batch {
	struct fleet *fleet;
	unsigned first;
};

static bool
make_batch(struct store_tx *tx, void *context, struct err *err)
{
	struct batch *batch = context;

	for (unsigned i = batch->first;
	     i < batch->first + BATCH && i < batch->fleet->size; i++)
		if (!make_one(tx, batch->fleet, i, err))
			return false;
	return true;
}

/* The same in every run, in no order. */
static void
name_fleet(struct fleet *fleet)
{
	fleet->ids = memory_array(fleet->size, ID_SIZE);
	fleet->names = memory_array(fleet->size, NAME_SIZE);
	for (unsigned i = 0; i < fleet->size; i++) {
		snprintf(
		    fleet->ids[i], ID_SIZE, "00000000-0000-7000-8000-%012u", i);
		snprintf(fleet->names[i], NAME_SIZE, "pc-%05u-%u",
		    (unsigned)((uint64_t)i * 48271 % 99991), i);
	}
}

static void
make_fleet(struct fleet *fleet)
{
	struct err err = ERR_INIT;
	int64_t started = clock_monotonic_ms();

	if (!store_write(fleet->store, make_offices, fleet, &err)) {
		/* An earlier run's: only the identifiers are needed. */
		if (!fleet->is_aged)
			return;
	}
	for (unsigned i = 0; i < fleet->size; i += BATCH) {
		struct batch batch = {fleet, i};

		if (!store_write(fleet->store, make_batch, &batch, &err))
			fail_with(&err);
	}
	fprintf(stderr, "%u computers made in %" PRId64 " ms\n", fleet->size,
	    clock_monotonic_ms() - started);
}

/* Of this process: what SQLite costs even where others use the machine too. */
static int64_t
cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return SECONDS_MS(now.tv_sec) + now.tv_nsec / 1000000;
}

static void *
check_in_thread(void *argument)
{
	struct fleet *fleet = argument;
	struct err err = ERR_INIT;

	while (!fleet->must_end) {
		unsigned i = (unsigned)random_below(fleet->size);
		char serial[STORE_SERIAL_SIZE];
		struct store_ordinary contact = {
		    .said = {.computer_id = fleet->ids[i],
			.at = clock_wall_ms(),
			.name = fleet->names[i],
			.address = "192.0.2.77",
			.agent_version = "0.1.0",
			.certificate_serial = serial,
			.is_mutual = true}};

		snprintf(serial, sizeof(serial), "%032x", i);
		if (!store_computer_check_in_ordinary(
			fleet->store, &contact, &err))
			fail_with(&err);
		fleet->check_ins++;
	}
	return NULL;
}

static void
bench_check_ins(struct fleet *fleet, unsigned threads, unsigned seconds)
{
	pthread_t ids[THREADS_MAX];
	struct store_status status;
	struct timespec pause = {.tv_sec = seconds};
	int64_t began_ms = clock_monotonic_ms(), began_cpu_ms = cpu_ms();

	for (unsigned i = 0; i < threads; i++)
		pthread_create(&ids[i], NULL, check_in_thread, fleet);
	nanosleep(&pause, NULL);
	fleet->must_end = true;
	for (unsigned i = 0; i < threads; i++)
		pthread_join(ids[i], NULL);
	store_status(fleet->store, &status);
	printf("{\"check_ins\": %u, \"ms\": %" PRId64 ", \"cpu_ms\": %" PRId64
	       ", \"threads\": %u, \"largest_group\": %" PRIu64 "}\n",
	    fleet->check_ins, clock_monotonic_ms() - began_ms,
	    cpu_ms() - began_cpu_ms, threads, status.largest_group);
}

static const struct {
	const char *words;
	struct store_computer_filter filter;
} FILTERS[] = {
    {"all", {0}},
    {"active", {.states = 1U << STORE_COMPUTER_ACTIVE}},
    {"revoked", {.states = 1U << STORE_COMPUTER_REVOKED}},
    {"large office", {.office_id = STORE_OFFICE_LOCAL_ID}},
    {"small office", {.office_id = "00000000-0000-7000-9000-000000000003"}},
    {"one system", {.os_name = "ubuntu"}},
    {"text, some", {.text = "-777"}},
    {"text, none", {.text = "no such text"}},
    {"text, most", {.text = "pc-"}},
    {"text, last half", {.text = "0-0000000"}},
    {"text, in office",
	{.text = "-777", .office_id = "00000000-0000-7000-9000-000000000003"}},
    {"not for 30 days", {.not_seen_since = 1}},
    {"not, in office",
	{.not_seen_since = 1, .office_id = STORE_OFFICE_LOCAL_ID}},
    {"not, one system", {.not_seen_since = 1, .os_name = "ubuntu"}},
    {"not, text, most", {.not_seen_since = 1, .text = "pc-"}},
    {"not, text, some", {.not_seen_since = 1, .text = "-777"}},
    {"last system", {.os_name = "slackware"}},
    {"text, last names", {.text = "pc-9"}},
};

static void
time_list(struct store *store, const struct store_computer_filter *filter)
{
	struct store_reader *reader = NULL;
	struct store_computer_list list;
	struct store_page page = {.limit = 50};
	struct err err = ERR_INIT;
	int64_t started = clock_monotonic_ms();
	int64_t cpu_started = cpu_ms();
	char cell[48];

	if (!store_reader_open(store, &reader, &err) ||
	    !store_computer_list(reader, filter, &page, &list, &err))
		fail_with(&err);
	store_computer_list_done(&list);
	store_reader_close(reader);
	snprintf(cell, sizeof(cell), "%" PRId64 "/%" PRId64,
	    clock_monotonic_ms() - started, cpu_ms() - cpu_started);
	printf("%12s", cell);
}

static void
bench_lists(struct store *store)
{
	static const char *const SORTS[] = {
	    "name", "last seen", "enrolled", "system", "state"};

	printf("%-16s", "ms wall/CPU");
	for (size_t j = 0; j < array_length(SORTS); j++)
		printf("%12s", SORTS[j]);
	printf("%12s\n", "count (CPU)");
	for (size_t i = 0; i < array_length(FILTERS); i++) {
		struct store_computer_filter filter = FILTERS[i].filter;
		struct store_reader *reader = NULL;
		struct err err = ERR_INIT;
		int64_t started;
		int64_t count = 0;

		if (filter.not_seen_since != 0)
			filter.not_seen_since = clock_wall_ms() - DAYS_MS(30);
		printf("%-16s", FILTERS[i].words);
		for (size_t j = 0; j < array_length(SORTS); j++) {
			filter.sort = (enum store_computer_sort)j;
			filter.is_descending = j == 1;
			time_list(store, &filter);
		}
		started = cpu_ms();
		if (!store_reader_open(store, &reader, &err) ||
		    !store_computer_count(reader, &filter, &count, &err))
			fail_with(&err);
		store_reader_close(reader);
		printf("%12" PRId64 "  (%" PRId64 ")\n", cpu_ms() - started,
		    count);
	}
}

static unsigned
number_argument(int count, char **arguments, int index, unsigned otherwise)
{
	uint64_t value = otherwise;

	if (index < count &&
	    (!view_to_u64(view_string(arguments[index]), 10000000, &value) ||
		value == 0)) {
		fprintf(stderr, "bench_store: %s is not a number from 1\n",
		    arguments[index]);
		exit(2);
	}
	return (unsigned)value;
}

static void
run(struct fleet *fleet, int count, char **arguments)
{
	unsigned threads = number_argument(count, arguments, 4, 64);
	unsigned seconds = number_argument(count, arguments, 5, 5);

	if (strcmp(arguments[1], "lists") == 0)
		bench_lists(fleet->store);
	else if (strcmp(arguments[1], "check-ins") == 0)
		bench_check_ins(fleet,
		    threads > THREADS_MAX ? THREADS_MAX : threads, seconds);
}

int
main(int count, char **arguments)
{
	struct store_options options = {
	    .location = count > 2 ? arguments[2] : ""};
	struct fleet fleet = {0};
	struct err err = ERR_INIT;

	if (count < 4 || count > 6 ||
	    (strcmp(arguments[1], "seed") != 0 &&
		strcmp(arguments[1], "age") != 0 &&
		strcmp(arguments[1], "lists") != 0 &&
		strcmp(arguments[1], "check-ins") != 0)) {
		fprintf(stderr,
		    "usage: bench_store seed|age|lists|check-ins LOCATION "
		    "COMPUTERS [THREADS [SECONDS]]\n");
		return 2;
	}
	fleet.size = number_argument(count, arguments, 3, 0);
	if (!store_open(&options, &fleet.store, &err))
		fail_with(&err);
	fleet.is_aged = strcmp(arguments[1], "age") == 0;
	name_fleet(&fleet);
	make_fleet(&fleet);
	run(&fleet, count, arguments);
	free(fleet.ids);
	free(fleet.names);
	store_close(fleet.store);
	return 0;
}
