/*
 * Settings: a key with a text and an integer, and a version that counts its
 * changes so that two editors do not overwrite each other unseen.
 */
#ifndef STORE_SETTING_H
#define STORE_SETTING_H

#include "store/store.h"

enum {
	STORE_SETTING_KEY_SIZE = 65,
	STORE_SETTING_TEXT_SIZE = 4097,
	STORE_SETTING_ANY_VERSION = -1,
};

struct store_setting {
	char key[STORE_SETTING_KEY_SIZE];
	char text[STORE_SETTING_TEXT_SIZE];
	int64_t integer;
	int64_t version; /* 1 after the first put; 0: not there */
	int64_t changed_at;
};

/* A key that is not there gives version 0, "" and 0: no error. */
must_use bool store_setting_get(struct store_reader *reader, const char *key,
    struct store_setting *out_setting, struct err *err);
/* key, text, integer and changed_at are written when the stored version is
 * setting->version (0: must not be there yet) or that is
 * STORE_SETTING_ANY_VERSION; else ERR_CONFLICT setting_changed. */
must_use bool store_setting_put(
    struct store_tx *tx, const struct store_setting *setting, struct err *err);
must_use bool
store_setting_delete(struct store_tx *tx, const char *key, struct err *err);

#endif
