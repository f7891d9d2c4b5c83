/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Points: named places in the kernel where someone may look in, make a step fail, or have the
 * passer-by wait. The places stand in every room; what happens there is decided in kernel/watch,
 * which sets point_handler. A point that nobody has armed costs one load and a branch.
 *
 * All points lie in one section of the image, points[], so they can be listed by name.
 */
#ifndef LIB_POINT_H
#define LIB_POINT_H

#include "lib/klib.h"

/* What a point may be used for (pt_kinds), and what it is armed for now (pt_armed). */
#define POINT_FAIL	0x01u	/* the passer-by copes with pt_errno */
#define POINT_STALL	0x02u	/* no lock is held that must not be held over a sleep */
#define POINT_PROBE	0x04u	/* worth a record in the trace ring */
#define POINT_CHAOS	0x08u	/* in pt_armed only: a delay or sleep by chance */

struct point {
	const char	*pt_name;	/* "fork.files", "proc:::create" */
	uint32_t	 pt_kinds;
	int		 pt_errno;	/* what a failure gives when nothing else was asked for */
	uint32_t	 pt_armed;	/* A  POINT_*; written by kernel/watch alone */
	uint64_t	 pt_private;	/* kernel/watch's own */
} __attribute__((aligned(32)));

/* Defines a point of static storage. */
#define POINT_DEFINE(var, name, kinds, error)						\
	static struct point var __attribute__((used, section("points"))) = {		\
	    .pt_name = (name), .pt_kinds = (kinds), .pt_errno = (error) }

/* Weak: a host program may have none. */
extern struct point	__start_points[] __attribute__((weak)),
    __stop_points[] __attribute__((weak));

/*
 * Called at an armed point. Returns 0, or the error that the passer-by shall fail with (only where
 * POINT_FAIL is among pt_kinds). May sleep where POINT_STALL is among them, else not. Null until
 * kernel/watch is there.
 */
extern int		(*point_handler)(struct point *, const uintptr_t arg[3]);

/* Out of line, so that the pass of a point that nobody watches is a load, a test and a branch. */
int			point_pass_armed(struct point *, uintptr_t a0, uintptr_t a1, uintptr_t a2);

/* Passing a point: 0, or the error to fail with. */
static inline int
point_pass(struct point *pt, uintptr_t a0, uintptr_t a1, uintptr_t a2)
{
	return likely(load_relaxed(&pt->pt_armed) == 0) ? 0 : point_pass_armed(pt, a0, a1, a2);
}

/* A place that can fail and has nothing to tell. */
static inline int
point_fail(struct point *pt)
{
	return point_pass(pt, 0, 0, 0);
}

#endif
