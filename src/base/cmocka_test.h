/* What every unit test includes first: cmocka and what it needs before it. */
#ifndef BASE_CMOCKA_TEST_H
#define BASE_CMOCKA_TEST_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#endif
