/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Futexes with an owner: FUTEX_LOCK_PI, UNLOCK_PI, TRYLOCK_PI, LOCK_PI2.
 *
 * The word holds the owner's tid (0: free), a bit that says that somebody waits, and one that says
 * that an owner died. Programs take and leave a lock without us while nobody waits; the waiters'
 * bit makes both come here.
 *
 * An unlock does not hand the lock over: it leaves the word free, with the waiters' bit as long as
 * there are any, and wakes the waiter of the best nice value, the oldest of those. That one takes
 * the word like anyone who comes by, or sleeps again. The bit keeps programs from taking it past
 * us, so a waiter can lose only to another caller of ours.
 *
 * Nothing is lost. A waiter sets the bit, enters itself, and then reads the word again: if the
 * owner has changed meanwhile it starts over. An unlock writes the word, then looks for waiters.
 * Who takes the lock looks for waiters afterwards, sets the bit again if there are any, and tells
 * them whom they wait for now.
 *
 * Death of an owner. A waiter marks the owner's LWP (LPI_OWNER) after it has entered itself; an LWP
 * that leaves sets LPI_GONE, and if it is marked, wakes all who wait for it. So either the waiter
 * sees LPI_GONE, or the leaver sees the mark and the waiter. A waiter that was woken so may take
 * the word from the dead tid, with the owner-died bit. A robust lock's word is freed by the list
 * of its owner before that.
 *
 * Priority. The scheduler has no fixed priorities, so an owner is not raised to its waiters'; the
 * estimate of CPU use by which it orders LWPs lets a starved owner run soon anyway (docs/adr/0005).
 * Deadlocks of more than one LWP are not looked for. FUTEX_WAIT_REQUEUE_PI is not offered: no libc
 * asks for it.
 */
#include "abi/linux/futex_int.h"

#include "sched/clock.h"
#include "sched/sched.h"
#include "vm/vm.h"

#define OWNER(word)	((pid_t)((word) & LX_FUTEX_TID_MASK))

/* --- the word --- */

/*
 * Tries to take the lock; dead is an owner that is known to have died, or 0. 0; EAGAIN: *was names
 * an owner; EDEADLK: it is the caller; EFAULT.
 */
static int
pi_take(vaddr_t va, pid_t self, pid_t dead, uint32_t *was)
{
	uint32_t seen, new;
	int error;

	if ((error = user_load32(uptr(va), was)) != 0)
		return error;
	for (;;) {
		pid_t owner = OWNER(*was);

		if (owner == self)
			return EDEADLK;
		if (owner != 0 && owner != dead)
			return EAGAIN;
		new = (uint32_t)self | (*was & ~LX_FUTEX_TID_MASK);
		if (owner != 0)
			new |= LX_FUTEX_OWNER_DIED;
		if ((error = user_cas32(uptr(va), *was, new, &seen)) != 0)
			return error;
		if (seen == *was)
			return 0;
		*was = seen;
	}
}

/* Changes the bits of a word whose owner stays. False: it is another's, or not there. */
static bool
pi_set_waiters(vaddr_t va, uint32_t was)
{
	pid_t owner = OWNER(was);
	uint32_t seen;

	while ((was & LX_FUTEX_WAITERS) == 0) {
		if (user_cas32(uptr(va), was, was | LX_FUTEX_WAITERS, &seen) != 0 ||
		    OWNER(seen) != owner)
			return false;
		if (seen == was)
			break;
		was = seen;
	}
	return true;
}

/* --- waiters --- */

/* Whether anyone waits for the lock of this key; if owner is not 0, all are told that it is his. */
static bool
pi_waiters(const struct futex_key *key, pid_t owner)
{
	struct futex_bucket *fb = futex_bucket_of(key);
	bool some = false;

	spin_lock(&fb->fb_lock);
	list_foreach(w, &fb->fb_waiters, struct futex_waiter, w_link) {
		if (!w->w_pi || !futex_key_equal(&w->w_key, key))
			continue;
		some = true;
		if (owner != 0)
			w->w_owner = owner;
	}
	spin_unlock(&fb->fb_lock);
	return some;
}

/* Wakes the waiter who is to have it next. */
static void
pi_wake_one(const struct futex_key *key)
{
	struct futex_bucket *fb = futex_bucket_of(key);
	struct futex_waiter *best = NULL;

	spin_lock(&fb->fb_lock);
	list_foreach(w, &fb->fb_waiters, struct futex_waiter, w_link) {
		if (w->w_pi && futex_key_equal(&w->w_key, key) &&
		    (best == NULL || w->w_nice < best->w_nice))
			best = w;
	}
	if (best != NULL)
		futex_wake_locked(best);
	spin_unlock(&fb->fb_lock);
}

enum pi_owner { PI_OWNER_THERE, PI_OWNER_LEAVING, PI_OWNER_GONE };

/* Marks the LWP that owns what we wait for. */
static enum pi_owner
pi_mark(pid_t tid)
{
	enum pi_owner answer = PI_OWNER_GONE;
	struct proc *p;
	struct lwp *l;

	if ((p = proc_find_lwp(tid, &l)) == NULL)
		return PI_OWNER_GONE;
	spin_lock(&p->p_lock);
	list_foreach(it, &p->p_lwps, struct lwp, l_link) {
		if (it == l && it->l_tid == tid) {
			answer = (atomic_or(&l->l_pi, LPI_OWNER) & LPI_GONE) != 0 ?
			    PI_OWNER_LEAVING : PI_OWNER_THERE;
			break;
		}
	}
	spin_unlock(&p->p_lock);
	proc_drop(p);
	return answer;
}

/*
 * Waits till the owner that `was` names may have let go, and w_dead says if he died. 0: try again;
 * ESRCH: there is no such owner; EINTR, ETIMEDOUT, EFAULT.
 */
static int
pi_wait(struct futex_waiter *w, vaddr_t va, uint32_t was, uint64_t deadline_ns)
{
	enum pi_owner owner;
	uint32_t now;
	int error;

	if (!pi_set_waiters(va, was))
		return 0;
	w->w_woken = false;
	w->w_dead = 0;
	w->w_owner = OWNER(was);
	futex_enter(w);
	owner = pi_mark(OWNER(was));
	error = user_load32(uptr(va), &now);
	if (error == 0 && owner == PI_OWNER_THERE && OWNER(now) == OWNER(was))
		return futex_sleep(w, deadline_ns);
	if (futex_leave(w) || error != 0 || OWNER(now) != OWNER(was))
		return error;
	if (owner == PI_OWNER_GONE)
		return ESRCH;
	/* It is on its way out and may yet free its robust locks. */
	error = kpause_sig("futexpi", clock_mono_ns() + NSEC_PER_MSEC);
	return error == ETIMEDOUT ? 0 : error;
}

/* The caller has the lock: those who wait must come to us, and know for whom they wait. */
static void
pi_taken(struct linux_call *c, vaddr_t va, const struct futex_key *key)
{
	uint32_t now;

	if (!pi_waiters(key, c->lc_lwp->l_tid))
		return;
	(void)atomic_or(&c->lc_lwp->l_pi, LPI_OWNER);
	if (user_load32(uptr(va), &now) == 0 && OWNER(now) == c->lc_lwp->l_tid)
		(void)pi_set_waiters(va, now);
}

static int
pi_lock(struct linux_call *c, bool private, bool try, uint64_t deadline_ns)
{
	struct futex_waiter w = { .w_pi = true, .w_bits = LX_FUTEX_BITSET_MATCH_ANY };
	vaddr_t va = ARG_VA(c, 0);
	uint32_t was;
	int error;

	error = futex_key_get(c->lc_proc->p_space, va, private, &w.w_key);
	if (error != 0)
		return error;
	w.w_nice = sched_get_nice(c->lc_lwp);
	for (;;) {
		error = pi_take(va, c->lc_lwp->l_tid, w.w_dead, &was);
		if (error == 0)
			pi_taken(c, va, &w.w_key);
		if (error != EAGAIN || try)
			break;
		if ((error = pi_wait(&w, va, was, deadline_ns)) != 0)
			break;
	}
	if (error != 0 && !try)
		pi_wake_one(&w.w_key);	/* a wake that we may have had is another's now */
	futex_key_drop(&w.w_key);
	return error;
}

static int
pi_unlock(struct linux_call *c, bool private)
{
	vaddr_t va = ARG_VA(c, 0);
	struct futex_key key;
	uint32_t was, seen;
	int error;

	if ((error = user_load32(uptr(va), &was)) != 0)
		return error;
	if (OWNER(was) != c->lc_lwp->l_tid)
		return EPERM;
	if ((error = futex_key_get(c->lc_proc->p_space, va, private, &key)) != 0)
		return error;
	while (error == 0) {
		error = user_cas32(uptr(va), was, pi_waiters(&key, 0) ? LX_FUTEX_WAITERS : 0,
		    &seen);
		if (error == 0 && seen == was)
			break;
		was = seen;
		if (error == 0 && OWNER(was) != c->lc_lwp->l_tid)
			error = EPERM;
	}
	if (error == 0)
		pi_wake_one(&key);
	futex_key_drop(&key);
	return error;
}

int
futex_pi_call(struct linux_call *c, uint32_t cmd, bool private, bool wall)
{
	uint64_t deadline_ns = 0;
	int error = 0;

	switch (cmd) {
	case LX_FUTEX_UNLOCK_PI:
		return pi_unlock(c, private);
	case LX_FUTEX_TRYLOCK_PI:
		return pi_lock(c, private, true, 0);
	case LX_FUTEX_LOCK_PI:
		error = futex_deadline(c, true, true, &deadline_ns);	/* always the wall clock */
		break;
	default:
		error = futex_deadline(c, true, wall, &deadline_ns);
		break;
	}
	if (error == 0)
		error = pi_lock(c, private, false, deadline_ns);
	return error == EINTR ? ERESTARTALWAYS : error;
}

/* --- death of an owner --- */

void
futex_pi_wake(vaddr_t va)
{
	struct futex_key key;

	if (futex_key_get(curproc()->p_space, va, false, &key) != 0)
		return;
	pi_wake_one(&key);
	futex_key_drop(&key);
}

void
futex_pi_leave(struct lwp *l)
{
	if ((atomic_or(&l->l_pi, LPI_GONE) & LPI_OWNER) == 0)
		return;
	for (size_t i = 0; i < FUTEX_BUCKETS; i++) {
		struct futex_bucket *fb = &futex_table[i];

		spin_lock(&fb->fb_lock);
		list_foreach_safe(w, &fb->fb_waiters, struct futex_waiter, w_link) {
			if (w->w_pi && w->w_owner == l->l_tid) {
				w->w_dead = l->l_tid;
				futex_wake_locked(w);
			}
		}
		spin_unlock(&fb->fb_lock);
	}
}
