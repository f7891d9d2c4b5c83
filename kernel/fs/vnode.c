/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vnodes: their life, and their attributes.
 *
 * Life. A vnode is freed by the last vnode_drop. Freeing one may make its file system give up
 * another (a removed file keeps the folder that it was in, so that its old name can be shown);
 * the drop loops, so a long chain costs no stack.
 *
 * Attributes stand in struct vnode itself and are guarded by vn_attr_lock, a spin lock, so that
 * stat never waits for a write that sleeps in a page fault. The size of a regular file is its
 * object's, guarded by vn_lock.
 *
 * Locks, in order: a file system's tree lock (mnt_tree_lock: all names of one mount; lookups
 * share it), then vn_lock of one regular file, then those of vm. No two vnodes are locked at
 * once. One lock for the names of a mount makes rename trivially right; lookups hold it for one
 * hash probe. Were it to show in profiles, it would become one lock per folder.
 */
#include "fs/vfs_int.h"

#include "mem/cache.h"
#include "sched/clock.h"
#include "vm/vm.h"

#define RELATIME_SEC	(24 * 3600)	/* an access time older than this is brought up to date
					 * anyway */

struct vfs_time
vfs_now(void)
{
	uint64_t now = clock_wall_ns();

	return (struct vfs_time){ .vt_sec = (int64_t)(now / NSEC_PER_SEC),
	    .vt_nsec = (uint32_t)(now % NSEC_PER_SEC) };
}

void
vnode_init(struct vnode *vp, const struct vnode_ops *ops, struct mount *mnt, mode_t mode, ino_t ino)
{
	ref_init(&vp->vn_refs, 1);
	vp->vn_ops = ops;
	vp->vn_mount = mnt;
	vp->vn_covered_by = NULL;
	vp->vn_ino = ino;
	rw_init(&vp->vn_lock, "vnode", RANK_VNODE);
	spin_init(&vp->vn_attr_lock, "vnode attr", RANK_NAMECACHE);
	vp->vn_mode = mode;
	vp->vn_nlink = 1;
	vp->vn_atime = vp->vn_mtime = vp->vn_ctime = vp->vn_btime = vfs_now();
}

void
vnode_fini(struct vnode *vp)
{
	KASSERT(ref_read(&vp->vn_refs) == 0);
	KASSERT(vp->vn_fifo == NULL);
	if (vp->vn_object != NULL)
		vm_object_drop(vp->vn_object);
}

struct vnode *
vnode_hold(struct vnode *vp)
{
	if (vp != NULL)
		ref_get(&vp->vn_refs);
	return vp;
}

void
vnode_drop(struct vnode *vp)
{
	while (vp != NULL && ref_put(&vp->vn_refs))
		vp = vp->vn_ops->vo_free(vp);
}

void
vm_hook_vnode_hold(struct vnode *vp)
{
	vnode_hold(vp);
}

void
vm_hook_vnode_drop(struct vnode *vp)
{
	vnode_drop(vp);
}

mode_t
vnode_mode(struct vnode *vp)
{
	return load_relaxed(&vp->vn_mode);
}

bool
vnode_is_dir(const struct vnode *vp)
{
	return S_ISDIR(load_relaxed(&vp->vn_mode));
}

bool
vnode_readonly(const struct vnode *vp)
{
	return (load_relaxed(&vp->vn_mount->mnt_flags) & MNT_RDONLY) != 0;
}

uint64_t
vnode_size(struct vnode *vp)
{
	return vp->vn_object != NULL ? vm_object_size(vp->vn_object) : 0;
}

static void
touch_locked(struct vnode *vp, uint32_t which)
{
	struct vfs_time now = vfs_now();

	if ((which & VT_ATIME) != 0)
		vp->vn_atime = now;
	if ((which & VT_MTIME) != 0)
		vp->vn_mtime = now;
	if ((which & VT_CTIME) != 0)
		vp->vn_ctime = now;
}

static bool
time_after(const struct vfs_time *a, const struct vfs_time *b)
{
	return a->vt_sec != b->vt_sec ? a->vt_sec > b->vt_sec : a->vt_nsec > b->vt_nsec;
}

/* Access times alone are kept as "relatime" has it: at most one change per modification and day. */
void
vnode_touch(struct vnode *vp, uint32_t which)
{
	spin_lock(&vp->vn_attr_lock);
	if (which != VT_ATIME || !time_after(&vp->vn_atime, &vp->vn_mtime) ||
	    !time_after(&vp->vn_atime, &vp->vn_ctime) ||
	    vfs_now().vt_sec - vp->vn_atime.vt_sec >= RELATIME_SEC)
		touch_locked(vp, which);
	spin_unlock(&vp->vn_attr_lock);
}

uint32_t
vnode_add_nlink(struct vnode *vp, int n)
{
	uint32_t now;

	spin_lock(&vp->vn_attr_lock);
	now = vp->vn_nlink += (uint32_t)n;
	touch_locked(vp, VT_CTIME);
	spin_unlock(&vp->vn_attr_lock);
	return now;
}

static struct ktime
ktime_of(const struct vfs_time *t)
{
	return (struct ktime){ .t_sec = t->vt_sec, .t_nsec = t->vt_nsec };
}

void
vnode_stat(struct vnode *vp, struct kstat *st)
{
	if (vp->vn_ops->vo_refresh != NULL)
		vp->vn_ops->vo_refresh(vp);
	memset(st, 0, sizeof(*st));
	st->st_ino = vp->vn_ino;
	st->st_dev = vp->vn_mount->mnt_dev;
	st->st_rdev = vp->vn_rdev;
	st->st_blksize = PAGE_SIZE;
	spin_lock(&vp->vn_attr_lock);
	st->st_mode = vp->vn_mode;
	st->st_nlink = vp->vn_nlink;
	st->st_uid = vp->vn_uid;
	st->st_gid = vp->vn_gid;
	st->st_atim = ktime_of(&vp->vn_atime);
	st->st_mtim = ktime_of(&vp->vn_mtime);
	st->st_ctim = ktime_of(&vp->vn_ctime);
	st->st_btim = ktime_of(&vp->vn_btime);
	spin_unlock(&vp->vn_attr_lock);
	if (vp->vn_object != NULL) {
		st->st_size = vm_object_size(vp->vn_object);
		st->st_blocks = vm_object_resident(vp->vn_object) * (PAGE_SIZE / 512);
	}
	if (vp->vn_ops->vo_stat != NULL)
		vp->vn_ops->vo_stat(vp, st);
}

int
vnode_file_stat(struct file *f, struct kstat *st)
{
	vnode_stat(f->f_vnode, st);
	return 0;
}

int
vnode_access(struct vnode *vp, const struct cred *cr, uint32_t want)
{
	mode_t mode;
	uid_t uid;
	gid_t gid;

	if (vp->vn_ops->vo_refresh != NULL)
		vp->vn_ops->vo_refresh(vp);
	spin_lock(&vp->vn_attr_lock);
	mode = vp->vn_mode;
	uid = vp->vn_uid;
	gid = vp->vn_gid;
	spin_unlock(&vp->vn_attr_lock);
	if ((want & VACC_WRITE) != 0 && vnode_readonly(vp) &&
	    (S_ISREG(mode) || S_ISDIR(mode) || S_ISLNK(mode)))
		return EROFS;
	if ((want & VACC_EXEC) != 0 && S_ISREG(mode) &&
	    (load_relaxed(&vp->vn_mount->mnt_flags) & MNT_NOEXEC) != 0)
		return EACCES;
	return want == 0 ? 0 : cred_check_access(cr, uid, gid, mode, want);
}

int
vnode_check_write(struct vnode *dir, const struct cred *cr)
{
	return vnode_access(dir, cr, VACC_WRITE | VACC_EXEC);
}

int
vnode_check_remove(struct vnode *dir, struct vnode *victim, const struct cred *cr)
{
	uid_t dir_uid, uid;
	mode_t mode;

	if (vnode_is_covered(victim))
		return EBUSY;
	spin_lock(&dir->vn_attr_lock);
	mode = dir->vn_mode;
	dir_uid = dir->vn_uid;
	spin_unlock(&dir->vn_attr_lock);
	if ((mode & S_ISVTX) == 0)
		return 0;
	uid = load_relaxed(&victim->vn_uid);
	return cred_owns(cr, dir_uid) || cred_owns(cr, uid) ? 0 : EPERM;
}

static int
check_change(struct vnode *vp)
{
	if (vnode_readonly(vp))
		return EROFS;
	return vp->vn_ops->vo_fixed_attrs ? EPERM : 0;
}

int
vnode_chmod(struct vnode *vp, const struct cred *cr, mode_t mode)
{
	int error;

	if ((error = check_change(vp)) != 0)
		return error;
	if (S_ISLNK(vp->vn_mode))
		return EOPNOTSUPP;
	mode &= 07777;
	spin_lock(&vp->vn_attr_lock);
	if (!cred_owns(cr, vp->vn_uid)) {
		spin_unlock(&vp->vn_attr_lock);
		return EPERM;
	}
	if (!cred_is_root(cr) && !cred_in_group(cr, vp->vn_gid))
		mode &= ~(mode_t)S_ISGID;
	vp->vn_mode = (vp->vn_mode & S_IFMT) | mode;
	touch_locked(vp, VT_CTIME);
	spin_unlock(&vp->vn_attr_lock);
	return 0;
}

/*
 * Set-id bits do not survive a change of owner or contents. Group id without group execution
 * means something else: kept.
 */
static void
strip_setid_locked(struct vnode *vp)
{
	if (S_ISDIR(vp->vn_mode))
		return;
	vp->vn_mode &= ~(mode_t)S_ISUID;
	if ((vp->vn_mode & 0010) != 0)
		vp->vn_mode &= ~(mode_t)S_ISGID;
}

void
vnode_strip_setid(struct vnode *vp)
{
	if ((load_relaxed(&vp->vn_mode) & (S_ISUID | S_ISGID)) == 0)
		return;
	spin_lock(&vp->vn_attr_lock);
	strip_setid_locked(vp);
	spin_unlock(&vp->vn_attr_lock);
}

int
vnode_chown(struct vnode *vp, const struct cred *cr, uid_t uid, gid_t gid)
{
	int error;

	if ((error = check_change(vp)) != 0)
		return error;
	spin_lock(&vp->vn_attr_lock);
	if (!cred_is_root(cr)) {
		if (uid != ID_NONE && (uid != vp->vn_uid || !cred_owns(cr, vp->vn_uid)))
			error = EPERM;
		if (gid != ID_NONE && (!cred_owns(cr, vp->vn_uid) ||
		    (gid != vp->vn_gid && !cred_in_group(cr, gid))))
			error = EPERM;
	}
	if (error == 0 && (uid != ID_NONE || gid != ID_NONE)) {
		if (uid != ID_NONE)
			vp->vn_uid = uid;
		if (gid != ID_NONE)
			vp->vn_gid = gid;
		strip_setid_locked(vp);
		touch_locked(vp, VT_CTIME);
	}
	spin_unlock(&vp->vn_attr_lock);
	return error;
}

static void
set_time(struct vfs_time *dst, const struct vfs_time *src, const struct vfs_time *now)
{
	if (src == NULL || src->vt_nsec == VFS_UTIME_NOW)
		*dst = *now;
	else if (src->vt_nsec != VFS_UTIME_OMIT)
		*dst = *src;
}

int
vnode_utimes(struct vnode *vp, const struct cred *cr, const struct vfs_time times[2])
{
	struct vfs_time now = vfs_now();
	bool both_now;
	int error;

	if (times != NULL) {
		for (int i = 0; i < 2; i++) {
			if (times[i].vt_nsec >= NSEC_PER_SEC && times[i].vt_nsec != VFS_UTIME_NOW &&
			    times[i].vt_nsec != VFS_UTIME_OMIT)
				return EINVAL;
		}
		if (times[0].vt_nsec == VFS_UTIME_OMIT && times[1].vt_nsec == VFS_UTIME_OMIT)
			return 0;
	}
	if ((error = check_change(vp)) != 0)
		return error;
	both_now = times == NULL ||
	    (times[0].vt_nsec == VFS_UTIME_NOW && times[1].vt_nsec == VFS_UTIME_NOW);
	if (!cred_owns(cr, load_relaxed(&vp->vn_uid))) {
		if (!both_now)
			return EPERM;
		if ((error = vnode_access(vp, cr, VACC_WRITE)) != 0)
			return error;
	}
	spin_lock(&vp->vn_attr_lock);
	set_time(&vp->vn_atime, times == NULL ? NULL : &times[0], &now);
	set_time(&vp->vn_mtime, times == NULL ? NULL : &times[1], &now);
	touch_locked(vp, VT_CTIME);
	spin_unlock(&vp->vn_attr_lock);
	return 0;
}

/* vn_writers: above zero, open for writing so many times; below, executed so many times. */
static int
writers_move(struct vnode *vp, int by)
{
	int error = 0;

	spin_lock(&vp->vn_attr_lock);
	if (by > 0 ? vp->vn_writers < 0 : vp->vn_writers > 0)
		error = ETXTBSY;
	else
		vp->vn_writers += by;
	spin_unlock(&vp->vn_attr_lock);
	return error;
}

int
vnode_writer_get(struct vnode *vp)
{
	return writers_move(vp, 1);
}

void
vnode_writer_put(struct vnode *vp)
{
	spin_lock(&vp->vn_attr_lock);
	KASSERT(vp->vn_writers > 0);
	vp->vn_writers--;
	spin_unlock(&vp->vn_attr_lock);
}

int
vnode_text_get(struct vnode *vp)
{
	return writers_move(vp, -1);
}

void
vnode_text_put(struct vnode *vp)
{
	spin_lock(&vp->vn_attr_lock);
	KASSERT(vp->vn_writers < 0);
	vp->vn_writers++;
	spin_unlock(&vp->vn_attr_lock);
}

void
vnode_statfs(struct vnode *vp, struct vfs_statfs *sf)
{
	uint32_t flags = load_relaxed(&vp->vn_mount->mnt_flags);

	memset(sf, 0, sizeof(*sf));
	sf->sf_bsize = PAGE_SIZE;
	sf->sf_namelen = VFS_NAME_MAX;
	sf->sf_fsid = vp->vn_mount->mnt_dev;
	/* ST_VALID, and the bits of statvfs. */
	sf->sf_flags = 0x20 | ((flags & MNT_RDONLY) != 0 ? 1 : 0) | ((flags & MNT_NOSUID) != 0 ? 2 :
	    0) |
	    ((flags & MNT_NODEV) != 0 ? 4 : 0) | ((flags & MNT_NOEXEC) != 0 ? 8 : 0);
	if (vp->vn_ops->vo_statfs != NULL)
		vp->vn_ops->vo_statfs(vp->vn_mount, sf);
}
