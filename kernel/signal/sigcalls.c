/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls by which a program looks at and changes its own signal state. The mask of an LWP
 * changes only by itself, under p_lock, and every change recomputes LATTN_SIGNAL: a signal that
 * becomes deliverable is delivered on the way back.
 */
#include "signal/signal_int.h"

#define RED_ZONE	128u	/* bytes below the stack pointer that the psABI gives the program */

/* What an action that ignores a signal does to those pending already. */
static void
action_forget(struct proc *p, int signo)
{
	struct ksiginfo ksi;

	list_foreach(l, &p->p_lwps, struct lwp, l_link) {
		/* Taking by number from both sets, till none is left. */
		while (signal_take_locked(l, SIGBIT(signo), &ksi) != 0)
			;
		signal_recompute_locked(l);
	}
}

int
signal_action(struct proc *p, int signo, const struct sigaction_k *new, struct sigaction_k *old)
{
	struct sigacts *sa = p->p_acts;
	enum sig_default def;
	bool ignore;

	if (signo <= 0 || signo >= NSIG || (new != NULL && (SIGBIT(signo) & SIG_UNMASKABLE) != 0))
		return EINVAL;
	def = signal_default(signo);
	spin_lock(&p->p_lock);
	spin_lock(&sa->sa_lock);
	if (old != NULL)
		*old = sa->sa_action[signo];
	if (new != NULL) {
		sa->sa_action[signo] = *new;
		sa->sa_action[signo].sa_mask &= ~SIG_UNMASKABLE;
	}
	spin_unlock(&sa->sa_lock);
	ignore = new != NULL && (new->sa_handler == SIG_IGN || (new->sa_handler == SIG_DFL &&
	    (def == SIGDEF_IGNORE || def == SIGDEF_CONTINUE)));
	if (ignore)
		action_forget(p, signo);
	spin_unlock(&p->p_lock);
	return 0;
}

void
signal_mask_set_locked(struct lwp *l, sigset_t set)
{
	struct proc *p = l->l_proc;
	sigset_t newly = set & ~l->l_sigmask;

	ASSERT_SPIN_HELD(&p->p_lock);
	l->l_sigmask = set & ~SIG_UNMASKABLE;
	if (p->p_nlwps > 1)
		signal_retarget_locked(p, newly);
	signal_recompute_locked(l);
}

void
signal_mask_set(struct lwp *l, sigset_t set)
{
	ASSERT(l == curlwp());
	spin_lock(&l->l_proc->p_lock);
	signal_mask_set_locked(l, set);
	spin_unlock(&l->l_proc->p_lock);
}

void
signal_mask(struct lwp *l, enum sig_how how, sigset_t set, sigset_t *old)
{
	if (old != NULL)
		*old = l->l_sigmask;
	switch (how) {
	case SIG_BLOCK:
		signal_mask_set(l, l->l_sigmask | set);
		break;
	case SIG_UNBLOCK:
		signal_mask_set(l, l->l_sigmask & ~set);
		break;
	case SIG_SETMASK:
		signal_mask_set(l, set);
		break;
	}
}

void
signal_mask_temporary(struct lwp *l, sigset_t set)
{
	l->l_oldmask = l->l_sigmask;
	signal_mask_set(l, set);
	atomic_or(&l->l_attn, LATTN_MASK);
}

void
signal_mask_restore(struct lwp *l)
{
	if ((load_relaxed(&l->l_attn) & LATTN_MASK) == 0)
		return;
	atomic_and(&l->l_attn, ~LATTN_MASK);
	signal_mask_set(l, l->l_oldmask);
}

sigset_t
signal_pending(struct lwp *l)
{
	sigset_t set;

	spin_lock(&l->l_proc->p_lock);
	set = signal_pending_locked(l) & l->l_sigmask;
	spin_unlock(&l->l_proc->p_lock);
	return set;
}

int
signal_suspend(struct lwp *l, sigset_t mask)
{
	signal_mask_temporary(l, mask);
	while (!lwp_signal_pending(l))
		(void)kpause_sig("sigsuspend", 0);
	return ERESTARTNOHAND;
}

/* Declares what the LWP waits for, and takes one if it is there. */
static int
timedwait_try(struct lwp *l, sigset_t set, struct ksiginfo *ksi)
{
	int signo;

	spin_lock(&l->l_proc->p_lock);
	signo = signal_take_locked(l, set, ksi);
	l->l_sigwait = signo == 0 ? set : 0;
	signal_recompute_locked(l);
	spin_unlock(&l->l_proc->p_lock);
	return signo;
}

int
signal_timedwait(struct lwp *l, sigset_t set, struct ksiginfo *ksi, uint64_t deadline_ns)
{
	int error = 0;

	set &= ~SIG_UNMASKABLE;
	for (;;) {
		if (timedwait_try(l, set, ksi) != 0)
			return 0;
		/* LATTN_SIGNAL now means: one that is not waited for. */
		if (error == 0 && (load_relaxed(&l->l_attn) & LATTN_INTERRUPTS) != 0)
			error = EINTR;
		if (error == 0 && deadline_ns == 1)
			error = EAGAIN;
		if (error != 0)
			break;
		error = kpause_sig("sigwait", deadline_ns);
		if (error == ETIMEDOUT)
			error = EAGAIN;
		else if (timedwait_try(l, set, ksi) != 0)
			return 0;
		else if ((load_relaxed(&l->l_attn) & LATTN_INTERRUPTS) == 0)
			error = 0;
	}
	spin_lock(&l->l_proc->p_lock);
	l->l_sigwait = 0;
	signal_recompute_locked(l);
	spin_unlock(&l->l_proc->p_lock);
	return error;
}

/* --- the alternate stack --- */

bool
signal_on_altstack(const struct lwp *l, vaddr_t sp)
{
	const struct sigaltstack_k *ss = &l->l_altstack;

	return (ss->ss_flags & (SS_DISABLE | SS_AUTODISARM)) == 0 && sp > ss->ss_sp &&
	    sp - ss->ss_sp <= ss->ss_size;
}

bool
signal_frame_top(const struct lwp *l, const struct sigaction_k *sa, vaddr_t sp, vaddr_t *top)
{
	const struct sigaltstack_k *alt = &l->l_altstack;
	bool on = signal_on_altstack(l, sp);

	if ((sa->sa_flags & SA_ONSTACK) == 0 || on || (alt->ss_flags & SS_DISABLE) != 0 ||
	    alt->ss_size == 0) {
		*top = sp - RED_ZONE;
		return on;
	}
	*top = alt->ss_sp + alt->ss_size;
	return true;
}

int
signal_altstack(struct lwp *l, vaddr_t sp, const struct sigaltstack_k *new,
    struct sigaltstack_k *old)
{
	uint32_t mode;

	if (old != NULL) {
		*old = l->l_altstack;
		if (signal_on_altstack(l, sp))
			old->ss_flags |= SS_ONSTACK;
	}
	if (new == NULL)
		return 0;
	if (signal_on_altstack(l, sp))
		return EPERM;
	mode = new->ss_flags & ~SS_AUTODISARM;
	if (mode != 0 && mode != SS_DISABLE && mode != SS_ONSTACK)
		return EINVAL;
	if (mode == SS_DISABLE) {
		l->l_altstack = (struct sigaltstack_k){ .ss_flags = SS_DISABLE };
		return 0;
	}
	if (new->ss_size < MINSIGSTKSZ)
		return ENOMEM;
	l->l_altstack = *new;
	l->l_altstack.ss_flags = new->ss_flags & SS_AUTODISARM;
	return 0;
}

/* --- for terminals --- */

bool
signal_blocked_or_ignored(struct lwp *l, int signo)
{
	struct proc *p = l->l_proc;
	bool yes;

	spin_lock(&p->p_lock);
	spin_lock(&p->p_acts->sa_lock);
	yes = (l->l_sigmask & SIGBIT(signo)) != 0 ||
	    p->p_acts->sa_action[signo].sa_handler == SIG_IGN;
	spin_unlock(&p->p_acts->sa_lock);
	spin_unlock(&p->p_lock);
	return yes;
}
