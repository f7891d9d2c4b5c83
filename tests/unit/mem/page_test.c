/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel/mem/page.c, fail.c: the page allocator. */
#include "../unit.h"
#include "../memfail.h"
#include "mem/page.h"

#define RAM	(64ul << 20)

static int
setup(void **state)
{
	(void)state;
	host_init(RAM);
	return 0;
}

static void
alloc_gives_aligned_runs(void **state)
{
	uint64_t before = pages_free_count();

	(void)state;
	for (uint32_t order = 0; order <= PAGE_ORDER_MAX; order++) {
		struct page *pg = page_alloc(order, PG_ZERO);
		const uint8_t *p;

		assert_non_null(pg);
		assert_int_equal(page_to_phys(pg) & ((PAGE_SIZE << order) - 1), 0);
		assert_int_equal(page_refs(pg), 1);
		assert_int_equal(pages_free_count(), before - (1u << order));
		p = page_kva(pg);
		for (size_t i = 0; i < PAGE_SIZE << order; i += 511)
			assert_int_equal(p[i], 0);
		memset(page_kva(pg), 0xaa, PAGE_SIZE << order);
		page_free(pg, order);
	}
	assert_int_equal(pages_free_count(), before);
}

static void
hole_is_never_given(void **state)
{
	struct page *all = NULL, *pg;
	uint64_t before = pages_free_count(), n = 0;

	(void)state;
	while ((pg = page_alloc(0, 0)) != NULL) {
		paddr_t pa = page_to_phys(pg);

		assert_true(pa >= 1ul << 20 && pa < RAM);
		assert_false(pa >= 8ul << 20 && pa < 9ul << 20);
		*(struct page **)page_kva(pg) = all;
		all = pg;
		n++;
	}
	assert_int_equal(n, before);
	assert_int_equal(pages_free_count(), 0);
	assert_null(page_alloc(3, 0));
	while (all != NULL) {
		pg = all;
		all = *(struct page **)page_kva(pg);
		page_drop(pg);
	}
	assert_int_equal(pages_free_count(), before);
}

static void
runs_join_again(void **state)
{
	static struct page *pages[20000];
	uint64_t n = 0, large = 0, again = 0;
	struct page *big[64];

	(void)state;
	while ((big[large] = page_alloc(PAGE_ORDER_MAX, 0)) != NULL)
		large++;
	for (uint64_t i = 0; i < large; i++)
		page_free(big[i], PAGE_ORDER_MAX);
	while ((pages[n] = page_alloc(0, 0)) != NULL)
		n++;
	/* Free in an order that has nothing to do with addresses. */
	for (uint64_t i = n; i > 1; i--) {
		uint64_t k = unit_random() % i;
		struct page *t = pages[k];

		pages[k] = pages[i - 1];
		pages[i - 1] = t;
	}
	for (uint64_t i = 0; i < n; i++)
		page_drop(pages[i]);
	while (again < large && (big[again] = page_alloc(PAGE_ORDER_MAX, 0)) != NULL)
		again++;
	assert_int_equal(again, large);
	for (uint64_t i = 0; i < again; i++)
		page_free(big[i], PAGE_ORDER_MAX);
}

static void
random_orders_do_not_overlap(void **state)
{
	struct { struct page *pg; uint32_t order; uint64_t tag; } live[64] = { 0 };
	uint64_t before = pages_free_count();

	(void)state;
	for (uint64_t step = 1; step < 20000; step++) {
		uint32_t i = unit_random() % nitems(live);
		uint64_t *first, *last;

		if (live[i].pg == NULL) {
			live[i].order = unit_random() % 6;
			live[i].tag = step;
			if ((live[i].pg = page_alloc(live[i].order, 0)) == NULL)
				continue;
			first = page_kva(live[i].pg);
			first[0] = step;
			first[(PAGE_SIZE << live[i].order) / 8 - 1] = step;
			continue;
		}
		first = page_kva(live[i].pg);
		last = &first[(PAGE_SIZE << live[i].order) / 8 - 1];
		assert_int_equal(*first, live[i].tag);
		assert_int_equal(*last, live[i].tag);
		page_free(live[i].pg, live[i].order);
		live[i].pg = NULL;
	}
	for (uint32_t i = 0; i < nitems(live); i++) {
		if (live[i].pg != NULL)
			page_free(live[i].pg, live[i].order);
	}
	assert_int_equal(pages_free_count(), before);
}

static void
references(void **state)
{
	uint64_t before = pages_free_count();
	struct page *pg = page_alloc(2, 0);

	(void)state;
	page_hold(pg);
	page_hold(pg);
	page_drop(pg);
	page_drop(pg);
	assert_int_equal(page_refs(pg), 1);
	assert_int_equal(pages_free_count(), before - 4);
	page_drop(pg);
	assert_int_equal(pages_free_count(), before);
}

static void
tables_are_counted(void **state)
{
	struct page *pg = page_alloc(0, PG_TABLE);

	(void)state;
	assert_int_equal(pages_table_count(), 1);
	page_drop(pg);
	assert_int_equal(pages_table_count(), 0);
}

static void
drop_page(void *pg)
{
	page_drop(pg);
}

static void
use_until_found(void *arg)
{
	struct page *keep[200];
	uint32_t n = 0;

	(void)arg;
	while (n < nitems(keep) && (keep[n] = page_alloc(0, 0)) != NULL)
		n++;
	while (n > 0)
		page_drop(keep[--n]);
}

static void
mistakes_stop_the_kernel(void **state)
{
	struct page *pg = page_alloc(0, 0);
	uint64_t *word = page_kva(pg), was;

	(void)state;
	page_drop(pg);
	assert_true(host_panics(drop_page, pg));
	pg->pg_refs.r_count = 0;		/* what the panic left */
	was = word[63];
	word[63] = 1;
	assert_true(host_panics(use_until_found, NULL));
	assert_non_null(strstr(host_panic_text, "written after it was freed"));
	word[63] = was;
}

static void
injected_failures(void **state)
{
	struct page *a, *b;

	(void)state;
	mem_fail_after(1, 1);
	assert_non_null(a = page_alloc(0, 0));
	assert_null(page_alloc(0, 0));
	assert_non_null(b = page_alloc(0, 0));
	assert_int_equal(mem_fail_clear(), 3);
	mem_fail_after(0, UINT64_MAX);
	assert_null(page_alloc(0, 0));
	assert_null(page_alloc(0, 0));
	mem_fail_clear();
	page_drop(a);
	page_drop(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alloc_gives_aligned_runs),
		cmocka_unit_test(hole_is_never_given),
		cmocka_unit_test(runs_join_again),
		cmocka_unit_test(random_orders_do_not_overlap),
		cmocka_unit_test(references),
		cmocka_unit_test(tables_are_counted),
		cmocka_unit_test(injected_failures),
		cmocka_unit_test(mistakes_stop_the_kernel),	/* last: leaves pages lost */
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
