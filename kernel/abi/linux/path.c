/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on names. Each exists in an old form, relative to the working folder, and an *at
 * form, relative to a descriptor; both end in one function here. The work is the vfs': this file
 * copies paths in and says on whose behalf.
 */
#include "abi/linux/linux_int.h"

#include "mem/cache.h"
#include "proc/limits.h"

static struct cache linux_path_cache = CACHE_INIT_SIZE("linux_path", VFS_PATH_MAX, 16);

int
linux_string_in(vaddr_t ustr, char **out)
{
	char *s = cache_alloc(&linux_path_cache);
	int error;

	if (s == NULL)
		return ENOMEM;
	if ((error = copyinstr(uptr(ustr), s, VFS_PATH_MAX, NULL)) != 0) {
		cache_free(&linux_path_cache, s);
		return error;
	}
	*out = s;
	return 0;
}

void
linux_string_free(char *s)
{
	cache_free(&linux_path_cache, s);
}

void
linux_ctx_begin(struct linux_call *c, struct vfs_ctx *ctx)
{
	*ctx = (struct vfs_ctx){
		.vc_cred = proc_cred_hold(c->lc_proc),
		.vc_umask = cwd_umask(c->lc_proc->p_cwd),
	};
	cwd_get(c->lc_proc->p_cwd, &ctx->vc_root, &ctx->vc_cwd);
}

void
linux_ctx_end(struct vfs_ctx *ctx)
{
	vnode_drop(ctx->vc_root);
	vnode_drop(ctx->vc_cwd);
	cred_drop(ctx->vc_cred);
}

int
linux_path_begin(struct linux_call *c, int dirfd, vaddr_t upath, struct linux_path *lp)
{
	int error;

	lp->lp_at = NULL;
	if ((error = linux_string_in(upath, &lp->lp_path)) != 0)
		return error;
	/* An absolute path makes the descriptor unimportant, even one that is not open. */
	if (dirfd != LX_AT_FDCWD && lp->lp_path[0] != '/') {
		if ((error = linux_file_get(c, dirfd, &lp->lp_at)) != 0) {
			linux_string_free(lp->lp_path);
			return error;
		}
		if (lp->lp_at->f_vnode == NULL) {
			file_drop(lp->lp_at);
			linux_string_free(lp->lp_path);
			return ENOTDIR;
		}
	}
	linux_ctx_begin(c, &lp->lp_ctx);
	if (lp->lp_at != NULL)
		lp->lp_ctx.vc_at = lp->lp_at->f_vnode;
	return 0;
}

void
linux_path_end(struct linux_path *lp)
{
	linux_ctx_end(&lp->lp_ctx);
	if (lp->lp_at != NULL)
		file_drop(lp->lp_at);
	linux_string_free(lp->lp_path);
}

/* Flags that open looks at; others are ignored, as they always were. */
#define OPEN_FLAGS	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_APPEND | \
	O_NONBLOCK | O_DSYNC | FASYNC | O_DIRECT | O_LARGEFILE | O_DIRECTORY | \
	O_NOFOLLOW | O_NOATIME | O_CLOEXEC | O_PATH | VFS_O_TMPFILE)

static int
linux_open(struct linux_call *c, int dirfd, vaddr_t upath, uint32_t flags, mode_t mode)
{
	struct linux_path lp;
	struct file *f;
	int error;

	flags &= OPEN_FLAGS;
	if ((flags & O_PATH) != 0)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	if ((flags & (O_CREAT | VFS_O_TMPFILE)) == 0)
		mode = 0;
	if ((error = linux_path_begin(c, dirfd, upath, &lp)) != 0)
		return error;
	error = vfs_open(&lp.lp_ctx, lp.lp_path, flags, mode & 07777, &f);
	linux_path_end(&lp);
	if (error != 0)
		return error;
	return linux_file_install(c, f, (flags & O_CLOEXEC) != 0);
}

int
linux_sys_open(struct linux_call *c)
{
	return linux_open(c, LX_AT_FDCWD, ARG_VA(c, 0), ARG_U32(c, 1), ARG_U32(c, 2));
}

int
linux_sys_openat(struct linux_call *c)
{
	return linux_open(c, ARG_INT(c, 0), ARG_VA(c, 1), ARG_U32(c, 2), ARG_U32(c, 3));
}

int
linux_sys_creat(struct linux_call *c)
{
	return linux_open(c, LX_AT_FDCWD, ARG_VA(c, 0), O_CREAT | O_WRONLY | O_TRUNC,
	    ARG_U32(c, 1));
}

/*
 * access(2) asks for the real ids: replaces the context's credential by one whose effective ids
 * they are.
 */
static int
linux_ctx_real(struct vfs_ctx *ctx)
{
	struct cred *real;
	int error;

	if (ctx->vc_cred->cr_uid == ctx->vc_cred->cr_fsuid &&
	    ctx->vc_cred->cr_gid == ctx->vc_cred->cr_fsgid)
		return 0;
	if ((error = cred_copy(ctx->vc_cred, &real)) != 0)
		return error;
	real->cr_euid = real->cr_fsuid = real->cr_uid;
	real->cr_egid = real->cr_fsgid = real->cr_gid;
	cred_drop(ctx->vc_cred);
	ctx->vc_cred = real;
	return 0;
}

static int
linux_access(struct linux_call *c, int dirfd, vaddr_t upath, uint32_t want, uint32_t flags)
{
	uint32_t lookup = LOOKUP_FOLLOW;
	struct linux_path lp;
	int error;

	if ((want & ~(uint32_t)(LX_R_OK | LX_W_OK | LX_X_OK)) != 0 ||
	    (flags & ~(uint32_t)(LX_AT_EACCESS | LX_AT_SYMLINK_NOFOLLOW | LX_AT_EMPTY_PATH)) != 0)
		return EINVAL;
	if ((flags & LX_AT_SYMLINK_NOFOLLOW) != 0)
		lookup = 0;
	if ((flags & LX_AT_EMPTY_PATH) != 0)
		lookup |= LOOKUP_EMPTY;
	if ((error = linux_path_begin(c, dirfd, upath, &lp)) != 0)
		return error;
	if ((flags & LX_AT_EACCESS) == 0)
		error = linux_ctx_real(&lp.lp_ctx);
	if (error == 0)
		error = vfs_access(&lp.lp_ctx, lp.lp_path, want, lookup);
	linux_path_end(&lp);
	return error;
}

STATIC_ASSERT(LX_R_OK == VACC_READ && LX_W_OK == VACC_WRITE && LX_X_OK == VACC_EXEC);

int
linux_sys_access(struct linux_call *c)
{
	return linux_access(c, LX_AT_FDCWD, ARG_VA(c, 0), ARG_U32(c, 1), 0);
}

int
linux_sys_faccessat(struct linux_call *c)
{
	return linux_access(c, ARG_INT(c, 0), ARG_VA(c, 1), ARG_U32(c, 2), 0);
}

int
linux_sys_faccessat2(struct linux_call *c)
{
	return linux_access(c, ARG_INT(c, 0), ARG_VA(c, 1), ARG_U32(c, 2), ARG_U32(c, 3));
}

int
linux_sys_truncate(struct linux_call *c)
{
	struct linux_path lp;
	int error;

	if ((int64_t)c->lc_arg[1] < 0)
		return EINVAL;
	if ((error = linux_path_begin(c, LX_AT_FDCWD, ARG_VA(c, 0), &lp)) != 0)
		return error;
	error = vfs_truncate(&lp.lp_ctx, lp.lp_path, (off_t)c->lc_arg[1]);
	linux_path_end(&lp);
	return error;
}

int
linux_sys_getcwd(struct linux_call *c)
{
	struct vfs_ctx ctx;
	size_t len;
	char *buf;
	int error;

	if ((buf = cache_alloc(&linux_path_cache)) == NULL)
		return ENOMEM;
	linux_ctx_begin(c, &ctx);
	error = vfs_getcwd(&ctx, ctx.vc_cwd, buf, VFS_PATH_MAX, &len);
	if (error == ERANGE)
		error = ENAMETOOLONG;
	linux_ctx_end(&ctx);
	if (error == 0 && len + 1 > c->lc_arg[1])
		error = ERANGE;
	if (error == 0)
		error = copyout(buf, uptr(ARG_VA(c, 0)), len + 1);
	if (error == 0)
		c->lc_ret = (int64_t)len + 1;
	linux_string_free(buf);
	return error;
}

int
linux_sys_chdir(struct linux_call *c)
{
	struct linux_path lp;
	struct vnode *vp;
	int error;

	if ((error = linux_path_begin(c, LX_AT_FDCWD, ARG_VA(c, 0), &lp)) != 0)
		return error;
	if ((error = vfs_lookup_enter(&lp.lp_ctx, lp.lp_path, &vp)) == 0)
		cwd_set_cwd(c->lc_proc->p_cwd, vp);
	linux_path_end(&lp);
	return error;
}

int
linux_sys_fchdir(struct linux_call *c)
{
	struct vfs_ctx ctx;
	struct vnode *vp;
	struct file *f;
	int error;

	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	if (f->f_vnode == NULL) {
		error = ENOTDIR;
	} else {
		linux_ctx_begin(c, &ctx);
		ctx.vc_at = f->f_vnode;
		if ((error = vfs_lookup_enter(&ctx, ".", &vp)) == 0)
			cwd_set_cwd(c->lc_proc->p_cwd, vp);
		linux_ctx_end(&ctx);
	}
	file_drop(f);
	return error;
}

int
linux_sys_chroot(struct linux_call *c)
{
	struct linux_path lp;
	struct vnode *vp;
	int error;

	if ((error = linux_path_begin(c, LX_AT_FDCWD, ARG_VA(c, 0), &lp)) != 0)
		return error;
	error = vfs_lookup_enter(&lp.lp_ctx, lp.lp_path, &vp);
	if (error == 0) {
		if (cred_is_root(lp.lp_ctx.vc_cred)) {
			cwd_set_root(c->lc_proc->p_cwd, vp);
		} else {
			vnode_drop(vp);
			error = EPERM;
		}
	}
	linux_path_end(&lp);
	return error;
}

/* Calls with two paths: ends neither or both. */
static int
linux_two_paths(struct linux_call *c, int ofd, vaddr_t opath, int nfd, vaddr_t npath,
    struct linux_path *olp, struct linux_path *nlp)
{
	int error;

	if ((error = linux_path_begin(c, ofd, opath, olp)) != 0)
		return error;
	if ((error = linux_path_begin(c, nfd, npath, nlp)) != 0)
		linux_path_end(olp);
	return error;
}

static int
linux_rename(struct linux_call *c, int ofd, vaddr_t opath, int nfd, vaddr_t npath, uint32_t flags)
{
	struct linux_path olp, nlp;
	int error;

	if ((flags & ~(uint32_t)(LX_RENAME_NOREPLACE | LX_RENAME_EXCHANGE)) != 0 ||
	    flags == (LX_RENAME_NOREPLACE | LX_RENAME_EXCHANGE))
		return EINVAL;
	if ((error = linux_two_paths(c, ofd, opath, nfd, npath, &olp, &nlp)) != 0)
		return error;
	error = vfs_rename(&olp.lp_ctx, olp.lp_path, &nlp.lp_ctx, nlp.lp_path, flags);
	linux_path_end(&nlp);
	linux_path_end(&olp);
	return error;
}

STATIC_ASSERT(LX_RENAME_NOREPLACE == VFS_RENAME_NOREPLACE);
STATIC_ASSERT(LX_RENAME_EXCHANGE == VFS_RENAME_EXCHANGE);

int
linux_sys_rename(struct linux_call *c)
{
	return linux_rename(c, LX_AT_FDCWD, ARG_VA(c, 0), LX_AT_FDCWD, ARG_VA(c, 1), 0);
}

int
linux_sys_renameat(struct linux_call *c)
{
	return linux_rename(c, ARG_INT(c, 0), ARG_VA(c, 1), ARG_INT(c, 2), ARG_VA(c, 3), 0);
}

int
linux_sys_renameat2(struct linux_call *c)
{
	return linux_rename(c, ARG_INT(c, 0), ARG_VA(c, 1), ARG_INT(c, 2), ARG_VA(c, 3),
	    ARG_U32(c, 4));
}

static int
linux_mkdir(struct linux_call *c, int dirfd, vaddr_t upath, mode_t mode)
{
	struct linux_path lp;
	int error;

	if ((error = linux_path_begin(c, dirfd, upath, &lp)) != 0)
		return error;
	error = vfs_mkdir(&lp.lp_ctx, lp.lp_path, mode & 01777);
	linux_path_end(&lp);
	return error;
}

int
linux_sys_mkdir(struct linux_call *c)
{
	return linux_mkdir(c, LX_AT_FDCWD, ARG_VA(c, 0), ARG_U32(c, 1));
}

int
linux_sys_mkdirat(struct linux_call *c)
{
	return linux_mkdir(c, ARG_INT(c, 0), ARG_VA(c, 1), ARG_U32(c, 2));
}

static int
linux_remove(struct linux_call *c, int dirfd, vaddr_t upath, bool isdir)
{
	struct linux_path lp;
	int error;

	if ((error = linux_path_begin(c, dirfd, upath, &lp)) != 0)
		return error;
	error = isdir ? vfs_rmdir(&lp.lp_ctx, lp.lp_path) : vfs_unlink(&lp.lp_ctx, lp.lp_path);
	linux_path_end(&lp);
	return error;
}

int
linux_sys_rmdir(struct linux_call *c)
{
	return linux_remove(c, LX_AT_FDCWD, ARG_VA(c, 0), true);
}

int
linux_sys_unlink(struct linux_call *c)
{
	return linux_remove(c, LX_AT_FDCWD, ARG_VA(c, 0), false);
}

int
linux_sys_unlinkat(struct linux_call *c)
{
	uint32_t flags = ARG_U32(c, 2);

	if ((flags & ~(uint32_t)LX_AT_REMOVEDIR) != 0)
		return EINVAL;
	return linux_remove(c, ARG_INT(c, 0), ARG_VA(c, 1), flags != 0);
}

static int
linux_link(struct linux_call *c, int ofd, vaddr_t opath, int nfd, vaddr_t npath, uint32_t flags)
{
	struct linux_path olp, nlp;
	uint32_t lookup = 0;
	int error;

	if ((flags & ~(uint32_t)(LX_AT_SYMLINK_FOLLOW | LX_AT_EMPTY_PATH)) != 0)
		return EINVAL;
	if ((flags & LX_AT_SYMLINK_FOLLOW) != 0)
		lookup |= LOOKUP_FOLLOW;
	if ((flags & LX_AT_EMPTY_PATH) != 0)
		lookup |= LOOKUP_EMPTY;
	if ((error = linux_two_paths(c, ofd, opath, nfd, npath, &olp, &nlp)) != 0)
		return error;
	error = vfs_link(&olp.lp_ctx, olp.lp_path, &nlp.lp_ctx, nlp.lp_path, lookup);
	linux_path_end(&nlp);
	linux_path_end(&olp);
	return error;
}

int
linux_sys_link(struct linux_call *c)
{
	return linux_link(c, LX_AT_FDCWD, ARG_VA(c, 0), LX_AT_FDCWD, ARG_VA(c, 1), 0);
}

int
linux_sys_linkat(struct linux_call *c)
{
	return linux_link(c, ARG_INT(c, 0), ARG_VA(c, 1), ARG_INT(c, 2), ARG_VA(c, 3),
	    ARG_U32(c, 4));
}

static int
linux_symlink(struct linux_call *c, vaddr_t utarget, int dirfd, vaddr_t upath)
{
	struct linux_path lp;
	char *target;
	int error;

	if ((error = linux_string_in(utarget, &target)) != 0)
		return error;
	if (target[0] == '\0')
		error = ENOENT;
	else if ((error = linux_path_begin(c, dirfd, upath, &lp)) == 0) {
		error = vfs_symlink(&lp.lp_ctx, target, lp.lp_path);
		linux_path_end(&lp);
	}
	linux_string_free(target);
	return error;
}

int
linux_sys_symlink(struct linux_call *c)
{
	return linux_symlink(c, ARG_VA(c, 0), LX_AT_FDCWD, ARG_VA(c, 1));
}

int
linux_sys_symlinkat(struct linux_call *c)
{
	return linux_symlink(c, ARG_VA(c, 0), ARG_INT(c, 1), ARG_VA(c, 2));
}

static int
linux_readlink(struct linux_call *c, int dirfd, vaddr_t upath, vaddr_t ubuf, int size)
{
	struct linux_path lp;
	size_t len;
	char *buf;
	int error;

	if (size <= 0)
		return EINVAL;
	if ((buf = cache_alloc(&linux_path_cache)) == NULL)
		return ENOMEM;
	if ((error = linux_path_begin(c, dirfd, upath, &lp)) == 0) {
		error = vfs_readlink(&lp.lp_ctx, lp.lp_path, buf, MIN((size_t)size,
		    (size_t)VFS_PATH_MAX), &len);
		linux_path_end(&lp);
	}
	if (error == 0)
		error = copyout(buf, uptr(ubuf), len);
	if (error == 0)
		c->lc_ret = (int64_t)len;
	linux_string_free(buf);
	return error;
}

int
linux_sys_readlink(struct linux_call *c)
{
	return linux_readlink(c, LX_AT_FDCWD, ARG_VA(c, 0), ARG_VA(c, 1), ARG_INT(c, 2));
}

int
linux_sys_readlinkat(struct linux_call *c)
{
	return linux_readlink(c, ARG_INT(c, 0), ARG_VA(c, 1), ARG_VA(c, 2), ARG_INT(c, 3));
}

static int
linux_mknod(struct linux_call *c, int dirfd, vaddr_t upath, mode_t mode, uint32_t rdev)
{
	struct linux_path lp;
	int error;

	if ((mode & S_IFMT) == 0)
		mode |= S_IFREG;
	if (S_ISDIR(mode))
		return EPERM;
	if (S_ISLNK(mode))
		return EINVAL;
	if ((error = linux_path_begin(c, dirfd, upath, &lp)) != 0)
		return error;
	error = vfs_mknod(&lp.lp_ctx, lp.lp_path, mode & (S_IFMT | 07777), rdev);
	linux_path_end(&lp);
	return error;
}

int
linux_sys_mknod(struct linux_call *c)
{
	return linux_mknod(c, LX_AT_FDCWD, ARG_VA(c, 0), ARG_U32(c, 1), ARG_U32(c, 2));
}

int
linux_sys_mknodat(struct linux_call *c)
{
	return linux_mknod(c, ARG_INT(c, 0), ARG_VA(c, 1), ARG_U32(c, 2), ARG_U32(c, 3));
}

int
linux_sys_umask(struct linux_call *c)
{
	c->lc_ret = cwd_set_umask(c->lc_proc->p_cwd, ARG_U32(c, 0) & 0777);
	return 0;
}

#define LX_MS_RDONLY	0x1u
#define LX_MS_NOSUID	0x2u
#define LX_MS_NODEV	0x4u
#define LX_MS_NOEXEC	0x8u
#define LX_MS_REMOUNT	0x20u
#define LX_MS_BIND	0x1000u
#define LX_MS_MOVE	0x2000u
#define LX_MS_SHAREDS	0x1e0000u	/* unbindable, private, slave, shared */

STATIC_ASSERT(LX_MS_RDONLY == MNT_RDONLY && LX_MS_NOSUID == MNT_NOSUID &&
    LX_MS_NODEV == MNT_NODEV &&
    LX_MS_NOEXEC == MNT_NOEXEC);

static int
linux_mount(struct linux_call *c, const char *source, const char *fstype, uint32_t flags)
{
	struct linux_path lp;
	int error;

	if ((flags & (LX_MS_REMOUNT | LX_MS_BIND | LX_MS_MOVE | LX_MS_SHAREDS)) != 0)
		return EINVAL;
	if ((error = linux_path_begin(c, LX_AT_FDCWD, ARG_VA(c, 1), &lp)) != 0)
		return error;
	error = vfs_mount(&lp.lp_ctx, source, lp.lp_path, fstype,
	    flags & (LX_MS_RDONLY | LX_MS_NOSUID | LX_MS_NODEV | LX_MS_NOEXEC));
	linux_path_end(&lp);
	return error;
}

/* The fifth argument, the file system's own options, is not looked at. */
int
linux_sys_mount(struct linux_call *c)
{
	char *source = NULL, *fstype = NULL;
	int error = 0;

	if (ARG_VA(c, 0) != 0)
		error = linux_string_in(ARG_VA(c, 0), &source);
	if (error == 0 && ARG_VA(c, 2) != 0)
		error = linux_string_in(ARG_VA(c, 2), &fstype);
	if (error == 0)
		error = linux_mount(c, source != NULL ? source : "none",
		    fstype != NULL ? fstype : "", ARG_U32(c, 3));
	linux_string_free(fstype);
	linux_string_free(source);
	return error;
}

int
linux_sys_umount2(struct linux_call *c)
{
	struct linux_path lp;
	int error;

	if ((ARG_U32(c, 1) & ~0xfu) != 0)	/* force, detach, expire, nofollow */
		return EINVAL;
	if ((error = linux_path_begin(c, LX_AT_FDCWD, ARG_VA(c, 0), &lp)) != 0)
		return error;
	error = vfs_umount(&lp.lp_ctx, lp.lp_path, (ARG_U32(c, 1) & 8) != 0 ? 0 : LOOKUP_FOLLOW);
	linux_path_end(&lp);
	return error;
}
