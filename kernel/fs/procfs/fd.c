/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * /proc/PID/fd and fdinfo. A link fd/N leads to the object itself: to the vnode that the
 * descriptor has open, whatever its name is by now, or to a stand-in for what has no vnode, a
 * pipe. Opening it makes a new open file; positions are not shared.
 */
#include "fs/procfs/procfs_int.h"

#include "file/fd.h"
#include "file/file.h"

static int
fd_file(struct pnode *pn, int fd, struct file **fp)
{
	struct fd_table *t;
	int error = ENOENT;

	if ((t = proc_fds_hold(pn->pn_proc)) == NULL)
		return ENOENT;
	if (fd_get(t, fd, fp) == 0)
		error = 0;
	fd_table_drop(t);
	return error;
}

/* ---- one descriptor ---- */

static int
fd_link(struct pnode *pn, char *buf, size_t size)
{
	struct vnode *root;
	struct kstat st;
	struct file *f;
	int error;

	if ((error = fd_file(pn, pn->pn_fd, &f)) != 0)
		return error;
	if (f->f_vnode != NULL) {
		root = caller_root();
		vfs_path_show(root, f->f_vnode, buf, size);
		vnode_drop(root);
	} else if (file_stat(f, &st) == 0 && S_ISFIFO(st.st_mode)) {
		ksnprintf(buf, size, "pipe:[%lu]", st.st_ino);
	} else {
		ksnprintf(buf, size, "anon_inode:[%s]", f->f_ops->name != NULL ? f->f_ops->name :
		    "file");
	}
	file_drop(f);
	return 0;
}

static int
fd_jump(struct pnode *pn, struct vnode **vpp)
{
	struct file *f;
	int error;

	if ((error = fd_file(pn, pn->pn_fd, &f)) != 0)
		return error;
	if (f->f_vnode != NULL)
		*vpp = vnode_hold(f->f_vnode);
	else
		error = pnode_create_anon(pn, f, vpp);
	file_drop(f);
	return error;
}

static int
fdinfo_show(struct text *t, struct pnode *pn)
{
	struct file *f;
	int error;

	if ((error = fd_file(pn, pn->pn_fd, &f)) != 0)
		return error;
	text_printf(t, "pos:\t%ld\nflags:\t0%o\nmnt_id:\t%u\n", load_relaxed(&f->f_off),
	    file_getfl(f),
	    f->f_vnode != NULL ? DEV_MINOR(f->f_vnode->vn_mount->mnt_dev) : 0u);
	if (f->f_ops->fdinfo != NULL) {
		char more[128];

		(void)f->f_ops->fdinfo(f, more, sizeof(more));
		text_printf(t, "%s", more);
	}
	file_drop(f);
	return 0;
}

static const struct pentry fd_entry = {
	.pe_name = "N", .pe_mode = S_IFLNK | 0700, .pe_link = fd_link, .pe_jump = fd_jump,
	    .pe_private = true,
};

static const struct pentry fdinfo_entry = {
	.pe_name = "N", .pe_mode = S_IFREG | 0444, .pe_show = fdinfo_show, .pe_private = true,
};

/* ---- the folders ---- */

#define FD_INO	0x10000u	/* added to the descriptor, below the process' number */

static ino_t
fd_ino(struct pnode *dir, int fd)
{
	return ((ino_t)dir->pn_proc->p_pid + 1) << 20 | (FD_INO + (ino_t)fd) |
	    (dir->pn_entry == &fd_dir_entry ? 0 : 0x80000u);
}

/* What the descriptor may do shows in the permissions of the link. */
static mode_t
fd_mode(const struct file *f)
{
	return S_IFLNK | (file_readable(f) ? 0500 : 0) | (file_writable(f) ? 0300 : 0);
}

static int
fd_lookup(struct pnode *dir, const char *name, struct vnode **vpp)
{
	bool info = dir->pn_entry == &fdinfo_dir_entry;
	int64_t fd = parse_id(name, FD_MAX);
	struct file *f;
	int error;

	if (fd < 0 || fd_file(dir, (int)fd, &f) != 0)
		return ENOENT;
	error = pnode_create(dir, info ? &fdinfo_entry : &fd_entry, name, dir->pn_proc,
	    fd_ino(dir, (int)fd), vpp);
	if (error == 0) {
		pnode_of(*vpp)->pn_fd = (int)fd;
		if (!info)
			(*vpp)->vn_mode = fd_mode(f);
	}
	file_drop(f);
	return error;
}

static int
fd_readdir(struct pnode *dir, off_t *pos, vfs_emit_fn *fn, void *arg)
{
	uint8_t type = (dir->pn_entry == &fd_dir_entry ? S_IFLNK : S_IFREG) >> 12;
	struct fd_table *t;
	struct file *f;
	char name[16];
	int fd, len;

	if (*pos > FD_MAX || (t = proc_fds_hold(dir->pn_proc)) == NULL)
		return 0;
	while (fd_next(t, (int)*pos, &fd, &f)) {
		file_drop(f);
		len = ksnprintf(name, sizeof(name), "%d", fd);
		/* The position after it, counted as procfs_readdir does. */
		if (fn(arg, name, (size_t)len, fd_ino(dir, fd), type,
		    PROCFS_POS_MADE_UP + fd + 1) != 0)
			break;
		*pos = fd + 1;
	}
	fd_table_drop(t);
	return 0;
}

const struct pentry fd_dir_entry = {
	.pe_name = "fd", .pe_mode = S_IFDIR | 0500, .pe_lookup = fd_lookup,
	    .pe_readdir = fd_readdir,
	.pe_private = true,
};

const struct pentry fdinfo_dir_entry = {
	.pe_name = "fdinfo", .pe_mode = S_IFDIR | 0555, .pe_lookup = fd_lookup,
	    .pe_readdir = fd_readdir,
	.pe_private = true,
};
