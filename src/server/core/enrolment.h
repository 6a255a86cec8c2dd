/*
 * What core keeps of an issued certificate: the computer, the certificate, the
 * token's remaining uses, the event. Worker threads.
 *
 * The signer has journalled before; when the database fails here, the client
 * asks again with the same key, gets the same certificate and the record is
 * made then.
 */
#ifndef SERVER_CORE_ENROLMENT_H
#define SERVER_CORE_ENROLMENT_H

#include "base/attributes.h"
#include "base/err.h"
#include "ipc/signer_types.h"
#include "server/core/request.h"

must_use bool enrolment_record(const struct request *request,
    const struct signer_issued *issued, struct err *err);
must_use bool enrolment_record_renewal(const struct request *request,
    const struct signer_issued *issued, struct err *err);

/* A computer that shows a sound certificate and is not in the database (which
 * was restored or lost): its record, made from the certificate. */
must_use bool enrolment_rebuild(const struct request *request, struct err *err);

/* Tell log and event list about a refusal that is about trust. */
void enrolment_refused(const struct request *request, const struct err *err);

#endif
