/* SPDX-License-Identifier: BSD-2-Clause */
/* Profiling: a histogram of where a program spends its time, in the program's own memory. */
#ifndef PROC_PROF_H
#define PROC_PROF_H

#include "lib/klib.h"

struct lwp;
struct proc;
struct trapframe;

#define PROF_SCALE_MAX	0x10000u
#define PROF_PERIOD_NS	(10 * 1000000ull)	/* of user time, a sample */

/*
 * What to count and where. A cell is 16 bits; that of pc is byte ((pc - pr_off) * pr_scale >> 16)
 * & ~1.
 */
struct prof {
	vaddr_t		 pr_base;
	size_t		 pr_size;	/* bytes */
	vaddr_t		 pr_off;
	uint32_t	 pr_scale;	/* 0: off */
	uint32_t	 pr_gen;	/* raised by each setting */
};

/* Starts, changes or (scale 0) ends profiling of the calling process. EINVAL: the scale. */
int	prof_set(struct proc *, vaddr_t base, size_t size, vaddr_t off, uint32_t scale);
/*
 * fork: the child, which nobody knows, gets the parent's settings of one instant, unless memory
 * is shared.
 */
void	prof_fork(struct proc *child, struct lwp *cl, struct proc *parent, bool share_vm);
/* exec: the calling process has none. */
void	prof_exec(struct proc *);
/* On the way to user mode with LATTN_PROF: counts what is due, sets the clock. May sleep. */
void	prof_check(struct lwp *, const struct trapframe *);
/* The LWP is freed: its clock stops. */
void	prof_lwp_leave(struct lwp *);

#endif
