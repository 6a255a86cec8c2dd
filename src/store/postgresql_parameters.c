/* Bound values as libpq takes them. */
#include "store/postgresql_parameters.h"

#include <inttypes.h>

void
postgresql_parameters_set(struct postgresql_parameters *all, unsigned i,
    const struct store_value *value)
{
	all->lengths[i] = (int)value->bytes.length;
	all->formats[i] = value->kind != STORE_VALUE_INTEGER;
	if (value->is_null) {
		all->data[i] = NULL;
	} else if (value->kind == STORE_VALUE_INTEGER) {
		snprintf(all->integers[i], POSTGRESQL_INTEGER_SIZE, "%" PRId64,
		    value->integer);
		all->data[i] = all->integers[i];
	} else {
		all->data[i] = value->bytes.data == NULL
		    ? ""
		    : (const char *)value->bytes.data;
	}
}
