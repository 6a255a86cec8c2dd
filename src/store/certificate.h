/*
 * Certificates that the agent CA issued, by serial. The signer's journal is
 * the truth about issuance and revocation; this is what core lists and counts.
 */
#ifndef STORE_CERTIFICATE_H
#define STORE_CERTIFICATE_H

#include "base/bytes.h"
#include "store/computer.h"

enum {
	STORE_REASON_SIZE = 1025
};

struct store_certificate {
	char serial[STORE_SERIAL_SIZE];
	char computer_id[ID_SIZE];
	char fingerprint[STORE_SHA256_SIZE]; /* SHA-256 of the DER */
	char subject[STORE_SUBJECT_SIZE];
	enum store_computer_profile profile;
	int64_t not_before;
	int64_t not_after;
	int64_t issued_at;
	int64_t revoked_at; /* 0: not revoked */
	char reason[STORE_REASON_SIZE];
	int64_t first_used_at;
	int64_t last_used_at;
	bool is_superseded; /* a newer one of that computer exists */
};

/* The computer's earlier ones become superseded. The same serial again with
 * the same fingerprint changes nothing; with another: ERR_CONFLICT
 * certificate_exists. ERR_NOT_FOUND computer_not_found. */
must_use bool store_certificate_insert(struct store_tx *tx,
    const struct store_certificate *certificate, struct view der,
    struct err *err);
must_use bool store_certificate_mark_used(
    struct store_tx *tx, const char *serial, int64_t at, struct err *err);
/* The first revocation's time and reason stay. */
must_use bool store_certificate_mark_revoked(struct store_tx *tx,
    const char *serial, int64_t at, const char *reason, struct err *err);
/* Every certificate the computer ever got. */
must_use bool store_certificate_mark_revoked_all(struct store_tx *tx,
    const char *computer_id, int64_t at, const char *reason, struct err *err);

must_use bool
store_certificate_get(struct store_reader *reader, const char *serial,
    struct store_certificate *out_certificate, struct err *err);
/* Appends to out. */
must_use bool store_certificate_get_der(struct store_reader *reader,
    const char *serial, struct buf *out, struct err *err);

enum store_certificate_sort {
	STORE_CERTIFICATE_BY_ISSUED,
	STORE_CERTIFICATE_BY_NOT_AFTER,
};

struct store_certificate_filter {
	const char *computer_id; /* NULL: any */
	bool is_revoked_only;
	bool is_current_only;     /* neither revoked nor superseded */
	int64_t not_after_from;   /* ends at or after; 0: any */
	int64_t not_after_before; /* ends before (expiring soon); 0: any */
	enum store_certificate_sort sort;
	bool is_descending;
};

struct store_certificate_list {
	struct store_certificate *items;
	size_t count;
	char next[STORE_CURSOR_SIZE];
};

void store_certificate_list_done(struct store_certificate_list *list);
must_use bool store_certificate_list(struct store_reader *reader,
    const struct store_certificate_filter *filter,
    const struct store_page *page, struct store_certificate_list *out_list,
    struct err *err);
must_use bool store_certificate_count(struct store_reader *reader,
    const struct store_certificate_filter *filter, int64_t *out_count,
    struct err *err);

#endif
