/* SPDX-License-Identifier: BSD-2-Clause */
/* System calls on time: clocks, sleeping, interval timers. */
#include "abi/netbsd/netbsd_int.h"

#include "proc/itimer.h"
#include "proc/rusage.h"
#include "sched/clock.h"
#include "sync/cv.h"

/* A clock's time in ns. EINVAL: no such clock. */
static int
netbsd_clock_read(struct netbsd_call *c, int clock, uint64_t *ns)
{
	struct rusage_k ru;

	switch (clock) {
	case NB_CLOCK_REALTIME:
		*ns = clock_wall_ns();
		return 0;
	case NB_CLOCK_MONOTONIC:
		*ns = clock_mono_ns();
		return 0;
	case NB_CLOCK_VIRTUAL:
	case NB_CLOCK_PROF:
	case NB_CLOCK_PROCESS_CPUTIME:
		proc_rusage_self(c->nc_proc, &ru);
		break;
	case NB_CLOCK_THREAD_CPUTIME:
		lwp_rusage(c->nc_lwp, &ru);
		break;
	default:
		return EINVAL;
	}
	*ns = ru.ru_utime_ns + (clock == NB_CLOCK_VIRTUAL ? 0 : ru.ru_stime_ns);
	return 0;
}

int
netbsd_sys___clock_gettime50(struct netbsd_call *c)
{
	uint64_t ns;
	int error;

	if ((error = netbsd_clock_read(c, ARG_INT(c, 0), &ns)) != 0)
		return error;
	return netbsd_timespec_out(ARG_VA(c, 1), ns);
}

int
netbsd_sys___clock_getres50(struct netbsd_call *c)
{
	uint64_t ns;
	int error;

	if ((error = netbsd_clock_read(c, ARG_INT(c, 0), &ns)) != 0)
		return error;
	return ARG_VA(c, 1) == 0 ? 0 : netbsd_timespec_out(ARG_VA(c, 1), 1);
}

int
netbsd_sys___gettimeofday50(struct netbsd_call *c)
{
	struct netbsd_timeval tv = netbsd_timeval_of(clock_wall_ns());

	return ARG_VA(c, 0) == 0 ? 0 : copyout(&tv, uptr(ARG_VA(c, 0)), sizeof(tv));
}

/* A signal leaves the rest in the second argument, and the end for a restart. */
int
netbsd_sys___nanosleep50(struct netbsd_call *c)
{
	uint64_t ns, now, deadline_ns = c->nc_deadline_ns;
	int error;

	if ((error = netbsd_timespec_in(ARG_VA(c, 0), &ns)) != 0)
		return error;
	if (ns == 0)
		return 0;
	if (deadline_ns == 0)
		deadline_ns = clock_mono_ns() + ns;
	c->nc_lwp->l_restart_deadline_ns = deadline_ns;
	if (kpause_sig("nanosleep", deadline_ns) == ETIMEDOUT ||
	    (now = clock_mono_ns()) >= deadline_ns)
		return 0;
	if (ARG_VA(c, 1) != 0 &&
	    (error = netbsd_timespec_out(ARG_VA(c, 1), deadline_ns - now)) != 0)
		return error;
	return ERESTARTNOHAND;
}

static int
netbsd_timeval_ns(const struct netbsd_timeval *tv, uint64_t *ns)
{
	if (tv->tv_sec < 0 || tv->tv_usec < 0 || tv->tv_usec >= 1000000)
		return EINVAL;
	*ns = MIN((uint64_t)tv->tv_sec, 1ull << 32) * NSEC_PER_SEC +
	    (uint64_t)tv->tv_usec * NSEC_PER_USEC;
	return 0;
}

static int
netbsd_itimer_out(vaddr_t uit, const struct itimerval_k *k)
{
	struct netbsd_itimerval it = {
		.it_interval = netbsd_timeval_of(k->itv_interval_ns),
		/* A timer that still runs is never said to be off. */
		.it_value = netbsd_timeval_of(k->itv_value_ns != 0 ? MAX(k->itv_value_ns,
		    NSEC_PER_USEC) : 0),
	};

	return copyout(&it, uptr(uit), sizeof(it));
}

int
netbsd_sys___getitimer50(struct netbsd_call *c)
{
	struct itimerval_k k;

	if (ARG_U32(c, 0) >= ITIMER_COUNT)
		return EINVAL;
	proc_itimer_get(c->nc_proc, ARG_U32(c, 0), &k);
	return netbsd_itimer_out(ARG_VA(c, 1), &k);
}

int
netbsd_sys___setitimer50(struct netbsd_call *c)
{
	struct itimerval_k new = { 0 }, old;
	struct netbsd_itimerval it;
	int error;

	if (ARG_U32(c, 0) >= ITIMER_COUNT)
		return EINVAL;
	if (ARG_VA(c, 1) != 0 &&
	    ((error = copyin(uptr(ARG_VA(c, 1)), &it, sizeof(it))) != 0 ||
	    (error = netbsd_timeval_ns(&it.it_value, &new.itv_value_ns)) != 0 ||
	    (error = netbsd_timeval_ns(&it.it_interval, &new.itv_interval_ns)) != 0))
		return error;
	proc_itimer_set(c->nc_proc, ARG_U32(c, 0), &new, &old);
	return ARG_VA(c, 2) == 0 ? 0 : netbsd_itimer_out(ARG_VA(c, 2), &old);
}
