/*
 * Criteria: what a computer must be like to belong to a group. At most 20
 * conditions, all or any of which must hold; each is a field of a closed table,
 * one of the field's operators, and a value. Foreign text becomes criteria
 * here alone; the database sees it as bound parameters (criteria_sql.h).
 *
 *     {"match": "all", "conditions": [
 *         {"field": "os", "operator": "is", "value": "Debian GNU/Linux"},
 *         {"field": "last_seen", "operator": "longer_ago_than", "days": 30}]}
 *
 * Pure; any thread.
 */
#ifndef STORE_CRITERIA_H
#define STORE_CRITERIA_H

#include "base/json.h"
#include "store/store.h"

enum {
	CRITERIA_MAX = 20,        /* conditions */
	CRITERIA_DAYS_MAX = 3650, /* from 1 on */
	CRITERIA_VALUE_SIZE = STORE_NAME_SIZE,
	CRITERIA_TEXT_SIZE = 8193, /* as JSON, for the database */
};

enum criteria_operator {
	CRITERIA_IS,
	CRITERIA_IS_NOT,
	CRITERIA_CONTAINS,
	CRITERIA_BEGINS,
	CRITERIA_OLDER_THAN,      /* of versions */
	CRITERIA_LONGER_AGO_THAN, /* days; what never happened is longer ago */
	CRITERIA_WITHIN,          /* the last days */
	CRITERIA_OPERATOR_COUNT,
};

/* What a field's value is, and how it is compared. */
enum criteria_kind {
	CRITERIA_TEXT,    /* as it is */
	CRITERIA_FOLDED,  /* without regard to case */
	CRITERIA_WORD,    /* one of the field's words */
	CRITERIA_OFFICE,  /* the id of a remote office */
	CRITERIA_VERSION, /* of a program */
	CRITERIA_FLAG,    /* one of the words, each a bit */
	CRITERIA_DAYS,
};

struct criteria_field {
	const char *name;
	enum criteria_kind kind;
	unsigned operators; /* bits 1 << operator */
	const char *column; /* in the database */
	/* Of the table computer_contact; else of computer. */
	bool is_of_contact;
	const char *const *words; /* ended by NULL */
};

extern const struct criteria_field CRITERIA_FIELDS[];
extern const size_t CRITERIA_FIELD_COUNT;

struct criterion {
	const struct criteria_field *field;
	enum criteria_operator operator;
	char value[CRITERIA_VALUE_SIZE]; /* "" where days count */
	int64_t days;
};

struct criteria {
	bool is_any; /* one condition is enough */
	unsigned count;
	struct criterion items[CRITERIA_MAX];
};

/* From an object. ERR_MALFORMED criteria_malformed says which condition is
 * wrong, and how; out is untouched then. */
must_use bool
criteria_read(const json_t *json, struct criteria *out, struct err *err);
/* The same from text, at most CRITERIA_TEXT_SIZE - 1 bytes of it. */
must_use bool
criteria_parse(struct view text, struct criteria *out, struct err *err);

/* The object, and its text: one value always gives the same bytes. */
must_use json_t *criteria_json(const struct criteria *criteria);
void
criteria_write(const struct criteria *criteria, char out[CRITERIA_TEXT_SIZE]);

#endif
