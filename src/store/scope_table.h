/* What the files about things in places share: how a scope narrows. */
#ifndef STORE_SCOPE_TABLE_H
#define STORE_SCOPE_TABLE_H

#include "store/list.h"
#include "store/scope.h"

/* Narrow a list to computers of the reader's scope; column holds their ids. */
void scope_where_computer(struct list_query *query, const char *column);
/* To offices or groups that are its places; place: SQL that is the id of one.
 */
void scope_where_place(
    struct list_query *query, const char *place, enum store_place_kind kind);

/* The same as SQL, for one owner of the scope, whose parameter has this number:
 * by the column of the computer's id, or by that of its office (NULL: there is
 * none) where this is enough and quicker. */
enum {
	SCOPE_SQL_SIZE = 160
};
struct scope_columns {
	const char *id;
	const char *office;
};
void scope_computer_sql(const struct store_scope *scope, unsigned owner,
    unsigned number, const struct scope_columns *columns,
    char out[SCOPE_SQL_SIZE]);

/* Whether the reader's scope has the office (the group, the computer):
 * ERR_NOT_FOUND, as if the noun were not there. */
must_use bool scope_check_office(struct store_reader *reader,
    const char *office_id, const char *noun, struct err *err);
must_use bool scope_check_group(struct store_reader *reader,
    const char *group_id, const char *noun, struct err *err);
must_use bool scope_check_computer(struct store_reader *reader,
    const char *computer_id, const char *noun, struct err *err);

/* That nobody is limited to the place: a scope that loses its last one by the
 * way would be a puzzle to everybody. ERR_CONFLICT office_in_scope,
 * group_in_scope. */
must_use bool scope_check_unused(struct store_tx *tx,
    enum store_place_kind kind, const char *id, struct err *err);

#endif
