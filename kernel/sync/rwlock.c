/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reader-writer locks. The queue keeps the order of arrival; a reader that finds anybody waiting
 * waits too, so writers do not starve. When the lock becomes free it is handed to the first
 * waiter, and if that is a reader to all readers that stand right behind it.
 */
#include "arch/arch.h"
#include "sync/rwlock.h"

void
rw_init(struct rwlock *rw, const char *name, enum lock_rank rank)
{
	spin_init(&rw->rw_lock, name, RANK_CV);
	rw->rw_readers = 0;
	rw->rw_writer = NULL;
	list_init(&rw->rw_waiters);
	rw->rw_name = name;
	rw->rw_rank = (uint8_t)rank;
}

static bool
rw_take(struct rwlock *rw, bool write)
{
	if (rw->rw_writer != NULL || (write && rw->rw_readers > 0))
		return false;
	if (write)
		store_relaxed(&rw->rw_writer, curlwp());
	else
		rw->rw_readers++;
	return true;
}

static void
rw_lock(struct rwlock *rw, bool write)
{
	struct park_waiter w = { .pw_lwp = curlwp(), .pw_writer = write };

	KASSERT(curcpu()->c_spin_depth == 0 && curcpu()->c_intr_depth == 0);
	spin_lock(&rw->rw_lock);
	if (unlikely(rw->rw_writer == curlwp()))
		panic("rwlock %s: taken twice", rw->rw_name);
	if (!list_empty(&rw->rw_waiters) || !rw_take(rw, write)) {
		list_push_back(&rw->rw_waiters, &w.pw_link);
		while (!w.pw_woken) {
			park(&rw->rw_lock, rw->rw_name, false, 0);
			spin_lock(&rw->rw_lock);
		}
	}
	spin_unlock(&rw->rw_lock);
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

/* Hands a free lock to the waiters at the head of the queue. */
static void
rw_hand_over(struct rwlock *rw)
{
	struct park_waiter *w;

	while ((w = list_first(&rw->rw_waiters, struct park_waiter, pw_link)) != NULL) {
		if (rw->rw_writer != NULL || (w->pw_writer && rw->rw_readers > 0))
			return;
		if (w->pw_writer)
			store_relaxed(&rw->rw_writer, w->pw_lwp);
		else
			rw->rw_readers++;
		list_remove(&w->pw_link);
		w->pw_woken = true;
		unpark(w->pw_lwp);
	}
}

void
rw_unlock(struct rwlock *rw)
{
	held_pop(lwp_held_ranks(curlwp()), rw);
	spin_lock(&rw->rw_lock);
	if (rw->rw_writer == curlwp()) {
		store_relaxed(&rw->rw_writer, NULL);
	} else {
		ASSERT(rw->rw_readers > 0);
		rw->rw_readers--;
	}
	rw_hand_over(rw);
	spin_unlock(&rw->rw_lock);
}
