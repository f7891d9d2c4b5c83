/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The census: how many objects of each kind live. A workload that has ended leaves it as it was
 * before.
 */
#ifndef MEM_CENSUS_H
#define MEM_CENSUS_H

#include "lib/klib.h"

/*
 * Writes lines "<name> <number>\n": every cache's live objects, then kmalloc_bytes (rounded up to
 * slots), pages_total, pages_free, pages_slab (in object caches), pages_table (page tables),
 * pages_kstack_cached (kernel stacks of LWPs that are gone, kept for the next; part of
 * pages_used) and pages_used (total - free - slab: exact, the one to compare). Returns the length
 * of the whole text; what does not fit is left out.
 */
size_t	census_format(char *buf, size_t size);
/* Live objects of the cache of that name; 0 when there is none (yet). */
uint64_t census_live(const char *name);

#endif
