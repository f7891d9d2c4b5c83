/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The checker of lock order. Each context keeps the ranks that it holds in the order of taking:
 * spin locks by CPU (nothing else can run on it meanwhile), sleeping locks by LWP. A new lock
 * must rank above all of them. RANK_NONE is unchecked, and equal ranks are allowed only where the
 * name of both says that an order by address exists (vnodes): there the caller is
 * trusted.
 */
#include "sync/rank.h"

#ifdef DEBUG

static bool
rank_repeats(enum lock_rank rank)
{
	return rank == RANK_VNODE || rank == RANK_VMSPACE ||
	    rank == RANK_FDTABLE ||
	    rank == RANK_EPOLL || rank == RANK_TTY || rank == RANK_SCHED || rank == RANK_FILE;
}

void
held_push(struct held_ranks *h, const void *lock, enum lock_rank rank, const char *name)
{
	if (h->h_n > 0 && rank != RANK_NONE) {
		uint8_t top = h->h_rank[h->h_n - 1];

		if (top > rank || (top == rank && !rank_repeats(rank)))
			panic("lock order: %s (rank %u) taken under rank %u", name, rank, top);
	}
	if (h->h_n == HELD_MAX)
		panic("lock order: %s: more than %u locks held", name, HELD_MAX);
	h->h_lock[h->h_n] = lock;
	h->h_rank[h->h_n++] = (uint8_t)rank;
}

void
held_pop(struct held_ranks *h, const void *lock)
{
	for (uint8_t i = h->h_n; i-- > 0;) {
		if (h->h_lock[i] != lock)
			continue;
		for (h->h_n--; i < h->h_n; i++) {
			h->h_lock[i] = h->h_lock[i + 1];
			h->h_rank[i] = h->h_rank[i + 1];
		}
		return;
	}
	panic("lock order: lock %p released by a context that does not hold it", lock);
}

#endif
