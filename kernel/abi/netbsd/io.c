/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on descriptors and names: those that a program needs to start others, pass them
 * files and see what they wrote. The work is the file and fs rooms'; ioctl knows the requests that
 * programs make of pipes and terminals, by the numbers that the core's devices understand.
 */
#include "abi/netbsd/netbsd_int.h"

#include "file/pipe.h"
#include "file/special.h"
#include "file/uio.h"
#include "mem/cache.h"
#include "proc/limits.h"

static struct cache netbsd_path_cache = CACHE_INIT_SIZE("netbsd_path", VFS_PATH_MAX, 16);

/* --- helpers --- */

int
netbsd_file_get(struct netbsd_call *c, int fd, struct file **fp)
{
	return fd_get(c->nc_proc->p_fds, fd, fp);
}

int
netbsd_file_install(struct netbsd_call *c, struct file *f, bool cloexec)
{
	uint64_t limit = proc_limit(c->nc_proc, RLIMIT_NOFILE);
	int error, fd;

	error = fd_alloc_install(c->nc_proc->p_fds, 0, limit, f, cloexec ? FD_CLOEXEC : 0, &fd);
	if (error != 0)
		file_drop(f);
	else
		c->nc_ret = (uint64_t)fd;
	return error;
}

int
netbsd_string_in(vaddr_t ustr, char **out)
{
	char *s = cache_alloc(&netbsd_path_cache);
	int error;

	if (s == NULL)
		return ENOMEM;
	if ((error = copyinstr(uptr(ustr), s, VFS_PATH_MAX, NULL)) != 0) {
		cache_free(&netbsd_path_cache, s);
		return error;
	}
	*out = s;
	return 0;
}

void
netbsd_string_free(char *s)
{
	cache_free(&netbsd_path_cache, s);
}

void
netbsd_ctx_begin(struct proc *p, struct vfs_ctx *ctx)
{
	*ctx = (struct vfs_ctx){ .vc_cred = proc_cred_hold(p), .vc_umask = cwd_umask(p->p_cwd) };
	cwd_get(p->p_cwd, &ctx->vc_root, &ctx->vc_cwd);
}

void
netbsd_ctx_end(struct vfs_ctx *ctx)
{
	vnode_drop(ctx->vc_root);
	vnode_drop(ctx->vc_cwd);
	cred_drop(ctx->vc_cred);
}

/* A path argument and what it is relative to. */
struct netbsd_path {
	struct vfs_ctx	 np_ctx;
	char		*np_path;
	struct file	*np_at;
};

static int
netbsd_path_begin(struct netbsd_call *c, int dirfd, vaddr_t upath, struct netbsd_path *np)
{
	int error;

	np->np_at = NULL;
	if ((error = netbsd_string_in(upath, &np->np_path)) != 0)
		return error;
	if (dirfd != NB_AT_FDCWD && np->np_path[0] != '/') {
		if ((error = netbsd_file_get(c, dirfd, &np->np_at)) == 0 &&
		    np->np_at->f_vnode == NULL) {
			file_drop(np->np_at);
			error = ENOTDIR;
		}
		if (error != 0) {
			netbsd_string_free(np->np_path);
			return error;
		}
	}
	netbsd_ctx_begin(c->nc_proc, &np->np_ctx);
	if (np->np_at != NULL)
		np->np_ctx.vc_at = np->np_at->f_vnode;
	return 0;
}

static void
netbsd_path_end(struct netbsd_path *np)
{
	netbsd_ctx_end(&np->np_ctx);
	if (np->np_at != NULL)
		file_drop(np->np_at);
	netbsd_string_free(np->np_path);
}

/* --- reading and writing --- */

static int
netbsd_transfer(struct netbsd_call *c, struct uio *uio, int (*fn)(struct file *, struct uio *))
{
	size_t n = uio->u_resid;
	struct file *f;
	int error;

	if ((error = netbsd_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	if ((error = fn(f, uio)) == 0)
		c->nc_ret = n - uio->u_resid;
	file_drop(f);
	return error;
}

static int
netbsd_rw(struct netbsd_call *c, enum uio_rw rw, off_t off, int (*fn)(struct file *, struct uio *))
{
	struct kiov iov;
	struct uio uio;

	if ((int64_t)c->nc_arg[2] < 0 || off < 0)
		return EINVAL;
	uio_init_user(&uio, &iov, ARG_VA(c, 1), c->nc_arg[2], off, rw);
	return netbsd_transfer(c, &uio, fn);
}

int
netbsd_sys_read(struct netbsd_call *c)
{
	return netbsd_rw(c, UIO_READ, 0, file_read);
}

int
netbsd_sys_write(struct netbsd_call *c)
{
	return netbsd_rw(c, UIO_WRITE, 0, file_write);
}

int
netbsd_sys_pread(struct netbsd_call *c)
{
	return netbsd_rw(c, UIO_READ, (off_t)c->nc_arg[4], file_pread);
}

int
netbsd_sys_pwrite(struct netbsd_call *c)
{
	return netbsd_rw(c, UIO_WRITE, (off_t)c->nc_arg[4], file_pwrite);
}

static int
netbsd_rwv(struct netbsd_call *c, enum uio_rw rw)
{
	uint64_t cnt = c->nc_arg[2];
	struct kiov *iov;
	struct uio uio;
	int error;

	if (cnt > UIO_MAXIOV)
		return EINVAL;
	if ((iov = kmalloc_array(cnt, sizeof(*iov))) == NULL)
		return ENOMEM;
	error = copyin(uptr(ARG_VA(c, 1)), iov, cnt * sizeof(*iov));
	if (error == 0)
		error = uio_init(&uio, iov, (uint32_t)cnt, rw, true);
	if (error == 0)
		error = netbsd_transfer(c, &uio, rw == UIO_READ ? file_read : file_write);
	kfree(iov);
	return error;
}

int
netbsd_sys_readv(struct netbsd_call *c)
{
	return netbsd_rwv(c, UIO_READ);
}

int
netbsd_sys_writev(struct netbsd_call *c)
{
	return netbsd_rwv(c, UIO_WRITE);
}

int
netbsd_sys_lseek(struct netbsd_call *c)
{
	struct file *f;
	off_t out = 0;
	int error;

	if ((error = netbsd_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = file_seek(f, (off_t)c->nc_arg[2], ARG_INT(c, 3), &out);
	c->nc_ret = (uint64_t)out;
	file_drop(f);
	return error;
}

int
netbsd_sys_ftruncate(struct netbsd_call *c)
{
	struct file *f;
	int error;

	if ((error = netbsd_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = file_truncate(f, (off_t)c->nc_arg[2]);
	file_drop(f);
	return error;
}

/* --- descriptors --- */

int
netbsd_sys_close(struct netbsd_call *c)
{
	int error = fd_close(c->nc_proc->p_fds, ARG_INT(c, 0));

	if (error == ENOMEM)	/* no program expects that of close */
		proc_kill_oom(c->nc_lwp);
	return error;
}

static int
netbsd_dup_above(struct netbsd_call *c, int min, uint32_t flags)
{
	int error, fd;

	error = fd_dup(c->nc_proc->p_fds, ARG_INT(c, 0), min, proc_limit(c->nc_proc, RLIMIT_NOFILE),
	    flags, &fd);
	if (error == 0)
		c->nc_ret = (uint64_t)fd;
	return error;
}

int
netbsd_sys_dup(struct netbsd_call *c)
{
	return netbsd_dup_above(c, 0, 0);
}

static int
netbsd_dup_to(struct netbsd_call *c, uint32_t flags)
{
	int old = ARG_INT(c, 0), new = ARG_INT(c, 1), error;
	struct file *f;

	if (new < 0)
		return EBADF;
	if (old == new) {
		if ((error = netbsd_file_get(c, old, &f)) != 0)
			return error;
		file_drop(f);
	} else if ((error = fd_dup_to(c->nc_proc->p_fds, old, new,
	    proc_limit(c->nc_proc, RLIMIT_NOFILE),
	    flags)) != 0) {
		return error;
	}
	c->nc_ret = (uint64_t)new;
	return 0;
}

int
netbsd_sys_dup2(struct netbsd_call *c)
{
	return netbsd_dup_to(c, 0);
}

int
netbsd_sys_dup3(struct netbsd_call *c)
{
	uint32_t flags = ARG_U32(c, 2);

	if ((flags & ~(NB_O_CLOEXEC | NB_O_NONBLOCK)) != 0)
		return EINVAL;
	return netbsd_dup_to(c, (flags & NB_O_CLOEXEC) != 0 ? FD_CLOEXEC : 0);
}

static int
netbsd_pipe(struct netbsd_call *c, uint32_t flags, int32_t fds[2])
{
	struct fd_table *t = c->nc_proc->p_fds;
	uint64_t limit = proc_limit(c->nc_proc, RLIMIT_NOFILE);
	uint32_t fdflags = (flags & NB_O_CLOEXEC) != 0 ? FD_CLOEXEC : 0;
	struct cred *cred = proc_cred_hold(c->nc_proc);
	struct file *rd, *wr;
	int error;

	error = pipe_create((flags & NB_O_NONBLOCK) != 0 ? O_NONBLOCK : 0, cred, &rd, &wr);
	cred_drop(cred);
	if (error != 0)
		return error;
	if ((error = fd_alloc_install(t, 0, limit, rd, fdflags, &fds[0])) != 0) {
		file_drop(rd);
		file_drop(wr);
		return error;
	}
	if ((error = fd_alloc_install(t, 0, limit, wr, fdflags, &fds[1])) != 0) {
		(void)fd_close(t, fds[0]);
		file_drop(wr);
	}
	return error;
}

/* The two descriptors are the two results. */
int
netbsd_sys_pipe(struct netbsd_call *c)
{
	int32_t fds[2];
	int error = netbsd_pipe(c, 0, fds);

	if (error == 0) {
		c->nc_ret = (uint64_t)fds[0];
		c->nc_ret1 = (uint64_t)fds[1];
	}
	return error;
}

int
netbsd_sys_pipe2(struct netbsd_call *c)
{
	uint32_t flags = ARG_U32(c, 1);
	int32_t fds[2];
	int error;

	if ((flags & ~(NB_O_CLOEXEC | NB_O_NONBLOCK)) != 0)
		return EINVAL;
	if ((error = netbsd_pipe(c, flags, fds)) != 0)
		return error;
	if ((error = copyout(fds, uptr(ARG_VA(c, 0)), sizeof(fds))) != 0) {
		(void)fd_close(c->nc_proc->p_fds, fds[0]);
		(void)fd_close(c->nc_proc->p_fds, fds[1]);
	}
	return error;
}

/* The bytes that a struct flock means; from the file's start or position. */
static int
netbsd_flock_range(struct file *f, const struct netbsd_flock *fl, struct lock_range *lr)
{
	struct kstat st;
	off_t base = 0;
	int error = 0;

	if (fl->l_whence == SEEK_CUR)
		error = file_seek(f, 0, SEEK_CUR, &base);
	else if (fl->l_whence == SEEK_END && (error = file_stat(f, &st)) == 0)
		base = (off_t)st.st_size;
	if (error != 0)
		return error;
	if (__builtin_add_overflow(base, fl->l_start, &base) || base < 0 || fl->l_len < 0 ||
	    base > INT64_MAX - fl->l_len)
		return EINVAL;
	lr->lr_start = (uint64_t)base;
	lr->lr_end = fl->l_len == 0 ? UINT64_MAX : (uint64_t)(base + fl->l_len - 1);
	return 0;
}

static int
netbsd_fcntl_lock(struct netbsd_call *c, struct file *f, int cmd)
{
	struct lock_range lr = { .lr_pid = c->nc_proc->p_pid };
	const void *owner = c->nc_proc->p_fds;
	struct netbsd_flock fl;
	int error;

	if ((error = copyin(uptr(ARG_VA(c, 2)), &fl, sizeof(fl))) != 0)
		return error;
	switch (fl.l_type) {
	case NB_F_RDLCK:	lr.lr_type = LOCK_READ; break;
	case NB_F_WRLCK:	lr.lr_type = LOCK_WRITE; break;
	case NB_F_UNLCK:	lr.lr_type = LOCK_NONE; break;
	default:		return EINVAL;
	}
	if ((error = netbsd_flock_range(f, &fl, &lr)) != 0)
		return error;
	if (cmd != NB_F_GETLK)
		return lock_set(f, owner, &lr, cmd == NB_F_SETLKW);
	if ((error = lock_test(f, owner, &lr)) != 0)
		return error;
	if (lr.lr_type == LOCK_NONE) {
		fl.l_type = NB_F_UNLCK;
	} else {
		fl = (struct netbsd_flock){
			.l_start = (int64_t)lr.lr_start, .l_pid = lr.lr_pid, .l_whence = SEEK_SET,
			.l_len = lr.lr_end == UINT64_MAX ? 0 :
			    (int64_t)(lr.lr_end - lr.lr_start + 1),
			.l_type = lr.lr_type == LOCK_READ ? NB_F_RDLCK : NB_F_WRLCK,
		};
	}
	return copyout(&fl, uptr(ARG_VA(c, 2)), sizeof(fl));
}

static int
netbsd_fcntl_file(struct netbsd_call *c, struct file *f, int cmd)
{
	switch (cmd) {
	case NB_F_GETFL:
		c->nc_ret = netbsd_oflags_out(file_getfl(f));
		return 0;
	case NB_F_SETFL:
		return file_setfl(f, netbsd_oflags_in(ARG_U32(c, 2)));
	case NB_F_GETLK:
	case NB_F_SETLK:
	case NB_F_SETLKW:
		return netbsd_fcntl_lock(c, f, cmd);
	default:
		return EINVAL;
	}
}

static int
netbsd_fdflags(struct netbsd_call *c, bool set)
{
	struct fd_table *t = c->nc_proc->p_fds;
	uint32_t flags, want = ARG_U32(c, 2);
	int error = fd_get_flags(t, ARG_INT(c, 0), &flags);

	if (error != 0)
		return error;
	if (set)
		return fd_set_flags(t, ARG_INT(c, 0),
		    ((want & NB_FD_CLOEXEC) != 0 ? FD_CLOEXEC : 0u) |
		    ((want & NB_FD_CLOFORK) != 0 ? FD_CLOFORK : 0u));
	c->nc_ret = ((flags & FD_CLOEXEC) != 0 ? NB_FD_CLOEXEC : 0u) |
	    ((flags & FD_CLOFORK) != 0 ? NB_FD_CLOFORK : 0u);
	return 0;
}

int
netbsd_sys_fcntl(struct netbsd_call *c)
{
	int cmd = ARG_INT(c, 1), error;
	struct file *f;

	switch (cmd) {
	case NB_F_DUPFD:
	case NB_F_DUPFD_CLOEXEC:
		if (ARG_INT(c, 2) < 0)
			return EINVAL;
		return netbsd_dup_above(c, ARG_INT(c, 2), cmd == NB_F_DUPFD ? 0 : FD_CLOEXEC);
	case NB_F_GETFD:
	case NB_F_SETFD:
		return netbsd_fdflags(c, cmd == NB_F_SETFD);
	case NB_F_CLOSEM:
		if (ARG_INT(c, 0) < 0)
			return EBADF;
		return fd_close_range(c->nc_proc->p_fds, ARG_U32(c, 0), UINT32_MAX, 0);
	}
	if ((error = netbsd_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = netbsd_fcntl_file(c, f, cmd);
	file_drop(f);
	return error;
}

int
netbsd_sys_flock(struct netbsd_call *c)
{
	int how = ARG_INT(c, 1), error;
	enum lock_type type;
	struct file *f;

	switch (how & ~4) {	/* 4: do not wait */
	case 1:		type = LOCK_READ; break;
	case 2:		type = LOCK_WRITE; break;
	case 8:		type = LOCK_NONE; break;
	default:	return EINVAL;
	}
	if ((error = netbsd_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = lock_flock(f, type, (how & 4) == 0);
	file_drop(f);
	return error;
}

/* The core's devices know these requests by other numbers; the argument has the same form. */
static const struct {
	uint32_t	 netbsd, core;
} netbsd_ioctls[] = {
	{ NB_FIONREAD, 0x541b }, { NB_TIOCSCTTY, 0x540e }, { NB_TIOCGPGRP, 0x540f },
	{ NB_TIOCSPGRP, 0x5410 },
	{ NB_TIOCNOTTY, 0x5422 }, { NB_TIOCGWINSZ, 0x5413 },
};

static int
netbsd_ioctl_file(struct netbsd_call *c, struct file *f, uint32_t cmd)
{
	uint32_t flags;
	int32_t on;
	int error;

	switch (cmd) {
	case NB_FIOCLEX:
	case NB_FIONCLEX:
		if ((error = fd_get_flags(c->nc_proc->p_fds, ARG_INT(c, 0), &flags)) != 0)
			return error;
		flags &= ~(uint32_t)FD_CLOEXEC;
		return fd_set_flags(c->nc_proc->p_fds, ARG_INT(c, 0),
		    flags | (cmd == NB_FIOCLEX ? FD_CLOEXEC : 0u));
	case NB_FIONBIO:
		if ((error = copyin(uptr(ARG_VA(c, 2)), &on, sizeof(on))) != 0)
			return error;
		return file_setfl(f, on != 0 ? file_getfl(f) | O_NONBLOCK :
		    file_getfl(f) & ~(uint32_t)O_NONBLOCK);
	}
	for (size_t i = 0; i < nitems(netbsd_ioctls); i++)
		if (netbsd_ioctls[i].netbsd == cmd)
			return file_ioctl(f, netbsd_ioctls[i].core, ARG_VA(c, 2));
	return ENOTTY;
}

int
netbsd_sys_ioctl(struct netbsd_call *c)
{
	struct file *f;
	int error;

	if ((error = netbsd_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = netbsd_ioctl_file(c, f, ARG_U32(c, 1));
	file_drop(f);
	return error;
}

/* --- names --- */

static int
netbsd_open(struct netbsd_call *c, int dirfd, vaddr_t upath, uint32_t nbflags, mode_t mode)
{
	uint32_t flags = netbsd_oflags_in(nbflags);
	struct netbsd_path np;
	struct file *f;
	int error;

	if ((error = netbsd_path_begin(c, dirfd, upath, &np)) != 0)
		return error;
	error = vfs_open(&np.np_ctx, np.np_path, flags, (flags & O_CREAT) != 0 ? mode & 07777 : 0,
	    &f);
	netbsd_path_end(&np);
	return error != 0 ? error : netbsd_file_install(c, f, (flags & O_CLOEXEC) != 0);
}

int
netbsd_sys_open(struct netbsd_call *c)
{
	return netbsd_open(c, NB_AT_FDCWD, ARG_VA(c, 0), ARG_U32(c, 1), ARG_U32(c, 2));
}

int
netbsd_sys_openat(struct netbsd_call *c)
{
	return netbsd_open(c, ARG_INT(c, 0), ARG_VA(c, 1), ARG_U32(c, 2), ARG_U32(c, 3));
}

/* Calls that do one thing with one name. */
static int
netbsd_with_path(struct netbsd_call *c, int (*fn)(const struct vfs_ctx *, const char *))
{
	struct netbsd_path np;
	int error;

	if ((error = netbsd_path_begin(c, NB_AT_FDCWD, ARG_VA(c, 0), &np)) != 0)
		return error;
	error = fn(&np.np_ctx, np.np_path);
	netbsd_path_end(&np);
	return error;
}

int
netbsd_sys_unlink(struct netbsd_call *c)
{
	return netbsd_with_path(c, vfs_unlink);
}

int
netbsd_sys_rmdir(struct netbsd_call *c)
{
	return netbsd_with_path(c, vfs_rmdir);
}

int
netbsd_sys_unlinkat(struct netbsd_call *c)
{
	struct netbsd_path np;
	int error;

	if ((error = netbsd_path_begin(c, ARG_INT(c, 0), ARG_VA(c, 1), &np)) != 0)
		return error;
	error = (ARG_U32(c, 2) & 0x800) != 0 ? vfs_rmdir(&np.np_ctx, np.np_path) :
	    vfs_unlink(&np.np_ctx, np.np_path);
	netbsd_path_end(&np);
	return error;
}

int
netbsd_sys_mkdir(struct netbsd_call *c)
{
	struct netbsd_path np;
	int error;

	if ((error = netbsd_path_begin(c, NB_AT_FDCWD, ARG_VA(c, 0), &np)) != 0)
		return error;
	error = vfs_mkdir(&np.np_ctx, np.np_path, ARG_U32(c, 1) & 07777);
	netbsd_path_end(&np);
	return error;
}

int
netbsd_sys_chmod(struct netbsd_call *c)
{
	struct netbsd_path np;
	int error;

	if ((error = netbsd_path_begin(c, NB_AT_FDCWD, ARG_VA(c, 0), &np)) != 0)
		return error;
	error = vfs_chmod(&np.np_ctx, np.np_path, ARG_U32(c, 1) & 07777, LOOKUP_FOLLOW);
	netbsd_path_end(&np);
	return error;
}

int
netbsd_sys_fchmod(struct netbsd_call *c)
{
	struct cred *cred;
	struct file *f;
	int error;

	if ((error = netbsd_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	cred = proc_cred_hold(c->nc_proc);
	error = f->f_vnode == NULL ? EINVAL : vnode_chmod(f->f_vnode, cred, ARG_U32(c, 1) & 07777);
	cred_drop(cred);
	file_drop(f);
	return error;
}

/* access(2) asks for the real ids. */
int
netbsd_sys_access(struct netbsd_call *c)
{
	struct netbsd_path np;
	struct cred *real;
	int error;

	if ((ARG_U32(c, 1) & ~7u) != 0)
		return EINVAL;
	if ((error = netbsd_path_begin(c, NB_AT_FDCWD, ARG_VA(c, 0), &np)) != 0)
		return error;
	if ((error = cred_copy(np.np_ctx.vc_cred, &real)) == 0) {
		real->cr_euid = real->cr_fsuid = real->cr_uid;
		real->cr_egid = real->cr_fsgid = real->cr_gid;
		cred_drop(np.np_ctx.vc_cred);
		np.np_ctx.vc_cred = real;
		error = vfs_access(&np.np_ctx, np.np_path, ARG_U32(c, 1), LOOKUP_FOLLOW);
	}
	netbsd_path_end(&np);
	return error;
}

/* "/proc/curproc", as NetBSD has it, is /proc/self here. */
static void
netbsd_path_alias(char *path)
{
	static const char from[] = "/proc/curproc", to[] = "/proc/self";
	size_t n = sizeof(from) - 1;

	if (strncmp(path, from, n) == 0 && (path[n] == '\0' || path[n] == '/')) {
		memmove(path + sizeof(to) - 1, path + n, strlen(path + n) + 1);
		memcpy(path, to, sizeof(to) - 1);
	}
}

int
netbsd_sys_readlink(struct netbsd_call *c)
{
	struct netbsd_path np;
	size_t len;
	char *buf;
	int error;

	if ((error = netbsd_path_begin(c, NB_AT_FDCWD, ARG_VA(c, 0), &np)) != 0)
		return error;
	netbsd_path_alias(np.np_path);
	if ((buf = kmalloc(VFS_PATH_MAX)) == NULL)
		error = ENOMEM;
	else
		error = vfs_readlink(&np.np_ctx, np.np_path, buf, VFS_PATH_MAX, &len);
	if (error == 0) {
		c->nc_ret = MIN(len, (size_t)c->nc_arg[2]);
		error = copyout(buf, uptr(ARG_VA(c, 1)), c->nc_ret);
	}
	kfree(buf);
	netbsd_path_end(&np);
	return error;
}

int
netbsd_sys_chdir(struct netbsd_call *c)
{
	struct netbsd_path np;
	struct vnode *vp;
	int error;

	if ((error = netbsd_path_begin(c, NB_AT_FDCWD, ARG_VA(c, 0), &np)) != 0)
		return error;
	if ((error = vfs_lookup_enter(&np.np_ctx, np.np_path, &vp)) == 0)
		cwd_set_cwd(c->nc_proc->p_cwd, vp);
	netbsd_path_end(&np);
	return error;
}

int
netbsd_sys_fchdir(struct netbsd_call *c)
{
	struct cred *cred = proc_cred_hold(c->nc_proc);
	struct file *f;
	int error = netbsd_file_get(c, ARG_INT(c, 0), &f);

	if (error == 0) {
		if (f->f_vnode == NULL || !vnode_is_dir(f->f_vnode))
			error = ENOTDIR;
		else if ((error = vnode_access(f->f_vnode, cred, VACC_EXEC)) == 0)
			cwd_set_cwd(c->nc_proc->p_cwd, vnode_hold(f->f_vnode));
		file_drop(f);
	}
	cred_drop(cred);
	return error;
}

int
netbsd_sys_chroot(struct netbsd_call *c)
{
	struct netbsd_path np;
	struct vnode *vp;
	int error;

	if ((error = netbsd_path_begin(c, NB_AT_FDCWD, ARG_VA(c, 0), &np)) != 0)
		return error;
	if (!cred_is_root(np.np_ctx.vc_cred))
		error = EPERM;
	else if ((error = vfs_lookup_enter(&np.np_ctx, np.np_path, &vp)) == 0)
		cwd_set_root(c->nc_proc->p_cwd, vp);
	netbsd_path_end(&np);
	return error;
}

int
netbsd_sys_umask(struct netbsd_call *c)
{
	c->nc_ret = cwd_set_umask(c->nc_proc->p_cwd, ARG_U32(c, 0) & 0777);
	return 0;
}

int
netbsd_sys___getcwd(struct netbsd_call *c)
{
	struct vfs_ctx ctx;
	size_t len;
	char *buf = kmalloc(VFS_PATH_MAX);
	int error;

	if (buf == NULL)
		return ENOMEM;
	netbsd_ctx_begin(c->nc_proc, &ctx);
	error = vfs_getcwd(&ctx, ctx.vc_cwd, buf, VFS_PATH_MAX, &len);
	netbsd_ctx_end(&ctx);
	if (error == 0 && len + 1 > c->nc_arg[1])
		error = ERANGE;
	if (error == 0) {
		c->nc_ret = len + 1;
		error = copyout(buf, uptr(ARG_VA(c, 0)), len + 1);
	}
	kfree(buf);
	return error;
}

/* --- stat --- */

static struct netbsd_timespec
netbsd_time_of(const struct ktime *t)
{
	return (struct netbsd_timespec){ .tv_sec = t->t_sec, .tv_nsec = t->t_nsec };
}

static int
netbsd_stat_out(vaddr_t ust, const struct kstat *k)
{
	struct netbsd_stat st = {
		.st_dev = k->st_dev, .st_mode = k->st_mode, .st_ino = k->st_ino,
		    .st_nlink = k->st_nlink,
		.st_uid = k->st_uid, .st_gid = k->st_gid, .st_rdev = k->st_rdev,
		.st_atim = netbsd_time_of(&k->st_atim), .st_mtim = netbsd_time_of(&k->st_mtim),
		.st_ctim = netbsd_time_of(&k->st_ctim), .st_birthtim = netbsd_time_of(&k->st_btim),
		.st_size = (int64_t)k->st_size, .st_blocks = (int64_t)k->st_blocks,
		    .st_blksize = k->st_blksize,
	};

	return copyout(&st, uptr(ust), sizeof(st));
}

static int
netbsd_stat(struct netbsd_call *c, int dirfd, vaddr_t upath, uint32_t lookup, vaddr_t ust)
{
	struct netbsd_path np;
	struct kstat k;
	int error;

	if ((error = netbsd_path_begin(c, dirfd, upath, &np)) != 0)
		return error;
	netbsd_path_alias(np.np_path);
	error = vfs_stat(&np.np_ctx, np.np_path, lookup, &k);
	netbsd_path_end(&np);
	return error != 0 ? error : netbsd_stat_out(ust, &k);
}

int
netbsd_sys___stat50(struct netbsd_call *c)
{
	return netbsd_stat(c, NB_AT_FDCWD, ARG_VA(c, 0), LOOKUP_FOLLOW, ARG_VA(c, 1));
}

int
netbsd_sys___lstat50(struct netbsd_call *c)
{
	return netbsd_stat(c, NB_AT_FDCWD, ARG_VA(c, 0), 0, ARG_VA(c, 1));
}

int
netbsd_sys_fstatat(struct netbsd_call *c)
{
	return netbsd_stat(c, ARG_INT(c, 0), ARG_VA(c, 1),
	    (ARG_U32(c, 3) & NB_AT_SYMLINK_NOFOLLOW) != 0 ? 0 : LOOKUP_FOLLOW, ARG_VA(c, 2));
}

int
netbsd_sys___fstat50(struct netbsd_call *c)
{
	struct file *f;
	struct kstat k;
	int error;

	if ((error = netbsd_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	error = file_stat(f, &k);
	file_drop(f);
	return error != 0 ? error : netbsd_stat_out(ARG_VA(c, 1), &k);
}
