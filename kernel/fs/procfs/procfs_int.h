/* SPDX-License-Identifier: BSD-2-Clause */
/* What the files of procfs share. */
#ifndef FS_PROCFS_PROCFS_INT_H
#define FS_PROCFS_PROCFS_INT_H

#include "fs/vfs_int.h"
#include "proc/proc.h"

/* A text that grows (text.c). After a failure it stays as it is and t_error says why. */
struct text {
	char		*t_buf;
	size_t		 t_len;
	size_t		 t_size;
	int		 t_error;
};

void	text_init(struct text *);
void	text_fini(struct text *);
void	text_printf(struct text *, const char *fmt, ...) __printflike(2, 3);
void	text_append(struct text *, const void *, size_t);
/*
 * Room for n bytes at the end, to be filled by the caller, who adds to t_len; null when out of
 * memory.
 */
char	*text_reserve(struct text *, size_t n);

struct pnode;

#define PROCFS_POS_MADE_UP 0x10000	/* what pe_readdir calls position 0 */

/* One row of a table of names; see procfs.c. */
struct pentry {
	const char	*pe_name;
	mode_t		 pe_mode;	/* type and permissions */
	/* A file: writes its text. An error is what read(2) returns. */
	int		(*pe_show)(struct text *, struct pnode *);
	/* A file that can be written: all that one write(2) gave. */
	int		(*pe_store)(struct pnode *, const char *buf, size_t len);
	/* A link: its text; and where it leads, if not there. */
	int		(*pe_link)(struct pnode *, char *buf, size_t size);
	int		(*pe_jump)(struct pnode *, struct vnode **);
	/* A folder: rows, ended by a null name, and names that are made up. */
	const struct pentry *pe_rows;
	int		(*pe_lookup)(struct pnode *, const char *name, struct vnode **);
	int		(*pe_readdir)(struct pnode *, off_t *pos, vfs_emit_fn *, void *arg);
	const struct pentry *pe_sub;	/* or: all that is said there counts, instead of this row */
	bool		 pe_private;	/* only for who may look into the process: EACCES */
};

/* Rows of tables. */
#define FILE_ROW(name, show)	{ .pe_name = name, .pe_mode = S_IFREG | 0444, .pe_show = show }
#define ROW_0644(name, show, store) \
	{ .pe_name = name, .pe_mode = S_IFREG | 0644, .pe_show = show, .pe_store = store }
/* Root's: it lets who may read it look at, or disturb, everybody. */
#define ROOT_ROW(name, show, store) \
	{ .pe_name = name, .pe_mode = S_IFREG | 0600, .pe_show = show, .pe_store = store }
#define DIR_ROW(name, rows)	{ .pe_name = name, .pe_mode = S_IFDIR | 0555, .pe_rows = rows }
#define LINK_ROW(name, link)	{ .pe_name = name, .pe_mode = S_IFLNK | 0777, .pe_link = link }
#define END_ROW			{ .pe_name = NULL }

/* A node lives while it is held: it is made by each lookup. All fields are constant. */
struct pnode {
	struct vnode	 pn_vnode;
	const struct pentry *pn_entry;
	struct pnode	*pn_parent;	/* ref */
	struct proc	*pn_proc;	/* ref  null above the folders of processes */
	pid_t		 pn_tid;	/* below task/TID, and /proc/TID of a thread but the
					 * first; else 0 */
	bool		 pn_task;	/* below task/TID */
	int		 pn_fd;		/* of fd/N and fdinfo/N */
	struct file	*pn_file;	/* ref  only in stand-ins for files without a vnode */
	char		 pn_name[24];
};

/* A child of dir, held. Holds proc itself. ENOMEM. */
int	pnode_create(struct pnode *dir, const struct pentry *, const char *name, struct proc *,
    ino_t,
	    struct vnode **);
int	pnode_create_anon(struct pnode *dir, struct file *, struct vnode **);
static inline struct pnode *
pnode_of(struct vnode *vp)
{
	return container_of(vp, struct pnode, pn_vnode);
}
/* A decimal number without leading zeroes up to max, or -1. */
int64_t	parse_id(const char *name, int64_t max);
/*
 * What was written, as a number in a line. EINVAL: it is none, or out of the range; the log says
 * so.
 */
int	procfs_parse_value(struct pnode *, const char *buf, size_t len, int64_t min, int64_t max,
    int64_t *value);
/* Makes a new node one of a thread: below task/, or /proc/TID. */
void	procfs_set_tid(struct vnode *, pid_t tid, bool task);
/* 0, EACCES, or ESRCH for a process that is gone: may the caller look into it? */
int	pnode_check_private(struct pnode *);
/* The root folder of the caller, held. */
struct vnode *caller_root(void);

/* pid.c: rows of /proc/PID and of task/TID */
extern const struct pentry pid_entry, task_tid_entry;
/* status.c */
int	procfs_show_stat(struct text *, struct pnode *);
int	procfs_show_status(struct text *, struct pnode *);
int	procfs_show_statm(struct text *, struct pnode *);
int	procfs_show_wchan(struct text *, struct pnode *);
int	procfs_show_comm(struct text *, struct pnode *);
int	procfs_store_comm(struct pnode *, const char *buf, size_t len);
int	procfs_show_children(struct text *, struct pnode *);
/* Whether a process has that thread; its first counts also when it has ended before the others. */
bool	procfs_has_lwp(struct proc *, pid_t tid);
/* fd.c */
extern const struct pentry fd_dir_entry, fdinfo_dir_entry;
/* system.c: rows of /proc; sys.c, bident.c: of /proc/sys and /proc/bident */
extern const struct pentry root_rows[], procfs_sys_rows[], procfs_bident_rows[];
void	show_mounts(struct text *, bool info);

#endif
