/* What fits a machine: never less than a fleet where memory allows it. */
#include "base/cmocka_test.h"

#include "base/memory.h"
#include "server/capacity.h"

#define GIB ((int64_t)1 << 30)

static struct server_config
config_of(int64_t gateways, int64_t connections)
{
	return (struct server_config){.gateways = gateways,
	    .connections = connections,
	    .handshakes = 128,
	    .requests_held = 20000,
	    .workers = 8};
}

/* All gateways together. */
static int64_t
total(const struct server_config *config, int64_t descriptors)
{
	struct capacity_gateway each;

	capacity_of_gateway(config, descriptors, &each);
	return (int64_t)each.connections * config->gateways;
}

static void
a_hundred_thousand_agents_fit_where_memory_allows(void **state)
{
	static const struct capacity_machine machines[] = {
	    {2, 20000, 24 * GIB},
	    {1, 1 << 20, 8 * GIB},
	    {64, 4096, 64 * GIB},
	    {2, 1 << 20, 7 * GIB},
	};

	for (size_t i = 0; i < array_length(machines); i++) {
		struct server_config config = config_of(0, 0);

		capacity_fill(&config, &machines[i]);
		assert_true(config.gateways >= machines[i].cores);
		assert_true(config.connections >= 100000);
		assert_true(total(&config, machines[i].descriptors) >=
		    config.connections);
	}
}

static void
a_small_machine_is_not_promised_more_than_its_memory(void **state)
{
	const struct capacity_machine machine = {1, 1 << 20, GIB};
	struct server_config config = config_of(0, 0);

	capacity_fill(&config, &machine);
	assert_int_equal(config.connections, GIB / 2 / (32 * 1024));
	assert_int_equal(config.gateways, 1);
	assert_int_equal(config.body_memory_mib, 64);
	assert_int_equal(config.large_bodies_mib, 32);
}

/* And never so little that no batch of records could be kept. */
static void
slow_readers_keep_a_part_of_the_bodies_memory(void **state)
{
	struct server_config config = config_of(1, 1000);
	struct capacity_gateway each;

	config.body_memory_mib = 64;
	capacity_of_gateway(&config, 20000, &each);
	assert_int_equal(each.body_bytes, 64 * 1024 * 1024);
	assert_int_equal(each.kept_bytes, 16 * 1024 * 1024);
	config.body_memory_mib = 1;
	capacity_of_gateway(&config, 20000, &each);
	assert_int_equal(each.kept_bytes, 256 * 1024);
}

static void
a_gateway_keeps_descriptors_for_other_things(void **state)
{
	struct server_config config = config_of(1, 100000);
	struct capacity_gateway each;

	capacity_of_gateway(&config, 20000, &each);
	assert_int_equal(each.connections, 18000);
	assert_true(each.connections + each.files < 20000);
	assert_true(each.connections >= 16000);
	config.connections = 40;
	capacity_of_gateway(&config, 20000, &each);
	assert_int_equal(each.connections, 40);
	/* Asked for so many, the kernel's limit is no smaller one. */
	config.connections = 100000;
	capacity_of_gateway(
	    &config, (int64_t)capacity_descriptors(&config), &each);
	assert_int_equal(each.connections, 100000);
}

static void
neither_agents_nor_people_can_take_every_place(void **state)
{
	for (int64_t connections = 16; connections < 5000; connections += 7) {
		struct server_config config = config_of(1, connections);
		struct capacity_gateway each;

		capacity_of_gateway(&config, 20000, &each);
		assert_true(each.agents < each.connections);
		assert_true(each.people < each.connections);
		assert_true(each.per_address < each.connections);
		assert_true(each.in_flight_agents < each.in_flight);
	}
}

static void
all_gateways_together_do_not_overflow_the_queue_of_core(void **state)
{
	for (int64_t gateways = 1; gateways <= 64; gateways++) {
		struct server_config config = config_of(gateways, 100000);
		struct capacity_gateway each;

		capacity_of_gateway(&config, 20000, &each);
		assert_true(each.in_flight * (size_t)gateways <=
		    capacity_queue(&config));
	}
}

static void
some_workers_are_for_people_alone(void **state)
{
	for (int64_t workers = 1; workers <= 256; workers++) {
		struct server_config config = {.workers = workers};
		size_t agents = capacity_agent_workers(&config);

		assert_true(agents >= 1);
		assert_true(workers == 1 || agents < (size_t)workers);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_hundred_thousand_agents_fit_where_memory_allows),
	    cmocka_unit_test(
		a_small_machine_is_not_promised_more_than_its_memory),
	    cmocka_unit_test(slow_readers_keep_a_part_of_the_bodies_memory),
	    cmocka_unit_test(a_gateway_keeps_descriptors_for_other_things),
	    cmocka_unit_test(neither_agents_nor_people_can_take_every_place),
	    cmocka_unit_test(
		all_gateways_together_do_not_overflow_the_queue_of_core),
	    cmocka_unit_test(some_workers_are_for_people_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
