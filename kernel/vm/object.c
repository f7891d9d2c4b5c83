/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects: rows of pages that address spaces map and files are made of.
 *
 * A page of an object has one reference of the object's, and one more for each page-table leaf
 * that maps it and each caller of vm_object_page that uses it. vo_lock (a mutex, RANK_VMOBJ)
 * guards the index, the size and the list of regions that map the object.
 *
 * Truncation against faults. Whoever enters a page of an object, or a private copy of one, into
 * page tables does so holding vo_lock, after a look at the size. Truncation, holding it too,
 * first sets the size, then removes the range from the page tables of all regions in vo_regions
 * (pmap_zap needs no lock of the space), and then frees the pages. So after it nobody sees a
 * page beyond the end. That is why a region's borders and offset change under vo_lock as well.
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

/* Frees the pages from index first up to, not including, end. They are mapped nowhere any more. */
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

/*
 * Takes pages first..end-1 of the object, and private copies made of them, out of all page
 * tables.
 */
static void
object_unmap_locked(struct vm_object *vo, uint64_t first, uint64_t end)
{
	list_foreach(r, &vo->vo_regions, struct vm_region, vr_obj_link) {
		uint64_t base = r->vr_offset >> PAGE_SHIFT, n = region_pages(r);
		uint64_t lo = MAX(first, base), hi = MIN(end, base + n);
		struct pmap *pm = r->vr_space->vs_pmap;

		if (lo >= hi)
			continue;
		pmap_zap(pm, r->vr_start + ((lo - base) << PAGE_SHIFT),
		    r->vr_start + ((hi - base) << PAGE_SHIFT), NULL);
		pmap_update(pm);
	}
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
	mutex_lock(&vo->vo_lock);
	if (size >= vo->vo_size) {
		store_relaxed(&vo->vo_size, size);
	} else {
		store_relaxed(&vo->vo_size, size);
		if ((size & PAGE_MASK) != 0)
			object_zero_part_locked(vo, size, roundup2(size, PAGE_SIZE));
		object_unmap_locked(vo, howmany(size, PAGE_SIZE), UINT64_MAX >> PAGE_SHIFT);
		object_free_pages_locked(vo, howmany(size, PAGE_SIZE), UINT64_MAX);
	}
	mutex_unlock(&vo->vo_lock);
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
	} else {
		object_zero_part_locked(vo, start, roundup2(start, PAGE_SIZE));
		object_zero_part_locked(vo, rounddown2(end, PAGE_SIZE), end);
		object_unmap_locked(vo, first, last);
		object_free_pages_locked(vo, first, last);
	}
	mutex_unlock(&vo->vo_lock);
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
