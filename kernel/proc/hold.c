/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Holding: how vfork's parent waits.
 *
 * The parent's LWP (A) never looks at the child once the child can run: the child may be gone,
 * reaped, its memory reused. Both sides share a counted object instead. A waits on it; the child,
 * C, points to it (p_hold) from before its publication. Whoever leaves first gives up its own side:
 *
 *	C execs or exits: takes p_hold away under p_lock, marks the object released, wakes A.
 *	Once, for p_hold is null then.
 *	A dies (its process was killed, exits, or another LWP execs): drops its reference and goes
 *	to its death. C finds
 *	nobody waiting when it releases, and goes on with its own reference to the address space.
 *
 * Ordinary signals stay pending while A is held (l_sleep_ends). A stop of A's process is honoured
 * at once, inside the wait, and does not end it. Who C's parent or tracer is does not matter here.
 */
#include "proc/proc_int.h"
#include "signal/signal.h"

static struct cache hold_cache = CACHE_INIT("fork_hold", struct fork_hold);

struct fork_hold *
fork_hold_create(void)
{
	struct fork_hold *fh = cache_alloc(&hold_cache);

	if (fh == NULL)
		return NULL;
	ref_init(&fh->fh_refs, 2);
	spin_init(&fh->fh_lock, "fork_hold", RANK_PROC_TREE);
	cv_init(&fh->fh_cv, "vfork");
	return fh;
}

void
fork_hold_drop(struct fork_hold *fh)
{
	if (ref_put(&fh->fh_refs))
		cache_free(&hold_cache, fh);
}

void
fork_hold_release(struct proc *p)
{
	struct fork_hold *fh;

	spin_lock(&p->p_lock);
	fh = p->p_hold;
	p->p_hold = NULL;
	spin_unlock(&p->p_lock);
	if (fh == NULL)
		return;
	spin_lock(&fh->fh_lock);
	fh->fh_released = true;
	cv_broadcast(&fh->fh_cv);
	spin_unlock(&fh->fh_lock);
	fork_hold_drop(fh);
}

void
lwp_wait_unsignalled(struct lwp *l, struct cv *cv, struct spinlock *lock)
{
	uint32_t attn = load_relaxed(&l->l_attn);

	l->l_sleep_ends = LATTN_DIE | LATTN_STOP | LATTN_STOPSIG;
	if ((attn & (LATTN_STOP | LATTN_STOPSIG)) != 0) {
		spin_unlock(lock);
		if ((attn & LATTN_STOP) != 0)
			signal_stop_self(l);
		else
			signal_take_stop(l);
		spin_lock(lock);
	} else {
		(void)cv_wait_sig_spin(cv, lock);
	}
	l->l_sleep_ends = LATTN_INTERRUPTS;
}

void
fork_hold_wait(struct lwp *l, struct fork_hold *fh)
{
	ASSERT(l->l_hold == NULL);
	l->l_hold = fh;
	spin_lock(&fh->fh_lock);
	while (!fh->fh_released && !lwp_dying(l))
		lwp_wait_unsignalled(l, &fh->fh_cv, &fh->fh_lock);
	spin_unlock(&fh->fh_lock);
	l->l_hold = NULL;
	fork_hold_drop(fh);
}
