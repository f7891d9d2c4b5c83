/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables of the host machine, and the programs that use them.
 *
 * The tables have four levels of 512 entries as on x86-64, in pages of the page allocator, so
 * that running out of memory hits them as well. A leaf holds the physical address and, in the
 * bits below, LEAF_THERE and the rights. Flushes are deferred as the interface has it: pages that
 * were removed are dropped by pmap_update. Each pmap has a TLB that keeps translations until
 * then: host_user_* go by it, so what would be visible on real hardware before a flush is visible
 * here.
 */
#include <stdlib.h>

#include "arch/pmap.h"
#include "host.h"
#include "mem/page.h"
#include "vm/vm.h"

#define LEVELS		4
#define ENTRIES		512
#define LEAF_THERE	0x10ul
#define TLB_SIZE	64

struct tlb_entry {
	vaddr_t	 va;		/* 0: none */
	uint64_t leaf;
};

struct pmap {
	struct page	*pm_root;
	uint64_t	 pm_resident;
	struct page	**pm_gone;	/* to be dropped by pmap_update */
	size_t		 pm_ngone, pm_maxgone;
	struct tlb_entry pm_tlb[TLB_SIZE];
};

uint64_t host_faults;

static unsigned
slot_of(vaddr_t va, int level)
{
	return (unsigned)(va >> (PAGE_SHIFT + 9 * level)) % ENTRIES;
}

/* The leaf of va; null when there is no table for it and none is to be, or can be, made. */
static uint64_t *
leaf_of(struct pmap *pm, vaddr_t va, bool create)
{
	uint64_t *table = page_kva(pm->pm_root);

	for (int level = LEVELS - 1; level > 0; level--) {
		uint64_t *e = &table[slot_of(va, level)];

		if (*e == 0) {
			struct page *pg = create ? page_alloc(0, PG_ZERO | PG_TABLE) : NULL;

			if (pg == NULL)
				return NULL;
			*e = page_to_phys(pg);
		}
		table = phys_to_kva(*e);
	}
	return &table[slot_of(va, 0)];
}

/* The first page >= va, below end, that is mapped; its leaf, or null. */
static uint64_t *
leaf_next(struct pmap *pm, vaddr_t *va, vaddr_t end)
{
	while (*va < end) {
		uint64_t *table = page_kva(pm->pm_root);
		int level = LEVELS - 1;

		while (level > 0 && table[slot_of(*va, level)] != 0)
			table = phys_to_kva(table[slot_of(*va, level--)]);
		if (level == 0 && table[slot_of(*va, 0)] != 0)
			return &table[slot_of(*va, 0)];
		*va = rounddown2(*va, PAGE_SIZE << (9 * level)) + (PAGE_SIZE << (9 * level));
	}
	*va = end;
	return NULL;
}

static void
leaf_gone(struct pmap *pm, uint64_t leaf)
{
	if (pm->pm_ngone == pm->pm_maxgone) {
		pm->pm_maxgone = pm->pm_maxgone * 2 + 64;
		pm->pm_gone = realloc(pm->pm_gone, pm->pm_maxgone * sizeof(*pm->pm_gone));
	}
	pm->pm_gone[pm->pm_ngone++] = phys_to_page(leaf & ~PAGE_MASK);
	pm->pm_resident--;
}

struct pmap *
pmap_create(void)
{
	struct page *root = page_alloc(0, PG_ZERO | PG_TABLE);
	struct pmap *pm;

	if (root == NULL)
		return NULL;
	pm = calloc(1, sizeof(*pm));
	pm->pm_root = root;
	return pm;
}

static void
table_free(struct page *pg, int level)
{
	uint64_t *table = page_kva(pg);

	for (unsigned i = 0; level > 0 && i < ENTRIES; i++) {
		if (table[i] != 0)
			table_free(phys_to_page(table[i]), level - 1);
	}
	page_drop(pg);
}

void
pmap_destroy(struct pmap *pm)
{
	pmap_remove(pm, 0, USER_MAX);
	pmap_update(pm);
	table_free(pm->pm_root, LEVELS - 1);
	free(pm->pm_gone);
	free(pm);
}

void
pmap_update(struct pmap *pm)
{
	memset(pm->pm_tlb, 0, sizeof(pm->pm_tlb));
	for (size_t i = 0; i < pm->pm_ngone; i++)
		page_drop(pm->pm_gone[i]);
	pm->pm_ngone = 0;
}

static uint64_t
full_prot(uint32_t prot)
{
	return prot != 0 ? prot | VM_PROT_READ : 0;
}

int
pmap_enter(struct pmap *pm, vaddr_t va, paddr_t pa, uint32_t prot, uint32_t flags)
{
	uint64_t *leaf = leaf_of(pm, va, true), old;

	ASSERT((va & PAGE_MASK) == 0 && (pa & PAGE_MASK) == 0 && va < USER_MAX);
	ASSERT(page_refs(phys_to_page(pa)) > 0);
	if (leaf == NULL)
		return ENOMEM;
	if (*leaf != 0 && (flags & PMAP_NEW) != 0)
		return EEXIST;
	old = *leaf;
	*leaf = pa | LEAF_THERE | full_prot(prot);
	pm->pm_resident++;
	if (old != 0) {
		leaf_gone(pm, old);
		pmap_update(pm);
	}
	return 0;
}

int
pmap_upgrade(struct pmap *pm, vaddr_t va, uint32_t prot)
{
	uint64_t *leaf = leaf_of(pm, va, false);

	if (leaf == NULL || *leaf == 0)
		return ENOENT;
	*leaf |= full_prot(prot);
	return 0;
}

int
pmap_prepare(struct pmap *pm __unused, vaddr_t start __unused, vaddr_t end __unused)
{
	return 0;
}

void
pmap_zap(struct pmap *pm, vaddr_t start, vaddr_t end, const struct vm_object *only)
{
	uint64_t *leaf;

	for (vaddr_t va = start; (leaf = leaf_next(pm, &va, end)) != NULL; va += PAGE_SIZE) {
		if (only != NULL && phys_to_page(*leaf & ~PAGE_MASK)->pg_object != only)
			continue;
		leaf_gone(pm, *leaf);
		*leaf = 0;
	}
}

void
pmap_remove(struct pmap *pm, vaddr_t start, vaddr_t end)
{
	pmap_zap(pm, start, end, NULL);
}

int
pmap_protect(struct pmap *pm, vaddr_t start, vaddr_t end, uint32_t prot)
{
	uint64_t *leaf;

	for (vaddr_t va = start; (leaf = leaf_next(pm, &va, end)) != NULL; va += PAGE_SIZE)
		*leaf &= ~(uint64_t)VM_PROT_ALL | full_prot(prot);
	return 0;
}

struct pmap *
pmap_fork(struct pmap *src)
{
	struct pmap *dst = pmap_create();
	uint64_t *leaf, *to;

	if (dst == NULL)
		return NULL;
	for (vaddr_t va = 0; (leaf = leaf_next(src, &va, USER_MAX)) != NULL; va += PAGE_SIZE) {
		struct page *pg = phys_to_page(*leaf & ~PAGE_MASK);

		if ((to = leaf_of(dst, va, true)) == NULL) {
			pmap_update(src);
			pmap_destroy(dst);
			return NULL;
		}
		if (pg->pg_object == NULL)
			*leaf &= ~(uint64_t)VM_PROT_WRITE;
		*to = *leaf;
		page_hold(pg);
		dst->pm_resident++;
	}
	pmap_update(src);
	return dst;
}

bool
pmap_extract(struct pmap *pm, vaddr_t va, paddr_t *pa, uint32_t *prot, bool *dirty)
{
	uint64_t *leaf = leaf_of(pm, rounddown2(va, PAGE_SIZE), false);

	if (leaf == NULL || *leaf == 0)
		return false;
	if (pa != NULL)
		*pa = *leaf & ~PAGE_MASK;
	if (prot != NULL)
		*prot = *leaf & VM_PROT_ALL;
	if (dirty != NULL)
		*dirty = true;
	return true;
}

vaddr_t
pmap_walk(struct pmap *pm, vaddr_t start, vaddr_t end,
    bool (*fn)(void *arg, vaddr_t va, paddr_t pa, uint32_t prot, bool dirty), void *arg)
{
	uint64_t *leaf;

	for (vaddr_t va = start; (leaf = leaf_next(pm, &va, end)) != NULL; va += PAGE_SIZE) {
		if (!fn(arg, va, *leaf & ~PAGE_MASK, *leaf & VM_PROT_ALL, true))
			return va + PAGE_SIZE;
	}
	return end;
}

uint64_t
pmap_resident(const struct pmap *pm)
{
	return pm->pm_resident;
}

/* ---- Programs ---- */

/* The frame of va with this right, by the TLB, then the tables, then a fault. */
static int
user_translate(struct vm_space *vs, vaddr_t va, uint32_t access, char **kva)
{
	struct pmap *pm = vs->vs_pmap;
	struct tlb_entry *t = &pm->pm_tlb[(va >> PAGE_SHIFT) % TLB_SIZE];
	int error;

	va = rounddown2(va, PAGE_SIZE);
	for (int tries = 0; tries < 3; tries++) {
		uint64_t *leaf;

		if (t->va == va && (t->leaf & access) != 0) {
			*kva = phys_to_kva(t->leaf & ~PAGE_MASK);
			return 0;
		}
		leaf = leaf_of(pm, va, false);
		if (leaf != NULL && (*leaf & access) != 0) {
			*t = (struct tlb_entry){ va, *leaf };
			continue;
		}
		t->va = 0;
		host_faults++;
		if ((error = vm_fault(vs, va, access, true)) != 0)
			return error;
	}
	panic("va %#llx: faults again and again", (unsigned long long)va);
}

static int
user_copy(struct vm_space *vs, vaddr_t va, char *buf, size_t len, bool write)
{
	int error;

	while (len > 0) {
		size_t n = MIN(len, PAGE_SIZE - (va & PAGE_MASK));
		char *p;

		if ((error = user_translate(vs, va, write ? VM_PROT_WRITE : VM_PROT_READ, &p)) != 0)
			return error;
		p += va & PAGE_MASK;
		if (write)
			memcpy(p, buf, n);
		else
			memcpy(buf, p, n);
		va += n;
		buf += n;
		len -= n;
	}
	return 0;
}

int
host_user_read(struct vm_space *vs, vaddr_t va, void *buf, size_t len)
{
	return user_copy(vs, va, buf, len, false);
}

int
host_user_write(struct vm_space *vs, vaddr_t va, const void *buf, size_t len)
{
	return user_copy(vs, va, (char *)(uintptr_t)buf, len, true);
}

int
host_user_exec(struct vm_space *vs, vaddr_t va)
{
	char *p;

	return user_translate(vs, va, VM_PROT_EXEC, &p);
}

int
host_get(struct vm_space *vs, vaddr_t va)
{
	uint8_t b;
	int error = host_user_read(vs, va, &b, 1);

	return error != 0 ? -error : b;
}

int
host_put(struct vm_space *vs, vaddr_t va, uint8_t b)
{
	return host_user_write(vs, va, &b, 1);
}
