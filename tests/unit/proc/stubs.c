/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The surroundings of kernel/proc and kernel/signal in unit tests: a machine whose LWPs never
 * run, a scheduler that only notes what it was told (stubs_file.c has the rest). What can fail in
 * the kernel for want of memory allocates here too.
 */
#include <setjmp.h>

#include "stubs.h"
#include "machine/frame.h"
#include "mem/cache.h"
#include "proc/proc.h"
#include "sched/clock.h"

jmp_buf stub_exit_jump;
void (*stub_during_fork)(void);
uint32_t stub_wakeups;
uint64_t stub_now = 1000;
static char stub_stacks[64];

/* --- machine --- */

int
arch_lwp_create(struct lwp *l, void (*entry)(void *), void *arg)
{
	l->l_arch.al_stack = kmalloc(16384);
	return l->l_arch.al_stack != NULL ? 0 : ENOMEM;
}

int
arch_lwp_fork(struct lwp *child, const struct lwp *parent)
{
	if (stub_during_fork != NULL)
		stub_during_fork();
	return arch_lwp_create(child, NULL, NULL);
}

void
arch_lwp_destroy(struct lwp *l)
{
	kfree(l->l_arch.al_stack);
	l->l_arch.al_stack = NULL;
}

struct trapframe *
arch_lwp_frame(struct lwp *l)
{
	return (struct trapframe *)stub_stacks;
}


/* --- scheduler, clocks --- */

void
sched_lwp_init(struct lwp *l, const struct lwp *parent)
{
	memset(&l->l_sched, 0, sizeof(l->l_sched));
	l->l_sched.s_state = SCHED_NEW;
	list_init(&l->l_sched.s_link);
}

void
sched_lwp_init_idle(struct lwp *l, uint32_t cpu)
{
	sched_lwp_init(l, NULL);
}

/* The LWP that exits goes no further: back into the test. */
void
sched_exit(void)
{
	longjmp(stub_exit_jump, 1);
}

void	sched_enqueue_new(struct lwp *l) { l->l_sched.s_state = SCHED_RUNNABLE; }
void	sched_enqueue_new_here(struct lwp *l) { l->l_sched.s_state = SCHED_RUNNABLE; }
void	sched_new_stopped(struct lwp *l) { l->l_sched.s_state = SCHED_STOPPED; }
void	sched_signal_wakeup(struct lwp *l) { stub_wakeups++; }
enum sched_state sched_state_of(const struct lwp *l) { return l->l_sched.s_state; }
void	sched_stop_self(struct spinlock *s) { UNREACHABLE(); }
void	sched_unstop(struct lwp *l) { }
void	sched_user_return(void) { }
void	timeout_init(struct timeout *t, void (*fn)(void *), void *arg) { memset(t, 0, sizeof(*t)); }
void	timeout_set(struct timeout *t, uint64_t when) { }
bool	timeout_cancel(struct timeout *t) { return true; }
uint64_t clock_mono_ns(void) { return stub_now++; }
uint64_t clock_wall_ns(void) { return stub_now++; }
