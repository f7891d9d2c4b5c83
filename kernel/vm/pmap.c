/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page tables of one address space: what arch/pmap.h offers, on tables that address spaces
 * share after a fork (ptable.c has the states of a table and the invariant).
 *
 * fork (pmap_fork) makes a new root with the entries of the old, one reference each, without the
 * write bit in both, and flushes. That is all; what it costs depends on nothing.
 *
 * Whoever changes a leaf makes its path own first (path_own): from the root down, a table that
 * others have as well is copied, one that nobody else has any more is taken over. So at most one
 * table a level is copied, for a fault as for each edge of a range. Ranges are removed by taking
 * out the highest entries that they cover whole; only the tables at their two edges must be own,
 * and pmap_prepare makes them so, which is the part of it that can fail.
 *
 * Most faults find an own path and an empty slot. They walk down without pm_lock (path_is_own) and
 * put the page in by one atomic exchange, so that threads that fault in one address space meet in
 * the counts alone. What makes that right: vs_lock is held for reading, so no fork and no removal
 * is under way, and an own path stays own; two faults of one page are kept apart by the caller.
 *
 * Rights. An entry without the write bit protects all below it. What a program may do at an
 * address is what all levels allow: pmap_extract and pmap_walk say that.
 *
 * Flushes are recorded in pm_flush_*, references to be given up in pm_pending: tables and pages
 * alike. pmap_update flushes under the lock, so that a second caller comes in when the flush that
 * covers his changes too is complete. References are dropped after that and after the lock is
 * released, since the end of a large subtree takes its time. Tables wait as pages do, because
 * processors cache entries of upper levels: they could walk a table until the flush.
 *
 * pm_lock is held with interrupts off for at most a walk over three tables and the copying of
 * three.
 */
#include "mem/cache.h"
#include "sched/sched.h"
#include "vm/ptable.h"

static struct cache pmap_cache = CACHE_INIT("pmap", struct pmap);

#define NPATH	3u		/* tables on a path, without the root */

/* The tables from the root to the one that maps an address. */
struct path {
	struct page	*pt[PT_ROOT + 1];	/* by level */
	int		 level;			/* of the lowest that was found */
	bool		 huge;			/* it is 1, and its slot has a huge page */
};

/* path_own */
#define OWN_CREATE	1u	/* makes the tables that are missing */
#define OWN_HUGE	2u	/* a huge page that nobody else has may end the path */

static struct page *
root_of(const struct pmap *pm)
{
	return phys_to_page(pm->pm_root);
}

/* ---- Flushing ---- */

static void
flush_record(struct pmap *pm, vaddr_t start, vaddr_t end)
{
	if (pm->pm_flush_start == pm->pm_flush_end) {
		pm->pm_flush_start = start;
		pm->pm_flush_end = end;
		return;
	}
	pm->pm_flush_start = MIN(pm->pm_flush_start, start);
	pm->pm_flush_end = MAX(pm->pm_flush_end, end);
}

static void
flush_locked(struct pmap *pm)
{
	if (pm->pm_flush_start == pm->pm_flush_end)
		return;
	tlb_shootdown(pm->pm_flush_all ? NULL : pm, pm->pm_flush_start, pm->pm_flush_end, false);
	pm->pm_flush_start = pm->pm_flush_end = 0;
	pm->pm_flush_all = false;
}

static void
page_or_table_drop(struct page *pg)
{
	if ((pg->pg_flags & PGF_TABLE) != 0)
		table_drop(pg);
	else
		page_drop(pg);
}

/* Flushes, gives the lock up, and then the references. */
static void
update_unlock(struct pmap *pm)
{
	struct page *gone[PMAP_NPENDING];
	uint32_t n = pm->pm_npending;

	ASSERT_SPIN_HELD(&pm->pm_lock);
	flush_locked(pm);
	for (uint32_t i = 0; i < n; i++)
		gone[i] = pm->pm_pending[i];
	pm->pm_npending = 0;
	spin_unlock(&pm->pm_lock);
	for (uint32_t i = 0; i < n; i++)
		page_or_table_drop(gone[i]);
}

void
pmap_update(struct pmap *pm)
{
	spin_lock(&pm->pm_lock);
	update_unlock(pm);
}

/* A reference waits for the next flush. */
static void
drop_later(struct pmap *pm, struct page *pg)
{
	KASSERT(pm->pm_npending < PMAP_NPENDING);
	pm->pm_pending[pm->pm_npending++] = pg;
}

/*
 * Before up to n calls of drop_later: there may be some left of a change that is not yet flushed
 * (also of truncation, which has no more than vs_lock for reading). May give the lock up for a
 * while: for those that have the address space to themselves or have not begun yet.
 */
static void
pending_reserve(struct pmap *pm, uint32_t n)
{
	if (pm->pm_npending + n <= PMAP_NPENDING)
		return;
	update_unlock(pm);
	spin_lock(&pm->pm_lock);
}

/* pm_lock is held. */
static void
count(uint64_t *n)
{
	store_relaxed(n, *n + 1);
}

/* ---- Paths ---- */

/*
 * n leaves more (or, as a negative number, less) below the tables of the path from level on.
 * Atomic: some count without the lock.
 */
static void
path_count(struct pmap *pm, struct path *path, int level, uint64_t n)
{
	for (; level < PT_ROOT; level++)
		(void)__atomic_add_fetch(&path->pt[level]->pg_resident, n, __ATOMIC_RELAXED);
	(void)__atomic_add_fetch(&pm->pm_resident, n, __ATOMIC_RELAXED);
}

/* The path is own: what truncation took out of its last table leaves the sums. */
static void
path_settle(struct pmap *pm, struct path *path)
{
	uint64_t n = path->pt[0]->pg_zapped;

	path->pt[0]->pg_zapped = 0;
	path_count(pm, path, 0, -n);
}

/* The child of the slot (for va, in the last table of the path) becomes own. Null: no memory. */
static struct page *
child_own(struct pmap *pm, struct path *path, vaddr_t va, uint64_t *slot)
{
	struct page *old = pte_page(*slot), *new;
	int level = path->level;

	if (page_refs(old) == 1) {
		(void)atomic_or(slot, PTE_W);
		count(&pm->pm_counts.taken);
		return old;
	}
	if ((new = table_copy(old)) == NULL)
		return NULL;
	(void)atomic_swap(slot, page_to_phys(new) | PTE_DIR_USER);
	count(&pm->pm_counts.copied);
	if (level == 1)		/* old counts what was truncated, the new table does not have it */
		path_count(pm, path, level, new->pg_resident - old->pg_resident);
	flush_record(pm, va, va + PAGE_SIZE);
	drop_later(pm, old);
	return new;
}

/*
 * A table for the pages of the huge page in the slot. The slot is empty for a moment, and flushed
 * then: a processor must not have translations of both sizes. Null: no memory.
 */
static struct page *
huge_split(struct pmap *pm, vaddr_t va, uint64_t *slot)
{
	struct page *pt = table_split(*slot);

	if (pt == NULL)
		return NULL;
	(void)atomic_swap(slot, 0);
	flush_record(pm, rounddown2(va, PAGE_SIZE), rounddown2(va, PAGE_SIZE) + PAGE_SIZE);
	flush_locked(pm);
	store_release(slot, page_to_phys(pt) | PTE_DIR_USER);
	return pt;
}

/*
 * Makes the tables from the root down to the one of level `to` that maps va own; how: OWN_*.
 * ENOENT: one is missing (path->level says where), ENOMEM. At most NPATH calls of drop_later.
 */
static int
path_own(struct pmap *pm, vaddr_t va, int to, uint32_t how, struct path *path)
{
	struct page *pt = root_of(pm);

	path->pt[PT_ROOT] = pt;
	path->huge = false;
	for (path->level = PT_ROOT; path->level > to; path->level--) {
		uint64_t *slot = table_slot(pt, va, path->level), e = load_relaxed(slot);
		struct page *child;

		if (e == 0) {
			if ((how & OWN_CREATE) == 0)
				return ENOENT;
			if ((child = table_alloc(path->level - 1)) == NULL)
				return ENOMEM;
			table_use(pt, va, path->level);
			store_release(slot, page_to_phys(child) | PTE_DIR_USER);
		} else if (pte_is_leaf(e, path->level)) {
			path->huge = (how & OWN_HUGE) != 0 && page_refs(pte_page(e)) == 1;
			if (path->huge)
				return 0;
			if ((child = huge_split(pm, va, slot)) == NULL)
				return ENOMEM;
		} else if ((e & PTE_W) != 0) {
			child = pte_page(e);
		} else if ((child = child_own(pm, path, va, slot)) == NULL) {
			return ENOMEM;
		}
		path->pt[path->level - 1] = pt = child;
	}
	if (to == 0 && pt->pg_zapped != 0)
		path_settle(pm, path);
	return 0;
}

/*
 * The tables on the way to va, whoever owns them, as far as there are any; *write: whether no
 * entry that points to one forbids writing.
 */
static void
path_look(struct pmap *pm, vaddr_t va, struct path *path, bool *write)
{
	struct page *pt = root_of(pm);

	*write = true;
	path->pt[PT_ROOT] = pt;
	path->huge = false;
	for (path->level = PT_ROOT; path->level > 0; path->level--) {
		uint64_t e = load_relaxed(table_slot(pt, va, path->level));

		if (e == 0)
			return;
		if (pte_is_leaf(e, path->level)) {
			path->huge = true;
			return;
		}
		*write = *write && (e & PTE_W) != 0;
		path->pt[path->level - 1] = pt = pte_page(e);
	}
}

/*
 * The same without the lock, by who holds the address space's lock in any way: tables are taken
 * away by writers only. True: the path is own, down to a last-level table that owes nothing to its
 * sums; so it is for as long as that lock is held, and only single slots of it change meanwhile.
 */
static bool
path_is_own(struct pmap *pm, vaddr_t va, struct path *path)
{
	struct page *pt = root_of(pm);

	path->pt[PT_ROOT] = pt;
	path->huge = false;
	for (path->level = PT_ROOT; path->level > 0; path->level--) {
		uint64_t e = load_acquire(table_slot(pt, va, path->level));

		if ((e & (PTE_P | PTE_W)) != (PTE_P | PTE_W) || pte_is_leaf(e, path->level))
			return false;
		path->pt[path->level - 1] = pt = pte_page(e);
	}
	return load_relaxed(&pt->pg_zapped) == 0;
}

/* Where what the lowest table of the path knows about va ends: no table, or the next one. */
static vaddr_t
path_end(const struct path *path, vaddr_t va)
{
	int level = MAX(path->level, 1);

	return rounddown2(va, pt_span(level)) + pt_span(level);
}

/* ---- Birth and death ---- */

struct pmap *
pmap_create(void)
{
	struct pmap *pm = cache_alloc(&pmap_cache);
	struct page *root;

	if (pm == NULL)
		return NULL;
	if ((root = table_alloc(PT_ROOT)) == NULL) {
		cache_free(&pmap_cache, pm);
		return NULL;
	}
	spin_init(&pm->pm_lock, "pmap", RANK_PMAP);
	pm->pm_root = page_to_phys(root);
	pmap_root_init(page_kva(root));
	return pm;
}

struct pmap *
pmap_fork(struct pmap *src)
{
	struct pmap *dst = pmap_create();
	struct page *from = root_of(src), *to;

	if (dst == NULL)
		return NULL;
	to = root_of(dst);
	spin_lock(&src->pm_lock);
	for (uint32_t i = 0; (i = table_next(from, i)) < PT_ENTRIES; i++) {
		uint64_t *slot = (uint64_t *)page_kva(from) + i;

		if (*slot == 0)
			continue;
		page_hold(pte_page(*slot));
		((uint64_t *)page_kva(to))[i] = atomic_and(slot, ~PTE_W);
		count(&src->pm_counts.shared);
	}
	to->pg_used = from->pg_used;
	dst->pm_resident = src->pm_resident;
	flush_record(src, 0, USER_MAX);
	update_unlock(src);
	return dst;
}

void
pmap_destroy(struct pmap *pm)
{
	struct page *root = root_of(pm);

	tlb_shootdown(pm, 0, 0, true);	/* idle CPUs may still have it */
	ASSERT(load_relaxed(&pm->pm_active) == 0);
	KASSERT(pm->pm_npending == 0);
	table_drop(root);
	cache_free(&pmap_cache, pm);
}

uint64_t
pmap_resident(const struct pmap *pm)
{
	return load_relaxed(&pm->pm_resident);
}

void
pmap_counts(const struct pmap *pm, struct pmap_counts *c)
{
	c->shared = load_relaxed(&pm->pm_counts.shared);
	c->copied = load_relaxed(&pm->pm_counts.copied);
	c->taken = load_relaxed(&pm->pm_counts.taken);
}

/* ---- Pages ---- */

/* Whether some right of old is not in new. */
static bool
pte_loses(uint64_t old, uint64_t new)
{
	return (old & PTE_P) != 0 && ((new & PTE_P) == 0 || ((old ^ new) & PTE_PA) != 0 ||
	    (old & PTE_W & ~new) != 0 || (~old & PTE_NX & new) != 0);
}

/* A leaf where none was, in an own table, without the lock. False: something is there. */
static bool
enter_first(struct pmap *pm, struct path *path, vaddr_t va, uint64_t new)
{
	uint64_t none = 0;

	table_use(path->pt[0], va, 0);
	if (!atomic_cas(table_slot(path->pt[0], va, 0), &none, new))
		return false;
	path_count(pm, path, 0, 1);
	return true;
}

int
pmap_enter(struct pmap *pm, vaddr_t va, paddr_t pa, uint32_t prot, uint32_t flags)
{
	uint64_t *slot = NULL, old, new = pte_user(pa, prot);
	struct path path;
	int error;

	KASSERT(((va | pa) & PAGE_MASK) == 0 && va < USER_MAX);
	if (path_is_own(pm, va, &path) && enter_first(pm, &path, va, new))
		return 0;
	spin_lock(&pm->pm_lock);
	pending_reserve(pm, NPATH + 1);
	if ((error = path_own(pm, va, 0, OWN_CREATE, &path)) == 0) {
		slot = table_slot(path.pt[0], va, 0);
		if ((flags & PMAP_NEW) != 0 && *slot != 0)
			error = EEXIST;
	}
	if (error == 0) {
		table_use(path.pt[0], va, 0);
		old = atomic_swap(slot, new);
		if (old == 0)
			path_count(pm, &path, 0, 1);
		else
			drop_later(pm, pte_page(old));
		if (pte_loses(old, new))
			flush_record(pm, va, va + PAGE_SIZE);
	}
	update_unlock(pm);
	return error;
}

int
pmap_enter_huge(struct pmap *pm, vaddr_t va, struct page *head, uint32_t prot)
{
	struct path path;
	uint64_t *slot;
	int error;

	KASSERT((va & (pt_span(1) - 1)) == 0);
	spin_lock(&pm->pm_lock);
	pending_reserve(pm, NPATH);
	if ((error = path_own(pm, va, 1, OWN_CREATE, &path)) == 0) {
		slot = table_slot(path.pt[1], va, 1);
		if (*slot != 0) {
			error = EEXIST;
		} else {
			table_use(path.pt[1], va, 1);
			store_release(slot, pte_user(page_to_phys(head), prot) | PTE_PS);
			path_count(pm, &path, 1, PAGE_HUGE);
		}
	}
	update_unlock(pm);
	return error;
}

bool
pmap_dense(struct pmap *pm, vaddr_t va)
{
	struct path path;
	bool write, dense;

	spin_lock(&pm->pm_lock);
	path_look(pm, va, &path, &write);
	dense = path.huge ||
	    (path.level == 0 && path.pt[0]->pg_resident >= PAGE_HUGE - PAGE_HUGE / 8);
	spin_unlock(&pm->pm_lock);
	return dense;
}

/* The slot that maps va: of the last-level table, or of a huge page. Null: there is none. */
static uint64_t *
path_leaf(const struct path *path, vaddr_t va)
{
	if (path->level > 0 && !path->huge)
		return NULL;
	return table_slot(path->pt[path->level], va, path->level);
}

/* What is at va: ENOENT when nothing is mapped. */
static int
leaf_get(const struct path *path, vaddr_t va, bool write, paddr_t *pa, uint32_t *prot)
{
	const uint64_t *slot = path_leaf(path, va);
	uint64_t e = slot != NULL ? load_relaxed(slot) : 0;

	if (e == 0)
		return ENOENT;
	if (pa != NULL)
		*pa = (e & PTE_PA) + (path->huge ? va & (pt_span(1) - 1) & ~PAGE_MASK : 0);
	if (prot != NULL)
		*prot = pte_prot(e) & (write ? ~0u : ~VM_PROT_WRITE);
	return 0;
}

int
pmap_upgrade(struct pmap *pm, vaddr_t va, uint32_t prot, vaddr_t start, vaddr_t end)
{
	vaddr_t huge = rounddown2(va, pt_span(1));
	bool within = huge >= start && huge + pt_span(1) <= end;
	struct path path;
	uint64_t *slot, old, new;
	int error;

	spin_lock(&pm->pm_lock);
	pending_reserve(pm, NPATH);
	error = path_own(pm, va, 0, within ? OWN_HUGE : 0, &path);
	if (error == 0) {
		slot = path_leaf(&path, va);
		if ((old = load_relaxed(slot)) == 0)
			error = ENOENT;
	}
	if (error == 0) {
		do {
			new = pte_user(old & PTE_PA, prot) | (old & (PTE_D | PTE_PS));
		} while (!atomic_cas(slot, &old, new));
		if (pte_loses(old, new))
			flush_record(pm, va, va + PAGE_SIZE);
	}
	/*
	 * A CPU that has cached fewer rights faults once more, finds enough and goes on; it
	 * forgets by the fault itself.
	 */
	update_unlock(pm);
	return error;
}

int
pmap_extract_own(struct pmap *pm, vaddr_t va, paddr_t *pa, uint32_t *prot)
{
	struct path path;
	paddr_t at = 0;
	int error;

	if (path_is_own(pm, va, &path) && ((error = leaf_get(&path, va, true, &at, prot)) != 0 ||
	    (phys_to_page(at)->pg_flags & (PGF_HUGE | PGF_TAIL)) == 0)) {
		*pa = at;
		return error;
	}
	spin_lock(&pm->pm_lock);
	pending_reserve(pm, NPATH);
	if ((error = path_own(pm, va, 0, OWN_HUGE, &path)) == 0)
		error = leaf_get(&path, va, true, &at, prot);
	if (error == 0 && !path.huge)
		table_claim(path.pt[0], phys_to_page(at));
	update_unlock(pm);
	*pa = at;
	return error;
}

bool
pmap_extract(struct pmap *pm, vaddr_t va, paddr_t *pa, uint32_t *prot)
{
	struct path path;

	if (path_is_own(pm, va, &path)) {
		return leaf_get(&path, va, true, pa, prot) == 0;
	} else {
		bool write, there;

		spin_lock(&pm->pm_lock);
		path_look(pm, va, &path, &write);
		there = leaf_get(&path, va, write, pa, prot) == 0;
		spin_unlock(&pm->pm_lock);
		return there;
	}
}

/* The next page of the path's last table at or after va that may be mapped; at most end. */
static vaddr_t
leaf_next(const struct path *path, vaddr_t va, vaddr_t end)
{
	vaddr_t next = rounddown2(va, pt_span(1));

	if (path->huge)
		return va;
	next += (vaddr_t)table_next(path->pt[0], pt_index(va, 0)) << PAGE_SHIFT;
	return MIN(next, end);
}

vaddr_t
pmap_walk(struct pmap *pm, vaddr_t start, vaddr_t end,
    bool (*fn)(void *arg, vaddr_t va, paddr_t pa, uint32_t prot), void *arg)
{
	bool go_on = true, write;
	vaddr_t va = start;
	struct path path;

	spin_lock(&pm->pm_lock);
	while (go_on && va < end) {
		vaddr_t stop;

		path_look(pm, va, &path, &write);
		stop = MIN(path_end(&path, va), end);
		if (path.level > 0 && !path.huge) {
			va = stop;
			continue;
		}
		for (va = leaf_next(&path, va, stop); go_on && va < stop;
		    va = leaf_next(&path, va, stop)) {
			uint32_t prot;
			paddr_t pa;

			if (leaf_get(&path, va, write, &pa, &prot) == 0)
				go_on = fn(arg, va, pa, prot);
			va += PAGE_SIZE;
			if ((va & (pt_span(1) - 1)) == 0)
				break;
		}
	}
	spin_unlock(&pm->pm_lock);
	return go_on ? end : va;
}

/* ---- Ranges ---- */

int
pmap_prepare(struct pmap *pm, vaddr_t start, vaddr_t end)
{
	vaddr_t edge[2] = { start, end };
	struct path path;
	int error = 0;

	spin_lock(&pm->pm_lock);
	for (int i = 0; i < 2 && (error == 0 || error == ENOENT); i++) {
		int to = 0;

		while (to < PT_ROOT && (edge[i] & (pt_span(to + 1) - 1)) == 0)
			to++;
		pending_reserve(pm, NPATH);
		error = path_own(pm, edge[i], to, 0, &path);
	}
	update_unlock(pm);
	return error == ENOENT ? 0 : error;
}

/* Clears leaves va..end-1 of the last table of the path. */
static void
remove_leaves(struct pmap *pm, struct path *path, vaddr_t va, vaddr_t end)
{
	struct page *pt = path->pt[0];

	if (pt->pg_zapped != 0)
		path_settle(pm, path);
	for (va = leaf_next(path, va, end); va < end; va = leaf_next(path, va, end)) {
		uint64_t *slot = table_slot(pt, va, 0), old = load_relaxed(slot);

		if (old != 0) {
			pending_reserve(pm, 1);
			old = atomic_swap(slot, 0);
			if (old & PTE_P)
				flush_record(pm, va, va + PAGE_SIZE);
			path_count(pm, path, 0, (uint64_t)-1);
			drop_later(pm, pte_page(old));
		}
		va += PAGE_SIZE;
		if (va == end)		/* perhaps the end of the table as well */
			break;
	}
}

/*
 * Removes what begins at va and is one entry, or the part of one last-level table, of the range.
 * Returns where to go on.
 */
static vaddr_t
remove_step(struct pmap *pm, vaddr_t va, vaddr_t end)
{
	struct path path;
	vaddr_t next = end;

	path.pt[PT_ROOT] = root_of(pm);
	path.huge = false;
	for (path.level = PT_ROOT; path.level > 0; path.level--) {
		uint64_t *slot = table_slot(path.pt[path.level], va, path.level), e = *slot;
		vaddr_t base = rounddown2(va, pt_span(path.level));

		next = base + pt_span(path.level);
		if (e == 0)
			return next;
		if (va == base && next <= end) {
			pending_reserve(pm, 1);
			(void)atomic_swap(slot, 0);
			path_count(pm, &path, path.level, -pte_resident(e, path.level));
			flush_record(pm, va, next);
			drop_later(pm, pte_page(e));
			return next;
		}
		/* pmap_prepare */
		ASSERT((e & PTE_W) != 0 && !pte_is_leaf(e, path.level));
		path.pt[path.level - 1] = pte_page(e);
	}
	next = MIN(next, end);
	remove_leaves(pm, &path, va, next);
	return next;
}

void
pmap_remove(struct pmap *pm, vaddr_t start, vaddr_t end)
{
	spin_lock(&pm->pm_lock);
	for (vaddr_t va = start; va < end;)
		va = remove_step(pm, va, end);
	spin_unlock(&pm->pm_lock);
}

static void
leaf_protect(struct pmap *pm, vaddr_t va, uint64_t *slot, uint32_t prot)
{
	uint64_t old = load_relaxed(slot), new;

	do {
		if ((old & PTE_P) == 0)
			return;
		new = prot == 0 ? (old & (PTE_PA | PTE_D | PTE_PS)) | PTE_NONE :
		    (old & ~((prot & VM_PROT_WRITE) ? 0 : PTE_W)) |
		    ((prot & VM_PROT_EXEC) ? 0 : pte_nx);
		if (new == old)
			return;
	} while (!atomic_cas(slot, &old, new));
	flush_record(pm, va, va + PAGE_SIZE);
}

/* One last-level table, or one huge page, or a hole. *next: where to go on. */
static int
protect_step(struct pmap *pm, vaddr_t va, vaddr_t end, uint32_t prot, vaddr_t *next)
{
	struct path path;
	bool write;
	int error;

	path_look(pm, va, &path, &write);
	*next = MIN(path_end(&path, va), end);
	if (path.level > 0 && !path.huge)
		return 0;
	if (path.huge && *next - va == pt_span(1)) {
		if ((error = path_own(pm, va, 1, 0, &path)) == 0)
			leaf_protect(pm, va, table_slot(path.pt[1], va, 1), prot);
		return error;
	}
	if ((error = path_own(pm, va, 0, 0, &path)) != 0)
		return error;
	for (; va < *next; va += PAGE_SIZE)
		leaf_protect(pm, va, table_slot(path.pt[0], va, 0), prot);
	return 0;
}

int
pmap_protect(struct pmap *pm, vaddr_t start, vaddr_t end, uint32_t prot)
{
	int error = 0;

	for (vaddr_t va = start; va < end && error == 0;) {
		spin_lock(&pm->pm_lock);
		pending_reserve(pm, NPATH);
		error = protect_step(pm, va, end, prot, &va);
		spin_unlock(&pm->pm_lock);
		sched_preempt_point();
	}
	return error;
}

/* One last-level table of a truncation, or a hole. Returns where to go on. */
static vaddr_t
zap_step(struct pmap *pm, vaddr_t va, vaddr_t end, const struct vm_object *only)
{
	struct path path;
	vaddr_t stop, from = va;
	uint32_t n;
	bool own;

	path_look(pm, va, &path, &own);
	stop = MIN(path_end(&path, va), end);
	ASSERT(!path.huge);	/* never in a region of an object */
	if (path.level > 0)
		return stop;
	n = table_zap(path.pt[0], &va, stop, only, own, &pm->pm_pending[pm->pm_npending],
	    PMAP_NPENDING - pm->pm_npending);
	if (n > 0) {
		pm->pm_npending += n;
		flush_record(pm, from, va);
		if (own)
			path_count(pm, &path, 0, -(uint64_t)n);
		else
			pm->pm_flush_all = true;
	}
	return va;
}

void
pmap_zap(struct pmap *pm, vaddr_t start, vaddr_t end, const struct vm_object *only)
{
	spin_lock(&pm->pm_lock);
	for (vaddr_t va = start; va < end;) {
		pending_reserve(pm, PMAP_NPENDING / 2);
		va = zap_step(pm, va, end, only);
	}
	spin_unlock(&pm->pm_lock);
}
