/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Open files: what a descriptor refers to, shared by dup and fork. A file is born by file_alloc
 * with one reference and closed when the last goes. Everything that has descriptors implements
 * struct file_ops.
 */
#ifndef FILE_FILE_H
#define FILE_FILE_H

#include "file/uio.h"
#include "fs/vnode.h"	/* S_IF*, MAKEDEV, vnode_hold */
#include "sync/mutex.h"
#include "sync/refcount.h"

struct fd_table;
struct poll_waiter;
struct vm_mapping_req;

/* Open flags: Linux's numbers, spelled as its headers do so that both may be included. */
#define O_ACCMODE	00000003
#define O_RDONLY	00000000
#define O_WRONLY	00000001
#define O_RDWR		00000002
#define O_CREAT		00000100
#define O_EXCL		00000200
#define O_NOCTTY	00000400
#define O_TRUNC		00001000
#define O_APPEND	00002000
#define O_NONBLOCK	00004000
#define O_DSYNC		00010000
#define FASYNC		00020000
#define O_DIRECT	00040000
#define O_LARGEFILE	00100000
#define O_DIRECTORY	00200000
#define O_NOFOLLOW	00400000
#define O_NOATIME	01000000
#define O_CLOEXEC	02000000
#define O_PATH		010000000

/* What F_SETFL may change. */
#define FILE_SETFL_MASK	(O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME | FASYNC)

#define SEEK_SET	0
#define SEEK_CUR	1
#define SEEK_END	2
#define SEEK_DATA	3
#define SEEK_HOLE	4

struct ktime {
	int64_t		 t_sec;
	uint32_t	 t_nsec;
};

struct kstat {
	ino_t		 st_ino;
	dev_t		 st_dev;
	mode_t		 st_mode;
	uint32_t	 st_nlink;
	uid_t		 st_uid;
	gid_t		 st_gid;
	dev_t		 st_rdev;
	uint64_t	 st_size;
	uint32_t	 st_blksize;
	uint64_t	 st_blocks;	/* of 512 bytes */
	struct ktime	 st_atim, st_mtim, st_ctim, st_btim;
};

/*
 * Called for each name of a directory. type is DT_* (Linux's numbers: mode >> 12); next is the
 * offset of the entry after this one. Not zero: stop, this entry was not taken (then f_off stays
 * before it).
 */
typedef int (*file_dirent_fn)(void *arg, const char *name, size_t len, ino_t ino, uint8_t type,
    off_t next);

/*
 * Any of these may be null: read and write give EINVAL, ioctl ENOTTY, seek ESPIPE, mmap ENODEV,
 * readdir ENOTDIR, truncate and sync EINVAL; poll means always ready, close does nothing. All may
 * sleep. Waits end with ERESTART (nothing moved) or success (something moved) when a signal
 * comes.
 */
struct file_ops {
	const char	*name;		/* "pipe", "tty", "reg": /proc/pid/fd shows it for files
					 * without a vnode */
	bool		 seekable;	/* u_off means something: pread works, f_off is kept under
					 * f_off_lock */
	bool		 mqueue;	/* a message queue: descriptor tables count these */
	bool		 nofork;	/* the copy that fork makes of a descriptor table leaves
					 * it out (kqueue) */
	/* Moves u_off with the data when seekable. Success with bytes left is a short transfer. */
	int		(*read)(struct file *, struct uio *);
	int		(*write)(struct file *, struct uio *);
	/* cmd and arg are Linux's; arg is a user address or a number. */
	int		(*ioctl)(struct file *, uint32_t cmd, vaddr_t arg);
	/*
	 * The events (POLL*) that hold now; records the waiter (poll_record) first when it is not
	 * null.
	 */
	uint32_t	(*poll)(struct file *, struct poll_waiter *);
	/* The last reference is gone. The vnode's hold is dropped after it. */
	void		(*close)(struct file *);
	/*
	 * A descriptor of the file was closed in this table (an address, not to be followed): the
	 * last one or not.
	 */
	void		(*detach)(struct file *, const struct fd_table *);
	/* Only for files without a vnode; the others are asked through vnode_file_stat. */
	int		(*stat)(struct file *, struct kstat *);
	/* f_off_lock is held; sets *out, the caller stores it in f_off. */
	int		(*seek)(struct file *, off_t off, int whence, off_t *out);
	/* Fills in the object of a mapping request, or refuses. */
	int		(*mmap)(struct file *, struct vm_mapping_req *);
	/* From f_off on; moves f_off. f_off_lock is held. */
	int		(*readdir)(struct file *, file_dirent_fn, void *arg);
	int		(*truncate)(struct file *, off_t len);
	int		(*sync)(struct file *, bool data_only);
	int		(*allocate)(struct file *, int mode, off_t off, off_t len);
	/* F_SETFL is about to store these flags; may refuse. */
	int		(*setfl)(struct file *, uint32_t flags);
	/* Lines of its own for /proc/PID/fdinfo; as ksnprintf. */
	int		(*fdinfo)(struct file *, char *buf, size_t size);
};

/*
 * struct file.	C constant once installed   A atomic   O f_off_lock
 *		G the lock of epoll's links (epoll.c)
 */
struct file {
	refcount_t	 f_refs;	/* A */
	uint32_t	 f_flags;	/* A       O_*, without the flags that only open looks at */
	const struct file_ops *f_ops;	/* C */
	void		*f_data;	/* C       the implementation's */
	struct vnode	*f_vnode;	/* C  ref  null for pipes and the like */
	struct cred	*f_cred;	/* C  ref  of the opener */
	struct mutex	 f_off_lock;
	off_t		 f_off;		/* O */
	struct list	 f_epolls;	/* G       struct epoll_item that watch this file */
	bool		 f_seen_epoll;	/* A       it was on f_epolls once */
	uint64_t	 f_ra_state;	/*         for fs: its own, of one file */
};

/* A file with one reference; takes its own hold of cred (may be null). ENOMEM, ENFILE. */
int	file_alloc(const struct file_ops *, void *data, uint32_t flags, struct cred *,
    struct file **);
void	file_hold(struct file *);
/* May close: may sleep, no locks held but those that ops->close may be called with. */
void	file_drop(struct file *);
/* Frees a file that was never complete: no close, no vnode drop. */
void	file_free_unopened(struct file *);

static inline bool
file_readable(const struct file *f)
{
	return (f->f_flags & (O_PATH | O_ACCMODE)) == O_RDONLY ||
	    (f->f_flags & (O_PATH | O_ACCMODE)) == O_RDWR;
}

static inline bool
file_writable(const struct file *f)
{
	return (f->f_flags & (O_PATH | O_ACCMODE)) == O_WRONLY ||
	    (f->f_flags & (O_PATH | O_ACCMODE)) == O_RDWR;
}

static inline bool
file_nonblock(const struct file *f)
{
	return (load_relaxed(&f->f_flags) & O_NONBLOCK) != 0;
}

/*
 * The calls. All check the access mode (EBADF), and report partial transfers as success: the
 * caller computes the result from u_resid. The p forms take the position from u_off (ESPIPE when
 * not seekable, EINVAL below 0) and leave f_off.
 */
int	file_read(struct file *, struct uio *);
int	file_write(struct file *, struct uio *);
int	file_pread(struct file *, struct uio *);
int	file_pwrite(struct file *, struct uio *);
int	file_ioctl(struct file *, uint32_t cmd, vaddr_t arg);
int	file_seek(struct file *, off_t off, int whence, off_t *out);
int	file_stat(struct file *, struct kstat *);
/*
 * Also EACCES: not open for reading, or a shared writable mapping of a file that is not open for
 * writing; a shared mapping of one can then never become writable (max_prot).
 */
int	file_mmap(struct file *, struct vm_mapping_req *);
/* The seek operation of a file without an end: from the start or from here. EINVAL. */
int	file_seek_anywhere(struct file *, off_t off, int whence, off_t *out);
int	file_readdir(struct file *, file_dirent_fn, void *arg);
int	file_truncate(struct file *, off_t len);
int	file_sync(struct file *, bool data_only);
int	file_allocate(struct file *, int mode, off_t off, off_t len);
uint32_t file_poll(struct file *, struct poll_waiter *);
/* F_GETFL and F_SETFL. */
uint32_t file_getfl(const struct file *);
int	file_setfl(struct file *, uint32_t flags);
/*
 * sendfile and its kin: moves at most len bytes from in (at *in_off, or its f_off when null) to
 * out through a kernel buffer. *moved may be short; an error only when nothing was moved.
 */
int	file_send(struct file *out, struct file *in, off_t *in_off, size_t len, size_t *moved);

/* Bytes of the kernel's own memory. *done may be short. */
int	file_write_kernel(struct file *, const void *buf, size_t len, size_t *done);

/*
 * Fills in a stat of an object that lives in no file system: mode, times of now, a number of its
 * own.
 */
void	file_stat_anon(struct file *, struct kstat *, mode_t mode, ino_t ino);
/* Numbers for such objects; never 0. */
ino_t	file_anon_ino(void);

/* Hook, implemented by fs: stat of a file that has a vnode. */
int	vnode_file_stat(struct file *, struct kstat *);

/* Hook, implemented by signal: the current LWP wrote to a pipe without readers; SIGPIPE to it. */
void	file_sigpipe(void);
/* Hook, implemented by signal: a write went over RLIMIT_FSIZE. */
void	file_sigxfsz(void);

extern uint32_t files_open;	/* live files, read unlocked */
extern uint32_t files_max;

#endif
