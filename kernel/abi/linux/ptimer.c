/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls on POSIX timers. Clocks of CPU time are refused with EINVAL. */
#include "abi/linux/linux_int.h"

#include "proc/ptimer.h"

#define LX_SIGEV_SIGNAL		0
#define LX_SIGEV_NONE		1
#define LX_SIGEV_THREAD		2
#define LX_SIGEV_THREAD_ID	4

struct linux_timer_event {
	uint64_t	 value;
	int32_t		 signo;
	int32_t		 notify;
	int32_t		 tid;
	int32_t		 pad[11];
};
STATIC_ASSERT(sizeof(struct linux_timer_event) == 64);

static int
linux_timer_event_in(vaddr_t uev, struct ptimer_args *pa)
{
	struct linux_timer_event ev;
	int error;

	if (uev == 0) {
		pa->pa_signo = SIGALRM;
		pa->pa_value_is_id = true;
		return 0;
	}
	if ((error = copyin(uptr(uev), &ev, sizeof(ev))) != 0)
		return error;
	pa->pa_value = ev.value;
	switch (ev.notify) {
	case LX_SIGEV_NONE:
		return 0;
	case LX_SIGEV_THREAD_ID:
		if (ev.tid <= 0)
			return EINVAL;
		pa->pa_tid = ev.tid;
		break;
	case LX_SIGEV_SIGNAL:
	case LX_SIGEV_THREAD:
		break;
	default:
		return EINVAL;
	}
	if (ev.signo <= 0 || ev.signo >= NSIG)
		return EINVAL;
	pa->pa_signo = ev.signo;
	return 0;
}

int
linux_sys_timer_create(struct linux_call *c)
{
	struct ptimer_args pa = { .pa_clock = PTIMER_MONO };
	int32_t id;
	int error, n;

	switch (ARG_INT(c, 0)) {
	case LX_CLOCK_REALTIME:
	case LX_CLOCK_TAI:
		pa.pa_clock = PTIMER_WALL;
		break;
	case LX_CLOCK_MONOTONIC:
	case LX_CLOCK_BOOTTIME:
		break;
	default:
		return EINVAL;
	}
	if ((error = linux_timer_event_in(ARG_VA(c, 1), &pa)) != 0 ||
	    (error = ptimer_create(c->lc_proc, &pa, &n)) != 0)
		return error;
	id = n;
	if ((error = copyout(&id, uptr(ARG_VA(c, 2)), sizeof(id))) != 0)
		(void)ptimer_delete(c->lc_proc, n);
	return error;
}

int
linux_sys_timer_delete(struct linux_call *c)
{
	return ptimer_delete(c->lc_proc, ARG_INT(c, 0));
}

static int
linux_timer_out(vaddr_t uspec, const struct ptimer_spec *ps)
{
	struct linux_itimerspec it = {
		.it_interval = linux_timespec_of(ps->ps_interval_ns),
		.it_value = linux_timespec_of(ps->ps_value_ns),
	};

	return copyout(&it, uptr(uspec), sizeof(it));
}

int
linux_sys_timer_settime(struct linux_call *c)
{
	bool absolute = (ARG_U32(c, 1) & LX_TIMER_ABSTIME) != 0;
	vaddr_t unew = ARG_VA(c, 2);
	struct ptimer_spec new, old;
	int error;

	if (unew == 0)
		return EINVAL;
	error = linux_timespec_in(unew + offsetof(struct linux_itimerspec, it_interval),
	    &new.ps_interval_ns);
	if (error == 0)
		error = linux_timespec_in(unew + offsetof(struct linux_itimerspec, it_value),
		    &new.ps_value_ns);
	if (error == 0)
		error = ptimer_set(c->lc_proc, ARG_INT(c, 0), absolute, &new, &old);
	if (error == 0 && ARG_VA(c, 3) != 0)
		error = linux_timer_out(ARG_VA(c, 3), &old);
	return error;
}

int
linux_sys_timer_gettime(struct linux_call *c)
{
	struct ptimer_spec ps;
	int error;

	if ((error = ptimer_get(c->lc_proc, ARG_INT(c, 0), &ps)) != 0)
		return error;
	return linux_timer_out(ARG_VA(c, 1), &ps);
}

int
linux_sys_timer_getoverrun(struct linux_call *c)
{
	int n, error;

	if ((error = ptimer_overrun(c->lc_proc, ARG_INT(c, 0), &n)) == 0)
		c->lc_ret = n;
	return error;
}
