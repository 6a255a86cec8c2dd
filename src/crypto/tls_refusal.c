/* Alerts of a handshake, in words for a person and a code for programs. */
#include "crypto/tls_refusal.h"

#include "crypto/tls_client.h"

/* What the server's alert says about our certificate. */
static const struct {
	enum tls_alert alert;
	const char *code;
	const char *sentence;
} ALERTS[] = {
    {TLS_ALERT_CERTIFICATE_REVOKED, "certificate_revoked",
	"the server has revoked this computer's certificate"},
    {TLS_ALERT_CERTIFICATE_EXPIRED, "certificate_expired",
	"the server says that this computer's certificate has expired"},
    {TLS_ALERT_UNKNOWN_CA, "certificate_unknown",
	"the server does not know who issued this computer's certificate"},
    {TLS_ALERT_CERTIFICATE_REQUIRED, "certificate_required",
	"the server asks for a certificate that this computer does not have"},
    {TLS_ALERT_BAD_CERTIFICATE, "certificate_refused",
	"the server refused this computer's certificate"},
    {TLS_ALERT_UNSUPPORTED_CERTIFICATE, "certificate_refused",
	"the server refused this computer's certificate as unfit"},
    {TLS_ALERT_CERTIFICATE_UNKNOWN, "certificate_refused",
	"the server refused this computer's certificate"},
    {TLS_ALERT_DECRYPT_ERROR, "certificate_refused",
	"the server says that this computer's key does not fit"},
    {TLS_ALERT_HANDSHAKE_FAILURE, "certificate_refused",
	"the server refused the handshake"},
};

bool
tls_refusal_of(int alert, struct err *err)
{
	for (size_t i = 0; i < array_length(ALERTS); i++)
		if (alert == (int)ALERTS[i].alert) {
			err_set_code(err, ERR_DENIED, ALERTS[i].code, "%s",
			    ALERTS[i].sentence);
			return true;
		}
	return false;
}
