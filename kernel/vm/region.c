/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Regions: the map of an address space, which fork shares as a whole.
 *
 * A region is a range of pages with one set of properties. Those of a space never overlap and are
 * found by a binary tree by address whose nodes are persistent: each has a count of references,
 * and spaces that descend from each other by fork share subtrees. fork takes one reference, on
 * the root (vm_space_fork).
 *
 * Own and frozen. A node is own when it and all above it have one reference; who holds vs_lock
 * for writing may change it. All others are frozen, for good or until the other owners are gone.
 * To make a node own its path is made own from the root down: what has a second owner is copied,
 * with a reference more on its two children and its region. The same with a region: own when its
 * node is and it has one reference; else it is copied before a change (region_own). A count of
 * one is stable for who has it: only he could make a second reference, under his vs_lock. One
 * that is higher may fall meanwhile; then a copy was made that was not needed, no more.
 *
 * The tree is a treap: random priorities make it a heap too, and so as balanced as a tree that
 * was filled in random order. What decides for it is that a change touches only nodes on the way
 * down to its place: cutting a tree in two at an address, the two edges of a range that is taken
 * out (however many regions lie between: they leave as one subtree), and the joining of what is
 * left. A balanced tree with heights pulls up siblings beside the way. So tree_own of one or two
 * addresses is the whole of what can fail; it changes nothing that anybody can see; and after it
 * the change itself cannot fail. The priorities come from a generator whose seed no program knows,
 * so none can make a deep tree; recursion is as deep as the tree.
 *
 * Each node also knows of its subtree the lowest start, the highest end, the widest hole between
 * neighbours, so a free place is found in one way down, and whether fork must treat a region of it
 * apart (n_apart), so that fork looks at those and no others.
 *
 * A region is made together with a node for its first place in a tree (vr_node); copies of that
 * node are allocated alone. A node has a reference on its region, and never gets another region,
 * so the region outlives the node in it.
 *
 * Neighbours that are alike are joined (region_merge), and a region is cut when only a part
 * changes (region_clip).
 *
 * A region of an object is in the object's list, where truncation finds it (object.c): once,
 * however many spaces have it. Its borders change only with vo_lock too, and a cut or a join does
 * its two halves under one hold of it: at no time is a mapped range in no region of the list. The
 * order of the list matters to those who walk: copies and parts go right behind their original,
 * so he who stands at or before it will come by; new ones, which have no pages yet, go to the
 * front; and nothing is joined while somebody walks (vo_cutting).
 *
 * A region that nobody has any more goes to the space's list of the dead (vs_dead) and gives its
 * references up after vs_lock was released (space_unlock): the last drop of a file may do
 * anything. One that a truncation stands at (vr_pins) is left to that.
 */
#include "vm/vm_int.h"

static struct cache region_cache = CACHE_INIT("vm_region", struct vm_region);
static struct cache node_cache = CACHE_INIT("vm_node", struct vm_node);

/* ---- Nodes ---- */

static vaddr_t
node_start(const struct vm_node *n)
{
	return n->n_region->vr_start;
}

static bool
region_apart(const struct vm_region *r)
{
	return r->vr_inherit == VM_INHERIT_NONE || r->vr_inherit == VM_INHERIT_ZERO ||
	    (r->vr_inherit == VM_INHERIT_COPY && region_shared(r));
}

/* Whether nobody else has what is counted; sees all that the others did before they dropped it. */
static bool
sole(const refcount_t *refs)
{
	return load_acquire(&refs->r_count) == 1;
}

/* Recomputes what n knows of its subtree. */
static void
node_update(struct vm_node *n)
{
	const struct vm_node *l = n->n_left, *r = n->n_right;
	const struct vm_region *reg = n->n_region;

	ASSERT(ref_read(&n->n_refs) == 1);
	n->n_min = reg->vr_start;
	n->n_max = reg->vr_end;
	n->n_gap = 0;
	n->n_apart = region_apart(reg);
	if (l != NULL) {
		n->n_min = l->n_min;
		n->n_gap = MAX(l->n_gap, reg->vr_start - l->n_max);
		n->n_apart = n->n_apart || l->n_apart;
	}
	if (r != NULL) {
		n->n_max = r->n_max;
		n->n_gap = MAX(n->n_gap, MAX(r->n_gap, r->n_min - reg->vr_end));
		n->n_apart = n->n_apart || r->n_apart;
	}
}

static void
node_hold(struct vm_node *n)
{
	if (n != NULL)
		ref_get(&n->n_refs);
}

/* No node has it any more. */
static void
region_die(struct vm_space *vs, struct vm_region *r)
{
	bool ours = true;

	if (r->vr_object != NULL) {
		mutex_lock(&r->vr_object->vo_lock);
		r->vr_dead = true;
		ours = r->vr_pins == 0;
		if (ours)
			list_remove(&r->vr_obj_link);
		mutex_unlock(&r->vr_object->vo_lock);
	}
	if (ours)
		list_push_back(&vs->vs_dead, &r->vr_obj_link);
}

/* The node has no children, or they were given away. */
static void
node_free(struct vm_space *vs, struct vm_node *n)
{
	struct vm_region *r = n->n_region;

	if (n != &r->vr_node)
		cache_free(&node_cache, n);
	if (ref_put(&r->vr_refs))
		region_die(vs, r);
}

void
node_drop(struct vm_space *vs, struct vm_node *n)
{
	if (n == NULL || !ref_put(&n->n_refs))
		return;
	node_drop(vs, n->n_left);
	node_drop(vs, n->n_right);
	node_free(vs, n);
	sched_preempt_point();
}

/* ---- What is own ---- */

/* Gives a new node the place of n in a tree. */
static void
node_take(struct vm_node *new, const struct vm_node *n)
{
	new->n_prio = n->n_prio;
	new->n_left = n->n_left;
	new->n_right = n->n_right;
	new->n_min = n->n_min;
	new->n_max = n->n_max;
	new->n_gap = n->n_gap;
	new->n_apart = n->n_apart;
}

/* Makes the node of a slot own; the slot is in an own node, or the root. */
static int
node_own(struct vm_space *vs, struct vm_node **slot)
{
	struct vm_node *old = *slot, *n;

	if (likely(sole(&old->n_refs)))
		return 0;
	if ((n = cache_alloc(&node_cache)) == NULL)
		return ENOMEM;
	ref_init(&n->n_refs, 1);
	ref_get(&old->n_region->vr_refs);
	node_hold(old->n_left);
	node_hold(old->n_right);
	node_take(n, old);
	n->n_region = old->n_region;
	*slot = n;
	node_drop(vs, old);
	return 0;
}

/* The side of n on which a tree is cut at va: what starts at va lies right of the cut. */
static struct vm_node **
node_side(struct vm_node *n, vaddr_t va)
{
	return node_start(n) >= va ? &n->n_left : &n->n_right;
}

int
tree_own(struct vm_space *vs, vaddr_t va)
{
	int error = 0;

	for (struct vm_node **slot = &vs->vs_root; *slot != NULL && error == 0;
	    slot = node_side(*slot, va)) {
		if ((error = node_own(vs, slot)) != 0)
			break;
	}
	return error;
}

int
tree_own_range(struct vm_space *vs, vaddr_t start, vaddr_t end)
{
	int error = tree_own(vs, start);

	return error != 0 ? error : tree_own(vs, end);
}

/* The slot of the node whose region starts at va, which is there. */
static struct vm_node **
tree_slot(struct vm_space *vs, vaddr_t va)
{
	struct vm_node **slot = &vs->vs_root;

	while (node_start(*slot) != va)
		slot = node_side(*slot, va);
	return slot;
}

int
region_own(struct vm_space *vs, struct vm_region **rp)
{
	struct vm_region *r = *rp, *c;
	struct vm_node **slot, *n;
	int error;

	if ((error = tree_own(vs, r->vr_start)) != 0 || likely(sole(&r->vr_refs)))
		return error;
	if ((c = region_clone(r)) == NULL)
		return ENOMEM;
	slot = tree_slot(vs, r->vr_start);
	n = *slot;
	node_take(&c->vr_node, n);
	*slot = &c->vr_node;
	region_obj_lock(c);
	region_link_copy(r, c);
	region_obj_unlock(c);
	node_free(vs, n);
	*rp = c;
	return 0;
}

/* ---- The tree ---- */

/* Cuts n in two: what starts below va, and the rest. The way to va is own. */
static void
tree_split(struct vm_node *n, vaddr_t va, struct vm_node **low, struct vm_node **high)
{
	if (n == NULL) {
		*low = *high = NULL;
		return;
	}
	if (node_start(n) >= va) {
		tree_split(n->n_left, va, low, &n->n_left);
		*high = n;
	} else {
		tree_split(n->n_right, va, &n->n_right, high);
		*low = n;
	}
	node_update(n);
}

/* All of low lies below all of high; the ways down between them are own. */
static struct vm_node *
tree_join(struct vm_node *low, struct vm_node *high)
{
	if (low == NULL)
		return high;
	if (high == NULL)
		return low;
	if (low->n_prio >= high->n_prio) {
		low->n_right = tree_join(low->n_right, high);
		node_update(low);
		return low;
	}
	high->n_left = tree_join(low, high->n_left);
	node_update(high);
	return high;
}

/* Puts x, alone, into n; the way there is own. */
static struct vm_node *
tree_insert(struct vm_node *n, struct vm_node *x)
{
	struct vm_node **side;

	if (n == NULL || n->n_prio < x->n_prio) {
		tree_split(n, node_start(x), &x->n_left, &x->n_right);
		n = x;
	} else {
		side = node_side(n, node_start(x));
		*side = tree_insert(*side, x);
	}
	node_update(n);
	return n;
}

/* Takes the region that starts at va out of the subtree; the ways to both its ends are own. */
static struct vm_node *
tree_take(struct vm_node **slot, vaddr_t va)
{
	struct vm_node *n = *slot, *out = n;

	if (node_start(n) != va) {
		out = tree_take(node_side(n, va), va);
		node_update(n);
	} else {
		*slot = tree_join(n->n_left, n->n_right);
		n->n_left = n->n_right = NULL;
	}
	return out;
}

/* Takes what starts in the range out, whose edges are own. */
static struct vm_node *
tree_remove(struct vm_space *vs, vaddr_t start, vaddr_t end)
{
	const struct vm_region *r = region_next(vs, start);
	struct vm_node *low, *out, *high;

	/* One region is the common case, and saves two ways. */
	if (r != NULL && r->vr_start < end && region_range_free(vs, r->vr_end, end))
		return tree_take(&vs->vs_root, r->vr_start);
	tree_split(vs->vs_root, start, &low, &out);
	tree_split(out, end, &out, &high);
	vs->vs_root = tree_join(low, high);
	return out;
}

/* The region that starts at va has changed, its place in the order has not. */
static void
tree_refresh(struct vm_node *n, vaddr_t va)
{
	if (node_start(n) != va)
		tree_refresh(*node_side(n, va), va);
	node_update(n);
}

/*
 * Where the random numbers of a space begin: what only this boot knows, and the space's id. Asking
 * the machine each time would cost some machines more than all else of a small process.
 */
static uint64_t
tree_seed(const struct vm_space *vs)
{
	static uint64_t secret;		/* atomic; any of those that race to set it will do */
	uint64_t x = load_relaxed(&secret);

	if (x == 0) {
		x = arch_entropy() | 1;
		store_relaxed(&secret, x);
	}
	x = (x ^ vs->vs_id) * 0x9e3779b97f4a7c15ull;
	return (x ^ x >> 32) | 1;
}

/* A random number, by xorshift. */
static uint32_t
tree_random(struct vm_space *vs)
{
	uint64_t x = vs->vs_random != 0 ? vs->vs_random : tree_seed(vs);

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	vs->vs_random = x;
	return (uint32_t)(x >> 32);
}

struct vm_region *
region_next(const struct vm_space *vs, vaddr_t va)
{
	struct vm_node *n = vs->vs_root;
	struct vm_region *best = NULL;

	while (n != NULL) {
		if (n->n_region->vr_end > va) {
			best = n->n_region;
			n = n->n_left;
		} else {
			n = n->n_right;
		}
	}
	return best;
}

struct vm_region *
region_before(const struct vm_space *vs, vaddr_t va)
{
	struct vm_node *n = vs->vs_root;
	struct vm_region *best = NULL;

	while (n != NULL) {
		if (node_start(n) < va) {
			best = n->n_region;
			n = n->n_right;
		} else {
			n = n->n_left;
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

static struct vm_region *
apart_in(const struct vm_node *n, vaddr_t va)
{
	struct vm_region *r;

	if (n == NULL || !n->n_apart || n->n_max <= va)
		return NULL;
	if ((r = apart_in(n->n_left, va)) != NULL)
		return r;
	if (n->n_region->vr_end > va && region_apart(n->n_region))
		return n->n_region;
	return apart_in(n->n_right, va);
}

struct vm_region *
region_next_apart(const struct vm_space *vs, vaddr_t va)
{
	return apart_in(vs->vs_root, va);
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
find_in(const struct vm_node *n, vaddr_t prev, vaddr_t next, const struct find_args *f)
{
	vaddr_t va, lo = MAX(prev, f->lo), hi = MIN(next, f->hi);

	if (hi <= lo || hi - lo < f->len)
		return 0;
	if (n == NULL)
		return hi - f->len;
	if (n->n_gap < f->len && n->n_min - prev < f->len && next - n->n_max < f->len)
		return 0;
	va = find_in(n->n_right, n->n_region->vr_end, next, f);
	return va != 0 ? va : find_in(n->n_left, prev, node_start(n), f);
}

vaddr_t
region_find_space(const struct vm_space *vs, size_t len, vaddr_t lo, vaddr_t hi)
{
	struct find_args f = { .len = len, .lo = lo, .hi = hi };

	return find_in(vs->vs_root, USER_MIN, USER_MAX, &f);
}

/* ---- Regions ---- */

struct vm_region *
region_alloc(void)
{
	struct vm_region *r = cache_alloc(&region_cache);

	if (r == NULL)
		return NULL;
	list_init(&r->vr_obj_link);
	ref_init(&r->vr_refs, 1);
	ref_init(&r->vr_node.n_refs, 1);
	r->vr_node.n_region = r;
	return r;
}

void
region_set_object(struct vm_family *fm, struct vm_region *r, struct vm_object *vo,
    uint64_t offset)
{
	vm_object_hold(vo);
	family_hold(fm);
	r->vr_object = vo;
	r->vr_offset = offset;
	r->vr_family = fm;
}

struct vm_region *
region_clone(const struct vm_region *r)
{
	struct vm_region *c = region_alloc();

	if (c == NULL)
		return NULL;
	c->vr_prot = r->vr_prot;
	c->vr_max_prot = r->vr_max_prot;
	c->vr_inherit = r->vr_inherit;
	c->vr_flags = r->vr_flags;
	c->vr_locker = r->vr_locker;
	c->vr_start = r->vr_start;
	c->vr_end = r->vr_end;
	c->vr_vnode = r->vr_vnode;
	c->vr_name = r->vr_name;
	if (r->vr_object != NULL)
		region_set_object(r->vr_family, c, r->vr_object, r->vr_offset);
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
	if (region_locked(vs, r))
		vs->vs_locked_pages += n;
	vs->vs_peak_pages = MAX(vs->vs_peak_pages, vs->vs_size_pages);
}

void
region_link_copy(struct vm_region *r, struct vm_region *c)
{
	if (c->vr_object != NULL)
		list_insert_after(&r->vr_obj_link, &c->vr_obj_link);
}

void
region_insert_linked(struct vm_space *vs, struct vm_region *r)
{
	ASSERT(r->vr_start < r->vr_end && ref_read(&r->vr_refs) == 1);
	ASSERT(region_range_free(vs, r->vr_start, r->vr_end));
	r->vr_node.n_prio = tree_random(vs);
	vs->vs_root = tree_insert(vs->vs_root, &r->vr_node);
	vs->vs_nregions++;
	region_account(vs, r, region_pages(r), 1);
}

void
region_insert(struct vm_space *vs, struct vm_region *r)
{
	if (r->vr_object != NULL) {
		region_obj_lock(r);
		list_push_front(&r->vr_object->vo_regions, &r->vr_obj_link);
		region_obj_unlock(r);
	}
	region_insert_linked(vs, r);
}

/* A subtree has left: takes it from the counts. */
static void
uncount(struct vm_space *vs, const struct vm_node *n)
{
	if (n == NULL)
		return;
	uncount(vs, n->n_left);
	uncount(vs, n->n_right);
	vs->vs_nregions--;
	region_account(vs, n->n_region, region_pages(n->n_region), -1);
	sched_preempt_point();
}

void
region_remove(struct vm_space *vs, vaddr_t start, vaddr_t end)
{
	struct vm_node *out = tree_remove(vs, start, end);

	uncount(vs, out);
	node_drop(vs, out);
}

void
region_reap(struct list *dead)
{
	struct list *link;

	while ((link = list_pop_front(dead)) != NULL) {
		struct vm_region *r = list_entry(link, struct vm_region, vr_obj_link);

		if (r->vr_object != NULL) {
			vm_object_drop(r->vr_object);
			family_drop(r->vr_family);
		}
		if (r->vr_vnode != NULL)
			vm_hook_vnode_drop(r->vr_vnode);
		cache_free(&region_cache, r);
		sched_preempt_point();
	}
}

void
space_unlock(struct vm_space *vs)
{
	struct list dead = LIST_INIT(dead);

	list_splice_back(&dead, &vs->vs_dead);
	rw_unlock(&vs->vs_lock);
	region_reap(&dead);
}

void
region_refresh(struct vm_space *vs, struct vm_region *r)
{
	tree_refresh(vs->vs_root, r->vr_start);
}

/* vo_lock is held if there is an object. */
static void
set_bounds_locked(struct vm_space *vs, struct vm_region *r, vaddr_t start, vaddr_t end)
{
	ASSERT(ref_read(&r->vr_refs) == 1);
	region_account(vs, r, region_pages(r), -1);
	if (r->vr_object != NULL)
		r->vr_offset += start - r->vr_start;
	r->vr_start = start;
	r->vr_end = end;
	region_account(vs, r, region_pages(r), 1);
	region_refresh(vs, r);
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
region_clip(struct vm_space *vs, struct vm_region **rp, vaddr_t va, struct vm_region **upper)
{
	struct vm_region *r, *u;
	int error;

	ASSERT((*rp)->vr_start < va && va < (*rp)->vr_end);
	if (vs->vs_nregions >= VM_REGIONS_MAX)
		return ENOMEM;
	if ((error = region_own(vs, rp)) != 0 || (error = tree_own(vs, va)) != 0)
		return error;
	r = *rp;
	if ((u = region_clone(r)) == NULL)
		return ENOMEM;
	region_obj_lock(r);
	u->vr_start = va;
	if (u->vr_object != NULL)
		u->vr_offset += va - r->vr_start;
	region_link_copy(r, u);
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
region_alike(const struct vm_space *vs, const struct vm_region *a, const struct vm_region *b)
{
	return a->vr_end == b->vr_start && a->vr_prot == b->vr_prot &&
	    a->vr_max_prot == b->vr_max_prot &&
	    a->vr_inherit == b->vr_inherit && a->vr_flags == b->vr_flags &&
	    region_locked(vs, a) == region_locked(vs, b) &&
	    a->vr_object == b->vr_object &&
	    a->vr_vnode == b->vr_vnode && a->vr_name == b->vr_name &&
	    (a->vr_object == NULL || a->vr_offset + (a->vr_end - a->vr_start) == b->vr_offset);
}

struct vm_region *
region_merge(struct vm_space *vs, struct vm_region *r)
{
	struct vm_region *p = region_before(vs, r->vr_start);
	struct vm_node *out = NULL;

	if (p == NULL || !region_alike(vs, p, r) || region_own(vs, &p) != 0 ||
	    tree_own_range(vs, r->vr_start, r->vr_end) != 0)
		return r;
	region_obj_lock(r);
	if (r->vr_object == NULL || r->vr_object->vo_cutting == 0) {
		out = tree_take(&vs->vs_root, r->vr_start);
		uncount(vs, out);
		set_bounds_locked(vs, p, p->vr_start, r->vr_end);
	}
	region_obj_unlock(r);
	if (out == NULL)
		return r;
	node_drop(vs, out);
	return p;
}
