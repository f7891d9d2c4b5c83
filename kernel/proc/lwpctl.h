/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * User-visible control blocks: two words in a program's memory that say, without a system call, on
 * which CPU an LWP runs and how often it was given one.
 */
#ifndef PROC_LWPCTL_H
#define PROC_LWPCTL_H

#include "lib/klib.h"

struct lwp;

/* What the words' first says when it is no CPU's number. */
#define LWPCTL_CPU_NONE		(-1)	/* it does not run */
#define LWPCTL_CPU_EXITED	(-2)

/* The address of the calling LWP's block, made at the first call. ENOMEM. */
int	lwp_ctl_get(struct lwp *, vaddr_t *);
/* vfork: the child, on the parent's memory, uses the block of the parent, which sleeps. */
void	lwp_ctl_lend(struct lwp *child, struct lwp *parent);
/*
 * The LWP leaves its address space: its block is marked and free, one that was lent is taken
 * back.
 */
void	lwp_ctl_leave(struct lwp *);

#endif
