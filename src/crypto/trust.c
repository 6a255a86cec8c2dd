/* The trust snapshot: agent CAs, and hash sets of who is denied. */
#include "crypto/trust.h"

#include <uthash.h>

#include "base/check.h"
#include "base/memory.h"
#include "crypto/chain.h"
#include "crypto/trust_store.h"

struct denied {
	UT_hash_handle hh;
	char name[];
};

struct trust {
	char fleet_id[ID_SIZE];
	uint64_t number;
	bool requires_certificate;
	struct certificate_list cas;
	X509_STORE *store;
	struct remembered *remembered;
	struct denied *agents;
	struct denied *serials;
};

struct trust *
trust_new(const char *fleet_id, uint64_t number, bool require_certificate)
{
	struct trust *trust = memory_zeroed(sizeof(*trust));

	check(strlen(fleet_id) < sizeof(trust->fleet_id));
	memcpy(trust->fleet_id, fleet_id, strlen(fleet_id));
	trust->number = number;
	trust->requires_certificate = require_certificate;
	trust->store = chain_store_new();
	trust->remembered = remembered_new(0);
	return trust;
}

bool
trust_add_ca(struct trust *trust, struct view der, struct err *err)
{
	scoped(certificate_freep) struct certificate *ca = NULL;

	if (trust->cas.count >= TRUST_CA_MAX)
		return err_set(err, ERR_LIMIT,
		    "a trust snapshot holds at most %d agent CAs",
		    TRUST_CA_MAX);
	if (!certificate_parse_der(der, &ca, err))
		return false;
	if (!certificate_is_ca(ca))
		return err_set_code(err, ERR_DENIED, "not_a_ca",
		    "%s is not a CA", certificate_subject(ca));
	check(X509_STORE_add_cert(trust->store, certificate_x509(ca)) == 1);
	remembered_clear(trust->remembered);
	certificate_list_add(&trust->cas, take(ca));
	return true;
}

static void
add(struct denied **set, const char *name)
{
	size_t length = strlen(name);
	struct denied *entry = NULL;

	HASH_FIND(hh, *set, name, length, entry);
	if (entry != NULL)
		return;
	entry = memory_zeroed(sizeof(*entry) + length + 1);
	memcpy(entry->name, name, length);
	HASH_ADD(hh, *set, name, length, entry);
}

static void
empty(struct denied **set)
{
	struct denied *entry;
	struct denied *next;

	HASH_ITER (hh, *set, entry, next) {
		HASH_DEL(*set, entry);
		free(entry);
	}
}

static bool
has(const struct denied *set, const char *name)
{
	const struct denied *entry = NULL;

	HASH_FIND(hh, set, name, strlen(name), entry);
	return entry != NULL;
}

void
trust_deny_agent(struct trust *trust, const char *agent_id)
{
	add(&trust->agents, agent_id);
}

void
trust_deny_serial(struct trust *trust, const char *serial)
{
	add(&trust->serials, serial);
}

void
trust_remember(struct trust *trust, size_t max)
{
	remembered_free(trust->remembered);
	trust->remembered = remembered_new(max);
}

void
trust_free(struct trust *trust)
{
	if (trust == NULL)
		return;
	empty(&trust->agents);
	empty(&trust->serials);
	certificate_list_done(&trust->cas);
	X509_STORE_free(trust->store);
	remembered_free(trust->remembered);
	free(trust);
}

uint64_t
trust_number(const struct trust *trust)
{
	return trust->number;
}

bool
trust_requires_certificate(const struct trust *trust)
{
	return trust->requires_certificate;
}

const char *
trust_fleet_id(const struct trust *trust)
{
	return trust->fleet_id;
}

const struct certificate_list *
trust_ca_list(const struct trust *trust)
{
	return &trust->cas;
}

bool
trust_denies(
    const struct trust *trust, const char *agent_id, const char *serial)
{
	return has(trust->agents, agent_id) || has(trust->serials, serial);
}

X509_STORE *
trust_store(const struct trust *trust)
{
	return trust->store;
}

struct remembered *
trust_remembered(const struct trust *trust)
{
	return trust->remembered;
}

size_t
trust_remembered_count(const struct trust *trust)
{
	return remembered_count(trust->remembered);
}
