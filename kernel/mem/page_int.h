/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of mem/ share. */
#ifndef MEM_PAGE_INT_H
#define MEM_PAGE_INT_H

#include "mem/cache.h"
#include "mem/page.h"

#define MEM_POISON	0xdbdbdbdbdbdbdbdbull	/* freed memory in debug kernels */

/* page_alloc without failure injection, for allocators on top that have already asked. */
struct page *page_alloc_raw(uint32_t order, uint32_t flags);

/* Counts of pages in object caches (A). */
extern uint64_t pages_slab;

/* All caches that were set up, newest first; grows only. */
extern struct cache *cache_list;
/* Bytes in kmallocs larger than any cache serves (A). */
extern uint64_t kmalloc_large_bytes;

/*
 * Gives up what this CPU keeps: its single pages; a cache's magazine and empty slabs. Any
 * context.
 */
void	page_shrink_cpu(void);
void	cache_shrink_cpu(struct cache *);
#ifdef KASAN
/* This CPU's freed objects that wait for being used again go back to their caches. */
void	cache_quarantine_drain(void);
#endif
/* reclaim.c: memory is low and the process is to be told; who can do it (no spin lock held). */
extern bool reclaim_wanted;
void	reclaim_wake(void);

/* Whether the cache is one of kmalloc's. */
bool	cache_is_kmalloc(const struct cache *);

#ifdef DEBUG
static inline void
mem_poison(void *p, size_t len)
{
	uint64_t *w = p;

	for (size_t i = 0; i < len / 8; i++)
		w[i] = MEM_POISON;
}

static inline bool
mem_is_poison(const void *p, size_t len)
{
	const uint64_t *w = p;

	for (size_t i = 0; i < len / 8; i++) {
		if (w[i] != MEM_POISON)
			return false;
	}
	return true;
}
#else
static inline void
mem_poison(void *p __unused, size_t len __unused)
{
}
static inline bool
mem_is_poison(const void *p __unused, size_t len __unused)
{
	return true;
}
#endif

#endif
