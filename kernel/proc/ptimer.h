/* SPDX-License-Identifier: BSD-2-Clause */
/* POSIX timers (timer_create): see ptimer.c. */
#ifndef PROC_PTIMER_H
#define PROC_PTIMER_H

#include "proc/proc.h"

#define PTIMER_MAX	1024	/* of one process */

enum ptimer_clock { PTIMER_WALL, PTIMER_MONO };

struct ptimer_args {
	enum ptimer_clock pa_clock;
	int		 pa_signo;	/* 0: none is sent */
	pid_t		 pa_tid;	/* to this LWP of the process; 0: to the process */
	uint64_t	 pa_value;	/* what the signal carries */
	bool		 pa_value_is_id;	/* ... the timer's number instead */
};

struct ptimer_spec {
	uint64_t	 ps_value_ns;	/* until it is up, or when; 0: off */
	uint64_t	 ps_interval_ns;	/* after that; 0: once */
};

/* At boot. */
void	ptimer_init(void);
/* All on the calling process. EAGAIN: too many; EINVAL: no such LWP or signal; ENOMEM. */
int	ptimer_create(struct proc *, const struct ptimer_args *, int *id);
/* EINVAL: no such timer. */
int	ptimer_delete(struct proc *, int id);
/* absolute: the value is a time of the timer's clock. old may be null. */
int	ptimer_set(struct proc *, int id, bool absolute, const struct ptimer_spec *,
    struct ptimer_spec *old);
int	ptimer_get(struct proc *, int id, struct ptimer_spec *);
/* How often it was up again before the signal that was last taken was taken. */
int	ptimer_overrun(struct proc *, int id, int *n);
/* exec, exit: none is left. */
void	ptimer_exit(struct proc *);
/* Called by signal.c, p_lock held: this signal of a timer was taken. */
void	ptimer_taken_locked(struct proc *, const struct ksiginfo *);

#endif
