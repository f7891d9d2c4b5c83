/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel/mem/cache.c, census.c: object caches and kmalloc. */
#include "../unit.h"
#include "../memfail.h"
#include "mem/cache.h"
#include "mem/census.h"
#include "mem/page.h"

struct thing {
	uint64_t tag;
	char	 body[100];
};

struct wide {
	char	 body[200];
} __aligned(64);

struct huge {
	char	 body[9000];
};

static struct cache thing_cache = CACHE_INIT("thing", struct thing);
static struct cache wide_cache = CACHE_INIT("wide", struct wide);
static struct cache huge_cache = CACHE_INIT("huge", struct huge);

static int
setup(void **state)
{
	(void)state;
	host_init(32ul << 20);
	return 0;
}

static void
objects_are_zeroed_and_apart(void **state)
{
	static struct thing *t[1000];
	static const char zero[sizeof(struct thing)];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (uint64_t i = 0; i < nitems(t); i++) {
			assert_non_null(t[i] = cache_alloc(&thing_cache));
			assert_int_equal(memcmp(t[i], zero, sizeof(zero)), 0);
			memset(t[i], 0xff, sizeof(*t[i]));
			t[i]->tag = i;
		}
		assert_int_equal(cache_live(&thing_cache), nitems(t));
		assert_int_equal(census_live("thing"), nitems(t));
		for (uint64_t i = 0; i < nitems(t); i++) {
			assert_int_equal(t[i]->tag, i);
			cache_free(&thing_cache, t[i]);
		}
		assert_int_equal(cache_live(&thing_cache), 0);
	}
	assert_true(pages_slab_count() < 16);	/* empty slabs went back */
	cache_free(&thing_cache, NULL);
}

static void
alignment_and_large_objects(void **state)
{
	void *w[40], *h[10];

	(void)state;
	for (uint32_t i = 0; i < nitems(w); i++) {
		w[i] = cache_alloc(&wide_cache);
		assert_int_equal((uintptr_t)w[i] % 64, 0);
	}
	for (uint32_t i = 0; i < nitems(h); i++) {
		assert_non_null(h[i] = cache_alloc(&huge_cache));
		memset(h[i], (int)i, sizeof(struct huge));
	}
	for (uint32_t i = 0; i < nitems(h); i++) {
		assert_int_equal(((struct huge *)h[i])->body[8999], i);
		cache_free(&huge_cache, h[i]);
	}
	for (uint32_t i = 0; i < nitems(w); i++)
		cache_free(&wide_cache, w[i]);
}

static void
kmalloc_any_size(void **state)
{
	uint64_t before = pages_total - pages_free_count() - pages_slab_count();

	(void)state;
	for (size_t size = 0; size <= 20000; size += 1 + size / 7) {
		char *p = kmalloc(size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % 16, 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0x5a, size);
		kfree(p);
	}
	for (size_t size = PAGE_SIZE; size <= 4ul << 20; size *= 2) {
		void *p = kmalloc(size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % PAGE_SIZE, 0);
		memset(p, 1, size);
		kfree(p);
	}
	assert_null(kmalloc((4ul << 20) + 1));
	assert_null(kmalloc(SIZE_MAX));
	assert_null(kmalloc_array(SIZE_MAX / 2, 3));
	kfree(NULL);
	assert_int_equal(pages_total - pages_free_count() - pages_slab_count(), before);
}

static void
census_text(void **state)
{
	struct thing *t = cache_alloc(&thing_cache);
	char buf[4096], small[10];
	void *big = kmalloc(100000);
	size_t n = census_format(buf, sizeof(buf));

	(void)state;
	assert_int_equal(n, strlen(buf));
	assert_non_null(strstr(buf, "thing 1\n"));
	assert_non_null(strstr(buf, "kmalloc_bytes 131072\n"));
	assert_non_null(strstr(buf, "pages_free "));
	assert_int_equal(census_format(small, sizeof(small)), n);
	assert_int_equal(census_format(NULL, 0), n);
	cache_free(&thing_cache, t);
	kfree(big);
}

static void
out_of_memory(void **state)
{
	struct { void *next; char body[1000]; } *all = NULL, *p;
	uint64_t before = pages_total - pages_free_count() - pages_slab_count(), n = 0;

	(void)state;
	while ((p = kmalloc(sizeof(*p))) != NULL) {
		p->next = all;
		all = (void *)p;
		n++;
	}
	assert_true(n > 20000);
	while ((p = (void *)all) != NULL) {
		all = p->next;
		kfree(p);
	}
	assert_int_equal(pages_total - pages_free_count() - pages_slab_count(), before);
	mem_fail_after(0, 1);
	assert_null(cache_alloc(&thing_cache));
	mem_fail_clear();
	mem_fail_after(0, 1);
	assert_null(kstrdup("x"));
	mem_fail_clear();
}

static void
free_thing(void *t)
{
	cache_free(&thing_cache, t);
}

static void
free_as_wide(void *t)
{
	cache_free(&wide_cache, t);
}

static void
alloc_things(void *arg)
{
	for (int i = 0; i < 30; i++)
		arg = cache_alloc(&thing_cache);
	(void)arg;
}

static void
mistakes_stop_the_kernel(void **state)
{
	struct thing *t = cache_alloc(&thing_cache);

	(void)state;
	assert_true(host_panics(free_as_wide, t));
	cache_free(&thing_cache, t);
	assert_true(host_panics(free_thing, t));
	assert_non_null(strstr(host_panic_text, "freed twice"));
	t->body[50] = 'x';
	assert_true(host_panics(alloc_things, NULL));
	assert_non_null(strstr(host_panic_text, "written after it was freed"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_are_zeroed_and_apart),
		cmocka_unit_test(alignment_and_large_objects),
		cmocka_unit_test(kmalloc_any_size),
		cmocka_unit_test(census_text),
		cmocka_unit_test(out_of_memory),
		cmocka_unit_test(mistakes_stop_the_kernel),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
