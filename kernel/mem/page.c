/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The page allocator.
 *
 * All frames from 0 to the end of RAM have a struct page in one array, which stands at the start
 * of the largest piece of RAM. Frames that we were not given (holes, the kernel, the array
 * itself) are PGF_RESERVED and never free.
 *
 * Free frames are kept in runs of 2^order frames aligned to their size, one list an order (the
 * buddy system): to serve an order, the smallest larger run is halved as often as needed; a run
 * that becomes free joins its buddy, the other half of the next larger run, as long as that is
 * wholly free. The head of a free run has PGF_BUDDY and its order, all its other frames have no
 * flags; so "is my buddy a free run of my order" is one look. Only who holds pages_lock sets
 * PGF_BUDDY or clears it, so a frame that has it keeps it and its order for as long as one looks:
 * all other flags and orders change under one's eyes, being their owners'.
 *
 * Single frames are what nearly everybody wants, so each CPU keeps up to PCP_HIGH of them in a
 * list of its own, which needs interrupts off and no lock. It refills and drains by PCP_BATCH.
 * Such frames have PGF_FREE and are nobody's buddy. When the shared lists cannot serve a request,
 * this CPU's own list is given back and joined first; the other CPUs' lists (at most
 * 15 * PCP_HIGH frames) are out of reach: that much memory may be called "out" too early.
 *
 * References. page_alloc gives one. Of a run only the head's count means anything. Who drops the
 * last frees the run; there is no swap, and the page cache is the file system (tmpfs), so there is
 * nothing clean to throw away. When memory is low, what CPUs keep at hand is given back
 * (reclaim.c).
 *
 * A huge page is a run whose other frames say so (PGF_TAIL), so that whoever has one of them
 * finds the count. It is mapped as one, or its frames singly, and can be taken apart by who has
 * all references.
 *
 * Locks: pages_lock (RANK_PAGES) guards the buddy lists. Never sleeps, any context.
 *
 * Debug kernels fill freed frames with a pattern and look at it when the frame is allocated
 * again: who wrote in between stops the kernel. (Only some words are checked: a whole frame would
 * double the price.)
 */
#include "arch/arch.h"
#include "lib/kasan.h"
#include "lib/point.h"
#include "mem/page.h"
#include "mem/page_int.h"
#include "sync/spin.h"

#define PCP_HIGH	64		/* a list longer than this gives PCP_BATCH back */
#define PCP_BATCH	32
#define LOW_PART	64		/* memory is low when less than this part of it is free,
					 * ... */
#define LOW_LEAST	128ul		/* ... or fewer pages than this */

/*
 * Single free frames of one CPU; touched by it alone with interrupts off (p_n is read by others,
 * for statistics).
 */
struct page_cpu {
	struct list	 p_list;
	uint32_t	 p_n;
	int64_t		 p_tables;	/* PG_TABLE frames allocated less freed here */
} __aligned(64);

struct page	*page_array;
uint64_t	 page_array_len;
uint64_t	 pages_total;
uint64_t	 pages_slab;

static struct spinlock	pages_lock = SPINLOCK_INIT("pages", RANK_PAGES);
static struct list	free_runs[PAGE_ORDER_MAX + 1];	/* pages_lock */
static uint64_t		free_buddy;			/* pages_lock: frames in free_runs */
static struct page_cpu	page_cpus[MAXCPU];

/* ---- The buddy lists ---- */

static void
buddy_insert_locked(struct page *pg, uint32_t order)
{
	pg->pg_order = (uint8_t)order;
	pg->pg_flags = PGF_FREE | PGF_BUDDY;
	list_push_front(&free_runs[order], &pg->pg_link);
}

static void
buddy_free_locked(struct page *pg, uint32_t order)
{
	uint64_t pfn = (uint64_t)(pg - page_array);

	free_buddy += 1ull << order;
	while (order < PAGE_ORDER_MAX) {
		uint64_t other = pfn ^ (1ull << order);
		struct page *b = &page_array[other];

		if (other >= page_array_len || (load_relaxed(&b->pg_flags) & PGF_BUDDY) == 0 ||
		    b->pg_order != order)
			break;
		list_remove(&b->pg_link);
		b->pg_flags = 0;
		page_array[pfn].pg_flags = 0;
		pfn &= other;
		order++;
	}
	buddy_insert_locked(&page_array[pfn], order);
}

static struct page *
buddy_alloc_locked(uint32_t order)
{
	struct page *pg = NULL;
	uint32_t from;

	for (from = order; from <= PAGE_ORDER_MAX; from++) {
		if ((pg = list_first(&free_runs[from], struct page, pg_link)) != NULL)
			break;
	}
	if (pg == NULL)
		return NULL;
	list_remove(&pg->pg_link);
	pg->pg_flags = 0;
	while (from > order) {
		from--;
		buddy_insert_locked(pg + (1ul << from), from);
	}
	free_buddy -= 1ull << order;
	return pg;
}

/* ---- The CPU's own list; interrupts are off ---- */

static void
pcp_drain(struct page_cpu *pc, uint32_t n)
{
	struct page *pg;

	spin_lock(&pages_lock);
	while (n-- > 0 && (pg = list_last(&pc->p_list, struct page, pg_link)) != NULL) {
		list_remove(&pg->pg_link);
		pg->pg_flags = 0;
		buddy_free_locked(pg, 0);
		pc->p_n--;
	}
	spin_unlock(&pages_lock);
}

static void
pcp_refill(struct page_cpu *pc)
{
	struct page *pg;

	spin_lock(&pages_lock);
	if (unlikely(free_buddy < MAX(pages_total / LOW_PART, LOW_LEAST)))
		store_relaxed(&reclaim_wanted, true);
	while (pc->p_n < PCP_BATCH && (pg = buddy_alloc_locked(0)) != NULL) {
		pg->pg_flags = PGF_FREE;
		list_push_back(&pc->p_list, &pg->pg_link);
		pc->p_n++;
	}
	spin_unlock(&pages_lock);
}

static struct page_cpu *
pcp_self(void)
{
	return &page_cpus[curcpu()->c_id];
}

static struct page *
pcp_alloc(struct page_cpu *pc)
{
	struct page *pg;

	if (pc->p_n == 0)
		pcp_refill(pc);
	if ((pg = list_first(&pc->p_list, struct page, pg_link)) == NULL)
		return NULL;
	list_remove(&pg->pg_link);
	pc->p_n--;
	pg->pg_flags = 0;
	return pg;
}

static void
pcp_free(struct page_cpu *pc, struct page *pg)
{
	pg->pg_flags = PGF_FREE;
	list_push_front(&pc->p_list, &pg->pg_link);
	if (++pc->p_n > PCP_HIGH)
		pcp_drain(pc, PCP_BATCH);
}

static struct page *
run_alloc(struct page_cpu *pc, uint32_t order)
{
	struct page *pg;

	spin_lock(&pages_lock);
	pg = buddy_alloc_locked(order);
	spin_unlock(&pages_lock);
	if (pg == NULL && pc->p_n > 0) {
		pcp_drain(pc, pc->p_n);
		spin_lock(&pages_lock);
		pg = buddy_alloc_locked(order);
		spin_unlock(&pages_lock);
	}
	return pg;
}

/* ---- Contents ---- */

void
page_zero(void *kva)
{
	uint64_t *w = kva;

	for (size_t i = 0; i < PAGE_SIZE / 8; i += 8) {
		w[i] = 0;
		w[i + 1] = 0;
		w[i + 2] = 0;
		w[i + 3] = 0;
		w[i + 4] = 0;
		w[i + 5] = 0;
		w[i + 6] = 0;
		w[i + 7] = 0;
		/*
		 * Keeps the compiler from making this a call of memset, which need not be as
		 * good.
		 */
		__asm__ volatile("" ::: "memory");
	}
}

void
page_copy(void *dst, const void *src)
{
	uint64_t *d = dst;
	const uint64_t *s = src;

	for (size_t i = 0; i < PAGE_SIZE / 8; i += 4) {
		uint64_t a = s[i], b = s[i + 1], c = s[i + 2], e = s[i + 3];

		d[i] = a;
		d[i + 1] = b;
		d[i + 2] = c;
		d[i + 3] = e;
		__asm__ volatile("" ::: "memory");
	}
}

static void
poison_check(const struct page *pg, uint32_t order)
{
#ifdef DEBUG
	for (uint64_t i = 0; i < 1ull << order; i++) {
		const uint64_t *w = page_kva(pg + i);

		for (size_t k = 0; k < PAGE_SIZE / 8; k += 63) {
			if (w[k] != MEM_POISON)
				panic("page %#llx: written after it was freed (word %zu is %#llx)",
				    (unsigned long long)page_to_phys(pg + i), k,
				    (unsigned long long)w[k]);
		}
	}
#else
	(void)pg;
	(void)order;
#endif
}

/* ---- The interface ---- */

struct page *
page_alloc_raw(uint32_t order, uint32_t flags)
{
	struct page_cpu *pc;
	struct page *pg;

	ASSERT(order <= PAGE_ORDER_MAX);
	spin_enter();
	pc = pcp_self();
	pg = order == 0 ? pcp_alloc(pc) : run_alloc(pc, order);
	if (pg != NULL && (flags & PG_TABLE) != 0)
		pc->p_tables++;
	spin_leave();
	if (pg == NULL)
		return NULL;
	ASSERT(pg->pg_refs.r_count == 0);
	kasan_unpoison(page_kva(pg), PAGE_SIZE << order);
	poison_check(pg, order);
	pg->pg_order = (uint8_t)order;
	pg->pg_flags = (flags & PG_TABLE) != 0 ? PGF_TABLE : 0;
	memset(pg->pg_words, 0, sizeof(pg->pg_words));
	list_init(&pg->pg_link);
	if ((flags & PG_ZERO) != 0) {
		for (uint64_t i = 0; i < 1ull << order; i++)
			page_zero(page_kva(pg + i));
	}
	ref_init(&pg->pg_refs, 1);
	return pg;
}

POINT_DEFINE(point_page, "mem.page", POINT_FAIL, ENOMEM);

struct page *
page_alloc(uint32_t order, uint32_t flags)
{
	if (unlikely(load_relaxed(&reclaim_wanted)))
		reclaim_wake();
	return point_fail(&point_page) != 0 ? NULL : page_alloc_raw(order, flags);
}

/* The count has come to zero. */
void
page_release(struct page *pg)
{
	uint32_t order = pg->pg_order;
	bool table = (pg->pg_flags & PGF_TABLE) != 0;
	struct page_cpu *pc;

	KASSERT((pg->pg_flags & (PGF_RESERVED | PGF_FREE | PGF_SLAB)) == 0);
	KASSERT(!list_linked(&pg->pg_link));
	mem_poison(page_kva(pg), PAGE_SIZE << order);
	kasan_poison(page_kva(pg), PAGE_SIZE << order, KASAN_PAGE);
	spin_enter();
	pc = pcp_self();
	if (table)
		pc->p_tables--;
	if (order == 0) {
		pcp_free(pc, pg);
	} else {
		if ((pg->pg_flags & PGF_HUGE) != 0) {
			for (uint32_t i = 1; i < PAGE_HUGE; i++)
				pg[i].pg_flags = 0;
		}
		pg->pg_flags = 0;
		spin_lock(&pages_lock);
		buddy_free_locked(pg, order);
		spin_unlock(&pages_lock);
	}
	spin_leave();
}

void
page_free(struct page *pg, uint32_t order)
{
	ASSERT(pg->pg_order == order);
	ASSERT(ref_put(&pg->pg_refs));
	page_release(pg);
}

void
page_drop(struct page *pg)
{
	pg = page_counted(pg);
	if (ref_put(&pg->pg_refs))
		page_release(pg);
}

/* ---- Huge pages ---- */

struct page *
page_alloc_huge(void)
{
	struct page *head = page_alloc(PAGE_ORDER_HUGE, 0);

	if (head == NULL)
		return NULL;
	head->pg_flags = PGF_HUGE;
	for (uint32_t i = 1; i < PAGE_HUGE; i++) {
		head[i].pg_flags = PGF_TAIL;
		memset(head[i].pg_words, 0, sizeof(head[i].pg_words));
	}
	return head;
}

void
page_huge_split(struct page *head, const uint64_t wanted[PAGE_HUGE / 64])
{
	KASSERT((head->pg_flags & PGF_HUGE) != 0);
	for (uint32_t i = 0; i < PAGE_HUGE; i++) {
		head[i].pg_flags = 0;
		head[i].pg_order = 0;
		ref_init(&head[i].pg_refs, 1);
	}
	for (uint32_t i = 0; i < PAGE_HUGE; i++) {
		if ((wanted[i / 64] >> (i % 64) & 1) == 0)
			page_drop(&head[i]);
	}
}

void
page_shrink_cpu(void)
{
	spin_enter();
	pcp_drain(pcp_self(), pcp_self()->p_n);
	spin_leave();
}

/* ---- Counts: sums over the CPUs, not of one instant ---- */

uint64_t
pages_free_count(void)
{
	uint64_t n = load_relaxed(&free_buddy);

	for (uint32_t i = 0; i < MAXCPU; i++)
		n += load_relaxed(&page_cpus[i].p_n);
	return n;
}

uint64_t
pages_slab_count(void)
{
	return load_relaxed(&pages_slab);
}

uint64_t
pages_table_count(void)
{
	int64_t n = 0;

	for (uint32_t i = 0; i < MAXCPU; i++)
		n += load_relaxed(&page_cpus[i].p_tables);
	return n > 0 ? (uint64_t)n : 0;
}

/* ---- Start ---- */

/* Cuts a range into runs as large as alignment and length allow. */
static void
range_free(uint64_t pfn, uint64_t end)
{
	while (pfn < end) {
		uint32_t order = PAGE_ORDER_MAX;
		struct page *pg = &page_array[pfn];

		while ((pfn & ((1ull << order) - 1)) != 0 || pfn + (1ull << order) > end)
			order--;
		for (uint64_t i = 0; i < 1ull << order; i++) {
			ASSERT((pg[i].pg_flags & PGF_RESERVED) != 0);
			pg[i].pg_flags = 0;
			pg[i].pg_refs.r_count = 0;
			list_init(&pg[i].pg_link);
		}
		mem_poison(page_kva(pg), PAGE_SIZE << order);
		kasan_poison(page_kva(pg), PAGE_SIZE << order, KASAN_PAGE);
		spin_lock(&pages_lock);
		buddy_free_locked(pg, order);
		pages_total += 1ull << order;
		spin_unlock(&pages_lock);
		pfn += 1ull << order;
	}
}

void
mem_add_range(paddr_t start, size_t size)
{
	uint64_t first = howmany(start, PAGE_SIZE), end = (start + size) >> PAGE_SHIFT;

	if (end > page_array_len)
		end = page_array_len;
	if (first < end)
		range_free(first, end);
}

void
mem_init(const struct boot_info *bi)
{
	uint32_t largest = 0;
	paddr_t end = bi->ram_end, array_pa;
	size_t bytes;

	for (uint32_t i = 0; i < bi->nram; i++) {
		end = MAX(end, bi->ram[i].start + bi->ram[i].size);
		if (bi->ram[i].size > bi->ram[largest].size)
			largest = i;
	}
	page_array_len = end >> PAGE_SHIFT;
	bytes = roundup2(page_array_len * sizeof(struct page), PAGE_SIZE);
	if (bi->nram == 0 || bi->ram[largest].size < bytes + (1u << 20))
		panic("mem: too little memory: no room for %zu bytes of page structures", bytes);
	array_pa = bi->ram[largest].start;
	page_array = phys_to_kva(array_pa);

	for (uint32_t i = 0; i <= PAGE_ORDER_MAX; i++)
		list_init(&free_runs[i]);
	for (uint32_t i = 0; i < MAXCPU; i++)
		list_init(&page_cpus[i].p_list);
	memset(page_array, 0, bytes);
	for (uint64_t i = 0; i < page_array_len; i++) {
		list_init(&page_array[i].pg_link);
		page_array[i].pg_flags = PGF_RESERVED;
		page_array[i].pg_refs.r_count = 1;
	}
	for (uint32_t i = 0; i < bi->nram; i++) {
		size_t skip = i == largest ? bytes : 0;

		mem_add_range(bi->ram[i].start + skip, bi->ram[i].size - skip);
	}
	klog(KLOG_INFO, "mem: %llu MiB in %llu pages free, %zu KiB of page structures\n",
	    (unsigned long long)(pages_total >> (20 - PAGE_SHIFT)), (unsigned long long)pages_total,
	    bytes >> 10);
}
