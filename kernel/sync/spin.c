/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spin locks. A ticket lock: who comes draws a number, and the number served goes up by one at
 * each release, so waiters enter in the order of arrival. sl_owner is for checks only.
 *
 * Interrupts go off at the first lock that a CPU takes and come back at the last release: an
 * interrupt handler that takes the same lock would wait for the code that it interrupted. While
 * it spins with interrupts off, a CPU still answers TLB shoot-downs (arch_cpu_relax), for the
 * holder may be waiting for just that answer.
 */
#include "arch/arch.h"
#include "lib/chaos.h"
#include "sync/spin.h"

void
spin_init(struct spinlock *l, const char *name, enum lock_rank rank)
{
	*l = (struct spinlock)SPINLOCK_INIT(name, rank);
}

void
spin_enter(void)
{
	struct cpu *c = curcpu();
	bool on;

	/* In the kernel nobody is moved to another CPU against his will: c stays right. */
	if (c->c_spin_depth > 0) {
		c->c_spin_depth++;
		return;
	}
	on = arch_intr_off();
	c->c_spin_depth = 1;
	c->c_intr_was_on = on;
}

void
spin_leave(void)
{
	struct cpu *c = curcpu();

	KASSERT(c->c_spin_depth > 0 && !arch_intr_enabled());
	if (--c->c_spin_depth == 0 && c->c_intr_was_on)
		arch_intr_on();
}

static void
spin_acquired(struct spinlock *l, struct cpu *c)
{
	store_relaxed(&l->sl_owner, c);
	held_push(&c->c_held, l, l->sl_rank, l->sl_name);
	chaos_delay();
}

/* The whole of the slow way: spin_lock, ending with it, needs no frame of its own. */
static void __noinline
spin_wait(struct spinlock *l, uint16_t ticket)
{
	if (load_relaxed(&l->sl_owner) == curcpu())
		panic("spin lock %s: taken twice by CPU %u", l->sl_name, curcpu()->c_id);
	while (load_acquire(&l->sl_serving) != ticket)
		arch_cpu_relax();
	spin_acquired(l, curcpu());
}

void
spin_lock(struct spinlock *l)
{
	uint16_t ticket;

	chaos_delay();
	spin_enter();
	ticket = __atomic_fetch_add(&l->sl_next, 1, __ATOMIC_RELAXED);
	if (unlikely(load_acquire(&l->sl_serving) != ticket))
		spin_wait(l, ticket);
	else
		spin_acquired(l, curcpu());
}

bool
spin_trylock(struct spinlock *l)
{
	uint16_t ticket;

	spin_enter();
	ticket = load_relaxed(&l->sl_serving);
	if (__atomic_compare_exchange_n(&l->sl_next, &ticket, (uint16_t)(ticket + 1), false,
	    __ATOMIC_ACQUIRE,
	    __ATOMIC_RELAXED)) {
		spin_acquired(l, curcpu());
		return true;
	}
	spin_leave();
	return false;
}

void
spin_unlock(struct spinlock *l)
{
	KASSERT(spin_held(l));
	held_pop(&curcpu()->c_held, l);
	store_relaxed(&l->sl_owner, NULL);
	store_release(&l->sl_serving, (uint16_t)(l->sl_serving + 1));
	if (chaos_chance(32))
		curcpu()->c_need_resched = true;
	spin_leave();
	chaos_delay();
}

bool
spin_held(const struct spinlock *l)
{
	/*
	 * Without interrupts off this CPU may change between the two reads, but then we hold no
	 * spin lock and any answer but "no" would need our own CPU as owner.
	 */
	return !arch_intr_enabled() && load_relaxed(&l->sl_owner) == curcpu();
}
