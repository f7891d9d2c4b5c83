/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * stat, status, statm, comm, wchan and children: a process, or one thread of it, at one moment.
 *
 * What is about threads comes from one LWP, copied under p_lock (struct view): the one that is
 * named below task/ or by /proc/TID, else the first, whose number the process has. When that one
 * has ended while others live on it shows as a zombie, as on Linux. Counters are the thread's
 * below task/, and the process' elsewhere.
 */
#include "fs/procfs/procfs_int.h"

#include "arch/arch.h"
#include "file/fd.h"
#include "file/cwd.h"
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

/* What is copied under p_lock. */
struct view {
	pid_t		 v_tid;
	char		 v_letter;
	char		 v_comm[16];
	const char	*v_wmesg;	/* null: awake */
	int		 v_nice;
	uint32_t	 v_cpu;
	uint32_t	 v_nlwps;
	sigset_t	 v_shared, v_pending, v_blocked, v_ignored, v_caught;
	struct rusage_k	 v_ru;
};

static struct lwp *
lwp_by_tid_locked(struct proc *p, pid_t tid)
{
	list_foreach(l, &p->p_lwps, struct lwp, l_link) {
		if (l->l_tid == tid)
			return l;
	}
	return NULL;
}

/* p_lock held; l is null when it has ended. */
static char
state_letter_locked(struct proc *p, struct lwp *l)
{
	if (l == NULL || p->p_state == PROC_ZOMBIE || p->p_state == PROC_DEAD)
		return 'Z';
	if (p->p_state == PROC_STOPPED)
		return 'T';
	switch (sched_state_of(l)) {
	case SCHED_RUNNABLE:
	case SCHED_RUNNING:
		return 'R';
	case SCHED_STOPPED:
		return 'T';
	case SCHED_SLEEPING:
		if (!l->l_sched.s_interruptible)
			return (p->p_flags & PF_KERNEL) != 0 ? 'I' : 'D';
		return 'S';
	case SCHED_DEAD:
		return 'Z';
	default:
		return 'S';
	}
}

static void
view_signals_locked(struct view *v, struct proc *p)
{
	v->v_shared = p->p_sig.sp_set;
	if (p->p_acts == NULL)
		return;
	spin_lock(&p->p_acts->sa_lock);
	for (int s = 1; s < NSIG; s++) {
		if (p->p_acts->sa_action[s].sa_handler == SIG_IGN)
			v->v_ignored |= SIGBIT(s);
		else if (p->p_acts->sa_action[s].sa_handler != SIG_DFL)
			v->v_caught |= SIGBIT(s);
	}
	spin_unlock(&p->p_acts->sa_lock);
}

static void
view_get(struct pnode *pn, struct view *v)
{
	struct proc *p = pn->pn_proc;
	struct lwp *l;

	*v = (struct view){ .v_tid = pn->pn_tid != 0 ? pn->pn_tid : p->p_pid };
	if (!pn->pn_task)
		proc_rusage_self(p, &v->v_ru);
	spin_lock(&p->p_lock);
	v->v_nlwps = MAX(p->p_nlwps, 1u);	/* a zombie is still its first */
	strlcpy(v->v_comm, p->p_comm, sizeof(v->v_comm));
	view_signals_locked(v, p);
	l = lwp_by_tid_locked(p, v->v_tid);
	v->v_letter = state_letter_locked(p, l);
	if (l != NULL) {
		if (v->v_tid != p->p_pid)
			strlcpy(v->v_comm, l->l_name, sizeof(v->v_comm));
		if (sched_state_of(l) == SCHED_SLEEPING)
			v->v_wmesg = load_relaxed(&l->l_sched.s_wmesg);
		v->v_nice = sched_get_nice(l);
		v->v_cpu = load_relaxed(&l->l_sched.s_cpu);
		v->v_pending = l->l_sigpend.sp_set;
		v->v_blocked = l->l_sigmask;
		if (pn->pn_task)
			lwp_rusage(l, &v->v_ru);
	}
	spin_unlock(&p->p_lock);
}

bool
procfs_has_lwp(struct proc *p, pid_t tid)
{
	bool found;

	spin_lock(&p->p_lock);
	found = lwp_by_tid_locked(p, tid) != NULL;
	spin_unlock(&p->p_lock);
	/* The first shows as long as the process does. */
	return found || tid == p->p_pid;
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
	text_printf(t, " %lu %lu %lu %lu %lu %lu 0 0", vs->vs_size_pages * PAGE_SIZE,
	    vm_space_rss(vs),
	    rsslim, vs->vs_code_start, vs->vs_code_end, vs->vs_stack_start);
}

static void
stat_layout(struct text *t, struct vm_space *vs)
{
	if (vs == NULL)
		text_printf(t, " 0 0 0 0 0 0 0");
	else
		text_printf(t, " %lu %lu %lu %lu %lu %lu %lu", vs->vs_data_start, vs->vs_data_end,
		    vs->vs_brk_start, vs->vs_arg_start, vs->vs_arg_end, vs->vs_env_start,
		    vs->vs_env_end);
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

/* Linux's flags in stat, of those that mean something here. */
static uint32_t
stat_flags(struct proc *p)
{
	static const struct {
		uint32_t acct, flag, shown;
	} rows[] = {
		{ 0, PF_KERNEL, 0x200000 }, { 0, PF_EXITING, 0x4 }, { PACCT_FORK, 0, 0x40 },
		    { PACCT_SU, 0, 0x100 },
		{ PACCT_CORE, 0, 0x200 }, { PACCT_XSIG, 0, 0x400 },
	};
	uint32_t shown = 0;

	for (size_t i = 0; i < nitems(rows); i++) {
		if ((load_relaxed(&p->p_flags) & rows[i].flag) != 0 ||
		    (load_relaxed(&p->p_acct) & rows[i].acct) != 0)
			shown |= rows[i].shown;
	}
	return shown;
}

int
procfs_show_stat(struct text *t, struct pnode *pn)
{
	struct proc *p = pn->pn_proc;
	struct vm_space *vs = proc_space_hold(p);
	struct rusage_k cru;
	struct place pl;
	struct view v;

	place_get(p, &pl);
	view_get(pn, &v);
	proc_rusage_children(p, &cru);
	text_printf(t, "%d (%s) %c %d %d %d %lu %d %u", v.v_tid, v.v_comm, v.v_letter, pl.pl_ppid,
	    pl.pl_pgid, pl.pl_sid,
	    pl.pl_tty, pl.pl_tpgid, stat_flags(p));
	text_printf(t, " %lu %lu %lu %lu %lu %lu %lu %lu", v.v_ru.ru_minflt, cru.ru_minflt,
	    v.v_ru.ru_majflt,
	    cru.ru_majflt, ticks(v.v_ru.ru_utime_ns), ticks(v.v_ru.ru_stime_ns),
	    ticks(cru.ru_utime_ns),
	    ticks(cru.ru_stime_ns));
	text_printf(t, " %d %d %u 0 %lu", 20 + v.v_nice, v.v_nice, v.v_nlwps, ticks(p->p_start_ns));
	stat_memory(t, vs, proc_limit(p, RLIMIT_RSS));
	/* The four sets as they were before there were real-time signals. */
	text_printf(t, " %lu %lu %lu %lu 0 0 0", v.v_pending & 0x7fffffff, v.v_blocked & 0x7fffffff,
	    v.v_ignored & 0x7fffffff, v.v_caught & 0x7fffffff);
	text_printf(t, " %d %u 0 0 0 0 0", p->p_exit_signal, v.v_cpu);
	stat_layout(t, vs);
	text_printf(t, " %d\n", wait_status(p));
	if (vs != NULL)
		vm_space_drop(vs);
	return 0;
}

int
procfs_show_statm(struct text *t, struct pnode *pn)
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
	    vs->vs_peak_pages * PAGE_KB, vs->vs_size_pages * PAGE_KB, vs->vs_locked_pages * PAGE_KB,
	    0ul);
	text_printf(t, "VmHWM:\t%8lu kB\nVmRSS:\t%8lu kB\nRssAnon:\t%8lu kB\nRssFile:\t%8lu kB\n",
	    peak * PAGE_KB, rss * PAGE_KB, rss * PAGE_KB, 0ul);
	text_printf(t, "RssShmem:\t%8lu kB\nVmData:\t%8lu kB\nVmStk:\t%8lu kB\nVmExe:\t%8lu kB\n",
	    0ul,
	    vs->vs_data_pages * PAGE_KB, vs->vs_stack_pages * PAGE_KB, vs->vs_exec_pages * PAGE_KB);
	text_printf(t, "VmLib:\t%8lu kB\nVmPTE:\t%8lu kB\nVmSwap:\t%8lu kB\n", 0ul, 0ul, 0ul);
}

static void
status_cred(struct text *t, struct proc *p)
{
	struct cred *cr = proc_cred_hold(p);
	struct fd_table *fds = proc_fds_hold(p);

	text_printf(t, "Uid:\t%u\t%u\t%u\t%u\nGid:\t%u\t%u\t%u\t%u\n", cr->cr_uid, cr->cr_euid,
	    cr->cr_suid,
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

	text_printf(t,
	    "CapInh:\t%016lx\nCapPrm:\t%016lx\nCapEff:\t%016lx\nCapBnd:\t%016lx\nCapAmb:\t%016lx\n",
	    0ul, eff, eff, all, 0ul);
	text_printf(t, "NoNewPrivs:\t%d\nSeccomp:\t0\n",
	    (load_relaxed(&p->p_flags) & PF_NONEWPRIVS) != 0);
	cred_drop(cr);
}

int
procfs_show_status(struct text *t, struct pnode *pn)
{
	struct proc *p = pn->pn_proc;
	struct vm_space *vs = proc_space_hold(p);
	struct cwd_info *cw = proc_cwd_hold(p);
	struct place pl;
	struct view v;

	place_get(p, &pl);
	view_get(pn, &v);
	text_printf(t, "Name:\t%s\n", v.v_comm);
	if (cw != NULL)
		text_printf(t, "Umask:\t%04o\n", cwd_umask(cw));
	text_printf(t, "State:\t%s\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n",
	    state_text(v.v_letter), p->p_pid, v.v_tid, pl.pl_ppid);
	status_cred(t, p);
	text_printf(t, "NStgid:\t%d\nNSpid:\t%d\nNSpgid:\t%d\nNSsid:\t%d\n", p->p_pid, v.v_tid,
	    pl.pl_pgid, pl.pl_sid);
	if (vs != NULL)
		status_memory(t, vs);
	text_printf(t, "Threads:\t%u\nSigQ:\t0/%lu\n", v.v_nlwps, proc_limit(p, RLIMIT_SIGPENDING));
	text_printf(t,
	    "SigPnd:\t%016lx\nShdPnd:\t%016lx\nSigBlk:\t%016lx\nSigIgn:\t%016lx\nSigCgt:\t%016lx\n",
	    v.v_pending, v.v_shared, v.v_blocked, v.v_ignored, v.v_caught);
	status_caps(t, p);
	text_printf(t, "Cpus_allowed:\t%x\n", (1u << ncpu) - 1);
	text_printf(t, "voluntary_ctxt_switches:\t%lu\nnonvoluntary_ctxt_switches:\t%lu\n",
	    v.v_ru.ru_nvcsw,
	    v.v_ru.ru_nivcsw);
	if (cw != NULL)
		cwd_drop(cw);
	if (vs != NULL)
		vm_space_drop(vs);
	return 0;
}

int
procfs_show_wchan(struct text *t, struct pnode *pn)
{
	struct view v;

	view_get(pn, &v);
	text_printf(t, "%s", v.v_wmesg != NULL ? v.v_wmesg : "0");
	return 0;
}

int
procfs_show_comm(struct text *t, struct pnode *pn)
{
	struct view v;

	view_get(pn, &v);
	text_printf(t, "%s\n", v.v_comm);
	return 0;
}

/* Threads may name each other. */
int
procfs_store_comm(struct pnode *pn, const char *buf, size_t len)
{
	struct proc *p = pn->pn_proc;
	struct lwp *l;
	char comm[16];

	if (p != curproc())
		return EINVAL;
	if (len > 0 && buf[len - 1] == '\n')
		len--;
	len = MIN(len, sizeof(comm) - 1);
	memcpy(comm, buf, len);
	comm[len] = '\0';
	if (pn->pn_tid == 0 || pn->pn_tid == p->p_pid)
		proc_set_comm(p, comm);
	spin_lock(&p->p_lock);
	l = lwp_by_tid_locked(p, pn->pn_tid != 0 ? pn->pn_tid : p->p_pid);
	if (l != NULL)
		strlcpy(l->l_name, comm, sizeof(l->l_name));
	spin_unlock(&p->p_lock);
	return 0;
}

/* The children that a thread has made, oldest first. */
int
procfs_show_children(struct text *t, struct pnode *pn)
{
	struct proc *p = pn->pn_proc;
	uint32_t n, room = 64;
	pid_t *pids;

	for (;; room = n) {
		if ((pids = kmalloc_array(room, sizeof(*pids))) == NULL)
			return ENOMEM;
		n = 0;
		spin_lock(&proc_tree_lock);
		list_foreach(c, &p->p_children, struct proc, p_sibling) {
			if (c->p_parent_tid != pn->pn_tid)
				continue;
			if (n < room)
				pids[n] = c->p_pid;
			n++;
		}
		spin_unlock(&proc_tree_lock);
		if (n <= room)
			break;
		kfree(pids);
	}
	while (n > 0)
		text_printf(t, "%d ", pids[--n]);
	kfree(pids);
	return 0;
}
