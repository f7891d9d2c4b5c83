/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of user address spaces: vm/pmap.c, with the machine's part (arch/pte.h).
 *
 * A pmap has a spin lock of its own (RANK_PMAP): every call is safe against any other, but what a
 * sequence of calls means is the business of the address space's lock. Tables may be shared with
 * other pmaps after a fork: whoever has an address space's lock does not see that, but for
 * ENOMEM. A change that takes rights away is recorded and done to the other CPUs' TLBs by
 * pmap_update: until then a program may still use the old translation.
 */
#ifndef ARCH_PMAP_H
#define ARCH_PMAP_H

#include "arch/arch.h"

struct page;
struct vm_object;

#ifndef VM_PROT_READ
#define VM_PROT_READ	1u
#define VM_PROT_WRITE	2u
#define VM_PROT_EXEC	4u
#endif

#define PMAP_CANFAIL	1u	/* always implied */
#define PMAP_NEW	2u	/* only if nothing is there, else EEXIST */

/* An empty one, or null: no memory. */
struct pmap *pmap_create(void);
/*
 * Drops all pages that are still mapped and frees the page tables, with preemption points. No LWP
 * uses it any more.
 */
void	pmap_destroy(struct pmap *);

/*
 * Every mapped page owns one reference on its struct page. A page may be mapped without any
 * rights (prot 0): it counts as mapped everywhere below, but each access faults. WRITE and EXEC
 * imply READ.
 */
/*
 * Maps one page, replacing what was there; takes over the caller's reference. The old page's
 * reference is dropped, after the TLBs are clean. ENOMEM: no memory for a table, EEXIST
 * (PMAP_NEW): nothing changed, the caller keeps the reference.
 */
int	pmap_enter(struct pmap *, vaddr_t, paddr_t, uint32_t prot, uint32_t flags);
/*
 * Maps a huge page, where there is neither a page nor a table for small ones; takes over the
 * reference. EEXIST, ENOMEM: nothing changed.
 */
int	pmap_enter_huge(struct pmap *, vaddr_t, struct page *head, uint32_t prot);
/* Whether it is worth while to map a huge page behind the one at va: that is, or is nearly full. */
bool	pmap_dense(struct pmap *, vaddr_t);
/*
 * Sets the rights of a mapped page, where nothing is taken away; of a huge page, if it lies
 * within start and end (else it is taken apart). ENOENT: nothing is mapped; ENOMEM.
 */
int	pmap_upgrade(struct pmap *, vaddr_t, uint32_t prot, vaddr_t start, vaddr_t end);
/*
 * The next four only record what must be flushed: pmap_update. Ranges are page aligned. Removed
 * pages are dropped after the flush.
 */
/*
 * Before pmap_remove of the same range, under the same hold of the address space's lock: makes
 * the tables that the range covers in part this pmap's own. ENOMEM: nothing has changed for the
 * program.
 */
int	pmap_prepare(struct pmap *, vaddr_t start, vaddr_t end);
void	pmap_remove(struct pmap *, vaddr_t start, vaddr_t end);
/* Takes rights away: new rights are old & prot. ENOMEM: done for a part of the range. */
int	pmap_protect(struct pmap *, vaddr_t start, vaddr_t end, uint32_t prot);
/*
 * Truncation: removes pages also from tables that are shared with other pmaps, for all of them.
 * only: null, or the object whose pages are meant (the rest of the range stays). The vo_lock of
 * the object that the range maps is held, in this pmap and in all that may share its tables.
 */
void	pmap_zap(struct pmap *, vaddr_t start, vaddr_t end, const struct vm_object *only);
/*
 * fork: a new pmap with all pages of src, in the same places. Pages of no object (private ones)
 * lose the write right in both. Flushes src's old rights on all CPUs before it returns. Null: no
 * memory.
 */
struct pmap *pmap_fork(struct pmap *src);
/*
 * Does the recorded flushes on all CPUs, then drops pages and tables, with preemption points. No
 * spin locks held.
 */
void	pmap_update(struct pmap *);

/* What is mapped, and what a program may do there. False: nothing. Results may be null. */
bool	pmap_extract(struct pmap *, vaddr_t, paddr_t *, uint32_t *prot);
/*
 * The same before a write: makes the tables of this place the pmap's own first, so that the
 * page's count says whether others have it. ENOENT: nothing is mapped; ENOMEM. prot may be null.
 */
int	pmap_extract_own(struct pmap *, vaddr_t, paddr_t *, uint32_t *prot);
/*
 * Calls fn(arg, va, pa, prot) for each mapped page of the range, ascending, under the pmap's spin
 * lock. When fn returns false it stops. Returns the address to go on from: behind the last page
 * that fn saw, or end.
 */
vaddr_t	pmap_walk(struct pmap *, vaddr_t start, vaddr_t end,
	    bool (*fn)(void *arg, vaddr_t va, paddr_t pa, uint32_t prot), void *arg);
/* Pages mapped now. */
uint64_t pmap_resident(const struct pmap *);
/* So far: root entries handed to children, tables copied and taken over because of that. */
struct pmap_counts {
	uint64_t	 shared, copied, taken;
};
void	pmap_counts(const struct pmap *, struct pmap_counts *);

/*
 * Every CPU that runs an LWP on this address space (null: every CPU) has passed a full memory
 * barrier between call and return. May spin; not in interrupts.
 */
void	pmap_barrier(struct pmap *);

/* curlwp uses this address space from now on; null: none (its old one may then be destroyed). */
void	pmap_activate(struct pmap *);

#endif
