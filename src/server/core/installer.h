/*
 * The agent that this server hands out, and the installer for it.
 *
 * Core hashes the archive once, when it starts; the gateways serve the very
 * file that was hashed, for the supervisor opened it once for all of them. A
 * new archive is taken up with SIGHUP.
 */
#ifndef SERVER_CORE_INSTALLER_H
#define SERVER_CORE_INSTALLER_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "server/core/installer_text.h"
#include "server/core/request.h"
#include "server/core/response.h"

struct role;

/* From the role's descriptor; NULL where there is no archive or it is none
 * (which is logged). */
must_use struct installer_archive *installer_open(struct role *role);

/* The script of this moment and its SHA-256. ERR_NOT_FOUND
 * "installer_unavailable", with where to put an archive. */
must_use bool installer_make(const struct core *core, struct buf *out_script,
    char out_sha256[65], struct err *err);
/* The same as an answer to download. */
void installer_answer_script(
    const struct core *core, struct response *response, struct err *err);

/* GET /installer/linux.sh: for whoever can reach the HTTPS port. */
void
installer_public_script(struct request *request, struct response *response);

#endif
