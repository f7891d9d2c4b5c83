/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Faults: bringing the page of an address into the page tables.
 *
 *	                  not in the page tables             there, but not with this right
 *	anonymous         a zeroed page, writable            write: the right, or a copy if shared
 *	object, shared    the object's page                  the right
 *	object, private   read: the object's page, read-only write: a copy, or the right on one that
 *	                  write: a copy of it                is ours alone
 *
 * Copy on write needs no objects and no chains: a private page has a reference from each
 * last-level table that maps it. After a fork, tables are shared and write-protected as a whole;
 * who writes first makes the tables on the way his own (pmap_extract_own), which copies at most
 * one a level and takes references for what it copies. Then the page's count tells: more than
 * one, he copies the page as well; one, he takes it over. (pg_object tells a page of an object,
 * which is never taken over.) Without that first step the count says nothing: it does not count
 * those who share a table with us.
 *
 * Locks. vs_lock is held for reading, so faults of different pages run side by side, while fork,
 * mmap and the like shut all out. Faults of one page are put in a row by one of a few mutexes
 * chosen by the page number (vs_fault), so that between the look and the act nobody else of this
 * space acts on that page. Truncation shuts nobody out, but in a region of an object we
 * hold vo_lock from the look to the act, and truncation does too.
 *	vs_lock (read)  ->  vs_fault[i]  ->  vo_lock  ->  the pmap's lock
 *
 * A count of one cannot be raised behind our back: only who has a reference may take another, and
 * the only one is our leaf, in a table of our own; fork of this space is shut out. A count above
 * one may fall meanwhile: then a copy was made that was not needed, no more.
 *
 * Fault-around: a read of an object's page also enters its neighbours that are resident already,
 * so that running a program that is in the page cache costs a sixteenth of the faults.
 */
#include "vm/vm_int.h"

#define AROUND_PAGES	16u
#define HUGE_FREE_PART	4u		/* no huge pages when less than this part is free, ... */
#define HUGE_FREE_LEAST	8192ul		/* ... or fewer pages */

struct fault {
	struct vm_space	 *f_vs;
	struct vm_region *f_r;
	vaddr_t		  f_va;		/* of the page */
	bool		  f_write;
	struct page	**f_hold;	/* null, or: the page is wanted */
};

/* The rights of a leaf: without writing when a write must come here first. */
static uint32_t
leaf_prot(const struct vm_region *r, bool in_place)
{
	return in_place ? r->vr_prot : r->vr_prot & ~VM_PROT_WRITE;
}

/* Enters pg; its reference, which is ours, goes to the leaf or is dropped. */
static int
fault_enter(struct fault *f, struct page *pg, uint32_t prot, uint32_t flags)
{
	int error;

	if (f->f_hold != NULL)
		page_hold(pg);
	error = pmap_enter(f->f_vs->vs_pmap, f->f_va, page_to_phys(pg), prot, PMAP_CANFAIL | flags);
	if (error != 0) {
		page_drop(pg);
		if (f->f_hold != NULL)
			page_drop(pg);
		return error;
	}
	if (f->f_hold != NULL)
		*f->f_hold = pg;
	return 0;
}

/* A private page with the contents of old (null: zeroes) takes the place. */
static int
fault_private(struct fault *f, struct page *old)
{
	struct page *pg = page_alloc(0, old == NULL ? PG_ZERO : 0);
	int error;

	if (pg == NULL)
		return ENOMEM;
	if (old != NULL)
		page_copy(page_kva(pg), page_kva(old));
	/* Where nothing was there may be a huge page now, of a fault of another page: EAGAIN. */
	error = fault_enter(f, pg, leaf_prot(f->f_r, true), old == NULL ? PMAP_NEW : 0);
	return error == EEXIST ? EAGAIN : error;
}

/* What is there: ENOENT, nothing; ENOMEM. */
static int
fault_look(struct fault *f, paddr_t *pa, uint32_t *prot)
{
	struct pmap *pm = f->f_vs->vs_pmap;

	if (f->f_write)
		return pmap_extract_own(pm, f->f_va, pa, prot);
	return pmap_extract(pm, f->f_va, pa, prot) ? 0 : ENOENT;
}

/*
 * Whether a huge page is to take the place: where there is room for one, memory is not scarce,
 * and the program seems to write one page after the other: the fault is at its first page and
 * those before are nearly all there. Advice can say that it will, or that it is not to be.
 */
static bool
huge_wanted(const struct fault *f)
{
	const struct vm_region *r = f->f_r;
	const size_t size = PAGE_HUGE * PAGE_SIZE;
	bool asked = (r->vr_flags & VR_HUGE) != 0;

	return (f->f_va & (size - 1)) == 0 && f->f_write &&
	    (r->vr_flags & (VR_GROWSDOWN | VR_NOHUGE)) == 0 &&
	    (asked || f->f_va >= r->vr_start + size) && f->f_va + size <= r->vr_end &&
	    pages_free_count() > MAX(pages_total / HUGE_FREE_PART, HUGE_FREE_LEAST) &&
	    (asked || pmap_dense(f->f_vs->vs_pmap, f->f_va - PAGE_SIZE));
}

/* False: it is to be a small page. */
static bool
fault_huge(struct fault *f)
{
	struct page *head = page_alloc_huge();

	if (head == NULL)
		return false;
	for (uint32_t i = 0; i < PAGE_HUGE; i++) {
		page_zero(page_kva(head + i));
		if (i % 64 == 0)
			sched_preempt_point();
	}
	if (f->f_hold != NULL)
		page_hold(head);
	if (pmap_enter_huge(f->f_vs->vs_pmap, f->f_va, head, leaf_prot(f->f_r, true)) != 0) {
		page_drop(head);
		if (f->f_hold != NULL)
			page_drop(head);
		return false;
	}
	if (f->f_hold != NULL)
		*f->f_hold = head;
	return true;
}

/* A page is there. */
static int
fault_present(struct fault *f, paddr_t pa, uint32_t prot)
{
	struct page *pg = phys_to_page(pa);
	bool ours = region_shared(f->f_r) ||
	    (f->f_write && pg->pg_object == NULL && page_refs(pg) == 1);
	uint32_t want = leaf_prot(f->f_r, ours);
	int error = 0;

	if (f->f_write && !ours) {
		if (pg->pg_object == NULL)
			atomic_add(&f->f_vs->vs_pages_copied, 1);
		return fault_private(f, pg);
	}
	if (f->f_write && !region_shared(f->f_r) && (prot & VM_PROT_WRITE) == 0)
		atomic_add(&f->f_vs->vs_pages_taken, 1);
	if ((prot & want) != want)
		error = pmap_upgrade(f->f_vs->vs_pmap, f->f_va, want, f->f_r->vr_start,
		    f->f_r->vr_end);
	if (error == 0 && f->f_hold != NULL) {
		page_hold(pg);
		*f->f_hold = pg;
	}
	return error;
}

/*
 * Enters resident neighbours of index, which are not there yet. Failures do not matter. vo_lock
 * is held.
 */
static void
fault_around_locked(struct fault *f, uint64_t index)
{
	const struct vm_region *r = f->f_r;
	uint64_t base = r->vr_offset >> PAGE_SHIFT;
	uint64_t lo = MAX(rounddown2(index, (uint64_t)AROUND_PAGES), base);
	uint64_t hi = MIN(rounddown2(index, (uint64_t)AROUND_PAGES) + AROUND_PAGES,
	    base + region_pages(r));
	uint32_t prot = leaf_prot(r, region_shared(r));
	struct page *pg;

	hi = MIN(hi, howmany(r->vr_object->vo_size, PAGE_SIZE));
	for (uint64_t i = lo; i < hi; i++) {
		if (i == index || (pg = pageidx_lookup(r->vr_object, i)) == NULL)
			continue;
		page_hold(pg);
		if (pmap_enter(f->f_vs->vs_pmap, r->vr_start + ((i - base) << PAGE_SHIFT),
		    page_to_phys(pg), prot,
		    PMAP_CANFAIL | PMAP_NEW) != 0)
			page_drop(pg);
	}
}

/* Nothing is there; vo_lock is held. EAGAIN: the page must be read in first. */
static int
fault_absent_locked(struct fault *f, uint64_t index)
{
	struct vm_object *vo = f->f_r->vr_object;
	bool shared = region_shared(f->f_r);
	struct page *pg;
	int error;

	if (index >= howmany(vo->vo_size, PAGE_SIZE))
		return EIO;
	if ((pg = pageidx_lookup(vo, index)) == NULL) {
		if (vo->vo_ops != NULL && vo->vo_ops->fill != NULL)
			return EAGAIN;
		if (f->f_write && !shared)
			return fault_private(f, NULL);
		if ((error = vm_object_make_page_locked(vo, index, &pg)) != 0)
			return error;
	}
	if (f->f_write && !shared)
		return fault_private(f, pg);
	page_hold(pg);
	error = fault_enter(f, pg, leaf_prot(f->f_r, shared), 0);
	if (error == 0 && !f->f_write)
		fault_around_locked(f, index);
	return error;
}

static int
fault_object(struct fault *f)
{
	struct vm_object *vo = f->f_r->vr_object;
	struct page *pg;
	uint32_t prot;
	uint64_t index;
	paddr_t pa;
	int error;

	do {
		mutex_lock(&vo->vo_lock);
		index = region_index(f->f_r, f->f_va);
		if ((error = fault_look(f, &pa, &prot)) == 0)
			error = fault_present(f, pa, prot);
		else if (error == ENOENT)
			error = fault_absent_locked(f, index);
		mutex_unlock(&vo->vo_lock);
		if (error == EAGAIN) {
			if ((error = vm_object_page(vo, index, false, &pg)) != 0)
				return error;
			if (pg != NULL)
				page_drop(pg);
			error = EAGAIN;
		}
	} while (error == EAGAIN);
	return error;
}

static int
fault_anon(struct fault *f)
{
	uint32_t prot;
	paddr_t pa;
	int error;

	do {
		if ((error = fault_look(f, &pa, &prot)) == 0)
			error = fault_present(f, pa, prot);
		else if (error == ENOENT)
			error = huge_wanted(f) && fault_huge(f) ? 0 : fault_private(f, NULL);
	} while (error == EAGAIN);
	return error;
}

int
fault_region(struct vm_space *vs, struct vm_region *r, vaddr_t va, bool write, struct page **hold)
{
	struct mutex *stripe = &vs->vs_fault[(va >> PAGE_SHIFT) % VM_NSTRIPES];
	struct fault f = { .f_vs = vs, .f_r = r, .f_va = rounddown2(va, PAGE_SIZE),
	    .f_write = write, .f_hold = hold };
	int error;

	mutex_lock(stripe);
	error = r->vr_object != NULL ? fault_object(&f) : fault_anon(&f);
	mutex_unlock(stripe);
	return error;
}

/* Whether the stack r may grow down to start; vs_lock is held for writing. */
static bool
stack_may_grow(const struct vm_space *vs, const struct vm_region *r, vaddr_t start)
{
	const struct vm_region *below = region_before(vs, r->vr_start);
	uint64_t npages = (r->vr_start - start) >> PAGE_SHIFT;

	if (r->vr_end - start > load_relaxed(&vs->vs_limit_stack))
		return false;
	if (below != NULL && below->vr_end + VM_STACK_GAP > start && below->vr_prot != VM_PROT_NONE)
		return false;
	if (below != NULL && below->vr_end > start)
		return false;
	return space_check_limits(vs, npages, r->vr_prot, region_flags(vs, r)) == 0;
}

int
fault_grow_stack(struct vm_space *vs, vaddr_t va)
{
	vaddr_t start = rounddown2(va, PAGE_SIZE);
	struct vm_region *r;
	int error = EFAULT;

	if (va < USER_MIN || va >= USER_MAX)
		return EFAULT;
	/* Most bad addresses are nowhere near a stack: look before shutting everybody out. */
	rw_rdlock(&vs->vs_lock);
	r = region_next(vs, va);
	if (r != NULL && (r->vr_start <= va || (r->vr_flags & VR_GROWSDOWN) != 0))
		error = 0;
	rw_unlock(&vs->vs_lock);
	if (error != 0)
		return error;

	rw_wrlock(&vs->vs_lock);
	r = region_next(vs, va);
	if (r == NULL) {
		error = EFAULT;
	} else if (r->vr_start > va) {		/* else somebody else has grown it */
		if ((r->vr_flags & VR_GROWSDOWN) == 0 || !stack_may_grow(vs, r, start))
			error = EFAULT;
		else if ((error = region_own(vs, &r)) == 0)
			region_set_bounds(vs, r, start, r->vr_end);
	}
	space_unlock(vs);
	return error;
}

/* x86 has no memory that can be written but not read: any right includes reading. */
static bool
access_allowed(const struct vm_region *r, uint32_t access)
{
	return access == VM_PROT_READ ? r->vr_prot != VM_PROT_NONE :
	    (r->vr_prot & access) == access;
}

int
vm_fault(struct vm_space *vs, vaddr_t va, uint32_t access, bool user __unused)
{
	struct vm_region *r;
	int error;

	for (;;) {
		rw_rdlock(&vs->vs_lock);
		if ((r = region_find(vs, va)) != NULL)
			break;
		rw_unlock(&vs->vs_lock);
		if ((error = fault_grow_stack(vs, va)) != 0)
			return error;
	}
	if (!access_allowed(r, access))
		error = EACCES;
	else
		error = fault_region(vs, r, va, access == VM_PROT_WRITE, NULL);
	rw_unlock(&vs->vs_lock);
	return error;
}
