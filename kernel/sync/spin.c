/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spin locks. One word, taken by an exchange; who finds it taken reads it until it looks free and
 * tries again. sl_owner is for checks only.
 *
 * Why not a queue, by tickets or otherwise? Because the host takes our CPUs away when it likes. In
 * a queue, a waiter whose CPU is away holds up all who came after it, though the lock is free; the
 * more CPUs there are for each of the host's, the likelier that is. Here only a holder whose CPU is
 * away holds others up, and holds are short. The price is order: a CPU may be overtaken. Holds are
 * a few hundred instructions, and CPUs at most 16.
 *
 * Interrupts go off at the first lock that a CPU takes and come back at the last release: an
 * interrupt handler that takes the same lock would wait for the code that it interrupted. While
 * it spins with interrupts off, a CPU still answers TLB shoot-downs (arch_cpu_relax), for the
 * holder may be waiting for just that answer.
 */
#include "arch/arch.h"
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
spin_acquired(struct spinlock *l)
{
	struct cpu *c = curcpu();

	store_relaxed(&l->sl_owner, c);
	held_push(&c->c_held, l, l->sl_rank, l->sl_name);
}

static void __noinline
spin_wait(struct spinlock *l)
{
	if (load_relaxed(&l->sl_owner) == curcpu())
		panic("spin lock %s: taken twice by CPU %u", l->sl_name, curcpu()->c_id);
	do {
		while (load_relaxed(&l->sl_taken) != 0)
			arch_cpu_relax();
	} while (__atomic_exchange_n(&l->sl_taken, 1, __ATOMIC_ACQUIRE) != 0);
}

void
spin_lock(struct spinlock *l)
{
	spin_enter();
	if (unlikely(__atomic_exchange_n(&l->sl_taken, 1, __ATOMIC_ACQUIRE) != 0))
		spin_wait(l);
	spin_acquired(l);
}

bool
spin_trylock(struct spinlock *l)
{
	spin_enter();
	if (load_relaxed(&l->sl_taken) == 0 &&
	    __atomic_exchange_n(&l->sl_taken, 1, __ATOMIC_ACQUIRE) == 0) {
		spin_acquired(l);
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
	store_release(&l->sl_taken, 0);
	spin_leave();
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
