/* Settings that are put in force for good. */
#include "server/signer/signer.h"

bool
signer_enforce(struct signer *signer, struct view body, struct writer *result,
    int *out_descriptor, struct err *err)
{
	struct signer_enforce request;

	if (!signer_enforce_read(body, &request, err))
		return false;
	/* Urgent, as what takes away: a journal that is full or broken must not
	 * keep a server from becoming stricter. */
	return signer_is_enforced(&signer->ledger.enforced, request.setting) ||
	    signer_record(
		signer, ledger_enforced_entry(&request), JOURNAL_URGENT, err);
}

bool
signer_enforced(struct signer *signer, struct view body, struct writer *result,
    int *out_descriptor, struct err *err)
{
	if (!signer_empty_read(body, err))
		return false;
	signer_enforced_write(result, &signer->ledger.enforced);
	return true;
}
