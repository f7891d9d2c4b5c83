/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hook that kernel/watch hangs itself into. See point.h: it stands here so that the rooms below
 * kernel/watch can have points without knowing it.
 */
#include "lib/point.h"

int	(*point_handler)(struct point *, const uintptr_t arg[3]);

int
point_pass_armed(struct point *pt, uintptr_t a0, uintptr_t a1, uintptr_t a2)
{
	const uintptr_t arg[3] = { a0, a1, a2 };

	return point_handler != NULL ? point_handler(pt, arg) : 0;
}
