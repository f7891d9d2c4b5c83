/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TLB shoot-down: making other CPUs forget translations.
 *
 * Each CPU has one request, its own, and a word of pending bits, set by others: bit i means "CPU
 * i has a request for you". Whoever asks fills his request, sets his bit at each target, sends
 * the interrupt, and waits until all have answered, answering others meanwhile. The answer comes
 * from the interrupt, or from arch_cpu_relax in a loop that waits with interrupts off; so CPUs
 * that ask each other, or one that spins for a lock whose holder asks it, do not dead-lock.
 *
 * Who is asked: the CPUs in pm_active. A CPU sets its bit there (a full barrier) before it loads
 * CR3, and clears it after it has loaded another; who asks has changed the page table
 * (atomically, also a full barrier) before he reads the mask. So a CPU that is missed loads CR3
 * later and finds the new table.
 *
 * A CPU that runs a kernel LWP on a pmap loaded by an earlier LWP stops using that pmap at the
 * first request: an idle CPU is disturbed once.
 */
#include "arch_int.h"

#define FULL_PAGES	32u	/* from here on all is flushed */

static void
flush_user(vaddr_t start, vaddr_t end)
{
	if ((end - start) / PAGE_SIZE >= FULL_PAGES) {
		write_cr3(read_cr3());
		return;
	}
	for (vaddr_t va = start; va < end; va += PAGE_SIZE)
		invlpg(va);
}

static void
flush_kernel(vaddr_t start, vaddr_t end)
{
	if ((end - start) / PAGE_SIZE >= FULL_PAGES) {
		uint64_t cr4 = read_cr4();

		write_cr4(cr4 & ~CR4_PGE);	/* global entries too */
		write_cr4(cr4);
		return;
	}
	for (vaddr_t va = start; va < end; va += PAGE_SIZE)
		invlpg(va);
}

static void
flush_local(const struct tlb_request *tr)
{
	struct cpu *c = curcpu();
	struct lwp *l = c->c_curlwp;

	if (tr->tr_pmap == NULL) {
		flush_kernel(tr->tr_start, tr->tr_end);
		return;
	}
	if (c->c_arch.ca_pmap != tr->tr_pmap)
		return;
	if (tr->tr_leave || l == NULL || lwp_arch(l)->al_pmap != tr->tr_pmap)
		pmap_load(&kernel_pmap);
	else
		flush_user(tr->tr_start, tr->tr_end);
}

void
tlb_service(void)
{
	struct cpu *c = curcpu();
	uint64_t from;

	KASSERT(!arch_intr_enabled());
	from = atomic_swap(&c->c_arch.ca_tlb_pending, 0);
	for (; from != 0; from &= from - 1) {
		struct tlb_request *tr = &cpus[__builtin_ctzll(from)]->c_arch.ca_tlb;

		flush_local(tr);
		atomic_and(&tr->tr_waiting, ~(1ull << c->c_id));
	}
}

void
tlb_shootdown(struct pmap *pm, vaddr_t start, vaddr_t end, bool leave)
{
	struct cpu *c;
	struct tlb_request *tr;
	uint64_t targets;

	spin_enter();
	c = curcpu();
	tr = &c->c_arch.ca_tlb;
	KASSERT(c->c_intr_depth == 0 && tr->tr_waiting == 0);
	tr->tr_pmap = pm;
	tr->tr_start = start;
	tr->tr_end = end;
	tr->tr_leave = leave;
	flush_local(tr);
	atomic_fence();
	targets = pm != NULL ? load_relaxed(&pm->pm_active) : load_relaxed(&kernel_pmap.pm_active);
	targets &= ~(1ull << c->c_id);
	store_release(&tr->tr_waiting, targets);
	for (uint64_t t = targets; t != 0; t &= t - 1) {
		struct cpu *other = cpus[__builtin_ctzll(t)];

		if (atomic_or(&other->c_arch.ca_tlb_pending, 1ull << c->c_id) == 1ull << c->c_id)
			apic_ipi(other->c_arch.ca_apic_id, VEC_TLB);
	}
	while (load_acquire(&tr->tr_waiting) != 0)
		arch_cpu_relax();
	spin_leave();
}

/* A request to flush nothing: answering it is the barrier. */
void
pmap_barrier(struct pmap *pm)
{
	tlb_shootdown(pm, 0, 0, false);
}
