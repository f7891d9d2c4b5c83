/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Object caches.
 *
 * A cache serves objects of one size from slabs: runs of pages cut into slots. The free slots of
 * a slab are chained through their first word; the head page's structure holds the chain and the
 * number of slots in use. Slabs with a free slot are in c_partial; full ones are in no list. One
 * wholly free slab is kept (c_nempty), further ones go back to the page allocator.
 *
 * On top stands one magazine per CPU: a small stack of free objects, used with interrupts off and
 * without a lock. It is filled from and emptied into the slabs by half its size. So the usual
 * allocation takes no lock, touches memory that this CPU's cache still has, and objects freed by
 * an interrupt handler are fine.
 *
 * A cache is a static structure that sets itself up at its first use (c_cpu is published last).
 * Magazines of all CPUs are one page.
 *
 * Objects are handed out zeroed: zero is the one initial state that every struct here can rely
 * on. Debug kernels fill freed objects with a pattern and check it (all of it) when they hand
 * them out again; freeing an object full of the pattern is a double free. So in slabs and
 * magazines all bytes but a slab slot's first word are pattern.
 *
 * With the address sanitizer a slot has room behind the object that nobody may touch, and an object
 * that was freed stands in the quarantine of its CPU, a ring, until as many others have been freed
 * there: so a late use of it is noticed, not taken for a use of the next object. It counts as
 * free. The ring also remembers who freed.
 *
 * kmalloc: a row of caches by size; what is larger than 4 KiB is a run of pages. kfree finds the
 * owner by the page structure.
 *
 * Locks: c_lock (RANK_CACHE), then the page allocator's.
 */
#include "arch/arch.h"
#include "lib/kasan.h"
#include "lib/point.h"
#include "mem/cache.h"
#include "mem/page.h"
#include "mem/page_int.h"

POINT_DEFINE(point_cache, "mem.cache", POINT_FAIL, ENOMEM);	/* kmalloc as well */

#define MAG_SIZE	22
#define SLOT_ALIGN_MIN	16u
#define SLAB_ORDER_MAX	3u
#define EMPTY_KEEP	1u

struct cache_cpu {
	uint32_t	 cc_n;			/* objects in cc_obj */
	int64_t		 cc_live;		/* allocated less freed on this CPU */
	void		*cc_obj[MAG_SIZE];
} __aligned(64);

STATIC_ASSERT(sizeof(struct cache_cpu) * MAXCPU <= PAGE_SIZE);

struct cache	*cache_list;
uint64_t	 kmalloc_large_bytes;

static struct spinlock cache_list_lock = SPINLOCK_INIT("caches", RANK_PAGES);

/* ---- Setting up ---- */

/* The smallest slab that wastes at most an eighth. */
static void
cache_shape(struct cache *c)
{
	uint32_t align = MAX(c->c_align, SLOT_ALIGN_MIN);
	uint32_t size = roundup2(MAX(c->c_objsize, 1u), align);
	uint32_t order = 0;

#ifdef KASAN
	size = roundup2(MAX(c->c_objsize, 1u) + SLOT_ALIGN_MIN, align);
#endif
	ASSERT(align <= PAGE_SIZE && (align & (align - 1)) == 0);
	while (order < SLAB_ORDER_MAX && ((PAGE_SIZE << order) < size ||
	    (PAGE_SIZE << order) % size > (PAGE_SIZE << order) / 8))
		order++;
	ASSERT(size <= PAGE_SIZE << order);
	c->c_order = order;
	c->c_perslab = (uint32_t)((PAGE_SIZE << order) / size);
	c->c_size = size;
}

bool
cache_prepare(struct cache *c)
{
	struct page *pg;

	if (load_acquire(&c->c_cpu) != NULL)
		return true;
	if ((pg = page_alloc_raw(0, PG_ZERO)) == NULL)
		return false;
	spin_lock(&c->c_lock);
	if (c->c_cpu != NULL) {			/* another CPU was faster */
		spin_unlock(&c->c_lock);
		page_drop(pg);
		return true;
	}
	cache_shape(c);
	list_init(&c->c_partial);
	atomic_add(&pages_slab, 1);
	spin_lock(&cache_list_lock);
	c->c_next = cache_list;
	store_release(&cache_list, c);
	spin_unlock(&cache_list_lock);
	store_release(&c->c_cpu, page_kva(pg));
	spin_unlock(&c->c_lock);
	return true;
}

/* ---- Slabs ---- */

static struct page *
slab_create(struct cache *c)
{
	struct page *head = page_alloc_raw(c->c_order, 0);
	char *base;

	if (head == NULL)
		return NULL;
	base = page_kva(head);
	mem_poison(base, PAGE_SIZE << c->c_order);
	kasan_poison(base, PAGE_SIZE << c->c_order, KASAN_FREED);
	for (uint32_t i = 0; i < 1u << c->c_order; i++) {
		head[i].pg_flags = PGF_SLAB;
		head[i].pg_cache = c;
		head[i].pg_slab = head;
	}
	head->pg_free = NULL;
	head->pg_inuse = 0;
	for (uint32_t i = c->c_perslab; i-- > 0;) {
		void **slot = (void **)(base + (size_t)i * c->c_size);

		*slot = head->pg_free;
		head->pg_free = slot;
	}
	atomic_add(&pages_slab, 1ull << c->c_order);
	return head;
}

/* The slab is empty and in no list. */
static void
slab_destroy(struct cache *c, struct page *head)
{
	for (uint32_t i = 0; i < 1u << c->c_order; i++)
		head[i].pg_flags = 0;
	atomic_sub(&pages_slab, 1ull << c->c_order);
	page_drop(head);
}

static void *
slab_take_locked(struct cache *c)
{
	struct page *head = list_first(&c->c_partial, struct page, pg_link);
	void **slot;

	if (head == NULL)
		return NULL;
	if (head->pg_inuse++ == 0)
		c->c_nempty--;
	slot = head->pg_free;
	head->pg_free = *slot;
	if (head->pg_free == NULL)
		list_remove(&head->pg_link);
	mem_poison(slot, 8);			/* the link goes: debug kernels check all of the
						 * slot */
	return slot;
}

static struct page *
obj_slab(const void *obj)
{
	struct page *pg = phys_to_page(kva_to_phys(obj));

	ASSERT((pg->pg_flags & PGF_SLAB) != 0);
	return pg->pg_slab;
}

/*
 * Returns a slab that has become surplus, in no list: the caller destroys it. Null when there is
 * none.
 */
static struct page *
slab_give_locked(struct cache *c, void *obj)
{
	struct page *head = obj_slab(obj);

	ASSERT(head->pg_inuse > 0);
	if (head->pg_free == NULL)
		list_push_front(&c->c_partial, &head->pg_link);
	*(void **)obj = head->pg_free;
	head->pg_free = obj;
	if (--head->pg_inuse > 0)
		return NULL;
	list_remove(&head->pg_link);
	if (c->c_nempty >= EMPTY_KEEP)
		return head;
	c->c_nempty++;
	list_push_back(&c->c_partial, &head->pg_link);	/* the last to be used again */
	return NULL;
}

/* ---- Magazines; interrupts are off ---- */

static void
mag_fill(struct cache *c, struct cache_cpu *cc)
{
	void *obj;

	spin_lock(&c->c_lock);
	while (cc->cc_n < MAG_SIZE / 2 && (obj = slab_take_locked(c)) != NULL)
		cc->cc_obj[cc->cc_n++] = obj;
	if (cc->cc_n == 0) {
		struct page *head = slab_create(c);

		if (head != NULL) {
			list_push_front(&c->c_partial, &head->pg_link);
			c->c_nempty++;
			while (cc->cc_n < MAG_SIZE / 2 && (obj = slab_take_locked(c)) != NULL)
				cc->cc_obj[cc->cc_n++] = obj;
		}
	}
	spin_unlock(&c->c_lock);
}

/* Down to so many objects. */
static void
mag_empty(struct cache *c, struct cache_cpu *cc, uint32_t left)
{
	struct page *dead;

	spin_lock(&c->c_lock);
	while (cc->cc_n > left) {
		dead = slab_give_locked(c, cc->cc_obj[--cc->cc_n]);
		if (dead != NULL)
			slab_destroy(c, dead);
	}
	spin_unlock(&c->c_lock);
}

/* size: how much of it the caller wants. */
static void *
cache_alloc_raw(struct cache *c, size_t size)
{
	struct cache_cpu *cc;
	void *obj = NULL;

	if (unlikely(load_acquire(&c->c_cpu) == NULL) && !cache_prepare(c))
		return NULL;
	spin_enter();
	cc = &c->c_cpu[curcpu()->c_id];
	if (cc->cc_n == 0)
		mag_fill(c, cc);
	if (cc->cc_n > 0) {
		obj = cc->cc_obj[--cc->cc_n];
		cc->cc_live++;
	}
	spin_leave();
	if (obj == NULL)
		return NULL;
	if (!mem_is_poison(obj, c->c_size))
		panic("%s %p: written after it was freed", c->c_name, obj);
	kasan_unpoison(obj, c->c_size);
	memset(obj, 0, c->c_size);
	kasan_poison((char *)obj + roundup2(size, KASAN_GRAIN), c->c_size - roundup2(size,
	    KASAN_GRAIN), KASAN_PAST);
	kasan_unpoison(obj, size);
	return obj;
}

void *
cache_alloc(struct cache *c)
{
	return point_fail(&point_cache) != 0 ? NULL : cache_alloc_raw(c, c->c_objsize);
}

/* Into the magazine; interrupts are off. */
static void
cache_put(struct cache *c, void *obj)
{
	struct cache_cpu *cc = &c->c_cpu[curcpu()->c_id];

	if (cc->cc_n == MAG_SIZE)
		mag_empty(c, cc, MAG_SIZE / 2);
	cc->cc_obj[cc->cc_n++] = obj;
}

/* ---- The quarantine ---- */

#ifdef KASAN

#define QUARANTINE	512u
#define FREERS		4u

struct quarantined {
	struct cache	*q_cache;
	void		*q_obj;			/* null: an empty place */
	uintptr_t	 q_pc[FREERS];		/* the calls that freed it */
};

/* Of one CPU, touched by it alone with interrupts off (a report reads them all). */
static struct quarantine {
	uint32_t		q_next;		/* the oldest, which leaves for the next */
	struct quarantined	q_ring[QUARANTINE];
} quarantines[MAXCPU];

/* The object that a pointer of this slab lies in. */
static void *
slot_of(const struct page *head, const void *p)
{
	char *base = page_kva(head);
	size_t off = (size_t)((const char *)p - base);

	return base + off - off % head->pg_cache->c_size;
}

static void
callers(uintptr_t *pc, uint32_t n)
{
	const uintptr_t *frame = __builtin_frame_address(0);

	for (; n > 0 && frame != NULL && (uintptr_t)frame >= DIRECT_BASE; n--) {
		*pc++ = frame[1];
		frame = (const uintptr_t *)frame[0];
	}
}

/* obj: c's, and what leaves for it is put into *out. Interrupts are off. */
static bool
quarantine_swap(struct cache *c, void *obj, struct quarantined *out)
{
	struct quarantine *q = &quarantines[curcpu()->c_id];
	struct quarantined *place = &q->q_ring[q->q_next];

	*out = *place;
	*place = (struct quarantined){ .q_cache = c, .q_obj = obj };
	if (obj != NULL)
		callers(place->q_pc, FREERS);
	q->q_next = (q->q_next + 1) % QUARANTINE;
	return out->q_obj != NULL;
}

void
cache_quarantine_drain(void)
{
	struct quarantined old;

	spin_enter();
	for (uint32_t i = 0; i < QUARANTINE; i++) {
		if (quarantine_swap(NULL, NULL, &old))
			cache_put(old.q_cache, old.q_obj);
	}
	spin_leave();
}

static void
about_freers(const void *obj, char *buf, size_t size)
{
	size_t n = 0, off;

	for (uint32_t i = 0; i < MAXCPU * QUARANTINE; i++) {
		const struct quarantined *q = &quarantines[i / QUARANTINE].q_ring[i % QUARANTINE];

		for (uint32_t k = 0; q->q_obj == obj && k < FREERS && n < size; k++) {
			const char *name = arch_symbol(q->q_pc[k], &off);

			n += (size_t)ksnprintf(buf + n, size - n, "%s%s", k == 0 ? "; freed by " :
			    " < ", name != NULL ? name : "?");
		}
	}
}

void
cache_about(const void *p, char *buf, size_t size)
{
	struct page *pg = phys_to_page(kva_to_phys(p));
	const char *obj;
	size_t n;

	if ((pg->pg_flags & PGF_SLAB) == 0)
		return;
	obj = slot_of(pg->pg_slab, p);
	n = (size_t)ksnprintf(buf, size, ": byte %zu of a %s of %u bytes at %p",
	    (size_t)((const char *)p - obj), pg->pg_cache->c_name, pg->pg_cache->c_objsize, obj);
	if (n < size)
		about_freers(obj, buf + n, size - n);
}

static void
cache_put_late(struct cache *c, void *obj)
{
	struct quarantined old;

	kasan_poison(obj, c->c_size, KASAN_FREED);
	if (quarantine_swap(c, obj, &old))
		cache_put(old.q_cache, old.q_obj);
}

static void
free_check(struct cache *c, void *obj)
{
	if (slot_of(obj_slab(obj), obj) != obj)
		panic("kasan: %s %p: freed, but it is no object's begin", c->c_name, obj);
	if (kasan_why(obj) == KASAN_FREED)
		panic("kasan: %s %p: freed twice", c->c_name, obj);
}

#else

static void
cache_put_late(struct cache *c, void *obj)
{
	cache_put(c, obj);
}

static void
free_check(struct cache *c __unused, void *obj __unused)
{
}

#endif

void
cache_free(struct cache *c, void *obj)
{

	if (obj == NULL)
		return;
	if (obj_slab(obj)->pg_cache != c)
		panic("%s %p: freed as a %s", obj_slab(obj)->pg_cache->c_name, obj, c->c_name);
	free_check(c, obj);
#ifdef DEBUG
	if (mem_is_poison(obj, c->c_size))
		panic("%s %p: freed twice", c->c_name, obj);
	mem_poison(obj, c->c_size);
#endif
	spin_enter();
	cache_put_late(c, obj);
	c->c_cpu[curcpu()->c_id].cc_live--;
	spin_leave();
}

void
cache_shrink_cpu(struct cache *c)
{
	struct page *head;

	spin_enter();
	mag_empty(c, &c->c_cpu[curcpu()->c_id], 0);
	spin_lock(&c->c_lock);
	/* Slabs that are empty stand at the end. */
	while (c->c_nempty > 0 && (head = list_last(&c->c_partial, struct page, pg_link)) != NULL &&
	    head->pg_inuse == 0) {
		list_remove(&head->pg_link);
		c->c_nempty--;
		slab_destroy(c, head);
	}
	spin_unlock(&c->c_lock);
	spin_leave();
}

uint64_t
cache_live(const struct cache *c)
{
	const struct cache_cpu *cc = load_acquire(&c->c_cpu);
	int64_t n = 0;

	if (cc == NULL)
		return 0;
	for (uint32_t i = 0; i < MAXCPU; i++)
		n += load_relaxed(&cc[i].cc_live);
	return n > 0 ? (uint64_t)n : 0;
}

/* ---- kmalloc ---- */

#define KM(size, align) CACHE_INIT_SIZE("kmalloc_" #size, size, align)
static struct cache kmalloc_caches[] = {
	KM(16, 16), KM(32, 16), KM(48, 16), KM(64, 64), KM(96, 16), KM(128, 64), KM(192, 64),
	    KM(256, 64), KM(384, 64),
	KM(512, 64), KM(768, 64), KM(1024, 64), KM(1344, 64), KM(2048, 64), KM(4096, 4096),
};

bool
cache_is_kmalloc(const struct cache *c)
{
	return c >= kmalloc_caches && c < kmalloc_caches + nitems(kmalloc_caches);
}

static void *
kmalloc_large(size_t size)
{
	uint32_t order = 0;
	struct page *pg;

	while ((PAGE_SIZE << order) < size) {
		if (++order > PAGE_ORDER_MAX)
			return NULL;
	}
	if ((pg = page_alloc_raw(order, PG_ZERO)) == NULL)
		return NULL;
	pg->pg_flags = PGF_LARGE;
	atomic_add(&kmalloc_large_bytes, PAGE_SIZE << order);
	kasan_poison(page_kva(pg), PAGE_SIZE << order, KASAN_PAST);
	kasan_unpoison(page_kva(pg), size);
	return page_kva(pg);
}

void *
kmalloc(size_t size)
{
	if (point_fail(&point_cache) != 0)
		return NULL;
	for (size_t i = 0; i < nitems(kmalloc_caches); i++) {
		if (size <= kmalloc_caches[i].c_objsize)
			return cache_alloc_raw(&kmalloc_caches[i], size);
	}
	return kmalloc_large(size);
}

void *
kmalloc_array(size_t n, size_t size)
{
	size_t bytes;

	return __builtin_mul_overflow(n, size, &bytes) ? NULL : kmalloc(bytes);
}

void
kfree(void *p)
{
	struct page *pg;

	if (p == NULL)
		return;
	pg = phys_to_page(kva_to_phys(p));
	if ((pg->pg_flags & PGF_SLAB) != 0) {
		ASSERT(cache_is_kmalloc(pg->pg_cache));
		cache_free(pg->pg_cache, p);
		return;
	}
	ASSERT((pg->pg_flags & PGF_LARGE) != 0 && page_kva(pg) == p);
	atomic_sub(&kmalloc_large_bytes, PAGE_SIZE << pg->pg_order);
	pg->pg_flags = 0;
	page_free(pg, pg->pg_order);
}

char *
kstrdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *copy = kmalloc(n);

	if (copy != NULL)
		memcpy(copy, s, n);
	return copy;
}
