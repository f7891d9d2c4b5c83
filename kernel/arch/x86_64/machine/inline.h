/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short functions of arch.h. Included by it only.
 */
#ifndef MACHINE_INLINE_H
#define MACHINE_INLINE_H

#include "machine/asmdefs.h"

STATIC_ASSERT(offsetof(struct cpu, c_self) == CPU_SELF);
STATIC_ASSERT(offsetof(struct cpu, c_curlwp) == CPU_CURLWP);

static inline struct cpu *
curcpu(void)
{
	struct cpu *c;

	__asm__ volatile("movq %%gs:%c1, %0" : "=r"(c) : "i"(CPU_SELF));
	return c;
}

/*
 * One instruction, so that a switch of CPUs cannot split it; constant in the eyes of the LWP that
 * asks.
 */
static inline struct lwp *
curlwp(void)
{
	struct lwp *l;

	__asm__ volatile("movq %%gs:%c1, %0" : "=r"(l) : "i"(CPU_CURLWP));
	return l;
}

static inline bool
arch_intr_enabled(void)
{
	uint64_t flags;

	__asm__ volatile("pushfq; popq %0" : "=r"(flags) : : "memory");
	return (flags & 0x200) != 0;
}

static inline void
arch_intr_on(void)
{
	__asm__ volatile("sti" : : : "memory", "cc");
}

static inline bool
arch_intr_off(void)
{
	bool was = arch_intr_enabled();

	__asm__ volatile("cli" : : : "memory", "cc");
	return was;
}

static inline void
arch_intr_restore(bool on)
{
	if (on)
		arch_intr_on();
}

static inline void *
phys_to_kva(paddr_t pa)
{
	return (void *)(pa + DIRECT_BASE);
}

static inline uint64_t
arch_cycles(void)
{
	uint32_t lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (uint64_t)hi << 32 | lo;
}

#endif
