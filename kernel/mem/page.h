/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Physical pages: a struct page for each frame of RAM, a buddy allocator for runs of 2^order
 * frames, and reference counts.
 *
 * Nothing here sleeps. All functions may be called in interrupts and under spin locks of a rank
 * before RANK_PAGES.
 */
#ifndef MEM_PAGE_H
#define MEM_PAGE_H

#include "lib/klib.h"
#include "arch/arch.h"
#include "arch/pmap.h"
#include "sync/refcount.h"

struct boot_info;
struct cache;
struct lwp;
struct vm_object;

#define PT_GROUP	8u		/* slots of a page table for a bit of pg_used */
#define PAGE_ORDER_MAX	10		/* the largest run: 4 MiB */
#define PAGE_ORDER_HUGE	9		/* a huge page: what a page-table entry one level up maps */
#define PAGE_HUGE	(1ul << PAGE_ORDER_HUGE)	/* pages of it */

/* Flags of page_alloc. */
#define PG_ZERO		0x1u		/* filled with zeroes (else the contents are garbage) */
#define PG_TABLE	0x2u		/* for a page table: counted apart */

/* pg_flags; changed only by who owns the page exclusively, PGF_BUDDY under the lists' lock. */
#define PGF_RESERVED	0x01u		/* not RAM of ours: hole, kernel image, boot data */
#define PGF_FREE	0x02u		/* on a free list (head of a run) or in a per-CPU list */
#define PGF_SLAB	0x04u		/* belongs to an object cache */
#define PGF_LARGE	0x08u		/* head of a kmalloc larger than any cache serves */
#define PGF_TABLE	0x10u		/* a page table */
#define PGF_HUGE	0x20u		/* head of a run that is mapped as one or page by page */
#define PGF_TAIL	0x40u		/* the other pages of it */
#define PGF_BUDDY	0x80u		/* with PGF_FREE: head of a run in the shared lists */

/*
 * One frame. The union is its owner's: the page's state says who that is. pg_link is the free
 * lists' while free, else the owner's.
 */
struct page {
	refcount_t	 pg_refs;	/* 0: free; of a run only the head's counts */
	uint8_t		 pg_order;	/* of the run that it is the head of */
	uint8_t		 pg_flags;	/* PGF_* */
	uint16_t	 pg_spare;
	struct list	 pg_link;
	union {
		struct {				/* memory of programs, page cache */
			struct vm_object *pg_object;	/* null: anonymous private page */
			uint64_t	 pg_index;	/* page number in the object */
		};
		struct {				/* slab of an object cache */
			struct cache	*pg_cache;
			struct page	*pg_slab;	/* head of the slab, on every page of it */
			void		*pg_free;	/* head: free objects */
			uint32_t	 pg_inuse;	/* head: objects not in pg_free */
		};
		struct {				/* page table: vm/ptable.c */
			uint64_t	 pg_used;	/* bit g: slots 8g..8g+7 in use */
			uint64_t	 pg_resident;	/* leaves below */
			uint32_t	 pg_zapped;	/* of them, gone by truncation */
			uint32_t	 pg_level;	/* 0: the last */
		};
		uint64_t	 pg_words[4];		/* all of the union */
	};
} __aligned(64);	/* one cache line, and found by a shift */

STATIC_ASSERT(sizeof(struct page) == 64);

extern struct page	*page_array;	/* by frame number; covers all RAM, holes included */
extern uint64_t		 page_array_len;

/*
 * For the process that gives memory back (reclaim.c). wait: sleeps until memory is low. cpu:
 * empties what the CPU that it is called on keeps at hand.
 */
void	 mem_reclaim_wait(void);
void	 mem_reclaim_cpu(void);

/* Once, by CPU 0, before any other function of this room: takes over the RAM that bi lists. */
void	 mem_init(const struct boot_info *bi);
/*
 * Gives more RAM to the allocator (the initrd after it was unpacked): a page-aligned range below
 * the end of RAM.
 */
void	 mem_add_range(paddr_t start, size_t size);

static inline paddr_t
page_to_phys(const struct page *pg)
{
	return (paddr_t)(pg - page_array) << PAGE_SHIFT;
}

/* A run of 2^order frames, aligned to its size, with one reference. Null when there is none. */
struct page *page_alloc(uint32_t order, uint32_t flags) __must_check;
/* Frees a run whose only reference is the caller's. */
void	 page_free(struct page *, uint32_t order);
/*
 * A huge page: a run whose pages have one count of references, the head's, whichever of them is
 * meant: page_hold, page_drop and page_refs of any page of it count there. Contents are garbage.
 * Null: there is no run. One reference is the caller's.
 */
struct page *page_alloc_huge(void) __must_check;
/*
 * Takes a huge page apart that has exactly n references, all of them the caller's: each page that
 * is wanted (bit i of the map: page i) is a page by itself with one reference then, the others
 * are free. n is their number, or 1 for all of them.
 */
void	 page_huge_split(struct page *head, const uint64_t wanted[PAGE_HUGE / 64]);
/* The page whose count is that of pg: itself, or the head of its huge page. */
static inline struct page *
page_counted(struct page *pg)
{
	return likely((pg->pg_flags & PGF_TAIL) == 0) ? pg :
	    pg - (page_to_phys(pg) >> PAGE_SHIFT) % PAGE_HUGE;
}

/* One reference more; the caller has one or knows that somebody has. */
static inline void
page_hold(struct page *pg)
{
	ref_get(&page_counted(pg)->pg_refs);
}
/*
 * Gives up a reference; the last one frees the page (or run). An object's page must have left the
 * object before that.
 */
void	 page_drop(struct page *);
/* page_drop in two halves, for loops: true means that page_release of page_counted is to follow. */
static inline bool
page_unref(struct page *pg)
{
	return ref_put(&page_counted(pg)->pg_refs);
}
void	 page_release(struct page *);
static inline uint32_t
page_refs(struct page *pg)
{
	return load_acquire(&page_counted(pg)->pg_refs.r_count);
}

/* pa: an address of RAM. */
static inline struct page *
phys_to_page(paddr_t pa)
{
	KASSERT((pa >> PAGE_SHIFT) < page_array_len);
	return &page_array[pa >> PAGE_SHIFT];
}

/* Where the kernel sees the frame. */
static inline void *
page_kva(const struct page *pg)
{
	return phys_to_kva(page_to_phys(pg));
}

/* Fills one frame with zeroes; copies one frame. kva's, page aligned. */
void	 page_zero(void *kva);
void	 page_copy(void *dst, const void *src);

extern uint64_t	 pages_total;		/* frames that were given to the allocator */
uint64_t pages_free_count(void);	/* exact only when nothing allocates meanwhile */
uint64_t pages_slab_count(void);	/* frames in object caches, free objects included */
uint64_t pages_table_count(void);	/* frames allocated with PG_TABLE */

#endif
