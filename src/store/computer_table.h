/* The columns of computers, shared by computer.c and computer_list.c. */
#ifndef STORE_COMPUTER_TABLE_H
#define STORE_COMPUTER_TABLE_H

#include "store/computer.h"
#include "store/table.h"

extern const struct table COMPUTER_TABLE;
extern const char *const STORE_PROFILE_WORDS[2];

#endif
