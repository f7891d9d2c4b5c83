/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of user address spaces.
 *
 * A pmap has a spin lock of its own (RANK_PMAP): every call is safe against any other, but what a sequence of calls means is the
 * business of the address space's lock. A change that takes rights away is recorded and done to the other CPUs' TLBs by
 * pmap_update: until then a program may still use the old translation, so pages that were unmapped are freed after it.
 */
#ifndef ARCH_PMAP_H
#define ARCH_PMAP_H

#include "arch/arch.h"

#ifndef VM_PROT_READ
#define VM_PROT_READ	1
#define VM_PROT_WRITE	2
#define VM_PROT_EXEC	4
#endif

#define PMAP_CANFAIL	1u	/* always implied */

/* An empty one, or null: no memory. */
struct pmap *pmap_create(void);
/* Frees the page tables (the pages mapped are not pmap's business). No LWP uses it any more. */
void	pmap_destroy(struct pmap *);

/*
 * Maps one page, replacing what was there. If another page was there, or rights went away, all TLBs are clean on return: the
 * old page may be freed. ENOMEM: no memory for a table; nothing changed.
 */
int	pmap_enter(struct pmap *, vaddr_t, paddr_t, uint32_t prot, uint32_t flags);
/* The three below only record what must be flushed: pmap_update. Ranges are page aligned. */
void	pmap_remove(struct pmap *, vaddr_t start, vaddr_t end);
/* Takes rights away: new rights are old & prot. prot 0 keeps the entry, not accessible. */
void	pmap_protect(struct pmap *, vaddr_t start, vaddr_t end, uint32_t prot);
/*
 * fork: enters src's pages of the range in dst too (which has none there), taking a page_hold for each that is a
 * struct page. clear_write: first takes the write right away from src. ENOMEM: dst holds a part (with the references); the caller
 * removes it. pmap_update(src) afterwards.
 */
int	pmap_copy_range(struct pmap *dst, struct pmap *src, vaddr_t start, vaddr_t end, bool clear_write);
/* Does the recorded flushes on all CPUs; frees table pages. May not be called in interrupts. */
void	pmap_update(struct pmap *);

/* False when nothing is mapped. Results may be null. */
bool	pmap_extract(struct pmap *, vaddr_t, paddr_t *, uint32_t *prot, bool *dirty);
/*
 * Calls fn(arg, va, pa, prot, dirty) for every mapped page of the range, ascending, under the pmap's spin lock: to drop page
 * references one first collects them. Stops when fn returns false; returns the address to go on from (end when done).
 */
vaddr_t	pmap_walk(struct pmap *, vaddr_t start, vaddr_t end,
	    bool (*fn)(void *arg, vaddr_t va, paddr_t pa, uint32_t prot, bool dirty), void *arg);
/* Pages mapped now. */
size_t	pmap_resident(const struct pmap *);

/* curlwp uses this address space from now on; null: none (its old one may then be destroyed). */
void	pmap_activate(struct pmap *);

#endif
