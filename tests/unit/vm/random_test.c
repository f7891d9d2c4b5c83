/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * kernel/vm against a model: random calls on a few spaces that fork from each other, over one
 * small piece of address space, with an array of bytes that says what each page must hold. Also
 * the page index against an array.
 */
#include "../unit.h"
#include "mem/census.h"
#include "mem/page.h"
#include "vm/vm_int.h"

#define RW	(VM_PROT_READ | VM_PROT_WRITE)
#define BASE	0x40000000ul
#define NPAGES	48
#define NSPACES	4
#define FILE_PAGES 32

struct model_page {
	bool	 mapped;
	uint32_t prot;
	int	 file;		/* -1: anonymous, else page of the file */
	bool	 shared;
	bool	 own;		/* private, of the file, written */
	uint8_t	 v;		/* what an anonymous or own page holds */
};

struct model {
	struct vm_space	 *vs;
	struct model_page pg[NPAGES];
};

static struct model models[NSPACES];
static struct vm_object *file;
static uint8_t file_v[FILE_PAGES];
static uint64_t file_size;		/* pages */

static vaddr_t
va_of(uint32_t page)
{
	return BASE + page * PAGE_SIZE;
}

static void
pick_range(uint32_t *first, uint32_t *n)
{
	*first = unit_random() % NPAGES;
	*n = 1 + unit_random() % 12;
	if (*first + *n > NPAGES)
		*n = NPAGES - *first;
}

static void
do_map(struct model *m, uint32_t first, uint32_t n)
{
	struct vm_mapping_req req = { .prot = unit_random() % 4 == 0 ? VM_PROT_READ : RW,
	    .flags = VM_MAP_FIXED };
	vaddr_t va = va_of(first);
	uint32_t off = unit_random() % (FILE_PAGES - 12);

	if (unit_random() % 2 == 0) {
		req.object = file;
		req.offset = off * PAGE_SIZE;
		if (unit_random() % 2 == 0)
			req.flags |= VM_MAP_SHARED;
	}
	assert_int_equal(vm_map(m->vs, &va, n * PAGE_SIZE, &req), 0);
	for (uint32_t i = 0; i < n; i++) {
		m->pg[first + i] = (struct model_page){ .mapped = true, .prot = req.prot,
		    .file = req.object != NULL ? (int)(off + i) : -1,
		    .shared = (req.flags & VM_MAP_SHARED) != 0 };
	}
}

static void
do_unmap(struct model *m, uint32_t first, uint32_t n)
{
	assert_int_equal(vm_unmap(m->vs, va_of(first), n * PAGE_SIZE), 0);
	for (uint32_t i = 0; i < n; i++)
		m->pg[first + i].mapped = false;
}

static void
do_protect(struct model *m, uint32_t first, uint32_t n)
{
	static const uint32_t prots[] = { VM_PROT_NONE, VM_PROT_READ, RW, RW };
	uint32_t prot = prots[unit_random() % nitems(prots)];
	bool hole = false;

	for (uint32_t i = 0; i < n && !hole; i++) {
		hole = !m->pg[first + i].mapped;
		if (!hole)
			m->pg[first + i].prot = prot;
	}
	assert_int_equal(vm_protect(m->vs, va_of(first), n * PAGE_SIZE, prot), hole ? ENOMEM : 0);
}

static void
do_dontneed(struct model *m, uint32_t first, uint32_t n)
{
	bool hole = false;

	for (uint32_t i = 0; i < n; i++) {
		struct model_page *p = &m->pg[first + i];

		hole = hole || !p->mapped;
		p->own = false;
		if (p->file < 0)
			p->v = 0;
	}
	assert_int_equal(vm_advise(m->vs, va_of(first), n * PAGE_SIZE, VM_ADV_DONTNEED),
	    hole ? ENOMEM : 0);
}

/* What reading the page gives: a byte or -errno. */
static int
expected(const struct model_page *p)
{
	if (!p->mapped)
		return -EFAULT;
	if (p->prot == VM_PROT_NONE)
		return -EACCES;
	if (p->file >= 0 && (uint64_t)p->file >= file_size)
		return -EIO;
	return p->file < 0 || p->own ? p->v : file_v[p->file];
}

static void
do_write(struct model *m, uint32_t page)
{
	struct model_page *p = &m->pg[page];
	uint8_t v = (uint8_t)(1 + unit_random() % 250);
	int want = expected(p), got = host_put(m->vs, va_of(page), v);

	if (p->mapped && (p->prot & VM_PROT_WRITE) == 0)
		want = -EACCES;
	assert_int_equal(got, want >= 0 ? 0 : -want);
	if (want < 0)
		return;
	if (p->shared) {
		file_v[p->file] = v;
	} else {
		p->own = p->file >= 0;
		p->v = v;
	}
}

static void
do_remap(struct model *m, uint32_t first, uint32_t n)
{
	uint32_t to = unit_random() % NPAGES;
	struct model_page saved[12];
	vaddr_t out;
	int error;

	if (to + n > NPAGES || (to < first + n && first < to + n))
		return;
	error = vm_remap(m->vs, va_of(first), n * PAGE_SIZE, n * PAGE_SIZE,
	    VM_REMAP_MAYMOVE | VM_REMAP_FIXED,
	    va_of(to), &out);
	if (error != 0) {
		assert_int_equal(error, EFAULT);	/* not one region */
		return;
	}
	memcpy(saved, &m->pg[first], n * sizeof(saved[0]));
	for (uint32_t i = 0; i < n; i++) {
		assert_true(saved[i].mapped);
		m->pg[to + i] = saved[i];
		m->pg[first + i].mapped = false;
	}
}

static void
do_truncate(void)
{
	uint64_t size = unit_random() % (FILE_PAGES + 1);

	vm_object_truncate(file, size * PAGE_SIZE);
	for (uint64_t i = size; i < FILE_PAGES; i++)
		file_v[i] = 0;
	for (uint32_t s = 0; s < NSPACES; s++) {
		for (uint32_t i = 0; i < NPAGES && models[s].vs != NULL; i++) {
			struct model_page *p = &models[s].pg[i];

			if (p->file >= 0 && (uint64_t)p->file >= size)
				p->own = false;
		}
	}
	file_size = size;
}

static void
do_fork(struct model *m)
{
	struct model *c = &models[unit_random() % NSPACES];

	if (c == m)
		return;
	if (c->vs != NULL)
		vm_space_drop(c->vs);
	memcpy(c->pg, m->pg, sizeof(c->pg));
	assert_int_equal(vm_space_fork(m->vs, &c->vs), 0);
}

static void
check(struct model *m)
{
	uint64_t pages = 0;

	for (uint32_t i = 0; i < NPAGES; i++) {
		pages += m->pg[i].mapped;
		assert_int_equal(host_get(m->vs, va_of(i)), expected(&m->pg[i]));
	}
	assert_int_equal(m->vs->vs_size_pages, pages);
	assert_true(vm_space_rss(m->vs) <= pages);
}

static void
step(struct model *m)
{
	uint32_t first, n;

	pick_range(&first, &n);
	switch (unit_random() % 16) {
	case 0: case 1:
		do_map(m, first, n);
		break;
	case 2:
		do_unmap(m, first, n);
		break;
	case 3: case 4:
		do_protect(m, first, n);
		break;
	case 5:
		do_dontneed(m, first, n);
		break;
	case 6: case 7:
		do_remap(m, first, n);
		break;
	case 8:
		do_fork(m);
		break;
	case 9:
		if (unit_random() % 4 == 0)
			do_truncate();
		break;
	default:
		do_write(m, first);
		break;
	}
}

static void
spaces_against_a_model(void **state)
{
	uint64_t used = pages_total - pages_free_count() - pages_slab_count();

	(void)state;
	file = vm_object_create_anon(FILE_PAGES * PAGE_SIZE);
	file_size = FILE_PAGES;
	assert_int_equal(vm_space_create(&models[0].vs), 0);
	for (int i = 0; i < 30000; i++) {
		struct model *m = &models[unit_random() % NSPACES];

		if (m->vs == NULL)
			continue;
		step(m);
		if (i % 16 == 0)
			check(m);
	}
	for (uint32_t s = 0; s < NSPACES; s++) {
		if (models[s].vs != NULL)
			vm_space_drop(models[s].vs);
	}
	vm_object_drop(file);
	assert_int_equal(census_live("vm_region"), 0);
	assert_int_equal(census_live("vm_node"), 0);
	assert_int_equal(census_live("vm_family"), 0);
	assert_int_equal(census_live("vm_index_node"), 0);
	assert_int_equal(pages_total - pages_free_count() - pages_slab_count(), used);
}

static void
page_index(void **state)
{
	static struct page *there[4096];
	static const uint64_t scale[] = { 1, 63, 4097, 1ull << 30 };
	struct vm_object *vo = vm_object_create_anon(0);

	(void)state;
	mutex_lock(&vo->vo_lock);
	for (int i = 0; i < 60000; i++) {
		uint64_t k = unit_random() % nitems(there), index = k * scale[k % 4] * 4 + k % 4,
		    next = index;

		if (there[k] == NULL) {
			assert_null(pageidx_lookup(vo, index));
			there[k] = &page_array[k];
			assert_int_equal(pageidx_insert(vo, index, there[k]), 0);
		} else {
			assert_ptr_equal(pageidx_lookup(vo, index), there[k]);
			assert_ptr_equal(pageidx_next(vo, &next), there[k]);
			assert_int_equal(next, index);
			assert_ptr_equal(pageidx_remove(vo, index), there[k]);
			there[k] = NULL;
		}
	}
	for (uint64_t index = 0, last = 0, n = vo->vo_npages; vo->vo_npages > 0; index++, n--) {
		assert_int_equal(n, vo->vo_npages);
		assert_non_null(pageidx_next(vo, &index));
		assert_true(index >= last);
		last = index;
		assert_non_null(pageidx_remove(vo, index));
	}
	assert_null(vo->vo_root);
	mutex_unlock(&vo->vo_lock);
	vm_object_drop(vo);
	assert_int_equal(census_live("vm_index_node"), 0);
}

static int
setup(void **state)
{
	struct vm_space *vs;

	(void)state;
	host_init(64ul << 20);
	assert_int_equal(vm_space_create(&vs), 0);
	vm_space_drop(vs);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(page_index),
		cmocka_unit_test(spaces_against_a_model),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
