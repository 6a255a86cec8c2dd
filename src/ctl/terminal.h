/* Questions to the person at the terminal, and passwords from elsewhere. */
#ifndef CTL_TERMINAL_H
#define CTL_TERMINAL_H

#include "base/attributes.h"
#include "base/err.h"

enum {
	TERMINAL_LINE_MAX = 1024
};

/* Is there somebody to ask? (standard input and error are terminals) */
must_use bool terminal_is_interactive(void);
/* True for an answer that begins with y or Y. */
must_use bool terminal_confirm(const char *question);
/* A line without its end; allocated. */
must_use bool terminal_ask(const char *prompt, char **out, struct err *err);
/* The same without echo, from the controlling terminal. */
must_use bool
terminal_ask_secret(const char *prompt, char **out, struct err *err);
/* The first line of a file ("-": standard input; /dev/fd/N works). */
must_use bool
terminal_read_secret(const char *path, char **out, struct err *err);
/* Wipe and free, for scoped(). */
void secret_textp(char **text);

#endif
