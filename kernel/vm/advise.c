/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Advice, inheritance, locking and residence: calls that change or ask something about a range
 * that is mapped already.
 *
 * Nothing is ever paged out, so a locked page is one that was faulted in; the lock is a property
 * of the region, counted against RLIMIT_MEMLOCK, and makes DONTNEED refuse. MADV_FREE frees at
 * once, which its contract allows.
 */
#include "vm/vm_int.h"

/* 0, or ENOMEM when part of the range is not mapped. vs_lock is held. */
static int
range_mapped(const struct vm_space *vs, vaddr_t start, vaddr_t end)
{
	const struct vm_region *r;

	for (vaddr_t va = start; va < end; va = r->vr_end) {
		if ((r = region_find(vs, va)) == NULL)
			return ENOMEM;
	}
	return 0;
}

static int
advise_dontneed(struct vm_space *vs, struct vm_region *r, uint64_t only_anon)
{
	int error;

	if (region_locked(vs, r) || (only_anon != 0 && r->vr_object != NULL))
		return EINVAL;
	if ((error = pmap_prepare(vs->vs_pmap, r->vr_start, r->vr_end)) == 0)
		space_remove_pages(vs, r->vr_start, r->vr_end);
	return error;
}

/*
 * Like range_each, but cuts nothing: fn gets the part of the region by a stand-in that is in no
 * tree.
 */
static int
range_visit(struct vm_space *vs, vaddr_t start, vaddr_t end,
    int (*fn)(struct vm_space *, struct vm_region *, uint64_t), uint64_t arg)
{
	int error = range_mapped(vs, start, end), e;
	struct vm_region *r, part;

	for (vaddr_t va = start; va < end; va = part.vr_end) {
		if ((r = region_next(vs, va)) == NULL || r->vr_start >= end)
			break;
		part = *r;
		part.vr_start = MAX(start, r->vr_start);
		part.vr_end = MIN(end, r->vr_end);
		if (r->vr_object != NULL)
			part.vr_offset += part.vr_start - r->vr_start;
		if ((e = fn(vs, &part, arg)) != 0)
			return e;
	}
	return error;
}

/*
 * Private anonymous memory becomes memory of an object, so that it can be shared with children to
 * come. Its pages are copied: they may be shared with relatives already, as copies on write. Writes
 * of other CPUs wait for vs_lock meanwhile.
 */
static int
make_shareable(struct vm_space *vs, struct vm_region *r)
{
	struct vm_object *vo = vm_object_create_anon(r->vr_end - r->vr_start);
	struct page *pg;
	paddr_t pa;
	int error = 0;

	if (vo == NULL)
		return ENOMEM;
	error = pmap_protect(vs->vs_pmap, r->vr_start, r->vr_end, VM_PROT_READ | VM_PROT_EXEC);
	pmap_update(vs->vs_pmap);
	for (vaddr_t va = r->vr_start; error == 0 && (va = space_next_mapped(vs, va, r->vr_end)) <
	    r->vr_end;
	    va += PAGE_SIZE) {
		if (!pmap_extract(vs->vs_pmap, va, &pa, NULL))
			continue;
		error = vm_object_page(vo, (va - r->vr_start) >> PAGE_SHIFT, true, &pg);
		if (error == 0) {
			page_copy(page_kva(pg), phys_to_kva(pa));
			page_drop(pg);
		}
		sched_preempt_point();
	}
	if (error == 0)
		error = pmap_prepare(vs->vs_pmap, r->vr_start, r->vr_end);
	if (error != 0) {
		vm_object_drop(vo);
		return error;
	}
	space_remove_pages(vs, r->vr_start, r->vr_end);
	region_account(vs, r, region_pages(r), -1);
	region_set_object(vs->vs_family, r, vo, 0);
	vm_object_drop(vo);
	r->vr_flags |= VR_SHARED;
	region_obj_lock(r);
	list_push_front(&vo->vo_regions, &r->vr_obj_link);
	region_obj_unlock(r);
	region_account(vs, r, region_pages(r), 1);
	return 0;
}

static int
set_inherit(struct vm_space *vs, struct vm_region *r, uint64_t how)
{
	int error;

	if ((error = region_own(vs, &r)) != 0)
		return error;
	if (how == VM_INHERIT_SHARE && !region_shared(r)) {
		if (r->vr_object != NULL || (r->vr_flags & VR_GROWSDOWN) != 0)
			return EINVAL;
		if ((error = make_shareable(vs, r)) != 0)
			return error;
	}
	r->vr_inherit = (uint8_t)how;
	region_refresh(vs, r);
	return 0;
}

/* DOFORK and KEEPONFORK each take back only what their opposite has set. */
static int
advise_fork(struct vm_space *vs, struct vm_region *r, uint64_t advice)
{
	switch (advice) {
	case VM_ADV_DONTFORK:
		return set_inherit(vs, r, VM_INHERIT_NONE);
	case VM_ADV_WIPEONFORK:
		return r->vr_object != NULL ? EINVAL : set_inherit(vs, r, VM_INHERIT_ZERO);
	case VM_ADV_KEEPONFORK:
		return r->vr_inherit == VM_INHERIT_ZERO ?
		    set_inherit(vs, r, region_usual_inherit(r)) : 0;
	default:
		return r->vr_inherit == VM_INHERIT_NONE ?
		    set_inherit(vs, r, region_usual_inherit(r)) : 0;
	}
}

/* Which pages private anonymous memory gets; elsewhere it is remembered only. */
static int
advise_huge(struct vm_space *vs, struct vm_region *r, uint64_t advice)
{
	uint8_t flag = advice == VM_ADV_HUGE ? VR_HUGE : VR_NOHUGE;
	int error;

	if ((r->vr_flags & (VR_HUGE | VR_NOHUGE)) == flag)
		return 0;
	if ((error = region_own(vs, &r)) == 0)
		r->vr_flags = (r->vr_flags & (uint8_t)~(VR_HUGE | VR_NOHUGE)) | flag;
	return error;
}

struct punch {
	struct vm_object *object;
	uint64_t	  start, end;
	vaddr_t		  next;
};

/* The first part of the range that is to be punched, with the object held. */
static int
punch_find(struct vm_space *vs, vaddr_t va, vaddr_t end, struct punch *p)
{
	struct vm_region *r;
	int error = 0;

	rw_rdlock(&vs->vs_lock);
	r = region_find(vs, va);
	if (r == NULL) {
		error = ENOMEM;
	} else if (!region_shared(r) || region_locked(vs, r)) {
		error = EINVAL;
	} else if ((r->vr_prot & VM_PROT_WRITE) == 0) {
		error = EACCES;
	} else {
		p->next = MIN(end, r->vr_end);
		p->object = r->vr_object;
		p->start = r->vr_offset + (va - r->vr_start);
		p->end = p->start + (p->next - va);
		vm_object_hold(p->object);
	}
	rw_unlock(&vs->vs_lock);
	return error;
}

static int
advise_remove(struct vm_space *vs, vaddr_t va, vaddr_t end)
{
	struct punch p;
	int error;

	for (; va < end; va = p.next) {
		if ((error = punch_find(vs, va, end, &p)) != 0)
			return error;
		vm_object_punch(p.object, p.start, p.end);
		vm_object_drop(p.object);
	}
	return 0;
}

static int
advise_check_only(struct vm_space *vs, vaddr_t start, vaddr_t end)
{
	int error;

	rw_rdlock(&vs->vs_lock);
	error = range_mapped(vs, start, end);
	rw_unlock(&vs->vs_lock);
	return error;
}

static int
advise_populate(struct vm_space *vs, vaddr_t start, vaddr_t end, bool write)
{
	int error = advise_check_only(vs, start, end);

	if (error == 0)
		error = space_populate(vs, start, end, write);
	return error == EACCES ? EINVAL : error == EIO ? EFAULT : error;
}

int
vm_advise(struct vm_space *vs, vaddr_t va, size_t len, enum vm_advice advice)
{
	vaddr_t end = va + roundup2(len, PAGE_SIZE);
	int error;

	if ((va & PAGE_MASK) != 0 || end < va)
		return EINVAL;
	if (len == 0)
		return 0;
	switch (advice) {
	case VM_ADV_IGNORED:
	case VM_ADV_WILLNEED:		/* what is resident costs little to fault, what is not is
					 * made by the fault */
		return advise_check_only(vs, va, end);
	case VM_ADV_REMOVE:
		return advise_remove(vs, va, end);
	case VM_ADV_POPULATE_READ:
	case VM_ADV_POPULATE_WRITE:
		return advise_populate(vs, va, end, advice == VM_ADV_POPULATE_WRITE);
	default:
		break;
	}
	rw_wrlock(&vs->vs_lock);
	if (advice == VM_ADV_DONTNEED || advice == VM_ADV_FREE)
		error = range_visit(vs, va, end, advise_dontneed, advice == VM_ADV_FREE);
	else if (advice == VM_ADV_HUGE || advice == VM_ADV_NOHUGE)
		error = range_each(vs, va, end, false, advise_huge, advice);
	else
		error = range_each(vs, va, end, false, advise_fork, advice);
	space_unlock(vs);
	return error;
}

int
vm_inherit(struct vm_space *vs, vaddr_t va, size_t len, enum vm_inherit how)
{
	int error;

	len = roundup2(len, PAGE_SIZE);
	if (len == 0)
		return 0;
	if (!range_ok(va, len) || how > VM_INHERIT_ZERO)
		return EINVAL;
	rw_wrlock(&vs->vs_lock);
	error = range_each(vs, va, va + len, false, set_inherit, how);
	space_unlock(vs);
	return error;
}

int
vm_msync(struct vm_space *vs, vaddr_t va, size_t len)
{
	vaddr_t end = va + roundup2(len, PAGE_SIZE);

	if ((va & PAGE_MASK) != 0 || end < va)
		return EINVAL;
	return advise_check_only(vs, va, end);
}

/* ---- Locked memory ---- */

static int
set_locked(struct vm_space *vs, struct vm_region *r, uint64_t lock)
{
	int error;

	if (region_locked(vs, r) == (lock != 0))
		return 0;
	if ((error = region_own(vs, &r)) != 0)
		return error;
	region_account(vs, r, region_pages(r), -1);
	r->vr_locker = lock != 0 ? vs->vs_id : 0;
	region_account(vs, r, region_pages(r), 1);
	return 0;
}

/* Pages of the range that are not locked yet. */
static uint64_t
unlocked_pages(const struct vm_space *vs, vaddr_t start, vaddr_t end)
{
	uint64_t n = 0;

	for (const struct vm_region *r = region_next(vs, start); r != NULL && r->vr_start < end;
	    r = region_next(vs, r->vr_end)) {
		if (!region_locked(vs, r))
			n += (MIN(end, r->vr_end) - MAX(start, r->vr_start)) >> PAGE_SHIFT;
	}
	return n;
}

/* Faults in what of the range is mapped and accessible. */
static int
locked_populate(struct vm_space *vs, vaddr_t start, vaddr_t end)
{
	struct vm_region_info info;
	int error = 0, e;

	for (vaddr_t va = start; va < end && vm_region_next(vs, va, false, &info); va = info.end) {
		bool write = !info.shared && (info.prot & VM_PROT_WRITE) != 0;

		if (info.vnode != NULL)
			vm_hook_vnode_drop(info.vnode);
		if (info.start >= end)
			break;
		if (info.prot == VM_PROT_NONE)
			continue;
		e = space_populate(vs, MAX(info.start, start), MIN(info.end, end), write);
		error = error != 0 ? error : e;
	}
	return error != 0 ? EAGAIN : 0;
}

int
vm_mlock(struct vm_space *vs, vaddr_t va, size_t len, bool lock)
{
	uint64_t more;
	int error;

	len = roundup2(len + (va & PAGE_MASK), PAGE_SIZE);
	va = rounddown2(va, PAGE_SIZE);
	if (len == 0)
		return 0;
	if (!range_ok(va, len))
		return ENOMEM;
	rw_wrlock(&vs->vs_lock);
	more = lock ? unlocked_pages(vs, va, va + len) : 0;
	if (more > 0 && (more + vs->vs_locked_pages) << PAGE_SHIFT >
	    load_relaxed(&vs->vs_limit_memlock))
		error = ENOMEM;
	else
		error = range_each(vs, va, va + len, true, set_locked, lock);
	space_unlock(vs);
	return error == 0 && lock ? locked_populate(vs, va, va + len) : error;
}

int
vm_mlock_all(struct vm_space *vs, bool current, bool future)
{
	int error = 0;

	rw_wrlock(&vs->vs_lock);
	if (current && vs->vs_size_pages << PAGE_SHIFT > load_relaxed(&vs->vs_limit_memlock))
		error = ENOMEM;
	if (error == 0) {
		vs->vs_lock_future = future;
		if (current)
			error = range_each(vs, USER_MIN, USER_MAX, false, set_locked, true);
		if (error == ENOMEM)		/* the holes */
			error = 0;
	}
	space_unlock(vs);
	if (error == 0 && current)
		(void)locked_populate(vs, USER_MIN, USER_MAX);
	return error;
}

int
vm_munlock_all(struct vm_space *vs)
{

	rw_wrlock(&vs->vs_lock);
	vs->vs_lock_future = false;
	(void)range_each(vs, USER_MIN, USER_MAX, false, set_locked, false);
	space_unlock(vs);
	return 0;
}

/* ---- Residence ---- */

/* What a read would find without bringing anything in. */
static bool
page_resident(struct vm_space *vs, const struct vm_region *r, vaddr_t va)
{
	bool there = pmap_extract(vs->vs_pmap, va, NULL, NULL);

	if (!there && r->vr_object != NULL) {
		region_obj_lock(r);
		there = pageidx_lookup(r->vr_object, region_index(r, va)) != NULL;
		region_obj_unlock(r);
	}
	return there;
}

int
vm_mincore(struct vm_space *vs, vaddr_t va, size_t npages, uint8_t *vec)
{
	int error;

	if ((va & PAGE_MASK) != 0)
		return EINVAL;
	if (npages == 0)
		return 0;
	if (npages > USER_MAX >> PAGE_SHIFT || !range_ok(va, npages << PAGE_SHIFT))
		return ENOMEM;
	rw_rdlock(&vs->vs_lock);
	error = range_mapped(vs, va, va + (npages << PAGE_SHIFT));
	for (size_t i = 0; i < npages && error == 0; i++)
		vec[i] = page_resident(vs, region_find(vs, va + (i << PAGE_SHIFT)),
		    va + (i << PAGE_SHIFT));
	rw_unlock(&vs->vs_lock);
	return error;
}
