/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Spin locks: first come, first served (tickets). Interrupts of the CPU are off while any is
 * held. A waiter serves TLB shoot-downs (arch_cpu_relax), so a holder may wait for other CPUs to
 * flush.
 */
#ifndef SYNC_SPIN_H
#define SYNC_SPIN_H

#include "sync/rank.h"

struct cpu;

struct spinlock {
	uint16_t	 sl_next;	/* the next ticket to hand out */
	uint16_t	 sl_serving;	/* the ticket that holds the lock */
	uint8_t		 sl_rank;
	const char	*sl_name;
	struct cpu	*sl_owner;	/* for checks: null when free */
};

#define SPINLOCK_INIT(name, rank)	{ .sl_name = (name), .sl_rank = (rank) }

void	spin_init(struct spinlock *, const char *name, enum lock_rank);
void	spin_lock(struct spinlock *);
void	spin_unlock(struct spinlock *);
bool	spin_trylock(struct spinlock *);
/* Whether this CPU holds it. Exact: nobody else can make the answer change. */
bool	spin_held(const struct spinlock *);

/*
 * Interrupts off, counted per CPU; the first call remembers whether they were on, the last gives
 * that back.
 */
void	spin_enter(void);
void	spin_leave(void);

#define ASSERT_SPIN_HELD(l)	KASSERT(spin_held(l))

#endif
