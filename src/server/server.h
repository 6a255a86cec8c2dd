/*
 * The program warifu-server: a supervisor, or one of its roles, as its
 * arguments say. main.c gives it the roles' mains; tests give others.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "server/role_private.h"

/* The exit code of the process. */
int server_run(int argc, char **argv, const struct role_program *programs,
    size_t program_count);

#endif
