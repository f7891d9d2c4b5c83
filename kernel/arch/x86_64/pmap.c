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
 * User leaves. Present: the hardware's bits. PTE_NONE: a page is mapped without rights. 0:
 * nothing. The processor sets the accessed and dirty bits by itself at any time, so a leaf that
 * may be in use is changed by atomic operations only. Each leaf owns a reference on its page; a
 * reference given up waits in pm_drop until the TLBs are clean. Intermediate tables are freed
 * when a removal covers all they map (last level), or with the pmap.
 *
 * The kernel's own pmap has all running CPUs in pm_active, for shoot-downs of kernel addresses.
 */
#include "arch_int.h"
#include "mem/cache.h"
#include "mem/page.h"

#define L1_SPAN		(1ul << 21)	/* what one last-level table maps */

struct pmap kernel_pmap;
uint64_t pte_nx;

static uint64_t kernel_pml4[512] __aligned(4096) __section(".bss.page");
static struct cache pmap_cache = CACHE_INIT("pmap", struct pmap);
static vaddr_t device_next = DEVICES_BASE;	/* guarded by kernel_pmap.pm_lock */

static uint32_t
pt_index(vaddr_t va, int level)
{
	return (uint32_t)(va >> (PAGE_SHIFT + 9 * level)) & 511;
}

static uint64_t *
pt_of(uint64_t entry)
{
	return phys_to_kva(entry & PTE_PA);
}

static paddr_t
table_alloc(void)
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
			paddr_t pa = dir_flags != 0 ? table_alloc() : 0;

			if (pa == 0)
				return NULL;
			store_release(e, pa | dir_flags);
		}
		t = pt_of(*e);
	}
	return &t[pt_index(va, 0)];
}

#define DIR_USER	(PTE_P | PTE_W | PTE_U | PTE_A)
#define DIR_KERNEL	(PTE_P | PTE_W | PTE_A)

/* The first leaf slot at or after *va whose last-level table exists; null: none before end. */
static uint64_t *
pte_next(struct pmap *pm, vaddr_t *va, vaddr_t end)
{
	while (*va < end) {
		uint64_t *t = pm->pm_pml4;
		int level = 3;

		for (; level > 0; level--) {
			uint64_t e = t[pt_index(*va, level)];

			if ((e & PTE_P) == 0)
				break;
			t = pt_of(e);
		}
		if (level == 0)
			return &t[pt_index(*va, 0)];
		*va = rounddown2(*va, 1ul << (PAGE_SHIFT + 9 * level)) +
		    (1ul << (PAGE_SHIFT + 9 * level));
	}
	return NULL;
}

static uint64_t
pte_user(paddr_t pa, uint32_t prot)
{
	if (prot == 0)
		return pa | PTE_NONE;
	return pa | PTE_P | PTE_U | PTE_A | ((prot & VM_PROT_WRITE) ? PTE_W : 0) |
	    ((prot & VM_PROT_EXEC) ? 0 : pte_nx);
}

static uint32_t
pte_prot(uint64_t pte)
{
	if ((pte & PTE_P) == 0)
		return 0;
	return VM_PROT_READ | ((pte & PTE_W) ? VM_PROT_WRITE : 0) |
	    ((pte & PTE_NX) ? 0 : VM_PROT_EXEC);
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
		else if ((pa & (L1_SPAN - 1)) == 0 && end - pa >= L1_SPAN)
			level = 1;
		for (int up = 3; up > level; up--) {
			uint64_t *e = &t[pt_index(va, up)];

			if (*e == 0)
				*e = table_alloc() | DIR_KERNEL;
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
		*pte_find(kernel_pml4, (vaddr_t)p, DIR_KERNEL) = ((paddr_t)p - KERNEL_BASE) |
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

void
pmap_boot(void)
{
	pte_nx = cpu_features.nx ? PTE_NX : 0;
	spin_init(&kernel_pmap.pm_lock, "kernel pmap", RANK_PMAP);
	list_init(&kernel_pmap.pm_tables);
	kernel_pmap.pm_pml4 = kernel_pml4;
	kernel_pmap.pm_cr3 = (paddr_t)kernel_pml4 - KERNEL_BASE;
	/* The tables below these entries exist from now on: pmaps copy the entries. */
	kernel_pml4[pt_index(STACKS_BASE, 3)] = table_alloc() | DIR_KERNEL;
	kernel_pml4[pt_index(DEVICES_BASE, 3)] = table_alloc() | DIR_KERNEL;
	map_ram();
	map_image(text_start, text_end, 0);
	map_image(text_end, data_start, pte_nx);
	map_image(data_start, data_end, PTE_W | PTE_D | pte_nx);
	map_image(data_end, kernel_end, pte_nx);
	pmap_load(&kernel_pmap);
	/* The bridge for starting CPUs reaches the kernel's half too. */
	memcpy(boot_pml4 + 256, kernel_pml4 + 256, 256 * sizeof(boot_pml4[0]));
	ap_pml4 = kernel_pmap.pm_cr3;
}

int
pmap_kernel_enter(vaddr_t va, paddr_t pa, uint64_t flags)
{
	uint64_t *pte;

	spin_lock(&kernel_pmap.pm_lock);
	pte = pte_find(kernel_pml4, va, DIR_KERNEL);
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

/* --- flushing --- */

static void
flush_record(struct pmap *pm, vaddr_t start, vaddr_t end)
{
	if (pm->pm_flush_start == pm->pm_flush_end) {
		pm->pm_flush_start = start;
		pm->pm_flush_end = end;
		return;
	}
	pm->pm_flush_start = MIN(pm->pm_flush_start, start);
	pm->pm_flush_end = MAX(pm->pm_flush_end, end);
}

/*
 * The lock is held all the time: when a second caller comes in, the flush that covers his changes
 * too is complete.
 */
static void
pmap_update_locked(struct pmap *pm)
{
	struct list *n;

	ASSERT_SPIN_HELD(&pm->pm_lock);
	if (pm->pm_flush_start != pm->pm_flush_end) {
		tlb_shootdown(pm, pm->pm_flush_start, pm->pm_flush_end, false);
		pm->pm_flush_start = pm->pm_flush_end = 0;
	}
	for (uint32_t i = 0; i < pm->pm_ndrop; i++)
		page_drop(pm->pm_drop[i]);
	pm->pm_ndrop = 0;
	while ((n = list_pop_front(&pm->pm_tables)) != NULL)
		page_drop(list_entry(n, struct page, pg_link));
}

void
pmap_update(struct pmap *pm)
{
	spin_lock(&pm->pm_lock);
	pmap_update_locked(pm);
	spin_unlock(&pm->pm_lock);
}

/* A leaf that was taken out gives its page up, after the next flush. */
static void
leaf_drop(struct pmap *pm, uint64_t pte)
{
	if (pm->pm_ndrop == nitems(pm->pm_drop))
		pmap_update_locked(pm);
	pm->pm_drop[pm->pm_ndrop++] = phys_to_page(pte & PTE_PA);
}

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
	write_cr3(pm->pm_cr3);
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

/* --- user address spaces --- */

struct pmap *
pmap_create(void)
{
	struct pmap *pm = cache_alloc(&pmap_cache);
	struct page *pg;

	if (pm == NULL)
		return NULL;
	pg = page_alloc(0, PG_ZERO | PG_TABLE);
	if (pg == NULL) {
		cache_free(&pmap_cache, pm);
		return NULL;
	}
	spin_init(&pm->pm_lock, "pmap", RANK_PMAP);
	list_init(&pm->pm_tables);
	pm->pm_pml4 = page_kva(pg);
	pm->pm_cr3 = page_to_phys(pg);
	memcpy(pm->pm_pml4 + 256, kernel_pml4 + 256, 256 * sizeof(kernel_pml4[0]));
	return pm;
}

/* Frees a table whose leaves are gone, and those below it. */
static void
tables_free(uint64_t *t, int level, uint32_t n)
{
	for (uint32_t i = 0; level > 0 && i < n; i++) {
		if (t[i] & PTE_P)
			tables_free(pt_of(t[i]), level - 1, 512);
	}
	page_drop(phys_to_page(kva_to_phys(t)));
}

void
pmap_destroy(struct pmap *pm)
{
	tlb_shootdown(pm, 0, 0, true);	/* idle CPUs may still have it */
	ASSERT(load_relaxed(&pm->pm_active) == 0);
	pmap_remove(pm, 0, USER_MAX);
	pmap_update(pm);
	KASSERT(pm->pm_resident == 0);
	tables_free(pm->pm_pml4, 3, 256);
	cache_free(&pmap_cache, pm);
}

/* Whether some right of old is not in new. */
static bool
pte_loses(uint64_t old, uint64_t new)
{
	return (old & PTE_P) != 0 && ((new & PTE_P) == 0 || ((old ^ new) & PTE_PA) != 0 ||
	    (old & PTE_W & ~new) != 0 || (~old & PTE_NX & new) != 0);
}

int
pmap_enter(struct pmap *pm, vaddr_t va, paddr_t pa, uint32_t prot, uint32_t flags)
{
	uint64_t *pte, old, new = pte_user(pa, prot);

	KASSERT(((va | pa) & PAGE_MASK) == 0 && va < USER_MAX);
	spin_lock(&pm->pm_lock);
	pte = pte_find(pm->pm_pml4, va, DIR_USER);
	if (pte == NULL || ((flags & PMAP_NEW) != 0 && *pte != 0)) {
		spin_unlock(&pm->pm_lock);
		return pte == NULL ? ENOMEM : EEXIST;
	}
	old = atomic_swap(pte, new);
	if (old == 0) {
		store_relaxed(&pm->pm_resident, pm->pm_resident + 1);
	} else {
		if (pte_loses(old, new))
			flush_record(pm, va, va + PAGE_SIZE);
		leaf_drop(pm, old);
		pmap_update_locked(pm);
	}
	spin_unlock(&pm->pm_lock);
	return 0;
}

int
pmap_upgrade(struct pmap *pm, vaddr_t va, uint32_t prot)
{
	uint64_t *pte, old;
	int error = ENOENT;

	spin_lock(&pm->pm_lock);
	pte = pte_find(pm->pm_pml4, va, 0);
	if (pte != NULL && (old = load_relaxed(pte)) != 0) {
		uint64_t new;

		do {
			new = pte_user(old & PTE_PA, prot) | (old & PTE_D);
		} while (!atomic_cas(pte, &old, new));
		if (pte_loses(old, new)) {
			flush_record(pm, va, va + PAGE_SIZE);
			pmap_update_locked(pm);
		}
		error = 0;
	}
	spin_unlock(&pm->pm_lock);
	/*
	 * A CPU that has cached fewer rights faults once more, finds enough and goes on; it
	 * forgets by the fault itself.
	 */
	return error;
}

/* Unlinks the last-level table that maps the L1_SPAN at base. */
static void
table_unlink(struct pmap *pm, vaddr_t base)
{
	uint64_t *t = pm->pm_pml4, old;

	for (int level = 3; level > 1; level--)
		t = pt_of(t[pt_index(base, level)]);
	old = atomic_swap(&t[pt_index(base, 1)], 0);
	list_push_back(&pm->pm_tables, &phys_to_page(old & PTE_PA)->pg_link);
	/*
	 * Also the processor's caches of upper levels must forget it; any flush of this pmap does
	 * that.
	 */
	flush_record(pm, base, base + PAGE_SIZE);
}

int
pmap_prepare(struct pmap *pm __unused, vaddr_t start __unused, vaddr_t end __unused)
{
	return 0;
}

static void
remove_leaves(struct pmap *pm, vaddr_t start, vaddr_t end, const struct vm_object *only)
{
	vaddr_t va = start;
	uint64_t *pte;

	spin_lock(&pm->pm_lock);
	while ((pte = pte_next(pm, &va, end)) != NULL) {
		vaddr_t base = rounddown2(va, L1_SPAN), stop = MIN(end, base + L1_SPAN);
		bool whole = only == NULL && va == base && stop == base + L1_SPAN;

		for (; va < stop; va += PAGE_SIZE, pte++) {
			uint64_t old = load_relaxed(pte);

			if (old == 0 || (only != NULL &&
			    phys_to_page(old & PTE_PA)->pg_object != only))
				continue;
			old = atomic_swap(pte, 0);
			if (old & PTE_P)
				flush_record(pm, va, va + PAGE_SIZE);
			store_relaxed(&pm->pm_resident, pm->pm_resident - 1);
			leaf_drop(pm, old);
		}
		if (whole)
			table_unlink(pm, base);
	}
	spin_unlock(&pm->pm_lock);
}

void
pmap_remove(struct pmap *pm, vaddr_t start, vaddr_t end)
{
	remove_leaves(pm, start, end, NULL);
}

void
pmap_zap(struct pmap *pm, vaddr_t start, vaddr_t end, const struct vm_object *only)
{
	remove_leaves(pm, start, end, only);
}

static void
leaf_protect(struct pmap *pm, vaddr_t va, uint64_t *pte, uint32_t prot)
{
	uint64_t old = load_relaxed(pte), new;

	do {
		if ((old & PTE_P) == 0)
			return;
		new = prot == 0 ? (old & (PTE_PA | PTE_D)) | PTE_NONE :
		    (old & ~((prot & VM_PROT_WRITE) ? 0 : PTE_W)) |
		    ((prot & VM_PROT_EXEC) ? 0 : pte_nx);
		if (new == old)
			return;
	} while (!atomic_cas(pte, &old, new));
	flush_record(pm, va, va + PAGE_SIZE);
}

int
pmap_protect(struct pmap *pm, vaddr_t start, vaddr_t end, uint32_t prot)
{
	vaddr_t va = start;
	uint64_t *pte;

	spin_lock(&pm->pm_lock);
	while ((pte = pte_next(pm, &va, end)) != NULL) {
		vaddr_t stop = MIN(end, rounddown2(va, L1_SPAN) + L1_SPAN);

		for (; va < stop; va += PAGE_SIZE, pte++)
			leaf_protect(pm, va, pte, prot);
	}
	spin_unlock(&pm->pm_lock);
	return 0;
}

/* The leaves from va to stop, within one last-level table. */
static int
copy_table(struct pmap *dst, struct pmap *src, vaddr_t va, vaddr_t stop, uint64_t *from)
{
	uint64_t *to = NULL;

	for (; va < stop; va += PAGE_SIZE, from++) {
		uint64_t pte = load_relaxed(from);

		if (pte != 0) {
			if (to == NULL && (to = pte_find(dst->pm_pml4, va, DIR_USER)) == NULL)
				return ENOMEM;
			if ((pte & PTE_W) != 0 && phys_to_page(pte & PTE_PA)->pg_object == NULL) {
				leaf_protect(src, va, from, VM_PROT_READ | VM_PROT_EXEC);
				pte = load_relaxed(from);
			}
			KASSERT(*to == 0);
			page_hold(phys_to_page(pte & PTE_PA));
			*to = pte;
			store_relaxed(&dst->pm_resident, dst->pm_resident + 1);
		}
		if (to != NULL)
			to++;
	}
	return 0;
}

/* dst is new, nobody else knows it: only src's lock is needed. (Both have the same rank.) */
struct pmap *
pmap_fork(struct pmap *src)
{
	struct pmap *dst = pmap_create();
	vaddr_t va = 0;
	uint64_t *pte;
	int error = 0;

	if (dst == NULL)
		return NULL;
	spin_lock(&src->pm_lock);
	while (error == 0 && (pte = pte_next(src, &va, USER_MAX)) != NULL) {
		vaddr_t stop = rounddown2(va, L1_SPAN) + L1_SPAN;

		error = copy_table(dst, src, va, stop, pte);
		va = stop;
	}
	pmap_update_locked(src);
	spin_unlock(&src->pm_lock);
	if (error != 0) {
		pmap_destroy(dst);
		return NULL;
	}
	return dst;
}

bool
pmap_extract(struct pmap *pm, vaddr_t va, paddr_t *pa, uint32_t *prot, bool *dirty)
{
	uint64_t *pte, v = 0;

	spin_lock(&pm->pm_lock);
	pte = pte_find(pm->pm_pml4, va, 0);
	if (pte != NULL)
		v = load_relaxed(pte);
	spin_unlock(&pm->pm_lock);
	if (v == 0)
		return false;
	if (pa != NULL)
		*pa = v & PTE_PA;
	if (prot != NULL)
		*prot = pte_prot(v);
	if (dirty != NULL)
		*dirty = (v & PTE_D) != 0;
	return true;
}

vaddr_t
pmap_walk(struct pmap *pm, vaddr_t start, vaddr_t end,
    bool (*fn)(void *arg, vaddr_t va, paddr_t pa, uint32_t prot, bool dirty), void *arg)
{
	vaddr_t va = start;
	bool go_on = true;
	uint64_t *pte;

	spin_lock(&pm->pm_lock);
	while (go_on && (pte = pte_next(pm, &va, end)) != NULL) {
		vaddr_t stop = MIN(end, rounddown2(va, L1_SPAN) + L1_SPAN);

		for (; go_on && va < stop; va += PAGE_SIZE, pte++) {
			uint64_t v = load_relaxed(pte);

			if (v != 0)
				go_on = fn(arg, va, v & PTE_PA, pte_prot(v), (v & PTE_D) != 0);
		}
	}
	spin_unlock(&pm->pm_lock);
	return go_on ? end : va;
}

uint64_t
pmap_resident(const struct pmap *pm)
{
	return load_relaxed(&pm->pm_resident);
}
