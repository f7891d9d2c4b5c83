/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * procfs: the state of the system as files.
 *
 * What exists is written down in tables (struct pentry): a row says name, mode and the function
 * that writes the text, tells where a link leads, or makes up names (processes, descriptors). A
 * vnode (struct pnode) is made by each lookup and freed with its last hold; it keeps its folder
 * and the process that it is about. A process that has gone answers ENOENT to lookups and ESRCH
 * to reads, however long somebody holds its folder.
 *
 * The text of a file is written when it is first read, and again whenever it is read from the
 * start; in between, reads see one moment's text. Formats are those of Linux's proc(5), which
 * procps, busybox and libc parse.
 *
 * Locks: none of its own but a mutex per open file. The tables are constant.
 */
#include "fs/procfs/procfs_int.h"

#include "file/file.h"
#include "file/pipe.h"
#include "file/cwd.h"
#include "mem/cache.h"

#define INO_ROOT	1
#define POS_ROWS	2	/* positions of rows; made-up names come after them */

static struct cache pnode_cache = CACHE_INIT("procfs_node", struct pnode);
static const struct vnode_ops procfs_ops;

static const struct pentry anon_entry = { .pe_name = "anon", .pe_mode = 0600 };


int64_t
parse_id(const char *name, int64_t max)
{
	int64_t n = 0;

	if (name[0] == '\0' || (name[0] == '0' && name[1] != '\0'))
		return -1;
	for (; *name != '\0'; name++) {
		if (*name < '0' || *name > '9')
			return -1;
		n = n * 10 + (*name - '0');
		if (n > max)
			return -1;
	}
	return n;
}

int
procfs_parse_value(struct pnode *pn, const char *buf, size_t len, int64_t min, int64_t max,
    int64_t *value)
{
	char text[32];
	const char *end;
	bool minus;

	if (len > 0 && buf[len - 1] == '\n')
		len--;
	strlcpy(text, buf, MIN(len + 1, sizeof(text)));
	minus = text[0] == '-';
	*value = (int64_t)strtou64(text + minus, &end);
	if (minus)
		*value = -*value;
	if (len >= sizeof(text) || text[minus] < '0' || text[minus] > '9' || *end != '\0')
		klog(KLOG_WARN, "proc: %s: '%s' is not a number: nothing changed\n", pn->pn_name,
		    text);
	else if (*value < min || *value > max)
		klog(KLOG_WARN, "proc: %s: %ld is not in %ld..%ld: nothing changed\n", pn->pn_name,
		    *value, min, max);
	else
		return 0;
	return EINVAL;
}

static bool
proc_gone(struct proc *p)
{
	return load_relaxed(&p->p_state) == PROC_DEAD;
}

/* What the node is about has gone: the process, or the thread. */
static bool
pnode_gone(struct pnode *pn)
{
	if (pn->pn_proc == NULL)
		return false;
	return proc_gone(pn->pn_proc) ||
	    (pn->pn_tid != 0 && !procfs_has_lwp(pn->pn_proc, pn->pn_tid));
}

void
procfs_set_tid(struct vnode *vp, pid_t tid, bool task)
{
	pnode_of(vp)->pn_tid = tid;
	pnode_of(vp)->pn_task = task;
}

int
pnode_check_private(struct pnode *pn)
{
	if (pnode_gone(pn))
		return ESRCH;
	return proc_check_same(curproc(), pn->pn_proc) == 0 ? 0 : EACCES;
}

struct vnode *
caller_root(void)
{
	struct cwd_info *cw = curproc()->p_cwd;
	struct vnode *root = NULL;

	if (cw != NULL)
		cwd_get(cw, &root, NULL);
	return root != NULL ? root : vnode_hold(vfs_root());
}

/* ---- nodes ---- */

static int
pnode_alloc(struct mount *mnt, const struct pentry *pe, mode_t mode, ino_t ino, struct pnode **pnp)
{
	struct pnode *pn;

	if ((pn = cache_alloc(&pnode_cache)) == NULL)
		return ENOMEM;
	vnode_init(&pn->pn_vnode, &procfs_ops, mnt, mode, ino);
	pn->pn_vnode.vn_nlink = S_ISDIR(mode) ? 2 : 1;
	pn->pn_entry = pe;
	pn->pn_fd = -1;
	*pnp = pn;
	return 0;
}

int
pnode_create(struct pnode *dir, const struct pentry *pe, const char *name, struct proc *p,
    ino_t ino,
    struct vnode **vpp)
{
	struct pnode *pn;
	int error;

	if ((error = pnode_alloc(dir->pn_vnode.vn_mount, pe, pe->pe_mode, ino, &pn)) != 0)
		return error;
	vnode_hold(&dir->pn_vnode);
	pn->pn_parent = dir;
	pn->pn_tid = dir->pn_tid;
	pn->pn_task = dir->pn_task;
	pn->pn_fd = dir->pn_fd;
	if (p != NULL)
		pn->pn_proc = proc_hold(p);
	strlcpy(pn->pn_name, name, sizeof(pn->pn_name));
	*vpp = &pn->pn_vnode;
	return 0;
}

int
pnode_create_anon(struct pnode *dir, struct file *f, struct vnode **vpp)
{
	struct pnode *pn;
	struct kstat st;
	int error;

	if ((error = file_stat(f, &st)) != 0 ||
	    (error = pnode_alloc(dir->pn_vnode.vn_mount, &anon_entry, st.st_mode, st.st_ino,
	    &pn)) != 0)
		return error;
	file_hold(f);
	pn->pn_file = f;
	vnode_hold(&dir->pn_vnode);	/* keeps the mount */
	pn->pn_parent = dir;
	pn->pn_vnode.vn_uid = st.st_uid;
	pn->pn_vnode.vn_gid = st.st_gid;
	*vpp = &pn->pn_vnode;
	return 0;
}

static struct vnode *
procfs_free(struct vnode *vp)
{
	struct pnode *pn = pnode_of(vp);
	struct vnode *parent = pn->pn_parent != NULL ? &pn->pn_parent->pn_vnode : NULL;

	if (pn->pn_proc != NULL)
		proc_drop(pn->pn_proc);
	if (pn->pn_file != NULL)
		file_drop(pn->pn_file);
	vnode_fini(vp);
	cache_free(&pnode_cache, pn);
	return parent;
}

/* Numbers: the row's place in its table, below the folder's. */
static ino_t
child_ino(struct pnode *dir, size_t row)
{
	return dir->pn_vnode.vn_ino * 64 + 2 + row;
}

/* ---- folders ---- */

static int
procfs_lookup(struct vnode *dvp, const char *name, struct vnode **vpp)
{
	struct pnode *dir = pnode_of(dvp);
	const struct pentry *pe = dir->pn_entry;
	int error;

	if (!S_ISDIR(dvp->vn_mode))
		return ENOTDIR;
	if (pnode_gone(dir))
		return ENOENT;
	if (pe->pe_private && (error = pnode_check_private(dir)) != 0)
		return error;
	if (pe->pe_rows != NULL) {
		for (size_t i = 0; pe->pe_rows[i].pe_name != NULL; i++) {
			const struct pentry *row = &pe->pe_rows[i];

			if (strcmp(row->pe_name, name) == 0)
				return pnode_create(dir, row->pe_sub != NULL ? row->pe_sub : row,
				    name,
				    dir->pn_proc, child_ino(dir, i), vpp);
		}
	}
	return pe->pe_lookup != NULL ? pe->pe_lookup(dir, name, vpp) : ENOENT;
}

static int
procfs_readdir(struct vnode *dvp, off_t *pos, vfs_emit_fn *fn, void *arg)
{
	struct pnode *dir = pnode_of(dvp);
	const struct pentry *pe = dir->pn_entry, *row;
	size_t n = 0, i;
	int error;

	if (pnode_gone(dir))
		return ENOENT;
	if (pe->pe_private && (error = pnode_check_private(dir)) != 0)
		return error;
	while (pe->pe_rows != NULL && pe->pe_rows[n].pe_name != NULL)
		n++;
	while (*pos - POS_ROWS < (off_t)n) {
		i = (size_t)(*pos - POS_ROWS);
		row = &pe->pe_rows[i];
		if (fn(arg, row->pe_name, strlen(row->pe_name), child_ino(dir, i),
		    (uint8_t)((row->pe_mode & S_IFMT) >> 12), *pos + 1) != 0)
			return 0;
		(*pos)++;
	}
	if (pe->pe_readdir == NULL)
		return 0;
	*pos = MAX(*pos, PROCFS_POS_MADE_UP);
	*pos -= PROCFS_POS_MADE_UP;
	error = pe->pe_readdir(dir, pos, fn, arg);
	*pos += PROCFS_POS_MADE_UP;
	return error;
}

static int
procfs_parent(struct vnode *vp, struct vnode **parent, char *name, bool *gone)
{
	struct pnode *pn = pnode_of(vp);

	if (pn->pn_parent == NULL || pn->pn_file != NULL)
		return ENOENT;
	*gone = pnode_gone(pn);
	*parent = vnode_hold(&pn->pn_parent->pn_vnode);
	if (name != NULL)
		strlcpy(name, pn->pn_name, VFS_NAME_MAX + 1);
	return 0;
}

/*
 * Nothing can be made here. Linux says ENOENT, and tools that probe for a writable /proc know
 * that.
 */
static int
procfs_create(struct vnode *dir __unused, const char *name __unused,
    const struct vnode_spec *spec __unused, struct vnode **vpp __unused)
{
	return ENOENT;
}

/* ---- links ---- */

static int
procfs_readlink(struct vnode *vp, char *buf, size_t size, size_t *len)
{
	struct pnode *pn = pnode_of(vp);
	char *text;
	int error;

	if (pn->pn_entry->pe_link == NULL)
		return EINVAL;
	if (pn->pn_entry->pe_private && (error = pnode_check_private(pn)) != 0)
		return error == ESRCH ? ENOENT : error;
	if ((text = kmalloc(VFS_PATH_MAX)) == NULL)
		return ENOMEM;
	if ((error = pn->pn_entry->pe_link(pn, text, VFS_PATH_MAX)) == 0) {
		*len = MIN(strlen(text), size);
		memcpy(buf, text, *len);
	}
	kfree(text);
	return error;
}

static int
procfs_jump(struct vnode *vp, const struct cred *cr __unused, struct vnode **vpp)
{
	struct pnode *pn = pnode_of(vp);
	int error;

	if (pn->pn_entry->pe_jump == NULL)
		return EJUSTRETURN;		/* the text is where it leads */
	if (pn->pn_entry->pe_private && (error = pnode_check_private(pn)) != 0)
		return error == ESRCH ? ENOENT : error;
	return pn->pn_entry->pe_jump(pn, vpp);
}

/* ---- open files ---- */

struct popen {
	struct mutex	 po_lock;	/* guards po_text */
	struct text	 po_text;
};

static struct cache popen_cache = CACHE_INIT("procfs_open", struct popen);

/* The text from the start on is today's. */
static int
popen_fill(struct popen *po, struct pnode *pn, off_t off)
{
	int error = 0;

	if (off != 0 && po->po_text.t_buf != NULL)
		return 0;
	text_fini(&po->po_text);
	if (pnode_gone(pn))
		return ESRCH;
	if (pn->pn_entry->pe_private && (error = pnode_check_private(pn)) != 0)
		return error;
	error = pn->pn_entry->pe_show(&po->po_text, pn);
	if (error == 0)
		error = po->po_text.t_error;
	if (error == 0 && text_reserve(&po->po_text, 1) == NULL)
		error = ENOMEM;
	if (error != 0)
		text_fini(&po->po_text);
	return error;
}

static int
popen_read(struct file *f, struct uio *u)
{
	struct popen *po = f->f_data;
	int error;

	mutex_lock(&po->po_lock);
	error = popen_fill(po, pnode_of(f->f_vnode), u->u_off);
	if (error == 0 && (size_t)u->u_off < po->po_text.t_len)
		error = uio_move(po->po_text.t_buf + u->u_off,
		    MIN(po->po_text.t_len - (size_t)u->u_off, u->u_resid), u);
	mutex_unlock(&po->po_lock);
	return error;
}

#define STORE_MAX	4096u

static int
popen_write(struct file *f, struct uio *u)
{
	struct pnode *pn = pnode_of(f->f_vnode);
	size_t n = MIN(u->u_resid, (size_t)STORE_MAX);
	struct uio before = uio_save(u);
	char *buf;
	int error;

	if (pn->pn_entry->pe_store == NULL)
		return EINVAL;
	if ((buf = kmalloc(n + 1)) == NULL)
		return ENOMEM;
	if ((error = uio_move(buf, n, u)) == 0 && (error = pn->pn_entry->pe_store(pn, buf, n)) != 0)
		uio_restore(u, &before);	/* refused: nothing was written */
	kfree(buf);
	return error;
}

static void
popen_close(struct file *f)
{
	struct popen *po = f->f_data;

	text_fini(&po->po_text);
	cache_free(&popen_cache, po);
}

static const struct file_ops popen_ops = {
	.name = "proc",
	.seekable = true,
	.read = popen_read,
	.write = popen_write,
	.seek = file_seek_anywhere,
	.close = popen_close,
};

/*
 * A stand-in for a file without a vnode: the new file is another end of the same pipe. It does
 * not keep the stand-in, which would keep the old end open.
 */
static int
open_anon(struct vnode *vp, struct file *f)
{
	int error;

	f->f_vnode = NULL;
	if ((error = pipe_reopen(pnode_of(vp)->pn_file, f)) != 0) {
		f->f_vnode = vp;
		return error;
	}
	vnode_drop(vp);		/* f's hold; the caller has its own */
	return 0;
}

static int
procfs_open(struct vnode *vp, struct file *f)
{
	struct pnode *pn = pnode_of(vp);
	struct popen *po;

	if (pn->pn_file != NULL)
		return open_anon(vp, f);
	if (S_ISDIR(vp->vn_mode)) {
		f->f_ops = &dir_file_ops;
		return 0;
	}
	if (pn->pn_entry->pe_show == NULL)
		return EACCES;
	if ((po = cache_alloc(&popen_cache)) == NULL)
		return ENOMEM;
	mutex_init(&po->po_lock, "procfs file", RANK_FILE);
	f->f_data = po;
	f->f_ops = &popen_ops;
	return 0;
}

/* ---- attributes ---- */

/* What belongs to a process belongs to its user, unless the user may not look into it. */
static void
procfs_refresh(struct vnode *vp)
{
	struct pnode *pn = pnode_of(vp);
	struct cred *cr;
	uid_t uid = 0;
	gid_t gid = 0;

	if (pn->pn_proc == NULL)
		return;
	if (!proc_gone(pn->pn_proc) &&
	    (load_relaxed(&pn->pn_proc->p_flags) & (PF_SUGID | PF_NODUMP)) == 0) {
		cr = proc_cred_hold(pn->pn_proc);
		uid = cr->cr_euid;
		gid = cr->cr_egid;
		cred_drop(cr);
	}
	spin_lock(&vp->vn_attr_lock);
	vp->vn_uid = uid;
	vp->vn_gid = gid;
	spin_unlock(&vp->vn_attr_lock);
}

static void
procfs_stat(struct vnode *vp, struct kstat *st)
{
	struct pnode *pn = pnode_of(vp);

	if (pn->pn_file != NULL)
		(void)file_stat(pn->pn_file, st);
	else if (pn->pn_fd >= 0 && S_ISLNK(vp->vn_mode))
		st->st_size = 64;	/* as Linux: enough for what is read */
	if (pn->pn_parent == NULL)
		st->st_nlink = 2 + proc_count();
	st->st_blksize = 1024;
}

static void
procfs_statfs(struct mount *mnt __unused, struct vfs_statfs *sf)
{
	sf->sf_type = 0x9fa0;
}

static const struct vnode_ops procfs_ops = {
	.vo_lookup = procfs_lookup,
	.vo_parent = procfs_parent,
	.vo_create = procfs_create,
	.vo_readdir = procfs_readdir,
	.vo_readlink = procfs_readlink,
	.vo_jump = procfs_jump,
	.vo_open = procfs_open,
	.vo_refresh = procfs_refresh,
	.vo_stat = procfs_stat,
	.vo_statfs = procfs_statfs,
	.vo_fixed_attrs = true,
	.vo_free = procfs_free,
};

/* ---- the root ---- */

#define PID_MAX_LIMIT	(1 << 22)

static ino_t
pid_ino(pid_t pid)
{
	return ((ino_t)pid + 1) << 20;
}

static int
root_lookup(struct pnode *dir, const char *name, struct vnode **vpp)
{
	int64_t pid = parse_id(name, PID_MAX_LIMIT);
	bool thread = false;
	struct proc *p;
	struct lwp *l;
	int error;

	if (pid <= 0)
		return ENOENT;
	if ((p = proc_find((pid_t)pid)) == NULL) {
		/* Any thread may be named so, but only processes are listed. */
		if ((p = proc_find_lwp((pid_t)pid, &l)) == NULL)
			return ENOENT;
		thread = true;
	}
	error = pnode_create(dir, &pid_entry, name, p, pid_ino((pid_t)pid), vpp);
	if (error == 0 && thread)
		procfs_set_tid(*vpp, (pid_t)pid, false);
	proc_drop(p);
	return error;
}

static int
root_readdir(struct pnode *dir __unused, off_t *pos, vfs_emit_fn *fn, void *arg)
{
	char name[16];
	struct proc *p;
	pid_t pid;
	int len;

	if (*pos > PID_MAX_LIMIT)
		return 0;
	/* *pos is the pid after which to go on. */
	while ((p = proc_next((pid_t)*pos)) != NULL) {
		pid = p->p_pid;
		proc_drop(p);
		len = ksnprintf(name, sizeof(name), "%d", pid);
		if (fn(arg, name, (size_t)len, pid_ino(pid), S_IFDIR >> 12,
		    PROCFS_POS_MADE_UP + pid) != 0)
			return 0;
		*pos = pid;
	}
	return 0;
}

static const struct pentry procfs_root_entry = {
	.pe_name = "",
	.pe_mode = S_IFDIR | 0555,
	.pe_rows = root_rows,
	.pe_lookup = root_lookup,
	.pe_readdir = root_readdir,
};

int
procfs_mount(struct mount **mntp)
{
	struct mount *mnt;
	struct pnode *root;

	if ((mnt = mount_alloc("proc", "proc", MNT_NOSUID | MNT_NODEV | MNT_NOEXEC)) == NULL)
		return ENOMEM;
	if (pnode_alloc(mnt, &procfs_root_entry, procfs_root_entry.pe_mode, INO_ROOT, &root) != 0) {
		mount_free(mnt);
		return ENOMEM;
	}
	mnt->mnt_root = &root->pn_vnode;
	*mntp = mnt;
	return 0;
}

/* Every node holds its folder, so the root's count tells. */
int
procfs_unmount(struct mount *mnt)
{
	if (ref_read(&mnt->mnt_root->vn_refs) != 1)
		return EBUSY;
	vnode_drop(mnt->mnt_root);
	mount_free(mnt);
	return 0;
}
