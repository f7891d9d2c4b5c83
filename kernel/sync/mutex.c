/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes. m_lock guards the owner and the queue of waiters; release hands ownership to the first
 * waiter, so the mutex is never free while somebody waits. No spinning on a running owner:
 * holders may sleep, and a short hold that is contended is a reason for a spin lock.
 */
#include "arch/arch.h"
#include "sync/mutex.h"

void
mutex_init(struct mutex *m, const char *name, enum lock_rank rank)
{
	spin_init(&m->m_lock, name, RANK_CV);
	m->m_owner = NULL;
	list_init(&m->m_waiters);
	m->m_name = name;
	m->m_rank = (uint8_t)rank;
}

bool
mutex_held(const struct mutex *m)
{
	return load_relaxed(&m->m_owner) == curlwp();
}

void
mutex_lock(struct mutex *m)
{
	struct park_waiter w = { .pw_lwp = curlwp() };

	KASSERT(curcpu()->c_spin_depth == 0 && curcpu()->c_intr_depth == 0);
	spin_lock(&m->m_lock);
	if (unlikely(m->m_owner == curlwp()))
		panic("mutex %s: taken twice", m->m_name);
	if (m->m_owner == NULL) {
		store_relaxed(&m->m_owner, curlwp());
		spin_unlock(&m->m_lock);
	} else {
		list_push_back(&m->m_waiters, &w.pw_link);
		while (!w.pw_woken) {
			park(&m->m_lock, m->m_name, false, 0);
			spin_lock(&m->m_lock);
		}
		KASSERT(m->m_owner == curlwp());
		spin_unlock(&m->m_lock);
	}
	held_push(lwp_held_ranks(curlwp()), m, m->m_rank, m->m_name);
}

bool
mutex_trylock(struct mutex *m)
{
	bool got;

	spin_lock(&m->m_lock);
	got = m->m_owner == NULL;
	if (got)
		store_relaxed(&m->m_owner, curlwp());
	spin_unlock(&m->m_lock);
	if (got)
		held_push(lwp_held_ranks(curlwp()), m, RANK_NONE, m->m_name);
	return got;
}

void
mutex_unlock(struct mutex *m)
{
	struct park_waiter *w;

	KASSERT(mutex_held(m));
	held_pop(lwp_held_ranks(curlwp()), m);
	spin_lock(&m->m_lock);
	w = list_first(&m->m_waiters, struct park_waiter, pw_link);
	if (w == NULL) {
		store_relaxed(&m->m_owner, NULL);
	} else {
		list_remove(&w->pw_link);
		store_relaxed(&m->m_owner, w->pw_lwp);
		w->pw_woken = true;
		unpark(w->pw_lwp);
	}
	spin_unlock(&m->m_lock);
}
