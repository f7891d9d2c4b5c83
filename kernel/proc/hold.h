/* SPDX-License-Identifier: BSD-2-Clause */
/* What a vfork's parent waits on: see hold.c. */
#ifndef PROC_HOLD_H
#define PROC_HOLD_H

#include "sync/cv.h"
#include "sync/refcount.h"

struct lwp;
struct proc;

struct fork_hold {
	refcount_t	 fh_refs;	/* A  the parent's LWP, and the child till it lets go */
	struct spinlock	 fh_lock;	/* taken before p_lock, never with the tree lock */
	bool		 fh_released;	/* fh_lock */
	struct cv	 fh_cv;		/* the condition is fh_lock's */
};

/* One reference for the parent, one for the child; null: no memory. */
struct fork_hold *fork_hold_create(void);
void	fork_hold_drop(struct fork_hold *);
/*
 * The calling process lets its vfork parent go, if it has one. Once; from exec's last step and
 * exit.
 */
void	fork_hold_release(struct proc *);
/*
 * The parent's LWP sleeps till released, or till it has to die. Stops of its process are honoured
 * meanwhile. Drops its reference.
 */
void	fork_hold_wait(struct lwp *, struct fork_hold *);

#endif
