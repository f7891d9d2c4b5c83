/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mounts: how file systems are put together to one tree.
 *
 * A mount covers one vnode: whoever arrives at it goes on at the root of the mount
 * (mount_descend), and ".." from that root leads back (mount_ascend). The root of a mount may be
 * covered again; then the last one is what is seen. mount_lock, a spin lock, guards the pointers
 * of both directions and the list of all mounts.
 *
 * A mount is freed by umount, which refuses (EBUSY) while anything in it is in use; so a held
 * vnode keeps its mount, and vn_mount is always valid. The root and /dev stay. The file system of
 * message queues exists without a place as well, and has one at most.
 */
#include "fs/vfs_int.h"

#include "fs/devfs/devfs.h"
#include "mem/cache.h"

static struct cache mount_cache = CACHE_INIT("mount", struct mount);
static struct spinlock mount_lock = SPINLOCK_INIT("mount", RANK_NAMECACHE);
static struct list mount_list = LIST_INIT(mount_list);
static struct vnode *root_vnode;

struct mount *
mount_alloc(const char *fstype, const char *source, uint32_t flags)
{
	static uint32_t last_minor;
	struct mount *mnt;

	if ((mnt = cache_alloc(&mount_cache)) == NULL)
		return NULL;
	mnt->mnt_fstype = fstype;
	strlcpy(mnt->mnt_source, source, sizeof(mnt->mnt_source));
	mnt->mnt_dev = MAKEDEV(0, 20 + atomic_add(&last_minor, 1));
	mnt->mnt_flags = flags;
	list_init(&mnt->mnt_link);
	rw_init(&mnt->mnt_tree_lock, "tree", RANK_RENAME);
	return mnt;
}

void
mount_free(struct mount *mnt)
{
	KASSERT(!list_linked(&mnt->mnt_link));
	cache_free(&mount_cache, mnt);
}

int
mount_attach(struct mount *mnt, struct vnode *on)
{
	spin_lock(&mount_lock);
	if (on != NULL) {
		if (on->vn_covered_by != NULL || list_linked(&mnt->mnt_link)) {
			spin_unlock(&mount_lock);
			return EBUSY;
		}
		store_release(&on->vn_covered_by, mnt);
		mnt->mnt_parent = on->vn_mount;
		mnt->mnt_on = vnode_hold(on);
	}
	list_push_back(&mount_list, &mnt->mnt_link);
	spin_unlock(&mount_lock);
	return 0;
}

static void
mount_detach(struct mount *mnt)
{
	spin_lock(&mount_lock);
	store_release(&mnt->mnt_on->vn_covered_by, NULL);
	mnt->mnt_on = NULL;
	mnt->mnt_parent = NULL;
	list_remove(&mnt->mnt_link);
	spin_unlock(&mount_lock);
}

bool
vnode_is_covered(struct vnode *vp)
{
	return load_acquire(&vp->vn_covered_by) != NULL;
}

struct vnode *
mount_descend(struct vnode *vp)
{
	struct vnode *root;

	while (vnode_is_covered(vp)) {
		root = NULL;
		spin_lock(&mount_lock);
		if (vp->vn_covered_by != NULL)
			root = vnode_hold(vp->vn_covered_by->mnt_root);
		spin_unlock(&mount_lock);
		if (root == NULL)
			break;
		vnode_drop(vp);
		vp = root;
	}
	return vp;
}

bool
mount_is_root(const struct vnode *vp)
{
	return vp->vn_mount->mnt_root == vp;
}

struct vnode *
mount_ascend(struct vnode *vp)
{
	struct vnode *on;

	spin_lock(&mount_lock);
	on = vnode_hold(vp->vn_mount->mnt_on);
	spin_unlock(&mount_lock);
	if (on != NULL)
		vnode_drop(vp);
	return on;
}

void
mount_foreach(bool (*fn)(struct mount *, void *), void *arg)
{
	struct vnode *root;
	struct mount *mnt;
	uint32_t n = 0, i;
	bool more = true;

	/* By number: the list is short, and a mount's root holds it while fn looks. */
	while (more) {
		root = NULL;
		i = 0;
		spin_lock(&mount_lock);
		list_foreach(m, &mount_list, struct mount, mnt_link) {
			if (i++ == n) {
				root = vnode_hold(m->mnt_root);
				break;
			}
		}
		spin_unlock(&mount_lock);
		if (root == NULL)
			return;
		mnt = root->vn_mount;
		more = fn(mnt, arg);
		vnode_drop(root);
		n++;
	}
}

static int
mount_make(const char *fstype, const char *source, uint32_t flags, struct mount **mntp)
{
	if (strcmp(fstype, "tmpfs") == 0 || strcmp(fstype, "ramfs") == 0)
		return tmpfs_mount("tmpfs", source, flags, mntp);
	if (strcmp(fstype, "proc") == 0)
		return procfs_mount(mntp);
	if (strcmp(fstype, "mqueue") == 0) {
		*mntp = mqfs_get();
		return 0;
	}
	return ENODEV;
}

/* Takes down a mount that is not attached. EBUSY: something in it is in use. */
static int
mount_unmake(struct mount *mnt)
{
	if (mnt == mqfs_get())
		return 0;	/* it only loses its place */
	return strcmp(mnt->mnt_fstype, "proc") == 0 ? procfs_unmount(mnt) : tmpfs_unmount(mnt);
}

/*
 * There is one devfs; a second place for it would give its root two covered vnodes. Taken as done
 * where it is mounted already.
 */
static int
mount_devfs_again(struct vnode *on)
{
	return on->vn_mount == devfs_get() ? 0 : EBUSY;
}

int
vfs_mount(const struct vfs_ctx *ctx, const char *source, const char *path, const char *fstype,
    uint32_t flags)
{
	struct mount *mnt;
	struct vnode *on;
	int error;

	if (!cred_is_root(ctx->vc_cred))
		return EPERM;
	error = vfs_lookup(ctx, path, LOOKUP_FOLLOW | LOOKUP_DIRECTORY, &on);
	if (error != 0)
		return error;
	if (strcmp(fstype, "devtmpfs") == 0) {
		error = mount_devfs_again(on);
	} else if ((error = mount_make(fstype, source, flags, &mnt)) == 0) {
		mnt->mnt_flags |= flags;
		/* It fails only in a race of two mounts for one place. */
		if ((error = mount_attach(mnt, on)) != 0)
			(void)mount_unmake(mnt);
	}
	vnode_drop(on);
	return error;
}

int
vfs_umount(const struct vfs_ctx *ctx, const char *path, uint32_t lookup_flags)
{
	struct vnode *root, *on;
	struct mount *mnt;
	int error;

	if (!cred_is_root(ctx->vc_cred))
		return EPERM;
	if ((error = vfs_lookup(ctx, path, lookup_flags, &root)) != 0)
		return error;
	mnt = root->vn_mount;
	if (!mount_is_root(root)) {
		vnode_drop(root);
		return EINVAL;
	}
	vnode_drop(root);
	if (mnt->mnt_on == NULL || mnt == devfs_get())
		return EBUSY;
	on = mnt->mnt_on;
	mount_detach(mnt);
	if ((error = mount_unmake(mnt)) != 0) {
		/* In use after all. It keeps the hold of on. */
		if (mount_attach(mnt, on) == 0)
			vnode_drop(on);
		return error;
	}
	vnode_drop(on);
	return 0;
}

struct vnode *
vfs_root(void)
{
	return root_vnode;
}

void
vfs_init(void)
{
	struct mount *mnt;

	if (tmpfs_mount("tmpfs", "tmpfs", 0, &mnt) != 0 || mount_attach(mnt, NULL) != 0)
		panic("vfs: no memory for the root file system");
	mnt->mnt_root->vn_mode = S_IFDIR | 0755;
	root_vnode = mnt->mnt_root;
}

/* A folder below the root, made when missing, held. */
static struct vnode *
boot_dir(const char *name, mode_t mode)
{
	struct vnode_spec spec = { .ns_mode = S_IFDIR | mode };
	struct vnode *vp;

	if (vnode_lookup(root_vnode, name, &vp) == 0) {
		if (vnode_is_dir(vp))
			return vp;
		panic("vfs: /%s of the boot archive is not a directory", name);
	}
	if (root_vnode->vn_ops->vo_create(root_vnode, name, &spec, &vp) != 0)
		panic("vfs: no memory for /%s", name);
	return vp;
}

void
vfs_mount_boot(void)
{
	struct vnode *dev, *proc;
	struct mount *mnt;

	mqfs_init();
	dev = boot_dir("dev", 0755);
	proc = boot_dir("proc", 0555);
	vnode_drop(boot_dir("tmp", 01777));
	if (devfs_mount(&mnt) != 0 || mount_attach(mnt, dev) != 0)
		panic("vfs: cannot mount /dev");
	if (procfs_mount(&mnt) != 0 || mount_attach(mnt, proc) != 0)
		panic("vfs: cannot mount /proc");
	vnode_drop(dev);
	vnode_drop(proc);
}
