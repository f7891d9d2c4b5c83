/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The registers that a trap, interrupt or system call saves. Order and size are known to entry.S.
 */
#ifndef MACHINE_FRAME_H
#define MACHINE_FRAME_H

#include <stdint.h>

struct trapframe {
	uint64_t tf_r15, tf_r14, tf_r13, tf_r12, tf_r11, tf_r10, tf_r9, tf_r8;
	uint64_t tf_rbp, tf_rdi, tf_rsi, tf_rdx, tf_rcx, tf_rbx, tf_rax;
	uint64_t tf_trapno;	/* the vector, or TRAP_SYSCALL */
	uint64_t tf_err;	/* the processor's error code; of system calls: rax as it came in */
	uint64_t tf_rip, tf_cs, tf_rflags, tf_rsp, tf_ss;
};

#define TRAP_DE		0	/* divide */
#define TRAP_DB		1	/* debug */
#define TRAP_NMI	2
#define TRAP_BP		3	/* breakpoint */
#define TRAP_OF		4
#define TRAP_BR		5
#define TRAP_UD		6	/* undefined instruction */
#define TRAP_NM		7
#define TRAP_DF		8	/* double fault */
#define TRAP_TS		10
#define TRAP_NP		11
#define TRAP_SS		12
#define TRAP_GP		13	/* general protection */
#define TRAP_PF		14	/* page fault */
#define TRAP_MF		16	/* x87 */
#define TRAP_AC		17	/* alignment */
#define TRAP_MC		18	/* machine check */
#define TRAP_XM		19	/* SIMD floating point */
#define TRAP_SYSCALL	256

/* Selectors. */
#define SEL_KCODE	0x08
#define SEL_KDATA	0x10
#define SEL_UCODE32	0x1b	/* placeholder: sysret wants it there */
#define SEL_UDATA	0x23
#define SEL_UCODE	0x2b
#define SEL_TSS		0x30	/* two slots */

/* rflags */
#define RFLAGS_CF	0x001ul
#define RFLAGS_1	0x002ul	/* always set */
#define RFLAGS_TF	0x100ul
#define RFLAGS_IF	0x200ul
#define RFLAGS_DF	0x400ul
#define RFLAGS_IOPL	0x3000ul
#define RFLAGS_NT	0x4000ul
#define RFLAGS_RF	0x10000ul
#define RFLAGS_VM	0x20000ul
#define RFLAGS_AC	0x40000ul
#define RFLAGS_ID	0x200000ul
/*
 * What a program may choose (sigreturn, ptrace): CF PF AF ZF SF TF DF OF AC ID RF. The rest must
 * be RFLAGS_1 | RFLAGS_IF.
 */
#define RFLAGS_USER	(0x0d5ul | RFLAGS_TF | RFLAGS_DF | 0x800ul | RFLAGS_AC | RFLAGS_ID | \
			    RFLAGS_RF)

#endif
