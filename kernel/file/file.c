/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files (file.h): their life, and the calls on them.
 *
 * A file is counted. Descriptors, system calls in progress and messages hold it; epoll does not:
 * it links its items to the file and file_drop unlinks them before it closes. The last drop runs,
 * in this order: record locks that the file owns, epoll's links, ops->close, the hold of the
 * vnode, the hold of the credentials.
 *
 * The offset belongs to files whose ops say seekable. f_off_lock is held over a whole read or
 * write, so that two writers of one file never write over each other; a pread does not take it.
 * O_APPEND is the file system's business: it knows the size under the vnode's lock. Pipes and
 * ttys are not seekable and order their transfers themselves.
 *
 * This file decides what holds for all kinds of files (access mode, missing operations, lengths);
 * everything else is in ops.
 */
#include "file/file.h"

#include "file/poll.h"
#include "file/special.h"
#include "mem/cache.h"
#include "proc/cred.h"
#include "sched/clock.h"
#include "vm/vm.h"

static struct cache file_cache = CACHE_INIT("file", struct file);

uint32_t files_open;
uint32_t files_max = 1u << 20;

#define SEND_CHUNK	32768u		/* bytes per step of file_send */

int
file_alloc(const struct file_ops *ops, void *data, uint32_t flags, struct cred *cr,
    struct file **fp)
{
	struct file *f;

	if (atomic_add(&files_open, 1) > files_max) {
		atomic_sub(&files_open, 1);
		return ENFILE;
	}
	if ((f = cache_alloc(&file_cache)) == NULL) {
		atomic_sub(&files_open, 1);
		return ENOMEM;
	}
	ref_init(&f->f_refs, 1);
	f->f_flags = flags;
	f->f_ops = ops;
	f->f_data = data;
	f->f_cred = cr;
	if (cr != NULL)
		cred_hold(cr);
	mutex_init(&f->f_off_lock, "file", RANK_FILE);
	list_init(&f->f_epolls);
	*fp = f;
	return 0;
}

void
file_hold(struct file *f)
{
	ref_get(&f->f_refs);
}

void
file_free_unopened(struct file *f)
{
	if (f->f_cred != NULL)
		cred_drop(f->f_cred);
	cache_free(&file_cache, f);
	atomic_sub(&files_open, 1);
}

void
file_drop(struct file *f)
{
	if (!ref_put(&f->f_refs))
		return;
	if (load_relaxed(&lock_sets) != 0)
		lock_release(f, f);
	if (load_relaxed(&f->f_seen_epoll))
		epoll_file_closed(f);
	if (f->f_ops != NULL && f->f_ops->close != NULL)
		f->f_ops->close(f);
	if (f->f_vnode != NULL)
		vnode_drop(f->f_vnode);
	file_free_unopened(f);
}

/*
 * One transfer. At the end of it, an error that came after some bytes had been moved is
 * forgotten.
 */
static int
transfer(struct file *f, struct uio *u)
{
	size_t before = u->u_resid;
	int error;

	error = u->u_rw == UIO_READ ? f->f_ops->read(f, u) : f->f_ops->write(f, u);
	return u->u_resid != before ? 0 : error;
}

static int
check_transfer(const struct file *f, enum uio_rw rw)
{
	if (rw == UIO_READ) {
		if (!file_readable(f))
			return EBADF;
		return f->f_ops->read == NULL ? EINVAL : 0;
	}
	if (!file_writable(f))
		return EBADF;
	return f->f_ops->write == NULL ? EINVAL : 0;
}

static int
file_rw(struct file *f, struct uio *u)
{
	int error;

	if ((error = check_transfer(f, u->u_rw)) != 0)
		return error;
	if (!f->f_ops->seekable)
		return transfer(f, u);
	mutex_lock(&f->f_off_lock);
	u->u_off = f->f_off;
	error = transfer(f, u);
	f->f_off = u->u_off;
	mutex_unlock(&f->f_off_lock);
	return error;
}

static int
file_prw(struct file *f, struct uio *u)
{
	int error;

	if (u->u_off < 0)
		return EINVAL;
	if ((f->f_flags & O_PATH) != 0)
		return EBADF;
	if (!f->f_ops->seekable)
		return ESPIPE;
	if ((error = check_transfer(f, u->u_rw)) != 0)
		return error;
	if ((uint64_t)u->u_off + u->u_resid > INT64_MAX)
		return EINVAL;
	return transfer(f, u);
}

int
file_read(struct file *f, struct uio *u)
{
	ASSERT(u->u_rw == UIO_READ);
	return file_rw(f, u);
}

int
file_write(struct file *f, struct uio *u)
{
	ASSERT(u->u_rw == UIO_WRITE);
	return file_rw(f, u);
}

int
file_pread(struct file *f, struct uio *u)
{
	ASSERT(u->u_rw == UIO_READ);
	return file_prw(f, u);
}

int
file_pwrite(struct file *f, struct uio *u)
{
	ASSERT(u->u_rw == UIO_WRITE);
	return file_prw(f, u);
}

int
file_ioctl(struct file *f, uint32_t cmd, vaddr_t arg)
{
	if ((f->f_flags & O_PATH) != 0)
		return EBADF;
	return f->f_ops->ioctl == NULL ? ENOTTY : f->f_ops->ioctl(f, cmd, arg);
}

int
file_seek_anywhere(struct file *f, off_t off, int whence, off_t *out)
{
	if (whence == SEEK_CUR)
		off += f->f_off;
	else if (whence != SEEK_SET)
		return EINVAL;
	if (off < 0)
		return EINVAL;
	*out = off;
	return 0;
}

int
file_seek(struct file *f, off_t off, int whence, off_t *out)
{
	int error;

	if ((f->f_flags & O_PATH) != 0)
		return EBADF;
	if (f->f_ops->seek == NULL)
		return ESPIPE;
	mutex_lock(&f->f_off_lock);
	error = f->f_ops->seek(f, off, whence, out);
	if (error == 0)
		f->f_off = *out;
	mutex_unlock(&f->f_off_lock);
	return error;
}

int
file_stat(struct file *f, struct kstat *st)
{
	memset(st, 0, sizeof(*st));
	if (f->f_vnode != NULL)
		return vnode_file_stat(f, st);
	if (f->f_ops != NULL && f->f_ops->stat != NULL)
		return f->f_ops->stat(f, st);
	file_stat_anon(f, st, 0600, 1);
	return 0;
}

int
file_mmap(struct file *f, struct vm_mapping_req *rq)
{
	if ((f->f_flags & O_PATH) != 0)
		return EBADF;
	if (!file_readable(f))
		return EACCES;
	if ((rq->flags & VM_MAP_SHARED) != 0 && !file_writable(f)) {
		if ((rq->prot & VM_PROT_WRITE) != 0)
			return EACCES;
		rq->max_prot = VM_PROT_READ | VM_PROT_EXEC;
	}
	return f->f_ops->mmap == NULL ? ENODEV : f->f_ops->mmap(f, rq);
}

int
file_readdir(struct file *f, file_dirent_fn fn, void *arg)
{
	int error;

	if ((f->f_flags & O_PATH) != 0)
		return EBADF;
	if (f->f_ops->readdir == NULL)
		return ENOTDIR;
	mutex_lock(&f->f_off_lock);
	error = f->f_ops->readdir(f, fn, arg);
	mutex_unlock(&f->f_off_lock);
	return error;
}

int
file_truncate(struct file *f, off_t len)
{
	if (len < 0)
		return EINVAL;
	if ((f->f_flags & O_PATH) != 0)
		return EBADF;
	if (!file_writable(f) || f->f_ops->truncate == NULL)
		return EINVAL;
	return f->f_ops->truncate(f, len);
}

int
file_sync(struct file *f, bool data_only)
{
	if ((f->f_flags & O_PATH) != 0)
		return EBADF;
	return f->f_ops->sync == NULL ? EINVAL : f->f_ops->sync(f, data_only);
}

int
file_allocate(struct file *f, int mode, off_t off, off_t len)
{
	if (off < 0 || len <= 0)
		return EINVAL;
	if (!file_writable(f))
		return EBADF;
	if (off > INT64_MAX - len)
		return EFBIG;
	if (f->f_ops->allocate == NULL)
		return f->f_ops->seekable ? EOPNOTSUPP : ESPIPE;
	return f->f_ops->allocate(f, mode, off, len);
}

uint32_t
file_poll(struct file *f, struct poll_waiter *w)
{
	if ((f->f_flags & O_PATH) != 0)
		return POLLNVAL;
	if (f->f_ops->poll == NULL)
		return POLL_READ | POLL_WRITE;
	return f->f_ops->poll(f, w);
}

uint32_t
file_getfl(const struct file *f)
{
	return load_relaxed(&f->f_flags);
}

int
file_setfl(struct file *f, uint32_t flags)
{
	uint32_t old = load_relaxed(&f->f_flags);
	int error;

	if ((old & O_PATH) != 0)
		return EBADF;
	flags &= FILE_SETFL_MASK;
	if (f->f_ops->setfl != NULL && (error = f->f_ops->setfl(f, flags)) != 0)
		return error;
	while (!atomic_cas(&f->f_flags, &old, (old & ~(uint32_t)FILE_SETFL_MASK) | flags))
		;
	return 0;
}

int
file_write_kernel(struct file *f, const void *buf, size_t len, size_t *done)
{
	struct kiov iov;
	struct uio u;
	int error;

	uio_init_kernel(&u, &iov, (void *)(uintptr_t)buf, len, 0, UIO_WRITE);
	error = file_rw(f, &u);
	*done = len - u.u_resid;
	return error;
}

/* One chunk from in at off. *n 0: end of file. */
static int
send_chunk(struct file *out, struct file *in, off_t off, void *buf, size_t max, size_t *n)
{
	struct kiov iov;
	struct uio u;
	size_t got;
	int error;

	*n = 0;
	uio_init_kernel(&u, &iov, buf, max, off, UIO_READ);
	if ((error = file_pread(in, &u)) != 0)
		return error;
	if ((got = max - u.u_resid) == 0)
		return 0;
	return file_write_kernel(out, buf, got, n);
}

int
file_send(struct file *out, struct file *in, off_t *in_off, size_t len, size_t *moved)
{
	off_t off;
	size_t n;
	void *buf;
	int error = 0;

	*moved = 0;
	if (!file_readable(in) || !file_writable(out))
		return EBADF;
	if (!in->f_ops->seekable)
		return in_off != NULL ? ESPIPE : EINVAL;
	if ((load_relaxed(&out->f_flags) & O_APPEND) != 0)
		return EINVAL;
	if ((buf = kmalloc(SEND_CHUNK)) == NULL)
		return ENOMEM;
	if (in_off != NULL) {
		off = *in_off;
	} else {
		mutex_lock(&in->f_off_lock);	/* only to read it: out may be the same file */
		off = in->f_off;
		mutex_unlock(&in->f_off_lock);
	}
	len = MIN(len, (size_t)UIO_MAXBYTES);
	while (*moved < len) {
		size_t want = MIN(len - *moved, (size_t)SEND_CHUNK);

		error = send_chunk(out, in, off, buf, want, &n);
		*moved += n;
		off += (off_t)n;
		if (error != 0 || n < want)
			break;
	}
	kfree(buf);
	if (in_off != NULL) {
		*in_off = off;
	} else {
		mutex_lock(&in->f_off_lock);
		in->f_off = off;
		mutex_unlock(&in->f_off_lock);
	}
	return *moved != 0 ? 0 : error;
}

ino_t
file_anon_ino(void)
{
	static uint64_t last;

	return atomic_add(&last, 1) + 1000;
}

void
file_stat_anon(struct file *f, struct kstat *st, mode_t mode, ino_t ino)
{
	uint64_t now = clock_wall_ns();
	struct ktime t = { .t_sec = (int64_t)(now / NSEC_PER_SEC),
	    .t_nsec = (uint32_t)(now % NSEC_PER_SEC) };

	memset(st, 0, sizeof(*st));
	st->st_ino = ino;
	st->st_dev = MAKEDEV(0, 9);
	st->st_mode = mode;
	st->st_nlink = 1;
	if (f->f_cred != NULL) {
		st->st_uid = f->f_cred->cr_fsuid;
		st->st_gid = f->f_cred->cr_fsgid;
	}
	st->st_blksize = 4096;
	st->st_atim = st->st_mtim = st->st_ctim = st->st_btim = t;
}
