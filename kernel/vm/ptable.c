/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables with several owners.
 *
 * The page tables of all address spaces form one graph without cycles: a table is a page whose
 * count of references is the number of entries, in tables one level up, that point to it. The
 * roots have one owner each, an address space. A leaf entry, in a last-level table, has one
 * reference on its page. So a page's count is the number of *distinct tables* that hold it, not
 * the number of address spaces that see it.
 *
 * States of a table:
 *	own	every entry on the path from the root has the write bit. Then each table of the path
 *		has one reference, and whoever holds the root's lock may change it.
 *	frozen	some entry on the path has no write bit. The table may have several owners. Nobody
 *		changes its entries, but for (1) clearing write bits (table_copy), which changes
 *		nothing for anybody since the bit is clear further up as well; (2) the processor's
 *		accessed bits; (3) truncation (table_zap).
 * The invariant is: an entry that has the write bit points to a table with one reference. Fork
 * makes the whole tree frozen by clearing the bits in the root. A path becomes own again from the
 * top, table by table (vm/pmap.c, path_own): a table with one reference is taken over by setting
 * the bit in the entry above, one with more is copied. Only an owner can make a second owner, and
 * he does so under the lock of his address space, so a count of one is stable for him who has it.
 * A count above one may fall meanwhile: then a copy was made that was not needed, no more.
 *
 * Copying takes one reference for each entry that is copied and then leaves the old table to its
 * other owners. In last-level tables private pages lose the write bit in both copies, so the next
 * write to each goes through a fault that looks at the page's count. Pages of objects keep it:
 * what a leaf with the write bit and a page of an object says is "shared mapping".
 *
 * Truncation (table_zap) must not fail and so cannot copy. It clears the slots in place, for all
 * owners: they have all inherited the same mapping there, and who had unmapped it would have had
 * to copy the table first. To copy a slot and take the page's reference must be one act then,
 * hence a lock by table, one of a few chosen by the page number (table_locks).
 *
 * Counts of resident pages. A table knows how many leaves there are below it (pg_resident), so
 * that a whole subtree can be given or taken by an addition. What truncation takes out of a
 * frozen table is counted in pg_zapped of that table: the tables above, which nobody may change,
 * have it still in their sums. It is put right when the table becomes own, is copied, or goes.
 * Until then the resident sets of the relatives are too high by that.
 *
 * Sparse tables: pg_used has a bit for each group of eight slots (a cache line) that was ever
 * used. Who walks or copies a table skips the others, so a table costs what it holds.
 *
 * Huge pages. An entry of level 1 can be a leaf: a huge page, private and of no object. It holds
 * one reference of the run's single count (page_alloc_huge). When a part of it is to become
 * different (a write to one that others have too, a border of mprotect or munmap), it is replaced
 * by a last-level table (table_split). If we had the only reference the run is taken apart into
 * ordinary pages. If not, each slot has a reference of the run, and writes copy single pages; the
 * frames that nobody sees any more stay until all references are gone or until one table has them
 * all (table_claim: it is found out at every sixteenth write). So a write after a fork costs one
 * small page and one table at most, and a huge page whose other owners went without writing is
 * still huge.
 *
 * Dropping the last reference to a table drops its children's: exit walks what is its own and
 * nothing else. There is a preemption point after each last-level table, and the recursion is as
 * deep as the levels.
 */
#include "vm/ptable.h"
#include "sched/sched.h"

#define NLOCKS	64u
#define CLAIM_EVERY 16u		/* references: at each write there is one less */

static struct spinlock table_locks[NLOCKS] = {
	[0 ... NLOCKS - 1] = SPINLOCK_INIT("page table", RANK_PTABLE)
};

static struct spinlock *
table_lock_of(const struct page *pt)
{
	return &table_locks[(page_to_phys(pt) >> PAGE_SHIFT) % NLOCKS];
}

struct page *
table_alloc(int level)
{
	struct page *pt = page_alloc(0, PG_ZERO | PG_TABLE);

	if (pt != NULL)
		pt->pg_level = (uint32_t)level;
	return pt;
}

/*
 * Copies a group of slots, with a reference each, as both tables are to have it; how many there
 * are. The slots are frozen: but for the write bit only the processor's own bits can change.
 */
static uint32_t
group_copy(uint64_t from[PT_GROUP], uint64_t to[PT_GROUP], int level)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < PT_GROUP; i++) {
		uint64_t e = load_relaxed(&from[i]);
		struct page *pg;

		if (e == 0)
			continue;
		pg = pte_page(e);
		if ((e & PTE_W) != 0 && !(pte_is_leaf(e, level) && pg->pg_object != NULL)) {
			(void)atomic_and(&from[i], ~PTE_W);
			e &= ~PTE_W;
		}
		page_hold(pg);
		to[i] = e;
		n++;
	}
	return n;
}

struct page *
table_copy(struct page *old)
{
	int level = (int)old->pg_level;
	struct page *new = table_alloc(level);
	uint64_t *from = page_kva(old), *to;
	uint64_t n = 0;

	if (new == NULL)
		return NULL;
	to = page_kva(new);
	spin_lock(table_lock_of(old));
	for (uint64_t used = old->pg_used; used != 0; used &= used - 1) {
		uint32_t at = (uint32_t)__builtin_ctzll(used) * PT_GROUP;

		n += group_copy(from + at, to + at, level);
	}
	new->pg_used = old->pg_used;
	new->pg_resident = level == 0 ? n : old->pg_resident;
	spin_unlock(table_lock_of(old));
	return new;
}

struct page *
table_split(uint64_t pte)
{
	struct page *pt = table_alloc(0), *head = pte_page(pte);
	uint64_t all[PAGE_HUGE / 64], *t;

	if (pt == NULL)
		return NULL;
	t = page_kva(pt);
	pte &= ~PTE_PS;
	if (page_refs(head) == 1) {
		memset(all, 0xff, sizeof(all));
		page_huge_split(head, all);
	} else {
		pte &= ~PTE_W;
		for (uint32_t i = 1; i < PAGE_HUGE; i++)
			page_hold(head);
	}
	for (uint32_t i = 0; i < PT_ENTRIES; i++)
		t[i] = pte + i * PAGE_SIZE;
	pt->pg_used = ~0ull;
	pt->pg_resident = PAGE_HUGE;
	return pt;
}

void
table_claim(struct page *pt, struct page *pg)
{
	struct page *head = page_counted(pg);
	uint64_t wanted[PAGE_HUGE / 64] = { 0 };
	paddr_t base = page_to_phys(head);
	const uint64_t *t = page_kva(pt);
	uint32_t n = 0;

	if (likely((head->pg_flags & PGF_HUGE) == 0) || page_refs(head) > PAGE_HUGE ||
	    page_refs(head) % CLAIM_EVERY != 0)
		return;
	for (uint32_t i = 0; i < PT_ENTRIES; i++) {
		uint64_t at = ((load_relaxed(&t[i]) & PTE_PA) - base) >> PAGE_SHIFT;

		if (at < PAGE_HUGE) {
			wanted[at / 64] |= 1ull << (at % 64);
			n++;
		}
	}
	if (page_refs(head) == n)
		page_huge_split(head, wanted);
}

static void table_destroy(struct page *);

/*
 * Gives up what a group of slots has: pages, and in tables that are not the last also tables. Most
 * of it others have as well. `last` is a constant where it is called, each has a loop of its own.
 */
static inline void
group_drop(const uint64_t t[PT_GROUP], bool last)
{
#pragma GCC unroll 8	/* there are hundreds of slots, mostly others' */
	for (uint32_t i = 0; i < PT_GROUP; i++) {
		struct page *pg;

		if (t[i] == 0)
			continue;
		pg = pte_page(t[i]);
		if (last || (t[i] & PTE_PS) != 0) {
			if (page_unref(pg))
				page_release(page_counted(pg));
		} else if (ref_put(&pg->pg_refs)) {
			table_destroy(pg);
		}
	}
}

/* The last reference is gone. */
static void
table_destroy(struct page *pt)
{
	const uint64_t *t = page_kva(pt);
	bool last = pt->pg_level == 0;

	for (uint64_t used = pt->pg_used; used != 0; used &= used - 1) {
		const uint64_t *group = t + (uint32_t)__builtin_ctzll(used) * PT_GROUP;

		if (last)
			group_drop(group, true);
		else
			group_drop(group, false);
	}
	if (last)
		sched_preempt_point();
	ref_init(&pt->pg_refs, 1);
	page_drop(pt);
}

void
table_drop(struct page *pt)
{
	if (ref_put(&pt->pg_refs))
		table_destroy(pt);
}

uint32_t
table_zap(struct page *pt, vaddr_t *va, vaddr_t end, const struct vm_object *only, bool own,
    struct page **gone, uint32_t n)
{
	uint32_t taken = 0;

	spin_lock(table_lock_of(pt));
	for (; *va < end && taken < n; *va += PAGE_SIZE) {
		uint64_t *slot = table_slot(pt, *va, 0), e = load_relaxed(slot);

		if (e == 0 || (only != NULL && pte_page(e)->pg_object != only))
			continue;
		gone[taken++] = pte_page(atomic_swap(slot, 0));
	}
	if (!own)
		pt->pg_zapped += taken;
	spin_unlock(table_lock_of(pt));
	return taken;
}
