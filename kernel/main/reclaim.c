/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The process "reclaim": when memory is low it goes from CPU to CPU and has each give up what it
 * keeps at hand, and then gives up the kernel stacks that are kept for the next threads. See
 * mem/reclaim.c for what there is to be had and who wakes it.
 *
 * Pages are not zeroed in advance by a process of the same kind: in a virtual machine a CPU that is
 * idle gives its host's CPU to somebody else, and a page that has just been zeroed where it is used
 * is in that CPU's cache.
 */
#include "arch/arch.h"
#include "main/main.h"
#include "mem/page.h"
#include "proc/proc.h"
#include "sched/clock.h"
#include "sched/sched.h"

#define REST_NS		(100 * NSEC_PER_MSEC)	/* from one round to the next, at least */

/* A sleep, however short, ends on a CPU that the affinity allows. */
static void
go_to_cpu(uint64_t mask)
{
	(void)sched_set_affinity(curlwp(), mask);
	(void)kpause_sig("reclaim", clock_mono_ns() + NSEC_PER_USEC);
}

static void
reclaim_main(void *arg __unused)
{
	for (;;) {
		mem_reclaim_wait();
		for (uint32_t i = 0; i < ncpu; i++) {
			go_to_cpu(1ull << i);
			mem_reclaim_cpu();
		}
		go_to_cpu(~0ull);
		arch_kstack_drain();
		mem_reclaim_cpu();	/* the stacks' pages went into this CPU's list */
		(void)kpause_sig("reclaim", clock_mono_ns() + REST_NS);
	}
}

void
reclaim_start(void)
{
	int error = kthread_create("reclaim", reclaim_main, NULL, NULL);

	if (error != 0)
		klog(KLOG_WARN, "reclaim: cannot be started (error %d)\n", error);
}
