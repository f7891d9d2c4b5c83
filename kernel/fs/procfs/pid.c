/* SPDX-License-Identifier: BSD-2-Clause */
/* /proc/PID: one process. */
#include "fs/procfs/procfs_int.h"

#include "arch/arch.h"
#include "file/cwd.h"
#include "file/fd.h"
#include "file/tty.h"
#include "mem/cache.h"
#include "proc/ids.h"
#include "proc/limits.h"
#include "signal/sigtypes.h"
#include "vm/vm.h"

#define TICK_NS		(NSEC_PER_SEC / 100)	/* USER_HZ is 100 */
#define PAGE_KB		(PAGE_SIZE / 1024)

/* Group, session and terminal of a process, at one moment. */
struct place {
	pid_t	pl_ppid, pl_pgid, pl_sid, pl_tpgid;
	dev_t	pl_tty;
};

static void
place_get(struct proc *p, struct place *pl)
{
	struct tty *tty;

	*pl = (struct place){ .pl_tpgid = -1 };
	spin_lock(&proc_tree_lock);
	if (p->p_parent != NULL)
		pl->pl_ppid = p->p_parent->p_pid;
	if (p->p_pgrp != NULL) {
		pl->pl_pgid = p->p_pgrp->pg_id;
		pl->pl_sid = p->p_pgrp->pg_session->s_id;
		if ((tty = p->p_pgrp->pg_session->s_tty) != NULL) {
			pl->pl_tty = tty_dev(tty);
			pl->pl_tpgid = tty_pgid(tty);
		}
	}
	spin_unlock(&proc_tree_lock);
}

/* Signals of a process as sets. */
struct sigsets {
	sigset_t ss_shared, ss_pending, ss_blocked, ss_ignored, ss_caught;
	uint32_t ss_nlwps, ss_cpu;
};

static void
sigsets_get(struct proc *p, struct sigsets *ss)
{
	struct lwp *l;

	memset(ss, 0, sizeof(*ss));
	spin_lock(&p->p_lock);
	ss->ss_shared = p->p_sig.sp_set;
	ss->ss_nlwps = p->p_nlwps;
	if ((l = list_first(&p->p_lwps, struct lwp, l_link)) != NULL) {
		ss->ss_pending = l->l_sigpend.sp_set;
		ss->ss_blocked = l->l_sigmask;
		ss->ss_cpu = load_relaxed(&l->l_sched.s_cpu);
	}
	if (p->p_acts != NULL) {
		spin_lock(&p->p_acts->sa_lock);
		for (int s = 1; s < NSIG; s++) {
			if (p->p_acts->sa_action[s].sa_handler == SIG_IGN)
				ss->ss_ignored |= SIGBIT(s);
			else if (p->p_acts->sa_action[s].sa_handler != SIG_DFL)
				ss->ss_caught |= SIGBIT(s);
		}
		spin_unlock(&p->p_acts->sa_lock);
	}
	spin_unlock(&p->p_lock);
}

static void
comm_get(struct proc *p, char comm[16])
{
	spin_lock(&p->p_lock);
	strlcpy(comm, p->p_comm, 16);
	spin_unlock(&p->p_lock);
}

static int
nice_get(struct proc *p)
{
	struct lwp *l;
	int nice = 0;

	spin_lock(&p->p_lock);
	if ((l = list_first(&p->p_lwps, struct lwp, l_link)) != NULL)
		nice = sched_get_nice(l);
	spin_unlock(&p->p_lock);
	return nice;
}

static uint64_t
ticks(uint64_t ns)
{
	return ns / TICK_NS;
}

static void
stat_memory(struct text *t, struct vm_space *vs, uint64_t rsslim)
{
	if (vs == NULL) {
		text_printf(t, " 0 0 %lu 0 0 0 0 0", rsslim);
		return;
	}
	text_printf(t, " %lu %lu %lu %lu %lu %lu 0 0", vs->vs_size_pages * PAGE_SIZE, vm_space_rss(vs),
	    rsslim, vs->vs_code_start, vs->vs_code_end, vs->vs_stack_start);
}

static void
stat_layout(struct text *t, struct vm_space *vs)
{
	if (vs == NULL)
		text_printf(t, " 0 0 0 0 0 0 0");
	else
		text_printf(t, " %lu %lu %lu %lu %lu %lu %lu", vs->vs_data_start, vs->vs_data_end,
		    vs->vs_brk_start, vs->vs_arg_start, vs->vs_arg_end, vs->vs_env_start, vs->vs_env_end);
}

static int
wait_status(struct proc *p)
{
	int status;

	if (load_relaxed(&p->p_state) != PROC_ZOMBIE)
		return 0;
	spin_lock(&proc_tree_lock);
	status = p->p_exit_signo != 0 ? p->p_exit_signo | (p->p_exit_core ? 0x80 : 0) :
	    (p->p_exit_code & 0xff) << 8;
	spin_unlock(&proc_tree_lock);
	return status;
}

static int
show_stat(struct text *t, struct pnode *pn)
{
	struct proc *p = pn->pn_proc;
	struct vm_space *vs = proc_space_hold(p);
	struct rusage_k ru, cru;
	struct sigsets ss;
	struct place pl;
	char comm[16];
	int nice = nice_get(p);

	place_get(p, &pl);
	sigsets_get(p, &ss);
	comm_get(p, comm);
	proc_rusage_self(p, &ru);
	proc_rusage_children(p, &cru);
	text_printf(t, "%d (%s) %c %d %d %d %lu %d %u", pn->pn_tid != 0 ? pn->pn_tid : p->p_pid, comm,
	    proc_state_letter(p), pl.pl_ppid, pl.pl_pgid, pl.pl_sid, pl.pl_tty, pl.pl_tpgid,
	    (load_relaxed(&p->p_flags) & PF_KERNEL) != 0 ? 0x200000u : 0u);
	text_printf(t, " %lu %lu %lu %lu %lu %lu %lu %lu", ru.ru_minflt, cru.ru_minflt, ru.ru_majflt,
	    cru.ru_majflt, ticks(ru.ru_utime_ns), ticks(ru.ru_stime_ns), ticks(cru.ru_utime_ns),
	    ticks(cru.ru_stime_ns));
	text_printf(t, " %d %d %u 0 %lu", 20 + nice, nice, ss.ss_nlwps, ticks(p->p_start_ns));
	stat_memory(t, vs, proc_limit(p, RLIMIT_RSS));
	/* The four sets as they were before there were real-time signals. */
	text_printf(t, " %lu %lu %lu %lu 0 0 0", ss.ss_shared & 0x7fffffff, ss.ss_blocked & 0x7fffffff,
	    ss.ss_ignored & 0x7fffffff, ss.ss_caught & 0x7fffffff);
	text_printf(t, " %d %u 0 0 0 0 0", p->p_exit_signal, ss.ss_cpu);
	stat_layout(t, vs);
	text_printf(t, " %d\n", wait_status(p));
	if (vs != NULL)
		vm_space_drop(vs);
	return 0;
}

static int
show_statm(struct text *t, struct pnode *pn)
{
	struct vm_space *vs = proc_space_hold(pn->pn_proc);

	if (vs == NULL) {
		text_printf(t, "0 0 0 0 0 0 0\n");
		return 0;
	}
	text_printf(t, "%lu %lu %lu %lu 0 %lu 0\n", vs->vs_size_pages, vm_space_rss(vs), 0ul,
	    vs->vs_exec_pages, vs->vs_data_pages + vs->vs_stack_pages);
	vm_space_drop(vs);
	return 0;
}

static const char *
state_text(char letter)
{
	switch (letter) {
	case 'R':
		return "R (running)";
	case 'D':
		return "D (disk sleep)";
	case 'T':
		return "T (stopped)";
	case 'Z':
		return "Z (zombie)";
	case 'I':
		return "I (idle)";
	default:
		return "S (sleeping)";
	}
}

static void
status_memory(struct text *t, struct vm_space *vs)
{
	uint64_t rss = vm_space_rss(vs), peak = MAX(load_relaxed(&vs->vs_peak_rss), rss);

	text_printf(t, "VmPeak:\t%8lu kB\nVmSize:\t%8lu kB\nVmLck:\t%8lu kB\nVmPin:\t%8lu kB\n",
	    vs->vs_peak_pages * PAGE_KB, vs->vs_size_pages * PAGE_KB, vs->vs_locked_pages * PAGE_KB, 0ul);
	text_printf(t, "VmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\nRssAnon:\t%8lu kB\nRssFile:\t%8lu kB\n",
	    peak * PAGE_KB, rss * PAGE_KB, rss * PAGE_KB, 0ul);
	text_printf(t, "RssShmem:\t%8lu kB\nVmData:\t%8lu kB\nVmStk:\t%8lu kB\nVmExe:\t%8lu kB\n", 0ul,
	    vs->vs_data_pages * PAGE_KB, vs->vs_stack_pages * PAGE_KB, vs->vs_exec_pages * PAGE_KB);
	text_printf(t, "VmLib:\t%8lu kB\nVmPTE:\t%8lu kB\nVmSwap:\t%8lu kB\n", 0ul, 0ul, 0ul);
}

static void
status_cred(struct text *t, struct proc *p)
{
	struct cred *cr = proc_cred_hold(p);
	struct fd_table *fds = proc_fds_hold(p);

	text_printf(t, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n", cr->cr_uid, cr->cr_euid, cr->cr_suid,
	    cr->cr_fsuid, cr->cr_gid, cr->cr_egid, cr->cr_sgid, cr->cr_fsgid);
	text_printf(t, "FDSize:\t%u\nGroups:\t", fds != NULL ? fd_table_size(fds) : 0);
	for (uint32_t i = 0; i < cr->cr_ngroups; i++)
		text_printf(t, "%u ", cr->cr_groups[i]);
	text_printf(t, "\n");
	if (fds != NULL)
		fd_table_drop(fds);
	cred_drop(cr);
}

/* Root has every capability, others none: that is what the model amounts to. */
static void
status_caps(struct text *t, struct proc *p)
{
	struct cred *cr = proc_cred_hold(p);
	uint64_t all = 0x1ffffffffffull, eff = cred_is_root(cr) ? all : 0;

	text_printf(t, "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\nCapBnd:\t%016lx\nCapAmb:\t%016lx\n",
	    0ul, eff, eff, all, 0ul);
	text_printf(t, "NoNewPrivs:\t0\nSeccomp:\t0\n");
	cred_drop(cr);
}

static int
show_status(struct text *t, struct pnode *pn)
{
	struct proc *p = pn->pn_proc;
	struct vm_space *vs = proc_space_hold(p);
	struct cwd_info *cw = proc_cwd_hold(p);
	struct rusage_k ru;
	struct sigsets ss;
	struct place pl;
	char comm[16];

	place_get(p, &pl);
	sigsets_get(p, &ss);
	comm_get(p, comm);
	proc_rusage_self(p, &ru);
	text_printf(t, "Name:\t%s\n", comm);
	if (cw != NULL)
		text_printf(t, "Umask:\t%04o\n", cwd_umask(cw));
	text_printf(t, "State:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n",
	    state_text(proc_state_letter(p)), p->p_pid, pn->pn_tid != 0 ? pn->pn_tid : p->p_pid, pl.pl_ppid);
	status_cred(t, p);
	text_printf(t, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", p->p_pid,
	    pn->pn_tid != 0 ? pn->pn_tid : p->p_pid, pl.pl_pgid, pl.pl_sid);
	if (vs != NULL)
		status_memory(t, vs);
	text_printf(t, "Threads:\t%u\nSigQ:\t0/%lu\n", ss.ss_nlwps, proc_limit(p, RLIMIT_SIGPENDING));
	text_printf(t, "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
	    ss.ss_pending, ss.ss_shared, ss.ss_blocked, ss.ss_ignored, ss.ss_caught);
	status_caps(t, p);
	text_printf(t, "Cpus_allowed:\t%x\n", (1u << ncpu) - 1);
	text_printf(t, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n", ru.ru_nvcsw,
	    ru.ru_nivcsw);
	if (cw != NULL)
		cwd_drop(cw);
	if (vs != NULL)
		vm_space_drop(vs);
	return 0;
}

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

static int
show_comm(struct text *t, struct pnode *pn)
{
	char comm[16];

	comm_get(pn->pn_proc, comm);
	text_printf(t, "%s\n", comm);
	return 0;
}

static int
store_comm(struct pnode *pn, const char *buf, size_t len)
{
	char comm[16];

	if (pn->pn_proc != curproc())
		return EINVAL;
	len = MIN(len, sizeof(comm) - 1);
	memcpy(comm, buf, len);
	comm[len] = '\0';
	if (len > 0 && comm[len - 1] == '\n')
		comm[len - 1] = '\0';
	proc_set_comm(pn->pn_proc, comm);
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

static int
show_maps(struct text *t, struct pnode *pn)
{
	struct maps_arg m = { .m_text = t };

	if ((m.m_space = proc_space_hold(pn->pn_proc)) == NULL)
		return 0;
	if ((m.m_path = kmalloc(VFS_PATH_MAX)) != NULL) {
		m.m_root = caller_root();
		vm_region_iterate(m.m_space, false, maps_line, &m);
		vnode_drop(m.m_root);
	}
	vm_space_drop(m.m_space);
	kfree(m.m_path);
	return m.m_path == NULL ? ENOMEM : 0;
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
show_wchan(struct text *t, struct pnode *pn)
{
	struct proc *p = pn->pn_proc;
	const char *wmesg = NULL;
	struct lwp *l;

	spin_lock(&p->p_lock);
	if ((l = list_first(&p->p_lwps, struct lwp, l_link)) != NULL &&
	    sched_state_of(l) == SCHED_SLEEPING)
		wmesg = load_relaxed(&l->l_sched.s_wmesg);
	spin_unlock(&p->p_lock);
	text_printf(t, "%s", wmesg != NULL ? wmesg : "0");
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

/* A value that programs set for a killer of processes that we do not have. */
static int
store_ignored(struct pnode *pn __unused, const char *buf __unused, size_t len __unused)
{
	return 0;
}

static int
show_cgroup(struct text *t, struct pnode *pn __unused)
{
	text_printf(t, "0::/\n");
	return 0;
}

static int
show_children(struct text *t, struct pnode *pn)
{
	struct proc *p;

	for (pid_t pid = 0; (p = proc_next(pid)) != NULL; proc_drop(p)) {
		pid = p->p_pid;
		if (proc_ppid(p) == pn->pn_proc->p_pid)
			text_printf(t, "%d ", pid);
	}
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

static bool
has_lwp(struct proc *p, pid_t tid)
{
	bool found = false;

	spin_lock(&p->p_lock);
	list_foreach(l, &p->p_lwps, struct lwp, l_link)
		found = found || l->l_tid == tid;
	spin_unlock(&p->p_lock);
	/* A process without LWPs, a zombie, still shows the first. */
	return found || tid == p->p_pid;
}

static int
task_lookup(struct pnode *dir, const char *name, struct vnode **vpp)
{
	int64_t tid = parse_id(name, 1 << 22);
	int error;

	if (tid <= 0 || !has_lwp(dir->pn_proc, (pid_t)tid))
		return ENOENT;
	error = pnode_create(dir, &task_tid_entry, name, dir->pn_proc, ((ino_t)tid + 1) << 20 | 0x8000, vpp);
	if (error == 0)
		pnode_of(*vpp)->pn_tid = (pid_t)tid;
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

/* ---- tables ---- */

#define LEAVES											\
	{ .pe_name = "stat", .pe_mode = S_IFREG | 0444, .pe_show = show_stat },			\
	{ .pe_name = "status", .pe_mode = S_IFREG | 0444, .pe_show = show_status },		\
	{ .pe_name = "statm", .pe_mode = S_IFREG | 0444, .pe_show = show_statm },		\
	{ .pe_name = "cmdline", .pe_mode = S_IFREG | 0444, .pe_show = show_cmdline },		\
	{ .pe_name = "comm", .pe_mode = S_IFREG | 0644, .pe_show = show_comm, .pe_store = store_comm },	\
	{ .pe_name = "environ", .pe_mode = S_IFREG | 0400, .pe_show = show_environ, .pe_private = true }, \
	{ .pe_name = "auxv", .pe_mode = S_IFREG | 0400, .pe_show = show_auxv, .pe_private = true },	\
	{ .pe_name = "maps", .pe_mode = S_IFREG | 0444, .pe_show = show_maps, .pe_private = true },	\
	{ .pe_name = "limits", .pe_mode = S_IFREG | 0444, .pe_show = show_limits },		\
	{ .pe_name = "wchan", .pe_mode = S_IFREG | 0444, .pe_show = show_wchan },		\
	{ .pe_name = "mounts", .pe_mode = S_IFREG | 0444, .pe_show = show_pid_mounts },		\
	{ .pe_name = "mountinfo", .pe_mode = S_IFREG | 0444, .pe_show = show_mountinfo },	\
	{ .pe_name = "cgroup", .pe_mode = S_IFREG | 0444, .pe_show = show_cgroup },		\
	{ .pe_name = "oom_score", .pe_mode = S_IFREG | 0444, .pe_show = show_zero },		\
	{ .pe_name = "oom_score_adj", .pe_mode = S_IFREG | 0644, .pe_show = show_zero,		\
	    .pe_store = store_ignored },							\
	{ .pe_name = "exe", .pe_mode = S_IFLNK | 0777, .pe_link = exe_link, .pe_jump = exe_jump,	\
	    .pe_private = true },								\
	{ .pe_name = "cwd", .pe_mode = S_IFLNK | 0777, .pe_link = cwd_link, .pe_jump = cwd_jump,	\
	    .pe_private = true },								\
	{ .pe_name = "root", .pe_mode = S_IFLNK | 0777, .pe_link = root_link, .pe_jump = root_jump,	\
	    .pe_private = true },								\
	{ .pe_name = "fd", .pe_mode = S_IFDIR | 0500, .pe_sub = &fd_dir_entry },			\
	{ .pe_name = "fdinfo", .pe_mode = S_IFDIR | 0555, .pe_sub = &fdinfo_dir_entry }

static const struct pentry task_rows[] = {
	LEAVES,
	{ .pe_name = "children", .pe_mode = S_IFREG | 0444, .pe_show = show_children },
	{ .pe_name = NULL },
};

const struct pentry task_tid_entry = {
	.pe_name = "TID", .pe_mode = S_IFDIR | 0555, .pe_rows = task_rows,
};

static const struct pentry pid_rows[] = {
	LEAVES,
	{ .pe_name = "task", .pe_mode = S_IFDIR | 0555, .pe_lookup = task_lookup, .pe_readdir = task_readdir },
	{ .pe_name = NULL },
};

const struct pentry pid_entry = {
	.pe_name = "PID", .pe_mode = S_IFDIR | 0555, .pe_rows = pid_rows,
};
