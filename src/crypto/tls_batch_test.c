/*
 * Batches of records over socket pairs: what arrives is what was given, in its
 * order, whatever comes between; what is kept is bounded, of one and of all.
 */
#include "base/cmocka_test.h"

#include "crypto/tls_batch.h"
#include "crypto/tls_testing.h"

enum {
	ROUNDS = 40,
	/* More than any socket pair takes. */
	FLOOD_MAX = 64,
};

/* One connection that carries bytes known by their place. */
struct flow {
	struct pair pair;
	uint64_t taken;   /* from the caller, by the session */
	uint64_t arrived; /* at the client */
	struct err err;
};

static uint8_t part[TLS_BATCH_BYTES];

static uint8_t
byte_at(uint64_t n)
{
	return (uint8_t)(n * 7 ^ n >> 8 ^ n >> 16);
}

/* The next bytes of a flow. */
static struct view
next_of(const struct flow *flow, size_t length)
{
	for (size_t i = 0; i < length; i++)
		part[i] = byte_at(flow->taken + i);
	return view_of(part, length);
}

static void
flow_shake(struct flow *flow)
{
	assert_int_equal(pair_shake(&flow->pair), TLS_IO_OK);
}

static void
flow_open(struct flow *flow, int version)
{
	memset(flow, 0, sizeof(*flow));
	pair_open(&flow->pair, TLS_LISTENER_HTTPS, version, &nobody);
	flow_shake(flow);
}

static enum tls_io
write_batch(struct flow *flow, struct tls_batch *batch, size_t length)
{
	size_t taken;
	enum tls_io io = tls_session_write_batch(flow->pair.session, batch,
	    next_of(flow, length), &taken, &flow->err);

	flow->taken += taken;
	return io;
}

static enum tls_io
write_plain(struct flow *flow, size_t length)
{
	size_t taken = 0;
	enum tls_io io = tls_session_write(
	    flow->pair.session, next_of(flow, length), &taken, &flow->err);

	if (io == TLS_IO_OK)
		flow->taken += taken;
	return io;
}

/* All that is there; what it says instead of more. */
static int
drain(struct flow *flow)
{
	static uint8_t in[16384];
	size_t length;

	ERR_clear_error();
	while (SSL_read_ex(flow->pair.client, in, sizeof(in), &length) == 1) {
		for (size_t i = 0; i < length; i++)
			assert_int_equal(in[i], byte_at(flow->arrived + i));
		flow->arrived += length;
	}
	return SSL_get_error(flow->pair.client, 0);
}

/* Until the session keeps something. */
static void
flood(struct flow *flow, struct tls_batch *batch)
{
	enum tls_io io = TLS_IO_OK;

	for (int i = 0; i < FLOOD_MAX && io == TLS_IO_OK; i++)
		io = write_batch(flow, batch, TLS_BATCH_BYTES);
	assert_int_equal(io, TLS_IO_WANT_WRITE);
	assert_true(tls_session_kept(flow->pair.session) > 0);
	assert_true(tls_session_kept(flow->pair.session) <= TLS_BATCH_MAX);
}

static void
finish(struct flow *flow)
{
	enum tls_io io = TLS_IO_WANT_WRITE;

	for (int i = 0; i < FLOOD_MAX && io == TLS_IO_WANT_WRITE; i++) {
		assert_int_equal(drain(flow), SSL_ERROR_WANT_READ);
		io = tls_session_flush(flow->pair.session, &flow->err);
	}
	assert_int_equal(io, TLS_IO_OK);
	assert_int_equal(tls_session_kept(flow->pair.session), 0);
	assert_int_equal(drain(flow), SSL_ERROR_WANT_READ);
	assert_int_equal(flow->arrived, flow->taken);
}

static void
flow_close(struct flow *flow)
{
	pair_close(&flow->pair);
}

static void
what_arrives_is_what_was_given(void **state)
{
	scoped(tls_batch_freep) struct tls_batch *batch =
	    tls_batch_new(TLS_BATCH_MAX);

	for (size_t v = 0; v < array_length(versions); v++) {
		struct flow flow;

		flow_open(&flow, versions[v]);
		for (size_t i = 0; i < ROUNDS; i++) {
			size_t length = 1 + i * i * 7919 % TLS_BATCH_BYTES;

			(void)!write_batch(&flow, batch, length);
			finish(&flow);
		}
		flow_close(&flow);
	}
}

static void
a_whole_batch_is_taken_at_once(void **state)
{
	scoped(tls_batch_freep) struct tls_batch *batch =
	    tls_batch_new(TLS_BATCH_MAX);
	struct flow flow;

	for (size_t v = 0; v < array_length(versions); v++) {
		flow_open(&flow, versions[v]);
		(void)!write_batch(&flow, batch, TLS_BATCH_BYTES);
		assert_int_equal(flow.taken, TLS_BATCH_BYTES);
		finish(&flow);
		flow_close(&flow);
	}
}

static void
a_stalled_reader_keeps_one_batch_at_most(void **state)
{
	scoped(tls_batch_freep) struct tls_batch *batch =
	    tls_batch_new(10 * TLS_BATCH_MAX);
	struct flow flow;
	uint64_t taken;
	size_t kept;

	flow_open(&flow, TLS1_3_VERSION);
	flood(&flow, batch);
	kept = tls_session_kept(flow.pair.session);
	taken = flow.taken;
	assert_int_equal(tls_batch_kept(batch), kept);
	for (int i = 0; i < ROUNDS; i++) {
		assert_int_equal(
		    write_batch(&flow, batch, 100), TLS_IO_WANT_WRITE);
		assert_int_equal(write_plain(&flow, 100), TLS_IO_WANT_WRITE);
		assert_int_equal(flow.taken, taken);
		assert_int_equal(tls_batch_kept(batch), kept);
	}
	finish(&flow);
	assert_int_equal(tls_batch_kept(batch), 0);
	flow_close(&flow);
}

/* The second finds no room, goes on record by record, and loses nothing. */
static void
all_together_keep_no_more_than_is_allowed(void **state)
{
	scoped(tls_batch_freep) struct tls_batch *batch =
	    tls_batch_new(TLS_BATCH_MAX);
	struct flow first, second;
	enum tls_io io = TLS_IO_OK;

	flow_open(&first, TLS1_3_VERSION);
	flow_open(&second, TLS1_3_VERSION);
	assert_true(tls_batch_has_room(batch));
	flood(&first, batch);
	assert_false(tls_batch_has_room(batch));
	while (io == TLS_IO_OK)
		io = write_plain(&second, TLS_BATCH_BYTES);
	assert_int_equal(io, TLS_IO_WANT_WRITE);
	assert_int_equal(tls_session_kept(second.pair.session), 0);
	finish(&first);
	assert_true(tls_batch_has_room(batch));
	/* The record that OpenSSL holds back goes first, in a batch too. */
	assert_int_equal(drain(&second), SSL_ERROR_WANT_READ);
	(void)!write_batch(&second, batch, TLS_BATCH_BYTES);
	finish(&second);
	flow_close(&first);
	flow_close(&second);
}

static void
a_batch_that_may_keep_less_than_one_has_never_room(void **state)
{
	scoped(tls_batch_freep) struct tls_batch *none = tls_batch_new(0);
	scoped(tls_batch_freep) struct tls_batch *little =
	    tls_batch_new(TLS_BATCH_MAX - 1);

	assert_false(tls_batch_has_room(none));
	assert_false(tls_batch_has_room(little));
}

static void
a_session_that_ends_gives_its_room_back(void **state)
{
	scoped(tls_batch_freep) struct tls_batch *batch =
	    tls_batch_new(TLS_BATCH_MAX);
	struct flow flow;

	flow_open(&flow, TLS1_3_VERSION);
	flood(&flow, batch);
	assert_false(tls_batch_has_room(batch));
	flow_close(&flow);
	assert_int_equal(tls_batch_kept(batch), 0);
	assert_true(tls_batch_has_room(batch));
}

/* Else the close would stand in the middle of a record. */
static void
no_close_is_said_before_what_is_kept(void **state)
{
	scoped(tls_batch_freep) struct tls_batch *batch =
	    tls_batch_new(TLS_BATCH_MAX);
	struct flow flow;

	for (size_t v = 0; v < array_length(versions); v++) {
		flow_open(&flow, versions[v]);
		flood(&flow, batch);
		tls_session_shutdown(flow.pair.session);
		finish(&flow);
		tls_session_shutdown(flow.pair.session);
		assert_int_equal(drain(&flow), SSL_ERROR_ZERO_RETURN);
		flow_close(&flow);
	}
}

/* The answer to a key update has to come after what is kept. */
static void
a_key_update_finds_its_place(void **state)
{
	scoped(tls_batch_freep) struct tls_batch *batch =
	    tls_batch_new(TLS_BATCH_MAX);
	struct flow flow;
	size_t length;
	char byte;

	flow_open(&flow, TLS1_3_VERSION);
	flood(&flow, batch);
	assert_int_equal(
	    SSL_key_update(flow.pair.client, SSL_KEY_UPDATE_REQUESTED), 1);
	assert_int_equal(SSL_write(flow.pair.client, "x", 1), 1);
	assert_int_equal(
	    tls_session_read(flow.pair.session, &byte, 1, &length, &flow.err),
	    TLS_IO_WANT_WRITE);
	finish(&flow);
	assert_int_equal(
	    tls_session_read(flow.pair.session, &byte, 1, &length, &flow.err),
	    TLS_IO_OK);
	assert_int_equal(byte, 'x');
	(void)!write_batch(&flow, batch, TLS_BATCH_BYTES);
	finish(&flow);
	flow_close(&flow);
}

static void
a_client_of_small_records_is_served(void **state)
{
	scoped(tls_batch_freep) struct tls_batch *batch =
	    tls_batch_new(TLS_BATCH_MAX);

	for (size_t v = 0; v < array_length(versions); v++) {
		struct flow flow = {.taken = 0};

		pair_open(&flow.pair, TLS_LISTENER_HTTPS, versions[v], &nobody);
		SSL_set_tlsext_max_fragment_length(
		    flow.pair.client, TLSEXT_max_fragment_length_512);
		flow_shake(&flow);
		for (int i = 0; i < ROUNDS; i++) {
			(void)!write_batch(&flow, batch, TLS_BATCH_BYTES);
			finish(&flow);
		}
		assert_true(flow.taken > ROUNDS * TLS_BATCH_BYTES / 2);
		flow_close(&flow);
	}
}

static void
a_client_that_has_gone_ends_the_session(void **state)
{
	scoped(tls_batch_freep) struct tls_batch *batch =
	    tls_batch_new(TLS_BATCH_MAX);
	struct flow flow;

	flow_open(&flow, TLS1_3_VERSION);
	flood(&flow, batch);
	close(flow.pair.sockets[1]);
	flow.pair.sockets[1] = -1;
	assert_int_equal(
	    tls_session_flush(flow.pair.session, &flow.err), TLS_IO_FAILED);
	tls_session_shutdown(flow.pair.session);
	flow_close(&flow);
	assert_int_equal(tls_batch_kept(batch), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_arrives_is_what_was_given),
	    cmocka_unit_test(a_whole_batch_is_taken_at_once),
	    cmocka_unit_test(a_stalled_reader_keeps_one_batch_at_most),
	    cmocka_unit_test(all_together_keep_no_more_than_is_allowed),
	    cmocka_unit_test(
		a_batch_that_may_keep_less_than_one_has_never_room),
	    cmocka_unit_test(a_session_that_ends_gives_its_room_back),
	    cmocka_unit_test(no_close_is_said_before_what_is_kept),
	    cmocka_unit_test(a_key_update_finds_its_place),
	    cmocka_unit_test(a_client_of_small_records_is_served),
	    cmocka_unit_test(a_client_that_has_gone_ends_the_session),
	};

	return cmocka_run_group_tests(tests, make_people, free_people);
}
