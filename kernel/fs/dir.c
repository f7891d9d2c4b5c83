/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open folders. A position is a cookie of the file system's, not an index: it stays right while
 * names come and go. Positions 0 and 1 are "." and "..", which every folder has and no file
 * system stores.
 */
#include "fs/vfs_int.h"

#include "file/file.h"

static ino_t
parent_ino(struct vnode *dir)
{
	struct vnode *at = vnode_hold(dir), *up;
	ino_t ino = dir->vn_ino;
	bool gone;

	while (mount_is_root(at) && (up = mount_ascend(at)) != NULL)
		at = up;
	if (!mount_is_root(at) && at->vn_ops->vo_parent(at, &up, NULL, &gone) == 0) {
		ino = up->vn_ino;
		vnode_drop(up);
	}
	vnode_drop(at);
	return ino;
}

static int
dir_readdir(struct file *f, file_dirent_fn fn, void *arg)
{
	struct vnode *dir = f->f_vnode;
	int error;

	if (dir->vn_ops->vo_readdir == NULL)
		return ENOTDIR;
	if (load_relaxed(&dir->vn_nlink) == 0)
		return ENOENT;
	if (f->f_off == 0) {
		if (fn(arg, ".", 1, dir->vn_ino, S_IFDIR >> 12, 1) != 0)
			return 0;
		f->f_off = 1;
	}
	if (f->f_off == 1) {
		if (fn(arg, "..", 2, parent_ino(dir), S_IFDIR >> 12, 2) != 0)
			return 0;
		f->f_off = 2;
	}
	error = dir->vn_ops->vo_readdir(dir, &f->f_off, fn, arg);
	vnode_touch(dir, VT_ATIME);
	return error;
}

static int
dir_read(struct file *f __unused, struct uio *u __unused)
{
	return EISDIR;
}

static int
dir_sync(struct file *f __unused, bool data_only __unused)
{
	return 0;
}

const struct file_ops dir_file_ops = {
	.name = "dir",
	.seekable = true,
	.read = dir_read,
	.seek = file_seek_anywhere,
	.readdir = dir_readdir,
	.sync = dir_sync,
};
