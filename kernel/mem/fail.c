/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Failure injection: makes chosen allocations fail, so that tests can walk every error path of a call: fail the first allocation,
 * then the second, ... until the call succeeds. When it is off, an allocation pays one load and a branch not taken.
 */
#include "arch/arch.h"
#include "mem/page.h"
#include "sync/spin.h"

bool mem_fail_armed;

static struct spinlock	fail_lock = SPINLOCK_INIT("memfail", RANK_KLOG);
static uint64_t		fail_seen;	/* fail_lock: allocations since mem_fail_after */
static uint64_t		fail_after;	/* fail_lock */
static uint64_t		fail_count;	/* fail_lock */
static const struct lwp	*fail_lwp;	/* fail_lock: whose, null: everybody's */

void
mem_fail_after(uint64_t after, uint64_t count, const struct lwp *l)
{
	spin_lock(&fail_lock);
	fail_seen = 0;
	fail_after = after;
	fail_count = count;
	fail_lwp = l;
	store_relaxed(&mem_fail_armed, true);
	spin_unlock(&fail_lock);
}

uint64_t
mem_fail_clear(void)
{
	uint64_t seen;

	spin_lock(&fail_lock);
	store_relaxed(&mem_fail_armed, false);
	seen = fail_seen;
	spin_unlock(&fail_lock);
	return seen;
}

bool
mem_fail_hit(void)
{
	bool hit = false;

	spin_lock(&fail_lock);
	if (mem_fail_armed && (fail_lwp == NULL || (fail_lwp == curlwp() && curcpu()->c_intr_depth == 0))) {
		hit = fail_seen >= fail_after && fail_seen - fail_after < fail_count;
		fail_seen++;
	}
	spin_unlock(&fail_lock);
	return hit;
}
