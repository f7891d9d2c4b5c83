/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls on files' attributes: the stat family, modes, owners, times.
 *
 * A descriptor may be asked through its number or through the empty path with AT_EMPTY_PATH (as
 * newer libcs do for fstat); pipes and the like have no vnode, so the empty path is answered here
 * and not by a lookup.
 */
#include "abi/linux/linux_int.h"

static void
linux_stat_of(const struct kstat *k, struct linux_stat *st)
{
	*st = (struct linux_stat){
		.st_dev = k->st_dev,
		.st_ino = k->st_ino,
		.st_nlink = k->st_nlink,
		.st_mode = k->st_mode,
		.st_uid = k->st_uid,
		.st_gid = k->st_gid,
		.st_rdev = k->st_rdev,
		.st_size = (int64_t)k->st_size,
		.st_blksize = k->st_blksize,
		.st_blocks = (int64_t)k->st_blocks,
		.st_atime_sec = (uint64_t)k->st_atim.t_sec,
		.st_atime_nsec = k->st_atim.t_nsec,
		.st_mtime_sec = (uint64_t)k->st_mtim.t_sec,
		.st_mtime_nsec = k->st_mtim.t_nsec,
		.st_ctime_sec = (uint64_t)k->st_ctim.t_sec,
		.st_ctime_nsec = k->st_ctim.t_nsec,
	};
}

static int
linux_fstat(struct linux_call *c, int fd, struct kstat *k)
{
	struct file *f;
	int error;

	if ((error = linux_file_get(c, fd, &f)) != 0)
		return error;
	error = file_stat(f, k);
	file_drop(f);
	return error;
}

/* flags: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH; others were checked. */
static int
linux_stat_path(struct linux_call *c, int dirfd, vaddr_t upath, uint32_t flags, struct kstat *k)
{
	uint32_t lookup = (flags & LX_AT_SYMLINK_NOFOLLOW) != 0 ? 0 : LOOKUP_FOLLOW;
	struct linux_path lp;
	char first;
	int error;

	if ((flags & LX_AT_EMPTY_PATH) != 0) {
		lookup |= LOOKUP_EMPTY;
		if (dirfd != LX_AT_FDCWD) {
			if ((error = copyin(uptr(upath), &first, 1)) != 0)
				return error;
			if (first == '\0')
				return linux_fstat(c, dirfd, k);
		}
	}
	if ((error = linux_path_begin(c, dirfd, upath, &lp)) != 0)
		return error;
	error = vfs_stat(&lp.lp_ctx, lp.lp_path, lookup, k);
	linux_path_end(&lp);
	return error;
}

static int
linux_stat_out(vaddr_t ust, const struct kstat *k)
{
	struct linux_stat st;

	linux_stat_of(k, &st);
	return copyout(&st, uptr(ust), sizeof(st));
}

int
linux_sys_stat(struct linux_call *c)
{
	struct kstat k;
	int error;

	if ((error = linux_stat_path(c, LX_AT_FDCWD, ARG_VA(c, 0), 0, &k)) != 0)
		return error;
	return linux_stat_out(ARG_VA(c, 1), &k);
}

int
linux_sys_lstat(struct linux_call *c)
{
	struct kstat k;
	int error;

	error = linux_stat_path(c, LX_AT_FDCWD, ARG_VA(c, 0), LX_AT_SYMLINK_NOFOLLOW, &k);
	return error != 0 ? error : linux_stat_out(ARG_VA(c, 1), &k);
}

int
linux_sys_fstat(struct linux_call *c)
{
	struct kstat k;
	int error;

	if ((error = linux_fstat(c, ARG_INT(c, 0), &k)) != 0)
		return error;
	return linux_stat_out(ARG_VA(c, 1), &k);
}

#define STAT_FLAGS	(LX_AT_SYMLINK_NOFOLLOW | LX_AT_EMPTY_PATH | LX_AT_NO_AUTOMOUNT)

int
linux_sys_newfstatat(struct linux_call *c)
{
	uint32_t flags = ARG_U32(c, 3);
	struct kstat k;
	int error;

	if ((flags & ~(uint32_t)STAT_FLAGS) != 0)
		return EINVAL;
	if ((error = linux_stat_path(c, ARG_INT(c, 0), ARG_VA(c, 1), flags, &k)) != 0)
		return error;
	return linux_stat_out(ARG_VA(c, 2), &k);
}

static struct linux_statx_time
linux_statx_time_of(const struct ktime *t)
{
	return (struct linux_statx_time){ .tv_sec = t->t_sec, .tv_nsec = t->t_nsec };
}

int
linux_sys_statx(struct linux_call *c)
{
	uint32_t flags = ARG_U32(c, 2), mask = ARG_U32(c, 3);
	struct kstat k;
	int error;

	if ((flags & ~(uint32_t)(STAT_FLAGS | LX_AT_STATX_SYNC_TYPE)) != 0 ||
	    (flags & LX_AT_STATX_SYNC_TYPE) == LX_AT_STATX_SYNC_TYPE ||
	    (mask & LX_STATX_RESERVED) != 0)
		return EINVAL;
	if ((error = linux_stat_path(c, ARG_INT(c, 0), ARG_VA(c, 1), flags, &k)) != 0)
		return error;

	struct linux_statx stx = {
		.stx_mask = LX_STATX_BASIC_STATS | LX_STATX_BTIME,
		.stx_blksize = k.st_blksize,
		.stx_nlink = k.st_nlink,
		.stx_uid = k.st_uid,
		.stx_gid = k.st_gid,
		.stx_mode = (uint16_t)k.st_mode,
		.stx_ino = k.st_ino,
		.stx_size = k.st_size,
		.stx_blocks = k.st_blocks,
		.stx_atime = linux_statx_time_of(&k.st_atim),
		.stx_btime = linux_statx_time_of(&k.st_btim),
		.stx_ctime = linux_statx_time_of(&k.st_ctim),
		.stx_mtime = linux_statx_time_of(&k.st_mtim),
		.stx_rdev_major = DEV_MAJOR(k.st_rdev),
		.stx_rdev_minor = DEV_MINOR(k.st_rdev),
		.stx_dev_major = DEV_MAJOR(k.st_dev),
		.stx_dev_minor = DEV_MINOR(k.st_dev),
	};
	return copyout(&stx, uptr(ARG_VA(c, 4)), sizeof(stx));
}

static int
linux_statfs_out(vaddr_t usf, const struct vfs_statfs *k)
{
	struct linux_statfs sf = {
		.f_type = (int64_t)k->sf_type,
		.f_bsize = (int64_t)k->sf_bsize,
		.f_blocks = k->sf_blocks,
		.f_bfree = k->sf_bfree,
		.f_bavail = k->sf_bfree,
		.f_files = k->sf_files,
		.f_ffree = k->sf_ffree,
		.f_fsid = { (int32_t)k->sf_fsid, (int32_t)(k->sf_fsid >> 32) },
		.f_namelen = k->sf_namelen,
		.f_frsize = (int64_t)k->sf_bsize,
		.f_flags = k->sf_flags,
	};

	return copyout(&sf, uptr(usf), sizeof(sf));
}

int
linux_sys_statfs(struct linux_call *c)
{
	struct linux_path lp;
	struct vfs_statfs k;
	int error;

	memset(&k, 0, sizeof(k));
	if ((error = linux_path_begin(c, LX_AT_FDCWD, ARG_VA(c, 0), &lp)) != 0)
		return error;
	error = vfs_statfs(&lp.lp_ctx, lp.lp_path, &k);
	linux_path_end(&lp);
	return error != 0 ? error : linux_statfs_out(ARG_VA(c, 1), &k);
}

#define PIPEFS_MAGIC	0x50495045

int
linux_sys_fstatfs(struct linux_call *c)
{
	struct vfs_statfs k;
	struct file *f;
	int error;

	memset(&k, 0, sizeof(k));
	if ((error = linux_file_get(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	if (f->f_vnode != NULL) {
		vnode_statfs(f->f_vnode, &k);
	} else {
		k.sf_type = PIPEFS_MAGIC;
		k.sf_bsize = PAGE_SIZE;
		k.sf_namelen = VFS_NAME_MAX;
	}
	file_drop(f);
	return linux_statfs_out(ARG_VA(c, 1), &k);
}

static int
linux_chmod(struct linux_call *c, int dirfd, vaddr_t upath, mode_t mode)
{
	struct linux_path lp;
	int error;

	if ((error = linux_path_begin(c, dirfd, upath, &lp)) != 0)
		return error;
	error = vfs_chmod(&lp.lp_ctx, lp.lp_path, mode & 07777, LOOKUP_FOLLOW);
	linux_path_end(&lp);
	return error;
}

int
linux_sys_chmod(struct linux_call *c)
{
	return linux_chmod(c, LX_AT_FDCWD, ARG_VA(c, 0), ARG_U32(c, 1));
}

int
linux_sys_fchmodat(struct linux_call *c)
{
	return linux_chmod(c, ARG_INT(c, 0), ARG_VA(c, 1), ARG_U32(c, 2));
}

/* The f* calls: a file that has a vnode and was not opened by O_PATH. */
static int
linux_file_get_vnode(struct linux_call *c, int fd, struct file **fp)
{
	int error;

	if ((error = linux_file_get(c, fd, fp)) != 0)
		return error;
	if (((*fp)->f_flags & O_PATH) != 0)
		error = EBADF;
	else if ((*fp)->f_vnode == NULL)
		error = EINVAL;
	if (error != 0)
		file_drop(*fp);
	return error;
}

int
linux_sys_fchmod(struct linux_call *c)
{
	struct cred *cred;
	struct file *f;
	int error;

	if ((error = linux_file_get_vnode(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	cred = proc_cred_hold(c->lc_proc);
	error = vnode_chmod(f->f_vnode, cred, ARG_U32(c, 1) & 07777);
	cred_drop(cred);
	file_drop(f);
	return error;
}

static int
linux_chown(struct linux_call *c, int dirfd, vaddr_t upath, uid_t uid, gid_t gid, uint32_t flags)
{
	uint32_t lookup = (flags & LX_AT_SYMLINK_NOFOLLOW) != 0 ? 0 : LOOKUP_FOLLOW;
	struct linux_path lp;
	int error;

	if ((flags & ~(uint32_t)(LX_AT_SYMLINK_NOFOLLOW | LX_AT_EMPTY_PATH)) != 0)
		return EINVAL;
	if ((flags & LX_AT_EMPTY_PATH) != 0)
		lookup |= LOOKUP_EMPTY;
	if ((error = linux_path_begin(c, dirfd, upath, &lp)) != 0)
		return error;
	error = vfs_chown(&lp.lp_ctx, lp.lp_path, uid, gid, lookup);
	linux_path_end(&lp);
	return error;
}

int
linux_sys_chown(struct linux_call *c)
{
	return linux_chown(c, LX_AT_FDCWD, ARG_VA(c, 0), ARG_U32(c, 1), ARG_U32(c, 2), 0);
}

int
linux_sys_lchown(struct linux_call *c)
{
	return linux_chown(c, LX_AT_FDCWD, ARG_VA(c, 0), ARG_U32(c, 1), ARG_U32(c, 2),
	    LX_AT_SYMLINK_NOFOLLOW);
}

int
linux_sys_fchownat(struct linux_call *c)
{
	return linux_chown(c, ARG_INT(c, 0), ARG_VA(c, 1), ARG_U32(c, 2), ARG_U32(c, 3),
	    ARG_U32(c, 4));
}

int
linux_sys_fchown(struct linux_call *c)
{
	struct cred *cred;
	struct file *f;
	int error;

	if ((error = linux_file_get_vnode(c, ARG_INT(c, 0), &f)) != 0)
		return error;
	cred = proc_cred_hold(c->lc_proc);
	error = vnode_chown(f->f_vnode, cred, ARG_U32(c, 1), ARG_U32(c, 2));
	cred_drop(cred);
	file_drop(f);
	return error;
}

/* Sets times by path, or (upath 0) those of the descriptor itself. times is null for "now". */
static int
linux_utimes(struct linux_call *c, int dirfd, vaddr_t upath, const struct vfs_time *times,
    uint32_t flags)
{
	uint32_t lookup = (flags & LX_AT_SYMLINK_NOFOLLOW) != 0 ? 0 : LOOKUP_FOLLOW;
	struct linux_path lp;
	struct cred *cred;
	struct file *f;
	int error;

	if (upath == 0 && dirfd != LX_AT_FDCWD) {
		if ((error = linux_file_get_vnode(c, dirfd, &f)) != 0)
			return error;
		cred = proc_cred_hold(c->lc_proc);
		error = vnode_utimes(f->f_vnode, cred, times);
		cred_drop(cred);
		file_drop(f);
		return error;
	}
	if ((flags & LX_AT_EMPTY_PATH) != 0)
		lookup |= LOOKUP_EMPTY;
	if ((error = linux_path_begin(c, dirfd, upath, &lp)) != 0)
		return error;
	error = vfs_utimes(&lp.lp_ctx, lp.lp_path, times, lookup);
	linux_path_end(&lp);
	return error;
}

int
linux_sys_utime(struct linux_call *c)
{
	struct vfs_time times[2] = { { 0 } };
	struct linux_utimbuf ub;
	int error;

	if (ARG_VA(c, 1) != 0) {
		if ((error = copyin(uptr(ARG_VA(c, 1)), &ub, sizeof(ub))) != 0)
			return error;
		times[0].vt_sec = ub.actime;
		times[1].vt_sec = ub.modtime;
	}
	return linux_utimes(c, LX_AT_FDCWD, ARG_VA(c, 0), ARG_VA(c, 1) != 0 ? times : NULL, 0);
}

static int
linux_futimesat(struct linux_call *c, int dirfd, vaddr_t upath, vaddr_t utv)
{
	struct vfs_time times[2];
	struct linux_timeval tv[2];
	int error;

	if (utv == 0)
		return linux_utimes(c, dirfd, upath, NULL, 0);
	if ((error = copyin(uptr(utv), tv, sizeof(tv))) != 0)
		return error;
	for (int i = 0; i < 2; i++) {
		if (tv[i].tv_usec < 0 || tv[i].tv_usec >= 1000000)
			return EINVAL;
		times[i].vt_sec = tv[i].tv_sec;
		times[i].vt_nsec = (uint32_t)tv[i].tv_usec * 1000;
	}
	return linux_utimes(c, dirfd, upath, times, 0);
}

int
linux_sys_utimes(struct linux_call *c)
{
	return linux_futimesat(c, LX_AT_FDCWD, ARG_VA(c, 0), ARG_VA(c, 1));
}

int
linux_sys_futimesat(struct linux_call *c)
{
	return linux_futimesat(c, ARG_INT(c, 0), ARG_VA(c, 1), ARG_VA(c, 2));
}

STATIC_ASSERT(LX_UTIME_NOW == VFS_UTIME_NOW && LX_UTIME_OMIT == VFS_UTIME_OMIT);

int
linux_sys_utimensat(struct linux_call *c)
{
	uint32_t flags = ARG_U32(c, 3);
	struct linux_timespec ts[2];
	struct vfs_time times[2];
	int error;

	if ((flags & ~(uint32_t)(LX_AT_SYMLINK_NOFOLLOW | LX_AT_EMPTY_PATH)) != 0)
		return EINVAL;
	if (ARG_VA(c, 2) == 0)
		return linux_utimes(c, ARG_INT(c, 0), ARG_VA(c, 1), NULL, flags);
	if ((error = copyin(uptr(ARG_VA(c, 2)), ts, sizeof(ts))) != 0)
		return error;
	for (int i = 0; i < 2; i++) {
		int64_t nsec = ts[i].tv_nsec;

		if (nsec != LX_UTIME_NOW && nsec != LX_UTIME_OMIT &&
		    (nsec < 0 || nsec >= (int64_t)NSEC_PER_SEC))
			return EINVAL;
		times[i].vt_sec = ts[i].tv_sec;
		times[i].vt_nsec = (uint32_t)nsec;
	}
	if (times[0].vt_nsec == VFS_UTIME_OMIT && times[1].vt_nsec == VFS_UTIME_OMIT)
		return 0;
	return linux_utimes(c, ARG_INT(c, 0), ARG_VA(c, 1), times, flags);
}

/*
 * Extended attributes: no file system has them. The file must exist all the same.
 */
int
linux_sys_noxattr(struct linux_call *c)
{
	struct kstat k;
	int error;

	error = linux_stat_path(c, LX_AT_FDCWD, ARG_VA(c, 0), 0, &k);
	return error != 0 ? error : EOPNOTSUPP;
}

int
linux_sys_lnoxattr(struct linux_call *c)
{
	struct kstat k;
	int error;

	error = linux_stat_path(c, LX_AT_FDCWD, ARG_VA(c, 0), LX_AT_SYMLINK_NOFOLLOW, &k);
	return error != 0 ? error : EOPNOTSUPP;
}

int
linux_sys_fnoxattr(struct linux_call *c)
{
	struct kstat k;
	int error;

	error = linux_fstat(c, ARG_INT(c, 0), &k);
	return error != 0 ? error : EOPNOTSUPP;
}
