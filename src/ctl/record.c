/* certificate … and event …: what is on record. */
#include <stdio.h>

#include "base/limits.h"
#include "base/memory.h"
#include "ctl/client.h"
#include "ctl/output.h"

#define CERTIFICATES "/api/v1/certificates"

static const struct table_column LIST[] = {
    {"SERIAL", "serial"},
    {"STATE", "state"},
    {"PROFILE", "profile"},
    {"NOT AFTER", "not_after"},
    {"COMPUTER", "computer_id"},
};

static const struct table_column ONE[] = {
    {"Serial", "serial"},
    {"SHA-256", "sha256"},
    {"Subject", "subject"},
    {"Computer", "computer_id"},
    {"Profile", "profile"},
    {"State", "state"},
    {"Superseded", "is_superseded"},
    {"Not before", "not_before"},
    {"Not after", "not_after"},
    {"Issued", "issued_at"},
    {"First used", "first_used_at"},
    {"Last used", "last_used_at"},
    {"Revoked", "revoked_at"},
    {"  reason", "revocation_reason"},
};

static const struct table_column EVENTS[] = {
    {"TIME", "at"},
    {"KIND", "kind"},
    {"BY", "actor"},
    {"FROM", "address"},
    {"SUBJECT", "subject"},
    {"DETAIL", "detail"},
};

enum ctl_exit
certificate_list(struct ctl *ctl)
{
	scoped(memory_freep) char *path =
	    client_path(CERTIFICATES, "only", ctl_value(ctl, "only"),
		"expires_within_days", ctl_value(ctl, "expiring"), NULL);

	return output_get_list(ctl, path, LIST, array_length(LIST));
}

enum ctl_exit
certificate_show(struct ctl *ctl)
{
	scoped(memory_freep) char *path =
	    memory_format(CERTIFICATES "/%s", ctl->arguments[0]);

	return output_get_one(ctl, path, ONE, array_length(ONE));
}

enum ctl_exit
certificate_print(struct ctl *ctl)
{
	scoped(memory_freep) char *path =
	    memory_format(CERTIFICATES "/%s/pem", ctl->arguments[0]);
	scoped(buf_donep) struct buf pem = BUF_INIT(2 * LIMIT_CERTIFICATE);
	enum ctl_exit result = client_fetch(ctl, path, &pem);

	if (result == CTL_OK)
		fwrite(pem.data, 1, pem.length, stdout);
	return result;
}

enum ctl_exit
event_list(struct ctl *ctl)
{
	scoped(memory_freep) char *path =
	    client_path("/api/v1/events", "kind", ctl_value(ctl, "kind"), NULL);

	return output_get_list(ctl, path, EVENTS, array_length(EVENTS));
}
