/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How processes end.
 *
 * Deciding. proc_condemn_locked decides the death of a process and its status, once; the first
 * decision counts. It marks every LWP (LATTN_DIE), wakes the sleepers and ends stops. Exit calls
 * it, and so does the posting of a fatal signal.
 *
 * Leaving. Each LWP comes to proc_die on its way to user mode (or from exit). All but the last just
 * leave the list. The last one gives away what the process has (memory, files, ...), which may
 * sleep, and switches away for ever.
 *
 * Burial. sched_reap runs on another LWP's stack, frees the dead one's and, if it was the last of
 * its process, makes the process a zombie: children go to init, groups that lose their link to a
 * shell are signalled, the parent is told. This is one critical section of the tree lock. So all
 * that a process had is free when its parent's wait returns.
 *
 *	ACTIVE/STOPPED --condemn--> (PF_EXITING) --last LWP buried--> ZOMBIE --waited for--> DEAD
 */
#include "file/tty.h"
#include "lib/point.h"
#include "mem/page.h"
#include "proc/forkstat.h"
#include "proc/proc_int.h"
#include "proc/ptimer.h"
#include "signal/signal.h"
#include "vm/vm.h"

POINT_DEFINE(point_exit, "proc:::exit", POINT_PROBE, 0);
POINT_DEFINE(point_release, "exit.release", POINT_STALL | POINT_PROBE, 0);
POINT_DEFINE(point_bury, "exit.bury", POINT_PROBE, 0);

static uint32_t nreapers;	/* T  living processes with PF_REAPER */

void
proc_condemn_locked(struct proc *p, int code, int signo, bool core)
{
	ASSERT_SPIN_HELD(&p->p_lock);
	if ((p->p_flags & PF_EXITING) != 0)
		return;
	p->p_flags |= PF_EXITING;
	p->p_flags &= ~PF_STOPPING;
	p->p_exit_code = code;
	p->p_exit_signo = signo;
	p->p_exit_core = core;
	p->p_acct |= (signo != 0 ? PACCT_XSIG : 0) | (core ? PACCT_CORE : 0);
	list_foreach(l, &p->p_lwps, struct lwp, l_link) {
		atomic_or(&l->l_attn, LATTN_DIE);
		sched_unstop(l);
		sched_signal_wakeup(l);
	}
}

/* --- leaving --- */

/* Remembers how large the process was. */
static void
exit_account_space(struct proc *p)
{
	struct rusage_k now;

	spin_lock(&p->p_lock);
	proc_rusage_locked(p, &now);
	p->p_ru.ru_maxrss_pages = now.ru_maxrss_pages;
	spin_unlock(&p->p_lock);
}

/* The last LWP gives away what the process has. */
static void
exit_release(struct proc *p)
{
	proc_itimer_stop(p);
	ptimer_exit(p);
	exit_account_space(p);
	proc_release_abi(p);
	proc_release_space(p);
	/*
	 * A vfork parent may now use its memory alone. Of what was never born nothing must be
	 * left.
	 */
	if ((load_relaxed(&p->p_flags) & PF_UNBORN) == 0)
		fork_hold_release(p);
	proc_release_files(p);
	proc_release_cwd(p);
	proc_release_exe(p);
}

/* A session without its leader has no terminal. */
static void
exit_session(struct proc *p)
{
	struct session *s;
	struct tty *t = NULL;

	if ((load_relaxed(&p->p_flags) & PF_LEADER) == 0)
		return;
	spin_lock(&proc_tree_lock);
	s = p->p_pgrp->pg_session;
	if (s->s_leader == p) {
		s->s_leader = NULL;
		t = s->s_tty;
		s->s_tty = NULL;
		session_hold(s);
	} else {
		s = NULL;
	}
	spin_unlock(&proc_tree_lock);
	if (t != NULL) {
		tty_session_exit(t, s->s_id);
		tty_drop(t);
	}
	if (s != NULL)
		session_drop(s);
}

/* The times of an LWP that leaves go to the process. */
static void
exit_account_locked(struct proc *p, struct lwp *l)
{
	struct rusage_k ru;

	lwp_rusage(l, &ru);
	rusage_add(&p->p_ru, &ru);
}

/*
 * Children of l, which leaves, hear of it if they asked for that, and become heir's (a tid of
 * p's).
 */
static void
exit_leave_children_locked(struct proc *p, struct lwp *l, pid_t heir)
{
	ASSERT_SPIN_HELD(&proc_tree_lock);
	list_foreach(c, &p->p_children, struct proc, p_sibling) {
		if (c->p_parent_tid != l->l_tid)
			continue;
		c->p_parent_tid = heir;
		if (c->p_pdeathsig != 0) {
			struct ksiginfo death = { .ks_signo = c->p_pdeathsig, .ks_pid = p->p_pid };

			(void)signal_post_proc_locked(c, &death);
		}
	}
}

/* An LWP that is alone stays so, for only it could make another: it needs no tree lock. */
static bool
exit_alone(struct proc *p, int code)
{
	bool alone;

	spin_lock(&p->p_lock);
	alone = p->p_nlwps == 1;
	if (alone)
		proc_condemn_locked(p, code, 0, false);
	spin_unlock(&p->p_lock);
	return alone;
}

/*
 * Takes l off the list unless it is the last, whose code is the process' if nothing else was
 * decided. Wakes an exec that waits, completes a stop that only waited for l.
 */
static bool
exit_leave_list(struct proc *p, struct lwp *l, int code)
{
	bool last, stopped = false;
	pid_t heir = 0;

	if (exit_alone(p, code))
		return false;
	spin_lock(&proc_tree_lock);
	spin_lock(&p->p_lock);
	last = p->p_nlwps == 1;
	if (last) {
		proc_condemn_locked(p, code, 0, false);
	} else {
		exit_account_locked(p, l);
		list_remove(&l->l_link);
		p->p_nlwps--;
		signal_retarget_locked(p, ~l->l_sigmask);
		cv_broadcast(&p->p_lwp_cv);
		stopped = signal_stop_complete_locked(p);
		if (l->l_forked) {
			struct lwp *first = list_first(&p->p_lwps, struct lwp, l_link);

			first->l_forked = true;
			heir = first->l_tid;
		}
	}
	spin_unlock(&p->p_lock);
	if (heir != 0)
		exit_leave_children_locked(p, l, heir);
	if (stopped)
		proc_notify_parent_locked(p, CLD_STOPPED, p->p_stop_signo);
	spin_unlock(&proc_tree_lock);
	return !last;
}

POINT_DEFINE(exit_probe_lwp, "proc:::lwp-exit", POINT_PROBE, 0);

static void __noreturn
lwp_leave(struct lwp *l, int code)
{
	struct proc *p = l->l_proc;

	ASSERT(p != &proc0);
	(void)point_pass(&exit_probe_lwp, (uintptr_t)p->p_pid, (uintptr_t)l->l_tid, 0);
	if (p->p_space != NULL && p->p_abi != NULL && p->p_abi->ab_lwp_leave != NULL)
		p->p_abi->ab_lwp_leave(l);
	if (exit_leave_list(p, l, code)) {
		pmap_activate(NULL);
		sched_exit();
	}
	if (p == proc_init_proc)
		panic("init exited: %s %d", p->p_exit_signo != 0 ? "signal" : "code",
		    p->p_exit_signo != 0 ? p->p_exit_signo : p->p_exit_code);
	(void)point_pass(&point_exit, (uintptr_t)p->p_pid, (uintptr_t)p->p_exit_code,
	    (uintptr_t)p->p_exit_signo);
	(void)point_pass(&point_release, (uintptr_t)p->p_pid, 0, 0);
	exit_release(p);
	exit_session(p);
	sched_exit();
}

/* Who asked for it sees the process once more before it ends of itself. */
static void
exit_stop(struct lwp *l)
{
	if ((load_relaxed(&l->l_proc->p_flags) & PF_STOPEXIT) == 0)
		return;
	signal_stop_proc(l->l_proc, SIGSTOP);
	signal_stop_self(l);
}

void
proc_die(struct lwp *l)
{
	lwp_leave(l, 0);
}

void
proc_exit(struct lwp *l, int code, int signo, bool core)
{
	struct proc *p = l->l_proc;

	if (signo == 0)
		exit_stop(l);
	spin_lock(&p->p_lock);
	if ((p->p_flags & PF_EXECING) == 0 || p->p_exec_lwp == l)
		proc_condemn_locked(p, code, signo, core);
	spin_unlock(&p->p_lock);
	lwp_leave(l, 0);
}

void
proc_exit_unborn(struct lwp *l)
{
	struct proc *p = l->l_proc;

	spin_lock(&p->p_lock);
	p->p_flags |= PF_UNBORN;
	proc_condemn_locked(p, 0, 0, false);
	spin_unlock(&p->p_lock);
	lwp_leave(l, 0);
}

void
proc_exit_lwp(struct lwp *l, int code)
{
	lwp_leave(l, code & 0xff);
}

/* The caller, alone, takes over the process' number if it was not the first LWP. */
static void
single_take_number(struct proc *p, struct lwp *l)
{
	pid_t old = l->l_tid;

	if (old == p->p_pid)
		return;
	spin_lock(&proc_tree_lock);
	list_foreach(c, &p->p_children, struct proc, p_sibling) {
		if (c->p_parent_tid == old)
			c->p_parent_tid = p->p_pid;
	}
	l->l_tid = p->p_pid;
	pid_slot_locked(p->p_pid)->ps_lwp = l;
	pid_slot_locked(old)->ps_lwp = NULL;
	pid_release_locked(old);
	spin_unlock(&proc_tree_lock);
}

int
proc_single_lwp(struct lwp *l)
{
	struct proc *p = l->l_proc;
	int error = 0;

	spin_lock(&p->p_lock);
	if ((p->p_flags & (PF_EXITING | PF_EXECING)) != 0) {
		spin_unlock(&p->p_lock);
		return EINTR;
	}
	p->p_flags |= PF_EXECING;
	p->p_exec_lwp = l;
	list_foreach(other, &p->p_lwps, struct lwp, l_link) {
		if (other == l)
			continue;
		atomic_or(&other->l_attn, LATTN_DIE);
		sched_unstop(other);
		sched_signal_wakeup(other);
	}
	while (p->p_nlwps > 1)
		cv_wait_spin(&p->p_lwp_cv, &p->p_lock);
	if ((p->p_flags & PF_EXITING) != 0)
		error = EINTR;
	p->p_flags &= ~PF_EXECING;
	p->p_exec_lwp = NULL;
	spin_unlock(&p->p_lock);
	single_take_number(p, l);
	return error;
}

/* --- burial --- */

void
proc_set_reaper(struct proc *p, bool on)
{
	spin_lock(&proc_tree_lock);
	spin_lock(&p->p_lock);
	if (on != ((p->p_flags & PF_REAPER) != 0)) {
		p->p_flags ^= PF_REAPER;
		nreapers += on ? 1 : -1u;
	}
	spin_unlock(&p->p_lock);
	spin_unlock(&proc_tree_lock);
}

/*
 * Who gets the orphans of p: the nearest reaper above it, else init. All above p are alive: a dead
 * process has no children.
 */
static struct proc *
bury_reaper_locked(const struct proc *p)
{
	struct proc *q = nreapers != 0 ? p->p_parent : NULL;

	while (q != NULL && q != &proc0 && (load_relaxed(&q->p_flags) & PF_REAPER) == 0)
		q = q->p_parent;
	if (q != NULL && q != &proc0)
		return q;
	return proc_init_proc != NULL && proc_init_proc != p ? proc_init_proc : &proc0;
}

/*
 * A zombie leaves the tree. What is to be dropped once no lock is held is put on the list of the
 * dead: the process, and in its p_pgrp the group that it left empty.
 */
static void
bury_reap_locked(struct proc *p, struct list *dead)
{
	struct pgrp *pg;

	proc_reap_locked(p, &pg);
	p->p_pgrp = pg;
	list_push_back(dead, &p->p_sibling);
}

static void
bury_drop_dead(struct list *dead)
{
	struct list *node;

	while ((node = list_pop_front(dead)) != NULL) {
		struct proc *p = list_entry(node, struct proc, p_sibling);
		struct pgrp *pg = p->p_pgrp;

		p->p_pgrp = NULL;
		if (pg != NULL)
			pgrp_drop(pg);
		proc_drop(p);
	}
}

/* A child of the dead process p gets another parent, for which its death is always SIGCHLD. */
static void
bury_give_locked(struct proc *p, struct proc *c, struct proc *reaper)
{
	if (c->p_pdeathsig != 0) {
		struct ksiginfo death = { .ks_signo = c->p_pdeathsig, .ks_pid = p->p_pid };

		(void)signal_post_proc_locked(c, &death);
	}
	proc_set_parent_locked(c, reaper);
	c->p_parent_tid = reaper->p_pid;
	c->p_exit_signal = SIGCHLD;
	c->p_parent_exec_gen = reaper->p_exec_gen;
	list_push_front(&reaper->p_children, &c->p_sibling);
}

static void
bury_children_locked(struct proc *p, struct list *dead)
{
	struct proc *reaper = bury_reaper_locked(p);
	bool nobody_waits = signal_ignores_child_death(reaper), zombies = false;
	struct list *node;

	while ((node = list_pop_front(&p->p_children)) != NULL) {
		struct proc *c = list_entry(node, struct proc, p_sibling);

		bury_give_locked(p, c, reaper);
		if (c->p_state != PROC_ZOMBIE) {
			if (c->p_pgrp != NULL)
				pgrp_orphan_check_locked(c->p_pgrp, NULL, p);
			continue;
		}
		zombies = true;
		if (nobody_waits)
			bury_reap_locked(c, dead);
	}
	if (zombies) {
		struct ksiginfo ksi = { .ks_signo = SIGCHLD, .ks_code = SI_KERNEL };

		(void)signal_post_proc_locked(reaper, &ksi);
		cv_broadcast(&reaper->p_wait_cv);
	}
}

/*
 * The exit signal of p as its parent gets it: what was chosen at creation, unless the parent has
 * another program now.
 */
static int
bury_exit_signal(const struct proc *p)
{
	return p->p_parent_exec_gen == p->p_parent->p_exec_gen ? p->p_exit_signal : SIGCHLD;
}

static void
bury_notify_locked(struct proc *p, int exit_signal)
{
	struct ksiginfo ksi = { .ks_signo = exit_signal, .ks_pid = p->p_pid };

	ksi.ks_code = p->p_exit_signo == 0 ? CLD_EXITED : p->p_exit_core ? CLD_DUMPED : CLD_KILLED;
	ksi.ks_status = p->p_exit_signo == 0 ? p->p_exit_code : p->p_exit_signo;
	ksi.ks_uid = p->p_cred->cr_uid;
	ksi.ks_utime_ns = p->p_ru.ru_utime_ns;
	ksi.ks_stime_ns = p->p_ru.ru_stime_ns;
	(void)signal_post_proc_locked(p->p_parent, &ksi);
}

/*
 * p, without LWPs, becomes a zombie, or is reaped at once if nobody will wait. Those that were
 * reaped are added to the dead.
 */
static void
bury_proc_locked(struct proc *p, struct list *dead)
{
	int exit_signal;
	bool reap;

	(void)point_pass(&point_bury, (uintptr_t)p->p_pid, (uintptr_t)p->p_parent->p_pid, 0);
	bury_children_locked(p, dead);
	forkstat_exit_locked(p);
	if ((p->p_flags & PF_REAPER) != 0)
		nreapers--;
	pgrp_orphan_check_locked(p->p_pgrp, p, p->p_parent);
	spin_lock(&p->p_lock);
	p->p_state = PROC_ZOMBIE;
	spin_unlock(&p->p_lock);
	sigpend_clear(&p->p_sig);
	exit_signal = bury_exit_signal(p);
	reap = (p->p_flags & (PF_UNBORN | PF_KERNEL)) != 0 ||
	    (p->p_parent->p_flags & PF_KERNEL) != 0 ||
	    (exit_signal == SIGCHLD && signal_ignores_child_death(p->p_parent));
	if (exit_signal != 0 && (p->p_flags & (PF_UNBORN | PF_KERNEL)) == 0)
		bury_notify_locked(p, exit_signal);
	proc_wake_parent_locked(p);
	poll_wakeup(&p->p_exit_poll, POLL_READ);
	if (reap)
		bury_reap_locked(p, dead);
}

/* An LWP leaves the tables; true: it was the last of its process. Tree lock held. */
static bool
bury_lwp_locked(struct proc *p, struct lwp *l)
{
	bool last;

	spin_lock(&p->p_lock);
	last = list_linked(&l->l_link);
	if (last) {
		/* Only now: the switch away was the last thing that it was accounted for. */
		exit_account_locked(p, l);
		list_remove(&l->l_link);
		p->p_nlwps--;
	}
	sigpend_clear(&l->l_sigpend);
	spin_unlock(&p->p_lock);
	if (pid_slot_locked(l->l_tid)->ps_lwp == l) {
		pid_slot_locked(l->l_tid)->ps_lwp = NULL;
		pid_release_locked(l->l_tid);
	}
	return last;
}

void
sched_reap(struct lwp *l)
{
	struct list dead = LIST_INIT(dead);
	struct proc *p = l->l_proc;	/* which l holds */
	bool last;

	arch_lwp_destroy(l);
	spin_lock(&proc_tree_lock);
	last = bury_lwp_locked(p, l);
	if (last)
		bury_proc_locked(p, &dead);
	spin_unlock(&proc_tree_lock);
	if (last && (p->p_flags & PF_UNBORN) != 0)
		fork_hold_release(p);
	bury_drop_dead(&dead);
	lwp_free(l);
}
