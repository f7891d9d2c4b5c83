/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reader-writer locks. One word says who has it; as long as nobody waits, a lock and an unlock are
 * one atomic change of it, so readers on many CPUs meet in that word only.
 *
 * The queue keeps the order of arrival; a reader that finds anybody waiting waits too, so writers
 * do not starve. Whoever must wait first sets RW_WAITERS, then tries once more, then queues up, all
 * under rw_lock. From then on nobody takes the lock past the queue, and who releases it finds the
 * bit in the very change by which he releases: he hands over to the first waiter, and if that is a
 * reader to all readers that stand right behind it. The bit goes with the last waiter.
 */
#include "arch/arch.h"
#include "sync/rwlock.h"

void
rw_init(struct rwlock *rw, const char *name, enum lock_rank rank)
{
	spin_init(&rw->rw_lock, name, RANK_CV);
	rw->rw_state = 0;
	rw->rw_writer = NULL;
	list_init(&rw->rw_waiters);
	rw->rw_name = name;
	rw->rw_rank = (uint8_t)rank;
}

/* Takes the lock if its state, without the bits in ignore, allows it. */
static bool
rw_take(struct rwlock *rw, bool write, uint32_t ignore)
{
	uint32_t s = load_relaxed(&rw->rw_state);

	do {
		if ((s & ~ignore & (RW_WRITER | RW_WAITERS)) != 0 || (write && s >= RW_READER))
			return false;
	} while (!atomic_cas(&rw->rw_state, &s, write ? s | RW_WRITER : s + RW_READER));
	return true;
}

static void
rw_wait(struct rwlock *rw, bool write)
{
	struct park_waiter w = { .pw_lwp = curlwp(), .pw_writer = write };

	if (unlikely(load_relaxed(&rw->rw_writer) == curlwp()))
		panic("rwlock %s: taken twice", rw->rw_name);
	spin_lock(&rw->rw_lock);
	(void)atomic_or(&rw->rw_state, RW_WAITERS);
	if (list_empty(&rw->rw_waiters) && rw_take(rw, write, RW_WAITERS)) {
		(void)atomic_and(&rw->rw_state, ~RW_WAITERS);
	} else {
		list_push_back(&rw->rw_waiters, &w.pw_link);
		while (!w.pw_woken) {
			park(&rw->rw_lock, rw->rw_name, false, 0);
			spin_lock(&rw->rw_lock);
		}
	}
	spin_unlock(&rw->rw_lock);
}

static void
rw_lock(struct rwlock *rw, bool write)
{
	KASSERT(curcpu()->c_spin_depth == 0 && curcpu()->c_intr_depth == 0);
	if (unlikely(!rw_take(rw, write, 0)))
		rw_wait(rw, write);
	if (write)
		store_relaxed(&rw->rw_writer, curlwp());
	held_push(lwp_held_ranks(curlwp()), rw, rw->rw_rank, rw->rw_name);
}

void
rw_rdlock(struct rwlock *rw)
{
	rw_lock(rw, false);
}

void
rw_wrlock(struct rwlock *rw)
{
	rw_lock(rw, true);
}

/* Hands the lock to as many waiters at the head of the queue as may have it. */
static void __noinline
rw_hand_over(struct rwlock *rw)
{
	struct park_waiter *w;

	spin_lock(&rw->rw_lock);
	while ((w = list_first(&rw->rw_waiters, struct park_waiter, pw_link)) != NULL &&
	    rw_take(rw, w->pw_writer, RW_WAITERS)) {
		list_remove(&w->pw_link);
		w->pw_woken = true;
		unpark(w->pw_lwp);
	}
	if (w == NULL)
		(void)atomic_and(&rw->rw_state, ~RW_WAITERS);
	spin_unlock(&rw->rw_lock);
}

void
rw_unlock(struct rwlock *rw)
{
	uint32_t s;

	held_pop(lwp_held_ranks(curlwp()), rw);
	if (load_relaxed(&rw->rw_writer) == curlwp()) {
		store_relaxed(&rw->rw_writer, NULL);
		s = atomic_and(&rw->rw_state, ~RW_WRITER);
	} else {
		ASSERT(load_relaxed(&rw->rw_state) >= RW_READER);
		s = __atomic_sub_fetch(&rw->rw_state, RW_READER, __ATOMIC_SEQ_CST);
	}
	if (unlikely((s & RW_WAITERS) != 0 && s < RW_READER))
		rw_hand_over(rw);
}
