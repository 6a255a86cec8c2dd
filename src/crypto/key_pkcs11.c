/*
 * Private keys in PKCS#11 tokens, by the engine of libp11. The ENGINE API is
 * deprecated since OpenSSL 3.0; this is the only file that uses it.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/openssl.h"

#include <openssl/engine.h>
#include <openssl/ui.h>

#include "base/check.h"
#include "base/memory.h"

#ifdef OPENSSL_NO_ENGINE

bool
key_open_pkcs11(
    const struct key_source *source, struct key **out, struct err *err)
{
	return err_set_code(err, ERR_SYSTEM, "key_token",
	    "this OpenSSL was built without engines, which PKCS#11 needs");
}

#else

static ENGINE *
get_engine(const struct key_source *source, struct err *err)
{
	ENGINE *engine;

	ENGINE_load_dynamic();
	engine = ENGINE_by_id("pkcs11");
	if (engine == NULL) {
		openssl_failed(err, ERR_SYSTEM, "key_token",
		    "the engine pkcs11 (libengine-pkcs11-openssl) is not "
		    "installed");
		return NULL;
	}
	if ((source->pkcs11_module != NULL &&
		ENGINE_ctrl_cmd_string(
		    engine, "MODULE_PATH", source->pkcs11_module, 0) != 1) ||
	    ENGINE_init(engine) != 1) {
		openssl_failed(err, ERR_SYSTEM, "key_token",
		    "the PKCS#11 module cannot be used");
		ENGINE_free(engine);
		return NULL;
	}
	return engine;
}

/* The engine keeps the PIN for later logins; ours is wiped. */
static bool
set_pin(ENGINE *engine, struct view pin)
{
	char *text;
	bool is_set;

	if (pin.length == 0)
		return true;
	if (view_has_nul(pin))
		return false;
	text = view_to_string(pin);
	is_set = ENGINE_ctrl_cmd_string(engine, "PIN", text, 0) == 1;
	OPENSSL_cleanse(text, pin.length);
	free(text);
	return is_set;
}

bool
key_open_pkcs11(
    const struct key_source *source, struct key **out, struct err *err)
{
	ENGINE *engine = get_engine(source, err);
	scoped(key_freep) struct key *key = NULL;
	EVP_PKEY *pkey = NULL;

	if (engine == NULL)
		return false;
	if (set_pin(engine, source->passphrase))
		/* Nobody is there to be asked for a PIN. */
		pkey = ENGINE_load_private_key(
		    engine, source->location, (UI_METHOD *)UI_null(), NULL);
	/* A key holds the engine by itself. */
	ENGINE_finish(engine);
	ENGINE_free(engine);
	if (pkey == NULL)
		return openssl_failed(err, ERR_SYSTEM, "key_token",
		    "the token does not give the private key (wrong PIN or "
		    "no such key)");
	if (!key_wrap(pkey, true, &key, err))
		return false;
	key->is_exportable = false;
	*out = take(key);
	return true;
}

#endif
