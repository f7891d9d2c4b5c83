/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * LWPs as programs make and use them: _lwp_create and its kin.
 *
 * An LWP's id is its number in the kernel, which is unique in the system (as in later NetBSD); the
 * first one's is the pid. A new LWP starts with the registers of a context that the program gives.
 *
 * Waiting. An LWP that was not made detached can be waited for after its end, when the kernel has
 * nothing of it any more: a struct netbsd_thread remembers it. Parking. A thread parks till another
 * unparks it by number; an unpark that comes first is remembered in the LWP (l_unparked). Both are
 * kept in struct netbsd_proc, made when a process first needs it, guarded by p_lock, not inherited
 * by fork and gone with exec.
 */
#include "abi/netbsd/netbsd_int.h"

#include "machine/frame.h"
#include "mem/cache.h"
#include "proc/exit.h"
#include "proc/limits.h"
#include "proc/lwpctl.h"
#include "proc/ras.h"
#include "sched/clock.h"
#include "signal/signal.h"
#include "sync/cv.h"

/* An LWP that may be waited for. */
struct netbsd_thread {
	struct list	 nt_link;
	pid_t		 nt_lid;
	bool		 nt_exited;
};

/* One that is parked; on its own stack. */
struct netbsd_parked {
	struct list	 pk_link;
	struct lwp	*pk_lwp;
	struct cv	 pk_cv;
	bool		 pk_woken;
};

struct netbsd_proc {
	struct list	 np_threads;	/* P */
	struct list	 np_parked;	/* P */
};

static struct cache netbsd_proc_cache = CACHE_INIT("netbsd_proc", struct netbsd_proc);
static struct cache netbsd_thread_cache = CACHE_INIT("netbsd_thread", struct netbsd_thread);

/* --- what is kept of a process --- */

struct netbsd_proc *
netbsd_proc_get(struct proc *p)
{
	struct netbsd_proc *np = load_acquire(&p->p_abi_data), *new;
	struct netbsd_thread *first;

	if (np != NULL)
		return np;
	new = cache_alloc(&netbsd_proc_cache);
	first = cache_alloc(&netbsd_thread_cache);
	if (new == NULL || first == NULL) {
		cache_free(&netbsd_proc_cache, new);
		cache_free(&netbsd_thread_cache, first);
		return NULL;
	}
	list_init(&new->np_threads);
	list_init(&new->np_parked);
	first->nt_lid = p->p_pid;
	list_push_back(&new->np_threads, &first->nt_link);
	spin_lock(&p->p_lock);
	if ((np = p->p_abi_data) == NULL) {
		store_release(&p->p_abi_data, new);
		np = new;
		new = NULL;
	}
	spin_unlock(&p->p_lock);
	if (new != NULL) {
		cache_free(&netbsd_thread_cache, first);
		cache_free(&netbsd_proc_cache, new);
	}
	return np;
}

void
netbsd_proc_leave(struct proc *p)
{
	struct netbsd_proc *np;

	spin_lock(&p->p_lock);
	np = p->p_abi_data;
	p->p_abi_data = NULL;
	spin_unlock(&p->p_lock);
	if (np == NULL)
		return;
	list_foreach_safe(nt, &np->np_threads, struct netbsd_thread, nt_link) {
		list_remove(&nt->nt_link);
		cache_free(&netbsd_thread_cache, nt);
	}
	cache_free(&netbsd_proc_cache, np);
}

static struct netbsd_thread *
netbsd_thread_find(struct netbsd_proc *np, pid_t lid)
{
	list_foreach(nt, &np->np_threads, struct netbsd_thread, nt_link)
		if (nt->nt_lid == lid)
			return nt;
	return NULL;
}

static struct lwp *
netbsd_lwp_find(struct proc *p, pid_t lid)
{
	list_foreach(l, &p->p_lwps, struct lwp, l_link)
		if (l->l_tid == lid)
			return l;
	return NULL;
}

bool
netbsd_lwp_exists(struct proc *p, pid_t lid)
{
	bool there;

	spin_lock(&p->p_lock);
	there = netbsd_lwp_find(p, lid) != NULL;
	spin_unlock(&p->p_lock);
	return there;
}

void
netbsd_lwp_leave(struct lwp *l)
{
	struct proc *p = l->l_proc;
	struct netbsd_thread *nt;

	lwp_ctl_leave(l);
	spin_lock(&p->p_lock);
	if (p->p_abi_data != NULL && (nt = netbsd_thread_find(p->p_abi_data, l->l_tid)) != NULL)
		nt->nt_exited = true;	/* p_lwp_cv is told when it leaves the list */
	spin_unlock(&p->p_lock);
}

/* --- making, ending, waiting --- */

/* A started copy of the caller that continues by the context. */
static int
netbsd_lwp_start(struct netbsd_call *c, const struct netbsd_ucontext *uc, struct netbsd_thread *nt,
    pid_t *lid)
{
	const struct lwp_args args = { .la_stack = 0 };	/* the context has it */
	struct proc *p = c->nc_proc;
	struct netbsd_proc *np = p->p_abi_data;
	struct lwp *l;
	int error;

	if ((error = lwp_create(c->nc_lwp, &args, &l)) != 0)
		return error;
	/* Registers were checked; of the FPU state a bad one is not taken. */
	(void)netbsd_context_load(l, uc);
	if ((uc->uc_flags & NB_UC_SIGMASK) != 0)
		l->l_sigmask = netbsd_sigset_of(&uc->uc_sigmask) & ~SIG_UNMASKABLE;
	*lid = l->l_tid;
	if (nt != NULL) {
		nt->nt_lid = l->l_tid;
		spin_lock(&p->p_lock);
		list_push_back(&np->np_threads, &nt->nt_link);
		spin_unlock(&p->p_lock);
	}
	lwp_begin(l);
	return 0;
}

static int
netbsd_lwp_create_checked(struct netbsd_call *c, const struct netbsd_ucontext *uc, uint32_t flags,
    pid_t *lid)
{
	struct netbsd_thread *nt = NULL;
	int error;

	if (netbsd_proc_get(c->nc_proc) == NULL)
		return ENOMEM;
	if ((flags & NB_LWP_DETACHED) == 0 && (nt = cache_alloc(&netbsd_thread_cache)) == NULL)
		return ENOMEM;
	if ((error = netbsd_lwp_start(c, uc, nt, lid)) != 0)
		cache_free(&netbsd_thread_cache, nt);
	return error;
}

int
netbsd_sys__lwp_create(struct netbsd_call *c)
{
	uint32_t flags = ARG_U32(c, 1);
	struct netbsd_ucontext *uc;
	pid_t lid;
	int error;

	if ((flags & ~NB_LWP_DETACHED) != 0) {
		if ((flags & NB_LWP_SUSPENDED) != 0)
			klog(KLOG_DEBUG, "netbsd: _lwp_create with LWP_SUSPENDED is not offered\n");
		return EINVAL;
	}
	if ((uc = kmalloc(sizeof(*uc))) == NULL)
		return ENOMEM;
	error = copyin(uptr(ARG_VA(c, 0)), uc, sizeof(*uc));
	if (error == 0 && (uc->uc_flags & NB_UC_CPU) == 0)
		error = EINVAL;
	if (error == 0)
		error = netbsd_context_check(uc);
	if (error == 0)
		error = netbsd_lwp_create_checked(c, uc, flags, &lid);
	kfree(uc);
	/* A bad address is the program's own loss: the LWP runs. */
	if (error == 0)
		(void)!copyout(&lid, uptr(ARG_VA(c, 2)), sizeof(lid));
	return error;
}

int
netbsd_sys__lwp_exit(struct netbsd_call *c)
{
	proc_exit_lwp(c->nc_lwp, 0);
}

int
netbsd_sys__lwp_self(struct netbsd_call *c)
{
	c->nc_ret = (uint64_t)c->nc_lwp->l_tid;
	return 0;
}

/* Whether it has ended and left its process, too. p_lock held. */
static bool
netbsd_thread_gone(struct proc *p, const struct netbsd_thread *nt)
{
	return nt->nt_exited && netbsd_lwp_find(p, nt->nt_lid) == NULL;
}

/*
 * An LWP that has ended: lid, or with 0 any; p_lock held. ESRCH: no such LWP, or none left but the
 * caller; EINVAL: detached; EAGAIN: it still lives.
 */
static int
netbsd_wait_look(struct netbsd_call *c, struct netbsd_proc *np, pid_t lid,
    struct netbsd_thread **found)
{
	int error = ESRCH;

	if (lid != 0) {
		*found = netbsd_thread_find(np, lid);
		if (*found == NULL)
			return netbsd_lwp_find(c->nc_proc, lid) != NULL ? EINVAL : ESRCH;
		return netbsd_thread_gone(c->nc_proc, *found) ? 0 : EAGAIN;
	}
	list_foreach(nt, &np->np_threads, struct netbsd_thread, nt_link) {
		if (nt->nt_lid == c->nc_lwp->l_tid)
			continue;
		*found = nt;
		if (netbsd_thread_gone(c->nc_proc, nt))
			return 0;
		error = EAGAIN;
	}
	return error;
}

int
netbsd_sys__lwp_wait(struct netbsd_call *c)
{
	struct proc *p = c->nc_proc;
	struct netbsd_proc *np = netbsd_proc_get(p);
	struct netbsd_thread *nt = NULL;
	pid_t lid = ARG_INT(c, 0), gone;
	int error;

	if (np == NULL)
		return ENOMEM;
	if (lid == c->nc_lwp->l_tid)
		return EDEADLK;
	spin_lock(&p->p_lock);
	while ((error = netbsd_wait_look(c, np, lid, &nt)) == EAGAIN) {
		if (cv_wait_sig_spin(&p->p_lwp_cv, &p->p_lock) != 0) {
			error = ERESTART;
			break;
		}
	}
	if (error == 0)
		list_remove(&nt->nt_link);
	spin_unlock(&p->p_lock);
	if (error != 0)
		return error;
	gone = nt->nt_lid;
	cache_free(&netbsd_thread_cache, nt);
	return ARG_VA(c, 1) == 0 ? 0 : copyout(&gone, uptr(ARG_VA(c, 1)), sizeof(gone));
}

int
netbsd_sys__lwp_detach(struct netbsd_call *c)
{
	struct proc *p = c->nc_proc;
	struct netbsd_proc *np = netbsd_proc_get(p);
	struct netbsd_thread *nt;
	int error = 0;

	if (np == NULL)
		return ENOMEM;
	spin_lock(&p->p_lock);
	if ((nt = netbsd_thread_find(np, ARG_INT(c, 0))) != NULL)
		list_remove(&nt->nt_link);
	else
		error = netbsd_lwp_find(p, ARG_INT(c, 0)) != NULL ? EINVAL : ESRCH;
	cv_broadcast(&p->p_lwp_cv);	/* who waits for it must not any longer */
	spin_unlock(&p->p_lock);
	cache_free(&netbsd_thread_cache, nt);
	return error;
}

/* --- TLS, control block --- */

int
netbsd_sys__lwp_getprivate(struct netbsd_call *c)
{
	c->nc_ret = arch_get_fsbase(c->nc_lwp);
	return 0;
}

int
netbsd_sys__lwp_setprivate(struct netbsd_call *c)
{
	return arch_set_fsbase(c->nc_lwp, c->nc_arg[0]);
}

int
netbsd_sys__lwp_ctl(struct netbsd_call *c)
{
	vaddr_t va;
	int error;

	if ((ARG_U32(c, 0) & ~3u) != 0)	/* features: current CPU, count of preemptions */
		return ENODEV;
	if ((error = lwp_ctl_get(c->nc_lwp, &va)) != 0)
		return error;
	return copyout(&va, uptr(ARG_VA(c, 1)), sizeof(va));
}

/* Restartable sequences of code: (address, length, operation). */
int
netbsd_sys_rasctl(struct netbsd_call *c)
{
	switch (ARG_INT(c, 2)) {
	case NB_RAS_INSTALL:
		return ras_add(c->nc_proc, ARG_VA(c, 0), c->nc_arg[1]);
	case NB_RAS_PURGE:
		return ras_remove(c->nc_proc, ARG_VA(c, 0), c->nc_arg[1]);
	case NB_RAS_PURGE_ALL:
		ras_remove_all(c->nc_proc);
		return 0;
	default:
		return EOPNOTSUPP;
	}
}

int
netbsd_sys_sched_yield(struct netbsd_call *c)
{
	sched_yield_user();
	return 0;
}

/* --- parking --- */

static int
netbsd_unpark(struct proc *p, pid_t lid)
{
	struct netbsd_proc *np = p->p_abi_data;
	struct lwp *l;
	int error = 0;

	spin_lock(&p->p_lock);
	if ((l = netbsd_lwp_find(p, lid)) == NULL) {
		error = ESRCH;
	} else {
		bool parked = false;

		list_foreach(pk, &np->np_parked, struct netbsd_parked, pk_link) {
			if (pk->pk_lwp == l) {
				list_remove(&pk->pk_link);
				pk->pk_woken = parked = true;
				cv_signal(&pk->pk_cv);
				break;
			}
		}
		l->l_unparked = !parked;
	}
	spin_unlock(&p->p_lock);
	return error;
}

/*
 * Sleeps till unparked or the deadline (0: none). EALREADY: was unparked before; ETIMEDOUT,
 * EINTR.
 */
static int
netbsd_park(struct netbsd_call *c, uint64_t deadline_ns)
{
	struct netbsd_parked pk = { .pk_lwp = c->nc_lwp };
	struct netbsd_proc *np = c->nc_proc->p_abi_data;
	struct proc *p = c->nc_proc;
	int error = 0;

	cv_init(&pk.pk_cv, "parked");
	spin_lock(&p->p_lock);
	if (c->nc_lwp->l_unparked) {
		c->nc_lwp->l_unparked = false;
		spin_unlock(&p->p_lock);
		return EALREADY;
	}
	list_push_back(&np->np_parked, &pk.pk_link);
	while (!pk.pk_woken && error == 0)
		error = cv_timedwait_sig_spin(&pk.pk_cv, &p->p_lock, deadline_ns);
	if (pk.pk_woken)
		error = 0;
	else
		list_remove(&pk.pk_link);
	spin_unlock(&p->p_lock);
	return error;
}

/* When a park ends: ns is on that clock, from now or from its start. */
static uint64_t
netbsd_park_deadline(int clock, bool absolute, uint64_t ns)
{
	uint64_t now = clock_mono_ns(), there = clock == NB_CLOCK_MONOTONIC ? now : clock_wall_ns();

	if (!absolute)
		return now + ns;
	return now + (ns > there ? ns - there : 0);
}

static int
netbsd_park_common(struct netbsd_call *c, int clock, bool absolute, vaddr_t uts, pid_t unpark)
{
	uint64_t ns, deadline_ns = 0, now;
	int error, e;

	if (netbsd_proc_get(c->nc_proc) == NULL)
		return ENOMEM;
	if (uts != 0) {
		if ((error = netbsd_timespec_in(uts, &ns)) != 0)
			return error;
		deadline_ns = netbsd_park_deadline(clock, absolute, ns);
	}
	if (unpark != 0 && (error = netbsd_unpark(c->nc_proc, unpark)) != 0)
		return error;
	error = netbsd_park(c, deadline_ns);
	if (uts != 0 && !absolute) {
		now = clock_mono_ns();
		if ((e = netbsd_timespec_out(uts, deadline_ns > now ? deadline_ns - now : 0)) != 0)
			return e;
	}
	return error;
}

/* (clock, flags, timeout, unpark, hint, unparkhint) */
int
netbsd_sys____lwp_park60(struct netbsd_call *c)
{
	return netbsd_park_common(c, ARG_INT(c, 0), (ARG_INT(c, 1) & NB_TIMER_ABSTIME) != 0,
	    ARG_VA(c, 2),
	    ARG_INT(c, 3));
}

/* (end by the wall clock, unpark, hint, unparkhint) */
int
netbsd_sys____lwp_park50(struct netbsd_call *c)
{
	return netbsd_park_common(c, NB_CLOCK_REALTIME, true, ARG_VA(c, 0), ARG_INT(c, 1));
}

int
netbsd_sys__lwp_unpark(struct netbsd_call *c)
{
	if (netbsd_proc_get(c->nc_proc) == NULL)
		return ENOMEM;
	return netbsd_unpark(c->nc_proc, ARG_INT(c, 0));
}

#define UNPARK_MAX	1024

/* Those that are gone already are passed over. Without a list: how many it may have. */
int
netbsd_sys__lwp_unpark_all(struct netbsd_call *c)
{
	pid_t lid;
	int error;

	if (netbsd_proc_get(c->nc_proc) == NULL)
		return ENOMEM;
	if (ARG_VA(c, 0) == 0) {
		c->nc_ret = UNPARK_MAX;
		return 0;
	}
	if (c->nc_arg[1] > UNPARK_MAX)
		return EINVAL;
	for (uint64_t i = 0; i < c->nc_arg[1]; i++) {
		if ((error = copyin(uptr(ARG_VA(c, 0) + i * sizeof(lid)), &lid, sizeof(lid))) != 0)
			return error;
		(void)netbsd_unpark(c->nc_proc, lid);
	}
	return 0;
}
