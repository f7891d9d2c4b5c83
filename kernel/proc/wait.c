/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting for children.
 *
 * The condition is the state of the children, guarded by the tree lock; waiters sleep on the
 * parent's p_wait_cv, which is broadcast under that lock whenever a child changes in a way that a
 * wait may report. A death is reported once, by whoever reaps the child; a stop and a continuation
 * once each (p_stop_unwaited, p_cont_unwaited), unless the waiter leaves it waitable.
 *
 * Reaping takes the zombie off the tree, under the lock; its counts go down and its number is freed
 * at the same moment. The structure itself lives as long as somebody holds it.
 */
#include "proc/proc_int.h"
#include "signal/signal.h"

void
proc_reap_locked(struct proc *p, struct pgrp **pg)
{
	ASSERT_SPIN_HELD(&proc_tree_lock);
	ASSERT(p->p_state == PROC_ZOMBIE && list_empty(&p->p_children));
	spin_lock(&p->p_lock);
	p->p_state = PROC_DEAD;
	spin_unlock(&p->p_lock);
	list_remove(&p->p_sibling);
	list_remove(&p->p_all_link);
	*pg = pgrp_leave_locked(p);
	pid_slot_locked(p->p_pid)->ps_proc = NULL;
	pid_release_locked(p->p_pid);
	admit_undo(p->p_charge);
	p->p_charge = NULL;
	p->p_parent = NULL;
}

void
proc_wake_parent_locked(struct proc *p)
{
	ASSERT_SPIN_HELD(&proc_tree_lock);
	cv_broadcast(&p->p_parent->p_wait_cv);
}

void
proc_notify_parent_locked(struct proc *p, int code, int status)
{
	struct ksiginfo ksi = { .ks_signo = SIGCHLD, .ks_code = code, .ks_pid = p->p_pid,
	    .ks_status = status };
	struct rusage_k ru;

	ASSERT_SPIN_HELD(&proc_tree_lock);
	if (!signal_ignores_child_stop(p->p_parent)) {
		spin_lock(&p->p_lock);
		ksi.ks_uid = p->p_cred->cr_uid;
		proc_rusage_locked(p, &ru);
		spin_unlock(&p->p_lock);
		ksi.ks_utime_ns = ru.ru_utime_ns;
		ksi.ks_stime_ns = ru.ru_stime_ns;
		(void)signal_post_proc_locked(p->p_parent, &ksi);
	}
	proc_wake_parent_locked(p);
}

static bool
wait_cred_is(struct proc *c, const struct wait_req *wq)
{
	uint32_t id;

	spin_lock(&c->p_lock);
	id = wq->wq_idtype == WAIT_UID ? c->p_cred->cr_euid : c->p_cred->cr_egid;
	spin_unlock(&c->p_lock);
	return id == (uint32_t)wq->wq_id;
}

/* Whether a wait is about this child at all. */
static bool
wait_wants(const struct wait_req *wq, struct proc *c)
{
	bool clone_child = c->p_exit_signal != SIGCHLD;

	if ((load_relaxed(&c->p_flags) & PF_UNBORN) != 0)
		return false;
	if ((wq->wq_flags & WAIT_ANYSIG) == 0 && clone_child != ((wq->wq_flags & WAIT_CLONE) != 0))
		return false;
	if ((wq->wq_flags & WAIT_NOZOMBIE) != 0 && c->p_state == PROC_ZOMBIE)
		return false;
	if ((wq->wq_flags & WAIT_NOTHREAD) != 0 && c->p_parent_tid != curlwp()->l_tid)
		return false;
	switch (wq->wq_idtype) {
	case WAIT_PID:
		return c->p_pid == wq->wq_id;
	case WAIT_PROC:
		return c == wq->wq_proc;
	case WAIT_PGRP:
		return c->p_pgrp->pg_id == wq->wq_id;
	case WAIT_SESSION:
		return c->p_pgrp->pg_session->s_id == wq->wq_id;
	case WAIT_UID:
	case WAIT_GID:
		return wait_cred_is(c, wq);
	default:
		return true;
	}
}

static void
wait_fill(struct proc *c, struct wait_result *wr, int code, int status)
{
	wr->wr_pid = c->p_pid;
	wr->wr_code = code;
	wr->wr_status = status;
	spin_lock(&c->p_lock);
	wr->wr_uid = c->p_cred->cr_uid;
	proc_rusage_locked(c, &wr->wr_self);
	spin_unlock(&c->p_lock);
	wr->wr_children = c->p_ru_children;
}

/* Whether the child has something to report now; takes it unless told to leave it. */
static bool
wait_take(const struct wait_req *wq, struct proc *c, struct wait_result *wr)
{
	bool leave = (wq->wq_flags & WAIT_NOWAIT) != 0;

	if (c->p_state == PROC_ZOMBIE && (wq->wq_flags & WAIT_EXITED) != 0) {
		if (c->p_exit_signo == 0)
			wait_fill(c, wr, CLD_EXITED, c->p_exit_code);
		else
			wait_fill(c, wr, c->p_exit_core ? CLD_DUMPED : CLD_KILLED, c->p_exit_signo);
		return true;
	}
	if (c->p_state == PROC_STOPPED && c->p_stop_unwaited &&
	    (wq->wq_flags & WAIT_STOPPED) != 0) {
		wait_fill(c, wr, CLD_STOPPED, c->p_stop_signo);
		c->p_stop_unwaited = leave;
		return true;
	}
	if (c->p_cont_unwaited && c->p_state != PROC_ZOMBIE &&
	    (wq->wq_flags & WAIT_CONTINUED) != 0) {
		wait_fill(c, wr, CLD_CONTINUED, SIGCONT);
		c->p_cont_unwaited = leave;
		return true;
	}
	return false;
}

/*
 * Looks at all children, newest first. *reaped: a process to be dropped, and *pg. ECHILD: none is
 * of interest.
 */
static int
wait_scan_locked(struct proc *p, const struct wait_req *wq, struct wait_result *wr,
    struct proc **reaped, struct pgrp **pg)
{
	int error = ECHILD;

	list_foreach(c, &p->p_children, struct proc, p_sibling) {
		if (!wait_wants(wq, c))
			continue;
		error = 0;
		if (c->p_state == PROC_EMBRYO || !wait_take(wq, c, wr))
			continue;
		if (c->p_state == PROC_ZOMBIE && (wq->wq_flags & WAIT_NOWAIT) == 0) {
			rusage_add(&p->p_ru_children, &wr->wr_self);
			rusage_add(&p->p_ru_children, &wr->wr_children);
			proc_reap_locked(c, pg);
			*reaped = c;
		}
		break;
	}
	return error;
}

int
proc_wait(struct lwp *l, const struct wait_req *req, struct wait_result *wr)
{
	struct wait_req wq = *req;
	struct proc *p = l->l_proc, *reaped = NULL;
	struct pgrp *pg = NULL;
	int error, wait_error = 0;

	if ((wq.wq_flags & (WAIT_EXITED | WAIT_STOPPED | WAIT_CONTINUED)) == 0)
		return EINVAL;
	memset(wr, 0, sizeof(*wr));
	spin_lock(&proc_tree_lock);
	if (wq.wq_idtype == WAIT_PGRP && wq.wq_id == 0)
		wq.wq_id = p->p_pgrp->pg_id;
	for (;;) {
		error = wait_scan_locked(p, &wq, wr, &reaped, &pg);
		if (error != 0 || wr->wr_pid != 0 || (wq.wq_flags & WAIT_NOHANG) != 0)
			break;
		if (wait_error != 0) {
			error = ERESTART;
			break;
		}
		wait_error = cv_wait_sig_spin(&p->p_wait_cv, &proc_tree_lock);
	}
	spin_unlock(&proc_tree_lock);
	if (pg != NULL)
		pgrp_drop(pg);
	if (reaped != NULL)
		proc_drop(reaped);
	return error;
}
