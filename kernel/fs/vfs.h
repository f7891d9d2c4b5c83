/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files by name: the calls that the personalities, exec and the file room use. Paths are kernel
 * strings, copied in already (VFS_PATH_MAX at most, zero included). Every call may sleep and
 * takes no lock of the caller's. Errors are those that the Linux call of the same name documents.
 * Vnodes given out are held: vnode_drop.
 */
#ifndef FS_VFS_H
#define FS_VFS_H

#include "file/file.h"
#include "fs/vnode.h"

/*
 * On whose behalf. All pointers are borrowed for the duration of the call. proc builds one for
 * the calling process (vfs_ctx_cur).
 */
struct vfs_ctx {
	struct cred	*vc_cred;	/* its fsuid and fsgid count */
	struct vnode	*vc_root;	/* "/" */
	struct vnode	*vc_cwd;	/* relative paths start here ... */
	struct vnode	*vc_at;		/* ... or here, when not null (the *at calls) */
	mode_t		 vc_umask;
};

/* Flags of a lookup. */
#define LOOKUP_FOLLOW		0x01u	/* follow a symbolic link in the last place */
#define LOOKUP_DIRECTORY	0x02u	/* ENOTDIR unless it is one */
#define LOOKUP_EMPTY		0x04u	/* the empty path is the starting vnode itself
					 * (AT_EMPTY_PATH) */

#define VFS_O_TMPFILE	020000000	/* the bit that O_TMPFILE adds to O_DIRECTORY */

/* Wanted access, as access(2) has it. */
#define VACC_READ	4u
#define VACC_WRITE	2u
#define VACC_EXEC	1u

/* Flags of vfs_rename: Linux's. */
#define VFS_RENAME_NOREPLACE	1u
#define VFS_RENAME_EXCHANGE	2u

/* Special vt_nsec values for vfs_utimes. */
#define VFS_UTIME_NOW	0x3fffffffu
#define VFS_UTIME_OMIT	0x3ffffffeu

/* ---- start ---- */
/*
 * Mounts the root tmpfs. After mem, sync and the scheduler are up; panics when that is
 * impossible.
 */
void	vfs_init(void);
/*
 * After the initrd is unpacked: makes /dev, /proc and /tmp when missing, mounts devfs and procfs.
 */
void	vfs_mount_boot(void);
/* The root vnode of the root mount, not held: it never goes away. */
struct vnode *vfs_root(void);

/* ---- by path ---- */
int	vfs_lookup(const struct vfs_ctx *, const char *path, uint32_t lookup_flags,
    struct vnode **);
/*
 * A new open file, not yet in a descriptor table. oflags: O_*; mode: permissions of a created
 * file, umask not yet taken off.
 */
int	vfs_open(const struct vfs_ctx *, const char *path, uint32_t oflags, mode_t mode,
    struct file **);
int	vfs_mkdir(const struct vfs_ctx *, const char *path, mode_t);
/* mode with type: regular, fifo, socket, character or block device (these only by root). */
int	vfs_mknod(const struct vfs_ctx *, const char *path, mode_t, dev_t rdev);
int	vfs_unlink(const struct vfs_ctx *, const char *path);
int	vfs_rmdir(const struct vfs_ctx *, const char *path);
/* The two contexts differ only in vc_at. */
int	vfs_rename(const struct vfs_ctx *octx, const char *opath, const struct vfs_ctx *nctx,
    const char *npath,
	    uint32_t flags);
/* LOOKUP_FOLLOW and LOOKUP_EMPTY concern the old path. */
int	vfs_link(const struct vfs_ctx *octx, const char *opath, const struct vfs_ctx *nctx,
    const char *npath,
	    uint32_t lookup_flags);
int	vfs_symlink(const struct vfs_ctx *, const char *target, const char *path);
/*
 * Text into buf, not terminated, cut at size; *len: what was copied. The empty path reads vc_at
 * itself.
 */
int	vfs_readlink(const struct vfs_ctx *, const char *path, char *buf, size_t size, size_t *len);
int	vfs_stat(const struct vfs_ctx *, const char *path, uint32_t lookup_flags, struct kstat *);
/*
 * want: VACC_* bits, 0 asks for existence. The caller puts the real ids into vc_cred where
 * access(2) wants them.
 */
int	vfs_access(const struct vfs_ctx *, const char *path, uint32_t want, uint32_t lookup_flags);
int	vfs_chmod(const struct vfs_ctx *, const char *path, mode_t, uint32_t lookup_flags);
/* (uid_t)-1, (gid_t)-1: leave. */
int	vfs_chown(const struct vfs_ctx *, const char *path, uid_t, gid_t, uint32_t lookup_flags);
/* times[0] access, times[1] modification, vt_nsec may be VFS_UTIME_*; null: both now. */
int	vfs_utimes(const struct vfs_ctx *, const char *path, const struct vfs_time times[2],
    uint32_t lookup_flags);
/* EFBIG (and SIGXFSZ) beyond the file size limit of the calling process. */
int	vfs_truncate(const struct vfs_ctx *, const char *path, off_t length);
int	vfs_statfs(const struct vfs_ctx *, const char *path, struct vfs_statfs *);
/*
 * A directory that the caller may enter: for chdir. For chroot the caller also asks for root's
 * rights.
 */
int	vfs_lookup_enter(const struct vfs_ctx *, const char *path, struct vnode **);
/* A regular file that may be executed: EACCES otherwise. */
int	vfs_lookup_exec(const struct vfs_ctx *, const char *path, uint32_t lookup_flags,
    struct vnode **);
/* fstype tmpfs, devtmpfs (devfs), proc; root only. ENODEV for others. flags: MNT_* */
int	vfs_mount(const struct vfs_ctx *, const char *source, const char *path, const char *fstype,
    uint32_t flags);
int	vfs_umount(const struct vfs_ctx *, const char *path, uint32_t lookup_flags);

/* ---- by vnode (the f* calls) ---- */
/* May cred do that? root may all but execute a file without any x bit. 0 or EACCES (EROFS). */
int	vnode_access(struct vnode *, const struct cred *, uint32_t want);
void	vnode_stat(struct vnode *, struct kstat *);
int	vnode_chmod(struct vnode *, const struct cred *, mode_t);
int	vnode_chown(struct vnode *, const struct cred *, uid_t, gid_t);
int	vnode_utimes(struct vnode *, const struct cred *, const struct vfs_time times[2]);
/* Access was checked at open. */
int	vnode_truncate(struct vnode *, off_t length);
int	vnode_allocate(struct vnode *, off_t off, off_t len, bool keep_size);
void	vnode_statfs(struct vnode *, struct vfs_statfs *);
bool	vnode_is_dir(const struct vnode *);
/*
 * From a regular file into kernel memory; *done may be short at its end. Does not touch the
 * access time.
 */
int	vfs_read_kernel(struct vnode *, void *buf, size_t n, off_t off, size_t *done);
/* Bytes in a regular file. */
uint64_t vnode_size(struct vnode *);
/* Execution forbids writing (ETXTBSY both ways); exec takes one count per p_exe. */
int	vnode_text_get(struct vnode *);
void	vnode_text_put(struct vnode *);

/*
 * The path of a vnode as seen from vc_root, zero-terminated; *len without the zero. Directories
 * know their place; a file is found under the name under which it was last linked (for
 * /proc/PID/exe and fd). ERANGE: size too small, ENOENT: it has been removed. A place outside of
 * vc_root gets "(unreachable)" in front.
 */
int	vfs_getcwd(const struct vfs_ctx *, struct vnode *, char *buf, size_t size, size_t *len);
/*
 * The same for display: a removed file keeps its name and gets " (deleted)" behind, an error
 * becomes "(unreachable)".
 */
void	vfs_path_show(struct vnode *root, struct vnode *, char *buf, size_t size);

/* ---- hook, implemented above (fs/procfs/hooks.c reads proc) ---- */
/* RLIMIT_FSIZE of the calling process, in bytes. */
uint64_t vfs_hook_fsize_limit(void);

#endif
