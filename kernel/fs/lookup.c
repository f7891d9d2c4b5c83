/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From paths to vnodes.
 *
 * walk() goes through a path name by name. It holds one vnode at a time, the place where it is,
 * and no lock between two names; each step asks the file system (vo_lookup), whose tree is its
 * own cache. Symbolic links put their text in front of what is left of the path: the two are
 * joined in a buffer of VFS_PATH_MAX bytes, which paths without links never need.
 *
 * Three questions end the walk in three ways (enum walk_mode): find what is there; find it or
 * where it would be (creation); find only the folder (removal, rename).
 */
#include "fs/vfs_int.h"

#include "mem/cache.h"

struct walker {
	const struct vfs_ctx *wk_ctx;
	struct vnode	*wk_at;		/* held: where we are */
	const char	*wk_rest;	/* not yet walked */
	char		*wk_buf;	/* kmalloc'd, holds wk_rest once a link was followed */
	uint32_t	 wk_links;
};

int
vnode_lookup(struct vnode *dir, const char *name, struct vnode **vpp)
{
	if (dir->vn_ops->vo_lookup == NULL)
		return ENOTDIR;
	return dir->vn_ops->vo_lookup(dir, name, vpp);
}

static void
walker_move(struct walker *wk, struct vnode *to)
{
	vnode_drop(wk->wk_at);
	wk->wk_at = to;
}

/* "..": stays at the walk's root and at the very root; leaves mounts. */
static int
walk_up(struct walker *wk)
{
	struct vnode *vp;
	bool gone;
	int error;

	for (;;) {
		if (wk->wk_at == wk->wk_ctx->vc_root)
			return 0;
		if (!mount_is_root(wk->wk_at))
			break;
		if ((vp = mount_ascend(wk->wk_at)) == NULL)
			return 0;
		wk->wk_at = vp;
	}
	if ((error = wk->wk_at->vn_ops->vo_parent(wk->wk_at, &vp, NULL, &gone)) != 0)
		return error;
	walker_move(wk, mount_descend(vp));
	return 0;
}

/* Puts the text of a link in front of the rest of the path. */
static int
walk_text(struct walker *wk, struct vnode *link)
{
	size_t len, restlen = strlen(wk->wk_rest);
	char *buf;
	int error;

	if (link->vn_ops->vo_readlink == NULL)
		return EINVAL;
	if ((buf = kmalloc(VFS_PATH_MAX)) == NULL)
		return ENOMEM;
	error = link->vn_ops->vo_readlink(link, buf, VFS_PATH_MAX, &len);
	if (error == 0 && len == 0)
		error = ENOENT;
	if (error == 0 && len + restlen >= VFS_PATH_MAX)
		error = ENAMETOOLONG;
	if (error != 0) {
		kfree(buf);
		return error;
	}
	memcpy(buf + len, wk->wk_rest, restlen + 1);
	kfree(wk->wk_buf);
	wk->wk_rest = wk->wk_buf = buf;
	if (buf[0] == '/')
		walker_move(wk, vnode_hold(wk->wk_ctx->vc_root));
	return 0;
}

/* Follows link, which was found at wk_at; its hold is taken over. */
static int
walk_link(struct walker *wk, struct vnode *link)
{
	struct vnode *vp;
	int error;

	if (++wk->wk_links > VFS_LINK_MAX) {
		vnode_drop(link);
		return ELOOP;
	}
	error = EJUSTRETURN;
	if (link->vn_ops->vo_jump != NULL)
		error = link->vn_ops->vo_jump(link, wk->wk_ctx->vc_cred, &vp);
	if (error == 0)
		walker_move(wk, vp);
	else if (error == EJUSTRETURN)
		error = walk_text(wk, link);
	vnode_drop(link);
	return error;
}

/*
 * Takes the next name off the path; false at its end. *slash: slashes follow; *last: nothing else
 * does.
 */
static int
next_name(struct walker *wk, char *name, bool *slash, bool *last, bool *any)
{
	const char *p = wk->wk_rest, *e;

	while (*p == '/')
		p++;
	if ((*any = *p != '\0') == false)
		return 0;
	e = p;
	while (*e != '\0' && *e != '/')
		e++;
	if (e - p > VFS_NAME_MAX)
		return ENAMETOOLONG;
	memcpy(name, p, (size_t)(e - p));
	name[e - p] = '\0';
	*slash = *e == '/';
	p = e;
	while (*p == '/')
		p++;
	*last = *p == '\0';
	wk->wk_rest = e;
	return 0;
}

static enum walk_last
classify(const char *name)
{
	if (name[0] != '.')
		return WALK_NAME;
	if (name[1] == '\0')
		return WALK_DOT;
	return name[1] == '.' && name[2] == '\0' ? WALK_DOTDOT : WALK_NAME;
}

/*
 * One name that is not the last word in WALK_PARENT: moves wk_at. *missing: WALK_NEW did not find
 * the last one.
 */
static int
walk_step(struct walker *wk, struct walk *w, bool follow, bool last, enum walk_mode mode,
    bool *missing)
{
	struct vnode *vp;
	int error;

	*missing = false;
	if (w->w_last == WALK_DOT)
		return 0;
	if (w->w_last == WALK_DOTDOT)
		return walk_up(wk);
	error = vnode_lookup(wk->wk_at, w->w_name, &vp);
	if (error == ENOENT && last && mode == WALK_NEW) {
		*missing = true;
		return 0;
	}
	if (error != 0)
		return error;
	if (S_ISLNK(vp->vn_mode) && (!last || follow || w->w_slash))
		return walk_link(wk, vp);
	walker_move(wk, mount_descend(vp));
	return 0;
}

static int
walk_loop(struct walker *wk, enum walk_mode mode, uint32_t flags, struct walk *w)
{
	bool last, any, missing;
	int error;

	w->w_last = WALK_ROOT;
	for (;;) {
		if ((error = next_name(wk, w->w_name, &w->w_slash, &last, &any)) != 0)
			return error;
		if (!any)
			return 0;
		w->w_last = classify(w->w_name);
		if (!vnode_is_dir(wk->wk_at))
			return ENOTDIR;
		if ((error = vnode_access(wk->wk_at, wk->wk_ctx->vc_cred, VACC_EXEC)) != 0)
			return error;
		if (last && mode == WALK_PARENT)
			return 0;
		error = walk_step(wk, w, (flags & LOOKUP_FOLLOW) != 0, last, mode, &missing);
		if (error != 0)
			return error;
		if (missing) {
			w->w_dir = wk->wk_at;
			wk->wk_at = NULL;
			return 0;
		}
	}
}

static int
walk_start(struct walker *wk, const struct vfs_ctx *ctx, const char *path, uint32_t flags)
{
	struct vnode *start;

	if (strnlen(path, VFS_PATH_MAX) == VFS_PATH_MAX)
		return ENAMETOOLONG;
	if (path[0] == '\0' && (flags & LOOKUP_EMPTY) == 0)
		return ENOENT;
	if (path[0] == '/')
		start = ctx->vc_root;
	else
		start = ctx->vc_at != NULL ? ctx->vc_at : ctx->vc_cwd;
	if (start == NULL)
		return ENOENT;
	*wk = (struct walker){ .wk_ctx = ctx, .wk_at = vnode_hold(start), .wk_rest = path };
	return 0;
}

int
walk(const struct vfs_ctx *ctx, const char *path, enum walk_mode mode, uint32_t flags,
    struct walk *w)
{
	struct walker wk;
	int error;

	w->w_dir = w->w_vp = NULL;
	w->w_slash = false;
	w->w_name[0] = '\0';
	if ((error = walk_start(&wk, ctx, path, flags)) != 0)
		return error;
	error = walk_loop(&wk, mode, flags, w);
	kfree(wk.wk_buf);
	if (error == 0 && wk.wk_at != NULL && mode != WALK_PARENT &&
	    ((flags & LOOKUP_DIRECTORY) != 0 || w->w_slash) && !vnode_is_dir(wk.wk_at))
		error = ENOTDIR;
	if (error != 0) {
		vnode_drop(wk.wk_at);
		vnode_drop(w->w_dir);
		w->w_dir = NULL;
		return error;
	}
	if (mode == WALK_PARENT)
		w->w_dir = wk.wk_at;
	else
		w->w_vp = wk.wk_at;
	return 0;
}

void
walk_done(struct walk *w)
{
	vnode_drop(w->w_dir);
	vnode_drop(w->w_vp);
}

int
vfs_lookup(const struct vfs_ctx *ctx, const char *path, uint32_t flags, struct vnode **vpp)
{
	struct walk w;
	int error;

	if ((error = walk(ctx, path, WALK_FIND, flags, &w)) == 0)
		*vpp = w.w_vp;
	return error;
}

int
vfs_lookup_enter(const struct vfs_ctx *ctx, const char *path, struct vnode **vpp)
{
	int error;

	if ((error = vfs_lookup(ctx, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, vpp)) != 0)
		return error;
	if ((error = vnode_access(*vpp, ctx->vc_cred, VACC_EXEC)) != 0)
		vnode_drop(*vpp);
	return error;
}

int
vfs_lookup_exec(const struct vfs_ctx *ctx, const char *path, uint32_t flags, struct vnode **vpp)
{
	int error;

	if ((error = vfs_lookup(ctx, path, flags, vpp)) != 0)
		return error;
	if (S_ISLNK((*vpp)->vn_mode))
		error = ELOOP;
	else if (!S_ISREG((*vpp)->vn_mode))
		error = EACCES;
	else
		error = vnode_access(*vpp, ctx->vc_cred, VACC_EXEC);
	if (error != 0)
		vnode_drop(*vpp);
	return error;
}
