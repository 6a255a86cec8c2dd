/* Every test of sessions once more, with EC keys by the fast path. */
#define TLS_TEST_FAST_EC 1
#include "crypto/tls_test.c"
