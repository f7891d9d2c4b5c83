/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pages of an object by index: a radix tree of 64-way nodes that is as high as the largest
 * index needs, so small files are one node, large ones are found in a few steps, and holes cost
 * nothing. A node that becomes empty is freed; the height only goes back to 0 when the last page
 * leaves. The object's lock guards it.
 */
#include "vm/vm_int.h"

#define IDX_BITS	6
#define IDX_SLOTS	(1u << IDX_BITS)
#define IDX_MASK	(IDX_SLOTS - 1)
#define IDX_HEIGHT_MAX	11u		/* 66 bits */

struct idx_node {
	uint32_t	 n_used;		/* slots that are not null */
	void		*n_slot[IDX_SLOTS];	/* nodes, in the lowest level pages */
};

static struct cache idx_cache = CACHE_INIT("vm_index_node", struct idx_node);
static uint64_t object_pages;		/* atomic: pages in all objects */

static uint32_t
idx_slot(uint64_t index, uint32_t level)
{
	return (uint32_t)(index >> (IDX_BITS * (level - 1))) & IDX_MASK;
}

/* Whether a tree of this height has a place for index. */
static bool
idx_covers(uint32_t height, uint64_t index)
{
	return height > 0 && (height >= IDX_HEIGHT_MAX || index >> (IDX_BITS * height) == 0);
}

struct page *
pageidx_lookup(const struct vm_object *vo, uint64_t index)
{
	void *p = vo->vo_root;

	if (!idx_covers(vo->vo_height, index))
		return NULL;
	for (uint32_t level = vo->vo_height; level > 0 && p != NULL; level--)
		p = ((struct idx_node *)p)->n_slot[idx_slot(index, level)];
	return p;
}

/*
 * Takes index out of the subtree and frees nodes that are empty then; returns whether n is still
 * there.
 */
static bool
idx_remove(struct idx_node *n, uint32_t level, uint64_t index, struct page **out)
{
	void **slot = &n->n_slot[idx_slot(index, level)];

	if (*slot != NULL) {
		if (level == 1) {
			*out = *slot;
			*slot = NULL;
			n->n_used--;
		} else if (!idx_remove(*slot, level - 1, index, out)) {
			*slot = NULL;
			n->n_used--;
		}
	}
	if (n->n_used > 0)
		return true;
	cache_free(&idx_cache, n);
	return false;
}

uint64_t
vm_object_pages(void)
{
	return load_relaxed(&object_pages);
}

struct page *
pageidx_remove(struct vm_object *vo, uint64_t index)
{
	struct page *pg = NULL;

	if (vo->vo_root == NULL || !idx_covers(vo->vo_height, index))
		return NULL;
	if (!idx_remove(vo->vo_root, vo->vo_height, index, &pg)) {
		vo->vo_root = NULL;
		vo->vo_height = 0;
	}
	if (pg != NULL) {
		store_relaxed(&vo->vo_npages, vo->vo_npages - 1);
		atomic_sub(&object_pages, 1);
	}
	return pg;
}

/* Puts levels on top until index has a place. */
static int
idx_raise(struct vm_object *vo, uint64_t index)
{
	while (!idx_covers(vo->vo_height, index)) {
		struct idx_node *n = cache_alloc(&idx_cache);

		if (n == NULL)
			return ENOMEM;
		if (vo->vo_root != NULL) {
			n->n_slot[0] = vo->vo_root;
			n->n_used = 1;
		}
		vo->vo_root = n;
		vo->vo_height++;
		/*
		 * An empty tree needs no nodes below the top: start at the height that is needed.
		 */
		while (n->n_used == 0 && !idx_covers(vo->vo_height, index))
			vo->vo_height++;
	}
	return 0;
}

int
pageidx_insert(struct vm_object *vo, uint64_t index, struct page *pg)
{
	struct idx_node *n;
	int error = idx_raise(vo, index);

	n = vo->vo_root;
	for (uint32_t level = vo->vo_height; error == 0 && level > 1; level--) {
		void **slot = &n->n_slot[idx_slot(index, level)];

		if (*slot == NULL) {
			if ((*slot = cache_alloc(&idx_cache)) == NULL) {
				error = ENOMEM;
				break;
			}
			n->n_used++;
		}
		n = *slot;
	}
	if (error != 0) {
		pageidx_remove(vo, index);	/* takes the empty nodes back */
		return error;
	}
	ASSERT(n->n_slot[idx_slot(index, 1)] == NULL);
	n->n_slot[idx_slot(index, 1)] = pg;
	n->n_used++;
	store_relaxed(&vo->vo_npages, vo->vo_npages + 1);
	atomic_add(&object_pages, 1);
	return 0;
}

static struct page *
idx_next(const struct idx_node *n, uint32_t level, uint64_t base, uint64_t *index)
{
	uint64_t span = 1ull << (IDX_BITS * (level - 1));
	uint32_t first = *index <= base ? 0 : idx_slot(*index, level);

	for (uint32_t i = first; i < IDX_SLOTS; i++) {
		struct page *pg;

		if (n->n_slot[i] == NULL)
			continue;
		if (level == 1) {
			*index = base + i;
			return n->n_slot[i];
		}
		if ((pg = idx_next(n->n_slot[i], level - 1, base + i * span, index)) != NULL)
			return pg;
	}
	return NULL;
}

struct page *
pageidx_next(const struct vm_object *vo, uint64_t *index)
{
	if (vo->vo_root == NULL || !idx_covers(vo->vo_height, *index))
		return NULL;
	return idx_next(vo->vo_root, vo->vo_height, 0, index);
}
