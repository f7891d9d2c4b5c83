/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * POSIX timers: signals at times of a clock, any number of them in a process.
 *
 * A timer belongs to its process, is not inherited by fork, and ends with exec or exit (p_ptimers,
 * under p_lock). A timeout posts the signal, from an interrupt. While a signal of the same timer is
 * still pending no second one is queued: the pending one counts (sigpend_add), and who takes it
 * leaves the count in the timer for timer_getoverrun.
 *
 * Setting, deleting and creating are serialised by ptimer_mutex. The timeout's function may run at
 * the same time: it looks at pt_deadline_ns under p_lock, which is 0 while a setting is under way,
 * and a timer is freed only after timeout_cancel, when the function is known not to run.
 *
 * Times of the wall clock are turned into monotonic ones when they are set: later changes of that
 * clock are not followed. Clocks of CPU time are not offered here; setitimer has them.
 */
#include "proc/proc_int.h"
#include "proc/ptimer.h"
#include "sched/clock.h"
#include "signal/signal.h"

struct ptimer {
	struct list	 pt_link;	/* P  on p_ptimers */
	struct proc	*pt_proc;	/* C  weak: the process ends its timers first */
	int		 pt_id;		/* C */
	struct ptimer_args pt_args;	/* C */
	struct timeout	 pt_timeout;	/* ptimer_mutex, and its own function */
	uint64_t	 pt_deadline_ns;	/* P  monotonic; 0: off */
	uint64_t	 pt_interval_ns;	/* P */
	int		 pt_overrun;	/* P  of the signal that was last taken */
};

static struct cache ptimer_cache = CACHE_INIT("ptimer", struct ptimer);
static struct mutex ptimer_mutex;

void
ptimer_init(void)
{
	mutex_init(&ptimer_mutex, "ptimer", RANK_PIPE);
}

static struct ptimer *
ptimer_find_locked(struct proc *p, int id)
{
	ASSERT_SPIN_HELD(&p->p_lock);
	list_foreach(pt, &p->p_ptimers, struct ptimer, pt_link) {
		if (pt->pt_id == id)
			return pt;
	}
	return NULL;
}

/* The time is up; interrupt context. */
static void
ptimer_due(void *arg)
{
	struct ptimer *pt = arg;
	struct proc *p = pt->pt_proc;
	struct ksiginfo ksi = { .ks_signo = pt->pt_args.pa_signo, .ks_code = SI_TIMER,
	    .ks_timerid = pt->pt_id, .ks_value = pt->pt_args.pa_value };
	uint64_t now = clock_mono_ns(), times = 1;

	spin_lock(&p->p_lock);
	if (pt->pt_deadline_ns == 0) {
		spin_unlock(&p->p_lock);
		return;
	}
	if (pt->pt_interval_ns != 0) {
		if (now > pt->pt_deadline_ns)
			times += (now - pt->pt_deadline_ns) / pt->pt_interval_ns;
		pt->pt_deadline_ns += times * pt->pt_interval_ns;
		timeout_set(&pt->pt_timeout, pt->pt_deadline_ns);
	} else {
		pt->pt_deadline_ns = 0;
	}
	spin_unlock(&p->p_lock);
	ksi.ks_overrun = (int)MIN(times - 1, (uint64_t)INT32_MAX);
	if (ksi.ks_signo == 0)
		return;
	if (pt->pt_args.pa_tid != 0)
		(void)signal_post_tid(p, pt->pt_args.pa_tid, &ksi);
	else
		(void)signal_post_proc(p, &ksi);
}

void
ptimer_taken_locked(struct proc *p, const struct ksiginfo *ksi)
{
	struct ptimer *pt = ptimer_find_locked(p, ksi->ks_timerid);

	if (pt != NULL)
		pt->pt_overrun = ksi->ks_overrun;
}

/* Whether the process has an LWP of this number. */
static bool
ptimer_target_exists_locked(struct proc *p, pid_t tid)
{
	list_foreach(l, &p->p_lwps, struct lwp, l_link) {
		if (l->l_tid == tid)
			return true;
	}
	return false;
}

/* The lowest free number, or -1. */
static int
ptimer_number_locked(struct proc *p)
{
	for (int id = 0; id < PTIMER_MAX; id++) {
		if (ptimer_find_locked(p, id) == NULL)
			return id;
	}
	return -1;
}

int
ptimer_create(struct proc *p, const struct ptimer_args *args, int *id)
{
	struct ptimer *pt;
	int error = 0;

	if (args->pa_signo < 0 || args->pa_signo >= NSIG)
		return EINVAL;
	if ((pt = cache_alloc(&ptimer_cache)) == NULL)
		return ENOMEM;
	pt->pt_proc = p;
	pt->pt_args = *args;
	timeout_init(&pt->pt_timeout, ptimer_due, pt);
	mutex_lock(&ptimer_mutex);
	spin_lock(&p->p_lock);
	if (args->pa_tid != 0 && !ptimer_target_exists_locked(p, args->pa_tid))
		error = EINVAL;
	else if ((pt->pt_id = ptimer_number_locked(p)) < 0)
		error = EAGAIN;
	if (error == 0) {
		*id = pt->pt_id;
		if (args->pa_value_is_id)
			pt->pt_args.pa_value = (uint64_t)pt->pt_id;
		list_push_front(&p->p_ptimers, &pt->pt_link);
	}
	spin_unlock(&p->p_lock);
	mutex_unlock(&ptimer_mutex);
	if (error != 0)
		cache_free(&ptimer_cache, pt);
	return error;
}

/* Makes the timeout's function do nothing, now and later; ptimer_mutex held. */
static void
ptimer_quiet(struct ptimer *pt)
{
	spin_lock(&pt->pt_proc->p_lock);
	pt->pt_deadline_ns = pt->pt_interval_ns = 0;
	spin_unlock(&pt->pt_proc->p_lock);
	(void)timeout_cancel(&pt->pt_timeout);
}

int
ptimer_delete(struct proc *p, int id)
{
	struct ptimer *pt;

	mutex_lock(&ptimer_mutex);
	spin_lock(&p->p_lock);
	if ((pt = ptimer_find_locked(p, id)) != NULL)
		list_remove(&pt->pt_link);
	spin_unlock(&p->p_lock);
	if (pt != NULL) {
		ptimer_quiet(pt);
		cache_free(&ptimer_cache, pt);
	}
	mutex_unlock(&ptimer_mutex);
	return pt != NULL ? 0 : EINVAL;
}

static void
ptimer_spec_locked(const struct ptimer *pt, struct ptimer_spec *ps)
{
	uint64_t now = clock_mono_ns();

	ps->ps_interval_ns = pt->pt_interval_ns;
	if (pt->pt_deadline_ns == 0)
		ps->ps_value_ns = 0;
	else
		ps->ps_value_ns = pt->pt_deadline_ns > now ? pt->pt_deadline_ns - now : 1;
}

static uint64_t
ptimer_deadline(const struct ptimer *pt, bool absolute, uint64_t value_ns)
{
	uint64_t now = clock_mono_ns(), wall;

	if (value_ns == 0)
		return 0;
	if (!absolute)
		return value_ns > UINT64_MAX - now ? UINT64_MAX : now + value_ns;
	if (pt->pt_args.pa_clock == PTIMER_MONO)
		return value_ns;
	wall = clock_wall_ns();
	return value_ns > wall ? now + (value_ns - wall) : now;
}

int
ptimer_set(struct proc *p, int id, bool absolute, const struct ptimer_spec *new,
    struct ptimer_spec *old)
{
	struct ptimer *pt;

	mutex_lock(&ptimer_mutex);
	spin_lock(&p->p_lock);
	pt = ptimer_find_locked(p, id);
	if (pt != NULL && old != NULL)
		ptimer_spec_locked(pt, old);
	spin_unlock(&p->p_lock);
	if (pt != NULL) {
		ptimer_quiet(pt);
		spin_lock(&p->p_lock);
		pt->pt_overrun = 0;
		pt->pt_deadline_ns = ptimer_deadline(pt, absolute, new->ps_value_ns);
		pt->pt_interval_ns = new->ps_interval_ns;
		if (pt->pt_deadline_ns != 0)
			timeout_set(&pt->pt_timeout, pt->pt_deadline_ns);
		spin_unlock(&p->p_lock);
	}
	mutex_unlock(&ptimer_mutex);
	return pt != NULL ? 0 : EINVAL;
}

int
ptimer_get(struct proc *p, int id, struct ptimer_spec *ps)
{
	struct ptimer *pt;

	spin_lock(&p->p_lock);
	if ((pt = ptimer_find_locked(p, id)) != NULL)
		ptimer_spec_locked(pt, ps);
	spin_unlock(&p->p_lock);
	return pt != NULL ? 0 : EINVAL;
}

int
ptimer_overrun(struct proc *p, int id, int *n)
{
	struct ptimer *pt;

	spin_lock(&p->p_lock);
	if ((pt = ptimer_find_locked(p, id)) != NULL)
		*n = pt->pt_overrun;
	spin_unlock(&p->p_lock);
	return pt != NULL ? 0 : EINVAL;
}

void
ptimer_exit(struct proc *p)
{
	struct ptimer *pt;
	int id;

	for (;;) {
		spin_lock(&p->p_lock);
		pt = list_first(&p->p_ptimers, struct ptimer, pt_link);
		id = pt != NULL ? pt->pt_id : -1;
		spin_unlock(&p->p_lock);
		if (id < 0)
			break;
		(void)ptimer_delete(p, id);
	}
}
