/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptor tables (fd.h).
 *
 * The slots live in one allocation: an array of files and three bitmaps (in use, close on exec,
 * close on fork). A slot is free (bit clear, file null), reserved (bit set, file null) or
 * installed (bit set, file not null). Only the reserver fills or frees a reserved slot; dup2 onto
 * one is EBUSY, close and get treat it as not open.
 *
 * ft_lock is a spin lock, held for a few instructions by get and longer only by copy and growth,
 * which are bounded by FD_MAX. Growth allocates first, without the lock, and looks again after.
 * Files are dropped after the lock is given up: the last drop may sleep and may come back here.
 *
 * ft_hint is a lower bound for free slots: nothing below it is free. So open in a process with
 * many files is not a search from 0, and the lowest number still is the one given out.
 *
 * Record locks (fcntl) belong to the table: any close by it of a file of the vnode gives them up
 * (lock_release); a copy of the table has none. So does the wish to hear from a message queue
 * (ops->detach).
 *
 * A copy is of one instant: slots are allocated first, and under the lock everything is copied,
 * held and counted at once. A copy that is dropped again, because the rest of a fork failed, only
 * matters for files that the original has closed meanwhile: that is then their last close.
 */
#include "file/fd.h"

#include "file/special.h"
#include "lib/point.h"
#include "mem/cache.h"

#define WORD_BITS	64u
#define SLOTS_FIRST	64u

struct fd_slots {
	uint32_t	 fs_n;		/* slots; a multiple of WORD_BITS */
	struct file	**fs_file;
	uint64_t	*fs_used;
	uint64_t	*fs_cloexec;
	uint64_t	*fs_clofork;
};

static struct cache fd_table_cache = CACHE_INIT("fd_table", struct fd_table);

POINT_DEFINE(point_create, "fd.create", POINT_FAIL | POINT_STALL, ENOMEM);
POINT_DEFINE(point_copy, "fd.copy", POINT_FAIL | POINT_STALL, ENOMEM);
POINT_DEFINE(point_grow, "fd.grow", POINT_FAIL, ENOMEM);

static inline bool
bit_test(const uint64_t *map, uint32_t i)
{
	return (map[i / WORD_BITS] >> (i % WORD_BITS) & 1) != 0;
}

static inline void
bit_put(uint64_t *map, uint32_t i, bool on)
{
	if (on)
		map[i / WORD_BITS] |= 1ull << (i % WORD_BITS);
	else
		map[i / WORD_BITS] &= ~(1ull << (i % WORD_BITS));
}

static struct fd_slots *
slots_alloc(uint32_t n)
{
	size_t words = n / WORD_BITS;
	struct fd_slots *fs = kmalloc(sizeof(*fs) + n * sizeof(struct file *) +
	    3 * words * sizeof(uint64_t));

	if (fs == NULL)
		return NULL;
	fs->fs_n = n;
	fs->fs_file = (struct file **)(fs + 1);
	fs->fs_used = (uint64_t *)(fs->fs_file + n);
	fs->fs_cloexec = fs->fs_used + words;
	fs->fs_clofork = fs->fs_cloexec + words;
	return fs;
}

/* Copies the slots of a smaller or equal set; dst is fresh. */
static void
slots_copy(struct fd_slots *dst, const struct fd_slots *src, uint32_t n)
{
	size_t bytes = n / WORD_BITS * sizeof(uint64_t);

	memcpy(dst->fs_file, src->fs_file, n * sizeof(struct file *));
	memcpy(dst->fs_used, src->fs_used, bytes);
	memcpy(dst->fs_cloexec, src->fs_cloexec, bytes);
	memcpy(dst->fs_clofork, src->fs_clofork, bytes);
}

/* Makes the table hold slot i. ENOMEM, EMFILE. The lock is given up and taken again. */
static int
grow_locked(struct fd_table *t, uint32_t i)
{
	struct fd_slots *fs, *old;
	uint32_t n;

	if (i >= FD_MAX)
		return EMFILE;
	n = MIN(MAX(roundup2(i + 1, WORD_BITS), t->ft_slots->fs_n * 2), (uint32_t)FD_MAX);
	spin_unlock(&t->ft_lock);
	fs = point_fail(&point_grow) == 0 ? slots_alloc(n) : NULL;
	spin_lock(&t->ft_lock);
	if (fs == NULL)
		return i < t->ft_slots->fs_n ? 0 : ENOMEM;
	old = fs;
	if (t->ft_slots->fs_n < n) {		/* else somebody was faster */
		old = t->ft_slots;
		slots_copy(fs, old, old->fs_n);
		t->ft_slots = fs;
	}
	spin_unlock(&t->ft_lock);
	kfree(old);
	spin_lock(&t->ft_lock);
	return 0;
}

/* The first free slot >= from; may be fs_n. */
static uint32_t
find_free(const struct fd_slots *fs, uint32_t from)
{
	uint32_t w = from / WORD_BITS;
	uint64_t mask = ~0ull << (from % WORD_BITS);

	for (; w < fs->fs_n / WORD_BITS; w++, mask = ~0ull) {
		uint64_t avail = ~fs->fs_used[w] & mask;

		if (avail != 0)
			return w * WORD_BITS + (uint32_t)__builtin_ctzll(avail);
	}
	return MAX(fs->fs_n, from);
}

static int
alloc_locked(struct fd_table *t, int min, uint64_t limit, uint32_t *out)
{
	uint32_t i;
	int error;

	for (;;) {
		i = find_free(t->ft_slots, (uint32_t)MAX(min, t->ft_hint));
		if (i >= limit)
			return EMFILE;
		if (i < t->ft_slots->fs_n)
			break;
		if ((error = grow_locked(t, i)) != 0)
			return error;
	}
	bit_put(t->ft_slots->fs_used, i, true);
	bit_put(t->ft_slots->fs_cloexec, i, false);
	bit_put(t->ft_slots->fs_clofork, i, false);
	if (min <= t->ft_hint)
		t->ft_hint = (int)i + 1;
	*out = i;
	return 0;
}

static void
install_locked(struct fd_table *t, uint32_t i, struct file *f, uint32_t flags)
{
	struct fd_slots *fs = t->ft_slots;

	ASSERT(i < fs->fs_n && bit_test(fs->fs_used, i) && fs->fs_file[i] == NULL);
	fs->fs_file[i] = f;
	bit_put(fs->fs_cloexec, i, (flags & FD_CLOEXEC) != 0);
	bit_put(fs->fs_clofork, i, (flags & FD_CLOFORK) != 0);
	t->ft_count++;
	t->ft_mqueues += f->f_ops->mqueue;
}

/* Frees an installed slot; the caller drops what it held, without the lock. */
static struct file *
remove_locked(struct fd_table *t, uint32_t i)
{
	struct fd_slots *fs = t->ft_slots;
	struct file *f = fs->fs_file[i];

	fs->fs_file[i] = NULL;
	bit_put(fs->fs_used, i, false);
	bit_put(fs->fs_cloexec, i, false);
	bit_put(fs->fs_clofork, i, false);
	t->ft_hint = MIN(t->ft_hint, (int)i);
	t->ft_count--;
	t->ft_mqueues -= f->f_ops->mqueue;
	return f;
}

/* The installed file of a number from user space, not held; null: none. */
static struct file *
lookup_locked(const struct fd_table *t, int fd)
{
	return fd < 0 || (uint32_t)fd >= t->ft_slots->fs_n ? NULL : t->ft_slots->fs_file[fd];
}

static void
close_file(struct fd_table *t, struct file *f)
{
	if (load_relaxed(&lock_sets) != 0)
		lock_release(f, t);
	if (f->f_ops->detach != NULL)
		f->f_ops->detach(f, t);
	file_drop(f);
}

static int
table_alloc(uint32_t n, struct fd_table **out)
{
	struct fd_table *t = cache_alloc(&fd_table_cache);

	if (t == NULL)
		return ENOMEM;
	if ((t->ft_slots = slots_alloc(n)) == NULL) {
		cache_free(&fd_table_cache, t);
		return ENOMEM;
	}
	ref_init(&t->ft_refs, 1);
	spin_init(&t->ft_lock, "fdtable", RANK_FDTABLE);
	*out = t;
	return 0;
}

int
fd_table_create(struct fd_table **out)
{
	int error = point_fail(&point_create);

	return error != 0 ? error : table_alloc(SLOTS_FIRST, out);
}

void
fd_table_hold(struct fd_table *t)
{
	ref_get(&t->ft_refs);
}

void
fd_table_drop(struct fd_table *t)
{
	struct fd_slots *fs;

	if (!ref_put(&t->ft_refs))
		return;
	fs = t->ft_slots;	/* nobody else knows the table: no lock */
	for (uint32_t i = 0; i < fs->fs_n; i++) {
		if (fs->fs_file[i] != NULL)
			close_file(t, fs->fs_file[i]);
	}
	kfree(fs);
	cache_free(&fd_table_cache, t);
}

bool
fd_table_shared(const struct fd_table *t)
{
	return ref_read(&t->ft_refs) > 1;
}

bool
fd_table_has_clofork(struct fd_table *t)
{
	uint64_t any = 0;

	spin_lock(&t->ft_lock);
	for (uint32_t w = 0; w < t->ft_slots->fs_n / WORD_BITS; w++)
		any |= t->ft_slots->fs_clofork[w];
	spin_unlock(&t->ft_lock);
	return any != 0;
}

uint32_t
fd_table_mqueues(struct fd_table *t)
{
	uint32_t n;

	spin_lock(&t->ft_lock);
	n = t->ft_mqueues;
	spin_unlock(&t->ft_lock);
	return n;
}

/* Slots up to the last one in use, rounded up. */
static uint32_t
used_slots(const struct fd_slots *fs)
{
	uint32_t w = fs->fs_n / WORD_BITS;

	while (w > 0 && fs->fs_used[w - 1] == 0)
		w--;
	return MAX(w * WORD_BITS, SLOTS_FIRST);
}

/*
 * Completes a copy that was made bit by bit: takes references, leaves out what the copy does not
 * get.
 */
static void
copy_fix(struct fd_table *n, bool fork)
{
	struct fd_slots *fs = n->ft_slots;

	n->ft_hint = (int)fs->fs_n;
	for (uint32_t i = 0; i < fs->fs_n; i++) {
		struct file *f = fs->fs_file[i];

		if (f != NULL && !(fork && (bit_test(fs->fs_clofork, i) || f->f_ops->nofork))) {
			file_hold(f);
			n->ft_count++;
			n->ft_mqueues += f->f_ops->mqueue;
			continue;
		}
		fs->fs_file[i] = NULL;	/* reserved ones are their reserver's, in the other table */
		bit_put(fs->fs_used, i, false);
		bit_put(fs->fs_cloexec, i, false);
		bit_put(fs->fs_clofork, i, false);
		n->ft_hint = MIN(n->ft_hint, (int)i);
	}
}

static int
table_copy(struct fd_table *t, bool fork, struct fd_table **out)
{
	struct fd_table *n;
	uint32_t want;
	int error;

	for (;;) {
		spin_lock(&t->ft_lock);
		want = used_slots(t->ft_slots);
		spin_unlock(&t->ft_lock);
		if ((error = point_fail(&point_copy)) != 0 || (error = table_alloc(want, &n)) != 0)
			return error;
		spin_lock(&t->ft_lock);
		if (used_slots(t->ft_slots) <= want)
			break;
		spin_unlock(&t->ft_lock);	/* it grew meanwhile */
		fd_table_drop(n);
	}
	slots_copy(n->ft_slots, t->ft_slots, want);
	copy_fix(n, fork);
	spin_unlock(&t->ft_lock);
	*out = n;
	return 0;
}

int
fd_table_copy(struct fd_table *t, struct fd_table **out)
{
	return table_copy(t, true, out);
}

int
fd_table_unshare(struct fd_table *t, struct fd_table **out)
{
	return table_copy(t, false, out);
}

void
fd_table_close_on_exec(struct fd_table *t)
{
	for (uint32_t w = 0; w < t->ft_slots->fs_n / WORD_BITS; w++) {
		while (t->ft_slots->fs_cloexec[w] != 0)
			(void)fd_close(t, (int)(w * WORD_BITS +
			    (uint32_t)__builtin_ctzll(t->ft_slots->fs_cloexec[w])));
	}
}

int
fd_alloc(struct fd_table *t, int min, uint64_t limit, int *fd)
{
	uint32_t i;
	int error;

	spin_lock(&t->ft_lock);
	error = alloc_locked(t, min, limit, &i);
	spin_unlock(&t->ft_lock);
	if (error == 0)
		*fd = (int)i;
	return error;
}

void
fd_install(struct fd_table *t, int fd, struct file *f, uint32_t flags)
{
	spin_lock(&t->ft_lock);
	install_locked(t, (uint32_t)fd, f, flags);
	spin_unlock(&t->ft_lock);
}

void
fd_unreserve(struct fd_table *t, int fd)
{
	spin_lock(&t->ft_lock);
	ASSERT(bit_test(t->ft_slots->fs_used, (uint32_t)fd) && t->ft_slots->fs_file[fd] == NULL);
	bit_put(t->ft_slots->fs_used, (uint32_t)fd, false);
	t->ft_hint = MIN(t->ft_hint, fd);
	spin_unlock(&t->ft_lock);
}

int
fd_alloc_install(struct fd_table *t, int min, uint64_t limit, struct file *f, uint32_t flags,
    int *fd)
{
	uint32_t i;
	int error;

	spin_lock(&t->ft_lock);
	if ((error = alloc_locked(t, min, limit, &i)) == 0)
		install_locked(t, i, f, flags);
	spin_unlock(&t->ft_lock);
	if (error == 0)
		*fd = (int)i;
	return error;
}

int
fd_get(struct fd_table *t, int fd, struct file **fp)
{
	struct file *f;

	spin_lock(&t->ft_lock);
	if ((f = lookup_locked(t, fd)) != NULL)
		file_hold(f);
	spin_unlock(&t->ft_lock);
	*fp = f;
	return f == NULL ? EBADF : 0;
}

int
fd_close(struct fd_table *t, int fd)
{
	struct file *f;

	spin_lock(&t->ft_lock);
	if ((f = lookup_locked(t, fd)) != NULL)
		(void)remove_locked(t, (uint32_t)fd);
	spin_unlock(&t->ft_lock);
	if (f == NULL)
		return EBADF;
	close_file(t, f);
	return 0;
}

void
fd_close_range(struct fd_table *t, uint32_t first, uint32_t last, uint32_t set_flags)
{
	for (uint32_t i = first; i <= last; i++) {
		struct file *f = NULL;

		spin_lock(&t->ft_lock);
		if (i >= t->ft_slots->fs_n) {
			spin_unlock(&t->ft_lock);
			return;
		}
		if (t->ft_slots->fs_file[i] != NULL) {
			if (set_flags == 0)
				f = remove_locked(t, i);
			if ((set_flags & FD_CLOEXEC) != 0)
				bit_put(t->ft_slots->fs_cloexec, i, true);
			if ((set_flags & FD_CLOFORK) != 0)
				bit_put(t->ft_slots->fs_clofork, i, true);
		}
		spin_unlock(&t->ft_lock);
		if (f != NULL)
			close_file(t, f);
	}
}

int
fd_get_flags(struct fd_table *t, int fd, uint32_t *flags)
{
	int error = EBADF;

	*flags = 0;
	spin_lock(&t->ft_lock);
	if (lookup_locked(t, fd) != NULL) {
		error = 0;
		if (bit_test(t->ft_slots->fs_cloexec, (uint32_t)fd))
			*flags |= FD_CLOEXEC;
		if (bit_test(t->ft_slots->fs_clofork, (uint32_t)fd))
			*flags |= FD_CLOFORK;
	}
	spin_unlock(&t->ft_lock);
	return error;
}

int
fd_set_flags(struct fd_table *t, int fd, uint32_t flags)
{
	int error = EBADF;

	spin_lock(&t->ft_lock);
	if (lookup_locked(t, fd) != NULL) {
		error = 0;
		bit_put(t->ft_slots->fs_cloexec, (uint32_t)fd, (flags & FD_CLOEXEC) != 0);
		bit_put(t->ft_slots->fs_clofork, (uint32_t)fd, (flags & FD_CLOFORK) != 0);
	}
	spin_unlock(&t->ft_lock);
	return error;
}

int
fd_dup(struct fd_table *t, int old, int min, uint64_t limit, uint32_t flags, int *fd)
{
	struct file *f;
	int error;

	if ((error = fd_get(t, old, &f)) != 0)
		return error;
	if (min < 0 || (uint64_t)min >= limit) {
		file_drop(f);
		return min != 0 ? EINVAL : EMFILE;
	}
	if ((error = fd_alloc_install(t, min, limit, f, flags, fd)) != 0)
		file_drop(f);
	return error;
}

/* Puts f at slot i, whatever was there. EBUSY when it is reserved. */
static int
replace_locked(struct fd_table *t, uint32_t i, struct file *f, uint32_t flags, struct file **was)
{
	int error;

	while (i >= t->ft_slots->fs_n) {
		if ((error = grow_locked(t, i)) != 0)
			return error;
	}
	if (t->ft_slots->fs_file[i] != NULL)
		*was = remove_locked(t, i);
	else if (bit_test(t->ft_slots->fs_used, i))
		return EBUSY;
	bit_put(t->ft_slots->fs_used, i, true);
	install_locked(t, i, f, flags);
	return 0;
}

int
fd_dup_to(struct fd_table *t, int old, int new, uint64_t limit, uint32_t flags)
{
	struct file *f, *was = NULL;
	int error;

	ASSERT(old != new);
	if (new < 0 || (uint64_t)new >= MIN(limit, (uint64_t)FD_MAX))
		return EBADF;
	if ((error = fd_get(t, old, &f)) != 0)
		return error;
	spin_lock(&t->ft_lock);
	error = replace_locked(t, (uint32_t)new, f, flags, &was);
	spin_unlock(&t->ft_lock);
	if (error != 0)
		file_drop(f);
	if (was != NULL)
		close_file(t, was);
	return error;
}

bool
fd_next(struct fd_table *t, int from, int *fd, struct file **fp)
{
	bool found = false;

	spin_lock(&t->ft_lock);
	for (uint32_t i = (uint32_t)MAX(from, 0); i < t->ft_slots->fs_n; i++) {
		if (t->ft_slots->fs_file[i] == NULL)
			continue;
		*fd = (int)i;
		*fp = t->ft_slots->fs_file[i];
		file_hold(*fp);
		found = true;
		break;
	}
	spin_unlock(&t->ft_lock);
	return found;
}

uint32_t
fd_table_size(struct fd_table *t)
{
	uint32_t n;

	spin_lock(&t->ft_lock);
	n = t->ft_slots->fs_n;
	spin_unlock(&t->ft_lock);
	return n;
}
