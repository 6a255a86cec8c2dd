/*
 * The kinds of listening sockets, as bits: a route names the listeners that it
 * is served on, a request names the one that it came in by.
 */
#ifndef BASE_LISTENER_H
#define BASE_LISTENER_H

enum listener {
	LISTENER_HTTP = 1,  /* plain HTTP: console and API, CRL and OCSP */
	LISTENER_HTTPS = 2, /* TLS without client certificate: API, enrolment */
	LISTENER_AGENT = 4, /* TLS that asks for the agent's certificate */
};

enum {
	LISTENER_COUNT = 3,
	LISTENER_BOTH_CONSOLES = LISTENER_HTTP | LISTENER_HTTPS,
	LISTENER_BOTH_TLS = LISTENER_HTTPS | LISTENER_AGENT,
	LISTENER_ALL = LISTENER_HTTP | LISTENER_HTTPS | LISTENER_AGENT,
};

#endif
