/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * System calls that make processes and threads: fork, vfork, clone, clone3, unshare; and those on
 * process descriptors.
 *
 * All forms are decoded into one struct linux_clone, checked by one function in Linux's order, and
 * carried out by fork1 or lwp_create. A flag that we do not offer (namespaces, cgroups, shared I/O
 * contexts) is refused with EINVAL and named in the log, never ignored. So is a thread that would
 * not share directories and descriptors with its process: they belong to the process here.
 */
#include "abi/linux/linux_int.h"

#include "proc/fork.h"
#include "proc/limits.h"
#include "proc/pidfd.h"
#include "signal/signal.h"

/* A request, whichever call it came by. */
struct linux_clone {
	uint64_t	 lk_flags;	/* LX_CLONE_*, without the exit signal */
	int		 lk_exit_signal;
	vaddr_t		 lk_stack;	/* stack pointer; 0: the caller's */
	vaddr_t		 lk_parent_tid, lk_child_tid, lk_pidfd;
	uint64_t	 lk_tls;
	pid_t		 lk_pid;	/* 0: any */
};

static const struct {
	uint64_t	 from;
	uint32_t	 to;
} linux_clone_flags[] = {
	{ LX_CLONE_VM,			FORK_SHARE_VM },
	{ LX_CLONE_FS,			FORK_SHARE_CWD },
	{ LX_CLONE_FILES,		FORK_SHARE_FILES },
	{ LX_CLONE_SIGHAND,		FORK_SHARE_SIGS },
	{ LX_CLONE_CLEAR_SIGHAND,	FORK_CLEAN_SIGS },
	{ LX_CLONE_VFORK,		FORK_HOLD },
	{ LX_CLONE_PARENT,		FORK_SIBLING },
};

/* What we do not offer. */
static const struct {
	uint64_t	 flag;
	const char	*name;
} linux_clone_absent[] = {
	{ LX_CLONE_NEWTIME,	"NEWTIME" },
	{ LX_CLONE_NEWNS,	"NEWNS" },
	{ LX_CLONE_NEWCGROUP,	"NEWCGROUP" },
	{ LX_CLONE_NEWUTS,	"NEWUTS" },
	{ LX_CLONE_NEWIPC,	"NEWIPC" },
	{ LX_CLONE_NEWUSER,	"NEWUSER" },
	{ LX_CLONE_NEWPID,	"NEWPID" },
	{ LX_CLONE_NEWNET,	"NEWNET" },
	{ LX_CLONE_IO,		"IO" },
	{ LX_CLONE_INTO_CGROUP,	"INTO_CGROUP" },
};

/* Threads share all of these, and cannot hold their maker. */
#define CLONE_THREAD_NEEDS	(LX_CLONE_VM | LX_CLONE_SIGHAND | LX_CLONE_FS | LX_CLONE_FILES)

static int
linux_clone_refuse(const struct linux_call *c, const char *what)
{
	klog(KLOG_DEBUG, "linux: %s (%d) asked clone for %s, which is not offered\n",
	    c->lc_proc->p_comm, c->lc_proc->p_pid, what);
	return EINVAL;
}

/* Whether all of the flags are set. */
static bool
clone_has(const struct linux_clone *lk, uint64_t flags)
{
	return (lk->lk_flags & flags) == flags;
}

/* The combinations that Linux refuses, in its order, then what we do not offer. */
static int
linux_clone_check(struct linux_call *c, const struct linux_clone *lk)
{
	if (clone_has(lk, LX_CLONE_PIDFD | LX_CLONE_PARENT_SETTID) &&
	    lk->lk_pidfd == lk->lk_parent_tid)
		return EINVAL;
	if (clone_has(lk, LX_CLONE_NEWNS | LX_CLONE_FS) ||
	    clone_has(lk, LX_CLONE_NEWUSER | LX_CLONE_FS))
		return EINVAL;
	if (clone_has(lk, LX_CLONE_THREAD) && !clone_has(lk, LX_CLONE_SIGHAND))
		return EINVAL;
	if (clone_has(lk, LX_CLONE_SIGHAND) && !clone_has(lk, LX_CLONE_VM))
		return EINVAL;
	if (clone_has(lk, LX_CLONE_PARENT) && c->lc_proc == proc_init_proc)
		return EINVAL;
	if (clone_has(lk, LX_CLONE_THREAD) &&
	    (lk->lk_flags & (LX_CLONE_NEWUSER | LX_CLONE_NEWPID)) != 0)
		return EINVAL;
	if (clone_has(lk, LX_CLONE_PIDFD) &&
	    (lk->lk_flags & (LX_CLONE_DETACHED | LX_CLONE_THREAD)) != 0)
		return EINVAL;
	for (size_t i = 0; i < nitems(linux_clone_absent); i++) {
		if (clone_has(lk, linux_clone_absent[i].flag))
			return linux_clone_refuse(c, linux_clone_absent[i].name);
	}
	if (clone_has(lk, LX_CLONE_THREAD)) {
		if (!clone_has(lk, CLONE_THREAD_NEEDS))
			return linux_clone_refuse(c, "THREAD without FS and FILES");
		if (clone_has(lk, LX_CLONE_VFORK))
			return linux_clone_refuse(c, "VFORK with THREAD");
	}
	if (clone_has(lk, LX_CLONE_SETTLS) && lk->lk_tls >= USER_MAX)
		return EPERM;
	return 0;
}

static int
linux_clone_thread(struct linux_call *c, const struct linux_clone *lk)
{
	struct lwp_args la = { .la_stack = lk->lk_stack, .la_tid = lk->lk_pid };
	struct lwp *l;
	int error;

	la.la_set_tls = clone_has(lk, LX_CLONE_SETTLS);
	la.la_tls = lk->lk_tls;
	if (clone_has(lk, LX_CLONE_PARENT_SETTID))
		la.la_parent_tid = lk->lk_parent_tid;
	if (clone_has(lk, LX_CLONE_CHILD_SETTID))
		la.la_child_tid = lk->lk_child_tid;
	if (clone_has(lk, LX_CLONE_CHILD_CLEARTID))
		la.la_clear_tid = lk->lk_child_tid;
	if ((error = lwp_create(c->lc_lwp, &la, &l)) != 0)
		return error;
	c->lc_ret = l->l_tid;
	lwp_begin(l);
	return 0;
}

static int
linux_clone_process(struct linux_call *c, const struct linux_clone *lk)
{
	struct fork_args fa = {
		.fa_exit_signal = lk->lk_exit_signal,
		.fa_stack = lk->lk_stack,
		.fa_set_tls = clone_has(lk, LX_CLONE_SETTLS),
		.fa_tls = lk->lk_tls,
		.fa_want_pidfd = clone_has(lk, LX_CLONE_PIDFD),
		.fa_pidfd = lk->lk_pidfd,
		.fa_pid = lk->lk_pid,
	};
	struct fork_result res;
	int error;

	for (size_t i = 0; i < nitems(linux_clone_flags); i++) {
		if (clone_has(lk, linux_clone_flags[i].from))
			fa.fa_flags |= linux_clone_flags[i].to;
	}
	if (clone_has(lk, LX_CLONE_PARENT_SETTID))
		fa.fa_parent_tid = lk->lk_parent_tid;
	if (clone_has(lk, LX_CLONE_CHILD_SETTID))
		fa.fa_child_tid = lk->lk_child_tid;
	if (clone_has(lk, LX_CLONE_CHILD_CLEARTID))
		fa.fa_clear_tid = lk->lk_child_tid;
	/* A sibling tells the parent as its maker would. */
	if (clone_has(lk, LX_CLONE_PARENT))
		fa.fa_exit_signal = load_relaxed(&c->lc_proc->p_exit_signal);
	else if (fa.fa_exit_signal >= NSIG)
		fa.fa_exit_signal = 0;		/* of the old call: no such signal, so none is
						 * sent */
	if ((error = fork1(c->lc_lwp, &fa, &res)) == 0)
		c->lc_ret = res.fr_pid;
	return error;
}

static int
linux_clone_do(struct linux_call *c, const struct linux_clone *lk)
{
	int error;

	if ((error = linux_clone_check(c, lk)) != 0)
		return error;
	return clone_has(lk, LX_CLONE_THREAD) ? linux_clone_thread(c, lk) : linux_clone_process(c,
	    lk);
}

int
linux_sys_fork(struct linux_call *c)
{
	const struct linux_clone lk = { .lk_exit_signal = SIGCHLD };

	return linux_clone_do(c, &lk);
}

int
linux_sys_vfork(struct linux_call *c)
{
	const struct linux_clone lk = {
		.lk_flags = LX_CLONE_VM | LX_CLONE_VFORK,
		.lk_exit_signal = SIGCHLD,
	};

	return linux_clone_do(c, &lk);
}

int
linux_sys_clone(struct linux_call *c)
{
	uint64_t flags = (uint32_t)c->lc_arg[0];
	struct linux_clone lk = {
		.lk_flags = flags & ~(uint64_t)LX_CSIGNAL,
		.lk_exit_signal = (int)(flags & LX_CSIGNAL),
		.lk_stack = ARG_VA(c, 1),
		.lk_parent_tid = ARG_VA(c, 2),
		.lk_pidfd = ARG_VA(c, 2),
		.lk_child_tid = ARG_VA(c, 3),
		.lk_tls = c->lc_arg[4],
	};

	return linux_clone_do(c, &lk);
}

/* --- clone3 --- */

#define CLONE3_SIZE_MIN	64u	/* the structure's first form */

/* The bytes behind what we know of a user structure must be zero: E2BIG. */
static int
linux_tail_is_zero(vaddr_t va, size_t len)
{
	uint8_t buf[64];
	int error;

	while (len > 0) {
		size_t n = MIN(len, sizeof(buf));

		if ((error = copyin(uptr(va), buf, n)) != 0)
			return error;
		for (size_t i = 0; i < n; i++) {
			if (buf[i] != 0)
				return E2BIG;
		}
		va += n;
		len -= n;
	}
	return 0;
}

static int
linux_clone3_in(struct linux_call *c, struct linux_clone_args *args)
{
	uint64_t size = c->lc_arg[1];
	int error;

	memset(args, 0, sizeof(*args));
	if (size > PAGE_SIZE)
		return E2BIG;
	if (size < CLONE3_SIZE_MIN)
		return EINVAL;
	if (size > sizeof(*args) && (error = linux_tail_is_zero(ARG_VA(c, 0) + sizeof(*args),
	    size - sizeof(*args))) != 0)
		return error;
	return copyin(uptr(ARG_VA(c, 0)), args, MIN(size, sizeof(*args)));
}

/* One number at most, for there is one pid namespace, and only for root. */
static int
linux_clone3_pid(struct linux_call *c, const struct linux_clone_args *args, pid_t *pid)
{
	struct cred *cred;
	int32_t want;
	int error = 0;

	*pid = 0;
	if (args->set_tid_size > 1 || (args->set_tid == 0) != (args->set_tid_size == 0))
		return EINVAL;
	if (args->set_tid == 0)
		return 0;
	if (copyin(uptr(args->set_tid), &want, sizeof(want)) != 0)
		return EFAULT;
	cred = proc_cred_hold(c->lc_proc);
	if (want <= 0)
		error = EINVAL;
	else if (!cred_is_root(cred))
		error = EPERM;
	cred_drop(cred);
	*pid = want;
	return error;
}

static int
linux_clone3_check(const struct linux_clone_args *args)
{
	uint64_t flags = args->flags;
	const uint64_t both = LX_CLONE_SIGHAND | LX_CLONE_CLEAR_SIGHAND;

	if ((args->exit_signal & ~(uint64_t)LX_CSIGNAL) != 0 || args->exit_signal >= NSIG)
		return EINVAL;
	if ((flags & ~(LX_CLONE_LEGACY_FLAGS | LX_CLONE_CLEAR_SIGHAND | LX_CLONE_INTO_CGROUP)) != 0)
		return EINVAL;
	if ((flags & (LX_CLONE_DETACHED | (LX_CSIGNAL & ~LX_CLONE_NEWTIME))) != 0)
		return EINVAL;
	if ((flags & both) == both)
		return EINVAL;
	if ((flags & (LX_CLONE_THREAD | LX_CLONE_PARENT)) != 0 && args->exit_signal != 0)
		return EINVAL;
	if ((args->stack == 0) != (args->stack_size == 0))
		return EINVAL;
	if (args->stack >= USER_MAX || args->stack_size > USER_MAX - args->stack)
		return EINVAL;
	return 0;
}

int
linux_sys_clone3(struct linux_call *c)
{
	struct linux_clone_args args;
	struct linux_clone lk;
	int error;

	if ((error = linux_clone3_in(c, &args)) != 0)
		return error;
	if ((error = linux_clone3_check(&args)) != 0)
		return error;
	lk = (struct linux_clone){
		.lk_flags = args.flags,
		.lk_exit_signal = (int)args.exit_signal,
		.lk_stack = args.stack + args.stack_size,
		.lk_parent_tid = args.parent_tid,
		.lk_child_tid = args.child_tid,
		.lk_pidfd = args.pidfd,
		.lk_tls = args.tls,
	};
	/* The flags are judged before the number is. */
	if ((error = linux_clone_check(c, &lk)) != 0 ||
	    (error = linux_clone3_pid(c, &args, &lk.lk_pid)) != 0)
		return error;
	return clone_has(&lk, LX_CLONE_THREAD) ? linux_clone_thread(c, &lk) : linux_clone_process(c,
	    &lk);
}

/* --- unshare --- */

static int
linux_unshare_files(struct proc *p)
{
	struct fd_table *new, *old;
	int error;

	if (!fd_table_shared(p->p_fds))
		return 0;
	if ((error = fd_table_unshare(p->p_fds, &new)) != 0)
		return error;
	spin_lock(&p->p_lock);
	old = p->p_fds;
	p->p_fds = new;
	spin_unlock(&p->p_lock);
	fd_table_drop(old);
	return 0;
}

static int
linux_unshare_cwd(struct proc *p)
{
	struct cwd_info *new, *old;
	int error;

	if (!cwd_shared(p->p_cwd))
		return 0;
	if ((error = cwd_copy(p->p_cwd, &new)) != 0)
		return error;
	spin_lock(&p->p_lock);
	old = p->p_cwd;
	p->p_cwd = new;
	spin_unlock(&p->p_lock);
	cwd_drop(old);
	return 0;
}

#define UNSHARE_FLAGS	(LX_CLONE_FS | LX_CLONE_FILES | LX_CLONE_SYSVSEM | LX_CLONE_THREAD | \
	LX_CLONE_SIGHAND | LX_CLONE_VM)

/*
 * Directories and descriptors that another process shares. Threads of one process cannot be parted,
 * so a process with several is refused.
 */
int
linux_sys_unshare(struct linux_call *c)
{
	uint64_t flags = c->lc_arg[0];
	struct proc *p = c->lc_proc;
	int error = 0;

	if ((flags & ~(uint64_t)UNSHARE_FLAGS) != 0)
		return EINVAL;
	if ((flags & ~(uint64_t)LX_CLONE_SYSVSEM) != 0 && load_relaxed(&p->p_nlwps) > 1)
		return EINVAL;
	if ((flags & LX_CLONE_FS) != 0)
		error = linux_unshare_cwd(p);
	if (error == 0 && (flags & LX_CLONE_FILES) != 0)
		error = linux_unshare_files(p);
	return error;
}

/* --- process descriptors --- */

int
linux_sys_pidfd_open(struct linux_call *c)
{
	pid_t pid = ARG_INT(c, 0);
	uint32_t flags = ARG_U32(c, 1);
	struct file *f;
	struct proc *p;
	struct lwp *l;
	int error;

	if ((flags & ~(uint32_t)O_NONBLOCK) != 0 || pid <= 0)
		return EINVAL;
	if ((p = proc_find(pid)) == NULL) {
		/* A thread's number is not a process'. */
		if ((p = proc_find_lwp(pid, &l)) == NULL)
			return ESRCH;
		proc_drop(p);
		return EINVAL;
	}
	error = pidfd_create(p, (flags & O_NONBLOCK) != 0, &f);
	proc_drop(p);
	return error != 0 ? error : linux_file_install(c, f, true);
}

/* The process of a descriptor, with the file that holds it. EBADF. */
static int
linux_pidfd_get(struct linux_call *c, int fd, struct file **f, struct proc **p)
{
	int error;

	if ((error = linux_file_get(c, fd, f)) != 0)
		return error;
	if ((*p = pidfd_proc(*f)) == NULL) {
		file_drop(*f);
		return EBADF;
	}
	return 0;
}

int
linux_sys_pidfd_send_signal(struct linux_call *c)
{
	int signo = ARG_INT(c, 1), error;
	struct ksiginfo ksi;
	struct proc *p;
	struct file *f;

	if (ARG_U32(c, 3) != 0)
		return EINVAL;
	if ((error = linux_pidfd_get(c, ARG_INT(c, 0), &f, &p)) != 0)
		return error;
	if (ARG_VA(c, 2) != 0) {
		int32_t same;

		error = copyin(uptr(ARG_VA(c, 2)), &same, sizeof(same));
		if (error == 0 && same != signo)
			error = EINVAL;
		if (error == 0)
			error = linux_siginfo_in(c, ARG_VA(c, 2), signo, p->p_pid, &ksi);
	} else {
		ksi = (struct ksiginfo){ .ks_signo = signo, .ks_code = SI_USER,
		    .ks_pid = c->lc_proc->p_pid };
		spin_lock(&c->lc_proc->p_lock);
		ksi.ks_uid = c->lc_proc->p_cred->cr_uid;
		spin_unlock(&c->lc_proc->p_lock);
	}
	if (error == 0)
		error = pidfd_signal(c->lc_lwp, p, &ksi);
	file_drop(f);
	return error;
}

/* A copy of one of its descriptors, for who may look into it. */
int
linux_sys_pidfd_getfd(struct linux_call *c)
{
	struct fd_table *fds;
	struct file *f, *got;
	struct proc *p;
	int error;

	if (ARG_U32(c, 2) != 0)
		return EINVAL;
	if ((error = linux_pidfd_get(c, ARG_INT(c, 0), &f, &p)) != 0)
		return error;
	if ((fds = proc_fds_hold(p)) == NULL) {
		error = ESRCH;
	} else {
		if ((error = proc_check_same(c->lc_proc, p)) == 0)
			error = fd_get(fds, ARG_INT(c, 1), &got);
		fd_table_drop(fds);
	}
	file_drop(f);
	return error != 0 ? error : linux_file_install(c, got, true);
}
