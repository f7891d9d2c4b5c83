/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables with several owners (vm/pmap.c, vm/ptable.c) against a plain model: up to 50 trees
 * that fork from each other, an array of (what is there, rights) for each. After every step the
 * graph of all tables is walked from the roots and everything that the tables say of themselves is
 * computed anew: counts of references, resident leaves, used slots, and that a write bit stands
 * for a single owner. Allocations fail now and then; a call that failed must have changed nothing
 * that a program sees.
 *
 * PTABLE_STEPS: how many steps (default 30,000).
 */
#include "../unit.h"
#include "../memfail.h"
#include "vm/ptable.h"
#include "vm/vm.h"

#define NMAPS	50
#define NVA	48u
#define PROT_RW	(VM_PROT_READ | VM_PROT_WRITE)

struct cell {
	uint64_t id;		/* the first word of the page; 0: nothing */
	uint32_t prot;		/* at most these rights; all but the write right, exactly */
};

static struct pmap *maps[NMAPS];
static struct cell model[NMAPS][NVA];
static struct vm_object fake_object;
static uint64_t next_id = 1;
static uint32_t *counted;		/* by page number: references found */
static struct page **visited;		/* those that are not 0 */
static uint32_t nvisited;

/* Neighbours, neighbours of other tables, and of all levels. */
static vaddr_t
va_of(uint32_t i)
{
	static const vaddr_t base[6] = { 0x400000, 0x600000 - 4 * PAGE_SIZE,
	    0x40000000 - 4 * PAGE_SIZE, 0x7fc0000000, 0x8000000000 - 4 * PAGE_SIZE,
	    0x7ffffffe0000 };

	return base[i / 8] + i % 8 * PAGE_SIZE;
}

static uint64_t *
page_id(struct page *pg)
{
	return page_kva(pg);
}

/* ---- The graph ---- */

/* One reference more was found. True: it is the first. */
static bool
count_reference(struct page *pg)
{
	if (counted[pg - page_array]++ != 0)
		return false;
	visited[nvisited++] = pg;
	return true;
}

static void
reference(struct page *pg, int level, uint64_t *resident)
{
	uint64_t below = 0;

	if (count_reference(pg)) {
		const uint64_t *t = page_kva(pg);
		uint32_t n = level == PT_ROOT ? PT_ENTRIES / 2 : PT_ENTRIES;

		assert_int_equal(pg->pg_level, level);
		assert_true((pg->pg_flags & PGF_TABLE) != 0);
		for (uint32_t i = 0; i < n; i++) {
			if (t[i] == 0)
				continue;
			assert_true((pg->pg_used >> (i / PT_GROUP) & 1) != 0);
			if (pte_is_leaf(t[i], level)) {
				(void)count_reference(page_counted(pte_page(t[i])));
				below += level == 0 ? 1 : PAGE_HUGE;
				continue;
			}
			if ((t[i] & PTE_W) != 0)
				assert_int_equal(page_refs(pte_page(t[i])), 1);
			reference(pte_page(t[i]), level - 1, &below);
		}
		assert_int_equal(pg->pg_resident, level == PT_ROOT ? 0 : below + pg->pg_zapped);
		if (level > 0)
			assert_int_equal(pg->pg_zapped, 0);
		if (level == PT_ROOT)
			*resident = below;
	}
	if (level < PT_ROOT)
		*resident += pg->pg_resident;
}

static void
check_graph(void)
{
	for (int m = 0; m < NMAPS; m++) {
		uint64_t resident = 0;

		if (maps[m] == NULL)
			continue;
		reference(phys_to_page(maps[m]->pm_root), PT_ROOT, &resident);
		assert_int_equal(pmap_resident(maps[m]), resident);
	}
	while (nvisited > 0) {
		struct page *pg = visited[--nvisited];

		assert_int_equal(page_refs(pg), counted[pg - page_array]);
		counted[pg - page_array] = 0;
	}
}

/* What program m sees is what the model says. */
static void
check_map(int m)
{
	for (uint32_t i = 0; i < NVA; i++) {
		const struct cell *c = &model[m][i];
		uint32_t prot;
		paddr_t pa;

		if (!pmap_extract(maps[m], va_of(i), &pa, &prot)) {
			assert_int_equal(c->id, 0);
			continue;
		}
		assert_int_equal(*page_id(phys_to_page(pa)), c->id);
		assert_int_equal(prot & ~VM_PROT_WRITE, c->prot & ~VM_PROT_WRITE);
		assert_int_equal(prot & ~c->prot, 0);
		if ((prot & VM_PROT_WRITE) != 0 && phys_to_page(pa)->pg_object == NULL)
			assert_int_equal(page_refs(phys_to_page(pa)), 1);
	}
}

/* ---- The steps ---- */

static struct page *
new_page(bool of_object)
{
	struct page *pg = page_alloc(0, 0);

	if (pg == NULL)
		return NULL;
	*page_id(pg) = next_id++;
	pg->pg_object = of_object ? &fake_object : NULL;
	return pg;
}

/* After a change at va: the last-level table is m's own, and what it had lost is put right. */
static void
check_own(int m, vaddr_t va)
{
	struct page *pt = phys_to_page(maps[m]->pm_root);

	for (int level = PT_ROOT; level > 0; level--) {
		uint64_t e = *table_slot(pt, va, level);

		assert_true((e & PTE_W) != 0);
		pt = pte_page(e);
	}
	assert_int_equal(pt->pg_zapped, 0);
}

static void
do_enter(int m, uint32_t i)
{
	static const uint32_t prots[4] = { 0, VM_PROT_READ, PROT_RW, VM_PROT_READ | VM_PROT_EXEC };
	struct page *pg = new_page(unit_random() % 4 == 0);
	uint32_t prot = prots[unit_random() % 4], flags = unit_random() % 3 == 0 ? PMAP_NEW : 0;
	int error;

	if (pg == NULL)
		return;
	error = pmap_enter(maps[m], va_of(i), page_to_phys(pg), prot, flags);
	if (error == 0) {
		model[m][i] = (struct cell){ *page_id(pg), prot };
		check_own(m, va_of(i));
	} else {
		page_drop(pg);
	}
	if (error == EEXIST)
		assert_true(flags == PMAP_NEW && model[m][i].id != 0);
	else
		assert_true(error == 0 || error == ENOMEM);
}

static vaddr_t
huge_of(uint32_t i)
{
	return rounddown2(va_of(i), pt_span(1));
}

/* Whether a huge page is there. */
static bool
is_huge(int m, vaddr_t va)
{
	struct page *pt = phys_to_page(maps[m]->pm_root);

	for (int level = PT_ROOT; level > 0; level--) {
		uint64_t e = *table_slot(pt, va, level);

		if (e == 0)
			return false;
		if (pte_is_leaf(e, level))
			return true;
		pt = pte_page(e);
	}
	return false;
}

static void
do_huge(int m, uint32_t at)
{
	struct page *head = page_alloc_huge();
	int error;

	if (head == NULL)
		return;
	for (uint32_t i = 0; i < NVA; i++) {
		if (huge_of(i) == huge_of(at))
			*page_id(head + pt_index(va_of(i), 0)) = next_id++;
	}
	error = pmap_enter_huge(maps[m], huge_of(at), head, PROT_RW);
	assert_true(error == 0 || error == EEXIST || error == ENOMEM);
	if (error != 0) {
		page_drop(head);
		return;
	}
	for (uint32_t i = 0; i < NVA; i++) {
		if (huge_of(i) == huge_of(at))
			model[m][i] = (struct cell){ *page_id(head + pt_index(va_of(i), 0)),
			    PROT_RW };
	}
}

/* The last owner of a page writes; what that gives of a huge page it gives of all of it. */
static void
write_own(int m, uint32_t i, struct page *pg)
{
	bool huge = is_huge(m, va_of(i)), whole = unit_random() % 2 == 0;
	vaddr_t start = whole ? 0 : va_of(i), end = whole ? USER_MAX : va_of(i) + PAGE_SIZE;
	int error = pmap_upgrade(maps[m], va_of(i), PROT_RW, start, end);

	if (error != 0) {
		assert_true(error == ENOMEM && huge && !whole);
		return;
	}
	*page_id(pg) = next_id++;
	model[m][i] = (struct cell){ *page_id(pg), PROT_RW };
	for (uint32_t k = 0; huge && whole && k < NVA; k++) {
		if (huge_of(k) == huge_of(i))
			model[m][k].prot = PROT_RW;
	}
}

/* What a write fault does. */
static void
do_write(int m, uint32_t i)
{
	struct page *pg, *copy;
	paddr_t pa;
	int error = pmap_extract_own(maps[m], va_of(i), &pa, NULL);

	assert_true(error == ENOMEM || (error == ENOENT) == (model[m][i].id == 0));
	if (error != 0)
		return;
	pg = phys_to_page(pa);
	if (pg->pg_object == NULL && page_refs(pg) == 1) {
		write_own(m, i, pg);
		return;
	}
	if ((copy = new_page(false)) == NULL)
		return;
	assert_int_equal(pmap_enter(maps[m], va_of(i), page_to_phys(copy), PROT_RW, 0), 0);
	model[m][i] = (struct cell){ *page_id(copy), PROT_RW };
}

/* A range from one place to another, or between powers of two. */
static void
pick_range(vaddr_t *start, vaddr_t *end)
{
	uint32_t a = unit_random() % NVA, b = unit_random() % NVA;
	int level = (int)(unit_random() % 5) - 1;

	*start = va_of(MIN(a, b));
	*end = va_of(MAX(a, b)) + PAGE_SIZE;
	if (level > 0) {
		*start = rounddown2(*start, pt_span(level));
		*end = MIN(roundup2(*end, pt_span(level)), USER_MAX);
	}
}

static void
do_remove(int m)
{
	vaddr_t start, end;

	pick_range(&start, &end);
	if (pmap_prepare(maps[m], start, end) != 0)
		return;
	pmap_remove(maps[m], start, end);
	pmap_update(maps[m]);
	for (uint32_t i = 0; i < NVA; i++) {
		if (va_of(i) >= start && va_of(i) < end)
			model[m][i] = (struct cell){ 0, 0 };
	}
}

static void
do_protect(int m)
{
	uint32_t prot = unit_random() % 4;	/* READ, WRITE */
	vaddr_t start, end;
	int error;

	prot = (prot & VM_PROT_WRITE) != 0 ? prot | VM_PROT_READ : prot;
	pick_range(&start, &end);
	error = pmap_protect(maps[m], start, end, prot);
	pmap_update(maps[m]);
	for (uint32_t i = 0; i < NVA; i++) {
		struct cell *c = &model[m][i];

		if (c->id == 0 || va_of(i) < start || va_of(i) >= end)
			continue;
		if (error == 0) {
			c->prot &= prot;
		} else {		/* done for a part of it: take what it is */
			uint32_t is;

			assert_int_equal(error, ENOMEM);
			assert_true(pmap_extract(maps[m], va_of(i), NULL, &is));
			assert_true((is & ~c->prot) == 0);
			if ((is & ~VM_PROT_WRITE) == (c->prot & prot & ~VM_PROT_WRITE))
				c->prot = is | (c->prot & VM_PROT_WRITE);
		}
	}
}

/* Truncation: the same range of all. */
static void
do_zap(void)
{
	const struct vm_object *only = unit_random() % 2 == 0 ? &fake_object : NULL;
	bool gone[NMAPS][NVA] = { 0 };
	vaddr_t start, end;
	paddr_t pa;

	start = va_of(unit_random() % NVA);
	end = start + (1 + unit_random() % 6) * PAGE_SIZE;
	for (int m = 0; m < NMAPS; m++) {
		if (maps[m] != NULL && (is_huge(m, start) || is_huge(m, end)))
			return;		/* objects have no huge pages */
		for (uint32_t i = 0; maps[m] != NULL && i < NVA; i++)
			gone[m][i] = va_of(i) >= start && va_of(i) < end &&
			    pmap_extract(maps[m], va_of(i), &pa, NULL) &&
			    (only == NULL || phys_to_page(pa)->pg_object == only);
	}
	for (int m = 0; m < NMAPS; m++) {
		if (maps[m] == NULL)
			continue;
		pmap_zap(maps[m], start, end, only);
		pmap_update(maps[m]);
		for (uint32_t i = 0; i < NVA; i++) {
			if (gone[m][i])
				model[m][i] = (struct cell){ 0, 0 };
		}
	}
}

static void
do_fork(int m)
{
	int c = (int)(unit_random() % NMAPS);
	uint64_t tables = pages_table_count();

	if (maps[c] != NULL || (maps[c] = pmap_fork(maps[m])) == NULL)
		return;
	assert_int_equal(pages_table_count(), tables + 1);
	memcpy(model[c], model[m], sizeof(model[c]));
	check_map(c);
}

static void
do_destroy(int m)
{
	pmap_destroy(maps[m]);
	maps[m] = NULL;
	memset(model[m], 0, sizeof(model[m]));
}

static void
step(int m)
{
	uint32_t what = unit_random() % 100;

	if (maps[m] == NULL)
		maps[m] = what < 5 ? pmap_create() : NULL;
	else if (what < 10)
		do_huge(m, unit_random() % NVA);
	else if (what < 40)
		do_enter(m, unit_random() % NVA);
	else if (what < 70)
		do_write(m, unit_random() % NVA);
	else if (what < 74)
		do_remove(m);
	else if (what < 80)
		do_protect(m);
	else if (what < 83)
		do_zap();
	else if (what < 94)
		do_fork(m);
	else if (what < 97)
		do_destroy(m);
}

static void
random_steps(void **state __unused)
{
	const char *env = getenv("PTABLE_STEPS");
	long steps = env != NULL ? atol(env) : 30000;
	uint64_t free_pages;

	host_init(256u << 20);
	free_pages = pages_free_count() + pages_slab_count();
	counted = calloc(page_array_len, sizeof(counted[0]));
	visited = calloc(page_array_len, sizeof(visited[0]));
	maps[0] = pmap_create();
	for (long s = 0; s < steps; s++) {
		int m = (int)(unit_random() % NMAPS);
		bool fail = unit_random() % 8 == 0;

		if (fail)
			mem_fail_after(unit_random() % 4, 1);
		step(m);
		if (fail)
			mem_fail_clear();
		check_graph();
		for (int k = 0; k < NMAPS; k++) {
			if (maps[k] != NULL && (k == m || s % 64 == 0))
				check_map(k);
		}
	}
	for (int m = 0; m < NMAPS; m++) {
		if (maps[m] != NULL)
			do_destroy(m);
	}
	free(counted);
	free(visited);
	assert_int_equal(pages_table_count(), 0);
	assert_int_equal(pages_free_count() + pages_slab_count(), free_pages);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
