/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a process's path names are relative to: working and root folder, and the mask of new
 * files' modes. Shared by counting (CLONE_FS), copied by fork.
 */
#ifndef FILE_CWD_H
#define FILE_CWD_H

#include "sync/refcount.h"
#include "sync/spin.h"

struct vnode;

struct cwd_info {
	refcount_t	 cw_refs;
	struct spinlock	 cw_lock;	/* guards what follows */
	struct vnode	*cw_cwd;	/* ref  null in kernel processes before there is a root */
	struct vnode	*cw_root;	/* ref */
	uint32_t	 cw_umask;
};

/* Takes holds of its own of the vnodes (may be null). */
int	cwd_create(struct vnode *root, struct vnode *cwd, uint32_t umask, struct cwd_info **);
void	cwd_hold(struct cwd_info *);
void	cwd_drop(struct cwd_info *);
int	cwd_copy(struct cwd_info *, struct cwd_info **);
bool	cwd_shared(const struct cwd_info *);
/* Both held for the caller; may be null. Either pointer may be null. */
void	cwd_get(struct cwd_info *, struct vnode **root, struct vnode **cwd);
/* Take over the caller's hold. */
void	cwd_set_cwd(struct cwd_info *, struct vnode *);
void	cwd_set_root(struct cwd_info *, struct vnode *);
/* Returns the old mask. */
uint32_t cwd_set_umask(struct cwd_info *, uint32_t mask);
uint32_t cwd_umask(struct cwd_info *);

#endif
