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
#define VR_LOCKED	0x4u		/* of requests; a region says who locked it: vr_locker */
#define VR_NORESERVE	0x8u
#define VR_HUGE		0x10u		/* huge pages as soon as may be */
#define VR_NOHUGE	0x20u		/* none */

/*
 * A node of the tree of regions of one or more spaces: vm/region.c. All of it is constant while
 * n_refs or that of a node above is more than one.
 */
struct vm_node {
	refcount_t	 n_refs;	/* spaces that begin with it, nodes that have it below */
	uint32_t	 n_prio;	/* random; none below has a higher one */
	struct vm_node	*n_left;	/* ref */
	struct vm_node	*n_right;	/* ref */
	struct vm_region *n_region;	/* ref */
	vaddr_t		 n_min;		/* start of the first region of this subtree */
	vaddr_t		 n_max;		/* end of its last */
	uint64_t	 n_gap;		/* widest hole between two neighbours of it */
	bool		 n_apart;	/* holds a region that fork treats apart */
};

/*
 * A range of one or more spaces with one set of properties. Constant while vr_refs is more than
 * one, or the node that has it is (but for the links and the marks of the object).
 *   V  vs_lock of the only space that has it: write to change
 *   V+O  vs_lock and, when there is an object, its vo_lock: either suffices to read
 *   C  constant	  O  vo_lock	T  the tree's own (region.c)	A  atomic
 */
struct vm_region {
	struct vm_node	 vr_node;	/* T  for its first place in a tree */
	refcount_t	 vr_refs;	/* A  nodes that have it */
	uint8_t		 vr_prot;	/* V */
	uint8_t		 vr_max_prot;	/* V */
	uint8_t		 vr_inherit;	/* V  enum vm_inherit: region_usual_inherit at first */
	uint8_t		 vr_flags;	/* V  VR_*, without LOCKED */
	vaddr_t		 vr_start;	/* V+O */
	vaddr_t		 vr_end;	/* V+O */
	uint64_t	 vr_offset;	/* V+O  in the object, bytes; 0 without */
	uint64_t	 vr_locker;	/* V  vs_id of the space that locked it last, or 0 */
	struct vm_object *vr_object;	/* V  ref   null: anonymous private memory */
	struct vm_family *vr_family;	/* V  ref   with an object: where to look for spaces that
					 * have this region */
	struct list	 vr_obj_link;	/* O  vo_regions; then in a list of dead regions */
	uint32_t	 vr_pins;	/* O  truncations that stand at it */
	bool		 vr_dead;	/* O  in no tree any more: the last pin is to free it */
	struct vnode	*vr_vnode;	/* C  ref */
	const char	*vr_name;	/* C */
};

/*
 * region.c: the tree. vs_lock is held for writing (looking up: any way) and given up by
 * space_unlock.
 */
struct vm_region *region_find(const struct vm_space *, vaddr_t va);	/* holds va */
/* the first that ends above va */
struct vm_region *region_next(const struct vm_space *, vaddr_t va);
/* the same of those that fork treats apart: whose inherit is not what is usual for their kind */
struct vm_region *region_next_apart(const struct vm_space *, vaddr_t va);
/* the last that starts below va */
struct vm_region *region_before(const struct vm_space *, vaddr_t va);
bool	region_range_free(const struct vm_space *, vaddr_t start, vaddr_t end);
/* The highest free place of len bytes in [lo, hi), 0 when there is none. */
vaddr_t	region_find_space(const struct vm_space *, size_t len, vaddr_t lo, vaddr_t hi);
/* Zeroed, in no tree or list. Null: no memory. */
struct vm_region *region_alloc(void);
/*
 * A copy of r's properties with references of its own, in no tree or list. Null: no memory.
 */
struct vm_region *region_clone(const struct vm_region *r);
/* An object at this offset for a region that has none yet. References are taken. */
void	region_set_object(struct vm_family *, struct vm_region *, struct vm_object *,
    uint64_t offset);

/*
 * What others have as well is frozen: before a change, the space gets copies of its own. These
 * three can fail (ENOMEM) and then nothing has changed that anybody can see; what follows them
 * under the same hold of vs_lock cannot.
 */
/* For region_insert at va, region_set_bounds and region_refresh of the one that starts there. */
int	tree_own(struct vm_space *, vaddr_t va);
/* For region_remove of the range: both edges. */
int	tree_own_range(struct vm_space *, vaddr_t start, vaddr_t end);
/* For any change of *r, in whose place there may be a copy now; includes tree_own. */
int	region_own(struct vm_space *, struct vm_region **r);

/* Into the tree, with the caller's reference, and the object's list; counts it in the space. */
void	region_insert(struct vm_space *, struct vm_region *);
/*
 * The same without the object's list: the caller has put it there, under region_obj_lock, behind
 * the one that it is a copy of (region_link_copy).
 */
void	region_insert_linked(struct vm_space *, struct vm_region *);
/* vo_lock held: c, a clone or a part of r, into the object's list (when there is an object). */
void	region_link_copy(struct vm_region *r, struct vm_region *c);
/* All regions of the range, none of which sticks out, out of the tree and the counts. */
void	region_remove(struct vm_space *, vaddr_t start, vaddr_t end);
/* Changes the borders; the offset follows the start. No neighbour may be overrun. */
void	region_set_bounds(struct vm_space *, struct vm_region *, vaddr_t start, vaddr_t end);
/* After a change of inherit. */
void	region_refresh(struct vm_space *, struct vm_region *);
/* Cuts r in two at va, which lies inside; *r keeps the lower part. Both are own then. ENOMEM. */
int	region_clip(struct vm_space *, struct vm_region **r, vaddr_t va, struct vm_region **upper);
/*
 * Joins r to its lower neighbour if they are alike (and it can be done); returns the one that
 * holds r's range.
 */
struct vm_region *region_merge(struct vm_space *, struct vm_region *r);
/* Drops a reference on a tree: what nobody else has goes, with preemption points. */
void	node_drop(struct vm_space *, struct vm_node *);
/* Drops references and storage of dead regions. No locks held. */
void	region_reap(struct list *dead);
/* Gives up vs_lock, held for writing, and reaps what died meanwhile. */
void	space_unlock(struct vm_space *);
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
/* What fork does by sharing page tables and regions. */
static inline uint8_t
region_usual_inherit(const struct vm_region *r)
{
	return region_shared(r) ? VM_INHERIT_SHARE : VM_INHERIT_COPY;
}
static inline bool
region_locked(const struct vm_space *vs, const struct vm_region *r)
{
	return r->vr_locker == vs->vs_id;
}
/* Its flags as those of a request. */
static inline uint32_t
region_flags(const struct vm_space *vs, const struct vm_region *r)
{
	return r->vr_flags | (region_locked(vs, r) ? VR_LOCKED : 0);
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

/* family.c: spaces that fork from each other. No locks that spin held. */
struct vm_family;
struct vm_family *family_create(void);		/* with one reference; null: no memory */
void	family_hold(struct vm_family *);
void	family_drop(struct vm_family *);
/* vs, with a reference of its own on the family, can be found from now on. Does not sleep. */
void	family_join(struct vm_family *, struct vm_space *vs);
/* No longer: waits for those who look at it. Drops the reference. */
void	family_leave(struct vm_space *vs);
/*
 * The first space of a family (vs null), or the one after vs; null at the end. The space stays
 * until the next call, which must come.
 */
struct vm_space *family_next(struct vm_family *, struct vm_space *vs);

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
/* ENOMEM: nothing happened. */
int	unmap_locked(struct vm_space *, vaddr_t start, vaddr_t end);
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
 * Calls fn for each region of the range, cut to it, and joins what became alike. fn does
 * region_own before it changes one. ENOMEM: a hole (at_hole_stop: the rest is left alone) or no
 * memory for a cut; else fn's first error, which ends it.
 */
int	range_each(struct vm_space *, vaddr_t start, vaddr_t end, bool at_hole_stop,
	    int (*fn)(struct vm_space *, struct vm_region *, uint64_t arg), uint64_t arg);

#endif
