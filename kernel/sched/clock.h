/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two clocks: monotonic ns since boot (arch's), and wall time as an offset from it that can
 * be set.
 */
#ifndef SCHED_CLOCK_H
#define SCHED_CLOCK_H

#include "lib/klib.h"

uint64_t clock_mono_ns(void);
/* ns since 1970. */
uint64_t clock_wall_ns(void);
void	clock_set_wall(uint64_t wall_ns);

#endif
