/* SPDX-License-Identifier: BSD-2-Clause */
/* Huge pages as programs and the memory's owner see them: when they come, are shared, and go. */
#include "../unit.h"
#include "mem/page.h"
#include "vm/vm.h"

#define RW	(VM_PROT_READ | VM_PROT_WRITE)
#define PG	PAGE_SIZE
#define HUGE	(PAGE_HUGE * PAGE_SIZE)
#define BASE	0x40000000ul

static uint64_t used_before;

static uint64_t
pages_used(void)
{
	return pages_total - pages_free_count() - pages_slab_count();
}

static int
group_setup(void **state)
{
	struct vm_space *vs;

	(void)state;
	host_init(64ul << 20);
	assert_int_equal(vm_space_create(&vs), 0);
	vm_space_drop(vs);
	return 0;
}

/* A space with 8 MiB at BASE. */
static int
setup(void **state)
{
	struct vm_mapping_req req = { .prot = RW, .flags = VM_MAP_FIXED };
	struct vm_space *vs;
	vaddr_t va = BASE;

	used_before = pages_used();
	assert_int_equal(vm_space_create(&vs), 0);
	assert_int_equal(vm_map(vs, &va, 4 * HUGE, &req), 0);
	*state = vs;
	return 0;
}

static int
teardown(void **state)
{
	vm_space_drop(*state);
	assert_int_equal(pages_used(), used_before);
	assert_int_equal(pages_table_count(), 0);
	return 0;
}

/* Writes b into each page of a range, upwards. Returns the faults that it took. */
static uint64_t
put_all(struct vm_space *vs, vaddr_t va, size_t len, uint8_t b)
{
	uint64_t before = host_faults;

	for (size_t at = 0; at < len; at += PG)
		assert_int_equal(host_put(vs, va + at, b), 0);
	return host_faults - before;
}

static void
assert_all(struct vm_space *vs, vaddr_t va, size_t len, uint8_t b)
{
	for (size_t at = 0; at < len; at += PG)
		assert_int_equal(host_get(vs, va + at), b);
}

static void
advice_is_followed(void **state)
{
	struct vm_space *vs = *state, *c;

	/* Asked for: at once, where the range has room for one. */
	assert_int_equal(vm_advise(vs, BASE + PG, 2 * HUGE, VM_ADV_HUGE), 0);
	assert_int_equal(vs->vs_nregions, 3);
	assert_int_equal(host_put(vs, BASE, 1), 0);
	assert_int_equal(vm_space_rss(vs), 1);
	assert_int_equal(host_put(vs, BASE + HUGE, 1), 0);
	assert_int_equal(vm_space_rss(vs), 1 + PAGE_HUGE);
	assert_int_equal(host_put(vs, BASE + 2 * HUGE, 1), 0);	/* only its first page is in it */
	assert_int_equal(vm_space_rss(vs), 2 + PAGE_HUGE);
	/* Unwanted: never, and a child inherits that. */
	assert_int_equal(vm_advise(vs, BASE, 4 * HUGE, VM_ADV_NOHUGE), 0);
	assert_int_equal(vs->vs_nregions, 1);
	assert_int_equal(vm_advise(vs, BASE, 4 * HUGE, VM_ADV_DONTNEED), 0);
	assert_int_equal(vm_space_fork(vs, &c), 0);
	assert_int_equal(put_all(c, BASE, 2 * HUGE, 2), 2 * PAGE_HUGE);
	vm_space_drop(c);
	assert_int_equal(put_all(vs, BASE, 2 * HUGE, 2), 2 * PAGE_HUGE);
}

static void
come_after_a_full_table(void **state)
{
	struct vm_space *vs = *state;

	assert_int_equal(put_all(vs, BASE, 4 * HUGE, 1), PAGE_HUGE + 3);
	assert_int_equal(vm_space_rss(vs), 4 * PAGE_HUGE);
	assert_int_equal(pages_table_count(), 4);	/* one of level 0 */
	assert_int_equal(host_get(vs, BASE + 3 * HUGE + 5 * PG + 1), 0);
}

static void
stay_away_from_who_writes_here_and_there(void **state)
{
	struct vm_space *vs = *state;

	for (int i = 0; i < 4; i++)
		assert_int_equal(host_put(vs, BASE + i * HUGE, 1), 0);
	assert_int_equal(vm_space_rss(vs), 4);
	assert_int_equal(host_get(vs, BASE + 3 * HUGE + PG), 0);
}

static void
are_shared_by_fork(void **state)
{
	struct vm_space *p = *state, *c;
	uint64_t used;

	(void)put_all(p, BASE, 4 * HUGE, 1);
	used = pages_used();
	assert_int_equal(vm_space_fork(p, &c), 0);
	assert_int_equal(pages_used(), used + 1);
	assert_int_equal(vm_space_rss(c), 4 * PAGE_HUGE);
	assert_all(c, BASE, 4 * HUGE, 1);
	vm_space_drop(c);
	/* Nobody else has them any more: one fault that takes the tables over, no page more. */
	assert_int_equal(put_all(p, BASE + HUGE, 3 * HUGE, 2), 1);
	assert_int_equal(pages_used(), used);
}

static void
give_a_small_copy_to_who_writes_first(void **state)
{
	struct vm_space *p = *state, *c;
	vaddr_t va = BASE + HUGE + 7 * PG;
	uint64_t used;

	(void)put_all(p, BASE, 4 * HUGE, 1);
	assert_int_equal(vm_space_fork(p, &c), 0);
	used = pages_used();
	assert_int_equal(host_put(c, va, 9), 0);
	/* Tables of levels 2 and 1, and one of level 0 for the huge page; the page. */
	assert_int_equal(pages_used(), used + 4);
	assert_int_equal(host_get(p, va), 1);
	assert_int_equal(host_get(c, va), 9);
	assert_int_equal(host_get(c, va + PG), 1);
	assert_int_equal(host_put(p, va + PG, 8), 0);
	assert_int_equal(host_get(c, va + PG), 1);
	assert_all(p, BASE + 2 * HUGE, 2 * HUGE, 1);
	assert_all(c, BASE + 2 * HUGE, 2 * HUGE, 1);
	vm_space_drop(c);
	assert_int_equal(host_get(p, va), 1);
	assert_int_equal(host_get(p, va + PG), 8);
}

/* What only one has any more is his without a copy, and frames that nobody sees are given back. */
static void
are_claimed_by_the_last(void **state)
{
	struct vm_space *p = *state, *c;
	vaddr_t va = BASE + HUGE;
	uint64_t used;

	(void)put_all(p, BASE, 2 * HUGE, 1);
	used = pages_used();
	assert_int_equal(vm_space_fork(p, &c), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(host_put(p, va + i * PG, 2), 0);
	vm_space_drop(c);
	assert_int_equal(pages_used(), used + 1 + 100);	/* its table, and the copies */
	(void)put_all(p, va + 100 * PG, HUGE - 100 * PG, 3);
	assert_int_equal(pages_used(), used + 1);
	assert_all(p, va, 100 * PG, 2);
	assert_all(p, va + 100 * PG, HUGE - 100 * PG, 3);
}

static void
are_cut_by_mprotect_and_munmap(void **state)
{
	struct vm_space *vs = *state;
	vaddr_t va = BASE + HUGE + 16 * PG;
	uint64_t used;

	(void)put_all(vs, BASE, 4 * HUGE, 1);
	used = pages_used();
	assert_int_equal(vm_protect(vs, va, 4 * PG, VM_PROT_READ), 0);
	assert_int_equal(host_put(vs, va, 2), EACCES);
	assert_int_equal(host_put(vs, va - PG, 2), 0);
	assert_int_equal(host_put(vs, va + 4 * PG, 2), 0);
	/* Whole ones stay whole. */
	assert_int_equal(vm_protect(vs, BASE + 2 * HUGE, HUGE, VM_PROT_READ), 0);
	assert_int_equal(host_put(vs, BASE + 2 * HUGE + 8 * PG, 2), EACCES);
	assert_int_equal(pages_used(), used + 1);
	/* The right comes back to the part that has it. */
	assert_int_equal(vm_protect(vs, BASE + 2 * HUGE, 8 * PG, RW), 0);
	assert_int_equal(host_put(vs, BASE + 2 * HUGE, 3), 0);
	assert_int_equal(host_put(vs, BASE + 2 * HUGE + 8 * PG, 3), EACCES);
	used = pages_used();
	assert_int_equal(vm_unmap(vs, BASE + 3 * HUGE + 100 * PG, 50 * PG), 0);
	assert_int_equal(pages_used(), used + 1 - 50);
	assert_int_equal(host_get(vs, BASE + 3 * HUGE + 100 * PG), -EFAULT);
	assert_int_equal(host_get(vs, BASE + 3 * HUGE + 99 * PG), 1);
	assert_int_equal(host_get(vs, BASE + 3 * HUGE + 150 * PG), 1);
	assert_int_equal(vm_space_rss(vs), 4 * PAGE_HUGE - 50);
}

static void
move_with_mremap(void **state)
{
	struct vm_space *vs = *state, *c;
	vaddr_t to;

	(void)put_all(vs, BASE, 4 * HUGE, 1);
	assert_int_equal(host_put(vs, BASE + 2 * HUGE, 2), 0);
	assert_int_equal(vm_space_fork(vs, &c), 0);
	assert_int_equal(vm_remap(vs, BASE + HUGE, 2 * HUGE, 2 * HUGE,
	    VM_REMAP_MAYMOVE | VM_REMAP_FIXED, BASE + (1ul << 32), &to), 0);
	assert_all(vs, to, HUGE, 1);
	assert_int_equal(host_get(vs, to + HUGE), 2);
	assert_int_equal(host_get(vs, BASE + HUGE), -EFAULT);
	assert_int_equal(host_put(vs, to, 7), 0);
	assert_int_equal(host_get(c, BASE + HUGE), 1);
	vm_space_drop(c);
	assert_all(vs, to + PG, HUGE - PG, 1);
}

static void
do_not_come_when_memory_is_short(void **state)
{
	struct vm_space *vs = *state;
	struct page *taken[16];
	int n = 0;

	while (pages_free_count() > pages_total / 4)
		assert_non_null(taken[n++] = page_alloc(PAGE_ORDER_MAX, 0));
	assert_int_equal(put_all(vs, BASE, 2 * HUGE, 1), 2 * PAGE_HUGE);
	while (n > 0)
		page_drop(taken[--n]);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(come_after_a_full_table), T(stay_away_from_who_writes_here_and_there),
		T(are_shared_by_fork), T(give_a_small_copy_to_who_writes_first),
		T(are_claimed_by_the_last), T(are_cut_by_mprotect_and_munmap),
		T(move_with_mremap), T(do_not_come_when_memory_is_short),
		T(advice_is_followed),
	};

	return cmocka_run_group_tests_name("huge", tests, group_setup, NULL);
}
