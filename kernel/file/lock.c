/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks on files: fcntl's record locks (of a descriptor table, or of an open file) and flock (of
 * an open file). Advisory: nobody but those who ask for locks is held back.
 *
 * A lock_set belongs to a vnode; it is found by the vnode's address in a hash table and exists
 * while it has locks or waiters. It holds two lists: record locks, sorted by owner and start, and
 * flocks, which are the same with a range of everything. Setting a range cuts and merges what the
 * same owner has there: at most one lock is split in two, so at most two new ones are needed, and
 * they are allocated before anything changes.
 *
 * An owner is an address: a descriptor table or a file. lock_release is called when a table
 * closes any file of the vnode and when a file closes; lock_release_owner when a table goes, and so
 * finds also what was granted to a waiter whose descriptor another thread had closed. lock_sets
 * counts what exists, which keeps that cheap as long as nobody uses locks.
 *
 * Deadlock: a waiter notes the owner it waits for; before an owner waits, the chain from the
 * owner in its way is followed, and EDEADLK is given when it leads back. (Only classic record
 * locks, as in Linux: flock and locks of open files may deadlock.)
 *
 * One mutex for all: file locks are rare. It sleeps only in allocation-free code.
 */
#include "file/file.h"
#include "file/special.h"
#include "mem/cache.h"
#include "sync/cv.h"

#define LOCK_HASH	64u
#define CHAIN_MAX	64u	/* waiters followed in search of a deadlock */

struct lock {
	struct list	 lk_link;
	const void	*lk_owner;
	enum lock_type	 lk_type;
	bool		 lk_flock;
	uint64_t	 lk_start;
	uint64_t	 lk_end;
	pid_t		 lk_pid;
};

/* Somebody who sleeps, on his stack. */
struct lock_waiter {
	struct list	 lw_link;	/* on waiters */
	const void	*lw_owner;
	const void	*lw_for;	/* the owner of the lock in the way */
};

struct lock_set {
	struct list	 ls_link;
	const struct vnode *ls_vnode;
	struct list	 ls_locks;
	uint32_t	 ls_waiters;
	struct cv	 ls_cv;
};

static struct cache lock_cache = CACHE_INIT("file_lock", struct lock);
static struct cache set_cache = CACHE_INIT("lock_set", struct lock_set);
static struct list lock_hash[LOCK_HASH];
uint32_t lock_sets;
static struct list waiters = LIST_INIT(waiters);
static struct mutex lock_mutex = {
	.m_lock = SPINLOCK_INIT("file locks", RANK_CV),
	.m_waiters = LIST_INIT(lock_mutex.m_waiters),
	.m_name = "file locks",
	.m_rank = RANK_PIPE,
};

static struct lock_set *
set_find(const struct vnode *vn, bool create)
{
	struct list *head = &lock_hash[((uintptr_t)vn >> 6) % LOCK_HASH];
	struct lock_set *ls;

	if (head->next == NULL)
		list_init(head);
	list_foreach(old, head, struct lock_set, ls_link) {
		if (old->ls_vnode == vn)
			return old;
	}
	if (!create || (ls = cache_alloc(&set_cache)) == NULL)
		return NULL;
	ls->ls_vnode = vn;
	list_init(&ls->ls_locks);
	cv_init(&ls->ls_cv, "flock");
	list_push_back(head, &ls->ls_link);
	store_relaxed(&lock_sets, lock_sets + 1);
	return ls;
}

static void
set_put(struct lock_set *ls)
{
	if (!list_empty(&ls->ls_locks) || ls->ls_waiters != 0)
		return;
	list_remove(&ls->ls_link);
	store_relaxed(&lock_sets, lock_sets - 1);
	cache_free(&set_cache, ls);
}

/* The first lock of another owner that does not go together with the wanted one. */
static struct lock *
conflict(struct lock_set *ls, const void *owner, const struct lock *want)
{
	list_foreach(lk, &ls->ls_locks, struct lock, lk_link) {
		if (lk->lk_owner == owner || lk->lk_flock != want->lk_flock)
			continue;
		if (lk->lk_end < want->lk_start || lk->lk_start > want->lk_end)
			continue;
		if (lk->lk_type == LOCK_WRITE || want->lk_type == LOCK_WRITE)
			return lk;
	}
	return NULL;
}

static bool
would_deadlock(const void *me, const void *other)
{
	for (uint32_t i = 0; i < CHAIN_MAX; i++) {
		const void *next = NULL;

		if (other == me)
			return true;
		list_foreach(lw, &waiters, struct lock_waiter, lw_link) {
			if (lw->lw_owner == other) {
				next = lw->lw_for;
				break;
			}
		}
		if (next == NULL)
			return false;
		other = next;
	}
	return false;
}

/* Takes the range out of what its owner has; *spare is used when a lock is split. */
static void
carve(struct lock_set *ls, const struct lock *cut, struct lock **spare)
{
	list_foreach_safe(lk, &ls->ls_locks, struct lock, lk_link) {
		if (lk->lk_owner != cut->lk_owner || lk->lk_flock != cut->lk_flock ||
		    lk->lk_end < cut->lk_start ||
		    lk->lk_start > cut->lk_end)
			continue;
		if (lk->lk_start < cut->lk_start && lk->lk_end > cut->lk_end) {
			**spare = *lk;
			list_init(&(*spare)->lk_link);
			(*spare)->lk_start = cut->lk_end + 1;
			lk->lk_end = cut->lk_start - 1;
			list_insert_after(&lk->lk_link, &(*spare)->lk_link);
			*spare = NULL;
			return;
		}
		if (lk->lk_start < cut->lk_start) {
			lk->lk_end = cut->lk_start - 1;
		} else if (lk->lk_end > cut->lk_end) {
			lk->lk_start = cut->lk_end + 1;
		} else {
			list_remove(&lk->lk_link);
			cache_free(&lock_cache, lk);
		}
	}
}

/* Joins a fresh lock with its owner's neighbours of the same type. */
static void
merge(struct lock_set *ls, struct lock *n)
{
	list_foreach_safe(lk, &ls->ls_locks, struct lock, lk_link) {
		if (lk == n || lk->lk_owner != n->lk_owner || lk->lk_flock != n->lk_flock ||
		    lk->lk_type != n->lk_type)
			continue;
		if ((n->lk_start != 0 && lk->lk_end == n->lk_start - 1) ||
		    (lk->lk_start != 0 && n->lk_end == lk->lk_start - 1)) {
			n->lk_start = MIN(n->lk_start, lk->lk_start);
			n->lk_end = MAX(n->lk_end, lk->lk_end);
			list_remove(&lk->lk_link);
			cache_free(&lock_cache, lk);
		}
	}
}

/* Sleeps until there is no conflict. */
static int
await_free(struct lock_set *ls, const struct lock *want, bool classic)
{
	struct lock_waiter lw = { .lw_owner = want->lk_owner };
	struct lock *in_way;
	int error = 0;

	while (error == 0 && (in_way = conflict(ls, want->lk_owner, want)) != NULL) {
		if (classic && would_deadlock(want->lk_owner, in_way->lk_owner))
			return EDEADLK;
		lw.lw_for = in_way->lk_owner;
		list_init(&lw.lw_link);
		if (classic)
			list_push_back(&waiters, &lw.lw_link);
		ls->ls_waiters++;
		error = cv_wait_sig(&ls->ls_cv, &lock_mutex);
		ls->ls_waiters--;
		list_remove(&lw.lw_link);
	}
	return error == EINTR && conflict(ls, want->lk_owner, want) == NULL ? 0 : error;
}

static int
set_locked(struct file *f, const struct lock *want, bool wait, struct lock **fresh,
    struct lock **spare)
{
	struct lock_set *ls = set_find(f->f_vnode, want->lk_type != LOCK_NONE);
	int error = 0;

	if (ls == NULL)
		return want->lk_type == LOCK_NONE ? 0 : ENOLCK;
	if (want->lk_type != LOCK_NONE && conflict(ls, want->lk_owner, want) != NULL)
		error = wait ? await_free(ls, want, !want->lk_flock && want->lk_owner != f) :
		    EAGAIN;
	if (error == 0) {
		carve(ls, want, spare);
		if (want->lk_type != LOCK_NONE) {
			**fresh = *want;
			list_push_back(&ls->ls_locks, &(*fresh)->lk_link);
			merge(ls, *fresh);
			*fresh = NULL;
		}
		cv_broadcast(&ls->ls_cv);
	}
	set_put(ls);
	return error == EINTR ? ERESTART : error;
}

static int
set(struct file *f, const struct lock *want, bool wait)
{
	struct lock *fresh = cache_alloc(&lock_cache), *spare = cache_alloc(&lock_cache);
	int error = ENOLCK;

	if (fresh != NULL && spare != NULL) {
		mutex_lock(&lock_mutex);
		error = set_locked(f, want, wait, &fresh, &spare);
		mutex_unlock(&lock_mutex);
	}
	cache_free(&lock_cache, fresh);
	cache_free(&lock_cache, spare);
	return error;
}

int
lock_set(struct file *f, const void *owner, const struct lock_range *lr, bool wait)
{
	struct lock want = {
		.lk_owner = owner, .lk_type = lr->lr_type, .lk_start = lr->lr_start,
		    .lk_end = lr->lr_end, .lk_pid = lr->lr_pid,
	};

	if (f->f_vnode == NULL || lr->lr_start > lr->lr_end)
		return EINVAL;
	if ((lr->lr_type == LOCK_READ && !file_readable(f)) ||
	    (lr->lr_type == LOCK_WRITE && !file_writable(f)))
		return EBADF;
	return set(f, &want, wait);
}

int
lock_flock(struct file *f, enum lock_type type, bool wait)
{
	struct lock want = { .lk_owner = f, .lk_type = type, .lk_flock = true,
	    .lk_end = UINT64_MAX };

	if (f->f_vnode == NULL)
		return EINVAL;
	return set(f, &want, wait);
}

int
lock_test(struct file *f, const void *owner, struct lock_range *lr)
{
	struct lock want = { .lk_owner = owner, .lk_type = lr->lr_type, .lk_start = lr->lr_start,
	    .lk_end = lr->lr_end };
	struct lock_set *ls;
	struct lock *lk = NULL;

	if (f->f_vnode == NULL)
		return EINVAL;
	mutex_lock(&lock_mutex);
	if ((ls = set_find(f->f_vnode, false)) != NULL)
		lk = conflict(ls, owner, &want);
	if (lk == NULL)
		lr->lr_type = LOCK_NONE;
	else
		*lr = (struct lock_range){ lk->lk_type, lk->lk_start, lk->lk_end, lk->lk_pid };
	mutex_unlock(&lock_mutex);
	return 0;
}

/* Takes off what the owner has in the set, which may go with it. */
static void
release_locked(struct lock_set *ls, const void *owner)
{
	bool any = false;

	list_foreach_safe(lk, &ls->ls_locks, struct lock, lk_link) {
		if (lk->lk_owner != owner)
			continue;
		list_remove(&lk->lk_link);
		cache_free(&lock_cache, lk);
		any = true;
	}
	if (any)
		cv_broadcast(&ls->ls_cv);
	set_put(ls);
}

void
lock_release(struct file *f, const void *owner)
{
	struct lock_set *ls;

	if (f->f_vnode == NULL || load_relaxed(&lock_sets) == 0)
		return;
	mutex_lock(&lock_mutex);
	if ((ls = set_find(f->f_vnode, false)) != NULL)
		release_locked(ls, owner);
	mutex_unlock(&lock_mutex);
}

void
lock_release_owner(const void *owner)
{
	if (load_relaxed(&lock_sets) == 0)
		return;
	mutex_lock(&lock_mutex);
	for (uint32_t i = 0; i < LOCK_HASH; i++) {
		if (lock_hash[i].next == NULL)
			continue;
		list_foreach_safe(ls, &lock_hash[i], struct lock_set, ls_link)
			release_locked(ls, owner);
	}
	mutex_unlock(&lock_mutex);
}
