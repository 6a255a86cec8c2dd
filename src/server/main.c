/* warifu-server: the roles' mains, and the offline tools. */
#include <string.h>

#include "server/reset_password.h"
#include "server/server.h"
#include "server/signer/journal_tool.h"

int
main(int argc, char **argv)
{
	static const struct role_program programs[] = {
	    {.id = IPC_SIGNER, .main = signer_main},
	    {.id = IPC_CORE, .main = core_main},
	    {.id = IPC_GATEWAY, .main = gateway_main},
	};

	if (argc > 1 && strcmp(argv[1], "journal") == 0)
		return journal_tool_main(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "reset-password") == 0)
		return reset_password_main(argc - 1, argv + 1);
	return server_run(argc, argv, programs, array_length(programs));
}
