/*
 * For tests: single store calls as closures, and computers to work on.
 */
#ifndef STORE_TEST_CALL_H
#define STORE_TEST_CALL_H

#include "store/certificate.h"
#include "store/computer.h"
#include "store/test_database.h"
#include "store/user.h"

typedef bool test_call_fn(
    struct store_tx *tx, const void *a, const void *b, struct err *err);

/* Define a static test_call_fn whose value is body, in which tx, a, b and err
 * are known. */
#define CALL(name, body)                                                       \
	static bool name(struct store_tx *tx, const void *a, const void *b,    \
	    struct err *err)                                                   \
	{                                                                      \
		return body;                                                   \
	}

/* state: the test's, whose store is open. */
bool do_write(void **state, test_call_fn *run, const void *a, const void *b,
    struct err *err);
struct store_reader *open_reader(void **state);

/* In the Local Office, with an identifier and a credential of its own. */
struct store_computer make_computer(const char *name);
struct store_computer enrolled(void **state, const char *name);
struct store_computer computer_now(void **state, const char *id);
struct store_user
user_in_role(void **state, const char *name, const char *role_id);
/* On an empty database: the schema as so many migrations left it, and rows. */
void make_old_database(const struct test_database *database,
    unsigned migrations, const char *rows);

struct store_certificate certificate_now(void **state, const char *serial);

/* A setting of this name: the smallest write there is. */
bool write_key(struct store *store, const char *key, struct err *err);
bool has_key(struct store *store, const char *key);
/* code: of the last failed access, "" for none. */
void assert_status(struct store *store, bool is_available, const char *code);

#endif
