/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All ways into the kernel and out of it, the switch between kernel stacks, and the copies from
 * and to user memory.
 *
 * GS. In the kernel the GS base is this CPU's struct cpu, in user mode the program's; swapgs
 * exchanges it with the other, kept in an MSR. A trap from user mode (by the saved CS) swaps. The
 * traps that can hit between a kernel entry and its swapgs (NMI, machine check, debug, double
 * fault) have stacks of their own, and if they came from kernel mode look at the base itself:
 * ours is negative, and programs can only set positive ones (CR4.FSGSBASE stays off for that).
 *
 * EFLAGS.AC would switch SMAP off and is the program's to set: each entry clears it (CLAC). The
 * sites of CLAC and STAC hold no-ops until cpu_patch_smap has seen that the processor has them.
 */
#include "machine/asmdefs.h"

	.macro	CLAC
9901:	.byte	0x0f, 0x1f, 0x00	/* 3-byte nop */
	.pushsection .smap_sites, "a"
	.quad	9901b
	.long	0xca010f, 0
	.popsection
	.endm

	.macro	STAC
9901:	.byte	0x0f, 0x1f, 0x00
	.pushsection .smap_sites, "a"
	.quad	9901b
	.long	0xcb010f, 0
	.popsection
	.endm

	/* If the instruction at label `at` faults on user memory, continue at `to`. */
	.macro	FIXUP at, to
	.pushsection .ex_table, "a"
	.quad	\at, \to
	.popsection
	.endm

	.macro	PUSH_REGS
	pushq	%rax
	pushq	%rbx
	pushq	%rcx
	pushq	%rdx
	pushq	%rsi
	pushq	%rdi
	pushq	%rbp
	pushq	%r8
	pushq	%r9
	pushq	%r10
	pushq	%r11
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	.endm

	.macro	POP_REGS
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%r11
	popq	%r10
	popq	%r9
	popq	%r8
	popq	%rbp
	popq	%rdi
	popq	%rsi
	popq	%rdx
	popq	%rcx
	popq	%rbx
	popq	%rax
	.endm

	.text

/*
 * The 256 vectors' stubs, 16 bytes each. An error code is pushed by the processor for some, by us
 * for the others.
 */
	.balign	16
	.globl	vector_stubs
vector_stubs:
	.set	vector, 0
	.rept	256
	.balign	16
	.if	(vector != 8) && (vector != 10) && (vector != 11) && (vector != 12) && \
		(vector != 13) && (vector != 14) && (vector != 17) && (vector != 21) && \
		(vector != 29) && (vector != 30)
	pushq	$0
	.endif
	pushq	$vector
	.if	(vector == 1) || (vector == 2) || (vector == 8) || (vector == 18)
	jmp	trap_ist
	.else
	jmp	trap_entry
	.endif
	.set	vector, vector + 1
	.endr

	.balign	16
trap_entry:
	PUSH_REGS
	cld
	CLAC
	testb	$3, TF_CS(%rsp)
	jz	trap_call
	swapgs
trap_call:
	movq	%rsp, %rdi
	call	trap_dispatch
	.globl	trap_return
trap_return:			/* backtraces know this address: a trapframe is on the stack */
	testb	$3, TF_CS(%rsp)
	jnz	user_iret
	POP_REGS
	addq	$16, %rsp
	iretq

user_iret:
	POP_REGS
	addq	$16, %rsp
	swapgs
	iretq

/* Debug, NMI, double fault, machine check: on an interrupt stack. */
	.balign	16
trap_ist:
	PUSH_REGS
	cld
	CLAC
	testb	$3, TF_CS(%rsp)
	jz	1f
	swapgs
	cmpq	$1, TF_TRAPNO(%rsp)
	jne	2f
	/* A debug trap from user mode may sleep: go on on the kernel stack. */
	movq	%rsp, %rsi
	movq	%gs:CPU_KERNEL_SP, %rdi
	subq	$TF_SIZE, %rdi
	movq	%rdi, %rax
	movl	$(TF_SIZE / 8), %ecx
	rep movsq
	movq	%rax, %rsp
	jmp	trap_call
1:	movl	$0xc0000101, %ecx	/* GS base */
	rdmsr
	testl	%edx, %edx
	js	3f
	swapgs
2:	movl	$1, %ebx		/* to be swapped back */
	jmp	4f
3:	xorl	%ebx, %ebx
4:	movq	%rsp, %rdi
	call	trap_dispatch_ist
	.globl	trap_return_ist
trap_return_ist:
	testl	%ebx, %ebx
	jz	5f
	swapgs
5:	POP_REGS
	addq	$16, %rsp
	iretq

/* SYSCALL: rcx is the program's rip, r11 its flags; interrupts are off by SFMASK. */
	.balign	16
	.globl	syscall_entry_asm
syscall_entry_asm:
	swapgs
	movq	%rsp, %gs:CPU_USER_SP
	movq	%gs:CPU_KERNEL_SP, %rsp
	pushq	$0x23			/* SEL_UDATA */
	pushq	%gs:CPU_USER_SP
	pushq	%r11
	pushq	$0x2b			/* SEL_UCODE */
	pushq	%rcx
	pushq	%rax			/* tf_err */
	pushq	$256			/* TRAP_SYSCALL */
	PUSH_REGS
	movq	%rsp, %rdi
	call	trap_syscall
	.globl	syscall_return
syscall_return:
	testb	%al, %al
	jz	user_iret
	/* The fast way: rcx and r11 in the frame are rip and flags, as SYSRET wants them. */
	POP_REGS
	movq	(TF_RSP - TF_TRAPNO)(%rsp), %rsp
	swapgs
	sysretq

/* void user_enter(struct trapframe *) */
	.globl	user_enter
user_enter:
	movq	%rdi, %rsp
	jmp	user_iret

/* void cpu_switch(uint64_t *save_sp, uint64_t load_sp) */
	.balign	16
	.globl	cpu_switch
cpu_switch:
	pushq	%rbp
	pushq	%rbx
	pushq	%r12
	pushq	%r13
	pushq	%r14
	pushq	%r15
	movq	%rsp, (%rdi)
	movq	%rsi, %rsp
	popq	%r15
	popq	%r14
	popq	%r13
	popq	%r12
	popq	%rbx
	popq	%rbp
	ret

/* Where a new LWP comes out of cpu_switch: r12 is its function, r13 the argument. */
	.globl	lwp_start_asm
lwp_start_asm:
	movq	%r12, %rdi
	movq	%r13, %rsi
	call	lwp_start
	ud2

/*
 * User memory. All return 0 or EFAULT (14) in eax. The C side has checked the range.
 */

/*
 * int user_copy_in(void *to, const void *ufrom, size_t n), int user_copy_out(void *uto, const
 * void *from, size_t n)
 */
	.balign	16
	.globl	user_copy_in, user_copy_out
user_copy_in:
user_copy_out:
	STAC
	movq	%rdx, %rcx
	shrq	$3, %rcx
10:	rep movsq
	movl	%edx, %ecx
	andl	$7, %ecx
11:	rep movsb
	CLAC
	xorl	%eax, %eax
	ret
	FIXUP	10b, user_fault
	FIXUP	11b, user_fault

/* int user_zero(void *uto, size_t n) */
	.balign	16
	.globl	user_zero
user_zero:
	STAC
	xorl	%eax, %eax
	movq	%rsi, %rcx
	shrq	$3, %rcx
12:	rep stosq
	movl	%esi, %ecx
	andl	$7, %ecx
13:	rep stosb
	CLAC
	ret
	FIXUP	12b, user_fault
	FIXUP	13b, user_fault

/*
 * int user_copy_str(const void *ufrom, char *to, size_t max, size_t *len): also 36
 * (ENAMETOOLONG); len counts the bytes copied.
 */
	.balign	16
	.globl	user_copy_str
user_copy_str:
	STAC
	xorl	%r8d, %r8d
14:	cmpq	%rdx, %r8
	jae	16f
15:	movb	(%rdi, %r8), %al
	movb	%al, (%rsi, %r8)
	incq	%r8
	testb	%al, %al
	jnz	14b
	CLAC
	movq	%r8, (%rcx)
	xorl	%eax, %eax
	ret
16:	CLAC
	movq	%r8, (%rcx)
	movl	$36, %eax
	ret
	FIXUP	15b, user_fault

/* int user_load_word(const uint32_t *u, uint32_t *value) */
	.balign	16
	.globl	user_load_word
user_load_word:
	STAC
17:	movl	(%rdi), %eax
	CLAC
	movl	%eax, (%rsi)
	xorl	%eax, %eax
	ret
	FIXUP	17b, user_fault

/* int user_cas_word(uint32_t *u, uint32_t old, uint32_t new, uint32_t *was) */
	.balign	16
	.globl	user_cas_word
user_cas_word:
	STAC
	movl	%esi, %eax
18:	lock cmpxchgl %edx, (%rdi)
	CLAC
	movl	%eax, (%rcx)
	xorl	%eax, %eax
	ret
	FIXUP	18b, user_fault

/*
 * int user_fpu_store(void *uarea, uint32_t features_low, uint32_t features_high), int
 * user_fpu_load(const void *uarea, uint32_t, uint32_t); without features FXSAVE's form. A load
 * that the processor refuses gives 22 (EINVAL).
 */
	.balign	16
	.globl	user_fpu_store
user_fpu_store:
	movl	%esi, %eax
	STAC
	testl	%esi, %esi
	jz	20f
19:	xsave64	(%rdi)
	jmp	21f
20:	fxsave64 (%rdi)
21:	CLAC
	xorl	%eax, %eax
	ret
	FIXUP	19b, user_fault
	FIXUP	20b, user_fault

	.balign	16
	.globl	user_fpu_load, user_fpu_refused
user_fpu_load:
	movl	%esi, %eax
	STAC
	testl	%esi, %esi
	jz	23f
22:	xrstor64 (%rdi)
	jmp	24f
23:	fxrstor64 (%rdi)
24:	CLAC
	xorl	%eax, %eax
	ret
	FIXUP	22b, user_fault
	FIXUP	23b, user_fault
user_fpu_refused:
	CLAC
	movl	$22, %eax
	ret

	.balign	16
user_fault:
	CLAC
	movl	$14, %eax
	ret

	.section .note.GNU-stack, "", @progbits
