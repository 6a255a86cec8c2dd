/*
 * Functions that this project does not call, poisoned at compile time. Every
 * file of ours is compiled with `-include base/banned.h`.
 */
#ifndef BASE_BANNED_H
#define BASE_BANNED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#pragma GCC poison gets strcpy strcat strncpy strncat sprintf vsprintf strtok
#undef alloca
#pragma GCC poison alloca atoi atol atoll mktemp tmpnam
#pragma GCC poison gmtime localtime ctime asctime system popen

/* These are names of parameters in other libraries, so that poison would
 * hit the innocent: calling them is the error. */
#ifndef __clang__ /* which wants the attribute on the first declaration */
extern int rand(void) __attribute__((error("use random_fill")));
extern void srand(unsigned seed) __attribute__((error("use random_fill")));
extern char *strerror(int number) __attribute__((error("use err_set_errno")));
#endif

#endif
