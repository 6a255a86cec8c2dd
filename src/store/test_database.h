/*
 * For tests: fresh databases of both kinds, and a PostgreSQL server of the
 * test's own (in a temporary directory, on a Unix socket only, run as the user
 * postgres when the test is root).
 */
#ifndef STORE_TEST_DATABASE_H
#define STORE_TEST_DATABASE_H

#include <sys/types.h>

#include "base/cmocka_test.h"
#include "store/driver.h"
#include "store/store.h"

struct test_database {
	const struct driver *driver;
	char location[256];
	const char *name;    /* the driver's part of the location */
	struct store *store; /* opened by database_setup_open */
};

/* Group setup and teardown: the server and the temporary directory. */
int databases_setup(void **state);
int databases_teardown(void **state);
/* Under it anything may be made; removed in the end. */
const char *databases_directory(void);

/* A fresh, empty database of the kind that *state (the test's initial state,
 * a driver) names; *state becomes a struct test_database. */
int database_setup(void **state);
int database_setup_open(void **state); /* and the store on it */
int database_teardown(void **state);

#define ON_BOTH_WITH(test, setup)                                              \
	{#test " [sqlite]", test, setup, database_teardown,                    \
	    (void *)&driver_sqlite},                                           \
	{                                                                      \
#test " [postgresql]", test, setup, database_teardown,         \
		    (void *)&driver_postgresql                                 \
	}
#define ON_BOTH(test)       ON_BOTH_WITH(test, database_setup_open)
#define ON_BOTH_EMPTY(test) ON_BOTH_WITH(test, database_setup)
#define ON_SQLITE(test)                                                        \
	{                                                                      \
#test " [sqlite]", test, database_setup, database_teardown,    \
		    (void *)&driver_sqlite                                     \
	}
#define ON_POSTGRESQL(test)                                                    \
	{                                                                      \
#test " [postgresql]", test, database_setup,                   \
		    database_teardown, (void *)&driver_postgresql              \
	}

/* The server, at once and without goodbye; and again on the same data. */
void postgresql_kill(void);
void postgresql_start(void);
/* The directory of its socket, and connection strings to it. */
const char *postgresql_socket_directory(void);
void postgresql_script(const char *sql); /* in the database postgres */
uid_t postgresql_user(void);
gid_t postgresql_group(void);

/* Assertions with the error's sentence. */
#define assert_ok(call, err)                                                   \
	do {                                                                   \
		if (!(call)) {                                                 \
			print_error("%s: [%s] %s\n", #call, (err)->code,       \
			    (err)->sentence);                                  \
			fail();                                                \
		}                                                              \
	} while (0)
#define assert_refused(call, err, wanted_category, wanted_code)                \
	do {                                                                   \
		err_reset(err);                                                \
		if ((call) || (err)->category != (wanted_category) ||          \
		    strcmp((err)->code, wanted_code) != 0) {                   \
			print_error("%s: [%s] %s, not %s\n", #call,            \
			    (err)->code, (err)->sentence, wanted_code);        \
			fail();                                                \
		}                                                              \
	} while (0)

/* Open the test's database again. */
struct store *database_open(const struct test_database *database);
/* Open database->store anew, waiting for locks no longer than 400 ms. */
void database_be_impatient(struct test_database *database);

#endif
