/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mutexes. One word has the owner; as long as nobody waits, lock and unlock are one atomic change
 * of it. A bit of it says that somebody does: then both go by m_lock, which guards the queue.
 *
 * Who finds a mutex taken first spins, for as long as its owner runs on another CPU but not longer
 * than SPIN_CYCLES: most holds are shorter than two switches. Then it queues up and sleeps.
 *
 * unlock frees the mutex and wakes the first waiter, which stays on the queue until it has it:
 * meanwhile another may take it, and go on without a switch. A waiter that was robbed so sets
 * m_handoff, and the next unlock hands the mutex over to the first: nobody starves.
 */
#include "arch/arch.h"
#include "lib/chaos.h"
#include "sync/mutex.h"

#define SPIN_CYCLES	40000u		/* some 15 us */

void
mutex_init(struct mutex *m, const char *name, enum lock_rank rank)
{
	spin_init(&m->m_lock, name, RANK_CV);
	m->m_word = 0;
	list_init(&m->m_waiters);
	m->m_name = name;
	m->m_rank = (uint8_t)rank;
}

static struct lwp *
owner_of(uintptr_t word)
{
	return (struct lwp *)(word & ~MUTEX_WAITERS);
}

bool
mutex_held(const struct mutex *m)
{
	return owner_of(load_relaxed(&m->m_word)) == curlwp();
}

/* Takes it if it is free; the bit stays as it is. Also past those that wait. */
static bool
take(struct mutex *m)
{
	uintptr_t word = load_relaxed(&m->m_word);

	do {
		if (owner_of(word) != NULL)
			return false;
	} while (!atomic_cas(&m->m_word, &word, word | (uintptr_t)curlwp()));
	return true;
}

/* Waits for an owner that runs. False: it does not, or it takes long. */
static bool
spin_for_owner(const struct mutex *m)
{
	uint64_t start = arch_cycles();
	const struct lwp *owner;

	while ((owner = owner_of(load_relaxed(&m->m_word))) != NULL) {
		if (!lwp_on_cpu(owner) || arch_cycles() - start > SPIN_CYCLES)
			return false;
		arch_cpu_relax();
	}
	return true;
}

static void
mutex_sleep(struct mutex *m)
{
	struct park_waiter w = { .pw_lwp = curlwp() };

	spin_lock(&m->m_lock);
	list_push_back(&m->m_waiters, &w.pw_link);
	(void)atomic_or(&m->m_word, MUTEX_WAITERS);
	while (!w.pw_woken && !take(m)) {
		park(&m->m_lock, m->m_name, false, 0);
		spin_lock(&m->m_lock);
		if (!w.pw_woken && owner_of(load_relaxed(&m->m_word)) != NULL)
			m->m_handoff = true;	/* robbed */
	}
	if (!w.pw_woken)			/* else handed over, and taken off */
		list_remove(&w.pw_link);
	if (list_empty(&m->m_waiters))
		(void)atomic_and(&m->m_word, ~MUTEX_WAITERS);
	KASSERT(mutex_held(m));
	spin_unlock(&m->m_lock);
}

static void __noinline
mutex_lock_slow(struct mutex *m)
{
	bool spin = ncpu > 1;

	if (unlikely(mutex_held(m)))
		panic("mutex %s: taken twice", m->m_name);
	while (!take(m)) {
		if (!spin) {
			mutex_sleep(m);
			return;
		}
		spin = spin_for_owner(m);
	}
}

void
mutex_lock(struct mutex *m)
{
	uintptr_t free = 0;

	KASSERT(curcpu()->c_spin_depth == 0 && curcpu()->c_intr_depth == 0);
	chaos_sleep();
	if (unlikely(!atomic_cas(&m->m_word, &free, (uintptr_t)curlwp())))
		mutex_lock_slow(m);
	held_push(lwp_held_ranks(curlwp()), m, m->m_rank, m->m_name);
	chaos_sleep();
}

static void __noinline
mutex_unlock_slow(struct mutex *m)
{
	struct park_waiter *w;

	spin_lock(&m->m_lock);
	w = list_first(&m->m_waiters, struct park_waiter, pw_link);
	if (w != NULL && m->m_handoff) {
		list_remove(&w->pw_link);
		store_release(&m->m_word, (uintptr_t)w->pw_lwp | MUTEX_WAITERS);
		w->pw_woken = true;
		m->m_handoff = false;
	} else {
		store_release(&m->m_word, w != NULL ? MUTEX_WAITERS : 0);
	}
	if (w != NULL)
		unpark(w->pw_lwp);
	spin_unlock(&m->m_lock);
}

void
mutex_unlock(struct mutex *m)
{
	uintptr_t self = (uintptr_t)curlwp();

	KASSERT(mutex_held(m));
	held_pop(lwp_held_ranks(curlwp()), m);
	if (unlikely(!atomic_cas(&m->m_word, &self, 0)))
		mutex_unlock_slow(m);
}
