/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Address spaces: birth, copy, death, and looking at them from outside.
 *
 * The copy that fork makes (vm_space_fork). The parent's vs_lock is held for writing from
 * beginning to end. The page tables are copied whole (pmap_fork), private pages without the write
 * right in both, and what the inheritance advice keeps from the child is taken out of its tables
 * again (region_next_apart finds those that have such advice). The tree of regions is shared as a
 * whole. So the cost depends on nothing but the number of regions with such advice. (One kind costs
 * its pages too: shared memory of which the child is to have a copy.)
 *
 * Locked memory. A region says which space has locked it, by an id that no two spaces ever have;
 * so nothing is locked in a child, though it has its parent's regions.
 *
 * One instant (SPEC VM-3): another LWP of the parent may write through a translation that its CPU
 * still has, until the flush reaches it; such a write goes to the page that the child has too, as
 * if it had happened before the fork. Its next write after the flush faults and waits for
 * vs_lock. So a CPU's writes are in the child up to its flush and not after, and what is written
 * after one CPU's flush cannot have been seen by another before its own, since nobody gets past a
 * fault until we are done.
 */
#include "vm/vm_int.h"

static struct cache space_cache = CACHE_INIT("vm_space", struct vm_space);

/* On the page tables pm (null: none could be had), which go if this fails. */
static int
space_create(struct pmap *pm, struct vm_space **out)
{
	static uint64_t last_id;
	struct vm_space *vs = pm != NULL ? cache_alloc(&space_cache) : NULL;

	if (vs == NULL) {
		if (pm != NULL)
			pmap_destroy(pm);
		return ENOMEM;
	}
	vs->vs_pmap = pm;
	vs->vs_id = atomic_add(&last_id, 1);
	list_init(&vs->vs_dead);
	list_init(&vs->vs_family_link);
	ref_init(&vs->vs_refs, 1);
	rw_init(&vs->vs_lock, "vmspace", RANK_VMSPACE);
	for (uint32_t i = 0; i < VM_NSTRIPES; i++)
		mutex_init(&vs->vs_fault[i], "vmfault", RANK_VMFAULT);
	vs->vs_limit_as = vs->vs_limit_data = vs->vs_limit_stack = vs->vs_limit_memlock =
	    UINT64_MAX;
	vs->vs_mmap_base = USER_MAX - (64ul << 20);
	*out = vs;
	return 0;
}

int
vm_space_create(struct vm_space **out)
{
	struct vm_family *fm = family_create();
	int error = fm != NULL ? space_create(pmap_create(), out) : ENOMEM;

	if (error == 0)
		family_join(fm, *out);
	if (fm != NULL)
		family_drop(fm);
	return error;
}

void
vm_space_hold(struct vm_space *vs)
{
	ref_get(&vs->vs_refs);
}

void
vm_space_drop(struct vm_space *vs)
{
	if (!ref_put(&vs->vs_refs))
		return;
	if (vs->vs_family != NULL)
		family_leave(vs);
	pmap_destroy(vs->vs_pmap);
	node_drop(vs, vs->vs_root);
	region_reap(&vs->vs_dead);
	cache_free(&space_cache, vs);
}

uint64_t
vm_space_rss(struct vm_space *vs)
{
	uint64_t n = pmap_resident(vs->vs_pmap);

	if (n > load_relaxed(&vs->vs_peak_rss))
		store_relaxed(&vs->vs_peak_rss, n);
	return n;
}

void
vm_space_cow_counts(const struct vm_space *vs, struct vm_cow_counts *vc)
{
	struct pmap_counts pc;

	pmap_counts(vs->vs_pmap, &pc);
	*vc = (struct vm_cow_counts){ .vc_tables_shared = pc.shared, .vc_tables_copied = pc.copied,
	    .vc_tables_taken = pc.taken, .vc_pages_copied = load_relaxed(&vs->vs_pages_copied),
	    .vc_pages_taken = load_relaxed(&vs->vs_pages_taken) };
}

/* ---- fork ---- */

/* Copies what shared memory holds at this instant into the child's tables. */
static int
fork_snapshot(struct vm_space *child, const struct vm_region *r)
{
	uint64_t base = r->vr_offset >> PAGE_SHIFT;
	struct page *pg, *copy;
	int error = 0;

	for (uint64_t i = base; error == 0; i++) {
		mutex_lock(&r->vr_object->vo_lock);
		if ((pg = pageidx_next(r->vr_object, &i)) != NULL)
			page_hold(pg);
		mutex_unlock(&r->vr_object->vo_lock);
		if (pg == NULL)
			break;
		if (i >= base + region_pages(r)) {
			page_drop(pg);
			break;
		}
		if ((copy = page_alloc(0, 0)) == NULL) {
			error = ENOMEM;
		} else {
			page_copy(page_kva(copy), page_kva(pg));
			error = pmap_enter(child->vs_pmap, r->vr_start + ((i - base) << PAGE_SHIFT),
			    page_to_phys(copy), r->vr_prot, PMAP_CANFAIL);
			if (error != 0)
				page_drop(copy);
		}
		page_drop(pg);
		sched_preempt_point();
	}
	return error;
}

/*
 * The child's own region in the place of r, which is the parent's: private, and of no object
 * unless it is to go on with a file. Null: no memory.
 */
static struct vm_region *
fork_private(const struct vm_region *r)
{
	struct vm_region *c;

	if (r->vr_inherit == VM_INHERIT_COPY && r->vr_vnode != NULL) {
		c = region_clone(r);
	} else if ((c = region_alloc()) != NULL) {
		c->vr_prot = r->vr_prot;
		c->vr_max_prot = r->vr_max_prot;
		c->vr_start = r->vr_start;
		c->vr_end = r->vr_end;
		c->vr_name = r->vr_name;
	}
	if (c != NULL) {
		c->vr_flags = r->vr_flags & (uint8_t)~VR_SHARED;
		c->vr_inherit = r->vr_inherit;
	}
	return c;
}

/* Keeps from the child what the advice on r says. */
static int
fork_apart_one(struct vm_space *child, const struct vm_region *r)
{
	vaddr_t start = r->vr_start, end = r->vr_end;
	struct vm_region *c = NULL;
	int error;

	if ((error = pmap_prepare(child->vs_pmap, start, end)) != 0)
		return error;
	space_remove_pages(child, start, end);
	if (r->vr_inherit == VM_INHERIT_ZERO && r->vr_object == NULL)
		return 0;
	if (r->vr_inherit != VM_INHERIT_NONE && (c = fork_private(r)) == NULL)
		return ENOMEM;
	if ((error = tree_own_range(child, start, end)) != 0) {
		if (c != NULL)
			list_push_back(&child->vs_dead, &c->vr_obj_link);
		return error;
	}
	region_remove(child, start, end);
	if (c != NULL)
		region_insert(child, c);
	return c != NULL && r->vr_inherit == VM_INHERIT_COPY && c->vr_object == NULL ?
	    fork_snapshot(child, r) : 0;
}

/*
 * The child has all pages and regions of the parent so far. Those with advice are looked for in
 * the parent's tree, which stays as it is.
 */
static int
fork_apart(struct vm_space *child, const struct vm_space *parent)
{
	const struct vm_region *r;
	int error = 0;

	for (vaddr_t va = 0; error == 0 && (r = region_next_apart(parent, va)) != NULL;
	    va = r->vr_end) {
		error = fork_apart_one(child, r);
		sched_preempt_point();
	}
	return error;
}

/* What is not regions. */
static void
fork_fields(struct vm_space *c, const struct vm_space *p)
{
	c->vs_brk_start = p->vs_brk_start;
	c->vs_brk = p->vs_brk;
	c->vs_mmap_base = p->vs_mmap_base;
	c->vs_limit_as = load_relaxed(&p->vs_limit_as);
	c->vs_limit_data = load_relaxed(&p->vs_limit_data);
	c->vs_limit_stack = load_relaxed(&p->vs_limit_stack);
	c->vs_limit_memlock = load_relaxed(&p->vs_limit_memlock);
	c->vs_code_start = p->vs_code_start;
	c->vs_code_end = p->vs_code_end;
	c->vs_data_start = p->vs_data_start;
	c->vs_data_end = p->vs_data_end;
	c->vs_stack_start = p->vs_stack_start;
	c->vs_arg_start = p->vs_arg_start;
	c->vs_arg_end = p->vs_arg_end;
	c->vs_env_start = p->vs_env_start;
	c->vs_env_end = p->vs_env_end;
	c->vs_auxv_start = p->vs_auxv_start;
	c->vs_auxv_end = p->vs_auxv_end;
}

/* The tree of regions and what is counted about it. */
static void
fork_regions(struct vm_space *c, struct vm_space *p)
{
	c->vs_root = p->vs_root;
	if (c->vs_root != NULL)
		ref_get(&c->vs_root->n_refs);
	c->vs_nregions = p->vs_nregions;
	c->vs_size_pages = p->vs_size_pages;
	c->vs_data_pages = p->vs_data_pages;
	c->vs_stack_pages = p->vs_stack_pages;
	c->vs_exec_pages = p->vs_exec_pages;
	c->vs_shared_pages = p->vs_shared_pages;
	c->vs_peak_pages = p->vs_size_pages;
}

int
vm_space_fork(struct vm_space *parent, struct vm_space **out)
{
	struct vm_space *child = NULL;
	int error;

	rw_wrlock(&parent->vs_lock);
	if ((error = space_create(pmap_fork(parent->vs_pmap), &child)) == 0) {
		fork_fields(child, parent);
		fork_regions(child, parent);
		if ((error = fork_apart(child, parent)) == 0)
			family_join(parent->vs_family, child);
	}
	rw_unlock(&parent->vs_lock);
	if (child != NULL)
		region_reap(&child->vs_dead);
	if (error == 0)
		*out = child;
	else if (child != NULL)
		vm_space_drop(child);
	return error;
}

/* ---- From outside ---- */

/* Resident pages of a range; vs_lock is held. */
static bool
count_leaf(void *arg, vaddr_t va __unused, paddr_t pa __unused, uint32_t prot __unused)
{
	(*(uint64_t *)arg)++;
	return true;
}

bool
vm_region_next(struct vm_space *vs, vaddr_t va, bool rss, struct vm_region_info *info)
{
	struct vm_region *r;

	rw_rdlock(&vs->vs_lock);
	if ((r = region_next(vs, va)) != NULL) {
		*info = (struct vm_region_info){
			.start = r->vr_start, .end = r->vr_end, .prot = r->vr_prot,
			    .max_prot = r->vr_max_prot,
			.shared = region_shared(r), .growsdown = (r->vr_flags & VR_GROWSDOWN) != 0,
			.locked = region_locked(vs, r),
			    .dontfork = r->vr_inherit == VM_INHERIT_NONE,
			.wipeonfork = r->vr_inherit == VM_INHERIT_ZERO, .offset = r->vr_offset,
			    .vnode = r->vr_vnode,
			.name = r->vr_name, .object_id = (uint64_t)(uintptr_t)r->vr_object,
		};
		if (r->vr_vnode != NULL)
			vm_hook_vnode_hold(r->vr_vnode);
		if (rss)
			pmap_walk(vs->vs_pmap, r->vr_start, r->vr_end, count_leaf,
			    &info->resident_pages);
	}
	rw_unlock(&vs->vs_lock);
	return r != NULL;
}

void
vm_region_iterate(struct vm_space *vs, bool rss, bool (*cb)(const struct vm_region_info *,
    void *arg), void *arg)
{
	struct vm_region_info info;
	bool go_on = true;

	for (vaddr_t va = 0; go_on && vm_region_next(vs, va, rss, &info); va = info.end) {
		go_on = cb(&info, arg);
		if (info.vnode != NULL)
			vm_hook_vnode_drop(info.vnode);
	}
}

int
vm_futex_key(struct vm_space *vs, vaddr_t va, struct vm_object **object, uint64_t *offset)
{
	struct vm_region *r;

	rw_rdlock(&vs->vs_lock);
	r = region_find(vs, va);
	if (r != NULL && region_shared(r)) {
		vm_object_hold(r->vr_object);
		*object = r->vr_object;
		*offset = r->vr_offset + (va - r->vr_start);
	} else {
		*object = NULL;
		*offset = va;
	}
	rw_unlock(&vs->vs_lock);
	return r != NULL ? 0 : EFAULT;
}

/* ---- Access from outside ---- */

/* What another may do to r's memory: see vm_io in vm.h. */
static bool
io_allowed(const struct vm_region *r, bool write)
{
	if (!write)
		return r->vr_max_prot != VM_PROT_NONE;
	return (r->vr_prot & VM_PROT_WRITE) != 0 ||
	    (!region_shared(r) && (r->vr_max_prot & VM_PROT_WRITE) != 0);
}

/* The page of va, held, ready to be read or written by page_kva. */
static int
io_page(struct vm_space *vs, vaddr_t va, bool write, struct page **pgp)
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
	error = io_allowed(r, write) ? fault_region(vs, r, va, write, pgp) : EFAULT;
	rw_unlock(&vs->vs_lock);
	return error;
}

/* kbuf null with write: zeroes. */
static int
space_io(struct vm_space *vs, vaddr_t va, char *kbuf, size_t len, bool write, size_t *donep)
{
	size_t done = 0;
	int error = 0;

	if (va > USER_MAX || len > USER_MAX - va)
		error = EFAULT;
	while (error == 0 && done < len) {
		size_t off = (va + done) & PAGE_MASK, n = MIN(len - done, PAGE_SIZE - off);
		struct page *pg;
		char *p;

		if ((error = io_page(vs, va + done, write, &pg)) != 0)
			break;
		p = (char *)page_kva(pg) + off;
		if (!write)
			memcpy(kbuf + done, p, n);
		else if (kbuf != NULL)
			memcpy(p, kbuf + done, n);
		else
			memset(p, 0, n);
		page_drop(pg);
		done += n;
		if (done >= 64 * PAGE_SIZE)
			sched_preempt_point();
	}
	if (donep != NULL)
		*donep = done;
	return error == EACCES ? EFAULT : error;
}

int
vm_io(struct vm_space *vs, vaddr_t va, void *kbuf, size_t len, bool write, size_t *done)
{
	return space_io(vs, va, kbuf, len, write, done);
}

int
vm_io_clear(struct vm_space *vs, vaddr_t va, size_t len)
{
	return space_io(vs, va, NULL, len, true, NULL);
}
