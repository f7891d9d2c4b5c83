/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables that can have several owners: see ptable.c. For pmap.c alone. */
#ifndef VM_PTABLE_H
#define VM_PTABLE_H

#include "arch/pte.h"
#include "mem/page.h"

static inline struct page *
pte_page(uint64_t pte)
{
	return phys_to_page(pte & PTE_PA);
}

/* Leaves that a slot stands for. */
static inline uint64_t
pte_resident(uint64_t pte, int level)
{
	if (pte_is_leaf(pte, level))
		return level == 0 ? 1 : PAGE_HUGE;
	return pte_page(pte)->pg_resident;
}

static inline uint64_t *
table_slot(const struct page *pt, vaddr_t va, int level)
{
	return (uint64_t *)page_kva(pt) + pt_index(va, level);
}

/*
 * The first slot from i on that may hold something; PT_ENTRIES: none. Slots before and between
 * are empty.
 */
static inline uint32_t
table_next(const struct page *pt, uint32_t i)
{
	uint64_t used = i < PT_ENTRIES ? pt->pg_used >> (i / PT_GROUP) : 0;

	if (used == 0)
		return PT_ENTRIES;
	return (used & 1) != 0 ? i : (i / PT_GROUP + (uint32_t)__builtin_ctzll(used)) * PT_GROUP;
}

/* Something is being put into the slot of va, of an own table. With or without the lock. */
static inline void
table_use(struct page *pt, vaddr_t va, int level)
{
	uint64_t bit = 1ull << (pt_index(va, level) / PT_GROUP);

	if ((load_relaxed(&pt->pg_used) & bit) == 0)
		(void)atomic_or(&pt->pg_used, bit);
}

/* An empty table with one reference. Null: no memory. */
struct page *table_alloc(int level);
/*
 * A copy of a table that has other owners as well; the write right of what it shares with the old
 * one goes from both. The caller has a reference on old and keeps it. Null: no memory.
 */
struct page *table_copy(struct page *old);
/*
 * A last-level table that maps the pages of a huge page as the leaf pte does, whose reference
 * becomes those of its slots. The pages are taken apart if that is the only one, else they have
 * no write right. Null: no memory.
 */
struct page *table_split(uint64_t pte);
/*
 * pt is own. If the last references to the huge page that pg belongs to are slots of pt, takes it
 * apart.
 */
void	table_claim(struct page *pt, struct page *pg);
/* Drops a reference; the last one drops all below. No spin locks held. */
void	table_drop(struct page *);
/*
 * Clears leaf slots of a table at va..end-1 (within it), whoever owns the table, and puts the
 * pages, whose references are the caller's now, into gone, at most n of them. Returns how many;
 * *va is where to go on. only: null, or the object whose pages are meant. own: the table is the
 * caller's alone, who corrects the counts.
 */
uint32_t table_zap(struct page *, vaddr_t *va, vaddr_t end, const struct vm_object *only, bool own,
    struct page **gone, uint32_t n);

#endif
