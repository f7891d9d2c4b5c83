/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers that assembly code needs; C checks them (cpu.c).
 */
#ifndef MACHINE_ASMDEFS_H
#define MACHINE_ASMDEFS_H

#define CPU_SELF	0
#define CPU_CURLWP	8
#define CPU_KERNEL_SP	16
#define CPU_USER_SP	24

#define KERNEL_BASE	0xffffffff80000000	/* physical 0 by the kernel image's mapping */
#define DIRECT_BASE	0xffff800000000000	/* physical 0 by the direct map */
#define STACKS_BASE	0xffffc00000000000	/* kernel stacks */
#define DEVICES_BASE	0xffffd00000000000	/* devices' registers */

#define TF_RAX		112
#define TF_TRAPNO	120
#define TF_ERR		128
#define TF_RIP		136
#define TF_CS		144
#define TF_RFLAGS	152
#define TF_RSP		160
#define TF_SIZE		176

#define TRAMPOLINE_PA	0x8000		/* where a starting CPU begins, in real mode */

#endif
