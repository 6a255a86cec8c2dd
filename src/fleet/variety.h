/*
 * The inventories of simulated agents: one real inventory varied by a seed, so
 * that the same agent always has the same one.
 *
 * What differs: host name, serial numbers, hardware addresses, disks, which
 * packages there are and their versions. An inventory has revisions, counted
 * from 1: each has a few packages upgraded. Pure but for memory; a section is a
 * new reference.
 */
#ifndef FLEET_VARIETY_H
#define FLEET_VARIETY_H

#include "base/attributes.h"
#include "base/json.h"
#include "proto/inventory.h"

enum {
	VARIETY_HOSTNAME_SIZE = 64,
};

struct variety;

/* template: {NAME: {key: item}}, as the agent's collectors give it; borrowed,
 * shared by reference. It needs a package at least: ERR_MALFORMED
 * "template". */
must_use bool
variety_new(const json_t *template, uint64_t seed, size_t packages_least,
    size_t packages_most, struct variety **out, struct err *err);
void variety_free(struct variety *variety); /* takes NULL */

DEFINE_SCOPED(struct variety, variety_free)

void variety_hostname(const struct variety *variety, size_t agent,
    char out[VARIETY_HOSTNAME_SIZE]);
/* NULL where the template has no such section. */
must_use json_t *variety_section(const struct variety *variety, size_t agent,
    uint32_t revision, enum inventory_section section);
/* Does this section differ between revisions at all? */
must_use bool variety_changes(enum inventory_section section);

#endif
