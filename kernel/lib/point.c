/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hook that kernel/watch hangs itself into. See point.h: it stands here so that the rooms below
 * kernel/watch can have points without knowing it.
 */
#include "lib/point.h"

int	(*point_handler)(struct point *, const uintptr_t arg[3]);
