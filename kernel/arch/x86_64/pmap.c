/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Page tables: four levels, each table a page of its own.
 *
 * The kernel's half (entries 256 to 511 of the top table) is the same in all pmaps: its
 * second-level tables are made at boot and never change place, so the top entries are copied
 * once, when a pmap is created. It has
 *	DIRECT_BASE	all RAM, by the largest pages that fit, not executable; without the
 *			kernel's text and read-only data
 *	STACKS_BASE	kernel stacks (kstack.c)
 *	DEVICES_BASE	devices' registers, uncached
 *	KERNEL_BASE	the image: text executable, read-only data, data
 * Nothing is both writable and executable.
 *
 * The users' half is vm/pmap.c's.
 *
 * The kernel's own pmap has all running CPUs in pm_active, for shoot-downs of kernel addresses.
 */
#include "arch_int.h"
#include "mem/cache.h"
#include "mem/page.h"
#ifdef KASAN
#include "kasan_int.h"
#endif

struct pmap kernel_pmap;
uint64_t pte_nx;

static uint64_t kernel_pml4[PT_ENTRIES] __aligned(4096) __section(".bss.page");
static vaddr_t device_next = DEVICES_BASE;	/* guarded by kernel_pmap.pm_lock */

static paddr_t
kernel_table_alloc(void)
{
	struct page *pg;

	if (pages_total == 0)
		return boot_page_alloc();
	pg = page_alloc(0, PG_ZERO | PG_TABLE);
	return pg != NULL ? page_to_phys(pg) : 0;
}

/*
 * The leaf of va in the tree below top, with tables made on the way if dir_flags is not 0; null:
 * none, or no memory.
 */
static uint64_t *
pte_find(uint64_t *top, vaddr_t va, uint64_t dir_flags)
{
	uint64_t *t = top;

	for (int level = 3; level > 0; level--) {
		uint64_t *e = &t[pt_index(va, level)];

		if ((load_relaxed(e) & PTE_P) == 0) {
			paddr_t pa = dir_flags != 0 ? kernel_table_alloc() : 0;

			if (pa == 0)
				return NULL;
			store_release(e, pa | dir_flags);
		}
		t = pt_of(*e);
	}
	return &t[pt_index(va, 0)];
}

/* --- the kernel's half --- */

static void
map_largest(paddr_t pa, paddr_t end, uint64_t flags)
{
	while (pa < end) {
		vaddr_t va = DIRECT_BASE + pa;
		uint64_t *t = kernel_pml4;
		int level = 0;

		if (cpu_features.gb_pages && (pa & ((1ul << 30) - 1)) == 0 && end - pa >= 1ul << 30)
			level = 2;
		else if ((pa & (pt_span(1) - 1)) == 0 && end - pa >= pt_span(1))
			level = 1;
		for (int up = 3; up > level; up--) {
			uint64_t *e = &t[pt_index(va, up)];

			if (*e == 0)
				*e = kernel_table_alloc() | PTE_DIR_KERNEL;
			t = pt_of(*e);
		}
		t[pt_index(va, level)] = pa | flags | (level > 0 ? PTE_PS : 0);
		pa += 1ul << (PAGE_SHIFT + 9 * level);
	}
}

static void
map_image(const char *start, const char *end, uint64_t flags)
{
	for (const char *p = start; p < end; p += PAGE_SIZE) {
		if (p == boot_stack_guard)
			continue;
		*pte_find(kernel_pml4, (vaddr_t)p, PTE_DIR_KERNEL) = ((paddr_t)p - KERNEL_BASE) |
		    flags | PTE_P | PTE_A | PTE_G;
	}
}

/* RAM by the direct map, but for the part of the image that nobody may write. */
static void
map_ram(void)
{
	paddr_t ro_start = (paddr_t)text_start - KERNEL_BASE,
	    ro_end = (paddr_t)data_start - KERNEL_BASE;
	uint64_t flags = PTE_P | PTE_W | PTE_A | PTE_D | PTE_G | pte_nx;

	for (uint32_t i = 0; i < boot_nram; i++) {
		paddr_t start = boot_ram[i].start, end = boot_ram[i].end;

		if (ro_end <= start || ro_start >= end) {
			map_largest(start, end, flags);
			continue;
		}
		if (start < ro_start)
			map_largest(start, ro_start, flags);
		if (ro_end < end)
			map_largest(ro_end, end, flags);
	}
}

/* The sanitizer's shadow of RAM and image, and the top entry of that of stacks (kstack.c). */
static void
map_shadow(void)
{
#ifdef KASAN
	uint64_t flags = PTE_P | PTE_W | PTE_A | PTE_D | PTE_G | pte_nx;
	vaddr_t image = (vaddr_t)kasan_shadow(KERNEL_BASE);

	kernel_pml4[pt_index((vaddr_t)kasan_shadow(STACKS_BASE), 3)] = kernel_table_alloc() |
	    PTE_DIR_KERNEL;
	for (uint32_t i = 0; i < boot_nram; i++) {
		vaddr_t va = (vaddr_t)kasan_shadow(DIRECT_BASE + boot_ram[i].start);
		vaddr_t end = (vaddr_t)kasan_shadow(DIRECT_BASE + boot_ram[i].end);

		for (va = rounddown2(va, PAGE_SIZE); va < end; va += PAGE_SIZE) {
			uint64_t *pte = pte_find(kernel_pml4, va, PTE_DIR_KERNEL);

			if (*pte == 0)		/* pieces of RAM may share one */
				*pte = boot_page_alloc() | flags;
		}
	}
	for (vaddr_t off = 0; off < KASAN_IMAGE_MAX / 8; off += PAGE_SIZE)
		*pte_find(kernel_pml4, image + off, PTE_DIR_KERNEL) =
		    ((paddr_t)kasan_image_shadow - KERNEL_BASE + off) | flags;
#endif
}

void
pmap_boot(void)
{
	pte_nx = cpu_features.nx ? PTE_NX : 0;
	spin_init(&kernel_pmap.pm_lock, "kernel pmap", RANK_PMAP);
	kernel_pmap.pm_root = (paddr_t)kernel_pml4 - KERNEL_BASE;
	/* The tables below these entries exist from now on: pmaps copy the entries. */
	kernel_pml4[pt_index(STACKS_BASE, 3)] = kernel_table_alloc() | PTE_DIR_KERNEL;
	kernel_pml4[pt_index(DEVICES_BASE, 3)] = kernel_table_alloc() | PTE_DIR_KERNEL;
	map_ram();
	map_image(text_start, text_end, 0);
	map_image(text_end, data_start, pte_nx);
	map_image(data_start, data_end, PTE_W | PTE_D | pte_nx);
	map_image(data_end, kernel_end, pte_nx);
	map_shadow();
	pmap_load(&kernel_pmap);
	/* The bridge for starting CPUs reaches the kernel's half too. */
	memcpy(boot_pml4 + 256, kernel_pml4 + 256, 256 * sizeof(boot_pml4[0]));
	ap_pml4 = kernel_pmap.pm_root;
}

int
pmap_kernel_enter(vaddr_t va, paddr_t pa, uint64_t flags)
{
	uint64_t *pte;

	spin_lock(&kernel_pmap.pm_lock);
	pte = pte_find(kernel_pml4, va, PTE_DIR_KERNEL);
	if (pte != NULL) {
		KASSERT(*pte == 0);
		*pte = pa | flags | PTE_P | PTE_A | PTE_G;
	}
	spin_unlock(&kernel_pmap.pm_lock);
	return pte != NULL ? 0 : ENOMEM;
}

paddr_t
pmap_kernel_remove(vaddr_t va)
{
	uint64_t *pte, old = 0;

	spin_lock(&kernel_pmap.pm_lock);
	pte = pte_find(kernel_pml4, va, 0);
	if (pte != NULL)
		old = atomic_swap(pte, 0);
	spin_unlock(&kernel_pmap.pm_lock);
	return old & PTE_PA;
}

/* Takes no lock: for the printing of a dying kernel. */
bool
pmap_kernel_mapped(vaddr_t va)
{
	uint64_t *t = kernel_pml4;

	if (va < DIRECT_BASE)
		return false;
	for (int level = 3; level >= 0; level--) {
		uint64_t e = t[pt_index(va, level)];

		if ((e & PTE_P) == 0)
			return false;
		if (level == 0 || (e & PTE_PS) != 0)
			return true;
		t = pt_of(e);
	}
	return false;
}

void *
arch_map_mmio(paddr_t pa, size_t len)
{
	paddr_t first = rounddown2(pa, PAGE_SIZE);
	size_t npages = (size_t)((roundup2(pa + len, PAGE_SIZE) - first) / PAGE_SIZE);
	vaddr_t va;

	spin_lock(&kernel_pmap.pm_lock);
	va = device_next;
	device_next += (npages + 1) * PAGE_SIZE;	/* a hole after each */
	spin_unlock(&kernel_pmap.pm_lock);
	for (size_t i = 0; i < npages; i++) {
		if (pmap_kernel_enter(va + i * PAGE_SIZE, first + i * PAGE_SIZE,
		    PTE_W | PTE_D | PTE_PCD | PTE_PWT | pte_nx) != 0)
			return NULL;
	}
	return (void *)(va + (pa - first));
}

paddr_t
kva_to_phys(const void *kva)
{
	vaddr_t va = (vaddr_t)kva;

	if (va >= KERNEL_BASE)
		return va - KERNEL_BASE;
	ASSERT(va >= DIRECT_BASE && va < STACKS_BASE);
	return va - DIRECT_BASE;
}

/* --- loading --- */

void
pmap_load(struct pmap *pm)
{
	struct cpu *c = curcpu();
	struct pmap *old = c->c_arch.ca_pmap;

	if (old == pm)
		return;
	if (pm != &kernel_pmap)
		atomic_or(&pm->pm_active, 1ull << c->c_id);
	c->c_arch.ca_pmap = pm;
	write_cr3(pm->pm_root);
	if (old != NULL && old != &kernel_pmap)
		atomic_and(&old->pm_active, ~(1ull << c->c_id));
}

void
pmap_activate(struct pmap *pm)
{
	bool on = arch_intr_off();

	lwp_arch(curlwp())->al_pmap = pm;
	pmap_load(pm != NULL ? pm : &kernel_pmap);
	arch_intr_restore(on);
}

void
pmap_root_init(uint64_t *root)
{
	memcpy(root + PT_ENTRIES / 2, kernel_pml4 + PT_ENTRIES / 2,
	    PT_ENTRIES / 2 * sizeof(root[0]));
}
