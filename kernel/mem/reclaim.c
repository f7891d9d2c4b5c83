/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Giving back what is kept at hand, when memory runs low.
 *
 * Free memory hides in three places: each CPU's list of single pages, each CPU's magazines of
 * objects (and the slabs that are empty but kept), and the cache of kernel stacks. The first two
 * belong to their CPU alone, so they are emptied by somebody who runs there: the process "reclaim"
 * (main/reclaim.c) visits one CPU after the other.
 *
 * When the shared lists have to serve a CPU and hold less than the low mark, reclaim_wanted is set;
 * the next page_alloc outside of all spin locks wakes the process (under one it may not: waking
 * comes before the page allocator in the order of locks). There is nothing else to reclaim: no
 * swap, and files are in memory, so no page of one is clean.
 */
#include "arch/arch.h"
#include "mem/cache.h"
#include "mem/page.h"
#include "mem/page_int.h"
#include "sync/cv.h"

bool reclaim_wanted;			/* atomic */

static struct spinlock reclaim_lock = SPINLOCK_INIT("reclaim", RANK_POLL);
static struct cv reclaim_cv;		/* reclaim_lock; set up by the first wait */
static bool reclaim_waits;		/* reclaim_lock */
static bool reclaim_began;		/* the process' own */

void
reclaim_wake(void)
{
	if (curcpu()->c_spin_depth != 0 || curcpu()->c_intr_depth != 0)
		return;
	spin_lock(&reclaim_lock);
	store_relaxed(&reclaim_wanted, false);
	if (reclaim_waits) {
		reclaim_waits = false;
		cv_signal(&reclaim_cv);
	}
	spin_unlock(&reclaim_lock);
}

void
mem_reclaim_wait(void)
{
	spin_lock(&reclaim_lock);
	if (!reclaim_began)
		cv_init(&reclaim_cv, "reclaim");
	reclaim_began = true;
	reclaim_waits = true;
	while (reclaim_waits)
		cv_wait_spin(&reclaim_cv, &reclaim_lock);
	spin_unlock(&reclaim_lock);
}

void
mem_reclaim_cpu(void)
{
#ifdef KASAN
	cache_quarantine_drain();
#endif
	for (struct cache *c = load_acquire(&cache_list); c != NULL; c = c->c_next) {
		if (load_acquire(&c->c_cpu) != NULL)
			cache_shrink_cpu(c);
	}
	page_shrink_cpu();
}
