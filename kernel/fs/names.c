/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The calls that make, remove and move names, and those that look at or change what a name stands
 * for.
 *
 * Order of checks. What a call answers when several things are wrong is what programs were
 * written against: "mkdir -p" wants EEXIST from a folder that it could not write, "rm -f" wants
 * ENOENT. So: resolve, then existence, then permission. The file system repeats the existence
 * check under its lock; the permission check is of the moment before.
 */
#include "fs/vfs_int.h"

#include "file/file.h"
#include "vm/vm.h"

/* Owner and mode of a new object in dir. */
static void
spec_fill(const struct vfs_ctx *ctx, struct vnode *dir, mode_t mode, struct vnode_spec *spec)
{
	mode_t dir_mode;

	memset(spec, 0, sizeof(*spec));
	spec->ns_mode = S_ISLNK(mode) ? mode : mode & ~(ctx->vc_umask & 0777);
	spec->ns_uid = ctx->vc_cred->cr_fsuid;
	spec->ns_gid = ctx->vc_cred->cr_fsgid;
	spin_lock(&dir->vn_attr_lock);
	dir_mode = dir->vn_mode;
	if ((dir_mode & S_ISGID) != 0)
		spec->ns_gid = dir->vn_gid;
	spin_unlock(&dir->vn_attr_lock);
	if ((dir_mode & S_ISGID) == 0)
		return;
	if (S_ISDIR(mode))
		spec->ns_mode |= S_ISGID;
	else if ((mode & 02010) == 02010 && !cred_is_root(ctx->vc_cred) &&
	    !cred_in_group(ctx->vc_cred, spec->ns_gid))
		spec->ns_mode &= ~(mode_t)S_ISGID;
}

int
vfs_create_at(const struct vfs_ctx *ctx, struct vnode *dir, const char *name, mode_t mode,
    dev_t rdev,
    const char *target, struct vnode **vpp)
{
	struct vnode_spec spec;
	int error;

	if ((error = vnode_check_write(dir, ctx->vc_cred)) != 0)
		return error;
	if (dir->vn_ops->vo_create == NULL)
		return EACCES;
	spec_fill(ctx, dir, mode, &spec);
	spec.ns_rdev = rdev;
	spec.ns_target = target;
	return dir->vn_ops->vo_create(dir, name, &spec, vpp);
}

/* Makes what path names; nothing may be there. Only folders may be named with slashes behind. */
static int
make(const struct vfs_ctx *ctx, const char *path, mode_t mode, dev_t rdev, const char *target)
{
	struct vnode *vp;
	struct walk w;
	int error;

	if ((error = walk(ctx, path, WALK_NEW, 0, &w)) != 0)
		return error;
	if (w.w_vp != NULL)
		error = EEXIST;
	else if (w.w_slash && !S_ISDIR(mode))
		error = ENOENT;
	else
		error = vfs_create_at(ctx, w.w_dir, w.w_name, mode, rdev, target, &vp);
	if (error == 0)
		vnode_drop(vp);
	walk_done(&w);
	return error;
}

int
vfs_mkdir(const struct vfs_ctx *ctx, const char *path, mode_t mode)
{
	return make(ctx, path, S_IFDIR | (mode & 01777), 0, NULL);
}

int
vfs_mknod(const struct vfs_ctx *ctx, const char *path, mode_t mode, dev_t rdev)
{
	switch (mode & S_IFMT) {
	case 0:
		mode |= S_IFREG;
		break;
	case S_IFREG:
	case S_IFIFO:
	case S_IFSOCK:
		break;
	case S_IFCHR:
	case S_IFBLK:
		if (!cred_is_root(ctx->vc_cred))
			return EPERM;
		break;
	case S_IFDIR:
		return EPERM;
	default:
		return EINVAL;
	}
	return make(ctx, path, mode & (S_IFMT | 07777), S_ISCHR(mode) || S_ISBLK(mode) ? rdev : 0,
	    NULL);
}

int
vfs_symlink(const struct vfs_ctx *ctx, const char *target, const char *path)
{
	size_t len = strnlen(target, VFS_PATH_MAX);

	if (len == 0)
		return ENOENT;
	if (len == VFS_PATH_MAX)
		return ENAMETOOLONG;
	return make(ctx, path, S_IFLNK | 0777, 0, target);
}

static int
remove_name(const struct vfs_ctx *ctx, struct walk *w, bool isdir)
{
	struct vnode *dir = w->w_dir, *vp;
	bool vp_isdir;
	int error;

	if ((error = vnode_lookup(dir, w->w_name, &vp)) != 0)
		return error;
	vp_isdir = vnode_is_dir(vp);
	vnode_drop(vp);
	if (!isdir && w->w_slash)
		return vp_isdir ? EISDIR : ENOTDIR;
	if ((error = vnode_check_write(dir, ctx->vc_cred)) != 0)
		return error;
	if (isdir && !vp_isdir)
		return ENOTDIR;
	if (!isdir && vp_isdir)
		return EISDIR;
	if (dir->vn_ops->vo_remove == NULL)
		return EPERM;
	return dir->vn_ops->vo_remove(dir, w->w_name, isdir, ctx->vc_cred);
}

int
vfs_unlink(const struct vfs_ctx *ctx, const char *path)
{
	struct walk w;
	int error;

	if ((error = walk(ctx, path, WALK_PARENT, 0, &w)) != 0)
		return error;
	error = w.w_last != WALK_NAME ? EISDIR : remove_name(ctx, &w, false);
	walk_done(&w);
	return error;
}

int
vfs_rmdir(const struct vfs_ctx *ctx, const char *path)
{
	struct walk w;
	int error;

	if ((error = walk(ctx, path, WALK_PARENT, 0, &w)) != 0)
		return error;
	switch (w.w_last) {
	case WALK_ROOT:
		error = EBUSY;
		break;
	case WALK_DOT:
		error = EINVAL;
		break;
	case WALK_DOTDOT:
		error = ENOTEMPTY;
		break;
	default:
		error = remove_name(ctx, &w, true);
		break;
	}
	walk_done(&w);
	return error;
}

/*
 * Slashes behind a name of a rename: only where the thing moved is a folder. Also finds ENOENT
 * before EACCES.
 */
static int
rename_check(const struct walk *from, const struct walk *to, uint32_t flags)
{
	struct vnode *vp;
	bool isdir;
	int error;

	if ((error = vnode_lookup(from->w_dir, from->w_name, &vp)) != 0)
		return error;
	isdir = vnode_is_dir(vp);
	vnode_drop(vp);
	if ((flags & VFS_RENAME_EXCHANGE) == 0 && !isdir && (from->w_slash || to->w_slash))
		return ENOTDIR;
	return 0;
}

static int
rename_walked(const struct vfs_ctx *ctx, struct walk *from, struct walk *to, uint32_t flags)
{
	int error;

	if (from->w_last != WALK_NAME || to->w_last != WALK_NAME)
		return (flags & VFS_RENAME_NOREPLACE) != 0 && to->w_last != WALK_NAME ? EEXIST :
		    EBUSY;
	if (from->w_dir->vn_mount != to->w_dir->vn_mount)
		return EXDEV;
	if ((error = rename_check(from, to, flags)) != 0)
		return error;
	if ((error = vnode_check_write(from->w_dir, ctx->vc_cred)) != 0 ||
	    (error = vnode_check_write(to->w_dir, ctx->vc_cred)) != 0)
		return error;
	if (from->w_dir->vn_ops->vo_rename == NULL)
		return EPERM;
	return from->w_dir->vn_ops->vo_rename(from->w_dir, from->w_name, to->w_dir, to->w_name,
	    flags,
	    ctx->vc_cred);
}

int
vfs_rename(const struct vfs_ctx *octx, const char *opath, const struct vfs_ctx *nctx,
    const char *npath,
    uint32_t flags)
{
	struct walk from, to;
	int error;

	if ((flags & ~(VFS_RENAME_NOREPLACE | VFS_RENAME_EXCHANGE)) != 0 ||
	    flags == (VFS_RENAME_NOREPLACE | VFS_RENAME_EXCHANGE))
		return EINVAL;
	if ((error = walk(octx, opath, WALK_PARENT, 0, &from)) != 0)
		return error;
	if ((error = walk(nctx, npath, WALK_PARENT, 0, &to)) == 0) {
		error = rename_walked(octx, &from, &to, flags);
		walk_done(&to);
	}
	walk_done(&from);
	return error;
}

int
vfs_link(const struct vfs_ctx *octx, const char *opath, const struct vfs_ctx *nctx,
    const char *npath,
    uint32_t lookup_flags)
{
	struct vnode *vp, *dir;
	struct walk w;
	int error;

	if ((error = vfs_lookup(octx, opath, lookup_flags, &vp)) != 0)
		return error;
	if ((error = walk(nctx, npath, WALK_NEW, 0, &w)) != 0) {
		vnode_drop(vp);
		return error;
	}
	dir = w.w_dir;
	if (w.w_vp != NULL)
		error = EEXIST;
	else if (w.w_slash)
		error = ENOENT;
	else if (dir->vn_mount != vp->vn_mount)
		error = EXDEV;
	else if ((error = vnode_check_write(dir, nctx->vc_cred)) == 0)
		error = vnode_is_dir(vp) || dir->vn_ops->vo_link == NULL ? EPERM :
		    dir->vn_ops->vo_link(dir, w.w_name, vp);
	walk_done(&w);
	vnode_drop(vp);
	return error;
}

int
vfs_readlink(const struct vfs_ctx *ctx, const char *path, char *buf, size_t size, size_t *len)
{
	struct vnode *vp;
	int error;

	if ((error = vfs_lookup(ctx, path, LOOKUP_EMPTY, &vp)) != 0)
		return error;
	if (!S_ISLNK(vp->vn_mode) || vp->vn_ops->vo_readlink == NULL) {
		error = path[0] == '\0' ? ENOENT : EINVAL;
	} else if ((error = vp->vn_ops->vo_readlink(vp, buf, size, len)) == 0) {
		vnode_touch(vp, VT_ATIME);
	}
	vnode_drop(vp);
	return error;
}

int
vfs_stat(const struct vfs_ctx *ctx, const char *path, uint32_t flags, struct kstat *st)
{
	struct vnode *vp;
	int error;

	if ((error = vfs_lookup(ctx, path, flags, &vp)) != 0)
		return error;
	vnode_stat(vp, st);
	vnode_drop(vp);
	return 0;
}

int
vfs_access(const struct vfs_ctx *ctx, const char *path, uint32_t want, uint32_t flags)
{
	struct vnode *vp;
	int error;

	if ((want & ~7u) != 0)
		return EINVAL;
	if ((error = vfs_lookup(ctx, path, flags, &vp)) != 0)
		return error;
	error = vnode_access(vp, ctx->vc_cred, want);
	vnode_drop(vp);
	return error;
}

int
vfs_chmod(const struct vfs_ctx *ctx, const char *path, mode_t mode, uint32_t flags)
{
	struct vnode *vp;
	int error;

	if ((error = vfs_lookup(ctx, path, flags, &vp)) != 0)
		return error;
	error = vnode_chmod(vp, ctx->vc_cred, mode);
	vnode_drop(vp);
	return error;
}

int
vfs_chown(const struct vfs_ctx *ctx, const char *path, uid_t uid, gid_t gid, uint32_t flags)
{
	struct vnode *vp;
	int error;

	if ((error = vfs_lookup(ctx, path, flags, &vp)) != 0)
		return error;
	error = vnode_chown(vp, ctx->vc_cred, uid, gid);
	vnode_drop(vp);
	return error;
}

int
vfs_utimes(const struct vfs_ctx *ctx, const char *path, const struct vfs_time times[2],
    uint32_t flags)
{
	struct vnode *vp;
	int error;

	if ((error = vfs_lookup(ctx, path, flags, &vp)) != 0)
		return error;
	error = vnode_utimes(vp, ctx->vc_cred, times);
	vnode_drop(vp);
	return error;
}

int
vfs_truncate(const struct vfs_ctx *ctx, const char *path, off_t length)
{
	struct vnode *vp;
	int error;

	if (length < 0)
		return EINVAL;
	if ((error = vfs_lookup(ctx, path, LOOKUP_FOLLOW, &vp)) != 0)
		return error;
	if (vnode_is_dir(vp))
		error = EISDIR;
	else if (!S_ISREG(vp->vn_mode))
		error = EINVAL;
	else if ((error = vnode_access(vp, ctx->vc_cred, VACC_WRITE)) == 0 &&
	    (error = vnode_writer_get(vp)) == 0) {
		error = vnode_truncate(vp, length);
		vnode_writer_put(vp);
	}
	if (error == 0 && !cred_is_root(ctx->vc_cred))
		vnode_strip_setid(vp);
	vnode_drop(vp);
	return error;
}

int
vfs_statfs(const struct vfs_ctx *ctx, const char *path, struct vfs_statfs *sf)
{
	struct vnode *vp;
	int error;

	if ((error = vfs_lookup(ctx, path, LOOKUP_FOLLOW, &vp)) != 0)
		return error;
	vnode_statfs(vp, sf);
	vnode_drop(vp);
	return 0;
}
