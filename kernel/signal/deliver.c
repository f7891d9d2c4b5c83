/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The way back to user mode: death, stops, signals, restarting of calls.
 *
 * user_return runs before every return to user mode, with interrupts on and no locks. It loops till
 * nothing is left to be done:
 *
 *	LATTN_DIE	the LWP goes to its death and does not come back
 *	LATTN_BORN	the tid is written where the personality wants it
 *	LATTN_PROF	samples of its program counter are counted
 *	LATTN_STOP	the LWP stops here till the process is continued
 *	LATTN_SIGNAL	one signal is taken and acted upon: default action, or the personality
 *			builds the handler's frame
 *	LATTN_MASK	no handler has taken the old mask of a sigsuspend along: it comes back
 *
 * A system call that a signal interrupted has left l_restart. If a handler is entered, the call is
 * done again after it or has failed with EINTR, as error and SA_RESTART say; if none is, it is done
 * again. The personality knows how (ab_restart).
 *
 * Stopping. Whoever takes a stop signal sets PF_STOPPING and asks the other LWPs to stop; each
 * comes here, or to fork_hold_wait. The last one makes the process STOPPED and tells the parent.
 * Between taking the signal and setting the flag p_lock is let go (to ask whether the group is
 * orphaned); a SIGCONT in that moment is seen by p_stop_gen.
 */
#include "lib/point.h"
#include "signal/signal_int.h"

POINT_DEFINE(point_handle, "proc:::signal-handle", POINT_PROBE, 0);

/* --- stops --- */

bool
signal_stop_complete_locked(struct proc *p)
{
	ASSERT_SPIN_HELD(&proc_tree_lock);
	ASSERT_SPIN_HELD(&p->p_lock);
	if ((p->p_flags & PF_STOPPING) == 0 || p->p_state != PROC_ACTIVE ||
	    p->p_nstopped != p->p_nlwps)
		return false;
	p->p_state = PROC_STOPPED;
	p->p_stop_unwaited = true;
	p->p_cont_unwaited = false;
	return true;
}

void
signal_stop_self(struct lwp *l)
{
	struct proc *p = l->l_proc;
	bool stopped;
	uint32_t gen;

	for (;;) {
		spin_lock(&proc_tree_lock);
		spin_lock(&p->p_lock);
		if ((p->p_flags & PF_STOPPING) == 0 || lwp_dying(l)) {
			atomic_and(&l->l_attn, ~LATTN_STOP);
			spin_unlock(&p->p_lock);
			spin_unlock(&proc_tree_lock);
			return;
		}
		gen = p->p_stop_gen;
		p->p_nstopped++;
		stopped = signal_stop_complete_locked(p);
		spin_unlock(&p->p_lock);
		if (stopped)
			proc_notify_parent_locked(p, CLD_STOPPED, p->p_stop_signo);
		spin_unlock(&proc_tree_lock);

		spin_lock(&p->p_lock);
		while ((p->p_flags & PF_STOPPING) != 0 && p->p_stop_gen == gen && !lwp_dying(l)) {
			sched_stop_self(&p->p_lock);
			spin_lock(&p->p_lock);
		}
		spin_unlock(&p->p_lock);
	}
}

/* The process is to stop, unless it was continued since gen. */
static void
stop_begin(struct proc *p, int signo, uint32_t gen)
{
	spin_lock(&p->p_lock);
	if (p->p_stop_gen == gen && (p->p_flags & (PF_EXITING | PF_STOPPING)) == 0) {
		p->p_flags |= PF_STOPPING;
		p->p_nstopped = 0;
		p->p_stop_signo = signo;
		list_foreach(l, &p->p_lwps, struct lwp, l_link) {
			atomic_or(&l->l_attn, LATTN_STOP);
			sched_signal_wakeup(l);
		}
	}
	spin_unlock(&p->p_lock);
}

void
signal_stop_proc(struct proc *p, int signo)
{
	stop_begin(p, signo, load_relaxed(&p->p_stop_gen));
}

/*
 * The default action of a stop signal. Those of the terminal do nothing where nobody could continue
 * the process.
 */
static void
stop_default(struct proc *p, int signo, uint32_t gen)
{
	bool orphaned = false;

	if (signo != SIGSTOP) {
		spin_lock(&proc_tree_lock);
		orphaned = pgrp_is_orphaned_locked(p->p_pgrp);
		spin_unlock(&proc_tree_lock);
	}
	if (!orphaned)
		stop_begin(p, signo, gen);
}

/* The signals whose action is to stop, as the actions are now. p_lock held. */
static sigset_t
stopping_signals(struct proc *p)
{
	sigset_t set = SIGBIT(SIGSTOP);

	spin_lock(&p->p_acts->sa_lock);
	for (int signo = SIGTSTP; signo <= SIGTTOU; signo++) {
		if (p->p_acts->sa_action[signo].sa_handler == SIG_DFL)
			set |= SIGBIT(signo);
	}
	spin_unlock(&p->p_acts->sa_lock);
	return set;
}

void
signal_take_stop(struct lwp *l)
{
	struct proc *p = l->l_proc;
	struct ksiginfo ksi;
	uint32_t gen;
	int signo;

	atomic_and(&l->l_attn, ~LATTN_STOPSIG);
	spin_lock(&p->p_lock);
	signo = signal_take_locked(l, stopping_signals(p) & (~l->l_sigmask | SIG_UNMASKABLE), &ksi);
	signal_recompute_locked(l);
	gen = p->p_stop_gen;
	spin_unlock(&p->p_lock);
	if (signo != 0 && !signal_protected(p))
		stop_default(p, signo, gen);
}

/* --- handlers --- */

/* A handler will run: what becomes of the interrupted call. */
static void
restart_before_handler(struct lwp *l, const struct sigaction_k *act, struct trapframe *tf)
{
	bool again = l->l_restart == ERESTARTALWAYS ||
	    (l->l_restart == ERESTART && (act->sa_flags & SA_RESTART) != 0);

	if (again)
		l->l_proc->p_abi->ab_restart(l, tf);
	else
		l->l_restart_deadline_ns = 0;
	l->l_restart = 0;
}

/* What the handler of a signal blocks while it runs. */
static sigset_t
handler_mask(const struct sigaction_k *act, int signo)
{
	return act->sa_mask | ((act->sa_flags & SA_NODEFER) == 0 ? SIGBIT(signo) : 0);
}

/* Enters the handler of a signal that was just taken; oldmask comes back after it. */
static void
handler_enter(struct lwp *l, struct trapframe *tf, const struct sigaction_k *act,
    const struct ksiginfo *ksi, sigset_t oldmask)
{
	struct proc *p = l->l_proc;

	if ((load_relaxed(&l->l_attn) & LATTN_MASK) != 0) {
		oldmask = l->l_oldmask;
		atomic_and(&l->l_attn, ~LATTN_MASK);
	}
	if (l->l_restart != 0)
		restart_before_handler(l, act, tf);
	ras_fixup(l, tf);
	if (p->p_abi->ab_sendsig(l, act, ksi, oldmask) != 0) {
		struct ksiginfo segv = ksiginfo_kernel(SIGSEGV);

		/* No stack for the handler. If it was SIGSEGV's own, there is no help. */
		if (ksi->ks_signo == SIGSEGV)
			proc_exit(l, 0, SIGSEGV, true);
		signal_force(l, &segv);
	}
}

/* Takes a signal's action; one that holds for one signal only goes back to the default. */
static struct sigaction_k
action_take(struct proc *p, int signo)
{
	struct sigaction_k act, *a = &p->p_acts->sa_action[signo];

	spin_lock(&p->p_acts->sa_lock);
	act = *a;
	if ((act.sa_flags & SA_RESETHAND) != 0 && act.sa_handler > SIG_IGN) {
		a->sa_handler = SIG_DFL;
		a->sa_flags &= ~(uint64_t)SA_SIGINFO;
	}
	spin_unlock(&p->p_acts->sa_lock);
	return act;
}

/* Takes one signal and acts upon it. False when there was none. */
static bool
signal_deliver(struct lwp *l, struct trapframe *tf)
{
	struct proc *p = l->l_proc;
	sigset_t oldmask = l->l_sigmask;
	struct sigaction_k act;
	struct ksiginfo ksi;
	enum sig_default def;
	uint32_t gen;
	int signo;

	spin_lock(&p->p_lock);
	signo = signal_take_locked(l, ~oldmask | SIG_UNMASKABLE, &ksi);
	gen = p->p_stop_gen;
	if (signo == 0) {
		signal_recompute_locked(l);
		spin_unlock(&p->p_lock);
		return false;
	}
	act = action_take(p, signo);
	signal_mask_set_locked(l, act.sa_handler > SIG_IGN ?
	    oldmask | handler_mask(&act, signo) : oldmask);
	spin_unlock(&p->p_lock);

	if (act.sa_handler == SIG_IGN)
		return true;
	(void)point_pass(&point_handle, (uintptr_t)p->p_pid, (uintptr_t)signo, act.sa_handler);
	if (act.sa_handler != SIG_DFL) {
		handler_enter(l, tf, &act, &ksi, oldmask);
		return true;
	}
	def = signal_default(signo);
	if (def == SIGDEF_STOP && !signal_protected(p))
		stop_default(p, signo, gen);
	else if ((def == SIGDEF_TERMINATE || def == SIGDEF_CORE) && !signal_protected(p))
		proc_exit(l, 0, signo, def == SIGDEF_CORE);
	return true;
}

/* --- the way out --- */

POINT_DEFINE(probe_lwp_start, "proc:::lwp-start", POINT_PROBE, 0);

/* Before the LWP's first user instruction. */
static void
user_return_born(struct lwp *l)
{
	atomic_and(&l->l_attn, ~LATTN_BORN);
	(void)point_pass(&probe_lwp_start, (uintptr_t)l->l_proc->p_pid, (uintptr_t)l->l_tid, 0);
	/* A bad address is the program's own loss. */
	if (l->l_set_tid != 0)
		(void)!copyout(&l->l_tid, (void *)l->l_set_tid, sizeof(l->l_tid));
}

/* One round. False when there is nothing left to do. */
static bool
user_return_once(struct lwp *l, struct trapframe *tf)
{
	uint32_t attn = load_acquire(&l->l_attn);

	if ((attn & LATTN_DIE) != 0)
		proc_die(l);
	if ((attn & LATTN_STOPSIG) != 0)
		atomic_and(&l->l_attn, ~LATTN_STOPSIG);		/* it is delivered as any other,
								 * below */
	if ((attn & LATTN_BORN) != 0)
		user_return_born(l);
	if ((attn & LATTN_ITIMER) != 0)
		proc_itimer_check(l);
	if ((attn & LATTN_PROF) != 0)
		prof_check(l, tf);
	if ((attn & LATTN_STOP) != 0) {
		signal_stop_self(l);
		return true;
	}
	if ((attn & LATTN_SIGNAL) != 0 && signal_deliver(l, tf))
		return true;
	if (l->l_restart != 0) {
		/* No handler: the call is done again. */
		l->l_restart = 0;
		l->l_proc->p_abi->ab_restart(l, tf);
	}
	if ((load_relaxed(&l->l_attn) & LATTN_MASK) != 0) {
		signal_mask_restore(l);
		return true;
	}
	sched_user_return();
	if (ras_pending(l))
		ras_fixup(l, tf);
	return load_acquire(&l->l_attn) != 0 || ras_pending(l);
}

bool
user_return_quick(void)
{
	const struct lwp *l = curlwp();

	return !curcpu()->c_need_resched && load_acquire(&l->l_attn) == 0 && l->l_restart == 0 &&
	    !ras_pending(l);
}

void
user_return(struct trapframe *tf)
{
	struct lwp *l = curlwp();

	if (user_return_quick())
		return;
	while (user_return_once(l, tf))
		;
}

void
trap_signal(struct lwp *l, int signo, int code, vaddr_t addr, int trapno, uint64_t err)
{
	struct ksiginfo ksi = { .ks_signo = signo, .ks_code = code, .ks_addr = addr,
	    .ks_trapno = trapno, .ks_trap_error = err };

	klog(KLOG_DEBUG, "signal: pid %d (%s): signal %d code %d at %#llx, trap %d error %#llx\n",
	    l->l_proc->p_pid, l->l_proc->p_comm, signo, code, (unsigned long long)addr, trapno,
	    (unsigned long long)err);
	if (signo == SIGKILL)
		proc_kill_oom(l);	/* a page was needed and there was none */
	else
		signal_force(l, &ksi);
}
