/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scheduler for one LWP, which never sleeps: a lock that is taken is a bug of the test.
 */
#include "host.h"
#include "sched/sched.h"
#include "sync/park.h"

void
arch_cpu_relax(void)
{
	panic("a lock is waited for");
}

void
sched_preempt_point(void)
{
	ASSERT(host_cpu.c_spin_depth == 0);
}

int
park(struct spinlock *interlock, const char *wmesg, bool interruptible __unused,
    uint64_t deadline __unused)
{
	panic("%s (%s): would sleep", wmesg, interlock->sl_name);
}

void
unpark(struct lwp *l __unused)
{
	panic("nobody sleeps");
}

bool
lwp_on_cpu(const struct lwp *l __unused)
{
	return false;
}

struct held_ranks *
lwp_held_ranks(struct lwp *l __unused)
{
	return &host_held;
}
