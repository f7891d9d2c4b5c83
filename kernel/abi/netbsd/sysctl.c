/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sysctl(2) by numbers: what programs ask of the system, and SPEC section 13. kern.maxproc and
 * kern.forkfsleep are the tunables of proc/tunable.c, the same ones as under /proc/sys; a write of
 * the wrong size, or out of range, is EINVAL and changes nothing. proc.PID is the owner's or
 * root's.
 *
 * A node is a function. It puts its value by sysctl_out, which copies what fits, tells the length
 * and gives ENOMEM when not all fitted; it takes a new one by sysctl_in.
 */
#include "abi/netbsd/netbsd_int.h"

#include "file/tty.h"
#include "main/main.h"
#include "mem/cache.h"
#include "mem/page.h"
#include "proc/abi.h"
#include "proc/ids.h"
#include "proc/rusage.h"
#include "proc/tunable.h"
#include "sched/clock.h"
#include "signal/signal.h"
#include "vm/vm.h"

#define MIB_MAX		12
#define ARGS_MAX	(256u * 1024)	/* bytes of arguments that are shown */
#define NB_OSREV	899003700u	/* the version that we are like */

struct sysctl_req {
	struct netbsd_call *sr_call;
	const int32_t	*sr_mib;	/* what follows the node's own name */
	uint32_t	 sr_n;
	vaddr_t		 sr_old;	/* 0: only the length is wanted */
	uint64_t	 sr_room;	/* bytes at sr_old */
	uint64_t	 sr_len;	/* bytes that the value has so far */
	vaddr_t		 sr_new;	/* 0: none */
	uint64_t	 sr_newlen;
};

/* Appends to the value. */
static int
sysctl_out(struct sysctl_req *sr, const void *data, size_t len)
{
	uint64_t at = sr->sr_len, fits = at < sr->sr_room ? MIN((uint64_t)len, sr->sr_room - at) :
	    0;
	int error = 0;

	sr->sr_len += len;
	if (sr->sr_old == 0)
		return 0;
	if (fits > 0)
		error = copyout(data, uptr(sr->sr_old + at), fits);
	return error != 0 ? error : fits < len ? ENOMEM : 0;
}

static int
sysctl_in(struct sysctl_req *sr, void *data, size_t len)
{
	return sr->sr_newlen != len ? EINVAL : copyin(uptr(sr->sr_new), data, len);
}

static int
sysctl_string(struct sysctl_req *sr, const char *s)
{
	return sr->sr_new != 0 ? EPERM : sysctl_out(sr, s, strlen(s) + 1);
}

static int
sysctl_int(struct sysctl_req *sr, int32_t v)
{
	return sr->sr_new != 0 ? EPERM : sysctl_out(sr, &v, sizeof(v));
}

static int
sysctl_u64(struct sysctl_req *sr, uint64_t v)
{
	return sr->sr_new != 0 ? EPERM : sysctl_out(sr, &v, sizeof(v));
}

/* A tunable, as an int; root sets it. */
static int
sysctl_tunable(struct sysctl_req *sr, const char *name)
{
	const struct tunable *tn = tunable_find(name);
	int32_t old = (int32_t)tunable_get(tn), new;
	struct cred *cred;
	bool root;
	int error = 0;

	if (sr->sr_new != 0) {
		cred = proc_cred_hold(sr->sr_call->nc_proc);
		root = cred_is_root(cred);
		cred_drop(cred);
		if (!root)
			return EPERM;
		if ((error = sysctl_in(sr, &new, sizeof(new))) != 0)
			return error;
		error = tunable_set(tn, new);
	}
	return error != 0 ? error : sysctl_out(sr, &old, sizeof(old));
}

/* --- processes: kern.proc2, kern.lwp, kern.proc_args --- */

/* The part of struct kinfo_proc2 that we fill, by its documented offsets. */
struct nb_kinfo_proc2 {
	uint8_t		 ki_0[104];
	uint32_t	 eflag;		/* 104 */
	int32_t		 exitsig;
	int32_t		 flag;
	int32_t		 pid, ppid, sid, pgid, tpgid;
	uint32_t	 uid, ruid, gid, rgid;
	uint32_t	 groups[16];	/* 152 */
	int16_t		 ngroups, jobc;
	uint32_t	 tdev;
	uint8_t		 ki_1[288 - 224];
	int32_t		 traceflag;
	int32_t		 ki_2;
	struct netbsd_sigset siglist, sigmask, sigignore, sigcatch;
	int8_t		 stat;		/* 360 */
	uint8_t		 priority, usrpri, nice;
	uint16_t	 xstat, acflag;
	char		 comm[24];	/* 368 */
	char		 wmesg[8];
	uint64_t	 wchan;
	char		 login[24];
	int32_t		 rssize, tsize, dsize, ssize;	/* 432 */
	int64_t		 uvalid;
	uint32_t	 ustart_sec, ustart_usec, uutime_sec, uutime_usec, ustime_sec, ustime_usec;
	uint64_t	 maxrss;	/* 480 */
	uint8_t		 ki_3[592 - 488];
	uint32_t	 uctime_sec, uctime_usec;	/* 592 */
	uint64_t	 cpuid;
	uint64_t	 realflag;
	uint64_t	 nlwps, nrlwps;
	uint64_t	 realstat;
	uint32_t	 svuid, svgid;
	char		 ename[16];	/* 648 */
	int64_t		 vsize, msize;
};
STATIC_ASSERT(sizeof(struct nb_kinfo_proc2) == 680);
STATIC_ASSERT(offsetof(struct nb_kinfo_proc2, stat) == 360);
STATIC_ASSERT(offsetof(struct nb_kinfo_proc2, maxrss) == 480);
STATIC_ASSERT(offsetof(struct nb_kinfo_proc2, ename) == 648);

#define NB_EPROC_CTTY	1u
#define NB_EPROC_SLEADER 2u
#define NB_PK_SYSTEM	0x2
#define NB_PK_SUGID	0x100
#define NB_PK_EXEC	0x4000
#define NB_PL_CONTROLT	0x2
#define NB_PS_STOPFORK	0x800000
#define NB_PS_STOPEXEC	0x1000000
#define NB_PS_STOPEXIT	0x2000000
enum { NB_LSIDL = 1, NB_LSRUN, NB_LSSLEEP, NB_LSSTOP, NB_LSZOMB, NB_LSDEAD, NB_LSONPROC };
enum { NB_SIDL = 1, NB_SACTIVE, NB_SDYING, NB_SSTOP, NB_SZOMB };

static int8_t
kinfo_lwp_stat(const struct lwp *l)
{
	switch (sched_state_of(l)) {
	case SCHED_NEW:		return NB_LSIDL;
	case SCHED_RUNNABLE:	return NB_LSRUN;
	case SCHED_RUNNING:	return NB_LSONPROC;
	case SCHED_SLEEPING:	return NB_LSSLEEP;
	case SCHED_STOPPED:	return NB_LSSTOP;
	default:		return NB_LSZOMB;
	}
}

/* What the tree's lock guards. False for an embryo, which is not listed. */
static bool
kinfo_place(struct proc *p, struct nb_kinfo_proc2 *ki)
{
	struct session *s;

	spin_lock(&proc_tree_lock);
	if (p->p_state == PROC_EMBRYO || p->p_state == PROC_DEAD || p->p_pgrp == NULL) {
		spin_unlock(&proc_tree_lock);
		return false;
	}
	s = p->p_pgrp->pg_session;
	ki->exitsig = netbsd_signo_out(p->p_exit_signal);
	ki->ppid = p->p_parent != NULL ? p->p_parent->p_pid : 0;
	ki->sid = s->s_id;
	ki->pgid = p->p_pgrp->pg_id;
	ki->tpgid = -1;
	ki->tdev = UINT32_MAX;
	if (s->s_leader == p)
		ki->eflag |= NB_EPROC_SLEADER;
	if (s->s_tty != NULL && (load_relaxed(&p->p_flags) & PF_NOTTY) == 0) {
		ki->eflag |= NB_EPROC_CTTY;
		ki->flag |= NB_PL_CONTROLT;
		ki->tpgid = tty_pgid(s->s_tty);
		ki->tdev = (uint32_t)tty_dev(s->s_tty);
	}
	ki->realstat = p->p_state == PROC_ZOMBIE ? NB_SZOMB : p->p_state == PROC_STOPPED ?
	    NB_SSTOP : NB_SACTIVE;
	spin_unlock(&proc_tree_lock);
	return true;
}

static void
kinfo_signals_locked(struct proc *p, struct nb_kinfo_proc2 *ki)
{
	sigset_t ignored = 0, caught = 0;

	ki->siglist = netbsd_sigset_from(p->p_sig.sp_set);
	if (p->p_acts == NULL)
		return;
	spin_lock(&p->p_acts->sa_lock);
	for (int s = 1; s < NSIG; s++) {
		if (p->p_acts->sa_action[s].sa_handler == SIG_IGN)
			ignored |= SIGBIT(s);
		else if (p->p_acts->sa_action[s].sa_handler != SIG_DFL)
			caught |= SIGBIT(s);
	}
	spin_unlock(&p->p_acts->sa_lock);
	ki->sigignore = netbsd_sigset_from(ignored);
	ki->sigcatch = netbsd_sigset_from(caught);
}

static void
kinfo_lwps_locked(struct proc *p, struct nb_kinfo_proc2 *ki)
{
	struct lwp *l = list_first(&p->p_lwps, struct lwp, l_link);

	ki->nlwps = p->p_nlwps;
	ki->nice = 20;
	ki->stat = NB_LSZOMB;
	if (l == NULL)
		return;
	ki->stat = p->p_state == PROC_STOPPED ? NB_LSSTOP : kinfo_lwp_stat(l);
	ki->priority = ki->usrpri = l->l_sched.s_prio;
	ki->nice = (uint8_t)(sched_get_nice(l) + 20);
	ki->cpuid = load_relaxed(&l->l_sched.s_cpu);
	ki->sigmask = netbsd_sigset_from(l->l_sigmask);
	if (l->l_sched.s_wmesg != NULL)
		strlcpy(ki->wmesg, l->l_sched.s_wmesg, sizeof(ki->wmesg));
	list_foreach(it, &p->p_lwps, struct lwp, l_link)
		if (it->l_sched.s_state == SCHED_RUNNABLE || it->l_sched.s_state == SCHED_RUNNING)
			ki->nrlwps++;
}

static const struct {
	uint32_t	 core, netbsd;
} kinfo_flags[] = {
	{ PF_KERNEL, NB_PK_SYSTEM }, { PF_EXECED, NB_PK_EXEC }, { PF_SUGID, NB_PK_SUGID },
	{ PF_STOPFORK, NB_PS_STOPFORK }, { PF_STOPEXEC, NB_PS_STOPEXEC },
	{ PF_STOPEXIT, NB_PS_STOPEXIT },
};

static void
kinfo_locked(struct proc *p, struct nb_kinfo_proc2 *ki)
{
	const struct cred *cr = p->p_cred;

	for (size_t i = 0; i < nitems(kinfo_flags); i++)
		if ((p->p_flags & kinfo_flags[i].core) != 0)
			ki->flag |= (int32_t)kinfo_flags[i].netbsd;
	ki->realflag = (uint32_t)ki->flag;
	ki->pid = p->p_pid;
	ki->uid = cr->cr_euid;
	ki->ruid = cr->cr_uid;
	ki->svuid = cr->cr_suid;
	ki->gid = cr->cr_egid;
	ki->rgid = cr->cr_gid;
	ki->svgid = cr->cr_sgid;
	ki->ngroups = (int16_t)MIN(cr->cr_ngroups, 16u);
	memcpy(ki->groups, cr->cr_groups, (size_t)ki->ngroups * sizeof(gid_t));
	ki->xstat = (uint16_t)(p->p_exit_signo != 0 ? netbsd_signo_out(p->p_exit_signo) :
	    (p->p_exit_code & 0xff) << 8);
	ki->acflag = (uint16_t)p->p_acct;
	strlcpy(ki->comm, p->p_comm, sizeof(ki->comm));
	if (p->p_abi != NULL)
		strlcpy(ki->ename, p->p_abi->ab_name, sizeof(ki->ename));
	kinfo_signals_locked(p, ki);
	kinfo_lwps_locked(p, ki);
}

static void
kinfo_times(struct proc *p, struct nb_kinfo_proc2 *ki)
{
	uint64_t start = clock_wall_ns() - clock_mono_ns() + p->p_start_ns;
	struct vm_space *vs = proc_space_hold(p);
	struct rusage_k ru;

	proc_rusage_self(p, &ru);
	ki->uvalid = 1;
	ki->ustart_sec = (uint32_t)(start / NSEC_PER_SEC);
	ki->ustart_usec = (uint32_t)(start % NSEC_PER_SEC / NSEC_PER_USEC);
	ki->uutime_sec = (uint32_t)(ru.ru_utime_ns / NSEC_PER_SEC);
	ki->uutime_usec = (uint32_t)(ru.ru_utime_ns % NSEC_PER_SEC / NSEC_PER_USEC);
	ki->ustime_sec = (uint32_t)(ru.ru_stime_ns / NSEC_PER_SEC);
	ki->ustime_usec = (uint32_t)(ru.ru_stime_ns % NSEC_PER_SEC / NSEC_PER_USEC);
	ki->maxrss = ru.ru_maxrss_pages * (PAGE_SIZE / 1024);
	if (vs != NULL) {
		ki->rssize = (int32_t)vm_space_rss(vs);
		ki->vsize = (int64_t)load_relaxed(&vs->vs_size_pages);
		vm_space_drop(vs);
	}
}

static bool
kinfo_wanted(const struct nb_kinfo_proc2 *ki, int op, int arg)
{
	switch (op) {
	case 0:	return true;
	case 1:	return ki->pid == arg;
	case 2:	return ki->pgid == arg;
	case 3:	return ki->sid == arg;
	case 4:	return ki->tdev == (uint32_t)arg;
	case 5:	return ki->uid == (uint32_t)arg;
	case 6:	return ki->ruid == (uint32_t)arg;
	case 7:	return ki->gid == (uint32_t)arg;
	default: return ki->rgid == (uint32_t)arg;
	}
}

/* kern.proc2.OP.ARG.ELEMSIZE.COUNT */
static int
sysctl_proc2(struct sysctl_req *sr)
{
	uint32_t elem, count;
	struct proc *p;
	int error = 0;

	if (sr->sr_n != 4 || sr->sr_mib[0] < 0 || sr->sr_mib[0] > 8 || sr->sr_mib[2] <= 0 ||
	    sr->sr_mib[3] < 0)
		return EINVAL;
	elem = (uint32_t)sr->sr_mib[2];
	count = (uint32_t)sr->sr_mib[3];
	for (pid_t pid = 0; error == 0 && (p = proc_next(pid)) != NULL; proc_drop(p)) {
		struct nb_kinfo_proc2 ki = { .eflag = 0 };

		pid = p->p_pid;
		if (!kinfo_place(p, &ki))
			continue;
		spin_lock(&p->p_lock);
		kinfo_locked(p, &ki);
		spin_unlock(&p->p_lock);
		if (!kinfo_wanted(&ki, sr->sr_mib[0], sr->sr_mib[1]))
			continue;
		kinfo_times(p, &ki);
		if (sr->sr_old == 0)
			sr->sr_len += elem;
		else if (count > 0 && count--)
			error = sysctl_out(sr, &ki, MIN((size_t)elem, sizeof(ki)));
		if (sr->sr_old != 0 && error == 0 && elem > sizeof(ki))
			error = EINVAL;
	}
	if (sr->sr_old == 0)
		sr->sr_len += 5 * elem;	/* some may be born before the caller asks again */
	return error;
}

struct nb_kinfo_lwp {
	uint8_t		 kl_0[32];
	int32_t		 lid;
	int32_t		 flag;
	uint8_t		 kl_1[58 - 40];
	int8_t		 stat;
	uint8_t		 kl_2[64 - 59];
	char		 wmesg[8];
	uint64_t	 wchan;
	uint64_t	 cpuid;
	uint8_t		 kl_3[104 - 88];
	int32_t		 pid;
	char		 name[20];
};
STATIC_ASSERT(sizeof(struct nb_kinfo_lwp) == 128 && offsetof(struct nb_kinfo_lwp, pid) == 104);

#define LWPS_MAX	64u	/* that one call lists */

static uint32_t
kinfo_lwps(struct proc *p, struct nb_kinfo_lwp *kl)
{
	uint32_t n = 0;

	spin_lock(&p->p_lock);
	list_foreach(l, &p->p_lwps, struct lwp, l_link) {
		if (n == LWPS_MAX)
			break;
		kl[n].lid = l->l_tid;
		kl[n].stat = kinfo_lwp_stat(l);
		kl[n].cpuid = load_relaxed(&l->l_sched.s_cpu);
		kl[n].pid = p->p_pid;
		if (l->l_sched.s_wmesg != NULL)
			strlcpy(kl[n].wmesg, l->l_sched.s_wmesg, sizeof(kl[n].wmesg));
		strlcpy(kl[n++].name, l->l_name, sizeof(kl->name));
	}
	spin_unlock(&p->p_lock);
	return n;
}

/* kern.lwp.PID.ELEMSIZE.COUNT */
static int
sysctl_lwp(struct sysctl_req *sr)
{
	struct nb_kinfo_lwp *kl;
	struct proc *p;
	uint32_t n;
	int error = 0;

	if (sr->sr_n != 3 || sr->sr_mib[1] <= 0 || (size_t)sr->sr_mib[1] > sizeof(*kl) ||
	    sr->sr_mib[2] < 0)
		return EINVAL;
	if ((p = proc_find(sr->sr_mib[0])) == NULL)
		return ESRCH;
	if ((kl = kmalloc(LWPS_MAX * sizeof(*kl))) == NULL) {
		proc_drop(p);
		return ENOMEM;
	}
	n = kinfo_lwps(p, kl);
	proc_drop(p);
	if (sr->sr_old != 0)
		n = MIN(n, (uint32_t)sr->sr_mib[2]);
	for (uint32_t i = 0; i < n && error == 0; i++)
		error = sysctl_out(sr, &kl[i], (size_t)sr->sr_mib[1]);
	kfree(kl);
	return error;
}

/* One string of another process, page by page. */
static int
args_string(struct sysctl_req *sr, struct vm_space *vs, vaddr_t va, char *page)
{
	int error;

	for (uint32_t total = 0; total < 128u * 1024;) {
		size_t n = PAGE_SIZE - (va & PAGE_MASK), len;

		if (vm_io(vs, va, page, n, false, NULL) != 0)
			return EFAULT;
		len = strnlen(page, n);
		if ((error = sysctl_out(sr, page, len < n ? len + 1 : n)) != 0)
			return error;
		if (len < n)
			return 0;
		va += n;
		total += (uint32_t)n;
	}
	return E2BIG;
}

/* The strings that an array of n pointers names. */
static int
args_array(struct sysctl_req *sr, struct vm_space *vs, vaddr_t array, int32_t n)
{
	char *page = kmalloc(PAGE_SIZE);
	int error = page == NULL ? ENOMEM : 0;
	vaddr_t va;

	for (int32_t i = 0; i < n && error == 0; i++) {
		if (sr->sr_len > ARGS_MAX)	/* the process may say what it likes */
			error = E2BIG;
		else if (vm_io(vs, array + 8 * (vaddr_t)i, &va, sizeof(va), false, NULL) != 0)
			error = EFAULT;
		else
			error = args_string(sr, vs, va, page);
	}
	kfree(page);
	return error;
}

/* By the process' ps_strings, wherever it says that its arguments are now (SPEC NEW-27). */
static int
args_of(struct sysctl_req *sr, struct vm_space *vs, vaddr_t psstrings, int op)
{
	struct ps_strings ps;

	if (psstrings == 0 || vm_io(vs, psstrings, &ps, sizeof(ps), false, NULL) != 0)
		return EINVAL;
	switch (op) {
	case 1:	return args_array(sr, vs, ps.ps_argv, ps.ps_argc);
	case 2:	return sysctl_int(sr, ps.ps_argc);
	case 3:	return args_array(sr, vs, ps.ps_envp, ps.ps_envc);
	case 4:	return sysctl_int(sr, ps.ps_envc);
	default: return EOPNOTSUPP;
	}
}

/* kern.proc_args.PID.OP; -1 is the caller. */
static int
sysctl_proc_args(struct sysctl_req *sr)
{
	struct vm_space *vs;
	struct proc *p;
	int error;

	if (sr->sr_n != 2)
		return EINVAL;
	p = sr->sr_mib[0] == -1 ? proc_hold(sr->sr_call->nc_proc) : proc_find(sr->sr_mib[0]);
	if (p == NULL)
		return ESRCH;
	/* The environment is the owner's business. */
	error = sr->sr_mib[1] >= 3 ? proc_check_same(sr->sr_call->nc_proc, p) : 0;
	if (error == 0 && (vs = proc_space_hold(p)) == NULL) {
		error = EINVAL;
	} else if (error == 0) {
		error = args_of(sr, vs, load_relaxed(&p->p_psstrings), sr->sr_mib[1]);
		vm_space_drop(vs);
	}
	proc_drop(p);
	return error;
}

static int
sysctl_kern(struct sysctl_req *sr)
{
	int32_t which = sr->sr_mib[0];

	sr->sr_mib++;
	sr->sr_n--;
	if (which == 47)
		return sysctl_proc2(sr);
	if (which == 48)
		return sysctl_proc_args(sr);
	if (which == 64)
		return sysctl_lwp(sr);
	if (sr->sr_n != 0)
		return ENOTDIR;
	switch (which) {
	case 1:		return sysctl_string(sr, "NetBSD");
	case 2:		return sysctl_string(sr, "8.99.37");
	case 3:		return sysctl_int(sr, NB_OSREV);
	case 4:		return sysctl_string(sr, "Bident " BIDENT_VERSION);
	case 6:		return sysctl_tunable(sr, "kern.maxproc");
	case 8:		return sysctl_int(sr, ARGS_MAX);
	case 18:	return sysctl_int(sr, CRED_NGROUPS);	/* ngroups */
	case 65:	return sysctl_tunable(sr, "kern.forkfsleep");
	default:	return ENOENT;
	}
}

/* --- vm, hw, proc --- */

/* vm.uvmexp2: those of its fields that have a meaning here. */
static int
sysctl_uvmexp2(struct sysctl_req *sr)
{
	int64_t field[616 / 8] = { 0 };
	struct fork_counts fc;

	proc_fork_counts(&fc);
	field[0] = (int64_t)PAGE_SIZE;
	field[1] = (int64_t)PAGE_MASK;
	field[2] = PAGE_SHIFT;
	field[3] = (int64_t)pages_total;
	field[4] = (int64_t)pages_free_count();
	field[280 / 8] = (int64_t)fc.fc_forks;
	field[288 / 8] = (int64_t)fc.fc_holding;
	field[296 / 8] = (int64_t)fc.fc_sharing;
	return sr->sr_new != 0 ? EPERM : sysctl_out(sr, field, sizeof(field));
}

static int
sysctl_hw(struct sysctl_req *sr)
{
	uint64_t bytes = pages_total * PAGE_SIZE;

	if (sr->sr_n != 1)
		return ENOTDIR;
	switch (sr->sr_mib[0]) {
	case 1:		return sysctl_string(sr, "amd64");
	case 2:		return sysctl_string(sr, arch_machine());
	case 3:
	case 16:	return sysctl_int(sr, (int32_t)ncpu);	/* ncpu, ncpuonline */
	case 4:		return sysctl_int(sr, 1234);		/* byteorder */
	case 5:
	case 6:		return sysctl_int(sr, (int32_t)MIN(bytes, (uint64_t)INT32_MAX));
	case 7:		return sysctl_int(sr, PAGE_SIZE);
	case 10:	return sysctl_string(sr, "x86_64");
	case 13:
	case 14:	return sysctl_u64(sr, bytes);
	default:	return ENOENT;
	}
}

/* proc.PID.rlimit.(N + 1).(1 soft, 2 hard) */
static int
sysctl_proc_rlimit(struct sysctl_req *sr, struct proc *p)
{
	struct netbsd_rlimit rl;
	uint64_t *word, old, new;
	int error;

	if (sr->sr_n != 2 || sr->sr_mib[0] < 1 || (sr->sr_mib[1] != 1 && sr->sr_mib[1] != 2))
		return ENOENT;
	if ((error = netbsd_rlimit_of(p, (uint32_t)sr->sr_mib[0] - 1, &rl)) != 0)
		return ENOENT;
	word = sr->sr_mib[1] == 1 ? &rl.rlim_cur : &rl.rlim_max;
	old = *word;
	if (sr->sr_new != 0) {
		if ((error = sysctl_in(sr, &new, sizeof(new))) != 0)
			return error;
		*word = new;
		if (sr->sr_mib[1] == 2)
			rl.rlim_cur = MIN(rl.rlim_cur, new);
		if ((error = netbsd_rlimit_to(p, (uint32_t)sr->sr_mib[0] - 1, &rl)) != 0)
			return error;
	}
	return sysctl_out(sr, &old, sizeof(old));
}

/* proc.PID.stopfork and its kin: 0 or 1. */
static int
sysctl_proc_stop(struct sysctl_req *sr, struct proc *p, uint32_t flag)
{
	int32_t old = (load_relaxed(&p->p_flags) & flag) != 0, new;
	int error;

	if (sr->sr_n != 0)
		return ENOTDIR;
	if (sr->sr_new != 0) {
		if ((error = sysctl_in(sr, &new, sizeof(new))) != 0)
			return error;
		if (new != 0 && new != 1)
			return EINVAL;
		proc_stop_on(p, flag, new != 0);
	}
	return sysctl_out(sr, &old, sizeof(old));
}

static int
sysctl_proc_node(struct sysctl_req *sr, struct proc *p, int32_t which)
{
	switch (which) {
	case 2:		return sysctl_proc_rlimit(sr, p);
	case 3:		return sysctl_proc_stop(sr, p, PF_STOPFORK);
	case 4:		return sysctl_proc_stop(sr, p, PF_STOPEXEC);
	case 5:		return sysctl_proc_stop(sr, p, PF_STOPEXIT);
	default:	return ENOENT;
	}
}

static int
sysctl_proc(struct sysctl_req *sr)
{
	int32_t pid = sr->sr_mib[0], which;
	struct proc *p;
	int error;

	if (sr->sr_n < 2)
		return ENOTDIR;
	which = sr->sr_mib[1];
	sr->sr_mib += 2;
	sr->sr_n -= 2;
	p = pid == -1 ? proc_hold(sr->sr_call->nc_proc) : proc_find(pid);	/* -1: the caller */
	if (p == NULL)
		return ESRCH;
	if ((error = proc_check_same(sr->sr_call->nc_proc, p)) == 0)
		error = sysctl_proc_node(sr, p, which);
	proc_drop(p);
	return error;
}

static int
sysctl_top(struct sysctl_req *sr)
{
	int32_t top = sr->sr_mib[0];

	sr->sr_mib++;
	if (--sr->sr_n == 0)
		return ENOTDIR;
	switch (top) {
	case 1:		return sysctl_kern(sr);
	case 2:		return sr->sr_n == 1 && sr->sr_mib[0] == 5 ? sysctl_uvmexp2(sr) : ENOENT;
	case 6:		return sysctl_hw(sr);
	case 10:	return sysctl_proc(sr);
	default:	return ENOENT;
	}
}

/* (name, its length, old value, its length, new value, its length) */
int
netbsd_sys___sysctl(struct netbsd_call *c)
{
	int32_t mib[MIB_MAX];
	struct sysctl_req sr = {
		.sr_call = c, .sr_mib = mib, .sr_n = ARG_U32(c, 1), .sr_old = ARG_VA(c, 2),
		.sr_new = ARG_VA(c, 4), .sr_newlen = c->nc_arg[5],
	};
	int error, e;

	if (sr.sr_n < 1 || sr.sr_n > MIB_MAX)
		return EINVAL;
	if ((error = copyin(uptr(ARG_VA(c, 0)), mib, sr.sr_n * sizeof(mib[0]))) != 0)
		return error;
	if (ARG_VA(c, 3) == 0)
		sr.sr_old = 0;
	else if ((error = copyin(uptr(ARG_VA(c, 3)), &sr.sr_room, sizeof(sr.sr_room))) != 0)
		return error;
	error = sysctl_top(&sr);
	if (ARG_VA(c, 3) != 0 && (error == 0 || error == ENOMEM) &&
	    (e = copyout(&sr.sr_len, uptr(ARG_VA(c, 3)), sizeof(sr.sr_len))) != 0)
		return e;
	return error;
}
