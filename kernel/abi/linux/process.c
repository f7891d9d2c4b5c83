/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that end processes, and ask what they are: exec, exit, wait, ids, limits,
 * scheduling. Those that make them are in clone.c.
 */
#include "abi/linux/linux_int.h"

#include "mem/cache.h"
#include "proc/exec.h"
#include "proc/exit.h"
#include "proc/ids.h"
#include "proc/limits.h"
#include "proc/pidfd.h"
#include "proc/rusage.h"
#include "proc/wait.h"
#include "sched/clock.h"
#include "signal/signal.h"

int
linux_sys_execve(struct linux_call *c)
{
	struct exec_req req = { .er_argv = ARG_VA(c, 1), .er_envp = ARG_VA(c, 2) };
	char *path;
	int error;

	if ((error = linux_string_in(ARG_VA(c, 0), &path)) != 0)
		return error;
	req.er_path = path;
	error = path[0] == '\0' ? ENOENT : proc_exec(c->lc_lwp, &req);
	linux_string_free(path);
	return error;
}

/*
 * The name by which a program that was given by a descriptor, and a path relative to it, can be
 * opened again.
 */
static void
linux_fdname(char *buf, size_t size, int fd, const char *path)
{
	ksnprintf(buf, size, path[0] == '\0' ? "/dev/fd/%d%s" : "/dev/fd/%d/%s", fd, path);
}

static int
linux_execveat_fd(struct linux_call *c, struct exec_req *req, int fd, bool empty_ok)
{
	struct file *f;
	char *name;
	int error;

	if (req->er_path[0] == '\0' && !empty_ok)
		return ENOENT;
	if ((error = linux_file_get(c, fd, &f)) != 0)
		return error;
	if ((name = kmalloc(VFS_PATH_MAX + 32)) == NULL) {
		error = ENOMEM;
	} else if (f->f_vnode == NULL) {
		error = req->er_path[0] == '\0' ? EACCES : ENOTDIR;
	} else {
		linux_fdname(name, VFS_PATH_MAX + 32, fd, req->er_path);
		req->er_fdname = name;
		if (req->er_path[0] == '\0')
			req->er_vnode = f->f_vnode;
		else
			req->er_at = f->f_vnode;
		error = proc_exec(c->lc_lwp, req);
	}
	kfree(name);
	file_drop(f);
	return error;
}

int
linux_sys_execveat(struct linux_call *c)
{
	struct exec_req req = { .er_argv = ARG_VA(c, 2), .er_envp = ARG_VA(c, 3) };
	uint32_t flags = ARG_U32(c, 4);
	int dirfd = ARG_INT(c, 0), error;
	char *path;

	if ((flags & ~(uint32_t)(LX_AT_EMPTY_PATH | LX_AT_SYMLINK_NOFOLLOW)) != 0)
		return EINVAL;
	if ((error = linux_string_in(ARG_VA(c, 1), &path)) != 0)
		return error;
	req.er_path = path;
	req.er_nofollow = (flags & LX_AT_SYMLINK_NOFOLLOW) != 0;
	if (path[0] == '/' || (dirfd == LX_AT_FDCWD && path[0] != '\0'))
		error = proc_exec(c->lc_lwp, &req);
	else if (dirfd == LX_AT_FDCWD)
		error = (flags & LX_AT_EMPTY_PATH) != 0 ? EACCES : ENOENT;
	else
		error = linux_execveat_fd(c, &req, dirfd, (flags & LX_AT_EMPTY_PATH) != 0);
	linux_string_free(path);
	return error;
}

int
linux_sys_exit(struct linux_call *c)
{
	proc_exit_lwp(c->lc_lwp, ARG_INT(c, 0) & 0xff);
}

int
linux_sys_exit_group(struct linux_call *c)
{
	proc_exit(c->lc_lwp, ARG_INT(c, 0) & 0xff, 0, false);
}

void
linux_rusage_of(const struct rusage_k *k, struct linux_rusage *ru)
{
	*ru = (struct linux_rusage){
		.ru_utime = linux_timeval_of(k->ru_utime_ns),
		.ru_stime = linux_timeval_of(k->ru_stime_ns),
		.ru_maxrss = (int64_t)(k->ru_maxrss_pages * (PAGE_SIZE / 1024)),
		.ru_minflt = (int64_t)k->ru_minflt,
		.ru_majflt = (int64_t)k->ru_majflt,
		.ru_inblock = (int64_t)k->ru_inblock,
		.ru_oublock = (int64_t)k->ru_oublock,
		.ru_nvcsw = (int64_t)k->ru_nvcsw,
		.ru_nivcsw = (int64_t)k->ru_nivcsw,
	};
}

static int
linux_rusage_out(vaddr_t uru, const struct rusage_k *k)
{
	struct linux_rusage ru;

	if (uru == 0)
		return 0;
	linux_rusage_of(k, &ru);
	return copyout(&ru, uptr(uru), sizeof(ru));
}

/* Of the child and of those it waited for. */
static int
linux_wait_rusage_out(vaddr_t uru, const struct wait_result *res)
{
	struct rusage_k sum = res->wr_self;

	rusage_add(&sum, &res->wr_children);
	return linux_rusage_out(uru, &sum);
}

/* The status word of wait4. */
static int32_t
linux_wait_status(const struct wait_result *res)
{
	switch (res->wr_code) {
	case CLD_EXITED:	return (res->wr_status & 0xff) << 8;
	case CLD_DUMPED:	return (res->wr_status & 0x7f) | 0x80;
	case CLD_STOPPED:
	case CLD_TRAPPED:	return (res->wr_status & 0xff) << 8 | 0x7f;
	case CLD_CONTINUED:	return 0xffff;
	default:		return res->wr_status & 0x7f;
	}
}

/* The options that both calls share. */
static uint32_t
linux_wait_flags(uint32_t options)
{
	uint32_t flags = 0;

	if ((options & LX_WNOHANG) != 0)
		flags |= WAIT_NOHANG;
	if ((options & LX_WUNTRACED) != 0)
		flags |= WAIT_STOPPED;
	if ((options & LX_WCONTINUED) != 0)
		flags |= WAIT_CONTINUED;
	if ((options & LX_WCLONE) != 0)
		flags |= WAIT_CLONE;
	if ((options & LX_WALL) != 0)
		flags |= WAIT_ANYSIG;
	if ((options & LX_WNOTHREAD) != 0)
		flags |= WAIT_NOTHREAD;
	return flags;
}

#define WAIT4_OPTIONS	(LX_WNOHANG | LX_WUNTRACED | LX_WCONTINUED | LX_WNOTHREAD | \
			    LX_WCLONE | LX_WALL)

int
linux_sys_wait4(struct linux_call *c)
{
	uint32_t options = ARG_U32(c, 2);
	pid_t pid = ARG_INT(c, 0);
	struct wait_req req = { .wq_flags = linux_wait_flags(options) | WAIT_EXITED };
	struct wait_result res;
	int32_t status;
	int error;

	if ((options & ~(uint32_t)WAIT4_OPTIONS) != 0)
		return EINVAL;
	if (pid == INT32_MIN)
		return ESRCH;
	if (pid == -1) {
		req.wq_idtype = WAIT_ALL;
	} else if (pid > 0) {
		req.wq_idtype = WAIT_PID;
		req.wq_id = pid;
	} else {
		req.wq_idtype = WAIT_PGRP;
		req.wq_id = -pid;
	}
	if ((error = proc_wait(c->lc_lwp, &req, &res)) != 0)
		return error;
	c->lc_ret = res.wr_pid;
	if (res.wr_pid == 0)
		return 0;
	status = linux_wait_status(&res);
	if (ARG_VA(c, 1) != 0 &&
	    (error = copyout(&status, uptr(ARG_VA(c, 1)), sizeof(status))) != 0)
		return error;
	return linux_wait_rusage_out(ARG_VA(c, 3), &res);
}

#define WAITID_OPTIONS	(LX_WNOHANG | LX_WNOWAIT | LX_WEXITED | LX_WSTOPPED | LX_WCONTINUED | \
	LX_WNOTHREAD | LX_WCLONE | LX_WALL)

static int
linux_waitid_pidfd(struct linux_call *c, struct wait_req *req, struct file **held)
{
	int error;

	if (ARG_INT(c, 1) < 0)
		return EINVAL;
	if ((error = linux_file_get(c, ARG_INT(c, 1), held)) != 0)
		return error;
	if ((req->wq_proc = pidfd_proc(*held)) == NULL) {
		file_drop(*held);
		*held = NULL;
		return EBADF;
	}
	req->wq_idtype = WAIT_PROC;
	if (file_nonblock(*held))
		req->wq_flags |= WAIT_NOHANG;
	return 0;
}

/* *held: a file that names the target, to be dropped after the wait. */
static int
linux_waitid_target(struct linux_call *c, struct wait_req *req, struct file **held)
{
	req->wq_id = ARG_INT(c, 1);
	switch (ARG_INT(c, 0)) {
	case LX_P_ALL:
		req->wq_idtype = WAIT_ALL;
		return 0;
	case LX_P_PID:
		req->wq_idtype = WAIT_PID;
		return req->wq_id <= 0 ? EINVAL : 0;
	case LX_P_PGID:
		req->wq_idtype = WAIT_PGRP;
		return req->wq_id < 0 ? EINVAL : 0;
	case LX_P_PIDFD:
		return linux_waitid_pidfd(c, req, held);
	default:
		return EINVAL;
	}
}

/* Only these fields are written, as on Linux. */
static int
linux_waitid_out(vaddr_t uinfo, const struct wait_result *res)
{
	struct linux_siginfo info = { 0 };
	int error;

	if (uinfo == 0)
		return 0;
	if (res->wr_pid != 0) {
		info.si_signo = SIGCHLD;
		info.si_code = res->wr_code;
		info.u.chld.pid = res->wr_pid;
		info.u.chld.uid = res->wr_uid;
		info.u.chld.status = res->wr_code == CLD_EXITED ? res->wr_status & 0xff :
		    res->wr_status;
	}
	error = copyout(&info, uptr(uinfo), offsetof(struct linux_siginfo, u.chld.pad));
	return error;
}

int
linux_sys_waitid(struct linux_call *c)
{
	uint32_t options = ARG_U32(c, 3);
	struct wait_req req = { .wq_flags = linux_wait_flags(options) };
	struct wait_result res;
	struct file *held = NULL;
	int error;

	if ((options & ~(uint32_t)WAITID_OPTIONS) != 0 ||
	    (options & (LX_WEXITED | LX_WSTOPPED | LX_WCONTINUED)) == 0)
		return EINVAL;
	if ((options & LX_WEXITED) != 0)
		req.wq_flags |= WAIT_EXITED;
	if ((options & LX_WNOWAIT) != 0)
		req.wq_flags |= WAIT_NOWAIT;
	if ((error = linux_waitid_target(c, &req, &held)) == 0)
		error = proc_wait(c->lc_lwp, &req, &res);
	if (held != NULL)
		file_drop(held);
	if (error != 0)
		return error;
	if (res.wr_pid == 0 && (options & LX_WNOHANG) == 0)
		return EAGAIN;		/* the descriptor's own wish not to wait */
	if (res.wr_pid != 0 && (error = linux_wait_rusage_out(ARG_VA(c, 4), &res)) != 0)
		return error;
	return linux_waitid_out(ARG_VA(c, 2), &res);
}

int
linux_sys_getpid(struct linux_call *c)
{
	c->lc_ret = c->lc_proc->p_pid;
	return 0;
}

int
linux_sys_getppid(struct linux_call *c)
{
	c->lc_ret = proc_ppid(c->lc_proc);
	return 0;
}

int
linux_sys_gettid(struct linux_call *c)
{
	c->lc_ret = c->lc_lwp->l_tid;
	return 0;
}

static int
linux_getpgid(struct linux_call *c, pid_t pid)
{
	pid_t pgid;
	int error;

	if ((error = proc_getpgid(c->lc_proc, pid, &pgid)) == 0)
		c->lc_ret = pgid;
	return error;
}

int
linux_sys_getpgid(struct linux_call *c)
{
	return linux_getpgid(c, ARG_INT(c, 0));
}

int
linux_sys_getpgrp(struct linux_call *c)
{
	return linux_getpgid(c, 0);
}

int
linux_sys_setpgid(struct linux_call *c)
{
	return proc_setpgid(c->lc_proc, ARG_INT(c, 0), ARG_INT(c, 1));
}

int
linux_sys_getsid(struct linux_call *c)
{
	pid_t sid;
	int error;

	if ((error = proc_getsid(c->lc_proc, ARG_INT(c, 0), &sid)) == 0)
		c->lc_ret = sid;
	return error;
}

int
linux_sys_setsid(struct linux_call *c)
{
	pid_t sid;
	int error;

	if ((error = proc_setsid(c->lc_proc, &sid)) == 0)
		c->lc_ret = sid;
	return error;
}

int
linux_sys_arch_prctl(struct linux_call *c)
{
	uint64_t base;

	switch (ARG_INT(c, 0)) {
	case LX_ARCH_SET_FS:
		return arch_set_fsbase(c->lc_lwp, c->lc_arg[1]);
	case LX_ARCH_SET_GS:
		return arch_set_gsbase(c->lc_lwp, c->lc_arg[1]);
	case LX_ARCH_GET_FS:
		base = arch_get_fsbase(c->lc_lwp);
		break;
	case LX_ARCH_GET_GS:
		base = arch_get_gsbase(c->lc_lwp);
		break;
	default:
		return EINVAL;
	}
	return copyout(&base, uptr(ARG_VA(c, 1)), sizeof(base));
}

/* A thread's name; the first thread's is the process'. */
static int
linux_prctl_set_name(struct linux_call *c)
{
	char name[16];
	int error;

	error = copyinstr(uptr(ARG_VA(c, 1)), name, sizeof(name), NULL);
	if (error != 0 && error != ENAMETOOLONG)
		return error;
	name[sizeof(name) - 1] = '\0';
	strlcpy(c->lc_lwp->l_name, name, sizeof(c->lc_lwp->l_name));
	if (c->lc_lwp->l_tid == c->lc_proc->p_pid)
		proc_set_comm(c->lc_proc, name);
	return 0;
}

static int
linux_prctl_get_name(struct linux_call *c)
{
	char name[16];

	memset(name, 0, sizeof(name));
	strlcpy(name, c->lc_lwp->l_tid == c->lc_proc->p_pid ? c->lc_proc->p_comm :
	    c->lc_lwp->l_name,
	    sizeof(name));
	return copyout(name, uptr(ARG_VA(c, 1)), sizeof(name));
}

static int
linux_prctl_dumpable(struct linux_call *c)
{
	struct proc *p = c->lc_proc;

	if (c->lc_arg[1] > 1)
		return EINVAL;
	spin_lock(&p->p_lock);
	if (c->lc_arg[1] == 0)
		p->p_flags |= PF_NODUMP;
	else
		p->p_flags &= ~PF_NODUMP;
	spin_unlock(&p->p_lock);
	return 0;
}

static int
linux_prctl_death_signal(struct linux_call *c)
{
	struct proc *p = c->lc_proc;

	if (c->lc_arg[1] >= NSIG)
		return EINVAL;
	spin_lock(&p->p_lock);
	p->p_pdeathsig = (int)c->lc_arg[1];
	spin_unlock(&p->p_lock);
	return 0;
}

/* For the whole process and all that comes from it; Linux has it by thread. */
static int
linux_prctl_no_new_privs(struct linux_call *c)
{
	struct proc *p = c->lc_proc;

	if (c->lc_arg[1] != 1 || c->lc_arg[2] != 0 || c->lc_arg[3] != 0 || c->lc_arg[4] != 0)
		return EINVAL;
	spin_lock(&p->p_lock);
	p->p_flags |= PF_NONEWPRIVS;
	spin_unlock(&p->p_lock);
	return 0;
}

static bool
linux_has_flag(struct linux_call *c, uint32_t flag)
{
	return (load_relaxed(&c->lc_proc->p_flags) & flag) != 0;
}

int
linux_sys_prctl(struct linux_call *c)
{
	int32_t number;
	uint64_t word;

	switch (ARG_INT(c, 0)) {
	case LX_PR_SET_NAME:
		return linux_prctl_set_name(c);
	case LX_PR_GET_NAME:
		return linux_prctl_get_name(c);
	case LX_PR_SET_DUMPABLE:
		return linux_prctl_dumpable(c);
	case LX_PR_GET_DUMPABLE:
		c->lc_ret = !linux_has_flag(c, PF_NODUMP);
		return 0;
	case LX_PR_SET_PDEATHSIG:
		return linux_prctl_death_signal(c);
	case LX_PR_GET_PDEATHSIG:
		number = load_relaxed(&c->lc_proc->p_pdeathsig);
		return copyout(&number, uptr(ARG_VA(c, 1)), sizeof(number));
	case LX_PR_SET_CHILD_SUBREAPER:
		proc_set_reaper(c->lc_proc, c->lc_arg[1] != 0);
		return 0;
	case LX_PR_GET_CHILD_SUBREAPER:
		number = linux_has_flag(c, PF_REAPER);
		return copyout(&number, uptr(ARG_VA(c, 1)), sizeof(number));
	case LX_PR_SET_NO_NEW_PRIVS:
		return linux_prctl_no_new_privs(c);
	case LX_PR_GET_NO_NEW_PRIVS:
		if ((c->lc_arg[1] | c->lc_arg[2] | c->lc_arg[3] | c->lc_arg[4]) != 0)
			return EINVAL;
		c->lc_ret = linux_has_flag(c, PF_NONEWPRIVS);
		return 0;
	case LX_PR_GET_KEEPCAPS:
	case LX_PR_GET_SECCOMP:
	case LX_PR_SET_TIMERSLACK:
		return 0;
	case LX_PR_GET_TIMERSLACK:
		c->lc_ret = 50000;
		return 0;
	case LX_PR_CAPBSET_READ:
		if (c->lc_arg[1] > LX_CAP_LAST)
			return EINVAL;
		c->lc_ret = 1;
		return 0;
	case LX_PR_GET_TID_ADDRESS:
		word = c->lc_lwp->l_clear_tid;
		return copyout(&word, uptr(ARG_VA(c, 1)), sizeof(word));
	default:
		return EINVAL;
	}
}

/* Only the plain personality; asking is 0xffffffff. */
int
linux_sys_personality(struct linux_call *c)
{
	return ARG_U32(c, 0) == 0xffffffffu || ARG_U32(c, 0) == 0 ? 0 : EINVAL;
}

int
linux_sys_getrusage(struct linux_call *c)
{
	struct rusage_k k;

	switch (ARG_INT(c, 0)) {
	case LX_RUSAGE_SELF:
		proc_rusage_self(c->lc_proc, &k);
		break;
	case LX_RUSAGE_CHILDREN:
		proc_rusage_children(c->lc_proc, &k);
		break;
	case LX_RUSAGE_THREAD:
		lwp_rusage(c->lc_lwp, &k);
		break;
	default:
		return EINVAL;
	}
	if (ARG_VA(c, 1) == 0)
		return EFAULT;
	return linux_rusage_out(ARG_VA(c, 1), &k);
}

int
linux_sys_times(struct linux_call *c)
{
	struct rusage_k self, children;
	struct linux_tms tms;
	int error;

	if (ARG_VA(c, 0) != 0) {
		proc_rusage_self(c->lc_proc, &self);
		proc_rusage_children(c->lc_proc, &children);
		tms.tms_utime = linux_ticks(self.ru_utime_ns);
		tms.tms_stime = linux_ticks(self.ru_stime_ns);
		tms.tms_cutime = linux_ticks(children.ru_utime_ns);
		tms.tms_cstime = linux_ticks(children.ru_stime_ns);
		if ((error = copyout(&tms, uptr(ARG_VA(c, 0)), sizeof(tms))) != 0)
			return error;
	}
	c->lc_ret = linux_ticks(clock_mono_ns());
	return 0;
}

STATIC_ASSERT(sizeof(struct linux_rlimit) == sizeof(struct rlimit_k));

/* new and old: user addresses, 0 for none. */
static int
linux_rlimit(struct proc *p, uint32_t which, vaddr_t new, vaddr_t old)
{
	struct linux_rlimit rl;
	struct rlimit_k k, was;
	int error;

	if (which >= RLIM_NLIMITS)
		return EINVAL;
	if (new != 0) {
		if ((error = copyin(uptr(new), &rl, sizeof(rl))) != 0)
			return error;
		k.rl_cur = rl.rlim_cur;
		k.rl_max = rl.rlim_max;
	}
	proc_limit_get(p, which, &was);
	if (new != 0 && (error = proc_limit_set(p, which, &k)) != 0)
		return error;
	if (old == 0)
		return 0;
	rl.rlim_cur = was.rl_cur;
	rl.rlim_max = was.rl_max;
	return copyout(&rl, uptr(old), sizeof(rl));
}

int
linux_sys_getrlimit(struct linux_call *c)
{
	return ARG_VA(c, 1) == 0 ? EFAULT : linux_rlimit(c->lc_proc, ARG_U32(c, 0), 0,
	    ARG_VA(c, 1));
}

int
linux_sys_setrlimit(struct linux_call *c)
{
	return ARG_VA(c, 1) == 0 ? EFAULT : linux_rlimit(c->lc_proc, ARG_U32(c, 0), ARG_VA(c, 1),
	    0);
}

int
linux_sys_prlimit64(struct linux_call *c)
{
	pid_t pid = ARG_INT(c, 0);
	struct proc *p;
	int error;

	if (pid == 0 || pid == c->lc_proc->p_pid)
		return linux_rlimit(c->lc_proc, ARG_U32(c, 1), ARG_VA(c, 2), ARG_VA(c, 3));
	if ((p = proc_find(pid)) == NULL)
		return ESRCH;
	if ((error = proc_check_same(c->lc_proc, p)) == 0)
		error = linux_rlimit(p, ARG_U32(c, 1), ARG_VA(c, 2), ARG_VA(c, 3));
	proc_drop(p);
	return error;
}

/* A walk over the processes that getpriority and setpriority name. */
struct linux_prio {
	int		 lp_which;
	pid_t		 lp_who;	/* process or group */
	uid_t		 lp_uid;
	bool		 lp_set;
	int		 lp_nice;	/* set: the new one; get: the best so far */
	const struct cred *lp_cred;	/* the caller's */
	bool		 lp_found;
	int		 lp_error;
};

static bool
linux_prio_match(struct linux_prio *lp, struct proc *p)
{
	switch (lp->lp_which) {
	case LX_PRIO_PROCESS:
		return p->p_pid == lp->lp_who;
	case LX_PRIO_PGRP:
		return p->p_pgrp != NULL && p->p_pgrp->pg_id == lp->lp_who;
	default:
		return p->p_cred->cr_uid == lp->lp_uid;
	}
}

static void
linux_prio_one(struct linux_prio *lp, struct proc *p)
{
	const struct cred *cred = lp->lp_cred;

	lp->lp_found = true;
	if (lp->lp_set && !cred_is_root(cred) && cred->cr_euid != p->p_cred->cr_uid &&
	    cred->cr_euid != p->p_cred->cr_euid) {
		lp->lp_error = EPERM;
		return;
	}
	list_foreach(l, &p->p_lwps, struct lwp, l_link) {
		int nice = sched_get_nice(l);

		if (!lp->lp_set)
			lp->lp_nice = MIN(lp->lp_nice, nice);
		else if (lp->lp_nice < nice && !cred_is_root(cred))
			lp->lp_error = EACCES;
		else
			sched_set_nice(l, lp->lp_nice);
	}
}

/* For each process, the tree's lock held. */
static bool
linux_prio_visit(struct proc *p, void *arg)
{
	struct linux_prio *lp = arg;

	spin_lock(&p->p_lock);
	if (linux_prio_match(lp, p))
		linux_prio_one(lp, p);
	spin_unlock(&p->p_lock);
	return true;
}

static int
linux_prio_walk(struct linux_call *c, struct linux_prio *lp)
{
	struct cred *cred = proc_cred_hold(c->lc_proc);
	pid_t pgid;

	lp->lp_which = ARG_INT(c, 0);
	lp->lp_who = ARG_INT(c, 1);
	lp->lp_uid = ARG_U32(c, 1);
	lp->lp_cred = cred;
	if (lp->lp_who == 0) {
		lp->lp_uid = cred->cr_uid;
		lp->lp_who = c->lc_proc->p_pid;
		if (lp->lp_which == LX_PRIO_PGRP && proc_getpgid(c->lc_proc, 0, &pgid) == 0)
			lp->lp_who = pgid;
	}
	if (lp->lp_which < LX_PRIO_PROCESS || lp->lp_which > LX_PRIO_USER)
		lp->lp_error = EINVAL;
	else
		proc_foreach(linux_prio_visit, lp);
	cred_drop(cred);
	if (lp->lp_error == 0 && !lp->lp_found)
		return ESRCH;
	return lp->lp_error;
}

/* The answer is 20 - nice, so that it cannot be taken for an error. */
int
linux_sys_getpriority(struct linux_call *c)
{
	struct linux_prio lp = { .lp_nice = SCHED_NICE_MAX };
	int error;

	if ((error = linux_prio_walk(c, &lp)) == 0)
		c->lc_ret = 20 - lp.lp_nice;
	return error;
}

int
linux_sys_setpriority(struct linux_call *c)
{
	struct linux_prio lp = {
		.lp_set = true,
		.lp_nice = MAX(SCHED_NICE_MIN, MIN(SCHED_NICE_MAX, ARG_INT(c, 2))),
	};

	return linux_prio_walk(c, &lp);
}

int
linux_sys_sched_yield(struct linux_call *c)
{
	sched_yield_user();
	return 0;
}

/*
 * Calls fn(lwp, arg) on the LWP with this tid (0: the caller), under its process' lock. ESRCH;
 * EPERM: not the caller's to change.
 */
static int
linux_lwp_do(struct linux_call *c, pid_t tid, bool change, int (*fn)(struct lwp *, void *),
    void *arg)
{
	struct proc *p;
	struct lwp *l;
	int error = ESRCH;

	if (tid < 0)
		return EINVAL;
	if (tid == 0)
		return fn(c->lc_lwp, arg);
	if ((p = proc_find_lwp(tid, &l)) == NULL)
		return ESRCH;
	if (change && p != c->lc_proc && (error = proc_check_same(c->lc_proc, p)) != 0) {
		proc_drop(p);
		return error;
	}
	error = ESRCH;
	spin_lock(&p->p_lock);
	list_foreach(it, &p->p_lwps, struct lwp, l_link) {
		if (it == l) {
			error = fn(l, arg);
			break;
		}
	}
	spin_unlock(&p->p_lock);
	proc_drop(p);
	return error;
}

static int
linux_affinity_get(struct lwp *l, void *arg)
{
	*(uint64_t *)arg = l->l_sched.s_affinity & ((2ull << (ncpu - 1)) - 1);
	return 0;
}

static int
linux_affinity_set(struct lwp *l, void *arg)
{
	return sched_set_affinity(l, *(uint64_t *)arg);
}

int
linux_sys_sched_getaffinity(struct linux_call *c)
{
	uint64_t mask = 0;
	int error;

	if (ARG_U32(c, 1) < sizeof(mask) || ARG_U32(c, 1) % sizeof(mask) != 0)
		return EINVAL;
	error = linux_lwp_do(c, ARG_INT(c, 0), false, linux_affinity_get, &mask);
	if (error == 0)
		error = copyout(&mask, uptr(ARG_VA(c, 2)), sizeof(mask));
	if (error == 0)
		c->lc_ret = sizeof(mask);
	return error;
}

int
linux_sys_sched_setaffinity(struct linux_call *c)
{
	uint64_t mask = 0;
	int error;

	error = copyin(uptr(ARG_VA(c, 2)), &mask, MIN((size_t)ARG_U32(c, 1), sizeof(mask)));
	if (error != 0)
		return error;
	error = linux_lwp_do(c, ARG_INT(c, 0), true, linux_affinity_set, &mask);
	if (error == 0)
		sched_obey_affinity();
	return error;
}

/*
 * Policies: OTHER, BATCH and IDLE, all of priority 0. The real-time ones are refused as to a user
 * whom nobody allowed them, root included.
 */
static const int linux_policies[] = {
	[SCHED_POLICY_TIME] = LX_SCHED_OTHER,
	[SCHED_POLICY_BATCH] = LX_SCHED_BATCH,
	[SCHED_POLICY_IDLE] = LX_SCHED_IDLE,
};

static int
linux_lwp_exists(struct lwp *l, void *arg)
{
	return 0;
}

static int
linux_policy_get(struct lwp *l, void *arg)
{
	*(long *)arg = linux_policies[sched_get_policy(l)];
	return 0;
}

static int
linux_policy_set(struct lwp *l, void *arg)
{
	sched_set_policy(l, *(const enum sched_policy *)arg);
	return 0;
}

int
linux_sys_sched_getscheduler(struct linux_call *c)
{
	long policy = 0;
	int error = linux_lwp_do(c, ARG_INT(c, 0), false, linux_policy_get, &policy);

	if (error == 0)
		c->lc_ret = policy;
	return error;
}

/* The parameter of both calls that set one: a priority, 0 for all that there is. */
static int
linux_sched_param_in(struct linux_call *c, vaddr_t uparam, int policy)
{
	int32_t prio;
	int error;

	if (ARG_INT(c, 0) < 0 || uparam == 0)
		return EINVAL;
	if ((error = copyin(uptr(uparam), &prio, sizeof(prio))) != 0)
		return error;
	if (policy == LX_SCHED_FIFO || policy == LX_SCHED_RR) {
		error = linux_lwp_do(c, ARG_INT(c, 0), true, linux_lwp_exists, NULL);
		return error != 0 ? error : prio < 1 || prio > 99 ? EINVAL : EPERM;
	}
	return prio == 0 ? 0 : EINVAL;
}

int
linux_sys_sched_setscheduler(struct linux_call *c)
{
	enum sched_policy policy = SCHED_POLICY_TIME;
	int error;

	if ((error = linux_sched_param_in(c, ARG_VA(c, 2), ARG_INT(c, 1))) != 0)
		return error;
	while (linux_policies[policy] != ARG_INT(c, 1))
		if (++policy == nitems(linux_policies))
			return EINVAL;
	return linux_lwp_do(c, ARG_INT(c, 0), true, linux_policy_set, &policy);
}

int
linux_sys_sched_setparam(struct linux_call *c)
{
	int error = linux_sched_param_in(c, ARG_VA(c, 1), LX_SCHED_OTHER);

	return error != 0 ? error :
	    linux_lwp_do(c, ARG_INT(c, 0), true, linux_lwp_exists, NULL);
}

int
linux_sys_sched_getparam(struct linux_call *c)
{
	const int32_t zero = 0;
	int error;

	if ((error = linux_lwp_do(c, ARG_INT(c, 0), false, linux_lwp_exists, NULL)) != 0)
		return error;
	return copyout(&zero, uptr(ARG_VA(c, 1)), sizeof(zero));
}

static int
linux_sched_bound(struct linux_call *c, int realtime)
{
	switch (ARG_INT(c, 0)) {
	case LX_SCHED_OTHER:
	case LX_SCHED_BATCH:
	case LX_SCHED_IDLE:
		return 0;
	case LX_SCHED_FIFO:
	case LX_SCHED_RR:
		c->lc_ret = realtime;
		return 0;
	default:
		return EINVAL;
	}
}

int
linux_sys_sched_get_priority_max(struct linux_call *c)
{
	return linux_sched_bound(c, 99);
}

int
linux_sys_sched_get_priority_min(struct linux_call *c)
{
	return linux_sched_bound(c, 1);
}

int
linux_sys_sched_rr_get_interval(struct linux_call *c)
{
	int error;

	if ((error = linux_lwp_do(c, ARG_INT(c, 0), false, linux_lwp_exists, NULL)) != 0)
		return error;
	return linux_timespec_out(ARG_VA(c, 1), 10 * NSEC_PER_MSEC);
}

int
linux_sys_getcpu(struct linux_call *c)
{
	const uint32_t cpu = load_relaxed(&c->lc_lwp->l_sched.s_cpu), node = 0;
	int error;

	if (ARG_VA(c, 0) != 0 && (error = copyout(&cpu, uptr(ARG_VA(c, 0)), sizeof(cpu))) != 0)
		return error;
	if (ARG_VA(c, 1) != 0)
		return copyout(&node, uptr(ARG_VA(c, 1)), sizeof(node));
	return 0;
}
