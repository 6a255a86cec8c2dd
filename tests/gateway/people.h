/* The stand's certificate authority, server and agents. */
#ifndef TESTS_GATEWAY_PEOPLE_H
#define TESTS_GATEWAY_PEOPLE_H

#include "crypto/certificate.h"

#define PEOPLE_FLEET "0193b4a2-7c00-7000-8000-00000000f1ee"

struct people {
	struct key *ca_key, *server_key;
	struct certificate *ca, *server;
};

/* Keys and certificates; the agents' and a stranger's go into the folder. */
void people_make(struct people *out, const char *folder);
void people_done(struct people *people);

#endif
