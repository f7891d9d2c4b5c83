/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mremap: a region is cut short, grows where it is, or moves with its pages.
 *
 * A move makes the new region first and enters the pages there (each leaf takes a reference of
 * its own), then takes the old place away: until then everything can be undone, and another LWP
 * that writes to the old address meanwhile writes to the same pages. In a region of an object the
 * pages are entered under vo_lock, with the new region in the object's list already, so that
 * truncation finds either place.
 */
#include "vm/vm_int.h"

#define MOVE_BATCH	32u

struct move_batch {
	uint32_t	n;
	struct {
		vaddr_t	 va;
		paddr_t	 pa;
		uint32_t prot;
	} leaf[MOVE_BATCH];
};

static bool
move_collect(void *arg, vaddr_t va, paddr_t pa, uint32_t prot)
{
	struct move_batch *b = arg;

	b->leaf[b->n].va = va;
	b->leaf[b->n].pa = pa;
	b->leaf[b->n].prot = prot;
	return ++b->n < MOVE_BATCH;
}

/* Enters the pages of [from, end) at to too. */
static int
move_pages(struct vm_space *vs, vaddr_t from, vaddr_t end, vaddr_t to)
{
	struct move_batch b;
	int error = 0;

	for (vaddr_t va = from; va < end && error == 0;) {
		b.n = 0;
		va = pmap_walk(vs->vs_pmap, va, end, move_collect, &b);
		for (uint32_t i = 0; i < b.n && error == 0; i++) {
			page_hold(phys_to_page(b.leaf[i].pa));
			error = pmap_enter(vs->vs_pmap, to + (b.leaf[i].va - from), b.leaf[i].pa,
			    b.leaf[i].prot,
			    PMAP_CANFAIL);
			if (error != 0)
				page_drop(phys_to_page(b.leaf[i].pa));
		}
	}
	return error;
}

struct remap {
	struct vm_space	*vs;
	vaddr_t		 old;
	size_t		 oldlen;
	size_t		 newlen;
	uint32_t	 flags;
};

/*
 * Takes what is from old on for oldlen bytes, which is wholly inside r, to `to`, where nothing
 * is.
 */
static int
remap_move_region(struct remap *m, struct vm_region *r, vaddr_t to)
{
	struct vm_space *vs = m->vs;
	size_t copied = MIN(m->oldlen, m->newlen);
	struct vm_region *n;
	int error;

	if ((error = pmap_prepare(vs->vs_pmap, to, to + m->newlen)) != 0 ||
	    (error = pmap_prepare(vs->vs_pmap, m->old, m->old + m->oldlen)) != 0 ||
	    (error = tree_own_range(vs, to, to + m->newlen)) != 0)
		return error;
	if (vs->vs_nregions >= VM_REGIONS_MAX - 2 || (n = region_clone(r)) == NULL)
		return ENOMEM;
	n->vr_start = to;
	n->vr_end = to + m->newlen;
	region_obj_lock(r);
	if (r->vr_object != NULL) {
		n->vr_offset = r->vr_offset + (m->old - r->vr_start);
		region_link_copy(r, n);
	}
	error = move_pages(vs, m->old, m->old + copied, to);
	region_obj_unlock(r);
	region_insert_linked(vs, n);
	if (error == 0 && (m->flags & VM_REMAP_DONTUNMAP) != 0)
		space_remove_pages(vs, m->old, m->old + m->oldlen);
	else if (error == 0 && m->oldlen > 0)
		error = unmap_locked(vs, m->old, m->old + m->oldlen);
	if (error != 0) {
		region_remove(vs, to, to + m->newlen);
		space_remove_pages(vs, to, to + m->newlen);
		return error;
	}
	region_merge(vs, n);
	return 0;
}

/* newaddr 0: anywhere. */
static int
remap_move(struct remap *m, vaddr_t newaddr, vaddr_t *out)
{
	struct vm_space *vs = m->vs;
	struct vm_region *r = region_find(vs, m->old);
	bool keeps = m->oldlen == 0 || (m->flags & VM_REMAP_DONTUNMAP) != 0;
	uint64_t more = (keeps ? m->newlen : m->newlen - MIN(m->newlen, m->oldlen)) >> PAGE_SHIFT;
	int error;

	if ((error = space_check_limits(vs, more, r->vr_prot, region_flags(vs, r))) != 0)
		return error;
	if (newaddr == 0) {
		newaddr = space_find_place(vs, 0, m->newlen, false);
		if (newaddr == 0)
			return ENOMEM;
	} else {
		if ((error = unmap_locked(vs, newaddr, newaddr + m->newlen)) != 0)
			return error;
		r = region_find(vs, m->old);	/* may have been cut by that */
	}
	if ((error = remap_move_region(m, r, newaddr)) == 0)
		*out = newaddr;
	return error;
}

/* Makes r longer in place if nothing is behind it; false when that cannot be. */
static bool
remap_grow_in_place(struct remap *m, struct vm_region *r)
{
	size_t more = m->newlen - m->oldlen;
	struct vm_region *next;

	if (m->old + m->oldlen != r->vr_end || !range_ok(r->vr_end, more) ||
	    !region_range_free(m->vs, r->vr_end, r->vr_end + more))
		return false;
	if (space_check_limits(m->vs, more >> PAGE_SHIFT, r->vr_prot,
	    region_flags(m->vs, r)) != 0 || region_own(m->vs, &r) != 0)
		return false;
	region_set_bounds(m->vs, r, r->vr_start, r->vr_end + more);
	if ((next = region_find(m->vs, r->vr_end)) != NULL)
		region_merge(m->vs, next);
	return true;
}

static int
remap_locked(struct remap *m, vaddr_t newaddr, vaddr_t *out)
{
	struct vm_region *r = region_find(m->vs, m->old);
	int error;

	if (r == NULL || m->oldlen > r->vr_end - m->old)
		return EFAULT;
	if (m->oldlen == 0 && !region_shared(r))
		return EINVAL;
	if ((m->flags & VM_REMAP_DONTUNMAP) != 0 &&
	    (r->vr_object != NULL || m->oldlen != m->newlen))
		return EINVAL;
	if ((m->flags & (VM_REMAP_FIXED | VM_REMAP_DONTUNMAP)) == 0 && m->oldlen > 0) {
		if (m->newlen <= m->oldlen) {
			*out = m->old;
			return m->newlen == m->oldlen ? 0 :
			    unmap_locked(m->vs, m->old + m->newlen, m->old + m->oldlen);
		}
		if (remap_grow_in_place(m, r)) {
			*out = m->old;
			return 0;
		}
	}
	if ((m->flags & VM_REMAP_MAYMOVE) == 0)
		return ENOMEM;
	/*
	 * What lies beyond the new length does not move: it goes first, so that only one cut can
	 * fail later.
	 */
	if (m->newlen < m->oldlen) {
		if ((error = unmap_locked(m->vs, m->old + m->newlen, m->old + m->oldlen)) != 0)
			return error;
		m->oldlen = m->newlen;
	}
	return remap_move(m, (m->flags & VM_REMAP_FIXED) != 0 ? newaddr : 0, out);
}

int
vm_remap(struct vm_space *vs, vaddr_t old, size_t oldlen, size_t newlen, uint32_t flags,
    vaddr_t newaddr, vaddr_t *out)
{
	struct remap m = { .vs = vs, .old = old, .oldlen = roundup2(oldlen, PAGE_SIZE),
	    .newlen = roundup2(newlen, PAGE_SIZE), .flags = flags };
	bool populate = false;
	int error;

	if ((flags & ~(VM_REMAP_MAYMOVE | VM_REMAP_FIXED | VM_REMAP_DONTUNMAP)) != 0 ||
	    (old & PAGE_MASK) != 0 ||
	    m.newlen == 0 || m.oldlen < oldlen || m.newlen < newlen)
		return EINVAL;
	if ((flags & (VM_REMAP_FIXED | VM_REMAP_DONTUNMAP)) != 0 && (flags & VM_REMAP_MAYMOVE) == 0)
		return EINVAL;
	if ((flags & VM_REMAP_FIXED) != 0 && (!range_ok(newaddr, m.newlen) ||
	    (newaddr < old + m.oldlen && old < newaddr + m.newlen)))
		return EINVAL;
	rw_wrlock(&vs->vs_lock);
	error = remap_locked(&m, newaddr, out);
	if (error == 0 && m.newlen > m.oldlen) {
		struct vm_region *r = region_find(vs, *out);

		populate = r != NULL && region_locked(vs, r);
	}
	space_unlock(vs);
	if (populate)
		(void)space_populate(vs, *out, *out + m.newlen, false);
	return error;
}
