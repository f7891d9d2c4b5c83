/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Timeouts: a function to be called once, at a time of the monotonic clock, in interrupt context
 * of the CPU that set it (interrupts off, no lock held; it may take spin locks, wake, and set the
 * timeout again). One hardware timer a CPU, one sorted queue a CPU; nothing ticks when nothing is
 * due.
 */
#ifndef SCHED_TIMER_H
#define SCHED_TIMER_H

#include "lib/klib.h"

struct timeout {
	struct timeout	*t_left, *t_right;	/* pairing heap: first child, next sibling */
	struct timeout	*t_prev;		/* previous sibling, or parent of a first child */
	uint64_t	 t_deadline_ns;
	void		(*t_fn)(void *);
	void		*t_arg;
	uint32_t	 t_cpu;			/* whose queue holds it, or last held it */
	bool		 t_queued;
};

void	timeout_init(struct timeout *, void (*fn)(void *), void *arg);
/*
 * (Re)arms it; a deadline in the past fires at the next chance. Callers serialise set and cancel
 * of one timeout. Does not wait: the function may be running, and may run until it next looks at
 * what the caller's lock guards.
 */
void	timeout_set(struct timeout *, uint64_t deadline_ns);
/*
 * After it, fn does not run, nor is it running (unless the caller is fn itself). True when it had
 * not fired. The caller holds no lock that fn takes.
 */
bool	timeout_cancel(struct timeout *);

/* Called by the scheduler's timer interrupt: runs what is due on this CPU. */
void	timeout_run(void);
/* The first deadline of this CPU, 0 for none. Interrupts off. */
uint64_t timeout_next(void);
void	timeout_init_cpus(void);

#endif
