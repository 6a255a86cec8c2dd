/* The operations of EST, agent protocol, PKI and health, and their handlers. */
#include "base/attributes.h"
#include "server/core/agent.h"
#include "server/core/est.h"
#include "server/core/handlers.h"
#include "server/core/health.h"
#include "server/core/installer.h"
#include "server/core/pki.h"

const struct handler_binding CORE_HANDLERS[] = {
    {"est_cacerts", est_cacerts},
    {"est_csrattrs", est_csrattrs},
    {"est_simpleenroll", est_simpleenroll},
    {"est_simplereenroll", est_simplereenroll},
    {"est_over_http", est_over_http},
    {"publication", pki_publication},
    {"agent_refresh", agent_refresh},
    {"agent_renewal_nonce", agent_renewal_nonce},
    {"agent_channel", agent_channel},
    {"pki_crl", pki_crl},
    {"pki_ca", pki_ca},
    {"pki_ocsp_post", pki_ocsp_post},
    {"pki_ocsp_get", pki_ocsp_get},
    {"installer_public_script", installer_public_script},
    {"healthz", health_alive},
    {"readyz", health_ready},
    {"metrics", health_metrics},
};
const size_t CORE_HANDLERS_COUNT = array_length(CORE_HANDLERS);
