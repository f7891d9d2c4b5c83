/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Traps, interrupts and system calls, from entry.S, and the way back to user mode.
 *
 * The way back: with interrupts on, user_return() does what is due (signals, stops, death, a
 * switch); then they go off, and if an interrupt came meanwhile (ca_ast), or the scheduler wants
 * the CPU, it is asked again. Every interrupt sets ca_ast, so what another CPU posted before its
 * IPI is always seen. The frame that goes out is forced to be one that IRET and SYSRET cannot
 * fault on.
 *
 * Faults in kernel mode are allowed in the user copies only: at an instruction listed in the
 * exception table, for an address of the user's half, interrupts on and no spin lock held. One
 * of them, the load of FPU state, may also be refused by the processor (#GP).
 */
#include "arch_int.h"
#include "sched/sched.h"
#include "sync/park.h"

/* Signals and codes, as the core numbers them. */
#define SIGILL		4
#define SIGTRAP		5
#define SIGBUS		7
#define SIGFPE		8
#define SIGKILL		9
#define SIGSEGV		11
#define SI_KERNEL	0x80
#define ILL_ILLOPN	2
#define TRAP_BRKPT	1
#define TRAP_TRACE	2
#define BUS_ADRALN	1
#define BUS_ADRERR	2
#define SEGV_MAPERR	1
#define SEGV_ACCERR	2
#define FPE_INTDIV	1

#define PF_PRESENT	1u
#define PF_WRITE	2u
#define PF_USER		4u
#define PF_RESERVED	8u
#define PF_FETCH	16u

struct ex_entry {
	uint64_t at, to;
};
extern const struct ex_entry ex_table_start[], ex_table_end[];

static bool
from_user(const struct trapframe *tf)
{
	return (tf->tf_cs & 3) != 0;
}

static const struct ex_entry *
ex_find(uint64_t rip)
{
	for (const struct ex_entry *e = ex_table_start; e < ex_table_end; e++) {
		if (e->at == rip)
			return e;
	}
	return NULL;
}

static uint32_t
fault_access(uint64_t err)
{
	if (err & PF_FETCH)
		return VM_PROT_EXEC;
	return (err & PF_WRITE) ? VM_PROT_WRITE : VM_PROT_READ;
}

static void
user_page_fault(struct trapframe *tf, vaddr_t va)
{
	struct lwp *l = curlwp();
	struct vm_space *vs = lwp_vm_space(l);
	int error = EFAULT;

	if ((tf->tf_err & (PF_PRESENT | PF_USER)) == PF_PRESENT)
		error = EACCES;		/* QEMU's emulation of a far return reads as the kernel:
					 * SMAP forbids it for ever */
	else if (va < USER_MAX && vs != NULL)
		error = vm_fault(vs, va, fault_access(tf->tf_err), true);
	switch (error) {
	case 0:
		lwp_count_fault(l);
		break;
	case EIO:
		trap_signal(l, SIGBUS, BUS_ADRERR, va, TRAP_PF, tf->tf_err);
		break;
	case ENOMEM:
		klog(KLOG_WARN, "out of memory at a page fault: the process is killed\n");
		trap_signal(l, SIGKILL, SI_KERNEL, va, TRAP_PF, tf->tf_err);
		break;
	case EACCES:
		trap_signal(l, SIGSEGV, SEGV_ACCERR, va, TRAP_PF, tf->tf_err);
		break;
	default:
		trap_signal(l, SIGSEGV, SEGV_MAPERR, va, TRAP_PF, tf->tf_err);
		break;
	}
}

static void
kernel_page_fault(struct trapframe *tf, vaddr_t va)
{
	const struct ex_entry *e = ex_find(tf->tf_rip);
	struct vm_space *vs;
	int error = EFAULT;

	if (kstack_is_guard(va) || (va >= (vaddr_t)boot_stack_guard && va < (vaddr_t)boot_stack))
		trap_fatal(tf, "kernel stack overflow");
	if (e == NULL || va >= USER_MAX)
		trap_fatal(tf, "page fault in the kernel");
	if ((tf->tf_rflags & RFLAGS_IF) == 0 || curcpu()->c_spin_depth != 0)
		trap_fatal(tf, "user memory touched with interrupts off or a spin lock held");
	vs = lwp_vm_space(curlwp());
	arch_intr_on();
	if (vs != NULL)
		error = vm_fault(vs, va, fault_access(tf->tf_err), false);
	(void)arch_intr_off();
	if (error == 0)
		lwp_count_fault(curlwp());
	else
		tf->tf_rip = e->to;
}

/* Any other trap in the kernel: the end, unless it is the refusal of a program's FPU state. */
static void
kernel_trap(struct trapframe *tf)
{
	if (tf->tf_trapno != TRAP_GP || tf->tf_rip < (uint64_t)user_fpu_load ||
	    tf->tf_rip >= (uint64_t)user_fpu_refused || ex_find(tf->tf_rip) == NULL)
		trap_fatal(tf, "trap in the kernel");
	tf->tf_rip = (uint64_t)user_fpu_refused;
}

static int
fpe_code(uint32_t trapno)
{
	const uint8_t *area;
	uint32_t status, mask, x;

	arch_fpu_save(curlwp());
	area = arch_fpu_area(curlwp());
	if (trapno == TRAP_MF) {
		status = area[2];
		mask = area[0];
	} else {
		uint32_t mxcsr;

		memcpy(&mxcsr, area + 24, sizeof(mxcsr));
		status = mxcsr;
		mask = mxcsr >> 7;
	}
	x = status & ~mask & 0x3f;
	if (x & 0x01)
		return 7;	/* invalid */
	if (x & 0x04)
		return 3;	/* division by zero */
	if (x & 0x08)
		return 4;	/* overflow */
	if (x & 0x12)
		return 5;	/* underflow, denormal */
	return (x & 0x20) ? 6 : SI_KERNEL;	/* inexact */
}

static void
user_trap(struct trapframe *tf)
{
	struct lwp *l = curlwp();
	int no = (int)tf->tf_trapno;

	switch (no) {
	case TRAP_DE:
		trap_signal(l, SIGFPE, FPE_INTDIV, tf->tf_rip, no, 0);
		break;
	case TRAP_DB:
		trap_signal(l, SIGTRAP, TRAP_TRACE, tf->tf_rip, no, 0);
		break;
	case TRAP_BP:
		trap_signal(l, SIGTRAP, SI_KERNEL, 0, no, 0);
		break;
	case TRAP_UD:
		trap_signal(l, SIGILL, ILL_ILLOPN, tf->tf_rip, no, 0);
		break;
	case TRAP_MF:
	case TRAP_XM:
		trap_signal(l, SIGFPE, fpe_code((uint32_t)no), tf->tf_rip, no, 0);
		break;
	case TRAP_AC:
		trap_signal(l, SIGBUS, BUS_ADRALN, 0, no, tf->tf_err);
		break;
	case TRAP_SS:
	case TRAP_NP:
	case TRAP_TS:
		trap_signal(l, SIGBUS, SI_KERNEL, 0, no, tf->tf_err);
		break;
	default:
		trap_signal(l, SIGSEGV, SI_KERNEL, 0, no, tf->tf_err);
		break;
	}
}

static void
interrupt(uint32_t vector)
{
	struct cpu *c = curcpu();

	c->c_intr_depth++;
	c->c_arch.ca_nintr++;
	c->c_arch.ca_ast = true;
	switch (vector) {
	case VEC_TIMER:
		apic_eoi();
		timer_interrupt();
		break;
	case VEC_RESCHED:
		apic_eoi();
		sched_resched_interrupt();
		break;
	case VEC_TLB:
		apic_eoi();
		tlb_service();
		break;
	case VEC_WAKE:
	case VEC_ERROR:
		apic_eoi();
		break;
	case VEC_SPURIOUS:
		break;
	default:
		if (vector >= VEC_GSI && vector < VEC_GSI + NGSI) {
			irq_dispatch(vector - VEC_GSI);
			apic_eoi();
		}
		break;
	}
	c->c_intr_depth--;
}

void
trap_dispatch(struct trapframe *tf)
{
	bool user = from_user(tf);
	vaddr_t cr2 = 0;

	if (tf->tf_trapno == TRAP_PF) {
		cr2 = read_cr2();	/* before anything else can fault */
		if (tf->tf_err & PF_RESERVED)
			trap_fatal(tf, "bad page table");
	}
	if (user)
		sched_mode_switch(false);
	if (tf->tf_trapno >= 32) {
		interrupt((uint32_t)tf->tf_trapno);
	} else if (!user) {
		if (tf->tf_trapno == TRAP_PF)
			kernel_page_fault(tf, cr2);
		else
			kernel_trap(tf);
	} else {
		arch_intr_on();
		if (tf->tf_trapno == TRAP_PF)
			user_page_fault(tf, cr2);
		else
			user_trap(tf);
	}
	if (user)
		trap_prepare_user(tf);
}

/*
 * NMI, double fault, machine check, and debug traps of the kernel: on an interrupt stack, perhaps
 * in the middle of anything.
 */
void
trap_dispatch_ist(struct trapframe *tf)
{
	switch (tf->tf_trapno) {
	case TRAP_NMI:
		nmi_handler(tf);
		return;
	case TRAP_DF:
		if (kstack_is_guard(read_cr2()))
			trap_fatal(tf, "kernel stack overflow");
		trap_fatal(tf, "double fault");
	case TRAP_MC:
		trap_fatal(tf, "machine check");
	default:
		/*
		 * A debug trap that a program provoked by MOV SS just before its entry: nothing
		 * of ours is debugged.
		 */
		__asm__ volatile("movq %0, %%dr6" : : "r"(0ul));
		tf->tf_rflags &= ~RFLAGS_TF;
		return;
	}
}

/* Whether rip may be returned to; else a SIGSEGV waits and rip is made harmless. */
static void
frame_sanitise(struct trapframe *tf)
{
	tf->tf_cs = SEL_UCODE;
	tf->tf_ss = SEL_UDATA;
	tf->tf_rflags = (tf->tf_rflags & RFLAGS_USER) | RFLAGS_IF | RFLAGS_1;
	if (tf->tf_rip >= USER_MAX)
		tf->tf_rip = USER_MAX;	/* not mapped, but canonical: faults in user mode */
}

void
trap_prepare_user(struct trapframe *tf)
{
	struct cpu *c;

	for (;;) {
		arch_intr_on();
		curcpu()->c_arch.ca_ast = false;
		user_return(tf);
		(void)arch_intr_off();
		c = curcpu();
		if (!c->c_arch.ca_ast && !c->c_need_resched)
			break;
	}
	KASSERT(c->c_spin_depth == 0);
	frame_sanitise(tf);
	sched_mode_switch(true);
}

/* True: the frame may go out by SYSRET. */
bool
trap_syscall(struct trapframe *tf)
{
	sched_mode_switch(false);
	arch_intr_on();
	syscall_entry(tf);
	(void)arch_intr_off();
	if (likely(user_return_quick())) {
		frame_sanitise(tf);
		sched_mode_switch(true);
	} else {
		trap_prepare_user(tf);
	}
	return tf->tf_rcx == tf->tf_rip && tf->tf_r11 == tf->tf_rflags &&
	    (tf->tf_rflags & (RFLAGS_TF | RFLAGS_RF)) == 0;
}
