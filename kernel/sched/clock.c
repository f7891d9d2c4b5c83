/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks. The monotonic clock is the machine's. Wall time is an offset from it: one word, so
 * readers need no lock.
 */
#include "arch/arch.h"
#include "sched/clock.h"

static uint64_t wall_offset_ns;		/* wall minus monotonic; 0: not read from the machine yet */

uint64_t
clock_mono_ns(void)
{
	return arch_time_ns();
}

uint64_t
clock_wall_ns(void)
{
	uint64_t offset = load_relaxed(&wall_offset_ns);

	if (offset == 0) {
		offset = arch_wall_boot_ns();
		store_relaxed(&wall_offset_ns, offset);
	}
	return offset + arch_time_ns();
}

void
clock_set_wall(uint64_t wall_ns)
{
	store_relaxed(&wall_offset_ns, wall_ns - arch_time_ns());
}
