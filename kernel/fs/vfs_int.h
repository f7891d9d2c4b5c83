/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of the vfs share: path walks, mount crossing, opening. */
#ifndef FS_VFS_INT_H
#define FS_VFS_INT_H

#include "fs/vfs.h"
#include "proc/cred.h"

enum walk_mode {
	WALK_FIND,	/* the last name must exist: w_vp */
	WALK_NEW,	/* it may be missing: w_vp null, w_dir and w_name say where it would be */
	WALK_PARENT,	/* it is not looked up: w_dir, w_name */
};

enum walk_last {
	WALK_NAME,	/* an ordinary name */
	WALK_ROOT,	/* the path was only slashes */
	WALK_DOT,
	WALK_DOTDOT,
};

/* The result of a walk. w_dir and w_vp are held; walk_done drops both. */
struct walk {
	struct vnode	*w_dir;		/* WALK_PARENT, and WALK_NEW without w_vp: the folder of
					 * the last name */
	struct vnode	*w_vp;
	enum walk_last	 w_last;
	bool		 w_slash;	/* slashes follow the last name */
	char		 w_name[VFS_NAME_MAX + 1];
};

/* lookup.c */
int	walk(const struct vfs_ctx *, const char *path, enum walk_mode, uint32_t lookup_flags,
    struct walk *);
void	walk_done(struct walk *);
int	vnode_lookup(struct vnode *dir, const char *name, struct vnode **);

/* mount.c: take over the hold of the argument, give one of the result. */
struct vnode *mount_descend(struct vnode *);
/*
 * The vnode under the root of a mount, or null at the very root (the argument's hold is kept
 * then).
 */
struct vnode *mount_ascend(struct vnode *);
bool	mount_is_root(const struct vnode *);

/* vnode.c */
mode_t	vnode_mode(struct vnode *);
/* add or remove names in dir */
int	vnode_check_write(struct vnode *dir, const struct cred *);
void	vnode_strip_setid(struct vnode *);
bool	vnode_readonly(const struct vnode *);
int	vnode_writer_get(struct vnode *);	/* ETXTBSY */
void	vnode_writer_put(struct vnode *);

/* names.c: a new object in dir: asks permission, takes the umask off. The vnode is held. EEXIST. */
int	vfs_create_at(const struct vfs_ctx *, struct vnode *dir, const char *name, mode_t, dev_t,
	    const char *target, struct vnode **);

/* reg.c, dir.c */
extern const struct file_ops reg_file_ops;
extern const struct file_ops dir_file_ops;
extern const struct file_ops path_file_ops;

#endif
