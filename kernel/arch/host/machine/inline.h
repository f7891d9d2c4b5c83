/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The short functions of arch.h on the host machine: one CPU at a time, whose interrupts are a
 * flag. Included by arch.h only.
 */
#ifndef MACHINE_INLINE_H
#define MACHINE_INLINE_H

extern struct cpu host_cpu;		/* the first, or only one */
extern struct cpu *host_cpu_now;	/* the one that runs */
extern bool	  host_intr_on;
extern char	 *host_ram;		/* physical address 0 */

static inline struct cpu *
curcpu(void)
{
	return host_cpu_now;
}

static inline struct lwp *
curlwp(void)
{
	return host_cpu_now->c_curlwp;
}

static inline bool
arch_intr_enabled(void)
{
	return host_intr_on;
}

static inline void
arch_intr_on(void)
{
	host_intr_on = true;
}

static inline bool
arch_intr_off(void)
{
	bool was = host_intr_on;

	host_intr_on = false;
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
	return host_ram + pa;
}

static inline uint64_t
arch_cycles(void)
{
	return __builtin_ia32_rdtsc();
}

#endif
