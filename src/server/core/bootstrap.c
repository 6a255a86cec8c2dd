/* What an agent must be told before its first contact. */
#include "server/core/bootstrap.h"

#include "server/config.h"
#include "server/core/core.h"
#include "server/core/trust.h"

bool
bootstrap_make(const struct core *core, const char *server, const char *token,
    json_t **out, struct err *err)
{
	char pin[TRUST_PIN_SIZE];
	json_t *object;

	if (!core_trust_publication_pin(core, pin, err))
		return false;
	object = json_object();
	json_set_string(object, "server", server);
	json_set_integer(object, "https_port", core->config->https_port);
	json_set_integer(object, "agent_port", core->config->agents_port);
	json_set_string(object, "publication_key", pin);
	json_set_string(object, "token", token);
	*out = object;
	return true;
}
