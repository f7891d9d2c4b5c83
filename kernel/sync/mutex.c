/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes. m_lock guards the owner and the queue of waiters.
 *
 * Who finds a mutex taken first spins, without m_lock, for as long as its owner runs on another CPU
 * but not longer than SPIN_CYCLES: most holds are shorter than two switches. Then it queues up and
 * sleeps.
 *
 * unlock frees the mutex and wakes the first waiter, which stays on the queue until it has it:
 * meanwhile another may take it, and go on without a switch. A waiter that was robbed so sets
 * m_handoff, and the next unlock hands the mutex over to the first: nobody starves.
 */
#include "arch/arch.h"
#include "sync/mutex.h"

#define SPIN_CYCLES	40000u		/* some 15 us */

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

static bool
take_locked(struct mutex *m)
{
	if (unlikely(m->m_owner == curlwp()))
		panic("mutex %s: taken twice", m->m_name);
	if (m->m_owner != NULL)
		return false;
	store_relaxed(&m->m_owner, curlwp());
	return true;
}

/* Waits for an owner that runs. False: it does not, or it takes long. */
static bool
spin_for_owner(const struct mutex *m)
{
	uint64_t start = arch_cycles();
	const struct lwp *owner;

	while ((owner = load_relaxed(&m->m_owner)) != NULL) {
		if (!lwp_on_cpu(owner) || arch_cycles() - start > SPIN_CYCLES)
			return false;
		arch_cpu_relax();
	}
	return true;
}

/* m_lock is held, and given up. */
static void
sleep_locked(struct mutex *m)
{
	struct park_waiter w = { .pw_lwp = curlwp() };

	list_push_back(&m->m_waiters, &w.pw_link);
	for (;;) {
		park(&m->m_lock, m->m_name, false, 0);
		spin_lock(&m->m_lock);
		if (w.pw_woken)			/* handed over */
			break;
		if (take_locked(m)) {
			list_remove(&w.pw_link);
			break;
		}
		m->m_handoff = true;
	}
	KASSERT(m->m_owner == curlwp());
	spin_unlock(&m->m_lock);
}

void
mutex_lock(struct mutex *m)
{
	bool spin = ncpu > 1;

	KASSERT(curcpu()->c_spin_depth == 0 && curcpu()->c_intr_depth == 0);
	for (;;) {
		spin_lock(&m->m_lock);
		if (take_locked(m)) {
			spin_unlock(&m->m_lock);
			break;
		}
		if (!spin) {
			sleep_locked(m);
			break;
		}
		spin_unlock(&m->m_lock);
		spin = spin_for_owner(m);
	}
	held_push(lwp_held_ranks(curlwp()), m, m->m_rank, m->m_name);
}

void
mutex_unlock(struct mutex *m)
{
	struct park_waiter *w;

	KASSERT(mutex_held(m));
	held_pop(lwp_held_ranks(curlwp()), m);
	spin_lock(&m->m_lock);
	w = list_first(&m->m_waiters, struct park_waiter, pw_link);
	if (w != NULL && m->m_handoff) {
		list_remove(&w->pw_link);
		store_relaxed(&m->m_owner, w->pw_lwp);
		w->pw_woken = true;
		m->m_handoff = false;
	} else {
		store_relaxed(&m->m_owner, NULL);
	}
	if (w != NULL)
		unpark(w->pw_lwp);
	spin_unlock(&m->m_lock);
}
