/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /dev: a tmpfs whose nodes drivers make, and the table that says who opens which device number.
 *
 * The table is what counts: a node with the same number made by mknod, or by the boot archive,
 * opens the same device. Entries are few and opens are rare, so it is a list under a spin lock.
 * Names may come and go while files are open; a driver keeps what its open files need.
 */
#include "fs/devfs/devfs.h"

#include "file/file.h"
#include "mem/cache.h"
#include "proc/cred.h"

struct device {
	struct list	 dv_link;
	mode_t		 dv_type;
	dev_t		 dv_rdev;
	dev_open_fn	*dv_open;
};

static struct cache device_cache = CACHE_INIT("device", struct device);
static struct spinlock device_lock = SPINLOCK_INIT("devices", RANK_NAMECACHE);
static struct list devices = LIST_INIT(devices);
static struct mount *dev_mount;

struct mount *
devfs_get(void)
{
	struct mount *mnt;

	/* First called while one CPU runs. */
	if (dev_mount == NULL) {
		if (tmpfs_mount("devtmpfs", "devtmpfs", 0, &mnt) != 0)
			panic("devfs: no memory for /dev");
		mnt->mnt_root->vn_mode = S_IFDIR | 0755;
		dev_mount = mnt;
	}
	return dev_mount;
}

static struct device *
device_find_locked(mode_t type, dev_t rdev)
{
	list_foreach(dv, &devices, struct device, dv_link) {
		if (dv->dv_rdev == rdev && dv->dv_type == (type & S_IFMT))
			return dv;
	}
	return NULL;
}

int
devfs_register_number(mode_t type, dev_t rdev, dev_open_fn *open)
{
	struct device *dv;
	bool dup;

	if ((dv = cache_alloc(&device_cache)) == NULL)
		return ENOMEM;
	dv->dv_type = type & S_IFMT;
	dv->dv_rdev = rdev;
	dv->dv_open = open;
	spin_lock(&device_lock);
	if (!(dup = device_find_locked(type, rdev) != NULL))
		list_push_front(&devices, &dv->dv_link);
	spin_unlock(&device_lock);
	if (dup)
		cache_free(&device_cache, dv);
	return dup ? EEXIST : 0;
}

static void
device_remove(dev_t rdev)
{
	struct device *dv = NULL;

	spin_lock(&device_lock);
	list_foreach(d, &devices, struct device, dv_link) {
		if (d->dv_rdev == rdev) {
			dv = d;
			list_remove(&d->dv_link);
			break;
		}
	}
	spin_unlock(&device_lock);
	cache_free(&device_cache, dv);
}

int
devfs_open(struct file *f, mode_t type, dev_t rdev)
{
	dev_open_fn *open = NULL;
	struct device *dv;

	spin_lock(&device_lock);
	if ((dv = device_find_locked(type, rdev)) != NULL)
		open = dv->dv_open;
	spin_unlock(&device_lock);
	return open == NULL ? ENXIO : open(f);
}

/* The folder that name is in, held, made when missing; *last is the rest of the name. */
static int
devfs_dir(const char *name, struct vnode **dirp, const char **last)
{
	const struct vnode_spec spec = { .ns_mode = S_IFDIR | 0755 };
	struct vnode *dir = vnode_hold(devfs_get()->mnt_root), *next;
	char part[VFS_NAME_MAX + 1];
	const char *slash;
	int error;

	while ((slash = strchr(name, '/')) != NULL) {
		if ((size_t)(slash - name) >= sizeof(part)) {
			vnode_drop(dir);
			return ENAMETOOLONG;
		}
		strlcpy(part, name, (size_t)(slash - name) + 1);
		error = dir->vn_ops->vo_lookup(dir, part, &next);
		if (error == ENOENT)
			error = dir->vn_ops->vo_create(dir, part, &spec, &next);
		vnode_drop(dir);
		if (error != 0)
			return error;
		dir = next;
		name = slash + 1;
	}
	*dirp = dir;
	*last = name;
	return 0;
}

static int
devfs_make(const char *name, const struct vnode_spec *spec)
{
	struct vnode *dir, *vp;
	const char *last;
	int error;

	if ((error = devfs_dir(name, &dir, &last)) != 0)
		return error;
	if ((error = dir->vn_ops->vo_create(dir, last, spec, &vp)) == 0)
		vnode_drop(vp);
	vnode_drop(dir);
	return error;
}

int
devfs_register(const char *name, mode_t mode, dev_t rdev, dev_open_fn *open)
{
	const struct vnode_spec spec = { .ns_mode = mode, .ns_rdev = rdev };
	int error;

	if ((error = devfs_register_number(mode, rdev, open)) != 0)
		return error;
	if ((error = devfs_make(name, &spec)) != 0)
		device_remove(rdev);
	return error;
}

void
devfs_unregister(const char *name, dev_t rdev)
{
	struct vnode *dir;
	const char *last;

	device_remove(rdev);
	if (devfs_dir(name, &dir, &last) != 0)
		return;
	dir->vn_ops->vo_remove(dir, last, false, &cred_kernel);
	vnode_drop(dir);
}

void
devfs_set_owner(const char *name, uid_t uid, gid_t gid)
{
	struct vnode *dir, *vp;
	const char *last;

	if (devfs_dir(name, &dir, &last) != 0)
		return;
	if (dir->vn_ops->vo_lookup(dir, last, &vp) == 0) {
		spin_lock(&vp->vn_attr_lock);
		vp->vn_uid = uid;
		vp->vn_gid = gid;
		spin_unlock(&vp->vn_attr_lock);
		vnode_drop(vp);
	}
	vnode_drop(dir);
}

int
devfs_symlink(const char *name, const char *target)
{
	const struct vnode_spec spec = { .ns_mode = S_IFLNK | 0777, .ns_target = target };

	return devfs_make(name, &spec);
}

int
devfs_mount(struct mount **mntp)
{
	const struct vnode_spec shm = { .ns_mode = S_IFDIR | 01777 };
	const struct vnode_spec pts = { .ns_mode = S_IFDIR | 0755 };
	int error;

	*mntp = devfs_get();
	devfs_mem_init();
	if ((error = devfs_symlink("fd", "/proc/self/fd")) != 0 ||
	    (error = devfs_symlink("stdin", "/proc/self/fd/0")) != 0 ||
	    (error = devfs_symlink("stdout", "/proc/self/fd/1")) != 0 ||
	    (error = devfs_symlink("stderr", "/proc/self/fd/2")) != 0)
		return error;
	/* The folder is there before the first terminal is. */
	if ((error = devfs_make("pts", &pts)) != 0 && error != EEXIST)
		return error;
	if ((error = devfs_make("mqueue", &pts)) != 0)
		return error;
	return devfs_make("shm", &shm);
}
