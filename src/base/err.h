/*
 * One error type for the whole program.
 *
 * A function that can fail returns bool (or enum io) and takes `struct err *`
 * as its last parameter, which must not be NULL. On failure it sets the error
 * and leaves its outputs untouched. The category decides how the caller reacts;
 * nobody parses the sentence, which is for a person. Library code never logs:
 * the outermost function logs once, with err_sentence().
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include <stdbool.h>

#include "base/attributes.h"

enum err_category {
	ERR_NONE,
	ERR_MALFORMED, /* bytes that break their format: close, 400 */
	ERR_DENIED,    /* understood and refused: 401 or 403 */
	ERR_LIMIT,     /* more than a named limit: 413, 429, 503 */
	ERR_NOT_FOUND, /* no such thing: 404 */
	ERR_CONFLICT,  /* the state does not allow it: 409 */
	ERR_CRYPTO,    /* a cryptographic check or operation failed */
	ERR_SYSTEM,    /* the operating system or a peer role failed: 503 */
	ERR_UNCERTAIN, /* it may or may not have happened: ask again */
};

enum {
	ERR_SENTENCE_MAX = 512, /* bytes with the end; longer ones are cut */
	ERR_CODE_MAX = 48,
};

struct err {
	enum err_category category;
	int system_errno;        /* 0 where none applies */
	char code[ERR_CODE_MAX]; /* stable word for the API, or "" */
	char sentence[ERR_SENTENCE_MAX];
};

/* The three-shape results of reading and writing. */
enum io {
	IO_OK,
	IO_AGAIN, /* nothing now; wait for readiness */
	IO_EOF,
	IO_FAILED, /* the error says why */
};

#define ERR_INIT                                                               \
	{                                                                      \
		.category = ERR_NONE                                           \
	}

void err_reset(struct err *err);

/* Set the error; always returns false so that `return err_set(…)` reads well.
 * A previous error is replaced. */
bool err_set(struct err *err, enum err_category category, const char *format,
    ...) printf_like(3, 4);

/* The same, with a stable snake_case code that the API will carry. */
bool err_set_code(struct err *err, enum err_category category, const char *code,
    const char *format, ...) printf_like(4, 5);

/* ERR_SYSTEM from errno: "SENTENCE: strerror". errno is read first. */
bool err_set_errno(struct err *err, const char *format, ...) printf_like(2, 3);

/* Put what was being attempted before the sentence: "ATTEMPT: SENTENCE".
 * Keeps category, errno and code. Returns false. */
bool err_prefix(struct err *err, const char *format, ...) printf_like(2, 3);

static inline const char *
err_sentence(const struct err *err)
{
	return err->sentence;
}

/* A lower-case word for the category, for logs. */
must_use const char *err_category_name(enum err_category category);

#endif
