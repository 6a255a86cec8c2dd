/*
 * Bound values as libpq takes them: integers as text, texts and blobs as they
 * are.
 */
#ifndef STORE_POSTGRESQL_PARAMETERS_H
#define STORE_POSTGRESQL_PARAMETERS_H

#include "store/driver.h"

enum {
	POSTGRESQL_VALUES_MAX = 256,
	POSTGRESQL_INTEGER_SIZE = 24,
};

struct postgresql_parameters {
	const char *data[POSTGRESQL_VALUES_MAX];
	int lengths[POSTGRESQL_VALUES_MAX];
	int formats[POSTGRESQL_VALUES_MAX]; /* 0 text, 1 binary */
	char integers[POSTGRESQL_VALUES_MAX][POSTGRESQL_INTEGER_SIZE];
};

/* Borrows the value's bytes. */
void postgresql_parameters_set(struct postgresql_parameters *all, unsigned i,
    const struct store_value *value);

#endif
