/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the kernel's unit tests include first: the C library's headers before the kernel's, which
 * repeat some of its types.
 */
#ifndef UNIT_UNIT_H
#define UNIT_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>
#include <cmocka.h>

#include "lib/klib.h"
#include "arch/host/host.h"

/* A small generator, the same on every run. */
static inline uint32_t
unit_random(void)
{
	static uint64_t x = 88172645463325252ull;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 16);
}

#endif
