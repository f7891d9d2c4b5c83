/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Condition variables. The condition belongs to the lock that the waiter passes, a mutex or a
 * spin lock; it is given up while asleep and held again on return. Waiters loop on their
 * condition: a _sig wait that returns EINTR or ETIMEDOUT may have been signalled as well. Wakers
 * need not hold the lock, and may run in interrupts.
 */
#ifndef SYNC_CV_H
#define SYNC_CV_H

#include "sync/mutex.h"

struct cv {
	struct spinlock	 cv_lock;
	struct list	 cv_waiters;	/* struct park_waiter */
	const char	*cv_wmesg;	/* seen in ps */
};

void	cv_init(struct cv *, const char *wmesg);
/* 0, or EINTR: a signal or death is pending. */
int	cv_wait_sig(struct cv *, struct mutex *);
/* 0, EINTR or ETIMEDOUT; the deadline is in ns of the monotonic clock, 0: none. */
int	cv_timedwait_sig(struct cv *, struct mutex *, uint64_t deadline_ns);
/* The same with a spin lock as the condition's lock; it must be the only spin lock held. */
void	cv_wait_spin(struct cv *, struct spinlock *);
int	cv_wait_sig_spin(struct cv *, struct spinlock *);
int	cv_timedwait_sig_spin(struct cv *, struct spinlock *, uint64_t deadline_ns);
void	cv_signal(struct cv *);
void	cv_broadcast(struct cv *);

/*
 * Sleeps till the deadline: ETIMEDOUT, or EINTR when a signal or death came first. Deadline 0:
 * until EINTR.
 */
int	kpause_sig(const char *wmesg, uint64_t deadline_ns);

#endif
