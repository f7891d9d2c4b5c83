/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on time. The core counts in ns of the monotonic clock; wall time is an offset from
 * it.
 *
 * Sleeping until a wall-clock time is turned into a monotonic end when the sleep begins: setting
 * the clock meanwhile does not move it. What a program gives as a time beyond some 146 years is cut
 * to that.
 */
#include "abi/linux/linux_int.h"

#include "proc/itimer.h"
#include "proc/rusage.h"
#include "sched/clock.h"
#include "sync/cv.h"

static int
linux_ns_of(int64_t sec, int64_t nsec, uint64_t *ns)
{
	if (sec < 0 || nsec < 0 || nsec >= (int64_t)NSEC_PER_SEC)
		return EINVAL;
	if ((uint64_t)sec >= LX_NS_FOREVER / NSEC_PER_SEC)
		*ns = LX_NS_FOREVER;
	else
		*ns = (uint64_t)sec * NSEC_PER_SEC + (uint64_t)nsec;
	return 0;
}

int
linux_timespec_in(vaddr_t uts, uint64_t *ns)
{
	struct linux_timespec ts;
	int error;

	if ((error = copyin(uptr(uts), &ts, sizeof(ts))) != 0)
		return error;
	return linux_ns_of(ts.tv_sec, ts.tv_nsec, ns);
}

int
linux_timeval_in(vaddr_t utv, uint64_t *ns)
{
	struct linux_timeval tv;
	int error;

	if ((error = copyin(uptr(utv), &tv, sizeof(tv))) != 0)
		return error;
	if (tv.tv_usec < 0 || tv.tv_usec >= 1000000)
		return EINVAL;
	return linux_ns_of(tv.tv_sec, tv.tv_usec * 1000, ns);
}

struct linux_timespec
linux_timespec_of(uint64_t ns)
{
	return (struct linux_timespec){ .tv_sec = (int64_t)(ns / NSEC_PER_SEC),
	    .tv_nsec = (int64_t)(ns % NSEC_PER_SEC) };
}

struct linux_timeval
linux_timeval_of(uint64_t ns)
{
	return (struct linux_timeval){ .tv_sec = (int64_t)(ns / NSEC_PER_SEC),
	    .tv_usec = (int64_t)(ns % NSEC_PER_SEC / NSEC_PER_USEC) };
}

int
linux_timespec_out(vaddr_t uts, uint64_t ns)
{
	struct linux_timespec ts = linux_timespec_of(ns);

	return copyout(&ts, uptr(uts), sizeof(ts));
}

uint64_t
linux_deadline(struct linux_call *c, uint64_t ns)
{
	uint64_t deadline_ns = c->lc_deadline_ns;

	if (deadline_ns == 0)
		deadline_ns = clock_mono_ns() + ns;
	c->lc_lwp->l_restart_deadline_ns = deadline_ns;
	return deadline_ns;
}

int
linux_sys_time(struct linux_call *c)
{
	int64_t now = (int64_t)(clock_wall_ns() / NSEC_PER_SEC);

	c->lc_ret = now;
	return ARG_VA(c, 0) == 0 ? 0 : copyout(&now, uptr(ARG_VA(c, 0)), sizeof(now));
}

int
linux_sys_gettimeofday(struct linux_call *c)
{
	const struct linux_timezone tz = { 0 };
	struct linux_timeval tv;
	int error;

	if (ARG_VA(c, 0) != 0) {
		tv = linux_timeval_of(clock_wall_ns());
		if ((error = copyout(&tv, uptr(ARG_VA(c, 0)), sizeof(tv))) != 0)
			return error;
	}
	if (ARG_VA(c, 1) != 0)
		return copyout(&tz, uptr(ARG_VA(c, 1)), sizeof(tz));
	return 0;
}

static int
linux_set_wall(struct linux_call *c, uint64_t ns)
{
	struct cred *cred = proc_cred_hold(c->lc_proc);
	int error = cred_is_root(cred) ? 0 : EPERM;

	cred_drop(cred);
	if (error == 0)
		clock_set_wall(ns);
	return error;
}

int
linux_sys_settimeofday(struct linux_call *c)
{
	uint64_t ns;
	int error;

	if (ARG_VA(c, 0) == 0)
		return 0;	/* only the time zone, which nobody keeps */
	if ((error = linux_timeval_in(ARG_VA(c, 0), &ns)) != 0)
		return error;
	return linux_set_wall(c, ns);
}

/* A clock's time in ns. EINVAL: no such clock. */
static int
linux_clock_read(struct linux_call *c, int clock, uint64_t *ns)
{
	struct rusage_k ru;

	switch (clock) {
	case LX_CLOCK_REALTIME:
	case LX_CLOCK_REALTIME_COARSE:
	case LX_CLOCK_TAI:
		*ns = clock_wall_ns();
		return 0;
	case LX_CLOCK_MONOTONIC:
	case LX_CLOCK_MONOTONIC_RAW:
	case LX_CLOCK_MONOTONIC_COARSE:
	case LX_CLOCK_BOOTTIME:
		*ns = clock_mono_ns();
		return 0;
	case LX_CLOCK_PROCESS_CPUTIME_ID:
		proc_rusage_self(c->lc_proc, &ru);
		break;
	case LX_CLOCK_THREAD_CPUTIME_ID:
		lwp_rusage(c->lc_lwp, &ru);
		break;
	default:
		return EINVAL;
	}
	*ns = ru.ru_utime_ns + ru.ru_stime_ns;
	return 0;
}

int
linux_sys_clock_gettime(struct linux_call *c)
{
	uint64_t ns;
	int error;

	if ((error = linux_clock_read(c, ARG_INT(c, 0), &ns)) != 0)
		return error;
	return linux_timespec_out(ARG_VA(c, 1), ns);
}

int
linux_sys_clock_getres(struct linux_call *c)
{
	uint64_t ns;
	int error;

	if ((error = linux_clock_read(c, ARG_INT(c, 0), &ns)) != 0)
		return error;
	return ARG_VA(c, 1) == 0 ? 0 : linux_timespec_out(ARG_VA(c, 1), 1);
}

int
linux_sys_clock_settime(struct linux_call *c)
{
	uint64_t ns;
	int error;

	if (ARG_INT(c, 0) != LX_CLOCK_REALTIME)
		return EINVAL;
	if ((error = linux_timespec_in(ARG_VA(c, 1), &ns)) != 0)
		return error;
	return linux_set_wall(c, ns);
}

/* A relative sleep; a signal leaves the rest in *urem and for a restart. */
static int
linux_sleep_for(struct linux_call *c, uint64_t ns, vaddr_t urem)
{
	uint64_t deadline_ns = linux_deadline(c, ns), now;
	int error;

	if (ns == 0)
		return 0;
	if (kpause_sig("nanosleep", deadline_ns) == ETIMEDOUT)
		return 0;
	now = clock_mono_ns();
	if (now >= deadline_ns)
		return 0;
	if (urem != 0 && (error = linux_timespec_out(urem, deadline_ns - now)) != 0)
		return error;
	return ERESTARTNOHAND;
}

int
linux_sys_nanosleep(struct linux_call *c)
{
	uint64_t ns;
	int error;

	if ((error = linux_timespec_in(ARG_VA(c, 0), &ns)) != 0)
		return error;
	return linux_sleep_for(c, ns, ARG_VA(c, 1));
}

int
linux_sys_clock_nanosleep(struct linux_call *c)
{
	int clock = ARG_INT(c, 0), error;
	uint64_t ns, now;

	switch (clock) {
	case LX_CLOCK_REALTIME:
	case LX_CLOCK_TAI:
	case LX_CLOCK_MONOTONIC:
	case LX_CLOCK_BOOTTIME:
		break;
	case LX_CLOCK_PROCESS_CPUTIME_ID:
		return EOPNOTSUPP;
	default:
		return EINVAL;
	}
	if ((error = linux_timespec_in(ARG_VA(c, 2), &ns)) != 0)
		return error;
	if ((ARG_U32(c, 1) & LX_TIMER_ABSTIME) == 0)
		return linux_sleep_for(c, ns, ARG_VA(c, 3));
	if ((error = linux_clock_read(c, clock, &now)) != 0)
		return error;
	if (ns <= now)
		return 0;
	if (kpause_sig("nanosleep", clock_mono_ns() + (ns - now)) == ETIMEDOUT)
		return 0;
	return ERESTARTNOHAND;
}

STATIC_ASSERT(LX_ITIMER_REAL == (int)ITIMER_REAL && LX_ITIMER_VIRTUAL == (int)ITIMER_VIRTUAL &&
    LX_ITIMER_PROF == (int)ITIMER_PROF);

static int
linux_itimer_out(vaddr_t uit, const struct itimerval_k *k)
{
	struct linux_itimerval it;

	/* A timer that still runs is never said to be off. */
	it.it_value = linux_timeval_of(k->itv_value_ns != 0 && k->itv_value_ns < NSEC_PER_USEC ?
	    NSEC_PER_USEC : k->itv_value_ns);
	it.it_interval = linux_timeval_of(k->itv_interval_ns);
	return copyout(&it, uptr(uit), sizeof(it));
}

int
linux_sys_getitimer(struct linux_call *c)
{
	struct itimerval_k k;

	if (ARG_U32(c, 0) >= ITIMER_COUNT)
		return EINVAL;
	proc_itimer_get(c->lc_proc, ARG_U32(c, 0), &k);
	return linux_itimer_out(ARG_VA(c, 1), &k);
}

int
linux_sys_setitimer(struct linux_call *c)
{
	struct itimerval_k new = { 0 }, old;
	vaddr_t uit = ARG_VA(c, 1);
	int error;

	if (ARG_U32(c, 0) >= ITIMER_COUNT)
		return EINVAL;
	if (uit != 0) {
		error = linux_timeval_in(uit + offsetof(struct linux_itimerval, it_value),
		    &new.itv_value_ns);
		if (error == 0)
			error = linux_timeval_in(uit + offsetof(struct linux_itimerval,
			    it_interval),
			    &new.itv_interval_ns);
		if (error != 0)
			return error;
	}
	proc_itimer_set(c->lc_proc, ARG_U32(c, 0), &new, &old);
	return ARG_VA(c, 2) == 0 ? 0 : linux_itimer_out(ARG_VA(c, 2), &old);
}

/* Answers with the seconds that were left, rounded, but never with 0 when a timer ran. */
int
linux_sys_alarm(struct linux_call *c)
{
	struct itimerval_k new = { .itv_value_ns = ARG_U32(c, 0) * NSEC_PER_SEC }, old;

	proc_itimer_set(c->lc_proc, ITIMER_REAL, &new, &old);
	c->lc_ret = (int64_t)((old.itv_value_ns + NSEC_PER_SEC / 2) / NSEC_PER_SEC);
	if (c->lc_ret == 0 && old.itv_value_ns != 0)
		c->lc_ret = 1;
	return 0;
}
