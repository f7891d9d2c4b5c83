/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Interval timers, alarm, and the limit of CPU time.
 *
 * ITIMER_REAL runs on the monotonic clock: it_value_ns is its deadline, and p_real_timeout fires
 * there. The timeout's function looks again under p_lock whether the deadline has passed; a timer
 * that was changed meanwhile has armed the timeout anew.
 *
 * ITIMER_VIRTUAL and ITIMER_PROF count CPU time: it_value_ns is the value of the process' CPU clock
 * (user, or user and system) at which they are up, so nothing has to be counted down. The CPU clock
 * cannot run faster than all CPUs together: p_cpu_timeout fires when the nearest one may be up, and
 * asks every LWP to look (LATTN_ITIMER) on its next return to user mode; if it is not up yet, the
 * timeout is armed again. RLIMIT_CPU is looked after in the same way. Nothing ticks in a process
 * that has none of them.
 */
#include "proc/proc_int.h"
#include "sched/clock.h"
#include "signal/signal.h"

#define CPU_LOOK_MIN_NS	NSEC_PER_MSEC	/* CPU-time timers are not looked at more often than this */

static const int itimer_signal[ITIMER_COUNT] = { SIGALRM, SIGVTALRM, SIGPROF };

/* The clock that a timer counts by; p_lock held. */
static uint64_t
itimer_clock(struct proc *p, enum itimer_which which)
{
	struct rusage_k ru;

	if (which == ITIMER_REAL)
		return clock_mono_ns();
	proc_rusage_locked(p, &ru);
	return which == ITIMER_VIRTUAL ? ru.ru_utime_ns : ru.ru_utime_ns + ru.ru_stime_ns;
}

/* If the timer is up: moves it to its next time, or turns it off. p_lock held. */
static bool
itimer_expire(struct itimer *it, uint64_t now)
{
	if (it->it_value_ns == 0 || now < it->it_value_ns)
		return false;
	if (it->it_interval_ns == 0)
		it->it_value_ns = 0;
	else
		it->it_value_ns += it->it_interval_ns *
		    ((now - it->it_value_ns) / it->it_interval_ns + 1);
	return true;
}

/* Interrupt context. */
static void
itimer_real_fire(void *arg)
{
	struct proc *p = arg;
	struct itimer *it = &p->p_itimers[ITIMER_REAL];
	struct ksiginfo ksi = ksiginfo_kernel(SIGALRM);

	spin_lock(&p->p_lock);
	if ((p->p_flags & PF_EXITING) == 0 && itimer_expire(it, clock_mono_ns())) {
		if (it->it_value_ns != 0)
			timeout_set(&p->p_real_timeout, it->it_value_ns);
		/*
		 * Under the lock: once setitimer has turned the timer off, no signal of it comes.
		 */
		(void)signal_post_proc_held(p, &ksi);
	}
	spin_unlock(&p->p_lock);
}

/*
 * Interrupt context: the running LWPs are to look. The sleepers use no CPU and will look when they
 * return.
 */
static void
itimer_cpu_fire(void *arg)
{
	struct proc *p = arg;

	spin_lock(&p->p_lock);
	if ((p->p_flags & PF_EXITING) == 0) {
		list_foreach(l, &p->p_lwps, struct lwp, l_link) {
			atomic_or(&l->l_attn, LATTN_ITIMER);
			if (sched_state_of(l) == SCHED_RUNNING && l != curlwp())
				sched_signal_wakeup(l);
		}
	}
	spin_unlock(&p->p_lock);
}

void
proc_itimer_init(struct proc *p)
{
	timeout_init(&p->p_real_timeout, itimer_real_fire, p);
	timeout_init(&p->p_cpu_timeout, itimer_cpu_fire, p);
}

/* Arms p_cpu_timeout for the nearest CPU-time timer; p_lock held. */
static void
itimer_cpu_arm(struct proc *p)
{
	uint64_t left = UINT64_MAX, now, limit = p->p_limits->pl_rlim[RLIMIT_CPU].rl_cur, at;

	for (int which = ITIMER_VIRTUAL; which <= ITIMER_PROF; which++) {
		if ((at = p->p_itimers[which].it_value_ns) == 0)
			continue;
		now = itimer_clock(p, which);
		left = MIN(left, at - MIN(now, at));
	}
	if (limit < RLIM_INFINITY / NSEC_PER_SEC) {
		at = limit * NSEC_PER_SEC;
		now = itimer_clock(p, ITIMER_PROF);
		/* Past the soft limit: once a second. */
		left = MIN(left, now < at ? at - now : NSEC_PER_SEC);
	}
	if (left != UINT64_MAX && (p->p_flags & PF_EXITING) == 0)
		timeout_set(&p->p_cpu_timeout, clock_mono_ns() + MAX(left / ncpu, CPU_LOOK_MIN_NS));
}

static void
itimer_read(struct proc *p, enum itimer_which which, struct itimerval_k *itv)
{
	const struct itimer *it = &p->p_itimers[which];
	uint64_t now = itimer_clock(p, which), at = it->it_value_ns;

	itv->itv_interval_ns = it->it_interval_ns;
	/* One that is up and has not fired yet is still set. */
	itv->itv_value_ns = at == 0 ? 0 : at > now ? at - now : 1;
}

void
proc_itimer_get(struct proc *p, enum itimer_which which, struct itimerval_k *itv)
{
	spin_lock(&p->p_lock);
	itimer_read(p, which, itv);
	spin_unlock(&p->p_lock);
}

void
proc_itimer_set(struct proc *p, enum itimer_which which, const struct itimerval_k *itv,
    struct itimerval_k *old)
{
	struct itimer *it = &p->p_itimers[which];

	spin_lock(&p->p_lock);
	if (old != NULL)
		itimer_read(p, which, old);
	it->it_interval_ns = itv->itv_interval_ns;
	it->it_value_ns = itv->itv_value_ns == 0 ? 0 : itimer_clock(p, which) + itv->itv_value_ns;
	if (it->it_value_ns != 0 && it->it_value_ns < itv->itv_value_ns)
		it->it_value_ns = UINT64_MAX / 2;	/* beyond the clock's end */
	if (which == ITIMER_REAL && it->it_value_ns != 0)
		timeout_set(&p->p_real_timeout, it->it_value_ns);
	else if (which != ITIMER_REAL)
		itimer_cpu_arm(p);
	spin_unlock(&p->p_lock);
}

void
proc_itimer_limit_changed(struct proc *p)
{
	spin_lock(&p->p_lock);
	itimer_cpu_arm(p);
	spin_unlock(&p->p_lock);
}

void
proc_itimer_stop(struct proc *p)
{
	/* PF_EXITING is set: nobody arms them again. */
	timeout_cancel(&p->p_real_timeout);
	timeout_cancel(&p->p_cpu_timeout);
}

void
proc_itimer_check(struct lwp *l)
{
	struct proc *p = l->l_proc;
	bool up[ITIMER_COUNT] = { false };
	uint64_t used;
	struct rlimit_k rl;

	atomic_and(&l->l_attn, ~LATTN_ITIMER);
	spin_lock(&p->p_lock);
	for (int which = ITIMER_VIRTUAL; which <= ITIMER_PROF; which++)
		up[which] = itimer_expire(&p->p_itimers[which], itimer_clock(p, which));
	used = itimer_clock(p, ITIMER_PROF) / NSEC_PER_SEC;
	rl = p->p_limits->pl_rlim[RLIMIT_CPU];
	itimer_cpu_arm(p);
	spin_unlock(&p->p_lock);
	for (int which = ITIMER_VIRTUAL; which <= ITIMER_PROF; which++) {
		struct ksiginfo ksi = ksiginfo_kernel(itimer_signal[which]);

		if (up[which])
			(void)signal_post_proc(p, &ksi);
	}
	if (used >= rl.rl_cur) {
		struct ksiginfo ksi = ksiginfo_kernel(used >= rl.rl_max ? SIGKILL : SIGXCPU);

		(void)signal_post_proc(p, &ksi);
	}
}
