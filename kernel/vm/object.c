/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects: rows of pages that address spaces map and files are made of.
 *
 * A page of an object has one reference of the object's, and one more for each page-table leaf
 * that maps it and each caller of vm_object_page that uses it. vo_lock (a mutex, RANK_VMOBJ)
 * guards the index, the size and the list of regions that map the object.
 *
 * Truncation against faults. Whoever enters a page of an object, or a private copy of one, into
 * page tables does so holding vo_lock, after a look at the size and the index. Truncation sets the
 * size and takes the pages out of the index first, under vo_lock: from then on no fault brings
 * them in. Then it takes them out of the page tables of all spaces that map the object
 * (object_unmap), and returns when they are out of all. The pages themselves live on as long as
 * page tables have them. A hole is punched in the same way, but for private copies, which stay.
 *
 * Who maps an object? vo_regions has each region once; the spaces that may have a region are
 * those of its family (family.c). The locks go from space to object, so the walk gives vo_lock up
 * at each region, pins it so that it stays in the list, and for each space takes vs_lock for
 * reading, then vo_lock, and looks whether the space has this very region where it says it is. The
 * walk misses nobody: regions change only under vs_lock held for writing and vo_lock; copies and
 * parts of a region come behind it in the list, children behind their parents in the family; what
 * comes before has no such pages; and joins, which could move pages back to a region that was
 * passed, do not happen while somebody walks (vo_cutting). When nothing maps the object there is
 * no walk.
 *
 * Shrinking zeroes the part of the last page behind the end. Growing touches no page: a writer
 * makes and fills pages beyond the end first and sets the size afterwards. What a program stores
 * behind the end through a mapping shows when the file grows over it.
 */
#include "vm/vm_int.h"

#define INDEX_MAX	(1ull << (63 - PAGE_SHIFT))

static struct cache object_cache = CACHE_INIT("vm_object", struct vm_object);

struct vm_object *
vm_object_create(uint64_t size, const struct vm_object_ops *ops, void *data)
{
	struct vm_object *vo = cache_alloc(&object_cache);

	if (vo == NULL)
		return NULL;
	ref_init(&vo->vo_refs, 1);
	mutex_init(&vo->vo_lock, "vmobject", RANK_VMOBJ);
	vo->vo_size = size;
	list_init(&vo->vo_regions);
	vo->vo_ops = ops;
	vo->vo_data = data;
	return vo;
}

struct vm_object *
vm_object_create_anon(uint64_t size)
{
	return vm_object_create(size, NULL, NULL);
}

void
vm_object_hold(struct vm_object *vo)
{
	ref_get(&vo->vo_refs);
}

/*
 * Takes the pages from first up to, not including, end out of the index and drops the object's
 * references.
 */
static void
object_free_pages_locked(struct vm_object *vo, uint64_t first, uint64_t end)
{
	uint64_t index = first;
	uint32_t n = 0;

	while (pageidx_next(vo, &index) != NULL && index < end) {
		page_drop(pageidx_remove(vo, index));
		if (++n % 1024 == 0)
			sched_preempt_point();
	}
}

void
vm_object_drop(struct vm_object *vo)
{
	if (!ref_put(&vo->vo_refs))
		return;
	ASSERT(list_empty(&vo->vo_regions));
	mutex_lock(&vo->vo_lock);
	object_free_pages_locked(vo, 0, UINT64_MAX);
	mutex_unlock(&vo->vo_lock);
	ASSERT(vo->vo_root == NULL);
	if (vo->vo_ops != NULL && vo->vo_ops->destroy != NULL)
		vo->vo_ops->destroy(vo);
	cache_free(&object_cache, vo);
}

/* Gives a filled page to the object. */
static int
object_insert_locked(struct vm_object *vo, uint64_t index, struct page *pg)
{
	pg->pg_object = vo;
	pg->pg_index = index;
	return pageidx_insert(vo, index, pg);
}

int
vm_object_make_page_locked(struct vm_object *vo, uint64_t index, struct page **pgp)
{
	struct page *pg;
	int error;

	if (index >= INDEX_MAX)
		return EFBIG;
	if ((pg = page_alloc(0, PG_ZERO)) == NULL)
		return ENOMEM;
	if ((error = object_insert_locked(vo, index, pg)) != 0) {
		page_drop(pg);
		return error;
	}
	*pgp = pg;
	return 0;
}

/*
 * Brings a page in by ops->fill, without the lock meanwhile. Another LWP may do the same at the
 * same time: the first to finish wins. If the object shrank meanwhile the page must not stay: a
 * later growth would show it.
 */
static int
object_fill_unlocked(struct vm_object *vo, uint64_t index, struct page **pgp)
{
	struct page *pg = page_alloc(0, PG_ZERO), *there;
	int error;

	if (pg == NULL)
		return ENOMEM;
	error = vo->vo_ops->fill(vo, index, pg);
	mutex_lock(&vo->vo_lock);
	if (error == 0 && index >= howmany(vo->vo_size, PAGE_SIZE))
		error = EIO;
	if (error == 0 && (there = pageidx_lookup(vo, index)) != NULL) {
		page_hold(there);
		mutex_unlock(&vo->vo_lock);
		page_drop(pg);
		*pgp = there;
		return 0;
	}
	if (error == 0)
		error = object_insert_locked(vo, index, pg);
	if (error == 0)
		page_hold(pg);
	mutex_unlock(&vo->vo_lock);
	if (error != 0) {
		page_drop(pg);
		return error;
	}
	*pgp = pg;
	return 0;
}

int
vm_object_page(struct vm_object *vo, uint64_t index, bool create, struct page **pgp)
{
	bool fill = vo->vo_ops != NULL && vo->vo_ops->fill != NULL;
	struct page *pg;
	int error = 0;

	mutex_lock(&vo->vo_lock);
	pg = pageidx_lookup(vo, index);
	if (pg == NULL && fill && index < howmany(vo->vo_size, PAGE_SIZE)) {
		mutex_unlock(&vo->vo_lock);
		return object_fill_unlocked(vo, index, pgp);
	}
	if (pg == NULL && create)
		error = vm_object_make_page_locked(vo, index, &pg);
	if (pg != NULL)
		page_hold(pg);
	mutex_unlock(&vo->vo_lock);
	*pgp = pg;
	return error;
}

/* A range of pages that leaves the page tables. */
struct cut {
	struct vm_object *c_object;
	uint64_t	  c_first, c_end;	/* page indices */
	const struct vm_object *c_only;		/* null: private copies go too */
};

/* The part of a region that maps the range; false: none. vo_lock is held. */
static bool
cut_part(const struct cut *c, const struct vm_region *r, vaddr_t *start, vaddr_t *end)
{
	uint64_t base = r->vr_offset >> PAGE_SHIFT;
	uint64_t lo = MAX(c->c_first, base), hi = MIN(c->c_end, base + region_pages(r));

	if (lo >= hi)
		return false;
	*start = r->vr_start + ((lo - base) << PAGE_SHIFT);
	*end = r->vr_start + ((hi - base) << PAGE_SHIFT);
	return true;
}

/* In one space, if that has the region; vs_lock and vo_lock are held. */
static void
cut_space_locked(const struct cut *c, struct vm_space *vs, const struct vm_region *r)
{
	vaddr_t va, next, end;

	if (r->vr_dead || region_find(vs, r->vr_start) != r || !cut_part(c, r, &va, &end))
		return;
	for (; (va = space_next_mapped(vs, va, end)) < end; va = next) {
		next = end - va > VM_CHUNK ? va + VM_CHUNK : end;
		pmap_zap(vs->vs_pmap, va, next, c->c_only);
		pmap_update(vs->vs_pmap);
		sched_preempt_point();
	}
}

/* In all spaces that have the region, which is pinned. */
static void
cut_region(const struct cut *c, const struct vm_region *r)
{
	struct vm_space *vs = NULL;

	while ((vs = family_next(r->vr_family, vs)) != NULL) {
		rw_rdlock(&vs->vs_lock);
		mutex_lock(&c->c_object->vo_lock);
		cut_space_locked(c, vs, r);
		mutex_unlock(&c->c_object->vo_lock);
		rw_unlock(&vs->vs_lock);
		sched_preempt_point();
	}
}

/* Takes the range out of all page tables. vo_lock is held, and given up in between. */
static void
object_unmap(const struct cut *c, struct list *dead)
{
	struct vm_object *vo = c->c_object;
	struct vm_region *r, *next;
	vaddr_t start, end;

	vo->vo_cutting++;
	for (r = list_first(&vo->vo_regions, struct vm_region, vr_obj_link); r != NULL; r = next) {
		bool maps = cut_part(c, r, &start, &end);

		if (maps) {
			r->vr_pins++;
			mutex_unlock(&vo->vo_lock);
			cut_region(c, r);
			mutex_lock(&vo->vo_lock);
			r->vr_pins--;
		} else {
			sched_preempt_point();
		}
		next = list_next(&vo->vo_regions, r, struct vm_region, vr_obj_link);
		if (maps && r->vr_pins == 0 && r->vr_dead) {
			list_remove(&r->vr_obj_link);
			list_push_back(dead, &r->vr_obj_link);
		}
	}
	vo->vo_cutting--;
}

/*
 * The pages from first up to, not including, end leave the object and all page tables. vo_lock is
 * held, and given up.
 */
static void
object_cut_unlock(struct vm_object *vo, uint64_t first, uint64_t end,
    const struct vm_object *only)
{
	struct cut c = { .c_object = vo, .c_first = first, .c_end = end, .c_only = only };
	struct list dead = LIST_INIT(dead);

	object_free_pages_locked(vo, first, end);
	object_unmap(&c, &dead);
	mutex_unlock(&vo->vo_lock);
	region_reap(&dead);
}

/* Zeroes bytes from..to of one page, if it is resident. */
static void
object_zero_part_locked(struct vm_object *vo, uint64_t from, uint64_t to)
{
	struct page *pg;

	if (from == to || (pg = pageidx_lookup(vo, from >> PAGE_SHIFT)) == NULL)
		return;
	memset((char *)page_kva(pg) + (from & PAGE_MASK), 0, to - from);
}

void
vm_object_truncate(struct vm_object *vo, uint64_t size)
{
	uint64_t old;

	mutex_lock(&vo->vo_lock);
	old = vo->vo_size;
	store_relaxed(&vo->vo_size, size);
	if (size >= old) {
		mutex_unlock(&vo->vo_lock);
		return;
	}
	if ((size & PAGE_MASK) != 0)
		object_zero_part_locked(vo, size, roundup2(size, PAGE_SIZE));
	object_cut_unlock(vo, howmany(size, PAGE_SIZE), UINT64_MAX >> PAGE_SHIFT, NULL);
}

void
vm_object_grow(struct vm_object *vo, uint64_t size)
{
	mutex_lock(&vo->vo_lock);
	if (size > vo->vo_size)
		store_relaxed(&vo->vo_size, size);
	mutex_unlock(&vo->vo_lock);
}

void
vm_object_punch(struct vm_object *vo, uint64_t start, uint64_t end)
{
	uint64_t first = howmany(start, PAGE_SIZE), last = end >> PAGE_SHIFT;

	if (start >= end)
		return;
	mutex_lock(&vo->vo_lock);
	if (start >> PAGE_SHIFT == end >> PAGE_SHIFT) {
		object_zero_part_locked(vo, start, end);
		mutex_unlock(&vo->vo_lock);
		return;
	}
	object_zero_part_locked(vo, start, roundup2(start, PAGE_SIZE));
	object_zero_part_locked(vo, rounddown2(end, PAGE_SIZE), end);
	object_cut_unlock(vo, first, last, vo);
}

uint64_t
vm_object_next_resident(struct vm_object *vo, uint64_t index)
{
	struct page *pg;

	mutex_lock(&vo->vo_lock);
	pg = pageidx_next(vo, &index);
	mutex_unlock(&vo->vo_lock);
	return pg != NULL ? index : UINT64_MAX;
}
