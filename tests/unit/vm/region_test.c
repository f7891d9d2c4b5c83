/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Maps of regions with several owners (vm/region.c and what calls it) against a plain model: up to
 * 50 spaces that fork from each other, an array of pages for each that says what is mapped there,
 * how, and what it holds. Two files are mapped as well, truncated and punched. After every step
 * the map of the space that it was done to is compared with the model, and the graph of all nodes
 * and regions is walked from the roots: counts of references, the order and the heap, and what
 * nodes know of their subtrees are computed anew; the objects' lists must have the same regions.
 * Contents are compared now and then, since a look changes them. Allocations fail in between: a
 * call that failed must have done nothing, or (where it goes region by region) a part.
 *
 * REGION_STEPS: how many steps (default 40,000).
 */
#include "../unit.h"
#include "../memfail.h"
#include "mem/census.h"
#include "mem/page.h"
#include "vm/vm_int.h"

#define RW		(VM_PROT_READ | VM_PROT_WRITE)
#define BASE		0x40000000ul
#define NPAGES		64u
#define NSPACES		50u
#define NFILES		2u
#define FILE_PAGES	48u
#define RANGE_MAX	14u

struct cell {
	uint32_t mapped;
	uint32_t prot;
	int32_t	 file;		/* -1: anonymous */
	uint32_t fpage;
	uint32_t shared;
	uint32_t inherit;	/* enum vm_inherit */
	uint32_t copied;	/* shared, but a child is to have a copy; not to be seen */
	uint32_t locked;
	uint32_t own;		/* anonymous, or a private copy */
	uint32_t v;		/* what it holds then */
};

struct space {
	struct vm_space	*vs;
	struct cell	 c[NPAGES];
};

static struct space spaces[NSPACES];
static struct cell want[NPAGES];	/* what the step is to make of it */
static struct vm_object *files[NFILES];
static uint8_t file_v[NFILES][FILE_PAGES];
static uint64_t file_size[NFILES];	/* pages */
static uint64_t failed, forks;

static vaddr_t
va_of(uint32_t page)
{
	return BASE + page * PAGE_SIZE;
}

/* ---- The graph ---- */

#define SEEN	(1u << 14)

struct seen {
	const void *s_what;
	uint32_t    s_refs;
};

static struct seen seen[SEEN];
static uint32_t seen_list[SEEN], nseen;
static uint64_t nodes_apart_from_regions, regions_seen, linked;

static struct seen *
seen_of(const void *what)
{
	uint32_t i = (uint32_t)(((uintptr_t)what * 0x9e3779b97f4a7c15ull) >> 40) % SEEN;

	while (seen[i].s_what != NULL && seen[i].s_what != what)
		i = (i + 1) % SEEN;
	if (seen[i].s_what == NULL) {
		seen[i].s_what = what;
		seen_list[nseen++] = i;
		assert_true(nseen < SEEN / 2);
	}
	return &seen[i];
}

/* Regions of these are in the list of their object, each once. */
static void
see_region(const struct vm_region *r)
{
	if (seen_of(&r->vr_refs)->s_refs++ > 0)
		return;
	regions_seen++;
	assert_true(r->vr_start < r->vr_end && !r->vr_dead && r->vr_pins == 0);
	assert_true((r->vr_object != NULL) == (r->vr_family != NULL));
	linked += r->vr_object != NULL;
}

static void
see_node(const struct vm_node *n)
{
	const struct vm_node *l, *r;
	const struct vm_region *reg;
	uint64_t gap = 0;
	bool apart;

	if (n == NULL || seen_of(&n->n_refs)->s_refs++ > 0)
		return;
	l = n->n_left;
	r = n->n_right;
	reg = n->n_region;
	nodes_apart_from_regions += n != &reg->vr_node;
	see_region(reg);
	see_node(l);
	see_node(r);
	assert_true(l == NULL || (l->n_prio <= n->n_prio && l->n_max <= reg->vr_start));
	assert_true(r == NULL || (r->n_prio <= n->n_prio && r->n_min >= reg->vr_end));
	apart = reg->vr_inherit != region_usual_inherit(reg);
	if (l != NULL)
		gap = MAX(l->n_gap, reg->vr_start - l->n_max);
	if (r != NULL)
		gap = MAX(gap, MAX(r->n_gap, r->n_min - reg->vr_end));
	assert_int_equal(n->n_min, l != NULL ? l->n_min : reg->vr_start);
	assert_int_equal(n->n_max, r != NULL ? r->n_max : reg->vr_end);
	assert_int_equal(n->n_gap, gap);
	assert_int_equal(n->n_apart, apart || (l != NULL && l->n_apart) ||
	    (r != NULL && r->n_apart));
}

static void
check_graph(void)
{
	uint64_t in_lists = 0;

	nodes_apart_from_regions = regions_seen = linked = 0;
	for (uint32_t s = 0; s < NSPACES; s++) {
		if (spaces[s].vs != NULL)
			see_node(spaces[s].vs->vs_root);
	}
	for (uint32_t f = 0; f < NFILES; f++) {
		list_foreach(r, &files[f]->vo_regions, struct vm_region, vr_obj_link) {
			assert_ptr_equal(r->vr_object, files[f]);
			assert_true(seen_of(&r->vr_refs)->s_refs > 0);
			in_lists++;
		}
		assert_int_equal(files[f]->vo_cutting, 0);
	}
	assert_int_equal(in_lists, linked);
	assert_int_equal(census_live("vm_region"), regions_seen);
	assert_int_equal(census_live("vm_node"), nodes_apart_from_regions);
	for (uint32_t i = 0; i < nseen; i++) {
		struct seen *s = &seen[seen_list[i]];

		assert_int_equal(ref_read((const refcount_t *)s->s_what), s->s_refs);
		*s = (struct seen){ 0 };
	}
	nseen = 0;
}

/* ---- A space against the model ---- */

static bool
same_mapping(const struct cell *a, const struct cell *b)
{
	if (!a->mapped || !b->mapped)
		return a->mapped == b->mapped;
	return a->prot == b->prot && a->file == b->file &&
	    (a->file < 0 || a->fpage == b->fpage) && a->shared == b->shared &&
	    a->inherit == b->inherit && a->locked == b->locked;
}

/* How the pages are mapped, into now. */
static void
look(const struct space *s, struct cell *now)
{
	struct vm_region_info info;
	uint32_t n = 0;

	memset(now, 0, NPAGES * sizeof(*now));
	for (vaddr_t va = 0; vm_region_next(s->vs, va, false, &info); va = info.end) {
		n++;
		assert_true(info.start >= BASE && info.end <= va_of(NPAGES) && info.start >= va);
		for (vaddr_t a = info.start; a < info.end; a += PAGE_SIZE) {
			struct cell *c = &now[(a - BASE) / PAGE_SIZE];

			*c = (struct cell){ .mapped = true, .prot = info.prot, .file = -1,
			    .shared = info.shared, .locked = info.locked };
			for (uint32_t f = 0; f < NFILES; f++) {
				if (info.object_id == (uint64_t)(uintptr_t)files[f])
					c->file = (int32_t)f;
			}
			if (c->file >= 0)
				c->fpage = (uint32_t)((info.offset + (a - info.start)) / PAGE_SIZE);
			c->inherit = info.dontfork ? VM_INHERIT_NONE :
			    info.wipeonfork ? VM_INHERIT_ZERO : VM_INHERIT_COPY;
		}
	}
	assert_int_equal(s->vs->vs_nregions, n);
}

static void
check_counts(const struct space *s)
{
	uint64_t size = 0, data = 0, locked = 0, object = 0;

	for (uint32_t i = 0; i < NPAGES; i++) {
		const struct cell *c = &s->c[i];

		if (!c->mapped)
			continue;
		size++;
		data += !c->shared && (c->prot & VM_PROT_WRITE) != 0;
		locked += c->locked;
		object += c->file >= 0;
	}
	assert_int_equal(s->vs->vs_size_pages, size);
	assert_int_equal(s->vs->vs_data_pages, data);
	assert_int_equal(s->vs->vs_locked_pages, locked);
	assert_int_equal(s->vs->vs_shared_pages, object);
	assert_int_equal(s->vs->vs_stack_pages | s->vs->vs_exec_pages, 0);
	assert_true(vm_space_rss(s->vs) <= size);
}

/* What the page holds, whoever may read it: a byte or -errno. */
static int
holds(const struct cell *c)
{
	if (!c->mapped)
		return -EFAULT;
	if (c->file >= 0 && c->fpage >= file_size[c->file])
		return -EIO;
	return c->file < 0 || c->own ? (int)c->v : file_v[c->file][c->fpage];
}

/* What reading the page gives. */
static int
expected(const struct cell *c)
{
	return c->mapped && c->prot == VM_PROT_NONE ? -EACCES : holds(c);
}

static int
peek(const struct space *s, uint32_t page)
{
	uint8_t v;
	int error = vm_io(s->vs, va_of(page), &v, 1, false, NULL);

	return error != 0 ? -error : v;
}

/* Whether a private page is there. */
static bool
has_own(const struct space *s, uint32_t page)
{
	paddr_t pa;

	return pmap_extract(s->vs->vs_pmap, va_of(page), &pa, NULL) &&
	    phys_to_page(pa)->pg_object == NULL;
}

/*
 * The step is done: s is what want says, or after a failure as it was, or (part) something in
 * between, page by page.
 */
static void
settle(struct space *s, bool error, bool part)
{
	static struct cell now[NPAGES];

	look(s, now);
	for (uint32_t i = 0; i < NPAGES; i++) {
		struct cell *c = &s->c[i];

		if (!error || (part && same_mapping(&now[i], &want[i]) &&
		    (!same_mapping(c, &want[i]) || peek(s, i) == holds(&want[i]))))
			*c = want[i];
		assert_true(same_mapping(&now[i], c));
		if (error && part) {
			assert_int_equal(peek(s, i), holds(c));
			/* A copy that holds what the file holds looks like none. */
			if (c->mapped && c->file >= 0 && !c->shared)
				c->own = has_own(s, i), c->v = (uint32_t)MAX(peek(s, i), 0);
		}
	}
	check_counts(s);
}

static void
check_contents(struct space *s)
{
	for (uint32_t i = 0; i < NPAGES; i++)
		assert_int_equal(host_get(s->vs, va_of(i)), expected(&s->c[i]));
}

/* ---- Steps ---- */

/* Some calls meet an allocation that fails. */
static void
fail_begin(void)
{
	if (unit_random() % 4 == 0)
		mem_fail_after(unit_random() % 12, 1 + unit_random() % 3);
}

/* Whether the error is that of a failure; else it must be the one that was to be. */
static bool
fail_end(int error, int wanted)
{
	bool armed = mem_fail_count != 0, hit = armed && mem_fail_seen > mem_fail_first;

	mem_fail_clear();
	mem_fail_count = 0;
	if (hit && error == ENOMEM && wanted == 0) {
		failed++;
		return true;
	}
	if (!(hit && wanted != 0 && error == ENOMEM))
		assert_int_equal(error, wanted);
	return hit && error == ENOMEM;
}

static void
do_map(struct space *s, uint32_t first, uint32_t n)
{
	struct vm_mapping_req req = { .prot = unit_random() % 4 == 0 ? VM_PROT_READ : RW,
	    .flags = VM_MAP_FIXED };
	int32_t file = (int32_t)(unit_random() % (2 * NFILES)) - (int32_t)NFILES;
	uint32_t off = unit_random() % (FILE_PAGES - RANGE_MAX);
	vaddr_t va = va_of(first);
	int error;

	if (file >= 0) {
		req.object = files[file];
		req.offset = off * PAGE_SIZE;
		if (unit_random() % 2 == 0)
			req.flags |= VM_MAP_SHARED;
	}
	for (uint32_t i = 0; i < n; i++)
		want[first + i] = (struct cell){ .mapped = true, .prot = req.prot,
		    .file = file >= 0 ? file : -1, .fpage = file >= 0 ? off + i : 0,
		    .shared = (req.flags & VM_MAP_SHARED) != 0 };
	fail_begin();
	error = vm_map(s->vs, &va, n * PAGE_SIZE, &req);
	settle(s, fail_end(error, 0), false);
}

static void
do_unmap(struct space *s, uint32_t first, uint32_t n)
{
	int error;

	for (uint32_t i = 0; i < n; i++)
		want[first + i].mapped = false;
	fail_begin();
	error = vm_unmap(s->vs, va_of(first), n * PAGE_SIZE);
	settle(s, fail_end(error, 0), false);
}

static void
do_protect(struct space *s, uint32_t first, uint32_t n)
{
	static const uint32_t prots[] = { VM_PROT_NONE, VM_PROT_READ, RW, RW };
	uint32_t prot = prots[unit_random() % nitems(prots)];
	bool hole = false;
	int error;

	for (uint32_t i = first; i < first + n && !hole; i++) {
		hole = !want[i].mapped;
		want[i].prot = prot;
	}
	fail_begin();
	error = vm_protect(s->vs, va_of(first), n * PAGE_SIZE, prot);
	settle(s, fail_end(error, hole ? ENOMEM : 0), true);
}

/* Advice that is remembered. */
static void
do_inherit(struct space *s, uint32_t first, uint32_t n)
{
	static const enum vm_advice advices[] = { VM_ADV_DONTFORK, VM_ADV_DOFORK,
	    VM_ADV_WIPEONFORK, VM_ADV_KEEPONFORK };
	enum vm_advice advice = advices[unit_random() % nitems(advices)];
	int error, expect = 0;

	for (uint32_t i = first; i < first + n && expect != EINVAL; i++) {
		struct cell *c = &want[i];

		if (!c->mapped)
			expect = ENOMEM;
		else if (advice == VM_ADV_WIPEONFORK && c->file >= 0)
			expect = EINVAL;
		else if (advice == VM_ADV_DONTFORK)
			c->inherit = VM_INHERIT_NONE, c->copied = false;
		else if (advice == VM_ADV_WIPEONFORK)
			c->inherit = VM_INHERIT_ZERO;
		else if (c->inherit == (advice == VM_ADV_DOFORK ? (uint32_t)VM_INHERIT_NONE :
		    (uint32_t)VM_INHERIT_ZERO))
			c->inherit = VM_INHERIT_COPY;
	}
	fail_begin();
	error = vm_advise(s->vs, va_of(first), n * PAGE_SIZE, advice);
	settle(s, fail_end(error, expect), true);
}

/* Shared memory that is shared no more, with children to come. */
static void
do_unshare(struct space *s, uint32_t first, uint32_t n)
{
	int expect = 0;

	for (uint32_t i = first; i < first + n; i++) {
		if (!want[i].mapped)
			expect = ENOMEM;
		want[i].inherit = VM_INHERIT_COPY;
		want[i].copied = want[i].shared;
	}
	assert_int_equal(vm_inherit(s->vs, va_of(first), n * PAGE_SIZE, VM_INHERIT_COPY), expect);
	settle(s, false, false);
}

static void
do_dontneed(struct space *s, uint32_t first, uint32_t n)
{
	int error, expect = 0;

	for (uint32_t i = first; i < first + n; i++) {
		if (!want[i].mapped)
			expect = ENOMEM;
		if (want[i].mapped && want[i].locked) {
			expect = EINVAL;
			break;
		}
		want[i].own = false;
		if (want[i].file < 0)
			want[i].v = 0;
	}
	fail_begin();
	error = vm_advise(s->vs, va_of(first), n * PAGE_SIZE, VM_ADV_DONTNEED);
	settle(s, fail_end(error, expect), true);
}

static void
do_lock(struct space *s, uint32_t first, uint32_t n)
{
	bool lock = unit_random() % 2 == 0;
	int expect = 0;

	for (uint32_t i = first; i < first + n; i++) {
		struct cell *c = &want[i];

		if (!c->mapped) {
			expect = ENOMEM;
			break;
		}
		c->locked = lock;
	}
	/* Pages are brought in, and private ones that may be written copied. */
	for (uint32_t i = first; lock && expect != ENOMEM && i < first + n; i++) {
		struct cell *c = &want[i];

		if (c->prot == VM_PROT_NONE || c->file < 0)
			continue;
		if (c->fpage >= file_size[c->file]) {
			expect = EAGAIN;
		} else if (!c->shared && (c->prot & VM_PROT_WRITE) != 0 && !c->own) {
			c->own = true;
			c->v = file_v[c->file][c->fpage];
		}
	}
	assert_int_equal(vm_mlock(s->vs, va_of(first), n * PAGE_SIZE, lock), expect);
	settle(s, false, false);
}

static void
do_remap(struct space *s, uint32_t first, uint32_t n)
{
	uint32_t to = unit_random() % NPAGES;
	static struct cell unmapped[NPAGES];
	vaddr_t out;
	int error;

	if (to + n > NPAGES || (to < first + n && first < to + n))
		return;
	memcpy(unmapped, s->c, sizeof(unmapped));
	for (uint32_t i = 0; i < n; i++) {
		unmapped[to + i].mapped = false;
		want[to + i] = want[first + i];
		want[first + i].mapped = false;
	}
	fail_begin();
	error = vm_remap(s->vs, va_of(first), n * PAGE_SIZE, n * PAGE_SIZE,
	    VM_REMAP_MAYMOVE | VM_REMAP_FIXED, va_of(to), &out);
	if (error == EFAULT) {			/* not one region */
		mem_fail_clear();
		mem_fail_count = 0;
		memcpy(want, s->c, sizeof(want));
		settle(s, false, false);
		return;
	}
	if (fail_end(error, 0)) {		/* what was at the new place may be gone */
		memcpy(want, unmapped, sizeof(want));
		settle(s, true, true);
	} else {
		settle(s, false, false);
	}
}

static void
do_fork(struct space *s)
{
	struct space *c = &spaces[unit_random() % NSPACES];
	int error;

	if (c == s)
		return;
	if (c->vs != NULL)
		vm_space_drop(c->vs);
	c->vs = NULL;
	fail_begin();
	error = vm_space_fork(s->vs, &c->vs);
	if (fail_end(error, 0)) {
		c->vs = NULL;
		return;
	}
	forks++;
	memcpy(c->c, s->c, sizeof(c->c));
	for (uint32_t i = 0; i < NPAGES; i++) {
		struct cell *p = &c->c[i];

		p->locked = false;
		if (p->inherit == VM_INHERIT_NONE)
			p->mapped = false;
		else if (p->inherit == VM_INHERIT_ZERO)
			p->v = 0;
		else if (p->mapped && p->copied)
			*p = (struct cell){ .mapped = true, .prot = p->prot, .file = -1,
			    .v = p->fpage < file_size[p->file] ? file_v[p->file][p->fpage] : 0 };
	}
	memcpy(want, c->c, sizeof(want));
	settle(c, false, false);
}

/* A page of a file that page tables have is where the file says. */
static bool
check_leaf(void *arg, vaddr_t va, paddr_t pa, uint32_t prot)
{
	const struct vm_region *r = region_find(arg, va);
	struct page *pg = phys_to_page(pa);

	(void)prot;
	assert_non_null(r);
	if (pg->pg_object != NULL) {
		assert_ptr_equal(pg->pg_object, r->vr_object);
		assert_ptr_equal(pageidx_lookup(r->vr_object, region_index(r, va)), pg);
	} else if (r->vr_object != NULL) {
		assert_true(region_index(r, va) < howmany(r->vr_object->vo_size, PAGE_SIZE));
	}
	return true;
}

static void
do_cut_file(void)
{
	uint32_t f = unit_random() % NFILES;
	uint64_t first = unit_random() % (FILE_PAGES + 1), end = FILE_PAGES;
	bool punch = unit_random() % 2 == 0;

	if (punch) {
		end = MIN(first + unit_random() % 8, (uint64_t)FILE_PAGES);
		vm_object_punch(files[f], first * PAGE_SIZE, end * PAGE_SIZE);
	} else {
		vm_object_truncate(files[f], first * PAGE_SIZE);
		file_size[f] = first;
	}
	for (uint64_t i = first; i < end; i++)
		file_v[f][i] = 0;
	for (uint32_t k = 0; k < NSPACES * NPAGES && !punch; k++) {
		struct cell *c = &spaces[k / NPAGES].c[k % NPAGES];

		if (c->file == (int32_t)f && c->fpage >= first)
			c->own = false;
	}
	for (uint32_t k = 0; k < NSPACES; k++) {
		if (spaces[k].vs != NULL)
			pmap_walk(spaces[k].vs->vs_pmap, USER_MIN, USER_MAX, check_leaf,
			    spaces[k].vs);
	}
}

static void
do_write(struct space *s, uint32_t page)
{
	struct cell *c = &s->c[page];
	uint8_t v = (uint8_t)(1 + unit_random() % 250);
	int error, expect = expected(c);

	if (c->mapped && (c->prot & VM_PROT_WRITE) == 0)
		expect = -EACCES;
	fail_begin();
	error = host_put(s->vs, va_of(page), v);
	if (fail_end(error, expect >= 0 ? 0 : -expect) || expect < 0)
		return;
	if (c->shared) {
		file_v[c->file][c->fpage] = v;
	} else {
		c->own = true;
		c->v = v;
	}
}

static void
step(struct space *s)
{
	uint32_t first = unit_random() % NPAGES, n = 1 + unit_random() % RANGE_MAX;

	n = MIN(n, NPAGES - first);
	memcpy(want, s->c, sizeof(want));
	switch (unit_random() % 21) {
	case 0: case 1: case 2: case 3:
		do_map(s, first, n);
		break;
	case 4:
		do_unmap(s, first, unit_random() % 4 == 0 ? NPAGES - first : n);
		break;
	case 5: case 6:
		do_protect(s, first, n);
		break;
	case 7: case 8:
		do_inherit(s, first, n);
		break;
	case 9:
		do_dontneed(s, first, n);
		break;
	case 10:
		do_lock(s, first, n);
		break;
	case 11: case 12:
		do_remap(s, first, 1 + n / 4);
		break;
	case 13: case 14:
		do_fork(s);
		break;
	case 15:
		if (unit_random() % 8 == 0)
			do_cut_file();
		break;
	case 16:
		do_unshare(s, first, n);
		break;
	default:
		do_write(s, first);
		break;
	}
}

static void
spaces_against_a_model(void **state)
{
	const char *env = getenv("REGION_STEPS");
	uint64_t steps = env != NULL ? strtoull(env, NULL, 10) : 40000;
	uint64_t used = pages_total - pages_free_count() - pages_slab_count();

	(void)state;
	for (uint32_t f = 0; f < NFILES; f++) {
		files[f] = vm_object_create_anon(FILE_PAGES * PAGE_SIZE);
		file_size[f] = FILE_PAGES;
	}
	for (uint64_t i = 0; i < steps; i++) {
		struct space *s = &spaces[unit_random() % NSPACES];

		if (s->vs == NULL && unit_random() % 64 == 0) {
			assert_int_equal(vm_space_create(&s->vs), 0);
			memset(s->c, 0, sizeof(s->c));
		} else if (s->vs != NULL) {
			step(s);
			if (i % 8 == 0 && s->vs != NULL)
				check_contents(s);
		}
		check_graph();
	}
	for (uint32_t s = 0; s < NSPACES; s++) {
		if (spaces[s].vs != NULL)
			check_contents(&spaces[s]);
	}
	for (uint32_t s = 0; s < NSPACES; s++) {
		if (spaces[s].vs != NULL)
			vm_space_drop(spaces[s].vs);
	}
	for (uint32_t f = 0; f < NFILES; f++)
		vm_object_drop(files[f]);
	assert_true(failed > steps / 200 && forks > steps / 100);
	assert_int_equal(census_live("vm_region") | census_live("vm_node"), 0);
	assert_int_equal(census_live("vm_family") | census_live("vm_index_node"), 0);
	assert_int_equal(pages_total - pages_free_count() - pages_slab_count(), used);
}

/* Sharing: fork allocates for no region, and one that changes copies no more than its way. */
static void
fork_copies_no_region(void **state)
{
	struct vm_space *p, *c;
	struct vm_mapping_req req = { .prot = VM_PROT_READ, .flags = VM_MAP_FIXED };
	uint64_t seen_small, nodes;

	(void)state;
	assert_int_equal(vm_space_create(&p), 0);
	for (uint32_t i = 0; i < 20000; i++) {
		vaddr_t va = BASE + 2 * i * PAGE_SIZE;

		assert_int_equal(vm_map(p, &va, PAGE_SIZE, &req), 0);
		if (i == 9) {
			mem_fail_after(UINT64_MAX, 0);
			assert_int_equal(vm_space_fork(p, &c), 0);
			seen_small = mem_fail_clear();
			vm_space_drop(c);
		}
	}
	mem_fail_after(UINT64_MAX, 0);
	assert_int_equal(vm_space_fork(p, &c), 0);
	assert_int_equal(mem_fail_clear(), seen_small);
	assert_int_equal(c->vs_nregions, 20000);
	assert_int_equal(census_live("vm_region"), 20000);
	nodes = census_live("vm_node");
	assert_int_equal(vm_unmap(c, BASE + 20000 * PAGE_SIZE, PAGE_SIZE), 0);
	assert_true(census_live("vm_node") - nodes <= 90);	/* two ways of about 20 */
	/* All at once: the middle of the tree leaves as a whole. */
	assert_int_equal(vm_unmap(c, BASE, 40000 * PAGE_SIZE), 0);
	assert_int_equal(c->vs_nregions, 0);
	assert_int_equal(c->vs_size_pages, 0);
	assert_int_equal(census_live("vm_region"), 20000);
	vm_space_drop(p);
	assert_int_equal(census_live("vm_region"), 0);
	vm_space_drop(c);
}

/* Nothing of a parent is locked in its child, and both can lock on their own. */
static void
locks_are_of_one_space(void **state)
{
	struct vm_mapping_req req = { .prot = RW, .flags = VM_MAP_FIXED };
	struct vm_space *p, *c;
	vaddr_t va = BASE;

	(void)state;
	assert_int_equal(vm_space_create(&p), 0);
	assert_int_equal(vm_map(p, &va, 8 * PAGE_SIZE, &req), 0);
	assert_int_equal(vm_mlock(p, va, 4 * PAGE_SIZE, true), 0);
	assert_int_equal(vm_space_fork(p, &c), 0);
	assert_int_equal(c->vs_locked_pages, 0);
	assert_int_equal(p->vs_locked_pages, 4);
	assert_int_equal(vm_advise(c, va, PAGE_SIZE, VM_ADV_DONTNEED), 0);
	assert_int_equal(vm_advise(p, va, PAGE_SIZE, VM_ADV_DONTNEED), EINVAL);
	assert_int_equal(vm_mlock(c, va + 2 * PAGE_SIZE, 4 * PAGE_SIZE, true), 0);
	assert_int_equal(c->vs_locked_pages, 4);
	assert_int_equal(p->vs_locked_pages, 4);
	assert_int_equal(vm_munlock_all(c), 0);
	assert_int_equal(c->vs_nregions, 1);		/* alike again */
	assert_int_equal(p->vs_locked_pages, 4);
	assert_int_equal(vm_munlock_all(p), 0);
	assert_int_equal(p->vs_locked_pages, 0);
	vm_space_drop(c);
	vm_space_drop(p);
}

static int
setup(void **state)
{
	struct vm_space *vs;

	(void)state;
	host_init(256ul << 20);
	assert_int_equal(vm_space_create(&vs), 0);
	vm_space_drop(vs);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fork_copies_no_region),
		cmocka_unit_test(locks_are_of_one_space),
		cmocka_unit_test(spaces_against_a_model),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
