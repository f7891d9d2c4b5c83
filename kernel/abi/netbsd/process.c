/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that make and end processes, and ask what they are: fork's forms, exec, exit, wait,
 * ids, limits.
 *
 * The four ways to fork differ in the flags for fork1 alone (SPEC ENT-1 to ENT-4): fork copies,
 * vfork (66) copies and holds, __vfork14 (282) shares and holds, __clone does what it is told.
 */
#include "abi/netbsd/netbsd_int.h"

#include "lib/point.h"
#include "proc/exec.h"
#include "proc/exit.h"
#include "proc/fork.h"
#include "proc/ids.h"
#include "proc/limits.h"
#include "proc/rusage.h"
#include "proc/wait.h"
#include "signal/signal.h"

static int
netbsd_fork1(struct netbsd_call *c, const struct fork_args *fa)
{
	struct fork_result res;
	int error;

	if ((error = fork1(c->nc_lwp, fa, &res)) == 0)
		c->nc_ret = (uint64_t)res.fr_pid;
	return error;
}

int
netbsd_sys_fork(struct netbsd_call *c)
{
	const struct fork_args fa = { .fa_exit_signal = SIGCHLD };

	return netbsd_fork1(c, &fa);
}

int
netbsd_sys_vfork(struct netbsd_call *c)
{
	const struct fork_args fa = { .fa_flags = FORK_HOLD, .fa_exit_signal = SIGCHLD };

	return netbsd_fork1(c, &fa);
}

int
netbsd_sys___vfork14(struct netbsd_call *c)
{
	const struct fork_args fa = {
		.fa_flags = FORK_HOLD | FORK_SHARE_VM, .fa_exit_signal = SIGCHLD,
	};

	return netbsd_fork1(c, &fa);
}

static const struct {
	uint32_t	 from, to;
} netbsd_clone_flags[] = {
	{ NB_CLONE_VM, FORK_SHARE_VM },
	{ NB_CLONE_FS, FORK_SHARE_CWD },
	{ NB_CLONE_FILES, FORK_SHARE_FILES },
	{ NB_CLONE_SIGHAND, FORK_SHARE_SIGS },
	{ NB_CLONE_VFORK, FORK_HOLD },
};

/* Why a clone was refused: seen by who watches. */
enum clone_refusal { CLONE_BAD_FLAG = 1, CLONE_BAD_SIGHAND, CLONE_BAD_SIGNAL, CLONE_BAD_FILES };
POINT_DEFINE(point_refused, "netbsd.clone.refused", POINT_PROBE, 0);

static int
netbsd_clone_refuse(struct netbsd_call *c, enum clone_refusal why)
{
	(void)point_pass(&point_refused, (uintptr_t)c->nc_proc->p_pid, why, ARG_U32(c, 0));
	return EINVAL;
}

int
netbsd_sys___clone(struct netbsd_call *c)
{
	uint32_t flags = ARG_U32(c, 0), left = flags & ~NB_CLONE_CSIGNAL;
	struct fork_args fa = { .fa_stack = ARG_VA(c, 1) };

	for (size_t i = 0; i < nitems(netbsd_clone_flags); i++) {
		if ((left & netbsd_clone_flags[i].from) != 0) {
			fa.fa_flags |= netbsd_clone_flags[i].to;
			left &= ~netbsd_clone_flags[i].from;
		}
	}
	/* The refusals, in this order (SPEC ENT-5), before anything is counted. */
	if (left != 0)
		return netbsd_clone_refuse(c, CLONE_BAD_FLAG);
	if ((flags & NB_CLONE_SIGHAND) != 0 && (flags & NB_CLONE_VM) == 0)
		return netbsd_clone_refuse(c, CLONE_BAD_SIGHAND);
	fa.fa_exit_signal = netbsd_signo_in((int)(flags & NB_CLONE_CSIGNAL));
	if (fa.fa_exit_signal < 0)
		return netbsd_clone_refuse(c, CLONE_BAD_SIGNAL);
	if ((flags & NB_CLONE_FILES) != 0 && fd_table_has_clofork(c->nc_proc->p_fds))
		return netbsd_clone_refuse(c, CLONE_BAD_FILES);
	return netbsd_fork1(c, &fa);
}

int
netbsd_sys_execve(struct netbsd_call *c)
{
	struct exec_req req = { .er_argv = ARG_VA(c, 1), .er_envp = ARG_VA(c, 2) };
	char *path;
	int error;

	if ((error = netbsd_string_in(ARG_VA(c, 0), &path)) != 0)
		return error;
	req.er_path = path;
	error = path[0] == '\0' ? ENOENT : proc_exec(c->nc_lwp, &req);
	netbsd_string_free(path);
	return error == 0 ? EJUSTRETURN : error;
}

int
netbsd_sys_exit(struct netbsd_call *c)
{
	proc_exit(c->nc_lwp, ARG_INT(c, 0), 0, false);
}

/* --- wait --- */

static const struct {
	uint32_t	 from, to;
} netbsd_wait_flags[] = {
	{ NB_WNOHANG, WAIT_NOHANG },
	{ NB_WUNTRACED, WAIT_STOPPED },
	{ NB_WALTSIG, WAIT_CLONE },
	{ NB_WALLSIG, WAIT_ANYSIG },
	{ NB_WCONTINUED, WAIT_CONTINUED },
	{ NB_WEXITED, WAIT_EXITED },
	{ NB_WNOWAIT, WAIT_NOWAIT },
	{ NB_WNOZOMBIE, WAIT_NOZOMBIE },
};

static uint32_t
netbsd_wait_decode(uint32_t options)
{
	uint32_t flags = 0;

	for (size_t i = 0; i < nitems(netbsd_wait_flags); i++)
		if ((options & netbsd_wait_flags[i].from) != 0)
			flags |= netbsd_wait_flags[i].to;
	return flags;
}

/* The status word. */
static int32_t
netbsd_wait_status(const struct wait_result *res)
{
	int32_t signo = netbsd_signo_out(res->wr_status);

	switch (res->wr_code) {
	case CLD_EXITED:	return (res->wr_status & 0xff) << 8;
	case CLD_DUMPED:	return (signo & 0x7f) | 0x80;
	case CLD_STOPPED:
	case CLD_TRAPPED:	return (signo & 0xff) << 8 | 0x7f;
	case CLD_CONTINUED:	return 0xffff;
	default:		return signo & 0x7f;
	}
}

static int
netbsd_status_out(vaddr_t ustatus, const struct wait_result *res)
{
	int32_t status = netbsd_wait_status(res);

	return ustatus == 0 ? 0 : copyout(&status, uptr(ustatus), sizeof(status));
}

int
netbsd_sys_wait4(struct netbsd_call *c)
{
	uint32_t options = ARG_U32(c, 2);
	pid_t pid = ARG_INT(c, 0);
	struct wait_req req = { .wq_idtype = WAIT_ALL, .wq_flags = netbsd_wait_decode(options) |
	    WAIT_EXITED };
	struct wait_result res;
	struct netbsd_rusage ru;
	struct rusage_k sum;
	int error;

	if ((options & ~NB_WALL) != 0 || pid == INT32_MIN)
		return EINVAL;
	if (pid > 0) {
		req.wq_idtype = WAIT_PID;
		req.wq_id = pid;
	} else if (pid != -1) {
		req.wq_idtype = WAIT_PGRP;
		req.wq_id = -pid;
	}
	if ((error = proc_wait(c->nc_lwp, &req, &res)) != 0)
		return error;
	c->nc_ret = (uint64_t)res.wr_pid;
	if (res.wr_pid == 0)
		return 0;
	if ((error = netbsd_status_out(ARG_VA(c, 1), &res)) != 0 || ARG_VA(c, 3) == 0)
		return error;
	sum = res.wr_self;
	rusage_add(&sum, &res.wr_children);
	netbsd_rusage_of(&sum, &ru);
	return copyout(&ru, uptr(ARG_VA(c, 3)), sizeof(ru));
}

static int
netbsd_wait6_target(struct netbsd_call *c, struct wait_req *req)
{
	req->wq_id = ARG_INT(c, 1);
	switch (ARG_INT(c, 0)) {
	case NB_P_ALL:	req->wq_idtype = WAIT_ALL; return 0;
	case NB_P_PID:	req->wq_idtype = WAIT_PID; return req->wq_id <= 0 ? EINVAL : 0;
	case NB_P_PGID:	req->wq_idtype = WAIT_PGRP; return req->wq_id < 0 ? EINVAL : 0;
	case NB_P_SID:	req->wq_idtype = WAIT_SESSION; break;
	case NB_P_UID:	req->wq_idtype = WAIT_UID; return 0;
	case NB_P_GID:	req->wq_idtype = WAIT_GID; return 0;
	default:	return EINVAL;
	}
	/* 0: the caller's */
	return req->wq_id != 0 ? 0 : proc_getsid(c->nc_proc, 0, &req->wq_id);
}

static int
netbsd_wait6_out(struct netbsd_call *c, const struct wait_result *res)
{
	struct netbsd_siginfo info = {
		.si_signo = NB_SIGCHLD, .si_code = res->wr_code,
		.u.child = { .pid = res->wr_pid, .uid = res->wr_uid,
		    .status = res->wr_code == CLD_EXITED ? res->wr_status :
		    netbsd_signo_out(res->wr_status),
		    .utime = (uint32_t)(res->wr_self.ru_utime_ns / (NSEC_PER_SEC / NB_HZ)),
		    .stime = (uint32_t)(res->wr_self.ru_stime_ns / (NSEC_PER_SEC / NB_HZ)) },
	};
	struct netbsd_rusage ru[2];
	int error = netbsd_status_out(ARG_VA(c, 2), res);

	if (error == 0 && ARG_VA(c, 4) != 0) {
		netbsd_rusage_of(&res->wr_self, &ru[0]);
		netbsd_rusage_of(&res->wr_children, &ru[1]);
		error = copyout(ru, uptr(ARG_VA(c, 4)), sizeof(ru));
	}
	if (error == 0 && ARG_VA(c, 5) != 0)
		error = copyout(&info, uptr(ARG_VA(c, 5)), sizeof(info));
	return error;
}

int
netbsd_sys_wait6(struct netbsd_call *c)
{
	uint32_t options = ARG_U32(c, 3);
	struct wait_req req = { .wq_flags = netbsd_wait_decode(options) };
	struct wait_result res;
	int error;

	if ((options & ~NB_WALL) != 0)
		return EINVAL;
	/* Something must be waited for; a trapped child is one that a tracer stopped. */
	if ((options & (NB_WEXITED | NB_WUNTRACED | NB_WCONTINUED | NB_WTRAPPED)) == 0)
		return EINVAL;
	if ((req.wq_flags & (WAIT_EXITED | WAIT_STOPPED | WAIT_CONTINUED)) == 0)
		req.wq_flags |= WAIT_EXITED | WAIT_NOZOMBIE;	/* WTRAPPED alone: nobody is
								 * traced */
	if ((error = netbsd_wait6_target(c, &req)) != 0 ||
	    (error = proc_wait(c->nc_lwp, &req, &res)) != 0)
		return error;
	c->nc_ret = (uint64_t)res.wr_pid;
	return res.wr_pid == 0 ? 0 : netbsd_wait6_out(c, &res);
}

/* --- ids; several calls have a second result --- */

int
netbsd_sys_getpid(struct netbsd_call *c)
{
	c->nc_ret = (uint64_t)c->nc_proc->p_pid;
	c->nc_ret1 = (uint64_t)proc_ppid(c->nc_proc);
	return 0;
}

int
netbsd_sys_getppid(struct netbsd_call *c)
{
	c->nc_ret = (uint64_t)proc_ppid(c->nc_proc);
	return 0;
}

static int
netbsd_pgid(struct netbsd_call *c, pid_t pid)
{
	pid_t pgid;
	int error = proc_getpgid(c->nc_proc, pid, &pgid);

	c->nc_ret = error == 0 ? (uint64_t)pgid : 0;
	return error;
}

int
netbsd_sys_getpgrp(struct netbsd_call *c)
{
	return netbsd_pgid(c, 0);
}

int
netbsd_sys_getpgid(struct netbsd_call *c)
{
	return netbsd_pgid(c, ARG_INT(c, 0));
}

int
netbsd_sys_setpgid(struct netbsd_call *c)
{
	return proc_setpgid(c->nc_proc, ARG_INT(c, 0), ARG_INT(c, 1));
}

int
netbsd_sys_getsid(struct netbsd_call *c)
{
	pid_t sid;
	int error = proc_getsid(c->nc_proc, ARG_INT(c, 0), &sid);

	c->nc_ret = error == 0 ? (uint64_t)sid : 0;
	return error;
}

int
netbsd_sys_setsid(struct netbsd_call *c)
{
	pid_t sid;
	int error = proc_setsid(c->nc_proc, &sid);

	c->nc_ret = error == 0 ? (uint64_t)sid : 0;
	return error;
}

int
netbsd_sys_getuid(struct netbsd_call *c)
{
	struct cred *cr = proc_cred_hold(c->nc_proc);

	c->nc_ret = cr->cr_uid;
	c->nc_ret1 = cr->cr_euid;
	cred_drop(cr);
	return 0;
}

int
netbsd_sys_geteuid(struct netbsd_call *c)
{
	struct cred *cr = proc_cred_hold(c->nc_proc);

	c->nc_ret = cr->cr_euid;
	cred_drop(cr);
	return 0;
}

int
netbsd_sys_getgid(struct netbsd_call *c)
{
	struct cred *cr = proc_cred_hold(c->nc_proc);

	c->nc_ret = cr->cr_gid;
	c->nc_ret1 = cr->cr_egid;
	cred_drop(cr);
	return 0;
}

int
netbsd_sys_getegid(struct netbsd_call *c)
{
	struct cred *cr = proc_cred_hold(c->nc_proc);

	c->nc_ret = cr->cr_egid;
	cred_drop(cr);
	return 0;
}

int
netbsd_sys_setuid(struct netbsd_call *c)
{
	return proc_setuid(c->nc_proc, ARG_U32(c, 0));
}

int
netbsd_sys_seteuid(struct netbsd_call *c)
{
	return proc_setresuid(c->nc_proc, ID_NONE, ARG_U32(c, 0), ID_NONE);
}

int
netbsd_sys_setreuid(struct netbsd_call *c)
{
	return proc_setreuid(c->nc_proc, ARG_U32(c, 0), ARG_U32(c, 1));
}

int
netbsd_sys_setgid(struct netbsd_call *c)
{
	return proc_setgid(c->nc_proc, ARG_U32(c, 0));
}

int
netbsd_sys_setegid(struct netbsd_call *c)
{
	return proc_setresgid(c->nc_proc, ID_NONE, ARG_U32(c, 0), ID_NONE);
}

int
netbsd_sys_setregid(struct netbsd_call *c)
{
	return proc_setregid(c->nc_proc, ARG_U32(c, 0), ARG_U32(c, 1));
}

int
netbsd_sys_issetugid(struct netbsd_call *c)
{
	c->nc_ret = (load_relaxed(&c->nc_proc->p_flags) & PF_SUGID) != 0;
	return 0;
}

int
netbsd_sys_getgroups(struct netbsd_call *c)
{
	struct cred *cr = proc_cred_hold(c->nc_proc);
	int error = 0;

	c->nc_ret = cr->cr_ngroups;
	if (ARG_INT(c, 0) < 0 || (ARG_INT(c, 0) != 0 && ARG_U32(c, 0) < cr->cr_ngroups))
		error = EINVAL;
	else if (ARG_INT(c, 0) != 0)
		error = copyout(cr->cr_groups, uptr(ARG_VA(c, 1)), cr->cr_ngroups * sizeof(gid_t));
	cred_drop(cr);
	return error;
}

int
netbsd_sys_setgroups(struct netbsd_call *c)
{
	gid_t groups[CRED_NGROUPS];
	int error;

	if (ARG_U32(c, 0) > CRED_NGROUPS)
		return EINVAL;
	if ((error = copyin(uptr(ARG_VA(c, 1)), groups, ARG_U32(c, 0) * sizeof(gid_t))) != 0)
		return error;
	return proc_setgroups(c->nc_proc, groups, ARG_U32(c, 0));
}

/* --- limits and usage --- */

/* NetBSD's number is the core's; SBSIZE (9) limits what we do not have. */
static const int8_t netbsd_rlimits[NB_RLIM_NLIMITS] = {
	RLIMIT_CPU, RLIMIT_FSIZE, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_CORE, RLIMIT_RSS,
	RLIMIT_MEMLOCK, RLIMIT_NPROC,
	RLIMIT_NOFILE, -1, RLIMIT_AS, RLIMIT_NTHR,
};

static int
netbsd_rlimit_which(uint32_t which, enum rlimit_which *core)
{
	if (which >= NB_RLIM_NLIMITS || netbsd_rlimits[which] < 0)
		return EINVAL;
	*core = (enum rlimit_which)netbsd_rlimits[which];
	return 0;
}

int
netbsd_rlimit_of(struct proc *p, uint32_t which, struct netbsd_rlimit *rl)
{
	enum rlimit_which core;
	struct rlimit_k k;

	if (netbsd_rlimit_which(which, &core) != 0)
		return EINVAL;
	proc_limit_get(p, core, &k);
	rl->rlim_cur = MIN(k.rl_cur, NB_RLIM_INFINITY);
	rl->rlim_max = MIN(k.rl_max, NB_RLIM_INFINITY);
	return 0;
}

int
netbsd_rlimit_to(struct proc *p, uint32_t which, const struct netbsd_rlimit *rl)
{
	struct rlimit_k k = {
		.rl_cur = rl->rlim_cur >= NB_RLIM_INFINITY ? RLIM_INFINITY : rl->rlim_cur,
		.rl_max = rl->rlim_max >= NB_RLIM_INFINITY ? RLIM_INFINITY : rl->rlim_max,
	};
	enum rlimit_which core;

	if (netbsd_rlimit_which(which, &core) != 0)
		return EINVAL;
	return proc_limit_set(p, core, &k);
}

int
netbsd_sys_getrlimit(struct netbsd_call *c)
{
	struct netbsd_rlimit rl;
	int error = netbsd_rlimit_of(c->nc_proc, ARG_U32(c, 0), &rl);

	return error != 0 ? error : copyout(&rl, uptr(ARG_VA(c, 1)), sizeof(rl));
}

int
netbsd_sys_setrlimit(struct netbsd_call *c)
{
	struct netbsd_rlimit rl;
	int error = copyin(uptr(ARG_VA(c, 1)), &rl, sizeof(rl));

	return error != 0 ? error : netbsd_rlimit_to(c->nc_proc, ARG_U32(c, 0), &rl);
}

int
netbsd_sys_getrusage(struct netbsd_call *c)
{
	struct netbsd_rusage ru;
	struct rusage_k k;

	switch (ARG_INT(c, 0)) {
	case NB_RUSAGE_SELF:
		proc_rusage_self(c->nc_proc, &k);
		break;
	case NB_RUSAGE_CHILDREN:
		proc_rusage_children(c->nc_proc, &k);
		break;
	default:
		return EINVAL;
	}
	netbsd_rusage_of(&k, &ru);
	return copyout(&ru, uptr(ARG_VA(c, 1)), sizeof(ru));
}

/* (samples, their size in bytes, first address, scale) */
int
netbsd_sys_profil(struct netbsd_call *c)
{
	return c->nc_arg[3] > PROF_SCALE_MAX ? EINVAL :
	    prof_set(c->nc_proc, ARG_VA(c, 0), c->nc_arg[1], ARG_VA(c, 2), ARG_U32(c, 3));
}

/* Of one process (which 0) only. */
static struct proc *
netbsd_prio_proc(struct netbsd_call *c)
{
	return ARG_INT(c, 1) == 0 ? proc_hold(c->nc_proc) : proc_find(ARG_INT(c, 1));
}

int
netbsd_sys_getpriority(struct netbsd_call *c)
{
	struct proc *p;
	struct lwp *l;
	int error = ESRCH;

	if (ARG_INT(c, 0) != 0)
		return EINVAL;
	if ((p = netbsd_prio_proc(c)) == NULL)
		return ESRCH;
	spin_lock(&p->p_lock);
	if ((l = list_first(&p->p_lwps, struct lwp, l_link)) != NULL) {
		c->nc_ret = (uint64_t)(int64_t)sched_get_nice(l);
		error = 0;
	}
	spin_unlock(&p->p_lock);
	proc_drop(p);
	return error;
}

int
netbsd_sys_setpriority(struct netbsd_call *c)
{
	int nice = MAX(SCHED_NICE_MIN, MIN(SCHED_NICE_MAX, ARG_INT(c, 2))), error;
	struct cred *cr;
	struct proc *p;
	bool root;

	if (ARG_INT(c, 0) != 0)
		return EINVAL;
	if ((p = netbsd_prio_proc(c)) == NULL)
		return ESRCH;
	cr = proc_cred_hold(c->nc_proc);
	root = cred_is_root(cr);
	cred_drop(cr);
	if ((error = proc_check_same(c->nc_proc, p)) == 0) {
		spin_lock(&p->p_lock);
		list_foreach(l, &p->p_lwps, struct lwp, l_link) {
			if (nice < sched_get_nice(l) && !root)
				error = EACCES;
			else
				sched_set_nice(l, nice);
		}
		spin_unlock(&p->p_lock);
	}
	proc_drop(p);
	return error;
}
