/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Changing the map: mmap, munmap, mprotect, brk and what they share.
 *
 * All of it runs with vs_lock held for writing, so no fault of this space is under way. Mapping
 * is lazy: it makes a region, and faults bring the pages. Unmapping takes regions out first, then
 * pages out of the page tables (in chunks, with preemption points), then flushes; only then is
 * the lock given up. Protection that goes away is taken from the page tables at once; protection
 * that comes is given by the faults that ask for it.
 *
 * Every function that may cut a region does the cut, which can fail, before it changes anything
 * else of that region.
 */
#include "vm/vm_int.h"

#define HEAP_NAME	"[heap]"

bool
range_ok(vaddr_t va, size_t len)
{
	return (va & PAGE_MASK) == 0 && (len & PAGE_MASK) == 0 && len > 0 && va >= USER_MIN &&
	    len <= USER_MAX - USER_MIN &&
	    va <= USER_MAX - len;
}

static bool
stop_at_leaf(void *arg, vaddr_t va, paddr_t pa __unused, uint32_t prot __unused)
{
	*(vaddr_t *)arg = va;
	return false;
}

vaddr_t
space_next_mapped(struct vm_space *vs, vaddr_t start, vaddr_t end)
{
	vaddr_t found = end;

	pmap_walk(vs->vs_pmap, start, end, stop_at_leaf, &found);
	return found;
}

void
space_remove_pages(struct vm_space *vs, vaddr_t start, vaddr_t end)
{
	pmap_remove(vs->vs_pmap, start, end);
	pmap_update(vs->vs_pmap);
}

int
space_check_limits(const struct vm_space *vs, uint64_t npages, uint32_t prot, uint32_t vr_flags)
{
	uint64_t bytes = npages << PAGE_SHIFT;
	bool data = (prot & VM_PROT_WRITE) != 0 && (vr_flags & (VR_SHARED | VR_GROWSDOWN)) == 0;

	if (bytes + (vs->vs_size_pages << PAGE_SHIFT) > load_relaxed(&vs->vs_limit_as))
		return ENOMEM;
	if (data && bytes + (vs->vs_data_pages << PAGE_SHIFT) > load_relaxed(&vs->vs_limit_data))
		return ENOMEM;
	if ((vr_flags & VR_LOCKED) != 0 &&
	    bytes + (vs->vs_locked_pages << PAGE_SHIFT) > load_relaxed(&vs->vs_limit_memlock))
		return EAGAIN;
	return 0;
}

vaddr_t
space_find_place(const struct vm_space *vs, vaddr_t hint, size_t len, bool low32)
{
	vaddr_t top = low32 ? MIN(vs->vs_mmap_base, 1ul << 31) : vs->vs_mmap_base, va;

	hint = rounddown2(hint, PAGE_SIZE);
	if (hint != 0 && range_ok(hint, len) && (!low32 || hint + len <= top) &&
	    region_range_free(vs, hint, hint + len))
		return hint;
	va = region_find_space(vs, len, USER_MIN, top);
	if (va == 0 && !low32)
		va = region_find_space(vs, len, USER_MIN, USER_MAX);
	return va;
}

int
space_populate(struct vm_space *vs, vaddr_t start, vaddr_t end, bool write)
{
	int error = 0;

	for (vaddr_t va = start; va < end && error == 0; va += PAGE_SIZE) {
		error = vm_fault(vs, va, write ? VM_PROT_WRITE : VM_PROT_READ, false);
		if ((va >> PAGE_SHIFT) % 256 == 0)
			sched_preempt_point();
	}
	return error;
}

/* ---- Unmapping ---- */

/*
 * Makes own what the unmapping of a range changes; *low and *high: the regions that stick out at
 * its ends, or null.
 */
static int
unmap_own(struct vm_space *vs, vaddr_t start, vaddr_t end, struct vm_region **low,
    struct vm_region **high)
{
	struct vm_region *r = region_find(vs, start), *upper;
	int error = 0;

	if (r != NULL && r->vr_start < start && r->vr_end > end)
		error = region_clip(vs, &r, end, &upper);
	*low = r != NULL && r->vr_start < start ? r : NULL;
	if (error == 0 && *low != NULL)
		error = region_own(vs, low);
	*high = region_find(vs, end);
	if (*high != NULL && (*high)->vr_start == end)
		*high = NULL;
	if (error == 0 && *high != NULL)
		error = region_own(vs, high);
	if (error == 0)
		error = tree_own_range(vs, start, end);
	return error != 0 ? error : pmap_prepare(vs->vs_pmap, start, end);
}

int
unmap_locked(struct vm_space *vs, vaddr_t start, vaddr_t end)
{
	struct vm_region *low, *high;
	int error;

	if (region_range_free(vs, start, end))
		return 0;
	if ((error = unmap_own(vs, start, end, &low, &high)) != 0)
		return error;
	if (low != NULL)
		region_set_bounds(vs, low, low->vr_start, start);
	if (high != NULL)
		region_set_bounds(vs, high, end, high->vr_end);
	region_remove(vs, start, end);
	space_remove_pages(vs, start, end);
	return 0;
}

int
vm_unmap(struct vm_space *vs, vaddr_t va, size_t len)
{
	int error;

	len = roundup2(len, PAGE_SIZE);
	if (!range_ok(va, len))
		return EINVAL;
	rw_wrlock(&vs->vs_lock);
	error = unmap_locked(vs, va, va + len);
	space_unlock(vs);
	return error;
}

/* ---- Mapping ---- */

static uint32_t
req_region_flags(const struct vm_space *vs, const struct vm_mapping_req *req)
{
	return ((req->flags & VM_MAP_SHARED) != 0 ? VR_SHARED : 0) |
	    ((req->flags & VM_MAP_GROWSDOWN) != 0 ? VR_GROWSDOWN : 0) |
	    ((req->flags & VM_MAP_NORESERVE) != 0 ? VR_NORESERVE : 0) |
	    ((req->flags & VM_MAP_LOCKED) != 0 || vs->vs_lock_future ? VR_LOCKED : 0);
}

/* A region as asked for, with references of its own. */
static struct vm_region *
region_make(struct vm_space *vs, vaddr_t va, size_t len, const struct vm_mapping_req *req)
{
	struct vm_region *r = region_alloc();
	uint32_t flags = req_region_flags(vs, req);

	if (r == NULL)
		return NULL;
	r->vr_start = va;
	r->vr_end = va + len;
	r->vr_prot = (uint8_t)req->prot;
	r->vr_max_prot = (uint8_t)(req->max_prot != 0 ? req->max_prot : VM_PROT_ALL);
	r->vr_flags = (uint8_t)(flags & ~VR_LOCKED);
	r->vr_locker = (flags & VR_LOCKED) != 0 ? vs->vs_id : 0;
	r->vr_inherit = region_usual_inherit(r);
	r->vr_vnode = req->vnode;
	r->vr_name = req->name;
	if (req->object != NULL)
		region_set_object(vs->vs_family, r, req->object, req->offset);
	if (r->vr_vnode != NULL)
		vm_hook_vnode_hold(r->vr_vnode);
	return r;
}

/* Pages of the range that are mapped now. */
static uint64_t
mapped_pages(const struct vm_space *vs, vaddr_t start, vaddr_t end)
{
	uint64_t n = 0;

	for (const struct vm_region *r = region_next(vs, start); r != NULL && r->vr_start < end;
	    r = region_next(vs, r->vr_end))
		n += (MIN(end, r->vr_end) - MAX(start, r->vr_start)) >> PAGE_SHIFT;
	return n;
}

/* Maps at va, where something may be unless the caller has looked. */
static int
map_locked(struct vm_space *vs, vaddr_t va, size_t len, const struct vm_mapping_req *req)
{
	uint64_t npages = len >> PAGE_SHIFT, replaced = mapped_pages(vs, va, va + len);
	struct vm_region *r, *next;
	int error;

	if ((error = space_check_limits(vs, npages - MIN(npages, replaced), req->prot,
	    req_region_flags(vs, req))) != 0)
		return error;
	if (vs->vs_nregions >= VM_REGIONS_MAX || (r = region_make(vs, va, len, req)) == NULL)
		return ENOMEM;
	/* What unmapping makes own is what the way to va will be. */
	error = replaced > 0 ? unmap_locked(vs, va, va + len) : tree_own(vs, va);
	if (error != 0) {
		list_push_back(&vs->vs_dead, &r->vr_obj_link);
		return error;
	}
	region_insert(vs, r);
	r = region_merge(vs, r);
	if ((next = region_find(vs, r->vr_end)) != NULL)
		region_merge(vs, next);
	return 0;
}

static int
map_choose(struct vm_space *vs, vaddr_t *va, size_t len, uint32_t flags)
{
	if ((flags & (VM_MAP_FIXED | VM_MAP_NOREPLACE)) == 0) {
		*va = space_find_place(vs, *va, len, (flags & VM_MAP_32BIT) != 0);
		return *va != 0 ? 0 : ENOMEM;
	}
	if ((*va & PAGE_MASK) != 0)
		return EINVAL;
	if (*va < USER_MIN)
		return EPERM;
	if (!range_ok(*va, len))
		return ENOMEM;
	if ((flags & VM_MAP_NOREPLACE) != 0 && !region_range_free(vs, *va, *va + len))
		return EEXIST;
	return 0;
}

static int
map_unlocked(struct vm_space *vs, vaddr_t *va, size_t len, const struct vm_mapping_req *req)
{
	bool populate;
	int error;

	rw_wrlock(&vs->vs_lock);
	if ((error = map_choose(vs, va, len, req->flags)) == 0)
		error = map_locked(vs, *va, len, req);
	populate = (req->flags & (VM_MAP_POPULATE | VM_MAP_LOCKED)) != 0 || vs->vs_lock_future;
	space_unlock(vs);
	if (error == 0 && populate && req->prot != VM_PROT_NONE) {
		bool write = (req->prot & VM_PROT_WRITE) != 0 && (req->flags & VM_MAP_SHARED) == 0;

		(void)space_populate(vs, *va, *va + len, write);
	}
	return error;
}

int
vm_map(struct vm_space *vs, vaddr_t *va, size_t len, const struct vm_mapping_req *req)
{
	struct vm_mapping_req shared;
	uint64_t end;
	int error;

	if (len == 0 || (req->offset & PAGE_MASK) != 0)
		return EINVAL;
	len = roundup2(len, PAGE_SIZE);
	if (len == 0 || len > USER_MAX - USER_MIN)
		return ENOMEM;
	if (__builtin_add_overflow(req->offset, (uint64_t)len, &end) || end > INT64_MAX)
		return EOVERFLOW;
	if ((req->prot & ~(req->max_prot != 0 ? req->max_prot : VM_PROT_ALL)) != 0)
		return EACCES;
	if (req->object != NULL || (req->flags & VM_MAP_SHARED) == 0)
		return map_unlocked(vs, va, len, req);

	/*
	 * Shared anonymous memory: an object that only this mapping and its copies in children
	 * know.
	 */
	shared = *req;
	shared.offset = 0;
	if ((shared.object = vm_object_create_anon(len)) == NULL)
		return ENOMEM;
	error = map_unlocked(vs, va, len, &shared);
	vm_object_drop(shared.object);
	return error;
}

/* ---- Doing something to all regions of a range ---- */

int
range_each(struct vm_space *vs, vaddr_t start, vaddr_t end, bool at_hole_stop,
    int (*fn)(struct vm_space *, struct vm_region *, uint64_t arg), uint64_t arg)
{
	struct vm_region *r, *upper;
	bool hole = false;
	int error = 0;
	vaddr_t next;

	for (vaddr_t va = start; va < end; va = next) {
		r = region_next(vs, va);
		if (r == NULL || r->vr_start > va)
			hole = true;
		if (r == NULL || r->vr_start >= end || (hole && at_hole_stop))
			break;
		if (r->vr_start < start) {
			if ((error = region_clip(vs, &r, start, &upper)) != 0)
				break;
			r = upper;
		}
		if (r->vr_end > end && (error = region_clip(vs, &r, end, &upper)) != 0)
			break;
		next = r->vr_end;
		if ((error = fn(vs, r, arg)) != 0)
			break;
		region_merge(vs, region_before(vs, next));	/* may be a copy now */
		sched_preempt_point();
	}
	/* Also after an error: the last cut may have been for nothing. */
	for (vaddr_t at = start; at <= end && (r = region_next(vs, at)) != NULL &&
	    r->vr_start <= end; at = r->vr_end)
		r = region_merge(vs, r);
	return error != 0 ? error : hole ? ENOMEM : 0;
}

/* ---- Protection ---- */

static int
protect_one(struct vm_space *vs, struct vm_region *r, uint64_t prot)
{
	bool gains_write = (prot & VM_PROT_WRITE) != 0 && (r->vr_prot & VM_PROT_WRITE) == 0;
	int error;

	if ((prot & ~(uint64_t)r->vr_max_prot) != 0)
		return EACCES;
	if (gains_write && !region_shared(r) && (r->vr_flags & VR_GROWSDOWN) == 0 &&
	    ((vs->vs_data_pages + region_pages(r)) << PAGE_SHIFT) >
	    load_relaxed(&vs->vs_limit_data))
		return ENOMEM;
	if ((error = region_own(vs, &r)) != 0)
		return error;
	if (((r->vr_prot & ~prot) != 0 || (r->vr_prot != 0 && prot == 0)) &&
	    (error = pmap_protect(vs->vs_pmap, r->vr_start, r->vr_end, (uint32_t)prot)) != 0)
		return error;
	region_account(vs, r, region_pages(r), -1);
	r->vr_prot = (uint8_t)prot;
	region_account(vs, r, region_pages(r), 1);
	return 0;
}

int
vm_protect(struct vm_space *vs, vaddr_t va, size_t len, uint32_t prot)
{
	int error;

	if ((va & PAGE_MASK) != 0 || (prot & ~VM_PROT_ALL) != 0)
		return EINVAL;
	if (len == 0)
		return 0;
	len = roundup2(len, PAGE_SIZE);
	if (!range_ok(va, len))
		return ENOMEM;
	rw_wrlock(&vs->vs_lock);
	error = range_each(vs, va, va + len, true, protect_one, prot);
	pmap_update(vs->vs_pmap);
	space_unlock(vs);
	return error;
}

/* ---- The heap ---- */

void
vm_brk_init(struct vm_space *vs, vaddr_t start)
{
	rw_wrlock(&vs->vs_lock);
	vs->vs_brk_start = vs->vs_brk = start;
	rw_unlock(&vs->vs_lock);
}

static int
brk_grow(struct vm_space *vs, vaddr_t old, vaddr_t end)
{
	static const struct vm_mapping_req req = { .prot = VM_PROT_READ | VM_PROT_WRITE,
	    .name = HEAP_NAME };

	if (!range_ok(old, end - old) || !region_range_free(vs, old, end))
		return ENOMEM;
	return map_locked(vs, old, end - old, &req);
}

int
vm_brk(struct vm_space *vs, vaddr_t end, vaddr_t *out)
{
	vaddr_t old_page, new_page;
	bool populate = false;
	int error = 0;

	rw_wrlock(&vs->vs_lock);
	if (end == 0)
		goto out;
	if (end < vs->vs_brk_start || end > USER_MAX) {
		error = end > USER_MAX ? ENOMEM : EINVAL;
		goto out;
	}
	old_page = roundup2(vs->vs_brk, PAGE_SIZE);
	new_page = roundup2(end, PAGE_SIZE);
	if (end - vs->vs_brk_start > load_relaxed(&vs->vs_limit_data))
		error = ENOMEM;
	else if (new_page > old_page)
		error = brk_grow(vs, old_page, new_page);
	else if (new_page < old_page)
		error = unmap_locked(vs, new_page, old_page);
	populate = error == 0 && new_page > old_page && vs->vs_lock_future;
	if (error == 0)
		vs->vs_brk = end;
out:
	*out = vs->vs_brk;
	space_unlock(vs);
	if (populate)
		(void)space_populate(vs, old_page, new_page, true);
	return error;
}
