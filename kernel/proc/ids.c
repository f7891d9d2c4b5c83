/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Process groups and sessions, and what terminals need to know of them.
 *
 * proc_tree_lock guards it all. A group has one reference for all its members together, so that it
 * goes when the last member has left and nobody else remembers it; a group has one of its session.
 * Their numbers are pids (pid.c): the slot of the number points to them, and the number is not
 * given out while they exist.
 *
 * The last reference is dropped without the lock, which is then taken to clear the slot. In between
 * a new group of the same number may have been made (its leader still has the number): it
 * overwrites the slot, and the dying one leaves it alone.
 *
 * A session's terminal is set and taken off by the terminal's code (file/tty.c) through the jobctl
 * functions, under the terminal's mutex and the tree lock.
 */
#include "file/tty.h"
#include "proc/proc_int.h"
#include "signal/signal.h"

static struct cache session_cache = CACHE_INIT("session", struct session);
static struct cache pgrp_cache = CACHE_INIT("pgrp", struct pgrp);

/* --- references --- */

void
session_hold(struct session *s)
{
	ref_get(&s->s_refs);
}

void
session_drop(struct session *s)
{
	struct pid_slot *slot;

	if (!ref_put(&s->s_refs))
		return;
	ASSERT(s->s_tty == NULL);
	spin_lock(&proc_tree_lock);
	slot = pid_slot_locked(s->s_id);
	if (slot->ps_session == s) {
		slot->ps_session = NULL;
		pid_release_locked(s->s_id);
	}
	spin_unlock(&proc_tree_lock);
	cache_free(&session_cache, s);
}

void
pgrp_hold(struct pgrp *pg)
{
	ref_get(&pg->pg_refs);
}

void
pgrp_drop(struct pgrp *pg)
{
	struct pid_slot *slot;

	if (!ref_put(&pg->pg_refs))
		return;
	ASSERT(list_empty(&pg->pg_members));
	spin_lock(&proc_tree_lock);
	slot = pid_slot_locked(pg->pg_id);
	if (slot->ps_pgrp == pg) {
		slot->ps_pgrp = NULL;
		pid_release_locked(pg->pg_id);
	}
	spin_unlock(&proc_tree_lock);
	session_drop(pg->pg_session);
	cache_free(&pgrp_cache, pg);
}

static struct pgrp *
pgrp_find_locked(pid_t pgid)
{
	struct pid_slot *slot = pid_slot_locked(pgid);

	if (slot == NULL || slot->ps_pgrp == NULL || list_empty(&slot->ps_pgrp->pg_members))
		return NULL;
	return slot->ps_pgrp;
}

/* --- membership --- */

static struct session *
session_create_locked(pid_t sid)
{
	struct session *s = cache_alloc(&session_cache);

	if (s == NULL)
		return NULL;
	ref_init(&s->s_refs, 1);
	s->s_id = sid;
	pid_slot_locked(sid)->ps_session = s;
	return s;
}

struct pgrp *
pgrp_create_locked(pid_t pgid, struct session *s)
{
	struct pid_slot *slot = pid_slot_locked(pgid);
	struct pgrp *pg = slot->ps_pgrp;

	if (pg != NULL && pg->pg_session == s && ref_get_unless_zero(&pg->pg_refs))
		return pg;
	if ((pg = cache_alloc(&pgrp_cache)) == NULL)
		return NULL;
	if (s == NULL) {
		if ((s = session_create_locked(pgid)) == NULL) {
			cache_free(&pgrp_cache, pg);
			return NULL;
		}
	} else {
		session_hold(s);
	}
	ref_init(&pg->pg_refs, 1);
	pg->pg_id = pgid;
	pg->pg_session = s;
	list_init(&pg->pg_members);
	slot->ps_pgrp = pg;
	return pg;
}

void
pgrp_join_locked(struct proc *p, struct pgrp *pg, struct proc *after)
{
	ASSERT_SPIN_HELD(&proc_tree_lock);
	ASSERT(p->p_pgrp == NULL);
	if (list_empty(&pg->pg_members))
		pgrp_hold(pg);
	p->p_pgrp = pg;
	list_insert_after(after != NULL ? &after->p_pgrp_link : pg->pg_members.prev,
	    &p->p_pgrp_link);
}

struct pgrp *
pgrp_leave_locked(struct proc *p)
{
	struct pgrp *pg = p->p_pgrp;

	ASSERT_SPIN_HELD(&proc_tree_lock);
	list_remove(&p->p_pgrp_link);
	p->p_pgrp = NULL;
	return list_empty(&pg->pg_members) ? pg : NULL;
}

/* --- orphans --- */

/* Whether a child of this process in pg links the group to another one of its session. */
static bool
pgrp_is_linked_by(const struct pgrp *pg, const struct proc *parent)
{
	return parent->p_pgrp != NULL && parent->p_pgrp != pg &&
	    parent->p_pgrp->pg_session == pg->pg_session;
}

static bool
pgrp_orphaned_without(const struct pgrp *pg, const struct proc *leaving)
{
	list_foreach(p, &pg->pg_members, struct proc, p_pgrp_link) {
		const struct proc *parent = p->p_parent;

		if (p == leaving || p->p_state == PROC_ZOMBIE || parent == NULL ||
		    parent == proc_init_proc)
			continue;
		if (pgrp_is_linked_by(pg, parent))
			return false;
	}
	return true;
}

bool
pgrp_is_orphaned_locked(struct pgrp *pg)
{
	ASSERT_SPIN_HELD(&proc_tree_lock);
	return pgrp_orphaned_without(pg, NULL);
}

void
pgrp_orphan_check_locked(struct pgrp *pg, struct proc *leaving, struct proc *parent)
{
	struct ksiginfo hup = ksiginfo_kernel(SIGHUP), cont = ksiginfo_kernel(SIGCONT);
	bool stopped = false;

	/* Was this parent what linked the group to its session? */
	if (!pgrp_is_linked_by(pg, parent) || !pgrp_orphaned_without(pg, leaving))
		return;
	list_foreach(p, &pg->pg_members, struct proc, p_pgrp_link)
		stopped = stopped || (p != leaving && p->p_state == PROC_STOPPED);
	if (!stopped)
		return;
	signal_post_pgrp_locked(pg, &hup);
	signal_post_pgrp_locked(pg, &cont);
}

/* --- the calls --- */

static int
setpgid_check(struct proc *caller, struct proc *p, pid_t pgid)
{
	struct session *s = caller->p_pgrp->pg_session;
	bool execed;

	if (p == NULL || p->p_state == PROC_EMBRYO || p->p_state == PROC_ZOMBIE)
		return ESRCH;
	if (p != caller) {
		if (p->p_parent != caller)
			return ESRCH;
		spin_lock(&p->p_lock);
		execed = (p->p_flags & PF_EXECED) != 0;
		spin_unlock(&p->p_lock);
		if (p->p_pgrp->pg_session != s)
			return EPERM;
		if (execed)
			return EACCES;
	}
	if (p->p_pgrp->pg_session->s_leader == p)
		return EPERM;
	if (pgid != p->p_pid) {
		struct pgrp *pg = pgrp_find_locked(pgid);

		if (pg == NULL || pg->pg_session != s)
			return EPERM;
	}
	return 0;
}

int
proc_setpgid(struct proc *caller, pid_t pid, pid_t pgid)
{
	struct pgrp *pg = NULL, *old = NULL;
	struct proc *p;
	int error;

	if (pgid < 0)
		return EINVAL;
	spin_lock(&proc_tree_lock);
	p = pid == 0 ? caller : proc_find_locked(pid);
	if (pgid == 0 && p != NULL)
		pgid = p->p_pid;
	error = setpgid_check(caller, p, pgid);
	if (error == 0 && p->p_pgrp->pg_id != pgid) {
		pg = pgrp_create_locked(pgid, caller->p_pgrp->pg_session);
		if (pg == NULL) {
			error = ENOMEM;
		} else {
			old = pgrp_leave_locked(p);
			pgrp_join_locked(p, pg, NULL);
		}
	}
	spin_unlock(&proc_tree_lock);
	if (pg != NULL)
		pgrp_drop(pg);
	if (old != NULL)
		pgrp_drop(old);
	return error;
}

static bool
forgot_tty(const struct proc *p)
{
	return (load_relaxed(&p->p_flags) & PF_NOTTY) != 0;
}

static void
set_forgot_tty(struct proc *p, bool forgot)
{
	spin_lock(&p->p_lock);
	if (forgot)
		p->p_flags |= PF_NOTTY;
	else
		p->p_flags &= ~PF_NOTTY;
	spin_unlock(&p->p_lock);
}

int
proc_setsid(struct proc *p, pid_t *sid)
{
	struct pgrp *pg, *old;

	spin_lock(&proc_tree_lock);
	if (p->p_pgrp->pg_id == p->p_pid || pgrp_find_locked(p->p_pid) != NULL) {
		spin_unlock(&proc_tree_lock);
		return EPERM;
	}
	pg = pgrp_create_locked(p->p_pid, NULL);
	if (pg == NULL) {
		spin_unlock(&proc_tree_lock);
		return ENOMEM;
	}
	pg->pg_session->s_leader = p;
	old = pgrp_leave_locked(p);
	pgrp_join_locked(p, pg, NULL);
	*sid = p->p_pid;
	set_forgot_tty(p, false);
	spin_lock(&p->p_lock);
	p->p_flags |= PF_LEADER;
	spin_unlock(&p->p_lock);
	spin_unlock(&proc_tree_lock);
	pgrp_drop(pg);
	if (old != NULL)
		pgrp_drop(old);
	return 0;
}

static int
ids_get(struct proc *caller, pid_t pid, pid_t *pgid, pid_t *sid)
{
	struct proc *p;
	int error = 0;

	spin_lock(&proc_tree_lock);
	p = pid == 0 ? caller : proc_find_locked(pid);
	if (p == NULL || p->p_pgrp == NULL) {
		error = ESRCH;
	} else {
		*pgid = p->p_pgrp->pg_id;
		*sid = p->p_pgrp->pg_session->s_id;
	}
	spin_unlock(&proc_tree_lock);
	return error;
}

int
proc_getpgid(struct proc *caller, pid_t pid, pid_t *pgid)
{
	pid_t sid;

	return ids_get(caller, pid, pgid, &sid);
}

int
proc_getsid(struct proc *caller, pid_t pid, pid_t *sid)
{
	pid_t pgid;

	return ids_get(caller, pid, &pgid, sid);
}

bool
proc_is_session_leader(struct proc *p)
{
	bool leader;

	spin_lock(&proc_tree_lock);
	leader = p->p_pgrp != NULL && p->p_pgrp->pg_session->s_leader == p;
	spin_unlock(&proc_tree_lock);
	return leader;
}

/* --- hooks of file/tty.h --- */

pid_t
jobctl_cur_sid(void)
{
	pid_t sid = 0;

	if (forgot_tty(curproc()))
		return 0;
	(void)proc_getsid(curproc(), 0, &sid);
	return sid;
}

pid_t
jobctl_cur_pgid(void)
{
	pid_t pgid = 0;

	(void)proc_getpgid(curproc(), 0, &pgid);
	return pgid;
}

struct tty *
jobctl_cur_tty(void)
{
	struct tty *t = NULL;

	spin_lock(&proc_tree_lock);
	if (curproc()->p_pgrp != NULL && !forgot_tty(curproc()))
		t = curproc()->p_pgrp->pg_session->s_tty;
	if (t != NULL)
		tty_hold(t);
	spin_unlock(&proc_tree_lock);
	return t;
}

void
jobctl_forget_tty(void)
{
	set_forgot_tty(curproc(), true);
}

bool
jobctl_cur_is_leader(void)
{
	return proc_is_session_leader(curproc());
}

int
jobctl_set_tty(struct tty *t)
{
	struct proc *p = curproc();
	struct session *s;
	int error = 0;

	spin_lock(&proc_tree_lock);
	s = p->p_pgrp->pg_session;
	if (s->s_tty != t) {
		if (s->s_leader != p || s->s_tty != NULL) {
			error = EPERM;
		} else {
			tty_hold(t);
			s->s_tty = t;
		}
	}
	if (error == 0)
		set_forgot_tty(p, false);
	spin_unlock(&proc_tree_lock);
	return error;
}

void
jobctl_clear_tty(pid_t sid, struct tty *t)
{
	struct pid_slot *slot;
	bool had = false;

	spin_lock(&proc_tree_lock);
	slot = pid_slot_locked(sid);
	if (slot != NULL && slot->ps_session != NULL && slot->ps_session->s_tty == t) {
		slot->ps_session->s_tty = NULL;
		had = true;
	}
	spin_unlock(&proc_tree_lock);
	if (had)
		tty_drop(t);
}

int
jobctl_signal_pgrp(pid_t sid, pid_t pgid, int signo)
{
	struct ksiginfo ksi = ksiginfo_kernel(signo);
	struct pgrp *pg;
	int error = ESRCH;

	spin_lock(&proc_tree_lock);
	pg = pgrp_find_locked(pgid);
	if (pg != NULL && pg->pg_session->s_id == sid) {
		signal_post_pgrp_locked(pg, &ksi);
		error = 0;
	}
	spin_unlock(&proc_tree_lock);
	return error;
}

void
jobctl_signal_leader(pid_t sid, int signo)
{
	struct ksiginfo ksi = ksiginfo_kernel(signo);
	struct pid_slot *slot;

	spin_lock(&proc_tree_lock);
	slot = pid_slot_locked(sid);
	if (slot != NULL && slot->ps_session != NULL && slot->ps_session->s_leader != NULL)
		(void)signal_post_proc_locked(slot->ps_session->s_leader, &ksi);
	spin_unlock(&proc_tree_lock);
}

bool
jobctl_pgrp_in_session(pid_t pgid, pid_t sid)
{
	struct pgrp *pg;
	bool in;

	spin_lock(&proc_tree_lock);
	pg = pgrp_find_locked(pgid);
	in = pg != NULL && pg->pg_session->s_id == sid;
	spin_unlock(&proc_tree_lock);
	return in;
}

enum jobctl_answer
jobctl_background(int signo)
{
	struct ksiginfo ksi = ksiginfo_kernel(signo);
	struct pgrp *pg;
	enum jobctl_answer answer = JOBCTL_ORPHANED;

	if (signal_blocked_or_ignored(curlwp(), signo))
		return JOBCTL_IGNORED;
	spin_lock(&proc_tree_lock);
	pg = curproc()->p_pgrp;
	if (!pgrp_is_orphaned_locked(pg)) {
		signal_post_pgrp_locked(pg, &ksi);
		answer = JOBCTL_SIGNALLED;
	}
	spin_unlock(&proc_tree_lock);
	return answer;
}
