/* warifu-server: the roles' mains. */
#include "server/server.h"

int
main(int argc, char **argv)
{
	static const struct role_program programs[] = {
	    {.id = IPC_SIGNER, .main = signer_main},
	    {.id = IPC_CORE, .main = core_main},
	    {.id = IPC_GATEWAY, .main = gateway_main},
	};

	return server_run(argc, argv, programs, array_length(programs));
}
