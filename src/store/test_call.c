/* For tests: single store calls as closures, and computers to work on. */
#include "store/test_call.h"

#include "store/migration.h"
#include "store/office.h"
#include "store/setting.h"

struct call {
	test_call_fn *run;
	const void *a;
	const void *b;
};

static bool
run_call(struct store_tx *tx, void *context, struct err *err)
{
	struct call *call = context;

	return call->run(tx, call->a, call->b, err);
}

bool
do_write(void **state, test_call_fn *run, const void *a, const void *b,
    struct err *err)
{
	struct test_database *database = *state;
	struct call call = {run, a, b};

	return store_write(database->store, run_call, &call, err);
}

struct store_reader *
open_reader(void **state)
{
	struct test_database *database = *state;
	struct store_reader *reader = NULL;
	struct err err = ERR_INIT;

	assert_ok(store_reader_open(database->store, &reader, &err), &err);
	return reader;
}

CALL(enrol, store_computer_enrol(tx, a, err))

struct store_computer
make_computer(const char *name)
{
	struct store_computer computer = {.enrolled_at = 100};

	id_make(computer.id);
	store_text_copy(computer.office_id, sizeof(computer.office_id),
	    STORE_OFFICE_LOCAL_ID);
	store_text_copy(computer.name, sizeof(computer.name), name);
	snprintf(computer.credential_hash, sizeof(computer.credential_hash),
	    "hash of %s", computer.id);
	return computer;
}

struct store_computer
enrolled(void **state, const char *name)
{
	struct store_computer computer = make_computer(name);
	struct err err = ERR_INIT;

	assert_ok(do_write(state, enrol, &computer, NULL, &err), &err);
	return computer;
}

struct store_computer
computer_now(void **state, const char *id)
{
	struct store_reader *reader = open_reader(state);
	struct store_computer computer;
	struct err err = ERR_INIT;

	assert_ok(store_computer_get(reader, id, &computer, &err), &err);
	store_reader_close(reader);
	return computer;
}

struct store_certificate
certificate_now(void **state, const char *serial)
{
	struct store_reader *reader = open_reader(state);
	struct store_certificate certificate;
	struct err err = ERR_INIT;

	assert_ok(
	    store_certificate_get(reader, serial, &certificate, &err), &err);
	store_reader_close(reader);
	return certificate;
}

static bool
put_key(struct store_tx *tx, void *context, struct err *err)
{
	struct store_setting setting = {.version = STORE_SETTING_ANY_VERSION};

	store_text_copy(setting.key, sizeof(setting.key), context);
	return store_setting_put(tx, &setting, err);
}

bool
write_key(struct store *store, const char *key, struct err *err)
{
	return store_write(store, put_key, (void *)(uintptr_t)key, err);
}

bool
has_key(struct store *store, const char *key)
{
	scoped(store_reader_closep) struct store_reader *reader = NULL;
	struct store_setting setting;
	struct err err = ERR_INIT;

	assert_ok(store_reader_open(store, &reader, &err), &err);
	assert_ok(store_setting_get(reader, key, &setting, &err), &err);
	return setting.version > 0;
}

void
assert_status(struct store *store, bool is_available, const char *code)
{
	struct store_status status;

	store_status(store, &status);
	assert_int_equal(status.is_available, is_available);
	assert_string_equal(status.last_error_code, code);
}

CALL(make_user, store_user_create(tx, a, err))

struct store_user
user_in_role(void **state, const char *name, const char *role_id)
{
	struct store_user user = {.created_at = 3};
	struct err err = ERR_INIT;

	id_make(user.id);
	store_text_copy(user.name, sizeof(user.name), name);
	store_text_copy(user.role_id, sizeof(user.role_id), role_id);
	assert_ok(do_write(state, make_user, &user, NULL, &err), &err);
	return user;
}

void
make_old_database(
    const struct test_database *database, unsigned migrations, const char *rows)
{
	struct driver_target target = {.name = database->name,
	    .may_create = true,
	    .busy_timeout_ms = 5000};
	struct driver_connection *connection = NULL;
	struct err err = ERR_INIT;

	assert_ok(database->driver->open(&target, &connection, &err), &err);
	assert_ok(migration_run(connection, migrations, &err), &err);
	assert_ok(
	    database->driver->begin(connection, DRIVER_WRITE, &err), &err);
	assert_ok(database->driver->script(connection, rows, &err), &err);
	assert_ok(database->driver->commit(connection, &err), &err);
	database->driver->close(connection);
}
