/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What belongs to one thread: the words that its exit clears, robust futexes, restartable
 * sequences; and barriers between threads.
 *
 * Credentials, limits, directories and descriptors belong to the process here. A Linux program that
 * changes an id makes the call in each of its threads (libc does), and finds it done in all but the
 * first; that is what it wanted. Threads that do not share directories or descriptors cannot be
 * made (clone.c refuses).
 */
#include "abi/linux/linux_int.h"

#include "arch/pmap.h"
#include "proc/ras.h"
#include "vm/vm.h"

int
linux_sys_set_tid_address(struct linux_call *c)
{
	c->lc_lwp->l_clear_tid = ARG_VA(c, 0);
	c->lc_ret = c->lc_lwp->l_tid;
	return 0;
}

int
linux_sys_set_robust_list(struct linux_call *c)
{
	if (c->lc_arg[1] != sizeof(struct linux_robust_list_head))
		return EINVAL;
	c->lc_lwp->l_robust_list = ARG_VA(c, 0);
	c->lc_lwp->l_robust_len = c->lc_arg[1];
	return 0;
}

/* Of the caller only. */
int
linux_sys_get_robust_list(struct linux_call *c)
{
	uint64_t head = c->lc_lwp->l_robust_list, len = sizeof(struct linux_robust_list_head);
	int error;

	if (ARG_INT(c, 0) != 0 && ARG_INT(c, 0) != c->lc_lwp->l_tid)
		return EPERM;
	if ((error = copyout(&head, uptr(ARG_VA(c, 1)), sizeof(head))) != 0)
		return error;
	return copyout(&len, uptr(ARG_VA(c, 2)), sizeof(len));
}

#define RSEQ_UNREGISTER	1

int
linux_sys_rseq(struct linux_call *c)
{
	vaddr_t ru = ARG_VA(c, 0);
	uint32_t len = ARG_U32(c, 1), sig = ARG_U32(c, 3);
	int flags = ARG_INT(c, 2);

	if (flags != 0 && flags != RSEQ_UNREGISTER)
		return EINVAL;
	if (len != RSEQ_SIZE)
		return EINVAL;
	return flags != 0 ? rseq_unregister(c->lc_lwp, ru, sig) : rseq_register(c->lc_lwp, ru, sig);
}

#define MEMBARRIER_ALL	(LX_MEMBARRIER_GLOBAL | LX_MEMBARRIER_GLOBAL_EXPEDITED | \
	LX_MEMBARRIER_REGISTER_GLOBAL_EXPEDITED | LX_MEMBARRIER_PRIVATE_EXPEDITED | \
	LX_MEMBARRIER_REGISTER_PRIVATE_EXPEDITED)

/*
 * The CPUs that run this memory (or any, for the global forms) are interrupted; each passes a full
 * barrier before we return. Registration is only remembered to tell those who forgot it.
 */
int
linux_sys_membarrier(struct linux_call *c)
{
	struct proc *p = c->lc_proc;

	if (ARG_U32(c, 1) != 0)
		return EINVAL;
	switch (ARG_INT(c, 0)) {
	case LX_MEMBARRIER_QUERY:
		c->lc_ret = MEMBARRIER_ALL;
		return 0;
	case LX_MEMBARRIER_REGISTER_PRIVATE_EXPEDITED:
		spin_lock(&p->p_lock);
		p->p_flags |= PF_BARRIERS;
		spin_unlock(&p->p_lock);
		return 0;
	case LX_MEMBARRIER_REGISTER_GLOBAL_EXPEDITED:
		return 0;
	case LX_MEMBARRIER_PRIVATE_EXPEDITED:
		if ((load_relaxed(&p->p_flags) & PF_BARRIERS) == 0)
			return EPERM;
		pmap_barrier(p->p_space->vs_pmap);
		return 0;
	case LX_MEMBARRIER_GLOBAL:
	case LX_MEMBARRIER_GLOBAL_EXPEDITED:
		pmap_barrier(NULL);
		return 0;
	default:
		return EINVAL;
	}
}
