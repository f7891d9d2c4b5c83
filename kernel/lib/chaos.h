/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Chaos: disorder drawn from a seed, for tests of a debug kernel (boot parameter chaos=SEED; the
 * theory is in watch/chaos.c). The places stand in sync and sched. While no seed was given each
 * is a load and a branch that is predicted; without CHAOS (release kernels, host programs) it is
 * nothing.
 */
#ifndef LIB_CHAOS_H
#define LIB_CHAOS_H

#include "lib/klib.h"

#ifdef CHAOS
extern bool	chaos_on;	/* written once, at boot */

/* A number below n (n > 0) from this CPU's generator. Any context, never sleeps. chaos_on. */
uint32_t	chaos_draw(uint32_t n);
void		chaos_delay_on(void);
void		chaos_sleep_on(void);
#else
#define chaos_on	false
#define chaos_draw(n)	((void)(n), 0u)
#define chaos_delay_on()	((void)0)
#define chaos_sleep_on()	((void)0)
#endif

/* One time in n, while there is chaos. */
#define chaos_chance(n)	(unlikely(chaos_on) && chaos_draw(n) == 0)

/* Wastes a little time now and then, a lot of it seldom. Any context, never sleeps. */
static inline void
chaos_delay(void)
{
	if (unlikely(chaos_on))
		chaos_delay_on();
}

/* Where the caller may sleep: the same, or others have the CPU first. */
static inline void
chaos_sleep(void)
{
	if (unlikely(chaos_on))
		chaos_sleep_on();
}

#endif
