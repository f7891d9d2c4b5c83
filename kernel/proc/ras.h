/* SPDX-License-Identifier: BSD-2-Clause */
/* Restartable sequences of user code: see ras.c. */
#ifndef PROC_RAS_H
#define PROC_RAS_H

#include "proc/proc.h"

struct trapframe;

#define RAS_MAX		16	/* sequences of one process */

struct ras_set {
	uint32_t	 rs_n;
	struct {
		vaddr_t	 start, end;
	} rs_range[RAS_MAX];
};

/* --- ranges of a process: whoever is interrupted inside starts again at the first byte --- */

/* EINVAL: empty, not user memory, overlaps another, or RAS_MAX are there; ENOMEM. */
int	ras_add(struct proc *, vaddr_t start, size_t len);
/* ESRCH: no such sequence. */
int	ras_remove(struct proc *, vaddr_t start, size_t len);
void	ras_remove_all(struct proc *);

/* --- Linux's: a structure in user memory names the sequence that its LWP is in --- */

#define RSEQ_SIZE	32	/* of the structure, and its alignment */

/*
 * For the calling LWP. EINVAL: alignment, or it has one at another address; EPERM: it has this one
 * with another signature; EBUSY: it has this one; EFAULT: not user memory.
 */
int	rseq_register(struct lwp *, vaddr_t, uint32_t sig);
/* EINVAL: not this one; EPERM: another signature; EFAULT. */
int	rseq_unregister(struct lwp *, vaddr_t, uint32_t sig);

/* --- for fork, exec, signals --- */

/* fork: child and its LWP get what parent and its LWP have. Nobody else sees the child. ENOMEM. */
int	ras_fork(struct proc *child, struct lwp *cl, struct proc *parent, const struct lwp *pl,
    bool share_vm);
/* exec: the calling LWP and its process have none. */
void	ras_exec(struct lwp *);

/* Whether the calling LWP has been switched away from since it was last told, and wants to know. */
static inline bool
ras_pending(const struct lwp *l)
{
	return (l->l_rseq != 0 || load_relaxed(&l->l_proc->p_ras) != NULL) &&
	    l->l_ras_switches != l->l_sched.s_nvcsw + l->l_sched.s_nivcsw;
}

/*
 * The calling LWP is about to go on at the frame's address, or to enter a handler that returns
 * there: moves it out of a sequence that it is in, and tells it which CPU it is on. May sleep, may
 * post SIGSEGV.
 */
void	ras_fixup(struct lwp *, struct trapframe *);

#endif
