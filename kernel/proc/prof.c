/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Profiling by samples of the program counter.
 *
 * A sample is due for each 10 ms of user time of an LWP. There is no tick: when an LWP of a
 * profiled process goes to user mode it sets a timeout for the moment when, running on, it will
 * have used up its 10 ms. The timeout only sets LATTN_PROF and makes the LWP's CPU enter the
 * kernel; on its way back the LWP looks how much user time it has really had (it may have slept
 * meanwhile), counts so many samples at the address where it was interrupted, and sets the next
 * timeout. An LWP that sleeps has one timeout at most, and then none: an idle machine stays idle.
 *
 * The settings are one structure guarded by p_lock, copied whole: by fork (SPEC FIX-27) and for
 * each sample. pr_gen tells an LWP that they were changed and its count of user time starts anew.
 * The child of a fork that shares memory is not profiled: it would count into its parent's cells.
 *
 * Cells are raised by compare-and-swap of the 32-bit word around them, so LWPs do not lose each
 * other's counts. A buffer that cannot be written ends the profiling.
 */
#include "proc/prof.h"

#include "machine/frame.h"
#include "proc/proc_int.h"
#include "sched/clock.h"

static struct prof
prof_get(struct proc *p)
{
	struct prof pr;

	spin_lock(&p->p_lock);
	pr = p->p_prof;
	spin_unlock(&p->p_lock);
	return pr;
}

int
prof_set(struct proc *p, vaddr_t base, size_t size, vaddr_t off, uint32_t scale)
{
	if (scale > PROF_SCALE_MAX)
		return EINVAL;
	spin_lock(&p->p_lock);
	p->p_prof = (struct prof){
		.pr_base = base, .pr_size = size, .pr_off = off, .pr_scale = scale,
		.pr_gen = p->p_prof.pr_gen + 1,
	};
	if (scale != 0)
		list_foreach(l, &p->p_lwps, struct lwp, l_link)
			atomic_or(&l->l_attn, LATTN_PROF);
	spin_unlock(&p->p_lock);
	return 0;
}

void
prof_fork(struct proc *child, struct lwp *cl, struct proc *parent, bool share_vm)
{
	if (share_vm)
		return;
	child->p_prof = prof_get(parent);
	if (child->p_prof.pr_scale != 0)
		cl->l_attn |= LATTN_PROF;	/* the clock is set before its first instruction */
}

void
prof_exec(struct proc *p)
{
	spin_lock(&p->p_lock);
	p->p_prof = (struct prof){ .pr_gen = p->p_prof.pr_gen + 1 };
	spin_unlock(&p->p_lock);
}

/* Time to look again. In interrupts; the LWP may run elsewhere by now, or sleep. */
static void
prof_due(void *arg)
{
	struct lwp *l = arg;
	uint32_t cpu = load_relaxed(&l->l_sched.s_cpu);

	atomic_or(&l->l_attn, LATTN_PROF);
	if (load_relaxed(&l->l_sched.s_state) == SCHED_RUNNING && cpu != curcpu()->c_id)
		arch_send_resched(cpu);
}

/* Raises pc's cell by n. EFAULT. */
static int
prof_count(const struct prof *pr, vaddr_t pc, uint32_t n)
{
	uint64_t at = ((unsigned __int128)(pc - pr->pr_off) * pr->pr_scale >> 16) & ~1ull;
	uint32_t *word, old, was, cell, shift;
	int error;

	if (pc < pr->pr_off || at > pr->pr_size || pr->pr_size - at < sizeof(uint16_t))
		return 0;
	word = (uint32_t *)((pr->pr_base + at) & ~3ull);
	shift = (uint32_t)((pr->pr_base + at) & 2) * 8;
	if ((error = user_load32(word, &old)) != 0)
		return error;
	for (;;) {
		cell = (old >> shift) + n;
		error = user_cas32(word, old, (old & ~(0xffffu << shift)) |
		    (cell & 0xffff) << shift, &was);
		if (error != 0 || was == old)
			return error;
		old = was;
	}
}

void
prof_check(struct lwp *l, const struct trapframe *tf)
{
	struct prof pr = prof_get(l->l_proc);
	uint64_t used = arch_cycles_to_ns(l->l_sched.s_cycles[true]), n;

	atomic_and(&l->l_attn, ~LATTN_PROF);
	if (pr.pr_scale == 0)
		return;
	if (!l->l_prof_on || l->l_prof_gen != pr.pr_gen) {
		if (!l->l_prof_on)
			timeout_init(&l->l_prof_timeout, prof_due, l);
		l->l_prof_on = true;
		l->l_prof_gen = pr.pr_gen;
		l->l_prof_ns = used;
	}
	if ((n = (used - l->l_prof_ns) / PROF_PERIOD_NS) > 0) {
		l->l_prof_ns += n * PROF_PERIOD_NS;
		if (prof_count(&pr, tf->tf_rip, (uint32_t)MIN(n, 0xffffull)) != 0) {
			(void)prof_set(l->l_proc, 0, 0, 0, 0);
			return;
		}
	}
	timeout_set(&l->l_prof_timeout, clock_mono_ns() + PROF_PERIOD_NS - (used - l->l_prof_ns));
}

void
prof_lwp_leave(struct lwp *l)
{
	if (l->l_prof_on)
		(void)timeout_cancel(&l->l_prof_timeout);
}
