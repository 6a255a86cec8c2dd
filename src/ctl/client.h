/*
 * Talking to the server: one request, one answer, and what went wrong told to
 * the person at the terminal.
 *
 * HTTPS trusts exactly the pinned certificate (libcurl carries it out, the pin
 * is checked in src/crypto). No proxy is used.
 */
#ifndef CTL_CLIENT_H
#define CTL_CLIENT_H

#include <stdio.h>

#include "base/attributes.h"
#include "base/bytes.h"
#include "ctl/command.h"

enum {
	CLIENT_ANSWER_MAX = 256 * 1024 * 1024,
	CLIENT_TIMEOUT_S = 60,
};

/* The SHA-256 of the certificate that the server shows, unverified; allocated.
 * Sends nothing secret. */
must_use bool
client_fetch_fingerprint(const char *url, char **out, struct err *err);

/* Ask and check that the answer is a success; anything else is told on standard
 * error. body is borrowed, NULL: none. out_json: the answer, or NULL for an
 * empty one; pass NULL where it is of no interest. */
enum ctl_exit client_ask(struct ctl *ctl, const char *method, const char *path,
    const json_t *body, json_t **out_json);

/* As client_ask, if what is there has this ETag. */
enum ctl_exit client_ask_if(struct ctl *ctl, const char *method,
    const char *path, const json_t *body, const char *etag, json_t **out_json);

/* The same for an answer that is no JSON, appended to out. */
enum ctl_exit client_fetch(struct ctl *ctl, const char *path, struct buf *out);

/* The same, written to out as it comes, however long it is. */
enum ctl_exit client_copy(struct ctl *ctl, const char *path, FILE *out);

/* Like client_ask, but the stable code of a refusal is given to the caller
 * (allocated; NULL when none), who tells it. */
enum ctl_exit client_try(struct ctl *ctl, const char *method, const char *path,
    const json_t *body, json_t **out_json, char **out_code);

/* Like client_ask, but a refusal with this code is not told: out_is says that
 * it was that one. */
enum ctl_exit
client_ask_unless(struct ctl *ctl, const char *method, const char *path,
    const json_t *body, const char *code, json_t **out_json, bool *out_is);

/* The pages of a list up to --limit (else 1000 items): {items, next_cursor}. */
enum ctl_exit client_list(struct ctl *ctl, const char *path, json_t **out_list);

/* A connection of its own to the server, trusted like every other: bytes, both
 * ways. What goes wrong is told. The line is the caller's to close in any case;
 * client_line_close takes NULL. */
struct client_line;
enum ctl_exit client_line_open(struct ctl *ctl, struct client_line **out);
void client_line_close(struct client_line *line);
enum ctl_exit client_line_send(struct client_line *line, struct view bytes);
/* The next bytes, at least one; they live until the next call. */
enum ctl_exit
client_line_receive(struct client_line *line, int seconds, struct view *out);
/* HOST[:PORT] of the server, for the header Host. */
must_use const char *client_line_host(const struct ctl *ctl);

/* A query of names and values ended by NULL; those with NULL as value are left
 * out. Allocated: PATH, or PATH?NAME=VALUE&… */
must_use char *client_path(const char *path, ...) ends_with_null;

#endif
