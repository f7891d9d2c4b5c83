/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From vnodes back to paths. There is no cache of names beside the file systems: a tmpfs node
 * knows the folder that it is in and the name that it has there (of several the last one given),
 * procfs computes its own. The path is built from its end. Each step is right at its moment; a
 * rename of a folder above, between two steps, gives a path that mixes before and after, as the
 * caller could not have told either.
 */
#include "fs/vfs_int.h"

#include "mem/cache.h"

struct builder {
	char	*b_buf;
	size_t	 b_at;		/* what is written starts here */
	char	 b_name[VFS_NAME_MAX + 1];
};

static int
prepend(struct builder *b, const char *s, size_t len)
{
	if (b->b_at < len)
		return ERANGE;
	b->b_at -= len;
	memcpy(b->b_buf + b->b_at, s, len);
	return 0;
}

/*
 * Writes the path of vp, whose hold it takes over, in front of what is there. *gone: the vnode
 * itself was removed. *outside: the walk came to the very root without meeting root.
 */
static int
build(struct builder *b, struct vnode *root, struct vnode *vp, bool *gone, bool *outside)
{
	bool first = true, removed;
	struct vnode *up;
	int error = 0;

	*gone = *outside = false;
	while (vp != root) {
		if (mount_is_root(vp)) {
			if ((up = mount_ascend(vp)) == NULL) {
				*outside = true;
				break;
			}
			vp = up;
			continue;
		}
		if ((error = vp->vn_ops->vo_parent(vp, &up, b->b_name, &removed)) != 0)
			break;
		if (first)
			*gone = removed;
		first = false;
		vnode_drop(vp);
		vp = up;
		if ((error = prepend(b, b->b_name, strlen(b->b_name))) != 0 ||
		    (error = prepend(b, "/", 1)) != 0)
			break;
	}
	vnode_drop(vp);
	return error;
}

static int
path_of(struct vnode *root, struct vnode *vp, char *buf, size_t size, bool *gone, size_t *len)
{
	struct builder *b;
	bool outside;
	int error;

	if (size == 0)
		return ERANGE;
	if ((b = kmalloc(sizeof(*b))) == NULL)
		return ENOMEM;
	b->b_buf = buf;
	b->b_at = size - 1;
	buf[size - 1] = '\0';
	error = build(b, root, vnode_hold(vp), gone, &outside);
	if (error == 0 && b->b_at == size - 1)
		error = prepend(b, "/", 1);
	if (error == 0 && outside && root != NULL)
		error = prepend(b, "(unreachable)", 13);
	if (error == 0) {
		*len = size - 1 - b->b_at;
		memmove(buf, buf + b->b_at, *len + 1);
	}
	kfree(b);
	return error;
}

int
vfs_getcwd(const struct vfs_ctx *ctx, struct vnode *vp, char *buf, size_t size, size_t *len)
{
	bool gone;
	int error;

	if ((error = path_of(ctx->vc_root, vp, buf, size, &gone, len)) != 0)
		return error;
	return gone ? ENOENT : 0;
}

void
vfs_path_show(struct vnode *root, struct vnode *vp, char *buf, size_t size)
{
	size_t len;
	bool gone;

	if (path_of(root, vp, buf, size, &gone, &len) != 0)
		strlcpy(buf, "(unreachable)", size);
	else if (gone)
		strlcat(buf, " (deleted)", size);
}
