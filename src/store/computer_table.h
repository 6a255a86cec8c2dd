/* What the files about computers share. */
#ifndef STORE_COMPUTER_TABLE_H
#define STORE_COMPUTER_TABLE_H

#include "store/computer.h"
#include "store/table.h"

extern const struct table COMPUTER_TABLE;
extern const char *const STORE_PROFILE_WORDS[2];
extern const char *const STORE_PROXY_WORDS[3];

/* Stands between the parts of what is searched: no match crosses it. */
#define COMPUTER_TEXT_SEPARATOR "\n"

/* Also flags the look-alikes; what lists read is the caller's. */
must_use bool computer_set_name(
    struct store_tx *tx, const char *id, const char *name, struct err *err);

must_use bool computer_contact_insert(struct store_tx *tx,
    const struct store_computer *computer, struct err *err);
/* Before the computer's own row changes: the old credential is compared. */
must_use bool computer_contact_enrol_again(struct store_tx *tx,
    const struct store_computer *computer, struct err *err);

/* Bring the copies that lists read (list_… in computer_contact) up to date:
 * after every change of name, system, hardware serial, address, state, office
 * or time of enrolment. */
must_use bool
computer_list_set(struct store_tx *tx, const char *id, struct err *err);

#endif
