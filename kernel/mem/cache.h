/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Object caches (one kind of object each) and kmalloc (any size). Nothing here sleeps; interrupts
 * and spin locks of a rank before RANK_CACHE are fine. Memory comes back zeroed. Every cache
 * counts its live objects (mem/census.h).
 */
#ifndef MEM_CACHE_H
#define MEM_CACHE_H

#include "lib/klib.h"
#include "sync/spin.h"

struct cache_cpu;

struct cache {
	const char	*c_name;
	uint32_t	 c_objsize;	/* as asked */
	uint32_t	 c_align;
	struct spinlock	 c_lock;	/* guards the slabs and setting up */
	uint32_t	 c_size;	/* of a slot: objsize rounded up; 0 until set up */
	uint32_t	 c_order;	/* of a slab */
	uint32_t	 c_perslab;
	uint32_t	 c_nempty;	/* slabs without any object in use, kept */
	struct list	 c_partial;	/* slabs with a free slot */
	struct cache_cpu *c_cpu;	/* per CPU: magazine and count; null until set up */
	struct cache	*c_next;	/* in the list of all caches */
};

#define CACHE_INIT_SIZE(name, size, align) \
	{ .c_name = (name), .c_objsize = (size), .c_align = (align), \
	    .c_lock = SPINLOCK_INIT(name, RANK_CACHE) }
/*
 * struct cache foo_cache = CACHE_INIT("foo", struct foo); sets itself up at first use. At most 16
 * KiB each.
 */
#define CACHE_INIT(name, type)	CACHE_INIT_SIZE(name, sizeof(type), _Alignof(type))

/* A zeroed object, or null when memory is out. */
void	*cache_alloc(struct cache *) __must_check;
/* Gives it back; null is allowed. */
void	 cache_free(struct cache *, void *);
/* Objects allocated and not freed; exact when nothing allocates meanwhile. */
uint64_t cache_live(const struct cache *);
/*
 * For an object from outside, as in cpu bring-up: makes the cache ready without allocating; false
 * when out of memory.
 */
bool	 cache_prepare(struct cache *);

/*
 * size bytes (up to 4 MiB), zeroed, aligned to 16 (to the page from 4 KiB on); null when out or
 * larger. kmalloc(0) is a valid object.
 */
void	*kmalloc(size_t size) __must_check;
/* kmalloc(n * size), null when that overflows. */
void	*kmalloc_array(size_t n, size_t size) __must_check;
void	 kfree(void *);
#ifdef KASAN
/* For a report: what p, an address of RAM, points to, if it is in a cache's slab. */
void	 cache_about(const void *p, char *buf, size_t size);
#endif
/* A copy of s by kmalloc. */
char	*kstrdup(const char *s) __must_check;

#endif
