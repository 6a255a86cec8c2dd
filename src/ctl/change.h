/*
 * Changes to what two people may edit: each is sent with the version that it
 * was decided by, so that the server refuses it (version_mismatch, told with
 * who changed what) where somebody else was faster.
 */
#ifndef CTL_CHANGE_H
#define CTL_CHANGE_H

#include "base/attributes.h"
#include "ctl/command.h"

/* The version to change: that of --if-version, or else the one that the thing
 * at path has now. Allocated, as If-Match takes it. A question comes after
 * this: what changes while it stands there is seen. */
enum ctl_exit change_begin(struct ctl *ctl, const char *path, char **out_etag);

/* As client_ask, with the version of change_begin. */
enum ctl_exit change_send(struct ctl *ctl, const char *method, const char *path,
    const json_t *body, const char *etag, json_t **out_json);

/* Both, where nothing is asked in between. */
enum ctl_exit change_now(struct ctl *ctl, const char *method, const char *path,
    const json_t *body, json_t **out_json);

/* "Delete the NOUN NAME for good?", and it is gone. */
enum ctl_exit
change_delete(struct ctl *ctl, const char *noun, const char *path);

#endif
