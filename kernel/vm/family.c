/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Families: the spaces that descend from one space by fork.
 *
 * A region belongs to no space but to all that have inherited it, so it cannot say which they
 * are. It says of which family they are; truncation asks each member. exec founds a new family,
 * so members are few where programs are run, and many only where one program forks without exec.
 *
 * A member that is looked at is pinned rather than held: the last reference on a space frees the
 * files that it maps, which is no business of one who truncates a file, maybe with locks of the
 * file system. So the space's own last drop waits for the pins to go (family_leave), and nobody
 * pins a space that has begun to leave. New members go to the end, where one who walks still comes
 * by: a child has the pages that its parent had when it was made.
 */
#include "vm/vm_int.h"

/*
 *   F  fm_lock	  A  atomic
 */
struct vm_family {
	refcount_t	 fm_refs;	/* A  spaces and regions */
	struct spinlock	 fm_lock;	/* RANK_CV: nothing but the scheduler below */
	struct list	 fm_spaces;	/* F  struct vm_space */
};

static struct cache family_cache = CACHE_INIT("vm_family", struct vm_family);

struct vm_family *
family_create(void)
{
	struct vm_family *fm = cache_alloc(&family_cache);

	if (fm == NULL)
		return NULL;
	ref_init(&fm->fm_refs, 1);
	spin_init(&fm->fm_lock, "vmfamily", RANK_CV);
	list_init(&fm->fm_spaces);
	return fm;
}

void
family_hold(struct vm_family *fm)
{
	ref_get(&fm->fm_refs);
}

void
family_drop(struct vm_family *fm)
{
	if (!ref_put(&fm->fm_refs))
		return;
	ASSERT(list_empty(&fm->fm_spaces));
	cache_free(&family_cache, fm);
}

void
family_join(struct vm_family *fm, struct vm_space *vs)
{
	family_hold(fm);
	vs->vs_family = fm;
	spin_lock(&fm->fm_lock);
	list_push_back(&fm->fm_spaces, &vs->vs_family_link);
	spin_unlock(&fm->fm_lock);
}

void
family_leave(struct vm_space *vs)
{
	struct vm_family *fm = vs->vs_family;

	spin_lock(&fm->fm_lock);
	vs->vs_leaver = curlwp();
	while (vs->vs_pins > 0) {
		park(&fm->fm_lock, "vmleave", false, 0);
		spin_lock(&fm->fm_lock);
	}
	list_remove(&vs->vs_family_link);
	spin_unlock(&fm->fm_lock);
	family_drop(fm);
}

static void
unpin_locked(struct vm_space *vs)
{
	if (--vs->vs_pins == 0 && vs->vs_leaver != NULL)
		unpark(vs->vs_leaver);
}

struct vm_space *
family_next(struct vm_family *fm, struct vm_space *vs)
{
	struct vm_space *next;

	spin_lock(&fm->fm_lock);
	next = vs == NULL ? list_first(&fm->fm_spaces, struct vm_space, vs_family_link) :
	    list_next(&fm->fm_spaces, vs, struct vm_space, vs_family_link);
	while (next != NULL && next->vs_leaver != NULL)
		next = list_next(&fm->fm_spaces, next, struct vm_space, vs_family_link);
	if (next != NULL)
		next->vs_pins++;
	if (vs != NULL)
		unpin_locked(vs);
	spin_unlock(&fm->fm_lock);
	return next;
}
