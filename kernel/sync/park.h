/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sleep primitive under mutexes, rwlocks and condition variables, and the hooks by which the
 * rooms above implement it: sched parks and wakes LWPs, signal says whether an interruptible
 * sleep has to end.
 *
 * A waiter lives on the sleeper's stack. The sleeper, holding the queue's spin lock, fills it in,
 * puts it on the queue and calls park(), which gives the spin lock up once the LWP can be woken.
 * Whoever takes it off the queue sets pw_woken and calls unpark() before it gives the lock up. A
 * sleeper takes the lock again when it wakes, so no unpark() comes late; if it woke for another
 * reason it removes itself.
 */
#ifndef SYNC_PARK_H
#define SYNC_PARK_H

#include "sync/spin.h"

struct lwp;

struct park_waiter {
	struct list	 pw_link;	/* on the queue, guarded by its spin lock */
	struct lwp	*pw_lwp;
	bool		 pw_woken;	/* taken off by a waker */
	bool		 pw_writer;	/* rwlocks: wants to write */
};

/*
 * Sleeps until unpark(curlwp), a deadline in ns of the monotonic clock (0: none) or, if
 * interruptible, a signal or death. Called with interlock held, returns without it: 0, ETIMEDOUT
 * or EINTR. Spurious returns of 0 do not happen but callers loop on pw_woken anyway. Implemented
 * by sched/sleep.c.
 */
int	park(struct spinlock *interlock, const char *wmesg, bool interruptible,
    uint64_t deadline_ns);
/* Makes a parked LWP runnable. The queue's lock is held. */
void	unpark(struct lwp *);

/*
 * Whether some CPU runs l: a hint, of a moment. l is not followed and may be gone. Implemented by
 * sched.
 */
bool	lwp_on_cpu(const struct lwp *l);

/*
 * Whether an interruptible sleep of l ends at once. Takes no lock (the scheduler's is held);
 * implemented by signal.
 */
bool	lwp_signal_pending(struct lwp *);

/* The sleeping locks that an LWP holds (debug); implemented by sched. */
struct held_ranks *lwp_held_ranks(struct lwp *);

#endif
