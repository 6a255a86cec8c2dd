/* Feeds foreign bootstrap files, status files and errands to their readers. */
#include "../tests/fuzz/fuzz.h"
#include "agent/bootstrap.h"
#include "agent/errand.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view text = view_of(data, size);
	struct server_address address;
	struct errand_command command;
	struct errand_result result;
	struct secret *token = NULL;
	struct err err = ERR_INIT;

	if (bootstrap_read(text, false, &address, &token, &err)) {
		free(bootstrap_write(&address));
		free(bootstrap_url(&address, address.agent_port, "/"));
	}
	secret_free(token);
	ignore_result(errand_command_read(text, &command, &err));
	ignore_result(errand_result_read(text, &result, &err));
	return 0;
}
