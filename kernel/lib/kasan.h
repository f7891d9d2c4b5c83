/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The address sanitizer's view of memory (CONFIG=kasan; arch/x86_64/kasan.c): which bytes may be
 * touched. Allocators tell it; instrumented code, and the few functions that touch memory by
 * assembly, ask it. In other kernels all of this is nothing.
 *
 * Memory is told in grains of 8 bytes: kasan_poison takes whole grains, kasan_unpoison may end
 * within one. Any context; never sleeps.
 */
#ifndef LIB_KASAN_H
#define LIB_KASAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KASAN_GRAIN	8u

/* Why a grain may not be touched. The compiler's own: 0xf1, 0xf2, 0xf3, 0xf8, of stacks. */
#define KASAN_PAGE	0xe1u	/* page that nobody has */
#define KASAN_FREED	0xe2u	/* object that nobody has */
#define KASAN_PAST	0xe3u	/* behind an object */
#define KASAN_GLOBAL	0xe4u	/* behind a global */

#ifdef KASAN
void	 kasan_poison(const void *p, size_t len, uint8_t why);
void	 kasan_unpoison(const void *p, size_t len);
/* Stops the kernel if one of these bytes may not be touched. */
void	 kasan_check(const void *p, size_t len, bool write);
/* What the grain of p is poisoned with; 0: it is not, or in part. */
uint8_t	 kasan_why(const void *p);
#else
static inline void
kasan_poison(const void *p, size_t len, uint8_t why)
{
	(void)p;
	(void)len;
	(void)why;
}

static inline void
kasan_unpoison(const void *p, size_t len)
{
	(void)p;
	(void)len;
}

static inline void
kasan_check(const void *p, size_t len, bool write)
{
	(void)p;
	(void)len;
	(void)write;
}
#endif

#endif
