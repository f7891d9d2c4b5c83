/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on descriptors: reading and writing, duplicating, locking, folders' entries, copying
 * between files.
 */
#include "abi/linux/linux_int.h"

#include "file/pipe.h"
#include "file/special.h"
#include "file/uio.h"
#include "mem/cache.h"
#include "proc/limits.h"

STATIC_ASSERT(sizeof(struct kiov) == sizeof(struct linux_iovec));
STATIC_ASSERT(offsetof(struct kiov, iov_len) == offsetof(struct linux_iovec, iov_len));
STATIC_ASSERT(UIO_MAXIOV == LX_IOV_MAX && UIO_MAXBYTES == LX_RW_MAX);

int
linux_file_get(struct linux_call *c, int fd, struct file **fp)
{
	return fd_get(c->lc_proc->p_fds, fd, fp);
}

int
linux_file_install(struct linux_call *c, struct file *f, bool cloexec)
{
	uint64_t limit = proc_limit(c->lc_proc, RLIMIT_NOFILE);
	int error, fd;

	error = fd_alloc_install(c->lc_proc->p_fds, 0, limit, f, cloexec ? FD_CLOEXEC : 0, &fd);
	if (error != 0)
		file_drop(f);
	else
		c->lc_ret = fd;
	return error;
}

/* Runs one of the four transfer functions and counts the bytes. */
static int
linux_transfer(struct linux_call *c, struct uio *uio, int (*fn)(struct file *, struct uio *))
{
	struct file *f;
	size_t n = uio->u_resid;
	int error;

	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = fn(f, uio);
	if (error == 0)
		c->lc_ret = (int64_t)(n - uio->u_resid);
	file_drop(f);
	return error;
}

static int
linux_rw(struct linux_call *c, enum uio_rw rw, bool positioned)
{
	struct kiov iov;
	struct uio uio;
	off_t off = positioned ? (off_t)c->lc_arg[3] : 0;

	if ((int64_t)c->lc_arg[2] < 0 || off < 0)
		return EINVAL;
	uio_init_user(&uio, &iov, ARG_VA(c, 1), c->lc_arg[2], off, rw);
	if (positioned)
		return linux_transfer(c, &uio, rw == UIO_READ ? file_pread : file_pwrite);
	return linux_transfer(c, &uio, rw == UIO_READ ? file_read : file_write);
}

int
linux_sys_read(struct linux_call *c)
{
	return linux_rw(c, UIO_READ, false);
}

int
linux_sys_write(struct linux_call *c)
{
	return linux_rw(c, UIO_WRITE, false);
}

int
linux_sys_pread64(struct linux_call *c)
{
	return linux_rw(c, UIO_READ, true);
}

int
linux_sys_pwrite64(struct linux_call *c)
{
	return linux_rw(c, UIO_WRITE, true);
}

#define IOV_INLINE	8	/* so many buffers need no allocation */

/* off is -1 for the file's own position. */
static int
linux_rwv(struct linux_call *c, enum uio_rw rw, off_t off)
{
	struct kiov small[IOV_INLINE], *iov = small;
	uint64_t cnt = c->lc_arg[2];
	struct uio uio;
	int error;

	if (cnt > LX_IOV_MAX)
		return EINVAL;
	if (cnt > IOV_INLINE && (iov = kmalloc_array(cnt, sizeof(*iov))) == NULL)
		return ENOMEM;
	error = copyin(uptr(ARG_VA(c, 1)), iov, cnt * sizeof(*iov));
	if (error == 0)
		error = uio_init(&uio, iov, (uint32_t)cnt, rw, true);
	if (error == 0) {
		if (off == -1) {
			error = linux_transfer(c, &uio, rw == UIO_READ ? file_read : file_write);
		} else {
			uio.u_off = off;
			error = linux_transfer(c, &uio, rw == UIO_READ ? file_pread : file_pwrite);
		}
	}
	if (iov != small)
		kfree(iov);
	return error;
}

int
linux_sys_readv(struct linux_call *c)
{
	return linux_rwv(c, UIO_READ, -1);
}

int
linux_sys_writev(struct linux_call *c)
{
	return linux_rwv(c, UIO_WRITE, -1);
}

/*
 * The position is one argument on this machine; the next one, its high half elsewhere, is not
 * looked at.
 */
int
linux_sys_preadv(struct linux_call *c)
{
	off_t off = (off_t)c->lc_arg[3];

	return off < 0 ? EINVAL : linux_rwv(c, UIO_READ, off);
}

int
linux_sys_pwritev(struct linux_call *c)
{
	off_t off = (off_t)c->lc_arg[3];

	return off < 0 ? EINVAL : linux_rwv(c, UIO_WRITE, off);
}

int
linux_sys_preadv2(struct linux_call *c)
{
	off_t off = (off_t)c->lc_arg[3];

	if (c->lc_arg[5] != 0)
		return EOPNOTSUPP;
	return off < -1 ? EINVAL : linux_rwv(c, UIO_READ, off);
}

int
linux_sys_pwritev2(struct linux_call *c)
{
	off_t off = (off_t)c->lc_arg[3];

	if (c->lc_arg[5] != 0)
		return EOPNOTSUPP;
	return off < -1 ? EINVAL : linux_rwv(c, UIO_WRITE, off);
}

int
linux_sys_lseek(struct linux_call *c)
{
	struct file *f;
	off_t out;
	int error;

	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = file_seek(f, (off_t)c->lc_arg[1], ARG_INT(c, 2), &out);
	if (error == 0)
		c->lc_ret = out;
	file_drop(f);
	return error;
}

int
linux_sys_close(struct linux_call *c)
{
	int error = fd_close(c->lc_proc->p_fds, ARG_INT(c, 0));

	if (error == ENOMEM)	/* no program expects that of close */
		proc_kill_oom(c->lc_lwp);
	return error;
}

/*
 * Gives the process a table of its own. Only its own LWPs may look at p_fds meanwhile, and this is
 * the one.
 */
static int
linux_unshare_files(struct proc *p)
{
	struct fd_table *old = p->p_fds, *new;
	int error;

	if (!fd_table_shared(old))
		return 0;
	if ((error = fd_table_unshare(old, &new)) != 0)
		return error;
	spin_lock(&p->p_lock);
	p->p_fds = new;
	spin_unlock(&p->p_lock);
	fd_table_drop(old);
	return 0;
}

int
linux_sys_close_range(struct linux_call *c)
{
	uint32_t first = ARG_U32(c, 0), last = ARG_U32(c, 1), flags = ARG_U32(c, 2);
	int error;

	if ((flags & ~(uint32_t)(LX_CLOSE_RANGE_UNSHARE | LX_CLOSE_RANGE_CLOEXEC)) != 0 ||
	    first > last)
		return EINVAL;
	if ((flags & LX_CLOSE_RANGE_UNSHARE) != 0 &&
	    (error = linux_unshare_files(c->lc_proc)) != 0)
		return error;
	return fd_close_range(c->lc_proc->p_fds, first, last,
	    (flags & LX_CLOSE_RANGE_CLOEXEC) != 0 ? FD_CLOEXEC : 0);
}

static int
linux_dup_above(struct linux_call *c, int min, uint32_t flags)
{
	int error, fd;

	error = fd_dup(c->lc_proc->p_fds, ARG_INT(c, 0), min, proc_limit(c->lc_proc, RLIMIT_NOFILE),
	    flags, &fd);
	if (error == 0)
		c->lc_ret = fd;
	return error;
}

int
linux_sys_dup(struct linux_call *c)
{
	return linux_dup_above(c, 0, 0);
}

static int
linux_dup_to(struct linux_call *c, uint32_t flags)
{
	int error, new = ARG_INT(c, 1);

	if (new < 0)
		return EBADF;
	error = fd_dup_to(c->lc_proc->p_fds, ARG_INT(c, 0), new,
	    proc_limit(c->lc_proc, RLIMIT_NOFILE), flags);
	if (error == 0)
		c->lc_ret = new;
	return error;
}

int
linux_sys_dup2(struct linux_call *c)
{
	struct file *f;
	int error;

	if (ARG_INT(c, 0) != ARG_INT(c, 1))
		return linux_dup_to(c, 0);
	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	file_drop(f);
	c->lc_ret = ARG_INT(c, 0);
	return 0;
}

int
linux_sys_dup3(struct linux_call *c)
{
	uint32_t flags = ARG_U32(c, 2);

	if ((flags & ~(uint32_t)O_CLOEXEC) != 0 || ARG_INT(c, 0) == ARG_INT(c, 1))
		return EINVAL;
	return linux_dup_to(c, (flags & O_CLOEXEC) != 0 ? FD_CLOEXEC : 0);
}

/* The bytes that a struct flock means. */
static int
linux_flock_range(struct file *f, const struct linux_flock *fl, struct lock_range *lr)
{
	struct kstat st;
	off_t base = 0, start, end;
	int error;

	if (fl->l_whence == SEEK_CUR) {
		if ((error = file_seek(f, 0, SEEK_CUR, &base)) != 0)
			return error;
	} else if (fl->l_whence == SEEK_END) {
		if ((error = file_stat(f, &st)) != 0)
			return error;
		base = (off_t)st.st_size;
	} else if (fl->l_whence != SEEK_SET) {
		return EINVAL;
	}
	if (__builtin_add_overflow(base, fl->l_start, &start))
		return EOVERFLOW;
	if (fl->l_len < 0) {
		end = start - 1;
		start += fl->l_len;
	} else if (fl->l_len > 0) {
		if (__builtin_add_overflow(start, fl->l_len - 1, &end))
			return EOVERFLOW;
	} else {
		end = -1;
	}
	if (start < 0)
		return EINVAL;
	lr->lr_start = (uint64_t)start;
	lr->lr_end = fl->l_len == 0 ? UINT64_MAX : (uint64_t)end;
	return 0;
}

static int
linux_lock_test(struct file *f, const void *owner, struct linux_flock *fl, struct lock_range *lr)
{
	int error;

	if (lr->lr_type == LOCK_NONE)
		return EINVAL;
	if ((error = lock_test(f, owner, lr)) != 0)
		return error;
	if (lr->lr_type == LOCK_NONE) {
		fl->l_type = LX_F_UNLCK;
		return 0;
	}
	fl->l_type = lr->lr_type == LOCK_READ ? LX_F_RDLCK : LX_F_WRLCK;
	fl->l_whence = SEEK_SET;
	fl->l_start = (int64_t)lr->lr_start;
	fl->l_len = lr->lr_end == UINT64_MAX ? 0 : (int64_t)(lr->lr_end - lr->lr_start + 1);
	fl->l_pid = lr->lr_pid;
	return 0;
}

static int
linux_fcntl_lock(struct linux_call *c, struct file *f, int cmd)
{
	struct lock_range lr = { .lr_pid = c->lc_proc->p_pid };
	bool ofd = cmd >= LX_F_OFD_GETLK;
	const void *owner = ofd ? (const void *)f : (const void *)c->lc_proc->p_fds;
	struct linux_flock fl;
	int error;

	if ((error = copyin(uptr(ARG_VA(c, 2)), &fl, sizeof(fl))) != 0)
		return error;
	if (ofd) {
		if (fl.l_pid != 0)
			return EINVAL;
		lr.lr_pid = -1;
	}
	switch (fl.l_type) {
	case LX_F_RDLCK:	lr.lr_type = LOCK_READ; break;
	case LX_F_WRLCK:	lr.lr_type = LOCK_WRITE; break;
	case LX_F_UNLCK:	lr.lr_type = LOCK_NONE; break;
	default:		return EINVAL;
	}
	if ((error = linux_flock_range(f, &fl, &lr)) != 0)
		return error;
	if (cmd == LX_F_GETLK || cmd == LX_F_OFD_GETLK) {
		if ((error = linux_lock_test(f, owner, &fl, &lr)) != 0)
			return error;
		return copyout(&fl, uptr(ARG_VA(c, 2)), sizeof(fl));
	}
	if ((lr.lr_type == LOCK_READ && !file_readable(f)) ||
	    (lr.lr_type == LOCK_WRITE && !file_writable(f)))
		return EBADF;
	return lock_set(f, owner, &lr, cmd == LX_F_SETLKW || cmd == LX_F_OFD_SETLKW);
}

/* fcntl(2) on what the descriptor refers to. */
static int
linux_fcntl_file(struct linux_call *c, struct file *f, int cmd)
{
	uint32_t size;
	int error;

	switch (cmd) {
	case LX_F_GETFL:
		c->lc_ret = file_getfl(f);
		return 0;
	case LX_F_SETFL:
		return file_setfl(f, ARG_U32(c, 2));
	case LX_F_GETLK:
	case LX_F_SETLK:
	case LX_F_SETLKW:
	case LX_F_OFD_GETLK:
	case LX_F_OFD_SETLK:
	case LX_F_OFD_SETLKW:
		return linux_fcntl_lock(c, f, cmd);
	case LX_F_GETOWN:
	case LX_F_GETSIG:
		return 0;	/* nobody is sent SIGIO */
	case LX_F_GETPIPE_SZ:
		error = pipe_get_size(f, &size);
		break;
	case LX_F_SETPIPE_SZ:
		error = pipe_set_size(f, ARG_U32(c, 2), &size);
		break;
	default:
		return EINVAL;
	}
	if (error == 0)
		c->lc_ret = size;
	return error;
}

int
linux_sys_fcntl(struct linux_call *c)
{
	struct fd_table *t = c->lc_proc->p_fds;
	int fd = ARG_INT(c, 0), cmd = ARG_INT(c, 1), error;
	struct file *f;
	uint32_t flags;

	switch (cmd) {
	case LX_F_DUPFD:
	case LX_F_DUPFD_CLOEXEC:
		if (ARG_INT(c, 2) < 0)
			return EINVAL;
		return linux_dup_above(c, ARG_INT(c, 2), cmd == LX_F_DUPFD ? 0 : FD_CLOEXEC);
	case LX_F_GETFD:
		if ((error = fd_get_flags(t, fd, &flags)) == 0)
			c->lc_ret = flags & FD_CLOEXEC;
		return error;
	case LX_F_SETFD:
		if ((error = fd_get_flags(t, fd, &flags)) != 0)
			return error;
		flags &= ~(uint32_t)FD_CLOEXEC;
		return fd_set_flags(t, fd, flags | (ARG_U32(c, 2) & LX_FD_CLOEXEC));
	}
	if ((error = linux_file_get(c, fd, &f)) != 0)
		return error;
	if ((f->f_flags & O_PATH) != 0 && cmd != LX_F_GETFL)
		error = EBADF;
	else
		error = linux_fcntl_file(c, f, cmd);
	file_drop(f);
	return error;
}

int
linux_sys_flock(struct linux_call *c)
{
	bool wait = (ARG_INT(c, 1) & LX_LOCK_NB) == 0;
	enum lock_type type;
	struct file *f;
	int error;

	switch (ARG_INT(c, 1) & ~LX_LOCK_NB) {
	case LX_LOCK_SH:	type = LOCK_READ; break;
	case LX_LOCK_EX:	type = LOCK_WRITE; break;
	case LX_LOCK_UN:	type = LOCK_NONE; break;
	default:		return EINVAL;
	}
	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = (f->f_flags & O_PATH) != 0 ? EBADF : lock_flock(f, type, wait);
	file_drop(f);
	return error;
}

static int
linux_ioctl_setfl(struct linux_call *c, struct file *f, uint32_t flag)
{
	int32_t on;
	int error;

	if ((error = copyin(uptr(ARG_VA(c, 2)), &on, sizeof(on))) != 0)
		return error;
	return file_setfl(f, on != 0 ? file_getfl(f) | flag : file_getfl(f) & ~flag);
}

int
linux_sys_ioctl(struct linux_call *c)
{
	struct fd_table *t = c->lc_proc->p_fds;
	uint32_t cmd = ARG_U32(c, 1), flags;
	struct file *f;
	int error;

	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	switch (cmd) {
	case LX_FIOCLEX:
	case LX_FIONCLEX:
		error = fd_get_flags(t, ARG_INT(c, 0), &flags);
		if (error == 0) {
			flags &= ~(uint32_t)FD_CLOEXEC;
			error = fd_set_flags(t, ARG_INT(c, 0),
			    flags | (cmd == LX_FIOCLEX ? FD_CLOEXEC : 0));
		}
		break;
	case LX_FIONBIO:
		error = linux_ioctl_setfl(c, f, O_NONBLOCK);
		break;
	default:
		error = file_ioctl(f, cmd, ARG_VA(c, 2));
		break;
	}
	file_drop(f);
	return error;
}

static int
linux_pipe(struct linux_call *c, uint32_t flags)
{
	struct fd_table *t = c->lc_proc->p_fds;
	uint64_t limit = proc_limit(c->lc_proc, RLIMIT_NOFILE);
	uint32_t fdflags = (flags & O_CLOEXEC) != 0 ? FD_CLOEXEC : 0;
	struct file *rd, *wr;
	struct cred *cred;
	int32_t fds[2];
	int error;

	if ((flags & ~(uint32_t)(O_CLOEXEC | O_NONBLOCK | O_DIRECT)) != 0)
		return EINVAL;
	cred = proc_cred_hold(c->lc_proc);
	error = pipe_create(flags & (O_NONBLOCK | O_DIRECT), cred, &rd, &wr);
	cred_drop(cred);
	if (error != 0)
		return error;
	if ((error = fd_alloc(t, 0, limit, &fds[0])) != 0)
		goto files;
	if ((error = fd_alloc(t, 0, limit, &fds[1])) != 0) {
		fd_unreserve(t, fds[0]);
		goto files;
	}
	if ((error = copyout(fds, uptr(ARG_VA(c, 0)), sizeof(fds))) != 0) {
		fd_unreserve(t, fds[0]);
		fd_unreserve(t, fds[1]);
		goto files;
	}
	fd_install(t, fds[0], rd, fdflags);
	fd_install(t, fds[1], wr, fdflags);
	return 0;
files:
	file_drop(rd);
	file_drop(wr);
	return error;
}

int
linux_sys_pipe(struct linux_call *c)
{
	return linux_pipe(c, 0);
}

int
linux_sys_pipe2(struct linux_call *c)
{
	return linux_pipe(c, ARG_U32(c, 1));
}

static int
linux_fsync(struct linux_call *c, bool data_only)
{
	struct file *f;
	int error;

	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = file_sync(f, data_only);
	file_drop(f);
	return error;
}

int
linux_sys_fsync(struct linux_call *c)
{
	return linux_fsync(c, false);
}

int
linux_sys_fdatasync(struct linux_call *c)
{
	return linux_fsync(c, true);
}

/* Nothing is behind the file systems that we have. */
int
linux_sys_sync(struct linux_call *c)
{
	return 0;
}

int
linux_sys_syncfs(struct linux_call *c)
{
	struct file *f;
	int error;

	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) == 0)
		file_drop(f);
	return error;
}

int
linux_sys_ftruncate(struct linux_call *c)
{
	struct file *f;
	int error;

	if ((int64_t)c->lc_arg[1] < 0)
		return EINVAL;
	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	/* Linux's words for a descriptor that may not be written to. */
	error = (f->f_flags & O_PATH) != 0 ? EBADF : !file_writable(f) ? EINVAL :
	    file_truncate(f, (off_t)c->lc_arg[1]);
	file_drop(f);
	return error;
}

int
linux_sys_fallocate(struct linux_call *c)
{
	off_t off = (off_t)c->lc_arg[2], len = (off_t)c->lc_arg[3], end;
	int mode = ARG_INT(c, 1), error;
	struct file *f;

	if ((mode & ~(LX_FALLOC_KEEP_SIZE | LX_FALLOC_PUNCH_HOLE | LX_FALLOC_ZERO_RANGE)) != 0)
		return EOPNOTSUPP;
	if (off < 0 || len <= 0)
		return EINVAL;
	if (__builtin_add_overflow(off, len, &end))
		return EFBIG;
	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = file_allocate(f, mode, off, len);
	file_drop(f);
	return error;
}

int
linux_sys_fadvise64(struct linux_call *c)
{
	struct file *f;
	struct kstat st;
	int error;

	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	if ((f->f_flags & O_PATH) != 0)
		error = EBADF;
	else if ((error = file_stat(f, &st)) == 0 && S_ISFIFO(st.st_mode))
		error = ESPIPE;
	else if (error == 0 && ((int64_t)c->lc_arg[2] < 0 || ARG_U32(c, 3) > 5))
		error = EINVAL;
	file_drop(f);
	return error;
}

/* Everything is in memory already. */
int
linux_sys_readahead(struct linux_call *c)
{
	struct file *f;
	struct kstat st;
	int error;

	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	if (!file_readable(f))
		error = EBADF;
	else if ((error = file_stat(f, &st)) == 0 && !S_ISREG(st.st_mode))
		error = EINVAL;
	file_drop(f);
	return error;
}

/* Where getdents has come to in the user's buffer. */
struct linux_dents {
	vaddr_t		 ld_at;		/* the next record goes here */
	size_t		 ld_left;	/* bytes left */
	bool		 ld_wide;	/* getdents64's records */
	bool		 ld_any;	/* one has been written */
	int		 ld_error;	/* why it stopped, if not at the end */
};

union linux_dent {
	struct linux_dirent64 w;
	struct linux_dirent n;
	uint8_t bytes[offsetof(struct linux_dirent64, d_name) + VFS_NAME_MAX + 1 + 8];
};

static int
linux_dirent_emit(void *arg, const char *name, size_t len, ino_t ino, uint8_t type, off_t next)
{
	struct linux_dents *ld = arg;
	union linux_dent d;
	size_t size;

	if (len > VFS_NAME_MAX)
		return EIO;
	if (ld->ld_wide)
		size = roundup2(offsetof(struct linux_dirent64, d_name) + len + 1, (size_t)8);
	else
		size = roundup2(offsetof(struct linux_dirent, d_name) + len + 2, (size_t)8);
	if (size > ld->ld_left) {
		ld->ld_error = EINVAL;	/* of importance only for the first record */
		return EINVAL;
	}
	memset(&d, 0, size);
	if (ld->ld_wide) {
		d.w.d_ino = ino;
		d.w.d_off = next;
		d.w.d_reclen = (uint16_t)size;
		d.w.d_type = type;
		memcpy(d.bytes + offsetof(struct linux_dirent64, d_name), name, len);
	} else {
		d.n.d_ino = ino;
		d.n.d_off = (uint64_t)next;
		d.n.d_reclen = (uint16_t)size;
		memcpy(d.bytes + offsetof(struct linux_dirent, d_name), name, len);
		d.bytes[size - 1] = type;
	}
	if ((ld->ld_error = copyout(&d, uptr(ld->ld_at), size)) != 0)
		return ld->ld_error;
	ld->ld_at += size;
	ld->ld_left -= size;
	ld->ld_any = true;
	return 0;
}

static int
linux_getdents(struct linux_call *c, bool wide)
{
	struct linux_dents ld = {
		.ld_at = ARG_VA(c, 1),
		.ld_left = MIN(ARG_U32(c, 2), 0x7fffffffu),
		.ld_wide = wide,
	};
	struct file *f;
	int error;

	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = file_readdir(f, linux_dirent_emit, &ld);
	file_drop(f);
	if (ld.ld_any) {
		c->lc_ret = (int64_t)(ld.ld_at - ARG_VA(c, 1));
		return 0;
	}
	return ld.ld_error != 0 ? ld.ld_error : error;
}

int
linux_sys_getdents(struct linux_call *c)
{
	return linux_getdents(c, false);
}

int
linux_sys_getdents64(struct linux_call *c)
{
	return linux_getdents(c, true);
}

int
linux_sys_sendfile(struct linux_call *c)
{
	struct file *out, *in;
	vaddr_t uoff = ARG_VA(c, 2);
	size_t moved = 0;
	off_t off = 0;
	int error;

	if (uoff != 0 && (error = copyin(uptr(uoff), &off, sizeof(off))) != 0)
		return error;
	if (off < 0)
		return EINVAL;
	if ((error = linux_file_get(c, ARG_INT(c, 0), &out)) != 0)
		return error;
	if ((error = linux_file_get(c, ARG_INT(c, 1), &in)) != 0) {
		file_drop(out);
		return error;
	}
	error = file_send(out, in, uoff != 0 ? &off : NULL, MIN(c->lc_arg[3], LX_RW_MAX), &moved);
	file_drop(in);
	file_drop(out);
	if (error != 0)
		return error;
	c->lc_ret = (int64_t)moved;
	if (uoff != 0)
		return copyout(&off, uptr(uoff), sizeof(off));
	return 0;
}

#define COPY_CHUNK	65536ul		/* bytes that copy_file_range has in hand at once */

/* Copies between two positions of regular files, which move along. */
static int
linux_copy_loop(struct file *in, off_t *in_off, struct file *out, off_t *out_off, size_t len,
    size_t *done)
{
	void *buf = kmalloc(COPY_CHUNK);
	int error = 0;

	if (buf == NULL)
		return ENOMEM;
	while (len > 0 && error == 0) {
		struct kiov iov;
		struct uio uio;
		size_t got, put;

		uio_init_kernel(&uio, &iov, buf, MIN(len, COPY_CHUNK), *in_off, UIO_READ);
		got = uio.u_resid;
		if ((error = file_pread(in, &uio)) != 0)
			break;
		if ((got -= uio.u_resid) == 0)
			break;
		uio_init_kernel(&uio, &iov, buf, got, *out_off, UIO_WRITE);
		if ((error = file_pwrite(out, &uio)) != 0)
			break;
		put = got - uio.u_resid;
		*in_off += (off_t)put;
		*out_off += (off_t)put;
		*done += put;
		len -= put;
		if (put < got || lwp_signal_pending(curlwp()))
			break;
		sched_preempt_point();
	}
	kfree(buf);
	return *done > 0 ? 0 : error;
}

static int
linux_copy_check(struct file *in, struct file *out)
{
	struct kstat si, so;
	int error;

	if (!file_readable(in) || !file_writable(out) || (out->f_flags & O_APPEND) != 0)
		return EBADF;
	if ((error = file_stat(in, &si)) != 0 || (error = file_stat(out, &so)) != 0)
		return error;
	if (S_ISDIR(si.st_mode) || S_ISDIR(so.st_mode))
		return EISDIR;
	return S_ISREG(si.st_mode) && S_ISREG(so.st_mode) ? 0 : EINVAL;
}

/* A position argument: the user's word, or the file's own place when there is none. */
static int
linux_copy_pos_in(struct file *f, vaddr_t uoff, off_t *off)
{
	int error;

	if (uoff == 0)
		return file_seek(f, 0, SEEK_CUR, off);
	if ((error = copyin(uptr(uoff), off, sizeof(*off))) != 0)
		return error;
	return *off < 0 ? EINVAL : 0;
}

static int
linux_copy_pos_out(struct file *f, vaddr_t uoff, off_t off)
{
	off_t out;

	if (uoff == 0)
		return file_seek(f, off, SEEK_SET, &out);
	return copyout(&off, uptr(uoff), sizeof(off));
}

static int
linux_copy_range(struct linux_call *c, struct file *in, struct file *out)
{
	vaddr_t uin = ARG_VA(c, 1), uout = ARG_VA(c, 3);
	size_t done = 0, len = MIN(c->lc_arg[4], LX_RW_MAX);
	off_t in_off, out_off;
	int error;

	if ((error = linux_copy_check(in, out)) != 0 ||
	    (error = linux_copy_pos_in(in, uin, &in_off)) != 0 ||
	    (error = linux_copy_pos_in(out, uout, &out_off)) != 0)
		return error;
	if (in->f_vnode == out->f_vnode && in_off < out_off + (off_t)len &&
	    out_off < in_off + (off_t)len)
		return EINVAL;
	if ((error = linux_copy_loop(in, &in_off, out, &out_off, len, &done)) != 0)
		return error;
	c->lc_ret = (int64_t)done;
	if ((error = linux_copy_pos_out(in, uin, in_off)) != 0)
		return error;
	return linux_copy_pos_out(out, uout, out_off);
}

int
linux_sys_copy_file_range(struct linux_call *c)
{
	struct file *in, *out;
	int error;

	if (ARG_U32(c, 5) != 0)
		return EINVAL;
	if ((error = linux_file_get(c, ARG_INT(c, 0), &in)) != 0)
		return error;
	if ((error = linux_file_get(c, ARG_INT(c, 2), &out)) != 0) {
		file_drop(in);
		return error;
	}
	error = linux_copy_range(c, in, out);
	file_drop(out);
	file_drop(in);
	return error;
}

/* A nameless file of the root file system. Sealing is accepted and does nothing until asked for. */
int
linux_sys_memfd_create(struct linux_call *c)
{
	struct vfs_ctx ctx = { .vc_cred = &cred_kernel, .vc_root = vfs_root(),
	    .vc_cwd = vfs_root() };
	char name[250];
	struct file *f;
	int error;

	if ((ARG_U32(c, 1) & ~(LX_MFD_CLOEXEC | LX_MFD_ALLOW_SEALING)) != 0)
		return EINVAL;
	error = copyinstr(uptr(ARG_VA(c, 0)), name, sizeof(name), NULL);
	if (error != 0)
		return error == ENAMETOOLONG ? EINVAL : error;
	error = vfs_open(&ctx, "/", O_RDWR | O_DIRECTORY | VFS_O_TMPFILE, 0777, &f);
	if (error != 0)
		return error;
	return linux_file_install(c, f, (ARG_U32(c, 1) & LX_MFD_CLOEXEC) != 0);
}
