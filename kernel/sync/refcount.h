/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reference counts. Taking from zero, dropping below zero and overflow stop the kernel: each is a
 * lost or stolen reference.
 */
#ifndef SYNC_REFCOUNT_H
#define SYNC_REFCOUNT_H

#include "lib/klib.h"

#define REF_LIMIT	0x7fffffffu

typedef struct { uint32_t r_count; } refcount_t;

static inline void
ref_init(refcount_t *r, uint32_t n)
{
	store_relaxed(&r->r_count, n);
}

static inline uint32_t
ref_read(const refcount_t *r)
{
	return load_relaxed(&r->r_count);
}

/* The same; who sees 1 sees all that the owners of the others did before they dropped them. */
static inline uint32_t
ref_read_acquire(const refcount_t *r)
{
	return load_acquire(&r->r_count);
}

static inline void
ref_get(refcount_t *r)
{
	uint32_t was = __atomic_fetch_add(&r->r_count, 1, __ATOMIC_RELAXED);

	ASSERT(was != 0 && was < REF_LIMIT);
}

/* Takes a reference unless the object is already dying. */
static inline bool
ref_get_unless_zero(refcount_t *r)
{
	uint32_t was = load_relaxed(&r->r_count);

	do {
		if (was == 0)
			return false;
		ASSERT(was < REF_LIMIT);
	} while (!atomic_cas(&r->r_count, &was, was + 1));
	return true;
}

/*
 * True when this was the last reference: the caller frees, and sees all that other droppers did
 * before.
 */
static inline bool
ref_put(refcount_t *r)
{
	uint32_t was = __atomic_fetch_sub(&r->r_count, 1, __ATOMIC_ACQ_REL);

	STATIC_ASSERT(REF_LIMIT == INT32_MAX);
	if (likely((int32_t)was > 1))
		return false;
	ASSERT(was == 1);	/* not 0, not beyond the limit */
	return true;
}

#endif
