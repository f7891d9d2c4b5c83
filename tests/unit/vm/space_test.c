/* SPDX-License-Identifier: BSD-2-Clause */
/* kernel/vm/space.c, map.c, fault.c, advise.c: address spaces as programs see them. */
#include "../unit.h"
#include "../memfail.h"
#include "mem/census.h"
#include "mem/page.h"
#include "vm/vm.h"

#define RW	(VM_PROT_READ | VM_PROT_WRITE)
#define PG	PAGE_SIZE

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
	/* Once, so that caches are set up. */
	assert_int_equal(vm_space_create(&vs), 0);
	vm_space_drop(vs);
	return 0;
}

static int
setup(void **state)
{
	struct vm_space *vs;

	used_before = pages_used();
	assert_int_equal(vm_space_create(&vs), 0);
	*state = vs;
	return 0;
}

/* The space, and all that it held, is gone. */
static int
teardown(void **state)
{
	vm_space_drop(*state);
	assert_int_equal(pages_used(), used_before);
	assert_int_equal(census_live("vm_space"), 0);
	assert_int_equal(census_live("vm_region"), 0);
	assert_int_equal(census_live("vm_node"), 0);
	assert_int_equal(census_live("vm_family"), 0);
	assert_int_equal(census_live("vm_object"), 0);
	assert_int_equal(census_live("vm_index_node"), 0);
	assert_int_equal(pages_table_count(), 0);
	return 0;
}

static vaddr_t
map(struct vm_space *vs, size_t len, uint32_t prot, uint32_t flags)
{
	struct vm_mapping_req req = { .prot = prot, .flags = flags };
	vaddr_t va = 0;

	assert_int_equal(vm_map(vs, &va, len, &req), 0);
	return va;
}

static int
map_at(struct vm_space *vs, vaddr_t va, size_t len, uint32_t prot, uint32_t flags)
{
	struct vm_mapping_req req = { .prot = prot, .flags = flags };

	return vm_map(vs, &va, len, &req);
}

static vaddr_t
map_object(struct vm_space *vs, struct vm_object *vo, uint64_t off, size_t len, uint32_t prot,
    uint32_t flags)
{
	struct vm_mapping_req req = { .prot = prot, .flags = flags, .object = vo, .offset = off };
	vaddr_t va = 0;

	assert_int_equal(vm_map(vs, &va, len, &req), 0);
	return va;
}

static uint32_t
count_regions(struct vm_space *vs)
{
	struct vm_region_info info;
	uint32_t n = 0;

	for (vaddr_t va = 0; vm_region_next(vs, va, false, &info); va = info.end) {
		if (info.vnode != NULL)
			vm_hook_vnode_drop(info.vnode);
		n++;
	}
	assert_int_equal(n, vs->vs_nregions);
	return n;
}

static void
demand_zero(void **state)
{
	struct vm_space *vs = *state;
	vaddr_t va = map(vs, 100 * PG, RW, 0);

	assert_int_equal(vm_space_rss(vs), 0);
	assert_int_equal(host_get(vs, va + 5 * PG + 7), 0);
	assert_int_equal(host_put(vs, va + 99 * PG, 9), 0);
	assert_int_equal(host_get(vs, va + 99 * PG), 9);
	assert_int_equal(vm_space_rss(vs), 2);
	assert_int_equal(host_get(vs, va + 100 * PG), -EFAULT);
	assert_int_equal(host_get(vs, va - 1), -EFAULT);
	assert_int_equal(host_user_exec(vs, va), EACCES);
	assert_int_equal(vm_unmap(vs, va, 100 * PG), 0);
	assert_int_equal(host_get(vs, va + 99 * PG), -EFAULT);
	assert_int_equal(vm_space_rss(vs), 0);
	assert_int_equal(vs->vs_size_pages, 0);
}

static void
unmap_makes_holes(void **state)
{
	struct vm_space *vs = *state;
	vaddr_t va = map(vs, 10 * PG, RW, 0);

	for (int i = 0; i < 10; i++)
		assert_int_equal(host_put(vs, va + i * PG, (uint8_t)(i + 1)), 0);
	assert_int_equal(vm_unmap(vs, va + 3 * PG, 2 * PG), 0);
	assert_int_equal(count_regions(vs), 2);
	for (int i = 0; i < 10; i++)
		assert_int_equal(host_get(vs, va + i * PG), i == 3 || i == 4 ? -EFAULT : i + 1);
	assert_int_equal(map_at(vs, va + 3 * PG, 2 * PG, RW, VM_MAP_NOREPLACE), 0);
	assert_int_equal(count_regions(vs), 1);		/* joined again */
	assert_int_equal(host_get(vs, va + 3 * PG), 0);
	assert_int_equal(map_at(vs, va + 3 * PG, PG, RW, VM_MAP_NOREPLACE), EEXIST);
	assert_int_equal(map_at(vs, va + 5 * PG, PG, RW, VM_MAP_FIXED), 0);
	assert_int_equal(host_get(vs, va + 5 * PG), 0);
	assert_int_equal(host_get(vs, va + 6 * PG), 7);
	assert_int_equal(vm_unmap(vs, va - 5 * PG, 30 * PG), 0);
	assert_int_equal(count_regions(vs), 0);
	assert_int_equal(vm_unmap(vs, va + 1, PG), EINVAL);
	assert_int_equal(vm_unmap(vs, va, 0), EINVAL);
}

static void
map_refuses(void **state)
{
	struct vm_space *vs = *state;
	struct vm_mapping_req req = { .prot = RW };
	vaddr_t va = 0;

	assert_int_equal(vm_map(vs, &va, 0, &req), EINVAL);
	assert_int_equal(vm_map(vs, &va, SIZE_MAX, &req), ENOMEM);
	assert_int_equal(vm_map(vs, &va, USER_MAX, &req), ENOMEM);
	assert_int_equal(map_at(vs, 0x100001, PG, RW, VM_MAP_FIXED), EINVAL);
	assert_int_equal(map_at(vs, 0, PG, RW, VM_MAP_FIXED), EPERM);
	assert_int_equal(map_at(vs, USER_MAX, PG, RW, VM_MAP_FIXED), ENOMEM);
	assert_int_equal(map_at(vs, USER_MAX - PG, PG, RW, VM_MAP_FIXED), 0);
	va = map(vs, PG, RW, VM_MAP_32BIT);
	assert_true(va + PG <= 1ul << 31);
	vs->vs_limit_as = 5 * PG;
	assert_int_equal(map_at(vs, 1ul << 32, 3 * PG, RW, VM_MAP_FIXED), 0);
	assert_int_equal(map_at(vs, 2ul << 32, PG, RW, VM_MAP_FIXED), ENOMEM);
	/* instead of itself */
	assert_int_equal(map_at(vs, 1ul << 32, 3 * PG, RW, VM_MAP_FIXED), 0);
	vs->vs_limit_as = UINT64_MAX;
	vs->vs_limit_data = 6 * PG;
	assert_int_equal(map_at(vs, 2ul << 32, 2 * PG, RW, VM_MAP_FIXED), ENOMEM);
	assert_int_equal(map_at(vs, 2ul << 32, 2 * PG, VM_PROT_READ, VM_MAP_FIXED), 0);
	assert_int_equal(vm_protect(vs, 2ul << 32, 2 * PG, RW), ENOMEM);
}

static void
hints_and_order(void **state)
{
	struct vm_space *vs = *state;
	struct vm_mapping_req req = { .prot = RW };
	vaddr_t a = map(vs, PG, RW, 0), b = map(vs, PG, VM_PROT_READ, 0), c;

	assert_int_equal(b, a - PG);		/* top down */
	c = 0x40000123;
	assert_int_equal(vm_map(vs, &c, PG, &req), 0);
	assert_int_equal(c, 0x40000000);
	c = 0x40000000;
	assert_int_equal(vm_map(vs, &c, PG, &req), 0);
	assert_int_equal(c, b - PG);
	assert_int_equal(vm_unmap(vs, b, PG), 0);
	assert_int_equal(map(vs, PG, VM_PROT_EXEC, 0), b);
}

static void
protection(void **state)
{
	struct vm_space *vs = *state;
	vaddr_t va = map(vs, 6 * PG, RW, 0);

	for (int i = 0; i < 6; i++)
		assert_int_equal(host_put(vs, va + i * PG, (uint8_t)(i + 1)), 0);
	assert_int_equal(vm_protect(vs, va + 2 * PG, 2 * PG, VM_PROT_READ), 0);
	assert_int_equal(count_regions(vs), 3);
	assert_int_equal(host_put(vs, va + 2 * PG, 1), EACCES);
	assert_int_equal(host_get(vs, va + 2 * PG), 3);
	assert_int_equal(host_put(vs, va + 4 * PG, 50), 0);
	assert_int_equal(vm_protect(vs, va, 6 * PG, VM_PROT_NONE), 0);
	assert_int_equal(count_regions(vs), 1);
	assert_int_equal(host_get(vs, va), -EACCES);
	assert_int_equal(vm_space_rss(vs), 6);
	assert_int_equal(vm_protect(vs, va, 6 * PG, RW), 0);
	assert_int_equal(host_get(vs, va + 4 * PG), 50);
	assert_int_equal(host_put(vs, va, 77), 0);
	assert_int_equal(vm_protect(vs, va, 6 * PG, VM_PROT_READ | VM_PROT_EXEC), 0);
	assert_int_equal(host_user_exec(vs, va), 0);
	assert_int_equal(host_put(vs, va, 1), EACCES);
	/* up to the hole it is done */
	assert_int_equal(vm_protect(vs, va + 5 * PG, 2 * PG, RW), ENOMEM);
	assert_int_equal(host_put(vs, va + 5 * PG, 1), 0);
	assert_int_equal(vm_protect(vs, va - PG, 2 * PG, RW), ENOMEM);
	assert_int_equal(vm_protect(vs, va, 0, RW), 0);
	assert_int_equal(vm_protect(vs, va + 1, PG, RW), EINVAL);
}

static void
fork_copies_on_write(void **state)
{
	struct vm_space *p = *state, *c;
	vaddr_t va = map(p, 8 * PG, RW, 0);
	uint64_t used;

	for (int i = 0; i < 4; i++)
		assert_int_equal(host_put(p, va + i * PG, (uint8_t)(10 + i)), 0);
	used = pages_used();
	assert_int_equal(vm_space_fork(p, &c), 0);
	assert_int_equal(pages_used() - used, 1);	/* its root: no table below, no page */
	assert_int_equal(vm_space_rss(c), 4);
	/* Writes of either side are its own, also through what the parent's TLB had. */
	assert_int_equal(host_put(p, va, 1), 0);
	assert_int_equal(host_put(c, va + PG, 2), 0);
	assert_int_equal(host_get(c, va), 10);
	assert_int_equal(host_get(p, va + PG), 11);
	assert_int_equal(host_get(c, va + PG), 2);
	/* The last of two owners takes a page over. */
	used = pages_used();
	assert_int_equal(host_put(c, va, 3), 0);
	assert_int_equal(host_put(p, va + PG, 4), 0);
	assert_int_equal(pages_used(), used);
	/* What neither had is new in each. */
	assert_int_equal(host_put(p, va + 6 * PG, 5), 0);
	assert_int_equal(host_get(c, va + 6 * PG), 0);
	vm_space_drop(c);
	used = pages_used();
	assert_int_equal(host_put(p, va + 2 * PG, 6), 0);
	assert_int_equal(host_get(p, va + 2 * PG), 6);
	assert_int_equal(pages_used(), used);
}

static void
fork_of_fork(void **state)
{
	struct vm_space *s[12] = { *state };
	vaddr_t va = map(s[0], PG, RW, 0);

	assert_int_equal(host_put(s[0], va, 100), 0);
	for (int i = 1; i < 12; i++) {
		assert_int_equal(vm_space_fork(s[i - 1], &s[i]), 0);
		assert_int_equal(host_put(s[i], va, (uint8_t)(100 + i)), 0);
	}
	for (int i = 0; i < 12; i++)
		assert_int_equal(host_get(s[i], va), 100 + i);
	for (int i = 11; i > 0; i--)
		vm_space_drop(s[i]);
}

static void
fork_shares_shared(void **state)
{
	struct vm_space *p = *state, *c;
	vaddr_t va = map(p, 4 * PG, RW, VM_MAP_SHARED | VM_MAP_ANON);

	assert_int_equal(host_put(p, va, 1), 0);
	assert_int_equal(vm_space_fork(p, &c), 0);
	assert_int_equal(host_get(c, va), 1);
	assert_int_equal(host_put(c, va, 2), 0);
	assert_int_equal(host_get(p, va), 2);
	assert_int_equal(host_put(p, va + PG, 3), 0);
	assert_int_equal(host_get(c, va + PG), 3);
	vm_space_drop(c);
}

static void
fork_obeys_advice(void **state)
{
	struct vm_space *p = *state, *c;
	vaddr_t va = map(p, 6 * PG, RW, 0);

	for (int i = 0; i < 6; i++)
		assert_int_equal(host_put(p, va + i * PG, (uint8_t)(i + 1)), 0);
	assert_int_equal(vm_advise(p, va + PG, PG, VM_ADV_DONTFORK), 0);
	assert_int_equal(vm_advise(p, va + 3 * PG, PG, VM_ADV_WIPEONFORK), 0);
	assert_int_equal(vm_mlock(p, va + 5 * PG, PG, true), 0);
	assert_int_equal(p->vs_locked_pages, 1);
	assert_int_equal(vm_space_fork(p, &c), 0);
	assert_int_equal(host_get(c, va), 1);
	assert_int_equal(host_get(c, va + PG), -EFAULT);
	assert_int_equal(host_get(c, va + 3 * PG), 0);
	assert_int_equal(host_get(c, va + 4 * PG), 5);
	assert_int_equal(c->vs_locked_pages, 0);
	assert_int_equal(c->vs_size_pages, 5);
	assert_int_equal(host_get(p, va + 3 * PG), 4);
	vm_space_drop(c);
	assert_int_equal(vm_advise(p, va, 6 * PG, VM_ADV_DOFORK), 0);
	assert_int_equal(vm_advise(p, va, 6 * PG, VM_ADV_KEEPONFORK), 0);
	assert_int_equal(count_regions(p), 2);
	assert_int_equal(vm_space_fork(p, &c), 0);
	assert_int_equal(host_get(c, va + PG), 2);
	assert_int_equal(host_get(c, va + 3 * PG), 4);
	vm_space_drop(c);
}

static void
fork_keeps_protection_none(void **state)
{
	struct vm_space *p = *state, *c;
	vaddr_t va = map(p, PG, RW, 0);

	assert_int_equal(host_put(p, va, 42), 0);
	assert_int_equal(vm_protect(p, va, PG, VM_PROT_NONE), 0);
	assert_int_equal(vm_space_fork(p, &c), 0);
	assert_int_equal(host_get(c, va), -EACCES);
	assert_int_equal(vm_protect(c, va, PG, RW), 0);
	assert_int_equal(host_put(c, va, 43), 0);
	assert_int_equal(vm_protect(p, va, PG, VM_PROT_READ), 0);
	assert_int_equal(host_get(p, va), 42);
	assert_int_equal(host_put(p, va, 1), EACCES);
	vm_space_drop(c);
}

static void
file_private(void **state)
{
	struct vm_space *vs = *state, *c;
	struct vm_object *vo = vm_object_create_anon(40 * PG + 100);
	struct vnode vn = { 0 };
	struct vm_mapping_req req = { .prot = RW, .object = vo, .offset = PG, .vnode = &vn };
	struct page *pg;
	vaddr_t va = 0;

	for (uint64_t i = 0; i < 41; i++) {
		assert_int_equal(vm_object_page(vo, i, true, &pg), 0);
		memset(page_kva(pg), (int)i, i < 40 ? PG : 100);
		page_drop(pg);
	}
	assert_int_equal(vm_map(vs, &va, 50 * PG, &req), 0);
	assert_int_equal(vn.vn_holds, 1);
	host_faults = 0;
	for (int i = 0; i < 40; i++)
		assert_int_equal(host_get(vs, va + i * PG), i + 1);
	assert_true(host_faults <= 4);			/* fault-around */
	assert_int_equal(host_get(vs, va + 39 * PG + 100), 0);
	assert_int_equal(host_get(vs, va + 40 * PG), -EIO);
	assert_int_equal(host_put(vs, va, 99), 0);
	assert_int_equal(host_put(vs, va + 20 * PG, 98), 0);
	assert_int_equal(vm_space_fork(vs, &c), 0);
	assert_int_equal(vn.vn_holds, 1);		/* one region, of both */
	assert_int_equal(host_get(c, va), 99);
	assert_int_equal(host_put(c, va, 97), 0);
	assert_int_equal(host_get(vs, va), 99);
	assert_int_equal(host_get(c, va + 2 * PG), 3);
	/*
	 * The file has not changed; a private mapping sees later changes of it where it has no
	 * copy.
	 */
	assert_int_equal(vm_object_page(vo, 1, false, &pg), 0);
	assert_int_equal(*(uint8_t *)page_kva(pg), 1);
	page_drop(pg);
	/* Truncation takes the copies as well. */
	vm_object_truncate(vo, 10 * PG + 10);
	assert_int_equal(host_get(vs, va + 20 * PG), -EIO);
	assert_int_equal(host_get(c, va + 20 * PG), -EIO);
	assert_int_equal(host_get(vs, va + 9 * PG + 9), 10);
	assert_int_equal(host_get(vs, va + 9 * PG + 10), 0);
	assert_int_equal(host_get(vs, va), 99);
	vm_object_truncate(vo, 30 * PG);
	assert_int_equal(host_get(vs, va + 20 * PG), 0);
	assert_int_equal(vm_advise(vs, va, PG, VM_ADV_DONTNEED), 0);
	assert_int_equal(host_get(vs, va), 1);
	vm_space_drop(c);
	assert_int_equal(vn.vn_holds, 1);
	assert_int_equal(vm_unmap(vs, va, 50 * PG), 0);
	assert_int_equal(vn.vn_holds, 0);
	vm_object_drop(vo);
}

static void
file_shared(void **state)
{
	struct vm_space *vs = *state, *other;
	struct vm_object *vo = vm_object_create_anon(20 * PG);
	struct page *pg;
	vaddr_t a, b, p;

	assert_int_equal(vm_space_create(&other), 0);
	a = map_object(vs, vo, 0, 20 * PG, RW, VM_MAP_SHARED);
	b = map_object(other, vo, 4 * PG, 8 * PG, RW, VM_MAP_SHARED);
	p = map_object(other, vo, 0, 20 * PG, RW, 0);
	assert_int_equal(host_put(vs, a + 5 * PG, 5), 0);
	assert_int_equal(host_get(other, b + PG), 5);
	assert_int_equal(host_get(other, p + 5 * PG), 5);
	assert_int_equal(host_put(other, b + PG, 6), 0);
	assert_int_equal(host_get(vs, a + 5 * PG), 6);
	assert_int_equal(host_get(other, p + 5 * PG), 6);
	assert_int_equal(host_put(other, p + 5 * PG, 7), 0);
	assert_int_equal(host_get(vs, a + 5 * PG), 6);
	assert_int_equal(host_put(vs, a + 5 * PG, 8), 0);
	assert_int_equal(host_get(other, p + 5 * PG), 7);
	/* A private write into a hole of the file does not make a page of the file. */
	assert_int_equal(host_put(other, p + 15 * PG, 1), 0);
	assert_int_equal(vm_object_page(vo, 15, false, &pg), 0);
	assert_null(pg);
	/* Cutting and moving mappings does not lose truncation. */
	assert_int_equal(vm_protect(vs, a + 6 * PG, 3 * PG, VM_PROT_READ), 0);
	assert_int_equal(host_put(vs, a + 15 * PG, 1), 0);
	assert_int_equal(host_get(vs, a + 7 * PG), 0);
	vm_object_truncate(vo, 7 * PG);
	assert_int_equal(host_get(vs, a + 7 * PG), -EIO);
	assert_int_equal(host_get(vs, a + 15 * PG), -EIO);
	assert_int_equal(host_get(other, b + 3 * PG), -EIO);
	assert_int_equal(host_get(other, p + 15 * PG), -EIO);
	assert_int_equal(host_get(other, b + 2 * PG), 0);
	assert_int_equal(vm_object_resident(vo), 2);
	vm_space_drop(other);
	vm_object_drop(vo);		/* the mapping keeps it */
	assert_int_equal(host_get(vs, a + 5 * PG), 8);
}

static void
advice(void **state)
{
	struct vm_space *vs = *state;
	vaddr_t va = map(vs, 8 * PG, RW, 0), sh = map(vs, 4 * PG, RW, VM_MAP_SHARED | VM_MAP_ANON);

	assert_int_equal(vm_advise(vs, va, 8 * PG, VM_ADV_POPULATE_WRITE), 0);
	assert_int_equal(vm_space_rss(vs), 8);
	assert_int_equal(host_put(vs, va + PG, 1), 0);
	assert_int_equal(vm_advise(vs, va + PG, 2 * PG, VM_ADV_DONTNEED), 0);
	assert_int_equal(vm_space_rss(vs), 6);
	assert_int_equal(host_get(vs, va + PG), 0);
	assert_int_equal(vm_advise(vs, va, 9 * PG, VM_ADV_FREE), ENOMEM);
	assert_int_equal(vm_space_rss(vs), 0);
	assert_int_equal(count_regions(vs), 2);
	assert_int_equal(vm_advise(vs, sh, PG, VM_ADV_FREE), EINVAL);
	assert_int_equal(host_put(vs, sh, 7), 0);
	assert_int_equal(vm_advise(vs, sh, PG, VM_ADV_DONTNEED), 0);
	assert_int_equal(host_get(vs, sh), 7);
	assert_int_equal(vm_advise(vs, sh, PG, VM_ADV_REMOVE), 0);
	assert_int_equal(host_get(vs, sh), 0);
	assert_int_equal(vm_advise(vs, va, PG, VM_ADV_REMOVE), EINVAL);
	assert_int_equal(vm_mlock(vs, va, 2 * PG, true), 0);
	assert_int_equal(vm_advise(vs, va, PG, VM_ADV_DONTNEED), EINVAL);
	assert_int_equal(vm_space_rss(vs), 3);
	assert_int_equal(vm_munlock_all(vs), 0);
	assert_int_equal(vs->vs_locked_pages, 0);
	vs->vs_limit_memlock = PG;
	assert_int_equal(vm_mlock(vs, va, 2 * PG, true), ENOMEM);
	assert_int_equal(vm_advise(vs, va + 1, PG, VM_ADV_IGNORED), EINVAL);
	assert_int_equal(vm_advise(vs, va, 20 * PG, VM_ADV_IGNORED), ENOMEM);
	assert_int_equal(vm_msync(vs, va, 8 * PG), 0);
	vs->vs_limit_memlock = UINT64_MAX;
	assert_int_equal(vm_mlock_all(vs, true, true), 0);
	assert_int_equal(vm_space_rss(vs), 12);
	map(vs, 3 * PG, RW, 0);
	assert_int_equal(vm_space_rss(vs), 15);
	assert_int_equal(vs->vs_locked_pages, 15);
}

static void
mincore(void **state)
{
	struct vm_space *vs = *state;
	vaddr_t va = map(vs, 4 * PG, RW, 0);
	uint8_t vec[4];

	assert_int_equal(host_put(vs, va + 2 * PG, 1), 0);
	assert_int_equal(vm_mincore(vs, va, 4, vec), 0);
	assert_int_equal(vec[0] | vec[1] << 1 | vec[2] << 2 | vec[3] << 3, 4);
	assert_int_equal(vm_mincore(vs, va, 5, vec), ENOMEM);
}

static void
heap(void **state)
{
	struct vm_space *vs = *state;
	struct vm_region_info info;
	vaddr_t b, start = 0x600010;

	vm_brk_init(vs, start);
	assert_int_equal(vm_brk(vs, 0, &b), 0);
	assert_int_equal(b, start);
	assert_int_equal(vm_brk(vs, start + 3 * PG, &b), 0);
	assert_int_equal(b, start + 3 * PG);
	assert_int_equal(host_put(vs, 0x601000, 5), 0);
	assert_int_equal(host_get(vs, 0x603fff), 0);
	assert_int_equal(host_get(vs, 0x604000), -EFAULT);
	assert_int_equal(vm_brk(vs, start + 9 * PG, &b), 0);
	assert_int_equal(count_regions(vs), 1);
	assert_true(vm_region_next(vs, 0, true, &info));
	assert_string_equal(info.name, "[heap]");
	assert_int_equal(info.resident_pages, 2);
	assert_int_equal(vm_brk(vs, start + 1, &b), 0);
	assert_int_equal(host_get(vs, 0x601000), -EFAULT);
	assert_int_equal(vm_brk(vs, start - 1, &b), EINVAL);
	assert_int_equal(b, start + 1);
	assert_int_equal(map_at(vs, 0x610000, PG, RW, VM_MAP_FIXED), 0);
	assert_int_equal(vm_brk(vs, 0x610001, &b), ENOMEM);
	assert_int_equal(b, start + 1);
	vs->vs_limit_data = 4 * PG;
	assert_int_equal(vm_brk(vs, start + 5 * PG, &b), ENOMEM);
}

static void
stack(void **state)
{
	struct vm_space *vs = *state;
	vaddr_t top = 0x7f0000000000, va = top - 4 * PG;

	vs->vs_limit_stack = 600 * PG;
	assert_int_equal(map_at(vs, va, 4 * PG, RW, VM_MAP_FIXED | VM_MAP_GROWSDOWN), 0);
	assert_int_equal(host_put(vs, top - 100 * PG, 1), 0);
	assert_int_equal(vs->vs_stack_pages, 100);
	assert_int_equal(count_regions(vs), 1);
	assert_int_equal(host_put(vs, top - 600 * PG, 1), 0);
	assert_int_equal(host_put(vs, top - 600 * PG - 1, 1), EFAULT);
	vs->vs_limit_stack = UINT64_MAX;
	assert_int_equal(map_at(vs, top - 1000 * PG, PG, RW, VM_MAP_FIXED), 0);
	assert_int_equal(host_put(vs, top - 700 * PG, 1), 0);
	/* too near to what is below */
	assert_int_equal(host_put(vs, top - 800 * PG, 1), EFAULT);
	assert_int_equal(host_put(vs, top - 999 * PG, 1), EFAULT);
}

static void
remap(void **state)
{
	struct vm_space *vs = *state;
	vaddr_t va = 0x10000000, out, sh;

	assert_int_equal(map_at(vs, va, 8 * PG, RW, VM_MAP_FIXED), 0);
	for (int i = 0; i < 8; i++)
		assert_int_equal(host_put(vs, va + i * PG, (uint8_t)(i + 1)), 0);
	assert_int_equal(vm_remap(vs, va, 8 * PG, 6 * PG, 0, 0, &out), 0);
	assert_int_equal(out, va);
	assert_int_equal(host_get(vs, va + 6 * PG), -EFAULT);
	assert_int_equal(vm_remap(vs, va, 6 * PG, 10 * PG, 0, 0, &out), 0);	/* in place */
	assert_int_equal(host_get(vs, va + 9 * PG), 0);
	assert_int_equal(map_at(vs, va + 10 * PG, PG, VM_PROT_READ, VM_MAP_FIXED), 0);
	assert_int_equal(vm_remap(vs, va, 10 * PG, 20 * PG, 0, 0, &out), ENOMEM);
	assert_int_equal(vm_remap(vs, va, 10 * PG, 20 * PG, VM_REMAP_MAYMOVE, 0, &out), 0);
	assert_true(out != va);
	for (int i = 0; i < 20; i++)
		assert_int_equal(host_get(vs, out + i * PG), i < 6 ? i + 1 : 0);
	assert_int_equal(host_get(vs, va), -EFAULT);
	/* A part of a region, to a given place, over something. */
	assert_int_equal(map_at(vs, 0x20000000, 4 * PG, RW, VM_MAP_FIXED), 0);
	assert_int_equal(host_put(vs, 0x20000000, 99), 0);
	va = out;
	assert_int_equal(vm_remap(vs, va + 2 * PG, 2 * PG, 2 * PG,
	    VM_REMAP_MAYMOVE | VM_REMAP_FIXED, 0x20000000, &out), 0);
	assert_int_equal(host_get(vs, 0x20000000), 3);
	assert_int_equal(host_get(vs, 0x20001000), 4);
	assert_int_equal(host_get(vs, 0x20002000), 0);
	assert_int_equal(host_get(vs, va + 2 * PG), -EFAULT);
	assert_int_equal(host_get(vs, va + 4 * PG), 5);
	assert_int_equal(vm_remap(vs, va, 2 * PG, 4 * PG, VM_REMAP_MAYMOVE | VM_REMAP_FIXED,
	    va + PG, &out), EINVAL);
	assert_int_equal(vm_remap(vs, va, 8 * PG, 9 * PG, VM_REMAP_MAYMOVE, 0, &out), EFAULT);
	assert_int_equal(vm_remap(vs, va, 0, PG, VM_REMAP_MAYMOVE, 0, &out), EINVAL);
	assert_int_equal(vm_remap(vs, va, PG, 0, 0, 0, &out), EINVAL);
	/* DONTUNMAP leaves zeroes behind. */
	assert_int_equal(vm_remap(vs, va, 2 * PG, 2 * PG, VM_REMAP_MAYMOVE | VM_REMAP_DONTUNMAP, 0,
	    &out), 0);
	assert_int_equal(host_get(vs, out + PG), 2);
	assert_int_equal(host_get(vs, va + PG), 0);
	/* Length 0 maps shared memory a second time. */
	sh = map(vs, 4 * PG, RW, VM_MAP_SHARED | VM_MAP_ANON);
	assert_int_equal(host_put(vs, sh + PG, 8), 0);
	assert_int_equal(vm_remap(vs, sh, 0, 4 * PG, VM_REMAP_MAYMOVE, 0, &out), 0);
	assert_int_equal(host_get(vs, out + PG), 8);
	assert_int_equal(host_put(vs, out + 2 * PG, 9), 0);
	assert_int_equal(host_get(vs, sh + 2 * PG), 9);
	assert_int_equal(vm_remap(vs, sh + PG, 2 * PG, 3 * PG, VM_REMAP_MAYMOVE, 0, &out), 0);
	assert_int_equal(host_get(vs, out), 8);
	assert_int_equal(host_get(vs, out + PG), 9);
}

static void
remap_after_fork(void **state)
{
	struct vm_space *p = *state, *c;
	vaddr_t va = map(p, 2 * PG, RW, 0), out;

	assert_int_equal(host_put(p, va, 1), 0);
	assert_int_equal(vm_space_fork(p, &c), 0);
	assert_int_equal(vm_remap(p, va, 2 * PG, 2 * PG, VM_REMAP_MAYMOVE | VM_REMAP_FIXED,
	    0x30000000, &out), 0);
	assert_int_equal(host_put(p, 0x30000000, 2), 0);
	assert_int_equal(host_get(c, va), 1);
	vm_space_drop(c);
}

static void
access_from_outside(void **state)
{
	struct vm_space *vs = *state, *c;
	vaddr_t va = map(vs, 4 * PG, VM_PROT_READ, 0);
	char buf[3 * PG];
	size_t done;

	for (size_t i = 0; i < sizeof(buf); i++)
		buf[i] = (char)(i * 7);
	assert_int_equal(vm_io(vs, va + 100, buf, sizeof(buf), true, &done), 0);
	assert_int_equal(done, sizeof(buf));
	assert_int_equal(host_get(vs, va + 107), 49);
	assert_int_equal(host_put(vs, va + 107, 1), EACCES);
	assert_int_equal(vm_space_fork(vs, &c), 0);
	memset(buf, 0, 10);
	assert_int_equal(vm_io(vs, va + 100, buf, 10, true, NULL), 0);
	assert_int_equal(host_get(vs, va + 107), 0);
	assert_int_equal(host_get(c, va + 107), 49);
	assert_int_equal(vm_io(c, va + 3 * PG, buf, 2 * PG, false, &done), EFAULT);
	assert_int_equal(done, PG);
	assert_int_equal(vm_io(c, USER_MAX - 1, buf, 2, false, &done), EFAULT);
	assert_int_equal(vm_io(c, UINT64_MAX, buf, 2, false, &done), EFAULT);
	assert_int_equal(vm_io_clear(c, va, 200), 0);
	assert_int_equal(host_get(c, va + 107), 0);
	vm_space_drop(c);
}

static void
futex_keys(void **state)
{
	struct vm_space *vs = *state;
	struct vm_object *vo, *vo2;
	vaddr_t a = map(vs, PG, RW, 0), b = map(vs, 2 * PG, RW, VM_MAP_SHARED | VM_MAP_ANON), out;
	uint64_t off, off2;

	assert_int_equal(vm_futex_key(vs, a + 4, &vo, &off), 0);
	assert_null(vo);
	assert_int_equal(off, a + 4);
	assert_int_equal(vm_remap(vs, b, 0, 2 * PG, VM_REMAP_MAYMOVE, 0, &out), 0);
	assert_int_equal(vm_futex_key(vs, b + PG + 8, &vo, &off), 0);
	assert_int_equal(vm_futex_key(vs, out + PG + 8, &vo2, &off2), 0);
	assert_ptr_equal(vo, vo2);
	assert_int_equal(off, off2);
	vm_object_drop(vo);
	vm_object_drop(vo2);
	assert_int_equal(vm_futex_key(vs, 0x1000000, &vo, &off), EFAULT);
}

/* Does a bit of everything; the first error it meets, or 0. Leaves the space mapped as it got. */
static int
many_things(struct vm_space *vs)
{
	struct vm_mapping_req rw = { .prot = RW },
	    sh = { .prot = RW, .flags = VM_MAP_SHARED | VM_MAP_ANON };
	struct vm_space *c = NULL;
	vaddr_t a = 0x10000000, b = 0, out;
	int error;

	rw.flags = VM_MAP_FIXED;
	if ((error = vm_map(vs, &a, 8 * PG, &rw)) != 0 ||
	    (error = vm_map(vs, &b, 4 * PG, &sh)) != 0 ||
	    (error = host_put(vs, a, 1)) != 0 || (error = host_put(vs, b, 2)) != 0 ||
	    (error = host_put(vs, a + 5 * PG, 3)) != 0 ||
	    (error = vm_protect(vs, a + PG, PG, VM_PROT_READ)) != 0)
		return error;
	/* The child gets a part not, a part empty, and a copy of what is shared. */
	if ((error = vm_advise(vs, a + 6 * PG, PG, VM_ADV_DONTFORK)) != 0 ||
	    (error = vm_inherit(vs, a + 7 * PG, PG, VM_INHERIT_ZERO)) != 0 ||
	    (error = vm_inherit(vs, a + 3 * PG, PG, VM_INHERIT_SHARE)) != 0 ||
	    (error = vm_inherit(vs, b, PG, VM_INHERIT_COPY)) != 0 ||
	    (error = vm_inherit(vs, b + 3 * PG, PG, VM_INHERIT_ZERO)) != 0 ||
	    (error = vm_mlock(vs, a + 2 * PG, PG, true)) != 0)
		return error == EAGAIN ? ENOMEM : error;
	if ((error = vm_space_fork(vs, &c)) != 0)
		return error;
	assert_int_equal(c->vs_nregions, vs->vs_nregions - 1);
	assert_int_equal(c->vs_locked_pages, 0);
	if ((error = host_put(c, b, 5)) == 0)
		assert_int_equal(host_get(vs, b), 2);
	if (error == 0 && (error = host_put(c, a, 9)) == 0 &&
	    (error = host_put(c, b + PG, 9)) == 0 &&
	    (error = vm_unmap(c, a + 4 * PG, PG)) == 0)
		error = host_put(vs, a, 4);
	if (error == 0)
		error = vm_remap(vs, a + 5 * PG, PG, PG, VM_REMAP_MAYMOVE | VM_REMAP_FIXED,
		    0x7000000000, &out);
	if (error == 0)
		assert_int_equal(host_get(vs, out), 3);
	vm_space_drop(c);
	return error;
}

static void
every_allocation_may_fail(void **state)
{
	struct vm_space *vs = *state;
	int error = ENOMEM;
	uint64_t n;

	for (n = 0; error != 0; n++) {
		vm_unmap(vs, USER_MIN, USER_MAX - USER_MIN);
		assert_int_equal(vs->vs_size_pages | vs->vs_data_pages | vs->vs_shared_pages, 0);
		assert_int_equal(census_live("vm_region"), 0);
		assert_int_equal(census_live("vm_node"), 0);
		assert_int_equal(census_live("vm_family"), 1);
		assert_int_equal(census_live("vm_object"), 0);
		mem_fail_after(n, 1);
		error = many_things(vs);
		mem_fail_clear();
		assert_int_equal(census_live("vm_space"), 1);
		assert_true(error == 0 || error == ENOMEM);
		assert_true(n < 1000);
	}
	assert_true(n > 20);
	/* And space creation itself. */
	for (n = 0; n < 4; n++) {
		mem_fail_after(n, 1);
		assert_int_equal(vm_space_create(&vs), ENOMEM);
		mem_fail_clear();
	}
}

static void
huge_sparse_regions(void **state)
{
	struct vm_space *vs = *state, *c;
	vaddr_t va = map(vs, 16ul << 40, RW, VM_MAP_NORESERVE);

	assert_int_equal(host_put(vs, va, 1), 0);
	assert_int_equal(host_put(vs, va + (9ul << 40), 2), 0);
	assert_int_equal(vm_advise(vs, va, PG, VM_ADV_DONTNEED), 0);
	assert_int_equal(vm_space_fork(vs, &c), 0);
	assert_int_equal(host_get(c, va + (9ul << 40)), 2);
	vm_space_drop(c);
	assert_int_equal(vm_unmap(vs, va + PG, 64ul << 20), 0);
	assert_int_equal(host_get(vs, va + (9ul << 40)), 2);
	assert_int_equal(vm_unmap(vs, va + (8ul << 40), 8ul << 40), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		T(demand_zero), T(unmap_makes_holes), T(map_refuses), T(hints_and_order),
		    T(protection),
		T(fork_copies_on_write), T(fork_of_fork), T(fork_shares_shared),
		    T(fork_obeys_advice),
		T(fork_keeps_protection_none), T(file_private), T(file_shared), T(advice),
		    T(mincore), T(heap), T(stack),
		T(remap), T(remap_after_fork), T(access_from_outside), T(futex_keys),
		    T(every_allocation_may_fail),
		T(huge_sparse_regions),
	};

	return cmocka_run_group_tests(tests, group_setup, NULL);
}
