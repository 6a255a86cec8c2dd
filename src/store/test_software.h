/* For tests: software of computers, in words. */
#ifndef STORE_TEST_SOFTWARE_H
#define STORE_TEST_SOFTWARE_H

#include "store/software.h"
#include "store/test_call.h"

/* "bash 5.2; rpm kernel 6.1; vim 9 @1700000000" as a section: a name, a
 * version, and where they are not of dpkg or have a time, these. */
json_t *software_section(const char *words);
struct software_set software_words(const char *words);
/* What an agent's difference from those words (NULL: a full one) leads to. */
bool try_software(void **state, const char *computer_id, const char *before,
    const char *words, struct err *err);
void put_software(void **state, const char *computer_id, const char *before,
    const char *words);
void software_digest(const char *words, char out[STORE_SHA256_SIZE]);

/* The first number that the SQL gives. */
int64_t ask_number(void **state, const char *sql);
/* All counts are what the rows say, nothing is there that nobody has. */
void assert_software_is_whole(void **state);
/* "bash 2/1, vim 1/1": names with computers and versions, as they are listed;
 * in parts of `limit`. */
void assert_titles(struct store_reader *reader,
    const struct store_software_filter *filter, unsigned limit,
    const char *expected);
/* The number of the one title that is called so; 0: there is none. */
int64_t title_number(struct store_reader *reader, const char *name);
/* "5.2 2, 5.1 1" */
void assert_versions(struct store_reader *reader, int64_t title_id,
    unsigned limit, const char *expected);
/* "one 5.2, two 5.1" */
void assert_having(struct store_reader *reader, int64_t title_id,
    int64_t version_id, unsigned limit, const char *expected);

#endif
