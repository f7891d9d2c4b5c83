/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's part of an LWP: kernel stack, the switch, user registers.
 *
 * The user frame is always at the top of the kernel stack, where the processor (traps) and
 * entry.S (system calls) put it. A new LWP starts below that: cpu_switch "returns" into
 * lwp_start_asm.
 *
 * What a switch carries over: callee-saved registers and stack pointer (cpu_switch), the FPU if
 * the LWP has one (at once, not lazily), the FS and user GS bases, the stack for entries from
 * user mode, the address space.
 */
#include "arch_int.h"

#define SWITCH_FRAME	7	/* words that cpu_switch pops, with the return address */

void
arch_switch(struct lwp *from, struct lwp *to)
{
	struct arch_lwp *f = lwp_arch(from), *t = lwp_arch(to);
	struct cpu *c = curcpu();

	KASSERT(!arch_intr_enabled() && from != to);
	if (f->al_fpu != NULL)
		fpu_save(f->al_fpu);
	c->c_curlwp = to;
	cpu_set_kernel_sp(c, t->al_stack_top);
	if (t->al_pmap != NULL)
		pmap_load(t->al_pmap);
	if (t->al_fpu != NULL) {
		fpu_restore(t->al_fpu);
		wrmsr(MSR_FSBASE, t->al_fsbase);
		wrmsr(MSR_KGSBASE, t->al_gsbase);
	}
	cpu_switch(&f->al_sp, t->al_sp);
}

void
lwp_start(void (*fn)(void *), void *arg)
{
	sched_lwp_started();
	arch_intr_on();
	fn(arg);
	panic("the first function of an LWP returned");
}

static void
lwp_prepare(struct arch_lwp *al, void (*fn)(void *), void *arg)
{
	uint64_t *sp = (uint64_t *)(al->al_stack_top - sizeof(struct trapframe));

	memset(sp, 0, sizeof(struct trapframe));
	*--sp = 0;
	*--sp = 0;				/* ends backtraces */
	sp -= SWITCH_FRAME;
	memset(sp, 0, SWITCH_FRAME * sizeof(*sp));
	sp[2] = (uint64_t)arg;			/* r13 */
	sp[3] = (uint64_t)fn;			/* r12 */
	sp[6] = (uint64_t)lwp_start_asm;
	al->al_sp = (uint64_t)sp;
}

static int
stack_give(struct arch_lwp *al)
{
	memset(al, 0, sizeof(*al));
	al->al_stack = kstack_alloc();
	if (al->al_stack == 0)
		return ENOMEM;
	al->al_stack_top = al->al_stack + KSTACK_SIZE;
	return 0;
}

int
arch_lwp_create(struct lwp *l, void (*entry)(void *), void *arg)
{
	struct arch_lwp *al = lwp_arch(l);
	int error = stack_give(al);

	if (error == 0)
		lwp_prepare(al, entry, arg);
	return error;
}

static void
fork_return(void *arg __unused)
{
	arch_enter_user();
}

int
arch_lwp_fork(struct lwp *child, const struct lwp *parent)
{
	struct arch_lwp *c = lwp_arch(child), *p = lwp_arch((struct lwp *)(uintptr_t)parent);
	struct trapframe *tf;
	int error;

	KASSERT(parent == curlwp() && p->al_fpu != NULL);
	if ((error = stack_give(c)) != 0)
		return error;
	if ((error = fpu_alloc(c)) != 0) {
		arch_lwp_destroy(child);
		return error;
	}
	fpu_save(c->al_fpu);
	/* From the registers: loading a selector changes a base, and the kernel is not told. */
	c->al_fsbase = rdmsr(MSR_FSBASE);
	c->al_gsbase = rdmsr(MSR_KGSBASE);
	lwp_prepare(c, fork_return, NULL);
	tf = arch_lwp_frame(child);
	*tf = *arch_lwp_frame((struct lwp *)(uintptr_t)parent);
	tf->tf_rax = 0;
	return 0;
}

void
arch_lwp_destroy(struct lwp *l)
{
	struct arch_lwp *al = lwp_arch(l);

	KASSERT(l != curlwp());
	fpu_free(al);
	if (al->al_stack != 0)
		kstack_free(al->al_stack);
	al->al_stack = al->al_stack_top = 0;
	al->al_pmap = NULL;
}

void
arch_lwp_set_pmap(struct lwp *l, struct pmap *pm)
{
	KASSERT(l != curlwp());
	lwp_arch(l)->al_pmap = pm;
}

struct trapframe *
arch_lwp_frame(struct lwp *l)
{
	return (struct trapframe *)(lwp_arch(l)->al_stack_top - sizeof(struct trapframe));
}

uintptr_t
arch_lwp_pc(struct lwp *l)
{
	uint64_t sp = lwp_arch(l)->al_sp;

	return l != curlwp() && sp != 0 && pmap_kernel_mapped(sp) ?
	    ((uint64_t *)sp)[SWITCH_FRAME - 1] : 0;
}

int
arch_frame_init_exec(struct lwp *l, vaddr_t entry, vaddr_t sp)
{
	struct arch_lwp *al = lwp_arch(l);
	struct trapframe *tf = arch_lwp_frame(l);
	int error;

	KASSERT(l == curlwp());
	if (al->al_fpu == NULL && (error = fpu_alloc(al)) != 0)
		return error;
	memset(tf, 0, sizeof(*tf));
	tf->tf_rip = entry;
	tf->tf_rsp = sp;
	tf->tf_cs = SEL_UCODE;
	tf->tf_ss = SEL_UDATA;
	tf->tf_rflags = RFLAGS_IF | RFLAGS_1;
	tf->tf_trapno = TRAP_SYSCALL;
	arch_fpu_reset(l);
	(void)arch_set_fsbase(l, 0);
	(void)arch_set_gsbase(l, 0);
	return 0;
}

void
arch_enter_user(void)
{
	struct trapframe *tf = arch_lwp_frame(curlwp());

	trap_prepare_user(tf);
	user_enter(tf);
}

static int
set_base(struct lwp *l, uint64_t *field, uint32_t msr, uint64_t base)
{
	bool on;

	if (base >= USER_MAX)
		return EPERM;
	on = arch_intr_off();
	*field = base;
	if (l == curlwp())
		wrmsr(msr, base);
	arch_intr_restore(on);
	return 0;
}

int
arch_set_fsbase(struct lwp *l, uint64_t base)
{
	return set_base(l, &lwp_arch(l)->al_fsbase, MSR_FSBASE, base);
}

int
arch_set_gsbase(struct lwp *l, uint64_t base)
{
	return set_base(l, &lwp_arch(l)->al_gsbase, MSR_KGSBASE, base);
}

uint64_t
arch_get_fsbase(const struct lwp *l)
{
	return lwp_arch((struct lwp *)(uintptr_t)l)->al_fsbase;
}

uint64_t
arch_get_gsbase(const struct lwp *l)
{
	return lwp_arch((struct lwp *)(uintptr_t)l)->al_gsbase;
}
