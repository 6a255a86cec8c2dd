/*
 * Private keys in a TPM 2.0, by the provider of tpm2-openssl: for agents that
 * keep their key in hardware. The provider has a library context of its own
 * (see key_delegate.h), made once and kept.
 */
#include "crypto/key_delegate.h"

#include <openssl/core_names.h>
#include <openssl/encoder.h>
#include <openssl/provider.h>
#include <openssl/store.h>

#include "base/check.h"
#include "base/memory.h"

static const char ONLY_TPM[] = "provider=tpm2";
static const char TPM_FIRST[] = "?provider=tpm2,tpm2.digest!=yes";

DEFINE_SCOPED(OSSL_STORE_INFO, OSSL_STORE_INFO_free)
DEFINE_SCOPED(OSSL_ENCODER_CTX, OSSL_ENCODER_CTX_free)

static OSSL_LIB_CTX *
tpm_context(const char *tcti, struct err *err)
{
	static OSSL_LIB_CTX *context;
	static OSSL_PROVIDER *loaded[2];
	OSSL_LIB_CTX *made;

	if (context != NULL)
		return context;
	/* The provider reads how to reach the TPM from its environment, when
	 * it is loaded and never again. */
	if (tcti != NULL && setenv("TPM2OPENSSL_TCTI", tcti, 1) != 0) {
		err_set_errno(err, "cannot name the TPM");
		return NULL;
	}
	made = OSSL_LIB_CTX_new();
	check(made != NULL);
	loaded[0] = OSSL_PROVIDER_load(made, "default");
	loaded[1] = OSSL_PROVIDER_load(made, "tpm2");
	if (loaded[0] != NULL && loaded[1] != NULL) {
		context = made;
		return context;
	}
	openssl_failed(err, ERR_SYSTEM, "key_tpm",
	    "the TPM cannot be reached through tpm2-openssl");
	for (size_t i = 0; i < array_length(loaded); i++)
		if (loaded[i] != NULL)
			OSSL_PROVIDER_unload(loaded[i]);
	OSSL_LIB_CTX_free(made);
	return NULL;
}

static EVP_PKEY *
load_from_store(OSSL_LIB_CTX *context, const char *location)
{
	OSSL_STORE_CTX *store = OSSL_STORE_open_ex(
	    location, context, TPM_FIRST, NULL, NULL, NULL, NULL, NULL);
	EVP_PKEY *pkey = NULL;

	while (store != NULL && pkey == NULL && OSSL_STORE_eof(store) == 0) {
		scoped(OSSL_STORE_INFO_freep) OSSL_STORE_INFO *info =
		    OSSL_STORE_load(store);

		if (info == NULL)
			break;
		if (OSSL_STORE_INFO_get_type(info) == OSSL_STORE_INFO_PKEY)
			pkey = OSSL_STORE_INFO_get1_PKEY(info);
	}
	OSSL_STORE_close(store);
	return pkey;
}

/* Takes ownership of the device's key. */
static bool
wrap(EVP_PKEY *device_key, OSSL_LIB_CTX *context, struct key **out,
    struct err *err)
{
	scoped(EVP_PKEY_freep) EVP_PKEY *owned = device_key;
	scoped(key_freep) struct key *key = NULL;
	EVP_PKEY *pkey = key_delegate_new(owned, context, TPM_FIRST);

	if (pkey == NULL)
		return openssl_failed(err, ERR_SYSTEM, "key_tpm",
		    "the TPM's key is not one of EC P-256");
	if (!key_wrap(pkey, true, &key, err))
		return false;
	key->is_exportable = false;
	*out = take(key);
	return true;
}

bool
key_open_tpm(const struct key_source *source, struct key **out, struct err *err)
{
	OSSL_LIB_CTX *context = tpm_context(source->tpm_tcti, err);
	EVP_PKEY *pkey;

	if (context == NULL)
		return false;
	pkey = load_from_store(context, source->location);
	if (pkey == NULL)
		return openssl_failed(err, ERR_SYSTEM, "key_tpm",
		    "the TPM does not open the key (another TPM, or no such "
		    "key)");
	return wrap(pkey, context, out, err);
}

static EVP_PKEY *
generate(OSSL_LIB_CTX *tpm)
{
	scoped(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context =
	    EVP_PKEY_CTX_new_from_name(tpm, "EC", ONLY_TPM);
	EVP_PKEY *pkey = NULL;

	if (context == NULL || EVP_PKEY_keygen_init(context) != 1 ||
	    EVP_PKEY_CTX_set_group_name(context, "P-256") != 1 ||
	    EVP_PKEY_generate(context, &pkey) != 1)
		return NULL;
	return pkey;
}

static bool
write_wrapped(EVP_PKEY *pkey, struct secret **out_pem, struct err *err)
{
	scoped(OSSL_ENCODER_CTX_freep) OSSL_ENCODER_CTX *encoder =
	    OSSL_ENCODER_CTX_new_for_pkey(pkey, OSSL_KEYMGMT_SELECT_ALL, "PEM",
		"PrivateKeyInfo", TPM_FIRST);
	unsigned char *data = NULL;
	size_t length = 0;

	if (encoder == NULL ||
	    OSSL_ENCODER_to_data(encoder, &data, &length) != 1)
		return openssl_failed(err, ERR_SYSTEM, "key_tpm",
		    "the TPM's key cannot be written");
	*out_pem = secret_new(view_of(data, length));
	OPENSSL_clear_free(data, length);
	return true;
}

bool
key_generate_tpm(const char *tpm_tcti, struct key **out,
    struct secret **out_pem, struct err *err)
{
	OSSL_LIB_CTX *context = tpm_context(tpm_tcti, err);
	scoped(secret_freep) struct secret *pem = NULL;
	EVP_PKEY *pkey;

	if (context == NULL)
		return false;
	pkey = generate(context);
	if (pkey == NULL)
		return openssl_failed(
		    err, ERR_SYSTEM, "key_tpm", "the TPM does not make a key");
	if (!write_wrapped(pkey, &pem, err)) {
		EVP_PKEY_free(pkey);
		return false;
	}
	if (!wrap(pkey, context, out, err))
		return false;
	*out_pem = take(pem);
	return true;
}
