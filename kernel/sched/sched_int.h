/* SPDX-License-Identifier: BSD-2-Clause */
/* What run.c and sleep.c share. */
#ifndef SCHED_SCHED_INT_H
#define SCHED_SCHED_INT_H

#include "arch/arch.h"
#include "sched/clock.h"
#include "sched/sched.h"

static inline struct sched_lwp *
lwp_sched(struct lwp *l)
{
	return (struct sched_lwp *)(void *)l;
}

static inline const struct sched_lwp *
lwp_sched_const(const struct lwp *l)
{
	return (const struct sched_lwp *)(const void *)l;
}

static inline struct lwp *
sched_lwp_of(struct sched_lwp *s)
{
	return (struct lwp *)(void *)s;
}

struct runq;

/* The run queue whose lock guards l, locked. */
struct runq *runq_lock_of(struct lwp *l);
struct runq *runq_lock_self(void);
void	runq_unlock(struct runq *);

/*
 * Gives the CPU to the next LWP. The caller holds its run queue's lock (and no other) and has set
 * its own state; returns, without the lock, when the caller runs again.
 */
void	sched_switch(struct runq *);
/* Makes a sleeping, stopped or new LWP runnable. rq is its locked run queue; unlocked on return. */
void	sched_make_runnable(struct runq *rq, struct lwp *l);

/* timer.c: this CPU is to get sched_slice_end() at that time too; 0: no. Interrupts off. */
void	timer_set_slice(uint64_t deadline_ns);
/* For sched_print: a CPU's first timeout and its slice's end, 0 for none; no lock. */
void	timeout_peek(uint32_t cpu, uint64_t *first_ns, uint64_t *slice_ns);

#endif
