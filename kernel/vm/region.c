/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions: the map of an address space.
 *
 * A region is a range of pages with one set of properties. Those of a space never overlap and
 * stand in a balanced binary tree (AVL) by address. Each node also knows the lowest start, the
 * highest end and the widest hole between neighbours of its subtree, so a free place is found in
 * one way down, and a whole tree's answer depends on nothing outside of it: a version that shares
 * subtrees between spaces can keep all of this file's algorithms.
 *
 * Neighbours that are alike are joined (region_merge), and a region is cut when only a part
 * changes (region_clip).
 *
 * A region of an object is in the object's list, where truncation finds it. So its borders change
 * only with vs_lock held for writing and vo_lock, and a cut or a join does its two halves under
 * one hold of vo_lock: at no time is a mapped range in no region of the list.
 *
 * A region that leaves the tree goes to a list of the dead and gives its references up
 * (region_reap) after the space's lock was released: the last drop of a file may do anything.
 */
#include "vm/vm_int.h"

static struct cache region_cache = CACHE_INIT("vm_region", struct vm_region);

/* ---- The tree ---- */

static uint32_t
height(const struct vm_region *n)
{
	return n != NULL ? n->vr_height : 0;
}

/* Recomputes what n knows of its subtree. */
static void
update(struct vm_region *n)
{
	const struct vm_region *l = n->vr_left, *r = n->vr_right;

	n->vr_height = (uint8_t)(1 + MAX(height(l), height(r)));
	n->vr_min = l != NULL ? l->vr_min : n->vr_start;
	n->vr_max = r != NULL ? r->vr_max : n->vr_end;
	n->vr_gap = 0;
	if (l != NULL)
		n->vr_gap = MAX(l->vr_gap, n->vr_start - l->vr_max);
	if (r != NULL)
		n->vr_gap = MAX(n->vr_gap, MAX(r->vr_gap, r->vr_min - n->vr_end));
}

static struct vm_region *
rotate_right(struct vm_region *n)
{
	struct vm_region *l = n->vr_left;

	n->vr_left = l->vr_right;
	l->vr_right = n;
	update(n);
	update(l);
	return l;
}

static struct vm_region *
rotate_left(struct vm_region *n)
{
	struct vm_region *r = n->vr_right;

	n->vr_right = r->vr_left;
	r->vr_left = n;
	update(n);
	update(r);
	return r;
}

/* Both subtrees are balanced and differ by at most 2 in height: makes the whole balanced. */
static struct vm_region *
balance(struct vm_region *n)
{
	if (height(n->vr_left) > height(n->vr_right) + 1) {
		if (height(n->vr_left->vr_left) < height(n->vr_left->vr_right))
			n->vr_left = rotate_left(n->vr_left);
		return rotate_right(n);
	}
	if (height(n->vr_right) > height(n->vr_left) + 1) {
		if (height(n->vr_right->vr_right) < height(n->vr_right->vr_left))
			n->vr_right = rotate_right(n->vr_right);
		return rotate_left(n);
	}
	update(n);
	return n;
}

static struct vm_region *
tree_insert(struct vm_region *n, struct vm_region *r)
{
	if (n == NULL) {
		r->vr_left = r->vr_right = NULL;
		update(r);
		return r;
	}
	ASSERT(r->vr_end <= n->vr_start || r->vr_start >= n->vr_end);
	if (r->vr_start < n->vr_start)
		n->vr_left = tree_insert(n->vr_left, r);
	else
		n->vr_right = tree_insert(n->vr_right, r);
	return balance(n);
}

/* Takes the first node out of the subtree. */
static struct vm_region *
tree_pop_first(struct vm_region *n, struct vm_region **first)
{
	if (n->vr_left == NULL) {
		*first = n;
		return n->vr_right;
	}
	n->vr_left = tree_pop_first(n->vr_left, first);
	return balance(n);
}

static struct vm_region *
tree_remove(struct vm_region *n, const struct vm_region *r)
{
	struct vm_region *next;

	ASSERT(n != NULL);
	if (r != n) {
		if (r->vr_start < n->vr_start)
			n->vr_left = tree_remove(n->vr_left, r);
		else
			n->vr_right = tree_remove(n->vr_right, r);
		return balance(n);
	}
	if (n->vr_right == NULL)
		return n->vr_left;
	n->vr_right = tree_pop_first(n->vr_right, &next);
	next->vr_left = n->vr_left;
	next->vr_right = n->vr_right;
	return balance(next);
}

/* r's borders have changed, its place in the order has not. */
static void
tree_refresh(struct vm_region *n, const struct vm_region *r)
{
	if (n != r)
		tree_refresh(r->vr_start < n->vr_start ? n->vr_left : n->vr_right, r);
	update(n);
}

struct vm_region *
region_next(const struct vm_space *vs, vaddr_t va)
{
	struct vm_region *n = vs->vs_regions, *best = NULL;

	while (n != NULL) {
		if (n->vr_end > va) {
			best = n;
			n = n->vr_left;
		} else {
			n = n->vr_right;
		}
	}
	return best;
}

struct vm_region *
region_before(const struct vm_space *vs, vaddr_t va)
{
	struct vm_region *n = vs->vs_regions, *best = NULL;

	while (n != NULL) {
		if (n->vr_start < va) {
			best = n;
			n = n->vr_right;
		} else {
			n = n->vr_left;
		}
	}
	return best;
}

struct vm_region *
region_find(const struct vm_space *vs, vaddr_t va)
{
	struct vm_region *r = region_next(vs, va);

	return r != NULL && r->vr_start <= va ? r : NULL;
}

bool
region_range_free(const struct vm_space *vs, vaddr_t start, vaddr_t end)
{
	const struct vm_region *r = region_next(vs, start);

	return r == NULL || r->vr_start >= end;
}

struct find_args {
	size_t	len;
	vaddr_t	lo, hi;		/* the place must lie in between */
};

/*
 * The highest place in the subtree n and the holes beside it, which reach from prev (an end) to
 * next (a start).
 */
static vaddr_t
find_in(const struct vm_region *n, vaddr_t prev, vaddr_t next, const struct find_args *f)
{
	vaddr_t va, lo = MAX(prev, f->lo), hi = MIN(next, f->hi);

	if (hi <= lo || hi - lo < f->len)
		return 0;
	if (n == NULL)
		return hi - f->len;
	if (n->vr_gap < f->len && n->vr_min - prev < f->len && next - n->vr_max < f->len)
		return 0;
	va = find_in(n->vr_right, n->vr_end, next, f);
	return va != 0 ? va : find_in(n->vr_left, prev, n->vr_start, f);
}

vaddr_t
region_find_space(const struct vm_space *vs, size_t len, vaddr_t lo, vaddr_t hi)
{
	struct find_args f = { .len = len, .lo = lo, .hi = hi };

	return find_in(vs->vs_regions, USER_MIN, USER_MAX, &f);
}

/* ---- Regions ---- */

struct vm_region *
region_alloc(void)
{
	struct vm_region *r = cache_alloc(&region_cache);

	if (r != NULL)
		list_init(&r->vr_obj_link);
	return r;
}

struct vm_region *
region_clone(const struct vm_region *r, struct vm_space *vs)
{
	struct vm_region *c = region_alloc();

	if (c == NULL)
		return NULL;
	c->vr_prot = r->vr_prot;
	c->vr_max_prot = r->vr_max_prot;
	c->vr_inherit = r->vr_inherit;
	c->vr_flags = r->vr_flags;
	c->vr_has_anon = load_relaxed(&r->vr_has_anon);
	c->vr_space = vs;
	c->vr_start = r->vr_start;
	c->vr_end = r->vr_end;
	c->vr_offset = r->vr_offset;
	c->vr_object = r->vr_object;
	c->vr_vnode = r->vr_vnode;
	c->vr_name = r->vr_name;
	if (c->vr_object != NULL)
		vm_object_hold(c->vr_object);
	if (c->vr_vnode != NULL)
		vm_hook_vnode_hold(c->vr_vnode);
	return c;
}

void
region_obj_lock(const struct vm_region *r)
{
	if (r->vr_object != NULL)
		mutex_lock(&r->vr_object->vo_lock);
}

void
region_obj_unlock(const struct vm_region *r)
{
	if (r->vr_object != NULL)
		mutex_unlock(&r->vr_object->vo_lock);
}

void
region_account(struct vm_space *vs, const struct vm_region *r, uint64_t npages, int sign)
{
	uint64_t n = sign > 0 ? npages : -npages;

	vs->vs_size_pages += n;
	if ((r->vr_flags & VR_GROWSDOWN) != 0)
		vs->vs_stack_pages += n;
	else if (!region_shared(r) && (r->vr_prot & VM_PROT_WRITE) != 0)
		vs->vs_data_pages += n;
	if ((r->vr_prot & VM_PROT_EXEC) != 0)
		vs->vs_exec_pages += n;
	if (r->vr_object != NULL)
		vs->vs_shared_pages += n;
	if ((r->vr_flags & VR_LOCKED) != 0)
		vs->vs_locked_pages += n;
	vs->vs_peak_pages = MAX(vs->vs_peak_pages, vs->vs_size_pages);
}

void
region_insert_linked(struct vm_space *vs, struct vm_region *r)
{
	ASSERT(r->vr_start < r->vr_end && r->vr_space == vs);
	vs->vs_regions = tree_insert(vs->vs_regions, r);
	vs->vs_nregions++;
	region_account(vs, r, region_pages(r), 1);
}

void
region_insert(struct vm_space *vs, struct vm_region *r)
{
	region_obj_lock(r);
	if (r->vr_object != NULL)
		list_push_back(&r->vr_object->vo_regions, &r->vr_obj_link);
	region_obj_unlock(r);
	region_insert_linked(vs, r);
}

static void
region_remove_tree(struct vm_space *vs, struct vm_region *r)
{
	vs->vs_regions = tree_remove(vs->vs_regions, r);
	vs->vs_nregions--;
	region_account(vs, r, region_pages(r), -1);
}

void
region_remove(struct vm_space *vs, struct vm_region *r, struct list *dead)
{
	region_remove_tree(vs, r);
	region_obj_lock(r);
	list_remove(&r->vr_obj_link);
	region_obj_unlock(r);
	list_push_back(dead, &r->vr_obj_link);
}

void
region_reap(struct list *dead)
{
	struct list *node;

	while ((node = list_pop_front(dead)) != NULL) {
		struct vm_region *r = list_entry(node, struct vm_region, vr_obj_link);

		if (r->vr_object != NULL)
			vm_object_drop(r->vr_object);
		if (r->vr_vnode != NULL)
			vm_hook_vnode_drop(r->vr_vnode);
		cache_free(&region_cache, r);
	}
}

/* vo_lock is held if there is an object. */
static void
set_bounds_locked(struct vm_space *vs, struct vm_region *r, vaddr_t start, vaddr_t end)
{
	region_account(vs, r, region_pages(r), -1);
	if (r->vr_object != NULL)
		r->vr_offset += start - r->vr_start;
	r->vr_start = start;
	r->vr_end = end;
	region_account(vs, r, region_pages(r), 1);
	tree_refresh(vs->vs_regions, r);
}

void
region_set_bounds(struct vm_space *vs, struct vm_region *r, vaddr_t start, vaddr_t end)
{
	ASSERT(start < end);
	region_obj_lock(r);
	set_bounds_locked(vs, r, start, end);
	region_obj_unlock(r);
}

int
region_clip(struct vm_space *vs, struct vm_region *r, vaddr_t va, struct vm_region **upper)
{
	struct vm_region *u;

	ASSERT(r->vr_start < va && va < r->vr_end);
	if (vs->vs_nregions >= VM_REGIONS_MAX || (u = region_clone(r, vs)) == NULL)
		return ENOMEM;
	region_obj_lock(r);
	u->vr_start = va;
	if (r->vr_object != NULL) {
		u->vr_offset += va - r->vr_start;
		list_push_back(&r->vr_object->vo_regions, &u->vr_obj_link);
	}
	set_bounds_locked(vs, r, r->vr_start, va);
	region_obj_unlock(r);
	/*
	 * Only the part that touches a stack's lower end grows on; the upper one keeps the flag
	 * for its looks.
	 */
	region_insert_linked(vs, u);
	*upper = u;
	return 0;
}

static bool
region_alike(const struct vm_region *a, const struct vm_region *b)
{
	return a->vr_end == b->vr_start && a->vr_prot == b->vr_prot &&
	    a->vr_max_prot == b->vr_max_prot &&
	    a->vr_inherit == b->vr_inherit && a->vr_flags == b->vr_flags &&
	    a->vr_object == b->vr_object &&
	    a->vr_vnode == b->vr_vnode && a->vr_name == b->vr_name &&
	    (a->vr_object == NULL || a->vr_offset + (a->vr_end - a->vr_start) == b->vr_offset);
}

struct vm_region *
region_merge(struct vm_space *vs, struct vm_region *r, struct list *dead)
{
	struct vm_region *p = region_before(vs, r->vr_start);

	if (p == NULL || !region_alike(p, r))
		return r;
	region_remove_tree(vs, r);
	region_obj_lock(r);
	list_remove(&r->vr_obj_link);
	set_bounds_locked(vs, p, p->vr_start, r->vr_end);
	region_obj_unlock(r);
	if (load_relaxed(&r->vr_has_anon))
		store_relaxed(&p->vr_has_anon, true);
	list_push_back(dead, &r->vr_obj_link);
	return p;
}
