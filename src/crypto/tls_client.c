/* TLS as a client: what libcurl's context gets from us. */
#include "crypto/tls_client.h"

#include <pthread.h>

#include "base/check.h"
#include "crypto/tls_policy.h"

/* A pin instead of a chain: exactly that certificate, or none. */
static int
judge_by_pin(X509_STORE_CTX *store, void *context)
{
	const struct tls_client *client = context;
	const X509 *leaf = X509_STORE_CTX_get0_cert(store);
	uint8_t hash[SHA256_SIZE];
	unsigned length = sizeof(hash);

	if (leaf == NULL ||
	    X509_digest(leaf, EVP_sha256(), hash, &length) != 1 ||
	    memcmp(hash, client->pinned_sha256, sizeof(hash)) != 0) {
		X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_UNTRUSTED);
		return 0;
	}
	X509_STORE_CTX_set_error(store, X509_V_OK);
	return 1;
}

/* Where a context keeps the pointer to its client's out_alert. */
static int alert_index = -1;

static void
find_alert_index(void)
{
	alert_index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, NULL);
	check(alert_index >= 0);
}

static void
note_alert(const SSL *ssl, int where, int value)
{
	int *out_alert = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), alert_index);
	int alert = value & 0xff;

	if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT &&
	    alert != SSL_AD_CLOSE_NOTIFY && alert != SSL_AD_USER_CANCELLED)
		*out_alert = alert;
}

static bool
watch_alerts(SSL_CTX *context, int *out_alert, struct err *err)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;

	pthread_once(&once, find_alert_index);
	if (SSL_CTX_set_ex_data(context, alert_index, out_alert) != 1)
		return openssl_failed(err, ERR_CRYPTO, "tls_identity",
		    "the TLS context takes no data");
	SSL_CTX_set_info_callback(context, note_alert);
	return true;
}

bool
tls_client_apply(
    void *ssl_ctx, const struct tls_client *client, struct err *err)
{
	SSL_CTX *context = ssl_ctx;

	check((client->certificate == NULL) == (client->key == NULL));
	if (!tls_policy_apply(context, err))
		return false;
	if (client->certificate != NULL &&
	    (SSL_CTX_use_certificate(
		 context, certificate_x509(client->certificate)) != 1 ||
		SSL_CTX_use_PrivateKey(context, client->key->pkey) != 1 ||
		SSL_CTX_check_private_key(context) != 1))
		return openssl_failed(err, ERR_CRYPTO, "tls_identity",
		    "the agent's certificate and key do not fit");
	if (client->out_alert != NULL &&
	    !watch_alerts(context, client->out_alert, err))
		return false;
	if (client->pinned_sha256 == NULL)
		return true;
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	/* The callback only reads through this pointer. */
	SSL_CTX_set_cert_verify_callback(context, judge_by_pin, (void *)client);
	return true;
}
