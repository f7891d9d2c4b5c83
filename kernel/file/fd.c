/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Descriptor tables (fd.h).
 *
 * The slots of a table are cut into chunks of 64: an array of files and three bitmaps (in use,
 * close on exec, close on fork) each. A slot is free (bit clear, file null), reserved (bit set,
 * file null) or installed (bit set, file not null). Only the reserver fills or frees a reserved
 * slot; dup2 onto one is EBUSY, close and get treat it as not open. A chunk that was never used is
 * null.
 *
 * Fork copies nothing. An array of chunks (fd_slots) and a chunk are counted; fork gives the child
 * the parent's array with a reference more. What has more than one reference is frozen: it is read,
 * and who changes a slot first makes the array and that chunk his own (slot_own), by a copy that
 * holds the files. So a first change costs one chunk, however many descriptors there are, and the
 * last close of a file is exact: a chunk holds its files as long as some table has it, and every
 * table that has it has all that is in it. A count of one is stable for the table whose lock is
 * held: only it can share what it has.
 *
 * What a child must not get makes an exception: descriptors marked close-on-fork, files that say
 * nofork, and reserved slots, which their reserver in the parent is about to fill. A chunk counts
 * what it has of them (fc_odd). If a table has any, its child gets an array of its own in which
 * those chunks are copied without them; so a chunk with a reserved slot is never shared, and
 * filling it needs no memory.
 *
 * Memory can run out where one would not expect it: closing a descriptor in a shared chunk needs a
 * copy. fd_close says ENOMEM then and has closed nothing.
 *
 * ft_lock is a spin lock, held for a few instructions by get, and for the copying of a chunk or
 * of the array (FD_MAX / 64 pointers) by a first change. The array grows without the lock, and
 * looks again after. Files are dropped after the lock is given up: the last drop may sleep and may
 * come back here.
 *
 * ft_hint is a lower bound for free slots: nothing below it is free. So open in a process with
 * many files is not a search from 0, and the lowest number still is the one given out.
 *
 * Record locks (fcntl) belong to the table: any close by it of a file of the vnode gives them up
 * (lock_release); a copy of the table has none. So does the wish to hear from a message queue
 * (ops->detach). A table that is dropped looks at its files one by one only if there are such
 * files; its locks are found without (lock_release_owner).
 *
 * A copy is of one instant: it is made under the lock. A copy that is dropped again, because the
 * rest of a fork failed, only matters for files that the original has closed meanwhile: that is
 * then their last close.
 */
#include "file/fd.h"

#include "file/special.h"
#include "lib/point.h"
#include "mem/cache.h"

#define CHUNK	64u			/* slots: bits of a word */

struct fd_chunk {
	refcount_t	 fc_refs;	/* arrays that have it; 1: its table may change it */
	uint32_t	 fc_odd;	/* slots that a child must not get */
	uint64_t	 fc_used;
	uint64_t	 fc_cloexec;
	uint64_t	 fc_clofork;
	struct file	*fc_file[CHUNK];	/* ref */
};

struct fd_slots {
	refcount_t	 fs_refs;	/* tables that have it; 1: its table may change it */
	uint32_t	 fs_n;		/* chunks */
	struct fd_chunk	*fs_chunk[];	/* ref  null: all free */
};

static struct cache fd_table_cache = CACHE_INIT("fd_table", struct fd_table);
static struct cache fd_chunk_cache = CACHE_INIT("fd_chunk", struct fd_chunk);

POINT_DEFINE(point_create, "fd.create", POINT_FAIL | POINT_STALL, ENOMEM);
POINT_DEFINE(point_copy, "fd.copy", POINT_FAIL | POINT_STALL, ENOMEM);
POINT_DEFINE(point_grow, "fd.grow", POINT_FAIL, ENOMEM);

static inline bool
bit_test(uint64_t map, uint32_t i)
{
	return (map >> (i % CHUNK) & 1) != 0;
}

static inline void
bit_put(uint64_t *map, uint32_t i, bool on)
{
	if (on)
		*map |= 1ull << (i % CHUNK);
	else
		*map &= ~(1ull << (i % CHUNK));
}

/* ---- Chunks and arrays ---- */

/* Whether a child is not to get what is in a slot that is in use. */
static bool
slot_odd(const struct fd_chunk *fc, uint32_t i)
{
	const struct file *f = fc->fc_file[i];

	return f == NULL || bit_test(fc->fc_clofork, i) || f->f_ops->nofork;
}

static void
chunk_drop(struct fd_chunk *fc)
{
	if (fc == NULL || !ref_put(&fc->fc_refs))
		return;
	for (uint64_t used = fc->fc_used; used != 0; used &= used - 1) {
		struct file *f = fc->fc_file[__builtin_ctzll(used)];

		if (f != NULL)
			file_drop(f);
	}
	cache_free(&fd_chunk_cache, fc);
}

/* A copy with one reference, its files held; old keeps its own. Null: no memory. */
static struct fd_chunk *
chunk_copy(const struct fd_chunk *old)
{
	struct fd_chunk *fc = cache_alloc(&fd_chunk_cache);

	if (fc == NULL)
		return NULL;
	*fc = *old;
	ref_init(&fc->fc_refs, 1);
	for (uint64_t used = fc->fc_used; used != 0; used &= used - 1) {
		struct file *f = fc->fc_file[__builtin_ctzll(used)];

		if (f != NULL)
			file_hold(f);
	}
	return fc;
}

static struct fd_slots *
slots_alloc(uint32_t n)
{
	struct fd_slots *fs = kmalloc(sizeof(*fs) + n * sizeof(fs->fs_chunk[0]));

	if (fs != NULL) {
		ref_init(&fs->fs_refs, 1);
		fs->fs_n = n;
	}
	return fs;
}

static void
slots_drop(struct fd_slots *fs)
{
	if (!ref_put(&fs->fs_refs))
		return;
	for (uint32_t i = 0; i < fs->fs_n; i++)
		chunk_drop(fs->fs_chunk[i]);
	kfree(fs);
}

/* An array of n chunks with those of old (as many at most), held. */
static struct fd_slots *
slots_copy(const struct fd_slots *old, uint32_t n)
{
	struct fd_slots *fs = slots_alloc(n);

	for (uint32_t i = 0; fs != NULL && i < old->fs_n; i++) {
		fs->fs_chunk[i] = old->fs_chunk[i];
		if (fs->fs_chunk[i] != NULL)
			ref_get(&fs->fs_chunk[i]->fc_refs);
	}
	return fs;
}

/*
 * Makes chunk c the table's own, and exist. It has other owners still, so nothing is closed by
 * giving up what was shared. ENOMEM: nothing changed that anybody could see.
 */
static int
chunk_own_locked(struct fd_table *t, uint32_t c)
{
	struct fd_slots *fs = t->ft_slots;
	struct fd_chunk *fc;

	if (ref_read_acquire(&fs->fs_refs) > 1) {
		if ((fs = slots_copy(fs, fs->fs_n)) == NULL)
			return ENOMEM;
		slots_drop(t->ft_slots);
		t->ft_slots = fs;
	}
	fc = fs->fs_chunk[c];
	if (fc != NULL && ref_read_acquire(&fc->fc_refs) == 1)
		return 0;
	if (fc == NULL) {
		if ((fs->fs_chunk[c] = cache_alloc(&fd_chunk_cache)) == NULL)
			return ENOMEM;
		ref_init(&fs->fs_chunk[c]->fc_refs, 1);
		return 0;
	}
	if ((fs->fs_chunk[c] = chunk_copy(fc)) == NULL) {
		fs->fs_chunk[c] = fc;
		return ENOMEM;
	}
	chunk_drop(fc);
	return 0;
}

/* Before a change of slot i, which the array reaches. */
static int
slot_own_locked(struct fd_table *t, uint32_t i)
{
	return chunk_own_locked(t, i / CHUNK);
}

static struct fd_chunk *
chunk_of(const struct fd_table *t, uint32_t i)
{
	return t->ft_slots->fs_chunk[i / CHUNK];
}

static uint32_t
table_slots(const struct fd_table *t)
{
	return t->ft_slots->fs_n * CHUNK;
}

/* Makes the table reach slot i. ENOMEM, EMFILE. The lock is given up and taken again. */
static int
grow_locked(struct fd_table *t, uint32_t i)
{
	struct fd_slots *fs, *old;
	uint32_t n;

	if (i >= FD_MAX)
		return EMFILE;
	n = MIN(MAX(i / CHUNK + 1, t->ft_slots->fs_n * 2), FD_MAX / CHUNK);
	spin_unlock(&t->ft_lock);
	fs = point_fail(&point_grow) == 0 ? slots_alloc(n) : NULL;
	spin_lock(&t->ft_lock);
	if (fs == NULL)
		return i < table_slots(t) ? 0 : ENOMEM;
	old = fs;
	if (t->ft_slots->fs_n < n) {		/* else somebody was faster */
		old = t->ft_slots;
		for (uint32_t c = 0; c < old->fs_n; c++) {
			fs->fs_chunk[c] = old->fs_chunk[c];
			if (fs->fs_chunk[c] != NULL)
				ref_get(&fs->fs_chunk[c]->fc_refs);
		}
		t->ft_slots = fs;
	}
	/* Its chunks have another owner: nothing is closed. */
	slots_drop(old);
	return 0;
}

/* ---- Slots ---- */

/* The first free slot >= from; may be beyond the array. */
static uint32_t
find_free(const struct fd_table *t, uint32_t from)
{
	uint64_t mask = ~0ull << (from % CHUNK);

	for (uint32_t c = from / CHUNK; c < t->ft_slots->fs_n; c++, mask = ~0ull) {
		const struct fd_chunk *fc = t->ft_slots->fs_chunk[c];
		uint64_t avail = (fc != NULL ? ~fc->fc_used : ~0ull) & mask;

		if (avail != 0)
			return c * CHUNK + (uint32_t)__builtin_ctzll(avail);
	}
	return MAX(table_slots(t), from);
}

/* Slot i, own and free, is reserved. */
static void
reserve_locked(struct fd_table *t, uint32_t i)
{
	struct fd_chunk *fc = chunk_of(t, i);

	bit_put(&fc->fc_used, i, true);
	bit_put(&fc->fc_cloexec, i, false);
	bit_put(&fc->fc_clofork, i, false);
	fc->fc_odd++;
	t->ft_odd++;
}

static int
alloc_locked(struct fd_table *t, int min, uint64_t limit, uint32_t *out)
{
	uint32_t i;
	int error;

	for (;;) {
		i = find_free(t, (uint32_t)MAX(min, t->ft_hint));
		if (i >= limit)
			return EMFILE;
		if (i < table_slots(t))
			break;
		if ((error = grow_locked(t, i)) != 0)
			return error;
	}
	if ((error = slot_own_locked(t, i)) != 0)
		return error;
	reserve_locked(t, i);
	if (min <= t->ft_hint)
		t->ft_hint = (int)i + 1;
	*out = i;
	return 0;
}

/* A reserved slot is filled. */
static void
install_locked(struct fd_table *t, uint32_t i, struct file *f, uint32_t flags)
{
	struct fd_chunk *fc = chunk_of(t, i);

	ASSERT(ref_read(&fc->fc_refs) == 1 && bit_test(fc->fc_used, i) &&
	    fc->fc_file[i % CHUNK] == NULL);
	fc->fc_file[i % CHUNK] = f;
	bit_put(&fc->fc_cloexec, i, (flags & FD_CLOEXEC) != 0);
	bit_put(&fc->fc_clofork, i, (flags & FD_CLOFORK) != 0);
	if (!slot_odd(fc, i % CHUNK)) {
		fc->fc_odd--;
		t->ft_odd--;
	}
	t->ft_count++;
	t->ft_mqueues += f->f_ops->mqueue;
	t->ft_detach += f->f_ops->detach != NULL;
}

/* Slot i of an own chunk is free from now on. What it held is the caller's, without the lock. */
static struct file *
remove_locked(struct fd_table *t, uint32_t i)
{
	struct fd_chunk *fc = chunk_of(t, i);
	struct file *f = fc->fc_file[i % CHUNK];

	if (slot_odd(fc, i % CHUNK)) {
		fc->fc_odd--;
		t->ft_odd--;
	}
	fc->fc_file[i % CHUNK] = NULL;
	bit_put(&fc->fc_used, i, false);
	bit_put(&fc->fc_cloexec, i, false);
	bit_put(&fc->fc_clofork, i, false);
	t->ft_hint = MIN(t->ft_hint, (int)i);
	if (f != NULL) {
		t->ft_count--;
		t->ft_mqueues -= f->f_ops->mqueue;
		t->ft_detach -= f->f_ops->detach != NULL;
	}
	return f;
}

/* The marks of an installed slot of an own chunk. */
static void
mark_locked(struct fd_table *t, uint32_t i, uint32_t flags)
{
	struct fd_chunk *fc = chunk_of(t, i);
	uint32_t was = slot_odd(fc, i % CHUNK), is;

	bit_put(&fc->fc_cloexec, i, (flags & FD_CLOEXEC) != 0);
	bit_put(&fc->fc_clofork, i, (flags & FD_CLOFORK) != 0);
	is = slot_odd(fc, i % CHUNK);
	fc->fc_odd += is - was;
	t->ft_odd += is - was;
}

static uint32_t
marks_locked(const struct fd_table *t, uint32_t i)
{
	const struct fd_chunk *fc = chunk_of(t, i);

	return (bit_test(fc->fc_cloexec, i) ? FD_CLOEXEC : 0) |
	    (bit_test(fc->fc_clofork, i) ? FD_CLOFORK : 0);
}

/* The installed file of a number from user space, not held; null: none. */
static struct file *
lookup_locked(const struct fd_table *t, int fd)
{
	const struct fd_chunk *fc;

	if (fd < 0 || (uint32_t)fd >= table_slots(t) || (fc = chunk_of(t, (uint32_t)fd)) == NULL)
		return NULL;
	return fc->fc_file[(uint32_t)fd % CHUNK];
}

/* The table no longer has f open under one of its numbers; the reference stays the caller's. */
static void
forget_file(struct fd_table *t, struct file *f)
{
	if (load_relaxed(&lock_sets) != 0)
		lock_release(f, t);
	if (f->f_ops->detach != NULL)
		f->f_ops->detach(f, t);
}

static void
close_file(struct fd_table *t, struct file *f)
{
	forget_file(t, f);
	file_drop(f);
}

/* ---- Tables ---- */

/* Takes over the reference to the array, also when it fails. */
static int
table_alloc(struct fd_slots *fs, struct fd_table **out)
{
	struct fd_table *t = fs != NULL ? cache_alloc(&fd_table_cache) : NULL;

	if (t == NULL) {
		if (fs != NULL)
			slots_drop(fs);
		return ENOMEM;
	}
	ref_init(&t->ft_refs, 1);
	spin_init(&t->ft_lock, "fdtable", RANK_FDTABLE);
	t->ft_slots = fs;
	*out = t;
	return 0;
}

int
fd_table_create(struct fd_table **out)
{
	int error = point_fail(&point_create);

	return error != 0 ? error : table_alloc(slots_alloc(1), out);
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
	lock_release_owner(t);
	for (uint32_t i = 0; t->ft_detach != 0 && i < table_slots(t); i++) {
		struct file *f = lookup_locked(t, (int)i);

		if (f != NULL && f->f_ops->detach != NULL)
			f->f_ops->detach(f, t);
	}
	slots_drop(fs);
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
	for (uint32_t c = 0; t->ft_odd != 0 && c < t->ft_slots->fs_n; c++)
		any |= t->ft_slots->fs_chunk[c] != NULL ? t->ft_slots->fs_chunk[c]->fc_clofork : 0;
	spin_unlock(&t->ft_lock);
	return any != 0;
}

uint32_t
fd_table_mqueues(struct fd_table *t)
{
	return load_relaxed(&t->ft_mqueues);
}

uint32_t
fd_table_count(struct fd_table *t)
{
	return load_relaxed(&t->ft_count);
}

/*
 * Takes out of the new table n, an exact copy that shares all chunks, what it is not to have:
 * reserved slots, and what is odd if it is a fork's. ENOMEM: not all is done.
 */
static int
copy_fix(struct fd_table *n, bool fork)
{
	int error;

	for (uint32_t c = 0; c < n->ft_slots->fs_n; c++) {
		const struct fd_chunk *fc = n->ft_slots->fs_chunk[c];

		if (fc == NULL || fc->fc_odd == 0)
			continue;
		if ((error = chunk_own_locked(n, c)) != 0)
			return error;
		fc = n->ft_slots->fs_chunk[c];
		for (uint64_t used = fc->fc_used; used != 0; used &= used - 1) {
			uint32_t i = (uint32_t)__builtin_ctzll(used);
			struct file *f;

			if (fc->fc_file[i] != NULL && (!fork || !slot_odd(fc, i)))
				continue;
			if ((f = remove_locked(n, c * CHUNK + i)) != NULL)
				file_drop(f);	/* the original has it: not the last */
		}
	}
	return 0;
}

static int
table_copy(struct fd_table *t, bool fork, struct fd_table **out)
{
	struct fd_table *n;
	int error;

	if ((error = point_fail(&point_copy)) != 0)
		return error;
	spin_lock(&t->ft_lock);
	ref_get(&t->ft_slots->fs_refs);
	if ((error = table_alloc(t->ft_slots, &n)) == 0) {
		n->ft_count = t->ft_count;
		n->ft_mqueues = t->ft_mqueues;
		n->ft_detach = t->ft_detach;
		n->ft_odd = t->ft_odd;
		n->ft_hint = t->ft_hint;
		if (n->ft_odd != 0)
			error = copy_fix(n, fork);
		if (error != 0) {
			slots_drop(n->ft_slots);	/* the original has the files */
			cache_free(&fd_table_cache, n);
		}
	}
	spin_unlock(&t->ft_lock);
	if (error == 0)
		*out = n;
	return error;
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

int
fd_table_prepare_exec(struct fd_table *t)
{
	int error = 0;

	spin_lock(&t->ft_lock);
	for (uint32_t c = 0; c < t->ft_slots->fs_n && error == 0; c++) {
		if (t->ft_slots->fs_chunk[c] != NULL && t->ft_slots->fs_chunk[c]->fc_cloexec != 0)
			error = chunk_own_locked(t, c);
	}
	spin_unlock(&t->ft_lock);
	return error;
}

int
fd_table_close_on_exec(struct fd_table *t)
{
	int error;

	for (uint32_t c = 0; c < t->ft_slots->fs_n; c++) {
		const struct fd_chunk *fc;

		while ((fc = t->ft_slots->fs_chunk[c]) != NULL && fc->fc_cloexec != 0) {
			error = fd_close(t, (int)(c * CHUNK +
			    (uint32_t)__builtin_ctzll(fc->fc_cloexec)));
			if (error != 0)
				return error;
		}
	}
	return 0;
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
	ASSERT(bit_test(chunk_of(t, (uint32_t)fd)->fc_used, (uint32_t)fd) &&
	    lookup_locked(t, fd) == NULL);
	(void)remove_locked(t, (uint32_t)fd);
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
	int error;

	spin_lock(&t->ft_lock);
	if ((f = lookup_locked(t, fd)) == NULL)
		error = EBADF;
	else if ((error = slot_own_locked(t, (uint32_t)fd)) == 0)
		(void)remove_locked(t, (uint32_t)fd);
	spin_unlock(&t->ft_lock);
	if (error == 0)
		close_file(t, f);
	return error;
}

/* One slot of fd_close_range. */
static int
range_slot_locked(struct fd_table *t, uint32_t i, uint32_t set_flags, struct file **closed)
{
	int error;

	if (lookup_locked(t, (int)i) == NULL)
		return 0;
	if ((error = slot_own_locked(t, i)) != 0)
		return error;
	if (set_flags == 0)
		*closed = remove_locked(t, i);
	else
		mark_locked(t, i, marks_locked(t, i) | set_flags);
	return 0;
}

int
fd_close_range(struct fd_table *t, uint32_t first, uint32_t last, uint32_t set_flags)
{
	bool end = false;
	int error = 0;

	for (uint32_t i = first; i <= last && !end && error == 0; i++) {
		struct file *f = NULL;

		spin_lock(&t->ft_lock);
		if (i >= table_slots(t))
			end = true;
		else if (chunk_of(t, i) == NULL)
			i |= CHUNK - 1;		/* its last */
		else
			error = range_slot_locked(t, i, set_flags, &f);
		spin_unlock(&t->ft_lock);
		if (f != NULL)
			close_file(t, f);
	}
	return error;
}

int
fd_get_flags(struct fd_table *t, int fd, uint32_t *flags)
{
	int error = EBADF;

	*flags = 0;
	spin_lock(&t->ft_lock);
	if (lookup_locked(t, fd) != NULL) {
		error = 0;
		*flags = marks_locked(t, (uint32_t)fd);
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
		if (marks_locked(t, (uint32_t)fd) != flags &&
		    (error = slot_own_locked(t, (uint32_t)fd)) == 0)
			mark_locked(t, (uint32_t)fd, flags);
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

	while (i >= table_slots(t)) {
		if ((error = grow_locked(t, i)) != 0)
			return error;
	}
	if ((error = slot_own_locked(t, i)) != 0)
		return error;
	if (lookup_locked(t, (int)i) != NULL)
		*was = remove_locked(t, i);
	else if (bit_test(chunk_of(t, i)->fc_used, i))
		return EBUSY;
	reserve_locked(t, i);
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
	for (uint32_t i = (uint32_t)MAX(from, 0); i < table_slots(t) && !found; i++) {
		if (chunk_of(t, i) == NULL) {
			i |= CHUNK - 1;
			continue;
		}
		if ((*fp = lookup_locked(t, (int)i)) == NULL)
			continue;
		*fd = (int)i;
		file_hold(*fp);
		found = true;
	}
	spin_unlock(&t->ft_lock);
	return found;
}

uint32_t
fd_table_size(struct fd_table *t)
{
	uint32_t n;

	spin_lock(&t->ft_lock);
	n = table_slots(t);
	spin_unlock(&t->ft_lock);
	return n;
}
