/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * fork1: the one way in which processes come into being. Start reading at the end of the file.
 *
 * fork, vfork, clone's process forms, kernel processes and init differ only in a struct fork_args.
 * The work has these parts:
 *
 *	check		every illegal combination of flags, in one place
 *	build		the rows of fork_steps, each of which gives the child one thing; all rows,
 *			or none: a failure at row n runs the undos of n-1 ... 0
 *	publish		one critical section makes the child findable: pid, parent, group, list of
 *			all. The last point that can fail
 *	announce	the pid is stored for the parent; counters
 *	start		onto a run queue. After this the child may be gone at any moment: nobody
 *			here touches it again
 *	finish		a holding parent (vfork) sleeps till the child execs or exits
 *
 * Until it is published, nobody but the caller knows the child, so the rows need no lock for what
 * they write; what they read of the parent they read under its p_lock, related things in one
 * critical section. Nothing that the tree lock guards (group, session, parent) is copied before
 * publication.
 *
 * Publication against signals. A signal to a group, or to all, that reached the caller must not
 * miss the child. It raises the caller's generation (p_group_gen) under the tree lock.
 * Publication compares it with the value at the beginning: if it has moved, the signal came while
 * the child was built; all is undone, the caller handles the signal and forks again
 * (ERESTARTALWAYS). Signals after publication find the child in the group. From publication to
 * start the child is an EMBRYO: signals queue in it, wait passes over it.
 *
 * Kernel processes take everything from process 0 instead of from the caller.
 *
 * To let a child inherit one more thing, add a row. A row and its undo stand together; the undo
 * cannot fail. What a child has in each field is said in fields.c, and debug kernels look that it
 * is so before they let it be seen.
 */
#include "arch/pmap.h"
#include "file/cwd.h"
#include "file/fd.h"
#include "fs/vfs.h"
#include "lib/point.h"
#include "proc/auth.h"
#include "proc/pidfd.h"
#include "proc/forkstat.h"
#include "proc/proc_int.h"
#include "proc/ras.h"
#include "sched/clock.h"
#include "signal/signal.h"
#include "vm/vm.h"

/* One fork under way. */
struct fork_op {
	const struct fork_args	*args;
	uint32_t	 flags;		/* args' with what they imply */
	struct lwp	*caller;
	struct proc	*source;	/* whose things are copied: the caller's, or process 0 */

	/* Of one instant of the source, at the beginning. */
	struct cred	*cred;		/* ref */
	uint32_t	 inherited;	/* those of p_flags that the child gets */
	struct pgrp	*pgrp;		/* ref */
	uint64_t	 group_gen;

	/* What has been made. */
	uint32_t	 nsteps;	/* rows done */
	struct ucount	*charge;	/* ref  whose counts were raised */
	struct proc	*child;
	struct lwp	*lwp;
	pid_t		 pid;
	struct fork_hold *hold;		/* the caller's reference */
	struct file	*pidfd_file;	/* ref  till it is installed at */
	int		 pidfd;		/* ... this number, which is reserved */
};

/* Since boot. Each CPU counts its own, so they are plain words; readers add them up. */
static struct {
	struct fork_counts n;
} __attribute__((aligned(64))) counts[MAXCPU];

/* --- the rows --- */

/* A place in the counts of processes. */
static int
fork_quota(struct fork_op *op)
{
	return admit_fork(op->caller, op->cred, &op->charge);
}

static void
fork_quota_undo(struct fork_op *op)
{
	admit_undo(op->charge);
}

/* struct proc and its first LWP, and the words that are simply the parent's. */
static int
fork_body(struct fork_op *op)
{
	struct proc *src = op->source, *p = proc_alloc();
	char name[sizeof(src->p_comm)] = "";
	struct lwp *l;

	if (p == NULL)
		return ENOMEM;
	l = lwp_alloc(p, (op->flags & FORK_SYSTEM) != 0 ? NULL : op->caller);
	if (l == NULL) {
		proc_drop(p);
		return ENOMEM;
	}
	p->p_state = PROC_EMBRYO;
	p->p_flags = (op->flags & FORK_SYSTEM) != 0 ? PF_KERNEL : 0;
	p->p_exit_signal = op->args->fa_exit_signal;
	p->p_charge = op->charge;	/* whose reference goes with it */
	p->p_acct = PACCT_FORK;
	spin_lock(&src->p_lock);
	p->p_abi = src->p_abi;
	p->p_oom_adj = src->p_oom_adj;
	p->p_hardening = src->p_hardening;
	p->p_psstrings = src->p_psstrings;
	strlcpy(name, op->args->fa_name != NULL ? op->args->fa_name : src->p_comm, sizeof(name));
	spin_unlock(&src->p_lock);
	memcpy(p->p_comm, name, sizeof(p->p_comm));
	memcpy(l->l_name, name, sizeof(l->l_name));
	list_push_back(&p->p_lwps, &l->l_link);
	p->p_nlwps = 1;
	op->child = p;
	op->lwp = l;
	return 0;
}

static void
fork_body_undo(struct fork_op *op)
{
	op->child->p_charge = NULL;
	list_remove(&op->lwp->l_link);
	lwp_free(op->lwp);
	proc_drop(op->child);
}

/*
 * Kernel stack, registers, FPU, TLS; the user words are noted, and written when the child first
 * runs.
 */
static int
fork_stack(struct fork_op *op)
{
	const struct fork_args *args = op->args;
	struct lwp *l = op->lwp;
	int error;

	error = lwp_set_context(l, op->caller, args->fa_start, args->fa_start_arg, args->fa_stack);
	if (error != 0)
		return error;
	if (args->fa_set_tls && arch_set_fsbase(l, args->fa_tls) != 0)
		return EPERM;
	l->l_set_tid = args->fa_child_tid;
	l->l_clear_tid = args->fa_clear_tid;
	l->l_attn |= LATTN_BORN;
	return 0;
}

static void
fork_stack_undo(struct fork_op *op)
{
	/* lwp_free, by fork_body_undo, frees the stack. */
}

/* A number, reserved but not yet findable. */
static int
fork_pid(struct fork_op *op)
{
	int error;

	spin_lock(&proc_tree_lock);
	error = pid_alloc_locked(op->args->fa_pid, &op->pid);
	spin_unlock(&proc_tree_lock);
	op->child->p_pid = op->lwp->l_tid = op->pid;
	return error;
}

static void
fork_pid_undo(struct fork_op *op)
{
	spin_lock(&proc_tree_lock);
	pid_release_locked(op->pid);
	spin_unlock(&proc_tree_lock);
}

/* The credential that was charged, and the taint of the same instant. */
static int
fork_cred(struct fork_op *op)
{
	op->child->p_cred = cred_hold(op->cred);
	op->child->p_flags |= op->inherited;
	return 0;
}

static void
fork_cred_undo(struct fork_op *op)
{
	proc_release_cred(op->child);
}

static int
fork_limits(struct fork_op *op)
{
	spin_lock(&op->source->p_lock);
	op->child->p_limits = plimit_hold(op->source->p_limits);
	spin_unlock(&op->source->p_lock);
	return 0;
}

static void
fork_limits_undo(struct fork_op *op)
{
	proc_release_limits(op->child);
}

/* The program file, which nobody may write while we run it. */
static int
fork_text(struct fork_op *op)
{
	struct vnode *vn = (op->flags & FORK_SYSTEM) != 0 ? NULL : proc_exe_hold(op->source);
	int error;

	if (vn == NULL)
		return 0;
	if ((error = vnode_text_get(vn)) != 0) {
		vnode_drop(vn);
		return error;
	}
	op->child->p_exe = vn;
	return 0;
}

static void
fork_text_undo(struct fork_op *op)
{
	proc_release_exe(op->child);
}

/* Open files: shared, none, or a copy of the table. */
static int
fork_files(struct fork_op *op)
{
	struct fd_table *mine = op->source->p_fds;

	if ((op->flags & FORK_SHARE_FILES) != 0 && mine != NULL) {
		fd_table_hold(mine);
		op->child->p_fds = mine;
		return 0;
	}
	if ((op->flags & FORK_SYSTEM) != 0)
		return 0;
	if ((op->flags & FORK_CLEAN_FILES) != 0 || mine == NULL)
		return fd_table_create(&op->child->p_fds);
	return fd_table_copy(mine, &op->child->p_fds);
}

static void
fork_files_undo(struct fork_op *op)
{
	proc_release_files(op->child);
}

/* The caller's descriptor for the child: reserved, told, and filled once there is a child. */
static int
fork_pidfd(struct fork_op *op)
{
	struct proc *pp = op->caller->l_proc;
	int error;

	if (!op->args->fa_want_pidfd)
		return 0;
	error = fd_alloc(pp->p_fds, 0, proc_limit(pp, RLIMIT_NOFILE), &op->pidfd);
	if (error != 0)
		return error;
	error = pidfd_create(op->child, false, &op->pidfd_file);
	if (error == 0 && copyout(&op->pidfd, (void *)op->args->fa_pidfd, sizeof(op->pidfd)) != 0) {
		file_drop(op->pidfd_file);
		op->pidfd_file = NULL;
		error = EFAULT;
	}
	if (error != 0)
		fd_unreserve(pp->p_fds, op->pidfd);
	return error;
}

static void
fork_pidfd_undo(struct fork_op *op)
{
	if (op->pidfd_file == NULL)
		return;
	file_drop(op->pidfd_file);
	fd_unreserve(op->caller->l_proc->p_fds, op->pidfd);
}

/* Current directory, root, umask. */
static int
fork_cwd(struct fork_op *op)
{
	struct cwd_info *mine = op->source->p_cwd;

	if ((op->flags & FORK_SHARE_CWD) == 0)
		return cwd_copy(mine, &op->child->p_cwd);
	cwd_hold(mine);
	op->child->p_cwd = mine;
	return 0;
}

static void
fork_cwd_undo(struct fork_op *op)
{
	proc_release_cwd(op->child);
}

/* Actions, mask and alternate stack; nothing is pending. */
static int
fork_signals(struct fork_op *op)
{
	struct sigacts *mine = op->source->p_acts;
	bool both_run = (op->flags & FORK_SHARE_VM) != 0 && (op->flags & FORK_HOLD) == 0;

	if ((op->flags & FORK_SYSTEM) == 0) {
		op->lwp->l_sigmask = op->caller->l_sigmask;
		/* Two that run on the same memory must not have one alternate stack. */
		if (!both_run)
			op->lwp->l_altstack = op->caller->l_altstack;
	}
	if ((op->flags & FORK_SHARE_SIGS) != 0) {
		op->child->p_acts = sigacts_hold(mine);
		return 0;
	}
	return sigacts_copy(mine, (op->flags & FORK_CLEAN_SIGS) != 0, &op->child->p_acts);
}

static void
fork_signals_undo(struct fork_op *op)
{
	proc_release_acts(op->child);
}

/* Memory: shared, copied on write, or none. */
static int
fork_space(struct fork_op *op)
{
	struct vm_space *mine = op->source->p_space;

	if (mine == NULL)
		return 0;
	if (lwp_dying(op->caller))	/* before the expensive part */
		return ERESTARTALWAYS;
	if ((op->flags & FORK_SHARE_VM) == 0) {
		int error = vm_space_fork(mine, &op->child->p_space);

		if (error != 0)
			return error;
	} else {
		vm_space_hold(mine);
		op->child->p_space = mine;
	}
	arch_lwp_set_pmap(op->lwp, op->child->p_space->vs_pmap);
	return 0;
}

/* Profiling: on or off, and the buffer, of one instant. */
static int
fork_prof(struct fork_op *op)
{
	if ((op->flags & FORK_SYSTEM) == 0)
		prof_fork(op->child, op->lwp, op->source, (op->flags & FORK_SHARE_VM) != 0);
	return 0;
}

static void
fork_prof_undo(struct fork_op *op)
{
	/* The LWP has not run: its clock was never set. */
}

static void
fork_space_undo(struct fork_op *op)
{
	proc_release_space(op->child);
}

/* Restartable sequences. */
static int
fork_ras(struct fork_op *op)
{
	if ((op->flags & FORK_SYSTEM) != 0)
		return 0;
	return ras_fork(op->child, op->lwp, op->source, op->caller,
	    (op->flags & FORK_SHARE_VM) != 0);
}

static void
fork_ras_undo(struct fork_op *op)
{
	ras_remove_all(op->child);
}

/* What the caller will wait on, if it is to wait. */
static int
fork_hold(struct fork_op *op)
{
	if ((op->flags & FORK_HOLD) == 0)
		return 0;
	op->hold = fork_hold_create();
	op->child->p_hold = op->hold;
	return op->hold != NULL ? 0 : ENOMEM;
}

static void
fork_hold_undo(struct fork_op *op)
{
	if (op->hold == NULL)
		return;
	op->child->p_hold = NULL;
	fork_hold_drop(op->hold);
	fork_hold_drop(op->hold);
}

/* Those who registered for it: the personality, the listeners of credentials, the hooks. */
static int
fork_hooks(struct fork_op *op)
{
	const struct abi_ops *abi = op->child->p_abi;

	if (abi != NULL && abi->ab_fork != NULL)
		abi->ab_fork(op->lwp, op->caller, op->flags);
	auth_cred_fork(op->cred, op->child);
	return hooks_fork_call(op->child, op->caller->l_proc);
}

static void
fork_hooks_undo(struct fork_op *op)
{
	hooks_fork_undo(op->child, op->caller->l_proc);
}

/*
 * Each row gives the child exactly one thing, and takes exactly that back. Nobody else can see the
 * child yet.
 */
#define FORK_STEPS(X)									\
	X(quota, EAGAIN)	/* system and per-user counts */				\
	X(body, ENOMEM)		/* struct proc, first LWP */					\
	X(stack, ENOMEM)	/* kernel stack, registers, FPU, TLS */				\
	X(pid, EAGAIN)		/* reserved, not yet findable */				\
	X(cred, ENOMEM)		/* the one that was charged, with its taint */			\
	X(limits, ENOMEM)									\
	X(text, ENOMEM)		/* the program's file */					\
	X(files, ENOMEM)	/* share, copy or empty */					\
	X(pidfd, EMFILE)	/* the caller's descriptor for it */				\
	X(cwd, ENOMEM)										\
	X(signals, ENOMEM)	/* actions and mask */						\
	X(space, ENOMEM)	/* share or copy on write */					\
	X(ras, ENOMEM)		/* restartable sequences */					\
	X(prof, ENOMEM)		/* profiling */							\
	X(hold, ENOMEM)		/* what vfork's parent waits on */				\
	X(hooks, ENOMEM)	/* personality, policies, subsystems */

/* At each row stands a point: before it, a fork can be failed, held up or watched. */
#define STEP_POINT(name, error)								\
	POINT_DEFINE(point_##name, "fork." #name, POINT_FAIL | POINT_STALL | POINT_PROBE, error);
FORK_STEPS(STEP_POINT)

#define STEP_ROW(name, error)	{ &point_##name, fork_##name, fork_##name##_undo },
static const struct fork_step {
	struct point	*fs_point;
	int		(*fs_make)(struct fork_op *);
	void		(*fs_undo)(struct fork_op *);
} fork_steps[] = { FORK_STEPS(STEP_ROW) };
STATIC_ASSERT(nitems(fork_steps) == FORK_NSTEPS);

const char *
fork_step_name(uint32_t step)
{
	return fork_steps[step].fs_point->pt_name;
}

POINT_DEFINE(point_publish, "fork.publish", POINT_FAIL | POINT_STALL | POINT_PROBE, ENOMEM);
POINT_DEFINE(point_create, "proc:::create", POINT_PROBE, 0);
POINT_DEFINE(point_start, "fork.start", POINT_STALL | POINT_PROBE, 0);
POINT_DEFINE(point_wait, "fork.wait", POINT_STALL | POINT_PROBE, 0);

/* --- the parts of fork1 --- */

static int
fork_args_check(const struct fork_args *args)
{
	uint32_t flags = args->fa_flags;

	if ((flags & ~FORK_ALL) != 0)
		return EINVAL;
	if ((flags & FORK_SHARE_SIGS) != 0 &&
	    (flags & (FORK_SHARE_VM | FORK_CLEAN_SIGS)) != FORK_SHARE_VM)
		return EINVAL;
	if ((flags & FORK_SIBLING) != 0 && (flags & FORK_NOWAIT) != 0)
		return EINVAL;
	if (args->fa_exit_signal < 0 || args->fa_exit_signal >= NSIG || args->fa_pid < 0)
		return EINVAL;
	/* Kernel callers only: a mistake of ours. */
	if ((flags & FORK_SYSTEM) != 0)
		ASSERT(args->fa_start != NULL &&
		    (flags & ~(FORK_SYSTEM | FORK_NOWAIT | FORK_CLEAN_FILES)) == 0);
	return 0;
}

/* Remembers what must be of one instant. */
static void
fork_begin(struct fork_op *op, struct lwp *caller, const struct fork_args *args)
{
	struct proc *src;

	op->args = args;
	op->flags = args->fa_flags;
	if ((op->flags & FORK_SYSTEM) != 0)
		op->flags |= FORK_NOWAIT;
	op->caller = caller;
	op->source = src = (op->flags & FORK_SYSTEM) != 0 ? &proc0 : caller->l_proc;

	spin_lock(&proc_tree_lock);
	op->pgrp = src->p_pgrp;
	pgrp_hold(op->pgrp);
	op->group_gen = src->p_group_gen;
	spin_unlock(&proc_tree_lock);

	spin_lock(&src->p_lock);
	op->cred = cred_hold(src->p_cred);
	op->inherited = src->p_flags & PF_INHERITED;
	spin_unlock(&src->p_lock);
}

/* Lets go of what fork_begin took. */
static void
fork_end(struct fork_op *op)
{
	cred_drop(op->cred);
	pgrp_drop(op->pgrp);
}

static void
fork_unbuild(struct fork_op *op)
{
	while (op->nsteps > 0)
		fork_steps[--op->nsteps].fs_undo(op);
}

/* Passes a point that may stop or fail the fork. */
static int
fork_pass(struct fork_op *op, struct point *pt)
{
	return point_pass(pt, (uintptr_t)op->pid, (uintptr_t)op->caller->l_proc->p_pid, op->flags);
}

static int
fork_build(struct fork_op *op)
{
	uint64_t marks[FORK_NSTEPS + 1];
	int error = 0;

	while (error == 0 && op->nsteps < nitems(fork_steps)) {
		const struct fork_step *step = &fork_steps[op->nsteps];

		marks[op->nsteps] = arch_cycles();
		if ((error = fork_pass(op, step->fs_point)) == 0 &&
		    (error = step->fs_make(op)) == 0)
			op->nsteps++;
	}
	marks[op->nsteps] = arch_cycles();
	if (error == 0)
		error = fork_pass(op, &point_publish);
	if (op->caller->l_proc->p_space != NULL)
		forkstat_fork(op->caller->l_proc, marks, op->nsteps,
		    error == 0 ? op->child : NULL);
	if (error != 0)
		fork_unbuild(op);
	return error;
}

/* Which LWP of the parent's is the child's own parent (prctl, wait); another when that is gone. */
static void
fork_parent_lwp_locked(const struct fork_op *op)
{
	struct proc *c = op->child;

	if (c->p_parent == op->caller->l_proc) {
		c->p_parent_tid = op->caller->l_tid;
		op->caller->l_forked = true;
	} else if ((op->flags & FORK_SIBLING) != 0) {
		c->p_parent_tid = op->caller->l_proc->p_parent_tid;
	} else {
		c->p_parent_tid = c->p_parent->p_pid;
	}
}

/* Who will wait for the child. */
static struct proc *
fork_parent_locked(const struct fork_op *op)
{
	if ((op->flags & FORK_NOWAIT) != 0)
		return proc_init_proc != NULL ? proc_init_proc : &proc0;
	if ((op->flags & FORK_SIBLING) != 0)
		return op->caller->l_proc->p_parent;
	return op->source;
}

static bool
fork_lends(const struct fork_op *op)
{
	return (op->flags & (FORK_HOLD | FORK_SHARE_VM)) == (FORK_HOLD | FORK_SHARE_VM);
}

static void
fork_lend_end(struct proc *pp)
{
	spin_lock(&pp->p_lock);
	if (--pp->p_nlent == 0)
		cv_broadcast(&pp->p_lwp_cv);
	spin_unlock(&pp->p_lock);
}

/*
 * Whether the fork must not come to pass: its process is to die, or a signal came that the child
 * would have missed. If it shall, a loan of memory begins.
 */
static bool
fork_overtaken_locked(const struct fork_op *op)
{
	struct proc *pp = op->caller->l_proc;
	bool overtaken;

	if ((op->flags & FORK_SYSTEM) != 0)
		return false;
	overtaken = op->source->p_pgrp != op->pgrp || op->source->p_group_gen != op->group_gen;
	spin_lock(&pp->p_lock);
	overtaken = overtaken || signal_condemned_locked(pp) || lwp_dying(op->caller);
	if (fork_lends(op) && !overtaken) {
		/*
		 * Only to a child of the same credential: proc_cred_set waits for the loan's end.
		 */
		overtaken = pp->p_cred != op->cred;
		pp->p_nlent += overtaken ? 0 : 1;
	}
	spin_unlock(&pp->p_lock);
	return overtaken;
}

/*
 * The only place where a process becomes findable: before it nobody can see the child, after it all
 * of it is there.
 */
static int
fork_publish(struct fork_op *op)
{
	static uint64_t last_start_ns;
	struct proc *p = op->child, *parent;
	struct pid_slot *slot;

	spin_lock(&proc_tree_lock);
	if (fork_overtaken_locked(op)) {
		spin_unlock(&proc_tree_lock);
		return ERESTARTALWAYS;
	}
	(void)fork_pass(op, &point_create);
	parent = fork_parent_locked(op);
	proc_set_parent_locked(p, parent);
	p->p_watch = load_relaxed(&op->source->p_watch);
	fork_parent_lwp_locked(op);
	p->p_parent_exec_gen = (op->flags & FORK_SIBLING) != 0 ?
	    op->caller->l_proc->p_parent_exec_gen : parent->p_exec_gen;
	last_start_ns = MAX(clock_mono_ns(), last_start_ns + 1);
	p->p_start_ns = last_start_ns;
	list_push_front(&parent->p_children, &p->p_sibling);
	pgrp_join_locked(p, op->pgrp, op->source);
	slot = pid_slot_locked(op->pid);
	slot->ps_proc = p;
	slot->ps_lwp = op->lwp;
	list_push_front(&proc_all, &p->p_all_link);
	FIELDS_CHECK(proc, p);
	FIELDS_CHECK(lwp, op->lwp);
	if (op->pid == 1)
		proc_init_proc = p;
	if ((p->p_flags & PF_STOPFORK) != 0 && op->args->fa_start == NULL) {
		/* From now on a SIGCONT counts. */
		p->p_flags |= PF_STOPPING;
		p->p_stop_signo = SIGSTOP;
	}
	spin_unlock(&proc_tree_lock);
	hooks_fork_done();
	return 0;
}

/* Before the child can run: whoever wants to know of it. */
static void
fork_announce(struct fork_op *op)
{
	const struct fork_args *args = op->args;
	struct fork_counts *mine = &counts[curcpu()->c_id].n;

	store_relaxed(&mine->fc_forks, mine->fc_forks + 1);
	if ((op->flags & FORK_HOLD) != 0)
		store_relaxed(&mine->fc_holding, mine->fc_holding + 1);
	if ((op->flags & FORK_SHARE_VM) != 0)
		store_relaxed(&mine->fc_sharing, mine->fc_sharing + 1);
	/* A bad address is the program's own loss: the fork is done. */
	if (args->fa_parent_tid != 0)
		(void)!copyout(&op->pid, (void *)args->fa_parent_tid, sizeof(op->pid));
	if (op->pidfd_file != NULL)
		fd_install(op->caller->l_proc->p_fds, op->pidfd, op->pidfd_file, FD_CLOEXEC);
}

/* The child is on its way, or stopped until someone continues it. It may already be gone then. */
static void
fork_start(struct fork_op *op)
{
	struct proc *p = op->child;
	bool stopped;

	(void)fork_pass(op, &point_start);
	spin_lock(&proc_tree_lock);
	spin_lock(&p->p_lock);
	p->p_state = PROC_ACTIVE;
	stopped = (p->p_flags & (PF_STOPPING | PF_EXITING)) == PF_STOPPING;
	if (stopped) {
		sched_new_stopped(op->lwp);
		p->p_nstopped = 1;
		(void)signal_stop_complete_locked(p);
	}
	spin_unlock(&p->p_lock);
	if (stopped)
		proc_notify_parent_locked(p, CLD_STOPPED, SIGSTOP);
	spin_unlock(&proc_tree_lock);
	/* vfork's pair keeps one CPU: its cache, its address space (SPEC HOLD-5). */
	if (!stopped && (op->flags & FORK_HOLD) != 0 && (op->flags & FORK_SHARE_VM) != 0)
		sched_enqueue_new_here(op->lwp);
	else if (!stopped)
		sched_enqueue_new(op->lwp);
}

static int
fork_finish(struct fork_op *op, struct fork_result *res)
{
	if (res != NULL)
		res->fr_pid = op->pid;
	if (op->hold != NULL) {
		(void)fork_pass(op, &point_wait);
		fork_hold_wait(op->caller, op->hold);
		if (fork_lends(op))
			fork_lend_end(op->caller->l_proc);
	}
	return 0;
}

int
fork1(struct lwp *caller, const struct fork_args *args, struct fork_result *res)
{
	struct fork_op op = { .nsteps = 0 };
	int error;

	ASSERT(caller == curlwp());
	if ((error = fork_args_check(args)) != 0)	/* every illegal combination is told here */
		return error;
	fork_begin(&op, caller, args);
	error = fork_build(&op);			/* all the rows, or none */
	if (error == 0 && (error = fork_publish(&op)) != 0)
		fork_unbuild(&op);			/* the last point that can fail */
	if (error == 0) {
		fork_announce(&op);			/* before it can run */
		fork_start(&op);			/* now the child may already be gone */
	}
	fork_end(&op);
	if (error == ENOMEM)
		admit_no_memory(caller);
	return error == 0 ? fork_finish(&op, res) : error;	/* vfork's parent sleeps here */
}

void
proc_fork_counts(struct fork_counts *fc)
{
	*fc = (struct fork_counts){ 0 };
	for (uint32_t i = 0; i < MAXCPU; i++) {
		fc->fc_forks += load_relaxed(&counts[i].n.fc_forks);
		fc->fc_holding += load_relaxed(&counts[i].n.fc_holding);
		fc->fc_sharing += load_relaxed(&counts[i].n.fc_sharing);
	}
}
