/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The census of kernel objects: for people, and for tests that compare it before and after a
 * workload. Numbers are sums over CPUs that go on meanwhile: they are exact only when nothing
 * else runs.
 */
#include "arch/arch.h"
#include "mem/cache.h"
#include "mem/census.h"
#include "mem/page.h"
#include "mem/page_int.h"

static void
census_line(struct textbuf *o, const char *name, uint64_t n)
{
	textbuf_printf(o, "%s %llu\n", name, (unsigned long long)n);
}

size_t
census_format(char *buf, size_t size)
{
	struct textbuf o = { buf, size, 0 };
	uint64_t bytes = load_relaxed(&kmalloc_large_bytes);
	uint64_t nfree = pages_free_count(), nslab = pages_slab_count();

	for (const struct cache *c = load_acquire(&cache_list); c != NULL; c = c->c_next) {
		if (cache_is_kmalloc(c))
			bytes += cache_live(c) * c->c_size;
		else
			census_line(&o, c->c_name, cache_live(c));
	}
	census_line(&o, "kmalloc_bytes", bytes);
	census_line(&o, "pages_total", pages_total);
	census_line(&o, "pages_free", nfree);
	census_line(&o, "pages_slab", nslab);
	census_line(&o, "pages_table", pages_table_count());
	census_line(&o, "pages_kstack_cached", arch_kstack_cached());
	census_line(&o, "pages_used", pages_total - nfree - nslab);
	return o.tb_len;
}

uint64_t
census_live(const char *name)
{
	for (const struct cache *c = load_acquire(&cache_list); c != NULL; c = c->c_next) {
		if (strcmp(c->c_name, name) == 0)
			return cache_live(c);
	}
	return 0;
}
