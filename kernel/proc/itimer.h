/* SPDX-License-Identifier: BSD-2-Clause */
/* Interval timers: setitimer and alarm. Not inherited by fork, kept over exec. */
#ifndef PROC_ITIMER_H
#define PROC_ITIMER_H

#include "sched/timer.h"

struct proc;
struct lwp;

enum itimer_which { ITIMER_REAL, ITIMER_VIRTUAL, ITIMER_PROF, ITIMER_COUNT };

struct itimer {
	uint64_t	 it_value_ns;		/* when it is up, by its clock (itimer.c); 0: off */
	uint64_t	 it_interval_ns;
};

struct itimerval_k {
	uint64_t	 itv_value_ns;		/* until it expires, 0: off */
	uint64_t	 itv_interval_ns;	/* after that, 0: once */
};

void	proc_itimer_init(struct proc *);
void	proc_itimer_get(struct proc *, enum itimer_which, struct itimerval_k *);
/* old may be null. */
void	proc_itimer_set(struct proc *, enum itimer_which, const struct itimerval_k *,
	    struct itimerval_k *old);
/* At exit: none fires any more. */
void	proc_itimer_stop(struct proc *);
/* RLIMIT_CPU has changed. */
void	proc_itimer_limit_changed(struct proc *);
/* On the way to user mode: fires VIRTUAL and PROF timers whose time is up, and RLIMIT_CPU. */
void	proc_itimer_check(struct lwp *);

#endif
