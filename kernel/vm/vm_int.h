/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of vm/ share: regions, the page index, the fault resolver. */
#ifndef VM_VM_INT_H
#define VM_VM_INT_H

#include "arch/arch.h"
#include "arch/pmap.h"
#include "mem/cache.h"
#include "mem/page.h"
#include "sched/sched.h"
#include "vm/vm.h"

#define VM_REGIONS_MAX	65530u		/* per space */
#define VM_STACK_GAP	(256 * PAGE_SIZE)	/* kept free below a growing stack */
#define VM_CHUNK	(8ul << 20)	/* bytes of a space worked on between two preemption
					 * points */

/* vr_flags */
#define VR_SHARED	0x1u
#define VR_GROWSDOWN	0x2u
#define VR_LOCKED	0x4u
#define VR_NORESERVE	0x8u

/*
 * A range of a space with one set of properties.
 *   V  vs_lock of vr_space: write to change	V+O  vs_lock and, when there is an object, its
 * 						vo_lock: either suffices to read
 *   C  constant	T  the tree's own (region.c), V	  A  atomic
 */
struct vm_region {
	struct vm_region *vr_left;	/* T */
	struct vm_region *vr_right;	/* T */
	vaddr_t		 vr_min;	/* T  start of the first region of this subtree */
	vaddr_t		 vr_max;	/* T  end of its last */
	uint64_t	 vr_gap;	/* T  widest hole between two neighbours of it */
	uint8_t		 vr_height;	/* T */
	uint8_t		 vr_prot;	/* V */
	uint8_t		 vr_max_prot;	/* V */
	uint8_t		 vr_inherit;	/* V  enum vm_inherit */
	uint16_t	 vr_flags;	/* V  VR_* */
	bool		 vr_has_anon;	/* A  private, of an object: may have copies of its own */
	struct vm_space	*vr_space;	/* C  weak  while in the tree */
	vaddr_t		 vr_start;	/* V+O */
	vaddr_t		 vr_end;	/* V+O */
	uint64_t	 vr_offset;	/* V+O  in the object, bytes; 0 without */
	struct vm_object *vr_object;	/* C  ref   null: anonymous private memory */
	struct list	 vr_obj_link;	/* O  vo_regions; in a list of dead regions once out of
					 * the tree */
	struct vnode	*vr_vnode;	/* C  ref */
	const char	*vr_name;	/* C */
};

/* region.c: the tree. vs_lock is held for writing (looking up: any way). */
struct vm_region *region_find(const struct vm_space *, vaddr_t va);	/* holds va */
/* the first that ends above va */
struct vm_region *region_next(const struct vm_space *, vaddr_t va);
/* the last that starts below va */
struct vm_region *region_before(const struct vm_space *, vaddr_t va);
bool	region_range_free(const struct vm_space *, vaddr_t start, vaddr_t end);
/* The highest free place of len bytes in [lo, hi), 0 when there is none. */
vaddr_t	region_find_space(const struct vm_space *, size_t len, vaddr_t lo, vaddr_t hi);
struct vm_region *region_alloc(void);
/*
 * A copy of r's properties with references of its own, in no tree or list, for any space. Null:
 * no memory.
 */
struct vm_region *region_clone(const struct vm_region *r, struct vm_space *);
/* Into the tree and the object's list; counts it in the space. */
void	region_insert(struct vm_space *, struct vm_region *);
/* Out of both and of the counts, onto a list for region_reap. */
void	region_remove(struct vm_space *, struct vm_region *, struct list *dead);
/* Changes the borders; the offset follows the start. No neighbour may be overrun. */
void	region_set_bounds(struct vm_space *, struct vm_region *, vaddr_t start, vaddr_t end);
/* Cuts r in two at va, which lies inside; r keeps the lower part. ENOMEM. */
int	region_clip(struct vm_space *, struct vm_region *r, vaddr_t va, struct vm_region **upper);
/* Joins r to its lower neighbour if they are alike; returns the one that holds r's range. */
struct vm_region *region_merge(struct vm_space *, struct vm_region *r, struct list *dead);
/* Drops references and storage of removed regions. No locks held. */
void	region_reap(struct list *dead);
/* Adds (sign 1) or takes (-1) a region of npages with r's properties from the space's counts. */
void	region_account(struct vm_space *, const struct vm_region *r, uint64_t npages, int sign);
static inline uint64_t
region_pages(const struct vm_region *r)
{
	return (r->vr_end - r->vr_start) >> PAGE_SHIFT;
}
static inline bool
region_shared(const struct vm_region *r)
{
	return (r->vr_flags & VR_SHARED) != 0;
}
/* The object's page index for va. */
static inline uint64_t
region_index(const struct vm_region *r, vaddr_t va)
{
	return (r->vr_offset + (va - r->vr_start)) >> PAGE_SHIFT;
}
/* The object's lock, if there is an object. */
void	region_obj_lock(const struct vm_region *);
void	region_obj_unlock(const struct vm_region *);
/*
 * Tree only: for a region whose object list link is handled by the caller (under
 * region_obj_lock).
 */
void	region_insert_linked(struct vm_space *, struct vm_region *);

/* pageidx.c: the pages of an object by index. vo_lock is held. */
struct page *pageidx_lookup(const struct vm_object *, uint64_t index);
/* ENOMEM; the place is free */
int	pageidx_insert(struct vm_object *, uint64_t index, struct page *);
struct page *pageidx_remove(struct vm_object *, uint64_t index);
/* The first page with an index >= *index, which is set to its index; null when there is none. */
struct page *pageidx_next(const struct vm_object *, uint64_t *index);

/*
 * object.c: vo_lock held; a fresh page in a hole of an object without fill. Not held for the
 * caller.
 */
int	vm_object_make_page_locked(struct vm_object *, uint64_t index, struct page **);

/* fault.c */
/*
 * Makes va (in r) accessible; rights are the caller's business. vs_lock is held in any way and
 * stays so. hold: the page is wanted as well, with a reference.
 */
int	fault_region(struct vm_space *, struct vm_region *r, vaddr_t va, bool write,
    struct page **hold);
/* A fault below a stack: grows it so that va is inside. No locks held. EFAULT when it may not. */
int	fault_grow_stack(struct vm_space *, vaddr_t va);

/* map.c: vs_lock held for writing. */
bool	range_ok(vaddr_t va, size_t len);	/* aligned, not empty, user space */
int	unmap_locked(struct vm_space *, vaddr_t start, vaddr_t end, struct list *dead);
/* The first address of the range that has a page in the page tables; end when there is none. */
vaddr_t	space_next_mapped(struct vm_space *, vaddr_t start, vaddr_t end);
/* Takes the pages of a range out of the page tables and flushes; after pmap_prepare. */
void	space_remove_pages(struct vm_space *, vaddr_t start, vaddr_t end);
/* Whether npages more with these properties are within the limits: 0, ENOMEM, EAGAIN (memlock). */
int	space_check_limits(const struct vm_space *, uint64_t npages, uint32_t prot,
    uint32_t vr_flags);
vaddr_t	space_find_place(const struct vm_space *, vaddr_t hint, size_t len, bool low32);
/* Faults a range in until the first error, which is returned. No locks held. */
int	space_populate(struct vm_space *, vaddr_t start, vaddr_t end, bool write);

/*
 * Calls fn for each region of the range, cut to it, and joins what became alike. ENOMEM: a hole
 * (at_hole_stop: the rest is left alone) or no memory for a cut; else fn's first error, which
 * ends it.
 */
int	range_each(struct vm_space *, vaddr_t start, vaddr_t end, bool at_hole_stop,
	    int (*fn)(struct vm_space *, struct vm_region *, uint64_t arg), uint64_t arg,
	    struct list *dead);

#endif
