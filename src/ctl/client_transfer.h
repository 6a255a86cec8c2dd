/*
 * One connection of libcurl's to the server: for client.c and client_line.c.
 */
#ifndef CTL_CLIENT_TRANSFER_H
#define CTL_CLIENT_TRANSFER_H

#include <curl/curl.h>
#include <stdio.h>

#include "crypto/tls_client.h"
#include "ctl/client.h"

enum {
	PIN_BYTES = 32,
};

struct transfer {
	CURL *curl;
	struct curl_slist *headers;
	struct buf body;
	const char *if_match; /* the ETag to find, or NULL */
	FILE *sink;           /* where a success goes; NULL: into body */
	struct tls_client tls;
	uint8_t pin[PIN_BYTES];
	bool has_tls_failed;
	long status;
	char *type;
	char error[CURL_ERROR_SIZE];
};

void transfer_donep(struct transfer *transfer);
/* What every connection is made with. */
void transfer_set_common(struct transfer *transfer, const char *url);
/* By the pinned certificate, or the anchors of the machine. */
void transfer_set_trust(struct transfer *transfer, const struct ctl *ctl);
/* Why it did not come about, on standard error. */
enum ctl_exit transfer_tell_unreachable(
    const struct ctl *ctl, const struct transfer *transfer, CURLcode result);

#endif
