/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Working folder, root folder, umask (cwd.h).
 *
 * A spin lock guards the pointers, so readers take holds of both at one instant and nothing
 * sleeps with the lock held: the vnode that is replaced is dropped after it.
 */
#include "file/cwd.h"

#include "file/file.h"
#include "mem/cache.h"

static struct cache cwd_cache = CACHE_INIT("cwd", struct cwd_info);

int
cwd_create(struct vnode *root, struct vnode *cwd, uint32_t umask, struct cwd_info **out)
{
	struct cwd_info *cw = cache_alloc(&cwd_cache);

	if (cw == NULL)
		return ENOMEM;
	ref_init(&cw->cw_refs, 1);
	spin_init(&cw->cw_lock, "cwd", RANK_NONE);
	if (root != NULL)
		vnode_hold(root);
	if (cwd != NULL)
		vnode_hold(cwd);
	cw->cw_root = root;
	cw->cw_cwd = cwd;
	cw->cw_umask = umask & 0777;
	*out = cw;
	return 0;
}

void
cwd_hold(struct cwd_info *cw)
{
	ref_get(&cw->cw_refs);
}

void
cwd_drop(struct cwd_info *cw)
{
	if (!ref_put(&cw->cw_refs))
		return;
	if (cw->cw_cwd != NULL)
		vnode_drop(cw->cw_cwd);
	if (cw->cw_root != NULL)
		vnode_drop(cw->cw_root);
	cache_free(&cwd_cache, cw);
}

int
cwd_copy(struct cwd_info *from, struct cwd_info **out)
{
	struct vnode *root, *cwd;
	int error;

	cwd_get(from, &root, &cwd);
	error = cwd_create(root, cwd, cwd_umask(from), out);
	if (root != NULL)
		vnode_drop(root);
	if (cwd != NULL)
		vnode_drop(cwd);
	return error;
}

bool
cwd_shared(const struct cwd_info *cw)
{
	return ref_read(&cw->cw_refs) > 1;
}

void
cwd_get(struct cwd_info *cw, struct vnode **root, struct vnode **cwd)
{
	spin_lock(&cw->cw_lock);
	if (root != NULL) {
		if ((*root = cw->cw_root) != NULL)
			vnode_hold(*root);
	}
	if (cwd != NULL) {
		if ((*cwd = cw->cw_cwd) != NULL)
			vnode_hold(*cwd);
	}
	spin_unlock(&cw->cw_lock);
}

static void
set_vnode(struct cwd_info *cw, struct vnode **field, struct vnode *vn)
{
	struct vnode *old;

	spin_lock(&cw->cw_lock);
	old = *field;
	*field = vn;
	spin_unlock(&cw->cw_lock);
	if (old != NULL)
		vnode_drop(old);
}

void
cwd_set_cwd(struct cwd_info *cw, struct vnode *vn)
{
	set_vnode(cw, &cw->cw_cwd, vn);
}

void
cwd_set_root(struct cwd_info *cw, struct vnode *vn)
{
	set_vnode(cw, &cw->cw_root, vn);
}

uint32_t
cwd_set_umask(struct cwd_info *cw, uint32_t mask)
{
	return atomic_swap(&cw->cw_umask, mask & 0777);
}

uint32_t
cwd_umask(struct cwd_info *cw)
{
	return load_relaxed(&cw->cw_umask);
}
