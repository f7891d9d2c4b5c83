/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * x86-64's parts of struct cpu and struct lwp.
 */
#ifndef MACHINE_CPU_H
#define MACHINE_CPU_H

#include <stdbool.h>
#include <stdint.h>

/* Task state segment: the stacks that the processor switches to. */
struct tss {
	uint32_t	 ts_reserved0;
	uint32_t	 ts_rsp0[2];	/* halves: the 64-bit fields are not aligned */
	uint32_t	 ts_rsp12[4];
	uint32_t	 ts_reserved1[2];
	uint32_t	 ts_ist[7][2];	/* 1 to 7 */
	uint32_t	 ts_reserved2[2];
	uint16_t	 ts_reserved3;
	uint16_t	 ts_iomap;
};

#define NGDT	8

/* One flush that a CPU asks of others; see pmap.c. */
struct tlb_request {
	struct pmap	*tr_pmap;	/* null: the kernel's mappings */
	uint64_t	 tr_start, tr_end;
	bool		 tr_leave;	/* stop using the pmap when idle on it */
	uint64_t	 tr_waiting;	/* atomic: CPUs that have not answered */
};

struct arch_cpu {
	uint64_t	 ca_kernel_sp;	/* top of curlwp's kernel stack (for the syscall entry) */
	uint64_t	 ca_user_sp;	/* scratch of the syscall entry */
	struct pmap	*ca_pmap;	/* whose tables CR3 has */
	uint64_t	 ca_tlb_pending;/* atomic: bit i, cpus[i] has a request for us */
	struct tlb_request ca_tlb;	/* our own request to others */
	volatile bool	 ca_ast;	/* an interrupt came: look again before returning to user
					 * mode */
	volatile bool	 ca_up;		/* runs */
	uint32_t	 ca_apic_id;
	uint64_t	 ca_deadline_ns;/* when the timer is wanted, 0: not */
	uint64_t	 ca_armed_ns;	/* when it comes, at the latest what is wanted; 0: not */
	uint64_t	 ca_gdt[NGDT];
	struct tss	 ca_tss;
	volatile uint32_t ca_nmi_dump;	/* a backtrace was asked for */
	uint64_t	 ca_relax_start;/* cycles: since when arch_cpu_relax is called without a
					 * break */
	uint64_t	 ca_relax_last;
	uint64_t	 ca_nintr;	/* interrupts taken */
};

struct arch_lwp {
	uint64_t	 al_sp;		/* saved stack pointer while not running */
	uint64_t	 al_stack;	/* lowest address of the kernel stack; 0: not ours */
	uint64_t	 al_stack_top;
	struct pmap	*al_pmap;	/* null: kernel LWP */
	void		*al_fpu;	/* 64-byte aligned; null: kernel LWP */
	void		*al_fpu_alloc;	/* what kmalloc gave */
	uint64_t	 al_fsbase;
	uint64_t	 al_gsbase;
};

#endif
