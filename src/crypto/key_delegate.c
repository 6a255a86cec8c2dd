/* A provider of one kind of key: the public half here, the signer elsewhere. */
#include "crypto/key_delegate.h"

#include <openssl/core_dispatch.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/params.h>
#include <openssl/provider.h>

#include "base/check.h"
#include "base/memory.h"

enum {
	POINT_SIZE = 65,    /* uncompressed */
	SIGNATURE_SIZE = 72 /* DER of ECDSA P-256 at most */
};

static const char PROVIDER[] = "warifu-delegate";
static const char GROUP[] = "prime256v1";
/* Our own parameter of an import: the address of a struct device. */
static const char DEVICE_PARAMETER[] = "warifu-device";
/* AlgorithmIdentifier of ecdsa-with-SHA256 (RFC 5758 section 3.2). */
static const uint8_t ECDSA_SHA256[] = {
    0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};

/* Where the signatures come from. */
struct device {
	EVP_PKEY *key;
	OSSL_LIB_CTX *context;
	const char *properties;
};

/* A key; without a device it is a public one, made to be compared. */
struct delegate {
	struct device device;
	uint8_t point[POINT_SIZE];
	bool has_point;
};

static void *
delegate_new(void *provider)
{
	return memory_zeroed(sizeof(struct delegate));
}

static void
delegate_free(void *data)
{
	struct delegate *delegate = data;

	if (delegate == NULL)
		return;
	EVP_PKEY_free(delegate->device.key);
	free(delegate);
}

static int
delegate_has(const void *data, int selection)
{
	const struct delegate *delegate = data;

	if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 &&
	    delegate->device.key == NULL)
		return 0;
	return (selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) == 0 ||
	    delegate->has_point;
}

static int
delegate_match(const void *data1, const void *data2, int selection)
{
	const struct delegate *a = data1;
	const struct delegate *b = data2;

	return a->has_point && b->has_point &&
	    memcmp(a->point, b->point, POINT_SIZE) == 0;
}

static int
delegate_import(void *data, int selection, const OSSL_PARAM parameters[])
{
	struct delegate *delegate = data;
	const OSSL_PARAM *group =
	    OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_GROUP_NAME);
	const OSSL_PARAM *point =
	    OSSL_PARAM_locate_const(parameters, OSSL_PKEY_PARAM_PUB_KEY);
	const OSSL_PARAM *device =
	    OSSL_PARAM_locate_const(parameters, DEVICE_PARAMETER);

	if (group == NULL || group->data_type != OSSL_PARAM_UTF8_STRING ||
	    strcmp(group->data, GROUP) != 0 || point == NULL ||
	    point->data_type != OSSL_PARAM_OCTET_STRING ||
	    point->data_size != POINT_SIZE)
		return 0;
	memcpy(delegate->point, point->data, POINT_SIZE);
	delegate->has_point = true;
	if (device == NULL)
		return 1;
	check(device->data_size == sizeof(delegate->device));
	memcpy(&delegate->device, device->data, sizeof(delegate->device));
	return EVP_PKEY_up_ref(delegate->device.key);
}

/* The public half goes where it is wanted; asked for more, this says no, and
 * OpenSSL comes back to sign here. */
static int
delegate_export(void *data, int selection, OSSL_CALLBACK *give, void *argument)
{
	struct delegate *delegate = data;
	OSSL_PARAM parameters[] = {
	    OSSL_PARAM_construct_utf8_string(
		OSSL_PKEY_PARAM_GROUP_NAME, (char *)GROUP, 0),
	    OSSL_PARAM_construct_octet_string(
		OSSL_PKEY_PARAM_PUB_KEY, delegate->point, POINT_SIZE),
	    OSSL_PARAM_construct_end(),
	};

	if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 ||
	    !delegate->has_point)
		return 0;
	return give(parameters, argument);
}

static const OSSL_PARAM *
transfer_types(int selection)
{
	static const OSSL_PARAM types[] = {
	    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
	    OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
	    OSSL_PARAM_END,
	};

	return types;
}

static const OSSL_PARAM *
key_gettable(void *provider)
{
	static const OSSL_PARAM types[] = {
	    OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
	    OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
	    OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
	    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
	    OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
	    OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
	    OSSL_PARAM_END,
	};

	return types;
}

static int
set_int(OSSL_PARAM parameters[], const char *name, int value)
{
	OSSL_PARAM *at = OSSL_PARAM_locate(parameters, name);

	return at == NULL || OSSL_PARAM_set_int(at, value) == 1;
}

static int
set_text(OSSL_PARAM parameters[], const char *name, const char *value)
{
	OSSL_PARAM *at = OSSL_PARAM_locate(parameters, name);

	return at == NULL || OSSL_PARAM_set_utf8_string(at, value) == 1;
}

static int
key_get_params(void *data, OSSL_PARAM parameters[])
{
	struct delegate *delegate = data;
	OSSL_PARAM *point =
	    OSSL_PARAM_locate(parameters, OSSL_PKEY_PARAM_PUB_KEY);

	return set_int(parameters, OSSL_PKEY_PARAM_BITS, 256) &&
	    set_int(parameters, OSSL_PKEY_PARAM_SECURITY_BITS, 128) &&
	    set_int(parameters, OSSL_PKEY_PARAM_MAX_SIZE, SIGNATURE_SIZE) &&
	    set_text(parameters, OSSL_PKEY_PARAM_GROUP_NAME, GROUP) &&
	    set_text(parameters, OSSL_PKEY_PARAM_DEFAULT_DIGEST, "SHA256") &&
	    (point == NULL ||
		OSSL_PARAM_set_octet_string(
		    point, delegate->point, POINT_SIZE) == 1);
}

static const char *
operation_name(int operation)
{
	return operation == OSSL_OP_SIGNATURE ? "ECDSA" : NULL;
}

/* One signature. */
struct signing {
	EVP_MD_CTX *context;
};

static void *
signing_new(void *provider, const char *properties)
{
	return memory_zeroed(sizeof(struct signing));
}

static void
signing_free(void *data)
{
	struct signing *signing = data;

	EVP_MD_CTX_free(signing->context);
	free(signing);
}

static int
signing_init(
    void *data, const char *digest, void *key, const OSSL_PARAM parameters[])
{
	struct signing *signing = data;
	const struct delegate *delegate = key;

	if (delegate == NULL || delegate->device.key == NULL ||
	    (digest != NULL && strcmp(digest, "SHA256") != 0 &&
		strcmp(digest, "SHA2-256") != 0))
		return 0;
	EVP_MD_CTX_free(signing->context);
	signing->context = EVP_MD_CTX_new();
	return signing->context != NULL &&
	    EVP_DigestSignInit_ex(signing->context, NULL, "SHA256",
		delegate->device.context, delegate->device.properties,
		delegate->device.key, NULL) == 1;
}

/* In one call: libssl and the X.509 code sign whole messages. */
static int
signing_sign(void *data, unsigned char *out, size_t *length, size_t size,
    const unsigned char *message, size_t message_length)
{
	struct signing *signing = data;

	if (out == NULL) {
		*length = SIGNATURE_SIZE;
		return 1;
	}
	*length = size;
	return EVP_DigestSign(
	    signing->context, out, length, message, message_length);
}

static const OSSL_PARAM *
signing_gettable(void *data, void *provider)
{
	static const OSSL_PARAM types[] = {
	    OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, NULL, 0),
	    OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
	    OSSL_PARAM_END,
	};

	return types;
}

static int
signing_get_params(void *data, OSSL_PARAM parameters[])
{
	OSSL_PARAM *algorithm =
	    OSSL_PARAM_locate(parameters, OSSL_SIGNATURE_PARAM_ALGORITHM_ID);

	return set_text(parameters, OSSL_SIGNATURE_PARAM_DIGEST, "SHA256") &&
	    (algorithm == NULL ||
		OSSL_PARAM_set_octet_string(
		    algorithm, ECDSA_SHA256, sizeof(ECDSA_SHA256)) == 1);
}

#define ENTRY(number, function)                                                \
	{                                                                      \
		number, (void (*)(void))(function)                             \
	}

static const OSSL_DISPATCH key_functions[] = {
    ENTRY(OSSL_FUNC_KEYMGMT_NEW, delegate_new),
    ENTRY(OSSL_FUNC_KEYMGMT_FREE, delegate_free),
    ENTRY(OSSL_FUNC_KEYMGMT_HAS, delegate_has),
    ENTRY(OSSL_FUNC_KEYMGMT_MATCH, delegate_match),
    ENTRY(OSSL_FUNC_KEYMGMT_IMPORT, delegate_import),
    ENTRY(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, transfer_types),
    ENTRY(OSSL_FUNC_KEYMGMT_EXPORT, delegate_export),
    ENTRY(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, transfer_types),
    ENTRY(OSSL_FUNC_KEYMGMT_GET_PARAMS, key_get_params),
    ENTRY(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, key_gettable),
    ENTRY(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, operation_name),
    {0, NULL},
};

static const OSSL_DISPATCH signing_functions[] = {
    ENTRY(OSSL_FUNC_SIGNATURE_NEWCTX, signing_new),
    ENTRY(OSSL_FUNC_SIGNATURE_FREECTX, signing_free),
    ENTRY(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, signing_init),
    ENTRY(OSSL_FUNC_SIGNATURE_DIGEST_SIGN, signing_sign),
    ENTRY(OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, signing_get_params),
    ENTRY(OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, signing_gettable),
    {0, NULL},
};

static const OSSL_ALGORITHM keys[] = {
    {"EC:id-ecPublicKey:1.2.840.10045.2.1", "provider=warifu-delegate",
	key_functions, NULL},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM signatures[] = {
    {"ECDSA", "provider=warifu-delegate", signing_functions, NULL},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM *
query(void *provider, int operation, int *out_may_change)
{
	*out_may_change = 0;
	if (operation == OSSL_OP_KEYMGMT)
		return keys;
	return operation == OSSL_OP_SIGNATURE ? signatures : NULL;
}

static const OSSL_DISPATCH provider_functions[] = {
    ENTRY(OSSL_FUNC_PROVIDER_QUERY_OPERATION, query),
    {0, NULL},
};

static int
begin(const OSSL_CORE_HANDLE *core, const OSSL_DISPATCH *from_core,
    const OSSL_DISPATCH **out, void **out_provider)
{
	*out = provider_functions;
	*out_provider = (void *)core;
	return 1;
}

/* Once, for the process's life. The default provider must be named as soon as
 * another one is loaded by hand. */
static bool
load(void)
{
	static OSSL_PROVIDER *loaded[2];

	if (loaded[0] == NULL)
		loaded[0] = OSSL_PROVIDER_load(NULL, "default");
	if (loaded[1] == NULL &&
	    OSSL_PROVIDER_add_builtin(NULL, PROVIDER, begin) == 1)
		loaded[1] = OSSL_PROVIDER_load(NULL, PROVIDER);
	return loaded[0] != NULL && loaded[1] != NULL;
}

EVP_PKEY *
key_delegate_new(EVP_PKEY *device_key, OSSL_LIB_CTX *device_context,
    const char *device_properties)
{
	struct device device = {device_key, device_context, device_properties};
	uint8_t point[POINT_SIZE];
	size_t length = 0;
	scoped(EVP_PKEY_CTX_freep) EVP_PKEY_CTX *context = NULL;
	EVP_PKEY *pkey = NULL;

	if (!load() ||
	    EVP_PKEY_get_octet_string_param(device_key, OSSL_PKEY_PARAM_PUB_KEY,
		point, sizeof(point), &length) != 1 ||
	    length != POINT_SIZE)
		return NULL;
	context =
	    EVP_PKEY_CTX_new_from_name(NULL, "EC", "provider=warifu-delegate");
	if (context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_KEYPAIR,
		(OSSL_PARAM[]){
		    OSSL_PARAM_construct_utf8_string(
			OSSL_PKEY_PARAM_GROUP_NAME, (char *)GROUP, 0),
		    OSSL_PARAM_construct_octet_string(
			OSSL_PKEY_PARAM_PUB_KEY, point, length),
		    OSSL_PARAM_construct_octet_string(
			DEVICE_PARAMETER, &device, sizeof(device)),
		    OSSL_PARAM_construct_end(),
		}) != 1)
		return NULL;
	return pkey;
}
