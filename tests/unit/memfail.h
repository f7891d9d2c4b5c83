/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Failing allocations in unit tests, by the allocators' own points: after `after` more
 * allocations (of pages, objects, kmalloc) that succeed, the next `count` fail (UINT64_MAX: all
 * that follow). mem_fail_clear ends it and returns how many allocations were seen. A test walks
 * every error path of a call by failing the first, then the second, ...
 */
#ifndef UNIT_MEMFAIL_H
#define UNIT_MEMFAIL_H

#include "lib/point.h"

static uint64_t mem_fail_seen, mem_fail_first, mem_fail_count;

static int
mem_fail_handler(struct point *pt, const uintptr_t arg[3] __unused)
{
	uint64_t n = mem_fail_seen++;

	return n >= mem_fail_first && n - mem_fail_first < mem_fail_count ? pt->pt_errno : 0;
}

static void
mem_fail_arm(uint32_t kinds)
{
	for (struct point *pt = __start_points; pt < __stop_points; pt++) {
		if (strncmp(pt->pt_name, "mem.", 4) == 0)
			pt->pt_armed = kinds;
	}
}

static inline void
mem_fail_after(uint64_t after, uint64_t count)
{
	mem_fail_seen = 0;
	mem_fail_first = after;
	mem_fail_count = count;
	point_handler = mem_fail_handler;
	mem_fail_arm(POINT_FAIL);
}

static inline uint64_t
mem_fail_clear(void)
{
	mem_fail_arm(0);
	return mem_fail_seen;
}

#endif
