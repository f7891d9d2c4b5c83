/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Condition variables. The waiter puts itself on the queue under cv_lock before it gives the
 * caller's lock up, so a signal between the two is not lost. A waiter that wakes for another
 * reason takes itself off; if it finds that a waker had taken it off meanwhile, the wait counts
 * as signalled (0), so that no cv_signal is swallowed.
 *
 * Lock order: the caller's lock, then cv_lock (RANK_CV), then the scheduler's.
 */
#include "arch/arch.h"
#include "sync/cv.h"

void
cv_init(struct cv *cv, const char *wmesg)
{
	spin_init(&cv->cv_lock, wmesg, RANK_CV);
	list_init(&cv->cv_waiters);
	cv->cv_wmesg = wmesg;
}

/* Sleeps on cv; exactly one of m and s is the condition's lock, held on entry and on return. */
static int
cv_sleep(struct cv *cv, struct mutex *m, struct spinlock *s, bool interruptible,
    uint64_t deadline_ns)
{
	struct park_waiter w = { .pw_lwp = curlwp() };
	int error;

	spin_lock(&cv->cv_lock);
	list_push_back(&cv->cv_waiters, &w.pw_link);
	if (s != NULL) {
		/* Still with interrupts off: cv_lock is held. */
		spin_unlock(s);
	} else {
		/*
		 * mutex_unlock wakes the next owner; it takes no lock ranked below cv_lock's own
		 * but m_lock.
		 */
		spin_unlock(&cv->cv_lock);
		mutex_unlock(m);
		spin_lock(&cv->cv_lock);
	}
	if (w.pw_woken) {
		spin_unlock(&cv->cv_lock);
		error = 0;
	} else {
		error = park(&cv->cv_lock, cv->cv_wmesg, interruptible, deadline_ns);
		spin_lock(&cv->cv_lock);
		if (w.pw_woken)
			error = 0;
		else
			list_remove(&w.pw_link);
		spin_unlock(&cv->cv_lock);
	}
	if (s != NULL)
		spin_lock(s);
	else
		mutex_lock(m);
	return error;
}

int
cv_wait_sig(struct cv *cv, struct mutex *m)
{
	return cv_sleep(cv, m, NULL, true, 0);
}

int
cv_timedwait_sig(struct cv *cv, struct mutex *m, uint64_t deadline_ns)
{
	return cv_sleep(cv, m, NULL, true, deadline_ns);
}

void
cv_wait_spin(struct cv *cv, struct spinlock *s)
{
	(void)cv_sleep(cv, NULL, s, false, 0);
}

int
cv_wait_sig_spin(struct cv *cv, struct spinlock *s)
{
	return cv_sleep(cv, NULL, s, true, 0);
}

int
cv_timedwait_sig_spin(struct cv *cv, struct spinlock *s, uint64_t deadline_ns)
{
	return cv_sleep(cv, NULL, s, true, deadline_ns);
}

/* Wakes up to n waiters. */
static void
cv_wake(struct cv *cv, uint32_t n)
{
	struct list *node;

	spin_lock(&cv->cv_lock);
	while (n-- > 0 && (node = list_pop_front(&cv->cv_waiters)) != NULL) {
		struct park_waiter *w = list_entry(node, struct park_waiter, pw_link);

		w->pw_woken = true;
		unpark(w->pw_lwp);
	}
	spin_unlock(&cv->cv_lock);
}

void
cv_signal(struct cv *cv)
{
	cv_wake(cv, 1);
}

void
cv_broadcast(struct cv *cv)
{
	cv_wake(cv, UINT32_MAX);
}

int
kpause_sig(const char *wmesg, uint64_t deadline_ns)
{
	struct spinlock interlock = SPINLOCK_INIT(wmesg, RANK_CV);

	spin_lock(&interlock);
	return park(&interlock, wmesg, true, deadline_ns);
}
