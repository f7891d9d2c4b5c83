/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Vnodes and mounts: what every file system is made of. Users of files want fs/vfs.h; this header
 * is also what a file system implements.
 *
 * A vnode is embedded in its file system's own node and lives as long as that: tmpfs keeps one
 * reference for every linked node (so the tree is its own name cache), procfs makes them on
 * lookup and frees them with the last drop.
 */
#ifndef FS_VNODE_H
#define FS_VNODE_H

#include "lib/klib.h"
#include "sync/refcount.h"
#include "sync/rwlock.h"

struct cred;
struct file;
struct kstat;
struct lwp;
struct mount;
struct pipe;
struct uio;
struct vfs_ctx;
struct vm_object;
struct vnode;
struct vnode_ops;

#define VFS_NAME_MAX	255	/* bytes of one name */
#define VFS_PATH_MAX	4096	/* bytes of a path, its zero included */
#define VFS_LINK_MAX	40	/* symbolic links followed in one lookup */

/*
 * File types and modes, as in st_mode; spelled as Linux's headers do so that both may be
 * included.
 */
#define S_IFMT		00170000
#define S_IFSOCK	 0140000
#define S_IFLNK		 0120000
#define S_IFREG		 0100000
#define S_IFBLK		 0060000
#define S_IFDIR		 0040000
#define S_IFCHR		 0020000
#define S_IFIFO		 0010000
#define S_ISUID		 0004000
#define S_ISGID		 0002000
#define S_ISVTX		 0001000
#ifndef S_ISREG
#define S_ISREG(m)	(((m) & S_IFMT) == S_IFREG)
#define S_ISDIR(m)	(((m) & S_IFMT) == S_IFDIR)
#define S_ISLNK(m)	(((m) & S_IFMT) == S_IFLNK)
#define S_ISCHR(m)	(((m) & S_IFMT) == S_IFCHR)
#define S_ISBLK(m)	(((m) & S_IFMT) == S_IFBLK)
#define S_ISFIFO(m)	(((m) & S_IFMT) == S_IFIFO)
#define S_ISSOCK(m)	(((m) & S_IFMT) == S_IFSOCK)
#endif

/* Device numbers, packed as Linux packs them for programs (12 bits of major, 20 of minor). */
#define MAKEDEV(ma, mi)	((dev_t)(((uint64_t)(mi) & 0xff) | ((uint64_t)(ma) & 0xfff) << 8 | \
			    ((uint64_t)(mi) & 0xfff00) << 12))
#define DEV_MAJOR(d)	((uint32_t)((d) >> 8 & 0xfff))
#define DEV_MINOR(d)	((uint32_t)(((d) & 0xff) | ((d) >> 12 & 0xfff00)))

struct vfs_time {
	int64_t		 vt_sec;
	uint32_t	 vt_nsec;
};

/*
 * struct vnode: one file, folder, link, fifo or device.
 *   C  constant once published   A  atomic   V  vn_lock   a  vn_attr_lock   M  mount_lock (mount.c)
 *   T  vn_mount->mnt_tree_lock
 */
struct vnode {
	refcount_t	 vn_refs;	/* A  vnode_hold, vnode_drop */
	const struct vnode_ops *vn_ops;	/* C */
	struct mount	*vn_mount;	/* C  the file system that it belongs to */
	struct mount	*vn_covered_by;	/* M  what is mounted on it, or null */
	ino_t		 vn_ino;	/* C */
	dev_t		 vn_rdev;	/* C  of devices */
	struct rwlock	 vn_lock;	/*    contents and size of a regular file */
	struct vm_object *vn_object;	/* C  pages of a regular file; vo_size is V */
	struct spinlock	 vn_attr_lock;	/*    the attributes: */
	mode_t		 vn_mode;	/* a  the type in it is C */
	uid_t		 vn_uid;	/* a */
	gid_t		 vn_gid;	/* a */
	uint32_t	 vn_nlink;	/* a  changed under T as well */
	struct vfs_time	 vn_atime;	/* a */
	struct vfs_time	 vn_mtime;	/* a */
	struct vfs_time	 vn_ctime;	/* a */
	struct vfs_time	 vn_btime;	/* C */
	int32_t		 vn_writers;	/* a  open for writing; below zero: so many times executed
					 * (ETXTBSY) */
	struct pipe	*vn_fifo;	/*    belongs to file/pipe.c: the open ends of a fifo */
	void		*vn_socket;	/*    belongs to the socket room */
};

/* One file system that is part of the tree. */
struct mount {
	const char	*mnt_fstype;	/* C  "tmpfs" */
	char		 mnt_source[32];/* C  first word in /proc/mounts */
	dev_t		 mnt_dev;	/* C  st_dev */
	uint32_t	 mnt_flags;	/* M  MNT_* */
	struct vnode	*mnt_root;	/* C  ref */
	struct vnode	*mnt_on;	/* M  ref: the vnode that it covers; null for the root
					 * mount */
	struct mount	*mnt_parent;	/* M  of mnt_on */
	struct list	 mnt_link;	/* M  all mounts, in order of mounting */
	struct rwlock	 mnt_tree_lock;	/*    names: every directory entry, parent pointer and
					 *    rename */
	void		*mnt_data;	/* C  the file system's own */
};

#define MNT_RDONLY	0x1u
#define MNT_NOSUID	0x2u
#define MNT_NODEV	0x4u
#define MNT_NOEXEC	0x8u

/*
 * Called for each entry of a directory, with the tree lock held shared: may fault user pages in,
 * but not call the vfs. The same as file/file.h's file_dirent_fn: type is S_IFMT >> 12, next the
 * position after this entry; not zero: stop, it was not taken.
 */
typedef int	vfs_emit_fn(void *arg, const char *name, size_t len, ino_t ino, uint8_t type,
    off_t next);

struct vfs_statfs {
	uint64_t	 sf_type;	/* magic number */
	uint64_t	 sf_bsize;
	uint64_t	 sf_blocks;
	uint64_t	 sf_bfree;
	uint64_t	 sf_files;
	uint64_t	 sf_ffree;
	uint64_t	 sf_fsid;
	uint32_t	 sf_namelen;
	uint32_t	 sf_flags;	/* as statfs(2) gives them */
};

/* What vo_create makes. */
struct vnode_spec {
	mode_t		 ns_mode;	/* type and permissions; umask already taken off */
	uid_t		 ns_uid;
	gid_t		 ns_gid;
	dev_t		 ns_rdev;
	const char	*ns_target;	/* of a symbolic link */
};

/*
 * What a file system implements; absent members give the error in parentheses. A directory
 * operation gets a name that is neither empty, "." nor "..", without slashes, of at most
 * VFS_NAME_MAX bytes, zero-terminated. The vfs has checked that the caller may search or write
 * the directories; the operation takes the tree lock itself, and answers ENOENT when the
 * directory was removed. Vnodes given back are held. All may sleep.
 */
struct vnode_ops {
	/* (ENOTDIR) */
	int	(*vo_lookup)(struct vnode *dir, const char *name, struct vnode **);
	/*
	 * Where the vnode lives: the directory, for ".." and getcwd, and if name (VFS_NAME_MAX +
	 * 1 bytes) is not null the name in it. *gone: it was removed from there. ENOENT: not
	 * known (only for what is no directory).
	 */
	int	(*vo_parent)(struct vnode *, struct vnode **parent, char *name, bool *gone);
	/* EEXIST. A null name makes a file that is linked nowhere (O_TMPFILE). */
	/* (EACCES) */
	int	(*vo_create)(struct vnode *dir, const char *name, const struct vnode_spec *,
	    struct vnode **);
	/* (EPERM) */
	int	(*vo_link)(struct vnode *dir, const char *name, struct vnode *target);
	/* Both ask vnode_check_remove of what they remove. isdir: rmdir. */
	/* (EPERM) */
	int	(*vo_remove)(struct vnode *dir, const char *name, bool isdir, const struct cred *);
	int	(*vo_rename)(struct vnode *odir, const char *oname, struct vnode *ndir,
	    const char *nname,
		    /* (EPERM) */
		    uint32_t flags, const struct cred *);
	/*
	 * Entries from position *pos (>= 2) on, "." and ".." left to the vfs; *pos is moved to
	 * the next one not taken.
	 */
	/* (ENOTDIR) */
	int	(*vo_readdir)(struct vnode *dir, off_t *pos, vfs_emit_fn *, void *arg);
	/* The text of a symbolic link into buf, not terminated; *len what was copied. */
	/* (EINVAL) */
	int	(*vo_readlink)(struct vnode *, char *buf, size_t size, size_t *len);
	/*
	 * A link that leads straight to an object (/proc/PID/fd/N): a held vnode. Absent, or
	 * EJUSTRETURN: follow the text.
	 */
	int	(*vo_jump)(struct vnode *, const struct cred *, struct vnode **);
	/*
	 * Opens in place of the vfs: sets f_ops and f_data of the new file, whose f_flags, f_cred
	 * and f_vnode are set.
	 */
	int	(*vo_open)(struct vnode *, struct file *);
	/* Fills in what differs from the vnode's own attributes. */
	void	(*vo_stat)(struct vnode *, struct kstat *);
	/*
	 * Brings attributes that are computed (uid, gid, mode) up to date before they are looked
	 * at.
	 */
	void	(*vo_refresh)(struct vnode *);
	void	(*vo_statfs)(struct mount *, struct vfs_statfs *);
	/* chmod, chown, utimes are EPERM. */
	bool	vo_fixed_attrs;
	/*
	 * The last reference is gone. Returns a vnode whose hold is to be dropped next (in a
	 * loop, not by recursion), or null.
	 */
	struct vnode *(*vo_free)(struct vnode *);
};

void	vnode_init(struct vnode *, const struct vnode_ops *, struct mount *, mode_t, ino_t);
void	vnode_fini(struct vnode *);
struct vnode *vnode_hold(struct vnode *);	/* null stays null */
void	vnode_drop(struct vnode *);		/* null is ignored; may sleep */
/*
 * For vo_remove and vo_rename, tree lock held: may cred take victim out of dir? EPERM (sticky),
 * EBUSY (mounted on).
 */
int	vnode_check_remove(struct vnode *dir, struct vnode *victim, const struct cred *);
/* Something is mounted on it. */
bool	vnode_is_covered(struct vnode *);
/* Free memory is down to the reserve that files may not use: ENOSPC. */
bool	vfs_no_space(void);
/* Which times become now. */
#define VT_ATIME	1u
#define VT_MTIME	2u
#define VT_CTIME	4u
void	vnode_touch(struct vnode *, uint32_t which);
/* Adds to the link count and sets ctime; returns the new count. */
uint32_t vnode_add_nlink(struct vnode *, int n);

/* mount.c */
/* null: no memory */
struct mount *mount_alloc(const char *fstype, const char *source, uint32_t flags);
void	mount_free(struct mount *);
/*
 * Puts the mount on the vnode (null: it becomes the root). Takes over the caller's mount; holds
 * the vnode. EBUSY.
 */
int	mount_attach(struct mount *, struct vnode *on);

/* Calls fn for each mount in order, with *holds* of its own and no lock; false ends. */
void	mount_foreach(bool (*fn)(struct mount *, void *), void *arg);

/* File systems: create a mount, not yet attached. */
int	tmpfs_mount(const char *fstype, const char *source, uint32_t flags, struct mount **);
/* Takes an unattached mount down, unless something in it is in use: EBUSY. */
int	tmpfs_unmount(struct mount *);
int	devfs_mount(struct mount **);
int	procfs_mount(struct mount **);
int	procfs_unmount(struct mount *);
/* The one file system of message queues: made at boot, shown wherever it is mounted. */
void	mqfs_init(void);
struct mount *mqfs_get(void);

struct vfs_time vfs_now(void);

#endif
