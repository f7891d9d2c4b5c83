/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sending signals.
 *
 * Pending. A process has a set and a queue (p_sig) for signals to it as a whole, and each LWP has
 * its own (l_sigpend). Standard signals (below SIGRTMIN) are pending once, however often they were
 * sent; the others queue. The data of a signal are in a queue entry, counted by the receiver's real
 * uid against RLIMIT_SIGPENDING. A signal of the kernel that gets no entry is pending without its
 * data.
 *
 * Posting does at once what cannot wait for the receiver to run. What is ignored is dropped, unless
 * it is blocked (the action may change). A signal that will end the process condemns it here
 * (proc/exit.c), so that all its LWPs, wherever they sleep, go to their death. SIGCONT ends a stop
 * and forgets pending stops; a stop signal forgets a pending SIGCONT. Everything else is left to
 * the LWP that takes it on its way to user mode: deliver.c.
 *
 * Telling. An LWP that may have something to take has LATTN_SIGNAL in l_attn, set under p_lock
 * before the wake-up. That bit is all that sleeps look at (lwp_signal_pending), without any lock.
 * It may be set in vain, never missing.
 *
 * Locks: p_lock guards pending sets, masks and stop state of one process, sa_lock inside it the
 * actions. Posting to a parent, to groups and to all, and SIGCONT, which changes the state that
 * wait reports, need the tree lock as well.
 */
#include "file/file.h"
#include "lib/point.h"
#include "signal/signal_int.h"

POINT_DEFINE(point_send, "proc:::signal-send", POINT_PROBE, 0);

static struct cache sigq_cache = CACHE_INIT("sigq", struct sigq);
static struct cache sigacts_cache = CACHE_INIT("sigacts", struct sigacts);

struct sigacts sigacts_boot = {
	.sa_refs = { 1 },
	.sa_lock = SPINLOCK_INIT("sigacts", RANK_SIGACTS),
};

enum sig_default
signal_default(int signo)
{
	switch (signo) {
	case SIGQUIT: case SIGILL: case SIGTRAP: case SIGABRT: case SIGBUS: case SIGFPE:
	case SIGSEGV:
	case SIGXCPU: case SIGXFSZ: case SIGSYS:
		return SIGDEF_CORE;
	case SIGCHLD: case SIGURG: case SIGWINCH:
		return SIGDEF_IGNORE;
	case SIGSTOP: case SIGTSTP: case SIGTTIN: case SIGTTOU:
		return SIGDEF_STOP;
	case SIGCONT:
		return SIGDEF_CONTINUE;
	default:
		return SIGDEF_TERMINATE;
	}
}

bool
signal_protected(const struct proc *p)
{
	return p == proc_init_proc;
}

/* --- tables of actions --- */

struct sigacts *
sigacts_hold(struct sigacts *sa)
{
	ref_get(&sa->sa_refs);
	return sa;
}

void
sigacts_drop(struct sigacts *sa)
{
	if (ref_put(&sa->sa_refs))
		cache_free(&sigacts_cache, sa);
}

/* Handlers become default; ignored stays ignored. */
static void
sigacts_reset(struct sigacts *sa)
{
	for (int signo = 1; signo < NSIG; signo++) {
		struct sigaction_k *a = &sa->sa_action[signo];
		vaddr_t keep = a->sa_handler == SIG_IGN ? SIG_IGN : SIG_DFL;

		*a = (struct sigaction_k){ .sa_handler = keep };
	}
}

int
sigacts_copy(struct sigacts *sa, bool clean, struct sigacts **newp)
{
	struct sigacts *new = cache_alloc(&sigacts_cache);

	if (new == NULL)
		return ENOMEM;
	ref_init(&new->sa_refs, 1);
	spin_init(&new->sa_lock, "sigacts", RANK_SIGACTS);
	spin_lock(&sa->sa_lock);
	memcpy(new->sa_action, sa->sa_action, sizeof(new->sa_action));
	spin_unlock(&sa->sa_lock);
	if (clean)
		sigacts_reset(new);
	*newp = new;
	return 0;
}

static struct sigaction_k
sigacts_get(struct sigacts *sa, int signo)
{
	struct sigaction_k a;

	spin_lock(&sa->sa_lock);
	a = sa->sa_action[signo];
	spin_unlock(&sa->sa_lock);
	return a;
}

bool
signal_ignores_child_death(struct proc *p)
{
	struct sigaction_k a;

	if ((p->p_flags & PF_KERNEL) != 0)
		return true;
	a = sigacts_get(p->p_acts, SIGCHLD);
	return a.sa_handler == SIG_IGN || (a.sa_flags & SA_NOCLDWAIT) != 0;
}

bool
signal_ignores_child_stop(struct proc *p)
{
	struct sigaction_k a;

	if ((p->p_flags & PF_KERNEL) != 0)
		return true;
	a = sigacts_get(p->p_acts, SIGCHLD);
	return (a.sa_flags & SA_NOCLDSTOP) != 0;
}

/* --- pending sets --- */

void
sigpend_init(struct sigpend *sp)
{
	sp->sp_set = 0;
	list_init(&sp->sp_queue);
}

static void
sigq_free(struct sigq *sq)
{
	list_remove(&sq->sq_link);
	atomic_sub(&sq->sq_ucount->uc_nsig, 1);
	ucount_put(sq->sq_ucount);
	cache_free(&sigq_cache, sq);
}

/* Forgets the signals of a set. */
static void
sigpend_discard(struct sigpend *sp, sigset_t set)
{
	if ((sp->sp_set & set) == 0)
		return;
	sp->sp_set &= ~set;
	list_foreach_safe(sq, &sp->sp_queue, struct sigq, sq_link) {
		if ((SIGBIT(sq->sq_ksi.ks_signo) & set) != 0)
			sigq_free(sq);
	}
}

void
sigpend_clear(struct sigpend *sp)
{
	sigpend_discard(sp, ~0ull);
}

/* A queue entry for p, or null when it has too many or memory is out. */
static struct sigq *
sigq_alloc(struct proc *p, const struct ksiginfo *ksi)
{
	struct ucount *uc = p->p_charge;
	struct sigq *sq;

	if (uc == NULL || !ucount_try(&uc->uc_nsig, p->p_limits->pl_rlim[RLIMIT_SIGPENDING].rl_cur))
		return NULL;
	if ((sq = cache_alloc(&sigq_cache)) == NULL) {
		atomic_sub(&uc->uc_nsig, 1);
		return NULL;
	}
	sq->sq_ksi = *ksi;
	sq->sq_ucount = ucount_hold(uc);
	return sq;
}

/* A timer's signal that is still pending counts how often the timer was up again. */
static bool
sigpend_overrun(struct sigpend *sp, const struct ksiginfo *ksi)
{
	list_foreach(sq, &sp->sp_queue, struct sigq, sq_link) {
		struct ksiginfo *have = &sq->sq_ksi;

		if (have->ks_code == SI_TIMER && have->ks_signo == ksi->ks_signo &&
		    have->ks_timerid == ksi->ks_timerid) {
			have->ks_overrun += ksi->ks_overrun + 1;
			return true;
		}
	}
	return false;
}

static int
sigpend_add(struct proc *p, struct sigpend *sp, const struct ksiginfo *ksi)
{
	struct sigq *sq;

	if (ksi->ks_code == SI_TIMER && sigpend_overrun(sp, ksi))
		return 0;
	if (ksi->ks_signo < SIGRTMIN && (sp->sp_set & SIGBIT(ksi->ks_signo)) != 0)
		return 0;
	sq = sigq_alloc(p, ksi);
	if (sq != NULL)
		list_push_back(&sp->sp_queue, &sq->sq_link);
	else if (ksi->ks_signo >= SIGRTMIN && ksi->ks_code != SI_USER && ksi->ks_code != SI_KERNEL)
		return EAGAIN;
	sp->sp_set |= SIGBIT(ksi->ks_signo);
	return 0;
}

/* Takes one signal out; the bit stays while more of its number are queued. */
static void
sigpend_take(struct sigpend *sp, int signo, struct ksiginfo *ksi)
{
	struct sigq *found = NULL;
	bool more = false;

	list_foreach(sq, &sp->sp_queue, struct sigq, sq_link) {
		if (sq->sq_ksi.ks_signo != signo)
			continue;
		if (found != NULL) {
			more = true;
			break;
		}
		found = sq;
	}
	if (found != NULL) {
		*ksi = found->sq_ksi;
		sigq_free(found);
	} else {
		*ksi = (struct ksiginfo){ .ks_signo = signo, .ks_code = SI_USER };
	}
	if (!more)
		sp->sp_set &= ~SIGBIT(signo);
}

sigset_t
signal_pending_locked(const struct lwp *l)
{
	return l->l_sigpend.sp_set | l->l_proc->p_sig.sp_set;
}

int
signal_take_locked(struct lwp *l, sigset_t set, struct ksiginfo *ksi)
{
	struct sigpend *own = &l->l_sigpend, *shared = &l->l_proc->p_sig;
	sigset_t ready = (own->sp_set | shared->sp_set) & set;
	int signo;

	ASSERT_SPIN_HELD(&l->l_proc->p_lock);
	if (ready == 0)
		return 0;
	if ((own->sp_set & set & SIG_SYNCHRONOUS) != 0)
		ready = own->sp_set & set & SIG_SYNCHRONOUS;
	signo = __builtin_ctzll(ready) + 1;
	sigpend_take((own->sp_set & SIGBIT(signo)) != 0 ? own : shared, signo, ksi);
	if (ksi->ks_code == SI_TIMER)
		ptimer_taken_locked(l->l_proc, ksi);
	return signo;
}

/* --- telling LWPs --- */

bool
lwp_signal_pending(struct lwp *l)
{
	return (load_acquire(&l->l_attn) & load_relaxed(&l->l_sleep_ends)) != 0;
}

static bool
lwp_wants(const struct lwp *l, sigset_t pending)
{
	return (pending & (~l->l_sigmask | l->l_sigwait | SIG_UNMASKABLE)) != 0;
}

void
signal_recompute_locked(struct lwp *l)
{
	ASSERT_SPIN_HELD(&l->l_proc->p_lock);
	if (lwp_wants(l, signal_pending_locked(l)))
		atomic_or(&l->l_attn, LATTN_SIGNAL);
	else
		atomic_and(&l->l_attn, ~LATTN_SIGNAL);
}

static void
lwp_tell(struct lwp *l)
{
	atomic_or(&l->l_attn, LATTN_SIGNAL);
	if (l != curlwp())	/* who is awake looks by himself on his way out */
		sched_signal_wakeup(l);
}

/*
 * An LWP of p that would take the signal: one that waits for it, else the calling one, else the
 * first. Null: all block it.
 */
static struct lwp *
signal_target(struct proc *p, int signo)
{
	struct lwp *best = NULL;

	list_foreach(l, &p->p_lwps, struct lwp, l_link) {
		if ((l->l_sigwait & SIGBIT(signo)) != 0)
			return l;
		if (lwp_wants(l, SIGBIT(signo)) && (best == NULL || l == curlwp()))
			best = l;
	}
	return best;
}

void
signal_retarget_locked(struct proc *p, sigset_t set)
{
	for (set &= p->p_sig.sp_set; set != 0; set &= set - 1) {
		struct lwp *l = signal_target(p, __builtin_ctzll(set) + 1);

		if (l != NULL)
			lwp_tell(l);
	}
}

bool
signal_condemned_locked(struct proc *p)
{
	ASSERT_SPIN_HELD(&p->p_lock);
	return (p->p_flags & PF_EXITING) != 0;
}

/* --- posting --- */

/* A stop signal makes a pending SIGCONT void and the other way round. */
static void
post_discard(struct proc *p, sigset_t set)
{
	sigpend_discard(&p->p_sig, set);
	list_foreach(l, &p->p_lwps, struct lwp, l_link)
		sigpend_discard(&l->l_sigpend, set);
}

/*
 * SIGCONT: ends a stop, or one that has been decided on. Tree lock held. True: the parent is to be
 * told.
 */
static bool
post_continue(struct proc *p)
{
	bool was_stopped = p->p_state == PROC_STOPPED;

	ASSERT_SPIN_HELD(&proc_tree_lock);
	post_discard(p, SIG_STOPS);
	p->p_stop_gen++;
	p->p_nstopped = 0;
	if ((p->p_flags & PF_STOPPING) == 0)
		return false;
	p->p_flags &= ~PF_STOPPING;
	if (was_stopped) {
		p->p_state = PROC_ACTIVE;
		p->p_stop_unwaited = false;
		p->p_cont_unwaited = true;
	}
	list_foreach(l, &p->p_lwps, struct lwp, l_link)
		sched_unstop(l);
	return was_stopped;
}

/* Whether all LWPs that could take it block the signal. */
static bool
post_blocked(struct proc *p, struct lwp *to, int signo)
{
	return to != NULL ? !lwp_wants(to, SIGBIT(signo)) : signal_target(p, signo) == NULL;
}

/*
 * Decides about and enters one signal. to is null for the process as a whole. p_lock held; for
 * SIGCONT the tree lock too. *continued: the parent is to be told.
 */
static int
post_locked(struct proc *p, struct lwp *to, const struct ksiginfo *ksi, bool *continued)
{
	int signo = ksi->ks_signo, error;
	enum sig_default def = signal_default(signo);
	struct sigaction_k act = sigacts_get(p->p_acts, signo);
	bool dfl = act.sa_handler == SIG_DFL, blocked, waited;
	bool ignored = act.sa_handler == SIG_IGN ||
	    (dfl && (def == SIGDEF_IGNORE || def == SIGDEF_CONTINUE));
	bool fatal = dfl && (def == SIGDEF_TERMINATE || def == SIGDEF_CORE);
	struct lwp *l;

	(void)point_pass(&point_send, (uintptr_t)p->p_pid, (uintptr_t)signo,
	    (uintptr_t)ksi->ks_pid);
	if (signo == SIGKILL && !signal_protected(p)) {
		proc_condemn_locked(p, 0, SIGKILL, false);
		return 0;
	}
	if (signo == SIGCONT)
		*continued = post_continue(p);
	else if (def == SIGDEF_STOP)
		post_discard(p, SIGBIT(SIGCONT));
	blocked = post_blocked(p, to, signo);
	if (dfl && !blocked && signal_protected(p))
		return 0;
	l = to != NULL ? to : signal_target(p, signo);
	/* A sigtimedwait takes what would be ignored or fatal. */
	waited = l != NULL && (l->l_sigwait & SIGBIT(signo)) != 0;
	if (ignored && !blocked && !waited)
		return 0;
	/*
	 * A stopped process meets its death when it is continued; only SIGKILL goes through a
	 * stop.
	 */
	if (fatal && !blocked && !waited && (p->p_flags & PF_STOPPING) == 0) {
		proc_condemn_locked(p, 0, signo, def == SIGDEF_CORE);
		return 0;
	}
	if ((error = sigpend_add(p, to != NULL ? &to->l_sigpend : &p->p_sig, ksi)) != 0)
		return error;
	if (l != NULL && !blocked) {
		if (dfl && def == SIGDEF_STOP)
			atomic_or(&l->l_attn, LATTN_STOPSIG);
		lwp_tell(l);
	}
	return 0;
}

/* Nobody is there, or nobody listens. */
static bool
post_is_void(const struct proc *p)
{
	return p->p_state == PROC_ZOMBIE || p->p_state == PROC_DEAD ||
	    (p->p_flags & (PF_EXITING | PF_KERNEL)) != 0;
}

int
signal_post_proc_locked(struct proc *p, const struct ksiginfo *ksi)
{
	bool continued = false;
	int error = 0;

	ASSERT_SPIN_HELD(&proc_tree_lock);
	spin_lock(&p->p_lock);
	if (!post_is_void(p))
		error = post_locked(p, NULL, ksi, &continued);
	spin_unlock(&p->p_lock);
	if (continued)
		proc_notify_parent_locked(p, CLD_CONTINUED, SIGCONT);
	return error;
}

int
signal_post_proc(struct proc *p, const struct ksiginfo *ksi)
{
	int error;

	if (ksi->ks_signo == SIGCONT) {
		spin_lock(&proc_tree_lock);
		error = signal_post_proc_locked(p, ksi);
		spin_unlock(&proc_tree_lock);
		return error;
	}
	spin_lock(&p->p_lock);
	error = signal_post_proc_held(p, ksi);
	spin_unlock(&p->p_lock);
	return error;
}

int
signal_post_proc_held(struct proc *p, const struct ksiginfo *ksi)
{
	bool continued = false;

	KASSERT(spin_held(&p->p_lock) && ksi->ks_signo != SIGCONT);
	return post_is_void(p) ? 0 : post_locked(p, NULL, ksi, &continued);
}

/* Whether an LWP found by number is still one of p's; p_lock held. */
static bool
lwp_is_listed(struct proc *p, const struct lwp *l)
{
	list_foreach(x, &p->p_lwps, struct lwp, l_link) {
		if (x == l)
			return true;
	}
	return false;
}

static int
post_lwp(struct proc *p, struct lwp *l, const struct ksiginfo *ksi)
{
	bool continued = false, may_continue = ksi->ks_signo == SIGCONT;
	int error = 0;

	if (may_continue)
		spin_lock(&proc_tree_lock);
	spin_lock(&p->p_lock);
	if (!lwp_is_listed(p, l))
		error = ESRCH;
	else if (!post_is_void(p))
		error = post_locked(p, l, ksi, &continued);
	spin_unlock(&p->p_lock);
	if (continued)
		proc_notify_parent_locked(p, CLD_CONTINUED, SIGCONT);
	if (may_continue)
		spin_unlock(&proc_tree_lock);
	return error;
}

int
signal_post_lwp(struct lwp *l, const struct ksiginfo *ksi)
{
	return post_lwp(l->l_proc, l, ksi);
}

/*
 * Posts to p as one of a group or of all. A fork of p that is under way has made a child that is
 * not among them yet: by the generation it will see that and begin again.
 */
static int
post_to_many(struct proc *p, const struct ksiginfo *ksi)
{
	p->p_group_gen++;
	return signal_post_proc_locked(p, ksi);
}

int
signal_post_tid(struct proc *p, pid_t tid, const struct ksiginfo *ksi)
{
	bool continued = false;
	int error = ESRCH;

	spin_lock(&proc_tree_lock);
	spin_lock(&p->p_lock);
	list_foreach(l, &p->p_lwps, struct lwp, l_link) {
		if (l->l_tid == tid) {
			error = post_is_void(p) ? 0 : post_locked(p, l, ksi, &continued);
			break;
		}
	}
	spin_unlock(&p->p_lock);
	if (continued)
		proc_notify_parent_locked(p, CLD_CONTINUED, SIGCONT);
	spin_unlock(&proc_tree_lock);
	return error;
}

void
signal_post_pgrp_locked(struct pgrp *pg, const struct ksiginfo *ksi)
{
	ASSERT_SPIN_HELD(&proc_tree_lock);
	list_foreach(p, &pg->pg_members, struct proc, p_pgrp_link)
		(void)post_to_many(p, ksi);
}

void
signal_post_pgrp(struct pgrp *pg, const struct ksiginfo *ksi)
{
	spin_lock(&proc_tree_lock);
	signal_post_pgrp_locked(pg, ksi);
	spin_unlock(&proc_tree_lock);
}

void
signal_force(struct lwp *l, const struct ksiginfo *ksi)
{
	struct proc *p = l->l_proc;
	sigset_t bit = SIGBIT(ksi->ks_signo);
	struct sigaction_k *a;
	bool harmless;

	spin_lock(&p->p_lock);
	spin_lock(&p->p_acts->sa_lock);
	a = &p->p_acts->sa_action[ksi->ks_signo];
	harmless = a->sa_handler == SIG_IGN || (l->l_sigmask & bit) != 0;
	if (harmless) {
		*a = (struct sigaction_k){ .sa_handler = SIG_DFL };
		l->l_sigmask &= ~bit;
	}
	harmless = a->sa_handler == SIG_DFL;
	spin_unlock(&p->p_acts->sa_lock);
	if (harmless) {
		proc_condemn_locked(p, 0, ksi->ks_signo,
		    signal_default(ksi->ks_signo) == SIGDEF_CORE);
	} else {
		(void)sigpend_add(p, &l->l_sigpend, ksi);
		atomic_or(&l->l_attn, LATTN_SIGNAL);
	}
	spin_unlock(&p->p_lock);
}

/* --- hooks of file/file.h: the calling LWP wrote where nobody reads, or beyond its limit --- */

static void
post_self(int signo)
{
	struct ksiginfo ksi = { .ks_signo = signo, .ks_code = SI_USER, .ks_pid = curproc()->p_pid };

	(void)signal_post_lwp(curlwp(), &ksi);
}

void
file_sigpipe(void)
{
	post_self(SIGPIPE);
}

void
file_sigxfsz(void)
{
	post_self(SIGXFSZ);
}

/* --- kill --- */

int
signal_check_send(struct proc *caller, struct proc *p, int signo)
{
	struct cred *c;
	bool may, same_session = false;

	if (caller == p)
		return 0;
	spin_lock(&caller->p_lock);
	c = cred_hold(caller->p_cred);
	spin_unlock(&caller->p_lock);
	if (signo == SIGCONT && caller->p_pgrp != NULL && p->p_pgrp != NULL)
		same_session = caller->p_pgrp->pg_session == p->p_pgrp->pg_session;
	spin_lock(&p->p_lock);
	may = cred_is_root(c) || c->cr_euid == p->p_cred->cr_uid ||
	    c->cr_euid == p->p_cred->cr_suid ||
	    c->cr_uid == p->p_cred->cr_uid || c->cr_uid == p->p_cred->cr_suid || same_session;
	spin_unlock(&p->p_lock);
	cred_drop(c);
	return may ? 0 : EPERM;
}

/* Sends to one process as kill does, or to one of many; tree lock held. */
static int
kill_one(struct proc *caller, struct proc *p, const struct ksiginfo *ksi, bool many)
{
	int error = signal_check_send(caller, p, ksi->ks_signo);

	if (error != 0 || ksi->ks_signo == 0)
		return error;
	return many ? post_to_many(p, ksi) : signal_post_proc_locked(p, ksi);
}

/* To a group: success if one could be signalled. */
static int
kill_pgrp(struct proc *caller, struct pgrp *pg, const struct ksiginfo *ksi)
{
	int error = ESRCH, one;
	bool some = false;

	list_foreach(p, &pg->pg_members, struct proc, p_pgrp_link) {
		one = kill_one(caller, p, ksi, true);
		if (one == 0)
			some = true;
		else
			error = one;
	}
	return some ? 0 : error;
}

/* To all but init and the caller. */
static int
kill_all(struct proc *caller, const struct ksiginfo *ksi)
{
	int error = ESRCH, one;
	bool some = false;

	list_foreach(p, &proc_all, struct proc, p_all_link) {
		if (p == caller || p == proc_init_proc || (p->p_flags & PF_KERNEL) != 0)
			continue;
		one = kill_one(caller, p, ksi, true);
		if (one == 0)
			some = true;
		else
			error = one;
	}
	return some ? 0 : error;
}

static int
kill_any(struct proc *caller, pid_t pid, const struct ksiginfo *ksi)
{
	struct pid_slot *slot;
	struct proc *p;

	if (pid > 0) {
		p = proc_find_locked(pid);
		if (p == NULL) {
			/* The number of any LWP does as well. */
			slot = pid_slot_locked(pid);
			p = slot != NULL && slot->ps_lwp != NULL ? slot->ps_lwp->l_proc : NULL;
		}
		return p != NULL ? kill_one(caller, p, ksi, false) : ESRCH;
	}
	if (pid == -1)
		return kill_all(caller, ksi);
	if (pid == 0)
		return kill_pgrp(caller, caller->p_pgrp, ksi);
	slot = pid > INT32_MIN ? pid_slot_locked(-pid) : NULL;
	if (slot == NULL || slot->ps_pgrp == NULL || list_empty(&slot->ps_pgrp->pg_members))
		return ESRCH;
	return kill_pgrp(caller, slot->ps_pgrp, ksi);
}

int
signal_kill_info(struct lwp *caller, pid_t pid, const struct ksiginfo *ksi)
{
	int error;

	if (ksi->ks_signo < 0 || ksi->ks_signo >= NSIG)
		return EINVAL;
	spin_lock(&proc_tree_lock);
	error = kill_any(caller->l_proc, pid, ksi);
	spin_unlock(&proc_tree_lock);
	return error;
}

struct ksiginfo
ksiginfo_user(struct proc *sender, int signo, int code)
{
	struct ksiginfo ksi = { .ks_signo = signo, .ks_code = code, .ks_pid = sender->p_pid };

	spin_lock(&sender->p_lock);
	ksi.ks_uid = sender->p_cred->cr_uid;
	spin_unlock(&sender->p_lock);
	return ksi;
}

int
signal_kill(struct lwp *caller, pid_t pid, int signo)
{
	struct ksiginfo ksi = ksiginfo_user(caller->l_proc, signo, SI_USER);

	return signal_kill_info(caller, pid, &ksi);
}

int
signal_kill_lwp(struct lwp *caller, pid_t tgid, pid_t tid, const struct ksiginfo *ksi)
{
	struct lwp *l;
	struct proc *p;
	int error;

	if (ksi->ks_signo < 0 || ksi->ks_signo >= NSIG || tid <= 0)
		return EINVAL;
	/* To itself: there is nobody to find and nothing to ask. */
	if (tid == caller->l_tid && (tgid <= 0 || tgid == caller->l_proc->p_pid))
		return ksi->ks_signo != 0 ? signal_post_lwp(caller, ksi) : 0;
	if ((p = proc_find_lwp(tid, &l)) == NULL)
		return ESRCH;
	if (tgid > 0 && p->p_pid != tgid) {
		proc_drop(p);
		return ESRCH;
	}
	spin_lock(&proc_tree_lock);
	error = signal_check_send(caller->l_proc, p, ksi->ks_signo);
	spin_unlock(&proc_tree_lock);
	if (error == 0 && ksi->ks_signo != 0)
		error = post_lwp(p, l, ksi);
	proc_drop(p);
	return error;
}
