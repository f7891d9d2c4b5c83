/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * open: from a path and flags to a struct file.
 *
 * What the file does afterwards depends on the vnode's type: regular files and folders have ops
 * here (reg.c, dir.c), devices get theirs from the driver (devfs), fifos from the pipe room, and
 * a file system may answer for its own (vo_open, procfs). A vnode that is open for writing counts
 * in vn_writers, so that exec can refuse it; the count goes with ops->close.
 */
#include "fs/vfs_int.h"

#include "file/file.h"
#include "file/pipe.h"
#include "fs/devfs/devfs.h"

#define ERACE	601	/* internal to this file */

/* Flags that only open looks at; the rest stays in f_flags. */
#define OPEN_ONLY	(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC | VFS_O_TMPFILE)

static uint32_t
want_of(uint32_t oflags)
{
	uint32_t want = 0;

	if ((oflags & O_ACCMODE) != O_WRONLY)
		want |= VACC_READ;
	if ((oflags & O_ACCMODE) != O_RDONLY)
		want |= VACC_WRITE;
	if ((oflags & O_TRUNC) != 0)
		want |= VACC_WRITE;
	return want;
}

static int
open_check(const struct vfs_ctx *ctx, struct vnode *vp, uint32_t oflags, bool created)
{
	mode_t mode = vnode_mode(vp);
	int error;

	if (S_ISLNK(mode))
		return (oflags & O_DIRECTORY) != 0 ? ENOTDIR : ELOOP;
	if ((oflags & O_DIRECTORY) != 0 && !S_ISDIR(mode))
		return ENOTDIR;
	if (S_ISDIR(mode) && ((oflags & O_CREAT) != 0 || (want_of(oflags) & VACC_WRITE) != 0))
		return EISDIR;
	if (!created && (error = vnode_access(vp, ctx->vc_cred, want_of(oflags))) != 0)
		return error;
	if ((S_ISCHR(mode) || S_ISBLK(mode)) && (vp->vn_mount->mnt_flags & MNT_NODEV) != 0)
		return EACCES;
	if (S_ISSOCK(mode))
		return ENXIO;
	if ((oflags & O_NOATIME) != 0 && !cred_owns(ctx->vc_cred, load_relaxed(&vp->vn_uid)))
		return EPERM;
	return 0;
}

static int
open_regular(struct vnode *vp, struct file *f, uint32_t oflags, bool created)
{
	bool truncate = (oflags & O_TRUNC) != 0 && !created;
	int error;

	if ((file_writable(f) || truncate) && (error = vnode_writer_get(vp)) != 0)
		return error;
	if (truncate && (error = vnode_truncate(vp, 0)) != 0) {
		vnode_writer_put(vp);
		return error;
	}
	if (truncate && !file_writable(f))
		vnode_writer_put(vp);
	if (truncate && !cred_is_root(f->f_cred))
		vnode_strip_setid(vp);
	f->f_ops = &reg_file_ops;
	return 0;
}

static int
open_by_type(struct vnode *vp, struct file *f, uint32_t oflags, bool created)
{
	mode_t mode = vnode_mode(vp);

	if ((oflags & O_PATH) != 0) {
		f->f_ops = &path_file_ops;
		return 0;
	}
	if (vp->vn_ops->vo_open != NULL)
		return vp->vn_ops->vo_open(vp, f);
	switch (mode & S_IFMT) {
	case S_IFREG:
		return open_regular(vp, f, oflags, created);
	case S_IFDIR:
		f->f_ops = &dir_file_ops;
		return 0;
	case S_IFIFO:
		return pipe_fifo_open(f);
	case S_IFCHR:
	case S_IFBLK:
		return devfs_open(f, mode & S_IFMT, vp->vn_rdev);
	default:
		return ENXIO;
	}
}

static int
open_vnode(const struct vfs_ctx *ctx, struct vnode *vp, uint32_t oflags, bool created,
    struct file **fp)
{
	struct file *f;
	int error;

	if ((oflags & O_PATH) != 0) {
		if ((oflags & O_DIRECTORY) != 0 && !vnode_is_dir(vp))
			return ENOTDIR;
	} else if ((error = open_check(ctx, vp, oflags, created)) != 0) {
		return error;
	}
	/* A terminal wants to see O_NOCTTY. */
	error = file_alloc(NULL, NULL, oflags & ~(uint32_t)(OPEN_ONLY & ~O_NOCTTY), ctx->vc_cred,
	    &f);
	if (error != 0)
		return error;
	f->f_vnode = vnode_hold(vp);
	if ((error = open_by_type(vp, f, oflags, created)) != 0) {
		f->f_ops = NULL;
		file_drop(f);
		return error;
	}
	f->f_flags &= ~(uint32_t)O_NOCTTY;
	*fp = f;
	return 0;
}

/* O_CREAT. ERACE: somebody made it meanwhile, look again. */
static int
open_create(const struct vfs_ctx *ctx, const char *path, uint32_t oflags, mode_t mode,
    struct file **fp)
{
	bool follow = (oflags & (O_EXCL | O_NOFOLLOW)) == 0;
	struct vnode *vp;
	struct walk w;
	int error;

	if ((error = walk(ctx, path, WALK_NEW, follow ? LOOKUP_FOLLOW : 0, &w)) != 0)
		return error;
	if (w.w_vp != NULL) {
		error = (oflags & O_EXCL) != 0 ? EEXIST : open_vnode(ctx, w.w_vp, oflags, false,
		    fp);
	} else if (w.w_slash) {
		error = EISDIR;
	} else {
		error = vfs_create_at(ctx, w.w_dir, w.w_name, S_IFREG | (mode & 07777), 0, NULL,
		    &vp);
		if (error == 0) {
			error = open_vnode(ctx, vp, oflags, true, fp);
			vnode_drop(vp);
		} else if (error == EEXIST && (oflags & O_EXCL) == 0) {
			error = ERACE;
		}
	}
	walk_done(&w);
	return error;
}

static int
open_tmpfile(const struct vfs_ctx *ctx, const char *path, uint32_t oflags, mode_t mode,
    struct file **fp)
{
	struct vnode *dir, *vp;
	int error;

	if ((oflags & O_DIRECTORY) == 0 || (oflags & O_ACCMODE) == O_RDONLY)
		return EINVAL;
	if ((error = vfs_lookup(ctx, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &dir)) != 0)
		return error;
	error = vfs_create_at(ctx, dir, NULL, S_IFREG | (mode & 07777), 0, NULL, &vp);
	if (error == EACCES && dir->vn_ops->vo_create == NULL)
		error = EOPNOTSUPP;
	vnode_drop(dir);
	if (error != 0)
		return error;
	error = open_vnode(ctx, vp, oflags & ~(uint32_t)O_DIRECTORY, true, fp);
	vnode_drop(vp);
	return error;
}

int
vfs_open(const struct vfs_ctx *ctx, const char *path, uint32_t oflags, mode_t mode,
    struct file **fp)
{
	struct vnode *vp;
	int error;

	if ((oflags & O_PATH) != 0)
		oflags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	else if ((oflags & O_ACCMODE) == O_ACCMODE)
		return EINVAL;
	if ((oflags & VFS_O_TMPFILE) != 0)
		return open_tmpfile(ctx, path, oflags, mode, fp);
	if ((oflags & O_CREAT) != 0) {
		if ((oflags & O_DIRECTORY) != 0)
			return EINVAL;
		while ((error = open_create(ctx, path, oflags, mode, fp)) == ERACE)
			;
		return error;
	}
	error = vfs_lookup(ctx, path, (oflags & O_NOFOLLOW) != 0 ? 0 : LOOKUP_FOLLOW, &vp);
	if (error != 0)
		return error;
	error = open_vnode(ctx, vp, oflags, false, fp);
	vnode_drop(vp);
	return error;
}
