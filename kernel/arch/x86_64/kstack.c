/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel stacks: slots of KERN_STACK_PAGES mapped pages, with an unmapped page below each, so
 * that a stack that grows too far faults (as a double fault, on a stack of its own) and does not
 * run over its neighbour.
 *
 * A freed stack stays mapped in a cache, linked through its own first word: the next LWP takes it
 * without touching page tables. When the cache is too long, a batch is unmapped with one TLB
 * shoot-down.
 *
 * With the address sanitizer a slot is twice as large, so that its shadow is whole pages. They are
 * mapped and unmapped with the stack.
 */
#include "arch_int.h"
#include "lib/kasan.h"
#include "mem/page.h"
#ifdef KASAN
#include "kasan_int.h"

#define SLOT_SIZE	(16 * PAGE_SIZE)
#define SHADOW_PAGES	(SLOT_SIZE / KASAN_GRAIN / PAGE_SIZE)
#else
#define SLOT_SIZE	((KERN_STACK_PAGES + 1) * PAGE_SIZE)
#define SHADOW_PAGES	0u
#endif
#define SLOT_PAGES	(KERN_STACK_PAGES + SHADOW_PAGES)	/* mapped for one */
#define NSLOTS		32768u
#define CACHE_MAX	64u
#define BATCH		16u

static struct spinlock kstack_lock = SPINLOCK_INIT("kernel stacks", RANK_DEV);
static vaddr_t cached;				/* first of the list, 0: none */
static uint32_t ncached;			/* others read it unlocked */
static uint64_t used[NSLOTS / 64];		/* slots that are mapped or being mapped */
static uint32_t hint;				/* no free slot in words before */

static vaddr_t
slot_va(uint32_t slot)
{
	return STACKS_BASE + slot * SLOT_SIZE + PAGE_SIZE;
}

/* Where the stack's page p goes: the stack from va on, then its shadow. */
static vaddr_t
page_va(vaddr_t va, uint32_t p)
{
#ifdef KASAN
	if (p >= KERN_STACK_PAGES)
		return (vaddr_t)kasan_shadow(va - PAGE_SIZE) + (p - KERN_STACK_PAGES) * PAGE_SIZE;
#endif
	return va + p * PAGE_SIZE;
}

static vaddr_t
cache_pop(void)
{
	vaddr_t va = cached;

	if (va != 0) {
		cached = *(vaddr_t *)va;
		store_relaxed(&ncached, ncached - 1);
	}
	return va;
}

static vaddr_t
slot_take(void)
{
	for (; hint < nitems(used); hint++) {
		uint32_t bit;

		if (used[hint] == UINT64_MAX)
			continue;
		bit = (uint32_t)__builtin_ctzll(~used[hint]);
		used[hint] |= 1ull << bit;
		return slot_va(hint * 64 + bit);
	}
	return 0;
}

static void
slot_give(vaddr_t va)
{
	uint32_t slot = (uint32_t)((va - STACKS_BASE) / SLOT_SIZE);

	spin_lock(&kstack_lock);
	used[slot / 64] &= ~(1ull << (slot % 64));
	hint = MIN(hint, slot / 64);
	spin_unlock(&kstack_lock);
}

/* Unmaps n stacks, frees pages and slots. */
static void
unmap_batch(const vaddr_t *va, uint32_t n)
{
	paddr_t pa[BATCH][SLOT_PAGES];
	vaddr_t low = UINT64_MAX, high = 0;

	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t p = 0; p < SLOT_PAGES; p++)
			pa[i][p] = pmap_kernel_remove(page_va(va[i], p));
		low = MIN(low, va[i]);
		high = MAX(high, va[i] + KSTACK_SIZE);
	}
	tlb_shootdown(NULL, low, high, false);
	if (SHADOW_PAGES != 0)
		tlb_shootdown(NULL, page_va(low, KERN_STACK_PAGES), page_va(high - KSTACK_SIZE,
		    SLOT_PAGES), false);
	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t p = 0; p < SLOT_PAGES; p++) {
			if (pa[i][p] != 0)
				page_drop(phys_to_page(pa[i][p]));
		}
		slot_give(va[i]);
	}
}

static int
map_stack(vaddr_t va)
{
	for (uint32_t p = 0; p < SLOT_PAGES; p++) {
		struct page *pg = page_alloc(0, p < KERN_STACK_PAGES ? 0 : PG_ZERO);

		if (pg == NULL || pmap_kernel_enter(page_va(va, p), page_to_phys(pg),
		    PTE_W | PTE_D | pte_nx) != 0) {
			if (pg != NULL)
				page_drop(pg);
			unmap_batch(&va, 1);
			return ENOMEM;
		}
	}
	return 0;
}

vaddr_t
kstack_alloc(void)
{
	vaddr_t va;
	bool fresh;

	spin_lock(&kstack_lock);
	va = cache_pop();
	fresh = va == 0;
	if (fresh)
		va = slot_take();
	spin_unlock(&kstack_lock);
	if (va != 0 && fresh && map_stack(va) != 0)
		return 0;
	return va;
}

void
kstack_free(vaddr_t va)
{
	vaddr_t batch[BATCH];
	uint32_t n = 0;

	kasan_unpoison((const void *)va, KSTACK_SIZE);
	spin_lock(&kstack_lock);
	*(vaddr_t *)va = cached;
	cached = va;
	store_relaxed(&ncached, ncached + 1);
	if (ncached > CACHE_MAX) {
		while (n < BATCH)
			batch[n++] = cache_pop();
	}
	spin_unlock(&kstack_lock);
	if (n > 0)
		unmap_batch(batch, n);
}

void
arch_kstack_drain(void)
{
	vaddr_t batch[BATCH];
	uint32_t n;

	do {
		spin_lock(&kstack_lock);
		for (n = 0; n < BATCH && (batch[n] = cache_pop()) != 0;)
			n++;
		spin_unlock(&kstack_lock);
		if (n > 0)
			unmap_batch(batch, n);
	} while (n == BATCH);
}

uint64_t
arch_kstack_cached(void)
{
	return load_relaxed(&ncached) * SLOT_PAGES;
}

bool
kstack_is_guard(vaddr_t va)
{
	return va >= STACKS_BASE && va < STACKS_BASE + NSLOTS * SLOT_SIZE &&
	    (va - STACKS_BASE) % SLOT_SIZE < PAGE_SIZE;
}

vaddr_t
kstack_top(vaddr_t va)
{
	return slot_va((uint32_t)((va - STACKS_BASE) / SLOT_SIZE)) + KSTACK_SIZE;
}
