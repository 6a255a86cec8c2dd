/* The stand's routes, in the place of the server's. */
#include "server/routes.h"

static const struct route ROUTES[] = {
    {"GET", "/info", 7, 0, "info", 0, false, false, NULL},
    {"POST", "/info", 7, 1024, "info", 0, false, false, NULL},
    {"POST", "/echo", 7, 8 * 1024 * 1024, "echo", 0, false, false, NULL},
    {"GET", "/file/{size}", 7, 0, "file", 0, false, false, NULL},
    {"GET", "/slow", 7, 0, "slow", 0, false, false, NULL},
    {"GET", "/never", 7, 0, "never", 0, false, false, NULL},
    {"POST", "/never", 7, 1024, "never", 0, false, false, NULL},
    {"GET", "/last", 7, 0, "last", 0, false, false, NULL},
    {"GET", "/empty", 7, 0, "empty", 0, false, false, NULL},
    {"GET", "/split", 7, 0, "split", 0, false, false, NULL},
    {"GET", "/secret", 7, 0, "info", 0, true, false, NULL},
    {"GET", "/socket", 7, 0, "socket", 0, false, true, NULL},
    {"GET", "/agent", 4, 0, "info", 0, false, false, NULL},
};

size_t
routes_count(void)
{
	return array_length(ROUTES);
}

const struct route *
routes_get(size_t index)
{
	return &ROUTES[index];
}
