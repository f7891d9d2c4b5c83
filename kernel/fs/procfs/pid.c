/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/PID: one process. */
#include "fs/procfs/procfs_int.h"

#include "file/cwd.h"
#include "file/fd.h"
#include "mem/cache.h"
#include "proc/forkstat.h"
#include "proc/limits.h"
#include "vm/vm.h"

#define PAGE_KB		(PAGE_SIZE / 1024)

/* Bytes of the process' memory; what cannot be read ends the text. */
static void
show_memory(struct text *t, struct vm_space *vs, vaddr_t start, vaddr_t end)
{
	size_t n, done;
	char *at;

	while (start < end) {
		n = MIN(end - start, PAGE_SIZE);
		if ((at = text_reserve(t, n)) == NULL)
			return;
		done = 0;
		(void)vm_io(vs, start, at, n, false, &done);
		t->t_len += done;
		start += done;
		if (done < n)
			return;
	}
}

static int
show_cmdline(struct text *t, struct pnode *pn)
{
	struct vm_space *vs = proc_space_hold(pn->pn_proc);

	if (vs == NULL)
		return 0;
	show_memory(t, vs, vs->vs_arg_start, vs->vs_arg_end);
	vm_space_drop(vs);
	return 0;
}

static int
show_environ(struct text *t, struct pnode *pn)
{
	struct vm_space *vs = proc_space_hold(pn->pn_proc);

	if (vs == NULL)
		return 0;
	show_memory(t, vs, vs->vs_env_start, vs->vs_env_end);
	vm_space_drop(vs);
	return 0;
}

static int
show_auxv(struct text *t, struct pnode *pn)
{
	struct vm_space *vs = proc_space_hold(pn->pn_proc);

	if (vs == NULL)
		return 0;
	show_memory(t, vs, vs->vs_auxv_start, vs->vs_auxv_end);
	vm_space_drop(vs);
	return 0;
}

struct maps_arg {
	struct text	*m_text;
	struct vm_space	*m_space;
	struct vnode	*m_root;
	char		*m_path;
};

static const char *
region_name(const struct vm_region_info *ri, struct maps_arg *m)
{
	if (ri->vnode != NULL) {
		vfs_path_show(m->m_root, ri->vnode, m->m_path, VFS_PATH_MAX);
		return m->m_path;
	}
	if (ri->name != NULL)
		return ri->name;
	if (ri->start < m->m_space->vs_brk && ri->end > m->m_space->vs_brk_start)
		return "[heap]";
	return "";
}

static bool
maps_line(const struct vm_region_info *ri, void *arg)
{
	struct maps_arg *m = arg;
	const char *name = region_name(ri, m);
	dev_t dev = ri->vnode != NULL ? ri->vnode->vn_mount->mnt_dev : 0;
	size_t start = m->m_text->t_len;

	text_printf(m->m_text, "%08lx-%08lx %c%c%c%c %08lx %02x:%02x %lu ", ri->start, ri->end,
	    (ri->prot & VM_PROT_READ) != 0 ? 'r' : '-', (ri->prot & VM_PROT_WRITE) != 0 ? 'w' : '-',
	    (ri->prot & VM_PROT_EXEC) != 0 ? 'x' : '-', ri->shared ? 's' : 'p',
	    ri->vnode != NULL ? ri->offset : 0, DEV_MAJOR(dev), DEV_MINOR(dev),
	    ri->vnode != NULL ? ri->vnode->vn_ino : 0);
	if (name[0] != '\0') {
		while (m->m_text->t_error == 0 && m->m_text->t_len - start < 73)
			text_append(m->m_text, " ", 1);
		text_append(m->m_text, name, strlen(name));
	}
	text_append(m->m_text, "\n", 1);
	return m->m_text->t_error == 0;
}

/*
 * Whether a page is anybody else's too is not told apart: all count as private, or as shared
 * where the mapping is.
 */
static bool
smaps_entry(const struct vm_region_info *ri, void *arg)
{
	struct maps_arg *m = arg;
	uint64_t rss = ri->resident_pages * PAGE_KB, shared = ri->shared ? rss : 0;
	uint64_t clean = !ri->shared && ri->vnode != NULL && (ri->prot & VM_PROT_WRITE) == 0 ? rss :
	    0;

	if (!maps_line(ri, arg))
		return false;
	text_printf(m->m_text,
	    "Size:           %8lu kB\nKernelPageSize: %8lu kB\nMMUPageSize:    %8lu kB\n",
	    (ri->end - ri->start) / 1024, PAGE_KB, PAGE_KB);
	text_printf(m->m_text,
	    "Rss:            %8lu kB\nPss:            %8lu kB\nShared_Clean:   %8lu kB\n", rss, rss,
	    0ul);
	text_printf(m->m_text,
	    "Shared_Dirty:   %8lu kB\nPrivate_Clean:  %8lu kB\nPrivate_Dirty:  %8lu kB\n", shared,
	    clean, rss - shared - clean);
	text_printf(m->m_text,
	    "Anonymous:      %8lu kB\nSwap:           %8lu kB\nLocked:         %8lu kB\n",
	    ri->vnode == NULL ? rss : 0, 0ul, ri->locked ? rss : 0);
	return m->m_text->t_error == 0;
}

static int
show_regions(struct text *t, struct pnode *pn, bool details)
{
	struct maps_arg m = { .m_text = t };

	if ((m.m_space = proc_space_hold(pn->pn_proc)) == NULL)
		return 0;
	if ((m.m_path = kmalloc(VFS_PATH_MAX)) != NULL) {
		m.m_root = caller_root();
		vm_region_iterate(m.m_space, details, details ? smaps_entry : maps_line, &m);
		vnode_drop(m.m_root);
	}
	vm_space_drop(m.m_space);
	kfree(m.m_path);
	return m.m_path == NULL ? ENOMEM : 0;
}

static int
show_maps(struct text *t, struct pnode *pn)
{
	return show_regions(t, pn, false);
}

static int
show_smaps(struct text *t, struct pnode *pn)
{
	return show_regions(t, pn, true);
}

static void
limit_value(struct text *t, uint64_t v)
{
	if (v == RLIM_INFINITY)
		text_printf(t, "%-20s ", "unlimited");
	else
		text_printf(t, "%-20lu ", v);
}

static int
show_limits(struct text *t, struct pnode *pn)
{
	static const struct {
		const char *name, *unit;
	} rows[RLIM_NLIMITS] = {
		[RLIMIT_CPU] = { "Max cpu time", "seconds" },
		[RLIMIT_FSIZE] = { "Max file size", "bytes" },
		[RLIMIT_DATA] = { "Max data size", "bytes" },
		[RLIMIT_STACK] = { "Max stack size", "bytes" },
		[RLIMIT_CORE] = { "Max core file size", "bytes" },
		[RLIMIT_RSS] = { "Max resident set", "bytes" },
		[RLIMIT_NPROC] = { "Max processes", "processes" },
		[RLIMIT_NOFILE] = { "Max open files", "files" },
		[RLIMIT_MEMLOCK] = { "Max locked memory", "bytes" },
		[RLIMIT_AS] = { "Max address space", "bytes" },
		[RLIMIT_LOCKS] = { "Max file locks", "locks" },
		[RLIMIT_SIGPENDING] = { "Max pending signals", "signals" },
		[RLIMIT_MSGQUEUE] = { "Max msgqueue size", "bytes" },
		[RLIMIT_NICE] = { "Max nice priority", "" },
		[RLIMIT_RTPRIO] = { "Max realtime priority", "" },
		[RLIMIT_RTTIME] = { "Max realtime timeout", "us" },
	};
	struct rlimit_k rl;

	text_printf(t, "%-25s %-20s %-20s %-10s\n", "Limit", "Soft Limit", "Hard Limit", "Units");
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		proc_limit_get(pn->pn_proc, (enum rlimit_which)i, &rl);
		text_printf(t, "%-25s ", rows[i].name);
		limit_value(t, rl.rl_cur);
		limit_value(t, rl.rl_max);
		text_printf(t, "%-10s\n", rows[i].unit);
	}
	return 0;
}

static int
show_pid_mounts(struct text *t, struct pnode *pn __unused)
{
	show_mounts(t, false);
	return 0;
}

static int
show_mountinfo(struct text *t, struct pnode *pn __unused)
{
	show_mounts(t, true);
	return 0;
}

static int
show_zero(struct text *t, struct pnode *pn __unused)
{
	text_printf(t, "0\n");
	return 0;
}

/* ---- what can be set ---- */

/* A number in a line, written by the process' owner or root. EACCES, EINVAL (said in the log). */
static int
store_number(struct pnode *pn, const char *buf, size_t len, int64_t min, int64_t max,
    int64_t *value)
{
	int error;

	if ((error = pnode_check_private(pn)) != 0)
		return error;
	return procfs_parse_value(pn, buf, len, min, max, value);
}

static int
show_oom_adj(struct text *t, struct pnode *pn)
{
	text_printf(t, "%d\n", load_relaxed(&pn->pn_proc->p_oom_adj));
	return 0;
}

/*
 * A hint that is kept and inherited; only root may make a process dearer than it was or than the
 * default.
 */
static int
store_oom_adj(struct pnode *pn, const char *buf, size_t len)
{
	struct proc *p = pn->pn_proc;
	int64_t value;
	int error;

	if ((error = store_number(pn, buf, len, -1000, 1000, &value)) != 0)
		return error;
	if (!cred_is_root(curproc()->p_cred) && value < MIN(load_relaxed(&p->p_oom_adj), 0))
		return EACCES;
	store_relaxed(&p->p_oom_adj, (int)value);
	return 0;
}

#define STOP_FUNCTIONS(name, flag)						\
static int									\
show_##name(struct text *t, struct pnode *pn)					\
{										\
	text_printf(t, "%d\n", (load_relaxed(&pn->pn_proc->p_flags) & (flag)) != 0);	\
	return 0;								\
}										\
static int									\
store_##name(struct pnode *pn, const char *buf, size_t len)			\
{										\
	int64_t on;								\
	int error = store_number(pn, buf, len, 0, 1, &on);			\
										\
	if (error == 0)								\
		proc_stop_on(pn->pn_proc, (flag), on != 0);			\
	return error;								\
}
STOP_FUNCTIONS(stopfork, PF_STOPFORK)
STOP_FUNCTIONS(stopexec, PF_STOPEXEC)
STOP_FUNCTIONS(stopexit, PF_STOPEXIT)

static int
show_cgroup(struct text *t, struct pnode *pn __unused)
{
	text_printf(t, "0::/\n");
	return 0;
}

/* ---- links ---- */

enum which_link { LINK_EXE, LINK_CWD, LINK_ROOT };

static int
link_vnode(struct pnode *pn, enum which_link which, struct vnode **vpp)
{
	struct cwd_info *cw;

	*vpp = NULL;
	if (which == LINK_EXE) {
		*vpp = proc_exe_hold(pn->pn_proc);
	} else if ((cw = proc_cwd_hold(pn->pn_proc)) != NULL) {
		cwd_get(cw, which == LINK_ROOT ? vpp : NULL, which == LINK_CWD ? vpp : NULL);
		cwd_drop(cw);
	}
	return *vpp == NULL ? ENOENT : 0;
}

static int
link_text(struct pnode *pn, enum which_link which, char *buf, size_t size)
{
	struct vnode *root, *vp;
	int error;

	if ((error = link_vnode(pn, which, &vp)) != 0)
		return error;
	root = caller_root();
	vfs_path_show(root, vp, buf, size);
	vnode_drop(root);
	vnode_drop(vp);
	return 0;
}

#define LINK_FUNCTIONS(name, which)						\
static int									\
name##_link(struct pnode *pn, char *buf, size_t size)				\
{										\
	return link_text(pn, which, buf, size);					\
}										\
static int									\
name##_jump(struct pnode *pn, struct vnode **vpp)				\
{										\
	return link_vnode(pn, which, vpp);					\
}
LINK_FUNCTIONS(exe, LINK_EXE)
LINK_FUNCTIONS(cwd, LINK_CWD)
LINK_FUNCTIONS(root, LINK_ROOT)

/* ---- task ---- */

static int
task_lookup(struct pnode *dir, const char *name, struct vnode **vpp)
{
	int64_t tid = parse_id(name, 1 << 22);
	int error;

	if (tid <= 0 || !procfs_has_lwp(dir->pn_proc, (pid_t)tid))
		return ENOENT;
	error = pnode_create(dir, &task_tid_entry, name, dir->pn_proc,
	    ((ino_t)tid + 1) << 20 | 0x8000, vpp);
	if (error == 0)
		procfs_set_tid(*vpp, (pid_t)tid, true);
	return error;
}

/* The LWP with the smallest tid above `after`, 0 for none. */
static pid_t
next_tid(struct proc *p, pid_t after)
{
	pid_t best = after < p->p_pid ? p->p_pid : 0;

	spin_lock(&p->p_lock);
	list_foreach(l, &p->p_lwps, struct lwp, l_link) {
		if (l->l_tid > after && (best == 0 || l->l_tid < best))
			best = l->l_tid;
	}
	spin_unlock(&p->p_lock);
	return best;
}

static int
task_readdir(struct pnode *dir, off_t *pos, vfs_emit_fn *fn, void *arg)
{
	char name[16];
	pid_t tid;
	int len;

	while ((tid = next_tid(dir->pn_proc, (pid_t)*pos)) != 0) {
		len = ksnprintf(name, sizeof(name), "%d", tid);
		if (fn(arg, name, (size_t)len, ((ino_t)tid + 1) << 20 | 0x8000, S_IFDIR >> 12,
		    PROCFS_POS_MADE_UP + tid) != 0)
			break;
		*pos = tid;
	}
	return 0;
}

static int
show_forkstat(struct text *t, struct pnode *pn)
{
	struct forkstat_report *r = kmalloc(sizeof(*r));

	if (r == NULL)
		return ENOMEM;
	(void)forkstat_read(pn->pn_proc, r);
	text_printf(t, "%-15s %15s %15s %15s\n", "", "last", "total", "children");
	for (uint32_t i = 0; i < FS_NITEMS; i++)
		text_printf(t, "%-15s %15lu %15lu %15lu\n", forkstat_name(i), r->last[i],
		    r->total[i], r->children[i]);
	kfree(r);
	return 0;
}

/* ---- tables ---- */

/* What only those may read who may look into the process. */
#define PRIVATE_ROW(name, mode, show)							\
	{ .pe_name = (name), .pe_mode = S_IFREG | (mode), .pe_show = (show), .pe_private = true }
#define PRIVATE_LINK(name, fn)								\
	{ .pe_name = (name), .pe_mode = S_IFLNK | 0777, .pe_link = fn##_link,		\
	    .pe_jump = fn##_jump, .pe_private = true }
#define SUB_ROW(name, mode, entry)							\
	{ .pe_name = (name), .pe_mode = S_IFDIR | (mode), .pe_sub = (entry) }

/* What processes and threads both have. */
#define LEAVES										\
	FILE_ROW("stat", procfs_show_stat),						\
	FILE_ROW("status", procfs_show_status),						\
	FILE_ROW("statm", procfs_show_statm),						\
	FILE_ROW("cmdline", show_cmdline),						\
	ROW_0644("comm", procfs_show_comm, procfs_store_comm),				\
	PRIVATE_ROW("environ", 0400, show_environ),					\
	PRIVATE_ROW("auxv", 0400, show_auxv),						\
	PRIVATE_ROW("maps", 0444, show_maps),						\
	PRIVATE_ROW("smaps", 0444, show_smaps),						\
	FILE_ROW("limits", show_limits),						\
	FILE_ROW("wchan", procfs_show_wchan),						\
	FILE_ROW("forkstat", show_forkstat),						\
	FILE_ROW("mounts", show_pid_mounts),						\
	FILE_ROW("mountinfo", show_mountinfo),						\
	FILE_ROW("cgroup", show_cgroup),						\
	FILE_ROW("oom_score", show_zero),						\
	ROW_0644("oom_score_adj", show_oom_adj, store_oom_adj),				\
	PRIVATE_LINK("exe", exe),							\
	PRIVATE_LINK("cwd", cwd),							\
	PRIVATE_LINK("root", root),							\
	SUB_ROW("fd", 0500, &fd_dir_entry),						\
	SUB_ROW("fdinfo", 0555, &fdinfo_dir_entry)

static const struct pentry task_rows[] = {
	LEAVES,
	FILE_ROW("children", procfs_show_children),
	{ .pe_name = NULL },
};

const struct pentry task_tid_entry = {
	.pe_name = "TID", .pe_mode = S_IFDIR | 0555, .pe_rows = task_rows,
};

static const struct pentry pid_rows[] = {
	LEAVES,
	ROW_0644("stopfork", show_stopfork, store_stopfork),
	ROW_0644("stopexec", show_stopexec, store_stopexec),
	ROW_0644("stopexit", show_stopexit, store_stopexit),
	{ .pe_name = "task", .pe_mode = S_IFDIR | 0555, .pe_lookup = task_lookup,
	    .pe_readdir = task_readdir },
	{ .pe_name = NULL },
};

const struct pentry pid_entry = {
	.pe_name = "PID", .pe_mode = S_IFDIR | 0555, .pe_rows = pid_rows,
};
