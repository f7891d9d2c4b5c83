/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entries of page tables, and struct pmap as the tree (vm/ptable.c, vm/pmap.c) and the
 * machine (tables of the kernel's half, loading, flushing) both see it. Everybody else goes by
 * arch/pmap.h. The format is x86-64's, four levels; the host machine imitates it.
 */
#ifndef ARCH_PTE_H
#define ARCH_PTE_H

#include "arch/arch.h"
#include "arch/pmap.h"
#include "sync/spin.h"

#define PTE_P		(1ul << 0)
#define PTE_W		(1ul << 1)
#define PTE_U		(1ul << 2)
#define PTE_PWT		(1ul << 3)
#define PTE_PCD		(1ul << 4)
#define PTE_A		(1ul << 5)
#define PTE_D		(1ul << 6)
#define PTE_PS		(1ul << 7)
#define PTE_G		(1ul << 8)
#define PTE_NONE	(1ul << 9)	/* ours: not present, but holds a page (no rights) */
#define PTE_NX		(1ul << 63)
#define PTE_PA		0x000ffffffffff000ul

#define PTE_DIR_USER	(PTE_P | PTE_W | PTE_U | PTE_A)
#define PTE_DIR_KERNEL	(PTE_P | PTE_W | PTE_A)

#define PT_ENTRIES	512u
#define PT_ROOT		3	/* the level of the root; the last-level tables' is 0 */

extern uint64_t pte_nx;		/* PTE_NX if the processor has it */

/* How much one entry of a table of this level maps. */
static inline vaddr_t
pt_span(int level)
{
	return PAGE_SIZE << (9 * level);
}

static inline uint32_t
pt_index(vaddr_t va, int level)
{
	return (uint32_t)(va >> (PAGE_SHIFT + 9 * level)) % PT_ENTRIES;
}

static inline uint64_t *
pt_of(uint64_t entry)
{
	return phys_to_kva(entry & PTE_PA);
}

/* Whether the entry maps a page, or points to a table. A leaf of level 1 is a huge page. */
static inline bool
pte_is_leaf(uint64_t pte, int level)
{
	return level == 0 || (pte & PTE_PS) != 0;
}

/* A leaf for programs. */
static inline uint64_t
pte_user(paddr_t pa, uint32_t prot)
{
	if (prot == 0)
		return pa | PTE_NONE;
	return pa | PTE_P | PTE_U | PTE_A | ((prot & VM_PROT_WRITE) ? PTE_W : 0) |
	    ((prot & VM_PROT_EXEC) ? 0 : pte_nx);
}

static inline uint32_t
pte_prot(uint64_t pte)
{
	if ((pte & PTE_P) == 0)
		return 0;
	return VM_PROT_READ | ((pte & PTE_W) ? VM_PROT_WRITE : 0) |
	    ((pte & PTE_NX) ? 0 : VM_PROT_EXEC);
}

#define PMAP_NPENDING	62

struct pmap {
	struct spinlock	 pm_lock;	/* guards what has no comment */
	paddr_t		 pm_root;	/* constant */
	uint64_t	 pm_active;	/* atomic; the machine's: CPUs that may walk our tables */
	uint64_t	 pm_resident;	/* leaves; others read it unlocked */
	struct pmap_counts pm_counts;	/* others read them unlocked */
	vaddr_t		 pm_flush_start, pm_flush_end;	/* to be flushed; empty when equal */
	bool		 pm_flush_all;	/* on all CPUs, whatever tables they use */
	uint32_t	 pm_npending;
	struct page	*pm_pending[PMAP_NPENDING];	/* references to drop after the flush */
};

/* The machine's part. */
/* Enters the kernel's half into a new root. */
void	pmap_root_init(uint64_t *root);
/*
 * Flushes [start, end) of pm (null: whatever is loaded) here and on all CPUs that use it; waits.
 * leave: they stop using pm.
 */
void	tlb_shootdown(struct pmap *, vaddr_t start, vaddr_t end, bool leave);

#endif
