/* What the files about things in places share: how a scope narrows. */
#ifndef STORE_SCOPE_TABLE_H
#define STORE_SCOPE_TABLE_H

#include "store/list.h"
#include "store/scope.h"

/* Narrow a list to the reader's scope. before: SQL that ends with what is the
 * office's id; after: what closes it. */
void scope_where(struct list_query *query, const char *column,
    const char *before, const char *after);
#define SCOPE_BY_COMPUTER(column)                                              \
	column " IN (SELECT id FROM computer WHERE office_id", ")"

/* Whether the reader's scope has the office or the computer:
 * ERR_NOT_FOUND, as if the noun were not there. */
must_use bool scope_check_office(struct store_reader *reader,
    const char *office_id, const char *noun, struct err *err);
must_use bool scope_check_computer(struct store_reader *reader,
    const char *computer_id, const char *noun, struct err *err);

#endif
